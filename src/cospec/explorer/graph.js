// A state graph of up to some hundreds of states, drawn by cytoscape.js.

/** @param {Record<string, string>} colour @returns {object[]} */
function styleOf(colour) {
  return [
    {
      selector: "node",
      style: {
        width: 2 * RADIUS,
        height: 2 * RADIUS,
        label: "data(number)",
        "font-family": FONT,
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
        label: "data(label)",
        "font-family": FONT,
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
      style: { "curve-style": "unbundled-bezier", "control-point-distances": "data(bend)" },
    },
    { selector: "edge:loop", style: { "curve-style": "bezier", "loop-direction": "0deg" } },
    { selector: 'edge[label = "τ"]', style: { "line-style": "dashed" } },
    {
      selector: "edge.run",
      style: { width: 1.8, "line-color": colour.fault, "target-arrow-color": colour.fault },
    },
    { selector: "edge.round", style: { width: 4 } },
    {
      selector: "edge.taken",
      style: {
        width: 3.2,
        "line-color": colour.here,
        "target-arrow-color": colour.here,
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

class GraphView extends View {
  /** @param {HTMLElement} container @param {Actions} actions */
  constructor(container, actions) {
    super(container, actions);
    /** @type {Map<string, string[]>} */
    this.marks = new Map();
    this.cy = cytoscape({
      container,
      layout: { name: "preset" },
      style: styleOf(coloursOf(container)),
      userZoomingEnabled: false,
      boxSelectionEnabled: false,
      autounselectify: true,
      autoungrabify: true,
    });
    const click = (/** @type {any} */ event) => actions.click(Number(event.target.data("number")));
    this.cy.on("tap", "node", click);
    const tell = (/** @type {any} */ event) => actions.tell(event.target.data("text"));
    this.cy.on("mouseover", "node, edge", tell);
    this.cy.on("mouseout", "node, edge", () => actions.tell(""));
    this.cy.on("dragpan", () => (this.moved = true));
  }

  /** What is new: states and moves are added, or what has become known of them.
   * @param {{states: State[], moves: Move[]}} picture */
  grow({ states, moves }) {
    if (!this.places.size) this.restyle(); // by now it is part of the page, and has its colours
    const found = [];
    for (const state of states) {
      const [number, x, y, condition, expanded] = state;
      const data = { number, condition, expanded, text: tooltip(state) };
      const there = this.cy.getElementById(`n${number}`);
      if (there.nonempty()) there.data(data);
      else {
        found.push({ group: "nodes", data: { id: `n${number}`, ...data }, position: { x, y } });
        this.put(number, { x, y });
      }
    }
    for (const [source, target, label, text, bend] of moves) {
      const id = arrow(source, target);
      const there = this.cy.getElementById(id);
      if (there.nonempty()) there.data({ label, text });
      else {
        const data = { id, source: `n${source}`, target: `n${target}`, label, text, bend: 2 * bend };
        found.push({ group: "edges", data });
      }
    }
    this.cy.add(found);
  }

  /** @param {number} at @param {number[]} trail @param {Run | null} run */
  mark(at, trail, run) {
    const marks = marksOf(at, trail, run);
    this.cy.batch(() => {
      for (const name of this.marks.keys()) {
        if (!marks.has(name)) this.cy.getElementById(name).classes([]);
      }
      for (const [name, classes] of marks) this.cy.getElementById(name).classes(classes);
    });
    this.marks = marks;
    this.at = at;
    this.settle();
  }

  /** @returns {Viewport} */
  viewport() {
    return { zoom: this.cy.zoom(), pan: this.cy.pan() };
  }

  /** @param {Viewport} viewport */
  look(viewport) {
    this.cy.viewport(viewport);
  }

  resize() {
    this.cy.resize();
  }

  restyle() {
    this.cy.style(styleOf(coloursOf(this.container)));
  }

  dispose() {
    super.dispose();
    this.cy.destroy();
  }
}
