"""A loaded script: ask it for values, processes and claims.

`Session.load` reads, names and compiles a script, and reports every mistake that can be found
without evaluating it. Evaluation happens on demand, a piece at a time; a mistake found then becomes
a `ScriptError` too, with its place taken from the generated code that it passed through.

Deep recursion in a script is deep recursion in Python: whoever runs large scripts should do so in a
thread with a large stack and a high recursion limit.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Any, TypeAlias

from cospec.spec.semantics import claims
from cospec.spec.semantics.process import Definition, Process, UnguardedRecursion
from cospec.spec.syntax import dots, matching, tree
from cospec.spec.syntax.analysis import mistakes
from cospec.spec.syntax.builtins import check_event, length
from cospec.spec.syntax.declarations import EVENTS, CompiledClaim, Declarations, Unit
from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError
from cospec.spec.syntax.externals import below_tau
from cospec.spec.syntax.lints import warnings
from cospec.spec.syntax.operators import OPERATORS
from cospec.spec.syntax.parser import parse_assertion, parse_expression, parse_file, parse_text
from cospec.spec.syntax.pycode import MARK, execute
from cospec.spec.syntax.runtime import DATA, EMPTY_FRAME, definer, sharer
from cospec.spec.syntax.scopes import Kind, Scope
from cospec.spec.syntax.sets import AllEvents, SymbolicSet
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.definitions import check as check_types
from cospec.spec.syntax.types.terms import written_scheme
from cospec.spec.syntax.values import (
    FALSE,
    TRUE,
    EvaluationError,
    Function,
    Head,
    Value,
    brief,
    components,
    concatenate,
    equal,
    make_sequence,
    normal,
    show,
)


def _variables(channels: list[Head], places: dict[Any, Definition]) -> dict[str, Any]:
    """The globals of generated code."""

    def declare_head(
        title: str, is_channel: bool, order: int, fields: Callable[[], Any] | tuple[Any, ...]
    ) -> Head:
        head = Head(title, is_channel, order, fields)
        if is_channel:
            channels.append(head)
        return head

    functions = (
        dots.dot, dots.dot_all, dots.bare, dots.next_fields, dots.next_head, dots.extensions,
        check_event, length, components, concatenate, equal, make_sequence, matching.match_exactly,
        matching.match_start, matching.match_ends, matching.match_single, matching.match_empty_set,
        matching.match_dot, declare_head,
    )  # fmt: skip
    return {
        **DATA,
        **OPERATORS,
        **{f.__name__: f for f in functions},
        "TRUE": TRUE,
        "FALSE": FALSE,
        "EMPTY_FRAME": EMPTY_FRAME,
        "define": definer(places),
        "share": sharer({}),
    }


#: Makes a process for a session.
Given: TypeAlias = "Callable[[Session], Process]"


class Session:
    """A script that has been read and compiled.

    Attributes:
        sources: the text of each file, for showing the lines that messages are about.
        assertions: what the script asserts, in order.
        prints: its `print` statements.
    """

    def __init__(
        self, script: tree.Script, types: bool = True, given: Mapping[str, Given] | None = None
    ) -> None:
        """Compile a parsed script.

        Args:
            script: the script.
            types: whether it must be well-typed, as FDR wants it.
            given: processes that it may use by these names, made for the session, whose events
                they can have.

        Raises:
            ScriptError: names that are not defined, patterns that cannot be, values of the wrong
                types.
        """
        self.sources = script.sources
        self._channels: list[Head] = []
        self._places: dict[Any, Definition] = {}
        self._variables = _variables(self._channels, self._places)
        self._compiler = Declarations()
        given = given or {}
        script = replace(script, given=tuple(given))
        program = self._compiler.script(script, [make(self) for make in given.values()])
        self._types = check_types(script) if types else None
        self._script = script
        self._fail_if_wrong(script)
        self._claims = {id(c.assertion): c for c in program.claims}
        self.assertions = tuple(c.assertion for c in program.claims)
        self.prints = tuple(program.prints)
        self._variables["ALL_EVENTS"] = AllEvents(self._channels, self._compiler.heads)
        self._run(program.units)
        #: How many times something was defined at a prompt.
        self._levels = 0

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        types: bool = True,
        given: Mapping[str, Given] | None = None,
    ) -> Session:
        """Read and compile the script at `path` and what it includes.

        Raises:
            ScriptError: every mistake that can be found without evaluating anything.
        """
        return cls(parse_file(path), types, given)

    @classmethod
    def of_text(
        cls, text: str, types: bool = True, given: Mapping[str, Given] | None = None
    ) -> Session:
        """Compile a script given as text."""
        return cls(parse_text(text), types, given)

    @cached_property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is legal in the script and hardly meant so."""
        return warnings(self._script)

    def _fail_if_wrong(
        self, script: tree.Script | None = None, sources: Mapping[str, str] | None = None
    ) -> None:
        found = mistakes(
            self._compiler.diagnostics, self._types.diagnostics if self._types is not None else ()
        )
        self._compiler.diagnostics = []
        if self._types is not None:
            self._types.diagnostics = []
        if found:
            sources = sources or self.sources
            if script is None:
                raise ScriptError(found, sources)
            assertions = tree.assertions_among(script.declarations)
            also = warnings(script, found)
            raise ScriptError(found, sources, assertions, also)

    def _run(self, units: Iterable[Unit]) -> None:
        self._variables.update(self._compiler.constants)
        for unit in units:
            execute(unit.statements, unit.span, self._variables)

    # ------------------------------------------------------------------------ questions

    def assertion(self, text: str) -> tree.Assertion:
        """Read an assertion given apart from the script; `assert` itself is left out."""
        return parse_assertion(text)

    def claim(self, assertion: tree.Assertion) -> claims.Claim:
        """What `assertion` claims, its processes evaluated as far as their first step.

        A priority is applied to the processes; `not` is left to the caller. Partial order
        reduction is asked for where it can be had: of deadlock freedom.

        Raises:
            ScriptError: evaluation found a mistake.
        """
        compiled = self._claims.get(id(assertion))
        if compiled is None:
            with self._all_or_nothing():
                unit, compiled = self._compiler.claim(assertion)
                if self._types is not None:
                    self._types.assertion(assertion)
                self._fail_if_wrong()
                self._run([unit])
        with self.located(assertion.span):
            return self._claim(compiled)

    def _claim(self, compiled: CompiledClaim) -> claims.Claim:
        first, *rest = (self._variables[p] for p in compiled.parts)
        order, events = compiled.tau_priority, compiled.assertion.options.tau_priority

        def process(code: Callable[[], Value], expr: tree.Expr) -> Process:
            with self.located(expr.span):
                value = code()
                if not isinstance(value, Process):
                    raise _no_process(value)
            if order is None or events is None:
                return value
            with self.located(events.span):
                return below_tau(value, self._variables[order]())

        def event(code: Callable[[], Value], expr: tree.Expr) -> Value:
            with self.located(expr.span):
                return check_event(normal(code()))

        match compiled.assertion.claim:
            case tree.Refinement(left, model, right):
                return claims.Refines(
                    process(first, left), claims.Model(model), process(rest[0], right)
                )
            case tree.HasTrace(subject, trace, model):
                return claims.HasTrace(
                    process(first, subject),
                    tuple(map(event, rest, trace)),
                    claims.Model(model or "FD"),
                )
            case tree.Property(subject, "deadlock free", model):
                return claims.DeadlockFree(
                    process(first, subject),
                    claims.Model(model or "FD"),
                    depth_first=compiled.assertion.options.partial_order is not None,
                )
            case tree.Property(subject, "deterministic", model):
                return claims.Deterministic(process(first, subject), claims.Model(model or "FD"))
            case tree.Property(subject):
                return claims.DivergenceFree(process(first, subject))

    def define(self, text: str) -> dict[str, str]:
        """Add definitions, written as in a script. What they use is what stood there before them,
        or themselves; whatever was defined before keeps its meaning, also where it used a name that
        is now defined anew.

        Channels and datatypes may be declared, too. New events are no members of what `Events` was
        before.

        All is left as it was when there is a mistake, or when the definition is interrupted.

        Returns:
            the names, and their types as far as they have one.

        Raises:
            ScriptError: every mistake that can be found without evaluating anything.
        """
        file = f"<definition {self._levels + 1}>"
        script = parse_text(text, file)
        sources = {**self.sources, file: text}
        wrong = list(_out_of_place(script))
        if wrong:
            raise ScriptError(wrong, sources)
        with self._all_or_nothing():
            program, events = self._compiler.level(script.declarations)
            if self._types is not None:
                self._types.level_inside(script.declarations)
            self._fail_if_wrong(sources=sources)
            if events is not None:
                self._variables[events] = AllEvents(self._channels, self._compiler.heads)
            self._run(program.units)
            found = self._named(self._compiler.scope)
        self.sources[file] = text
        self._levels += 1
        return found

    def names(self) -> dict[str, str]:
        """What the script and later definitions define, without what is built in: the names that
        an expression may use, with their types as far as they have one, in order of definition."""
        scopes: list[Scope] = []
        scope = self._compiler.scope
        while scope.parent is not None:
            scopes.append(scope)
            scope = scope.parent
        found: dict[str, str] = {}
        for each in reversed(scopes):
            for name, type_ in self._named(each).items():
                found.pop(name, None)
                found[name] = type_
        return found

    def known(self) -> list[str]:
        """Every name that an expression may begin with, those of modules included."""
        return [*self._compiler.scope.visible(), *(n for n in self.names() if "::" in n)]

    def _named(self, scope: Scope, prefix: str = "") -> dict[str, str]:
        """The names of one level and of the modules in it."""
        found: dict[str, str] = {}
        for name, binding in scope.names.items():
            if binding.private or (binding.kind is Kind.BUILTIN and name == EVENTS):
                continue
            whole = prefix + name
            entity = None
            if self._types is not None and binding.kind is not Kind.MODULE:
                entity = self._types.scope.lookup(whole)
            scheme = None if entity is None else entity.scheme
            found[whole] = "" if scheme is None else written_scheme(scheme)
            if binding.kind is Kind.MODULE and binding.scope is not None:
                found |= self._named(binding.scope, whole + "::")
        return found

    def value(self, text: str) -> Value:
        """The value of an expression, with nothing left to evaluate inside.

        Raises:
            ScriptError: it does not parse, or evaluation found a mistake.
        """
        expr = parse_expression(text)
        self.sources[expr.span.file] = text
        value = self._value(expr)
        with self.located(expr.span):
            return normal(value)

    def _value(self, expr: tree.Expr) -> Value:
        with self._all_or_nothing():
            unit, code = self._compiler.expression(expr)
            if self._types is not None:
                self._types.expression(expr)
            self._fail_if_wrong()
            self._run([unit])
        with self.located(expr.span):
            return self._variables[code]()

    def type_of(self, text: str) -> str:
        """The type of an expression, as an annotation would say it.

        Raises:
            ScriptError: it does not parse, names in it are not defined, or it has no type.
        """
        expr = parse_expression(text)
        self.sources[expr.span.file] = text
        with self._all_or_nothing():
            self._compiler.expression(expr)
            scheme = None if self._types is None else self._types.expression(expr)
            self._fail_if_wrong()
        return "" if scheme is None else written_scheme(scheme)

    def evaluate(self, text: str) -> str:
        """The value of an expression, in CSPM's notation.

        A process is evaluated as far as its first step, so that mistakes there are found.
        """
        expr = parse_expression(text)
        self.sources[expr.span.file] = text
        return self._shown(self._value(expr), expr.span)

    def printed(self, item: tree.Print) -> str:
        """The value that a `print` statement of the script asks for.

        Raises:
            ScriptError: a name in it is not defined, or evaluation found a mistake.
        """
        return self._shown(self._value(item.expression), item.expression.span)

    def _shown(self, value: Value, span: Span) -> str:
        with self.located(span):
            if isinstance(value, Process):
                from cospec.spec.semantics.firing import FiringRules

                rules = FiringRules(value)
                for state in rules.initial_states():
                    rules.transitions(state)
                return str(value)
            return show(value)

    def process(self, text: str) -> Process:
        """The process that an expression stands for.

        Raises:
            ScriptError: it is no process, or evaluation found a mistake.
        """
        value = self.value(text)
        if not isinstance(value, Process):
            shown = brief(value)
            message = f"`{text}` is not a process" + (f" but `{shown}`" if shown != text else "")
            notes = tuple(map(Note, _no_process(value).notes))
            raise ScriptError(Diagnostic("X591", message, None, "", notes))
        return value

    def event(self, text: str) -> Value:
        """The event that an expression stands for, with all its fields.

        Raises:
            ScriptError: it is no event.
        """
        value = self.value(text)
        with self.located(None):
            return check_event(value)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Compile inside; if that ends in an exception of any kind, as when it is interrupted,
        names and channels are those of before and nothing is left half done."""
        scope, channels = self._compiler.scope, len(self._channels)
        types = None if self._types is None else self._types.scope
        try:
            yield
        except BaseException:
            self._compiler.rest(scope)
            if self._types is not None and types is not None:
                self._types.rest(types)
            del self._channels[channels:]
            raise

    # --------------------------------------------------------------------------- errors

    @contextmanager
    def located(self, span: Span | None) -> Iterator[None]:
        """Turn mistakes found by evaluating inside into `ScriptError`s; `span` is where if
        nothing better is known."""
        try:
            yield
        except ScriptError:
            raise
        except Exception as error:
            if isinstance(error, UnguardedRecursion):
                known = self._compiler.scope.find(error.call.definition.name)
                span = known.span if known is not None else span
            found = diagnose(error, span)
            if found is None:
                raise
            raise ScriptError(found, self.sources) from error


def _out_of_place(script: tree.Script) -> Iterator[Diagnostic]:
    """What is no definition, and so cannot be added to a session."""
    included = list(script.sources)[1:]
    for name in included:
        note = Note("load the file instead")
        message = f"`{name}` cannot be included in a definition"
        yield Diagnostic("X613", message, None, "", (note,))
    if not script.declarations:
        note = Note("for example `x = 3`, `P = a -> STOP` or `channel a`")
        yield Diagnostic("X615", "there is no definition here", None, "", (note,))
    for item in () if included else script.declarations:
        if isinstance(item, tree.Print):
            note = Note("an expression alone shows its value")
            yield Diagnostic("X615", "`print` defines nothing", item.span, "", (note,))
        elif isinstance(item, tree.Assertion):
            note = Note("an assertion is checked where it is asked for, not kept")
            yield Diagnostic("X615", "`assert` defines nothing", item.span, "", (note,))


def _no_process(value: Value) -> EvaluationError:
    notes: tuple[str, ...] = ()
    if type(value) is Function:
        many = f"{value.arity} argument{'s' * (value.arity != 1)}"
        notes = (f"it is a function of {many}: call it to get a process",)
    return EvaluationError(
        "X590", f"a process is needed here, but this is `{brief(value)}`", *notes
    )


_ILL_TYPED = (TypeError, AttributeError, ValueError, IndexError, KeyError)


def diagnose(error: BaseException, span: Span | None = None) -> Diagnostic | None:
    """The script's mistake behind an exception; None if it is none of the script's doing."""
    inside, around = _script_places(error.__traceback__)
    place = inside or span
    asked = () if around is None else (Note("needed here", around),)
    if isinstance(error, EvaluationError):
        notes = (*map(Note, error.notes), *asked)
        return Diagnostic(error.code, error.message, place, "", notes)
    if isinstance(error, UnguardedRecursion):
        note = Note("put an event before the recursive use")
        return Diagnostic("X505", str(error), place, "", (note,))
    if isinstance(error, RecursionError):
        note = Note("a recursive function that never reaches its end, or an infinite sequence?")
        return Diagnostic("X506", "the evaluation goes too deep", place, "", (note,))
    if isinstance(error, ZeroDivisionError) and inside is not None:
        return Diagnostic("X507", "division by zero", place, "", asked)
    if isinstance(error, MemoryError | OverflowError):
        return Diagnostic("X508", "a value is too large to be computed", place)
    if isinstance(error, _ILL_TYPED) and inside is not None and _in_evaluator(error.__traceback__):
        return Diagnostic("X590", _mismatch(str(error)), place, "", asked)
    return None


_KINDS = {
    "int": "a number", "Bool": "a boolean", "Char": "a character", "tuple": "a sequence",
    "Cons": "a sequence", "Tup": "a tuple", "LazyTup": "a tuple", "frozenset": "a set",
    "Map": "a map", "Dot": "a channel, event or constructor", "Dotted": "a dotted value",
    "Function": "a function",
}  # fmt: skip
_SETS = {kind.__name__ for kind in SymbolicSet.__subclasses__()}
_TWO = re.compile(r"'?(//|[-+*%<>]=?)'?(?::| not supported).*'(\w+)' and '(\w+)'")
_ONE = re.compile(r"'(\w+)'")


def _mismatch(words: str) -> str:
    """What Python says of values that do not fit together, in the script's terms."""
    if words.startswith(("too many values", "not enough values")):
        wanted = re.findall(r"expected (\d+)", words)[0]
        return f"a tuple of {wanted} is needed here, and this one has another number of components"
    two = _TWO.search(words)
    if two:
        operator = "/" if two[1] == "//" else two[1]
        return f"`{operator}` cannot be applied to {_kind(two[2])} and {_kind(two[3])}"
    one = _ONE.search(words)
    if one and (one[1] in _KINDS or one[1] in _SETS):
        return f"{_kind(one[1])} cannot be used like this"
    return "values of the wrong types meet here"


def _kind(name: str) -> str:
    return _KINDS.get(name) or ("a set" if name in _SETS else "a process")


#: So many of the innermost frames are looked at for the place that asked for a value.
_FRAMES = 50


def _script_places(trace: TracebackType | None) -> tuple[Span | None, Span | None]:
    """The innermost place in the script that a traceback passes through, and the innermost one
    outside of the lines around it: what asked for it from another definition."""
    frames: deque[TracebackType] = deque(maxlen=_FRAMES)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(MARK) and trace.tb_lasti >= 0:
            frames.append(trace)
        trace = trace.tb_next
    places = [place for place in map(_place, reversed(frames)) if place is not None]
    if not places:
        return None, None
    inside = places[0]
    return inside, next((each for each in places if not _touch(each, inside)), None)


def _place(frame: TracebackType) -> Span | None:
    """Where in the script a frame of generated code is."""
    code = frame.tb_frame.f_code
    at = frame.tb_lasti // 2
    line, end_line, column, end_column = next(itertools.islice(code.co_positions(), at, None))
    if line is None:
        return None
    start, end = (column or 0) + 1, (end_column or column or 0) + 1
    return Span(code.co_filename[len(MARK) :], line, start, end_line or line, end)


def _touch(one: Span, other: Span) -> bool:
    """Whether two places are on a common line."""
    return one.file == other.file and one.line <= other.end_line and other.line <= one.end_line


def _in_evaluator(trace: TracebackType | None) -> bool:
    """Whether the innermost frame is generated code or the evaluator's own."""
    last = None
    while trace is not None:
        last, trace = trace.tb_frame.f_code.co_filename, trace.tb_next
    return last is not None and (last.startswith(MARK) or "syntax" in last)
