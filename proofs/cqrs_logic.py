"""CQRS in z3: any entities, events, commands and queries, logs of any length.

A log is what is at each place of it, and a fold is a function of how many events it has seen
(`cospec.proofs.natural`). The switches are those of `cospec.models.cqrs_system`.
"""

from __future__ import annotations

from typing import TypeAlias

import z3

from cospec.proofs.evidence import prove, prove_for_each

System = z3.DeclareSort("WriteState")
View = z3.DeclareSort("ProjectionState")
Event = z3.DeclareSort("DomainEvent")
Command = z3.DeclareSort("CommandSort")
Query = z3.DeclareSort("QuerySort")
Result = z3.DeclareSort("QueryResult")

#: What applying an event makes of the write state and of a projection.
apply = z3.Function("apply", System, Event, System)
update = z3.Function("update", View, Event, View)
view = z3.Function("view", System, View)

#: The event at each place of the log; those of a command come after those that were stored.
event = z3.Function("event", z3.IntSort(), Event)
stored, count = z3.Ints("stored count")

Number: TypeAlias = z3.ArithRef


def prove_fold_of_append(updating: bool = True) -> None:
    """Proves that a state which is the fold of the log is that of the longer log, when the events
    of a command are appended and folded into it.

    Args:
        updating: whether they are; else the state is copied.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    project = z3.Function("project", z3.IntSort(), View)
    updated = z3.Function("updated", z3.IntSort(), View)

    def step(i: Number) -> list[z3.BoolRef]:
        place = stored + i
        next_event = event(place)
        return [
            project(place + 1) == update(project(place), next_event),
            updated(i + 1) == (update(updated(i), next_event) if updating else updated(i)),
        ]

    begun = [updated(0) == project(stored), stored >= 0, count >= 0]
    prove_for_each(lambda i: updated(i) == project(stored + i), *begun, step=step, below=count)


def prove_simulation() -> None:
    """Proves that the view of the folded write state is the folded projection, for logs of any
    length, if it is so at the start and each event keeps it.

    Raises:
        Undecided: z3 does not know.
    """
    states = z3.Function("states", z3.IntSort(), System)
    views = z3.Function("views", z3.IntSort(), View)
    s, e = z3.Const("s", System), z3.Const("e", Event)
    keeps = z3.ForAll([s, e], view(apply(s, e)) == update(view(s), e))

    def step(i: Number) -> list[z3.BoolRef]:
        return [
            states(i + 1) == apply(states(i), event(i)),
            views(i + 1) == update(views(i), event(i)),
        ]

    begun_alike = view(states(0)) == views(0)
    prove_for_each(lambda i: view(states(i)) == views(i), begun_alike, keeps, step=step)


def prove_simulation_necessary() -> None:
    """Proves the converse, of the states that logs lead to: if both folds agree after each log,
    they do at the start, and each event keeps it.

    Raises:
        Undecided: z3 does not know.
    """
    # What a log leads to: the write state and the projection after it.
    log = z3.DeclareSort("Log")
    longer = z3.Function("longer", log, Event, log)
    states, views = z3.Function("after", log, System), z3.Function("shown", log, View)
    one, empty = z3.Consts("one empty", log)
    e = z3.Const("e", Event)
    folds = [
        z3.ForAll([one, e], states(longer(one, e)) == apply(states(one), e)),
        z3.ForAll([one, e], views(longer(one, e)) == update(views(one), e)),
    ]
    agree = z3.ForAll([one], view(states(one)) == views(one))
    prove(view(states(empty)) == views(empty), *folds, agree)
    prove(view(apply(states(one), e)) == update(view(states(one)), e), *folds, agree)


def prove_frozen(projecting: bool = False) -> None:
    """Proves that no accepted command changes the answer to any query, whatever it does to the
    projection: `query_handlers` is copied, and sees nothing else.

    Args:
        projecting: whether it gets the state of the projection.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    answer = z3.Function("answer", View, Query, Result)
    before, after, nothing = z3.Consts("before after nothing", View)
    query = z3.Const("query", Query)
    known = (before, after) if projecting else (nothing, nothing)
    prove(answer(known[0], query) == answer(known[1], query))


def prove_answers(projecting: bool = True) -> None:
    """Proves that after a command each query is answered from the fold of the longer log.

    Args:
        projecting: whether queries get the state of the projection; else nothing.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    prove_fold_of_append()
    answer = z3.Function("answer", View, Query, Result)
    project, updated = z3.Consts("projected updated", View)
    begun, query = z3.Const("begun", View), z3.Const("query", Query)
    known = updated if projecting else begun
    prove(answer(known, query) == answer(project, query), updated == project)


def prove_blind(deciding: bool = False) -> None:
    """Proves that a command is decided alike in any two states.

    Args:
        deciding: whether `command_handlers` get the state.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    accepts = z3.Function("accepts", Command, System, z3.BoolSort())
    command, nothing = z3.Const("command", Command), z3.Const("nothing", System)
    one, two = z3.Consts("one two", System)
    given = (one, two) if deciding else (nothing, nothing)
    prove(accepts(command, given[0]) == accepts(command, given[1]))


def prove_lookup(looking_up: bool = True, boxing: bool = True) -> None:
    """Proves of a map of handlers by types of messages, of any types and handlers: a message with a
    handler in it is handled by that one, and one without is refused.

    Args:
        looking_up: whether the handler is looked up; else a message handles itself.
        boxing: whether what is put into the box has the type that it is cast to; else it has the
            handler's own type, which is another one.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    messages, handlers, types = (z3.DeclareSort(name) for name in ("Message", "Handler", "Type"))
    registered = z3.Function("registered", messages, z3.BoolSort())
    found = z3.Function("found", messages, handlers)
    itself = z3.Function("itself", messages, handlers)
    own, wanted = z3.Function("own", handlers, types), z3.Function("wanted", messages, types)
    message, handler = z3.Const("message", messages), z3.Const("handler", handlers)
    inside = wanted(message) if boxing else own(found(message))
    cast = z3.And(registered(message), inside == wanted(message))
    ok = cast if looking_up else z3.BoolVal(True)
    called = found(message) if looking_up else itself(message)
    differs = z3.ForAll([message, handler], own(handler) != wanted(message))
    handled = z3.And(ok, called == found(message))
    prove(z3.If(registered(message), handled, z3.Not(ok)), differs)
