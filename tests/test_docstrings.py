"""The examples in docstrings are run as they stand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import cospec


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
