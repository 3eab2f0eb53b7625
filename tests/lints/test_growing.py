"""W008: processes that grow with every turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def told(warned: Callable[..., list[str]]) -> Callable[[str], list[str]]:
    """The warnings about recursions in a script."""

    def warnings_of(text: str) -> list[str]:
        return [each for each in warned(text) if each.startswith(("W007", "W008"))]

    return warnings_of


START = "channel a, b, c\nQ = b -> Q\n"


@pytest.mark.parametrize(
    "body",
    [
        r"(a -> P) \ {c}",
        r"(a -> P [] b -> STOP) \ {| c |}",
        r"a -> (P \ {c})",
        r"a -> ((b -> P) \ S)",
        "(a -> P)[[a <- b]]",
        "a -> P[[a <- a]]",
        "(a -> P) ; Q",
        "a -> (P ; SKIP)",
        "a -> (P ||| Q)",
        "a -> (Q ||| P)",
        "a -> (P ||| P)",
        "a -> (P ||| STOP)",
        "(a -> STOP) ||| (b -> P)",
        r"(a -> P) /\ (b -> STOP)",
        r"a -> (P /\ Q)",
        "(a -> P |~| b -> Q) ; Q",
        "a -> let R = b -> P within R ||| Q",
        "a -> (R ||| Q)\nR = b -> P",
        "a -> R\nR = b -> (P ; Q)",
    ],
)
def test_an_operator_that_stays_around_the_recursion_warns(told, body) -> None:
    found = told(f"{START}S = {{c}}\nP = {body}\nassert P :[divergence free]\n")
    assert {warning.split()[0] for warning in found} == {"W008"}


@pytest.mark.parametrize(
    "body",
    [
        "a -> P",
        r"(a -> P) \ {}",  # hides nothing, and nothing of it is left
        r"(a -> P) \ S",  # S may be empty
        r"(a -> R) \ {c}" + "\nR = b -> R",  # the recursion is inside
        "a -> (P [] Q)",  # is resolved by the first event
        "a -> (P |~| Q)",
        "a -> (P [> Q)",
        "Q ; P",  # nothing of Q is left when it has terminated
        r"Q /\ (a -> P)",  # nor after an interrupt
        "a -> (P [| {a} |] Q)",  # cannot go on: there is no `a` on the other side
        "a -> (P [{a} || {b}] Q)",
        "a -> (P [| {b} |> STOP)",
        "a -> (if S == {} then P ||| Q else Q)",
        "a -> (S != {} & (P ||| Q))",
        "c?x -> P",
    ],
)
def test_what_stays_small_or_may_do_so_does_not_warn(told, body) -> None:
    text = "channel a, b\nchannel c : {0, 1}\nQ = b -> Q\nS = diff({a}, {a})\n"
    found = told(f"{text}P = {body}\nassert P :[divergence free]\nassert a -> Q :[deadlock free]\n")
    assert found == []


@pytest.mark.parametrize(
    "claim",
    [
        "P :[divergence free]",
        "P :[deterministic [F]]",
        "Q [T= P",
        "Q [F= a -> P",
        "Q [FD= P",
        r"CHAOS({a}) [FD= (b -> P) \ {b}",
        "STOP [T= Q ||| P",
    ],
)
def test_what_an_assertion_searches_as_a_whole_warns(told, claim) -> None:
    found = told(f"{START}P = a -> (P ||| Q)\nassert {claim}\n")
    assert found == ["W008 P"]


@pytest.mark.parametrize(
    "claim",
    [
        "P [T= Q",  # of a specification only as much is looked at as is needed
        "Q [T= P [| {a} |] (a -> STOP)",  # the partner allows one `a` only
        "P :[has trace]: <a, a>",
        "not P :[divergence free]",  # says that there is a counterexample
        "Q [T= P :[tau priority over]: {b}",
        "DIV [FD= P",  # holds without a search
        r"Q \ {b} [FD= P",
        "DOWN [FD= P",
    ],
)
def test_what_is_searched_in_part_does_not_warn(told, claim) -> None:
    down = r"DOWN = Q \ {b}" if "DOWN" in claim else ""
    assert told(f"{START}{down}\nP = a -> (P ||| Q)\nassert {claim}\n") == []


def test_a_call_is_reported_once(told) -> None:
    text = "P = a -> (P ||| Q)\nassert P :[divergence free]\nassert P :[deadlock free]\n"
    assert told(START + text) == ["W008 P"]


def test_a_process_without_an_event_has_the_other_warning_only(told) -> None:
    found = told(f"{START}P = P ||| Q\nassert P :[divergence free]\n")
    assert found == ["W007 P"]


def test_each_warning_is_a_check_that_does_not_end(tmp_path) -> None:
    from cospec.runner import Settings, check_all
    from cospec.scripts import Limits, load

    bodies = [
        r"(a -> P0) \ {c}",
        "(a -> P1)[[a <- b]]",
        "(a -> P2) ; Q",
        "a -> (P3 ||| STOP)",
        r"a -> (P4 /\ Q)",
    ]
    lines = [f"P{n} = {body}\nassert P{n} :[divergence free]" for n, body in enumerate(bodies)]
    path = tmp_path / "checked.csp"
    path.write_text(START + "\n".join(lines), encoding="utf-8")
    script = load(str(path))
    settings = Settings(Limits(seconds=1, memory=4e9))
    for result in check_all(script, script.assertions, settings, lambda *_: None):
        assert result.verdict == "unknown", result.assertion
        assert result.states > 20


def test_a_circle_of_definitions_is_told_once(told) -> None:
    ring = "".join(f"P{n} = a -> (P{(n + 1) % 20} ||| Q)\n" for n in range(20))
    assert told(f"{START}{ring}assert P0 :[divergence free]\n") == ["W008 P1"]


def test_long_chains_of_definitions_are_looked_at_quickly(told) -> None:
    chain = "".join(f"P{n} = a -> (P{n + 1} ||| Q)\n" for n in range(2000))
    text = f"{START}{chain}P2000 = a -> STOP\n" + "assert P0 :[divergence free]\n" * 20
    assert told(text) == []
