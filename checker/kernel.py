"""The compiled search: one module of numba kernels over tables of integers.

A machine's state, paired with a node of the question, is packed into a few 64-bit words: one bit
field for each component's local state and one for the node. Every transition is computed from
the tables that `packing` makes, every state is found again through an open-addressing table of
32-bit numbers, and states are kept in the order in which they were found, so that the search is
a walk along one array.

Which rules a state enables is found from *owners*. Of the components that a rule moves, one
owns it: the one whose label is the rarest among its local states. A state looks only at the
rows that its owners are in, and asks the other parties of each rule there for their label, by
one look-up in a column where the component is small and by a search of the row where it is
large. The cost is what is nearly enabled, not the number of rules. (Bit sets of rules, one for each
local state and combined with `and`, as the plain search has them, cost a pass over all rules for
every component, and gain nothing on small machines, where the table of slots takes most of the
time.)

The tables grow while the search goes on. A state that meets a local state not expanded yet, or
an event whose node after it is not known, is set aside and the want noted; Python sees to it and
the states that were set aside are explored once more. Exploring a state twice does no harm:
successors are found to be known already, and transitions are only counted by the time that wins.

No kernel sees an array: numba counts references to arrays at every call, with locked instructions
that took half the time. Tables, states and scratch space are passed as addresses, and read and
written by `_i32`, `_set_i32` and so on. Whoever calls a kernel keeps the arrays alive.

All kernels are here, in one module: numba's cache does not notice a change in a callee that
stands elsewhere. They release the interpreter lock and come back after a bounded amount of work,
so that time, memory and the keyboard are looked at in between.

With two threads, states belong to one of two partitions: their *home*. It is the parity of one
hashed bit for each component's local state, so it is known from what a step changes, and stays
the same when the fields of the words are laid out anew. A successor for the other partition goes
into an outbox, which that partition absorbs when both have done their share.
"""

from __future__ import annotations

from functools import wraps
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from cospec.checker.budget import undisturbed


class Tables(NamedTuple):
    """A machine as arrays, by their addresses. A *place* is where a component stands.

    Row s of the component at place p is the slice from `rows[2*(base[p]+s)]` to the number behind
    it of `label` and `target`, sorted by label; a start of `UNKNOWN` is a state not expanded. A
    target with `MORE` has another target with the same label behind it. The rules that place p
    owns by its label l are `own[q]` to `own[q+1]`, q being `pairs[p]+l`. The other parties of
    rule r are `parties[r]` to `parties[r+1]`: a place, its label, and the offset of the label's
    column in `columns`, which has for each local state the index of the label's first entry,
    or -1; without a column (offset -1) the row itself is searched.
    """

    places: int
    #: Whether all rows are known.
    complete: bool
    #: The places that own rules.
    owners: int  # int32
    owners_count: int
    word: int  # int32, for each place, as the next four
    shift: int  # uint64
    mask: int  # uint64
    salt: int  # uint64
    base: int  # int64
    rows: int  # int32, as all that follow but `column` and `above`
    label: int
    target: int
    pairs: int
    own: int
    event: int
    rank: int
    parties: int
    place: int
    party_label: int
    column: int  # int64
    columns: int
    #: Of each event as the priority operator sees it, the set of those it gives way to, in
    #: so many words; none where there is no priority.
    above: int  # uint64
    above_words: int


class Demands(NamedTuple):
    """A question's nodes as arrays. Events are numbered for this search: τ is 0, ✓ is 1.

    `after[node * events + event]` is a node, or one of `IGNORED`, `UNKNOWN` and `FORBIDDEN`. A
    stable state has to offer all of one of the node's acceptances, if their number is not `FREE`:
    sets of so many words from `acceptances[2 * node]` to `acceptances[2 * node + 1]`.
    """

    word: int
    shift: int
    mask: int
    after: int  # int32
    events: int
    flags: int  # uint8
    acceptances: int  # int32
    sets: int  # uint64
    set_words: int


class Store(NamedTuple):
    """The states found, in that order. `slots` holds one more than a state's number and a tag.

    `parents` has for each state the number of the one it was found from, in terms of all the
    partitions (`number * parts + partition`); 0 where no history is kept.
    """

    width: int  # words a state
    room: int  # states that may be entered before it has to grow
    bits: int  # there are 1 << bits slots
    states: int  # uint64
    parents: int  # uint32
    slots: int  # uint32
    status: int  # int64, see below


class Scratch(NamedTuple):
    """Space for one thread, for so many moves or, `local` and `odometer`, places."""

    size: int
    local: int  # int32
    odometer: int  # int32
    state: int  # uint64, the words of one state
    batch: int  # uint64, the words of each state
    origins: int  # uint32
    away: int  # uint8
    hashes: int  # uint64
    slots: int  # int64
    events: int  # int32
    ranks: int  # int32
    homes: int  # uint8
    offers: int  # uint64, a set of events, or of ranks
    asides: int  # int64
    asides_size: int
    wants: int  # int32, pairs
    wants_size: int
    outbox: int  # uint64, the words of each state
    out_origins: int  # uint32
    out_size: int


#: Entries of `rows`, `after` and `acceptances` that are no index.
UNKNOWN, WANTED, IGNORED, FORBIDDEN, FREE = -1, -2, -3, -4, -1
#: A target with another behind it.
MORE = 1 << 30
TARGET = MORE - 1
#: So many states are looked up at the same time: enough to keep the memory busy, and few enough
#: for their cache lines to stay near.
AT_ONCE = 1024
#: Flags of nodes.
ALIVE, REACHED, MAY_END, CONVERGENT = 1, 2, 4, 8

#: Fields of the status of a search.
STATES, TRANSITIONS, NEXT, LEVEL_END, DEPTH, ASIDE, WANTS, OUT, FAULTY, LOOKED = range(10)
STATUS_FIELDS = 10

#: Fields of the cursor of a search for cycles.
ROOT, LENGTH, PENDING, HIT, VISITED = range(5)
CURSOR_FIELDS = 5

#: Colours of states in it.
NEW, ON_PATH, CONVERGES = range(3)

#: Why a kernel came back.
DONE, SLICE, FULL, LEVEL, WIDE, FOUND, OUTBOX = range(7)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIXER = np.uint64(0xD6E8FEB86659FD93)
_0, _1, _6, _32, _63, _64 = (np.uint64(n) for n in (0, 1, 6, 32, 63, 64))


def address_of(array: np.ndarray[Any, Any]) -> int:
    """Where an array's numbers are; they must stay alive and in place while a kernel has this."""
    return int(array.ctypes.data)


def _loader(bits: int, result: Any, signed: bool) -> Any:
    """A function of an address and an index to the number there."""

    @intrinsic
    def load(typing_context: Any, address: Any, index: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            kind = ir.IntType(bits)
            pointer = builder.inttoptr(arguments[0], kind.as_pointer())
            value = builder.load(builder.gep(pointer, [arguments[1]]))
            if bits == 64:
                return value
            extend = builder.sext if signed else builder.zext
            return extend(value, ir.IntType(64))

        return result(types.int64, types.int64), generate

    return load


def _storer(bits: int, kind: Any) -> Any:
    """A function that writes a number at an address and an index."""

    @intrinsic
    def store(typing_context: Any, address: Any, index: Any, value: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            cell = ir.IntType(bits)
            pointer = builder.inttoptr(arguments[0], cell.as_pointer())
            value = arguments[2] if bits == 64 else builder.trunc(arguments[2], cell)
            builder.store(value, builder.gep(pointer, [arguments[1]]))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, kind), generate

    return store


_u8, _set_u8 = _loader(8, types.int64, False), _storer(8, types.int64)
_i32, _set_i32 = _loader(32, types.int64, True), _storer(32, types.int64)
_u32, _set_u32 = _loader(32, types.uint64, False), _storer(32, types.uint64)
_i64, _set_i64 = _loader(64, types.int64, True), _storer(64, types.int64)
_u64, _set_u64 = _loader(64, types.uint64, False), _storer(64, types.uint64)


def _prefetcher() -> Any:
    """A function that asks the processor to bring the line at an address and an offset in bytes."""

    @intrinsic
    def fetch(typing_context: Any, address: Any, offset: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
            name = "llvm.prefetch.p0"
            function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
            where = builder.inttoptr(builder.add(arguments[0], arguments[1]), byte)
            builder.call(function, [where, flag(0), flag(3), flag(1)])
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), generate

    return fetch


_fetch_ahead = _prefetcher()


def _kernel(function: Any) -> Any:
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # there is no folder that the compiled code can be kept in
        return njit(nogil=True)(function)


def _entrance(function: Any) -> Any:
    """A kernel that Python calls. The first time it may have to be compiled, and numba does not
    compile again what it was interrupted at."""
    kernel = _kernel(function)

    @wraps(function)
    def called(*arguments: Any) -> Any:
        with undisturbed():
            return kernel(*arguments)

    return called


@_kernel
def _hash(words: int, start: int, width: int) -> Any:
    mixed = _u64(words, start) * _GOLDEN
    mixed ^= mixed >> _32
    for i in range(start + 1, start + width):
        mixed = (mixed + _u64(words, i)) * _GOLDEN
        mixed ^= mixed >> _32
    mixed *= _MIXER
    return mixed ^ (mixed >> _32)


@_kernel
def _entry(tables: Tables, party: int, local: int) -> Any:
    """The first entry with the party's label in the row of its local state, or -1."""
    column = _i64(tables.column, party)
    if column >= 0:
        return _i32(tables.columns, column + local)
    wanted = _i32(tables.party_label, party)
    row = 2 * (_i64(tables.base, _i32(tables.place, party)) + local)
    low, high = _i32(tables.rows, row), _i32(tables.rows, row + 1)
    end = high
    while low < high:
        middle = (low + high) >> 1
        if _i32(tables.label, middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and _i32(tables.label, low) == wanted else -1


@_kernel
def _load(
    tables: Tables, demands: Demands, states: int, number: int, scratch: Scratch, width: int
) -> Any:
    """Takes a state apart into its words and local states; its node."""
    for i in range(width):
        _set_u64(scratch.state, i, _u64(states, number * width + i))
    for place in range(tables.places):
        word = _u64(scratch.state, _i32(tables.word, place))
        local = (word >> _u64(tables.shift, place)) & _u64(tables.mask, place)
        _set_i32(scratch.local, place, np.int64(local))
    node = _u64(scratch.state, demands.word) >> np.uint64(demands.shift)
    return np.int64(node & np.uint64(demands.mask))


@_kernel
def _expanded(tables: Tables, local: int) -> bool:
    """Whether all local states have rows."""
    if tables.complete:
        return True
    for place in range(tables.places):
        if _i32(tables.rows, 2 * (_i64(tables.base, place) + _i32(local, place))) < 0:
            return False
    return True


@_kernel
def _want_rows(tables: Tables, scratch: Scratch, status: int) -> None:
    for place in range(tables.places):
        local = _i32(scratch.local, place)
        row = 2 * (_i64(tables.base, place) + local)
        if _i32(tables.rows, row) < 0:
            _want(scratch, status, tables.rows, row, place, local)


@_kernel
def _want(scratch: Scratch, status: int, table: int, index: int, first: int, second: int) -> None:
    """Notes what is wanted, once."""
    count = _i64(status, WANTS)
    if _i32(table, index) == UNKNOWN and count < scratch.wants_size:
        _set_i32(table, index, WANTED)
        _set_i32(scratch.wants, 2 * count, first)
        _set_i32(scratch.wants, 2 * count + 1, second)
        _set_i64(status, WANTS, count + 1)


@_kernel
def _bit(tables: Tables, place: int, local: int) -> Any:
    """What a local state adds to the home of a state."""
    return np.int64((np.uint64(local + 1) * _u64(tables.salt, place)) >> _63)


@_kernel
def _moves(tables: Tables, scratch: Scratch, width: int, at: int, shared: bool) -> Any:
    """Writes the successors of the loaded state and their events; their number, or -1: no room.

    The batch takes them from position `at` on (in states), the arrays of events, ranks and homes
    from 0. `homes` tells which successors are at home in another partition than the state, if
    `shared`.
    """
    found = 0
    room = scratch.size - at
    for owner in range(tables.owners_count):
        place = _i32(tables.owners, owner)
        mine = _i32(scratch.local, place)
        row = 2 * (_i64(tables.base, place) + mine)
        pairs = _i32(tables.pairs, place)
        for entry in range(_i32(tables.rows, row), _i32(tables.rows, row + 1)):
            pair = pairs + _i32(tables.label, entry)
            for rule in range(_i32(tables.own, pair), _i32(tables.own, pair + 1)):
                first, last = _i32(tables.parties, rule), _i32(tables.parties, rule + 1)
                possible = True
                several = 0
                for party in range(first, last):
                    other = _i32(tables.place, party)
                    offered = _entry(tables, party, _i32(scratch.local, other))
                    if offered < 0:
                        possible = False
                        break
                    _set_i32(scratch.odometer, party - first, offered)
                    several |= _i32(tables.target, offered) & MORE
                if not possible:
                    continue
                while True:
                    if found == room:
                        return -1
                    begin = (at + found) * width
                    for i in range(width):
                        _set_u64(scratch.batch, begin + i, _u64(scratch.state, i))
                    onward = _i32(tables.target, entry) & TARGET
                    home = 0
                    if shared:
                        home = _bit(tables, place, mine) ^ _bit(tables, place, onward)
                    _turn(tables, scratch.batch, begin, place, mine ^ onward)
                    for party in range(first, last):
                        other = _i32(tables.place, party)
                        before = _i32(scratch.local, other)
                        onward = _i32(tables.target, _i32(scratch.odometer, party - first)) & TARGET
                        if shared:
                            home ^= _bit(tables, other, before) ^ _bit(tables, other, onward)
                        _turn(tables, scratch.batch, begin, other, before ^ onward)
                    _set_i32(scratch.events, found, _i32(tables.event, rule))
                    if tables.above_words > 0:
                        _set_i32(scratch.ranks, found, _i32(tables.rank, rule))
                    _set_u8(scratch.homes, found, home)
                    found += 1
                    if several == 0 or not _next_combination(tables, scratch, first, last):
                        break
    if tables.above_words > 0:
        found = _prioritised(tables, scratch, at, width, found)
    return found


@_kernel
def _turn(tables: Tables, batch: int, begin: int, place: int, change: int) -> None:
    """Changes the field of a place by exclusive or."""
    index = begin + _i32(tables.word, place)
    _set_u64(batch, index, _u64(batch, index) ^ (np.uint64(change) << _u64(tables.shift, place)))


@_kernel
def _next_combination(tables: Tables, scratch: Scratch, first: int, last: int) -> bool:
    """Turns to the next combination of the parties' targets; False after the last one."""
    for party in range(first, last):
        entry = _i32(scratch.odometer, party - first)
        if _i32(tables.target, entry) & MORE:
            _set_i32(scratch.odometer, party - first, entry + 1)
            return True
        other = _i32(tables.place, party)
        _set_i32(scratch.odometer, party - first, _entry(tables, party, _i32(scratch.local, other)))
    return False


@_kernel
def _keep(scratch: Scratch, at: int, width: int, kept: int, move: int) -> None:
    """Moves one of the moves found to an earlier position."""
    for i in range(width):
        word = _u64(scratch.batch, (at + move) * width + i)
        _set_u64(scratch.batch, (at + kept) * width + i, word)
    _set_i32(scratch.events, kept, _i32(scratch.events, move))
    _set_u8(scratch.homes, kept, _u8(scratch.homes, move))


@_kernel
def _collect(sets: int, words: int, members: int, count: int) -> None:
    """Makes a bit set of these numbers."""
    for i in range(words):
        _set_u64(sets, i, _0)
    for i in range(count):
        member = np.uint64(_i32(members, i))
        word = np.int64(member >> _6)
        _set_u64(sets, word, _u64(sets, word) | (_1 << (member & _63)))


@_kernel
def _prioritised(tables: Tables, scratch: Scratch, at: int, width: int, found: int) -> Any:
    """Drops the moves that give way to others in the same state."""
    words = tables.above_words
    _collect(scratch.offers, words, scratch.ranks, found)
    kept = 0
    for i in range(found):
        row = _i32(scratch.ranks, i) * words
        higher = _0
        for j in range(words):
            higher |= _u64(tables.above, row + j) & _u64(scratch.offers, j)
        if higher == _0:
            if kept < i:
                _keep(scratch, at, width, kept, i)
            kept += 1
    return kept


@_kernel
def _faulty(demands: Demands, scratch: Scratch, node: int, found: int) -> bool:
    """Whether a state with these moves is a fault in this node; what kind, Python finds out."""
    flags = _u8(demands.flags, node)
    if flags & REACHED or (found == 0 and flags & ALIVE):
        return True
    first, last = _i32(demands.acceptances, 2 * node), _i32(demands.acceptances, 2 * node + 1)
    if first == FREE:
        return False
    stable = True
    for i in range(found):
        event = _i32(scratch.events, i)
        if event == 1:
            return not flags & MAY_END
        stable &= event != 0
    if not stable:
        return False
    words = demands.set_words
    _collect(scratch.offers, words, scratch.events, found)
    for each in range(first, last):
        missing = _0
        for j in range(words):
            missing |= _u64(demands.sets, each * words + j) & ~_u64(scratch.offers, j)
        if missing == _0:
            return False
    return True


@_kernel
def _only_taus(scratch: Scratch, at: int, width: int, found: int) -> Any:
    kept = 0
    for i in range(found):
        if _i32(scratch.events, i) == 0:
            if kept < i:
                _keep(scratch, at, width, kept, i)
            kept += 1
    return kept


@_kernel
def _follow(
    demands: Demands, scratch: Scratch, node: int, at: int, width: int, found: int, status: int
) -> Any:
    """Keeps the moves that the question follows and sets their nodes; how many, or a code < 0."""
    kept = 0
    known = True
    for i in range(found):
        index = node * demands.events + _i32(scratch.events, i)
        onward = _i32(demands.after, index)
        if onward < 0:
            if onward == FORBIDDEN:
                return FORBIDDEN
            if onward != IGNORED:
                known = False
                _want(scratch, status, demands.after, index, -1 - node, _i32(scratch.events, i))
            continue
        if kept < i:
            _keep(scratch, at, width, kept, i)
        if onward != node:
            word = (at + kept) * width + demands.word
            turn = np.uint64(node ^ onward) << np.uint64(demands.shift)
            _set_u64(scratch.batch, word, _u64(scratch.batch, word) ^ turn)
        kept += 1
    return kept if known else UNKNOWN


@_kernel
def _insert(store: Store, batch: int, origins: int, count: int, scratch: Scratch) -> None:
    """Adds the states of a batch that are new. There must be room for all of them."""
    for first in range(0, count, AT_ONCE):
        _insert_some(
            store,
            batch + 8 * store.width * first,
            origins + 4 * first,
            min(AT_ONCE, count - first),
            scratch.hashes,
            scratch.slots,
        )


@_kernel
def _insert_some(
    store: Store, batch: int, origins: int, count: int, hashes: int, slots: int
) -> None:
    """Adds no more than `AT_ONCE` states.

    In three passes, so that the cache misses of many states are under way at the same time:
    hashes first; then the slots, where a tag tells most states apart that are not the same; then
    the comparison with the states themselves.
    """
    width, bits = store.width, np.uint64(store.bits)
    slot_shift = _64 - bits
    last = (1 << store.bits) - 1
    number_mask = np.uint64(last)
    tag_mask = np.uint64(0xFFFFFFFF) ^ number_mask
    for i in range(count):
        mixed = _hash(batch, i * width, width)
        _set_u64(hashes, i, mixed)
        _fetch_ahead(store.slots, np.int64(mixed >> slot_shift) << 2)
    for i in range(count):
        mixed = _u64(hashes, i)
        slot = np.int64(mixed >> slot_shift)
        tag = (mixed << bits >> _32) & tag_mask
        held = _u32(store.slots, slot)
        while held != _0 and (held & tag_mask) != tag:
            slot = (slot + 1) & last
            held = _u32(store.slots, slot)
        _set_i64(slots, i, slot)
        if held != _0:
            number = np.int64(held & number_mask) - 1
            _fetch_ahead(store.states, number * width << 3)
    states = _i64(store.status, STATES)
    for i in range(count):
        slot = _i64(slots, i)
        tag = (_u64(hashes, i) << bits >> _32) & tag_mask
        while True:
            held = _u32(store.slots, slot)
            if held == _0:
                _set_u32(store.slots, slot, np.uint64(states + 1) | tag)
                for j in range(width):
                    _set_u64(store.states, states * width + j, _u64(batch, i * width + j))
                if store.parents != 0:
                    _set_u32(store.parents, states, _u32(origins, i))
                states += 1
                break
            if (held & tag_mask) == tag:
                other = (np.int64(held & number_mask) - 1) * width
                differs = _0
                for j in range(width):
                    differs |= _u64(store.states, other + j) ^ _u64(batch, i * width + j)
                if differs == _0:
                    break
            slot = (slot + 1) & last
    _set_i64(store.status, STATES, states)


@_kernel
def _find(store: Store, words: int, start: int) -> Any:
    """The number of a state in its partition, or -1."""
    width, bits = store.width, np.uint64(store.bits)
    last = (1 << store.bits) - 1
    number_mask = np.uint64(last)
    tag_mask = np.uint64(0xFFFFFFFF) ^ number_mask
    mixed = _hash(words, start, width)
    slot = np.int64(mixed >> (_64 - bits))
    tag = (mixed << bits >> _32) & tag_mask
    while True:
        held = _u32(store.slots, slot)
        if held == _0:
            return -1
        if (held & tag_mask) == tag:
            number = np.int64(held & number_mask) - 1
            differs = _0
            for j in range(width):
                differs |= _u64(store.states, number * width + j) ^ _u64(words, start + j)
            if differs == _0:
                return number
        slot = (slot + 1) & last


@_entrance
def rehash(store: Store, hashes: int, first: int, last: int) -> None:
    """Enters the states from `first` to `last`, all different, into slots that lack them.

    `hashes` has space for 32; so far ahead are the slots asked for.
    """
    bits = np.uint64(store.bits)
    slot_shift = _64 - bits
    end = (1 << store.bits) - 1
    tag_mask = np.uint64(0xFFFFFFFF) ^ np.uint64(end)
    for number in range(first, last + 32):
        lane = number & 31
        entered = number - 32
        if entered >= first:
            mixed = _u64(hashes, lane)
            slot = np.int64(mixed >> slot_shift)
            while _u32(store.slots, slot) != _0:
                slot = (slot + 1) & end
            tag = (mixed << bits >> _32) & tag_mask
            _set_u32(store.slots, slot, np.uint64(entered + 1) | tag)
        if number < last:
            mixed = _hash(store.states, number * store.width, store.width)
            _set_u64(hashes, lane, mixed)
            _fetch_ahead(store.slots, np.int64(mixed >> slot_shift) << 2)


@_entrance
def repack(
    old: int,
    new: int,
    last: int,
    fields: int,
    old_layout: tuple[int, int, int, int],
    new_layout: tuple[int, int, int, int],
) -> None:
    """Writes the states before `last` from one layout of fields into another.

    A layout has the words of a state and the addresses of each field's word, shift and mask.
    """
    old_width, old_word, old_shift, old_mask = old_layout
    new_width, new_word, new_shift, _ = new_layout
    for number in range(last):
        for i in range(new_width):
            _set_u64(new, number * new_width + i, _0)
        for field in range(fields):
            word = _u64(old, number * old_width + _i32(old_word, field))
            value = (word >> _u64(old_shift, field)) & _u64(old_mask, field)
            index = number * new_width + _i32(new_word, field)
            _set_u64(new, index, _u64(new, index) | (value << _u64(new_shift, field)))


@_kernel
def _share_out(scratch: Scratch, width: int, filled: int, status: int) -> Any:
    """Moves what is at home in the other partition into the outbox; how much is left."""
    kept = 0
    out = _i64(status, OUT)
    for i in range(filled):
        if _u8(scratch.away, i):
            for j in range(width):
                _set_u64(scratch.outbox, out * width + j, _u64(scratch.batch, i * width + j))
            _set_u32(scratch.out_origins, out, _u32(scratch.origins, i))
            out += 1
        else:
            if kept < i:
                for j in range(width):
                    word = _u64(scratch.batch, i * width + j)
                    _set_u64(scratch.batch, kept * width + j, word)
                _set_u32(scratch.origins, kept, _u32(scratch.origins, i))
            kept += 1
    _set_i64(status, OUT, out)
    return kept


@_entrance
def explore(
    tables: Tables,
    demands: Demands,
    store: Store,
    scratch: Scratch,
    todo: int,
    listed: int,
    setting: tuple[int, int, int, int],
) -> int:
    """Explores states in order, from `status[NEXT]` on, and says why it came back.

    Args:
        tables, demands, store, scratch: see there.
        todo: the numbers of `listed` states to explore, those once set aside, from
            `status[LOOKED]` on; where there are none, the states themselves are walked through
            level by level.
        setting: which partition this is, how many there are, how many states to explore at
            most, and whether τ alone is followed and nothing judged.

    Returns `SLICE` after so many states, `LEVEL` at the end of a level (with several partitions, or
    when states were set aside), `FULL` when the store has to grow and `WIDE` when a batch has to,
    `OUTBOX` when that is full, `FOUND` for a fault, `DONE` when there is nothing left.
    """
    me, parts, many, only_taus = setting
    width, status, size = store.width, store.status, scratch.size
    cursor = LOOKED if listed else NEXT
    # What counts from the last time that the batch was entered into the store.
    filled, transitions, aside = 0, 0, _i64(status, ASIDE)
    number_ = _i64(status, cursor)
    until = number_ + many
    narrow = False
    while True:
        at_end = number_ == (listed if listed else _i64(status, LEVEL_END))
        if at_end or narrow or filled > size >> 1 or number_ == until:
            if filled > 0:
                if parts > 1 and _i64(status, OUT) + filled > scratch.out_size:
                    return OUTBOX
                if _i64(status, STATES) + filled > store.room:
                    return FULL
                if parts > 1:
                    filled = _share_out(scratch, width, filled, status)
                _insert(store, scratch.batch, scratch.origins, filled, scratch)
            filled = 0
            narrow = False
            _set_i64(status, cursor, number_)
            _set_i64(status, TRANSITIONS, _i64(status, TRANSITIONS) + transitions)
            _set_i64(status, ASIDE, aside)
            transitions = 0
            if at_end:
                if listed:
                    return DONE
                if parts > 1 or aside > 0:
                    return LEVEL
                states = _i64(status, STATES)
                if states == number_:
                    return DONE
                _set_i64(status, LEVEL_END, states)
                _set_i64(status, DEPTH, _i64(status, DEPTH) + 1)
            if number_ == until:
                return SLICE
        number = _i64(todo, number_) if listed else number_
        node = _load(tables, demands, store.states, number, scratch, width)
        known = _expanded(tables, scratch.local)
        if known:
            found = _moves(tables, scratch, width, filled, parts > 1)
            if found < 0:
                if filled == 0:
                    return WIDE
                narrow = True
                continue
            if only_taus:
                found = _only_taus(scratch, filled, width, found)
            elif _faulty(demands, scratch, node, found):
                _set_i64(status, FAULTY, number)
                return FOUND
            kept = _follow(demands, scratch, node, filled, width, found, status)
            if kept == FORBIDDEN:
                _set_i64(status, FAULTY, number)
                return FOUND
            known = kept >= 0
        else:
            _want_rows(tables, scratch, status)
        number_ += 1
        if known:
            origin = np.uint64(number * parts + me)
            for i in range(kept):
                _set_u32(scratch.origins, filled + i, origin)
                _set_u8(scratch.away, filled + i, _u8(scratch.homes, i))
            filled += kept
            transitions += found
        else:
            _set_i64(scratch.asides, aside, number)
            aside += 1
            if aside == scratch.asides_size:
                until = number_


@_entrance
def absorb(store: Store, scratch: Scratch, inbox: int, origins: int, first: int, last: int) -> Any:
    """Enters the states of an inbox from one number to another; up to which it came."""
    while first < last:
        count = min(AT_ONCE, last - first)
        if _i64(store.status, STATES) + count > store.room:
            break
        _insert(store, inbox + 8 * first * store.width, origins + 4 * first, count, scratch)
        first += count
    return first


@_entrance
def list_moves(
    tables: Tables,
    demands: Demands,
    store: Store,
    scratch: Scratch,
    columns: tuple[int, int, int],
    span: tuple[int, int, int, int],
) -> Any:
    """Writes the transitions of states that are all explored, one partition only.

    Args:
        columns: the addresses of sources, events and targets, int64 each.
        span: the first state, the last one and one more, how many transitions there are
            already, and how many there is room for.

    Returns how far it came, in states and in transitions. It comes back early when there may be
    no room for another state's, or a batch has to grow.
    """
    sources, events, targets = columns
    first, last, written, room = span
    width = store.width
    while first < last and room - written >= scratch.size:
        _load(tables, demands, store.states, first, scratch, width)
        found = _moves(tables, scratch, width, 0, False)
        if found < 0:
            break
        for i in range(found):
            _set_i64(sources, written, first)
            _set_i64(events, written, _i32(scratch.events, i))
            _set_i64(targets, written, _find(store, scratch.batch, i * width))
            written += 1
        first += 1
    return first, written


@_entrance
def seek_cycle(
    tables: Tables,
    demands: Demands,
    stores: tuple[Store, ...],
    scratch: Scratch,
    colours: int,
    path: int,
    frames: int,
    pending: int,
    cursor: int,
    setting: tuple[int, int, int, int, int],
) -> int:
    """Depth-first search for a τ cycle among the states found, from one root after the other.

    `path` is the way from the root, as numbers over all partitions; `frames` tells of each state
    on it where its τ successors begin in `pending`. States that cannot be told yet, because they
    are not explored, count as convergent.

    Args:
        setting: the partition of the roots, the number of the last root and one more, states to
            visit at most, how long `path` and `frames`, and how long `pending` may become.

    Returns `FOUND` with the cycle closed by `cursor[HIT]`, `DONE` when no root is left, `SLICE`
    after so many states, `FULL` when an array has to grow, `WIDE` for a state with more moves.
    """
    me, last, many, path_size, pending_size = setting
    parts = len(stores)
    width = stores[0].width
    visited = 0
    while True:
        length = _i64(cursor, LENGTH)
        waiting = _i64(cursor, PENDING)
        if visited == many:
            return SLICE
        if length == 0:
            root = _i64(cursor, ROOT)
            while root < last and _u8(colours, root * parts + me) == CONVERGES:
                root += 1
            _set_i64(cursor, ROOT, root)
            if root == last:
                return DONE
            here = root * parts + me
        else:
            if waiting == _i64(frames, length - 1):
                _set_u8(colours, np.int64(_u32(path, length - 1)), CONVERGES)
                _set_i64(cursor, LENGTH, length - 1)
                continue
            waiting -= 1
            here = np.int64(_u32(pending, waiting))
            if _u8(colours, here) == CONVERGES:
                _set_i64(cursor, PENDING, waiting)
                continue
        if _u8(colours, here) == ON_PATH:
            _set_i64(cursor, HIT, here)
            return FOUND
        # Visit a state: its τ successors become pending.
        visited += 1
        home = here % parts
        node = _load(tables, demands, stores[home].states, here // parts, scratch, width)
        known = _u8(demands.flags, node) & CONVERGENT and _expanded(tables, scratch.local)
        found = _moves(tables, scratch, width, 0, parts > 1) if known else 0
        if found < 0:
            return WIDE
        if length == path_size or waiting + found > pending_size:
            return FULL
        _set_i64(frames, length, waiting)
        first = waiting
        for i in range(found):
            if _i32(scratch.events, i) != 0:
                continue
            to = home ^ _u8(scratch.homes, i)
            number = _find(stores[to], scratch.batch, i * width)
            if number >= 0 and _u8(colours, number * parts + to) != CONVERGES:
                _set_u32(pending, waiting, np.uint64(number * parts + to))
                waiting += 1
        _set_i64(cursor, PENDING, waiting)
        if waiting == first:
            _set_u8(colours, here, CONVERGES)
        else:
            _set_u8(colours, here, ON_PATH)
            _set_u32(path, length, np.uint64(here))
            _set_i64(cursor, LENGTH, length + 1)
