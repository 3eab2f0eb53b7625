"""Claims on one actor and its task (M01), and on what its supervisor hears of it (M02).

The loop is explored with two messages for a counterexample. What holds is proved by induction for
any number of messages, panics and effects of a handler, and any initial state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from cospec.checker.exploration import Answer
from cospec.checker.verdict import Verdict
from cospec.models.actor_lifecycle import REPAIRED, RunLoop
from cospec.proofs.evidence import always, leading, weighed
from cospec.proofs.induction import prove
from cospec.proofs.register import Finding, Method, Proof, Register, Truth, Undecided

CLAIMS = Register()

SEED = "seed 000, section 2.2"

BOUNDS = "2 messages, handlers with up to 1 effect"

AS_WRITTEN = RunLoop()

#: The loop has a few hundred states; one that is wrong may have no end of them.
LIMIT = 5_000


def _refuted(design: RunLoop, holds: Callable[[RunLoop], bool], text: str) -> Finding:
    """Looks for a counterexample to an invariant among all results of the actor's methods."""
    return weighed([always(design, holds, text, BOUNDS, LIMIT)])


def _proved(design: RunLoop, holds: Callable[[RunLoop], bool], text: str) -> Finding:
    """Explores with two messages and a panic, then proves an invariant by induction."""
    found = _refuted(replace(design, crashes=1), holds, text)
    if found.counterexamples:
        return found
    answer = _answers(design)[holds.__name__]
    if answer.verdict is not Verdict.HOLDS:
        raise Undecided(f"{holds.__name__}: {answer.reason}")
    every = f"{text}: inductive, for any number of messages, effects and panics"
    return Finding((Proof(Method.Z3_PROOF, every), *found.proofs))


@cache
def _answers(design: RunLoop) -> dict[str, Answer[RunLoop]]:
    """The invariants of the loop, proved together. They have been explored before, so z3 need not
    look for runs from the start."""
    found = prove(
        design,
        parameters=("arrivals", "effects", "crashes", "initial", "state"),
        where=lambda loop: loop.state == loop.initial,
        depth=1,
    )
    return found.answers


@CLAIMS.claim(
    "actor-run-to-completion",
    model="M01",
    source=f"{SEED}, run of ActorContext",
    statement="No two calls of handle of one actor overlap: each returns before the next begins.",
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def run_to_completion(design: RunLoop = AS_WRITTEN) -> Finding:
    """Calls that have not returned are counted."""
    return _proved(design, RunLoop.one_at_a_time, "at most one call of handle has not returned")


@CLAIMS.claim(
    "actor-handler-failure-atomicity",
    model="M01",
    source=f"{SEED}, run of ActorContext",
    statement="If handling a message ends in Restart, nothing that its handler has sent remains.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-handler-failure-atomicity-repaired",
)
def failure_atomicity(design: RunLoop = AS_WRITTEN) -> Finding:
    """Messages that failed handlers have sent are counted."""
    return _refuted(design, RunLoop.all_or_nothing, "nothing is left of what failed handlers sent")


@CLAIMS.claim(
    "actor-handler-failure-atomicity-repaired",
    model="M01",
    source=f"{SEED}, repair of run",
    statement=(
        "When what a handler sends leaves only after it has returned Continue or Stop, nothing "
        "remains of what a handler has sent that ends in Restart or panics."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def failure_atomicity_repaired(design: RunLoop = REPAIRED) -> Finding:
    """Explored; by induction."""
    return _proved(design, RunLoop.all_or_nothing, "nothing is left of what failed handlers sent")


@CLAIMS.claim(
    "actor-restart-initial-state",
    model="M01",
    source=f"{SEED}, comment in run of ActorContext (initialise the state again)",
    statement=(
        "After Restart, when started is called again, the actor is as it was spawned: its state is "
        "initial_state, and the actor object is as handle has never seen it."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-restart-initial-state-repaired",
)
def restart_initial_state(design: RunLoop = AS_WRITTEN) -> Finding:
    """An actor spawned with the state 10, where `State::default()` is 0."""
    return _refuted(design, RunLoop.begun_again, "a restarted actor is as it was spawned")


@CLAIMS.claim(
    "actor-restart-initial-state-repaired",
    model="M01",
    source=f"{SEED}, repair of run",
    statement=(
        "When the initial state is kept, or made again, and the actor object as well, a restarted "
        "actor is as it was spawned, whatever the initial state."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def restart_initial_state_repaired(design: RunLoop = REPAIRED) -> Finding:
    """Explored; by induction for any initial state."""
    return _proved(design, RunLoop.begun_again, "a restarted actor is as it was spawned")


@CLAIMS.claim(
    "actor-lifecycle-bracket",
    model="M01",
    source=f"{SEED}, run of ActorContext",
    statement=(
        "Whatever started and handle return: stopped is called exactly once for each actor whose "
        "started was called, when its task ends."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-lifecycle-bracket-repaired",
)
def lifecycle_bracket(design: RunLoop = AS_WRITTEN) -> Finding:
    """All results of both."""
    return _refuted(design, RunLoop.bracketed, "stopped was called once if the task has ended")


@CLAIMS.claim(
    "actor-lifecycle-bracket-repaired",
    model="M01",
    source=f"{SEED}, repair of run",
    statement=(
        "When stopped is called wherever the loop is left, and a panic does not end the task, it "
        "is called exactly once when the task ends, and not before."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def lifecycle_bracket_repaired(design: RunLoop = REPAIRED) -> Finding:
    """Explored; by induction."""
    return _proved(design, RunLoop.bracketed, "stopped was called once if the task has ended")


@CLAIMS.claim(
    "actor-restart-keeps-message",
    model="M01",
    source=f"{SEED}, run of ActorContext",
    statement=(
        "A message whose handling led to Restart is not lost: while the task runs, each message "
        "accepted is in the mailbox, or being handled, or was handled without Restart."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-restart-keeps-message-repaired",
)
def restart_keeps_message(design: RunLoop = AS_WRITTEN) -> Finding:
    """Messages are counted."""
    return _refuted(design, RunLoop.completed, "each message waits, is handled, or was finished")


@CLAIMS.claim(
    "actor-restart-keeps-message-repaired",
    model="M01",
    source=f"{SEED}, run of ActorContext, with the promise that it keeps",
    statement=(
        "Messages are handled at most once, and in order: those given to handle, those that wait "
        "and those dropped at the end are those accepted, each once, in the order of acceptance."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def at_most_once(design: RunLoop = AS_WRITTEN) -> Finding:
    """Explored; by induction."""
    return _proved(design, RunLoop.at_most_once, "begun, waiting and dropped are what was accepted")


@CLAIMS.claim(
    "actor-stop-drains",
    model="M01",
    source=f"{SEED}, run of ActorContext",
    statement="Messages accepted before handle returns Stop are handled.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-stop-drains-repaired",
)
def stop_drains(design: RunLoop = AS_WRITTEN) -> Finding:
    """Actors whose started has returned Stop are left out: they handle nothing."""
    return _refuted(design, RunLoop.drained, "an actor that has started drops no message")


@CLAIMS.claim(
    "actor-stop-drains-repaired",
    model="M01",
    source=f"{SEED}, repair of run",
    statement=(
        "When Stop closes the mailbox and the loop goes on until it is empty, and a panic does not "
        "end the task, an actor that has started (and, after a restart, has started again) drops "
        "no message that it has accepted."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def stop_drains_repaired(design: RunLoop = REPAIRED) -> Finding:
    """Explored; by induction."""
    return _proved(design, RunLoop.drained, "an actor that has started drops no message")


# --------------------------------------------------------------------------------- its supervisor


@CLAIMS.claim(
    "actor-supervision-effective",
    model="M02",
    source=f"{SEED}, supervise of ActorContext",
    statement="When a child's handler panics, its supervisor acts on that at last.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="actor-supervision-effective-repaired",
)
def supervision_effective(design: RunLoop = AS_WRITTEN) -> Finding:
    """One panic."""
    text = "whatever fails, the supervisor acts on it at last"
    start = replace(design, crashes=1)
    bounds = f"{BOUNDS}, 1 panic"
    return weighed([leading(start, _acted, text, bounds, lambda loop: not _acted(loop), LIMIT)])


def _acted(loop: RunLoop) -> bool:
    """Whether the supervisor has acted on all failures."""
    return loop.applied == loop.failures


@CLAIMS.claim(
    "actor-supervision-effective-repaired",
    model="M02",
    source=f"{SEED}, repair of run",
    statement=(
        "When a panic is caught at the boundary of the loop and the supervisor is told, it is told "
        "of every one, of any number; and it acts on each at last."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def supervision_effective_repaired(design: RunLoop = REPAIRED) -> Finding:
    """Being told is proved for any number, and that nothing else happens before it has acted; that
    it acts at last, which it is able to then, is explored with one panic."""
    found = supervision_effective(design)
    if found.counterexamples:
        return found
    told = _proved(design, RunLoop.reported_all, "the supervisor is told of every failure")
    acts = _proved(design, RunLoop.acted_on, "it has acted on all, or is about to act on the last")
    for part in (told, acts):
        if part.counterexamples:
            return part
    return Finding((*told.proofs, *acts.proofs, *found.proofs))
