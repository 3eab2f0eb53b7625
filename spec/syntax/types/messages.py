"""What is wrong with types, in the script's own terms."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note
from cospec.spec.syntax.tree import Span
from cospec.spec.syntax.types.environment import Entity
from cospec.spec.syntax.types.terms import (
    EVENT,
    INT,
    PROC,
    Constraint,
    Dotable,
    Dotted,
    Function,
    Names,
    SequenceOf,
    SetOf,
    Type,
    Var,
    fields_of,
    parts_of,
    prune,
    variables,
    written,
    written_scheme,
)
from cospec.spec.syntax.types.unify import (
    MOST_PARTS,
    Infinite,
    Mismatch,
    Rigid,
    TooLarge,
    Unsatisfied,
    Unsplittable,
)


class IllTyped(Exception):
    """A mistake in a script's types."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def declared(entity: Entity, called: str = "") -> tuple[Note, ...]:
    """Where a name comes from, and its type; `called` is how it is written where it is used."""
    if entity.span is None and entity.scheme is None:
        return ()
    name = called or entity.name
    if entity.scheme is not None:
        text = f"`{name}` is of type `{written_scheme(entity.scheme)}`"
    else:
        text = f"`{name}` is declared here"
    return (Note(text, entity.span),)


def mismatch(
    error: Mismatch,
    span: Span,
    what: str,
    extra: Iterable[Note] = (),
    types: Iterable[str] = (),
    pattern: bool = False,
) -> Diagnostic:
    """Two types meet that cannot be the same; `what` names the place, as in "argument 1 of `f`".

    `types` are the datatypes that could have been meant by a misspelt name. `pattern`: a pattern
    stands at the place, its type being the one expected.
    """
    if isinstance(error, TooLarge):
        return Diagnostic(
            "X418", f"the type of {what} is too large: it has more than {MOST_PARTS:,} parts", span
        )
    names = Names()
    expected, actual = error.pairs[0]
    wanted, found = written(expected, names), written(actual, names)
    if isinstance(error, Infinite):
        return Diagnostic(
            "X404", f"the type of {what} would have to contain itself", span, "",
            (Note(f"`{wanted}` would have to be the same as `{found}`"), *extra),
        )  # fmt: skip
    if isinstance(error, Unsplittable):
        return _unsplittable(error, span, names, extra)
    if isinstance(error, Rigid):
        return _rigid(error, span, what, names, extra, types)
    notes: list[Note] = []
    inner_expected, inner_actual = error.pairs[-1]
    if pattern:
        expected, actual, wanted, found = actual, expected, found, wanted
        inner_expected, inner_actual = inner_actual, inner_expected
    if len(error.pairs) > 1 and written(inner_expected, names) != wanted:
        inner = written(inner_expected, names), written(inner_actual, names)
        notes.append(Note(f"`{inner[0]}` is needed where `{inner[1]}` is found"))
    notes += _advice(prune(expected), prune(actual))
    return Diagnostic(
        "X401", f"{what} must be of type `{wanted}`, but this is of type `{found}`", span,
        f"of type `{found}`", (*notes, *extra),
    )  # fmt: skip


def _unsplittable(
    error: Unsplittable, span: Span, names: Names, extra: Iterable[Note]
) -> Diagnostic:
    pattern, value = error.pairs[-1]
    return Diagnostic(
        "X405",
        f"a value of type `{written(value, names)}` cannot be taken apart by a dot that does not "
        "name its channel or constructor",
        span, f"of type `{written(pattern, names)}`",
        (Note("write the channel or constructor first, as in `c.x`"), *extra),
    )  # fmt: skip


def _rigid(
    error: Rigid,
    span: Span,
    what: str,
    names: Names,
    extra: Iterable[Note],
    types: Iterable[str],
) -> Diagnostic:
    expected, actual = error.pairs[-1]
    rigid, other = prune(expected), prune(actual)
    if not (isinstance(rigid, Var) and rigid.rigid):
        rigid, other = other, rigid
    name, found = written(rigid, names), written(other, names)
    notes: list[Note] = []
    if name[0].isupper():
        notes = [
            Note(f"there is no type `{name}`, so it is a variable"),
            *similar_type(name, types),
        ]
    return Diagnostic(
        "X406",
        f"the annotation says that `{name}` may be any type, but here it has to be `{found}`",
        span, f"in {what}", (*notes, *extra),
    )  # fmt: skip


#: What cannot be said of values of a type, and how it is said of those that may be of any type.
_LACKS = {
    Constraint.EQ: ("cannot be compared", "can be compared"),
    Constraint.ORD: ("have no order", "have an order"),
    Constraint.SET: ("cannot be members of a set", "can be members of a set"),
    Constraint.COMPLETE: ("lack fields", "are complete"),
    Constraint.YIELDABLE: (
        "are neither events nor of a datatype",
        "are events or of a datatype",
    ),
}


def unsatisfied(
    error: Unsatisfied, span: Span, what: str, extra: Iterable[Note] = ()
) -> Diagnostic:
    """A type does not do what is asked of it."""
    term = prune(error.type)
    shown = written(term)
    notes: list[Note] = []
    if isinstance(term, Var):
        notes.append(
            Note(f"add `{error.constraint.value} {shown}` to the constraints of the annotation")
        )
    elif error.constraint is Constraint.EQ and term is PROC:
        notes.append(Note("whether two processes are the same is a question for `assert`"))
    elif isinstance(term, Dotable):
        fields, _ = fields_of(term)
        many = f"{len(fields)} field{'s' * (len(fields) != 1)}"
        notes.append(Note(f"{many} missing: `{'.'.join(written(f) for f in fields)}`"))
    lack, have = _LACKS[error.constraint]
    if isinstance(term, Var):
        message = f"the annotation does not say that values of type `{shown}` {have}"
    else:
        message = f"values of type `{shown}` {lack}"
    return Diagnostic("X407", message, span, what if what != "this" else "", (*notes, *extra))


def _advice(expected: Type, actual: Type) -> list[Note]:
    """What the author probably meant."""
    if isinstance(actual, Function) and not isinstance(expected, Function):
        many = len(actual.arguments)
        return [Note(f"it is a function of {many} argument{'s' * (many != 1)}: call it")]
    if isinstance(actual, Dotable) and expected is EVENT:
        fields, _ = fields_of(actual)
        return [Note(f"fields are missing: `{'.'.join(written(f) for f in fields)}`")]
    if isinstance(actual, Dotted) and prune(parts_of(actual)[0]) is EVENT and expected is EVENT:
        return [Note("the event is complete already: there are too many fields")]
    if actual is EVENT and expected is PROC:
        return [Note("an event is no process: write `e -> P`, with `STOP` or `SKIP` at the end")]
    if isinstance(expected, SetOf) and isinstance(actual, SequenceOf):
        return [Note("`set(s)` is the set of a sequence's elements")]
    if isinstance(expected, SequenceOf) and isinstance(actual, SetOf):
        return [Note("`seq(S)` is a sequence of a set's members")]
    if isinstance(expected, SetOf) and prune(expected.item) is EVENT:
        if actual is EVENT or isinstance(actual, Dotable):
            return [Note("write `{| c |}` for all the events of a channel, `{e}` for one event")]
        if isinstance(actual, SetOf) and isinstance(prune(actual.item), Dotable):
            return [Note("`{| c |}` holds all the events of a channel, `{c}` the channel itself")]
    return []


def not_a_function(span: Span, found: Type, extra: Iterable[Note]) -> Diagnostic:
    """Something is applied that is no function."""
    return Diagnostic(
        "X403", f"this is not a function but of type `{written(found)}`", span, "", tuple(extra)
    )


def wrong_arguments(
    name: str, given: int, wanted: int, span: Span, extra: Iterable[Note]
) -> Diagnostic:
    """A function is applied to too few or too many arguments."""
    many = f"{wanted} argument{'s' * (wanted != 1)}"
    return Diagnostic("X402", f"{name} takes {many}, {given} given", span, "", tuple(extra))


def polymorphic(name: str, what: str, found: Type, span: Span) -> Diagnostic:
    """A channel or constructor whose fields could be anything."""
    names = Names()
    fields, _ = fields_of(found)
    open_ = [i + 1 for i, each in enumerate(fields) if any(True for _ in variables(each))]
    which = " and ".join(map(str, open_))
    return Diagnostic(
        "X408", f"the type of the {what} `{name}` is not settled: `{written(found, names)}`",
        span, "",
        (Note(f"nothing says what field {which} may hold; an annotation `{name} :: …` can"),),
    )  # fmt: skip


def useless_field(error: Unsatisfied, name: str, what: str, place: int, span: Span) -> Diagnostic:
    """A field of a channel or constructor that no value fits."""
    shown, term = written(error.type), prune(error.type)
    lack, _ = _LACKS[error.constraint]
    notes: tuple[Note, ...] = ()
    if error.constraint is Constraint.COMPLETE and isinstance(term, Dotable):
        notes = (Note("`{| c |}` is the set of all that `c` becomes with its fields"),)
    return Diagnostic(
        "X409",
        f"field {place} of the {what} `{name}` would be of type `{shown}`, whose values {lack}",
        span,
        "",
        notes,
    )


def not_a_datatypes(name: str, span: Span, entity: Entity | None, datatype: str) -> Diagnostic:
    """A clause of a subtype that is no constructor of the same datatype."""
    notes = declared(entity) if entity is not None else ()
    if datatype:
        return Diagnostic(
            "X410",
            f"`{name}` is not a constructor of `{datatype}`, as the others are",
            span,
            "",
            notes,
        )
    return Diagnostic("X410", f"`{name}` is not a constructor of a datatype", span, "", notes)


def too_many_fields(name: str, given: int, wanted: int, span: Span, entity: Entity) -> Diagnostic:
    """A clause of a subtype with more fields than the constructor."""
    message = f"`{name}` has {wanted} field{'s' * (wanted != 1)}, {given} given"
    return Diagnostic("X411", message, span, "", declared(entity))


_BASIC = ("Int", "Bool", "Char", "Proc", "Event")


def similar_type(name: str, datatypes: Iterable[str]) -> list[Note]:
    """The type that was perhaps meant."""
    known = [*_BASIC, *datatypes]
    close = [each for each in known if each.rpartition("::")[2] == name]
    close = close[:3] or get_close_matches(name, known, n=1, cutoff=0.6)
    return [Note(f"did you mean {' or '.join(f'`{each}`' for each in close)}?")] if close else []


def unknown_type(
    name: str, span: Span, entity: Entity | None, datatypes: Iterable[str]
) -> Diagnostic:
    """A name in an annotation that is no type; perhaps it is something else."""
    if entity is None:
        notes = similar_type(name, datatypes)
    else:
        why = "types are `Int`, `Bool`, `Char`, `Proc`, `Event` and the datatypes"
        notes = [Note(why), Note(f"`{name}` is declared here", entity.span)]
    return Diagnostic("X412", f"there is no type `{name}`", span, "", tuple(notes))


def unknown_constraint(name: str, span: Span) -> Diagnostic:
    """A constraint that does not exist."""
    known = [each.value for each in Constraint]
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    listed = ", ".join(f"`{each}`" for each in known)
    advice = f"did you mean `{close[0]}`?" if close else f"the constraints are {listed}"
    return Diagnostic("X419", f"there is no constraint `{name}`", span, "", (Note(advice),))


def not_extendable(span: Span) -> Diagnostic:
    """After `=>*` stands what no dotted value becomes."""
    note = Note("as in `a=>*Event`")
    message = "only `Event`, a datatype or a type variable may stand after `=>*`"
    return Diagnostic("X413", message, span, "", (note,))


def useless_constraint(text: str, span: Span) -> Diagnostic:
    """A constraint of an annotation that says nothing about its type."""
    return Diagnostic("X414", text, span)


def uses_itself(instance: tree.Instance) -> Diagnostic:
    """A module's instance is used by what the module or its arguments need."""
    return Diagnostic(
        "X415", f"the instance `{instance.name}` depends on itself", instance.name_span, "",
        (Note("what a module needs cannot come from its own instance"),),
    )  # fmt: skip


def no_event(
    error: Mismatch | Unsatisfied, found: Type, span: Span, extra: Iterable[Note]
) -> Diagnostic:
    """What stands before `->` is no event: too few fields, too many, or no channel at all."""
    parts = [prune(part) for part in parts_of(found)]
    fields, final = fields_of(parts[0])
    if len(parts) == 1 and fields and final is EVENT:
        many = f"{len(fields)} field{'s are' if len(fields) > 1 else ' is'}"
        shown = ".".join(written(f) for f in fields)
        return Diagnostic(
            "X416", f"this is no complete event: {many} missing, of type `{shown}`", span, "",
            tuple(extra),
        )  # fmt: skip
    if len(parts) > 1 and parts[0] is EVENT:
        many = f"{len(parts) - 1} field{'s' * (len(parts) != 2)}"
        return Diagnostic("X417", f"this event has {many} too many", span, "", tuple(extra))
    what = "what stands before `->`"
    if isinstance(error, Unsatisfied):
        return unsatisfied(error, span, what, extra)
    if parts[0] in (INT, PROC):
        extra = (Note("a prefix begins with a channel"), *extra)
    error.pairs[0] = (EVENT, found)
    return mismatch(error, span, what, extra)


def wrong_field(error: Mismatch, span: Span, extra: Iterable[Note]) -> Diagnostic:
    """A field of a prefix does not fit its channel."""
    return mismatch(error, span, "a field of this event", extra)


def no_variable(span: Span) -> Diagnostic:
    """Before `=>*` stands something other than a type variable."""
    note = Note("it stands for all the fields that may be missing, as in `a=>*Event`")
    return Diagnostic("X413", "only a type variable may stand before `=>*`", span, "", (note,))


def less_general(name: str, variable: str, span: Span) -> Diagnostic:
    """An annotated local definition depends on a type from around it."""
    return Diagnostic(
        "X406", f"the annotation says that `{variable}` may be any type, but the definition of "
        f"`{name}` depends on one from around it", span,
    )  # fmt: skip
