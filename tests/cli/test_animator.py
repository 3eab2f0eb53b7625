"""`cospec animate`: what a terminal of 80 columns and 24 lines shows when keys are pressed."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from terminal import PATIENCE, click, press, screen, until
from textual.pilot import Pilot
from textual.strip import Strip

from cospec import animating
from cospec.animation import Animation
from cospec.animator import Animator, Interruptible
from cospec.panes import Lines
from cospec.runner import Settings
from cospec.scripts import Limits
from cospec.spec.syntax.session import Session

SCRIPT = """
channel coin, tea, coffee
channel left, mid, right : {0..1}
channel bold : {<1, 2>}
channel many : {1..5000}
channel text : {"[b]one\\ntwo[/b]"}
MACHINE = coin -> (tea -> MACHINE [] coffee -> MACHINE)
BROKEN = coin -> (tea -> BROKEN |~| coffee -> BROKEN)
COPY(from, to) = from?x -> to!x -> COPY(from, to)
BUFFER2 = (COPY(left, mid) [|{| mid |}|] COPY(mid, right)) \\ {| mid |}
GAME = coin -> (AGAIN \\ {tea, coffee})
AGAIN = tea -> coffee -> AGAIN
FAULTY = coin -> FAULT
FAULT = if head(<>) == 1 then STOP else SKIP
SLOW = coin -> ENDLESS
ENDLESS = if card({x * y | x <- {1..100000}, y <- {1..100000}}) > 0 then STOP else SKIP
UP(n) = coin -> UP(n + 1)
assert MACHINE [F= BROKEN
assert MACHINE :[deadlock free]
assert GAME :[divergence free]
"""

Play = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture(scope="module")
def session() -> Session:
    return Session.of_text(SCRIPT)


@pytest.fixture
def play(session, monkeypatch):
    """Plays in the animator of a process or an assertion, as far as the function plays."""

    def run(of: str, playing: Play, assertion: bool = False, **limits: float) -> Animator:
        made: list[Animator] = []
        monkeypatch.setattr(animating, "_held", lambda app: made.append(app) or "")
        start = animating.of_assertion if assertion else animating.of_process
        start(session, of, Settings(Limits(**limits)))
        (app,) = made

        async def whole() -> None:
            async with app.run_test(size=(80, 24)) as pilot:
                await playing(pilot)

        asyncio.run(asyncio.wait_for(whole(), PATIENCE))
        if app.fault is not None:
            raise app.fault
        return app

    return run


@pytest.fixture
def screens(play):
    """What is on the screen after each of these sequences of keys, one after the other."""

    def run(of: str, *sequences: str, assertion: bool = False, **limits: float) -> list[str]:
        found: list[str] = []

        async def playing(pilot: Pilot[None]) -> None:
            for keys in sequences:
                await press(pilot, *keys.split())
                found.append(await screen(pilot))

        play(of, playing, assertion, **limits)
        return found

    return run


@pytest.fixture
def shown(screens):
    """What is on the screen after these keys."""

    def run(of: str, keys: str = "", **options) -> str:
        (only,) = screens(of, keys, **options)
        return only

    return run


def test_the_first_screen(shown) -> None:
    assert (
        shown("BUFFER2")
        == """\
 BUFFER2
 trace  ⟨⟩
 stable: it waits for its environment
╭─ offers: 2 ──────────────────────────╮╭─ components ─────────────────────────╮
│  left.0                              ││  COPY(left, mid)   COPY(left, mid)   │
│  left.1                              ││  COPY(mid, right)  COPY(mid, right)  │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      │╰──────────────────────────────────────╯
│                                      │╭─ steps: 0 of 0 ──────────────────────╮
│                                      ││   0   (the beginning)                │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
│                                      ││                                      │
╰──────────────────────────────────────╯╰──────────────────────────────────────╯
 choose: ▏type a part of a name
 ^C Leave  ↵ Take  ← Back  → Forward  ^R Random  ^A Auto  ? Help"""
    )


def test_steps_are_taken_by_arrows_and_by_typing(shown) -> None:
    after = shown("BUFFER2", "down enter m i enter")

    assert " trace  ⟨left.1⟩\n stable: it waits for its environment\n" in after
    assert "│● COPY(left, mid)   COPY(left, mid)   │" in after
    assert "│● COPY(mid, right)  right.1 -> …      │" in after
    assert "│   1   left.1                         │" in after
    assert "│   2   τ  (mid.1, hidden)             │" in after


def test_typing_narrows_the_offers(screens) -> None:
    assert "offers: 15 of 5,000" in screens("many?x -> STOP", "4 9 9")[0]

    none, cleared, erased = screens("MACHINE", "c o f x enter", "escape", "o backspace")
    assert "no offer has `cofx` in its name" in none
    assert "offers: 0 of 1 ─" in none
    for after in (cleared, erased):
        assert "offers: 1 ─" in after
        assert "choose: ▏type a part" in after
    assert "no offer" not in cleared


def test_of_thousands_of_offers_only_those_that_are_seen_are_drawn(play, monkeypatch) -> None:
    drawn, real = [], Lines.render_line

    def counted(lines: Lines, y: int) -> Strip:
        drawn.append(y)
        return real(lines, y)

    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Lines, "render_line", counted)
        await press(pilot, "pagedown", "pagedown", *"4999", "enter")
        assert "⟨many.4999⟩" in await screen(pilot)
        assert len(drawn) < 2000
        assert max(drawn) < 24

    play("many?x -> STOP", playing)


def test_back_forward_home_and_end(screens) -> None:
    moves = ("left", "enter enter", "left", "right", "home", "end")
    start, _, back, forward, home, end = screens("MACHINE", *moves)

    assert "this is the beginning: there is no step to take back" in start
    assert "trace  ⟨coin⟩" in back
    assert "trace  ⟨coin, coffee⟩" in forward
    assert "trace  ⟨⟩" in home
    assert "steps: 0 of 2" in home
    assert "trace  ⟨coin, coffee⟩" in end
    assert "stable: it waits for its environment; the same state as at the beginning" in end


def test_auto_and_random(screens) -> None:
    auto, random = screens("MACHINE", "ctrl+a", "home ctrl+r")
    assert "trace  ⟨coin⟩" in auto
    assert "one step, then there are 2 ways to go" in auto
    assert "trace  ⟨coin⟩" in random


def test_clicks_take_offers_and_go_to_steps(play) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        await click(pilot, "#offers", 1)
        await click(pilot, "#offers", 2)
        assert "trace  ⟨coin, tea⟩" in await screen(pilot)
        await click(pilot, "#steps", 2)
        assert "trace  ⟨coin⟩" in await screen(pilot)
        await click(pilot, "#offers", 9)
        assert "trace  ⟨coin⟩" in await screen(pilot)

    play("MACHINE", playing)


def test_help_and_the_whole_state_are_pages(screens) -> None:
    helped, closed, state = screens("BUFFER2", "question_mark", "escape", "ctrl+s")

    assert "Ctrl-F             return to the counterexample after leaving it" in helped
    assert "…" not in helped
    assert "offers: 2 ─" in closed
    assert "choose: ▏type" in closed
    assert "│ \\ {|mid|}" in state


def test_nothing_that_is_shown_is_markup(screens) -> None:
    text = "(bold.<1, 2> -> STOP [|{|bold|}|] bold?[red] -> STOP)".replace("[red]", "x")
    begun, stepped, state = screens(f"({text} ||| STOP) [[tea <- coffee]]", "", "enter", "ctrl+s")

    assert f" ({text} ||| STOP) [[tea <- coffee]]\n" in begun
    assert "│  bold.<1, 2> " in begun
    assert "trace  ⟨bold.<1, 2>⟩" in stepped
    assert "│   1   bold.<1, 2> " in stepped
    assert "│ [[tea <- coffee]] " in state
    assert "│     [|{|bold|}|] " in state


def test_texts_in_events_neither_break_lines_nor_are_markup(screens) -> None:
    begun, stepped = screens("text?x -> STOP", "", "enter")

    assert "│  text.[b]one two[/b] " in begun
    assert "trace  ⟨text.[b]one two[/b]⟩" in stepped
    assert len(stepped.splitlines()) == 24


def test_a_long_trace_shows_its_end(shown) -> None:
    after = shown(20 * "coin -> " + "STOP", "ctrl+a")

    assert "\n trace  … coin, coin" in after
    assert "coin⟩" in after.splitlines()[1]


def test_a_counterexample_is_followed(screens) -> None:
    beginning, end = screens("1", "", "right right", assertion=True)

    assert beginning.splitlines()[0] == " assert MACHINE [F= BROKEN"
    assert "│» coin " in beginning
    assert "─ counterexample: step 0 of 2 ─" in beginning
    assert "─ counterexample: step 2 of 2 ─" in end
    assert "│   2 ✘ τ " in end
    assert "After ⟨coin⟩, BROKEN can be in a state where it offers only" in end


def test_it_is_left_by_another_choice_and_returned_to(screens) -> None:
    away, back = screens("1", "right down enter", "ctrl+f", assertion=True)

    assert "─ counterexample: left after step 1 of 2; Ctrl-F returns ─" in away
    assert "─ counterexample: step 1 of 2 ─" in back
    assert "back on the counterexample, after step 1" in back


def test_the_cycle_of_a_divergence_repeats(screens) -> None:
    end, again = screens("3", "end", "right", assertion=True)

    assert "─ counterexample: step 3 of 3; steps 2 to 3 repeat for ever ─" in end
    assert "│   3 ↻ τ  (coffee, hidden)" in end
    assert "not stable: a τ may happen at any time; the same state as after step 1" in end
    assert "and so on for ever: step 2 follows step 3" in again


def test_a_counterexample_too_far_to_be_found_again(shown, monkeypatch) -> None:
    monkeypatch.setattr("cospec.following.EFFORT", 1)
    begun = shown("1", assertion=True)

    assert "─ counterexample: without its steps ─" in begun
    assert "The steps that show it were not found" in " ".join(begun.split())


def test_what_a_not_asks_for_is_no_counterexample(shown) -> None:
    end = shown("not MACHINE [F= BROKEN", "end", assertion=True)

    assert "─ what there is: step 2 of 2 ─" in end
    assert "✘" not in end


def test_a_python_model_may_leave(session) -> None:
    ask = Interruptible(session, Settings())
    app = Animator(Animation(session.process("MACHINE"), ask), ask, "MACHINE", session.sources)

    async def whole() -> None:
        async with app.run_test() as pilot:
            app.animation.back = sys.exit
            await pilot.press("left")
            await until(lambda: app.fault is not None)

    asyncio.run(whole())
    assert isinstance(app.fault, SystemExit)


def test_the_current_step_is_seen_after_the_terminal_has_become_smaller(play) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(140, 40)
        await press(pilot, "ctrl+a")
        await pilot.resize_terminal(80, 24)
        await until(lambda: pilot.app._steps.scroll_offset.y > 0)
        assert "│  20   coin " in await screen(pilot)

    play(20 * "coin -> " + "STOP", playing)


@pytest.mark.parametrize("size", [(20, 6), (200, 50)])
def test_any_terminal_is_large_enough(session, size) -> None:
    ask = Interruptible(session, Settings())
    app = Animator(Animation(session.process("BUFFER2"), ask), ask, "BUFFER2", session.sources)

    async def whole() -> None:
        async with app.run_test(size=size) as pilot:
            await press(pilot, "enter", "question_mark", "escape", "m")
            await pilot.resize_terminal(50, 15)
            assert "⟨left.0⟩" in await screen(pilot)

    asyncio.run(whole())


def test_a_mistake_is_shown_and_the_last_state_kept(screens) -> None:
    after, back = screens("tea -> FAULTY", "enter enter", "left")

    assert "trace  ⟨tea⟩" in after
    assert " error[X503]: `head` of the empty sequence" in after
    assert "FAULT = if head(<>) == 1 then STOP else SKIP" in after
    assert "error[" not in back


def test_the_carets_below_a_long_line_are_seen(shown) -> None:
    long = " [] ".join(f"tea -> left.{n % 2} -> STOP" for n in range(9))
    after = shown(f"tea -> coin -> ({long} [] right.head(<0 | x <- <>>) -> STOP)", "enter")

    (carets,) = (line for line in after.splitlines() if "^^^" in line)
    (quoted,) = (line for line in after.splitlines() if "| …" in line)
    column = carets.index("^")
    assert quoted[column : carets.rindex("^") + 1].startswith("head(")


def test_time_runs_out(play, clock) -> None:
    found: list[str] = []

    async def playing(pilot: Pilot[None]) -> None:
        clock.flies = lambda: True
        await press(pilot, "enter")
        found.append(await screen(pilot))

    play("SLOW", playing, seconds=0.1)
    (after,) = found
    assert "error[X601]: out of time: 0.1 s allowed" in after
    assert "trace  ⟨⟩" in after


def _sleeping(*_: object) -> tuple[()]:
    """Takes for ever, and leaves the processor to the test."""
    while True:
        time.sleep(0.01)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
def test_what_is_computed_can_be_interrupted(play, monkeypatch, key) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Animation, "_components", _sleeping)
        await pilot.press("enter")
        assert not pilot.app._idle.is_set()
        await pilot.press("x", "down", "enter")
        await until(lambda: pilot.app._message.display)
        assert "s; Escape interrupts" in await screen(pilot)
        await pilot.press(key)
        await until(pilot.app._idle.is_set)
        after = await screen(pilot)
        assert "interrupted" in after
        assert "trace  ⟨⟩" in after
        await pilot.press("question_mark")
        assert "─ help ─" in await screen(pilot)

    play("MACHINE", playing)


def test_help_can_be_read_while_something_is_computed(play, monkeypatch) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Animation, "_components", _sleeping)
        await pilot.press("enter", "question_mark")
        await until(lambda: pilot.app._message.display)
        await pilot.press("ctrl+c")
        await until(pilot.app._idle.is_set)
        assert "─ help ─" in await screen(pilot)
        await pilot.press("escape")
        assert "interrupted" in await screen(pilot)

    play("MACHINE", playing)


def test_auto_is_watched_and_interrupted_where_it_is(play, monkeypatch) -> None:
    real = Animation._components

    def slowly(*given: object) -> object:
        time.sleep(0.05)
        return real(*given)

    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Animation, "_components", slowly)
        await pilot.press("ctrl+a")
        await until(lambda: pilot.app.animation.scene.place > 3)
        await pilot.press("escape")
        await until(pilot.app._idle.is_set)
        place = pilot.app.animation.scene.place
        assert 3 < place < 1000
        assert f"steps: {place} of {place}" in await screen(pilot)

    play("UP(0)", playing)


def test_one_may_leave_while_something_is_computed(play, monkeypatch) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Animation, "_components", _sleeping)
        await pilot.press("enter")
        await pilot.press("ctrl+q")

    before = threading.active_count()
    play("MACHINE", playing)
    assert threading.active_count() <= before  # nothing is computed any more


def test_a_fault_of_cospecs_own_ends_nothing(play, monkeypatch) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Animation, "_components", lambda *_: 1 / 0)
        await press(pilot, "enter")
        assert "error[X900]: this is a bug in cospec" in await screen(pilot)

    play("MACHINE", playing)


def test_a_fault_while_drawing_leaves_the_terminal_as_it_was(play, monkeypatch) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        monkeypatch.setattr(Animator, "_draw_steps", lambda *_: 1 / 0)
        pilot.app.call_later(pilot.app._draw)
        await until(lambda: pilot.app.fault is not None)

    with pytest.raises(ZeroDivisionError):
        play("MACHINE", playing)


def test_such_a_fault_is_told(cospec, on_terminal, monkeypatch) -> None:
    monkeypatch.setattr(Animator, "run", lambda app: setattr(app, "fault", KeyError("oops")))
    ended = cospec("animate", "vending.csp", "MACHINE")

    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(
        "error[X900]: this is a bug in cospec, not in your script: KeyError"
    )


def test_debug_leaves_with_the_fault(session, monkeypatch) -> None:
    ask = Interruptible(session, Settings(debug=True))
    app = Animator(Animation(session.process("MACHINE"), ask), ask, "MACHINE", session.sources)
    monkeypatch.setattr(Animation, "_components", lambda *_: 1 / 0)

    async def whole() -> None:
        async with app.run_test() as pilot:
            await pilot.press("enter")
            await until(lambda: app.fault is not None)

    asyncio.run(whole())
    assert isinstance(app.fault, ZeroDivisionError)


def test_the_trace_is_copied(play) -> None:
    async def playing(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "enter", "ctrl+t")
        assert "copied: <coin, coffee>" in await screen(pilot)
        assert pilot.app.clipboard == "<coin, coffee>"

    play("MACHINE", playing)


def test_a_wide_terminal_has_three_columns(session) -> None:
    ask = Interruptible(session, Settings())
    app = Animator(Animation(session.process("BUFFER2"), ask), ask, "BUFFER2", session.sources)

    async def whole() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            fourth = (await screen(pilot)).splitlines()[3]
            assert all(title in fourth for title in ("offers: 2", "components", "steps: 0 of 0"))

    asyncio.run(whole())


# ---------------------------------------------------------------- the command line


@pytest.fixture
def on_terminal(monkeypatch):
    """As if there were a terminal, where nobody presses a key."""
    monkeypatch.setattr(animating, "on_terminal", lambda: True)
    monkeypatch.setattr(Animator, "run", lambda _: None)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["MASCHINE"], "error[X301]: `MASCHINE` is not defined\n --> <expression>:1:1"),
        (["price"], "error[X591]: `price` is not a process but `3`"),
        (["STOP []"], "error[X2"),
        (["-a", "9"], "error[X602]: no assertion 9: the script has 2 assertions"),
        (["-a", "MACHINE [T= MASCHINE"], "error[X301]: `MASCHINE` is not defined"),
        (["-a", "MACHINE [T= MACHINE"], "error[X618]: the assertion holds: there is no"),
    ],
)
def test_mistakes_are_told_before_anything_is_drawn(cospec, on_terminal, arguments, said) -> None:
    ended = cospec("animate", "vending.csp", *arguments)

    assert ended.status == 2
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_script_with_mistakes(cospec, on_terminal) -> None:
    ended = cospec("animate", "broken.csp", "P")

    assert ended.status == 2
    assert ended.err.startswith("error[")


def test_a_first_state_that_cannot_be_computed(cospec, on_terminal, tmp_path) -> None:
    (tmp_path / "faulty.csp").write_text(SCRIPT, encoding="utf-8")
    ended = cospec("animate", str(tmp_path / "faulty.csp"), "FAULT")

    assert ended.status == 2
    assert "error[X503]: `head` of the empty sequence" in ended.err
    assert f"--> {tmp_path}/faulty.csp:" in ended.err
    assert "FAULT = if head(<>)" in ended.err


def test_a_mistake_in_an_assertion_is_shown_with_its_place(cospec, on_terminal) -> None:
    asked = "MACHINE [T= if head(<>) == 1 then STOP else SKIP"
    ended = cospec("animate", "vending.csp", "-a", asked)

    assert ended.status == 2
    assert ended.err == (
        "error[X503]: `head` of the empty sequence\n"
        " --> <assertion>:1:16\n"
        "  |\n"
        f"1 | {asked}\n"
        "  |                ^^^^^^^^\n"
    )


def test_a_check_that_does_not_end_in_time(cospec, on_terminal, tmp_path) -> None:
    (tmp_path / "slow.csp").write_text(SCRIPT, encoding="utf-8")
    path = str(tmp_path / "slow.csp")
    ended = cospec("animate", path, "-a", "RUN({coin}) [T= UP(0)", "--timeout", "0.2")

    assert ended.status == 2
    assert "error[X618]: the assertion is not decided (out of time: 0.2 s allowed)" in ended.err


@pytest.mark.parametrize("arguments", [[], ["MACHINE", "-a", "1"]])
def test_it_takes_a_process_or_an_assertion(cospec, arguments) -> None:
    ended = cospec("animate", "vending.csp", *arguments)

    assert ended.status == 2
    assert "it takes a process P, or else --assertion with one to follow" in ended.err


def test_without_textual_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['textual'] = None; import cospec.repl, cospec.cli as c;"
        "c.main(['animate', 'vending.csp', 'MACHINE'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error[X605]: the animator needs textual 8.2.5 or later, which is not installed\n"
        "  = note: `pip install 'cospec[tui]'` installs it\n"
    )


def test_a_pipe_is_no_terminal(cospec) -> None:
    ended = cospec("animate", "vending.csp", "MACHINE")

    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error[X617]: the animator needs a terminal\n")
    assert "cospec repl" in ended.err


def test_the_trace_is_printed_on_leaving(cospec, on_terminal) -> None:
    assert cospec("animate", "vending.csp", "MACHINE").out == "trace  ⟨⟩\n"


def test_a_model_can_be_animated(cospec, on_terminal, tmp_path) -> None:
    (tmp_path / "counting.py").write_text(
        "from dataclasses import dataclass, replace\n"
        "from cospec.models.model import action\n\n"
        "@dataclass(frozen=True)\n"
        "class Counter:\n"
        "    value: int = 0\n\n"
        "    @action(by=(1, 2))\n"
        "    def count(self, by):\n"
        "        return replace(self, value=(self.value + by) % 5)\n",
        encoding="utf-8",
    )
    (tmp_path / "model.csp").write_text("channel count : {1, 2}\n", encoding="utf-8")
    model = f"COUNTER={tmp_path}/counting.py:Counter()"
    ended = cospec("animate", str(tmp_path / "model.csp"), "COUNTER", "--model", model)

    assert (ended.status, ended.out) == (0, "trace  ⟨⟩\n")


def test_in_a_real_terminal() -> None:
    here = Path(__file__).parent / "scripts"
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "cospec", "animate", "vending.csp", "MACHINE"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    child = subprocess.Popen(
        command, cwd=here, stdin=follower, stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    try:
        _read_until(leader, b"Help")
        os.write(leader, b"coi\r")
        _read_until(leader, b"tea")
        os.write(leader, b"\x11")
        assert "trace  ⟨coin⟩\r\n".encode() in _read_until(leader, "trace  ⟨coin⟩\r\n".encode())
        assert child.wait(PATIENCE) == 0
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        os.close(leader)


def _read_until(leader: int, wanted: bytes) -> bytes:
    """What the terminal shows, up to something."""
    said, deadline = b"", time.monotonic() + PATIENCE
    while wanted not in said:
        assert time.monotonic() < deadline, said[-500:]
        if select.select([leader], [], [], 0.2)[0]:
            said += os.read(leader, 65536)
    return said
