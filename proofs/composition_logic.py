"""Processes put together, in z3: when two that never get stuck do not get stuck on each other.

A process is what it may do: a relation on states, of which those that it reaches are closed under
its steps, and each has one (that it is deadlock free, τ and ✓ included). Of what the states are
nothing is known, so that what is proved holds for all processes.

A network of clients and servers is that of `spec/library/pattern_composition.csp`, with any number
of processes and any relation of who may call whom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import z3

from cospec.proofs.evidence import prove

Term = Any

# ------------------------------------------------------------------------------- two processes

Event = z3.DeclareSort("SharedEvent")
BOOL = z3.BoolSort()

#: Whether both have to perform an event together.
shared = z3.Function("shared", Event, BOOL)
e = z3.Const("e", Event)


class DeadlockFree:
    """Any process that is never stuck."""

    def __init__(self, name: str) -> None:
        self.sort = z3.DeclareSort(f"State{name}")
        self.step = z3.Function(f"step{name}", self.sort, Event, self.sort, BOOL)
        self.reached = z3.Function(f"reached{name}", self.sort, BOOL)
        self.event = z3.Function(f"event{name}", self.sort, Event)
        self.next = z3.Function(f"next{name}", self.sort, self.sort)
        self.here, self.there = z3.Consts(f"here{name} there{name}", self.sort)

    def known(self) -> list[z3.BoolRef]:
        """Every state reached has a step, and leads to states that are reached."""
        here, there = self.here, self.there
        moves = z3.Implies(self.reached(here), self.step(here, self.event(here), self.next(here)))
        stays = z3.Implies(
            z3.And(self.reached(here), self.step(here, e, there)), self.reached(there)
        )
        return [z3.ForAll([here], moves), z3.ForAll([here, e, there], stays)]


@dataclass(frozen=True)
class Pair:
    """Two processes in parallel, in the events that are shared."""

    left: DeadlockFree
    right: DeadlockFree

    def step(self, before: tuple[Term, Term], event: Term, after: tuple[Term, Term]) -> Term:
        """Whether an event leads from one pair of states to another."""
        left = self.left.step(before[0], event, after[0])
        right = self.right.step(before[1], event, after[1])
        alone = z3.Or(z3.And(left, before[1] == after[1]), z3.And(right, before[0] == after[0]))
        return z3.If(shared(event), z3.And(left, right), alone)

    def not_stuck(self, *given: z3.BoolRef) -> None:
        """Proves that the pairs of states reached are closed under steps, and that each has one:
        what the left process does next."""
        p, q = self.left.here, self.right.here
        p2, q2 = self.left.there, self.right.there
        known = [*given, self.left.reached(p), self.right.reached(q)]
        known += [*self.left.known(), *self.right.known()]
        prove(self.step((p, q), self.left.event(p), (self.left.next(p), q)), *known)
        stays = z3.And(self.left.reached(p2), self.right.reached(q2))
        prove(stays, *known, self.step((p, q), e, (p2, q2)))


def independent_patterns() -> None:
    """Proves that two deadlock-free processes which share no event are so together."""
    Pair(DeadlockFree("P"), DeadlockFree("Q")).not_stuck(z3.ForAll([e], z3.Not(shared(e))))


def always_ready() -> None:
    """Proves that a deadlock-free process is so beside one that is always ready for what they
    share, and does nothing else."""
    p, q = DeadlockFree("P"), DeadlockFree("Q")
    ready = q.step(q.here, e, q.there) == z3.And(shared(e), q.here == q.there)
    Pair(p, q).not_stuck(z3.ForAll([q.here, e, q.there], ready))


# -------------------------------------------------------------------------- clients and servers

Mode, (IDLE, SERVING, CALLING, WAITING, ANSWERING) = z3.EnumSort(
    "Mode", ["idle", "serving", "calling", "waiting", "answering"]
)

#: A value for each process.
Each = Callable[[Term], Term]


@dataclass(frozen=True)
class Network:
    """A state of a network.

    Attributes:
        mode: what a process is doing.
        own: whether it has begun on its own, and serves no one.
        client: whom it serves else.
        server: whom it calls, or has called.
    """

    mode: Each
    own: Each
    client: Each
    server: Each


@dataclass(frozen=True)
class Step:
    """A step of a network: its name, when it is possible, and what comes of it."""

    name: str
    enabled: Term
    after: Network


def changed(values: Each, where: Term, value: Term) -> Each:
    """Values of which one is another."""
    return lambda each: z3.If(each == where, value, values(each))


def steps(calls: Callable[[Term, Term], Term], net: Network, i: Term, j: Term) -> list[Step]:
    """What a process i may do next, with j where another one takes part."""

    def to(mode: Term, **others: Each) -> Network:
        return replace(net, mode=changed(net.mode, i, mode), **others)

    called = replace(
        net,
        mode=changed(changed(net.mode, i, WAITING), j, SERVING),
        own=changed(net.own, j, z3.BoolVal(False)),
        client=changed(net.client, j, i),
    )
    replied = replace(net, mode=changed(changed(net.mode, i, IDLE), j, SERVING))
    own = changed(net.own, i, z3.BoolVal(True))
    server = changed(net.server, i, j)
    answers = z3.And(net.mode(i) == ANSWERING, z3.Not(net.own(i)), net.client(i) == j)
    return [
        Step("begin", net.mode(i) == IDLE, to(SERVING, own=own)),
        Step("answer", net.mode(i) == SERVING, to(ANSWERING)),
        Step("choose", z3.And(net.mode(i) == SERVING, calls(i, j)), to(CALLING, server=server)),
        Step(
            "call",
            z3.And(net.mode(i) == CALLING, net.server(i) == j, net.mode(j) == IDLE),
            called,
        ),
        Step("reply", z3.And(answers, net.mode(j) == WAITING, net.server(j) == i), replied),
        Step("done", z3.And(net.mode(i) == ANSWERING, net.own(i)), to(IDLE)),
    ]


def sound(calls: Callable[[Term, Term], Term], net: Network, k: Term) -> Term:
    """The invariant: who waits is served by whom it has called, and who serves is waited for."""
    server, client = net.server(k), net.client(k)
    asks = z3.Or(net.mode(k) == CALLING, net.mode(k) == WAITING)
    served = z3.And(net.mode(server) != IDLE, z3.Not(net.own(server)), net.client(server) == k)
    serves = z3.And(net.mode(k) != IDLE, z3.Not(net.own(k)))
    return z3.And(
        z3.Implies(asks, calls(k, server)),
        z3.Implies(net.mode(k) == WAITING, served),
        z3.Implies(serves, z3.And(net.mode(client) == WAITING, net.server(client) == k)),
    )


def acyclic_network(falling: bool = True) -> None:
    """Proves that a network in which every call goes down, whatever the levels, is never stuck.

    By induction on n: where nothing is possible, a process that is not idle is at no level below n,
    and so at none. Then all are idle, and any of them can begin. What is known of all processes is
    used of those only that a step has to do with, so that z3 need not choose.

    Raises:
        Undecided: it is not so, as where calls need not go down (`falling`).
    """
    process = z3.DeclareSort("Process")
    i, j, k = z3.Consts("i j k", process)
    calls = z3.Function("calls", process, process, BOOL)
    level = z3.Function("level", process, z3.IntSort())
    mode, own = z3.Function("mode", process, Mode), z3.Function("own", process, BOOL)
    client, server = (z3.Function(name, process, process) for name in ("client", "server"))
    net = Network(mode, own, client, server)

    idle = [mode(each) == IDLE for each in (k, server(k), client(k))]
    prove(sound(calls, net, k), *idle)
    concerned = [other(each) for each in (i, j, k) for other in (server, client)]
    invariant = [sound(calls, net, each) for each in (i, j, k, *concerned)]
    for step in steps(calls, net, i, j):
        prove(sound(calls, step.after, k), *invariant, step.enabled)

    partners = [(k, server(k)), (k, client(k)), (server(k), k), (client(k), k)]
    possible = [step.enabled for pair in partners for step in steps(calls, net, *pair)]
    stuck = [*map(z3.Not, possible), sound(calls, net, k), sound(calls, net, server(k))]
    levels = [level(k) >= 0]
    if falling:
        levels.append(z3.Implies(calls(k, server(k)), level(server(k)) < level(k)))

    def not_below(n: Term, each: Term) -> Term:
        return z3.Implies(mode(each) != IDLE, level(each) >= n)

    n = z3.Int("n")
    prove(not_below(z3.IntVal(0), k), *levels, *stuck)
    known = [*levels, *stuck, n >= 0, not_below(n, k), not_below(n, server(k))]
    prove(not_below(n + 1, k), *known)
    prove(mode(k) == IDLE, not_below(level(k) + 1, k))
    prove(z3.BoolVal(False), *stuck, mode(k) == IDLE)
