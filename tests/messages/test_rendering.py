"""How a message is laid out: the lines and carets, whatever characters the script holds."""

from __future__ import annotations

import pytest

from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError, render
from cospec.spec.syntax.session import Session
from cospec.spec.syntax.tree import Span


def _rendered(text: str, span: Span, label: str = "", notes: tuple[Note, ...] = ()) -> list[str]:
    return render(Diagnostic("X999", "wrong", span, label, notes), {"f": text}).split("\n")


def _line(line: int, start: int, end: int) -> Span:
    return Span("f", line, start, line, end)


@pytest.mark.parametrize(
    "line, word, shown, carets",
    [
        ("x = wrong + 1", "wrong", "x = wrong + 1", "    ^^^^^"),
        ("\tx =\twrong", "wrong", "    x = wrong", "        ^^^^^"),
        ("ab\twr\tong", "wr\tong", "ab  wr  ong", "    ^^^^^^^"),
        ('"日本" ^ wrong', "wrong", '"日本" ^ wrong', "         ^^^^^"),
        ('x ^ "日本"', '"日本"', 'x ^ "日本"', "    ^^^^^^"),
        ('"e\u0301e\u0301" ^ wrong', "wrong", '"e\u0301e\u0301" ^ wrong', "       ^^^^^"),
        ("x =\u00a0wrong", "wrong", "x = wrong", "    ^^^^^"),
        ("x =\u3000wrong", "wrong", "x =  wrong", "     ^^^^^"),
        ("x =\x1b[1mwrong", "wrong", "x =\ufffd[1mwrong", "       ^^^^^"),
        ("x = wrong  \r", "wrong", "x = wrong", "    ^^^^^"),
    ],
)
def test_carets_stand_under_what_they_mean(line, word, shown, carets) -> None:
    start = line.index(word) + 1
    rendered = _rendered(line, _line(1, start, start + len(word)))

    assert rendered[3:] == [f"1 | {shown}", f"  | {carets}"]


def test_a_place_of_several_lines_shows_its_first_and_names_its_last() -> None:
    rendered = _rendered("x = (1 +  \n  2)\n", Span("f", 1, 5, 2, 5))
    assert rendered[-2:] == ["1 | x = (1 +", "  |     ^^^^ (to line 2)"]

    rendered = _rendered("x = (1 +\n  2)\n", Span("f", 1, 5, 2, 5), "of type `Int`")
    assert rendered[-1] == "  |     ^^^^ of type `Int` (to line 2)"


def test_a_place_at_the_end_of_a_line_has_a_caret() -> None:
    assert _rendered("x = 1\n", _line(1, 6, 6))[-1] == "  |      ^"


def test_a_place_without_its_text_has_no_line() -> None:
    assert _rendered("x = 1", Span("g", 3, 1, 3, 2)) == ["error[X999]: wrong", " --> g:3:1"]
    assert _rendered("x = 1", _line(7, 1, 2)) == ["error[X999]: wrong", " --> f:7:1"]


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    line = "y" * 500 + "wrong" + "z" * 500
    *_, shown, carets = _rendered(line, _line(1, 501, 506))

    assert shown.startswith("1 | …y")
    assert shown.endswith("z…")
    assert shown.index("wrong") == carets.index("^^^^^")
    assert len(shown) < 170


def test_advice_comes_before_other_places() -> None:
    other, advice = Note("it is declared here", _line(1, 1, 2)), Note("write it differently")
    rendered = _rendered("x = 1\ny = x\n", _line(2, 5, 6), "", (other, advice))

    assert [line for line in rendered if "note:" in line] == [
        "  = note: write it differently",
        "  = note: it is declared here",
    ]


def test_numbers_of_lines_are_aligned() -> None:
    text = "x = 1\n" * 12
    rendered = _rendered(text, _line(12, 1, 2), "", (Note("here", _line(1, 1, 2)),))

    assert rendered == [
        "error[X999]: wrong", "  --> f:12:1", "   |", "12 | x = 1", "   | ^",
        "   = note: here", "  --> f:1:1", "   |", " 1 | x = 1", "   | ^",
    ]  # fmt: skip


def _messages(script: str) -> list[Diagnostic]:
    with pytest.raises(ScriptError) as caught:
        Session.of_text(script)
    return list(caught.value.diagnostics)


def _only(script: str) -> Diagnostic:
    (found,) = _messages(script)
    return found


def test_the_messages_of_one_run_are_sorted_by_place() -> None:
    found = _messages("a = 1 + true\nb = nowhere\nc :: Lost::T\nc = <1> + 1\nd(x, x) = f\n")
    assert [d.span.line for d in found if d.span is not None] == [1, 2, 3, 4, 5, 5]


def test_what_depends_on_a_mistake_is_not_reported_again() -> None:
    assert _only("f(x) = x + true\ny = f(1) + 1\nz = f(2) and true\n").code == "X401"
    assert _only("y = nowhere\nz = y + 1\nchannel c : y\nP = c.z -> c.y -> P\n").code == "X301"
    assert _only("module M exports\nx = 1\nendmodule\n").code == "X236"


def test_datatypes_of_two_modules_are_told_apart() -> None:
    module = "exports\ndatatype Kind = p | q\nendmodule\n"
    found = _only(f"module One\n{module}module Two\n{module}same = One::p == Two::q\n")

    assert "`One::Kind`" in found.message
    assert "`Two::Kind`" in found.message


def test_datatypes_of_two_instances_are_told_apart() -> None:
    module = "module M(x)\nexports\ndatatype Kind = p | q.{x}\nendmodule\n"
    found = _only(f"{module}instance A = M(1)\ninstance B = M(2)\nsame = A::p == B::p\n")

    assert "`A::Kind`" in found.message
    assert "`B::Kind`" in found.message


@pytest.mark.parametrize(
    "script, advice",
    [
        ("SPEC = STOP\nP = Spec\n", "did you mean `SPEC`?"),
        ("P = Stop\n", "did you mean `STOP`?"),
        ("BUFFER = STOP\nP = BUFER\n", "did you mean `BUFFER`?"),
        ("datatype Colour = red\nx = rad\n", "did you mean `red`?"),
        ("datatype Colour = red\nx :: Color\nx = red\n", "did you mean `Colour`?"),
        ("x :: Integer\nx = 1\n", "did you mean `Int`?"),
        ("x :: Eqq a => a\nx = 1\n", "did you mean `Eq`?"),
        ("module M\nexports\nsize = 1\nendmodule\nx = M::sise\n", "did you mean `M::size`?"),
        ("module Queue(x)\nexports\ny = x\nendmodule\ninstance Q = Queu(1)\n", "`Queue`?"),
        ("transparent diamon\n", "did you mean `diamond`?"),
        ("assert STOP :[deterministik]\n", "did you mean `deterministic`?"),
        ("x = normal(STOP)\n", "write `transparent normal` above"),
    ],
)
def test_a_misspelt_name_is_recognised(script, advice) -> None:
    notes = [note.text for found in _messages(script) for note in found.notes]
    assert any(advice in note for note in notes), notes


def test_a_misspelt_file_is_recognised(checked) -> None:
    assert "did you mean example.csp?" in checked("x = 1\n", "check", "exmaple.csp")
    assert "did you mean" not in checked("x = 1\n", "check", "missing/other.csp")


def test_a_number_too_long_for_a_line_is_cut() -> None:
    script = "channel c : {0..3}\nf(n) = if n == 0 then 10 else f(n - 1) * f(n - 1)\n"
    with pytest.raises(ScriptError) as caught:
        Session.of_text(script).evaluate("c.f(14)")
    (found,) = caught.value.diagnostics

    assert found.code == "X510"
    assert max(map(len, (found.message, *(note.text for note in found.notes)))) < 200


@pytest.mark.parametrize("text, digits", [("f(14)", 16385), ("-f(13)", 8194), ("f(12) - 1", 4096)])
def test_a_long_number_is_shown_in_full(text, digits) -> None:
    session = Session.of_text("f(n) = if n == 0 then 10 else f(n - 1) * f(n - 1)\n")
    shown = session.evaluate(text)

    assert len(shown) == digits
    assert set(shown) <= set("-109")


def test_an_include_after_a_mistake_is_no_second_mistake() -> None:
    found = _messages('assert STOP :[deadlok free]\ninclude "other.csp"\n')
    assert [d.code for d in found] == ["X108", "X701"]
