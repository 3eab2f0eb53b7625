"""Dialogues with `cospec repl`, held in `dialogues/`: what was typed, and what came of it.

To write one, put the typed lines into a file, each with its prompt, and run the test: it adds the
answers, and fails once. To renew one, delete the answers.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest
from dialogue import hold, plain, typed

from cospec.inputs import kind_of, unfinished
from cospec.repl import Prompt
from cospec.runner import Settings
from cospec.scripts import Limits
from cospec.spec.syntax.session import Session
from cospec.walking import COMMANDS as WALK_COMMANDS

HERE = Path(__file__).parent

#: Seconds after which a program that has not answered never will.
PATIENCE = 600

DIALOGUES = sorted((HERE / "dialogues").glob("*.txt"))


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_dialogue(path, monkeypatch) -> None:
    monkeypatch.chdir(HERE / "scripts")
    written = path.read_text(encoding="utf-8")

    said = hold(written, "vending.csp")

    if typed(written) == written.splitlines():
        path.write_text(said, encoding="utf-8")
        pytest.fail(f"{path.name} had no answers; it holds the present ones now")
    assert said == plain(written)


def _prompt(*lines: str, **settings: object) -> str:
    return hold("".join(f"cospec> {line}\n" for line in lines), settings=Settings(**settings))


def _told(monkeypatch: pytest.MonkeyPatch, listener: Callable[[str], object]) -> None:
    """The listener is told of each input before it is answered."""
    answer = Prompt.answer

    def answered(prompt: Prompt, text: str) -> bool:
        listener(text)
        return answer(prompt, text)

    monkeypatch.setattr(Prompt, "answer", answered)


#: It takes for ages, and does not go deep: a deep recursion would soon meet another limit.
AGES = "let f(n) = if n < 2 then n else f(n - 1) + f(n - 2) within f(80)"


@pytest.mark.parametrize(
    "endless",
    [
        AGES,
        ":assert RUN({| c |}) [T= let P(n) = c.(n % 2) -> P(n + 1) within P(0)",
    ],
)
def test_ctrl_c_interrupts_and_returns_to_the_prompt(endless, keyboard, monkeypatch) -> None:
    _told(monkeypatch, lambda text: text == endless and keyboard.ctrl_c())
    said = _prompt("channel c : {0..1}", endless, "1 + 1")

    assert "interrupted" in said
    assert said.endswith("cospec> 1 + 1\n2\n")


def test_ctrl_c_while_typing_forgets_the_line(capsys) -> None:
    lines = iter(["(1 +", KeyboardInterrupt(), "2 + 2", EOFError()])

    def read(prompt: str) -> str:
        line = next(lines)
        if isinstance(line, BaseException):
            raise line
        return line

    Prompt(Settings(), read).run()

    assert capsys.readouterr().out == "\n4\n"


def test_ctrl_c_in_a_walk_leaves_the_walk(capsys) -> None:
    lines = iter([":trace SKIP", KeyboardInterrupt(), "2 + 2", EOFError()])

    def read(prompt: str) -> str:
        line = next(lines)
        if isinstance(line, BaseException):
            raise line
        return line

    Prompt(Settings(), read).run()

    assert capsys.readouterr().out.endswith("  1  ✓\n\n4\n")


def test_a_time_limit_holds_for_each_input(clock, monkeypatch) -> None:
    inputs: list[str] = []
    _told(monkeypatch, inputs.append)
    clock.flies = lambda: AGES in inputs[-1]
    said = _prompt(AGES, f":trace {AGES}", "3 * 3", limits=Limits(seconds=0.2))

    assert said.count("error[X601]: out of time: 0.2 s allowed") == 2
    assert said.endswith("cospec> 3 * 3\n9\n")


def test_a_memory_limit_holds_for_each_input() -> None:
    said = _prompt(AGES, limits=Limits(memory=1e6))

    assert "error[X601]: out of memory" in said


def test_without_types_values_are_looked_at_when_used() -> None:
    said = _prompt("let n = 1 + true", "n", ":type n", ":list", types=False)

    assert "n is defined" in said
    assert "error[X590]" in said
    assert "error[X614]: types are not looked at" in said
    assert said.endswith("cospec> :list\nn\n")


def test_a_fault_of_cospecs_own_does_not_end_the_prompt(monkeypatch) -> None:
    def faulty(self, text):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Session, "type_of", faulty)
    said = _prompt(":type 1", "1")

    assert "error[X900]: this is a bug in cospec" in said
    assert "Traceback" not in said
    assert said.endswith("cospec> 1\n1\n")
    assert "Traceback" in _debugged()


def _debugged() -> str:
    screen = StringIO()
    lines = iter([":type 1"])
    with redirect_stderr(screen):
        Prompt(Settings(debug=True), lambda _: next(lines, None) or _end()).run()
    return screen.getvalue()


def _end() -> str:
    raise EOFError


def _piped(text: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cospec", "repl", *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, cwd=HERE / "scripts", timeout=PATIENCE
    )


def test_lines_from_a_pipe_get_answers_without_prompts() -> None:
    done = _piped(b"cost(2)\nnowhere\n\xff\xfe\x00\n:trace coin -> STOP\ncoin\n", "vending.csp")

    assert done.returncode == 0
    out = done.stdout.decode().splitlines()
    assert out[:2] == ["vending.csp: 13 names, 2 assertions", "6"]
    assert out[-1] == "deadlock: nothing can happen, and it has not terminated"
    err = done.stderr.decode()
    assert "error[X301]: `nowhere` is not defined" in err
    assert "error[X101]" in err
    assert "Traceback" not in err


def test_an_input_that_the_end_cuts_short_is_answered() -> None:
    assert _piped(b"let\nn = 3\n").stdout == b"n :: Int\n"
    assert b"error[X105]" in _piped(b"(1 +\n").stderr


def test_a_script_with_mistakes_leaves_an_empty_prompt() -> None:
    done = _piped(b"1\n:list\n", "broken.csp")

    assert done.returncode == 0
    assert b"error[X105]" in done.stderr
    assert done.stdout.splitlines()[-2:] == [b"1", b"nothing is defined yet"]


def test_on_a_terminal_words_are_completed_and_ctrl_d_leaves() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cospec", "repl", "vending.csp"]
    environment = {**os.environ, "TERM": "dumb"}
    running = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=HERE / "scripts", env=environment
    )
    os.close(theirs)
    shown = b""

    def until(awaited: bytes) -> None:
        nonlocal shown
        end = time.monotonic() + PATIENCE
        while awaited not in shown:
            assert time.monotonic() < end, shown
            if select.select([ours], [], [], 0.1)[0]:
                shown += os.read(ours, 65536)
        shown = shown.partition(awaited)[2]

    until(b"cospec> ")
    os.write(ours, b":tra\tBUFFER2\n")
    until(b"trace> ")
    os.write(ours, b"left.0\n")
    until(b"mid.0, hidden")
    os.write(ours, b"mi\t\n")
    until(b"right.0")
    os.write(ours, b"quit\n")
    until(b"cospec> ")
    os.write(ours, b"\x04")

    assert running.wait(PATIENCE) == 0
    os.close(ours)


def test_completions(monkeypatch) -> None:
    monkeypatch.chdir(HERE / "scripts")
    lines = iter([":trace BUFFER2", "left.1"])
    seen = []

    def read(shown: str) -> str:
        line = next(lines, None)
        if line is None:
            seen.append([prompt.completions(word, word) for word in ("", "mid", "re")])
            raise EOFError
        return line

    prompt = Prompt(Settings(), read)
    prompt.load("vending.csp")

    assert prompt.completions("1 + co", "co") == ["coffee", "coin", "concat", "cost"]
    assert "within" in prompt.completions("let x = 1 wi", "wi")
    assert prompt.completions(":l", ":l") == [":list ", ":load "]
    assert prompt.completions(":load ven", "ven") == ["vending.csp"]
    assert prompt.completions(":load ../scri", "scri") == ["scripts/"]
    prompt.run()
    assert seen[0][0] == sorted(["mid.1", "tau", *WALK_COMMANDS])
    assert seen[0][1:] == [["mid.1"], ["restart"]]


@pytest.mark.parametrize(
    "text",
    [
        "(1", "P [|", "{|", "<1,", "P [] ", "1 +", "let x = (1", "let f(x) =", "a ->",
        "let y = 1 +", ":type (1", ":trace P |||", ":a P [T=", "if x then y", "{- a remark",
        "module M", "channel c :", "P = Q;", "|~| x : S @", "f(x,",
    ],
)  # fmt: skip
def test_input_that_goes_on(text) -> None:
    assert unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "P", "let x = 1", "let x = 1 within x", "1)", "<1>", ":load (", ":quit [",
        "print 3", "channel a", "[1, 2]", "P :[deadlock free]", "if a then b else c", "-- (",
        "“", ":help", "module M\nexports\nendmodule", "x' = {1..}", "let x = let y = 1 within y",
    ],
)  # fmt: skip
def test_input_that_is_complete(text) -> None:
    assert not unfinished(text)


@pytest.mark.parametrize(
    "text, kind",
    [
        ("1", "expression"), ("x == 1", "expression"), ("x = 1", "definition"),
        ("f(x)(y) = x", "definition"), ("f :: Int", "definition"), ("channel a", "definition"),
        ("P [T= Q", "assertion"), ("not P [T= Q", "assertion"), ("assert P", "assertion"),
        ("P :[has trace]: <a>", "assertion"), ("let x = 1", "definition"),
        ("let x = 1 within x", "expression"), ("(let x = 1 within x)", "expression"),
        ("let P = Q [] R", "definition"), ("print 3", "expression"), ("include \"x\"", "include"),
        (":type x", "command"), ("", "nothing"), ("-- x", "nothing"), ("“", "expression"),
        ("Timed { P = Q }", "definition"), ("assertion", "expression"), ("lets", "expression"),
    ],
)  # fmt: skip
def test_what_an_input_is(text, kind) -> None:
    assert kind_of(text)[0] == kind
