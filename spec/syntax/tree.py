"""The syntax tree of CSPM: what the parser makes and everything after it reads.

Plain data, no behaviour. Every node knows its `span`. Patterns are expressions until names
are resolved, because only the scope can tell a constructor from a variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, Union


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a script. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of `other`."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column)


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, definition, channel or constructor; `M::x` is spelt with its scope."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Int:
    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Char:
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """`"abc"`, a sequence of characters."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`_`, legal in patterns only."""

    span: Span


@dataclass(frozen=True, slots=True)
class Tuple:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """`<a, b | statements>`; `statements` is None when there is no bar."""

    items: tuple[Expr, ...]
    statements: tuple[Statement, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class SequenceRange:
    """`<a..b | statements>`; `last` is None in `<a..>`."""

    first: Expr
    last: Expr | None
    statements: tuple[Statement, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class Set:
    items: tuple[Expr, ...]
    statements: tuple[Statement, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class SetRange:
    first: Expr
    last: Expr | None
    statements: tuple[Statement, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class EventSet:
    """`{| a, b | statements |}`."""

    items: tuple[Expr, ...]
    statements: tuple[Statement, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class Map:
    """`(| k => v, … |)`."""

    pairs: tuple[tuple[Expr, Expr], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Dot:
    """`a.b`; associates to the right."""

    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Apply:
    function: Expr
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Lambda:
    patterns: tuple[Expr, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Let:
    declarations: tuple[Declaration, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`not`, `-` or `#`."""

    operator: str
    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    r"""An operator between two expressions.

    On data: ``+ - * / % ^ == != < <= > >= and or``. In patterns also ``@@``.
    On processes: ``; [> /\ [] |~| |||``, ``&`` (a guard), ``\`` (hiding) and ``|\`` (projection).
    In type annotations: ``->`` is `Arrow`, and ``=>``, ``=>*`` are spelt as such here.
    """

    operator: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a prefix: `!e`, `?p`, `?p:S`, `$p` or `$p:S`.

    `pattern` is the expression after `!`, too. `within` is the set after `:`.
    """

    kind: str
    pattern: Expr
    within: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Prefix:
    """`channel fields -> body`; `channel` is everything before the first field."""

    channel: Expr
    fields: tuple[Field, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class SetBinary:
    r"""A process operator with one set in it, named here by its brackets:
    ``[||]`` (generalised parallel), ``[|>`` (exception), ``[++]`` (synchronising choice) and
    ``/++\`` (synchronising interrupt)."""

    operator: str
    left: Expr
    events: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class AlphabetisedParallel:
    """`P [ A || B ] Q`."""

    left: Expr
    left_events: Expr
    right_events: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Tie:
    """`a <- b` in a renaming, `a <-> b` in a linked parallel."""

    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class LinkedParallel:
    """`P [ a <-> b, … | statements ] Q`."""

    left: Expr
    ties: tuple[Tie, ...]
    statements: tuple[Statement, ...]
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Rename:
    """`P [[ a <- b, … | statements ]]`."""

    process: Expr
    ties: tuple[Tie, ...]
    statements: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Replicated:
    """`op statements @ body` with op one of ``[] |~| ||| ;``, ``||`` (`events` is the alphabet of
    each), ``[||]`` and ``[++]`` (`events` is the set in the brackets)."""

    operator: str
    events: Expr | None
    statements: tuple[Statement, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class ReplicatedLink:
    """`[ a <-> b | tie_statements ] statements @ body`."""

    ties: tuple[Tie, ...]
    tie_statements: tuple[Statement, ...]
    statements: tuple[Statement, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Arrow:
    """A function type in an annotation: `(a, b) -> c`."""

    arguments: tuple[Expr, ...]
    result: Expr
    span: Span


Expr: TypeAlias = Union[
    Name, Int, Bool, Char, String, Wildcard, Tuple, Sequence, SequenceRange, Set, SetRange,
    EventSet, Map, Dot, Apply, Lambda, Let, If, Unary, Binary, Prefix, SetBinary,
    AlphabetisedParallel, LinkedParallel, Rename, Replicated, ReplicatedLink, Arrow,
]  # fmt: skip


# ----------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Generator:
    """`pattern <- container` or `pattern : container`."""

    pattern: Expr
    container: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean qualifier."""

    condition: Expr
    span: Span


Statement: TypeAlias = Union[Generator, Condition]


# --------------------------------------------------------------- declarations


@dataclass(frozen=True, slots=True)
class Clause:
    """One equation of a definition; `groups` holds an entry for each pair of parentheses."""

    groups: tuple[tuple[Expr, ...], ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Definition:
    """`name = e` (one clause without groups) or the adjacent clauses of a function."""

    name: str
    clauses: tuple[Clause, ...]
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class PatternDefinition:
    """`(a, b) = e`, `<x>^xs = e`: binds the variables of a pattern that is more than a name."""

    pattern: Expr
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Channel:
    """`channel a, b : type`; `names` pairs each name with its span."""

    names: tuple[tuple[str, Span], ...]
    type: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class DatatypeClause:
    name: str
    type: Expr | None
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Datatype:
    """`datatype` or, with `subtype` set, `subtype`."""

    name: str
    clauses: tuple[DatatypeClause, ...]
    subtype: bool
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Nametype:
    name: str
    type: Expr
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """`transparent f, g` or `external f, g` (`kind` says which)."""

    kind: str
    names: tuple[tuple[str, Span], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Annotation:
    """`f, g :: (Eq a) => type`; each of `constraints` is a constraint's name, a type
    variable, and where they stand."""

    names: tuple[tuple[str, Span], ...]
    constraints: tuple[tuple[str, str, Span], ...]
    type: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    parameters: tuple[Expr, ...]
    private: tuple[Declaration, ...]
    public: tuple[Declaration, ...]
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Instance:
    """`instance name = module(arguments)`; `module` may be qualified."""

    name: str
    module: Name
    arguments: tuple[Expr, ...]
    name_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Timed:
    """`Timed(function) { declarations }`; `function` is None in `Timed { … }`."""

    function: Expr | None
    declarations: tuple[Declaration, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Print:
    expression: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Options:
    """What may follow an assertion."""

    tau_priority: Expr | None = None
    #: "precise", "hybrid" or "fast"; None without `:[partial order reduce]`.
    partial_order: str | None = None


@dataclass(frozen=True, slots=True)
class Refinement:
    """`specification [M= implementation`; `model` is one of T F FD V VD R RD."""

    specification: Expr
    model: str
    implementation: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Property:
    """`process :[ kind [model] ]`; `kind` is "deadlock free", "divergence free" or
    "deterministic" (`livelock free` is `divergence free`); `model` is None when not written."""

    process: Expr
    kind: str
    model: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class HasTrace:
    """`process :[has trace [model]]: <events>`."""

    process: Expr
    trace: tuple[Expr, ...]
    model: str | None
    span: Span


Claim: TypeAlias = Union[Refinement, Property, HasTrace]


@dataclass(frozen=True, slots=True)
class Assertion:
    """`assert …`. `text` is the source from after `assert`, on one line, comments left out."""

    negated: bool
    claim: Claim
    options: Options
    text: str
    span: Span


Declaration: TypeAlias = Union[
    Definition, PatternDefinition, Channel, Datatype, Nametype, Import, Annotation, Module,
    Instance, Timed, Print, Assertion,
]  # fmt: skip


def assertions_among(declarations: tuple[Declaration, ...]) -> tuple[Assertion, ...]:
    """The assertions at top level, those in timed sections included, in order."""
    found: list[Assertion] = []
    for declaration in declarations:
        if isinstance(declaration, Assertion):
            found.append(declaration)
        elif isinstance(declaration, Timed):
            found.extend(assertions_among(declaration.declarations))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Script:
    """A script with its includes spliced in. `sources` maps each file name, as spans use it,
    to its text (for showing the line that a message is about). `given` are names of processes that
    are defined elsewhere."""

    declarations: tuple[Declaration, ...]
    sources: dict[str, str]
    given: tuple[str, ...] = ()
