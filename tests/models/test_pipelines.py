"""Pipelines, batches and windows at their edges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cospec.checker.exploration import Exploration
from cospec.models.model import ModelSystem
from cospec.models.pipeline_runs import (
    ParallelExecution,
    Windows,
    batch_effects,
)
from cospec.models.pipelines import (
    AggregationStage,
    Err,
    Ok,
    Pipeline,
    Stage,
    process_batch,
)


def test_then_asks_for_types_that_fit() -> None:
    words = Stage("int", "str", lambda n: Ok(str(n)))
    pipeline = Pipeline.new("int").then(words)
    assert (pipeline.input, pipeline.output) == ("int", "str")
    with pytest.raises(TypeError, match="expected a stage from str, found one from int"):
        pipeline.then(words)


def test_what_is_put_together_without_then_is_cast_in_vain() -> None:
    words = Stage("int", "str", lambda n: Ok(str(n)))
    assert Pipeline("int", "str", (words, words)).execute(1) == Err("Type casting failed")
    assert Pipeline("int", "int", (words,)).execute(1) == Err("Final type casting failed")


def test_the_first_error_ends_a_pipeline_and_a_batch() -> None:
    seen: list[int] = []

    def odd(number: int) -> Ok[int] | Err:
        seen.append(number)
        return Ok(number) if number % 2 else Err(f"{number} is even")

    assert process_batch(odd, [1, 2, 3, 4]) == Err("2 is even")
    assert seen == [1, 2]
    assert process_batch(odd, []) == Ok(())
    assert not batch_effects(2, (1,)).ok
    assert batch_effects(2, ()).effects == (0, 1)


def test_a_window_of_none_takes_nothing_only() -> None:
    stage: AggregationStage[int, int] = AggregationStage(0, sum)
    assert stage.process([]) == Ok(0)
    assert isinstance(stage.process([1]), Err)


def test_five_inputs_in_windows_of_two_lose_the_fifth() -> None:
    stage: AggregationStage[int, int] = AggregationStage(2, len)
    chunks = ([1, 2], [3, 4], [5])
    assert [isinstance(stage.process(chunk), Ok) for chunk in chunks] == [True, True, False]
    state = Windows()
    for _ in range(5):
        state = state.push()
    assert (state.end().aggregated, replace(state, flushing=True).end().aggregated) == (4, 5)


def test_executions_have_the_states_counted_by_hand() -> None:
    # Two inputs one after the other: each is started and done; then none is left, and it returns.
    one_by_one = Exploration(ModelSystem(ParallelExecution(2, 1)))
    assert len(one_by_one.states) == 1 + 2 + 2 + 2
    assert len(Exploration(ModelSystem(ParallelExecution(2, 0))).states) == 1
