"""Adding definitions to a session: what they see, what they leave alone, what is undone."""

from __future__ import annotations

import pytest
from clock import calls_of, interrupted

from cospec.checker.budget import BudgetExceeded
from cospec.spec.syntax.errors import ScriptError
from cospec.spec.syntax.session import Session

SCRIPT = """
channel a : {0..2}
datatype Colour = Red | Green
n = 5
f(x) = x + n
P = a.0 -> P
ALL = Events
"""


@pytest.fixture
def session() -> Session:
    return Session.of_text(SCRIPT)


def test_a_new_name_can_be_used(session) -> None:
    assert session.define("m = n + 1") == {"m": "Int"}
    assert session.evaluate("f(m)") == "11"


def test_a_later_definition_shadows_and_earlier_ones_keep_the_old(session) -> None:
    session.define("g(x) = f(x) * n")
    session.define("n = 100")

    assert session.evaluate("n") == "100"
    assert session.evaluate("f(1)") == "6"
    assert session.evaluate("g(1)") == "30"


def test_a_definition_uses_itself_not_what_it_replaces(session) -> None:
    session.define("f(0) = 1\nf(k) = k * f(k - 1)")

    assert session.evaluate("f(20)") == "2432902008176640000"


def test_a_name_may_change_its_type(session) -> None:
    assert session.define("n = <true>") == {"n": "<Bool>"}
    assert session.evaluate("head(n)") == "true"
    assert session.evaluate("f(0)") == "5"


def test_definitions_of_one_text_use_each_other(session) -> None:
    found = session.define("even(k) = k == 0 or odd(k - 1)\nodd(k) = k != 0 and even(k - 1)")

    assert found == {"even": "(Int) -> Bool", "odd": "(Int) -> Bool"}
    assert session.evaluate("even(10)") == "true"


def test_processes_of_one_name_are_told_apart(session) -> None:
    session.define("P = a.1 -> P")

    assert session.evaluate("P") == "P"
    old, new = session.process("let Q = P within Q"), Session.of_text(SCRIPT).process("P")
    assert [str(e) for e, _ in _first(old)] == ["a.1"]
    assert [str(e) for e, _ in _first(new)] == ["a.0"]


def _first(process):
    from cospec.spec.semantics.firing import FiringRules

    rules = FiringRules(process)
    return rules.transitions(rules.initial_states()[0])


def test_a_new_channel_is_an_event_from_then_on_only(session) -> None:
    session.define("OLD = RUN(Events)")
    session.define("channel b : {0..1}")

    assert session.evaluate("<card(Events), card(ALL)>") == "<5, 3>"
    assert session.evaluate("<member(b.0, Events), member(b.0, ALL)>") == "<true, false>"
    assert session.evaluate("Events == ALL") == "false"
    assert [str(e) for e, _ in _first(session.process("OLD"))] == ["a.0", "a.1", "a.2"]
    assert len(_first(session.process("RUN(Events)"))) == 5


def test_a_definition_may_use_the_channel_declared_beside_it(session) -> None:
    session.define("channel b\nQ = b -> a.1 -> Q")

    assert session.type_of("Q") == "Proc"
    assert session.evaluate("card(Events)") == "4"


def test_a_channel_declared_anew_is_another_channel(session) -> None:
    session.define("channel a : Bool")

    assert session.type_of("a") == "Bool=>Event"
    assert [str(e) for e, _ in _first(session.process("P"))] == ["a.0"]
    with pytest.raises(ScriptError, match="of type"):
        session.evaluate("a.0")


def test_a_datatype_is_known_in_patterns(session) -> None:
    session.define("datatype Shape = Dot | Line.{1..3}")
    session.define("size(Dot) = 0\nsize(Line.k) = k")

    assert session.evaluate("<size(s) | s <- <Dot, Line.2>>") == "<0, 2>"
    assert session.evaluate("card(Shape)") == "4"


def test_a_module_can_be_defined_and_instantiated(session) -> None:
    session.define("module M(k)\n  twice = k + k\nexports\n  four = twice + twice\nendmodule")
    session.define("instance I = M(n)")

    assert session.evaluate("I::four") == "20"
    assert session.names()["I::four"] == "Int"


def test_imports_and_patterns_and_annotations(session) -> None:
    session.define("transparent sbisim")
    assert session.define("(u, v) = (1, true)") == {"u": "Int", "v": "Bool"}
    assert session.define("h :: (Int) -> Int\nh(x) = x") == {"h": "(Int) -> Int"}
    assert session.evaluate("sbisim(P)") == "sbisim(P)"


@pytest.mark.parametrize(
    "text, code",
    [
        ("n = = 3", "X205"),
        ("n = nowhere", "X301"),
        ("n = true + 1", "X401"),
        ("n = 1\nn = 2", "X302"),
        ("n = 7\nchannel c : {0..nowhere}", "X301"),
        ("assert P [T= P", "X615"),
        ("n = 3\nprint n", "X615"),
        ("n = (3", "X105"),
        ("", "X615"),
        ("-- nothing", "X615"),
    ],
)
def test_a_definition_with_a_mistake_changes_nothing(session, text, code) -> None:
    before = session.names(), session.known(), dict(session.sources)

    with pytest.raises(ScriptError) as caught:
        session.define(text)

    assert [d.code for d in caught.value.diagnostics][:1] == [code]
    assert text in caught.value.sources.values()
    assert (session.names(), session.known(), dict(session.sources)) == before
    assert session.evaluate("<n, f(1), card(Events)>") == "<5, 6, 3>"
    session.define("n = 8")
    assert session.evaluate("n") == "8"


def test_an_included_file_is_no_definition(session, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more.csp").write_text("k = 3\n", encoding="utf-8")

    with pytest.raises(ScriptError, match=r"more\.csp"):
        session.define('include "more.csp"')


def test_an_interrupted_definition_changes_all_or_nothing(session) -> None:
    """Ctrl-C may come anywhere: here in the middle of many definitions, or just behind them."""
    text = "\n".join(f"x{k} = {{ y + {k} | y <- {{1..3}}, y > {k} }}" for k in range(50))
    before = session.names()
    another = Session.of_text(SCRIPT)
    calls = calls_of(lambda: another.define(text))
    for part in range(1, 19):
        assert interrupted(lambda: session.define(text), calls * part // 20)
        new = session.names().keys() - before.keys()
        assert len(new) in (0, 50)
        assert not new or session.evaluate("x1") == "{3, 4}"
    assert session.define("q = let k = n within k") == {"q": "Int"}
    assert session.evaluate("q") == "5"


@pytest.mark.parametrize("question", ["evaluate", "type_of", "define", "claim"])
def test_an_interrupted_question_leaves_nothing_half_done(session, monkeypatch, question) -> None:
    """The interruption comes in the middle of a `let`, where much is open."""
    text = {
        "define": "g(x) = let y = x within y",
        "claim": "P [T= let Q = P within Q",
    }.get(question, "let y = n within y")
    compiler, types = session._compiler, session._types
    before = _state(compiler), (types.scope, types.level)

    def interrupted(*_: object) -> None:
        raise BudgetExceeded("interrupt")

    asked = session.assertion(text) if question == "claim" else text
    with monkeypatch.context() as patched:
        patched.setattr(compiler, "_compile_local", interrupted)
        with pytest.raises(BudgetExceeded):
            getattr(session, question)(asked)

    assert (_state(compiler), (types.scope, types.level)) == before
    session.define("g(x) = let y = x within y")
    assert session.evaluate("g(3)") == "3"


def _state(compiler) -> list[object]:
    names = ("scope", "out", "settled", "own", "diagnostics", "clock", "_uses", "_depth", "_again")
    return [getattr(compiler, name) for name in names]


def test_without_types_definitions_have_none() -> None:
    session = Session.of_text(SCRIPT, types=False)

    assert session.define("m = n + true") == {"m": ""}
    with pytest.raises(ScriptError, match=r"`\+` cannot be applied|numbers"):
        session.evaluate("m")


def test_mistakes_in_evaluation_are_placed_in_the_definition(session) -> None:
    session.define("bad(x) = head(x)")
    session.define("other = 1")

    with pytest.raises(ScriptError) as caught:
        session.evaluate("bad(<>)")

    (mistake,) = caught.value.diagnostics
    assert mistake.span is not None
    assert session.sources[mistake.span.file] == "bad(x) = head(x)"


def test_names_are_those_that_can_be_used(session) -> None:
    session.define("module M\n  hidden = 1\nexports\n  shown = hidden\nendmodule")

    names = session.names()
    assert names["n"] == "Int"
    assert names["Red"] == "Colour"
    assert "M::shown" in names
    assert "M::hidden" not in names
    assert {"head", "STOP", "M::shown", "n"} <= set(session.known())
