"""From machines and questions to the tables of the kernel, which grow as the search learns more.

Rows of local states are added when the search first meets them; rules and nodes, too, come into
being on the way. What is rebuilt then is small beside the search: rules when there are new ones,
columns when a component outgrows them, everything's place in the packed words when some field
becomes too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cospec.checker import kernel
from cospec.checker.component import FINAL_STATE, Component
from cospec.checker.kernel import address_of
from cospec.checker.labels import TAU_ID, TICK_ID, bits
from cospec.checker.machine import Machine, State
from cospec.checker.nodes import Nodes
from cospec.checker.question import Question

#: A label gets a column of its own while the columns of its component hold no more than so many
#: entries; the rows of larger components are searched.
LARGEST_COLUMNS = 1 << 22

Ints: TypeAlias = npt.NDArray[np.int32]


class Pool:
    """A growing array of 32-bit numbers."""

    def __init__(self) -> None:
        self.array: Ints = np.full(1024, kernel.UNKNOWN, np.int32)
        self.used = 0

    def add(self, count: int) -> int:
        """The offset of `count` more entries."""
        offset = self.used
        self.used += count
        if self.used > self.array.size:
            larger = np.full(max(self.used, 2 * self.array.size), kernel.UNKNOWN, np.int32)
            larger[:offset] = self.array[:offset]
            self.array = larger
        return offset


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields are: those of the places in order, and the node's at the end."""

    words: int
    word: Ints
    shift: npt.NDArray[np.uint64]
    mask: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, widths: list[int]) -> Layout:
        """Fields of these many bits, none across the border of two words."""
        word, shift = [], []
        at, used = 0, 0
        for width in widths:
            if used + width > 64:
                at, used = at + 1, 0
            word.append(at)
            shift.append(used % 64)  # of a field of no bits behind a full word, nothing is shifted
            used += width
        masks = [(1 << width) - 1 for width in widths]
        return cls(
            at + 1,
            np.array(word, np.int32),
            np.array(shift, np.uint64),
            np.array(masks, np.uint64),
        )

    @property
    def addresses(self) -> tuple[int, int, int, int]:
        """As `kernel.repack` takes it."""
        return self.words, address_of(self.word), address_of(self.shift), address_of(self.mask)


class _Rows:
    """The rows of one component, wherever it stands."""

    def __init__(self, component: Component) -> None:
        self.component = component
        self.places: list[int] = []
        self.labels: dict[int, int] = {}
        self.capacity = 0
        self.base = 0
        #: Of each label, the offset of its column.
        self.columns: list[int] = []
        self.starts: dict[int, int] = {}


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules as `kernel.Tables` describes them, sorted by owner."""

    owners: Ints
    pairs: Ints
    own: Ints
    event: Ints
    rank: Ints
    parties: Ints
    place: Ints
    label: Ints
    column: npt.NDArray[np.int64]
    above: npt.NDArray[np.uint64]


class Packing:
    """The tables of one machine and one question."""

    def __init__(self, machine: Machine, question: Question) -> None:
        self.machine = machine
        self._rows: list[_Rows] = []
        self._at: list[_Rows] = []
        found: dict[int, _Rows] = {}
        for place, component in enumerate(machine.components):
            rows = found.get(id(component))
            if rows is None:
                rows = found[id(component)] = _Rows(component)
                self._rows.append(rows)
            rows.places.append(place)
            self._at.append(rows)
        generator = np.random.default_rng(len(self._at))
        self._salt = generator.integers(0, 1 << 64, len(self._at), np.uint64) | np.uint64(1)
        self._row_pool = Pool()
        self._labels = Pool()
        self._targets = Pool()
        self._columns = Pool()
        self._ranks: dict[int, int] = {TAU_ID: 0, TICK_ID: 1}
        self._rules_known = -1
        self._spaces = [0] * len(self._at)
        self.nodes = Nodes(question)
        for rows in self._rows:
            for local, row in enumerate(rows.component.rows):
                if row is not None or local <= FINAL_STATE:
                    self._learn_row(rows, local)
        self._make_room()
        self.layout = self._lay_out()
        self.refresh()

    # What the search asks of its tables.

    def learn(self, wants: set[tuple[int, int]]) -> bool:
        """Sees to what was wanted; whether the layout had to change.

        A want is a place and its local state, or -1 - node and an event.
        """
        for first, second in sorted(wants):
            if first < 0:
                self.nodes.follow(-1 - first, second)
            else:
                self._learn_row(self._at[first], second)
        self._make_room()
        changed = not self._fits()
        if changed:
            self.layout = self._lay_out()
        self.refresh()
        return changed

    def pack(self, node: int, state: State) -> list[int]:
        """The words of a state with a node."""
        words = [0] * self.layout.words
        fields = zip(self.layout.word, self.layout.shift, (*state, node), strict=True)
        for word, shift, value in fields:
            words[int(word)] |= value << int(shift)
        return words

    def home(self, state: State) -> int:
        """Which of two partitions a state belongs to."""
        bits = 0
        for local, salt in zip(state, self._salt, strict=True):
            bits ^= (local + 1) * int(salt) >> 63 & 1
        return bits

    def unpack(self, words: npt.NDArray[np.uint64]) -> tuple[int, State]:
        """The node, as the question numbers it, and the state."""
        layout = self.layout
        values = [
            int(words[word]) >> int(shift) & int(mask)
            for word, shift, mask in zip(layout.word, layout.shift, layout.mask, strict=True)
        ]
        return self.nodes.known[values[-1]], tuple(values[:-1])

    # Rows.

    def _learn_row(self, rows: _Rows, local: int) -> None:
        if local in rows.starts:
            return
        row = rows.component.row(local)
        for place in rows.places:
            self.machine.announce(place, local)
        for label in row:
            rows.labels.setdefault(label, len(rows.labels))
        count = sum(len(targets) for targets in row.values())
        start = self._labels.add(count)
        self._targets.add(count)
        at = start
        for number, targets in sorted((rows.labels[k], targets) for k, targets in row.items()):
            for position, target in enumerate(targets):
                more = kernel.MORE if position + 1 < len(targets) else 0
                self._labels.array[at] = number
                self._targets.array[at] = target | more
                at += 1
        rows.starts[local] = start
        self._enter(rows, local, start, at)

    def _enter(self, rows: _Rows, local: int, start: int, end: int) -> None:
        """Enters a row into the index of rows and the columns, if these are large enough."""
        if local >= rows.capacity:
            return  # `_make_room` will enter all the rows
        index = 2 * (rows.base + local)
        self._row_pool.array[index] = start
        self._row_pool.array[index + 1] = end
        if rows.columns and len(rows.columns) < len(rows.labels):
            self._make_columns(rows)
            return
        if rows.columns:
            for entry in range(end - 1, start - 1, -1):
                column = rows.columns[self._labels.array[entry]]
                self._columns.array[column + local] = entry

    def _make_room(self) -> None:
        """Makes room for local states that rows lead to and that have no rows yet."""
        for rows in self._rows:
            if len(rows.component.rows) > rows.capacity:
                self._enlarge(rows)

    def _enlarge(self, rows: _Rows) -> None:
        """Makes room for all the states that the component has by now, and as many again."""
        rows.capacity = max(16, 2 * len(rows.component.rows))
        old = self._row_pool
        rows.base = old.add(2 * rows.capacity) // 2
        for local, start in rows.starts.items():
            end = start + sum(len(t) for t in rows.component.row(local).values())
            self._row_pool.array[2 * (rows.base + local)] = start
            self._row_pool.array[2 * (rows.base + local) + 1] = end
        self._make_columns(rows)

    def _make_columns(self, rows: _Rows) -> None:
        """Columns for all the labels; none when they would be too large."""
        spare = len(rows.labels) + 4
        if spare * rows.capacity > LARGEST_COLUMNS:
            rows.columns = []
            return
        offset = self._columns.add(spare * rows.capacity)
        rows.columns = [offset + n * rows.capacity for n in range(spare)]
        array, labels, pool = self._columns.array, self._labels.array, self._row_pool.array
        array[offset : offset + spare * rows.capacity] = -1
        for local in rows.starts:
            index = 2 * (rows.base + local)
            for entry in range(int(pool[index + 1]) - 1, int(pool[index]) - 1, -1):
                array[rows.columns[labels[entry]] + local] = entry

    # Rules.

    def refresh(self) -> None:
        """The arrays as they are now."""
        full = any(len(r.labels) > s for r, s in zip(self._at, self._spaces, strict=True))
        if full or self._rules_known != len(self.machine.vectors):
            self._rules_known = len(self.machine.vectors)
            self._make_rules()
        self._place_columns()
        layout = self.layout
        base = np.array([rows.base for rows in self._at], np.int64)
        nodes = self.nodes
        # The kernel knows only where these are; they must stay alive.
        self._alive = (
            base,
            layout,
            self._rules,
            nodes.after,
            nodes.flags,
            nodes.acceptances,
            nodes.sets,
            self._row_pool.array,
            self._labels.array,
            self._targets.array,
            self._columns.array,
        )
        rules = self._rules
        self.tables = kernel.Tables(
            places=len(self._at),
            complete=all(len(r.starts) == len(r.component.rows) for r in self._rows),
            owners=address_of(rules.owners),
            owners_count=rules.owners.size,
            word=address_of(layout.word),
            shift=address_of(layout.shift),
            mask=address_of(layout.mask),
            salt=address_of(self._salt),
            base=address_of(base),
            rows=address_of(self._row_pool.array),
            label=address_of(self._labels.array),
            target=address_of(self._targets.array),
            pairs=address_of(rules.pairs),
            own=address_of(rules.own),
            event=address_of(rules.event),
            rank=address_of(rules.rank),
            parties=address_of(rules.parties),
            place=address_of(rules.place),
            party_label=address_of(rules.label),
            column=address_of(rules.column),
            columns=address_of(self._columns.array),
            above=address_of(rules.above),
            above_words=rules.above.shape[1] if rules.above.size else 0,
        )
        self.demands = kernel.Demands(
            word=int(layout.word[-1]),
            shift=int(layout.shift[-1]),
            mask=int(layout.mask[-1]),
            after=address_of(nodes.after),
            events=nodes.after.shape[1],
            flags=address_of(nodes.flags),
            acceptances=address_of(nodes.acceptances),
            sets=address_of(nodes.sets),
            set_words=nodes.sets.shape[1],
        )

    def _make_rules(self) -> None:
        """Gives every rule its owner, and sorts them by that."""
        machine = self.machine
        for vector in machine.vectors:
            for place, label in vector:
                known = self._at[place].labels
                known.setdefault(label, len(known))
        spaces = [len(rows.labels) + 64 for rows in self._at]
        self._spaces = spaces
        pairs = np.zeros(len(spaces) + 1, np.int64)
        np.cumsum(spaces, out=pairs[1:])
        owned: list[list[int]] = [[] for _ in range(int(pairs[-1]))]
        chosen: list[int] = []
        for rule, vector in enumerate(machine.vectors):
            place, label = min(vector, key=self._frequency)
            owned[int(pairs[place]) + self._at[place].labels[label]].append(rule)
            chosen.append(place)
        own = [0]
        events: list[int] = []
        ranks: list[int] = []
        parties = [0]
        others: list[tuple[int, int]] = []
        for rules in owned:
            for rule in rules:
                shown = machine.shown[rule]
                events.append(self.nodes.event(shown))
                ranks.append(self._ranks.setdefault(machine.ranked[rule], len(self._ranks)))
                for place, label in machine.vectors[rule]:
                    if place != chosen[rule]:
                        others.append((place, self._at[place].labels[label]))
                parties.append(len(others))
            own.append(len(events))
        self._rules = _Rules(
            owners=np.array(sorted(set(chosen)), np.int32),
            pairs=pairs[:-1].astype(np.int32),
            own=np.array(own, np.int32),
            event=np.array(events, np.int32),
            rank=np.array(ranks, np.int32),
            parties=np.array(parties, np.int32),
            place=np.array([place for place, _ in others], np.int32),
            label=np.array([label for _, label in others], np.int32),
            column=np.full(len(others), -1, np.int64),
            above=self._priorities(),
        )

    def _frequency(self, part: tuple[int, int]) -> float:
        """How often a party's label is possible, as far as its component is known."""
        place, label = part
        component = self._at[place].component
        return len(component.moves.get(label, ())) / max(1, len(self._at[place].starts))

    def _place_columns(self) -> None:
        rules = self._rules
        for i in range(rules.column.size):
            columns = self._at[rules.place[i]].columns
            label = int(rules.label[i])
            rules.column[i] = columns[label] if label < len(columns) else -1

    def _priorities(self) -> npt.NDArray[np.uint64]:
        above = self.machine.above
        if not above:
            return np.zeros((0, 1), np.uint64)
        for rank in above:
            self._ranks.setdefault(rank, len(self._ranks))
        words = len(self._ranks) // 64 + 1
        masks = np.zeros((len(self._ranks), words), np.uint64)
        for rank, mask in above.items():
            row = masks[self._ranks[rank]]
            for higher in bits(mask):
                number = self._ranks.get(higher)
                if number is not None:
                    row[number // 64] |= np.uint64(1 << (number % 64))
        return masks

    def _fits(self) -> bool:
        return all(
            count <= int(mask) + 1
            for count, mask in zip(self._counts(), self.layout.mask, strict=True)
        )

    def _counts(self) -> list[int]:
        return [len(rows.component.rows) for rows in self._at] + [len(self.nodes)]

    def _lay_out(self) -> Layout:
        widths = []
        for rows in self._at:
            count = len(rows.component.rows)
            width = max(1, (count - 1).bit_length())
            finished = all(row is not None for row in rows.component.rows)
            widths.append(width if finished else width + 1)
        widths.append((len(self.nodes) - 1).bit_length())
        return Layout.of(widths)
