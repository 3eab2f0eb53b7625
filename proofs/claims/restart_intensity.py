"""Claims on supervision (M02): how often a child is restarted, and what is known for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import cospec.spec
from cospec.models.actor_lifecycle import RunLoop
from cospec.models.supervision import REPAIRED, History, Supervisor
from cospec.proofs import supervision_logic as logic
from cospec.proofs.evidence import (
    always,
    determined,
    each_part,
    refined_by,
    refines,
    refuted,
    weighed,
)
from cospec.proofs.register import Counterexample, Finding, Method, Proof, Register, Truth
from cospec.spec.semantics.claims import Model
from cospec.spec.syntax.session import Session

CLAIMS = Register()

SEED = "seed 000, section 2.2"

AS_WRITTEN = Supervisor()

#: A supervisor that never gives up is looked at as far as this.
LIMIT = 500


@CLAIMS.claim(
    "supervision-intensity",
    model="M02",
    source=f"{SEED}, Restart in RestartStrategy and the record in SupervisionTree",
    statement=(
        "failure_count and last_failure_time suffice to restart a child at most max_restarts times "
        "in any time_window, and no less often than that allows: they and the time decide whether "
        "the next failure is to be answered with a restart."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="supervision-intensity-repaired",
)
def intensity(recorded: Callable[[History], object] | None = None) -> Finding:
    """Two histories with the same record and different answers, whether failure_count counts all
    failures or those of the window that ended with the last one; z3 for every longer window."""
    readings: dict[str, Callable[[History], object]] = {
        "the number of all failures": lambda state: (state.count, state.last, state.clock),
        "the number of failures in the window that ends with the last one": (
            lambda state: (state.count_in_window, state.last, state.clock)
        ),
    }
    if recorded is not None:
        readings = {"what is recorded": recorded}
    bounds = "at most 2 restarts in a window of 10, times up to 11"
    parts = [
        determined(
            History(),
            seen,
            _answer,
            f"{meaning} and the time of the last one decide whether to restart now",
            bounds,
        )
        for meaning, seen in readings.items()
    ]
    wrong = refuted(*parts)
    if not wrong:
        return weighed(parts)
    logic.record_is_too_little()
    every = "two such histories of two failures exist for every window of at least 3"
    return Finding((Proof(Method.Z3_PROOF, every),), wrong)


def _answer(state: History) -> bool | None:
    """Whether a failure now is to be answered with a restart; None: it has just failed."""
    return None if state.last == state.clock else state.restart_now


@CLAIMS.claim(
    "supervision-intensity-repaired",
    model="M02",
    source=f"{SEED}, repair of SupervisionTree",
    statement=(
        "A record of the times of the failures in the last window decides it: a failure is "
        "answered with a restart if and only if that keeps to max_restarts in the window."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def intensity_repaired(design: Supervisor = REPAIRED) -> Finding:
    """Explored, and compared with a process of the library; for lists of any length by induction:
    what is older than a window never counts again."""
    found = weighed(_intense(design))
    if found.counterexamples:
        return found
    logic.forgetting_is_safe()
    text = "the number of failures in a window is the same when older ones were forgotten"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


def _of(design: Supervisor) -> str:
    return f"at most {design.max_restarts} restarts in a window of {design.time_window}"


def _intense(design: Supervisor) -> Iterator[Proof | Counterexample]:
    for most, window in product((1, 2), (2, 3, 4)):
        start = replace(design, max_restarts=most, time_window=window)
        text = "a restart is granted if and only if it is allowed"
        yield always(start, Supervisor.exact, text, _of(start), LIMIT)
        process = f"SUPERVISOR({most}, {window})"
        there = refines(_script(), process, start, Model.FD, _of(start))
        yield there
        if isinstance(there, Proof):
            yield refined_by(_script(), process, start, Model.FD, _of(start))


@cache
def _script() -> Session:
    """spec/library/supervision.csp"""
    return Session.load(Path(cospec.spec.__file__).parent / "library" / "supervision.csp")


@CLAIMS.claim(
    "supervision-limit-progress",
    model="M02",
    source=f"{SEED}, handle_child_failure",
    statement="After max_restarts restarts in a window the supervisor restarts the child no more.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="supervision-limit-progress-repaired",
)
def limit_progress(design: Supervisor = AS_WRITTEN) -> Finding:
    """A record that nothing changes."""
    return weighed(_limited(design))


def _limited(design: Supervisor) -> Iterator[Proof | Counterexample]:
    for most in (1, 2):
        start = replace(design, max_restarts=most)
        text = f"there are at most {most} restarts in any window"
        yield always(start, Supervisor.limited, text, _of(start), LIMIT)


@CLAIMS.claim(
    "supervision-limit-progress-repaired",
    model="M02",
    source=f"{SEED}, repair of handle_child_failure",
    statement=(
        "When a failure changes the record, which lists the failures of the last window, no window "
        "has more than max_restarts restarts, for every limit and every window."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def limit_progress_repaired(design: Supervisor = REPAIRED) -> Finding:
    """Explored; by induction over lists of failures of any length."""
    found = limit_progress(design)
    if found.counterexamples:
        return found
    logic.forgetting_is_safe()
    logic.windows_are_kept()
    text = "no window has more restarts than the last restart in it has found failures"
    return Finding((Proof(Method.Z3_PROOF, text), *found.proofs))


@CLAIMS.claim(
    "actor-crash-loop-bounded",
    model="M02",
    source=f"{SEED}, run of ActorContext, and RestartStrategy",
    statement="A failing actor is restarted at most max_restarts times in time_window.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="supervision-limit-progress-repaired",
)
def crash_loop_bounded() -> Finding:
    """A handler that returns Restart for each message, with one message more than is allowed: no
    time need pass, so all of it is in one window."""
    return each_part(_restarted_at_most(most) for most in (0, 1, 2))


def _restarted_at_most(most: int) -> Proof | Counterexample:
    start = RunLoop(arrivals=most + 1, effects=0)
    text = f"the actor is restarted at most {most} times"
    return always(start, lambda loop: loop.restarts <= most, text, f"{most + 1} messages")
