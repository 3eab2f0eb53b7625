"""What notebooks show, and the magics of `%load_ext cospec`."""

from __future__ import annotations

import base64
import dataclasses
import pickle
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn

import pytest

import cospec
from cospec.checker import budget
from cospec.drawing import DRAWN
from cospec.following import along, to_the_fault
from cospec.notebook import ShownError
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.syntax.errors import ScriptError

SCRIPT = r"""
channel coin, tea, coffee
channel count : {0..499}
CUSTOMER = coin -> tea -> CUSTOMER
MACHINE = coin -> (tea -> MACHINE |~| coffee -> MACHINE)
LONG(n) = count.n -> if n < 499 then LONG(n + 1) else STOP
assert CUSTOMER [T= MACHINE
assert MACHINE :[deadlock free]
"""

MARK = 'stroke="#c0272d"'


@pytest.fixture(scope="module")
def script() -> cospec.Script:
    return cospec.parse(SCRIPT)


def html(shown: object) -> str:
    found: str = shown._repr_mimebundle_(include=None, exclude=None)["text/html"]  # type: ignore
    Balanced().feed(found)
    return found


class Balanced(HTMLParser):
    """Complains of tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        if tag != "hr":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        pass

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_a_result_that_holds_is_one_line(script: cospec.Script) -> None:
    found = html(script.assertion("MACHINE :[deadlock free]").check())
    assert "holds" in found
    assert "<svg" not in found


def test_a_refinement_that_fails_shows_both_sides_with_the_run(script: cospec.Script) -> None:
    found = html(script.assertion("CUSTOMER [T= MACHINE").check())
    assert "After ⟨coin⟩, MACHINE can perform coffee" in found
    assert "coffee, which is not allowed" in found
    before, implementation = found.split("implementation: MACHINE")
    specification = before.split("specification: CUSTOMER")[1]
    assert MARK in specification
    assert MARK in implementation
    assert "<summary>as a sequence diagram</summary>" in found


def test_the_results_of_a_script_are_shown_one_below_the_other(script: cospec.Script) -> None:
    found = html(script.check())
    assert found.index("CUSTOMER [T= MACHINE") < found.index("<hr") < found.index("deadlock free")
    assert html(cospec.parse("").check()) == "the script asserts nothing"


def test_what_is_not_trusted_is_shown_as_an_image(script: cospec.Script) -> None:
    """JupyterLab takes out the tags of SVG, though not the words in them, and every style; what is
    `hidden`, if it says so with a value, stays hidden."""
    found = html(script["MACHINE"])
    style, drawn, copy = re.fullmatch(
        r'.*(<style>.*</style>)<div class="cospec-picture" hidden="hidden"[^>]*>'
        r'(<svg.*</svg>)</div><img alt="" src="data:image/svg\+xml;base64,([^"]*)"/>',
        found,
        re.DOTALL,
    ).groups()
    assert "display: block !important" in style
    assert base64.b64decode(copy).decode() == drawn


def test_a_not_that_holds_shows_the_behaviour_that_it_asks_for(script: cospec.Script) -> None:
    result = script.assertion("not CUSTOMER [T= MACHINE").check()
    assert result.holds
    found = html(result)
    assert "This holds because of a behaviour which it says must exist" in found
    assert MARK in found


def test_results_of_checks_in_python_are_shown_alike(script: cospec.Script) -> None:
    found = html(cospec.refines(script["CUSTOMER"], script["MACHINE"], model="T"))
    assert "specification: CUSTOMER" in found
    assert MARK in found


@pytest.mark.parametrize(
    "assertion",
    [
        "MACHINE :[deterministic]",
        "MACHINE [| {coin, tea, coffee} |] CUSTOMER :[deadlock free]",
        "CUSTOMER [F= MACHINE",
        "CUSTOMER [FD= CUSTOMER \\ {coin, tea}",
        "MACHINE :[has trace [F]]: <coin, tea>",
        "CUSTOMER \\ {coin, tea} :[divergence free]",
        "SKIP :[deadlock free]",
    ],
)
def test_every_kind_of_counterexample_is_marked_in_the_graph(script, assertion: str) -> None:
    result = script.assertion(assertion).check()
    assert not result.holds
    pictures = html(result).split("</details>")[1]
    assert MARK in pictures
    assert "could not be found" not in pictures


def test_a_run_ends_where_the_fault_is(script: cospec.Script) -> None:
    result = script.assertion("CUSTOMER [F= MACHINE").check()
    rules = FiringRules(script["MACHINE"].term())
    run = to_the_fault(rules, result.counterexample)
    assert run.events == ("coin", "τ", "coffee")
    assert [str(e) for e, _ in rules.transitions(run.states[2])] == ["coffee"]


def test_a_specification_is_shown_as_far_as_it_can_follow(script: cospec.Script) -> None:
    run = along(FiringRules(script["MACHINE"].term()), ["coin", "coin"])
    assert run.events == ("coin",)
    assert len(run.ends) == 3  # it may have chosen tea, or coffee, or neither yet


def test_in_a_large_graph_the_run_alone_is_drawn() -> None:
    table = cospec.load("spec/library/dining_philosophers.csp")
    found = html(table.assertions[0].check()).split("</details>")[1]
    assert found.count("<title>") > 0
    for event in ("sits.0", "sits.3", "takes.3.3"):
        assert f">{event}</text>" in found
    assert "eats.0" not in found
    assert "Only the 9 states of the run are drawn: those with a dashed rim, 8" in found


STEPS = r"""
channel a, b, c
P = a -> b -> P
Q = a -> c -> Q
BOTH = (P [| {a} |] Q) \ {b}
SPIN = a -> (let S = b -> c -> S within S \ {b, c})
EITHER = a -> b -> STOP |~| a -> STOP
LONG(n) = if n == 0 then STOP else a -> LONG(n - 1)
TWO = LONG(101) [| {a} |] LONG(101)
"""


def tables(shown: str) -> list[list[list[str]]]:
    """The cells of the tables in a text."""
    return [
        [
            re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<table.*?</table>", shown, re.DOTALL)
    ]


@pytest.mark.parametrize(
    "assertion, wanted",
    [
        (
            "a -> STOP [T= BOTH",
            [["P", "Q"], ["1", "a", "a", "a"], ["✘ 2", "c, which is not allowed", "", ""]],
        ),
        (
            "SPIN ||| P :[divergence free]",
            [["SPIN"], ["1", "a", "a"], ["", "again and again:", ""], ["2", "τ", "τ"]]
            + [["3", "τ", "τ"]],
        ),
        ("STOP [T= P", [[], ["✘ 1", "a, which is not allowed"]]),
        ("EITHER :[deterministic]", [[], ["1", "τ"], ["2", "a"]]),
    ],
)
def test_the_table_of_a_counterexample_has_a_row_for_each_step(
    assertion: str, wanted: list[list[str]]
) -> None:
    shown = html(cospec.parse(STEPS).assertion(assertion).check())
    head, *rows = wanted
    assert tables(shown)[0] == [["step", "event", *head], *rows]


def test_of_nondeterminism_the_other_run_has_a_table_too() -> None:
    shown = html(cospec.parse(STEPS).assertion("EITHER :[deterministic]").check())
    assert tables(shown)[1] == [["step", "event"], ["1", "τ"], ["2", "a"], ["3", "b"]]


def test_of_very_many_steps_the_table_says_how_many_more_there_are() -> None:
    shown = html(cospec.parse(STEPS).assertion("TWO :[deadlock free]").check())
    (table,) = tables(shown)
    assert table[-2:] == [["100", "a", "a", "a"], ["…", "1 more", "", ""]]
    assert len(table) == 102


def test_what_a_check_has_cost_and_why_nothing_is_known_is_shown() -> None:
    one, two = cospec.divergence_free(cospec.STOP), cospec.divergence_free(cospec.prefix("a"))
    assert f"1 state, {one.statistics.seconds:.2f} s" in html(one)
    assert f"2 states, {two.statistics.seconds:.2f} s" in html(two)
    count = cospec.define("COUNT", lambda n: cospec.prefix("up", count(n + 1)))
    unknown = cospec.deadlock_free(count(0), seconds=0.1)
    assert unknown.reason in html(unknown)


def test_runs_too_long_to_be_drawn_are_told(script: cospec.Script) -> None:
    found = html(script.assertion("LONG(0) :[deadlock free]").check())
    assert "the run has 500 steps: too many to be drawn" in found
    near = html(script.assertion("LONG(460) :[deadlock free]").check())
    assert near.count("<circle") < 3 * DRAWN


def test_texts_of_scripts_are_escaped() -> None:
    made = cospec.define("<b>", lambda: cospec.prefix("<i>&", cospec.STOP))
    found = html(cospec.deadlock_free(made()))
    assert "<b>" not in found.replace("<b style", "")
    assert "<i>" not in found


def test_a_process_that_cannot_be_evaluated_says_why_it_is_not_drawn() -> None:
    script = cospec.parse("channel a\nQ = a -> (if head(<>) then STOP else STOP)\n")
    shown = script["Q"]._repr_mimebundle_()
    assert shown["text/plain"] == "<process Q>"
    assert "The state graph cannot be drawn: `head` of the empty sequence" in shown["text/html"]


def test_pictures_that_cannot_be_drawn_do_not_hide_what_was_found(script: cospec.Script) -> None:
    def broken() -> NoReturn:
        raise ValueError("<out of order>")

    result = script.assertion("CUSTOMER [T= MACHINE").check()
    found = html(dataclasses.replace(result, _asked=broken))
    assert "MACHINE can perform coffee" in found
    assert "The state graph cannot be drawn: &lt;out of order&gt;" in found


def test_a_result_can_be_sent_to_another_program(script: cospec.Script) -> None:
    result = script.assertion("CUSTOMER [T= MACHINE").check()
    same = pickle.loads(pickle.dumps(result))
    assert same == result
    assert "as a sequence diagram" in html(same)


class Shell:
    """As much of IPython as the magics need."""

    def __init__(self) -> None:
        self.user_ns: dict[str, object] = {}
        self.magics: dict[str, object] = {}

    def register_magic_function(self, func, magic_kind, magic_name) -> None:
        self.magics[magic_name] = func


@pytest.fixture
def shell() -> Shell:
    made = Shell()
    cospec.load_ipython_extension(made)
    return made


def test_a_cell_defines_a_script_and_its_assertions_are_checked(shell: Shell) -> None:
    shell.magics["cspm"]("vending", SCRIPT)
    assert isinstance(shell.user_ns["vending"], cospec.Script)
    results = shell.magics["cspm_check"]("vending 10")
    assert [each.verdict.value for each in results] == ["fails", "holds"]
    assert html(results).count("<hr") == 1


def test_a_script_without_a_name_is_called_script(shell: Shell) -> None:
    shell.magics["cspm"]("", "assert STOP [T= STOP")
    assert [each.holds for each in shell.magics["cspm_check"]("")] == [True]


def test_a_script_that_is_mistaken_now_is_not_the_one_of_before(shell: Shell) -> None:
    shell.magics["cspm"]("shop", "assert STOP [T= STOP")
    with pytest.raises(ScriptError):
        shell.magics["cspm"]("shop", "assert STOP [T= NOBODY")
    with pytest.raises(ValueError, match="there is no script `shop`"):
        shell.magics["cspm_check"]("shop")


def test_mistakes_are_shown_with_their_places(shell: Shell) -> None:
    with pytest.raises(ScriptError) as caught:
        shell.magics["cspm"]("wrong", "P = a -> P")
    shown = "\n".join(caught.value._render_traceback_())
    assert isinstance(caught.value, ShownError)
    assert "error[X301]" in shown
    assert "P = a -> P" in shown
    assert "wrong" not in shell.user_ns


def test_a_mistake_in_one_assertion_does_not_stop_the_others(shell: Shell) -> None:
    shell.magics["cspm"]("some", "P = head(<>)\nassert P [T= STOP\nassert STOP [T= STOP")
    results = shell.magics["cspm_check"]("some")
    assert [each.holds for each in results] == [True]
    assert len(results.errors) == 1
    assert "error[X5" in html(results)


def test_names_that_mean_nothing_are_told(shell: Shell) -> None:
    with pytest.raises(ValueError, match="no script `nothing`"):
        shell.magics["cspm_check"]("nothing")
    with pytest.raises(ValueError, match="which `a-b` is not"):
        shell.magics["cspm"]("a-b", "")
    with pytest.raises(ValueError, match="which `class` is not"):
        shell.magics["cspm"]("class", "")


def test_what_a_magic_does_not_take_is_told_without_a_traceback(shell: Shell) -> None:
    shell.magics["cspm"]("some", "P = STOP")
    told = "after some may come the seconds that an assertion may take, not `P :[deadlock free]`"
    with pytest.raises(ValueError) as caught:
        shell.magics["cspm_check"]("some P :[deadlock free]")
    assert caught.value._render_traceback_() == [told]


def test_ipython_itself_loads_the_extension_and_shows_results() -> None:
    testing = pytest.importorskip("IPython.testing.globalipapp")
    shell = testing.start_ipython() or testing.get_ipython()
    shell.run_line_magic("load_ext", "cospec")
    shell.run_cell_magic("cspm", "vending", SCRIPT)
    results = shell.run_line_magic("cspm_check", "vending")
    forms, _ = shell.display_formatter.format(results)
    assert "<svg" in forms["text/html"]
    assert forms["text/plain"].startswith(
        "CUSTOMER [T= MACHINE: fails\n  After ⟨coin⟩, MACHINE can"
    )
    forms, _ = shell.display_formatter.format(shell.user_ns["vending"]["MACHINE"])
    assert forms["application/vnd.cospec.lts+json"]["initial"] == 0


def test_the_cells_on_the_page_do_what_it_says(shell: Shell) -> None:
    page = (Path(__file__).parents[1] / "docs" / "notebooks.md").read_text("utf-8")
    code = [line[4:] for line in page.splitlines() if line.startswith("    ") or not line]
    cells = [cell.strip() for cell in re.split(r"\n\n+", "\n".join(code)) if cell.strip()]
    assert [cell.split()[0] for cell in cells] == ["%load_ext", "%%cspm", "%cspm_check"]
    first, _, script = cells[1].partition("\n")
    shell.magics["cspm"](first.removeprefix("%%cspm "), script)
    results = shell.magics["cspm_check"](cells[2].removeprefix("%cspm_check "))
    assert [each.verdict.value for each in results] == ["fails"]


def test_a_picture_that_needs_too_much_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "available_bytes", lambda: 1.0)
    endless = cospec.define("N", lambda: [0 for _ in iter(int, 1)])
    shown = endless()._repr_mimebundle_()["text/html"]
    assert "The state graph cannot be drawn: out of memory" in shown
