"""M07, pipelines: the filters of seed 000, section 5.1, as functions, and its Rust stages.

A filter gives something or nothing (`option`), a stage something or an error (`Result`). The Rust
pipeline erases the types of its stages and casts at each of them; `Pipeline.then` asks for types
that fit, as the compiler does, and a `Pipeline` made without it need not have them. What runs over
time is in `cospec.models.pipeline_runs`.

>>> half = lambda n: Some(n // 2) if n % 2 == 0 else None
>>> compose_filters(half, half)(6), compose_filters(half, half)(8)
(None, Some(value=2))
>>> words = Pipeline.new("int").then(Stage("int", "str", lambda n: Ok(str(n))))
>>> words.execute(5)
Ok(value='5')
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = [
    "CAST_FAILED", "FINAL_CAST_FAILED", "AggregationStage", "Boxed", "ConditionalStage", "Err",
    "Inl", "Inr", "Ok", "Pipeline", "Result", "Some", "Stage", "branch_filter", "case_filter",
    "compose_filters", "composed", "parallel_filters", "process_batch",
]  # fmt: skip

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
T = TypeVar("T")


# ------------------------------------------------------------------------------ filters (Coq)


@dataclass(frozen=True, slots=True)
class Some(Generic[T]):
    """Something; `None` is nothing."""

    value: T


@dataclass(frozen=True, slots=True)
class Inl(Generic[T]):
    """A value of the left type of a sum."""

    value: T


@dataclass(frozen=True, slots=True)
class Inr(Generic[T]):
    """A value of the right type of a sum."""

    value: T


Filter: TypeAlias = Callable[[A], Some[B] | None]


def compose_filters(first: Filter[A, B], second: Filter[B, C]) -> Filter[A, C]:
    """`first >>> second`"""

    def both(given: A) -> Some[C] | None:
        between = first(given)
        return None if between is None else second(between.value)

    return both


def parallel_filters(left: Filter[A, B], right: Filter[A, C]) -> Filter[A, tuple[B, C]]:
    """Both of one input, if both give something."""

    def both(given: A) -> Some[tuple[B, C]] | None:
        b, c = left(given), right(given)
        return None if b is None or c is None else Some((b.value, c.value))

    return both


def branch_filter(
    predicate: Callable[[A], bool], when_true: Filter[A, B], when_false: Filter[A, C]
) -> Filter[A, Inl[B] | Inr[C]]:
    """One or the other, and which."""

    def one(given: A) -> Some[Inl[B] | Inr[C]] | None:
        if predicate(given):
            b = when_true(given)
            return None if b is None else Some(Inl(b.value))
        c = when_false(given)
        return None if c is None else Some(Inr(c.value))

    return one


def case_filter(left: Filter[A, C], right: Filter[B, C]) -> Filter[Inl[A] | Inr[B], C]:
    """What follows a branch: a filter for each of its sides (not in the seed)."""

    def one(given: Inl[A] | Inr[B]) -> Some[C] | None:
        return left(given.value) if isinstance(given, Inl) else right(given.value)

    return one


# ------------------------------------------------------------------------------- stages (Rust)


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """A result."""

    value: T


@dataclass(frozen=True, slots=True)
class Err:
    """An error."""

    error: str


Result: TypeAlias = Ok[T] | Err

CAST_FAILED = "Type casting failed"
FINAL_CAST_FAILED = "Final type casting failed"


@dataclass(frozen=True, slots=True)
class Boxed:
    """`Box<dyn Any + Send>`: a value that knows its type."""

    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Stage:
    """`PipelineStage<Input, Output>`, the types by their names."""

    input: str
    output: str
    process: Callable[[Any], Result[Any]]

    def process_erased(self, given: Boxed) -> Result[Boxed]:
        """`TypeErasedStage::process`"""
        if given.type != self.input:
            return Err(CAST_FAILED)
        answer = self.process(given.value)
        return answer if isinstance(answer, Err) else Ok(Boxed(self.output, answer.value))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`Pipeline<Input, CurrentOutput>`: a list of stages whose types are erased."""

    input: str
    output: str
    stages: tuple[Stage, ...] = ()

    @classmethod
    def new(cls, input: str) -> Pipeline:
        """`Pipeline::new`: gives what it is given."""
        return cls(input, input)

    def then(self, stage: Stage) -> Pipeline:
        """`Pipeline::then`

        Raises:
            TypeError: the compiler refuses it, as the stage takes another type.
        """
        if stage.input != self.output:
            raise TypeError(f"expected a stage from {self.output}, found one from {stage.input}")
        return Pipeline(self.input, stage.output, (*self.stages, stage))

    def execute(self, given: Any) -> Result[Any]:
        """`Pipeline::execute`"""
        current = Boxed(self.input, given)
        for stage in self.stages:
            answer = stage.process_erased(current)
            if isinstance(answer, Err):
                return answer
            current = answer.value
        return Ok(current.value) if current.type == self.output else Err(FINAL_CAST_FAILED)


def composed(stages: Sequence[Stage], given: Any) -> Result[Any]:
    """`s1 >>> … >>> sn`, without any types: what `execute` should give."""
    current: Result[Any] = Ok(given)
    for stage in stages:
        current = current if isinstance(current, Err) else stage.process(current.value)
    return current


def process_batch(process: Callable[[A], Result[B]], inputs: Sequence[A]) -> Result[tuple[B, ...]]:
    """`PipelineStage::process_batch`: all outputs, or the first error."""
    outputs: list[B] = []
    for each in inputs:
        answer = process(each)
        if isinstance(answer, Err):
            return answer
        outputs.append(answer.value)
    return Ok(tuple(outputs))


@dataclass(frozen=True, slots=True)
class ConditionalStage(Generic[A, B]):
    """`ConditionalStage`: one of two stages with the same types."""

    predicate: Callable[[A], bool]
    true_stage: Callable[[A], Result[B]]
    false_stage: Callable[[A], Result[B]]

    def process(self, given: A) -> Result[B]:
        """`PipelineStage::process`"""
        return self.true_stage(given) if self.predicate(given) else self.false_stage(given)


@dataclass(frozen=True, slots=True)
class AggregationStage(Generic[A, B]):
    """`AggregationStage`: takes a whole window, and keeps nothing between two of them."""

    window_size: int
    aggregator: Callable[[Sequence[A]], B]

    def accepts(self, length: int) -> bool:
        """Whether so many inputs are a window; a comparison only, for symbolic lengths as well."""
        return length == self.window_size

    def process(self, inputs: Sequence[A]) -> Result[B]:
        """`PipelineStage::process`"""
        if not self.accepts(len(inputs)):
            return Err("Input size doesn't match window size")
        return Ok(self.aggregator(inputs))
