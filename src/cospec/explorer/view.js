// What both ways of drawing a state graph have in common: GraphView (graph.js, by cytoscape.js) for
// graphs that can be read, ManyView (many.js) for those of thousands of states. Positions come with the
// states and never change. Everything that a script names is drawn on a canvas, so none of it can
// become markup.
//
// These are parts of one module (see widget.py); `cytoscape` is defined before them.

/**
 * @typedef {[number, number, number, string, boolean, string]} State
 *   number, x, y, condition (empty while it is not known), whether it is expanded, text
 * @typedef {[number, number, string, string, number]} Move
 *   source, target, label, all events, bend
 * @typedef {{trail: number[], loop: number | null, complete: boolean}} Run
 *   the states of a counterexample, the step from which it goes round for ever, and whether the fault
 *   is at its end
 * @typedef {{x: number, y: number}} Point
 * @typedef {{zoom: number, pan: Point}} Viewport
 * @typedef {{click: (state: number) => void, tell: (text: string) => void}} Actions
 */

const RADIUS = 14;

const FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace";

/** What is left free around all states. */
const MARGIN = 30;

/** Fitting the picture makes it at most so large; while nobody has moved it, it is fitted by itself as
 * long as it does not become smaller than the other. */
const LARGEST = 1.1;
const SMALLEST = 0.55;

/** Colours of the notebook's theme, with what they are elsewhere. */
const COLOURS = {
  ink: ["--jp-ui-font-color1", "#1f2933"],
  ground: ["--jp-layout-color0", "#ffffff"],
  state: ["--jp-layout-color2", "#eef1f4"],
  here: ["--jp-brand-color1", "#1565c0"],
  fault: ["--jp-error-color1", "#c62828"],
};

/** The colours that are in force for an element. @param {Element} element
 * @returns {Record<string, string>} */
function coloursOf(element) {
  const style = getComputedStyle(element);
  const found = Object.entries(COLOURS).map(([name, [variable, otherwise]]) => [
    name,
    style.getPropertyValue(variable).trim() || otherwise,
  ]);
  const colours = Object.fromEntries(found);
  return { ...colours, pale: mixed(colours.ground, colours.ink, 0.55) };
}

/** A colour with some of another on it. @param {string} ground @param {string} ink
 * @param {number} share */
function mixed(ground, ink, share) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d");
  if (!pen) return ink;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 1, 1);
  pen.globalAlpha = share;
  pen.fillStyle = ink;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

/** What is told of a state that is pointed at. @param {State} state */
function tooltip([number, , , condition, , text]) {
  return `state ${number}${condition ? `, ${condition}` : ""}: ${text}`;
}

/** The name of an arrow. @param {number} source @param {number} target */
function arrow(source, target) {
  return `e${source}-${target}`;
}

/** The arrows between neighbours along a run. @param {number[]} trail */
function arrowsOf(trail) {
  return trail.slice(1).map((target, index) => arrow(trail[index], target));
}

/**
 * What stands out: for the name of a state (n0, n1, …) or an arrow, what it is marked as: `here`,
 * `taken` (on the way there), `run` (of a counterexample), `end` (of it), `round` (its cycle).
 * @param {number} at @param {number[]} trail @param {Run | null} run @returns {Map<string, string[]>}
 */
function marksOf(at, trail, run) {
  /** @type {Map<string, string[]>} */
  const marks = new Map();
  const put = (/** @type {string} */ name, /** @type {string} */ mark) =>
    marks.set(name, [...(marks.get(name) ?? []), mark]);
  if (run) {
    run.trail.forEach((state) => put(`n${state}`, "run"));
    const arrows = arrowsOf(run.trail);
    arrows.forEach((name) => put(name, "run"));
    if (run.complete) put(`n${run.trail[run.loop ?? run.trail.length - 1]}`, "end");
    if (run.loop !== null) arrows.slice(run.loop).forEach((name) => put(name, "round"));
  }
  arrowsOf(trail).forEach((name) => put(name, "taken"));
  put(`n${at}`, "here");
  return marks;
}

/** A picture that can be moved; what is drawn in it, and how, is for its kinds to say. */
class View {
  /** @param {HTMLElement} container @param {Actions} actions */
  constructor(container, actions) {
    this.container = container;
    this.actions = actions;
    this.moved = false;
    this.box = { x1: 0, y1: 0, x2: 0, y2: 0 };
    /** @type {Map<number, Point>} */
    this.places = new Map();
    this.at = 0;
    this.wheeled = (/** @type {WheelEvent} */ event) => this.wheel(event);
    container.addEventListener("wheel", this.wheeled, { passive: false });
    this.sizes = new ResizeObserver(() => {
      this.resize();
      this.settle();
    });
    this.sizes.observe(container);
    this.theme = new MutationObserver(() => this.restyle());
    this.theme.observe(document.body, { attributes: true });
  }

  /** What is seen: a point of the graph is drawn at `zoom` times its place, and moved by `pan`.
   * @abstract @returns {Viewport} */
  viewport() {
    throw new Error("a kind of view says what it shows");
  }

  /** Shows that part. @abstract @param {Viewport} _viewport */
  look(_viewport) {}

  /** The container has another size. @abstract */
  resize() {}

  /** The page has other colours. @abstract */
  restyle() {}

  /** A state is drawn there. @param {number} number @param {Point} point */
  put(number, { x, y }) {
    this.places.set(number, { x, y });
    const { x1, y1, x2, y2 } = this.box;
    this.box = {
      x1: Math.min(x1, x - MARGIN),
      y1: Math.min(y1, y - MARGIN),
      x2: Math.max(x2, x + MARGIN),
      y2: Math.max(y2, y + MARGIN),
    };
  }

  get width() {
    return this.container.clientWidth;
  }

  get height() {
    return this.container.clientHeight;
  }

  /** Where a state is within the container. @param {number} number @returns {Point | undefined} */
  where(number) {
    const place = this.places.get(number);
    const { zoom, pan } = this.viewport();
    return place && { x: zoom * place.x + pan.x, y: zoom * place.y + pan.y };
  }

  /** How large all of the graph can be shown. */
  fitting() {
    const { x1, y1, x2, y2 } = this.box;
    const [width, height] = [this.width - 30, this.height - 30];
    return Math.max(0.001, Math.min(width / (x2 - x1), height / (y2 - y1), LARGEST));
  }

  /** Shows all of a small graph, unless somebody has moved it; of others, where one is. */
  settle() {
    if (!this.places.size || !this.width) return;
    if (!this.moved && this.fitting() >= SMALLEST) this.centre(this.fitting());
    else this.follow();
  }

  /** Moves the picture, if need be, so that the state where one is and its successors are seen. */
  follow() {
    const place = this.where(this.at);
    if (!place) return;
    const { zoom } = this.viewport();
    const small = !this.moved && zoom < SMALLEST;
    const { x, y } = place;
    const right = this.width - 170 * zoom;
    const inside = x > 40 && x < right && y > 40 && y < this.height - 40;
    if (!inside || small) this.centre(small ? 0.75 : zoom, this.places.get(this.at));
  }

  /** @param {number} zoom @param {Point} [around] where the middle is to be, else that of the graph */
  centre(zoom, around) {
    const { x1, y1, x2, y2 } = this.box;
    const { x, y } = around ?? { x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
    this.look({ zoom, pan: { x: this.width / 2 - zoom * x, y: this.height / 2 - zoom * y } });
  }

  /** Shows all of it when asked to. */
  whole() {
    this.moved = true;
    this.centre(this.fitting());
  }

  /** @param {number} factor @param {Point} [around] what stays where it is */
  zoom(factor, around) {
    this.moved = true;
    const { x, y } = around ?? { x: this.width / 2, y: this.height / 2 };
    const { zoom, pan } = this.viewport();
    const wanted = Math.max(0.005, Math.min(4, zoom * factor));
    const ratio = wanted / zoom;
    this.look({ zoom: wanted, pan: { x: x - ratio * (x - pan.x), y: y - ratio * (y - pan.y) } });
  }

  /** The wheel scrolls the page; with Ctrl it zooms. @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.container.getBoundingClientRect();
    const around = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, around);
  }

  dispose() {
    this.sizes.disconnect();
    this.theme.disconnect();
    this.container.removeEventListener("wheel", this.wheeled);
  }
}
