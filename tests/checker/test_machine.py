"""Machines, their rules, the normal form and the search for τ cycles, each on its own."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from cospec.checker.check import check
from cospec.checker.compile import Compiler
from cospec.checker.counterexample import Behaviour, Path
from cospec.checker.divergence import TauCycles
from cospec.checker.labels import TAU_ID, Labels, bits
from cospec.checker.machine import Machine, State
from cospec.checker.normal import NormalForm, minimal
from cospec.checker.replay import Replay, ReplayError, check_refused
from cospec.checker.verdict import Kind, Verdict
from cospec.spec.semantics.claims import DeadlockFree, DivergenceFree, HasTrace, Model, Refines
from cospec.spec.semantics.events import TAU, TICK, Event
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.semantics.process import (
    SKIP,
    STOP,
    AlphabetisedParallel,
    Call,
    Chase,
    Definition,
    ExternalChoice,
    Hide,
    InternalChoice,
    Parallel,
    Prefix,
    Process,
    Relation,
    Rename,
    Sequential,
)

NONE: frozenset[Event] = frozenset()


def do(*events: Event, then: Process = STOP) -> Process:
    for event in reversed(events):
        then = Prefix([(event, then)])
    return then


def reachable(machine: Machine) -> dict[State, list[tuple[Event, State]]]:
    found: dict[State, list[tuple[Event, State]]] = {}
    queue = list(machine.initial_states())
    for state in queue:
        if state not in found:
            found[state] = machine.transitions(state)
            queue += [target for _, target in found[state]]
    return found


def philosophers(count: int, left_handed: bool) -> Process:
    """Dining philosophers; with one left-handed there is no deadlock."""
    philosopher = Definition("Phil", lambda: STOP)
    fork = Definition("Fork", lambda: STOP)

    def dine(i: int) -> Process:
        first, second = i, (i + 1) % count
        if left_handed and i == 0:
            first, second = second, first
        up = [("up", i, first), ("up", i, second)]
        down = [("down", i, first), ("down", i, second)]
        return do(("sit", i), *up, ("eat", i), *down, then=philosopher(i))

    def lie(j: int) -> Process:
        users = (j, (j - 1) % count)
        return Prefix([(("up", i, j), do(("down", i, j), then=fork(j))) for i in users])

    philosopher.unfold, fork.unfold = dine, lie
    indices = range(count)
    shared = frozenset((move, i, j) for move in ("up", "down") for i in indices for j in indices)
    people = Parallel(tuple(philosopher(i) for i in indices), NONE)
    forks = Parallel(tuple(fork(j) for j in indices), NONE)
    return Parallel((people, forks), shared)


# Machines.


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_machine_and_the_firing_rules_have_the_same_states(count: int) -> None:
    process = philosophers(count, left_handed=True)
    rules = FiringRules(process)
    seen: set[Process] = set()
    queue = list(rules.initial_states())
    for term in queue:
        if term not in seen:
            seen.add(term)
            queue += [after for _, after in rules.transitions(term)]
    machine = Compiler().machine(process)

    assert len(reachable(machine)) == len(seen)
    assert {machine.term(state) for state in reachable(machine)} == seen


def test_every_move_of_a_machine_is_a_move_of_its_term() -> None:
    process = Hide(philosophers(3, left_handed=False), frozenset([("sit", 0), ("up", 1, 1)]))
    machine, rules = Compiler().machine(process), FiringRules(process)
    for state, moves in reachable(machine).items():
        expected = set(rules.transitions(machine.term(state)))
        assert {(event, machine.term(target)) for event, target in moves} == expected


def test_rules_appear_when_their_last_label_does() -> None:
    late = do("x", "s")
    machine = Compiler().machine(Parallel((late, do("s")), frozenset("s")))
    (start,) = machine.initial()
    machine.moves(start)
    before = len(machine.vectors)
    reachable(machine)

    assert len(machine.vectors) == before + 1


def test_renaming_lets_different_events_meet() -> None:
    to_s = Relation(frozenset([("a", "s"), ("b", "s")]))
    left = Rename(Prefix([("a", do("l")), ("b", STOP)]), to_s)
    machine = Compiler().machine(Parallel((left, do("s", "r")), frozenset("s")))
    (start,) = machine.initial()

    assert [event for event, _ in machine.transitions(start)] == ["s", "s"]
    assert sorted(machine.step(start, e, t).moves for e, t in machine.moves(start)[1]) == [
        ("a", "s"),
        ("b", "s"),
    ]


def test_components_with_equal_terms_share_their_table() -> None:
    name = Definition("P", lambda: do("a", then=name()))
    machine = Compiler().machine(Parallel((name(), name(), do("a")), NONE))

    assert machine.components[0] is machine.components[1]
    assert machine.components[0] is not machine.components[2]


def test_termination_happens_once_and_together() -> None:
    inner = Parallel((SKIP, SKIP), NONE)
    machine = Compiler().machine(Parallel((inner, Hide(inner, NONE)), NONE))
    found = reachable(machine)
    last = [moves for moves in found.values() if any(event is TICK for event, _ in moves)]

    assert len(found) == 2**4 + 1
    assert len(last) == 1
    assert [event for event, _ in last[0]] == [TICK]
    assert found[last[0][0][1]] == []


def test_a_leaf_without_company_keeps_its_own_termination() -> None:
    machine = Compiler().machine(Hide(do("a", then=SKIP), frozenset("a")))
    events = [event for moves in reachable(machine).values() for event, _ in moves]

    assert events == [TAU, TICK]


def test_equal_compositions_are_equal_states_wherever_they_come_from() -> None:
    p, q = Definition("P", lambda: do("a", then=p())), Definition("Q", lambda: do("b", then=p()))
    both: Call = Definition("BOTH", lambda: Parallel((p(), p()), NONE))()
    other = Parallel((p(), q()), NONE)
    machine = Compiler().machine(Prefix([("x", both), ("y", other)]))

    # x leads to P ||| P at once, y by way of P ||| Q.
    assert len(reachable(machine)) == 3


def test_hundreds_of_components_with_thousands_of_rules_are_no_trouble() -> None:
    count = 120
    unknown = Definition("Unknown", lambda: STOP)
    known = Definition("Known", lambda: STOP)
    alphabets = [
        frozenset([("hear", i), ("say", i), ("make", i)])
        | {("join", *pair) for j in range(count) for pair in ((i, j), (j, i)) if abs(i - j) < 10}
        for i in range(count)
    ]
    unknown.unfold = lambda i: Prefix([(("hear", i), known(i)), (("make", i), known(i))])
    known.unfold = lambda i: Prefix(
        [(event, known(i)) for event in sorted(alphabets[i]) if event[0] in {"say", "join"}]
    )
    parts = tuple(unknown(i) for i in range(count))
    crowd = AlphabetisedParallel(parts, tuple(alphabets))
    made = Hide(crowd, frozenset(("make", i) for i in range(count)))
    listener = Parallel(
        (Chase(made), do(*[("say", i) for i in range(9)])),
        frozenset(event for alphabet in alphabets for event in alphabet),
    )
    trace = tuple(("say", i) for i in range(9))
    outcome = check(HasTrace(listener, trace, Model.T))
    assert outcome.verdict is Verdict.HOLDS
    assert outcome.seconds < 30

    # The chase ends in one of 2 to the 120 states; its replay must find the way there.
    broken = check(Refines(do(("say", 0)), Model.T, listener))
    assert broken.counterexample is not None
    assert broken.counterexample.event == ("say", 1)
    assert broken.seconds < 60


# The normal form.


def test_a_node_is_what_a_trace_leads_to() -> None:
    process = ExternalChoice((do("a", "b"), do("a", "c"), Sequential(SKIP, do("d"))))
    compiler = Compiler()
    normal = NormalForm(compiler.machine(process))
    number = compiler.labels.number
    after = normal.after(normal.initial, number("a"))

    assert compiler.labels.decode(normal.allowed(normal.initial)) == {"a", "d"}
    assert sorted(map(sorted, map(compiler.labels.decode, normal.acceptances(after)))) == [
        ["b"],
        ["c"],
    ]
    assert len(normal.members(normal.initial)) == 2
    assert normal.after(after, number("b")) == normal.after(after, number("c"))


def test_only_the_least_acceptances_are_kept() -> None:
    assert minimal({0b111, 0b011, 0b100, 0b110}) == (0b100, 0b011)
    assert minimal({0b0, 0b1}) == (0b0,)
    assert minimal(set()) == ()


def test_a_node_diverges_when_a_member_does() -> None:
    name = Definition("P", lambda: do("a", then=name()))
    process = InternalChoice((Hide(name(), frozenset("a")), do("b")))
    compiler = Compiler()
    normal = NormalForm(compiler.machine(process))

    assert normal.divergent(normal.initial)
    assert not normal.divergent(normal.after(normal.initial, compiler.labels.number("b")))


def test_sets_of_events_are_bit_masks() -> None:
    labels = Labels()
    numbers = [labels.number(event) for event in ("a", "b", TAU, "a")]

    assert numbers[0] == numbers[3]
    assert numbers[2] == TAU_ID
    assert labels.decode(1 << numbers[0] | 1 << numbers[1]) == {"a", "b"}
    assert list(bits(0b10110)) == [1, 2, 4]


# Cycles of τ.


def cycles(edges: dict[int, list[int]]) -> TauCycles[int]:
    return TauCycles(lambda state: edges.get(state, []))


def test_cycles_are_found_and_answers_are_kept() -> None:
    asked: list[int] = []
    edges = {0: [1, 2], 1: [3], 2: [4], 4: [5], 5: [4], 6: [2], 7: [1]}

    def taus(state: int) -> Iterable[int]:
        asked.append(state)
        return edges.get(state, [])

    search = TauCycles(taus)
    assert [s for s in (0, 1, 2, 3, 6, 7) if search.reaches(s)] == [0, 2, 6]
    assert len(asked) == len(set(asked))


def test_a_nearest_cycle_is_shown() -> None:
    lead, loop = cycles({0: [1], 1: [2, 3], 2: [1], 3: [3]}).lasso(0)
    assert (lead, loop) == ([0, 1], [1, 2, 1])
    assert cycles({0: [0]}).lasso(0) == ([0], [0, 0])


def test_long_paths_do_not_exhaust_the_stack() -> None:
    path = cycles({i: [i + 1] for i in range(200_000)})
    assert not path.reaches(0)
    ring = cycles({i: [(i + 1) % 200_000] for i in range(200_000)})
    lead, loop = ring.lasso(7)
    assert loop[0] == loop[-1] == lead[-1]


# Replay.


def machine_and_replay(process: Process) -> tuple[Machine, Replay]:
    compiler = Compiler()
    machine = compiler.machine(process)
    return machine, Replay(process, machine, compiler)


def test_a_wrong_step_is_refused() -> None:
    machine, replay = machine_and_replay(Parallel((do("a", "b"), do("c")), NONE))
    (start,) = machine.initial()
    moves = machine.moves(start)[1]
    (a, after_a), (c, after_c) = moves
    replay.check(Behaviour(Kind.TRACE, Path((start, after_a), (a,)), event=c))
    for path in (Path((start, after_c), (a,)), Path((after_a,), ()), Path((start, start), (c,))):
        with pytest.raises(ReplayError):
            replay.check(Behaviour(Kind.TRACE, path, event=c))


def test_a_wrong_fault_is_refused() -> None:
    machine, replay = machine_and_replay(InternalChoice((do("a"), STOP)))
    (start,) = machine.initial()
    here = Path((start,), ())
    a = machine.labels.number("a")
    for wrong in (
        Behaviour(Kind.TRACE, here, event=a),
        Behaviour(Kind.DEADLOCK, here, accepted=0),
        Behaviour(Kind.FAILURE, here, accepted=0),
        Behaviour(Kind.FAILURE, here, accepted=1 << a),
        Behaviour(Kind.DIVERGENCE, here, loop=here),
        Behaviour(Kind.NONDETERMINISM, here, event=a, accepted=0, other=here),
    ):
        with pytest.raises(ReplayError):
            replay.check(wrong)
    after_a, after_stop = (target for _, target in machine.moves(start)[1])
    replay.check(Behaviour(Kind.DEADLOCK, Path((start, after_stop), (TAU_ID,)), accepted=0))
    with pytest.raises(ReplayError):
        replay.check(Behaviour(Kind.DEADLOCK, Path((start, after_a), (TAU_ID,)), accepted=0))


def test_a_fault_that_the_specification_allows_is_refused() -> None:
    compiler = Compiler()
    allowed = ExternalChoice((do("a"), do("b")))
    machine = compiler.machine(allowed)
    (start,) = machine.initial()
    b = compiler.labels.number("b")
    behaviour = Behaviour(Kind.TRACE, Path((start,), ()), event=b)
    check_refused(do("a"), compiler, behaviour, Model.T)
    with pytest.raises(ReplayError):
        check_refused(do("b"), compiler, behaviour, Model.T)
    refusal = Behaviour(Kind.FAILURE, Path((start,), ()), accepted=1 << b)
    check_refused(do("c"), compiler, refusal, Model.F)
    with pytest.raises(ReplayError):
        check_refused(do("b"), compiler, refusal, Model.F)


# Exact counts of known models.


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_philosophers_deadlock_when_each_has_one_fork(count: int) -> None:
    shown = check(DeadlockFree(philosophers(count, left_handed=False))).counterexample

    assert shown is not None
    assert len(shown.steps) == 2 * count
    assert {event[0] for event in shown.trace if isinstance(event, tuple)} == {"sit", "up"}


@pytest.mark.parametrize(
    ("count", "states", "transitions"), [(3, 100, 243), (4, 466, 1512), (5, 2164, 8775)]
)
def test_the_cost_of_known_models_is_exact(count: int, states: int, transitions: int) -> None:
    outcome = check(DeadlockFree(philosophers(count, left_handed=True)))

    assert (outcome.states, outcome.transitions) == (states, transitions)


def test_philosophers_with_one_left_handed_are_live() -> None:
    process = philosophers(4, left_handed=True)
    eating = Definition("E", lambda: do(("eat", 0), then=eating()))
    others = frozenset(
        event
        for i in range(4)
        for j in range(4)
        for event in (("up", i, j), ("down", i, j), ("sit", i))
    )
    assert check(DeadlockFree(process)).verdict is Verdict.HOLDS
    assert check(DivergenceFree(process)).verdict is Verdict.HOLDS
    alone = Hide(process, others | {("eat", i) for i in (1, 2, 3)})
    assert check(Refines(eating(), Model.F, alone)).verdict is Verdict.HOLDS
    outcome = check(Refines(eating(), Model.FD, alone))
    assert outcome.counterexample is not None
    assert outcome.counterexample.kind is Kind.DIVERGENCE
