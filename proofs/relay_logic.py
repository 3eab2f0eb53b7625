"""The way of events from a log to a consumer in z3: any number of events, crashes and duplicates.

The state is that of `cospec.models.event_relay.Relayed`, but for what is on the bus, which is how
often each version is there; and the consumer has a state of its own, of which nothing is known but
that applying an event changes it. That each step of the model classes is one of these is tested
on all that they reach.

What is proved of `invariant` is inductive and speaks of one version, which stands for any. That an
event is applied at last follows by the rule of weak fairness (Z. Manna and A. Pnueli, *Completing
the temporal picture*, 1991): a rank that no step raises, and in each state one fair step that
lowers it, and that stays the one to take, and possible, until the rank falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import z3

from cospec.proofs.evidence import prove, prove_for_each

Event = z3.DeclareSort("CommittedEvent")
State = z3.DeclareSort("ConsumerState")

#: The event of each version, what applying one makes of a state, and the state after so many.
event = z3.Function("event", z3.IntSort(), Event)
apply = z3.Function("apply", State, Event, State)
project = z3.Function("project", z3.IntSort(), State)

#: A version, and that of the event of a step.
version, which = z3.Ints("version which")


class Design(Protocol):
    """The repairs that a model of relaying has or has not."""

    @property
    def relaying(self) -> bool:
        """Whether a relay publishes what is in the log, and not each writer from its memory."""
        ...

    @property
    def sequenced(self) -> bool:
        """Whether the consumer applies only the event that comes next."""
        ...

    @property
    def volatile(self) -> bool:
        """Whether a crash loses what is on the bus."""
        ...

    @property
    def resuming(self) -> bool:
        """Whether the relay then goes back to the position of the consumer."""
        ...


@dataclass(frozen=True, slots=True)
class Relay:
    """The state.

    Attributes:
        committed: how many events are in the log.
        marked: how far the relay has noted that it is.
        sent: whether it has published the next one.
        published: the highest version that was ever published.
        position: how many events the consumer has applied.
        crashes: how many crashes there may still be.
        held: of each version, how many writers have it in memory to publish it.
        flying: of each version, how often it is on the bus.
        times: of each version, how often it was applied.
        state: what the consumer has made of what it applied.
    """

    committed: z3.ArithRef
    marked: z3.ArithRef
    sent: z3.BoolRef
    published: z3.ArithRef
    position: z3.ArithRef
    crashes: z3.ArithRef
    held: z3.ArrayRef
    flying: z3.ArrayRef
    times: z3.ArrayRef
    state: z3.ExprRef


def _counts(name: str) -> z3.ArrayRef:
    return z3.Array(name, z3.IntSort(), z3.IntSort())


NONE = z3.K(z3.IntSort(), z3.IntVal(0))


def any_relay() -> Relay:
    """A state of which nothing is known."""
    committed, marked, published = z3.Ints("committed marked published")
    position, crashes = z3.Ints("position crashes")
    return Relay(
        committed, marked, z3.Bool("sent"), published, position, crashes,
        _counts("held"), _counts("flying"), _counts("times"), z3.Const("state", State),
    )  # fmt: skip


def start() -> Relay:
    """Nothing is committed; any number of crashes is to come."""
    zero = z3.IntVal(0)
    crashes = z3.Int("crashes")
    return Relay(
        zero, zero, z3.BoolVal(False), zero, zero, crashes, NONE, NONE, NONE, project(zero)
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What may happen: when, and what there is after it; of a step that publishes, which version
    it does."""

    name: str
    enabled: z3.BoolRef
    after: Relay
    publishes: z3.ArithRef | None = None


def _more(counts: z3.ArrayRef, at: z3.ArithRef, by: int = 1) -> z3.ArrayRef:
    return z3.Store(counts, at, counts[at] + by)


def _publishing(now: Relay, at: z3.ArithRef) -> Relay:
    highest = z3.If(at > now.published, at, now.published)
    return replace(now, flying=_more(now.flying, at), published=highest)


def steps(design: Design, now: Relay) -> list[Step]:
    """All that may happen; `which` is the version that is published, delivered or duplicated."""
    committed = replace(now, committed=now.committed + 1)
    if not design.relaying:
        committed = replace(committed, held=_more(now.held, now.committed + 1))
    relaying = z3.BoolVal(design.relaying)
    following = now.marked + 1
    possible = [relaying, z3.Not(now.sent), now.marked < now.committed]
    news = which > now.position if design.sequenced else z3.BoolVal(True)
    crashed = replace(now, crashes=now.crashes - 1, held=NONE, sent=z3.BoolVal(False))
    if design.volatile:
        marked = now.position if design.resuming else now.marked
        crashed = replace(crashed, flying=NONE, marked=marked)
    early = which > now.position + 1 if design.sequenced else z3.BoolVal(False)
    return [
        Step("commit", z3.BoolVal(True), committed),
        Step(
            "publish",
            now.held[which] >= 1,
            replace(_publishing(now, which), held=_more(now.held, which, -1)),
            which,
        ),
        Step(
            "relay",
            z3.And(possible),
            replace(_publishing(now, following), sent=z3.BoolVal(True)),
            following,
        ),
        Step("mark", now.sent, replace(now, sent=z3.BoolVal(False), marked=following)),
        Step(
            "deliver",
            z3.And(now.flying[which] >= 1, z3.Not(early)),
            replace(
                now,
                flying=_more(now.flying, which, -1),
                position=z3.If(news, now.position + 1, now.position),
                times=z3.If(news, _more(now.times, which), now.times),
                state=z3.If(news, apply(now.state, event(which)), now.state),
            ),
        ),
        Step("duplicate", now.flying[which] >= 1, replace(now, flying=_more(now.flying, which))),
        Step(
            "crash",
            now.crashes > 0,
            crashed,
        ),
    ]


def invariant(now: Relay, at: z3.ArithRef) -> z3.BoolRef:
    """That nothing is lost on the way and nothing applied twice, as far as one version tells."""
    published = z3.Or(at <= now.marked, z3.And(now.sent, at == now.marked + 1))
    return z3.And(
        now.marked >= 0,
        now.marked <= now.committed,
        z3.Implies(now.sent, now.marked < now.committed),
        now.marked <= now.published,
        z3.Implies(now.sent, now.published >= now.marked + 1),
        z3.Implies(now.flying[at] >= 1, at <= now.published),
        now.position <= now.published,
        now.position >= 0,
        now.position <= now.committed,
        now.crashes >= 0,
        now.flying[at] >= 0,
        now.held[at] == 0,
        z3.Implies(now.flying[at] >= 1, z3.And(at >= 1, at <= now.committed)),
        z3.Implies(z3.And(now.position < at, published), now.flying[at] >= 1),
        now.times[at] == z3.If(z3.And(at >= 1, at <= now.position), 1, 0),
        now.state == project(now.position),
    )


def prove_exactly_once(design: Design) -> None:
    """Proves that the consumer has applied the beginning of the log, each event once.

    Raises:
        Undecided: z3 refutes a step of the proof, or does not know.
    """
    now = any_relay()
    prove(invariant(start(), version), z3.Int("crashes") >= 0)
    known = [invariant(now, at) for at in (version, which, now.marked + 1, now.position + 1)]
    for step in steps(design, now):
        prove(invariant(step.after, version), *known, step.enabled, *_folding(now, step))


def prove_published_in_order(design: Design) -> None:
    """Proves that an event which is published for the first time is the one that comes next.

    Raises:
        Undecided: z3 refutes a step of the proof, or does not know.
    """
    prove_exactly_once(design)
    now = any_relay()
    known = [invariant(now, at) for at in (version, which)]
    for step in steps(design, now):
        if step.publishes is not None:
            prove(step.publishes <= now.published + 1, *known, step.enabled)


def _folding(now: Relay, step: Step) -> Sequence[z3.BoolRef]:
    """What `project` is, where the step applies an event."""
    if step.name != "deliver":
        return ()
    position = now.position
    return (project(position + 1) == apply(project(position), event(position + 1)),)


# ------------------------------------------------------------------------------------- liveness


def _rank(now: Relay, target: z3.ArithRef) -> list[z3.ArithRef]:
    """How far the consumer is from having applied an event; compared as words are."""
    behind = now.position + 1 - now.marked
    return [
        now.crashes,
        target - now.position,
        z3.If(behind > 0, behind, 0),
        z3.If(z3.And(behind > 0, z3.Not(now.sent)), 1, 0),
    ]


def _less(one: Sequence[z3.ArithRef], other: Sequence[z3.ArithRef]) -> z3.BoolRef:
    """Whether a rank is below another."""
    if not one:
        return z3.BoolVal(False)
    rest = z3.And(one[0] == other[0], _less(one[1:], other[1:]))
    return z3.Or(one[0] < other[0], rest)


def _same(one: Sequence[z3.ArithRef], other: Sequence[z3.ArithRef]) -> z3.BoolRef:
    return z3.And([a == b for a, b in zip(one, other, strict=True)])


def _helpful(now: Relay) -> list[z3.BoolRef]:
    """When to deliver the next event, when to note, and when to relay."""
    there = now.marked > now.position
    return [
        there,
        z3.And(z3.Not(there), now.sent),
        z3.And(z3.Not(there), z3.Not(now.sent)),
    ]


def prove_leads_to_applied(design: Design) -> None:
    """Proves that each committed event is applied at last, when the steps of the relay and the
    deliveries of each event are treated fairly and crashes are finitely many.

    Raises:
        Undecided: z3 refutes a step of the proof, or does not know.
    """
    prove_exactly_once(design)
    now, target = any_relay(), z3.Int("target")
    waiting = [now.position < target, target <= now.committed]
    places = (which, now.marked + 1, now.position + 1, target)
    known = [*waiting, *(invariant(now, at) for at in places)]
    rank = _rank(now, target)
    prove(z3.And([part >= 0 for part in rank]), *known)
    found = {step.name: step for step in steps(design, now)}
    # No step raises the rank; one that leaves it leaves the helpful one as it is.
    for step in found.values():
        after = _rank(step.after, target)
        unchanged = z3.And(
            _same(after, rank),
            *(a == b for a, b in zip(_helpful(now), _helpful(step.after), strict=True)),
        )
        prove(z3.Or(_less(after, rank), unchanged), *known, step.enabled)
    # The helpful step is possible, and lowers the rank.
    for when, name in zip(_helpful(now), ("deliver", "mark", "relay"), strict=True):
        step = found[name]
        given = [*known, when]
        if name == "deliver":
            given.append(which == now.position + 1)
        prove(step.enabled, *given)
        prove(_less(_rank(step.after, target), rank), *given)


# ------------------------------------------------------------------- a projection that upserts


def prove_upserts(guarded: bool = True) -> None:
    """Proves of a bus that loses nothing and a consumer that writes the row of an event where its
    version is above that of the row: whatever the order and however often each event is delivered,
    when all are, the row is that after the last event.

    Args:
        guarded: whether it looks at the version; else it writes always.

    Raises:
        Undecided: z3 refutes a step of the proof, or does not know.
    """
    length, row = z3.Ints("length row")
    state, flying = z3.Const("state", State), _counts("flying")

    def kept(
        now_row: z3.ArithRef, now_state: z3.ExprRef, now_flying: z3.ArrayRef, at: z3.ArithRef
    ) -> z3.BoolRef:
        """That each event is still to come or is in the row, as far as one version tells."""
        there = z3.And(at >= 1, at <= length)
        return z3.And(
            now_row >= 0,
            now_row <= length,
            now_flying[at] >= 0,
            z3.Implies(now_flying[at] >= 1, there),
            z3.Implies(there, z3.Or(now_flying[at] >= 1, at <= now_row)),
            now_state == project(now_row),
        )

    number = z3.Int("number")
    all_flying = z3.Lambda([number], z3.If(z3.And(number >= 1, number <= length), 1, 0))
    prove(kept(z3.IntVal(0), project(z3.IntVal(0)), all_flying, version), length >= 0)
    known = [kept(row, state, flying, at) for at in (version, which)]
    news = which > row if guarded else z3.BoolVal(True)
    after_row = z3.If(news, which, row)
    after_state = z3.If(news, project(which), state)
    there = flying[which] >= 1
    prove(kept(after_row, after_state, _more(flying, which, -1), version), *known, there)
    prove(kept(row, state, _more(flying, which), version), *known, there)
    # At rest nothing is on the bus, the event of the highest version neither.
    last = kept(row, state, flying, length)
    prove(state == project(length), last, flying[length] == 0, length >= 1)


def prove_upserts_once(guarded: bool = True) -> None:
    """Proves of the same consumer that an event changes nothing once the row has its version or a
    higher one, that it has after the event, and that no event takes it away.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    row, other = z3.Ints("row other")
    state = z3.Const("state", State)

    def after(
        now: tuple[z3.ArithRef, z3.ExprRef], at: z3.ArithRef
    ) -> tuple[z3.ArithRef, z3.ExprRef]:
        news = at > now[0] if guarded else z3.BoolVal(True)
        return z3.If(news, at, now[0]), z3.If(news, project(at), now[1])

    once = after((row, state), which)
    prove(once[0] >= which)
    later = after((row, state), other)
    prove(later[0] >= which, row >= which)
    again = after((row, state), which)
    prove(z3.And(again[0] == row, again[1] == state), row >= which)


# ---------------------------------------------------------------- what execute_command stores


Log = z3.SeqSort(Event)


def stored(sharing: bool, logs: Sequence[z3.SeqRef], new: z3.ExprRef) -> list[z3.SeqRef]:
    """The stores of the handler, the bus and the command side after the handler has stored an
    event; with `sharing` they are one."""
    handler, bus, side = logs
    longer = z3.Concat(handler, z3.Unit(new))
    return [longer, longer, longer] if sharing else [longer, bus, side]


def published(sharing: bool, logs: Sequence[z3.SeqRef], new: z3.ExprRef) -> list[z3.SeqRef]:
    """The same after it is published; into a shared store it is not put again."""
    handler, bus, side = logs
    return [handler, bus if sharing else z3.Concat(bus, z3.Unit(new)), side]


def prove_one_log(sharing: bool) -> None:
    """Proves that the three stores stay equal, whatever is stored and published.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    logs, new = z3.Consts("handler bus side", Log), z3.Const("new", Event)

    def equal(three: Sequence[z3.SeqRef]) -> z3.BoolRef:
        return z3.And(three[0] == three[1], three[0] == three[2])

    prove(equal(stored(sharing, logs, new)), equal(logs))
    prove(equal(published(sharing, logs, new)), equal(logs), z3.Contains(logs[0], z3.Unit(new)))


def answers_err(relaying: bool, refused: z3.BoolRef, fails: z3.BoolRef) -> z3.BoolRef:
    """Whether a command is answered with Err: it is refused, and stores nothing, or the caller
    publishes what it has stored, and that fails."""
    return refused if relaying else z3.Or(refused, fails)


def prove_answers(relaying: bool) -> None:
    """Proves that Err is answered only where nothing is stored.

    Raises:
        Undecided: z3 refutes it.
    """
    refused, fails = z3.Bools("refused publishing_fails")
    prove(z3.Implies(answers_err(relaying, refused, fails), refused))


def prove_version_counts(counting: bool) -> None:
    """Proves that the version in a result is that of the aggregate after its events, where applying
    one adds 1 to the version.

    Args:
        counting: whether the result counts the events; else it has the version before them.

    Raises:
        Undecided: z3 refutes it, or does not know.
    """
    count, before = z3.Ints("count before")
    after = z3.Function("version_after", z3.IntSort(), z3.IntSort())

    def one_more(i: z3.ArithRef) -> list[z3.BoolRef]:
        return [after(i + 1) == after(i) + 1]

    start = after(0) == before
    prove_for_each(lambda i: after(i) == before + i, start, step=one_more, below=count)
    result = before + count if counting else before
    prove(result == after(count), after(count) == before + count, count >= 0)
