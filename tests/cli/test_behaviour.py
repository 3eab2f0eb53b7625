"""What the command line does when things go wrong, run long or run in parallel."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

import cospec.checker.check  # noqa: F401  (found in sys.modules below)
from cospec.results import FileResult, Result, exit_status

ENDLESS = "channel a : {0..9}\nP(n) = a.(n % 10) -> P(n + 1)\n"


@pytest.fixture
def script(tmp_path):
    """Writes a script and returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "script.csp"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], 0),
        (["pass"], 0),
        (["pass", "unknown"], 3),
        (["unknown", "fail"], 1),
        (["fail", "error", "unknown"], 2),
    ],
)
def test_the_worst_verdict_decides_the_status(verdicts, status) -> None:
    results = tuple(Result("", 1, verdict) for verdict in verdicts)

    assert exit_status([FileResult("x", results=results)]) == status


def test_a_time_out_ends_one_assertion_only(cospec, script, clock, monkeypatch) -> None:
    real, meters = cospec_checker().check, []

    def watched(claim, meter, *rest):
        meters.append(meter)
        return real(claim, meter, *rest)

    monkeypatch.setattr(cospec_checker(), "check", watched)
    clock.flies = lambda: len(meters) == 1 and meters[0].states > 0
    path = script(ENDLESS + "assert RUN({|a|}) [T= P(0)\nassert STOP [T= STOP\n")
    ended = cospec("check", path, "--timeout", "0.3", "--format", "json")

    first, second = json.loads(ended.out)["results"]
    assert (first["verdict"], first["reason"]) == ("unknown", "out of time: 0.3 s allowed")
    assert first["states"] > 0
    assert second["verdict"] == "pass"
    assert ended.status == 3


def test_a_memory_limit_ends_one_assertion_only(cospec, script) -> None:
    path = script(ENDLESS + "assert RUN({|a|}) [T= P(0)\n")
    ended = cospec("check", path, "--memory", "0.001", "--format", "json")

    (result,) = json.loads(ended.out)["results"]
    assert result["verdict"] == "unknown"
    assert "out of memory: 0.001 GB allowed" in result["reason"]


@pytest.mark.slow
def test_endless_evaluation_is_an_error_of_the_script(cospec, script) -> None:
    path = script("f(x) = 1 + f(x + 1)\nassert STOP [T= if f(0) > 0 then STOP else SKIP\n")
    ended = cospec("check", path)

    assert ended.status == 2
    assert "error[X506]" in ended.err


def test_an_internal_fault_says_so_and_the_others_go_on(cospec, monkeypatch) -> None:
    real = cospec_checker().check
    calls = []

    def faulty(claim, meter, compression, resources, exhaustive):
        calls.append(claim)
        if len(calls) == 1:
            raise ZeroDivisionError("oops")
        return real(claim, meter)

    monkeypatch.setattr(cospec_checker(), "check", faulty)
    ended = cospec("check", "holds.csp")

    assert ended.status == 2
    assert "error[X900]: this is a bug in cospec, not in your script: ZeroDivision" in ended.err
    assert "please report it" in ended.err
    assert "Traceback" not in ended.err
    assert "1 passed, 1 in error" in ended.out


def test_debug_shows_the_traceback(cospec, monkeypatch) -> None:
    def faulty(claim, meter, compression, resources, exhaustive):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cospec_checker(), "check", faulty)
    with pytest.raises(ZeroDivisionError):
        cospec("check", "holds.csp", "--debug")


def test_ctrl_c_leaves_the_rest_unknown(cospec, monkeypatch, keyboard) -> None:
    def endless(claim, meter, compression, resources, exhaustive):
        keyboard.ctrl_c()
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(cospec_checker(), "check", endless)
    ended = cospec("check", "holds.csp", "--format", "json")

    results = json.loads(ended.out)["results"]
    assert [(r["verdict"], r["reason"]) for r in results] == [("unknown", "interrupted")] * 2
    assert ended.status == 3


def cospec_checker():
    return sys.modules["cospec.checker.check"]


def test_jobs_change_nothing_but_the_time(cospec) -> None:
    def without_times(text: str) -> object:
        file = json.loads(text)
        for result in file["results"]:
            result["seconds"] = result["compile_seconds"] = result["search_seconds"] = 0
        return file

    alone = cospec("check", "mixed.csp", "--format", "json")
    together = cospec("check", "mixed.csp", "--format", "json", "--jobs", "2")

    assert together.status == alone.status
    assert without_times(together.out) == without_times(alone.out)


def test_a_binary_file_is_refused_in_one_line(cospec, tmp_path) -> None:
    path = tmp_path / "binary.csp"
    path.write_bytes(b"\x7fELF\0\0\1")
    ended = cospec("check", str(path))

    assert ended.status == 2
    assert ended.err.startswith("error[X704]")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("format", ["text", "json", "junit"])
def test_no_colours_without_a_terminal(format) -> None:
    done = _cospec("check", "mixed.csp", "--format", format, capture_output=True)

    assert b"\x1b" not in done.stdout + done.stderr


def test_colours_and_progress_on_a_terminal(script) -> None:
    path = script(ENDLESS + "assert STOP [T= a.1 -> STOP\nassert RUN({|a|}) [T= P(0)\n")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "90"}
    environment.pop("NO_COLOR", None)
    running = subprocess.Popen(
        [sys.executable, "-m", "cospec", "check", path],
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    shown, pressed = b"", False
    while piece := _read(ours):
        shown += piece
        if not pressed and b"searching:" in shown and b"transitions," in shown:
            running.send_signal(signal.SIGINT)
            pressed = True
    os.close(ours)

    assert running.wait() == 1
    text = shown.decode()
    assert "\x1b[1;31m✘" in text
    assert pressed, text
    assert "interrupted" in text


def _read(terminal: int) -> bytes:
    """What a program has shown on its terminal; nothing when it has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_survives_a_terminal_without_unicode() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = _cospec("check", "mixed.csp", capture_output=True, env=environment)

    assert done.returncode == 1
    assert b"SPEC [T= SYSTEM" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, cospec.cli\n"
        "try: cospec.cli.main(['check', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'numpy', 'networkx', 'z3', 'hypothesis', 'lark', 'rich'}\n"
        "print('HEAVY', heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert "HEAVY set()" in done.stdout, done.stderr


def _cospec(*arguments, **options):
    scripts = os.path.join(os.path.dirname(__file__), "scripts")
    return subprocess.run(
        [sys.executable, "-m", "cospec", *arguments], cwd=scripts, timeout=600, **options
    )


def test_without_graphviz_an_svg_is_drawn_all_the_same(cospec, monkeypatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None)
    ended = cospec("graph", "holds.csp", "P", "--format", "svg")

    assert ended.status == 0
    assert ended.out.startswith("<svg ")


def test_a_png_without_graphviz_says_what_to_do(cospec, monkeypatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None)
    ended = cospec("graph", "holds.csp", "P", "--format", "png")

    assert ended.status == 2
    assert ended.err.startswith("error[X604]: png needs the program `dot` of Graphviz")


def test_a_graph_can_be_written_to_a_file(cospec, tmp_path) -> None:
    path = tmp_path / "new" / "p.aut"
    ended = cospec("graph", "holds.csp", "P", "--format", "aut", "--output", str(path))

    assert (ended.status, ended.out) == (0, "")
    assert path.read_text().startswith("des (0, ")


@pytest.mark.parametrize(
    "name, begins",
    [("p.svg", "<svg"), ("p.AUT", "des ("), ("p.txt", "digraph"), (".svg", "digraph")],
)
def test_a_graph_has_the_format_that_the_name_of_its_file_ends_in(
    cospec, tmp_path, name: str, begins: str
) -> None:
    assert cospec("graph", "holds.csp", "P", "--output", str(tmp_path / name)).status == 0
    assert (tmp_path / name).read_text().startswith(begins)
    cospec("graph", "holds.csp", "P", "--format", "json", "--output", str(tmp_path / name))
    assert (tmp_path / name).read_text().startswith("{")


def test_a_file_that_cannot_be_written_is_told(cospec, tmp_path) -> None:
    ended = cospec("graph", "holds.csp", "P", "--output", str(tmp_path))

    assert ended.status == 2
    assert ended.err.startswith("error[X616]: ")


def test_counterexamples_can_be_had_as_diagrams(cospec, tmp_path) -> None:
    script = tmp_path / "two.csp"
    script.write_text("channel a\nassert STOP [T= a -> STOP\nassert STOP [T= STOP\n")
    ended = cospec("check", str(script), "--diagram", str(tmp_path / "runs"))

    assert ended.status == 1
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["two-2.svg"]
    assert "a is not allowed here" in (tmp_path / "runs" / "two-2.svg").read_text()


def test_a_mistake_in_a_print_is_placed_in_the_script_and_the_assertions_go_on(cospec, tmp_path):
    script = tmp_path / "prints.csp"
    script.write_text("x = 3\nprint x + 1\nprint head(<>)\nassert STOP [T= STOP\n")

    ended = cospec("check", str(script))

    assert "print x + 1 = 4" in ended.out
    assert "prints.csp:3:7" in ended.err
    assert "1 assertion: 1 passed" in ended.out
    assert ended.status == 2
