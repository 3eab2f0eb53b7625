"""Random well-typed scripts: expressions of all types, made from the outside to the inside.

Now and then an expression of another type stands where it does not belong, so that the type checker
has something to find; what it overlooks shows when the script is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

#: Gives a number from 0 up to but not including its argument.
Choose = Callable[[int], int]

#: `Int`, or a constructor of types and what it is applied to: `("set", "Int")`. `("more", a, b)` is
#: something that becomes a `b` once an `a` is dotted on to it.
Kind: TypeAlias = str | tuple["Kind", ...]

PRELUDE = """
datatype T = A.{0..2} | B | C.{0..2}.Bool | D.U
datatype U = E | F.{0..2}
datatype L = Nil | Cons.{0..2}.L
channel a
channel b : {0..2}
channel c : {0..2}.Bool
channel d : T
channel k : {0..2}.T
id(x) = x
app(f, x) = f(x)
dot(x, y) = x.y
first((x, y)) = x
second((x, y)) = y
events(x) = {|x|}
"""

_SIMPLE: tuple[Kind, ...] = ("Int", "Bool", "T", "U", "L", "Event")

_PARTS: dict[Kind, tuple[Kind, ...]] = {
    "T": ("Int", "U"),
    "U": ("Int",),
    "L": ("L",),
    "Event": ("Int", "Bool", "T", "U"),
}

#: What each of these is made of, `_` being a place for something simple.
_LITERALS: dict[Kind, tuple[tuple[str, tuple[Kind, ...]], ...]] = {
    "Int": (("0", ()), ("1", ()), ("2", ()), ("card({})", (("set", "Int"),)),
            ("(#{})", (("seq", "Int"),)), ("({} + {})", ("Int", "Int")), ("(-{})", ("Int",)),
            ("({} % 3)", ("Int",))),
    "Bool": (("true", ()), ("false", ()), ("(not {})", ("Bool",)),
             ("({} and {})", ("Bool", "Bool")), ("({} < {})", ("Int", "Int")),
             ("(({}) == ({}))", ("T", "T")),
             ("(({}) != ({}))", ("Event", "Event")), ("member({}, {})", ("T", ("set", "T"))),
             ("null({})", (("seq", "Event"),)), ("({} <= {})", (("set", "T"), ("set", "T")))),
    "T": (("B", ()), ("(A.1)", ()), ("(A.{})", ("Int",)), ("(C.{}.{})", ("Int", "Bool")),
          ("(D.{})", ("U",)), ("(C.({}.{}))", ("Int", "Bool"))),
    "U": (("E", ()), ("(F.0)", ()), ("(F.{})", ("Int",))),
    "L": (("Nil", ()), ("(Cons.{}.{})", ("Int", "L"))),
    "Event": (("a", ()), ("(b.1)", ()), ("(b.{})", ("Int",)), ("(c.{}.{})", ("Int", "Bool")),
              ("(d.{})", ("T",)), ("(k.{}.{})", ("Int", "T")), ("(k.{}.D.{})", ("Int", "U"))),
    "Proc": (("STOP", ()), ("SKIP", ()), ("({} -> {})", ("Event", "Proc")),
             ("({} [] {})", ("Proc", "Proc")), ("({} ||| {})", ("Proc", "Proc")),
             ("({} ; {})", ("Proc", "Proc")), ("({} \\ {})", ("Proc", ("set", "Event"))),
             ("({} [| {} |] {})", ("Proc", ("set", "Event"), "Proc")),
             ("({} & {})", ("Bool", "Proc")), ("(|~| x : {} @ {})", (("set", "T"), "Proc")),
             ("(c?x?y -> b.x -> {})", ("Proc",)), ("(d?A.x -> {})", ("Proc",)),
             ("(k?x!D?y -> d.D.y -> {})", ("Proc",)),
             ("({}?x -> {})", (("more", "T", "Event"), "Proc")),
             ("({}?x -> {})", (("more", "Int", "Event"), "Proc")),
             ("({}!{} -> {})", (("more", "T", "Event"), "T", "Proc")),
             ("({}[[{} <- {}]])", ("Proc", ("more", "T", "Event"), ("more", "T", "Event"))),
             ("({}[[{} <- {}]])", ("Proc", "Event", "Event"))),
    ("more", "Int", "T"): (("A", ()),),
    ("more", "U", "T"): (("D", ()),),
    ("more", "Int", "U"): (("F", ()),),
    ("more", "L", "L"): (("(Cons.{})", ("Int",)),),
    ("more", "Int", "Event"): (("b", ()), ("(k.{}.A)", ("Int",)), ("(d.A)", ()),
                               ("(d.D.F)", ()), ("(k.{}.D.F)", ("Int",))),
    ("more", "Bool", "Event"): (("(c.{})", ("Int",)), ("(d.C.{})", ("Int",)),
                                ("(k.1.C.{})", ("Int",))),
    ("more", "T", "Event"): (("d", ()), ("(k.{})", ("Int",))),
    ("more", "U", "Event"): (("(d.D)", ()), ("(k.{}.D)", ("Int",))),
    ("more", "Int", ("more", "Bool", "T")): (("C", ()),),
    ("more", "Int", ("more", "Bool", "Event")): (("c", ()), ("(d.C)", ()), ("(k.1.C)", ())),
    ("more", "Int", ("more", "T", "Event")): (("k", ()),),
    ("set", "Int"): (("{{0..{}}}", ("Int",)),),
    ("set", "Bool"): (("Bool", ()),),
    ("set", "T"): (("T", ()), ("productions({})", (("more", "Int", "T"),)),
                   ("{{ x | d.x <- {} }}", (("set", "Event"),)),
                   ("extensions(k.{})", ("Int",))),
    ("set", "U"): (("U", ()), ("{{ x | D.x <- {} }}", (("set", "T"),))),
    ("set", "Event"): (("Events", ()), ("{{| {} |}}", ("Event",)),
                       ("{{| {} |}}", (("more", "T", "Event"),)),
                       ("events({})", (("more", "Int", "Event"),)),
                       ("{{| {}, {} |}}", (("more", "Bool", "Event"), ("more", "T", "Event"))),
                       ("productions({})", (("more", "U", "Event"),))),
}  # fmt: skip


class Expressions:
    """Makes expressions of random numbers; small numbers make small ones."""

    def __init__(self, choose: Choose, noise: int = 40) -> None:
        self._choose = choose
        self._noise = noise
        self._known: list[tuple[str, Kind]] = []
        self._count = 0

    def script(self) -> str:
        """The prelude and a few definitions, the last of them a process with an assertion."""
        kinds = [self.kind(2) for _ in range(1 + self._choose(3))] + ["Proc"]
        lines = [f"z{n} = {self.of(kind, 4)}" for n, kind in enumerate(kinds)]
        last = f"assert z{len(kinds) - 1} :[deadlock free]"
        return "\n".join([PRELUDE, *lines, last, ""])

    def _one_of(self, options: Sequence[object]):
        return options[self._choose(len(options))]

    def kind(self, depth: int) -> Kind:
        """Some type."""
        n = self._choose(9) if depth > 0 else 0
        if n < 3:
            return self._one_of(_SIMPLE)
        if n < 5:
            return (self._one_of(("seq", "set")), self.kind(depth - 1))
        if n == 5:
            return ("pair", self.kind(depth - 1), self.kind(depth - 1))
        if n == 6:
            return ("function", self.kind(0), self.kind(depth - 1))
        if n == 7:
            return ("dotted", self._one_of(_SIMPLE), self._one_of(_SIMPLE))
        return self._one_of([kind for kind in _LITERALS if kind[0] == "more"])

    def of(self, kind: Kind, depth: int) -> str:
        """An expression of a type, or rarely of another."""
        if self._noise and self._choose(self._noise) == self._noise - 1:
            kind = self.kind(1)
        known = [name for name, its in self._known if its == kind]
        n = self._choose(12) if depth > 0 else self._choose(3)
        if known and n < 4:
            return self._one_of(known)
        return self._made(kind, depth) if n < 8 else self._around(kind, depth)

    def _made(self, kind: Kind, depth: int) -> str:
        """By what makes values of this type."""
        ways = [way for way in _LITERALS.get(kind, ()) if depth > 0 or not way[1]]
        if kind[0] in ("seq", "set") and (not ways or self._choose(2)):
            return self._collection(*kind, depth)
        if kind[0] == "pair":
            return f"({self.of(kind[1], depth - 1)}, {self.of(kind[2], depth - 1)})"
        if kind[0] == "dotted":
            return f"({self.of(kind[1], depth - 1)}.{self.of(kind[2], depth - 1)})"
        if kind[0] == "function":
            return self._lambda(kind[1], kind[2], depth)
        if not isinstance(kind, tuple) and depth > 0 and self._choose(4) == 3:
            partial = [k for k in _LITERALS if k[0] == "more" and k[2] == kind]
            if partial:
                more = self._one_of(partial)
                way = ("({}.{})", "dot({}, {})")[self._choose(2)]
                return way.format(self.of(more, depth - 1), self.of(more[1], depth - 1))
        if not ways:
            ways = [_LITERALS[kind][0]]
        text, inner = self._one_of(ways)
        return text.format(*(self.of(each, depth - 1) for each in inner))

    def _collection(self, shape: str, item: Kind, depth: int) -> str:
        left, right = ("<", ">") if shape == "seq" else ("{", "}")
        if item[0] == "function":
            shape, left, right = "seq", "<", ">"
        n = self._choose(5) if depth > 0 else 0
        if n < 2:
            items = [self.of(item, depth - 1) for _ in range(self._choose(3) if depth > 0 else 0)]
            return f"{left}{', '.join(items)}{right}"
        other = self.kind(0)
        if n == 2:
            name = self._name()
            source = self.of((shape, other), depth - 1)
            with_ = self._with(name, other, item, depth)
            return f"{left}{with_} | {name} <- {source}{right}"
        if n == 3:
            both = [self.of((shape, item), depth - 1) for _ in range(2)]
            return f"({both[0]} ^ {both[1]})" if shape == "seq" else f"union({', '.join(both)})"
        turned = self.of(("set" if shape == "seq" else "seq", item), depth - 1)
        return f"{shape}({turned})"

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _with(self, name: str, kind: Kind, result: Kind, depth: int) -> str:
        """An expression that may use a variable."""
        self._known.append((name, kind))
        text = self.of(result, depth - 1)
        self._known.pop()
        return text

    def _lambda(self, argument: Kind, result: Kind, depth: int) -> str:
        name = self._name()
        return f"(\\ {name} @ {self._with(name, argument, result, depth)})"

    def _around(self, kind: Kind, depth: int) -> str:
        """By what can be of any type."""
        other = self.kind(1)
        inside = depth - 1
        match self._choose(11):
            case 0:
                condition = self.of("Bool", inside)
                return f"(if {condition} then {self.of(kind, inside)} else {self.of(kind, inside)})"
            case 1:
                name = self._name()
                value = self.of(other, inside)
                return f"(let {name} = {value} within {self._with(name, other, kind, depth)})"
            case 2:
                return f"id({self.of(kind, inside)})"
            case 3:
                return f"app({self._lambda(other, kind, depth)}, {self.of(other, inside)})"
            case 4:
                return f"{self._lambda(other, kind, depth)}({self.of(other, inside)})"
            case 5:
                return f"first(({self.of(kind, inside)}, {self.of(other, inside)}))"
            case 6:
                one = self.of(kind, inside)
                return f"head(<{one}>)"
            case 7:
                name, function = self._name(), self._name()
                body = self._with(name, other, kind, depth)
                rest = f"{function}({self.of(other, inside)})"
                return f"(let {function}({name}) = {body} within {rest})"
            case 8:
                if kind not in _SIMPLE:
                    return self._made(kind, depth)
                left, right = self._name(), self._name()
                value = self.of(("dotted", "Int", kind), inside)
                return f"(let {left}.{right} = {value} within {right})"
            case 9:
                left, right = self._name(), self._name()
                value = self.of(("pair", other, kind), inside)
                return f"(let ({left}, {right}) = {value} within {right})"
            case _:
                function = self.of(("function", "Int", kind), inside)
                return f"{function}({self.of('Int', inside)})"
