"""What each rule of the grammar becomes: nodes of the syntax tree.

Lark calls these methods while it parses, so that no parse tree is ever built. The methods hold no
state; mistakes that only show here are raised as `ScriptError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Transformer, v_args

from cospec.spec.semantics.claims import Model, meaningless
from cospec.spec.syntax import syntax_errors as errors
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.lexer import claim_words, unescape
from cospec.spec.syntax.precedence import Infix, Prefixed, Term, climb, split_entry, split_typed
from cospec.spec.syntax.tokens import Token
from cospec.spec.syntax.tree import Expr, Span, Statement

if TYPE_CHECKING:
    _Base = Transformer[Token, Any]
else:
    _Base = Transformer

_MODELS = frozenset(each.value for each in Model)
#: Types in annotations may be nested this deep.
_TYPE_LIMIT = 100

_REDUCTIONS = frozenset(["precise", "hybrid", "fast"])


class Equation(NamedTuple):
    """`left = right`, before it is known what the left-hand side is."""

    left: Expr
    right: Expr
    span: Span


class Header(NamedTuple):
    """The first line of a module or a timed section."""

    name: Token
    arguments: tuple[Expr, ...]


class Scheme(NamedTuple):
    constraints: tuple[tuple[str, str, Span], ...]
    type: Expr


def group_clauses(declarations: Sequence[tree.Declaration]) -> tuple[tree.Declaration, ...]:
    """Join adjacent clauses of one function, if they are in one file."""
    grouped: list[tree.Declaration] = []
    for new in declarations:
        last = grouped[-1] if grouped else None
        if (
            isinstance(new, tree.Definition)
            and isinstance(last, tree.Definition)
            and new.name == last.name
            and new.span.file == last.span.file
            and new.clauses[0].groups
            and last.clauses[0].groups
        ):
            shapes = [tuple(map(len, d.clauses[0].groups)) for d in (last, new)]
            if shapes[0] != shapes[1]:
                raise ScriptError(errors.clause_shapes(new.name, new.name_span, last.name_span))
            clauses = (*last.clauses, *new.clauses)
            grouped[-1] = replace(last, clauses=clauses, span=last.span.to(new.span))
        else:
            grouped.append(new)
    return tuple(grouped)


def _define(left: Expr, right: Expr, span: Span) -> tree.Declaration:
    groups: list[tuple[Expr, ...]] = []
    head = left
    while isinstance(head, tree.Apply):
        groups.append(head.arguments)
        head = head.function
    if not isinstance(head, tree.Name):
        if groups:
            raise ScriptError(errors.not_a_left_side(left.span))
        return tree.PatternDefinition(left, right, span)
    if "::" in head.text:
        raise ScriptError(errors.qualified_definition(head.span, head.text))
    clause = tree.Clause(tuple(reversed(groups)), right, span)
    return tree.Definition(head.text, (clause,), head.span, span)


def _type(expression: Expr, depth: int = 0) -> Expr:
    """An expression read as a type: `->` makes function types, wherever it stands."""
    if depth > _TYPE_LIMIT:
        raise ScriptError(errors.type_too_deep(expression.span, _TYPE_LIMIT))

    def deeper(part: Expr) -> Expr:
        return _type(part, depth + 1)

    match expression:
        case tree.Prefix(channel, (), body, span):
            items = channel.items if isinstance(channel, tree.Tuple) else (channel,)
            return tree.Arrow(tuple(map(deeper, items)), deeper(body), span)
        case tree.Tuple(items, span) if items:
            return tree.Tuple(tuple(map(deeper, items)), span)
        case tree.Sequence(items, None, span) if len(items) == 1:
            return tree.Sequence(tuple(map(deeper, items)), None, span)
        case tree.Set(items, None, span) if len(items) == 1:
            return tree.Set(tuple(map(deeper, items)), None, span)
        case tree.Map(((key, value),), span):
            return tree.Map(((deeper(key), deeper(value)),), span)
        case tree.Dot(left, right, span):
            return tree.Dot(deeper(left), deeper(right), span)
        case tree.Binary("=>" | "=>*" as operator, left, right, span):
            return tree.Binary(operator, deeper(left), deeper(right), span)
        case tree.Name():
            return expression
    raise ScriptError(errors.not_a_type(expression.span))


def _constraint(name: Token, variable: Token) -> tuple[str, str, Span]:
    return name.text, variable.text, name.span.to(variable.span)


def _named(token: Token) -> tuple[str, Span]:
    if "::" in token.text:
        raise ScriptError(errors.qualified_definition(token.span, token.text))
    return token.text, token.span


def _end(node: Any, otherwise: Span) -> Span:
    return otherwise if node is None else node.span


@v_args(inline=True)
class Builder(_Base):
    """The callbacks, named after the rules of cspm.lark."""

    # ----------------------------------------------------------- declarations

    def definition(self, left: Expr, _equals: Token, right: Expr) -> tree.Declaration:
        return _define(left, right, left.span.to(right.span))

    def annotation(self, names: list[Token], _typed: Token, scheme: Scheme) -> tree.Annotation:
        span = names[0].span.to(scheme.type.span)
        return tree.Annotation(tuple(map(_named, names)), scheme.constraints, scheme.type, span)

    def scheme(self, type_: Expr) -> Scheme:
        return Scheme((), _type(type_))

    def constrained(self, name: Token, variable: Token, _arrow: Token, type_: Expr) -> Scheme:
        return Scheme((_constraint(name, variable),), _type(type_))

    def constrained_many(
        self, _l: Token, many: list[Token], _r: Token, _arrow: Token, type_: Expr
    ) -> Scheme:
        pairs = zip(many[::2], many[1::2], strict=True)
        return Scheme(tuple(_constraint(name, variable) for name, variable in pairs), _type(type_))

    def constraints(self, *parts: Any) -> list[Token]:
        if len(parts) == 2:
            return list(parts)
        before, _comma, name, variable = parts
        return [*before, name, variable]

    def import_names(self, keyword: Token, names: list[Token]) -> tree.Import:
        span = keyword.span.to(names[-1].span)
        return tree.Import(keyword.text, tuple(map(_named, names)), span)

    def channel(
        self, keyword: Token, names: list[Token], _colon: Token | None, type_: Expr | None
    ) -> tree.Channel:
        span = keyword.span.to(_end(type_, names[-1].span))
        return tree.Channel(tuple(map(_named, names)), type_, span)

    def datatype(
        self, keyword: Token, name: Token, _equals: Token, clauses: list[tree.DatatypeClause]
    ) -> tree.Datatype:
        text, name_span = _named(name)
        span = keyword.span.to(clauses[-1].span)
        return tree.Datatype(text, tuple(clauses), keyword.text == "subtype", name_span, span)

    def clauses(self, *parts: Any) -> list[tree.DatatypeClause]:
        return _listed(parts)

    def clause(self, name: Token, _dot: Token | None, type_: Expr | None) -> tree.DatatypeClause:
        text, span = _named(name)
        return tree.DatatypeClause(text, type_, span, span.to(_end(type_, span)))

    def nametype(self, keyword: Token, name: Token, _equals: Token, type_: Expr) -> tree.Nametype:
        text, name_span = _named(name)
        return tree.Nametype(text, type_, name_span, keyword.span.to(type_.span))

    def instance(
        self, keyword: Token, name: Token, _equals: Token, module: Token,
        _l: Token | None, arguments: list[Expr] | None, right: Token | None,
    ) -> tree.Instance:  # fmt: skip
        text, name_span = _named(name)
        span = keyword.span.to((right or module).span)
        used = tree.Name(module.text, module.span)
        return tree.Instance(text, used, tuple(arguments or ()), name_span, span)

    def print(self, keyword: Token, expression: Expr) -> tree.Print:
        return tree.Print(expression, keyword.span.to(expression.span))

    def names(self, *parts: Any) -> list[Token]:
        return _listed(parts)

    def module_header(
        self, _keyword: Token, name: Token, _l: Token | None, items: list[Expr] | None, _r: Token
    ) -> Header:
        _named(name)
        return Header(name, tuple(items or ()))

    def timed_header(
        self, keyword: Token, _l: Token | None, function: Expr | None, _r: Token | None
    ) -> Header:
        return Header(keyword, () if function is None else (function,))

    # -------------------------------------------------------------- assertions

    def assertion(self, keyword: Token, claim: tree.Assertion) -> tree.Assertion:
        return replace(claim, span=keyword.span.to(claim.span))

    def negated(self, keyword: Token, claim: tree.Assertion) -> tree.Assertion:
        return replace(claim, negated=not claim.negated, span=keyword.span.to(claim.span))

    def refinement(
        self, left: Expr, refines: Token, right: Expr, options: list[Any]
    ) -> tree.Assertion:
        span = left.span.to(right.span)
        claim = tree.Refinement(left, refines.text[1:-1], right, span)
        return _assertion(claim, options)

    def property(self, process: Expr, words: Token, options: list[Any]) -> tree.Assertion:
        kind, model = _claim(words)
        span = process.span.to(words.span)
        return _assertion(tree.Property(process, kind, model, span), options)

    def has_trace(
        self, process: Expr, words: Token, trace: Expr, options: list[Any]
    ) -> tree.Assertion:
        _, model = _claim(words)
        if not isinstance(trace, tree.Sequence) or trace.statements is not None:
            raise ScriptError(errors.trace_expected(trace.span))
        span = process.span.to(trace.span)
        return _assertion(tree.HasTrace(process, trace.items, model, span), options)

    def no_options(self) -> list[Any]:
        return []

    def tau_priority(self, options: list[Any], words: Token, events: Expr) -> list[Any]:
        _, tag = claim_words(words)
        if tag is not None:
            raise ScriptError(errors.unknown_tag(words.span, tag, ()))
        return [*options, ("tau_priority", events, words.span.to(events.span), words.span)]

    def reduction(self, options: list[Any], words: Token) -> list[Any]:
        _, tag = claim_words(words)
        if tag is not None and tag not in _REDUCTIONS:
            raise ScriptError(errors.unknown_tag(words.span, tag, sorted(_REDUCTIONS)))
        return [*options, ("partial_order", tag or "precise", words.span, words.span)]

    # -------------------------------------------------------------- expressions

    def expression(self, terms: list[Term]) -> Expr:
        return climb(terms)

    def terms(self, term: Any) -> list[Term]:
        return term if isinstance(term, list) else [term]

    def more_terms(self, terms: list[Term], operator: Infix, term: Any) -> list[Term]:
        terms.append(operator)
        if isinstance(term, list):
            terms.extend(term)
        else:
            terms.append(term)
        return terms

    def prefixed(self, prefixes: list[Term], operand: Expr) -> list[Term]:
        prefixes.append(operand)
        return prefixes

    def prefixes(self, prefix: Prefixed) -> list[Term]:
        return [prefix]

    def more_prefixes(self, prefixes: list[Term], prefix: Prefixed) -> list[Term]:
        prefixes.append(prefix)
        return prefixes

    def prefix(self, token: Token) -> Prefixed:
        return Prefixed(token.text, token.span)

    def infix(self, token: Token) -> Infix:
        return Infix(token.text, token.span)

    def infix_set(self, left: Token, events: Expr, right: Token) -> Infix:
        symbol = {"|>": "[|>"}.get(right.text, left.text + right.text)
        return Infix(symbol, left.span.to(right.span), (events,))

    def infix_alphabetised(
        self, left: Token, first: Expr, _bars: Token, second: Expr, right: Token
    ) -> Infix:
        return Infix("[A||B]", left.span.to(right.span), (first, second))

    def infix_linked(
        self, left: Token, ties: list[tree.Tie], _bar: Token | None,
        statements: list[Statement] | None, right: Token,
    ) -> Infix:  # fmt: skip
        span = left.span.to(right.span)
        return Infix("[<->]", span, (), tuple(ties), tuple(statements or ()))

    def conditional(
        self, keyword: Token, condition: Expr, _then: Token, then: Expr, _else: Token, other: Expr
    ) -> tree.If:
        return tree.If(condition, then, other, keyword.span.to(other.span))

    def let(
        self, keyword: Token, inner: list[tree.Declaration] | None, _within: Token, body: Expr
    ) -> tree.Let:
        return tree.Let(group_clauses(inner or ()), body, keyword.span.to(body.span))

    def function(self, lead: Token, patterns: list[Expr], _at: Token, body: Expr) -> tree.Lambda:
        return tree.Lambda(tuple(patterns), body, lead.span.to(body.span))

    def replicated(
        self, operator: Token, statements: list[Statement], _at: Token, body: Expr
    ) -> tree.Replicated:
        span = operator.span.to(body.span)
        return tree.Replicated(operator.text, None, tuple(statements), body, span)

    def replicated_parallel(
        self, operator: Token, statements: list[Statement], _at: Token, _l: Token, events: Expr,
        _r: Token, body: Expr,
    ) -> tree.Replicated:  # fmt: skip
        return tree.Replicated("||", events, tuple(statements), body, operator.span.to(body.span))

    def replicated_set(
        self, left: Token, events: Expr, right: Token, statements: list[Statement], _at: Token,
        body: Expr,
    ) -> tree.Replicated:  # fmt: skip
        span = left.span.to(body.span)
        return tree.Replicated(left.text + right.text, events, tuple(statements), body, span)

    def replicated_link(
        self, left: Token, ties: list[tree.Tie], _bar: Token | None,
        tie_statements: list[Statement] | None, _right: Token, statements: list[Statement],
        _at: Token, body: Expr,
    ) -> tree.ReplicatedLink:  # fmt: skip
        span = left.span.to(body.span)
        inner = tuple(tie_statements or ())
        return tree.ReplicatedLink(tuple(ties), inner, tuple(statements), body, span)

    def name(self, token: Token) -> tree.Name:
        return tree.Name(token.text, token.span)

    def integer(self, token: Token) -> tree.Int:
        if len(token.text) > 4000:
            raise ScriptError(errors.number_too_long(token.span))
        return tree.Int(int(token.text), token.span)

    def boolean(self, token: Token) -> tree.Bool:
        return tree.Bool(token.text == "true", token.span)

    def character(self, token: Token) -> tree.Char:
        return tree.Char(unescape(token.text), token.span)

    def string(self, token: Token) -> tree.String:
        return tree.String(unescape(token.text), token.span)

    def wildcard(self, token: Token) -> tree.Wildcard:
        return tree.Wildcard(token.span)

    def unit(self, left: Token, right: Token) -> tree.Tuple:
        return tree.Tuple((), left.span.to(right.span))

    def parenthesised(self, left: Token, items: list[Expr], right: Token) -> Expr:
        span = left.span.to(right.span)
        if len(items) > 1:
            return tree.Tuple(tuple(items), span)
        only = items[0]
        # The node takes the parentheses into its span, so that what is built around it has a
        # span without gaps; a message about a mere name is better without them.
        return only if isinstance(only, tree.Name) else replace(only, span=span)

    def application(
        self, function: Expr, _l: Token, arguments: list[Expr] | None, right: Token
    ) -> tree.Apply:
        return tree.Apply(function, tuple(arguments or ()), function.span.to(right.span))

    def renaming(
        self, process: Expr, _l: Token, ties: list[tree.Tie], _bar: Token | None,
        statements: list[Statement] | None, right: Token,
    ) -> tree.Rename:  # fmt: skip
        span = process.span.to(right.span)
        return tree.Rename(process, tuple(ties), tuple(statements or ()), span)

    def sequence(self, left: Token, items: Any, _bar: Any, statements: Any, right: Token) -> Expr:
        return tree.Sequence(tuple(items or ()), _maybe(statements), left.span.to(right.span))

    def set(self, left: Token, items: Any, _bar: Any, statements: Any, right: Token) -> Expr:
        return tree.Set(tuple(items or ()), _maybe(statements), left.span.to(right.span))

    def event_set(self, left: Token, items: Any, _bar: Any, statements: Any, right: Token) -> Expr:
        return tree.EventSet(tuple(items or ()), _maybe(statements), left.span.to(right.span))

    def sequence_range(
        self, left: Token, first: Expr, _dots: Token, last: Expr | None, _bar: Any,
        statements: Any, right: Token,
    ) -> Expr:  # fmt: skip
        span = left.span.to(right.span)
        return tree.SequenceRange(first, last, _maybe(statements), span)

    def set_range(
        self, left: Token, first: Expr, _dots: Token, last: Expr | None, _bar: Any,
        statements: Any, right: Token,
    ) -> Expr:  # fmt: skip
        return tree.SetRange(first, last, _maybe(statements), left.span.to(right.span))

    def map_literal(self, left: Token, entries: list[list[Term]] | None, right: Token) -> tree.Map:
        pairs = []
        for terms in entries or ():
            pair = split_entry(terms)
            if pair is None:
                raise ScriptError(errors.map_entry_expected(terms[0].span.to(terms[-1].span)))
            pairs.append(pair)
        return tree.Map(tuple(pairs), left.span.to(right.span))

    def items(self, *parts: Any) -> list[Expr]:
        return _listed(parts)

    def entries(self, *parts: Any) -> list[list[Term]]:
        return _listed(parts)

    def links(self, *parts: Any) -> list[tree.Tie]:
        return _listed(parts)

    def renamings(self, *parts: Any) -> list[tree.Tie]:
        return _listed(parts)

    def link(self, left: Expr, _arrow: Token, right: Expr) -> tree.Tie:
        return tree.Tie(left, right, left.span.to(right.span))

    def statements(self, *parts: Any) -> list[Statement]:
        return _listed(parts)

    def statement(self, terms: list[Term]) -> Statement:
        typed = split_typed(terms)
        if typed is None:
            condition = climb(terms)
            return tree.Condition(condition, condition.span)
        pattern, container = typed
        return tree.Generator(pattern, container, pattern.span.to(container.span))

    def generator(self, terms: list[Term], _arrow: Token, container: Expr) -> Statement:
        pattern = climb(terms)
        return tree.Generator(pattern, container, pattern.span.to(container.span))

    def inner_declarations(self, *parts: Any) -> list[tree.Declaration]:
        return _listed(parts)

    def inner_timed(
        self, keyword: Token, _l: Token | None, function: Expr | None, _r: Token | None,
        _open: Token, inner: list[tree.Declaration] | None, close: Token,
    ) -> tree.Timed:  # fmt: skip
        return tree.Timed(function, group_clauses(inner or ()), keyword.span.to(close.span))


def _listed(parts: Sequence[Any]) -> list[Any]:
    """A list rule: the first item alone, or the list so far, a separator and the next item."""
    if len(parts) == 1:
        return [parts[0]]
    listed: list[Any] = parts[0]
    listed.append(parts[2])
    return listed


def _maybe(statements: list[Statement] | None) -> tuple[Statement, ...] | None:
    return None if statements is None else tuple(statements)


def _claim(words: Token) -> tuple[str, str | None]:
    """What is asked, and in which model. `livelock free` is `divergence free`."""
    kind, model = claim_words(words)
    kind = kind.replace("livelock", "divergence")
    if model is None:
        return kind, None
    usual = tuple(each for each in ("T", "F", "FD") if meaningless(kind, Model(each)) is None)
    if model not in _MODELS:
        raise ScriptError(errors.unknown_tag(words.span, model, usual))
    reason = meaningless(kind, Model(model))
    if reason is not None:
        raise ScriptError(errors.meaningless_model(words.span, model, reason))
    return kind, model


def _assertion(claim: tree.Claim, options: list[Any]) -> tree.Assertion:
    """The claim with its options; `text` is filled in later, from the source."""
    found: dict[str, Any] = {}
    places: dict[str, Span] = {}
    span = claim.span
    for key, value, whole, words in options:
        if key in found:
            raise ScriptError(errors.option_twice(words, places[key]))
        found[key] = value
        places[key] = words
        span = span.to(whole)
    return tree.Assertion(False, claim, tree.Options(**found), "", span)
