"""W006: a parallel that blocks an event for ever, since one side never performs it.

What a process may do is computed from the text, and rather too much than too little: the channels
of all prefixes that it comes to, whatever conditions there are. As soon as a part of it can do what
the text does not tell (a process that is a parameter, `RUN`, a channel that is a variable), nothing
is said. A side that does nothing at all, such as `STOP`, blocks events on purpose. And where the
other side has a choice, as a memory has that can be read and written, nothing is wrong with a
partner that never writes: an event is reported only if a process comes to wait for it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum, auto

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.lints.names import Names, warning
from cospec.spec.syntax.matcher import spine
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.environment import Entity
from cospec.spec.syntax.types.signatures import IMPORTED

#: Imported functions whose result does what their first argument does.
_ALIKE = frozenset(IMPORTED) - {
    "prioritisepo", "trace_watchdog", "failure_watchdog", "mtransclose", "relational_image",
    "relational_inverse_image", "transpose",
}  # fmt: skip


def blocked_events(names: Names) -> Iterator[Diagnostic]:
    """Synchronisation sets with a channel that one side uses and the other never does."""
    alphabets = _Alphabets(names)
    for parallel in names.every(tree.SetBinary):
        if parallel.operator == "[||]":
            shared = alphabets.members(parallel.events)
            yield from _blocked(alphabets, parallel, shared)
    for other in names.every(tree.AlphabetisedParallel):
        right = alphabets.members(other.right_events)
        shared = {c: use for c, use in alphabets.members(other.left_events).items() if c in right}
        yield from _blocked(alphabets, other, shared)


def _blocked(
    alphabets: _Alphabets,
    parallel: tree.SetBinary | tree.AlphabetisedParallel,
    shared: dict[Span, tree.Expr],
) -> Iterator[Diagnostic]:
    if not shared:
        return
    for idle, busy in ((parallel.left, parallel.right), (parallel.right, parallel.left)):
        can = alphabets.of(idle)
        if not can or can >= shared.keys():
            continue
        awaited = alphabets.awaited(busy, shared.keys() - can)
        for channel, member in shared.items():
            if channel in awaited:
                yield _warning(alphabets.names, idle, member, awaited[channel], channel)


def _warning(
    names: Names, idle: tree.Expr, member: tree.Expr, use: tree.Expr, channel: Span
) -> Diagnostic:
    name = names.text(channel)
    return warning(
        "W006",
        f"`{name}` is blocked for ever: the two sides share it, and one of them never performs it",
        idle.span,
        f"has no `{name}`",
        ("the other side performs it here", use.span),
        ("it is shared here", member.span),
        (f"leave `{name}` out of the set, or put `STOP` where it is to be blocked", None),
    )


class _Alphabets:
    """What processes may do. Channels are known by the places of their declarations."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[int, frozenset[Span] | None] = {}

    def of(self, process: tree.Expr) -> frozenset[Span] | None:
        """The channels of which a process may perform events; None when the text does not tell."""
        key = id(process)
        if key not in self._known:
            self._known[key] = self._of(process)
        return self._known[key]

    def _of(self, process: tree.Expr) -> frozenset[Span] | None:
        found: set[Span] = set()
        done: set[int] = set()
        left = [process]
        while left:
            expr = left.pop()
            if id(expr) in done:
                continue
            done.add(id(expr))
            events: list[tree.Expr] = []
            inside: Sequence[tree.Expr] | None
            match expr:
                case tree.Name() | tree.Apply():
                    inside = self._call(expr)
                case tree.Prefix(channel, _, body):
                    events, inside = [channel], [body]
                case tree.Rename(body, ties):
                    events, inside = [tie.right for tie in ties], [body]
                case tree.Binary("\\" | "|\\", body, _) | tree.ReplicatedLink(_, _, _, body):
                    inside = [body]
                case tree.LinkedParallel(first, _, _, second):
                    inside = [first, second]
                case _:
                    operands = _operands(expr)
                    inside = None if operands is None else [each for each, _ in operands]
            channels = [self.channel(event) for event in events]
            if inside is None or None in channels:
                return None
            found.update(channel for channel in channels if channel is not None)
            left += inside
        return frozenset(found)

    def awaited(self, process: tree.Expr, blocked: AbstractSet[Span]) -> dict[Span, tree.Expr]:
        """Those of the blocked channels that some part of a process comes to and waits for, with
        no choice and under their own names, each with a place."""
        found: dict[Span, tree.Expr] = {}
        done: set[tuple[int, bool]] = set()
        # With each process: whether it is there without a choice.
        left: list[tuple[tree.Expr, bool]] = [(process, True)]
        while left:
            expr, alone = left.pop()
            if (id(expr), alone) in done:
                continue
            done.add((id(expr), alone))
            match expr:
                case tree.Name() | tree.Apply():
                    left += [(body, alone) for body in self._call(expr) or ()]
                case tree.Prefix(event, _, body):
                    channel = self.channel(event)
                    if channel not in blocked:
                        left.append((body, True))
                    elif alone and channel is not None:
                        found.setdefault(channel, event)
                case _:
                    operands = _operands(expr) or ()
                    left += [(each, _alone(how, alone)) for each, how in operands]
        return found

    def _call(self, expr: tree.Expr) -> list[tree.Expr] | None:
        """What a name or a call stands for: the bodies of its definition."""
        if isinstance(expr, tree.Apply) and self.names.imported(expr.function) in _ALIKE:
            return [expr.arguments[0]]
        if self.names.builtin(expr) in {"STOP", "SKIP", "DIV"}:
            return []
        depth = 0
        while isinstance(expr, tree.Apply):
            expr, depth = expr.function, depth + 1
        definition = self.names.definition(expr)
        if definition is None or len(definition.clauses[0].groups) != depth:
            return None
        return [clause.body for clause in definition.clauses]

    # -------------------------------------------------------------------------- channels

    def channel(self, event: tree.Expr) -> Span | None:
        """Where the channel of an event is declared."""
        head = self.names.head(spine(event)[0])
        return None if head is None or head.datatype is not None else head.span

    def members(self, events: tree.Expr) -> dict[Span, tree.Expr]:
        """The channels that surely have events in a set, each with the place that says so."""
        found: dict[Span, tree.Expr] = {}
        seen: set[int] = set()
        left = [events]
        while left:
            expr = left.pop()
            if id(expr) in seen:
                continue
            seen.add(id(expr))
            match expr:
                case tree.EventSet(items, None) | tree.Set(items, None):
                    for item in items:
                        channel = self.channel(item)
                        if channel is not None and not _is_tock(self.names.head(spine(item)[0])):
                            found.setdefault(channel, item)
                case tree.Apply(function, arguments):
                    called = self.names.builtin(function)
                    if called in {"union", "Union"}:
                        left += arguments
                case tree.Name():
                    constant = self.names.constant(expr)
                    left += [] if constant is None else [constant]
        return found


def _is_tock(head: Entity | None) -> bool:
    """Timed sections perform `tock` where the text has none."""
    return head is not None and head.name == "tock"


class _How(Enum):
    """How an operand takes part in a process."""

    CHOICE = auto()  # another operand may be chosen instead
    LATER = auto()  # when its turn comes, there is nothing else
    SAME = auto()  # as the whole


def _alone(how: _How, whole: bool) -> bool:
    return how is _How.LATER or (how is _How.SAME and whole)


def _operands(expr: tree.Expr) -> list[tuple[tree.Expr, _How]] | None:
    """The processes that a process is made of; None if that is not known."""
    match expr:
        case tree.Binary("[]" | "/\\", first, second):
            return [(first, _How.CHOICE), (second, _How.CHOICE)]
        case tree.SetBinary("[++]" | "/++\\", first, _, second):
            return [(first, _How.CHOICE), (second, _How.CHOICE)]
        case tree.Binary("[>", first, second):
            return [(first, _How.CHOICE), (second, _How.LATER)]
        case tree.Binary(";", first, second) | tree.SetBinary("[|>", first, _, second):
            return [(first, _How.SAME), (second, _How.LATER)]
        case tree.Binary("|~|", first, second):
            return [(first, _How.SAME), (second, _How.SAME)]
        case tree.Binary("|||", first, second) | tree.SetBinary("[||]", first, _, second):
            return [(first, _How.SAME), (second, _How.SAME)]
        case tree.AlphabetisedParallel(first, _, _, second) | tree.If(_, first, second):
            return [(first, _How.SAME), (second, _How.SAME)]
        case tree.Binary("&", _, body) | tree.Let(_, body):
            return [(body, _How.SAME)]
        case tree.Replicated("[]" | "[++]", _, _, body):
            return [(body, _How.CHOICE)]
        case tree.Replicated(_, _, _, body):
            return [(body, _How.SAME)]
    return None
