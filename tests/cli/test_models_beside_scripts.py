"""`--model`: Python models as processes of a script, on either side of a refinement."""

from __future__ import annotations

from pathlib import Path

import pytest

MODEL = """\
from dataclasses import dataclass, replace

from cospec.models.model import action, require


@dataclass(frozen=True)
class LeaseLock:
    fenced: bool = False
    holder: int = 0
    left: int = 0
    writing: frozenset = frozenset()

    @action(client=(1, 2))
    def acquire(self, client):
        require(self.holder == 0)
        return replace(self, holder=client, left=2, writing=self.writing | {client})

    @action
    def tick(self):
        require(self.left > 0)
        if self.left > 1:
            return replace(self, left=self.left - 1)
        writing = self.writing - {self.holder} if self.fenced else self.writing
        return replace(self, holder=0, left=0, writing=writing)

    @action(client=(1, 2))
    def finish(self, client):
        require(client in self.writing)
        free = dict(holder=0, left=0) if self.holder == client else {}
        return replace(self, writing=self.writing - {client}, **free)


def broken():
    raise OSError("no such lock")
"""

SCRIPT = """\
channel acquire, finish : {1, 2}
channel tick

ONE = acquire?c -> WRITING(c)
WRITING(c) = finish.c -> ONE [] tick -> (finish.c -> ONE [] tick -> ONE)

assert ONE [T= LOCK
assert LOCK [FD= ONE
assert LOCK \\ {tick} :[deadlock free]
"""


@pytest.fixture
def lock(tmp_path: Path) -> str:
    """A folder with the model and the script."""
    (tmp_path / "lease.py").write_text(MODEL, encoding="utf-8")
    script = tmp_path / "lock.csp"
    script.write_text(SCRIPT, encoding="utf-8")
    return str(script)


def model(script: str, start: str, name: str = "LOCK") -> tuple[str, str]:
    return "--model", f"{name}={Path(script).parent / 'lease.py'}:{start}"


def verdicts(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line[:1] in "✔✘!?" and line[1:2]]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_model_is_specification_and_implementation(cospec, lock: str, jobs: str) -> None:
    ended = cospec("check", lock, *model(lock, "LeaseLock(fenced=True)"), "--jobs", jobs)
    assert verdicts(ended.out) == ["✔", "✔", "✔"]
    assert (ended.status, ended.err) == (0, "")


def test_what_the_model_does_wrong_is_told_as_of_any_process(cospec, lock: str) -> None:
    ended = cospec("check", lock, *model(lock, "LeaseLock()"))
    assert verdicts(ended.out)[0] == "✘"
    assert "After ⟨acquire.1, tick, tick⟩, LOCK can perform finish.1" in ended.out
    assert ended.status == 1


def test_several_starts_are_an_internal_choice(cospec, lock: str) -> None:
    starts = "[LeaseLock(fenced=True), LeaseLock()]"
    ended = cospec("check", lock, *model(lock, starts), "-a", "ONE [T= LOCK")
    assert ended.status == 1


def test_models_are_there_for_graph_and_eval(cospec, lock: str) -> None:
    drawn = cospec("graph", lock, "LOCK", *model(lock, "LeaseLock(True)"), "--format", "aut")
    assert drawn.out.startswith("des (0, 10, 5)")
    assert "holder=0" in cospec("eval", lock, "LOCK", *model(lock, "LeaseLock()")).out


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("LeaseLok()", "`LeaseLok()` raises NameError: name 'LeaseLok' is not defined"),
        ("broken()", "`broken()` raises OSError: no such lock"),
        ("3", "`3` is no state of a model: int is no frozen dataclass"),
        ("[]", "`[]` is no state of a model: the states it may start in must be of one class"),
        ("LeaseLock(", "`LeaseLock(` raises SyntaxError"),
    ],
)
def test_what_is_no_model_is_told(cospec, lock: str, start: str, says: str) -> None:
    ended = cospec("check", lock, *model(lock, start))
    assert f"error[X608]: {says}" in ended.err
    assert "the models in `lease`: `LeaseLock`" in ended.err
    assert ended.status == 2


def test_a_module_that_is_not_there_or_does_not_work_is_told(
    cospec, lock: str, tmp_path: Path
) -> None:
    ended = cospec("check", lock, "--model", "LOCK=no_such_module:X()")
    assert "error[X608]: there is no module `no_such_module`" in ended.err
    (tmp_path / "lease.py").write_text("import no_such_module", encoding="utf-8")
    ended = cospec("check", lock, *model(lock, "LeaseLock()"))
    assert "cannot be imported: ModuleNotFoundError" in ended.err
    (tmp_path / "lease.py").unlink()
    assert "error[X608]: there is no file" in cospec("check", lock, *model(lock, "X()")).err


def test_an_exception_of_the_model_is_its_own_and_not_of_cospec(
    cospec, lock: str, tmp_path: Path
) -> None:
    worse = MODEL.replace("left=self.left - 1", "left=1 / (self.left - 2)")
    (tmp_path / "lease.py").write_text(worse, encoding="utf-8")
    ended = cospec("check", lock, *model(lock, "LeaseLock()"))
    assert "error[X608]: an action of LeaseLock raises ZeroDivisionError" in ended.err
    assert "(line 22 of " in ended.err
    assert ended.status == 2


def test_a_name_that_the_script_defines_itself_cannot_be_given(cospec, lock: str) -> None:
    ended = cospec("check", lock, *model(lock, "LeaseLock()", name="ONE"))
    assert "error[X302]: `ONE` is defined twice" in ended.err
    assert "a process of this name is given beside the script" in ended.err


def test_two_models_of_one_name_are_a_mistake(cospec, lock: str) -> None:
    one = model(lock, "LeaseLock()")
    assert "two models are to be called `LOCK`" in cospec("check", lock, *one, *one).err


def test_what_is_not_of_the_form_is_a_mistake_of_the_command(cospec, lock: str) -> None:
    ended = cospec("check", lock, "--model", "LOCK")
    assert "is not of the form NAME=PLACE:EXPRESSION" in ended.err
    assert ended.status == 2
