"""The compiled search against the plain one: the same machines, the same questions.

Every random machine is searched by both, the compiled one on one thread and on two. When there is
no fault, all have seen the same number of states and transitions; when there is one, it is of the
same depth. `--pairs` and `--seed` as in `test_against_oracle`.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from test_against_oracle import Graph, pair

from cospec.checker import budget, cycles, explorer, packing, store
from cospec.checker.budget import BudgetExceeded
from cospec.checker.compile import Compiler
from cospec.checker.divergence import Unfinished
from cospec.checker.explorer import Explorer
from cospec.checker.labels import TAU_ID
from cospec.checker.machine import Machine
from cospec.checker.meter import Meter
from cospec.checker.normal import NormalForm
from cospec.checker.properties import (
    DeadlockQuestion,
    DivergenceQuestion,
    Resolution,
    TraceQuestion,
)
from cospec.checker.question import Question
from cospec.checker.refinement import RefinementQuestion
from cospec.checker.resources import Resources
from cospec.checker.search import Fault, Search
from cospec.checker.verdict import Kind
from cospec.spec.semantics.claims import Model
from cospec.spec.semantics.process import Process
from cospec.spec.syntax.session import Session

#: Makes a machine and a question afresh, so that no search has the use of another's tables.
Setting = Callable[[], tuple[Machine, Question]]


def settings(first: Process, second: Process, seed: int) -> Iterator[tuple[str, Setting]]:
    """All that can be asked of two processes."""

    def refinement(model: Model) -> tuple[Machine, Question]:
        compiler = Compiler()
        specification = NormalForm(compiler.machine(first))
        return compiler.machine(second), RefinementQuestion(specification, model)

    def trace(model: Model) -> tuple[Machine, Question]:
        compiler = Compiler()
        machine = compiler.machine(second)
        random = Random(seed)
        events = [compiler.labels.number(e) for e in random.choices("abc", k=random.randrange(4))]
        return machine, TraceQuestion(tuple(events), model)

    def resolution() -> tuple[Machine, Question]:
        machine = Compiler().machine(second)
        return machine, Resolution(machine)

    for model in (Model.T, Model.F, Model.FD):
        yield f"refines {model.value}", lambda model=model: refinement(model)
        yield f"has trace {model.value}", lambda model=model: trace(model)
    for model, ending in itertools.product((Model.F, Model.FD), (False, True)):
        yield (
            f"deadlock {model.value} {ending}",
            lambda model=model, ending=ending: (
                Compiler().machine(second),
                DeadlockQuestion(model, ending),
            ),
        )
    yield "divergence", lambda: (Compiler().machine(second), DivergenceQuestion())
    yield "determinism", resolution


def compare(name: str, setting: Setting) -> None:
    """Searches by the plain way and by the compiled ones."""
    machine, question = setting()
    meter = Meter()
    plain = Search(machine, question, meter).run()
    states: list[int] = []
    for threads in (1, 2):
        machine, question = setting()
        mine = Meter()
        history = threads == 2 or plain is not None or len(name) % 2 == 0
        found = Explorer(machine, question, mine, Resources(threads, history=history)).run()
        assert (found is None) == (plain is None), f"{name}, {threads} threads"
        if found is None or plain is None:
            figures = mine.states, mine.transitions, mine.depth
            assert figures == (meter.states, meter.transitions, meter.depth), name
        else:
            check_path(machine, found)
            if Kind.DIVERGENCE not in (plain.kind, found.kind):
                assert len(found.path) == len(plain.path), f"{name}, {threads} threads"
        if found is None or found.kind is not Kind.DIVERGENCE:  # these may be seen earlier or later
            states.append(mine.states)
    assert len(set(states)) <= 1, f"{name}: one thread and two"


def check_path(machine: Machine, fault: Fault) -> None:
    """Each step of the fault is a move of the machine."""
    assert fault.path[0] in machine.initial()
    steps = [*zip(fault.events, itertools.pairwise(fault.path), strict=True)]
    steps += [(TAU_ID, step) for step in itertools.pairwise(fault.loop)]
    for event, (before, after) in steps:
        assert (event, after) in machine.moves(before)[1]
    if fault.kind is Kind.DIVERGENCE:
        assert fault.loop[0] == fault.loop[-1] == fault.path[-1]


def test_finds_what_the_plain_search_finds_on_random_machines(pairs: int, seed: int) -> None:
    compared = 0
    for number in range(seed, seed + max(1, pairs // 2)):
        first, second = pair(number)
        if not (Graph(first).small() and Graph(second).small()):
            continue
        for name, setting in settings(first, second, number):
            compare(f"seed {number}: {name}", setting)
            compared += 1
    assert compared


def test_tables_and_buffers_too_small_for_anything(
    pairs: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that grows has to grow, and everything that can be full is full."""
    for module, name, value in [
        (store, "BATCH", 1),
        (store, "FEWEST_SLOTS", 4),
        (store, "WANTS_AT_ONCE", 1),
        (store, "ASIDES_AT_ONCE", 2),
        (explorer, "ASIDES_AT_ONCE", 2),
        (store, "OUTBOX_SIZE", 1),
        (explorer, "SLICE", 3),
        (cycles, "SLICE", 3),
        (explorer, "FIRST_CYCLES", 2),
        (packing, "LARGEST_COLUMNS", 0),
    ]:
        monkeypatch.setattr(module, name, value)
    for number in range(seed, seed + max(1, pairs // 10)):
        first, second = pair(number)
        if Graph(first).small() and Graph(second).small():
            for name, setting in settings(first, second, number):
                compare(f"seed {number}: {name}", setting)


SCRIPT = """
channel c : {0..3}.{0..3}
channel sit, rise : {0..4}
channel take, drop : {0..4}.{0..4}
PHIL(i) = sit.i -> take.i.i -> take.i.(i+1)%5 -> drop.i.(i+1)%5 -> drop.i.i -> rise.i -> PHIL(i)
FORK(i) = take?j:{i,(i+4)%5}!i -> drop.j.i -> FORK(i)
TABLE = (||| i:{0..4} @ PHIL(i)) [| {| take, drop |} |] (||| i:{0..4} @ FORK(i))
HIDDEN = TABLE \\ {| take, drop, rise |}
channel in, out : {0..2}
QUEUE(s) = #s < 6 & in?x -> QUEUE(s^<x>) [] not null(s) & out!head(s) -> QUEUE(tail(s))
CELLS = QUEUE(<>) ||| (|~| x:{0..2} @ c.x?y -> STOP) ||| (c.0?x -> SKIP |~| c.1?x -> SKIP)
TWO = c.0?x -> STOP [] c.0?x -> SKIP [] c.0.1 -> TWO
CHOICES = [| {| c |} |] i:{0..2} @ TWO
FAST = in.0 -> FAST [] in.1 -> in.2 -> FAST [] in.2 -> out.0 -> FAST
external prioritise
RANKED = prioritise(FAST ||| QUEUE(<>), <{in.0}, {in.1, in.2}, {| out |}>)
"""


@pytest.mark.parametrize("name", ["TABLE", "HIDDEN", "CELLS", "CHOICES", "RANKED"])
@pytest.mark.parametrize("threads", [1, 2])
def test_explores_a_script_as_the_plain_search_does(name: str, threads: int) -> None:
    process = Session.of_text(SCRIPT).process(name)
    plain, compiled = Meter(), Meter()
    Search(Compiler().machine(process), DivergenceQuestion(), plain).run()
    machine = Compiler().machine(process)
    fault = Explorer(machine, DivergenceQuestion(), compiled, Resources(threads)).run()
    assert fault is None
    assert (compiled.states, compiled.transitions) == (plain.states, plain.transitions)
    assert compiled.bytes > 0


def test_what_is_stopped_while_threads_are_busy_ends_with_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first time on a machine they are busy with compiling, for many seconds."""
    monkeypatch.setattr(budget, "GRACE_SECONDS", 0.1)
    process = Session.of_text(SCRIPT).process("TABLE")
    search = Explorer(Compiler().machine(process), DivergenceQuestion(), Meter(), Resources(2))
    busy, stopped, released = threading.Event(), threading.Event(), threading.Event()

    def compiles(partition: store.Partition) -> None:
        busy.set()
        assert released.wait(600)

    def tick() -> None:
        if busy.is_set():
            stopped.set()
            raise BudgetExceeded("time", "out of time")

    def release() -> None:
        stopped.wait(600)
        time.sleep(1)  # ten times as long as what does not stop is waited for
        released.set()

    threading.Thread(target=release).start()
    with pytest.raises(BudgetExceeded, match=r"^out of time$"):
        budget.run(lambda: search._each(compiles, search._partitions), tick=tick)


def test_goes_on_where_a_limit_stopped_it() -> None:
    process = Session.of_text(SCRIPT).process("TABLE")
    whole = Meter()
    Search(Compiler().machine(process), DivergenceQuestion(), whole).run()
    meter = Meter()
    search = Explorer(Compiler().machine(process), DivergenceQuestion(), meter)
    with pytest.raises(Unfinished):
        search.run(limit=100)
    assert search.run() is None
    assert meter.states == whole.states


def test_much_work_is_many_transitions_or_many_local_states_to_be_expanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = Session.of_text(SCRIPT).process("TABLE")

    def search(work: int) -> Meter:
        meter = Meter()
        machine = Compiler().machine(process)
        assert Explorer(machine, DivergenceQuestion(), meter).run(work=work) is None
        return meter

    monkeypatch.setattr(explorer, "EXPANDING", 0)
    whole = search(10**9)
    assert search(whole.transitions).states == whole.states
    with pytest.raises(Unfinished):
        search(whole.transitions // 2)
    monkeypatch.setattr(explorer, "EXPANDING", 10**9)
    with pytest.raises(Unfinished):
        search(10**9)


@pytest.mark.parametrize("bits", [63, 64, 65, 128, 129])
def test_words_that_are_full_to_the_last_bit(bits: int) -> None:
    """Local states of one bit each: terminated, or about to be."""
    script = f"""
    channel a : {{0..200}}
    ONE(i) = a.i -> ONE(i)
    SYSTEM = ||| i:{{1..{bits}}} @ ONE(i)
    """
    process = Session.of_text(script).process("SYSTEM")
    machine = Compiler().machine(process)
    search = Explorer(machine, DivergenceQuestion(), meter := Meter())
    assert search.run() is None
    assert (meter.states, meter.transitions) == (1, bits)


def test_more_local_states_than_the_fields_were_made_for() -> None:
    script = """
    channel up, down, done
    N = 3000
    COUNT(n) = n < N & up -> COUNT(n+1) [] n > 0 & down -> COUNT(n-1) [] n == N & done -> STOP
    USER = up -> USER [] done -> STOP
    SYSTEM = COUNT(0) [| {up, down, done} |] USER
    PAIR = SYSTEM ||| COUNT(2990)
    """
    process = Session.of_text(script).process("SYSTEM")
    meter = Meter()
    assert Explorer(Compiler().machine(process), DivergenceQuestion(), meter).run() is None
    assert meter.states == 3002


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is not known here")
def test_stops_before_it_needs_more_memory_than_is_allowed() -> None:
    from cospec.checker.budget import BudgetExceeded, resident_bytes

    script = """
    channel a : {0..7}
    C(i,n) = n < 30 & a.i -> C(i,n+1) [] n > 0 & a.i -> C(i,n-1)
    SYSTEM = ||| i:{0..7} @ C(i,0)
    """
    machine = Compiler().machine(Session.of_text(script).process("SYSTEM"))
    allowed = resident_bytes() + 50e6
    search = Explorer(machine, DivergenceQuestion(), Meter(), Resources(memory=allowed))
    with pytest.raises(BudgetExceeded, match="memory"):
        search.run()


def test_arrays_grow_where_address_space_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_NORESERVE", None)
    monkeypatch.setattr(store, "LEAST_RESERVED", 1 << 14)
    script = """
    channel a : {0..3}
    COUNT(i, n) = a.i -> (if n < 19 then COUNT(i, n+1) else COUNT(i, 0))
    SYSTEM = ||| i:{0..3} @ COUNT(i, 0)
    """
    process = Session.of_text(script).process("SYSTEM")
    for threads in (1, 2):
        search = Explorer(
            Compiler().machine(process), DivergenceQuestion(), meter := Meter(), Resources(threads)
        )
        assert search.run() is None
        assert (meter.states, meter.transitions) == (160_000, 640_000)
