"""M07, pipelines over time: inputs in flight, effects of a batch, windows of a stream, and who has
to wait for whom; as seed 000, section 5.1 has them, and with each of their repairs.

`ParallelExecution` is `execute_parallel`: `buffer_unordered` of the crate futures 0.3 (its
documentation: the results come "in the order in which they complete", at most so many futures are
buffered; the stream is asked for the next one only while fewer are in flight), collected into a
`Result` by `try_collect`, as `collect` does not compile there. With `ordered` it is `buffered`. (On
its development branch a buffer of 0 is read as one without a limit.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cospec.models.model import action, invariant, require
from cospec.models.pipelines import AggregationStage

__all__ = [
    "REPAIRS", "REPAIRED", "Batch", "BoundedStages", "Collected", "ParallelExecution", "Windows",
    "batch_effects",
]  # fmt: skip

#: What `execute_parallel` returns when all is well, and when it refuses to begin.
OK, REFUSED = "Ok", "Err: parallelism is 0"


@dataclass(frozen=True)
class ParallelExecution:
    """`execute_parallel`, input by input; inputs are known by their positions.

    Attributes:
        inputs: how many there are.
        parallelism: how many may be in flight.
        failing: the inputs that end in an error.
        ordered: repair: `buffered` instead of `buffer_unordered`.
        at_least_one: repair: a parallelism of 0 is refused.
        started: how many inputs were taken from the stream.
        exhausted: whether the stream has said that there are no more.
        in_flight: the inputs that are started and whose results were not collected, in order.
        finished: those in flight that have a result, which waits for its turn.
        outputs: whose results were collected.
        result: what was returned; empty if nothing yet.
        dropped: the inputs that were in flight, and not finished, when an error was returned.
    """

    inputs: int = 2
    parallelism: int = 2
    failing: tuple[int, ...] = ()
    ordered: bool = False
    at_least_one: bool = False
    started: int = 0
    exhausted: bool = False
    in_flight: tuple[int, ...] = ()
    finished: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    result: str = ""
    dropped: tuple[int, ...] = ()

    def _running(self) -> tuple[int, ...]:
        return tuple(n for n in self.in_flight if n not in self.finished)

    def _may_go_on(self) -> None:
        require(not self.result)
        require(not (self.at_least_one and self.parallelism == 0))

    @action(fair=True)
    def refuse(self) -> ParallelExecution:
        """A parallelism of 0 is an error of the caller."""
        require(not self.result and self.at_least_one and self.parallelism == 0)
        return replace(self, result=REFUSED)

    @action(fair=True)
    def poll_stream(self) -> ParallelExecution:
        """The next input is started, or there is none."""
        self._may_go_on()
        require(len(self.in_flight) < self.parallelism and not self.exhausted)
        if self.started == self.inputs:
            return replace(self, exhausted=True)
        return replace(self, started=self.started + 1, in_flight=(*self.in_flight, self.started))

    @action(fair=True, number=lambda state: state._running())
    def finish(self, number: int) -> ParallelExecution:
        """An input in flight has its result; unordered, that is collected at once."""
        self._may_go_on()
        done = replace(self, finished=(*self.finished, number))
        return done if self.ordered else done._collected(number)

    @action(fair=True)
    def collect_next(self) -> ParallelExecution:
        """The result of the oldest input in flight is collected; unordered, there is none left."""
        self._may_go_on()
        require(self.in_flight and self.in_flight[0] in self.finished)
        return self._collected(self.in_flight[0])

    def _collected(self, number: int) -> ParallelExecution:
        rest = tuple(n for n in self.in_flight if n != number)
        finished = tuple(n for n in self.finished if n != number)
        after = replace(self, in_flight=rest, finished=finished)
        if number in self.failing:
            return replace(after, result=f"Err of {number}", dropped=after._running())
        return replace(after, outputs=(*self.outputs, number))

    @action(fair=True)
    def end(self) -> ParallelExecution:
        """All results are collected, and there are no more inputs."""
        self._may_go_on()
        require(self.exhausted and not self.in_flight)
        return replace(self, result=OK)

    @invariant
    def outputs_in_order(self) -> bool:
        """The output at each position is that of the input at this position."""
        return self.outputs == tuple(range(len(self.outputs)))

    @invariant
    def each_output_once(self) -> bool:
        """When all is well, there is one output of each input, in whatever order."""
        return self.result != OK or sorted(self.outputs) == list(range(self.inputs))

    @invariant
    def first_error_reported(self) -> bool:
        """An error that is returned is that of the first input that fails."""
        return not self.result.startswith("Err of") or self.result == f"Err of {min(self.failing)}"

    @invariant
    def others_unaffected(self) -> bool:
        """No input is dropped half-way."""
        return not self.dropped

    def returned(self) -> bool:
        """Whether anything was returned."""
        return bool(self.result)

    def __str__(self) -> str:
        flying = ", ".join(f"{n}{'✓' if n in self.finished else ''}" for n in self.in_flight)
        shown = f"in flight [{flying}], outputs {list(self.outputs)}"
        if self.dropped:
            shown += f", dropped {list(self.dropped)}"
        return f"{shown}, {self.result or 'not returned'}"


# --------------------------------------------------------------------------------------- batches


@dataclass(frozen=True, slots=True)
class Batch:
    """What is left of a batch: whether it was Ok, and which inputs had an effect that remains."""

    ok: bool
    effects: tuple[int, ...]


def batch_effects(inputs: int, failing: Sequence[int], transactional: bool = False) -> Batch:
    """`process_batch` of a stage whose every success has an effect (a row written, say).

    Repair: a transactional stage takes its effects back when an input of the batch fails.
    """
    effects: list[int] = []
    for number in range(inputs):
        if number in failing:
            return Batch(False, () if transactional else tuple(effects))
        effects.append(number)
    return Batch(True, tuple(effects))


# --------------------------------------------------------------------------------------- windows


@dataclass(frozen=True)
class Windows:
    """A stream that is cut into windows for an `AggregationStage`.

    Attributes:
        size: the window size of the stage.
        flushing: repair: at its end the stream hands over what is left, as a window of its own.
        seen: how many inputs there were.
        waiting: how many wait for their window to be full.
        aggregated: how many were in a window that was aggregated.
        ended: whether the stream has ended.
    """

    size: int = 2
    flushing: bool = False
    seen: int = 0
    waiting: int = 0
    aggregated: int = 0
    ended: bool = False

    def _accepted(self, length: int) -> bool:
        stage: AggregationStage[object, int] = AggregationStage(self.size, len)
        return stage.accepts(length)

    @action
    def push(self) -> Windows:
        """One more input; a window that is full is aggregated."""
        require(not self.ended)
        more = replace(self, seen=self.seen + 1, waiting=self.waiting + 1)
        if not self._accepted(more.waiting):
            return more
        return replace(more, waiting=0, aggregated=self.aggregated + self.waiting + 1)

    @action
    def end(self) -> Windows:
        """The stream ends: the last chunk goes to the stage, which refuses it if it is short."""
        require(not self.ended)
        if self.flushing or self._accepted(self.waiting):
            counted = self.aggregated + self.waiting
            return replace(self, ended=True, waiting=0, aggregated=counted)
        return replace(self, ended=True, waiting=0)

    @invariant
    def every_input_counted(self) -> bool:
        """At the end all inputs were aggregated."""
        return not self.ended or self.aggregated == self.seen

    @invariant
    def none_lost_before_the_end(self) -> bool:
        """Until then an input is aggregated or waits."""
        return self.ended or self.aggregated + self.waiting == self.seen

    @invariant
    def windows_are_not_too_long(self) -> bool:
        """A window that waits is shorter than the window size."""
        return 0 <= self.waiting < self.size

    def __str__(self) -> str:
        shown = f"{self.seen} seen, {self.waiting} waiting, {self.aggregated} aggregated"
        return f"{shown}, ended" if self.ended else shown


# --------------------------------------------------------------------------------- back-pressure


@dataclass(frozen=True)
class Collected:
    """Inputs on their way to `execute_parallel`, which takes them as a `Vec`: whoever produces them
    never waits, and `parallelism` bounds only those that are already running."""

    bound: int = 1
    waiting: int = 0

    @action
    def produce(self) -> Collected:
        """One more input is pushed into the Vec."""
        return replace(self, waiting=self.waiting + 1)

    @action
    def process(self) -> Collected:
        """One input has gone through all stages."""
        require(self.waiting > 0)
        return replace(self, waiting=self.waiting - 1)

    @invariant
    def bounded(self) -> bool:
        """The number of inputs that wait has a bound."""
        return self.waiting <= self.bound

    @invariant
    def never_refuses(self) -> bool:
        """However many inputs wait, one more is accepted."""
        return self.produce().waiting == self.waiting + 1

    def __str__(self) -> str:
        return f"{self.waiting} waiting"


@dataclass(frozen=True)
class BoundedStages:
    """Two stages, each behind a channel; repair: channels have a capacity, and send waits.

    A stage takes an input out of its channel when it can hand on what becomes of it.
    """

    first_capacity: int = 1
    second_capacity: int = 1
    bounded_channels: bool = True
    first: int = 0
    second: int = 0

    @action
    def produce(self) -> BoundedStages:
        """An input is sent to the first stage, if there is room."""
        require(not self.bounded_channels or self.first < self.first_capacity)
        return replace(self, first=self.first + 1)

    @action
    def hand_on(self) -> BoundedStages:
        """The first stage has done its part, and there is room before the second."""
        require(self.first > 0)
        require(not self.bounded_channels or self.second < self.second_capacity)
        return replace(self, first=self.first - 1, second=self.second + 1)

    @action
    def process(self) -> BoundedStages:
        """The second stage is done with an input."""
        require(self.second > 0)
        return replace(self, second=self.second - 1)

    @invariant
    def within_capacities(self) -> bool:
        """There are no more inputs in flight than the channels have room for."""
        return self.first + self.second <= self.first_capacity + self.second_capacity

    @invariant
    def each_within_its_own(self) -> bool:
        """No channel holds more than its capacity."""
        return self.first <= self.first_capacity and self.second <= self.second_capacity

    def __str__(self) -> str:
        return f"{self.first} before the first stage, {self.second} before the second"


#: The switches of `ParallelExecution`.
REPAIRS = ("ordered", "at_least_one")

REPAIRED = ParallelExecution(ordered=True, at_least_one=True)
