"""W005: definitions with the names of built-ins."""

from __future__ import annotations

import pytest


def test_a_function_named_like_a_built_in_warns(warned) -> None:
    assert warned("union(x, y) = x + y\n") == ["W005 union"]


def test_a_process_named_like_a_built_in_warns(warned) -> None:
    assert warned("channel a\nSTOP = a -> SKIP\n") == ["W005 STOP"]


def test_a_channel_named_like_a_built_in_warns(warned) -> None:
    assert warned("channel head, up\n") == ["W005 head"]


def test_a_constructor_named_like_a_built_in_warns(warned) -> None:
    assert warned("datatype T = set | get\n") == ["W005 set"]


def test_a_local_definition_named_like_a_built_in_warns(warned) -> None:
    assert warned("f(x) = let card(y) = y\n within card(x)\n") == ["W005 card"]


def test_it_is_told_beside_the_error_that_it_leads_to(warned) -> None:
    assert warned("union(x, y) = x + y\nS = union({1}, {2})\n") == ["W005 union"]


def test_a_parameter_does_not_warn(warned) -> None:
    assert warned("f(head, tail) = <head>^tail\n") == []


def test_a_module_does_not_warn(warned) -> None:
    assert warned("module M\nexports\nhead(x) = x\nendmodule\n") == []


@pytest.mark.parametrize("name", ["RUN", "BUFFER", "DIV", "error"])
def test_what_many_scripts_define_themselves_does_not_warn(warned, name) -> None:
    assert warned(f"{name} = STOP\n") == []
