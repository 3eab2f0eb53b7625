"""M17, streams as formulas: processors, projections, batches, partitions and compression.

Seed 003, section 2.2, has the processor, 2.4 and 4.4 the projection, 5.1 and 5.3 batches, parallel
workers, compression and partitions. The switches of `Formulas` repair them. What happens step by
step is in `cospec.models.stream_runs`.

>>> stream = tuple(Deposited(1, amount) for amount in (1, 2, 3))
>>> Formulas().batch_process(stream, 2, 0, total), Formulas(threaded=True).batch_process(
...     stream, 2, 0, total)
((3, 3), (3, 6))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cospec.models.bank import AccountEvent, Deposited

__all__ = [
    "AS_WRITTEN", "REPAIRED", "REPAIRS", "Failed", "Formulas", "chunk", "in_order", "interleavings",
    "partition", "process", "process_stream", "run_lengths", "signed", "spelled_out", "split",
    "total", "update", "with_positions",
]  # fmt: skip

Item = TypeVar("Item")
State = TypeVar("State")
#: `process_event`, `φ`, or `update`: what an event makes of a projection.
Handler = Callable[[State, Item], State]
#: What partitions are called, and which one an item belongs to.
Name = int | str
Key = Callable[[Item], Name]


def signed(event: AccountEvent) -> int:
    """What an event adds to the balance."""
    return event.amount if isinstance(event, Deposited) else -event.amount


def total(state: int, event: AccountEvent) -> int:
    """A projection to the sum over all accounts."""
    return state + signed(event)


def update(balances: Mapping[int, int], event: AccountEvent) -> dict[int, int]:
    """`AccountBalanceProjection::update`: `*entry(account_id).or_insert(ZERO) += amount`."""
    before = balances.get(event.account_id, 0)
    return {**balances, event.account_id: before + signed(event)}


# ------------------------------------------------------------------------------------- processors


def process(events: Iterable[Item], projection: State, handler: Handler[State, Item]) -> State:
    """`Process(E, P) = fold(E, P, process_event)`; as well `project(E, φ)`, from φ_0."""
    for event in events:
        projection = handler(projection, event)
    return projection


@dataclass(frozen=True, slots=True)
class Failed:
    """A projection at the event that `process_event` gave an error for."""

    projection: object


def process_stream(
    events: Sequence[Item],
    projection: State,
    handler: Callable[[State, Item], State | Failed],
) -> State | Failed:
    """A consumer of one event after the other, which returns (`?`) at the first error."""
    position = 0
    while position < len(events):
        answer = handler(projection, events[position])
        if isinstance(answer, Failed):
            return answer
        projection, position = answer, position + 1
    return projection


def chunk(events: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """`chunk(E, k)`: `slice::chunks`, which panics when the size is 0."""
    if size < 1:
        raise ValueError("chunk size must be non-zero")
    return [events[start : start + size] for start in range(0, len(events), size)]


def partition(events: Sequence[Item], workers: int) -> list[tuple[Item, ...]]:
    """`partition(E, n)`, by turns."""
    return [tuple(events[worker::workers]) for worker in range(workers)]


def split(events: Iterable[Item], key: Key[Item]) -> dict[Name, tuple[Item, ...]]:
    """`split(E, P)`: by a key, such as the aggregate; each partition keeps the order."""
    parts: dict[Name, tuple[Item, ...]] = {}
    for event in events:
        parts[key(event)] = (*parts.get(key(event), ()), event)
    return parts


def interleavings(parts: Iterable[Sequence[Item]]) -> Iterator[tuple[Item, ...]]:
    """The orders in which workers, each with a part of its own, may process events."""
    left = [tuple(part) for part in parts if part]
    if not left:
        yield ()
    for number, part in enumerate(left):
        for rest in interleavings([*left[:number], part[1:], *left[number + 1 :]]):
            yield (part[0], *rest)


@dataclass(frozen=True)
class Formulas:
    """The formulas that have to be repaired, as written or, with their switches, repaired.

    Attributes:
        threaded: a chunk is processed from the projection that the one before has left.
        non_empty: a chunk size of 0 is taken as 1.
        keyed: partitions are those of `split`, by aggregate, and not by turns.
        positions: an event is stored in its partition with its position in the stream.
    """

    threaded: bool = False
    non_empty: bool = False
    keyed: bool = False
    positions: bool = False

    def batch_process(
        self, events: Sequence[Item], size: int, projection: State, handler: Handler[State, Item]
    ) -> tuple[State, ...]:
        """`BatchProcess(E, k) = chunk(E, k) · map(process_batch)`: a projection for each chunk."""
        made: list[State] = []
        for events_of_chunk in chunk(events, max(size, 1) if self.non_empty else size):
            before = made[-1] if self.threaded and made else projection
            made.append(process(events_of_chunk, before, handler))
        return tuple(made)

    def partitions(
        self, events: Sequence[Item], workers: int, key: Key[Item]
    ) -> list[tuple[Item, ...]]:
        """What each worker gets."""
        if not self.keyed:
            return partition(events, workers)
        names = sorted(split(events, key))
        return [
            tuple(event for event in events if names.index(key(event)) % workers == worker)
            for worker in range(workers)
        ]

    def stored(
        self, events: Sequence[Item], key: Key[Item]
    ) -> Mapping[Name, tuple[Item, ...]] | Mapping[Name, tuple[tuple[int, Item], ...]]:
        """`split(E, P) · store_separately`: what is stored of a stream."""
        return with_positions(events, key) if self.positions else split(events, key)


def with_positions(
    events: Sequence[Item], key: Key[Item]
) -> dict[Name, tuple[tuple[int, Item], ...]]:
    """The partitions, in which each event stands with its position in the stream."""
    return split(enumerate(events), lambda pair: key(pair[1]))


def in_order(stored: Mapping[Name, Iterable[tuple[int, Item]]]) -> tuple[Item, ...]:
    """The stream again, from partitions with positions."""
    pairs = sorted((pair for part in stored.values() for pair in part), key=lambda pair: pair[0])
    return tuple(event for _, event in pairs)


# ------------------------------------------------------------------------------------ compression


def run_lengths(events: Sequence[Item]) -> tuple[tuple[Item, int], ...]:
    """A compression: each run of equal events as one of them, with their number."""
    runs: tuple[tuple[Item, int], ...] = ()
    for event in reversed(events):
        if runs and runs[0][0] == event:
            runs = ((event, runs[0][1] + 1), *runs[1:])
        else:
            runs = ((event, 1), *runs)
    return runs


def spelled_out(runs: Iterable[tuple[Item, int]]) -> tuple[Item, ...]:
    """What was compressed."""
    return tuple(event for event, count in runs for _ in range(count))


AS_WRITTEN = Formulas()

#: The switches of `Formulas`.
REPAIRS = ("threaded", "non_empty", "keyed", "positions")

REPAIRED = Formulas(threaded=True, non_empty=True, keyed=True, positions=True)
