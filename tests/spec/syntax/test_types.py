"""Types: what is inferred, what is accepted and what is refused."""

from __future__ import annotations

import pytest

from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.session import Session

WORLD = """
datatype Colour = Red | Green | Mix.Int.Int
datatype Tree = Leaf | Node.Tree.Int.Tree
datatype Job = Wait | Run.Proc
subtype Plain = Red | Green
nametype Small = {0..3}
nametype Pair = (Small, Bool)
channel tick_
channel c : Small
channel d : Small.Bool
channel paint : Colour
channel table : Small.Colour.Bool
channel pair : Pair
identity(x) = x
compose(f, g)(x) = f(g(x))
send(ch, x) = ch.x -> STOP
both(x, y) = x.y
"""


def the_type(expression: str, script: str = WORLD) -> str:
    return Session.of_text(script).type_of(expression)


def codes(script: str) -> list[str]:
    """The numbers of the mistakes in a script; none when it is well-typed."""
    try:
        Session.of_text(script)
    except ScriptError as error:
        return [each.code for each in error.diagnostics]
    return []


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("1", "Int"),
        ("'a'", "Char"),
        ('"word"', "<Char>"),
        ("(1, true)", "(Int, Bool)"),
        ("<>", "<a>"),
        ("{}", "Set a => {a}"),
        ("{1..}", "{Int}"),
        ("<x + y | x <- <1..3>, y <- <x..5>, x != y>", "<Int>"),
        ("{(x, y) | x <- Small, y <- Bool}", "{(Int, Bool)}"),
        ("(| 1 => <true> |)", "(| Int => <Bool> |)"),
        ("emptyMap", "Set a => (| a => b |)"),
        ("\\ x, y @ x == y", "Eq a => (a, a) -> Bool"),
        ("\\ x @ \\ y @ x < y", "Ord a => (a) -> (a) -> Bool"),
        ("\\ s @ head(s) + 1", "(<Int>) -> Int"),
        ("identity", "(a) -> a"),
        ("(identity(1), identity(true))", "(Int, Bool)"),
        ("compose", "((a) -> b, (c) -> a) -> (c) -> b"),
        ("let f(x) = x within f(1)", "Int"),
        ("if 1 < 2 then <1> else <>", "<Int>"),
        ("STOP [] SKIP", "Proc"),
        ("{STOP, SKIP}", "{Proc}"),
        ("Plain", "{Colour}"),
        ("Pair", "{(Int, Bool)}"),
        ("Events", "{Event}"),
    ],
)
def test_an_expression_has_its_most_general_type(expression: str, expected: str) -> None:
    assert the_type(expression) == expected


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("tick_", "Event"),
        ("c", "Int=>Event"),
        ("d", "Int=>Bool=>Event"),
        ("d.1", "Bool=>Event"),
        ("d.1.true", "Event"),
        ("Mix", "Int=>Int=>Colour"),
        ("Mix.1", "Int=>Colour"),
        ("paint.Mix", "Int=>Int=>Event"),
        ("paint.Mix.1.2", "Event"),
        ("table.0.Mix.1.2", "Bool=>Event"),
        ("1.true", "Int.Bool"),
        ("Node.Leaf.1.Leaf", "Tree"),
        ("{| c |}", "{Event}"),
        ("{| d.1 |}", "{Event}"),
        ("{| paint.Mix |}", "{Event}"),
        ("{| Mix.1, Red |}", "{Colour}"),
        ("extensions(d)", "{Int.Bool}"),
        ("extensions(d.0)", "{Bool}"),
        ("productions(table.0)", "{Event}"),
        ("both", "(a, b) -> a.b"),
        ("both(c, 1)", "Event"),
        ("send", "(a=>Event, a) -> Proc"),
        ("send(d, 1.true)", "Proc"),
        ("\\ x @ {| x |}", "Yieldable b => (a=>*b) -> {b}"),
        ("\\ x @ {| d.x |}", "(Int) -> {Event}"),
        ("\\ x @ d.x", "(Int.Bool) -> Event"),
        ("\\ x @ d.x!true -> STOP", "(Int) -> Proc"),
        ("\\ x, y @ if true then Mix.x else Mix.1.y", "(Int.Int, Int) -> Colour"),
    ],
)
def test_a_dotted_type_is_what_its_first_part_makes_of_the_others(
    expression: str, expected: str
) -> None:
    found = the_type(expression)
    assert found in (expected, f"Set a => {expected}")


@pytest.mark.parametrize(
    "prefix",
    [
        "c?x -> c!x -> STOP",
        "d?x?y -> (if y then c.x -> STOP else STOP)",
        "d?x -> d.x -> STOP",
        "d?x:{0, 1}!true -> c.x -> STOP",
        "d?x:{0.true, 1.false} -> d.x -> STOP",
        "d$x?y -> STOP",
        "paint?Mix.x.y -> c!x -> c!y -> STOP",
        "paint?col -> paint!col -> STOP",
        "table?x?Mix.y.z!true -> c!(x + y + z) -> STOP",
        "table.0.Mix?x:{0.1}!true -> STOP",
        "table.0!Mix.1?x -> table.0.Mix.1.x -> STOP",
        "pair?(n, b) -> (b & c!n -> STOP)",
        "tick_ -> STOP",
    ],
)
def test_an_input_binds_one_field_and_the_last_one_all_that_is_left(prefix: str) -> None:
    assert the_type(prefix) == "Proc"


@pytest.mark.parametrize(
    "expression, code",
    [
        ("1 + true", "X401"),
        ("if 1 then STOP else STOP", "X401"),
        ("<1, true>", "X401"),
        ("{1} == <1>", "X401"),
        ("STOP == STOP", "X407"),
        ("member(STOP, {STOP})", "X407"),
        ("card({STOP})", "X407"),
        ("true < false", "X407"),
        ("Red < Green", "X407"),
        ("tick_ < tick_", "X407"),
        ("{\\ x @ x}", "X407"),
        ("{(STOP, 1)} == {}", "X407"),
        ("{Run.STOP} == {Wait}", "X407"),
        ("(if true then identity else identity)(1, 2)", "X402"),
        ("(\\ x @ x)(1, 2)", "X402"),
        ("(\\ x @ x)(1)(2)", "X403"),
        ("\\ x @ x(x)", "X404"),
        ("<x | x <- {1}>", "X401"),
        ("{x | x <- <1>}", "X401"),
        ("; x : {1} @ STOP", "X401"),
        ("[] x : <1> @ STOP", "X401"),
        ("{y | x.y <- {c.1}}", "X405"),
        ("(\\ x.y @ y)(c.1)", "X405"),
        ("c -> STOP", "X416"),
        ("d.1 -> STOP", "X416"),
        ("tick_.1 -> STOP", "X417"),
        ("c?x?y -> STOP", "X417"),
        ("c!true -> STOP", "X401"),
        ("paint?x:{Mix, Mix} -> STOP", "X407"),
        ("tick_ -> 1", "X401"),
        ("STOP \\ c", "X401"),
        ("STOP \\ {c}", "X401"),
        ("STOP [| {1} |] STOP", "X401"),
        ("STOP[[c <- d]]", "X401"),
        ("STOP[[tick_ <- c]]", "X401"),
        ("extensions(tick_)", "X401"),
        ("1 -> STOP", "X401"),
        ("{| 1 |}", "X407"),
    ],
)
def test_a_mistake_in_an_expression_is_found(expression: str, code: str) -> None:
    with pytest.raises(ScriptError) as found:
        the_type(expression)
    assert [each.code for each in found.value.diagnostics] == [code]


@pytest.mark.parametrize(
    "script",
    [
        "f :: (Int) -> Bool\nf(x) = x == 1\n",
        "f :: (a) -> a\nf(x) = x\ng = (f(1), f(true))\n",
        "f :: Eq a => (a, <a>) -> Bool\nf(x, s) = elem(x, s)\n",
        "f :: (Eq a, Ord a) => (a, a) -> Bool\nf(x, y) = x < y or x == y\n",
        "f :: (b=>Event, a=>*b) -> a=>*Event\nf(x, y) = x.y\n",
        "f :: (Int) -> (Int) -> Int\nf(x)(y) = x + y\n",
        "channel c : Int\nc :: Int=>Event\n",
        "datatype T = A.Int\nA :: Int=>T\n",
        "n, m :: Int\nn = 1\nm = 2\n",
        "empty_ :: {Int}\nempty_ = {}\nchannel c : empty_\n",
        "f :: Set a => (a) -> {a}\nf(x) = let\n g :: (a) -> {a}\n g(y) = {x, y}\n within g(x)\n",
        "f(x) = let\n g :: (a) -> a\n g(y) = y\n within (g(x), g(1), g(true))\n",
        "module M\nexports\ndatatype T = A\nendmodule\nf :: (M::T) -> Int\nf(M::A) = 1\n",
    ],
)
def test_an_annotation_that_fits_is_accepted(script: str) -> None:
    assert codes(script) == []


@pytest.mark.parametrize(
    "script, code",
    [
        ("f :: Bool\nf = 0\n", "X401"),
        ("f :: (a) -> b\nf(x) = x\n", "X406"),
        ("f :: (a) -> a\nf(x) = x + 1\n", "X406"),
        ("f :: (a, a) -> Bool\nf(x, y) = x == y\n", "X407"),
        ("f :: (Int) -> Bool\nf(x) = x\n", "X401"),
        ("f :: (Int) -> (Int) -> Int\nf(x) = x\n", "X401"),
        ("f :: Set b => (a) -> a\nf(x) = x\n", "X414"),
        ("f :: (a) -> a\nf(x) = let\n g :: Set a => (a) -> a\n g(y) = y\n within g(x)\n", "X414"),
        ("f(x) = let\n g :: (a) -> a\n g(y) = if true then x else y\n within g(x)\n", "X406"),
        ("channel c : Int\nc :: Bool=>Event\n", "X401"),
        ("f :: (M::T) -> Int\nf(x) = 1\n", "X412"),
        ("f :: (Int=>*Event) -> Int\nf(x) = 1\n", "X413"),
        ("f :: (a=>*Int) -> Int\nf(x) = 1\n", "X413"),
        ("nametype N = {0}\nf :: (N) -> Int\nf(x) = 1\n", "X412"),
    ],
)
def test_an_annotation_that_does_not_fit_is_refused(script: str, code: str) -> None:
    assert codes(script) == [code]


@pytest.mark.parametrize(
    "script, expected",
    [
        ("X = {}\nchannel c : X\n", ["X408"]),
        ("datatype T = A.{}\n", ["X408"]),
        ("channel c : Proc\n", ["X409"]),
        ("channel c : {\\ x @ x + 1}\n", ["X407"]),
        ("datatype A = B.Bool\nchannel a : {B}\n", ["X409"]),
        ("datatype A = B.Bool\ndatatype X = Y.{B}\n", ["X409"]),
        ("datatype T = A | B.{0}\nsubtype S = B.0\n", ["X401"]),
        ("datatype T = A | B.{0}\nsubtype S = B.{0}.{1}\n", ["X411"]),
        ("datatype T = A\ndatatype U = B\nsubtype S = A | B\n", ["X410"]),
        ("channel tock : Int\nTimed { P = STOP }\n", ["X401"]),
        ("channel tock\nf(x) = true\nTimed(f) { P = STOP }\n", ["X401"]),
        ("channel a\nassert STOP [T= 1\nassert a :[deadlock free]\n", ["X401", "X401"]),
        ("channel a\nassert STOP :[has trace]: <1>\n", ["X401"]),
        ("assert STOP [T= STOP :[tau priority]: {1}\n", ["X401"]),
    ],
)
def test_a_mistake_in_a_declaration_is_found(script: str, expected: list[str]) -> None:
    assert codes(script) == expected


@pytest.mark.parametrize(
    "script",
    [
        "datatype T = A.Set(T) | B.(Int, T) | C\nf(A.s) = card(s)\nf(B.(n, t)) = n + f(t)\n"
        "f(C) = 0\n",
        "datatype P = Two.Q.Q | None_\ndatatype Q = One.P | Zero\nt = (Two.Zero.Zero) == None_\n",
        "even(n) = if n == 0 then true else odd(n - 1)\n"
        "odd(n) = if n == 0 then false else even(n - 1)\n",
        "datatype D = X.Bool.Bool | Y\nsubtype S = X.{true} | Y\nchannel c : S\nP = c?X.p.q -> P\n",
        "channel tock, a\nTimed { P = a -> WAIT(2) ; P }\nassert P :[deadlock free]\n",
        "X = {1}\nmodule M(n)\nexports\nf(x) = x + n\nchannel c : {0..n}\nendmodule\n"
        "instance I = M(3)\ny = I::f(1)\nP = I::c.2 -> STOP\n",
        "module M(x)\nexports\nsame(y) = x == y\nendmodule\n"
        "instance A = M(1)\ninstance B = M(true)\nt = A::same(2) and B::same(false)\n",
        "f(<>) = 0\nf(<x>^xs) = 1 + f(xs)\ng = f(<1>) + f(<true>)\n",
        "(a, <b>^_) = (1, <true, false>)\nt = if b then a else 0\n",
        "channel a : Int.Int\nforward(x) = a.x -> STOP\nP = forward(1.2)\n",
    ],
)
def test_a_well_typed_script_is_accepted(script: str) -> None:
    assert codes(script) == []


@pytest.mark.parametrize(
    "script, expected",
    [
        ("f(x, y) = let g(z) = z within (g(x), g(true), g(1))\n", ["X401"]),
        ("f(n) = if n == 0 then 1 else f(true)\n", ["X401"]),
        ("datatype T = A.Bool | B.Bool\nf :: (T) -> Bool\nf(_.b) = b\n", ["X405"]),
        ("module M(x)\nexports\ndatatype T = A.x\nendmodule\ninstance I = M({1})\n"
         "instance J = M({1})\nt = (I::A.1) == (J::A.1)\n", ["X401"]),
        ("module M(_)\nexports\ny = X\nendmodule\ninstance I = M(1)\nX = I::y\n", ["X415"]),
    ],
)  # fmt: skip
def test_an_ill_typed_script_is_refused(script: str, expected: list[str]) -> None:
    assert codes(script) == expected


@pytest.mark.parametrize(
    "script, code",
    [
        ("f :: Int\nf :: Int\nf = 1\n", "X326"),
        ("a, b :: Int=>Event\nchannel a, b : Int\n", "X327"),
        ("a :: Int=>Event\nb :: Int=>Event\nchannel a, b : Int\n", "X327"),
        ("f :: Int\n", "X316"),
    ],
)
def test_an_annotation_in_the_wrong_place_is_refused(script: str, code: str) -> None:
    assert codes(script) == [code]


def test_what_is_left_open_by_a_mistake_causes_no_other() -> None:
    assert codes("f(x) = x + true\ny = f(1) and f(<>)\nz = not y\n") == ["X401"]


def test_every_clause_is_looked_at() -> None:
    assert codes("f(0) = true and 1\nf(n) = 1 + false\ng = 1 == <>\n") == ["X401"] * 3


def test_a_mistake_in_names_is_said_once() -> None:
    assert codes("x = y + 1\nz = undefined(x)\n") == ["X301", "X301"]


def test_without_types_an_ill_typed_script_can_be_used() -> None:
    session = Session.of_text("x = 1 == true\ny = 2\n", types=False)
    assert session.evaluate("y") == "2"


def test_expressions_apart_from_the_script_are_typed() -> None:
    session = Session.of_text("f(x) = x + 1\n")
    assert session.evaluate("f(1)") == "2"
    with pytest.raises(ScriptError, match="argument of `f`"):
        session.evaluate("f(true)")
    assert session.type_of("f") == "(Int) -> Int"
