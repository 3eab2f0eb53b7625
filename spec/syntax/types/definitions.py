"""The types of definitions, channels and datatypes, group by group.

A mistake ends the search in its own clause or declaration only. What it leaves open may be of any
type afterwards, so that it is reported once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types import messages
from cospec.spec.syntax.types.annotations import annotated
from cospec.spec.syntax.types.environment import (
    Binding,
    Entity,
    Item,
    Layout,
    Scope,
    beginning,
    groups,
)
from cospec.spec.syntax.types.inference import EVENTS, Inference
from cospec.spec.syntax.types.messages import IllTyped
from cospec.spec.syntax.types.terms import (
    EVENT,
    INT,
    PROC,
    Constraint,
    Datatype,
    Dotted,
    Function,
    Scheme,
    SetOf,
    TupleOf,
    Type,
    Var,
    dotable,
    dotted,
    fields_of,
    parts_of,
    prune,
    variables,
)
from cospec.spec.syntax.types.unify import Mismatch, Unsatisfied


class Definitions(Inference):
    """Types whole levels of declarations.

    Attributes:
        diagnostics: the mistakes found; one in a module once more for each instance.
        declared: what is declared at any level, `let` included.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.declared: list[Entity] = []
        self.diagnostics: list[Diagnostic] = []

    def script(self, declarations: Sequence[tree.Declaration]) -> None:
        """Types a script; its names are added to the scope."""
        layout = Layout()
        layout.level(declarations, self.scope)
        for group in groups(layout.items):
            self._group(group, general=True)

    def let(self, declarations: Sequence[tree.Declaration]) -> None:
        layout = Layout()
        layout.level(declarations, self.scope)
        for group in groups(layout.items):
            self._group(group, general=False)

    # ---------------------------------------------------------------------------- groups

    def _group(self, group: Sequence[Item], general: bool) -> None:
        instances = [item.instance for item in group if item.instance is not None]
        if len(group) > 1 and instances:
            self.diagnostics.append(messages.uses_itself(instances[0]))
            for item in group:
                self._give_up(item)
            return
        self.level += general
        for item in group:
            for entity in item.defines:
                self._begin(entity, item.scope)
                self.declared.append(entity)
        ill_typed, unsettled = [], []
        for item in group:
            before, unknown = len(self.diagnostics), self.unknown
            with self._within(item.scope), self._reporting():
                self._item(item)
            if len(self.diagnostics) > before:
                ill_typed.append(item)
            if len(self.diagnostics) > before or self.unknown > unknown:
                unsettled.append(item)
        self._settle_datatypes(group)
        for item in group:
            if item not in unsettled:
                with self._within(item.scope), self._reporting():
                    self._check_fields(item)
        self.level -= general
        if general:
            for item in group:
                for entity in item.defines:
                    self._generalise(entity)
        for item in ill_typed:
            self._give_up(item)

    @contextmanager
    def _within(self, scope: Scope) -> Iterator[None]:
        outer, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = outer

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """A mistake inside is noted and ends what is inside."""
        try:
            yield
        except IllTyped as error:
            self.diagnostics.append(error.diagnostic)

    def _begin(self, entity: Entity, scope: Scope) -> None:
        """Gives a name the type it has while its group is being typed."""
        entity.type = self.fresh()
        if entity.annotation is not None and not entity.head:
            inside = Scope(scope)
            with self._reporting():
                # One level deeper, so that what it depends on from outside shows.
                entity.scheme, entity.type = annotated(entity.annotation, inside, self.level + 1)
            entity.home = inside

    def _give_up(self, item: Item) -> None:
        """What an ill-typed item defines may be of any type, unless an annotation says which."""
        for entity in item.defines:
            if entity.annotation is None or entity.scheme is None:
                anything = Var(self.level + 1, mistaken=True)
                entity.scheme, entity.type = Scheme((anything,), anything), None

    def _generalise(self, entity: Entity) -> None:
        if entity.scheme is not None or entity.type is None:
            return
        entity.scheme = self._general(entity.type)

    # ---------------------------------------------------------------------- declarations

    def _item(self, item: Item) -> None:
        declaration = item.declaration
        match declaration:
            case tree.Definition():
                self._definition(declaration, item)
            case tree.PatternDefinition():
                found = self._pattern_of(declaration.pattern, item)
                body = self.body(declaration.body)
                what = "what the pattern takes apart"
                self.unify(found, body, declaration.body.span, what, strict=True)
            case Binding(pattern, argument, scope):
                found = self._pattern_of(pattern, item)
                with self._within(scope):
                    given = self.body(argument)
                self.unify(found, given, argument.span, "the argument of the module", strict=True)
            case tree.Channel():
                self._channel(declaration, item)
            case tree.Datatype():
                self._datatype(declaration, item)
            case tree.Nametype():
                found = SetOf(self._type_of(declaration.type))
                self._given(item.defines[:1], found, declaration.type.span)
            case tree.Timed():
                self._timed(declaration)
            case tree.Assertion():
                self._assertion(declaration)
            case _:
                pass

    def _pattern_of(self, pattern: tree.Expr, item: Item) -> Type:
        """The type of a pattern whose variables are the names that an item defines."""
        with self.nested() as inside:
            found = self.settled(self.pattern(pattern), pattern.span)
        for entity in item.defines:
            bound = inside.names.get(entity.name)
            if bound is not None and bound.type is not None and entity.type is not None:
                what = f"`{entity.name}`"
                self.unify(entity.type, bound.type, pattern.span, what)
        return found

    def _definition(self, declaration: tree.Definition, item: Item) -> None:
        if not item.defines:
            return  # defined twice
        (entity,) = item.defines
        whole = entity.type
        assert whole is not None
        home = entity.home if entity.home is not None else self.scope
        # What an annotation leaves open must not be tied to anything outside the definition.
        self.level += entity.annotation is not None
        try:
            self._clauses(declaration, entity, whole, home)
        finally:
            self.level -= entity.annotation is not None
        self._check_general(entity, declaration)

    def _clauses(
        self, declaration: tree.Definition, entity: Entity, whole: Type, home: Scope
    ) -> None:
        first = declaration.clauses[0]
        shape = tuple(map(len, first.groups))
        arguments = [[self.fresh() for _ in range(n)] for n in shape]
        result: Type = self.fresh()
        made: Type = result
        for group in reversed(arguments):
            made = Function(tuple(group), made)
        self._fit(entity, whole, made, declaration.name_span)
        earlier: list[tree.Clause] = []
        for clause in declaration.clauses:
            if tuple(map(len, clause.groups)) != shape:
                continue  # reported by the parser
            with self._within(home), self._reporting():
                self._clause(entity, clause, earlier, arguments, result)
            earlier.append(clause)

    def _fit(self, entity: Entity, whole: Type, made: Type, span: Span) -> None:
        """The type of a definition by its parameters must agree with its annotation."""
        annotation = entity.annotation
        notes = () if annotation is None else (Note("its type is given here", annotation.span),)
        self.unify(whole, made, span, f"the definition of `{entity.name}`", lambda: notes)

    def _clause(
        self,
        entity: Entity,
        clause: tree.Clause,
        earlier: Sequence[tree.Clause],
        arguments: list[list[Var]],
        result: Type,
    ) -> None:
        name = entity.name
        with self.nested():
            number = 0
            for place, (patterns, expected) in enumerate(
                zip(clause.groups, arguments, strict=True)
            ):
                others = zip(*(each.groups[place] for each in earlier), strict=True)
                for pattern, argument in zip(patterns, expected, strict=True):
                    number += 1
                    what = f"parameter {number} of `{name}`"
                    notes = partial(self._needed, entity, next(others, ()))
                    found = self.parameter(pattern)
                    self.unify(
                        found, argument, pattern.span, what, notes, strict=True, pattern=True
                    )
            what = f"the body of `{name}`" if clause.groups else f"`{name}`"
            if isinstance(prune(result), Var):
                self.unify(result, self.body(clause.body), clause.body.span, what)
            else:
                bodies = [each.body for each in earlier]
                self.check(clause.body, result, what, partial(self._needed, entity, bodies))

    def _needed(self, entity: Entity, earlier: Sequence[tree.Expr]) -> Iterator[Note]:
        """Why a part of a clause must be of a type that it is not found to have: an annotation says
        so, the same part of an earlier clause, or a use of the definition in the same group."""
        if entity.annotation is not None:
            yield Note("its type is given here", entity.annotation.span)
        elif earlier:
            telling = (e for e in earlier if not isinstance(e, (tree.Name, tree.Wildcard)))
            yield Note("like in an earlier clause", next(telling, earlier[0]).span)
        elif entity.scheme is None:
            for span, used, _ in self.uses:
                if used is entity:
                    yield Note(f"`{entity.name}` is used here", span)
                    break

    def _check_general(self, entity: Entity, declaration: tree.Definition) -> None:
        """The variables of an annotation must not have become types from around it."""
        if entity.annotation is None or entity.scheme is None:
            return
        for variable in entity.scheme.quantified:
            if variable.level <= self.level:
                raise IllTyped(
                    messages.less_general(entity.name, variable.rigid, declaration.name_span)
                )

    def _given(self, entities: Iterable[Entity], found: Type, span: Span) -> None:
        for entity in entities:
            assert entity.type is not None
            self._fit(entity, entity.type, found, span)

    # --------------------------------------------------------------- channels and types

    def _type_of(self, expr: tree.Expr) -> Type:
        """The type of the values that a type expression describes."""
        return self._described(self.infer(expr), expr)

    def _described(self, found: Type, expr: tree.Expr) -> Type:
        """The type of the members of what is a set of type `found`, or a tuple or dot of sets."""
        found = prune(found)
        if isinstance(found, TupleOf):
            return TupleOf(tuple(self._described(each, expr) for each in found.items))
        if isinstance(found, Dotted):
            return dotted([self._described(each, expr) for each in parts_of(found)])
        item = self.fresh(Constraint.SET)
        self.unify(SetOf(item), found, expr.span, "a type", lambda: self._origin(expr))
        return item

    def _fields(self, expr: tree.Expr | None) -> list[Type]:
        return [] if expr is None else parts_of(self.settled(self._type_of(expr), expr.span))

    def _channel(self, declaration: tree.Channel, item: Item) -> None:
        found = dotable(self._fields(declaration.type), EVENT)
        for entity in item.defines:
            self._head(entity, found)

    def _datatype(self, declaration: tree.Datatype, item: Item) -> None:
        entities = {entity.name: entity for entity in item.defines}
        if declaration.subtype:
            self._subtype(declaration, item)
            return
        whole = entities.get(declaration.name)
        if whole is None or whole.datatype is None:
            return
        self._given([whole], SetOf(whole.datatype), declaration.name_span)
        for clause in declaration.clauses:
            entity = entities.get(clause.name)
            if entity is not None:
                with self._reporting():
                    self._head(entity, dotable(self._fields(clause.type), whole.datatype))

    def _head(self, entity: Entity, found: Type) -> None:
        """Gives a channel or constructor its type, which an annotation may help to settle."""
        assert entity.type is not None
        assert entity.span is not None
        self.unify(entity.type, found, entity.span, f"`{entity.name}`")
        if entity.annotation is not None:
            scheme, _ = annotated(entity.annotation, Scope(self.scope), self.level)
            what = f"`{entity.name}`"
            note = Note("its type is given here", entity.annotation.span)
            self.unify(scheme.instance(self.level), found, entity.span, what, lambda: (note,))

    def _subtype(self, declaration: tree.Datatype, item: Item) -> None:
        found: Datatype | None = None
        for clause in declaration.clauses:
            entity = self.scope.lookup(clause.name)
            datatype = entity.datatype if entity is not None and entity.head else None
            if entity is None:
                continue  # reported with the names
            if datatype is None or (found is not None and datatype is not found):
                known = found.name if found is not None else ""
                raise IllTyped(
                    messages.not_a_datatypes(clause.name, clause.name_span, entity, known)
                )
            found = datatype
            self._subtype_clause(clause, entity)
        if found is not None:
            self._given(item.defines[:1], SetOf(found), declaration.name_span)

    def _subtype_clause(self, clause: tree.DatatypeClause, entity: Entity) -> None:
        given = self._fields(clause.type)
        whole = self._name(tree.Name(clause.name, clause.name_span))
        wanted, _ = fields_of(whole)
        if len(given) > len(wanted):
            raise IllTyped(
                messages.too_many_fields(clause.name, len(given), len(wanted), clause.span, entity)
            )
        for number, (field, declared) in enumerate(zip(given, wanted, strict=False), 1):
            last = number == len(given)
            if last and isinstance(field, Var):
                continue
            what = f"field {number} of `{clause.name}`"
            notes = messages.declared(entity)
            final = fields_of(field)[1] if last else field
            self.unify(declared, final, clause.span, what, lambda notes=notes: notes)  # type: ignore[misc]

    def _settle_datatypes(self, group: Sequence[Item]) -> None:
        """Finds which datatypes of a group can be compared: all whose fields can, where those of
        the group count as comparable as long as nothing speaks against it."""
        heads = [e for item in group for e in item.defines if e.head and e.datatype is not None]
        changed = True
        while changed:
            changed = False
            for entity in heads:
                datatype = entity.datatype
                assert datatype is not None
                assert entity.type is not None
                if datatype.comparable and not self._comparable(fields_of(entity.type)[0]):
                    datatype.comparable = False
                    changed = True

    def _comparable(self, fields: Iterable[Type]) -> bool:
        try:
            for field in fields:
                if not isinstance(prune(field), Var):
                    self.unifier.require(Constraint.EQ, field)
        except (Unsatisfied, Mismatch):
            return False
        return True

    def _check_fields(self, item: Item) -> None:
        """Channels and constructors must be closed, and their fields hold whole values."""
        for entity in item.defines:
            if not entity.head or entity.type is None or entity.span is None:
                continue
            what = "constructor" if entity.datatype is not None else "channel"
            unsettled = [v for v in variables(entity.type) if v.level > 0]
            if any(v.mistaken for v in unsettled):
                continue
            if unsettled:
                raise IllTyped(messages.polymorphic(entity.name, what, entity.type, entity.span))
            needed = [Constraint.COMPLETE]
            if entity.datatype is None:
                needed.append(Constraint.EQ)
            for number, field in enumerate(fields_of(entity.type)[0], 1):
                for constraint in needed:
                    try:
                        self.unifier.require(constraint, field)
                    except Unsatisfied as error:
                        raise IllTyped(
                            messages.useless_field(error, entity.name, what, number, entity.span)
                        ) from None

    # ---------------------------------------------------------------- sections, assertions

    def _timed(self, section: tree.Timed) -> None:
        if section.function is not None:
            what = "the function of a timed section"
            self.check(section.function, Function((EVENT,), INT), what)
        tock = tree.Name("tock", section.span)
        if self.scope.lookup("tock") is not None:
            self.check(tock, EVENT, "`tock`, which a timed section needs,")

    def _assertion(self, assertion: tree.Assertion) -> None:
        claim = assertion.claim
        if isinstance(claim, tree.Refinement):
            self.check(claim.specification, PROC, "the specification")
            self.check(claim.implementation, PROC, "the implementation")
        else:
            self.check(claim.process, PROC, "what is asserted something of")
        if isinstance(claim, tree.HasTrace):
            for event in claim.trace:
                self.check(event, EVENT, "an event of the trace")
        priority = assertion.options.tau_priority
        if priority is not None:
            self.check(priority, EVENTS, "the set after `tau priority`")

    # --------------------------------------------------------------- apart from the script

    def level_inside(self, declarations: Sequence[tree.Declaration]) -> None:
        """Types definitions that are added in a scope inside the present one."""
        self.scope = Scope(self.scope)
        self.script(declarations)

    def rest(self, scope: Scope) -> None:
        """Forgets what was being looked at; names are those of `scope` from here on."""
        self.scope, self.level = scope, 0
        self.diagnostics = []

    def assertion(self, assertion: tree.Assertion) -> None:
        """Types an assertion that is not in the script."""
        with self._reporting():
            self._assertion(assertion)

    def expression(self, expr: tree.Expr) -> Scheme | None:
        """The type of an expression in the scope of the script, if it has one."""
        self.level += 1
        found: Type | None = None
        with self._reporting(), self.nested():
            found = self.body(expr)
        self.level -= 1
        return None if found is None else self._general(found)

    def _general(self, found: Type) -> Scheme:
        free = dict.fromkeys(v for v in variables(found) if v.level > self.level)
        return Scheme(tuple(v for v in free if not v.rigid), prune(found))


def check(script: tree.Script) -> Definitions:
    """Finds the types of a script, and what is wrong with them (`diagnostics`)."""
    found = Definitions(beginning(script))
    found.script(script.declarations)
    return found
