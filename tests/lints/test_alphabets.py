"""W006: events that are blocked for ever."""

from __future__ import annotations

import pytest

START = """
channel a, b, c
channel d, e : {0..1}
P = a -> b -> P
Q = b -> Q
"""


def _of(warned, parallel: str, more: str = "") -> list[str]:
    return [w for w in warned(f"{START}{more}S = {parallel}\n") if w.startswith("W006")]


@pytest.mark.parametrize(
    "parallel, side",
    [
        ("P [| {| a, b |} |] Q", "Q"),
        ("P [| {a, b} |] Q", "Q"),
        ("Q [| {a, b} |] P", "Q"),
        ("P [| union({a}, {b}) |] Q", "Q"),
        ("P [ {a, b} || {a, b} ] Q", "Q"),
        ("(c -> P) [| {a} |] (Q ||| Q)", "(Q ||| Q)"),
        ("(a -> SKIP ; P) [| {a, b} |] (b -> SKIP)", "(b -> SKIP)"),
        ("d!0 -> STOP [| {| d |} |] e?x -> STOP", "e?x -> STOP"),
        ("(a -> STOP |~| b -> STOP) [| {a} |] Q", "Q"),
    ],
)
def test_a_process_that_waits_for_what_the_other_never_does_warns(warned, parallel, side) -> None:
    assert _of(warned, parallel) == [f"W006 {side}"]


def test_a_set_that_is_defined_elsewhere_is_looked_into(warned) -> None:
    assert _of(warned, "P [| shared |] Q", "shared = {| a, b |}\n") == ["W006 Q"]


@pytest.mark.parametrize(
    "parallel",
    [
        "P [| {b} |] Q",  # not shared
        "P [| {a, b} |] STOP",  # blocked on purpose
        "P [| {a, b} |] SKIP",
        "P [| {a, b} |] RUN({b})",  # whatever it does
        "P [| {a, b} |] CHAOS({b})",
        r"(Q \ {b}) [| {a, b} |] (P \ {a, b})",  # hidden, nobody waits
        "P[[a <- c]] [| {a, b} |] Q",  # renamed
        "P [| {a, b} |] Q[[b <- a]]",
        "(a -> STOP [] b -> STOP) [| {a, b} |] Q",  # there is another choice
        "(b -> STOP [> a -> STOP) ||| Q",
        "P [| { x | x <- {a, b} } |] Q",  # which events are shared is not plain
        "Q [| {a, b} |] Q",  # nobody does it
        "a -> STOP [| {a, b} |] a -> STOP",
    ],
)
def test_what_is_or_may_be_meant_so_does_not_warn(warned, parallel) -> None:
    assert _of(warned, parallel) == []


def test_a_memory_of_which_only_a_part_is_used_does_not_warn(warned) -> None:
    memory = "MEMORY(n) = d!n -> MEMORY(n) [] e?m -> MEMORY(m)\nREADER = d?x -> READER\n"
    assert _of(warned, "READER [| {| d, e |} |] MEMORY(0)", memory) == []


def test_what_comes_after_a_blocked_choice_does_not_warn(warned) -> None:
    shop = "SHOP = a -> SHOP [] b -> c -> SHOP\nBUYER = a -> BUYER\n"
    assert _of(warned, "BUYER [| {a, b, c} |] SHOP", shop) == []


def test_a_process_given_as_a_parameter_does_not_warn(warned) -> None:
    assert _of(warned, "both(P, Q)", "both(X, Y) = X [| {a, b} |] Y\n") == []


def test_a_process_with_an_event_given_as_a_parameter_does_not_warn(warned) -> None:
    assert _of(warned, "P [| {a, b} |] does(a)", "does(x) = x -> does(x)\n") == []


def test_a_process_of_a_module_instance_is_looked_into(warned) -> None:
    module = "module M(n)\nexports\nchannel x, y\nX = x -> X\nY = y -> Y\nendmodule\n"
    module += "instance I = M(1)\n"
    assert _of(warned, "I::X [| {I::x} |] I::Y", module) == ["W006 I::Y"]
    assert _of(warned, "I::X [| {I::x} |] I::X", module) == []


def test_tock_of_a_timed_section_does_not_warn(warned) -> None:
    timed = "channel tock\nTimed {\n  T = a -> T\n}\nCLOCK = tock -> CLOCK\n"
    assert _of(warned, "T [| {tock} |] CLOCK", timed) == []
