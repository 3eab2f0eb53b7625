'''M09, a few of the rules of Rust, checked on excerpts of listings.

An excerpt is TOML: the traits, types and implementations that a listing declares, as far as a rule
looks at them, and what its functions do that a rule forbids or allows. The rules are those of the
Rust Reference and of rustc's error index, named there by their numbers. They are a list of lints
and no compiler: where nothing is found, rustc may find something.

>>> lints = Listing.of_text("""
... [trait.Event]
... bounds = ["Clone"]
... [type.Store]
... fields = {events = "Vec<Box<dyn Event>>"}
... """).lints()
>>> print(*lints)
E0038: dyn Event, in Store.events: Event: Clone, and so Sized
'''

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ERASED", "Function", "Implementation", "Listing", "ListingError", "Trait", "Type"]

#: Types of libraries that are not `Clone`, as they are written in fields.
NOT_CLONE = ("mpsc::Receiver", "mpsc::UnboundedReceiver", "broadcast::Receiver", "Box<dyn")

#: What gives a type up that is to be found again at run time.
ERASED = ("dyn Any", "dyn std::any::Any", "downcast")


class ListingError(ValueError):
    """A text that describes no listing."""


@dataclass(frozen=True)
class Trait:
    """A trait: its supertraits, its associated types with their bounds, the methods that have to be
    implemented."""

    name: str
    bounds: tuple[str, ...] = ()
    types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Type:
    """A struct or an enum: what it derives, its fields with their types, its own functions.

    `functions` is None where not all of them are in the excerpt.
    """

    name: str
    derives: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    functions: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Implementation:
    """`impl of for type`, with the methods that it has."""

    of: str
    type: str
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """A function, and what it does, in order.

    Attributes:
        name: with the type that it belongs to.
        mutable: whether it may change what it belongs to (`&mut self`, `mut self`).
        generics: the type parameters that are declared.
        does: a verb and what it is about: `name T` of a type parameter, `compare T` with `==`,
            `default P of T` for an associated type P, `move x`, `use x`, `call T::f`, `change T::f`
            for a call of a function that takes `&mut self`, `read T.f`, `dyn T`, `make T {f, …}`.
    """

    name: str
    mutable: bool = False
    generics: tuple[str, ...] = ()
    does: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """An excerpt of the listings of a document."""

    traits: Mapping[str, Trait]
    types: Mapping[str, Type]
    implementations: tuple[Implementation, ...]
    functions: tuple[Function, ...]

    @staticmethod
    def of_text(text: str) -> Listing:
        """The listing in a text.

        Raises:
            ListingError: it has a table that is none.
        """
        read = tomllib.loads(text)
        if unknown := sorted(set(read) - {"trait", "type", "impl", "fn"}):
            raise ListingError(f"no such table: {', '.join(unknown)}")
        return Listing(
            {name: _trait(name, table) for name, table in read.get("trait", {}).items()},
            {name: _type(name, table) for name, table in read.get("type", {}).items()},
            tuple(
                Implementation(table["of"], table["for"], tuple(table["methods"]))
                for table in read.get("impl", ())
            ),
            tuple(
                Function(
                    name,
                    table.get("mutable", False),
                    tuple(table.get("generics", ())),
                    tuple(table.get("does", ())),
                )
                for name, table in read.get("fn", {}).items()
            ),
        )

    def lints(self) -> list[str]:
        """What the rules find, each with its number."""
        found = [*self._of_types(), *self._of_implementations()]
        for function in self.functions:
            found += self._of_function(function)
        return list(dict.fromkeys(found))

    def erased(self) -> list[str]:
        """The places where a type is given up, to be found again at run time."""
        written = [
            (f"{kind.name}.{name}", of)
            for kind in self.types.values()
            for name, of in kind.fields.items()
        ]
        written += [(function.name, done) for function in self.functions for done in function.does]
        return [f"{where}: {what}" for where, what in written if any(e in what for e in ERASED)]

    # ------------------------------------------------------------------------------- the rules

    def _of_types(self) -> Iterator[str]:
        for kind in self.types.values():
            for name, of in kind.fields.items():
                where = f"{kind.name}.{name}"
                yield from self._of_dyn(of, where)
                if "broadcast::Sender<Box<dyn" in of:
                    yield f"E0277: broadcast::Sender<T>, in {where}: T is not Clone"
                if "Clone" in kind.derives and (why := self._not_clone(of)):
                    yield f"E0277: derive(Clone) of {kind.name}: {name} is {why}, not Clone"

    def _of_dyn(self, written: str, where: str) -> Iterator[str]:
        """What may not be made an object of."""
        for found in re.finditer(r"\bdyn (\w+)", written):
            name, given = found[1], _arguments(written[found.end() :])
            trait = self.traits.get(name)
            if trait is None:
                continue
            if {"Clone", "Sized"} & set(trait.bounds):
                yield f"E0038: dyn {name}, in {where}: {name}: Clone, and so Sized"
            missing = [each for each in trait.types if f"{each} =" not in given]
            if missing:
                yield f"E0191: dyn {name}, in {where}: without {', '.join(missing)}"

    def _not_clone(self, of: str) -> str:
        """The part of a type that is not `Clone`; empty if none is known to be."""
        for part in NOT_CLONE:
            if part in of and not of.startswith("Arc<"):
                return part.removesuffix("<dyn") + ("<dyn …>" if part.endswith("<dyn") else "")
        named = [name for name in re.findall(r"\w+", of) if name in self.types]
        return next((name for name in named if "Clone" not in self.types[name].derives), "")

    def _of_implementations(self) -> Iterator[str]:
        for made in self.implementations:
            trait = self.traits.get(made.of)
            wanted = () if trait is None else trait.methods
            if missing := [method for method in wanted if method not in made.methods]:
                yield f"E0046: impl {made.of} for {made.type}: without {', '.join(missing)}"

    def _of_function(self, function: Function) -> Iterator[str]:
        moved: set[str] = set()
        for done in function.does:
            verb, _, what = done.partition(" ")
            if verb == "move":
                moved.add(what)
            elif verb == "use":
                if what in moved:
                    yield f"E0382: {function.name} uses {what} after it was moved"
            else:
                yield from self._of_step(function, verb, what)

    def _of_step(self, function: Function, verb: str, what: str) -> Iterator[str]:
        where = f"in {function.name}"
        if verb == "name":
            if what not in function.generics:
                yield f"E0412: {what}, {where}: declared nowhere"
        elif verb == "compare":
            kind = self.types.get(what)
            if kind is not None and "PartialEq" not in kind.derives:
                yield f"E0369: ==, {where}: {what} is not PartialEq"
        elif verb == "default":
            name, _, of = what.partition(" of ")
            if "Default" not in self.traits[of].types[name]:
                yield f"E0599: {name}::default(), {where}: {of}::{name} is not Default"
        elif verb in ("call", "change"):
            owner, _, called = what.partition("::")
            kind = self.types.get(owner)
            if kind is not None and kind.functions is not None and called not in kind.functions:
                yield f"E0599: {what}, {where}: {owner} has no such function"
            if verb == "change" and not function.mutable:
                yield f"E0596: {what} takes &mut self, {where}: behind &self"
        elif verb == "read":
            owner, _, name = what.partition(".")
            if name not in self.types[owner].fields:
                yield f"E0609: {what}, {where}: {owner} has no such field"
        elif verb == "dyn":
            yield from self._of_dyn(f"dyn {what}", function.name)
        elif verb == "make":
            owner, _, names = what.partition(" ")
            given = set(re.findall(r"\w+", names))
            if missing := [name for name in self.types[owner].fields if name not in given]:
                yield f"E0063: {owner} {{ … }}, {where}: without {', '.join(missing)}"
        elif verb != "downcast":
            raise ListingError(f"{function.name}: {verb}")


def _arguments(text: str) -> str:
    """The type arguments that a text begins with, of the outermost brackets only."""
    depth, outermost = 0, ""
    for sign in text:
        depth += {"<": 1, ">": -1}.get(sign, 0)
        if depth == 0:
            break
        outermost += sign if depth == 1 else ""
    return outermost


def _trait(name: str, table: Mapping[str, Any]) -> Trait:
    types = {each: tuple(bounds) for each, bounds in table.get("types", {}).items()}
    return Trait(name, tuple(table.get("bounds", ())), types, tuple(table.get("methods", ())))


def _type(name: str, table: Mapping[str, Any]) -> Type:
    functions = tuple(table["functions"]) if "functions" in table else None
    return Type(name, tuple(table.get("derives", ())), table.get("fields", {}), functions)
