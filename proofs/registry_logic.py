"""The registry's lists in z3: lists of any length, with any ids, statuses and other fields.

The functions are those of `cospec.models.service_registry`, by recursion on the list; that both say
the same is tested on all small lists. A law is proved as one does it by hand: for the empty list,
and for a list with one more instance in front if it holds of the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from cospec.proofs.evidence import prove
from cospec.proofs.register import Method, Proof

Id = z3.DeclareSort("InstanceId")
Rest = z3.DeclareSort("InstanceRest")


def _instance() -> Any:
    made = z3.Datatype("StoredInstance")
    made.declare("stored", ("id", Id), ("healthy", z3.BoolSort()), ("rest", Rest))
    return made.create()


Instance = _instance()


def _instances() -> Any:
    made = z3.Datatype("StoredInstances")
    made.declare("nil")
    made.declare("cons", ("head", Instance), ("tail", made))
    return made.create()


Instances = _instances()
NIL = Instances.nil


def _found() -> Any:
    made = z3.Datatype("Discovered")
    made.declare("ok", ("instances", Instances))
    made.declare("not_found")
    return made.create()


#: What `discover` answers.
Found = _found()

#: Constants to state laws with: each stands for any value.
instances = z3.Const("instances", Instances)
instance, other = z3.Consts("instance other", Instance)
key = z3.Const("key", Id)
present = z3.Bool("present")

_empty = instances == NIL
_head, _tail = Instances.head(instances), Instances.tail(instances)


def _recursive(name: str, *parameters: Any, result: Any, body: Callable[[Any], Any]) -> Any:
    made = z3.RecFunction(name, *(each.sort() for each in parameters), result)
    z3.RecAddDefinition(made, list(parameters), body(made))
    return made


#: `deregistered`: what `retain` keeps.
deregistered = _recursive(
    "deregistered", instances, key, result=Instances,
    body=lambda f: z3.If(
        _empty,
        NIL,
        z3.If(Instance.id(_head) == key, f(_tail, key), Instances.cons(_head, f(_tail, key))),
    ),
)  # fmt: skip
#: `healthy`: the filter of `discover`.
healthy = _recursive(
    "healthy", instances, result=Instances,
    body=lambda f: z3.If(
        _empty,
        NIL,
        z3.If(Instance.healthy(_head), Instances.cons(_head, f(_tail)), f(_tail)),
    ),
)  # fmt: skip
#: `push`.
pushed = _recursive(
    "pushed", instances, instance, result=Instances,
    body=lambda f: z3.If(
        _empty, Instances.cons(instance, NIL), Instances.cons(_head, f(_tail, instance))
    ),
)  # fmt: skip
#: How often an instance is in a list.
count = _recursive(
    "count", instances, other, result=z3.IntSort(),
    body=lambda f: z3.If(_empty, 0, f(_tail, other) + z3.If(_head == other, 1, 0)),
)  # fmt: skip
#: Whether some instance of a list is Healthy.
any_healthy = _recursive(
    "any_healthy", instances, result=z3.BoolSort(),
    body=lambda f: z3.And(z3.Not(_empty), z3.Or(Instance.healthy(_head), f(_tail))),
)  # fmt: skip


def registered(before: Any, new: Any, keyed: bool) -> Any:
    """The list after `register`."""
    return pushed(deregistered(before, Instance.id(new)) if keyed else before, new)


def discover(known: Any, held: Any, telling: bool) -> Any:
    """What `discover` answers about a name that is in the map, or is not, with this list."""
    answer = Found.ok(healthy(z3.If(known, held, NIL)))
    return z3.If(known, answer, Found.not_found) if telling else answer


# ---------------------------------------------------------------------------------------- proofs

#: A statement about a list.
Law = Callable[[Any], Any]


def prove_for_lists(text: str, law: Law, *lemmas: Law) -> Proof:
    """Proves a law of all lists, by induction; lemmas are proved first and used for the same lists.

    Raises:
        Undecided: z3 cannot prove it, or refutes the base or the step.
    """
    front = z3.Const("front", Instance)
    longer = Instances.cons(front, instances)
    for number, each in enumerate((*lemmas, law)):
        known = lemmas[:number]
        prove(each(NIL), *(lemma(NIL) for lemma in known))
        given = [lemma(some) for lemma in known for some in (instances, longer)]
        prove(each(longer), each(instances), *given)
    return Proof(Method.Z3_PROOF, f"{text}: by induction on the list")


def deregistered_twice(some: Any) -> Any:
    """To deregister an id twice is to do it once."""
    once = deregistered(some, key)
    return deregistered(once, key) == once


def only_the_id(some: Any) -> Any:
    """What is deregistered is all that has the id, and nothing else."""
    left = count(deregistered(some, key), other)
    return left == z3.If(Instance.id(other) == key, 0, count(some, other))


def filtered(some: Any) -> Any:
    """A list has each of its instances as often after the filter if it is Healthy, else never."""
    return count(healthy(some), other) == z3.If(Instance.healthy(other), count(some, other), 0)


def filter_follows_push(some: Any) -> Any:
    """The filter keeps the order."""
    kept = healthy(some)
    after = z3.If(Instance.healthy(instance), pushed(kept, instance), kept)
    return healthy(pushed(some, instance)) == after


def retain_after_push(some: Any) -> Any:
    """What is pushed is retained unless it has the id."""
    kept = deregistered(some, key)
    after = z3.If(Instance.id(instance) == key, kept, pushed(kept, instance))
    return deregistered(pushed(some, instance), key) == after


def pushed_once(some: Any) -> Any:
    """A push adds one."""
    more = z3.If(other == instance, 1, 0)
    return count(pushed(some, instance), other) == count(some, other) + more


def none_healthy(some: Any) -> Any:
    """The filter leaves nothing if, and only if, nothing is Healthy."""
    return (healthy(some) == NIL) == z3.Not(any_healthy(some))


def for_the_id_of(law: Law, new: Any) -> Law:
    """A law about `key`, for the id of an instance."""
    return lambda some: z3.substitute(law(some), (key, Instance.id(new)))
