"""W002: comparisons that a dot has taken apart."""

from __future__ import annotations

import pytest

START = "channel c : {0..3}.{0..3}\nchannel flag : Bool\n"


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "and", "or"])
def test_an_operator_under_a_dot_warns(warned, operator) -> None:
    script = f"{START}f(x, y) = if c.x {operator} y then 1 else 2\n"
    assert f"W002 c.x {operator} y" in warned(script)


def test_a_dot_on_the_right_of_a_comparison_warns(warned) -> None:
    assert "W002 x == c.y" in warned(f"{START}f(x, y) = x == c.y\n", types=False)


def test_a_chain_of_comparisons_warns_once(warned) -> None:
    script = f"{START}f(x, y, z) = c.x == c.y and z\n"
    assert warned(script, types=False) == ["W002 c.x == c.y and z"]


def test_parentheses_around_the_dots_do_not_warn(warned) -> None:
    assert warned(f"{START}f(x, y) = (c.x) == (c.y)\n") == []


def test_parentheses_around_the_comparison_do_not_warn(warned) -> None:
    assert warned(f"{START}P(x, y) = flag.(x == y) -> STOP\n") == []


def test_arithmetic_does_not_warn(warned) -> None:
    assert warned(f"{START}P(x) = c.x+1.x-1 -> STOP\n") == []


def test_a_comparison_for_a_boolean_field_does_not_warn(warned) -> None:
    assert warned(f"{START}P(x, y) = flag.x == y -> STOP\n") == []


def test_a_comparison_in_an_output_does_not_warn(warned) -> None:
    assert warned(f"{START}P(x, y) = flag!x == y -> STOP\n") == []


def test_an_event_of_a_channel_given_as_a_parameter_does_not_warn(warned) -> None:
    assert warned("f(c, x, y) = c.x == y -> STOP\n") == []
