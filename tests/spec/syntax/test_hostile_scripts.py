"""Scripts that are made to be too much, or that random changes led to: each gets its answer soon.

What is too much has a limit and a number of its own; what only looks like it is accepted.
"""

from __future__ import annotations

import pytest

from cospec.checker import budget
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.syntax.errors import ScriptError, render
from cospec.spec.syntax.session import Session


def numbers(script: str) -> list[str]:
    """The numbers of a script's mistakes, all found without hanging."""

    try:
        budget.run(lambda: Session.of_text(script), seconds=600)
    except ScriptError as error:
        found = error
    else:
        return []
    for each in found.diagnostics:
        assert each.span is not None
        assert len(render(each, found.sources)) < 5000
    return [each.code for each in found.diagnostics]


def doubling(first: str, step: str, count: int = 50) -> str:
    """Definitions of which each uses the one before twice."""
    steps = (step.format(i=i, j=i - 1) for i in range(1, count))
    return "\n".join([first, *steps, ""])


def module(name: str, body: str) -> str:
    return f"module {name}\nexports\n{body}\nendmodule\n"


# ------------------------------------------------------------------- what is too large

TOO_LARGE = {
    "pairs of pairs": doubling("f0(x) = (x, x)", "f{i}(x) = (f{j}(x), f{j}(x))"),
    "functions applied twice": doubling("f0(x) = (x, x)", "f{i}(x) = f{j}(f{j}(x))"),
    "constants that are pairs": doubling("x0 = (1, 1)", "x{i} = (x{j}, x{j})"),
    "local constants": f"x = let {doubling('y0 = (1, 1)', 'y{i} = (y{j}, y{j})')} within 1",
    "nested applications": "x = " + "(\\ a @ (a, a))(" * 30 + "1" + ")" * 30,
    "dotted values": "f(x) = x.x\ny = " + "f(" * 30 + "1" + ")" * 30,
    "functions of functions": doubling("f0(x) = \\ y @ y(x)(x)", "f{i}(x) = f{j}(f{j}(x))"),
    "types of dots": doubling("nametype N0 = {0}", "nametype N{i} = N{j}.N{j}"),
    "types of tuples": doubling("nametype N0 = {0}", "nametype N{i} = (N{j}, N{j})"),
}


@pytest.mark.parametrize("script", TOO_LARGE.values(), ids=TOO_LARGE)
def test_types_that_grow_exponentially_are_too_large(script: str) -> None:
    assert set(numbers(script)) == {"X418"}


def test_a_message_does_not_write_all_of_a_large_type() -> None:
    assert numbers(doubling("x0 = (1, 1)", "x{i} = (x{j}, x{j})", 12) + "y = x11 + 1") == ["X401"]


def test_a_tuple_of_a_thousand_components_is_not_too_large() -> None:
    assert numbers(f"f({', '.join(f'x{i}' for i in range(1000))}) = (x0, x999)") == []


def test_a_dotted_value_of_a_thousand_parts_is_not_too_large() -> None:
    assert numbers("x = " + "1." * 999 + "1") == []


@pytest.mark.parametrize("parameter, argument", [("", ""), ("(p)", "(p)")])
def test_instances_that_double_at_every_module_are_too_many(parameter: str, argument: str) -> None:
    modules = [module(f"M0{parameter}", "x = 1")]
    for i in range(1, 40):
        twice = f"instance A = M{i - 1}{argument}\ninstance B = M{i - 1}{argument}"
        modules.append(module(f"M{i}{parameter}", twice))
    assert numbers("".join(modules)) == ["X329"]


def test_a_hundred_instances_of_a_module_are_not_too_many() -> None:
    body = "\n".join(f"x{i} = p + {i}" for i in range(50))
    instances = "".join(f"instance I{i} = M({i})\n" for i in range(100))
    assert numbers(module("M(p)", body) + instances + "y = I7::x3") == []


def test_functions_nested_beyond_what_python_compiles_are_too_deep() -> None:
    assert numbers("channel a\nP = " + "a -> " * 20_000 + "STOP") == ["X328"]
    assert numbers("x = " + "\\ y @ " * 3000 + "1") == ["X328"]


def test_a_thousand_prefixes_are_not_too_deep() -> None:
    assert numbers("channel a\nP = " + "a -> " * 1000 + "STOP") == []


@pytest.mark.parametrize("operator", ["1 +", "<1> ^", "not", "STOP []", "1 < 2 and"])
def test_thousands_of_operators_in_a_row_are_read(operator: str) -> None:
    last = {"1": "1", "<1>": "<>", "not": "true", "STOP": "STOP"}[operator.split()[0]]
    script = f"x = {f'{operator} ' * 8000} {'true' if 'and' in operator else last}"
    assert numbers(script) == []


def test_thousands_of_definitions_may_depend_on_each_other() -> None:
    lines = (f"f{i}(x) = f{(i + 1) % 2000}(x) + f{i * 3 % 2000}(x - 1)" for i in range(2000))
    assert numbers("\n".join(lines)) == []


def test_thousands_of_undefined_names_are_reported() -> None:
    assert numbers("\n".join(f"x{i} = y{i}" for i in range(2000))) == ["X301"] * 2000


# ------------------------------------------------------------------- what chance found


def test_after_a_mistake_a_line_of_many_brackets_is_passed_over_soon() -> None:
    """It begins like a definition of which each pair of brackets may be a group or many."""
    assert numbers("x = (1\nf" + "(x, y)" * 29 + "\ny = 2") == ["X105"]


def test_a_module_and_an_instance_of_one_name_are_defined_twice() -> None:
    script = module("K(n)", "value = n") + module("L(n)", "value = n") + "instance K = L(1)"
    assert numbers(script) == ["X302"]


def test_an_instance_of_no_module_may_have_the_name_of_a_module() -> None:
    assert numbers(module("K(n)", "value = n") + "instance K = Missing(1)") == ["X317"]


def test_an_annotation_asks_for_something_that_no_constraint_is() -> None:
    assert numbers("f :: (Eq a, card a) => ({a}) -> Int\nf(x) = card(x)") == ["X419"]


PROCESSES = ["a -> 3", "SKIP ; a", "(a -> STOP) [| {a} |> f", "a -> f(7)", "SKIP ; (true & 3)"]


@pytest.mark.parametrize("process", PROCESSES)
def test_without_types_what_follows_has_to_be_a_process_all_the_same(process: str) -> None:
    """Nothing looks at what follows an event or `;` before it is its turn."""
    session = Session.of_text(f"channel a\nf(x) = x\nP = {process}", types=False)

    with pytest.raises(ScriptError, match="a process is needed here") as found:
        _two_steps(session)

    (mistake,) = found.value.diagnostics
    assert mistake.code == "X590"
    assert mistake.span is not None
    assert mistake.span.line == 3


def _two_steps(session: Session) -> None:
    rules = FiringRules(session.process("P"))
    with session.located(None):
        for _, after in rules.transitions(rules.initial_states()[0]):
            rules.transitions(after)
