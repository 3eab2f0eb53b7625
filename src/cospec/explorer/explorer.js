// The explorer in the browser: it asks Python (exploration.py) and shows what is answered.

/** After so many milliseconds without an answer one is told to wait, and to wait no more. */
const SLOW = 500;
const SILENT = 12000;

/** Graphs of more states than this are drawn in another way. */
const READABLE = 600;

/** How many states "expand all" adds unless told otherwise. */
const STEP = 200;

/** @param {{model: any, el: HTMLElement}} given */
function render({ model, el }) {
  let asked = 0;
  let complete = false;
  let clicked = NEVER;
  let untold = "";
  /** @type {any[]} */
  let timers = [];

  /** @type {Ask} */
  const ask = (request) => {
    asked += 1;
    timers.forEach(clearTimeout);
    timers = [
      setTimeout(() => root.classList.add("busy"), SLOW),
      setTimeout(() => panel.tell(NO_ANSWER), SILENT),
    ];
    try {
      model.send({ id: asked, ...request });
    } catch {
      panel.tell(NO_ANSWER); // the connection is gone
    }
  };

  const root = make("div", { className: "cospec-explorer empty", tabIndex: -1 });
  // Jupyter takes no keys from what says so. It asks the part that has the focus first, and only then
  // what that is in.
  root.addEventListener("focusin", (event) => {
    if (event.target instanceof Element) event.target.setAttribute(UNDISTURBED, "true");
  });
  root.setAttribute(UNDISTURBED, "true");
  const panel = new Panel(ask);
  const canvas = make("div", { className: "canvas" });
  const tip = make("div", { className: "tip", hidden: true });
  const known = make("span", { className: "known" });
  const count = make("input", { type: "number", min: 1, max: 5000, value: STEP });
  count.setAttribute("aria-label", "how many states to add at most");
  const expand = button("expand", "show where this state leads", () =>
    ask({ do: "expand", state: panel.shown?.at }),
  );
  const grow = button("expand all, up to", "expand all states with a dashed rim, again and again", () =>
    ask({ do: "grow", count: Math.max(1, Math.min(5000, Number(count.value) || STEP)) }),
  );
  const tools = make("div", { className: "tools" }, expand, grow, count, known);
  const side = make("div", { className: "side" }, make("div", { className: "frame" }, canvas, tip));
  side.append(tools, make("div", { className: "note" }, HINTS));
  const again = () => ask({ do: "show" });
  const retry = button("try again", "evaluate the initial state again", again, "retry");
  root.append(panel.head, panel.message, retry, panel.sentence);
  root.append(make("div", { className: "body" }, side, panel.element));
  el.append(root);

  const actions = {
    // The first click of two may move the picture, so that the second meets another state.
    click: (/** @type {number} */ state) => {
      const twice = performance.now() - clicked.when < TWICE;
      if (twice) ask({ do: "expand", state: clicked.state });
      else if (state !== panel.shown?.at) ask({ do: "jump", state });
      clicked = twice ? NEVER : { state, when: performance.now() };
    },
    tell: (/** @type {string} */ text) => {
      tip.textContent = text;
      tip.hidden = !text;
    },
  };
  /** @type {any} */
  let view = null;
  tools.append(
    button("+", "larger", () => view?.zoom(1.3)),
    button("−", "smaller", () => view?.zoom(1 / 1.3)),
    button("fit", "show all of the graph", () => view?.whole()),
  );

  /** The graph as it is now, drawn in the way that suits its size. @param {Shown} shown */
  const draw = (shown) => {
    const kind = shown.known > READABLE ? ManyView : GraphView;
    if (!(view instanceof kind)) {
      view?.dispose();
      view = root.view = new kind(canvas, actions);
      if (!shown.everything) {
        untold = shown.message;
        ask({ do: "show" });
        return;
      }
    }
    view.grow(shown);
    view.mark(shown.at, shown.trail, shown.fault);
  };

  /** @param {Shown & {id: number}} shown */
  const show = (shown) => {
    if (shown.id === asked) {
      timers.forEach(clearTimeout);
      root.classList.remove("busy");
    }
    if (!complete && shown.everything === false) return; // another view's; everything is to come
    const focused = root.contains(document.activeElement);
    panel.show({ ...shown, message: shown.message || untold });
    untold = "";
    // A button that is gone, or that cannot be used now, must not take the keyboard with it.
    if (focused && !root.querySelector(":focus:enabled, input:focus")) root.focus();
    complete = shown.states !== undefined;
    root.classList.toggle("empty", !complete);
    if (!complete) return; // not even the initial state could be evaluated
    draw(shown);
    expand.disabled = shown.expanded;
    known.textContent = shown.known === 1 ? "1 state" : `${shown.known.toLocaleString("en")} states`;
    root.dataset.states = String(shown.known);
    root.dataset.at = String(shown.at);
  };

  /** @param {KeyboardEvent} event */
  const press = (event) => {
    if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey) return;
    const pressed = { ArrowLeft: panel.previous, ArrowRight: panel.next }[event.key];
    const key = pressed ?? { Home: panel.first, End: panel.last }[event.key];
    if (!key) return;
    event.preventDefault();
    event.stopPropagation();
    key.click();
  };

  model.on("msg:custom", show);
  root.addEventListener("keydown", press);
  ask({ do: "show" });
  return () => {
    model.off("msg:custom", show);
    timers.forEach(clearTimeout);
    view?.dispose();
  };
}

const UNDISTURBED = "data-lm-suppress-shortcuts";

/** Two clicks within so many milliseconds are a double click. */
const TWICE = 400;
const NEVER = { state: 0, when: -Infinity };

const NO_ANSWER =
  "Python does not answer. It is busy with another cell, or it was restarted: then run this cell again.";

const HINTS =
  "Click a state to go there, double-click to expand it. Drag to move, Ctrl and the wheel to zoom, " +
  "← and → to go along the steps.";

export default { render };
