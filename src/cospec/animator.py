"""The terminal animator, over `cospec.animation`: it draws a scene, and takes keys and clicks.

Whatever has to be computed is computed in a thread, while the terminal goes on answering; short
computations are waited for, so that keys typed ahead mean what they meant when they were typed.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Key, Resize
from textual.widgets import Footer

from cospec.animation import Animation, Scene, as_sequence
from cospec.checker.budget import BudgetExceeded
from cospec.panes import Lines, Page, aligned, ending, plain
from cospec.runner import Settings, answered
from cospec.scripts import Script
from cospec.spec.syntax.errors import ScriptError, render
from cospec.table import pad, shorten, width_of
from cospec.walk import Condition, moment

T = TypeVar("T")

#: The theme that uses the colours of the terminal; textual has renamed it before.
OWN_COLOURS = "ansi-dark"

#: So long the next key waits for what the last one asked for, in seconds.
PATIENCE = 0.3

#: How often what is being computed is shown, in seconds.
BEAT = 0.1

#: The widest column of components' names.
NAME_WIDTH = 18

_CONDITIONS = {
    Condition.STABLE: "",
    Condition.UNSTABLE: "magenta",
    Condition.DEADLOCKED: "bold red",
    Condition.TERMINATED: "bold green",
}

_KEYS = [
    ("↑ ↓ PgUp PgDn", "choose one of the offers"),
    ("Enter, a click", "take it"),
    ("letters, digits", "show only offers with that in them; `tau` means τ"),
    ("Backspace, Escape", "delete a letter, all of them"),
    ("←", "take back the last step"),
    ("→", "take it again; along a counterexample, the next step"),
    ("Home, End", "the beginning, the last step that is known"),
    ("a click on a step", "go there"),
    ("Ctrl-F", "return to the counterexample after leaving it"),
    ("Ctrl-R", "take a step by chance"),
    ("Ctrl-A", "go on as long as there is only one way to go"),
    ("Ctrl-S", "show the whole state: its operators and parts"),
    ("Ctrl-T", "copy the trace, in CSPM"),
    ("Escape, Ctrl-C", "interrupt what is being computed"),
    ("Ctrl-Q, Ctrl-C", "leave; the trace is printed"),
]

_SIGNS = [
    ("»", "this offer continues the counterexample"),
    ("●", "the last step changed the state of this component"),
    ("✘", "with this step the fault is there"),
    ("↻", "these steps repeat for ever"),
    ("τ  (a, hidden)", "an internal step, which is the hidden event a"),
]


class Interruptible:
    """Answers questions about processes of a script until it is told to stop."""

    def __init__(self, script: Script, settings: Settings) -> None:
        self._script = script
        self._settings = settings
        self.stopped = threading.Event()

    def __call__(self, question: Callable[[], T], /) -> T:
        if self.stopped.is_set():
            raise KeyboardInterrupt
        return answered(self._script, question, self._settings, self._stop_if_told)

    def _stop_if_told(self) -> None:
        if self.stopped.is_set():
            raise BudgetExceeded("interrupt", "interrupted")


class Animator(App[None], inherit_bindings=False):
    """The animator on the screen.

    Args:
        animation: what is shown.
        ask: computes for it, and can be interrupted.
        title: what is animated.
        sources: the texts that messages are about.
    """

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    CSS_PATH = "animator.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", key_display="↵"),
        Binding("left", "move('back')", "Back", key_display="←"),
        Binding("right", "move('forward')", "Forward", key_display="→"),
        Binding("ctrl+f", "move('rejoin')", "Return", key_display="^F"),
        Binding("ctrl+r", "move('random')", "Random", key_display="^R"),
        Binding("ctrl+a", "move('auto')", "Auto", key_display="^A"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+c", "interrupt_or_leave", "Leave", key_display="^C", priority=True),
        Binding("ctrl+s", "outline", show=False),
        Binding("escape", "escape", show=False),
        Binding("home", "move('first')", show=False),
        Binding("end", "move('last')", show=False),
        Binding("ctrl+t", "copy_trace", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
        Binding("pageup", "choose_page(-1)", show=False),
        Binding("pagedown", "choose_page(1)", show=False),
        Binding("backspace", "erase", show=False),
    ]

    def __init__(
        self, animation: Animation, ask: Interruptible, title: str, sources: Mapping[str, str]
    ) -> None:
        super().__init__()
        if OWN_COLOURS in self.available_themes:
            self.theme = OWN_COLOURS
        self.animation = animation
        self.ask = ask
        self.sources = sources
        #: A fault of cospec's own that ended the animator.
        self.fault: BaseException | None = None
        self._heading = title
        self._filter = ""
        self._cursor = 0
        self._shown: list[int] = []
        self._drawn: Scene | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._since = 0.0
        self._head = Lines(id="head")
        self._offers = Lines(id="offers")
        self._components = Lines(id="components", title="components")
        self._steps = Lines(id="steps")
        self._lead = Lines(id="lead")
        self._message = Lines(id="message")
        self._prompt = Lines(id="filter")

    # ------------------------------------------------------------------ drawing

    def compose(self) -> ComposeResult:
        yield self._head
        with Container(id="body"):
            yield self._offers
            with Vertical(id="beside"):
                yield self._components
                yield self._steps
        yield self._lead
        yield self._message
        yield self._prompt
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show the first scene."""
        self.set_interval(BEAT, self._beat)
        self._lead.display = self.animation.lead is not None
        self._tell("")
        self._draw()

    def on_unmount(self) -> None:
        """Whatever is being computed must not keep the program alive."""
        self.ask.stopped.set()

    def _handle_exception(self, error: Exception) -> None:
        """A fault of cospec's own is for the caller to tell, in place of textual's long report."""
        self.fault = self.fault or error
        self.panic()

    def on_resize(self, _: Resize) -> None:
        """What was wrapped is wrapped anew, and what was chosen is still seen."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        scene = self.animation.scene
        if scene is not self._drawn:
            self._drawn, self._filter = scene, ""
            self._shown, self._cursor = scene.matching(""), scene.onward or 0
        self._draw_head(scene)
        self._draw_offers()
        self._draw_components(scene)
        self._draw_steps(scene)
        self._draw_lead(scene)

    def _draw_head(self, scene: Scene) -> None:
        condition = Text.assemble((scene.remark, _CONDITIONS[scene.condition]))
        if scene.seen_after is not None:
            condition.append(f"; the same state as {moment(scene.seen_after)}")
        heading = Text.assemble((plain(self._heading), "bold"))
        trace = f"⟨{plain(', '.join(scene.trace))}⟩"

        def line(number: int, width: int) -> Text:
            if number == 1:
                return Text.assemble(("trace  ", "dim"), ending(trace, width - 7))
            return (heading, condition)[number // 2].copy()

        self._head.show(3, line)

    def _draw_offers(self) -> None:
        scene = self.animation.scene
        cursor = self._shown.index(self._cursor) if self._cursor in self._shown else 0

        def line(number: int, width: int) -> Text:
            if not self._shown:
                return Text.assemble(("  (none)", "dim"))
            choice = self._shown[number]
            mark = "» " if choice == scene.leading else "  "
            if number == cursor:
                chosen = f"{mark}{plain(scene.offers[choice])}"
                return Text.assemble((pad(chosen, width), "reverse"))
            return Text.assemble((mark, "bold magenta"), plain(scene.offers[choice]))

        offers = self._offers
        offers.show(max(1, len(self._shown)), line, cursor)
        many, shown = f"{len(scene.offers):,}", f"{len(self._shown):,}"
        offers.entitle(f"offers: {shown} of {many}" if self._filter else f"offers: {many}")
        chosen = plain(scene.offers[self._shown[cursor]]) if self._shown else ""
        typed = Text.assemble(("choose: ", "dim"), plain(self._filter), "▏")
        if width_of(chosen) > offers.scrollable_content_region.width - 2:
            typed.append(f"  {chosen}", "dim")
        elif not self._filter:
            typed.append("type a part of a name", "dim")
        self._prompt.show(1, lambda _number, _width: typed.copy())

    def _draw_components(self, scene: Scene) -> None:
        components = scene.components
        width = max((min(NAME_WIDTH, width_of(plain(c.name))) for c in components), default=0)

        def line(number: int, _: int) -> Text:
            component = components[number]
            name = pad(shorten(plain(component.name), width), width)
            style = "bold" if component.moved else ""
            mark = ("● " if component.moved else "  ", "green")
            return Text.assemble(mark, name, "  ", plain(component.state), style=style)

        moved = next((n for n, component in enumerate(components) if component.moved), None)
        self._components.show(len(components), line, moved)

    def _draw_steps(self, scene: Scene) -> None:
        marks: dict[int, str] = {}
        lead = self.animation.lead
        if lead is not None and lead.steps == scene.steps:
            count = len(lead.steps)
            marks = dict.fromkeys(range(count - lead.loop + 1, count + 1), "↻")
            if lead.complete and not lead.loop and not lead.asked_for:
                marks[count] = "✘"

        def line(number: int, width: int) -> Text:
            style = "reverse" if number == scene.place else "dim" if number > scene.place else ""
            text = plain(str(scene.steps[number - 1])) if number else "(the beginning)"
            row = f"{number:>4} {marks.get(number, ' ')} {text}"
            return Text.assemble((pad(row, width), style))

        self._steps.show(len(scene.steps) + 1, line, scene.place)
        self._steps.entitle(f"steps: {scene.place:,} of {len(scene.steps):,}")

    def _draw_lead(self, scene: Scene) -> None:
        lead, pane = self.animation.lead, self._lead
        if lead is None:
            return
        count = len(lead.steps)
        at_end = not scene.astray and scene.place >= count - lead.loop
        title, text = f"step {scene.place:,} of {count:,}", lead.sentence
        if scene.astray:
            title = f"left {moment(scene.led)} of {count:,}; Ctrl-F returns"
        elif at_end and lead.loop > 1:
            title += f"; steps {count - lead.loop + 1:,} to {count:,} repeat for ever"
        elif at_end and lead.loop:
            title += f"; step {count:,} repeats for ever"
        if not lead.complete:
            at_end = False
            text += " The steps that show it were not found again within reasonable effort."
            title = title if count else "without its steps"
        kind = "what there is" if lead.asked_for else "counterexample"
        pane.entitle(f"{kind}: {title}")
        style = "bold" if at_end else ""
        pane.text(text, "bold red" if at_end and not lead.asked_for else style)

    def _tell(self, text: str, style: str = "") -> None:
        """Show a message below; an empty one takes away what is there."""
        self._message.display = bool(text)
        self._message.text(text, style)

    def _complain(self, problems: str) -> None:
        self._tell(aligned(problems, self.size.width - 2), "red")

    # ---------------------------------------------------------------- computing

    async def _perform(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Compute in a thread, and do something with the result."""
        if not self._idle.is_set():
            return
        self._idle.clear()
        self._since = time.monotonic()
        self.ask.stopped.clear()
        self.run_worker(lambda: self._computed(work, then), thread=True, exit_on_error=False)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), PATIENCE)

    def _computed(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """The body of the thread."""
        try:
            value = work()
        except ScriptError as error:
            sources = {**self.sources, **error.sources}
            problems = "\n".join(render(problem, sources) for problem in error.diagnostics)
            self._finished(lambda: self._complain(problems))
        except KeyboardInterrupt:
            self._finished(lambda: self._tell("interrupted"))
        except BaseException as error:  # SystemExit of a Python model, too
            self.fault = error
            self._finished(self.exit)
        else:
            self._finished(lambda: then(value))

    def _finished(self, then: Callable[[], None]) -> None:
        """From the thread: draw what there is now, and let the next key be taken."""

        def finish() -> None:
            if not self._head.is_attached:
                return
            self._tell("")
            self._draw()
            then()
            self._idle.set()

        with suppress(RuntimeError):  # the user has left
            self.call_from_thread(finish)

    def _beat(self) -> None:
        """Show that something is being computed, and how far it has come."""
        seconds = time.monotonic() - self._since
        if not self._idle.is_set() and seconds > PATIENCE:
            self._draw()
            self._tell(f"computing for {seconds:.0f} s; Escape interrupts")

    # --------------------------------------------------------------------- keys

    async def action_move(self, name: str) -> None:
        """One of the moves of the animation, by its name."""
        await self._perform(getattr(self.animation, name), self._tell)

    async def action_take(self) -> None:
        """Take the offer under the cursor."""
        if self._shown:
            chosen = self._cursor if self._cursor in self._shown else self._shown[0]
            await self._take(chosen)
        elif self._filter:
            self._tell(f"no offer has `{self._filter}` in its name")
        else:
            self._tell("nothing can happen here: ← goes back")

    async def _take(self, number: int) -> None:
        choice = self.animation.scene.choices[number]
        await self._perform(lambda: self.animation.take(choice), self._tell)

    async def on_lines_picked(self, event: Lines.Picked) -> None:
        """Take an offer, or go to a step."""
        if event.lines is self._offers and self._shown:
            await self._take(self._shown[event.number])
        elif event.lines is self._steps:
            await self._perform(lambda: self.animation.to(event.number), self._tell)

    def action_choose(self, down: int) -> None:
        """Another offer, so many lines below."""
        if self._shown:
            place = self._shown.index(self._cursor) if self._cursor in self._shown else 0
            self._cursor = self._shown[max(0, min(place + down, len(self._shown) - 1))]
            self._draw_offers()

    def action_choose_page(self, down: int) -> None:
        """The same by pages."""
        self.action_choose(down * max(1, self._offers.content_size.height - 1))

    def on_key(self, event: Key) -> None:
        """What is typed narrows the offers."""
        character = event.character if event.is_printable else None
        if character is not None and character != "?" and len(self.screen_stack) == 1:
            self._narrow(self._filter + character)

    def action_erase(self) -> None:
        """Delete the last letter."""
        self._narrow(self._filter[:-1])

    def _narrow(self, text: str) -> None:
        scene = self.animation.scene
        self._filter, self._shown = text, scene.matching(text)
        self._cursor = (scene.nearest(text) if text else scene.onward) or 0
        self._tell("")
        self._draw_offers()

    def action_escape(self) -> None:
        """Interrupt what is being computed, or else clear what was typed."""
        if self._idle.is_set():
            self._narrow("")
        else:
            self.ask.stopped.set()

    def action_interrupt_or_leave(self) -> None:
        """Ctrl-C."""
        if self._idle.is_set():
            self.exit()
        else:
            self.ask.stopped.set()

    def action_leave(self) -> None:
        """Leave at once, whatever is being computed."""
        self.ask.stopped.set()
        self.exit()

    def action_copy_trace(self) -> None:
        """Put the trace on the clipboard."""
        trace = as_sequence(self.animation.scene.trace)
        self.copy_to_clipboard(trace)
        self._tell(f"copied: {trace}")

    async def action_outline(self) -> None:
        """Show the whole state."""
        await self._perform(
            self.animation.outline, lambda lines: self._open(Page("the state", lines))
        )

    def action_help(self) -> None:
        """Show what the keys and the signs mean."""
        width = max(len(left) for left, _ in _KEYS)
        rows = [f"  {left:<{width}}  {right}" for left, right in _KEYS]
        signs = [f"  {left:<{width}}  {right}" for left, right in _SIGNS]
        self._open(Page("help", [*rows, "", *signs]))

    def _open(self, page: Page) -> None:
        self.push_screen(page)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only where there is a counterexample can one be returned to."""
        return self.animation.lead is not None or parameters != ("rejoin",)
