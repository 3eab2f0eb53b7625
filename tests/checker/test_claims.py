"""Each kind of claim, held and broken, with the shortest counterexample that must be shown."""

from __future__ import annotations

import pytest

from cospec.checker.check import check
from cospec.checker.meter import Meter
from cospec.checker.verdict import Counterexample, Kind, Verdict
from cospec.spec.semantics import claims
from cospec.spec.semantics.claims import (
    Claim,
    DeadlockFree,
    DivergenceFree,
    HasTrace,
    Model,
    Refines,
)
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.process import (
    DIV,
    SKIP,
    STOP,
    AlphabetisedParallel,
    Chaos,
    Chase,
    Definition,
    ExternalChoice,
    Hide,
    InternalChoice,
    Order,
    Parallel,
    Prefix,
    Prioritise,
    Process,
    Project,
    Relation,
    Rename,
    Run,
    Sequential,
    UnguardedRecursion,
)

NONE: frozenset[Event] = frozenset()
T, F, FD = Model.T, Model.F, Model.FD


def do(*events: Event, then: Process = STOP) -> Process:
    """`a -> b -> … -> then`."""
    for event in reversed(events):
        then = Prefix([(event, then)])
    return then


def loop(*events: Event) -> Process:
    """`P = a -> b -> … -> P`."""
    name = Definition("P", lambda: do(*events, then=name()))
    return name()


def holds(claim: Claim) -> bool:
    outcome = check(claim)
    assert outcome.verdict is not Verdict.UNKNOWN
    assert outcome.verdict is Verdict.FAILS or outcome.counterexample is None
    return outcome.verdict is Verdict.HOLDS


def fault(claim: Claim) -> Counterexample:
    outcome = check(claim)
    assert outcome.verdict is Verdict.FAILS
    assert outcome.counterexample is not None
    return outcome.counterexample


A, B = do("a"), do("b")
EITHER, SOME = ExternalChoice((A, B)), InternalChoice((A, B))
INTERLEAVED = Parallel((do("a", then=SKIP), do("b", then=SKIP)), NONE)
LIVELOCK = Hide(loop("a"), frozenset("a"))


# Refinement.


@pytest.mark.parametrize("model", [T, F, FD])
def test_every_process_refines_itself(model: Model) -> None:
    for process in (STOP, SKIP, EITHER, SOME, INTERLEAVED, Chaos(frozenset("ab")), loop("a")):
        assert holds(Refines(process, model, process))


def test_an_event_that_is_not_allowed_ends_the_trace() -> None:
    shown = fault(Refines(loop("a", "b"), T, do("a", "b", "b")))

    assert shown.kind is Kind.TRACE
    assert shown.trace == ("a", "b")
    assert shown.event == "b"


def test_external_choice_refines_internal_choice_but_not_the_other_way_round() -> None:
    assert holds(Refines(SOME, FD, EITHER))
    assert holds(Refines(EITHER, T, SOME))

    shown = fault(Refines(EITHER, F, SOME))
    assert shown.kind is Kind.FAILURE
    assert [step.event for step in shown.steps] == [TAU]
    assert shown.accepted == {"a"}
    assert shown.allowed == (frozenset("ab"),)


def test_termination_is_an_event_of_the_trace() -> None:
    shown = fault(Refines(do("a"), T, do("a", then=SKIP)))

    assert (shown.kind, shown.trace, shown.event) == (Kind.TRACE, ("a",), TICK)


def test_what_may_terminate_may_refuse_everything_else() -> None:
    ends = ExternalChoice((SKIP, A))

    assert holds(Refines(InternalChoice((SKIP, ends)), F, ends))
    shown = fault(Refines(InternalChoice((A, ends)), F, InternalChoice((STOP, A))))
    assert shown.accepted == NONE
    assert set(shown.allowed) == {frozenset("a"), frozenset([TICK])}


def test_divergence_is_refined_by_everything_in_fd_and_refines_everything_in_f() -> None:
    assert holds(Refines(DIV, FD, SOME))
    assert holds(Refines(A, F, DIV))
    shown = fault(Refines(A, FD, do("a", then=LIVELOCK)))
    assert (shown.kind, shown.trace) == (Kind.DIVERGENCE, ("a",))
    assert [step.event for step in shown.loop] == [TAU]


def test_what_never_settles_allows_no_stable_state() -> None:
    shown = fault(Refines(DIV, F, STOP))

    assert (shown.kind, shown.accepted, shown.allowed) == (Kind.FAILURE, NONE, ())


def test_chaos_is_refined_by_what_keeps_to_its_events_and_never_diverges() -> None:
    assert holds(Refines(Chaos(frozenset("ab")), FD, loop("a", "b")))
    assert fault(Refines(Chaos(frozenset("a")), FD, loop("a", "b"))).event == "b"
    assert fault(Refines(Chaos(frozenset("a")), FD, LIVELOCK)).kind is Kind.DIVERGENCE
    assert fault(Refines(Run(frozenset("a")), F, Chaos(frozenset("a")))).kind is Kind.FAILURE


def test_the_counterexample_is_a_shortest_one() -> None:
    long = do("a", "a", "a", "a", "c")
    short = do("a", "b", "c")
    shown = fault(Refines(Run(frozenset("ab")), T, ExternalChoice((long, short))))

    assert (shown.trace, shown.event) == (("a", "b"), "c")


def test_each_component_is_shown_with_its_part() -> None:
    left, right = do("a", "s", then=SKIP), do("s", "b")
    process = Hide(Parallel((left, right), frozenset("s")), frozenset("s"))
    shown = fault(Refines(do("a"), T, process))

    assert shown.components == ("a -> s -> SKIP", "s -> b -> STOP")
    assert shown.states == ("SKIP", "b -> STOP")
    assert [(s.event, s.hidden, s.moves) for s in shown.steps] == [
        ("a", None, ("a", None)),
        (TAU, "s", ("s", "s")),
    ]
    assert shown.event == "b"


def test_renamed_events_keep_their_local_names_in_the_moves() -> None:
    relation = Relation(frozenset([("a", "x"), ("a", "y")]))
    shown = fault(Refines(Run(frozenset("y")), T, Rename(loop("a"), relation)))
    assert shown.event == "x"

    after = fault(Refines(do("y"), T, Rename(loop("a"), Relation(frozenset([("a", "y")])))))
    assert [(s.event, s.moves) for s in after.steps] == [("y", ("a",))]


def test_projection_hides_all_but_its_events() -> None:
    assert holds(Refines(loop("b"), T, Project(loop("a", "b"), frozenset("b"))))


def test_an_alphabetised_parallel_needs_all_that_have_the_event() -> None:
    parts = (loop("a", "s"), loop("b", "s"), loop("s"))
    alphabets = (frozenset("as"), frozenset("bs"), frozenset("s"))
    process = AlphabetisedParallel(parts, alphabets)

    assert holds(HasTrace(process, ("a", "b", "s", "b", "a", "s"), FD))
    assert not holds(HasTrace(process, ("a", "s"), T))


def test_nested_parallels_end_together() -> None:
    nested = Parallel((INTERLEAVED, Hide(INTERLEAVED, NONE)), NONE)

    assert holds(HasTrace(nested, ("a", "b", "b", "a", TICK), FD))
    assert holds(Refines(nested, FD, Parallel((*INTERLEAVED.operands,) * 2, NONE)))
    shown = fault(DeadlockFree(nested))
    assert sorted(map(str, shown.trace)) == ["a", "a", "b", "b", "✓"]


# Deadlock and divergence.


def test_a_deadlock_offers_nothing() -> None:
    crossed = Parallel((do("a", "b"), do("b", "a")), frozenset("ab"))
    shown = fault(DeadlockFree(crossed))

    assert (shown.kind, shown.steps, shown.accepted) == (Kind.DEADLOCK, (), NONE)
    assert shown.states == ("a -> b -> STOP", "b -> a -> STOP")


def test_the_state_after_termination_is_a_deadlock_unless_ending_is_allowed() -> None:
    for process in (SKIP, do("a", then=SKIP), INTERLEAVED):
        shown = fault(DeadlockFree(process, F))
        assert shown.trace[-1] is TICK
        assert holds(DeadlockFree(process, F, ending_allowed=True))
    assert not holds(DeadlockFree(InternalChoice((SKIP, STOP)), F, ending_allowed=True))


def test_divergence_breaks_deadlock_freedom_in_fd_only() -> None:
    assert holds(DeadlockFree(LIVELOCK, F))
    assert fault(DeadlockFree(LIVELOCK, FD)).kind is Kind.DIVERGENCE


def test_divergence_is_a_cycle_of_tau() -> None:
    assert holds(DivergenceFree(loop("a")))
    assert holds(DivergenceFree(Hide(do("a", "a", "a"), frozenset("a"))))
    shown = fault(DivergenceFree(Hide(do("b", "a", then=loop("a", "c")), frozenset("ac"))))
    assert shown.kind is Kind.DIVERGENCE
    assert [step.event for step in shown.steps] == ["b", TAU]
    assert [step.hidden for step in shown.loop] == ["a", "c"]


# Determinism.


def test_nondeterminism_is_shown_by_two_behaviours() -> None:
    for model in (F, FD):
        process = do("c", then=ExternalChoice((do("a", "b"), do("a", "a"))))
        shown = fault(claims.Deterministic(process, model))

        assert shown.kind is Kind.NONDETERMINISM
        assert shown.trace == ("c", "a")
        assert shown.event in {"a", "b"}
        assert shown.accepted == {"a", "b"} - {shown.event}
        assert [step.event for step in shown.other] == ["c", "a", shown.event]


def test_divergence_is_nondeterminism_in_fd_only() -> None:
    process = do("a", then=LIVELOCK)

    assert holds(claims.Deterministic(process, F))
    shown = fault(claims.Deterministic(process, FD))
    assert (shown.kind, shown.trace) == (Kind.NONDETERMINISM, ("a",))
    assert shown.loop


def test_tau_alone_is_no_nondeterminism() -> None:
    for model in (F, FD):
        assert holds(claims.Deterministic(InternalChoice((A, A)), model))
        assert holds(claims.Deterministic(INTERLEAVED, model))
        assert not holds(claims.Deterministic(ExternalChoice((A, SKIP)), model))
        assert not holds(claims.Deterministic(InternalChoice((STOP, SKIP)), model))


def test_a_process_without_stable_states_may_still_be_nondeterministic_in_f() -> None:
    # Two states follow `a`: the one never settles and does b, the other refuses it.
    restless = ExternalChoice((DIV, do("b")))
    process = ExternalChoice((do("a", then=restless), do("a")))

    assert fault(claims.Deterministic(process, F)).event == "b"
    assert holds(claims.Deterministic(do("a", then=restless), F))


# Traces.


def test_a_trace_may_be_possible_and_yet_refused() -> None:
    maybe = InternalChoice((STOP, A))

    assert holds(HasTrace(maybe, ("a",), T))
    shown = fault(HasTrace(maybe, ("a",), F))
    assert (shown.kind, shown.accepted, shown.allowed) == (Kind.FAILURE, NONE, (frozenset("a"),))
    assert holds(HasTrace(maybe, (), FD))


def test_a_trace_must_not_diverge_on_the_way_in_fd() -> None:
    process = do("a", then=ExternalChoice((do("b"), DIV)))

    assert holds(HasTrace(process, ("a", "b"), F))
    assert fault(HasTrace(process, ("a", "b"), FD)).trace == ("a",)
    assert not holds(HasTrace(process, ("a",), FD))


def test_an_impossible_trace_is_explained_by_its_longest_possible_prefix() -> None:
    outcome = check(HasTrace(loop("a", "b"), ("a", "b", "b"), T))

    assert outcome.verdict is Verdict.FAILS
    assert "⟨a, b⟩" in outcome.reason
    assert holds(HasTrace(SKIP, (TICK,), FD))


# Operators that look at all moves at once, and structure inside other operators.


def test_chase_follows_tau_to_its_end() -> None:
    assert holds(claims.Deterministic(Chase(SOME)))
    assert not holds(Refines(EITHER, F, Chase(SOME)))
    assert holds(Refines(SOME, FD, Chase(SOME)))
    assert fault(DeadlockFree(Chase(do("a", then=LIVELOCK)))).kind is Kind.DIVERGENCE
    assert fault(DeadlockFree(do("b", then=Chase(do("a"))))).trace == ("b", "a")


def test_priority_suppresses_what_is_below() -> None:
    order = Order({"b": frozenset(["a", TAU])})

    assert not holds(HasTrace(Prioritise(INTERLEAVED, order), ("b",), T))
    assert holds(HasTrace(Prioritise(INTERLEAVED, order), ("a", "b", TICK), FD))
    assert fault(DeadlockFree(Prioritise(INTERLEAVED, order))).trace == ("a", "b", TICK)


def test_compositions_that_come_about_later_are_followed() -> None:
    again = Definition("AGAIN", lambda: Sequential(INTERLEAVED, again()))

    assert holds(DeadlockFree(again()))
    assert holds(HasTrace(again(), ("b", "a", "a", "b"), FD))
    outcome = check(DeadlockFree(again()))
    assert outcome.states < 12
    shown = fault(Refines(Run(frozenset("ab")), T, Sequential(INTERLEAVED, do("c"))))
    assert shown.event == "c"


def test_unguarded_recursion_is_an_error_and_no_verdict() -> None:
    shape = Definition("P", lambda: Parallel((shape(), A), NONE))
    plain = Definition("Q", lambda: ExternalChoice((plain(), A)))
    chased = Definition("R", lambda: Chase(Hide(chased(), NONE)))
    for name in (shape, plain, chased):
        with pytest.raises(UnguardedRecursion):
            check(DeadlockFree(name()))


# The outcome.


@pytest.mark.parametrize("model", [Model.V, Model.VD, Model.R, Model.RD])
def test_an_unsupported_model_is_unknown(model: Model) -> None:
    outcome = check(Refines(A, model, A))

    assert outcome.verdict is Verdict.UNKNOWN
    assert model.value in outcome.reason


def test_the_meter_tells_the_cost() -> None:
    meter = Meter()
    outcome = check(DeadlockFree(Parallel((loop("a"), loop("b", "c")), NONE)), meter)

    assert (outcome.states, outcome.transitions) == (2, 4)
    assert (meter.states, meter.transitions, meter.depth) == (2, 4, 1)


def test_whatever_stops_the_evaluation_comes_out_unchanged() -> None:
    class Stopped(BaseException):
        pass

    def explode() -> list[tuple[Event, Process]]:
        raise Stopped

    with pytest.raises(Stopped):
        check(DeadlockFree(do("a", then=Prefix(explode))))
