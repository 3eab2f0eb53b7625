"""Appends in z3: laws of streams of any length, each kept by every append.

A stream is an array and a size; an append writes there. Each law is proved for any two places:
it holds when one of them is the new one, given what holds of the others. The switches are those of
`cospec.models.event_store`, where the same laws are explored; a law whose repair is taken out is
refuted by z3, so that no proof comes of it.
"""

from __future__ import annotations

from typing import Any

import z3

from cospec.models.event_store import Causes, EventStore, Identifiers, Timestamps
from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof

Column = z3.ArraySort(z3.IntSort(), z3.IntSort())

#: A column of the stream before an append, its size, and any two places in it after that.
column = z3.Const("column", Column)
size, one, two = z3.Ints("size one two")


def _place(*places: Any) -> list[Any]:
    """That places are in the stream, the new one included."""
    return [z3.And(place >= 0, place <= size) for place in places]


def _old(place: Any) -> Any:
    return z3.And(place >= 0, place < size)


def _proved(text: str, under: str = "") -> Proof:
    return Proof(Method.Z3_PROOF, f"{text}: kept by every append, at any length", under=under)


def stamp(design: Timestamps, clock: Any, empty: Any, last: Any) -> Any:
    """The time that an event gets."""
    return z3.If(z3.And(design.monotone, z3.Not(empty), last > clock), last, clock)


def in_order(design: Timestamps, under: str = "") -> Proof:
    """Times do not decrease along the stream, whatever the clock shows."""
    clock = z3.Int("clock")
    new = stamp(design, clock, size == 0, column[size - 1])
    after = z3.Store(column, size, new)
    # The last event being the latest is the part of the law that speaks of it.
    given = z3.Implies(_old(one), column[one] <= column[size - 1])
    prove(after[one] <= after[size], *_place(one), given)
    ordered = z3.Implies(z3.And(_old(one), one < two, _old(two)), column[one] <= column[two])
    prove(after[one] <= after[two], *_place(one, two), one < two, given, ordered)
    return _proved("ts(e_i) ≤ ts(e_j) for i < j", under)


def distinct_ids(design: Identifiers, under: str = "") -> Proof:
    """No two events have the same id."""
    made, asked = z3.Ints("generated asked")
    new = asked if design.keeping else made + 1
    after = z3.Store(column, size, new)
    place = z3.Int("place")
    known = [
        z3.Implies(_old(each), z3.Or(design.keeping, column[each] <= made)) for each in (one, two)
    ]
    refused = z3.Exists([place], z3.And(_old(place), column[place] == asked))
    guard = z3.Or(not (design.keeping and design.distinct), z3.Not(refused))
    apart = z3.Implies(z3.And(_old(one), _old(two), one != two), column[one] != column[two])
    prove(z3.Or(design.keeping, after[one] <= made + 1), *_place(one), *known)
    prove(after[one] != after[two], *_place(one, two), one != two, *known, guard, apart)
    return _proved("id(e_i) ≠ id(e_j) for i ≠ j", under)


def kept_ids(design: Identifiers) -> Proof:
    """The stored event has the id that its client gave it."""
    produced = z3.Const("produced", Column)
    made, asked = z3.Ints("generated asked")
    after = z3.Store(column, size, asked if design.keeping else made + 1)
    same = z3.Implies(_old(one), column[one] == produced[one])
    prove(after[one] == z3.Store(produced, size, asked)[one], *_place(one), same)
    return _proved("id(stored) = id(produced)")


def causes_first(design: Causes, under: str = "") -> Proof:
    """What an event names as its cause comes before it; the n-th event has the id n."""
    cause = z3.Int("cause")

    def earlier(causes: Any, place: Any) -> Any:
        return z3.Or(causes[place] == 0, z3.And(causes[place] >= 1, causes[place] <= place))

    guard = z3.Or(not design.knowing, cause == 0, z3.And(cause >= 1, cause <= size))
    after = z3.Store(column, size, cause)
    prove(earlier(after, one), *_place(one), guard, z3.Implies(_old(one), earlier(column, one)))
    return _proved("causes(e1, e2) ⇒ e1 before e2", under)


def valid_only(design: EventStore) -> Proof:
    """Every stored event is one that the validator accepts."""
    valid = z3.Function("valid", z3.IntSort(), z3.BoolSort())
    event = z3.Int("event")
    guard = z3.Or(not design.validating, valid(event))
    after = z3.Store(column, size, event)
    prove(valid(after[one]), *_place(one), guard, z3.Implies(_old(one), valid(column[one])))
    return _proved("every stored event is valid")


def grows(under: str = "") -> Proof:
    """An append, accepted or refused, changes no event that there is."""
    event = z3.Int("event")
    accepted = z3.Bool("accepted")
    after = z3.If(accepted, z3.Store(column, size, event), column)
    larger = z3.If(accepted, size + 1, size)
    prove(z3.And(after[one] == column[one], larger >= size), _old(one))
    return _proved("log ⊑ log'", under)


def refused_without_effect(design: EventStore) -> Proof:
    """A refused append makes no stream."""
    exists, version = z3.Bool("exists"), z3.Int("version")
    refused = version != size
    after = z3.If(refused, z3.Or(exists, not design.asking_first), True)
    prove(after == exists, refused, size >= 0)
    return _proved("a refused append leaves the map of streams as it is")


def acknowledged_stays(design: EventStore) -> Proof:
    """What is acknowledged is stored, after any number of crashes."""
    acknowledged, accepted = z3.Int("acknowledged"), z3.Bool("accepted")
    given = acknowledged <= size, acknowledged >= 0, size >= 0
    told = z3.If(accepted, size + 1, acknowledged)
    prove(told <= z3.If(accepted, size + 1, size), *given)
    prove(acknowledged <= (size if design.durable else z3.IntVal(0)), *given)  # after a crash
    return _proved("acknowledged events are stored, before and after any crash")


def contiguous(comparing: bool = True) -> Proof:
    """Versions are 1, 2, …, n: `version` begins as the expected version, which under the lock is
    the length, and each push adds one to both.

    Args:
        comparing: whether the expected version is compared with the length under the lock.
    """
    expected, version = z3.Ints("expected version")
    # At the start of the loop, then for each push of it.
    prove(expected == size, *([expected == size] if comparing else []))
    after = z3.Store(column, size, version + 1)
    counted = z3.Implies(_old(one), column[one] == one + 1)
    prove(after[one] == one + 1, *_place(one), version == size, counted)
    prove(version + 1 == size + 1, version == size)
    return _proved("the i-th event has version i")


def positions_in_order() -> Proof:
    """Positions that `fetch_add` gives under the lock are in the order of the appends."""
    counter = z3.Int("global_position")
    after = z3.Store(column, size, counter)
    below = [z3.Implies(_old(each), column[each] < counter) for each in (one, two)]
    prove(after[one] < counter + 1, *_place(one), *below)
    ordered = z3.Implies(z3.And(_old(one), one < two, _old(two)), column[one] < column[two])
    prove(after[one] < after[two], *_place(one, two), one < two, *below, ordered)
    return _proved("position(e_i) < position(e_j) for i < j")


def codec_round_trip() -> Proof:
    """`decode(encode(e)) = e` for deposits and withdrawals of any amount."""
    json = z3.Datatype("Json")
    json.declare("null")
    json.declare("number", ("value", z3.IntSort()))
    json.declare("text", ("content", z3.StringSort()))
    json.declare("object", ("key", z3.StringSort()), ("member", json), ("others", json))
    json = json.create()
    kind, amount = z3.String("kind"), z3.Int("amount")
    data = json.object(z3.StringVal("amount"), json.number(amount), json.null)  # encode
    member = json.member(data)
    decodes = z3.And(
        z3.Or(kind == "Deposited", kind == "Withdrawn"),
        json.is_object(data),
        json.key(data) == "amount",
        json.is_null(json.others(data)),
        json.is_number(member),
    )
    prove(
        z3.And(decodes, json.value(member) == amount),
        z3.Or(kind == "Deposited", kind == "Withdrawn"),
    )
    return Proof(Method.Z3_PROOF, "decode(encode(e)) = e, for every amount")


def converged() -> Proof:
    """Proves that two replicas are in the same state when each has been given the same updates, in
    any order and any number of times: by induction over what is delivered.

    A state is the set of updates applied, the most that an idempotent and commutative `apply` can
    tell apart.
    """
    update = z3.DeclareSort("Update")
    states = z3.Const("applied", z3.ArraySort(update, z3.BoolSort()))
    delivered = z3.Const("delivered", z3.ArraySort(update, z3.BoolSort()))
    new, any_one = z3.Consts("new any_one", update)
    after, told = z3.Store(states, new, True), z3.Store(delivered, new, True)
    prove(after[any_one] == told[any_one], states[any_one] == delivered[any_one])
    first, second, made = (z3.Const(name, states.sort()) for name in ("S1", "S2", "made"))
    same = (first[any_one] == made[any_one], second[any_one] == made[any_one])
    prove(first == second, z3.ForAll([any_one], z3.And(*same)))
    text = "a replica's state is the set of updates delivered: kept by every delivery"
    return Proof(
        Method.Z3_PROOF,
        f"{text}; so two that have been given all that were made are equal",
        under="each update reaches each replica at least once; apply is idempotent, commutative",
    )
