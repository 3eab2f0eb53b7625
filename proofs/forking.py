"""Symbolic execution by forking: a function is run once for each way its conditions can turn out.

Each time that Python asks a symbolic condition for its truth, the answer is a decision. The
function is run again with a list of recorded decisions for every way that the solver does not rule
out, so that no run needs more than plain Python (J. C. King, *Symbolic execution and program
testing*, CACM 19(7), 1976).

What symbolic values cannot see is watched from outside: `is` and `type` compare objects and not
values, so that code which uses them where it may matter is refused.
"""

from __future__ import annotations

import builtins
import dis
import operator
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import z3

from cospec.models.model import Disabled, ModelError
from cospec.proofs.solver import Solver, Term

#: A run that asks more often than this is taken for one that does not end.
DECISION_LIMIT = 400

#: More runs of one action or property than this are refused.
PATH_LIMIT = 20_000

#: How long the solver may think about one decision, in milliseconds; then both ways are gone.
DECISION_PATIENCE = 1000


class SymbolicError(ModelError):
    """A model does something that symbolic values cannot follow, with what to write instead.

    Attributes:
        code: the number of the mistake, `S601` and so on.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Abandoned(BaseException):
    """No state takes this path; not an `Exception`, so that no model catches it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a function: when it is taken, and what comes of it."""

    condition: Term
    result: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Decision:
    """The answer given; of a condition also the condition, so that a rerun can be compared."""

    answer: int
    term: Term


class _Run:
    """One run of a function, with the decisions that are given to it and those that it adds."""

    def __init__(
        self, given: list[_Decision], waiting: list[list[_Decision]], solver: Solver
    ) -> None:
        self._given = given
        self._waiting = waiting
        self._solver = solver
        self._made: list[_Decision] = []
        self.conditions: list[Term] = []
        self.broken: SymbolicError | None = None

    def decide(self, term: Term) -> bool:
        """The truth of a condition in this run."""
        decision = self._recorded(term)
        if decision is None:
            decision = _Decision(self._possible(term), term)
        self._made.append(decision)
        taken = term if decision.answer else z3.Not(term)
        self.conditions.append(taken)
        self._solver.add(taken)
        return bool(decision.answer)

    def assume(self, term: Term) -> None:
        """Goes on only where a condition holds."""
        self.conditions.append(term)
        self._solver.add(term)
        if self._solver.check() == z3.unsat:
            raise Abandoned

    def choose(self, count: int) -> int:
        """A number below `count`; other runs have the others."""
        decision = self._recorded(None)
        if decision is None:
            for other in range(1, count):
                self._waiting.append([*self._made, _Decision(other, None)])
            decision = _Decision(0, None)
        self._made.append(decision)
        return decision.answer

    def _recorded(self, term: Term) -> _Decision | None:
        number = len(self._made)
        if number >= DECISION_LIMIT:
            raise refused(
                "S607",
                f"more than {DECISION_LIMIT} conditions in one run: a loop that runs as often as a "
                "symbolic value says has no end here; say what it computes without the loop",
            )
        if number >= len(self._given):
            return None
        decision = self._given[number]
        same = decision.term is None if term is None else decision.term is not None
        if not same or (term is not None and not decision.term.eq(term)):
            raise refused(
                "S609",
                "the model asked other conditions when it was run again: actions and properties "
                "may depend on the state alone",
            )
        return decision

    def _possible(self, term: Term) -> bool:
        true = bool(self._solver.check(term) != z3.unsat)
        false = self._solver.check(z3.Not(term)) != z3.unsat
        if not (true or false):
            raise Abandoned
        if true and false:
            self._waiting.append([*self._made, _Decision(False, term)])
        return true


_active: ContextVar[_Run | None] = ContextVar("active run", default=None)


def refused(code: str, message: str) -> SymbolicError:
    """The error to raise. It is noted too: a model that catches it does not get away with it."""
    error = SymbolicError(code, message)
    run = _active.get()
    if run is not None and run.broken is None:
        run.broken = error
    return error


def decide(term: Term) -> bool:
    """The truth of a symbolic condition in the present run."""
    term = z3.simplify(term)
    if z3.is_true(term) or z3.is_false(term):
        return bool(z3.is_true(term))
    return _running().decide(term)


def choose(count: int) -> int:
    """A number below `count`, each in runs of its own."""
    return _running().choose(count) if count != 1 else 0


def assume(term: Term) -> None:
    """Leaves out of the present run the states in which a condition does not hold."""
    _running().assume(term)


def _running() -> _Run:
    run = _active.get()
    if run is None:
        raise SymbolicError(
            "S600", "a symbolic value was kept from an earlier run: a model may not store its state"
        )
    return run


def branches(function: Callable[[], Any], given: Term) -> list[Branch]:
    """All ways through a function, for the states that satisfy `given`.

    Their conditions exclude each other, but for those that `choose` keeps apart. A run that
    `require` stops is left out. Exceptions of the function's own are results too.

    Raises:
        SymbolicError: it does what symbolic values cannot follow.
    """
    solver = Solver(DECISION_PATIENCE)
    solver.add(given)
    found: list[Branch] = []
    waiting: list[list[_Decision]] = [[]]
    runs = 0
    while waiting:
        runs += 1
        if runs > PATH_LIMIT:
            raise SymbolicError("S607", f"more than {PATH_LIMIT} ways through one method")
        solver.push()
        run = _Run(waiting.pop(), waiting, solver)
        branch = _follow(function, run)
        solver.pop()
        if run.broken is not None:
            raise run.broken
        if branch is not None:
            found.append(branch)
    return found


def _follow(function: Callable[[], Any], run: _Run) -> Branch | None:
    with _watched(run):
        try:
            result = function()
        except (Abandoned, Disabled):
            return None
        except ModelError:
            raise
        except Exception as error:
            return Branch(z3.And(run.conditions), error=error)
    return Branch(z3.And(run.conditions), result)


# ------------------------------------------------------------------ what runs are watched for


_plain_length = builtins.len


def _length(value: Any, /) -> Any:
    """`len`, which Python itself does not let a class answer with anything but a plain number."""
    symbolic = getattr(type(value), "symbolic_length", None)
    return _plain_length(value) if symbolic is None else symbolic(value)


@contextmanager
def _watched(run: _Run) -> Iterator[None]:
    """Makes a run the present one, lets `len` be symbolic, and looks at the code that is called."""

    def called(frame: FrameType, event: str, function: object) -> None:
        if run.broken is not None:
            return
        fault = ""
        if event == "call":
            fault = _fault(frame)
        elif event == "c_call" and not _trusted(frame.f_code):
            names = (name for each, name in _BY_IDENTITY if function is each)
            fault = next((_identity(name, frame) for name in names), "")
        if fault:
            run.broken = SymbolicError("S605", fault)

    token, before = _active.set(run), sys.getprofile()
    builtins.len = _length
    sys.setprofile(called)
    try:
        yield
    finally:
        sys.setprofile(before)
        builtins.len = _plain_length
        _active.reset(token)


_STANDARD = os.path.dirname(os.__file__)
_HERE = Path(__file__).parent
#: What gives away which object something is, as it is written in code (the names of `operator`,
#: also where it is handed on, as to `map`), and as it is called under whatever name.
_LOADED = {
    *((load, name) for load in ("LOAD_GLOBAL", "LOAD_NAME") for name in ("type", "id")),
    *((load, name) for load in ("LOAD_ATTR", "LOAD_METHOD") for name in ("is_", "is_not")),
}
_BY_IDENTITY = ((operator.is_, "operator.is_"), (operator.is_not, "operator.is_not"), (id, "id"))
_EXECUTOR = ("fields", "forking", "induction", "relation", "replay", "solver", "symbolic")
_OURS = (
    *(str(here / f"{name}.py") for name in _EXECUTOR for here in (_HERE, _HERE.resolve())),
    os.path.dirname(z3.__file__) + os.sep,
    sys.modules[ModelError.__module__].__file__ or "?",
)
_looked_at: dict[CodeType, str] = {}


def _fault(frame: FrameType) -> str:
    """What is wrong with the code of a frame, if anything; code of libraries is trusted."""
    code = frame.f_code
    known = _looked_at.get(code)
    if known is None:
        known = _looked_at[code] = "" if _trusted(code) else _comparing_objects(frame)
    return known


def _trusted(code: CodeType) -> bool:
    name = code.co_filename
    if name == "<string>":  # what `dataclass` writes
        return code.co_name in ("__eq__", "__init__", "__hash__", "__repr__")
    if name.startswith("<frozen "):
        return True
    standard = name.startswith(_STANDARD) and "site-packages" not in name
    return standard or name.startswith(_OURS)


def _comparing_objects(frame: FrameType) -> str:
    """Finds `is` where it may compare symbolic values; None and members of enums are safe, as
    these are never symbolic."""
    steps = [step for step in dis.get_instructions(frame.f_code) if step.opname != "EXTENDED_ARG"]
    for number, step in enumerate(steps):
        if (step.opname, step.argval) in _LOADED:
            return _identity(step.argval, frame)
        if step.opname == "IS_OP":
            place = _stored(steps, number - 1)
            last, owner = steps[place], steps[place - 1]
            none = last.opname == "LOAD_CONST" and last.argval is None
            if not none and not (last.opname == "LOAD_ATTR" and _is_member(frame, owner, last)):
                return f"`is` {_place(frame)} compares objects, not values: write `==`"
    return ""


def _stored(steps: list[dis.Instruction], place: int) -> int:
    """Where the right side of an `is` was made: pytest, which rewrites the `assert`s of what it
    imports, puts it into a variable of its own first."""
    name = steps[place].argval
    if steps[place].opname == "LOAD_FAST" and str(name).startswith("@py_assert"):
        for before in range(place - 1, 0, -1):
            if steps[before].opname == "STORE_FAST" and steps[before].argval == name:
                return before - 1
    return place


def _identity(name: str, frame: FrameType) -> str:
    return f"`{name}` {_place(frame)} sees the symbolic object: use `isinstance` or `==`"


def _place(frame: FrameType) -> str:
    return f"in `{frame.f_code.co_name}` ({Path(frame.f_code.co_filename).name})"


def _is_member(frame: FrameType, owner: dis.Instruction, member: dis.Instruction) -> bool:
    if owner.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
        kind = frame.f_globals.get(owner.argval)
    elif owner.opname == "LOAD_DEREF":
        kind = frame.f_locals.get(owner.argval)
    else:
        return False
    return isinstance(kind, type) and issubclass(kind, Enum) and member.argval in kind.__members__
