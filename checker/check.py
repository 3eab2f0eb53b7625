"""The front of the checker: a claim in, an outcome out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from cospec.checker.budget import undisturbed
from cospec.checker.compile import Compiler
from cospec.checker.compression import Compression
from cospec.checker.convergence import converges
from cospec.checker.counterexample import Behaviour, Path, loop_of, show, visible
from cospec.checker.divergence import Unfinished
from cospec.checker.hunt import Hunt
from cospec.checker.labels import TAU_BIT, TICK_BIT
from cospec.checker.machine import Machine
from cospec.checker.meter import Meter
from cospec.checker.normal import NormalForm, TooLarge
from cospec.checker.properties import (
    DeadlockQuestion,
    Disagreement,
    DivergenceQuestion,
    Resolution,
    TraceQuestion,
    lowest,
    path_along,
    stable_nondeterminism,
)
from cospec.checker.question import Question, acceptance
from cospec.checker.refinement import RefinementQuestion
from cospec.checker.replay import Replay, check_refused
from cospec.checker.resources import DEFAULT, Resources
from cospec.checker.search import Fault, Search
from cospec.checker.verdict import Counterexample, Kind, Outcome, Verdict
from cospec.spec.semantics.claims import (
    Claim,
    DeadlockFree,
    Deterministic,
    DivergenceFree,
    HasTrace,
    Model,
    Refines,
)
from cospec.spec.semantics.process import Process

#: For `gc.set_threshold`: the young every 100,000 objects, all of them every 20 million.
COLLECTOR_THRESHOLDS = 100_000, 20, 10

#: The plain search decides what has no more states than this.
SMALL = 50_000

#: A check of more states than this, or that is more work for the compiled search than so many
#: transitions, is worth compressing; a deadlock is hunted for first. No clock decides: the same
#: check visits the same states on every machine.
LARGE, LONG = 2_000_000, 20_000_000

#: How many states such a hunt may see.
HUNTED = 50_000

#: The remark on a deadlock that was hunted for.
NOT_SHORTEST = "there may be a shorter way to a deadlock"

SUPPORTED = {Model.T, Model.F, Model.FD}


def check(
    claim: Claim,
    meter: Meter | None = None,
    compression: Compression | None = None,
    resources: Resources = DEFAULT,
    exhaustive: bool = False,
) -> Outcome:
    """Decides a claim.

    A check of many states is tried again with its parts compressed. `compression` may be kept
    from one claim to the next, so that parts which they share are compressed once. With
    `exhaustive` nothing is compressed and no state left out, so that all of them are counted.

    Whatever is raised by evaluating the processes, or thrown into the thread to stop it, comes
    out unchanged; `meter` then tells how far the check had come.
    """
    meter = Meter() if meter is None else meter
    meter.reset()
    started = time.monotonic()
    model = Model.FD if isinstance(claim, DivergenceFree) else claim.model
    if model not in SUPPORTED:
        return Outcome(Verdict.UNKNOWN, f"the model {model.value} is not supported")
    with _seldom_collected():
        compression = Compression() if compression is None else compression
        smaller = partial(_holds_compressed, claim, meter, compression, resources)
        decision = _Decision(meter, resources, compression, None if exhaustive else smaller)
        try:
            verdict, reason, counterexample = decision.of(claim)
        except _Decided as decided:
            verdict, reason, counterexample = decided.answer
    meter.phase = "done"
    return Outcome(
        verdict,
        reason,
        counterexample,
        meter.states,
        meter.transitions,
        time.monotonic() - started,
        meter.searching,
        meter.bytes / meter.states if meter.bytes else None,
    )


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Lets the garbage collector run less often: a search makes objects by the million, keeps
    nearly all of them, and would spend half its time on being searched for garbage."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


_Answer = tuple[Verdict, str, Counterexample | None]
_HOLDS: _Answer = (Verdict.HOLDS, "", None)


class _Decided(Exception):
    """The claim was decided while the search of all states was not done."""

    def __init__(self, answer: _Answer) -> None:
        super().__init__(answer)
        self.answer = answer


def _holds_compressed(
    claim: Claim, meter: Meter, compression: Compression, resources: Resources
) -> bool:
    """Whether the claim is known to hold when its parts are compressed.

    A compressed claim that fails decides nothing: the counterexample is to be the shortest
    there is, and about the processes of the claim.
    """
    smaller = compression.claim(claim, meter)
    if smaller is None:
        return False
    return _Decision(meter, resources, compression, None).of(smaller)[0] is Verdict.HOLDS


class _Decision:
    """The decision of one claim.

    What is small the plain search decides. Then the compiled one goes on, and when it has many
    states, too, it waits until it is known whether the claim holds for compressed parts.
    """

    def __init__(
        self,
        meter: Meter,
        resources: Resources,
        compression: Compression,
        compressed: Callable[[], bool] | None,
    ) -> None:
        self._meter = meter
        self._resources = resources
        self._compressed = compressed
        self._compression = compression
        self._compiler = compression.compiler()

    def of(self, claim: Claim) -> _Answer:
        match claim:
            case Refines():
                return self._refines(claim)
            case DeadlockFree():
                return self._deadlock_free(claim)
            case DivergenceFree():
                return self._divergence_free(claim)
            case Deterministic():
                return self._deterministic(claim)
            case HasTrace():
                return self._has_trace(claim)

    def _search(
        self,
        machine: Machine,
        question: Question,
        hunt: Callable[[], _Answer | None] | None = None,
    ) -> Fault | None:
        """The first fault that the question finds.

        Raises:
            _Decided: `hunt` had an answer, or there is no fault, as compression has shown.
        """
        self._meter.bytes = 0
        compiling = machine.compiling
        try:
            with self._meter.timed():
                return Search(machine, question, self._meter, SMALL).run()
        except Unfinished:
            pass
        finally:
            self._meter.searching -= machine.compiling - compiling
        self._meter.phase = "preparing the compiled search"
        with undisturbed():
            from cospec.checker.explorer import Explorer  # numba takes a second to be loaded

        explorer = Explorer(machine, question, self._meter, self._resources)
        if self._compressed is not None:
            try:
                return explorer.run(LARGE, LONG)
            except Unfinished:
                answer = None if hunt is None else hunt()
                if answer is not None:
                    self._meter.bytes = 0  # of the states that were given up
                    raise _Decided(answer) from None
                self._try_compressed()
        return explorer.run()

    def _try_compressed(self) -> None:
        if self._compressed is not None and self._compressed():
            raise _Decided(_HOLDS)

    def _nondeterminism(self, machine: Machine) -> Disagreement | None:
        """What shows that a machine is not deterministic in stable failures."""
        try:
            return stable_nondeterminism(machine, self._meter, SMALL)
        except Unfinished:
            self._try_compressed()
        return stable_nondeterminism(machine, self._meter)

    def _machine(self, process: Process) -> Machine:
        self._meter.phase = "compiling"
        machine = self._compiler.machine(process)
        self._meter.phase = "searching"
        return machine

    def _fails(
        self,
        process: Process,
        machine: Machine,
        behaviour: Behaviour,
        compiler: Compiler | None = None,
    ) -> _Answer:
        self._meter.phase = "replaying"
        Replay(process, machine, compiler or self._compiler).check(behaviour)
        return Verdict.FAILS, "", show(behaviour, machine)

    def _refines(self, claim: Refines) -> _Answer:
        machine = self._machine(claim.implementation)
        try:
            specification = NormalForm(self._machine(claim.specification), SMALL)
            fault = self._search(machine, RefinementQuestion(specification, claim.model))
        except TooLarge:
            # Its normal form is that of any process with the same failures and divergences.
            smaller = self._compression.specification(claim.specification, self._meter)
            specification = NormalForm(self._machine(smaller))
            fault = self._search(machine, RefinementQuestion(specification, claim.model))
        if fault is None:
            return _HOLDS
        behaviour = _plain(fault)
        if fault.kind is Kind.TRACE:
            event = lowest(fault.offers & ~TAU_BIT & ~specification.allowed(fault.node))
            behaviour = Behaviour(Kind.TRACE, behaviour.path, event=event)
        elif fault.kind is Kind.FAILURE:
            behaviour = Behaviour(
                Kind.FAILURE,
                behaviour.path,
                accepted=visible(fault.offers),
                allowed=specification.acceptances(fault.node),
            )
        check_refused(claim.specification, self._compiler, behaviour, claim.model)
        return self._fails(claim.implementation, machine, behaviour)

    def _deadlock_free(self, claim: DeadlockFree) -> _Answer:
        answer = self._hunted(claim, None) if claim.depth_first else None
        if answer is not None:
            return answer
        hunt = None if claim.depth_first else partial(self._hunted, claim, HUNTED)
        machine = self._machine(claim.process)
        question = DeadlockQuestion(claim.model, claim.ending_allowed)
        fault = self._search(machine, question, hunt)
        return _HOLDS if fault is None else self._fails(claim.process, machine, _plain(fault))

    def _hunted(self, claim: DeadlockFree, limit: int | None) -> _Answer | None:
        """What a hunt among so many states says.

        None when it does not come to its end, when it is not plain that nothing diverges, and when
        no move may be left out, some events giving way to others.
        """
        self._meter.phase = "hunting"
        compiler = self._compression.compiler()  # its components are explored to their ends
        machine = compiler.machine(claim.process)
        if machine.root.order() is not None:
            return None
        hunt = Hunt(machine, claim.ending_allowed, self._meter)
        try:
            with self._meter.timed():
                fault = hunt.run(limit)
        except Unfinished:
            return None
        if fault is not None:
            plain = _plain(fault)
            verdict, _, counterexample = self._fails(claim.process, machine, plain, compiler)
            return verdict, NOT_SHORTEST, counterexample
        if claim.model is Model.FD and not (hunt.exhaustive and converges(machine)):
            return None
        return _HOLDS

    def _divergence_free(self, claim: DivergenceFree) -> _Answer:
        machine = self._machine(claim.process)
        fault = self._search(machine, DivergenceQuestion())
        return _HOLDS if fault is None else self._fails(claim.process, machine, _plain(fault))

    def _has_trace(self, claim: HasTrace) -> _Answer:
        machine = self._machine(claim.process)
        labels = self._compiler.labels
        question = TraceQuestion(tuple(map(labels.number, claim.trace)), claim.model)
        fault = self._search(machine, question)
        if question.reached and (fault is None or fault.kind is Kind.TRACE):
            return _HOLDS
        if fault is None:
            possible = ", ".join(map(str, claim.trace[: question.furthest]))
            return Verdict.FAILS, f"the longest prefix that is possible is ⟨{possible}⟩", None
        behaviour = _plain(fault)
        if fault.kind is Kind.FAILURE:
            behaviour = Behaviour(
                Kind.FAILURE,
                behaviour.path,
                accepted=visible(fault.offers),
                allowed=(1 << question.trace[fault.node],),
            )
        return self._fails(claim.process, machine, behaviour)

    def _deterministic(self, claim: Deterministic) -> _Answer:
        machine = self._machine(claim.process)
        if claim.model is Model.FD:
            resolution = Resolution(machine)
            fault = self._search(machine, resolution)
            if fault is None:
                return _HOLDS
            if fault.kind is Kind.DIVERGENCE:
                plain = _plain(fault)
                return self._fails(
                    claim.process,
                    machine,
                    Behaviour(Kind.NONDETERMINISM, plain.path, loop=plain.loop),
                )
            mine = resolution.accepted[fault.node]
            assert mine is not None
            if fault.kind is Kind.TRACE:
                event = lowest(fault.offers & ~TAU_BIT & ~mine)
            else:
                accepted = acceptance(fault.offers)
                assert accepted is not None
                event = lowest(mine & ~accepted)
            trace = tuple(each for each in fault.events if each)
        else:
            found = self._nondeterminism(machine)
            if found is None:
                return _HOLDS
            trace, event = found.trace, found.event
        return self._fails(claim.process, machine, nondeterminism(machine, trace, event))


def _plain(fault: Fault) -> Behaviour:
    """The path of a fault, with what every kind has in common."""
    return Behaviour(
        fault.kind,
        Path(fault.path, fault.events),
        accepted=0 if fault.kind is Kind.DEADLOCK else None,
        loop=loop_of(fault.loop),
    )


def nondeterminism(machine: Machine, trace: tuple[int, ...], event: int) -> Behaviour:
    """The two behaviours with this trace, one that refuses `event` and one that performs it."""
    bit = 1 << event

    def refuses(_: tuple[int, ...], offers: int) -> bool:
        accepted = acceptance(offers)
        return accepted is not None and not accepted & bit

    refusing = Path(*path_along(machine, trace, refuses))
    performing = Path(*path_along(machine, trace, lambda _, offers: bool(offers & bit)))
    target = next(t for e, t in machine.moves(performing.end)[1] if e == event)
    accepted = machine.moves(refusing.end)[0]
    assert not accepted & bit or accepted & TICK_BIT
    return Behaviour(
        Kind.NONDETERMINISM,
        refusing,
        event=event,
        accepted=visible(accepted),
        other=performing.extended(event, target),
    )
