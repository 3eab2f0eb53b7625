"""Declarations: from the syntax tree to definitions that can be evaluated.

Names of one level are declared first and compiled then, since all of them may use each other.
Top-level code goes into one table of Python globals; a `let` becomes local Python functions.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from cospec.spec.semantics.process import Process
from cospec.spec.syntax import builtins, externals, tree
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.matcher import Matcher, pattern_names, spine
from cospec.spec.syntax.processes import Processes, process_names
from cospec.spec.syntax.pycode import (
    assign,
    call,
    constant,
    function,
    give,
    name,
    thunk_body,
    tuple_of,
)
from cospec.spec.syntax.scopes import (
    MOST_COPIES,
    Binding,
    Kind,
    Scope,
    annotated_elsewhere,
    annotated_together,
    annotated_twice,
    defined_twice,
    no_constructor,
    no_such_module,
    unknown_import,
)
from cospec.spec.syntax.tree import Span

#: Name of the set of all events; a constant of each script.
EVENTS = "Events"


@dataclass(slots=True)
class Unit:
    """Statements to run at load time, from one file."""

    statements: list[ast.stmt]
    span: Span


@dataclass(slots=True)
class CompiledClaim:
    """An assertion with the Python names of the functions that evaluate its parts."""

    assertion: tree.Assertion
    parts: tuple[str, ...]
    tau_priority: str | None


@dataclass(slots=True)
class Program:
    """A compiled script: code to run and what it will have defined."""

    units: list[Unit] = field(default_factory=list)
    claims: list[CompiledClaim] = field(default_factory=list)
    #: Compiled when somebody asks for their values: a mistake in one is no mistake of the script.
    prints: list[tree.Print] = field(default_factory=list)


class Declarations(Processes):
    """Compiles whole scripts."""

    def __init__(self) -> None:
        super().__init__({*externals.TRANSPARENT, *externals.EXTERNAL})
        self.program = Program()
        self._predefine()
        self.scope = Scope(self.scope)
        #: How many channels and constructors have been declared.
        self.heads = 0
        #: The modules whose bodies are being declared, from outside to inside.
        self._inside: list[tree.Module] = []
        #: Declarations that stand in instances, and whether there were too many.
        self._copies = 0
        self._stopped = False
        #: The modules of the level that is being declared.
        self._modules: list[tree.Module] = []

    def _predefine(self) -> None:
        for title, (value, process) in builtins.CONSTANTS.items():
            code = self.fresh("builtin_" + title)
            self.constants[code] = value
            self.scope.names[title] = Binding(title, Kind.BUILTIN, code, process=process)
        for title, entry in builtins.FUNCTIONS.items():
            self.scope.names[title] = self._imported(title, entry)
        self.scope.names[EVENTS] = Binding(EVENTS, Kind.BUILTIN, "ALL_EVENTS")

    def _imported(self, title: str, entry: externals.Import, span: Span | None = None) -> Binding:
        from cospec.spec.syntax.values import Function

        target, arity, process = entry
        code = self.fresh("builtin_" + title)
        self.constants[code] = target
        self.constants[code + "_value"] = Function(title, target, arity, title, None)
        return Binding(title, Kind.BUILTIN, code, span, groups=(arity,), process=process)

    # -------------------------------------------------------------------------- naming

    def _declare(self, binding: Binding) -> None:
        """Add a binding to the current scope; a second one of the name is an error."""
        known = self.scope.names.get(binding.name)
        if known is not None:
            assert binding.span is not None
            equations = bool(binding.groups and known.groups)
            self.report(defined_twice(binding.name, binding.span, known.span, equations))
            return
        self.scope.names[binding.name] = binding

    def _declare_all(
        self, declarations: Sequence[tree.Declaration], frame: str = "", private: bool = False
    ) -> None:
        """Declare the names of one level."""
        processes = process_names(declarations, self._names_process)
        outer, self._modules = (
            self._modules,
            [each for each in declarations if isinstance(each, tree.Module)],
        )
        # Heads first: they decide which names in patterns are variables.
        for declaration in sorted(declarations, key=lambda d: not _has_heads(d)):
            self._declare_one(declaration, processes, frame, private)
        self._modules = outer
        self._check_annotations(declarations)

    def _declare_one(
        self, item: tree.Declaration, processes: set[str], frame: str, private: bool
    ) -> None:
        match item:
            case tree.Definition():
                groups = tuple(len(g) for g in item.clauses[0].groups)
                process = item.name in processes
                kind = Kind.PROCESS if process else Kind.FUNCTION if groups else Kind.CONSTANT
                self._add(item.name, kind, item.name_span, frame, private, groups, process)
            case tree.PatternDefinition():
                for title in sorted(self._variables(item.pattern)):
                    self._add(title, Kind.CONSTANT, item.pattern.span, frame, private)
            case tree.Channel():
                for title, span in item.names:
                    self._add(title, Kind.HEAD, span, frame, private)
            case tree.Datatype():
                self._add(item.name, Kind.CONSTANT, item.name_span, frame, private)
                if not item.subtype:
                    for clause in item.clauses:
                        self._add(clause.name, Kind.HEAD, clause.name_span, frame, private)
            case tree.Nametype():
                self._add(item.name, Kind.CONSTANT, item.name_span, frame, private)
            case tree.Import():
                self._import(item, private)
            case tree.Module():
                kind = Kind.TEMPLATE if item.parameters else Kind.MODULE
                binding = Binding(
                    item.name, kind, "", item.name_span, module=item, private=private,
                    scope=Scope(self.scope),
                )  # fmt: skip
                self._declare(binding)
                if kind is Kind.MODULE and binding.scope is not None:
                    self._declare_module(item, binding.scope)
            case tree.Instance():
                self._declare_instance(item, private)
            case tree.Timed():
                for inner in item.declarations:
                    self._declare_one(inner, processes, frame, private)
            case _:
                pass

    def _add(
        self,
        title: str,
        kind: Kind,
        span: Span,
        frame: str,
        private: bool,
        groups: tuple[int, ...] = (),
        process: bool = False,
    ) -> None:
        code = self.fresh(title)
        self._declare(
            Binding(
                title, kind, code, span, groups, process, self._counter, bool(frame), frame,
                private=private,
            )
        )  # fmt: skip

    def _variables(self, pattern: tree.Expr) -> set[str]:
        """The names that a pattern binds: those that are no constructor."""
        found = set()
        for title in pattern_names(pattern):
            binding = self.scope.lookup(title)
            if not (isinstance(binding, Binding) and binding.kind is Kind.HEAD):
                found.add(title)
        return found

    def _import(self, item: tree.Import, private: bool) -> None:
        known = {**externals.TRANSPARENT, **externals.EXTERNAL}
        for title, span in item.names:
            if title not in known:
                self.report(unknown_import(title, span, sorted(known)))
                continue
            if title in self.scope.names and self.scope.names[title].kind is Kind.BUILTIN:
                continue
            binding = self._imported(title, known[title], span)
            binding.private = private
            self._declare(binding)

    def _check_annotations(self, declarations: Sequence[tree.Declaration]) -> None:
        """A name is given a type once, beside its definition; of several channels declared
        together, one speaks for all."""
        channels = [d for d in declarations if isinstance(d, tree.Channel)]
        together = {title: item for item in channels for title, _ in item.names}
        given: dict[str, Span] = {}
        for item in declarations:
            if not isinstance(item, tree.Annotation):
                continue
            for title, span in item.names:
                if title not in self.scope.names:
                    self.report(annotated_elsewhere(title, span))
                    continue
                if title in given:
                    self.report(annotated_twice(title, span, given[title]))
                for other in together[title].names if title in together else ():
                    if other[0] != title and other[0] in given:
                        self.report(annotated_together(title, other[0], span, given[other[0]]))
                        break
                given.setdefault(title, span)

    # ------------------------------------------------------------------------- modules

    def _declare_module(self, module: tree.Module, inner: Scope) -> None:
        outer, self.scope = self.scope, inner
        self._inside.append(module)
        self._declare_all(module.private, private=True)
        self._declare_all(module.public)
        self._inside.pop()
        self.scope = outer

    def _declare_instance(self, item: tree.Instance, private: bool) -> None:
        found = self.scope.lookup(item.module.text)
        if isinstance(found, str) or found.module is None:
            module = item.module
            self.report(no_such_module(module.text, module.span, self.scope, self._modules))
            return
        if len(item.arguments) != len(found.module.parameters):
            given, wanted = len(item.arguments), len(found.module.parameters)
            many = f"{wanted} argument{'s' * (wanted != 1)}"
            self.report(
                Diagnostic(
                    "X318", f"the module `{found.name}` takes {many}, {given} given",
                    item.span, "",
                    (Note("the module is here", found.span),) if found.span is not None else (),
                )
            )  # fmt: skip
            return
        if any(module is found.module for module in self._inside):
            message = f"the module `{found.name}` would contain an instance of itself"
            self.report(Diagnostic("X325", message, item.span))
            return
        self._copies += len(found.module.private) + len(found.module.public)
        if self._copies > MOST_COPIES:
            self._too_many_copies(item)
            return
        home = found.scope.parent if found.scope is not None else self.scope
        inner = Scope(home)
        binding = Binding(
            item.name, Kind.MODULE, "", item.name_span, scope=inner, module=found.module,
            private=private,
        )  # fmt: skip
        self._declare(binding)
        outer, self.scope = self.scope, inner
        for title in sorted({n for p in found.module.parameters for n in self._variables(p)}):
            self._add(title, Kind.CONSTANT, item.span, "", True)
        binding.scope = Scope(inner)
        self._declare_module(found.module, binding.scope)
        self.scope = outer

    def _too_many_copies(self, item: tree.Instance) -> None:
        if not self._stopped:
            self._stopped = True
            self.report(
                Diagnostic(
                    "X329", f"instances would make more than {MOST_COPIES:,} declarations of those "
                    "in modules", item.span, "",
                    (Note("an instance within a module is made for each instance of that module"),),
                )
            )  # fmt: skip

    def _compile_module(self, module: tree.Module, inner: Scope) -> None:
        outer, self.scope = self.scope, inner
        self._compile_all(module.private)
        self._compile_all(module.public)
        self.scope = outer

    def _compile_instance(self, item: tree.Instance) -> None:
        binding = self.scope.names.get(item.name)
        if binding is None or binding.span != item.name_span:
            return  # defined twice, or its module is not defined
        if binding.module is None or binding.scope is None:
            return
        inner = binding.scope
        for pattern, argument in zip(binding.module.parameters, item.arguments, strict=True):
            self._bind_pattern(pattern, argument, inner.parent or inner, item.span)
        self._compile_module(binding.module, inner)

    def _check_template(self, item: tree.Module) -> None:
        """Find the mistakes inside a module with parameters that is never instantiated."""
        program, self.program = self.program, Program()
        outer = self.scope
        self.scope = Scope(outer)
        for title in sorted({n for p in item.parameters for n in self._variables(p)}):
            self._add(title, Kind.CONSTANT, item.name_span, "", True)
        inner = Scope(self.scope)
        self._declare_module(item, inner)
        self._compile_module(item, inner)
        self.scope, self.program = outer, program

    # ------------------------------------------------------------------- whole scripts

    def script(self, script: tree.Script, given: Sequence[Process] = ()) -> Program:
        """Compile a script; mistakes are in `diagnostics`. `given` are the processes of the names
        that the script is given."""
        for title, process in zip(script.given, given, strict=True):
            code = self.fresh("given_" + title)
            self.constants[code] = process
            self.scope.names[title] = Binding(title, Kind.BUILTIN, code, process=True)
        self._declare_all(script.declarations)
        self._compile_all(script.declarations)
        return self.program

    def level(self, declarations: Sequence[tree.Declaration]) -> tuple[Program, str | None]:
        """Compile definitions in a level of names inside the present one, which is the present one
        from now on: what was compiled before keeps its meaning.

        Gives the code, and the Python name of the new `Events` if there may be more channels.
        """
        events = None
        if any(map(_may_have_channels, declarations)):
            events = self.fresh(EVENTS)
            self.scope = Scope(self.scope, {EVENTS: Binding(EVENTS, Kind.BUILTIN, events)})
        self.scope = Scope(self.scope)
        self.program = Program()
        self._declare_all(declarations)
        self._compile_all(declarations)
        return self.program, events

    def rest(self, scope: Scope) -> None:
        """Forget what was being compiled; from here on names are those of `scope`."""
        self.scope = scope
        self.program = Program()
        self.out, self.diagnostics, self._uses, self._inside = [], [], [], []
        self.settled, self.own = set(), set()
        self._depth, self._again, self.clock = 0, False, None

    def expression(self, expr: tree.Expr) -> tuple[Unit, str]:
        """Compile one expression in the scope of the script: code, and a function's name."""
        before, self.program = self.program, Program()
        title = self._part(expr)
        made, self.program = self.program, before
        statements = [s for unit in made.units for s in unit.statements]
        return Unit(statements, expr.span), title

    def claim(self, assertion: tree.Assertion) -> tuple[Unit, CompiledClaim]:
        """Compile one assertion in the scope of the script."""
        before, self.program = self.program, Program()
        claim = self._claim(assertion)
        made, self.program = self.program, before
        return Unit([s for unit in made.units for s in unit.statements], assertion.span), claim

    def _compile_all(self, declarations: Sequence[tree.Declaration]) -> None:
        for declaration in declarations:
            start = len(self.out)
            self._compile(declaration)
            statements = self.out[start:]
            del self.out[start:]
            if statements:
                self.program.units.append(Unit(statements, declaration.span))

    def _compile(self, item: tree.Declaration) -> None:
        match item:
            case tree.Definition():
                self._definition(item, "EMPTY_FRAME")
            case tree.PatternDefinition():
                self._bind_pattern(item.pattern, item.body, self.scope, item.span)
            case tree.Channel():
                for title, span in item.names:
                    self._head(title, item.type, True, span)
            case tree.Datatype():
                self._datatype(item)
            case tree.Nametype():
                code = self.closure_of_type(item.type, "type_set", item.name)
                self.out.append(assign(self._code(item.name), call(item.span, "Thunk", code)))
            case tree.Module() if item.parameters:
                self._check_template(item)
            case tree.Module():
                binding = self.scope.names.get(item.name)
                if binding is not None and binding.module is item and binding.scope is not None:
                    self._compile_module(item, binding.scope)
            case tree.Instance():
                self._compile_instance(item)
            case tree.Timed():
                self._timed(item, self._compile)
            case tree.Assertion():
                self.program.claims.append(self._claim(item))
            case tree.Print():
                self.program.prints.append(item)
            case _:
                pass

    def _code(self, title: str) -> str:
        return self.scope.names[title].code

    # --------------------------------------------------------------------- definitions

    def _definition(self, item: tree.Definition, frame: str) -> None:
        binding = self.scope.names[item.name]
        span = item.name_span
        if any(
            tuple(map(len, c.groups)) != tuple(map(len, item.clauses[0].groups))
            for c in item.clauses
        ):
            return  # reported by the parser
        if not binding.groups:
            self._constant(item, binding, frame)
            return
        title = self.fresh(item.name)
        clauses = [(c.groups, c.body) for c in item.clauses]
        self.out.append(self.clauses(title, item.name, clauses, span, settled=binding.process))
        groups = constant(binding.groups)
        if binding.process:
            made = call(
                span, "define", constant(item.name), name(title), constant(title), name(frame)
            )
            self.out.append(assign(binding.code, made))
            target = call(span, "calls", name(binding.code))
        else:
            self.out.append(assign(binding.code, name(title)))
            target = name(title)
        value = call(
            span, "curried", constant(item.name), target, groups, constant(title), name(frame)
        )
        self.out.append(assign(binding.code + "_value", value))

    def _constant(self, item: tree.Definition, binding: Binding, frame: str) -> None:
        title, span = self.fresh(item.name), item.name_span
        again = self._again and not binding.process
        with self.nested_function(span) as body, self.nested_scope(), self.again(again):
            self.tail(item.clauses[0].body)
        self.out.append(function(title, [], body, span))
        if binding.process:
            made = call(
                span, "define", constant(item.name), name(title), constant(title), name(frame)
            )
        else:
            made = call(span, "Thunk", name(title))
        self.out.append(assign(binding.code, made))

    def _bind_pattern(self, pattern: tree.Expr, body: tree.Expr, scope: Scope, span: Span) -> None:
        """`pattern = body`: a thunk for the match, and one for each variable."""
        whole = self.fresh("match")
        titles = sorted(self._variables_in(pattern, scope))
        value = self.closure(body, self.value)
        subject = self.fresh("value")
        with self.nested_function(span) as statements, self.nested_scope():
            matcher = Matcher(self)
            matcher.match(pattern, subject)
            codes = [self.scope.names[t].code for t in titles if t in self.scope.names]
            done: list[ast.stmt] = [*statements, give(tuple_of(map(name, codes)))]
        from cospec.spec.syntax.expressions import nest

        failure = give(call(pattern.span, "no_match", constant("this pattern"), name(subject)))
        steps = [*nest(matcher.steps, done), failure]
        inner = self.fresh("match")
        self.out.append(function(inner, [subject], steps, span))
        matched = call(span, inner, call(span, "force", call(span, "Thunk", value)))
        self.out.append(assign(whole, call(span, "Thunk", thunk_body(matched))))
        for place, title in enumerate(titles):
            part = ast.Subscript(call(span, "force", name(whole)), constant(place), ast.Load())
            delayed = call(span, "Thunk", thunk_body(part))
            self.out.append(assign(scope.names[title].code, delayed))

    def _variables_in(self, pattern: tree.Expr, scope: Scope) -> set[str]:
        outer, self.scope = self.scope, scope
        found = self._variables(pattern)
        self.scope = outer
        return {t for t in found if t in scope.names}

    # --------------------------------------------------------------- channels and types

    def _head(self, title: str, fields: tree.Expr | None, is_channel: bool, span: Span) -> None:
        self.heads += 1
        code: ast.expr = constant(())
        if fields is not None:
            code = self.closure_of_type(fields, "type_fields", title)
        made = call(
            span, "declare_head", constant(title), constant(is_channel), constant(self.heads), code
        )
        self.out.append(assign(self._code(title), made))

    def _datatype(self, item: tree.Datatype) -> None:
        clauses: list[ast.expr] = []
        for clause in item.clauses:
            fields: ast.expr = constant(None)
            if item.subtype:
                found = self.resolve(tree.Name(clause.name, clause.name_span))
                if found is None:
                    continue
                if found.kind is not Kind.HEAD:
                    self.report(no_constructor(clause.name, clause.name_span, found))
                head = found.code
                fields = (
                    constant(())
                    if clause.type is None
                    else call(
                        clause.span, "type_fields", *self._type_parts(clause.type, clause.name)
                    )
                )
            else:
                self._head(clause.name, clause.type, False, clause.name_span)
                head = self._code(clause.name)
            clauses.append(tuple_of((name(head), fields)))
        title = "constructed" if not item.subtype else "subtype"
        made = call(item.span, title, constant(item.name), tuple_of(clauses))
        self.out.append(assign(self._code(item.name), call(item.span, "Thunk", thunk_body(made))))

    def closure_of_type(self, expr: tree.Expr, title: str, what: str) -> ast.expr:
        """Code for a function that evaluates a type expression by the runtime's `title`."""
        with self.nested_function(expr.span) as body:
            parts = self._type_parts(expr, what)
            body.append(give(call(expr.span, title, *parts)))
        made = self.fresh("type")
        self.out.append(function(made, [], body, expr.span))
        return name(made)

    def _type_parts(self, expr: tree.Expr, what: str) -> list[ast.expr]:
        return [constant(what), tuple_of(map(self._type_part, spine(expr)))]

    def _type_part(self, expr: tree.Expr) -> ast.expr:
        """A field of a type: a tuple of types is a type of tuples, anything else is a set."""
        if isinstance(expr, tree.Tuple):
            return call(expr.span, "type_tuple", *map(self._type_part, expr.items))
        if isinstance(expr, tree.Dot):
            return call(expr.span, "type_set", *self._type_parts(expr, "this type"))
        return self.value(expr)

    # ----------------------------------------------------------------------------- let

    def let(self, declarations: tuple[tree.Declaration, ...], span: Span) -> None:
        """Write the local definitions of a `let` into the function being written."""
        frame = self.fresh("frame")
        place = len(self.out)
        self._depth += 1
        with self.captured() as outside:
            self._declare_all(declarations, frame)
            for declaration in declarations:
                self._compile_local(declaration, frame)
            seen = outside()
        self._depth -= 1
        self._closures += 1
        self.out.insert(place, assign(frame, self.frame(seen, span)))

    def _compile_local(self, item: tree.Declaration, frame: str) -> None:
        if isinstance(item, tree.Definition):
            self._definition(item, frame)
        elif isinstance(item, tree.PatternDefinition):
            self._bind_pattern(item.pattern, item.body, self.scope, item.span)
        elif isinstance(item, tree.Timed):
            self._timed(item, lambda inner: self._compile_local(inner, frame))

    # --------------------------------------------------------------------------- timed

    def _timed(self, item: tree.Timed, compile_one: object) -> None:
        tock = self.scope.lookup("tock")
        if not isinstance(tock, Binding) or tock.kind is not Kind.HEAD:
            self.report(
                Diagnostic(
                    "X323", "a timed section needs the event `tock`", item.span, "",
                    (Note("declare it by `channel tock`"),),
                )
            )  # fmt: skip
            return
        span = item.span
        step: ast.expr = constant(None)
        if item.function is not None:
            step = call(span, self.closure(item.function, self.value))
        clock = self.fresh("clock")
        made = call(span, "Clock", call(span, "bare", name(tock.code)), step)
        self.out.append(assign(clock, call(span, "Thunk", thunk_body(made))))
        outer, self.clock = self.clock, clock
        added = [n for n in ("WAIT", "timed_priority") if n not in self.scope.names]
        for title in added:
            code = self.fresh(title)
            maker = "timed_wait" if title == "WAIT" else "timed_chooser"
            self.out.append(assign(code, call(span, maker, name(clock))))
            self.out.append(
                assign(code + "_value",
                       call(span, "Function", constant(title), name(code), constant(1),
                            constant(code), constant(None)))
            )  # fmt: skip
            self.scope.names[title] = Binding(title, Kind.BUILTIN, code, groups=(1,), process=True)
        try:
            for inner in item.declarations:
                compile_one(inner)  # type: ignore[operator]
        finally:
            self.clock = outer
            for title in added:
                del self.scope.names[title]

    # ---------------------------------------------------------------------- assertions

    def _part(self, expr: tree.Expr) -> str:
        """Compile `expr` to a global function without parameters; gives its name."""
        title = self.fresh("part")
        with self.nested_function(expr.span) as body, self.nested_scope():
            self.tail(expr)
        self.program.units.append(Unit([function(title, [], body, expr.span)], expr.span))
        return title

    def _claim(self, item: tree.Assertion) -> CompiledClaim:
        match item.claim:
            case tree.Refinement() as claim:
                exprs: tuple[tree.Expr, ...] = (claim.specification, claim.implementation)
            case tree.Property() as claim:
                exprs = (claim.process,)
            case tree.HasTrace() as claim:
                exprs = (claim.process, *claim.trace)
        option = item.options.tau_priority
        return CompiledClaim(
            item,
            tuple(map(self._part, exprs)),
            self._part(option) if option is not None else None,
        )


def _has_heads(item: tree.Declaration) -> bool:
    if isinstance(item, tree.Timed):
        return any(map(_has_heads, item.declarations))
    return isinstance(item, tree.Channel | tree.Datatype)


def _may_have_channels(item: tree.Declaration) -> bool:
    return isinstance(item, tree.Channel | tree.Module | tree.Instance | tree.Timed)
