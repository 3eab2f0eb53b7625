// A state graph of thousands of states, drawn at once and as a whole: with so many elements, keeping
// an object with a style for each of them takes seconds, drawing all of them some hundredths of one.

/** From this zoom on there are arrow heads and numbers, and from that one labels, if not too many. */
const HEADS = 0.35;
const LABELS = 0.6;
const MOST_LABELS = 300;

/** So many lines are drawn by one command: fewer are slower, and so are many more. */
const BUNDLE = 400;

/** A click moves the mouse by no more than this. */
const STILL = 4;

class ManyView extends View {
  /** @param {HTMLElement} container @param {Actions} actions */
  constructor(container, actions) {
    super(container, actions);
    /** @type {Map<number, State>} */
    this.states = new Map();
    /** @type {Map<string, Move>} */
    this.moves = new Map();
    /** @type {Map<string, string[]>} */
    this.marks = new Map();
    /** @type {Viewport} */
    this.now = { zoom: 1, pan: { x: 0, y: 0 } };
    this.colour = coloursOf(container);
    /** @type {number | undefined} */
    this.waiting = undefined;
    this.ratio = 1;
    this.dragging = false;
    this.canvas = make("canvas");
    this.canvas.style.display = "block";
    this.pen = this.canvas.getContext("2d");
    container.append(this.canvas);
    /** @type {{x: number, y: number, pan: Point} | null} */
    this.held = null;
    this.canvas.onpointerdown = (/** @type {PointerEvent} */ event) => this.hold(event);
    this.canvas.onpointermove = (/** @type {PointerEvent} */ event) => this.point(event);
    this.canvas.onpointerup = (/** @type {PointerEvent} */ event) => this.release(event);
    this.canvas.onpointerleave = () => actions.tell("");
    this.resize();
  }

  /** @param {{states: State[], moves: Move[]}} picture */
  grow({ states, moves }) {
    for (const state of states) {
      this.states.set(state[0], state);
      this.put(state[0], { x: state[1], y: state[2] });
    }
    for (const move of moves) this.moves.set(arrow(move[0], move[1]), move);
    this.restyle();
  }

  /** @param {number} at @param {number[]} trail @param {Run | null} run */
  mark(at, trail, run) {
    this.marks = marksOf(at, trail, run);
    this.at = at;
    this.settle();
    this.soon();
  }

  viewport() {
    return this.now;
  }

  /** @param {Viewport} viewport */
  look(viewport) {
    this.now = viewport;
    this.soon();
  }

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.ratio = ratio;
    this.soon();
  }

  restyle() {
    this.colour = coloursOf(this.container);
    this.soon();
  }

  dispose() {
    super.dispose();
    if (this.waiting) cancelAnimationFrame(this.waiting);
    this.canvas.remove();
  }

  // ------------------------------------------------------------------------------ the mouse

  /** @param {MouseEvent} event @returns {Point} */
  within(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {PointerEvent} event */
  hold(event) {
    this.held = { ...this.within(event), pan: this.now.pan };
    this.canvas.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { x, y } = this.within(event);
    if (!this.held) {
      this.actions.tell(this.told({ x, y }));
      return;
    }
    const moved = { x: x - this.held.x, y: y - this.held.y };
    if (Math.hypot(moved.x, moved.y) <= STILL && !this.dragging) return;
    this.dragging = this.moved = true;
    const { pan } = this.held;
    this.look({ zoom: this.now.zoom, pan: { x: pan.x + moved.x, y: pan.y + moved.y } });
  }

  /** @param {PointerEvent} event */
  release(event) {
    const number = this.dragging ? null : this.stateAt(this.within(event));
    this.held = null;
    this.dragging = false;
    if (number !== null) this.actions.click(number);
  }

  /** The state at a place of the picture. @param {Point} place @returns {number | null} */
  stateAt({ x, y }) {
    const { zoom, pan } = this.now;
    let [found, distance] = [/** @type {number | null} */ (null), Math.max(RADIUS * zoom, 5)];
    for (const [number, point] of this.places) {
      const apart = Math.hypot(zoom * point.x + pan.x - x, zoom * point.y + pan.y - y);
      if (apart <= distance) [found, distance] = [number, apart];
    }
    return found;
  }

  /** What is told of what is at a place of the picture. @param {Point} place */
  told(place) {
    const number = this.stateAt(place);
    const state = number === null ? undefined : this.states.get(number);
    if (state) return tooltip(state);
    if (this.now.zoom < HEADS) return "";
    const { zoom, pan } = this.now;
    const point = { x: (place.x - pan.x) / zoom, y: (place.y - pan.y) / zoom };
    for (const move of this.moves.values()) {
      if (distance(point, this.line(move)) * zoom < 4) return move[3];
    }
    return "";
  }

  // ------------------------------------------------------------------------------- drawing

  /** Draws when the browser is about to show something anyway. */
  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    });
  }

  /**
   * A curve from rim to rim: where it begins, what it is bent towards, where it ends.
   * @param {Move} move @returns {[Point, Point, Point]}
   */
  line([source, target, , , bend]) {
    const from = this.places.get(source) ?? { x: 0, y: 0 };
    const to = this.places.get(target) ?? { x: 0, y: 0 };
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
    const aside = source === target ? 0 : 2 * bend;
    const middle = { x: (from.x + to.x) / 2 + dy * aside, y: (from.y + to.y) / 2 - dx * aside };
    return [rim(from, middle), middle, rim(to, middle)];
  }

  draw() {
    const { pen, colour } = this;
    if (!this.canvas.width) return;
    const { zoom, pan } = this.now;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    pen.setTransform(this.ratio * zoom, 0, 0, this.ratio * zoom, this.ratio * pan.x, this.ratio * pan.y);
    const seen = this.seen();
    this.drawHalo();
    const moves = [...this.moves.values()].filter((move) => this.crosses(move, seen));
    const marks = (/** @type {Move} */ move) => this.marks.get(arrow(move[0], move[1])) ?? [];
    const plain = moves.filter((move) => !marks(move).length);
    const ahead = plain.filter((move) => move[0] === this.at);
    pen.globalAlpha = Math.max(0.25, Math.min(1, zoom * 2)); // many thin lines would be one dark mass
    this.drawMoves(plain, colour.pale, 1.1);
    pen.globalAlpha = 1;
    this.drawMoves(ahead, colour.ink, 1.6);
    this.drawMoves(moves.filter((move) => marks(move).includes("run")), colour.fault, 2);
    const taken = moves.filter((move) => marks(move).includes("taken"));
    this.drawMoves(taken.filter((move) => !marks(move).includes("run")), colour.here, 3.2);
    this.drawMoves(taken.filter((move) => marks(move).includes("run")), colour.fault, 4);
    if (zoom >= LABELS && moves.length <= MOST_LABELS) this.drawLabels(moves);
    else if (zoom >= HEADS) this.drawLabels([...ahead, ...taken]);
    this.drawStates([...this.states.values()].filter(([, x, y]) => within(x, y, seen)));
  }

  /** The part of the graph that is in view, with a margin. */
  seen() {
    const { zoom, pan } = this.now;
    const [x1, y1] = [-pan.x / zoom - MARGIN, -pan.y / zoom - MARGIN];
    return { x1, y1, x2: x1 + this.width / zoom + 2 * MARGIN, y2: y1 + this.height / zoom + 2 * MARGIN };
  }

  /** Whether a line may be in view. @param {Move} move @param {View["box"]} seen */
  crosses([source, target], seen) {
    const from = this.places.get(source);
    const to = this.places.get(target);
    if (!from || !to) return false;
    return (
      Math.max(from.x, to.x) >= seen.x1 &&
      Math.min(from.x, to.x) <= seen.x2 &&
      Math.max(from.y, to.y) >= seen.y1 &&
      Math.min(from.y, to.y) <= seen.y2
    );
  }

  drawHalo() {
    const place = this.places.get(this.at);
    if (!place) return;
    this.pen.fillStyle = this.colour.here;
    this.pen.globalAlpha = 0.55;
    this.pen.beginPath();
    this.pen.arc(place.x, place.y, Math.max(RADIUS + 8, 8 / this.now.zoom), 0, 7);
    this.pen.fill();
    this.pen.globalAlpha = 1;
  }

  /** @param {Move[]} moves @param {string} paint @param {number} width */
  drawMoves(moves, paint, width) {
    const { pen } = this;
    const { zoom } = this.now;
    pen.strokeStyle = pen.fillStyle = paint;
    pen.lineWidth = Math.max(width, 0.4 / zoom);
    for (const hidden of [false, true]) {
      const drawn = moves.filter((move) => (move[2] === "τ") === hidden);
      pen.setLineDash(hidden && zoom >= HEADS ? [5, 4] : []);
      for (let first = 0; first < drawn.length; first += BUNDLE) {
        pen.beginPath();
        for (const move of drawn.slice(first, first + BUNDLE)) this.trace(move);
        pen.stroke();
      }
    }
    pen.setLineDash([]);
    if (zoom < HEADS) return;
    pen.beginPath();
    for (const move of moves) this.head(move, 6 + width);
    pen.fill();
  }

  /** @param {Move} move */
  trace(move) {
    const { x, y } = this.places.get(move[0]) ?? { x: 0, y: 0 };
    const [from, middle, to] = this.line(move);
    if (move[0] === move[1]) {
      this.pen.moveTo(x - 6, y - RADIUS);
      this.pen.bezierCurveTo(x - 24, y - 48, x + 24, y - 48, x + 6, y - RADIUS);
      return;
    }
    this.pen.moveTo(from.x, from.y);
    if (move[4] && this.now.zoom >= HEADS) this.pen.quadraticCurveTo(middle.x, middle.y, to.x, to.y);
    else this.pen.lineTo(to.x, to.y);
  }

  /** @param {Move} move @param {number} size */
  head(move, size) {
    const { x, y } = this.places.get(move[0]) ?? { x: 0, y: 0 };
    const loop = move[0] === move[1];
    const [, middle, to] = loop ? [, { x: x + 16, y: y - 40 }, { x: x + 6, y: y - 13 }] : this.line(move);
    const length = Math.hypot(to.x - middle.x, to.y - middle.y) || 1;
    const [dx, dy] = [((to.x - middle.x) / length) * size, ((to.y - middle.y) / length) * size];
    this.pen.moveTo(to.x, to.y);
    this.pen.lineTo(to.x - dx - dy * 0.4, to.y - dy + dx * 0.4);
    this.pen.lineTo(to.x - dx + dy * 0.4, to.y - dy - dx * 0.4);
    this.pen.closePath();
  }

  /** @param {State[]} states */
  drawStates(states) {
    const { pen, colour } = this;
    const { zoom } = this.now;
    const radius = Math.max(RADIUS, 1.5 / zoom);
    for (const [number, x, y, condition, expanded] of states) {
      const marks = this.marks.get(`n${number}`) ?? [];
      const stuck = condition === "deadlocked";
      pen.fillStyle = stuck ? colour.fault : colour.state;
      pen.strokeStyle = stuck || marks.includes("run") ? colour.fault : colour.ink;
      pen.lineWidth = marks.includes("run") ? 2.2 : 1.2;
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      if (zoom < 0.12) {
        pen.fillStyle = pen.strokeStyle;
        pen.fill();
        continue;
      }
      pen.fill();
      pen.setLineDash(expanded || zoom < HEADS ? [] : [4, 3]);
      pen.stroke();
      pen.setLineDash([]);
      if (marks.includes("end") || condition === "terminated") {
        pen.beginPath();
        pen.arc(x, y, radius - 3.5, 0, 7);
        pen.stroke();
      }
      if (zoom >= HEADS) {
        pen.fillStyle = stuck ? "#ffffff" : colour.ink;
        pen.font = `${number === this.at ? "bold " : ""}10px ${FONT}`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillText(String(number), x, y + 0.5);
      }
    }
  }

  /** @param {Move[]} moves */
  drawLabels(moves) {
    const { pen, colour } = this;
    pen.font = `10px ${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const move of moves) {
      const [from, middle, to] = this.line(move);
      const top = { x: from.x, y: from.y - 30 };
      const { x, y } = move[0] === move[1] ? top : halfway(from, middle, to);
      const breadth = pen.measureText(move[2]).width + 2;
      pen.fillStyle = colour.ground;
      pen.globalAlpha = 0.85;
      pen.fillRect(x - breadth / 2, y - 6, breadth, 12);
      pen.globalAlpha = 1;
      pen.fillStyle = colour.ink;
      pen.fillText(move[2], x, y);
    }
  }
}

/** @param {number} x @param {number} y @param {View["box"]} box */
function within(x, y, box) {
  return x >= box.x1 && x <= box.x2 && y >= box.y1 && y <= box.y2;
}

/** The point of a state's rim that faces another point. @param {Point} centre @param {Point} other */
function rim(centre, other) {
  const length = Math.hypot(other.x - centre.x, other.y - centre.y) || 1;
  const [dx, dy] = [(other.x - centre.x) / length, (other.y - centre.y) / length];
  return { x: centre.x + dx * RADIUS, y: centre.y + dy * RADIUS };
}

/** The middle of a curve. @param {Point} from @param {Point} middle @param {Point} to @returns {Point} */
function halfway(from, middle, to) {
  return { x: (from.x + 2 * middle.x + to.x) / 4, y: (from.y + 2 * middle.y + to.y) / 4 };
}

/** How far a point is from a curve, about. @param {Point} point @param {[Point, Point, Point]} curve */
function distance(point, [from, middle, to]) {
  const half = halfway(from, middle, to);
  return Math.min(apart(point, from, half), apart(point, half, to));
}

/** How far a point is from a line. @param {Point} point @param {Point} from @param {Point} to */
function apart(point, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy || 1;
  const share = ((point.x - from.x) * dx + (point.y - from.y) * dy) / square;
  const t = Math.max(0, Math.min(1, share));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}
