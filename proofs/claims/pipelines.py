"""Claims on the Rust pipeline (M07): its casts, and batches. Lists of any length by induction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import z3

from cospec.models.pipeline_runs import batch_effects
from cospec.models.pipelines import (
    CAST_FAILED,
    FINAL_CAST_FAILED,
    Err,
    Ok,
    Pipeline,
    Result,
    Stage,
    composed,
    process_batch,
)
from cospec.proofs import pipeline_logic as logic
from cospec.proofs.evidence import each, prove
from cospec.proofs.pipeline_logic import A, B, option
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

# ----------------------------------------------------------------------------------- executing

TYPES = ("int", "str")


def _process(source: str, target: str, good: bool) -> Stage:
    def process(given: object) -> Result[object]:
        return Ok(f"{given} to {target}") if good else Err(f"no {target}")

    return Stage(source, target, process)


STAGES = tuple(
    _process(source, target, good)
    for good in (True, False)
    for source, target in product(TYPES, repeat=2)
)

#: Up to so many stages are tried one by one.
LENGTH = 2


def _pipelines() -> Iterator[Pipeline]:
    """All values of the type, however they were made, the shortest first."""
    for length in range(LENGTH + 1):
        for stages in product(STAGES, repeat=length):
            for source, target in product(TYPES, repeat=2):
                yield Pipeline(source, target, stages)


def _built() -> Iterator[Pipeline]:
    """Those that are made by `new` and `then`, as far as the compiler lets them."""
    for length in range(LENGTH + 2):
        for source in TYPES:
            for stages in product(STAGES, repeat=length):
                made = Pipeline.new(source)
                try:
                    for stage in stages:
                        made = made.then(stage)
                except TypeError:
                    continue
                yield made


def _is_composition(pipeline: Pipeline) -> bool:
    return pipeline.execute("x") == composed(pipeline.stages, "x")


def _casts(pipeline: Pipeline) -> bool:
    return pipeline.execute("x") not in (Err(CAST_FAILED), Err(FINAL_CAST_FAILED))


def _shown(pipeline: Pipeline) -> tuple[str, ...]:
    stages = ", ".join(f"{stage.input} → {stage.output}" for stage in pipeline.stages)
    made = f"Pipeline<{pipeline.input}, {pipeline.output}> of stages [{stages}]"
    return made, f"execute: {pipeline.execute('x')}"


#: The hypothesis: without `new` and `then` only code of the module itself can make a pipeline.
BUILT = "the pipeline was built by new and then, which ask for types that fit"


def _typed_execution() -> None:
    """Proves one step of `execute`, for any stage of any types, and the begin and the end.

    After k stages of a chain that fits, the value has the type that stage k+1 takes, and it, or the
    error, is what the untyped composition of k stages gives.
    """
    value, kind = z3.DeclareSort("AnyValue"), z3.DeclareSort("TypeId")
    results = option(value, errors=True)
    type_of = z3.Function("type_of", value, kind)
    process = logic.any_filter("process", value, value, errors=True)
    takes, gives = z3.Consts("takes gives", kind)
    now, after_untyped = z3.Consts("now untyped", results.sort)
    v = z3.Const("v", value)
    cast_failed = z3.Const("cast_failed", logic.ERROR)

    def erased(given: logic.Term) -> logic.Term:
        failed = results.sort.nothing(cast_failed)
        return z3.If(type_of(given) == takes, process(given), failed)

    # What the compiler knows of a stage: of a value of its input type it makes its output type.
    typed = z3.ForAll(
        [v],
        z3.Implies(
            z3.And(type_of(v) == takes, results.is_some(process(v))),
            type_of(results.value(process(v))) == gives,
        ),
    )
    fits = z3.Implies(results.is_some(now), type_of(results.value(now)) == takes)
    same = now == after_untyped
    then = logic.bind(now, results, erased, results)
    untyped = logic.bind(after_untyped, results, process, results)
    still = z3.Implies(results.is_some(then), type_of(results.value(then)) == gives)
    prove(z3.And(still, then == untyped), typed, fits, same)
    # Before the first stage the value is the input, of the type that `new` was made for; after the
    # last one it has the type that the last stage gives: the final cast is to that.
    first = results.some(v)
    begun = z3.Implies(results.is_some(first), type_of(results.value(first)) == takes)
    prove(begun, type_of(v) == takes)


@CLAIMS.claim(
    "pipeline-rust-execute",
    model="M07",
    source=f"{SEED}, Pipeline::then and Pipeline::execute",
    statement=(
        "execute of every Pipeline with the stages s1, …, sn is s1 >>> … >>> sn; with none it "
        "gives what it is given. (As listed it does not compile; the casts are those intended.)"
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def rust_execute() -> Finding:
    """For any length by induction; all short ones one by one."""
    text = "execute is the composition of the stages"
    return _if_built(_is_composition, text)


def _if_built(holds: Callable[[Pipeline], bool], text: str) -> Finding:
    """A statement on all pipelines, and the same on those that are built as they should be."""
    every = each(_pipelines(), holds, text, f"up to {LENGTH} stages, 2 types", _shown)
    if isinstance(every, Proof):
        return Finding((every,))
    built = each(_built(), holds, text, f"up to {LENGTH + 1} stages, 2 types", _shown)
    if isinstance(built, Counterexample):
        return Finding(counterexamples=(built,))
    _typed_execution()
    proved = "each stage is given its type, and gives what it gives untyped: for any number"
    return Finding((Proof(Method.Z3_PROOF, proved, under=BUILT),), (every,))


@CLAIMS.claim(
    "pipeline-downcast-safe",
    model="M07",
    source=f"{SEED}, TypeErasedStage, and design principle 5 (type safety)",
    statement=(
        'No Pipeline ever fails with "Type casting failed" or "Final type casting failed". (Even '
        "where this holds, it is seen to at run time, against design principle 5.)"
    ),
    registered=Truth.CONDITIONAL,
    method=Method.Z3_PROOF,
)
def downcast_safe() -> Finding:
    """By induction over the stages that then has added."""
    return _if_built(_casts, "no cast fails")


# ------------------------------------------------------------------------------------- batches


@CLAIMS.claim(
    "pipeline-batch-traverse",
    model="M07",
    source=f"{SEED}, PipelineStage::process_batch",
    statement=(
        "process_batch xs = Ok ys if and only if ys has the length of xs and process xs[i] = Ok "
        "ys[i] for each i; for lists of any length, and a process that depends on its input only."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def batch_traverse() -> Finding:
    """The loop by an invariant; and the function itself on short lists."""
    results = option(B, errors=True)
    process = logic.any_filter("process", A, B, errors=True)
    xs, ys = z3.Array("xs", z3.IntSort(), A), z3.Array("ys", z3.IntSort(), B)
    out = z3.Array("out", z3.IntSort(), B)
    n, k, i = z3.Ints("n k i")

    def agrees(values: z3.ArrayRef, length: z3.ArithRef) -> z3.BoolRef:
        within = z3.And(i >= 0, i < length)
        return z3.ForAll([i], z3.Implies(within, process(xs[i]) == results.some(values[i])))

    # Before item k the outputs are those of the items before it.
    prove(agrees(out, z3.IntVal(0)))
    answer = process(xs[k])
    pushed = z3.Store(out, k, results.value(answer))
    going_on = (k >= 0, k < n, agrees(out, k), results.is_some(answer))
    prove(agrees(pushed, k + 1), *going_on)
    # It ends with Ok after item n, where this is the statement, and with Err at an item that has no
    # output: then no ys at all is as stated.
    prove(z3.Not(agrees(ys, n)), k >= 0, k < n, z3.Not(results.is_some(answer)))
    # There is one such ys only.
    same = z3.Implies(z3.And(k >= 0, k < n), out[k] == ys[k])
    prove(same, agrees(out, n), agrees(ys, n))
    theorem = Proof(Method.Z3_PROOF, "the loop by its invariant: outputs[i] = process(xs[i])")
    text = "process_batch is Ok where each of its items is, and then with their outputs"
    return weighed([theorem, each(_batches(), _traverses, text, "up to 3 items of 2 kinds", str)])


def _batches() -> Iterator[tuple[tuple[str, ...], tuple[Result[str], Result[str]]]]:
    """Lists of "a" and "b", and what these two become."""
    answers: tuple[Result[str], ...] = (Ok("1"), Ok("2"), Err("e"), Err("f"))
    for length in range(4):
        for items in product("ab", repeat=length):
            for of_a, of_b in product(answers, repeat=2):
                yield items, (of_a, of_b)


def _traverses(case: tuple[tuple[str, ...], tuple[Result[str], Result[str]]]) -> bool:
    items, (of_a, of_b) = case
    answers = [of_a if item == "a" else of_b for item in items]
    batch = process_batch(lambda item: of_a if item == "a" else of_b, items)
    good = [answer.value for answer in answers if isinstance(answer, Ok)]
    if len(good) == len(answers):
        return batch == Ok(tuple(good))
    return batch == next(answer for answer in answers if isinstance(answer, Err))


@CLAIMS.claim(
    "pipeline-batch-atomic",
    model="M07",
    source=f"{SEED}, PipelineStage::process_batch",
    statement="When process_batch gives Err, no effect of the batch remains.",
    registered=Truth.FALSE,
    method=Method.EXHAUSTIVE,
    repaired="pipeline-batch-atomic-repaired",
)
def batch_atomic(transactional: bool = False) -> Finding:
    """What the stage has done for the items before the failing one stays, and nobody is told."""

    def nothing_left(case: tuple[int, int]) -> bool:
        inputs, failing = case
        batch = batch_effects(inputs, (failing,), transactional)
        return batch.ok or not batch.effects

    cases = [(inputs, failing) for inputs in range(1, 5) for failing in range(inputs)]
    text = "after an Err no effect of the batch remains"
    return weighed([each(cases, nothing_left, text, "up to 4 items, each of them failing", _batch)])


def _batch(case: tuple[int, int]) -> tuple[str, ...]:
    inputs, failing = case
    done = batch_effects(inputs, (failing,)).effects
    effects = [f"item {number}: Ok, its effect stays" for number in done]
    return (f"a batch of {inputs}", *effects, f"item {failing}: Err, and so for the batch")


@CLAIMS.claim(
    "pipeline-batch-atomic-repaired",
    model="M07",
    source=f"{SEED}, repair of process_batch",
    statement=(
        "When the stage is transactional (it keeps what it does back until the batch is Ok), no "
        "effect remains after an Err, for batches of any length."
    ),
    registered=Truth.TRUE,
    method=Method.Z3_PROOF,
)
def batch_atomic_repaired(transactional: bool = True) -> Finding:
    """By induction over the items; and short batches one by one."""
    explored = batch_atomic(transactional)
    if explored.counterexamples:
        return explored
    before, world, kept = z3.Consts("before world kept", logic.EFFECTS)
    new = z3.Const("new", logic.EFFECTS)
    begun, _ = logic.batch_begun(before)
    prove(begun == before)
    after_item, _ = logic.batch_item(transactional, world, kept, new)
    prove(after_item == before, world == before)
    prove(
        logic.batch_ended(transactional, z3.BoolVal(False), world, kept) == before, world == before
    )
    text = "the world is as before while the batch runs, and after an Err"
    return Finding((Proof(Method.Z3_PROOF, text), *explored.proofs))
