"""Expressions: from the syntax tree to Python.

A script is compiled once, to Python functions. `value` gives code for an expression's value in
head form, `lazy` code for the value or a thunk of it, `condition` code for a Python truth value.
Laziness costs nothing where the value is at hand: literals, settled variables, names of functions
and processes are passed as they are.

Generated functions are built in `out`, the statement list of the Python function being written;
whatever needs a name (closures, `let`) is added there before the expression that uses it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from cospec.spec.syntax import tree
from cospec.spec.syntax.builtins import text
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.matcher import Matcher, Step, spine
from cospec.spec.syntax.pycode import (
    at,
    call,
    compare,
    constant,
    function,
    give,
    name,
    store,
    test,
    thunk_body,
    tuple_of,
)
from cospec.spec.syntax.scopes import Binding, Kind, Scope, nested_too_deeply, unknown_name
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.values import Char

#: Expressions that become Python functions may be nested this deep. Python takes time that is
#: quadratic in the depth to compile them, and nothing can stop it then.
DEEPEST = 2000

#: What a name may be a misspelling of is looked for as long as there are fewer mistakes than this.
MOST_ADVICE = 100

_ARITHMETIC: dict[str, type[ast.operator]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.FloorDiv, "%": ast.Mod,
}  # fmt: skip
_CHECKED = {"+": "plus", "-": "minus", "*": "times"}
_ORDER: dict[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}


class Expressions:
    """Compiles expressions that are not processes; `Processes` adds those."""

    def __init__(self, imports: set[str]) -> None:
        self.imports = imports
        self.scope = Scope(None)
        self.out: list[ast.stmt] = []
        #: Python variables known to hold a value in head form, not a thunk.
        self.settled: set[str] = set()
        #: Python variables that belong to the function being written, so it may reassign them.
        self.own: set[str] = set()
        self.diagnostics: list[Diagnostic] = []
        #: Constants of generated code (characters, strings), by Python name.
        self.constants: dict[str, object] = {}
        self._counter = 0
        #: How many closures have been written: tells whether an expression made any.
        self._closures = 0
        #: For each `let` or lambda being compiled, the local bindings used in it.
        self._uses: list[dict[str, Binding]] = []
        #: Whether code is being written inside a Python function.
        self._depth = 0
        #: Whether what is being written may be evaluated again for an equal state: in functions
        #: and arguments, not in a process definition, of which each call is evaluated once.
        self._again = False

    # --------------------------------------------------------------------- bookkeeping

    def report(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)

    def fresh(self, stem: str) -> str:
        """A new Python name."""
        self._counter += 1
        clean = "".join(c if c.isalnum() and c.isascii() else "_" for c in stem)
        return f"{clean}_{self._counter}"

    def bind_variable(self, title: str, code: str, span: Span) -> Binding:
        """Bind a variable in the current scope to the Python variable `code`."""
        self._counter += 1
        binding = Binding(
            title, Kind.VARIABLE, code, span, serial=self._counter, local=self._depth > 0
        )
        self.own.add(code)
        self.scope.names[title] = binding
        return binding

    def use(self, binding: Binding) -> None:
        """Note that `binding` is used where code is being written."""
        if binding.local and self._uses:
            self._uses[-1][binding.code] = binding

    def resolve(self, node: tree.Name) -> Binding | None:
        """The binding of a name; reports one that has none."""
        found = self.scope.lookup(node.text)
        if isinstance(found, str):
            advise = len(self.diagnostics) < MOST_ADVICE
            self.report(unknown_name(node.text, node.span, self.scope, found, self.imports, advise))
            return None
        self.use(found)
        return found

    @contextmanager
    def nested_scope(self) -> Iterator[Scope]:
        """A level of names inside the current one."""
        outer = self.scope
        self.scope = Scope(outer)
        try:
            yield self.scope
        finally:
            self.scope = outer

    @contextmanager
    def nested_function(self, span: Span, settled: Iterable[str] = ()) -> Iterator[list[ast.stmt]]:
        """The body of a Python function inside the current one."""
        if self._depth == DEEPEST:
            self.report(nested_too_deeply(span, DEEPEST))
        outer, known, own = self.out, self.settled, self.own
        self.out, self.settled, self.own = [], known | set(settled), set()
        self._depth += 1
        try:
            yield self.out
        finally:
            self.out, self.settled, self.own = outer, known, own
            self._depth -= 1

    @contextmanager
    def branch(self) -> Iterator[None]:
        """Code that may not be run: what it settles is not settled afterwards."""
        known = set(self.settled)
        try:
            yield
        finally:
            self.settled.intersection_update(known)

    @contextmanager
    def again(self, again: bool) -> Iterator[None]:
        """Code that may (not) be evaluated again."""
        outer, self._again = self._again, again
        try:
            yield
        finally:
            self._again = outer

    @contextmanager
    def captured(self) -> Iterator[Callable[[], list[Binding]]]:
        """Gives a function that lists the local bindings from outside that were used."""
        start = self._counter
        used: dict[str, Binding] = {}
        self._uses.append(used)
        try:
            yield lambda: [b for b in used.values() if b.serial <= start]
        finally:
            self._uses.pop()
            if self._uses:
                self._uses[-1].update({c: b for c, b in used.items() if b.serial <= start})

    def frame(self, bindings: Sequence[Binding], span: Span, *more: str) -> ast.expr:
        """Code for the `Frame` of what a closure sees from outside.

        A variable counts by its value. What an outer `let` defines is determined by the frame of
        that `let`, so it need not be evaluated to be compared. `more`: other Python variables.
        """
        seen = dict.fromkeys([*(b.frame or b.code for b in bindings), *more])
        if not seen:
            return name("EMPTY_FRAME")
        self._closures += 1
        return call(span, "Frame", thunk_body(tuple_of(map(name, seen))))

    def closure(self, body: tree.Expr, write: Callable[[tree.Expr], ast.expr]) -> ast.expr:
        """Code for a function without parameters that gives `write(body)`."""
        self._closures += 1
        with self.nested_function(body.span) as statements:
            result = write(body)
        if not statements:
            return at(thunk_body(result), body.span)
        title = self.fresh("later")
        self.out.append(function(title, [], [*statements, give(result)], body.span))
        return name(title)

    # ------------------------------------------------------------------------ laziness

    def lazy(self, expr: tree.Expr) -> ast.expr:
        """Code for the value of `expr`, or for a thunk of it where it must be computed."""
        direct = self._at_hand(expr)
        if direct is not None:
            return direct
        if self.is_process(expr):
            return self.value(expr)
        delayed = call(expr.span, "Thunk", self.closure(expr, self.value))
        waiting = self._waits_for(expr)
        if not waiting:
            return delayed
        # What is known already is computed now: thunks of thunks of thunks would go deep.
        with self.branch():
            self.settled.update(waiting)
            now = self.value(expr)
        known = [compare(call(expr.span, "type", name(v)), ast.Is(), name("int")) for v in waiting]
        return ast.IfExp(
            known[0] if len(known) == 1 else ast.BoolOp(ast.And(), known), now, delayed
        )

    def _waits_for(self, expr: tree.Expr) -> list[str]:
        """The variables that, if they hold integers, are all that `expr` waits for."""
        waiting: dict[str, None] = {}
        stack = [expr]
        while stack:
            part = stack.pop()
            if isinstance(part, tree.Binary) and part.operator in "+-*":
                stack += (part.left, part.right)
            elif isinstance(part, tree.Name):
                found = self.scope.lookup(part.text)
                if not isinstance(found, Binding) or found.kind is not Kind.VARIABLE:
                    return []
                waiting[found.code] = None
            elif not isinstance(part, tree.Int):
                return []
        return [v for v in waiting if v not in self.settled]

    def _at_hand(self, expr: tree.Expr) -> ast.expr | None:
        """Code that needs no computing worth delaying, if `expr` is of that kind."""
        if isinstance(expr, tree.Name):
            return self._name_at_hand(expr)
        if isinstance(expr, tree.Int | tree.Bool | tree.Char | tree.String | tree.Lambda):
            return self.value(expr)
        if isinstance(expr, tree.Sequence | tree.Set) and expr.statements is None:
            if isinstance(expr, tree.Sequence) or all(map(self.is_immediate, expr.items)):
                return self.value(expr)
            return None
        if isinstance(expr, tree.Tuple):
            return self.value(expr)
        return self.value(expr) if self.is_immediate(expr) else None

    def _name_at_hand(self, expr: tree.Name) -> ast.expr | None:
        binding = self.resolve(expr)
        if binding is None:
            return constant(None)
        if binding.kind in (Kind.VARIABLE, Kind.CONSTANT):
            return name(binding.code)
        return self.reference(binding, expr.span)

    def is_immediate(self, expr: tree.Expr) -> bool:
        """Whether computing `expr` is cheap and cannot go wrong or on for ever."""
        if isinstance(expr, tree.Int | tree.Bool | tree.Char):
            return True
        if isinstance(expr, tree.Name):
            found = self.scope.lookup(expr.text)
            return isinstance(found, Binding) and (
                found.kind is Kind.HEAD or found.code in self.settled
            )
        if isinstance(expr, tree.Binary):
            return expr.operator in "+-*" and all(map(self.is_immediate, (expr.left, expr.right)))
        if isinstance(expr, tree.Unary):
            return expr.operator == "-" and self.is_immediate(expr.operand)
        if isinstance(expr, tree.Dot):
            return all(map(self.is_immediate, spine(expr)))
        return False

    def is_process(self, expr: tree.Expr) -> bool:
        """Whether `expr` is known to be a process."""
        raise AssertionError(f"Processes knows, for {expr}")

    # -------------------------------------------------------------------------- values

    def value(self, expr: tree.Expr) -> ast.expr:
        """Code for the value of `expr` in head form."""
        method = getattr(self, "_value_" + type(expr).__name__.lower(), None)
        if method is None:
            return self.process_value(expr)
        result: ast.expr = method(expr)
        return result

    def process_value(self, expr: tree.Expr) -> ast.expr:
        raise AssertionError(f"no code for {type(expr).__name__}")

    def reference(self, binding: Binding, span: Span) -> ast.expr:
        """Code for what a name stands for, in head form."""
        code = name(binding.code)
        match binding.kind:
            case Kind.VARIABLE:
                return code if binding.code in self.settled else call(span, "force", code)
            case Kind.CONSTANT:
                return call(span, "force", code)
            case Kind.HEAD:
                return call(span, "bare", code)
            case Kind.PROCESS if not binding.groups:
                return call(span, code)
            case Kind.FUNCTION | Kind.PROCESS:
                return name(binding.code + "_value")
            case Kind.BUILTIN:
                return name(binding.code + "_value") if binding.groups else code
            case _:
                self.report(Diagnostic("X313", f"`{binding.name}` is a module, not a value", span))
                return constant(None)

    def _value_name(self, expr: tree.Name) -> ast.expr:
        binding = self.resolve(expr)
        return constant(None) if binding is None else self.reference(binding, expr.span)

    def literal(self, expr: tree.Char | tree.String) -> ast.expr:
        """Code for a character or string, kept as a constant."""
        title = self.fresh("text")
        self.constants[title] = (
            Char(expr.value) if isinstance(expr, tree.Char) else text(expr.value)
        )
        return name(title)

    def _value_int(self, expr: tree.Int) -> ast.expr:
        return constant(expr.value)

    def _value_bool(self, expr: tree.Bool) -> ast.expr:
        return name("TRUE" if expr.value else "FALSE")

    _value_char = _value_string = literal

    def _value_tuple(self, expr: tree.Tuple) -> ast.expr:
        return call(expr.span, "make_tuple", *map(self.lazy, expr.items))

    def _value_sequence(self, expr: tree.Sequence) -> ast.expr:
        if expr.statements is None:
            if not expr.items:
                return constant(())
            return call(expr.span, "make_sequence", *map(self.lazy, expr.items))
        return self._stream(expr.statements, expr.items, expr.span, self._yield_one)

    def _value_sequencerange(self, expr: tree.SequenceRange) -> ast.expr:
        if expr.statements is None:
            return self._range("sequence", expr)
        return self._stream(expr.statements, (expr,), expr.span, self._yield_range)

    def _range(self, kind: str, expr: tree.SequenceRange | tree.SetRange) -> ast.expr:
        if expr.last is None:
            return call(expr.span, f"{kind}_from", self.value(expr.first))
        return call(expr.span, f"{kind}_range", self.value(expr.first), self.value(expr.last))

    def _value_set(self, expr: tree.Set) -> ast.expr:
        if expr.statements is None:
            return call(expr.span, "make_set", *map(self.value, expr.items))
        items = self.collect(expr.statements, expr.items, expr.span, self.value)
        return call(expr.span, "set_of", items)

    def _value_setrange(self, expr: tree.SetRange) -> ast.expr:
        if expr.statements is None:
            return self._range("set", expr)
        bare = tree.SetRange(expr.first, expr.last, None, expr.span)
        return call(
            expr.span, "union_all", self.collect(expr.statements, (bare,), expr.span, self.value)
        )

    def _value_eventset(self, expr: tree.EventSet) -> ast.expr:
        if expr.statements is None:
            items: ast.expr = tuple_of(map(self.value, expr.items))
        else:
            items = self.collect(expr.statements, expr.items, expr.span, self.value)
        return call(expr.span, "production_set", items)

    def _value_map(self, expr: tree.Map) -> ast.expr:
        pairs = [tuple_of((self.value(k), self.value(v))) for k, v in expr.pairs]
        return call(expr.span, "make_map", *pairs)

    def _value_dot(self, expr: tree.Dot) -> ast.expr:
        return call(expr.span, "dot_all", *map(self.value, spine(expr)))

    def _value_unary(self, expr: tree.Unary) -> ast.expr:
        if expr.operator == "not":
            return self._boxed(expr)
        if expr.operator == "#":
            return call(expr.span, "length", self.value(expr.operand))
        return at(ast.UnaryOp(ast.USub(), self.value(expr.operand)), expr.span)

    def _value_binary(self, expr: tree.Binary) -> ast.expr:
        operator = expr.operator
        if operator in _ARITHMETIC:
            left, right = self.value(expr.left), self.value(expr.right)
            if self._is_checked(expr):
                return call(expr.span, _CHECKED[operator], left, right)
            return at(ast.BinOp(left, _ARITHMETIC[operator](), right), expr.span)
        if operator == "^":
            return call(expr.span, "concatenate", self.value(expr.left), self.lazy(expr.right))
        if operator in _ORDER or operator in ("==", "!=", "and", "or"):
            return self._boxed(expr)
        return self.process_value(expr)

    def _is_checked(self, expr: tree.Binary) -> bool:
        """Whether Python might compute with something else than numbers, and not complain."""
        known = [self._is_integer(expr.left), self._is_integer(expr.right)]
        if expr.operator == "*":
            return not all(known)
        return expr.operator in "+-" and not any(known)

    def _boxed(self, expr: tree.Expr) -> ast.expr:
        return ast.IfExp(self.condition(expr), name("TRUE"), name("FALSE"))

    def _value_if(self, expr: tree.If) -> ast.expr:
        condition = self.condition(expr.condition)
        with self.branch():
            then = self.value(expr.then)
        with self.branch():
            otherwise = self.value(expr.otherwise)
        return at(ast.IfExp(condition, then, otherwise), expr.span)

    def _value_lambda(self, expr: tree.Lambda) -> ast.expr:
        self._closures += 1
        title = self.fresh("lambda")
        with self.captured() as outside:
            code = self.clauses(title, "this lambda", [((expr.patterns,), expr.body)], expr.span)
            self.out.append(code)
        arity = constant(len(expr.patterns))
        frame = self.frame(outside(), expr.span)
        return call(
            expr.span, "Function", constant("\\"), name(title), arity, constant(title), frame
        )

    def _value_let(self, expr: tree.Let) -> ast.expr:
        with self.nested_scope():
            self.let(expr.declarations, expr.span)
            return self.value(expr.body)

    def let(self, declarations: tuple[tree.Declaration, ...], span: Span) -> None:
        raise AssertionError(f"Declarations compiles these: {declarations}, at {span}")

    # --------------------------------------------------------------------- application

    def _value_apply(self, expr: tree.Apply) -> ast.expr:
        groups: list[tuple[tree.Expr, ...]] = []
        target: tree.Expr = expr
        while isinstance(target, tree.Apply):
            groups.insert(0, target.arguments)
            target = target.function
        if isinstance(target, tree.Name):
            found = self.scope.lookup(target.text)
            if isinstance(found, Binding) and found.groups:
                direct = self._direct(found, groups, expr)
                if direct is not None:
                    self.use(found)
                    return direct
        result = self.value(target)
        with self.again(True):
            for group in groups:
                result = call(expr.span, "apply", result, *map(self.lazy, group))
        return result

    def _direct(
        self, binding: Binding, groups: list[tuple[tree.Expr, ...]], expr: tree.Apply
    ) -> ast.expr | None:
        """A call of a known function, if all its argument groups are given."""
        for given, wanted in zip(groups, binding.groups, strict=False):
            if len(given) != wanted:
                self.report(_argument_count(binding, len(given), wanted, expr.span))
                return constant(None)
        count = len(binding.groups)
        if len(groups) < count:
            return None
        arguments = [a for group in groups[:count] for a in group]
        with self.again(True):
            if binding.kind is Kind.PROCESS:
                code = [self.settled_value(a) for a in arguments]
            else:
                code = [self.lazy(a) for a in arguments]
            result = call(expr.span, binding.code, *code)
            for group in groups[count:]:
                result = call(expr.span, "apply", result, *map(self.lazy, group))
        return result

    def settled_value(self, expr: tree.Expr) -> ast.expr:
        """Code for a value with nothing left to evaluate inside."""
        code = self.value(expr)
        if isinstance(expr, tree.Int | tree.Bool | tree.Char | tree.Unary):
            return code
        if isinstance(expr, tree.Binary) and expr.operator in _ARITHMETIC:
            return code
        return call(expr.span, "normal", code)

    # ---------------------------------------------------------------------- conditions

    def condition(self, expr: tree.Expr) -> ast.expr:
        """Code for the Python truth value of a boolean expression."""
        if isinstance(expr, tree.Bool):
            return constant(expr.value)
        if isinstance(expr, tree.Unary) and expr.operator == "not":
            return ast.UnaryOp(ast.Not(), self.condition(expr.operand))
        if isinstance(expr, tree.Binary):
            operator = expr.operator
            if operator in ("and", "or"):
                left = self.condition(expr.left)
                with self.branch():
                    right = self.condition(expr.right)
                return ast.BoolOp(ast.And() if operator == "and" else ast.Or(), [left, right])
            if operator in ("==", "!="):
                return self._equality(expr)
            if operator in _ORDER:
                return self._ordering(expr)
        return call(expr.span, "is_true", self.value(expr))

    def _equality(self, expr: tree.Binary) -> ast.expr:
        left, right = self.value(expr.left), self.value(expr.right)
        if self._is_plain(expr.left) or self._is_plain(expr.right):
            operator = ast.Eq() if expr.operator == "==" else ast.NotEq()
            return at(compare(left, operator, right), expr.span)
        same = call(expr.span, "equal", left, right)
        return same if expr.operator == "==" else ast.UnaryOp(ast.Not(), same)

    def _is_plain(self, expr: tree.Expr) -> bool:
        """Whether the value is an integer or a constructor, which Python compares right."""
        if isinstance(expr, tree.Name):
            found = self.scope.lookup(expr.text)
            return isinstance(found, Binding) and found.kind is Kind.HEAD
        return self._is_integer(expr) or isinstance(expr, tree.Bool)

    def _is_integer(self, expr: tree.Expr) -> bool:
        if isinstance(expr, tree.Unary):
            return expr.operator in "-#"
        if isinstance(expr, tree.Binary):
            return expr.operator in _ARITHMETIC
        return isinstance(expr, tree.Int)

    def _ordering(self, expr: tree.Binary) -> ast.expr:
        left, right = self.value(expr.left), self.value(expr.right)
        if self._is_integer(expr.left) or self._is_integer(expr.right):
            return at(compare(left, _ORDER[expr.operator](), right), expr.span)
        title = {"<": "less", "<=": "at_most", ">": "less", ">=": "at_most"}[expr.operator]
        if expr.operator in (">", ">="):
            left, right = right, left
        return call(expr.span, title, left, right)

    # -------------------------------------------------------------------- functions

    def clauses(
        self,
        title: str,
        shown: str,
        clauses: Sequence[tuple[tuple[tuple[tree.Expr, ...], ...], tree.Expr]],
        span: Span,
        settled: bool = False,
    ) -> ast.stmt:
        """Code for a Python function `title` that tries the clauses in turn.

        Each clause is the patterns of its groups and its body; all groups' parameters become one
        list. `settled`: the arguments are known to be normal.
        """
        count = sum(len(group) for group in clauses[0][0])
        names = [self.fresh("a") for _ in range(count)]
        body: list[ast.stmt] = []
        certain = False
        for groups, result in clauses:
            patterns = [p for group in groups for p in group]
            known = names if settled else ()
            with (
                self.nested_function(span, known) as statements,
                self.nested_scope(),
                self.again(not settled),
            ):
                matcher = Matcher(self)
                for pattern, subject in zip(patterns, names, strict=True):
                    matcher.match(pattern, subject)
                self.tail(result)
            body.extend(nest(matcher.steps, statements))
            if not any(step.is_test for step in matcher.steps):
                certain = True
                break
        if not certain:
            failure = call(span, "no_match", constant(shown), *map(name, names))
            body.append(give(failure))
        return function(title, names, body, span)

    def tail(self, expr: tree.Expr) -> None:
        """Write statements that return the value of `expr`."""
        if isinstance(expr, tree.If):
            self._settle(expr.condition)
            condition = self.condition(expr.condition)
            outer = self.out
            branches: list[list[ast.stmt]] = []
            for arm in (expr.then, expr.otherwise):
                self.out = []
                with self.branch():
                    self.tail(arm)
                branches.append(self.out)
            self.out = outer
            self.out.append(test(condition, *branches))
        elif isinstance(expr, tree.Let):
            with self.nested_scope():
                self.let(expr.declarations, expr.span)
                self.tail(expr.body)
        else:
            self.out.append(at(give(self.value(expr)), expr.span))

    def _settle(self, expr: tree.Expr) -> None:
        """Force the variables that `expr` is certain to look at, once and for all."""
        for variable, span in self._surely_used(expr).items():
            if variable not in self.settled:
                self.out.append(ast.Assign([store(variable)], call(span, "force", name(variable))))
                self.settled.add(variable)

    def _surely_used(self, expr: tree.Expr) -> dict[str, Span]:
        if isinstance(expr, tree.Name):
            found = self.scope.find(expr.text)
            if found is not None and found.code in self.own:
                return {found.code: expr.span}
            return {}
        if isinstance(expr, tree.Unary):
            return self._surely_used(expr.operand)
        if isinstance(expr, tree.Binary):
            used = self._surely_used(expr.left)
            if expr.operator in _ARITHMETIC or expr.operator in _ORDER:
                used = {**used, **self._surely_used(expr.right)}
            return used
        return {}

    # ----------------------------------------------------------------- comprehensions

    def loops(
        self,
        statements: Sequence[tree.Statement],
        over: str,
        write: Callable[[], list[ast.stmt]],
        bound: frozenset[str] = frozenset(),
    ) -> list[ast.stmt]:
        """Nested loops and tests for `statements`, with what `write` gives in the middle.

        `over` is the runtime function that lists a generator's container: `elements` for sets,
        `elements_of` for sequences. `bound`: the variables of the statements before.
        """
        if not statements:
            return write()
        if self.too_many(sum(isinstance(s, tree.Generator) for s in statements), statements[-1]):
            return []
        first, rest = statements[0], statements[1:]
        if isinstance(first, tree.Condition):
            condition = self.isolated(first.condition, self.condition)
            return [test(condition, self.loops(rest, over, write, bound), [])]
        container = self.isolated(first.container, self.value)
        variable = self.fresh("each")
        if over == "elements":
            self.settled.add(variable)
        matcher = Matcher(self)
        matcher.bound |= bound
        matcher.match(first.pattern, variable)
        bound |= matcher.bound
        inner = nest(matcher.steps, self.loops(rest, over, write, bound))
        loop = ast.For(store(variable), call(first.container.span, over, container), inner, [])
        return [at(loop, first.span)]

    def too_many(self, loops: int, last: tree.Statement | tree.Field) -> bool:
        """Whether these are more loops than Python can nest; reports it."""
        if loops > 19:
            message = "at most 19 generators or input fields can stand together"
            self.report(Diagnostic("X324", message, last.span))
        return loops > 19

    def isolated(self, expr: tree.Expr, write: Callable[[tree.Expr], ast.expr]) -> ast.expr:
        """Code for `expr` inside a loop.

        A closure made in a loop must not share the loop's variables with the next round, so
        code that makes any is put into a function of its own that takes them as parameters.
        """
        start = self._closures
        inner: list[ast.stmt] = []
        outer, self.out = self.out, inner
        with self.captured() as outside:
            code = write(expr)
            used = outside()
        self.out = outer
        if self._closures == start and not inner:
            return code
        names = [b.code for b in used if b.kind is Kind.VARIABLE]
        title = self.fresh("each")
        self.out.append(function(title, names, [*inner, give(code)], expr.span))
        return call(expr.span, title, *map(name, names))

    def comprehension(self, body: list[ast.stmt], span: Span) -> ast.expr:
        """Code that runs `body`, statements of a function of their own, and gives its result."""
        return call(span, self.function_of(body, span))

    def function_of(self, body: list[ast.stmt], span: Span) -> ast.expr:
        """Code for a function without parameters that runs `body`."""
        title = self.fresh("all")
        self._closures += 1
        self.out.append(function(title, [], body, span))
        return name(title)

    def collect(
        self,
        statements: Sequence[tree.Statement],
        items: Sequence[tree.Expr],
        span: Span,
        write: Callable[[tree.Expr], ast.expr],
        over: str = "elements",
    ) -> ast.expr:
        """Code for a list of what `write` gives for each item and each binding."""
        target = self.fresh("found")

        def middle() -> list[ast.stmt]:
            append = ast.Attribute(name(target), "append", ast.Load())
            return [ast.Expr(call(item.span, append, self.isolated(item, write))) for item in items]

        with self.nested_function(span) as body, self.nested_scope():
            loops = self.loops(statements, over, middle)
            start = ast.Assign([store(target)], ast.List([], ast.Load()))
            whole = [start, *body, *loops, give(name(target))]
        return self.comprehension(whole, span)

    def _stream(
        self,
        statements: Sequence[tree.Statement],
        items: Sequence[tree.Expr],
        span: Span,
        write: Callable[[tree.Expr], ast.stmt],
    ) -> ast.expr:
        """Code for a sequence that is produced as far as it is asked for."""
        with self.nested_function(span) as body, self.nested_scope():
            loops = self.loops(statements, "elements_of", lambda: [write(i) for i in items])
            whole = [*body, *loops]
        return call(span, "stream", self.function_of(whole, span))

    def _yield_one(self, item: tree.Expr) -> ast.stmt:
        return ast.Expr(ast.Yield(self.isolated(item, self.lazy)))

    def _yield_range(self, item: tree.Expr) -> ast.stmt:
        assert isinstance(item, tree.SequenceRange)
        bare = tree.SequenceRange(item.first, item.last, None, item.span)
        code = self.isolated(bare, self.value)
        return ast.Expr(ast.YieldFrom(call(item.span, "elements_of", code)))


def nest(steps: Sequence[Step], body: list[ast.stmt]) -> list[ast.stmt]:
    """The steps of a pattern around what is done when it matches."""
    result = body
    for step in reversed(steps):
        if step.is_test:
            assert isinstance(step.node, ast.expr)
            result = [test(step.node, result, [])]
        else:
            assert isinstance(step.node, ast.stmt)
            result = [step.node, *result]
    return result


def _argument_count(binding: Binding, given: int, wanted: int, span: Span) -> Diagnostic:
    plural = "" if wanted == 1 else "s"
    notes = (Note("it is declared here", binding.span),) if binding.span is not None else ()
    return Diagnostic(
        "X314", f"`{binding.name}` takes {wanted} argument{plural}, {given} given", span, "", notes
    )
