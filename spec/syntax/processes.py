"""Process expressions: from the syntax tree to code that builds process terms.

Operands are built at once, except where an operator does not start them at once (what follows an
event, `;` or an exception): those are `Lazy`. Inside a timed section each operator is written as
its timed version.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic
from cospec.spec.syntax.expressions import Expressions, nest
from cospec.spec.syntax.matcher import Matcher, pattern_names, spine
from cospec.spec.syntax.pycode import (
    at,
    call,
    constant,
    function,
    give,
    name,
    store,
    thunk_body,
    tuple_of,
)
from cospec.spec.syntax.scopes import Binding, Kind, bound_twice
from cospec.spec.syntax.tree import Span

PROCESS_OPERATORS = frozenset([";", "[>", "/\\", "[]", "|~|", "|||", "\\", "|\\", "&"])

_CHAINS = {"[]": "external_choice", "|~|": "internal_choice", "|||": "interleave"}


class Processes(Expressions):
    """Compiles process expressions."""

    def __init__(self, imports: set[str]) -> None:
        super().__init__(imports)
        #: Inside a timed section: the Python name of its `Clock`.
        self.clock: str | None = None

    def process_value(self, expr: tree.Expr) -> ast.expr:
        method = getattr(self, "_process_" + type(expr).__name__.lower())
        result: ast.expr = method(expr)
        return result

    def is_process(self, expr: tree.Expr) -> bool:
        return is_process(expr, self._names_process)

    def _names_process(self, title: str) -> int | None:
        found = self.scope.lookup(title)
        return len(found.groups) if isinstance(found, Binding) and found.process else None

    def process(self, expr: tree.Expr) -> ast.expr:
        """Code for a process that starts at once."""
        return self.value(expr)

    def later(self, expr: tree.Expr) -> ast.expr:
        """Code for a process that may never start."""
        if isinstance(expr, tree.Name):
            found = self.scope.lookup(expr.text)
            plain = isinstance(found, Binding) and found.process and not found.groups
            if plain and self.clock is None:
                return self.value(expr)
        return self.shared(expr, lambda: call(expr.span, "Lazy", self.closure(expr, self._checked)))

    def _checked(self, expr: tree.Expr) -> ast.expr:
        """Code for the value of `expr`, which no operator is going to look at."""
        value = self.process(expr)
        certain = self.is_process(expr) and not isinstance(expr, tree.If | tree.Let)
        return value if certain else call(expr.span, "a_process", value)

    def shared(self, expr: tree.Expr, write: Callable[[], ast.expr]) -> ast.expr:
        """Code for a term that is only equal to itself, written by `write`.

        Where it may be evaluated again, equal values of the variables in it give the same term:
        otherwise a recursion through a function would come to new states for ever.
        """
        if not self._again:
            return write()
        with self.captured() as outside:
            code = write()
            clock = () if self.clock is None else (self.clock,)
            frame = self.frame(outside(), expr.span, *clock)
        site = constant(self.fresh("term"))
        return call(expr.span, "share", site, frame, thunk_body(code))

    def events(self, expr: tree.Expr) -> ast.expr:
        """Code for the set of events that an operator is given."""
        return call(expr.span, "operator_set", self.value(expr))

    def reference(self, binding: Binding, span: Span) -> ast.expr:
        if self.clock is not None and binding.kind is Kind.BUILTIN:
            if binding.name in ("STOP", "SKIP"):
                return call(span, "timed_constant", name(self.clock), constant(binding.name))
        return super().reference(binding, span)

    # ----------------------------------------------------------------------- operators

    def _operator(self, title: str, span: Span, *arguments: ast.expr) -> ast.expr:
        """A call of the runtime's operator; in a timed section of its timed version."""
        if self.clock is None:
            return call(span, title, *arguments)
        return call(span, "timed_" + title, name(self.clock), *arguments)

    def _process_binary(self, expr: tree.Binary) -> ast.expr:
        operator, span = expr.operator, expr.span
        if operator in _CHAINS:
            operands = tuple_of(map(self.process, _chain(expr, operator)))
            if operator == "|~|":
                return call(span, "internal_choice", operands)
            return self._operator(_CHAINS[operator], span, operands)
        if operator == "&":
            condition = self.condition(expr.left)
            with self.branch():
                body = self._checked(expr.right)
            stop = (
                name("STOP")
                if self.clock is None
                else call(span, "timed_constant", name(self.clock), constant("STOP"))
            )
            return at(ast.IfExp(condition, body, stop), span)
        if operator == "\\":
            return call(span, "hide", self.process(expr.left), self.events(expr.right))
        if operator == "|\\":
            return call(span, "project", self.process(expr.left), self.events(expr.right))
        if operator == ";":
            return call(span, "sequential", self.process(expr.left), self.later(expr.right))
        if operator == "[>":
            return call(span, "sliding", self.process(expr.left), self.process(expr.right))
        if operator == "/\\":
            return self._operator(
                "interrupt", span, self.process(expr.left), self.process(expr.right)
            )
        raise AssertionError(f"`{operator}` is reported by `patterns.misplaced`")

    def _process_setbinary(self, expr: tree.SetBinary) -> ast.expr:
        title = {
            "[||]": "parallel",
            "[|>": "throw",
            "[++]": "synchronising_choice",
            "/++\\": "synchronising_interrupt",
        }[expr.operator]
        left, events = self.process(expr.left), self.events(expr.events)
        if title == "throw":
            return call(expr.span, "throw", left, events, self.later(expr.right))
        right = self.process(expr.right)
        if title == "synchronising_interrupt":
            return self._operator(title, expr.span, left, events, right)
        return self._operator(title, expr.span, tuple_of((left, right)), events)

    def _process_alphabetisedparallel(self, expr: tree.AlphabetisedParallel) -> ast.expr:
        operands = tuple_of((self.process(expr.left), self.process(expr.right)))
        alphabets = tuple_of((self.events(expr.left_events), self.events(expr.right_events)))
        return self._operator("alphabetised", expr.span, operands, alphabets)

    def _process_rename(self, expr: tree.Rename) -> ast.expr:
        ties = self._ties(expr.ties, expr.statements, expr.span)
        return call(expr.span, "rename", self.process(expr.process), ties)

    def _process_linkedparallel(self, expr: tree.LinkedParallel) -> ast.expr:
        self._no_links_in_time(expr.span)
        ties = self._ties(expr.ties, expr.statements, expr.span)
        return call(expr.span, "linked", self.process(expr.left), ties, self.process(expr.right))

    def _process_replicatedlink(self, expr: tree.ReplicatedLink) -> ast.expr:
        self._no_links_in_time(expr.span)
        ties = self._ties(expr.ties, expr.tie_statements, expr.span)
        operands = self.collect(
            expr.statements, (expr.body,), expr.span, self.process, "elements_of"
        )
        return call(expr.span, "linked_chain", ties, operands)

    def _no_links_in_time(self, span: Span) -> None:
        if self.clock is not None:
            self.report(
                Diagnostic("X320", "linked parallel cannot be used in a timed section", span)
            )

    def _ties(
        self, ties: tuple[tree.Tie, ...], statements: tuple[tree.Statement, ...], span: Span
    ) -> ast.expr:
        """Code for a list of pairs of values."""
        pairs = tuple(tree.Tuple((t.left, t.right), t.span) for t in ties)

        def pair(expr: tree.Expr) -> ast.expr:
            assert isinstance(expr, tree.Tuple)
            return tuple_of(map(self.value, expr.items))

        if statements:
            return self.collect(statements, pairs, span, pair)
        return tuple_of(map(pair, pairs))

    # ---------------------------------------------------------------------- replication

    def _process_replicated(self, expr: tree.Replicated) -> ast.expr:
        operator, span = expr.operator, expr.span
        if operator == ";":
            operands = self.collect(expr.statements, (expr.body,), span, self.later, "elements_of")
            return self._operator("sequential_chain", span, operands)
        if operator == "||":
            assert expr.events is not None
            pair = tree.Tuple((expr.events, expr.body), span)

            def both(item: tree.Expr) -> ast.expr:
                assert isinstance(item, tree.Tuple)
                return tuple_of((self.events(item.items[0]), self.process(item.items[1])))

            pairs = self.collect(expr.statements, (pair,), span, both)
            return self._operator("replicated_alphabetised", span, pairs)
        operands = self.collect(expr.statements, (expr.body,), span, self.process)
        if operator == "|~|":
            return call(span, "replicated_internal", operands)
        if operator in _CHAINS:
            return self._operator(_CHAINS[operator], span, operands)
        assert expr.events is not None
        title = "parallel" if operator == "[||]" else "synchronising_choice"
        return self._operator(title, span, operands, self.events(expr.events))

    # -------------------------------------------------------------------------- prefix

    def _process_prefix(self, expr: tree.Prefix) -> ast.expr:
        return self.shared(expr, lambda: self._prefix(expr))

    def _prefix(self, expr: tree.Prefix) -> ast.expr:
        fields = _split_fields(expr.fields)
        self._bound_once(fields)
        label = constant(f"{_text(expr)}")
        span = expr.channel.span
        if not any(f.kind in "?$" for f in fields):
            parts = [*spine(expr.channel)]
            for f in fields:
                parts += spine(f.pattern)
            value = (
                self.value(parts[0])
                if len(parts) == 1
                else call(span, "dot_all", *map(self.value, parts))
            )
            return self._operator("prefix", span, value, self.later(expr.body), label)
        internal = [f for f in fields if f.kind == "$"]
        if internal and self.clock is not None:
            self.report(
                Diagnostic("X321", "`$` cannot be used in a timed section", internal[0].span)
            )
        if any(f.kind == "$" for f in fields[len(internal) :]):
            late = next(f for f in fields[len(internal) :] if f.kind == "$")
            self.report(Diagnostic("X322", "`$` may only stand before `?` and `!`", late.span))
        if internal:
            return self._internal_input(expr, internal, fields[len(internal) :], label)
        offers = self._offers(expr, fields, None, expr.span)
        return self._operator("inputs", span, offers, label)

    def _bound_once(self, fields: Sequence[tree.Field]) -> None:
        """Report variables that two fields bind: a later one does not ask for the same value."""
        bound: set[str] = set()
        for field in fields:
            if field.kind != "!":
                names = pattern_names(field.pattern)
                found = {each: self.scope.find(each) for each in names}
                variables = {n for n, b in found.items() if b is None or b.kind is not Kind.HEAD}
                for title in sorted(variables & bound):
                    self.report(bound_twice(title, field.pattern.span))
                bound |= variables

    def _offers(
        self, expr: tree.Prefix, fields: Sequence[tree.Field], start: str | None, span: Span
    ) -> ast.expr:
        """Code for a function that lists the branches: pairs of an event and what follows it.

        `start` is the Python variable that holds the event so far; None: evaluate the channel.
        What follows is made once for all branches when it uses none of the fields' variables.
        """
        target, shared = self.fresh("branches"), self.fresh("after")
        serial = self._counter
        self._closures += 1
        hoisted: list[ast.stmt] = []

        def middle(event: str) -> list[ast.stmt]:
            with self.captured() as outside:
                after = self.isolated(expr.body, self.later)
                varies = any(b.serial > serial for b in outside())
            if not varies:
                hoisted.append(ast.Assign([store(shared)], after))
                after = name(shared)
            append = ast.Attribute(name(target), "append", ast.Load())
            checked = call(expr.channel.span, "check_event", name(event))
            return [ast.Expr(call(span, append, tuple_of((checked, after))))]

        with self.nested_function(span) as body, self.nested_scope():
            begin = [ast.Assign([store(target)], ast.List([], ast.Load()))]
            if start is None:
                start = self.fresh("channel")
                begin.append(ast.Assign([store(start)], self.value(expr.channel)))
            loops = self._field_loops(fields, start, middle)
            whole = [*body, *begin, *hoisted, *loops, give(name(target))]
        title = self.fresh("inputs")
        self.out.append(function(title, [], whole, span))
        return name(title)

    def _field_loops(
        self,
        fields: Sequence[tree.Field],
        value: str,
        middle: Callable[[str], list[ast.stmt]],
        more: bool = False,
    ) -> list[ast.stmt]:
        """Loops over the values of each field in turn; `value` holds the event so far.

        `more`: other fields follow, so the last of these does not take all that is left.
        """
        if not fields:
            return middle(value)
        if self.too_many(sum(f.kind != "!" for f in fields), fields[-1]):
            return []
        field, rest = fields[0], fields[1:]
        longer = self.fresh("event")
        span = field.span
        if field.kind == "!":
            code = self.isolated(field.pattern, self.value)
            step = at(ast.Assign([store(longer)], call(span, "dot", name(value), code)), span)
            return [step, *self._field_loops(rest, longer, middle, more)]
        each = self.fresh("field")
        self.settled.add(each)
        matcher = Matcher(self)
        head = matcher.constructor(field.pattern) if rest or more else None
        if field.within is not None:
            choices = call(field.within.span, "elements", self.isolated(field.within, self.value))
        elif head is not None:
            choices = call(span, "next_head", name(value), name(head.code))
        elif rest or more:
            choices = call(span, "next_fields", name(value))
        else:
            choices = call(span, "extensions", name(value))
        matcher.match(field.pattern, each)
        step = at(ast.Assign([store(longer)], call(span, "dot", name(value), name(each))), span)
        inner = nest(matcher.steps, [step, *self._field_loops(rest, longer, middle, more)])
        return [at(ast.For(store(each), choices, inner, []), span)]

    def _internal_input(
        self,
        expr: tree.Prefix,
        internal: Sequence[tree.Field],
        external: Sequence[tree.Field],
        label: ast.expr,
    ) -> ast.expr:
        """`c$x?y -> P`: an internal choice of prefixes."""
        target = self.fresh("choices")
        span = expr.channel.span
        start = self.fresh("channel")
        self._closures += 1

        def middle(value: str) -> list[ast.stmt]:
            append = ast.Attribute(name(target), "append", ast.Load())
            outer, self.out = self.out, []
            with self.captured() as outside:
                offers = self._offers(expr, external, value, expr.span)
                used = outside()
            inner, self.out = self.out, outer
            names = dict.fromkeys([value, *(b.code for b in used if b.kind is Kind.VARIABLE)])
            title = self.fresh("each")
            made = call(span, "inputs", offers, label)
            self.out.append(function(title, list(names), [*inner, give(made)], span))
            return [ast.Expr(call(span, append, call(span, title, *map(name, names))))]

        with self.nested_function(span) as body, self.nested_scope():
            begin = ast.Assign([store(start)], self.value(expr.channel))
            loops = self._field_loops(internal, start, middle, more=bool(external))
            empty = ast.Assign([store(target)], ast.List([], ast.Load()))
            made = call(span, "replicated_internal", name(target))
            whole = [*body, empty, begin, *loops, give(made)]
        title = self.fresh("choice")
        self.out.append(function(title, [], whole, span))
        return call(span, "Lazy", name(title))


def _chain(expr: tree.Expr, operator: str) -> list[tree.Expr]:
    """The operands of `a op b op c`."""
    if isinstance(expr, tree.Binary) and expr.operator == operator:
        return [*_chain(expr.left, operator), *_chain(expr.right, operator)]
    return [expr]


def _split_fields(fields: Sequence[tree.Field]) -> list[tree.Field]:
    """`?x.y` is `?x?y`: every dot after a field mark starts another field of the same kind."""
    result: list[tree.Field] = []
    for field in fields:
        if field.within is not None or field.kind == "!":
            result.append(field)
            continue
        for part in spine(field.pattern):
            result.append(tree.Field(field.kind, part, None, part.span))
    return result


def _text(expr: tree.Prefix) -> str:
    """The prefix as shown in listings: its channel and fields, without what follows."""
    parts = [_show(expr.channel)]
    for f in expr.fields:
        parts.append(f.kind + _show(f.pattern) + (":…" if f.within is not None else ""))
    return "".join(parts) + " -> …"


def _show(expr: tree.Expr) -> str:
    if isinstance(expr, tree.Name):
        return expr.text
    if isinstance(expr, tree.Int):
        return str(expr.value)
    if isinstance(expr, tree.Wildcard):
        return "_"
    if isinstance(expr, tree.Dot):
        return f"{_show(expr.left)}.{_show(expr.right)}"
    return "…"


# ------------------------------------------------------------- which expressions are processes


#: For the name of a process definition, how many argument groups it takes; else None.
Names = Callable[[str], "int | None"]


def is_process(expr: tree.Expr, names: Names) -> bool:
    """Whether `expr` is certainly a process.

    In a well-typed script one process-valued branch is proof. What this misses (a parameter, a
    function that returns its argument) is still evaluated right; only its calls are not
    named.
    """
    return _groups_missing(expr, names) == 0


def _groups_missing(expr: tree.Expr, names: Names) -> int | None:
    """How many argument groups `expr` must be given to be a process; None: it is no such thing."""
    if isinstance(expr, tree.Binary):
        return 0 if expr.operator in PROCESS_OPERATORS else None
    if isinstance(
        expr,
        tree.Prefix | tree.SetBinary | tree.AlphabetisedParallel | tree.LinkedParallel
        | tree.Rename | tree.Replicated | tree.ReplicatedLink,
    ):  # fmt: skip
        return 0
    if isinstance(expr, tree.If):
        missing = _groups_missing(expr.then, names)
        return _groups_missing(expr.otherwise, names) if missing is None else missing
    if isinstance(expr, tree.Name):
        return names(expr.text)
    if isinstance(expr, tree.Apply):
        missing = _groups_missing(expr.function, names)
        return missing - 1 if missing else None
    if isinstance(expr, tree.Let):
        inner = _inner_names(expr.declarations, names)
        return _groups_missing(expr.body, inner)
    return None


def _definitions(declarations: Sequence[tree.Declaration]) -> list[tree.Definition]:
    found: list[tree.Definition] = []
    for declaration in declarations:
        if isinstance(declaration, tree.Definition):
            found.append(declaration)
        elif isinstance(declaration, tree.Timed):
            found += _definitions(declaration.declarations)
    return found


def _inner_names(declarations: Sequence[tree.Declaration], outside: Names) -> Names:
    """The names inside a `let`."""
    groups = {d.name: len(d.clauses[0].groups) for d in _definitions(declarations)}
    found = process_names(declarations, outside)
    bound = groups.keys() | _variables(declarations)

    def names(title: str) -> int | None:
        if title in bound:
            return groups[title] if title in found else None
        return outside(title)

    return names


def _variables(declarations: Sequence[tree.Declaration]) -> set[str]:
    """The names that the patterns among the declarations bind."""
    found: set[str] = set()
    for declaration in declarations:
        if isinstance(declaration, tree.PatternDefinition):
            found |= pattern_names(declaration.pattern)
    return found


def process_names(declarations: Sequence[tree.Declaration], outside: Names) -> set[str]:
    """Which of the definitions are processes: the least solution."""
    definitions = _definitions(declarations)
    groups = {d.name: len(d.clauses[0].groups) for d in definitions}
    bound = groups.keys() | _variables(declarations)
    found: set[str] = set()

    def names(title: str) -> int | None:
        if title in bound:
            return groups[title] if title in found else None
        return outside(title)

    changed = True
    while changed:
        changed = False
        for definition in definitions:
            if definition.name in found:
                continue
            if any(_clause_is_process(clause, names) for clause in definition.clauses):
                found.add(definition.name)
                changed = True
    return found


def _clause_is_process(clause: tree.Clause, names: Names) -> bool:
    shadowed: set[str] = set()
    for group in clause.groups:
        for pattern in group:
            shadowed |= pattern_names(pattern)
    return is_process(clause.body, lambda n: None if n in shadowed else names(n))
