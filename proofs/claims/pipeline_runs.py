"""Claims on pipelines over time (M07): inputs in flight, windows, back-pressure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

import z3

from cospec.models.pipeline_runs import (
    REPAIRED,
    BoundedStages,
    Collected,
    ParallelExecution,
    Windows,
)
from cospec.proofs.evidence import always, each_reason, inductive, leading, prove, smallest_first
from cospec.proofs.pipeline_logic import Flight
from cospec.proofs.register import (
    Counterexample,
    Finding,
    Method,
    Proof,
    Register,
    Truth,
    weighed,
)

CLAIMS = Register()

SEED = "seed 000, section 5.1"

AS_WRITTEN = ParallelExecution()

#: So many states are looked at for each size.
LIMIT = 2_000

#: How many inputs, and which parallelism, are explored.
MOST = 3


def _sizes(least: int = 1) -> Iterator[tuple[int, int]]:
    """Numbers of inputs and parallelisms, the smallest together first."""
    both = [(n, p) for n in range(MOST + 1) for p in range(least, MOST + 1)]
    yield from sorted(both, key=sum)


def _executions(design: ParallelExecution, failing: bool) -> Iterator[ParallelExecution]:
    """Executions of all small sizes, and, where inputs may fail, of all sets of these."""
    for inputs, parallelism in _sizes():
        for number in range(inputs + 1 if failing else 1):
            for chosen in combinations(range(inputs), number):
                yield replace(design, inputs=inputs, parallelism=parallelism, failing=chosen)


def _bounds(execution: ParallelExecution) -> str:
    said = f"{execution.inputs} inputs, parallelism {execution.parallelism}"
    return (
        f"{said}, {', '.join(map(str, execution.failing))} failing" if execution.failing else said
    )


def _always(
    design: ParallelExecution,
    failing: bool,
    holds: Callable[[ParallelExecution], bool],
    text: str,
) -> Proof | Counterexample:
    """An invariant, of executions of all small sizes."""
    size = f"up to {MOST} inputs, parallelism 1 to {MOST}"
    return smallest_first(
        _executions(design, failing),
        lambda start: always(start, holds, text, _bounds(start), LIMIT),
        f"{size}, any of them failing" if failing else size,
    )


# --------------------------------------------------------------------------------------- order


@CLAIMS.claim(
    "pipeline-parallel-order",
    model="M07",
    source=f"{SEED}, Pipeline::execute_parallel",
    statement="In the outputs of execute_parallel, outputs[i] is that of inputs[i].",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pipeline-parallel-order-repaired",
)
def parallel_order(design: ParallelExecution = AS_WRITTEN) -> Finding:
    """buffer_unordered gives results as they come. What holds: each input has one output."""
    text = "the output at each position is that of the input at this position"
    ordered = _always(design, False, ParallelExecution.outputs_in_order, text)
    text = "in whatever order, there is one output of each input"
    once = _always(design, False, ParallelExecution.each_output_once, text)
    if isinstance(once, Proof) and isinstance(ordered, Counterexample):
        return Finding((once,), (ordered,))
    return weighed([ordered, once])


@CLAIMS.claim(
    "pipeline-parallel-order-repaired",
    model="M07",
    source=f"{SEED}, repair of execute_parallel: buffered",
    statement=(
        "With buffered(parallelism) instead of buffer_unordered, outputs[i] is that of inputs[i], "
        "for any number of inputs and any parallelism."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_order_repaired(design: ParallelExecution = REPAIRED) -> Finding:
    """By induction; and all runs of small sizes."""
    explored = parallel_order(design)
    if explored.counterexamples:
        return explored
    _collected_in_order()
    text = "inputs are collected in the order in which they were started: inductive"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


def _collected_in_order() -> None:
    """Proves of the queue of those in flight, and of the outputs, that they hold positions in
    order, and that an error which is collected is the first: everything before it was Ok.

    `started` inputs were put at the end of the queue, `taken` ones were taken from its head.
    """
    numbers = z3.ArraySort(z3.IntSort(), z3.IntSort())
    queue, outputs = z3.Consts("queue outputs", numbers)
    failing = z3.Array("failing", z3.IntSort(), z3.BoolSort())
    started, taken, i = z3.Ints("started taken i")

    def inv(
        queue: z3.ArrayRef, outputs: z3.ArrayRef, taken: z3.ArithRef, started: z3.ArithRef
    ) -> z3.BoolRef:
        waiting = z3.Implies(z3.And(taken <= i, i < started), queue[i] == i)
        collected = z3.And(outputs[i] == i, z3.Not(failing[i]))
        done = z3.Implies(z3.And(i >= 0, i < taken), collected)
        bounds = z3.And(taken >= 0, taken <= started)
        return z3.And(bounds, z3.ForAll([i], z3.And(waiting, done)))

    zero = z3.IntVal(0)
    prove(inv(queue, outputs, zero, zero))
    given = inv(queue, outputs, taken, started)
    prove(inv(z3.Store(queue, started, started), outputs, taken, started + 1), given)
    head, some = queue[taken], taken < started
    good = z3.Store(outputs, taken, head)
    prove(inv(queue, good, taken + 1, started), given, some, z3.Not(failing[head]))
    first = z3.ForAll([i], z3.Implies(z3.And(i >= 0, i < head), z3.Not(failing[i])))
    prove(first, given, some, failing[head])


@CLAIMS.claim(
    "pipeline-parallel-error",
    model="M07",
    source=f"{SEED}, Pipeline::execute_parallel",
    statement=(
        "The error that execute_parallel reports is that of the first input that fails, and the "
        "other inputs are unaffected: none is dropped half-way."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pipeline-parallel-error-repaired",
)
def parallel_error(design: ParallelExecution = AS_WRITTEN) -> Finding:
    """The first error to come is returned, and with it all futures in flight are dropped."""
    dropped = "no input is dropped half-way"
    affected = _always(design, True, ParallelExecution.others_unaffected, dropped)
    return each_reason([_first_error(design), affected])


def _first_error(design: ParallelExecution) -> Proof | Counterexample:
    text = "the error reported is that of the first input that fails"
    return _always(design, True, ParallelExecution.first_error_reported, text)


@CLAIMS.claim(
    "pipeline-parallel-error-repaired",
    model="M07",
    source=f"{SEED}, repair of execute_parallel: buffered and try_collect",
    statement=(
        "With buffered and try_collect the error reported is that of the first input that fails, "
        "for any number of inputs and any parallelism. (Those in flight are still dropped.)"
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_error_repaired(design: ParallelExecution = REPAIRED) -> Finding:
    """By induction; and all runs of small sizes."""
    explored = weighed([_first_error(design)])
    if explored.counterexamples:
        return explored
    _collected_in_order()
    text = "when an error is collected, everything before it was Ok: inductive"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# ----------------------------------------------------------------------------------- parallelism


@CLAIMS.claim(
    "pipeline-parallel-zero",
    model="M07",
    source=f"{SEED}, Pipeline::execute_parallel (buffer_unordered of futures 0.3)",
    statement=(
        "execute_parallel returns for every parallelism: usize, if every stage comes to its end."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pipeline-parallel-zero-repaired",
)
def parallel_zero(design: ParallelExecution = AS_WRITTEN) -> Finding:
    """With 0 the stream is never asked for an input, nor told to have ended: not even for none."""
    text = "something is returned"

    def returning(size: tuple[int, int]) -> Proof | Counterexample:
        inputs, parallelism = size
        start = replace(design, inputs=inputs, parallelism=parallelism)
        bounds = f"{inputs} inputs, parallelism {parallelism}"
        return leading(start, ParallelExecution.returned, text, bounds, limit=LIMIT)

    bounds = f"up to {MOST} inputs, parallelism 0 to {MOST}"
    return weighed([smallest_first(_sizes(least=0), returning, bounds)])


@CLAIMS.claim(
    "pipeline-parallel-zero-repaired",
    model="M07",
    source=f"{SEED}, repair of execute_parallel: a parallelism of 0 is refused",
    statement=(
        "When a parallelism of 0 is refused with an error, execute_parallel returns for any number "
        "of inputs and any parallelism, if every stage comes to its end."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def parallel_zero_repaired(design: ParallelExecution = REPAIRED) -> Finding:
    """A number that every step makes smaller, and a step that is possible until it returns."""
    explored = parallel_zero(design)
    if explored.counterexamples:
        return explored
    inputs, parallelism, *counts = z3.Ints("inputs parallelism started running finished")
    now = Flight(*counts, *z3.Bools("exhausted returned"))
    given = (now.sound(inputs), inputs >= 0, parallelism >= 1)
    prove(z3.Or(now.returned, now.may_go_on(parallelism)), *given)
    for guard, after in now.steps(inputs, parallelism):
        prove(after.sound(inputs), *given, guard)
        prove(after.left(inputs) < now.left(inputs), *given, guard)
    prove(now.left(inputs) >= 0, *given)
    text = "until something is returned a step is possible, and each leaves less to do"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))


# --------------------------------------------------------------------------------------- windows


#: A stream in chunks of the window size, the last of which may be shorter.
CHUNKED = Windows()


@CLAIMS.claim(
    "pipeline-aggregation-window",
    model="M07",
    source=f"{SEED}, AggregationStage",
    statement=(
        "A stream that is cut into windows of window_size is aggregated as a whole: every input is "
        "counted in one window."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pipeline-aggregation-window-repaired",
)
def aggregation_window(design: Windows = CHUNKED) -> Finding:
    """The stage keeps nothing, and refuses what is left at the end of the stream."""
    text = "at the end every input was aggregated"
    if design.flushing:
        parts = {
            "every_input_counted": text,
            "windows_are_not_too_long": "a window that waits is shorter than the window size",
        }
        return weighed(
            inductive(design, name, said, ["size"], where=_positive) for name, said in parts.items()
        )
    return weighed([always(design, Windows.every_input_counted, text, "windows of 2", LIMIT)])


def _positive(design: Windows) -> bool:
    return design.size >= 1


@CLAIMS.claim(
    "pipeline-aggregation-window-repaired",
    model="M07",
    source=f"{SEED}, repair of AggregationStage: what is left is flushed",
    statement=(
        "When a partial window is aggregated at the end of the stream, every input is counted in "
        "one window, none of them longer than window_size, for any window size of at least 1 and "
        "any number of inputs."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def aggregation_window_repaired(flushing: bool = True) -> Finding:
    """By induction over the inputs."""
    return aggregation_window(replace(CHUNKED, flushing=flushing))


# --------------------------------------------------------------------------------- back-pressure

#: A bound that somebody may have hoped for.
HOPED = 3


@CLAIMS.claim(
    "pipeline-backpressure",
    model="M07",
    source="seed 000, section 6, guide to choosing patterns (stream processing, back-pressure)",
    statement=(
        "Pipelines have back-pressure: there is a bound on the inputs that wait, as who produces "
        "them has to wait as well."
    ),
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pipeline-backpressure-repaired",
)
def backpressure() -> Finding:
    """execute is a plain loop, and execute_parallel takes a Vec that somebody has filled."""
    text = f"no more than {HOPED} inputs wait"
    wrong = always(Collected(HOPED), Collected.bounded, text, f"a bound of {HOPED}", LIMIT)
    if isinstance(wrong, Proof):
        return Finding((wrong,))
    text = "so for any bound: however many wait, one more is accepted"
    return Finding(weighed([inductive(Collected(HOPED), "never_refuses", text)]).proofs, (wrong,))


@CLAIMS.claim(
    "pipeline-backpressure-repaired",
    model="M07",
    source="seed 000, section 6, repair: bounded channels between the stages",
    statement=(
        "With bounded channels before the stages, whose send waits for room, no more inputs wait "
        "in them than the capacities come to, for any capacities and any number of stages. (What "
        "a stage has taken out, one input each, comes on top.)"
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def backpressure_repaired(bounded_channels: bool = True) -> Finding:
    """Two stages as a model; any number of them by induction over the stages."""
    text = "in flight ≤ sum of the capacities, of two stages with any capacities"
    stages = BoundedStages(bounded_channels=bounded_channels)
    two = inductive(
        stages,
        "within_capacities",
        text,
        ["first_capacity", "second_capacity"],
        where=lambda s: s.first_capacity >= 1 and s.second_capacity >= 1,
    )
    if isinstance(two, Counterexample):
        return Finding(counterexamples=(two,))
    _any_number_of_stages()
    every = Proof(Method.Z3_PROOF, "each channel within its capacity, and so all: by induction")
    return Finding((every, two))


def _any_number_of_stages() -> None:
    """A step takes an input out of channel j (or from outside) and puts it into channel k, where
    there is room (or out of the pipeline); then the sums, one stage after the other."""
    numbers = z3.ArraySort(z3.IntSort(), z3.IntSort())
    held, capacity = z3.Consts("held capacity", numbers)
    i, j, k, stages = z3.Ints("i j k stages")

    def within(held: z3.ArrayRef) -> z3.BoolRef:
        return z3.ForAll([i], z3.Implies(z3.And(i >= 0, i < stages), held[i] <= capacity[i]))

    given, room = within(held), held[k] < capacity[k]
    taken = z3.Store(held, j, held[j] - 1)
    put = z3.Store(held, k, held[k] + 1)
    both = z3.Store(taken, k, taken[k] + 1)
    prove(within(put), given, room)
    prove(within(taken), given)
    prove(within(both), given, room)
    total, room_for = z3.Ints("total room_for")  # the sums over the stages before stage k
    summed = (total <= room_for, given, k >= 0, k < stages)
    prove(total + held[k] <= room_for + capacity[k], *summed)
