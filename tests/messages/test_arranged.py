"""The messages that no script of a catalogue entry can show: their situations are arranged here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dialogue import hold

from cospec import workers
from cospec.runner import Settings
from cospec.spec.syntax import catalogue
from cospec.spec.syntax.session import Session

Checked = Callable[..., str]
Golden = Callable[[str, str], None]

LOOP = "channel a\nP = a -> P\nassert P :[deadlock free]\nassert P :[divergence free]\n"


def _raiser(error: BaseException) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise error

    return fail


def test_x107_brackets_nested_too_deeply(checked: Checked, golden: Golden) -> None:
    golden("X107", checked("x = " + 500 * "(" + "1" + 500 * ")" + "\n", "check", "example.csp"))


def test_x110_a_number_with_too_many_digits(checked: Checked, golden: Golden) -> None:
    golden("X110", checked("x = " + 5000 * "7" + "\n", "check", "example.csp"))


def test_x239_a_type_nested_too_deeply(checked: Checked, golden: Golden) -> None:
    text = "f :: " + 300 * "Int -> " + "Int\nf(x) = f(x)\n"
    golden("X239", checked(text, "check", "example.csp"))


def test_x328_expressions_nested_too_deeply(checked: Checked, golden: Golden) -> None:
    text = "channel a\nP = " + "a -> " * 3000 + "STOP\n"
    golden("X328", checked(text, "check", "example.csp"))


def test_x329_too_many_instances(checked: Checked, golden: Golden) -> None:
    modules = ["module M0\nexports\nx = 1\nendmodule\n"]
    for i in range(1, 20):
        twice = f"instance A = M{i - 1}\ninstance B = M{i - 1}"
        modules.append(f"module M{i}\nexports\n{twice}\nendmodule\n")
    golden("X329", checked("".join(modules), "check", "example.csp"))


def test_x418_a_type_that_is_too_large(checked: Checked, golden: Golden) -> None:
    lines = ["x0 = (1, 1)", *(f"x{i} = (x{i - 1}, x{i - 1})" for i in range(1, 20))]
    golden("X418", checked("\n".join(lines) + "\n", "check", "example.csp"))


def test_x508_a_value_too_large(
    checked: Checked, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cospec.spec.syntax.session.show", _raiser(MemoryError()))
    golden("X508", checked("x = {1..9}\n", "eval", "example.csp", "x"))


def test_x604_no_graphviz(
    checked: Checked, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    golden("X604", checked(LOOP, "graph", "example.csp", "P", "--format", "png"))


def test_x616_no_writing_where_a_file_stands_for_a_folder(checked: Checked, golden: Golden) -> None:
    golden("X616", checked(LOOP, "graph", "example.csp", "P", "-o", "example.csp/p.dot"))


def test_x605_no_pygls(golden: Golden) -> None:
    program = "import sys; sys.modules['pygls'] = None; import cospec.cli as c; c.main(['lsp'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == ""
    golden("X605", f"status {done.returncode}\n--- err\n{done.stderr}")


def test_x617_no_terminal(checked: Checked, golden: Golden) -> None:
    golden("X617", checked(LOOP, "animate", "example.csp", "P"))


def test_x618_no_counterexample(
    checked: Checked, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cospec.animating.on_terminal", lambda: True)
    golden("X618", checked(LOOP, "animate", "example.csp", "-a", "1"))


@pytest.mark.parametrize(
    "number, typed, types",
    [
        ("X610", ["cospec> :hlep"], True),
        ("X611", ["cospec> :type"], True),
        ("X612", ["cospec> :trace P", "trace> tea", "trace> quit"], True),
        ("X613", ['cospec> include "other.csp"'], True),
        ("X614", ["cospec> :type P"], False),
        ("X615", ["cospec> let print P"], True),
    ],
)  # fmt: skip
def test_x61n_at_the_prompt(
    golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number, typed, types
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("example.csp").write_text(LOOP)
    golden(number, hold("\n".join(typed), "example.csp", Settings(types=types)))


def test_x702_a_folder(checked: Checked, golden: Golden, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    golden("X702", checked('include "models"\n', "check", "example.csp", "models"))


def test_x703_a_file_that_cannot_be_read(
    checked: Checked, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", _raiser(PermissionError(13, "Permission denied")))
    golden("X703", checked(LOOP, "check", "example.csp"))


def test_x704_a_binary_file(checked: Checked, golden: Golden) -> None:
    golden("X704", checked(b"\x7fELF\0\0\0", "check", "example.csp"))


def test_x705_a_file_of_a_word_processor(checked: Checked, golden: Golden) -> None:
    golden("X705", checked(b"{\\rtf1 channel a}", "check", "example.csp"))


def test_x708_a_graph_of_another_program(checked: Checked, golden: Golden) -> None:
    golden("X708", checked(b'des (0, 1, 2)\n(0, "a", 1)\n', "check", "example.csp"))


def test_x900_a_fault_of_our_own(
    checked: Checked, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "claim", _raiser(AssertionError("impossible")))
    golden("X900", checked(LOOP, "check", "example.csp"))


def test_x901_a_worker_that_dies(
    checked: Checked, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In place of serving, the process makes a slice of its three arguments, and ends.
    monkeypatch.setattr(workers, "_serve", slice)
    text = checked(LOOP, "check", "example.csp", "--jobs", "2")
    # The processes end in any order.
    messages = sorted(re.split(r"^(?=error)", text.partition("--- err\n")[2], flags=re.MULTILINE))
    golden("X901", "".join(messages))


def test_each_number_has_an_example_or_a_test_here() -> None:
    arranged = {name[5:9].upper() for name in globals() if name.startswith("test_x")}
    arranged |= {f"X61{digit}" for digit in range(6)}
    without = {entry.code for entry in catalogue.entries().values() if not entry.wrong}
    assert arranged - {"X61N"} == without


def test_x606_no_such_claim(checked: Checked, golden: Golden) -> None:
    golden("X606", checked(None, "claims", "channel-fofo", "channel-frame"))


COUNTER = """\
from dataclasses import dataclass, replace
from cospec.models.model import action

@dataclass(frozen=True)
class Counter:
    value: int = 0

    @action(by=(1, 2))
    def count(self, by):
        return replace(self, value=(self.value + by) % 5)
"""


def test_x608_a_model_that_there_is_not(checked: Checked, golden: Golden, tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(COUNTER, encoding="utf-8")
    asked = "COUNTER=counting.py:Count()"
    golden("X608", checked("channel a\n", "check", "example.csp", "--model", asked))


def test_x609_an_action_that_is_no_event(checked: Checked, golden: Golden, tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(COUNTER, encoding="utf-8")
    script = "channel count : {1}\nassert COUNTER :[deadlock free]\n"
    asked = "COUNTER=counting.py:Counter()"
    golden("X609", checked(script, "check", "example.csp", "--model", asked))


def test_x607_no_claim_on_the_model(checked: Checked, golden: Golden) -> None:
    golden("X607", checked(None, "claims", "--model", "M4"))
