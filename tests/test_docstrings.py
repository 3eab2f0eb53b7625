"""The examples in docstrings are run as they stand, and whatever is public has one somewhere."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import cospec

DOCS = Path(__file__).parent.parent / "docs"


def modules_with_examples() -> list[str]:
    found = []
    for each in pkgutil.walk_packages(cospec.__path__, "cospec."):
        if each.name == "cospec.__main__":
            continue
        module = importlib.import_module(each.name)
        if any(test.examples for test in doctest.DocTestFinder().find(module)):
            found.append(each.name)
    return found


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_in_docstrings_do_what_they_say(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed


#: What only a notebook can show; docs/notebooks.md and the tests of the explorer have it.
SHOWN = {"explore"}


def examples() -> str:
    """The source of every example: in the docstrings of cospec, and on the pages."""
    parser, finder = doctest.DocTestParser(), doctest.DocTestFinder()
    found = []
    for name in modules_with_examples():
        for test in finder.find(importlib.import_module(name)):
            found += test.examples
    for page in DOCS.rglob("*.md"):
        found += parser.get_examples(page.read_text(encoding="utf-8"))
    return "".join(each.source for each in found)


def methods(of: type) -> list[str]:
    """What the objects of a class can be asked."""
    return [
        name
        for name, member in vars(of).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    ]


def test_every_public_name_is_explained_and_has_an_example() -> None:
    used = set(re.findall(r"\w+", examples()))
    for name in cospec.__all__:
        if name == "__version__":
            continue
        public = getattr(cospec, name)
        assert public.__doc__, name
        wanted = methods(public) if isinstance(public, type) else [name]
        for each in wanted:
            assert each in used | SHOWN, f"{name}: there is no example with {each}"
            assert not isinstance(public, type) or vars(public)[each].__doc__, f"{name}.{each}"
