// The state graph of the explorer, drawn by cytoscape.js. Positions come with the states and never
// change. Everything that a script names is drawn on a canvas, so none of it can become markup.
//
// One of three parts of one module (see widget.py); `cytoscape` is defined before them.

/**
 * @typedef {[number, number, number, string, boolean, string]} State
 *   number, x, y, condition (empty while it is not known), whether it is expanded, text
 * @typedef {[number, number, string, string, number]} Move
 *   source, target, label, all events, bend
 * @typedef {{trail: number[], loop: number | null}} Run
 *   the states of a counterexample, and the step from which it goes round for ever
 */

const RADIUS = 14;

/** Of more states than this, arrows are straight and are not drawn while the picture is moved. */
const CAREFUL = 1500;

/** Fitting the picture makes it at most so large; while nobody has moved it, it is fitted by itself as
 * long as it does not become smaller than the other. */
const LARGEST = 1.1;
const SMALLEST = 0.5;

/** Colours of the notebook's theme, with what they are elsewhere. */
const COLOURS = {
  ink: ["--jp-ui-font-color1", "#1f2933"],
  pale: ["--jp-ui-font-color2", "#66727f"],
  ground: ["--jp-layout-color0", "#ffffff"],
  state: ["--jp-layout-color2", "#eef1f4"],
  here: ["--jp-brand-color1", "#1565c0"],
  fault: ["--jp-error-color1", "#c62828"],
};

/** @param {Element} element @returns {Record<string, string>} */
function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    Object.entries(COLOURS).map(([name, [variable, otherwise]]) => [
      name,
      style.getPropertyValue(variable).trim() || otherwise,
    ]),
  );
}

/** @param {Record<string, string>} colour @param {boolean} many @returns {object[]} */
function styleOf(colour, many) {
  const font = "DejaVu Sans Mono, Menlo, Consolas, monospace";
  return [
    {
      selector: "node",
      style: {
        width: 2 * RADIUS,
        height: 2 * RADIUS,
        label: "data(number)",
        "font-family": font,
        "font-size": 10,
        "min-zoomed-font-size": 5,
        "text-valign": "center",
        color: colour.ink,
        "background-color": colour.state,
        "border-width": 1.2,
        "border-color": colour.ink,
      },
    },
    { selector: "node[!expanded]", style: { "border-style": "dashed" } },
    {
      selector: 'node[condition = "terminated"]',
      style: { "border-style": "double", "border-width": 4 },
    },
    {
      selector: 'node[condition = "deadlocked"]',
      style: { "background-color": colour.fault, "border-color": colour.fault, color: "#ffffff" },
    },
    { selector: "node.run", style: { "border-color": colour.fault, "border-width": 2.2 } },
    { selector: "node.end", style: { "border-style": "double", "border-width": 6 } },
    {
      selector: "node.here",
      style: {
        width: 2.5 * RADIUS,
        height: 2.5 * RADIUS,
        "font-size": 12,
        "font-weight": "bold",
        "underlay-color": colour.here,
        "underlay-opacity": 0.55,
        "underlay-padding": 7,
        "underlay-shape": "ellipse",
      },
    },
    {
      selector: "edge",
      style: {
        width: 1.1,
        "curve-style": "straight",
        "line-color": colour.pale,
        "target-arrow-color": colour.pale,
        "target-arrow-shape": "triangle",
        "arrow-scale": 0.8,
        label: many ? "" : "data(label)",
        "font-family": font,
        "font-size": 10,
        "min-zoomed-font-size": 6,
        color: colour.ink,
        "text-background-color": colour.ground,
        "text-background-opacity": 0.85,
        "text-background-padding": 1,
        "text-events": "yes",
      },
    },
    {
      selector: "edge[bend > 0]",
      style: many
        ? {}
        : { "curve-style": "unbundled-bezier", "control-point-distances": "data(bend)" },
    },
    { selector: "edge:loop", style: { "curve-style": "bezier", "loop-direction": "0deg" } },
    { selector: 'edge[label = "τ"]', style: { "line-style": "dashed" } },
    {
      selector: "edge.run",
      style: { width: 1.8, "line-color": colour.fault, "target-arrow-color": colour.fault },
    },
    { selector: "edge.round", style: { width: 4, "arrow-scale": 1.2 } },
    {
      selector: "edge.taken",
      style: {
        width: 3.2,
        "line-color": colour.here,
        "target-arrow-color": colour.here,
        label: "data(label)",
        "font-weight": "bold",
        "z-index": 2,
      },
    },
    {
      selector: "edge.taken.run",
      style: { width: 4, "line-color": colour.fault, "target-arrow-color": colour.fault },
    },
  ];
}

/** The pairs of neighbours along a run, as the names of its arrows. @param {number[]} trail */
function arrowsOf(trail) {
  return trail.slice(1).map((target, index) => `e${trail[index]}-${target}`);
}

class GraphView {
  /**
   * @param {HTMLElement} container
   * @param {{go: (state: number) => void, expand: (state: number) => void,
   *          tell: (text: string) => void}} actions
   */
  constructor(container, actions) {
    this.container = container;
    this.many = false;
    this.moved = false;
    /** @type {Set<string>} */
    this.marked = new Set();
    this.cy = cytoscape({
      container,
      layout: { name: "preset" },
      style: styleOf(coloursOf(container), false),
      minZoom: 0.01,
      maxZoom: 4,
      userZoomingEnabled: false, // the wheel scrolls the page; with Ctrl, see below
      boxSelectionEnabled: false,
      autounselectify: true,
      autoungrabify: true,
    });
    const number = (/** @type {any} */ event) => Number(event.target.data("number"));
    this.cy.on("tap", "node", (event) => actions.go(number(event)));
    this.cy.on("dbltap", "node", (event) => actions.expand(number(event)));
    this.cy.on("mouseover", "node, edge", (event) => actions.tell(event.target.data("text")));
    this.cy.on("mouseout", "node, edge", () => actions.tell(""));
    this.cy.on("dragpan", () => (this.moved = true));
    container.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.sizes = new ResizeObserver(() => {
      this.cy.resize();
      this.settle();
    });
    this.sizes.observe(container);
    this.theme = new MutationObserver(() => this.restyle());
    this.theme.observe(document.body, { attributes: true });
  }

  /** What is new: states and moves are added, or what has become known of them.
   * @param {{states: State[], moves: Move[]}} picture */
  grow({ states, moves }) {
    const found = [];
    for (const [number, x, y, condition, expanded, text] of states) {
      const known = condition ? `, ${condition}` : "";
      const data = { number, condition, expanded, text: `state ${number}${known}: ${text}` };
      const there = this.cy.getElementById(`n${number}`);
      if (there.nonempty()) there.data(data);
      else found.push({ group: "nodes", data: { id: `n${number}`, ...data }, position: { x, y } });
    }
    for (const [source, target, label, text, bend] of moves) {
      const id = `e${source}-${target}`;
      const there = this.cy.getElementById(id);
      if (there.nonempty()) there.data({ label, text });
      else {
        const data = { id, source: `n${source}`, target: `n${target}`, label, text, bend: 2 * bend };
        found.push({ group: "edges", data });
      }
    }
    this.cy.add(found);
    const many = this.cy.nodes().length > CAREFUL;
    if (many !== this.many) {
      this.many = many;
      this.restyle();
    }
  }

  /** Marks the state where one is, the way there, and the run of a counterexample.
   * @param {number} at @param {number[]} trail @param {Run | null} run */
  mark(at, trail, run) {
    /** @type {Map<string, string[]>} */
    const marks = new Map();
    const put = (/** @type {string} */ id, /** @type {string} */ mark) =>
      marks.set(id, [...(marks.get(id) ?? []), mark]);
    if (run) {
      run.trail.forEach((state) => put(`n${state}`, "run"));
      const arrows = arrowsOf(run.trail);
      arrows.forEach((id) => put(id, "run"));
      const end = run.loop ?? run.trail.length - 1;
      put(`n${run.trail[end]}`, "end");
      if (run.loop !== null) arrows.slice(run.loop).forEach((id) => put(id, "round"));
    }
    arrowsOf(trail).forEach((id) => put(id, "taken"));
    put(`n${at}`, "here");
    this.cy.batch(() => {
      for (const id of this.marked) {
        if (!marks.has(id)) this.cy.getElementById(id).classes([]);
      }
      for (const [id, classes] of marks) this.cy.getElementById(id).classes(classes);
    });
    this.marked = new Set(marks.keys());
    this.at = at;
    this.settle();
  }

  /** Shows all of a small graph, unless somebody has moved it; of others, where one is. */
  settle() {
    if (this.at === undefined || !this.cy.width()) return;
    const box = this.cy.elements().boundingBox();
    const zoom = Math.min((this.cy.width() - 60) / box.w, (this.cy.height() - 60) / box.h);
    if (!this.moved && zoom >= SMALLEST) this.fit();
    else this.follow();
  }

  /** Moves the picture, if need be, so that the state where one is and its successors are seen. */
  follow() {
    const here = this.cy.getElementById(`n${this.at}`);
    if (here.empty()) return;
    if (!this.moved && this.cy.zoom() < SMALLEST) this.cy.zoom(SMALLEST + 0.2);
    const seen = this.cy.extent();
    const { x, y } = here.position();
    const inside =
      x > seen.x1 + 40 && x < seen.x2 - 170 && y > seen.y1 + 40 && y < seen.y2 - 40;
    if (!inside) this.cy.center(here);
  }

  /** Shows all of the graph. */
  fit() {
    this.cy.fit(undefined, 30);
    if (this.cy.zoom() > LARGEST) {
      this.cy.zoom(LARGEST);
      this.cy.center();
    }
  }

  /** Shows all of it when asked to. */
  whole() {
    this.moved = true;
    this.fit();
  }

  /** @param {number} factor @param {{x: number, y: number}} [around] */
  zoom(factor, around) {
    this.moved = true;
    const middle = { x: this.cy.width() / 2, y: this.cy.height() / 2 };
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition: around ?? middle });
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.container.getBoundingClientRect();
    const around = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, around);
  }

  restyle() {
    this.cy.style(styleOf(coloursOf(this.container), this.many));
  }

  dispose() {
    this.sizes.disconnect();
    this.theme.disconnect();
    this.cy.destroy();
  }
}
