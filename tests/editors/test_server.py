"""The language server, asked by a client over standard input and output."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from editors.client import Client

ROOT = Path(__file__).parent.parent.parent


def span(line: int, start: int, end: int) -> dict[str, Any]:
    """A stretch of one line, counted as the protocol does."""
    return {
        "start": {"line": line, "character": start},
        "end": {"line": line, "character": end},
    }


def told(client: Client, name: str, line: int, character: int) -> str:
    """What a hover shows."""
    found = client.at("hover", name, line, character)
    assert found["contents"]["kind"] == "markdown"
    value: str = found["contents"]["value"]
    return value


def codes(diagnostics: list[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in diagnostics]


# --------------------------------------------------------------------------- conversation


def test_introduces_itself_and_leaves_when_told(client: Client) -> None:
    offered = client.server["capabilities"]

    assert client.server["serverInfo"]["name"] == "cospec"
    assert offered["hoverProvider"]
    assert offered["definitionProvider"]
    assert offered["documentSymbolProvider"]
    assert client.leave() == 0


# ---------------------------------------------------------------------------- diagnostics


def test_a_script_without_mistakes_has_no_diagnostics(client: Client) -> None:
    assert client.open("good.csp", "channel a\nP = a -> P\n") == []


def test_a_mistake_has_number_severity_place_and_related_places(client: Client) -> None:
    (found,) = client.open("bad.csp", "f(x) = x + 1\ny = f(1, 2)\n")

    assert found["code"] == "X314"
    assert found["severity"] == 1
    assert found["source"] == "cospec"
    assert "takes 1 argument" in found["message"]
    assert found["range"] == span(1, 4, 11)
    (related,) = found["relatedInformation"]
    assert related["location"] == {"uri": client.uri("bad.csp"), "range": span(0, 0, 1)}


def test_what_is_hardly_meant_is_a_warning(client: Client) -> None:
    (found,) = client.open("odd.csp", "channel a\nP = a -> P\nQ = Q\nassert P [T= Q\n")

    assert found["code"].startswith("W")
    assert found["severity"] == 2
    assert found["range"]["start"]["line"] == 2


def test_advice_without_a_place_is_part_of_the_message(client: Client) -> None:
    (found,) = client.open("bad.csp", "P = sbisim(STOP)\n")

    assert found["message"].split("\n") == [
        "`sbisim` is not defined",
        "it has to be imported: write `transparent sbisim` above",
    ]


def test_all_mistakes_are_reported_in_order(client: Client) -> None:
    found = client.open("bad.csp", "x = 1 + true\ny = z\nchannel c : 3\n")

    assert codes(found) == ["X401", "X301", "X401"]
    assert [each["range"]["start"]["line"] for each in found] == [0, 1, 2]


def test_a_change_is_looked_at_before_it_is_saved(client: Client) -> None:
    assert client.open("draft.csp", "P = STOP\n") == []

    client.change("draft.csp", "P = STOP [] Q\n", 2)
    assert codes(client.published("draft.csp", 2)) == ["X301"]

    client.change("draft.csp", "P = STOP [] Q\nQ = SKIP\n", 3)
    assert client.published("draft.csp", 3) == []


#: A server for which nothing stands still before there were 29 changes, however long they take.
QUICK = """
import asyncio
from cospec import server

call_later, waiting = asyncio.BaseEventLoop.call_later, []

def later(loop, delay, callback, *arguments, **options):
    if delay != server.PAUSE:
        return call_later(loop, delay, callback, *arguments, **options)
    waiting.append((callback, arguments))
    if len(waiting) == 29:
        for each, its in waiting:
            loop.call_soon(each, *its)

asyncio.BaseEventLoop.call_later = later
server.serve()
"""


def test_of_quick_changes_the_last_one_counts(tmp_path: Path) -> None:
    client = Client(tmp_path, QUICK)
    try:
        client.open("draft.csp", "P = STOP\n")
        for version in range(2, 30):
            client.change("draft.csp", "P = Q\n" * (version % 2) + "R = STOP\n", version)
        client.change("draft.csp", "P = R\n", 30)

        assert codes(client.published("draft.csp")) == ["X301"]
        assert client.leave() == 0
        assert client.quiet()
    finally:
        client.kill()


def test_a_closed_text_has_no_diagnostics(client: Client) -> None:
    assert len(client.open("bad.csp", "P = Q\n")) == 1

    client.about("didClose", "bad.csp")
    assert client.published("bad.csp") == []


def test_a_mistake_in_an_included_file_is_shown_there(client: Client) -> None:
    (client.root / "part.csp").write_text("Q = nowhere\n")

    assert client.open("whole.csp", 'include "part.csp"\nP = Q\n') == []
    assert codes(client.published("part.csp")) == ["X301"]


def test_an_included_file_that_is_open_counts_as_it_is_in_the_editor(client: Client) -> None:
    (client.root / "part.csp").write_text("Q = nowhere\n")
    client.open("whole.csp", 'include "part.csp"\nP = Q\n')
    assert codes(client.published("part.csp")) == ["X301"]

    assert client.open("part.csp", "Q = STOP\n") == []
    client.change("part.csp", "", 2)
    assert codes(client.published("whole.csp")) == ["X301"]
    assert client.published("part.csp", 2) == []


def test_an_included_file_may_use_the_names_of_the_script_around_it(client: Client) -> None:
    (client.root / "part.csp").write_text("Q = a -> STOP\n")
    assert codes(client.open("part.csp", "Q = a -> STOP\n")) == ["X301"]

    client.open("whole.csp", 'channel a\ninclude "part.csp"\n')

    assert client.published("part.csp") == []


def test_saving_takes_notice_of_files_that_have_changed(client: Client) -> None:
    whole = 'include "part.csp"\nP = Q\n'
    assert codes(client.open("whole.csp", whole)) == ["X701"]

    (client.root / "part.csp").write_text("Q = STOP\n")
    client.about("didSave", "whole.csp")

    assert client.published("whole.csp") == []


# -------------------------------------------------------------------------------- positions

# Two characters beyond the first 65,536, each of which takes two units of UTF-16.
STAGE = "channel a\n{- 𝒫𝒬 -} P = a -> Q\n"


def test_positions_count_units_of_utf_16(client: Client) -> None:
    (found,) = client.open("stage.csp", STAGE)

    assert found["range"] == span(1, 20, 21)
    assert client.at("hover", "stage.csp", 1, 15)["range"] == span(1, 15, 16)
    assert client.at("hover", "stage.csp", 1, 11)["range"] == span(1, 11, 12)
    assert client.at("hover", "stage.csp", 1, 13) is None
    symbols = client.about("documentSymbol", "stage.csp")
    assert symbols[1]["selectionRange"] == span(1, 11, 12)


def test_positions_count_characters_for_a_client_that_prefers_that(tmp_path: Path) -> None:
    client = Client(tmp_path, general={"positionEncodings": ["utf-32", "utf-16"]})
    try:
        (found,) = client.open("stage.csp", STAGE)

        assert client.server["capabilities"]["positionEncoding"] == "utf-32"
        assert found["range"] == span(1, 18, 19)
        assert client.at("hover", "stage.csp", 1, 13)["range"] == span(1, 13, 14)
    finally:
        client.kill()


@pytest.mark.parametrize(
    "white, line, character",
    [("\n", 2, 0), ("\r\n", 2, 0), ("\r", 2, 0), ("\f", 1, 11), ("\v", 1, 11), ("\r\r\n", 3, 0)],
    ids=repr,
)
def test_lines_end_where_they_end_in_editors(
    client: Client, white: str, line: int, character: int
) -> None:
    (found,) = client.open("lines.csp", f"channel a\r\nP = (a -> {white}Q)\r\n")

    assert found["range"] == span(line, character, character + 1)
    assert client.at("hover", "lines.csp", 1, 5)["range"] == span(1, 5, 6)


def test_a_position_outside_of_the_text_has_nothing_to_tell(client: Client) -> None:
    client.open("small.csp", "P = STOP\n\n")

    assert client.at("hover", "small.csp", 1, 50) is None
    assert client.at("hover", "small.csp", 99, 0) is None
    assert client.at("definition", "small.csp", 99, 99) is None
    assert client.at("hover", "unopened.csp", 0, 0) is None
    assert client.about("documentSymbol", "unopened.csp") == []


# ------------------------------------------------------------------------------------ hover


@pytest.fixture
def script(client: Client) -> Client:
    """A client with a script of two files."""
    (client.root / "parts").mkdir()
    (client.root / "parts" / "channels.csp").write_text("channel in, out : {0..3}\n")
    text = """\
include "parts/channels.csp"
transparent sbisim
datatype Colour = red | mixed.Colour.Int
size :: (<a>) -> Int
size(<>) = 0
size(<_>^xs) = let rest = size(xs) within rest + 1
module M(n)
exports
  COPY = in?x -> out!x -> (if x == n then STOP else COPY)
endmodule
instance I = M(size(<true>))
(first, second) = (1, head(<red>))
assert sbisim(I::COPY) :[deadlock free]
print size("abc")
"""
    assert all(each["severity"] > 1 for each in client.open("main.csp", text))
    return client


@pytest.mark.parametrize(
    "line, character, shown, here, kind",
    [
        (8, 10, "in :: Int=>Event", "", "channel"),
        (2, 11, "Colour :: {Colour}", "", "datatype"),
        (2, 25, "mixed :: Colour=>Int=>Colour", "", "constructor of `Colour`"),
        (4, 1, "size :: (<a>) -> Int", "", "function"),
        (5, 0, "size :: (<a>) -> Int", "", "function"),
        (3, 0, "size :: (<a>) -> Int", "", "function"),
        (5, 20, "rest :: Int", "", "definition"),
        (10, 17, "size :: (<a>) -> Int", "(<Bool>) -> Int", "function"),
        (10, 9, "I", "", "instance of `M`"),
        (10, 13, "M", "", "module"),
        (11, 2, "first :: Int", "", "variable"),
        (11, 24, "head :: (<a>) -> a", "(<Colour>) -> Colour", "predefined"),
        (1, 15, "sbisim :: (Proc) -> Proc", "", "imported function"),
        (12, 16, "COPY :: Proc", "", "definition"),
        (13, 7, "size :: (<a>) -> Int", "(<Char>) -> Int", "function"),
    ],
)
def test_hover_tells_types_and_kinds(
    script: Client, line: int, character: int, shown: str, here: str, kind: str
) -> None:
    first, *middle, last = told(script, "main.csp", line, character).split("\n\n")

    assert first == f"```cspm\n{shown}\n```"
    assert middle == ([f"here `{here}`"] if here else [])
    assert last.partition(", declared in")[0] == kind


def test_hover_tells_where_a_name_is_declared(script: Client) -> None:
    assert told(script, "main.csp", 8, 10).endswith(
        "channel, declared in `parts/channels.csp`, line 1"
    )
    assert told(script, "main.csp", 13, 7).endswith("function, declared in `main.csp`, line 5")
    assert told(script, "main.csp", 11, 24).endswith("predefined")


def test_hover_knows_types_although_something_else_is_wrong(client: Client) -> None:
    client.open("draft.csp", "channel c : Bool\nP = c?x -> P\nQ = (\n")

    assert told(client, "draft.csp", 1, 6).startswith("```cspm\nx :: Bool\n")


# ------------------------------------------------------------------------------- definition


@pytest.mark.parametrize(
    "line, character, name, place",
    [
        pytest.param(8, 17, "parts/channels.csp", (0, 12, 15), id="a channel of an included file"),
        pytest.param(0, 12, "parts/channels.csp", (0, 0, 0), id="the included file"),
        pytest.param(8, 21, "main.csp", (8, 12, 13), id="an input"),
        pytest.param(8, 35, "main.csp", (6, 9, 10), id="a parameter of a module"),
        pytest.param(8, 52, "main.csp", (8, 2, 6), id="a definition of a module from inside"),
        pytest.param(12, 18, "main.csp", (8, 2, 6), id="a definition of an instance"),
        pytest.param(10, 13, "main.csp", (6, 7, 8), id="a module"),
        pytest.param(5, 42, "main.csp", (5, 19, 23), id="a local definition"),
        pytest.param(2, 32, "main.csp", (2, 9, 15), id="a datatype"),
        pytest.param(12, 8, "main.csp", (1, 12, 18), id="an imported function"),
    ],
)
def test_definition_leads_to(
    script: Client, line: int, character: int, name: str, place: tuple[int, int, int]
) -> None:
    found = script.at("definition", "main.csp", line, character)

    assert found == {"uri": script.uri(name), "range": span(*place)}


def test_a_predefined_name_has_no_definition(script: Client) -> None:
    assert script.at("definition", "main.csp", 11, 24) is None


def test_definitions_are_found_from_an_included_file(script: Client) -> None:
    (script.root / "part.csp").write_text("P = a -> P\n")
    script.open("whole.csp", 'channel a\ninclude "part.csp"\n')
    script.open("part.csp", "P = a -> P\n")

    found = script.at("definition", "part.csp", 0, 4)

    assert found == {"uri": script.uri("whole.csp"), "range": span(0, 8, 9)}


# ---------------------------------------------------------------------------------- symbols


def outline(symbols: list[dict[str, Any]] | None) -> list[Any]:
    """Names, kinds and details; with those inside."""
    return [
        (s["name"], s["kind"], s.get("detail", ""), *outline(s.get("children")))
        for s in symbols or ()
    ]


def test_symbols_are_an_outline_of_the_text(script: Client) -> None:
    assert outline(script.about("documentSymbol", "main.csp")) == [
        ("Colour", 10, "", ("red", 22, "Colour"), ("mixed", 22, "Colour=>Int=>Colour")),
        ("size", 12, "(<a>) -> Int"),
        ("M", 2, "", ("COPY", 14, "")),
        ("I", 2, "M"),
        ("first", 14, "Int"),
        ("second", 14, "Colour"),
        ("sbisim(I::COPY) :[deadlock free]", 17, ""),
    ]


def test_symbols_of_timed_sections_and_types(client: Client) -> None:
    text = """\
channel tock, a
nametype N = {0..3}
Timed {
P = a -> P
module M
exports
Q = 1
endmodule
}
"""
    client.open("timed.csp", text)

    assert outline(client.about("documentSymbol", "timed.csp")) == [
        ("tock", 24, "Event"),
        ("a", 24, "Event"),
        ("N", 26, "{Int}"),
        ("Timed", 3, "", ("P", 19, "Proc"), ("M", 2, "", ("Q", 14, "Int"))),
    ]


def test_symbols_of_an_included_file_are_its_own(script: Client) -> None:
    script.open("parts/channels.csp", "channel in, out : {0..3}\n")

    found = script.about("documentSymbol", "parts/channels.csp")

    assert outline(found) == [("in", 24, "Int=>Event"), ("out", 24, "Int=>Event")]


# --------------------------------------------------------------------------------- any text

NASTY = {
    "nothing": "",
    "blanks": " \n\t\r\n ",
    "brackets": "P = " + "(" * 100_000,
    "sequences": "x = " + "<" * 3000 + ">" * 3000,
    "a long sum": "x = " + "1 + " * 20_000 + "1",
    "a long choice": "P = " + "STOP [] " * 5_000 + "STOP",
    "comments": "{-" * 10_000,
    "one half of a character": "P = STOP \ud83d -- \udc4d\n{- \ud83d -} Q = R",
    "control characters": "".join(map(chr, range(32))) * 3,
    "separators of other alphabets": "P = STOP\u2028Q = P\u2029R = \x85 Q\v",
    "rich text": "{\\rtf1 hello}",
    "includes itself": 'include "any.csp"\n',
    "modules": "module M\n" * 200,
    "definitions that go round": "\n".join(f"f{n}(x) = f{(n + 1) % 500}(x)" for n in range(500)),
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_any_text_gets_an_answer(client: Client, text: str) -> None:
    found = client.open("any.csp", text)

    assert "X900" not in codes(found)
    client.at("hover", "any.csp", 0, 4)
    client.at("definition", "any.csp", 0, 9)
    client.about("documentSymbol", "any.csp")
    assert client.leave() == 0


def test_texts_that_are_being_typed_get_an_answer(client: Client) -> None:
    choose = random.Random(20)
    library = [p.read_text() for p in sorted((ROOT / "spec" / "library").glob("*.csp"))]
    for number in range(60):
        text = choose.choice(library)
        start, end = sorted(choose.choices(range(len(text)), k=2))
        draft = text[:start] + choose.choice(["", "{-", "(", '"', "\x00", "𝒫", text[end:]])
        found = client.open(f"draft{number}.csp", draft)
        lines = draft.split("\n")

        assert "X900" not in codes(found)
        for each in found:
            assert each["range"]["start"]["line"] < len(lines)
        line = choose.randrange(len(lines))
        client.at("hover", f"draft{number}.csp", line, choose.randrange(len(lines[line]) + 1))
        client.about("documentSymbol", f"draft{number}.csp")
        client.about("didClose", f"draft{number}.csp")
