"""Every message: its entry in the catalogue, and its whole text in `golden/`.

The example of a catalogue entry must show its own number and no other, and its repaired form no
number at all. What no script can show is arranged in `test_arranged.py`. To renew a golden file,
delete it and run the tests twice.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cospec
from cospec.spec.syntax import catalogue

ROOT = Path(cospec.__file__).parent
DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"

#: Messages about scripts and commands. Those about Python models (`S601`, …) say all in place.
_NUMBER = re.compile(r"[XW]\d{3}")
_SHOWN = re.compile(r"^\w+\[([A-Z]\d{3})\]:", re.MULTILINE)

ENTRIES = list(catalogue.entries().values())
EXAMPLES = [entry for entry in ENTRIES if entry.wrong]


def _numbers_in(path: Path) -> Iterator[str]:
    """The numbers that a module writes as texts of their own."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _NUMBER.fullmatch(node.value):
                yield node.value


def _modules() -> list[Path]:
    folders = [ROOT, *(ROOT / part for part in ("spec", "checker", "models", "proofs"))]
    return [path for folder in folders for path in folder.resolve().rglob("*.py")]


def test_the_catalogue_has_exactly_the_numbers_of_the_source() -> None:
    written = {number for path in _modules() for number in _numbers_in(path)}
    assert "X301" in written
    assert set(catalogue.entries()) == written


def test_no_number_stands_inside_a_longer_text() -> None:
    # There the test above would not see it.
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                texts = [v.value for v in node.values if isinstance(v, ast.Constant)]
                assert not any(re.search(r"\[[A-Z]\d{3}\]", str(text)) for text in texts), path


def test_the_numbers_are_in_order() -> None:
    for section in catalogue.sections():
        numbers = [entry.code for entry in section.entries]
        assert numbers == sorted(set(numbers))
        assert {number[:2] for number in numbers} == {numbers[0][:2]}
        assert section.title.startswith(f"{numbers[0][:2]}xx: ")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_an_entry_is_complete(entry: catalogue.Entry) -> None:
    assert entry.text.endswith(".")
    assert not entry.title.endswith(".")
    assert len(entry.title) <= 70
    assert max(map(len, entry.text.split("\n"))) <= 100
    assert "```" not in entry.text
    assert entry.wrong or not entry.repaired


def test_the_document_is_up_to_date() -> None:
    # Renew it by: python -m cospec.spec.syntax.catalogue > docs/errors.md
    assert DOCUMENT.read_text("utf-8") == catalogue.document()


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.code)
def test_an_example_shows_its_own_mistake_only(
    entry: catalogue.Entry, checked: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    text = checked(entry.wrong, *shlex.split(entry.command)[1:])
    # A warning may explain an error, or foresee it.
    shown = {number for number in _SHOWN.findall(text) if number[0] == entry.code[0]}
    assert shown == {entry.code}, text
    golden(entry.code, text)


@pytest.mark.parametrize("entry", [e for e in EXAMPLES if e.repaired], ids=lambda entry: entry.code)
def test_a_repaired_example_has_no_mistake(
    entry: catalogue.Entry, checked: Callable[..., str]
) -> None:
    text = checked(entry.repaired, *shlex.split(entry.command)[1:])
    assert not _SHOWN.findall(text), text
    assert "Traceback" not in text
