"""Every operator's firing rules, one sentence each."""

from __future__ import annotations

import pytest

from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.priority import priority
from cospec.spec.semantics.process import (
    DIV,
    OMEGA,
    SKIP,
    STOP,
    AlphabetisedParallel,
    Chaos,
    Chase,
    Definition,
    Embedded,
    ExternalChoice,
    Hide,
    InternalChoice,
    Interrupt,
    Lazy,
    Parallel,
    Prefix,
    Prioritise,
    Process,
    Project,
    Relation,
    Rename,
    Run,
    Sequential,
    Sliding,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
    UnguardedRecursion,
)


def then(event: Event, after: Process = STOP) -> Prefix:
    return Prefix([(event, after)])


def fires(process: Process) -> list[tuple[Event, Process]]:
    return list(FiringRules(process).transitions(process))


A = then("a", SKIP)
B = then("b", STOP)
HESITANT = InternalChoice((A, B))
NONE: frozenset[str] = frozenset()
ONLY_A = frozenset("a")
ONLY_B = frozenset("b")


def test_stop_and_omega_do_nothing() -> None:
    assert fires(STOP) == fires(OMEGA) == []


def test_skip_ticks() -> None:
    assert fires(SKIP) == [(TICK, OMEGA)]


def test_div_performs_tau_for_ever() -> None:
    assert fires(DIV) == [(TAU, DIV)]


def test_prefix_offers_each_branch_and_evaluates_what_follows() -> None:
    p = Prefix(lambda: [("a", Lazy(lambda: A)), ("b", STOP), ("b", SKIP)])
    assert fires(p) == [("a", A), ("b", STOP), ("b", SKIP)]


def test_repeated_transitions_are_listed_once() -> None:
    assert fires(Prefix([("a", STOP), ("a", STOP)])) == [("a", STOP)]
    assert fires(InternalChoice((A, A))) == [(TAU, A)]


def test_a_call_is_a_state_of_its_own_that_does_what_its_body_does() -> None:
    clock = Definition("CLOCK", lambda: then("tick", Lazy(lambda: clock())))
    rules = FiringRules(Lazy(lambda: clock()))
    assert rules.initial_states() == (clock(),)
    assert rules.transitions(clock()) == (("tick", clock()),)


@pytest.mark.parametrize(
    "around",
    [
        lambda p: ExternalChoice((p, STOP)),
        lambda p: Hide(p, ONLY_A),
        lambda p: Sequential(p, STOP),
        lambda p: Parallel((STOP, p), NONE),
    ],
)
def test_recursion_without_a_step_is_an_error(around: object) -> None:
    loop = Definition("LOOP", lambda: around(Lazy(lambda: loop())))  # type: ignore[operator]
    with pytest.raises(UnguardedRecursion, match="LOOP"):
        fires(loop())


def test_mutual_recursion_without_a_step_is_an_error() -> None:
    p = Definition("P", lambda: Lazy(lambda: q()))
    q = Definition("Q", lambda: p())
    with pytest.raises(UnguardedRecursion):
        fires(p())


def test_recursion_behind_a_choice_is_no_error() -> None:
    p = Definition("P", lambda: InternalChoice((Lazy(lambda: p()), STOP)))
    assert fires(p()) == [(TAU, p()), (TAU, STOP)]


def test_external_choice_is_not_resolved_by_tau() -> None:
    assert fires(ExternalChoice((HESITANT, B))) == [
        (TAU, ExternalChoice((A, B))),
        (TAU, ExternalChoice((B, B))),
        ("b", STOP),
    ]


def test_external_choice_is_resolved_by_events_and_by_tick() -> None:
    assert fires(ExternalChoice((A, B, SKIP))) == [("a", SKIP), ("b", STOP), (TICK, OMEGA)]


def test_internal_choice_is_made_by_tau() -> None:
    assert fires(InternalChoice((A, Lazy(lambda: B)))) == [(TAU, A), (TAU, B)]


def test_sliding_choice_times_out_and_keeps_its_left_side_until_an_event() -> None:
    p = Sliding(ExternalChoice((A, SKIP)), B)
    assert fires(p) == [("a", SKIP), (TICK, OMEGA), (TAU, B)]
    assert (TAU, Sliding(A, B)) in fires(Sliding(HESITANT, B))


def test_the_tick_of_the_first_process_becomes_tau() -> None:
    assert fires(Sequential(SKIP, B)) == [(TAU, B)]
    assert fires(Sequential(A, B)) == [("a", Sequential(SKIP, B))]


def test_the_second_process_is_not_evaluated_before_its_turn() -> None:
    def fail() -> Process:
        raise AssertionError

    assert fires(Sequential(STOP, Lazy(fail))) == []
    assert fires(Throw(STOP, ONLY_A, Lazy(fail))) == []


def test_an_interrupt_may_come_at_any_time() -> None:
    assert fires(Interrupt(A, B)) == [("a", Interrupt(SKIP, B)), ("b", STOP)]
    assert (TAU, Interrupt(A, B)) in fires(Interrupt(A, HESITANT))


def test_either_side_of_an_interrupt_may_terminate_it() -> None:
    assert fires(Interrupt(SKIP, B)) == [(TICK, OMEGA), ("b", STOP)]
    assert fires(Interrupt(B, SKIP)) == [("b", Interrupt(STOP, SKIP)), (TICK, OMEGA)]


def test_a_thrown_event_hands_over() -> None:
    p = Throw(Prefix([("a", A), ("b", A)]), ONLY_A, B)
    assert fires(p) == [("a", B), ("b", Throw(A, ONLY_A, B))]
    assert fires(Throw(SKIP, ONLY_A, B)) == [(TICK, OMEGA)]


def test_parallel_processes_perform_shared_events_together() -> None:
    assert fires(Parallel((A, A), ONLY_A)) == [("a", Parallel((SKIP, SKIP), ONLY_A))]
    assert fires(Parallel((A, B), ONLY_A)) == [("b", Parallel((A, STOP), ONLY_A))]


def test_a_shared_event_needs_all_operands() -> None:
    assert fires(Parallel((A, A, B), ONLY_A)) == [("b", Parallel((A, A, STOP), ONLY_A))]
    two_ways = Prefix([("a", STOP), ("a", SKIP)])
    assert len(fires(Parallel((two_ways, two_ways, A), ONLY_A))) == 4


def test_interleaved_processes_move_alone() -> None:
    assert fires(Parallel((A, A), NONE)) == [
        ("a", Parallel((SKIP, A), NONE)),
        ("a", Parallel((A, SKIP), NONE)),
    ]


def test_parallel_processes_end_one_by_one_and_tick_when_all_have_ended() -> None:
    half = Parallel((OMEGA, SKIP), ONLY_A)
    assert fires(Parallel((SKIP, SKIP), ONLY_A))[0] == (TAU, half)
    assert fires(half) == [(TAU, Parallel((OMEGA, OMEGA), ONLY_A))]
    assert fires(Parallel((OMEGA, OMEGA), ONLY_A)) == [(TICK, OMEGA)]
    assert fires(Parallel((OMEGA, STOP), ONLY_A)) == []


def test_an_ended_process_blocks_shared_events() -> None:
    assert fires(Parallel((OMEGA, A), ONLY_A)) == []
    assert fires(Parallel((OMEGA, A), NONE)) == [("a", Parallel((OMEGA, SKIP), NONE))]


def test_a_parallel_of_nothing_is_skip() -> None:
    assert fires(Parallel((), ONLY_A)) == fires(AlphabetisedParallel((), ())) == [(TICK, OMEGA)]


def test_events_outside_an_operands_alphabet_are_blocked() -> None:
    assert fires(AlphabetisedParallel((A, B), (ONLY_B, ONLY_B))) == []
    own = (ONLY_A, ONLY_B)
    assert fires(AlphabetisedParallel((A, B), own)) == [
        ("a", AlphabetisedParallel((SKIP, B), own)),
        ("b", AlphabetisedParallel((A, STOP), own)),
    ]


def test_an_event_needs_all_whose_alphabet_has_it() -> None:
    alphabets = (ONLY_A, ONLY_B, ONLY_A | ONLY_B)
    p = AlphabetisedParallel((A, B, A), alphabets)
    assert fires(p) == [("a", AlphabetisedParallel((SKIP, B, SKIP), alphabets))]
    assert (TAU, AlphabetisedParallel((OMEGA, B, A), alphabets)) in fires(
        AlphabetisedParallel((SKIP, B, A), alphabets)
    )


def test_hidden_events_become_tau_and_tick_cannot_be_hidden() -> None:
    menu = ExternalChoice((A, B, SKIP))
    assert fires(Hide(menu, ONLY_A)) == [
        (TAU, Hide(SKIP, ONLY_A)),
        ("b", Hide(STOP, ONLY_A)),
        (TICK, OMEGA),
    ]
    assert fires(Project(menu, ONLY_B)) == [
        (TAU, Project(SKIP, ONLY_B)),
        ("b", Project(STOP, ONLY_B)),
        (TICK, OMEGA),
    ]


def test_renaming_gives_every_image_and_leaves_other_events_alone() -> None:
    split = Relation(frozenset([("a", "c"), ("a", "b")]))
    assert fires(Rename(ExternalChoice((A, B, SKIP)), split)) == [
        ("b", Rename(SKIP, split)),
        ("c", Rename(SKIP, split)),
        ("b", Rename(STOP, split)),
        (TICK, OMEGA),
    ]


def test_synchronising_choice_stays_open_on_shared_events() -> None:
    p = SynchronisingChoice((A, ExternalChoice((A, B)), A), ONLY_A)
    assert fires(p) == [("b", STOP), ("a", SynchronisingChoice((SKIP, SKIP, SKIP), ONLY_A))]
    assert fires(SynchronisingChoice((A, B), ONLY_A)) == [("b", STOP)]


def test_synchronising_choice_is_resolved_by_tick_and_not_by_tau() -> None:
    assert fires(SynchronisingChoice((SKIP, A), ONLY_A)) == [(TICK, OMEGA)]
    assert (TAU, SynchronisingChoice((A, B), ONLY_B)) in fires(
        SynchronisingChoice((HESITANT, B), ONLY_B)
    )


def test_synchronising_interrupt_is_not_interrupted_by_shared_events() -> None:
    both = ExternalChoice((A, B))
    assert fires(SynchronisingInterrupt(both, ONLY_A, both)) == [
        ("b", SynchronisingInterrupt(STOP, ONLY_A, both)),
        ("a", SynchronisingInterrupt(SKIP, ONLY_A, SKIP)),
        ("b", STOP),
    ]
    assert fires(SynchronisingInterrupt(SKIP, ONLY_A, A)) == [(TICK, OMEGA)]
    assert fires(SynchronisingInterrupt(A, ONLY_A, SKIP)) == [(TICK, OMEGA)]


def test_chaos_may_do_or_refuse_anything() -> None:
    c = Chaos(frozenset("ba"))
    assert fires(c) == [(TAU, STOP), ("a", c), ("b", c)]


def test_run_always_offers_everything() -> None:
    r = Run(frozenset("ba"))
    assert fires(r) == [("a", r), ("b", r)]


def test_priority_removes_what_must_give_way_in_the_same_state() -> None:
    order = priority([{"a"}, {"b"}])
    assert fires(Prioritise(ExternalChoice((A, B)), order)) == [("a", Prioritise(SKIP, order))]
    assert fires(Prioritise(B, order)) == [("b", Prioritise(STOP, order))]
    assert fires(Prioritise(ExternalChoice((SKIP, B)), order)) == [(TICK, OMEGA)]
    assert fires(Prioritise(Sliding(ExternalChoice((A, B)), STOP), order)) == [
        ("a", Prioritise(SKIP, order)),
        (TAU, Prioritise(STOP, order)),
    ]


def test_chase_follows_the_first_tau_to_its_end() -> None:
    assert fires(Chase(Sliding(B, InternalChoice((A, B))))) == [("a", Chase(SKIP))]


def test_chasing_a_divergence_diverges() -> None:
    assert fires(Chase(DIV)) == [(TAU, Chase(DIV))]
    later = Chase(InternalChoice((DIV, STOP)))
    assert fires(later) == [(TAU, later)]


class Counter:
    """Counts to two, then ends in a state of its own making."""

    def initial_states(self) -> list[int]:
        return [0]

    def transitions(self, state: int) -> list[tuple[Event, int]]:
        return [("up", state + 1)] if state < 2 else [(TICK, 99)] if state == 2 else []


def test_an_embedded_system_runs_as_a_process_and_ends_in_omega() -> None:
    counter = Counter()
    assert fires(Embedded(counter, 0)) == [("up", Embedded(counter, 1))]
    assert fires(Embedded(counter, 2)) == [(TICK, OMEGA)]
    assert fires(Sequential(Embedded(counter, 2), A)) == [(TAU, A)]


def test_states_do_not_depend_on_how_lazily_they_were_written() -> None:
    leaf = Definition("LEAF", lambda: A)
    eager = Parallel((leaf(), Hide(leaf(), ONLY_A)), NONE)
    lazy = Parallel((Lazy(lambda: leaf()), Lazy(lambda: Hide(Lazy(lambda: leaf()), ONLY_A))), NONE)
    assert FiringRules(lazy).initial_states() == (eager,)
    assert FiringRules(then("go", lazy)).transitions(then("go", lazy)) != ()
    start = then("go", Lazy(lambda: lazy))
    assert fires(start) == [("go", eager)]


def test_equal_terms_have_equal_hashes_and_different_operators_differ() -> None:
    assert hash(Hide(STOP, ONLY_A)) == hash(Hide(STOP, frozenset("a")))
    assert Hide(STOP, ONLY_A) == Hide(STOP, frozenset("a"))
    terms: list[Process] = [Hide(STOP, ONLY_A), Project(STOP, ONLY_A)]
    assert len(set(terms)) == 2


def test_the_state_graph_is_finite_where_calls_recur() -> None:
    cell = Definition("CELL", lambda: then("in", then("out", Lazy(lambda: cell()))))
    rules = FiringRules(Parallel((cell(), cell(), cell()), NONE))
    found = set(rules.initial_states())
    waiting = list(found)
    while waiting:
        for _, after in rules.transitions(waiting.pop()):
            if after not in found:
                found.add(after)
                waiting.append(after)
    assert len(found) == 8
