// What stands around the graph: buttons, the events on offer, the steps, the components. Texts of
// scripts are only ever set as text, never as HTML.

/**
 * @typedef {[number, string, string, number | null]} Offer
 *   number of the choice, event, what is hidden in it, number of the state that it leads to
 * @typedef {[number, string, string, boolean]} Step
 *   number, event, what is hidden in it, whether it is what should not have happened
 * @typedef {{
 *   title: string, message: string, everything: boolean, states: State[], moves: Move[],
 *   at: number, state: string, condition: string, remark: string, expanded: boolean, known: number,
 *   trace: string[], earlier: number, trail: number[],
 *   steps: {at: number, of: number, shown: Step[]},
 *   offers: {total: number, fitting: number, shown: Offer[], filter: string},
 *   components: [string, string, boolean][],
 *   fault: (Run & {sentence: string, followed: boolean}) | null,
 * }} Shown
 * @typedef {(request: Record<string, unknown>) => void} Ask
 */

/** From so many offers on, there is a box to filter them by. */
const MANY_OFFERS = 10;

/**
 * An element with properties and children; strings become text.
 * @param {string} tag @param {Record<string, any>} [properties] @param {...(Node | string)} children
 * @returns {any}
 */
function make(tag, properties = {}, ...children) {
  /** @type {any} */
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

/** @param {string} label @param {string} hint @param {() => void} action @param {string} [extra] */
function button(label, hint, action, extra = "") {
  const properties = { type: "button", className: extra, title: hint, onclick: action };
  return make("button", { ...properties, "aria-label": hint }, label);
}

class Panel {
  /** @param {Ask} ask */
  constructor(ask) {
    this.ask = ask;
    /** @type {Shown | null} */
    this.shown = null;
    const go = (/** @type {(steps: Shown["steps"]) => number} */ where) => () =>
      this.shown && ask({ do: "go", step: where(this.shown.steps) });
    this.first = button("|◀", "to the start (Home)", go(() => 0));
    this.previous = button("◀", "one step back (←)", go((steps) => steps.at - 1));
    this.next = button("▶", "one step on (→)", go((steps) => steps.at + 1));
    this.last = button("▶|", "to the last step (End)", go((steps) => steps.of));
    this.place = make("span", { className: "place" });
    this.again = button("counterexample", "follow the counterexample from its start", () =>
      ask({ do: "follow" }),
    );
    this.title = make("span", { className: "title" });
    this.steering = make("span", { className: "steering" });
    this.steering.append(this.first, this.previous, this.place, this.next, this.last, this.again);
    this.head = make("div", { className: "head" }, this.title, this.steering);
    this.message = make("div", { className: "message", role: "alert", hidden: true });
    this.sentence = make("div", { className: "sentence", hidden: true });

    this.condition = make("span", { className: "condition" });
    this.remark = make("span", { className: "remark" });
    this.number = make("b");
    this.state = make("div", { className: "text" });
    this.filter = make("input", { type: "search", placeholder: "filter", spellcheck: false });
    this.filter.setAttribute("aria-label", "filter the events");
    this.filter.addEventListener("input", () => this.filterSoon());
    this.filter.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") this.takeOnly();
    });
    this.offers = make("div", { className: "offers" });
    this.trace = make("div", { className: "trace" });
    this.steps = make("div", { className: "steps" });
    this.components = make("table", { className: "components" });
    this.parts = this.section("Components", this.components);
    this.element = make(
      "div",
      { className: "panel" },
      this.section("State", this.number, " ", this.condition, " ", this.remark, this.state),
      this.section("Can happen now", this.filter, this.offers),
      this.section("Trace", this.trace, this.steps),
      this.parts,
    );
  }

  /** @param {string} title @param {...(Node | string)} children */
  section(title, ...children) {
    return make("section", {}, make("h4", {}, title), ...children);
  }

  filterSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask({ do: "filter", text: this.filter.value }), 150);
  }

  /** Takes what is offered, if it is all that fits. */
  takeOnly() {
    const offers = this.offers.querySelectorAll("button");
    if (offers.length === 1 && this.filter.value === this.shown?.offers.filter) offers[0].click();
  }

  /** @param {Shown} shown */
  show(shown) {
    const focused = document.activeElement;
    const among = [this.offers, this.steps].find((list) => list.contains(focused));
    this.fill(shown);
    if (among) (among.querySelector(".now") ?? among.querySelector("button"))?.focus();
  }

  /** @param {Shown} shown */
  fill(shown) {
    this.shown = shown;
    this.title.textContent = shown.title;
    this.tell(shown.message);
    if (shown.steps === undefined) return;
    this.showPlace(shown);
    this.number.textContent = String(shown.at);
    this.condition.textContent = shown.condition;
    this.condition.dataset.condition = shown.condition;
    this.remark.textContent = shown.remark;
    this.state.textContent = shown.state;
    this.showOffers(shown);
    this.showSteps(shown);
    this.parts.hidden = !shown.components.length;
    this.components.replaceChildren(
      ...shown.components.map(([name, state, moved]) =>
        make("tr", { className: moved ? "moved" : "" }, make("th", {}, name), make("td", {}, state)),
      ),
    );
  }

  /** @param {string} text */
  tell(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  /** @param {Shown} shown */
  showPlace({ steps, fault }) {
    const { at, of } = steps;
    this.place.textContent = of ? `step ${at} of ${of}` : "start";
    this.first.disabled = this.previous.disabled = at === 0;
    this.next.disabled = this.last.disabled = at === of;
    this.sentence.hidden = this.again.hidden = !fault;
    if (!fault) return;
    this.again.disabled = fault.followed && at === 0;
    this.sentence.textContent = fault.sentence;
  }

  /** @param {Shown} shown */
  showOffers({ offers, at }) {
    this.filter.hidden = offers.total <= MANY_OFFERS;
    // What is being typed stays, unless it was typed for another state.
    if (document.activeElement !== this.filter || at !== this.filtered) {
      this.filter.value = offers.filter;
    }
    this.filtered = at;
    const buttons = offers.shown.map(([choice, event, hidden, target]) => {
      const label = make("span", { className: "event" }, event);
      const inside = make("span", { className: "inside" }, hidden);
      const to = make("span", { className: "to" }, target === null ? "→ new" : `→ ${target}`);
      const take = () => this.ask({ do: "take", state: at, choice });
      const offer = make("button", { type: "button", className: "offer", onclick: take });
      offer.append(label, inside, to);
      return offer;
    });
    const left = offers.fitting - offers.shown.length;
    const note = !offers.total
      ? "nothing"
      : !offers.fitting
        ? `none of ${offers.total.toLocaleString("en")} events fits`
        : left
          ? `and ${left.toLocaleString("en")} more: filter them`
          : "";
    this.offers.replaceChildren(...buttons, make("div", { className: "note" }, note));
  }

  /** @param {Shown} shown */
  showSteps({ trace, earlier, steps, fault }) {
    const before = earlier ? `… ${earlier.toLocaleString("en")} earlier, ` : "";
    this.trace.textContent = `⟨${before}${trace.join(", ")}⟩`;
    this.trace.scrollTop = this.trace.scrollHeight; // the latest events
    const round = fault?.followed && fault.loop !== null ? fault.loop : Infinity;
    const rows = steps.shown.map(([number, event, hidden, wrong]) => {
      const text = hidden ? `${event}  ${hidden}` : event;
      const classes = ["step"];
      if (number === steps.at) classes.push("now");
      if (number > steps.at) classes.push("ahead");
      if (wrong) classes.push("fault");
      if (number > round) classes.push("round");
      const go = () => this.ask({ do: "go", step: number });
      const row = make("button", { type: "button", className: classes.join(" "), onclick: go });
      row.append(make("span", { className: "number" }, String(number)), text);
      if (wrong) row.append(make("span", { className: "inside" }, "✘ not allowed"));
      if (number > round) row.append(make("span", { className: "inside" }, "↻ again and again"));
      return row;
    });
    this.steps.replaceChildren(...rows);
    const now = this.steps.querySelector(".now");
    this.steps.scrollTop = now ? now.offsetTop - this.steps.clientHeight / 2 : 0;
  }
}
