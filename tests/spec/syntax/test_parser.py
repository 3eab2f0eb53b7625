"""Which tree each construct becomes."""

from __future__ import annotations

import contextlib
import random
import re
from pathlib import Path

import pytest
from sexp import sexp

from cospec.api.scripts import parse
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import ScriptError, render
from cospec.spec.syntax.parser import parse_assertion, parse_expression, parse_file, parse_text
from cospec.spec.syntax.tokens import KEYWORDS, SYMBOLS

HERE = Path(__file__).parent


def expression(text: str) -> str:
    return sexp(parse_expression(text))


def script(text: str) -> list[str]:
    return [sexp(declaration) for declaration in parse_text(text).declarations]


def codes(text: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        parse_text(text)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c.x+1", "(. c (+ x 1))"),
        ("c.x == y", "(. c (== x y))"),
        ("a.b.c", "(. a (. b c))"),
        ("not a == b", "(not (== a b))"),
        ("not a and b", "(and (not a) b)"),
        ("a or b and c", "(or a (and b c))"),
        ("-x*y", "(- (* x y))"),
        ("-x+y", "(+ (- x) y)"),
        ("2 * -x", "(* 2 (- x))"),
        ("a - b - c", "(- (- a b) c)"),
        ("#xs^ys", "(# (^ xs ys))"),
        ("#s > 0", "(> (# s) 0)"),
        ("P [] Q ; R", "([] P (; Q R))"),
        ("a -> P ; Q", "(; (Prefix a [] P) Q)"),
        ("a -> b -> P", "(Prefix a [] (Prefix b [] P))"),
        ("b & P [] Q", "([] (& b P) Q)"),
        ("x > 0 & a -> P", "(& (> x 0) (Prefix a [] P))"),
        ("P ||| Q [|A|] R", "(||| P ([||] Q A R))"),
        ("P |~| Q [] R", "(|~| P ([] Q R))"),
        ("P [> Q /\\ R", "(/\\ ([> P Q) R)"),
        ("a -> P[[x<-y]]", "(Prefix a [] (Rename P [(Tie x y)] []))"),
        ("f(x)(y)", "(Apply (Apply f [x]) [y])"),
        ("f()", "(Apply f [])"),
        ("P ||| Q \\ A", "(\\ (||| P Q) A)"),
        ("a -> P \\ A", "(\\ (Prefix a [] P) A)"),
        ("P \\ A \\ B", "(\\ (\\ P A) B)"),
        ("P \\ A ||| Q ; R", "(||| (\\ P A) (; Q R))"),
        ("P \\ A [] Q ||| R \\ B", "(\\ (||| ([] (\\ P A) Q) R) B)"),
        ("P |\\ A ||| Q", "(||| (|\\ P A) Q)"),
        ("P \\ union(A, B) ||| Q", "(||| (\\ P (Apply union [A B])) Q)"),
        ("P \\ (A ||| B)", "(\\ P (||| A B))"),
    ],
)
def test_operators_bind_as_the_table_says(text: str, expected: str) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(
    ("operator", "name"),
    [
        ("|||", "|||"), ("|~|", "|~|"), ("[]", "[]"), ("/\\", "/\\"), ("[>", "[>"), (";", ";"),
    ],
)  # fmt: skip
def test_hiding_ends_before_an_operator_on_processes(operator: str, name: str) -> None:
    assert expression(f"P \\ A {operator} Q") == f"({name} (\\ P A) Q)"


@pytest.mark.parametrize(
    ("operator", "name"),
    [("[| B |]", "[||]"), ("[| B |>", "[|>"), ("[+ B +]", "[++]"), ("/+ B +\\", "/++\\")],
)
def test_hiding_ends_before_an_operator_with_a_set(operator: str, name: str) -> None:
    assert expression(f"P \\ A {operator} Q") == f"({name} (\\ P A) B Q)"
    assert expression(f"P {operator} Q") == f"({name} P B Q)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c.0?x!y -> P", "(Prefix (. c 0) [(? x) (! y)] P)"),
        ("c?x:S!y.z -> P", "(Prefix c [(? x S) (! (. y z))] P)"),
        ("c?x.1 -> P", "(Prefix c [(? (. x 1))] P)"),
        ("c$x:S?_ -> P", "(Prefix c [($ x S) (? _)] P)"),
        ("c?(a,b)!x+1 -> P", "(Prefix c [(? (Tuple [a b])) (! (+ x 1))] P)"),
        ("c?x.y:{0.1} -> P", "(Prefix c [(? (. x y) (Set [(. 0 1)] -))] P)"),
    ],
)
def test_fields_of_a_prefix(text: str, expected: str) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<>", "(Sequence [] -)"),
        ("<1, 2>", "(Sequence [1 2] -)"),
        ("<x+y | x <- s, y : t, x > 1>",
         "(Sequence [(+ x y)] [(Generator x s) (Generator y t) (Condition (> x 1))])"),
        ("<a..b>", "(SequenceRange a b -)"),
        ("<a..>", "(SequenceRange a - -)"),
        ("{1}", "(Set [1] -)"),
        ("{}", "(Set [] -)"),
        ("{a.. | a <- s}", "(SetRange a - [(Generator a s)])"),
        ("{x.y | x.y : S}", "(Set [(. x y)] [(Generator (. x y) S)])"),
        ("{| c, d.x | x <- s |}", "(EventSet [c (. d x)] [(Generator x s)])"),
        ("(| 1 => 2, a => b+1 |)", "(Map [[1 2] [a (+ b 1)]])"),
        ("(| |)", "(Map [])"),
        ("(1, x)", "(Tuple [1 x])"),
        ("((1))", "1"),
        ("'a'", "(Char a)"),
        ('"ab"', "(String ab)"),
        ("true", "(Bool True)"),
        ("True", "True"),
        ("M::N::x", "M::N::x"),
        ("if a then b else if c then d else e", "(If a b (If c d e))"),
        ("1 + if a then b else c + 2", "(+ 1 (If a b (+ c 2)))"),
        ("\\ x, (y,_) @ x + y", "(Lambda [x (Tuple [y _])] (+ x y))"),
        ("f(\\ x @ x, 2)", "(Apply f [(Lambda [x] x) 2])"),
    ],
)  # fmt: skip
def test_data(text: str, expected: str) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P [ A || B ] Q", "(AlphabetisedParallel P A B Q)"),
        ("P [ a <-> b, c <-> d ] Q", "(LinkedParallel P [(Tie a b) (Tie c d)] [] Q)"),
        ("P [ a.x <-> b.x | x <- S ] Q",
         "(LinkedParallel P [(Tie (. a x) (. b x))] [(Generator x S)] Q)"),
        ("P[[ a.x <- b, c <- d | x : S ]]",
         "(Rename P [(Tie (. a x) b) (Tie c d)] [(Generator x S)])"),
        ("[] x:S @ P \\ A", "(Replicated [] - [(Generator x S)] (\\ P A))"),
        ("P ||| ||| x:S, x > 1 @ Q",
         "(||| P (Replicated ||| - [(Generator x S) (Condition (> x 1))] Q))"),
        ("; x:s @ P", "(Replicated ; - [(Generator x s)] P)"),
        ("|~| x <- S @ P", "(Replicated |~| - [(Generator x S)] P)"),
        ("|| x:S @ [A(x)] P(x)", "(Replicated || (Apply A [x]) [(Generator x S)] (Apply P [x]))"),
        ("[| A |] x:S @ P", "(Replicated [||] A [(Generator x S)] P)"),
        ("[+ A +] x:S @ P", "(Replicated [++] A [(Generator x S)] P)"),
        ("[ c <-> d ] x:s @ P", "(ReplicatedLink [(Tie c d)] [] [(Generator x s)] P)"),
    ],
)  # fmt: skip
def test_processes(text: str, expected: str) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1", "(Definition x [(Clause [] 1)])"),
        ("f(0, y)(z) = 1\nf(_, <y>^ys)(z) = 2",
         "(Definition f [(Clause [[0 y] [z]] 1) (Clause [[_ (^ (Sequence [y] -) ys)] [z]] 2)])"),
        ("(a, b) = e", "(PatternDefinition (Tuple [a b]) e)"),
        ("<x>^xs = e", "(PatternDefinition (^ (Sequence [x] -) xs) e)"),
        ("channel a, b", "(Channel [[a -] [b -]] -)".replace(" -]", "]")),
        ("datatype T = A | B.{0..1}.T",
         "(Datatype T [(DatatypeClause A -) (DatatypeClause B (. (SetRange 0 1 -) T))] False)"),
        ("subtype S = A", "(Datatype S [(DatatypeClause A -)] True)"),
        ("nametype N = {0..1}.Bool", "(Nametype N (. (SetRange 0 1 -) Bool))"),
        ("transparent f, g", "(Import transparent [[f] [g]])"),
        ("instance I = M::N(1, x)", "(Instance I M::N [1 x])"),
        ("print 1 +2", "(Print (+ 1 2))"),
        ("f :: (Eq a, Ord b) => (a, b) -> <b>",
         "(Annotation [[f]] [[Eq a] [Ord b]] (Arrow [a b] (Sequence [b] -)))"),
        ("f, g :: Eq a => () -> (a) -> a",
         "(Annotation [[f] [g]] [[Eq a]] (Arrow [] (Arrow [a] a)))"),
        ("c :: Int => Event", "(Annotation [[c]] [] (=> Int Event))"),
        ("m :: (| Int => {Bool} |)", "(Annotation [[m]] [] (Map [[Int (Set [Bool] -)]]))"),
        ("d :: Int =>* Int.T", "(Annotation [[d]] [] (=>* Int (. Int T)))"),
        ("P = let\n f(0) = 1\n f(n) = 2\n external chase\n within f(3)",
         "(Definition P [(Clause [] (Let [(Definition f [(Clause [[0]] 1) (Clause [[n]] 2)]) "
         "(Import external [[chase]])] (Apply f [3])))])"),
        ("P = let Timed { x = 1 } within x",
         "(Definition P [(Clause [] (Let [(Timed - [(Definition x [(Clause [] 1)])])] x))])"),
        ("Timed(f) {\n channel c\n Timed { x = 1 }\n}\n",
         "(Timed f [(Channel [[c]] -) (Timed - [(Definition x [(Clause [] 1)])])])"),
        ("module M(a, b)\n x = 1\nexports\n y = 2\n module N\n exports\n endmodule\nendmodule",
         "(Module M [a b] [(Definition x [(Clause [] 1)])] "
         "[(Definition y [(Clause [] 2)]) (Module N [] [] [])])"),
    ],
)  # fmt: skip
def test_declarations(text: str, expected: str) -> None:
    # Names with their spans are pairs; the printer shows spans in pairs as nodes.
    found = [_without_spans(shown) for shown in script(text)]
    assert found == [expected]


def _without_spans(shown: str) -> str:
    return re.sub(r" \(Span [^)]*\)", "", shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P [T= Q", "(Refinement P T Q)"),
        ("P [VD= Q \\ A", "(Refinement P VD (\\ Q A))"),
        ("P :[deadlock free]", "(Property P deadlock free -)"),
        ("P :[livelock-free [FD]]:", "(Property P divergence free FD)"),
        ("P :[deterministic [F]]", "(Property P deterministic F)"),
        ("P :[has trace [T]]: <a, b.0>", "(HasTrace P [a (. b 0)] T)"),
        ("P :[has trace] <>", "(HasTrace P [] -)"),
    ],
)
def test_claims(text: str, expected: str) -> None:
    assertion = parse_assertion(text)
    assert (sexp(assertion.claim), assertion.negated) == (expected, False)
    negated = parse_assertion("not " + text)
    assert (sexp(negated.claim), negated.negated) == (expected, True)


def test_options_come_in_any_order() -> None:
    text = "P [F= Q :[partial order reduce [fast]] :[tau priority over]: {tock}"
    options = parse_assertion(text).options
    assert (sexp(options.tau_priority), options.partial_order) == ("(Set [tock] -)", "fast")
    assert parse_assertion("P [F= Q :[partial order reduce]").options.partial_order == "precise"
    assert parse_assertion("P [F= Q :[tau priority] {}").options.partial_order is None


def test_the_text_of_an_assertion_has_no_breaks_and_no_comments() -> None:
    source = "\nassert -- why\n  not P {- so -} [T=\n   Q(1,2)  :[tau  priority]: {}\nx = 1"
    assertion = parse_text(source).declarations[0]
    assert isinstance(assertion, tree.Assertion)
    assert assertion.text == "not P [T= Q(1,2) :[tau priority]: {}"
    assert assertion.span.line == 2


def test_definitions_that_are_apart_stay_apart() -> None:
    assert len(script("f(0) = 1\ng = 2\nf(1) = 3")) == 3
    assert len(script("x = 1\nx = 2")) == 2


def test_a_span_takes_in_the_parentheses() -> None:
    definition = parse_text("x = (a) + (b * c)").declarations[0]
    assert (definition.span.column, definition.span.end_column) == (1, 18)


def test_include_looks_from_the_root_and_then_from_the_including_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.csp").write_text('include "sub/a.csp" -- one\ninclude "b.csp"\nx = 1\n')
    (tmp_path / "sub" / "a.csp").write_text('include "b.csp"\ninclude "c.csp"\n')
    (tmp_path / "b.csp").write_text("b = 1")
    (tmp_path / "sub" / "c.csp").write_text("c = 1")
    found = parse_file(tmp_path / "main.csp")
    names = [(d.name, d.span.file) for d in found.declarations if isinstance(d, tree.Definition)]
    root = str(tmp_path / "main.csp")
    assert names == [("b", "b.csp"), ("c", "sub/c.csp"), ("b", "b.csp"), ("x", root)]
    assert set(found.sources) == {root, "sub/a.csp", "b.csp", "sub/c.csp"}


def test_include_works_inside_modules_and_an_empty_include_is_fine(tmp_path: Path) -> None:
    (tmp_path / "main.csp").write_text('module M\nexports\ninclude "a.csp"\nendmodule\n')
    (tmp_path / "a.csp").write_text("")
    assert sexp(parse_file(tmp_path / "main.csp").declarations) == "[(Module M [] [] [])]"


def test_files_that_include_one_another_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csp").write_text('include "b.csp"')
    (tmp_path / "b.csp").write_text('include "a.csp"')
    with pytest.raises(ScriptError, match=r"a\.csp -> b\.csp -> a\.csp") as caught:
        parse_file(tmp_path / "a.csp")
    assert caught.value.diagnostics[0].code == "X707"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"{\\rtf1 x}", "X705"), (b"x = 1\0", "X704")],
)
def test_files_that_are_no_scripts(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.csp").write_bytes(data)
    with pytest.raises(ScriptError) as caught:
        parse_file(tmp_path / "a.csp")
    assert [d.code for d in caught.value.diagnostics] == [code]


@pytest.mark.parametrize("form", ["aut", "dot", "graphml", "json"])
def test_graphs_are_no_scripts(tmp_path: Path, form: str) -> None:
    graph = parse("channel a\nP = a -> P")["P"].graph()
    path = tmp_path / f"graph.{form}"
    graph.save(path)
    with pytest.raises(ScriptError) as caught:
        parse_file(path)
    assert [d.code for d in caught.value.diagnostics] == ["X708"]


@pytest.mark.parametrize(
    "text",
    [
        "graph {",
        "strict digraph g{",
        'digraph "a = \\"b\\": c" {',
        "digraph 0.5\n{",
        "graph a_1 {}",
    ],
)
def test_graphs_of_graphviz_may_have_names(tmp_path: Path, text: str) -> None:
    path = tmp_path / "graph.dot"
    path.write_text(text)
    with pytest.raises(ScriptError, match="X708"):
        parse_file(path)


def test_scripts_may_begin_with_what_is_like_a_graph(tmp_path: Path) -> None:
    path = tmp_path / "a.csp"
    for text in (
        "des = 3",
        "des(1, 2, 3) = 4",
        "digraph = {}",
        "graph(x) = {x}",
        "strict = {1}",
        "graph :: {Int}\ngraph = {1}",
    ):
        path.write_text(text)
        parse_file(path)


def test_missing_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "no.csp", "X701"), (tmp_path, "X702")):
        with pytest.raises(ScriptError) as caught:
            parse_file(path)
        assert [d.code for d in caught.value.diagnostics] == [code]


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffx = 1\r\ny = 2".encode(),
        b"-- caf\xe9 \x93\r\nx = 1\r\ny = 2",
        b"-- \x81\nx = 1\ny = 2",
    ],
)
def test_any_encoding_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csp").write_bytes(data)
    assert len(parse_file(tmp_path / "a.csp").declarations) == 2


@pytest.mark.parametrize("text", ["", " \n", "-- nothing\n{- at all -}"])
def test_a_script_may_be_empty(text: str) -> None:
    assert script(text) == []


def test_every_faulty_declaration_is_reported_once() -> None:
    text = "x = 1 +\ny = (2\nz = 3\nw = a b\nassert P :[deadlok free]\nchannel c = d\nv = 4 ]\n"
    assert codes(text) == ["X202", "X105", "X201", "X108", "X218", "X106"]


def test_no_rubbish_makes_the_parser_fail_otherwise() -> None:
    words = [*SYMBOLS, *KEYWORDS, "x", "P", "f(x)", "1", "_", "\n", "\nx = ", '"s"', "'c'", "[T="]
    words += [":[deadlock free]", ":[has trace]:", "x = ", "let x = 1 within ", "{-", "--", "é"]
    chance = random.Random(7)
    for _ in range(3000):
        text = " ".join(chance.choice(words) for _ in range(chance.randint(1, 12)))
        with contextlib.suppress(ScriptError):
            parse_text("x = " + text)


def test_long_chains_need_no_recursion() -> None:
    assert parse_expression("a -> " * 20_000 + "STOP").span.end_column == 100_005


@pytest.mark.parametrize("path", sorted((HERE / "should_fail").glob("*.csp")), ids=lambda p: p.stem)
def test_mistakes_are_told_in_the_authors_words(path: Path) -> None:
    """The whole text of every message."""
    text = path.read_text(encoding="utf-8")
    with pytest.raises(ScriptError) as caught:
        parse_text(text, path.name, path.parent)
    shown = "\n\n".join(render(d, caught.value.sources) for d in caught.value.diagnostics) + "\n"
    assert shown == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_an_option_may_follow_a_property_without_a_space() -> None:
    """`]:[` closes the property and opens the option; it is not the ending `]:`."""
    script = parse_text("assert STOP :[deadlock free]:[partial order reduce]\n")
    (assertion,) = script.declarations
    assert isinstance(assertion, tree.Assertion)

    assert assertion.options.partial_order is not None


@pytest.mark.parametrize(
    ("question", "models"),
    [
        ("deadlock free", "F FD V VD R RD"),
        ("deterministic", "F FD V VD R RD"),
        ("livelock free", "FD VD RD"),
        ("divergence free", "FD VD RD"),
        ("has trace", "T F FD V VD R RD"),
    ],
)
def test_a_question_is_asked_in_the_models_that_record_what_it_is_about(
    question: str, models: str
) -> None:
    trace = ": <>" if question == "has trace" else ""
    accepted = []
    for model in "T F FD V VD R RD".split():
        with contextlib.suppress(ScriptError):
            parse_text(f"assert STOP :[{question} [{model}]]{trace}\n")
            accepted.append(model)
    assert accepted == models.split()
