"""Unification with constraints and dotted types, as `libcspm`, FDR's own front end, has them.

A dotted type is kept as it was written, `Dotted`, until it meets another type: only then is it
known how many fields a part of it takes. What takes what is decided by these rules.

- A part that awaits fields (`a=>b`) is fed with the parts to its right, one field each.
- A variable that stands last takes all the fields still missing (*longest match*), except where
  something extendable is expected, as in `{| c.x |}`: there it takes one (*shortest match*).
- A variable with other parts to its right, meeting a simple type, is what makes that type of them:
  `x.1` being an event, `x` is an `Int=>Event`.

The last is not done where a value is taken apart by a pattern or handed to a function (`strict`): a
dotted value cannot be split by somebody who does not name its constructor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cospec.spec.syntax.types.terms import (
    BOOL,
    EVENT,
    PROC,
    Basic,
    Constraint,
    Datatype,
    Dotable,
    Dotted,
    Extendable,
    Function,
    MapOf,
    Missing,
    Nothing,
    SequenceOf,
    SetOf,
    TupleOf,
    Type,
    Var,
    children,
    dotable,
    dotted,
    fields_of,
    parts_of,
    prune,
    variables,
)

EQ, ORD, SET = Constraint.EQ, Constraint.ORD, Constraint.SET
COMPLETE, YIELDABLE = Constraint.COMPLETE, Constraint.YIELDABLE


#: No type variable stands for a type of more parts than this. The size of types can grow
#: exponentially with that of a script: every `f(x) = (g(x), g(x))` doubles that of `g`.
MOST_PARTS = 10_000


class Mismatch(Exception):
    """Two types cannot be the same: the pairs met on the way in, the outermost first."""

    def __init__(self, expected: Type, actual: Type) -> None:
        super().__init__("types that do not match")
        self.pairs = [(expected, actual)]


class Unsplittable(Mismatch):
    """A dotted pattern met a value whose constructor it does not name."""


class Infinite(Mismatch):
    """A type would have to contain itself."""


class TooLarge(Mismatch):
    """A type would have more parts than `MOST_PARTS`."""


class Rigid(Mismatch):
    """A type variable of an annotation would have to be something in particular."""


class Unsatisfied(Exception):
    """A type does not satisfy a constraint; `type` is the part that is to blame."""

    def __init__(self, constraint: Constraint, type_: Type) -> None:
        super().__init__("a constraint that is not satisfied")
        self.constraint = constraint
        self.type = type_


class Unifier:
    """Makes types equal by binding their variables."""

    def __init__(self) -> None:
        self._strict = False

    @contextmanager
    def strict(self) -> Iterator[None]:
        """Within, a dotted type that is expected is not met by a simple one."""
        before, self._strict = self._strict, True
        try:
            yield
        finally:
            self._strict = before

    def unify(self, expected: Type, actual: Type) -> None:
        """Makes both the same.

        Raises:
            Mismatch: that cannot be.
            Unsatisfied: a variable would be bound to what does not satisfy its constraints.
        """
        expected, actual = prune(expected), prune(actual)
        if expected is actual:
            return
        try:
            self._unify(expected, actual)
        except Mismatch as mismatch:
            if mismatch.pairs[0] != (expected, actual):
                mismatch.pairs.insert(0, (expected, actual))
            raise

    def _unify(self, a: Type, b: Type) -> None:
        match a, b:
            case Var(), Var():
                self._bind_variables(a, b)
            case Var(), _:
                self._bind(a, b, a, b)
            case _, Var():
                self._bind(b, a, a, b)
            case Dotted(), Dotted():
                self._dotted(a, b)
            case Dotted(), _:
                self._split(a, b, expected=True)
            case _, Dotted():
                self._split(b, a, expected=False)
            case Extendable(), Extendable():
                self.unify(a.result, b.result)
                self.unify(a.rest, b.rest)
            case Extendable(), _:
                self._extend(a, b, a, b)
            case _, Extendable():
                self._extend(b, a, a, b)
            case Dotable(), Dotable():
                self._dotables(a, b)
            case Basic(), Basic() if a == b:
                pass
            case (Nothing(), Nothing()):
                pass
            case (
                (SequenceOf(), SequenceOf())
                | (SetOf(), SetOf())
                | (MapOf(), MapOf())
                | (TupleOf(), TupleOf())
                | (Function(), Function())
                | (Missing(), Missing())
            ) if len(children(a)) == len(children(b)):
                for each, other in zip(children(a), children(b), strict=True):
                    self.unify(each, other)
            case _:
                raise Mismatch(a, b)

    # ------------------------------------------------------------------------ variables

    def _bind_variables(self, a: Var, b: Var) -> None:
        if a.rigid and b.rigid:
            raise Rigid(a, b)
        kept, bound = (a, b) if a.rigid or not b.rigid else (b, a)
        for constraint in bound.constraints:
            self.require(constraint, kept)
        kept.level = min(kept.level, bound.level)
        kept.mistaken = kept.mistaken or bound.mistaken
        bound.bound = kept

    def _bind(self, variable: Var, term: Type, expected: Type, actual: Type) -> None:
        if variable.rigid:
            raise Rigid(expected, actual)
        term = self.evaluated(term)
        if isinstance(prune(term), Var):
            return self.unify(variable, term)
        if self._occurs(variable, term):
            raise Infinite(expected, actual)
        for constraint in variable.constraints:
            self.require(constraint, term)
        if variable.mistaken:
            for part in variables(term):
                part.mistaken = True
        if variable.bound is None:  # a constraint may have bound it
            variable.bound = term
        return None

    def _occurs(self, variable: Var, term: Type) -> bool:
        """Whether the variable is in the term; its variables move out to the variable's level.

        Raises:
            TooLarge: the term has too many parts to stand for a variable.
        """
        waiting, count = [term], 0
        while waiting:
            each = prune(waiting.pop())
            if each is variable:
                return True
            if isinstance(each, Var):
                each.level = min(each.level, variable.level)
            waiting += children(each)
            count += 1
            if count > MOST_PARTS:
                raise TooLarge(variable, term)
        return False

    # ---------------------------------------------------------------------- dotted types

    def evaluated(self, term: Type) -> Type:
        """A dotted type as far as it can be simplified without a variable taking anything."""
        term = prune(term)
        return dotted(self._reduced(parts_of(term))) if isinstance(term, Dotted) else term

    def settled(self, term: Type) -> Type:
        """A dotted type simplified by longest match, at the border of a definition."""
        term = prune(term)
        return (
            dotted(self._taken(parts_of(term), longest=True)) if isinstance(term, Dotted) else term
        )

    def _reduced(self, parts: list[Type]) -> list[Type]:
        """Feeds what awaits fields, as long as what it is fed with is no last variable."""
        done: list[Type] = []
        rest = parts[::-1]  # the next one last
        while rest:
            head = _next(rest)
            if not rest or not isinstance(head, Dotable):
                done.append(head)
                continue
            onward = _next(rest)
            field, result = prune(head.argument), prune(head.result)
            if isinstance(onward, Var) and not rest:
                return [*done, head, onward]
            if isinstance(onward, Dotable):
                # A constructor for the field, its own fields to come first.
                inner, made = fields_of(onward)
                self.unify(field, made)
                rest.append(dotable(inner, result))
            elif isinstance(onward, Extendable) and not rest and _is_final(result):
                self.unify(field, onward.result)
                return [*done, Extendable(onward.rest, result)]
            elif isinstance(field, Var) and not isinstance(result, (Dotable, Var)):
                others = self._reduced([onward, *reversed(rest)])
                self.unify(field, dotted(others))
                return [*done, prune(result)]
            else:
                self.unify(field, onward)
                rest.append(result)
        return done

    def _taken(self, parts: list[Type], longest: bool) -> list[Type]:
        """The same, a last variable taking all the missing fields or just one."""
        parts = self._reduced(parts)
        if len(parts) >= 2 and isinstance(head := prune(parts[-2]), Dotable):
            last = parts[-1]
            if longest:
                fields, result = fields_of(head)
                self.unify(last, dotted(fields))
            else:
                self.unify(last, head.argument)
                result = head.result
            return [*parts[:-2], *parts_of(result)]
        return parts

    def _split(self, term: Dotted, other: Type, expected: bool) -> None:
        """A dotted type meets one that is not."""

        def again(each: Type) -> None:
            if expected:
                self.unify(each, other)
            else:
                self.unify(other, each)

        parts = self._taken(parts_of(term), longest=not isinstance(other, (Extendable, Dotable)))
        if len(parts) == 1:
            again(parts[0])
            return
        simple = isinstance(other, (Datatype, Dotable, Extendable)) or other is EVENT
        if not isinstance(parts[0], Var) or not simple:
            raise Mismatch(*((term, other) if expected else (other, term)))
        if self._strict and expected and not isinstance(other, Extendable):
            raise Unsplittable(term, other)
        made = dotable(parts[1:], other)
        if expected:
            self.unify(parts[0], made)
        else:
            self.unify(made, parts[0])

    def _dotted(self, a: Dotted, b: Dotted) -> None:
        left, right = self._reduced(parts_of(a)), self._reduced(parts_of(b))
        left, right = self._levelled(left, right), self._levelled(right, left)
        while len(left) > 1 and len(right) > 1:
            self.unify(left.pop(0), right.pop(0))
        self.unify(dotted(left), dotted(right))

    def _levelled(self, parts: list[Type], others: list[Type]) -> list[Type]:
        """The parts, a last variable that feeds something having taken the missing fields, and
        whatever follows their counterpart among the others: in `if b then E.x else F.y` with
        `E :: Int=>T` and `F :: T`, x is an integer followed by a y."""
        if len(parts) < 2 or not isinstance(head := prune(parts[-2]), Dotable):
            return parts
        place = len(parts) - 2
        counterpart = prune(others[place]) if place < len(others) else None
        extra = others[place + 1 :]
        if isinstance(counterpart, Var) and extra:
            return parts
        if isinstance(counterpart, Dotable):
            extra = []
        fields, result = fields_of(head)
        self.unify(parts[-1], dotted([*fields, *extra]))
        return [*parts[:-2], *parts_of(result), *extra]

    def _dotables(self, a: Dotable, b: Dotable) -> None:
        """`a=>b` and `c=>d`. A variable that is the last field takes all that the other has."""
        for one, other in ((a, b), (b, a)):
            field, result = prune(one.argument), prune(one.result)
            if (
                isinstance(field, Var)
                and not field.rigid
                and _is_final(result)
                and isinstance(prune(other.result), Dotable)
            ):
                fields, final = fields_of(other)
                self.unify(field, dotted(fields))
                return self.unify(*((result, final) if one is a else (final, result)))
        self.unify(a.argument, b.argument)
        return self.unify(a.result, b.result)

    def _extend(self, term: Extendable, other: Type, expected: Type, actual: Type) -> None:
        if isinstance(other, Dotable):
            rest = Var(term.rest.level)
            self._bind_rest(term.rest, Missing(other.argument, rest), expected, actual)
            self.unify(Extendable(rest, term.result), other.result)
            return
        result = prune(term.result)
        if (
            not isinstance(result, Var)
            and result is not other
            and not isinstance(other, (Datatype, Basic))
        ):
            raise Mismatch(expected, actual)
        self.unify(term.result, other)
        self._bind_rest(term.rest, Nothing(), expected, actual)

    def _bind_rest(self, rest: Var, what: Type, expected: Type, actual: Type) -> None:
        if rest.rigid:
            raise Rigid(expected, actual)
        if self._occurs(rest, what):
            raise Infinite(expected, actual)
        rest.bound = what

    # ----------------------------------------------------------------------- constraints

    def require(self, constraint: Constraint, term: Type) -> None:
        """Sees to it that a type satisfies a constraint.

        Raises:
            Unsatisfied: it does not.
        """
        term = self.evaluated(term)
        match term:
            case Var():
                self._require_of_variable(constraint, term)
            case Basic() | Datatype():
                if not _satisfies(constraint, term):
                    raise Unsatisfied(constraint, term)
            case SequenceOf() | SetOf() | TupleOf() | MapOf():
                self._require_of_data(constraint, term)
            case Dotted():
                self._require_of_dotted(constraint, term)
            case Dotable():
                if constraint not in (EQ, SET):
                    raise Unsatisfied(constraint, term)
                for child in children(term):
                    self.require(constraint, child)
            case Extendable():
                if constraint in (COMPLETE, YIELDABLE):
                    self._bind_rest(term.rest, Nothing(), term, term)
                self.require(constraint, term.result)
            case Nothing() | Missing():
                pass
            case _:
                raise Unsatisfied(constraint, term)

    def _require_of_variable(self, constraint: Constraint, variable: Var) -> None:
        known = variable.constraints
        if constraint in known or (constraint is SET and EQ in known):
            return
        if variable.rigid and not (YIELDABLE in known and constraint in (SET, COMPLETE)):
            raise Unsatisfied(constraint, variable)
        known.add(constraint)

    def _require_of_data(self, constraint: Constraint, term: Type) -> None:
        if constraint is YIELDABLE:
            raise Unsatisfied(constraint, term)
        if constraint is COMPLETE:
            return
        if constraint is ORD and isinstance(term, (SequenceOf, SetOf)):
            constraint = EQ
        for child in children(term):
            self.require(constraint, child)

    def _require_of_dotted(self, constraint: Constraint, term: Dotted) -> None:
        if constraint is YIELDABLE or constraint is COMPLETE:
            parts = self._taken(parts_of(term), longest=True)
            if constraint is YIELDABLE and len(parts) > 1:
                raise Unsatisfied(constraint, term)
        else:
            parts = parts_of(term)
        if constraint is ORD and len(parts) > 1:
            raise Unsatisfied(constraint, term)
        for part in parts:
            self.require(constraint, part)


def _next(parts: list[Type]) -> Type:
    """Takes the last of some parts, the first of its own parts if it has become a dotted type."""
    part = prune(parts.pop())
    if isinstance(part, Dotted):
        parts += reversed(parts_of(part))
        part = parts.pop()
    return part


def _is_final(result: Type) -> bool:
    """Whether a type can take no more fields."""
    if isinstance(result, Var):
        return YIELDABLE in result.constraints
    return not isinstance(result, (Dotable, Extendable))


def _satisfies(constraint: Constraint, term: Basic | Datatype) -> bool:
    match constraint:
        case Constraint.EQ:
            return term is not PROC and (not isinstance(term, Datatype) or term.comparable)
        case Constraint.ORD:
            return isinstance(term, Basic) and term not in (BOOL, EVENT, PROC)
        case Constraint.YIELDABLE:
            return term is EVENT or isinstance(term, Datatype)
        case _:
            return True
