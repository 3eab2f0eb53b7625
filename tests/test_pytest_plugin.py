"""The pytest plugin: what it collects and when, what failures look like, fixtures and budgets."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import cospec

pytest_plugins = ["pytester"]

#: Where cospec was installed before it had entry points, the plugin is named.
LOADED = [] if entry_points(group="pytest11", name="cospec") else ["-p", "cospec.pytest_plugin"]

SCRIPT = """\
channel a, b
SPEC = a -> SPEC
BAD = a -> b -> BAD
assert SPEC [T= BAD
assert SPEC [T= SPEC
"""

LOCK = """
    from dataclasses import dataclass, replace
    from cospec.models.model import action, invariant, require

    @dataclass(frozen=True)
    class Lock:
        holders: frozenset = frozenset()
        checked: bool = True

        @action(client=lambda state: range(2))
        def take(self, client):
            require(not self.holders or not self.checked)
            require(client not in self.holders)
            return replace(self, holders=self.holders | {client})

        @action(client=lambda state: state.holders)
        def release(self, client):
            return replace(self, holders=self.holders - {client})

        @invariant
        def exclusive(self):
            return len(self.holders) <= 1
"""


@pytest.fixture(scope="module", autouse=True)
def everything_imported() -> None:
    """pytest runs inner sessions in this process, and afterwards forgets what they have imported.
    A module that is imported anew would not know the objects of those that are not."""
    for each in pkgutil.walk_packages(cospec.__path__, "cospec."):
        if not each.name.startswith(("cospec.__main__", "cospec.proofs.claims", "cospec.models.")):
            importlib.import_module(each.name)
    importlib.import_module("cospec.models.composition")


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Runs pytest with the plugin; what it wrote, warnings included, is in the result."""

    def running(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*LOADED, "-p", "no:cacheprovider", *arguments)

    return running


def script(pytester: pytest.Pytester, name: str = "x", text: str = SCRIPT) -> Path:
    return pytester.makefile(".csp", **{name: text})


# ----------------------------------------------------------------------------- what is collected


def test_no_script_is_collected_unless_that_is_asked_for(pytester, run) -> None:
    script(pytester)
    pytester.makepyfile("def test_nothing(): pass")
    run().assert_outcomes(passed=1)


def test_each_assertion_is_a_test_named_by_its_line_and_text(pytester, run) -> None:
    script(pytester)
    found = run("--csp", "--collect-only", "-q")
    assert found.outlines[:2] == ["x.csp::4:SPEC [T= BAD", "x.csp::5:SPEC [T= SPEC"]


def test_one_assertion_can_be_run_by_its_id(pytester, run) -> None:
    script(pytester)
    run("--csp", "x.csp::5:SPEC [T= SPEC").assert_outcomes(passed=1)
    run("--csp", "x.csp::4:SPEC [T= BAD").assert_outcomes(failed=1)


def test_so_can_one_on_a_process_of_a_module(pytester, run) -> None:
    text = "channel a\nmodule M\nexports\nP = a -> P\nendmodule\nassert M::P [T= M::P\n"
    script(pytester, text=text)
    run("--csp", "x.csp::6:M:P [T= M:P").assert_outcomes(passed=1)


def test_assertions_of_an_included_script_are_told_apart_by_its_name(pytester, run) -> None:
    script(pytester, "base", SCRIPT)
    script(pytester, "x", 'include "base.csp"\nassert SPEC :[deadlock free]\n')
    found = run("--csp", "--collect-only", "-q", "x.csp")
    assert found.outlines[:3] == [
        "x.csp::base.csp:4:SPEC [T= BAD",
        "x.csp::base.csp:5:SPEC [T= SPEC",
        "x.csp::2:SPEC :[deadlock free]",
    ]


def test_a_project_names_its_scripts_by_patterns(pytester, run) -> None:
    script(pytester)
    pytester.mkdir("specs").joinpath("y.csp").write_text(SCRIPT)
    pytester.makeini("[pytest]\ncsp_files = specs/*.csp")
    found = run("--collect-only", "-q")
    assert found.outlines[:2] == ["specs/y.csp::4:SPEC [T= BAD", "specs/y.csp::5:SPEC [T= SPEC"]
    assert "x.csp" not in found.stdout.str()


def test_assertions_have_a_marker_to_choose_them_by(pytester, run) -> None:
    script(pytester)
    pytester.makepyfile("def test_nothing(): pass")
    run("--csp", "-m", "csp").assert_outcomes(passed=1, failed=1, deselected=1)
    run("--csp", "-m", "not csp").assert_outcomes(passed=1, deselected=2)


# ------------------------------------------------------------------------- how failures are shown


def test_a_failing_assertion_shows_its_counterexample_and_nothing_of_ours(pytester, run) -> None:
    script(pytester)
    found = run("--csp")
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(
        [
            "*x.csp::4:SPEC [[]T= BAD*",
            "line 4: assert SPEC [[]T= BAD",
            "  After ⟨a⟩, BAD can perform b, which SPEC does not allow there.",
            "  trace     ⟨a⟩",
            "  then      b",
            "FAILED x.csp::4:SPEC [[]T= BAD*",
        ]
    )
    assert "Traceback" not in found.stdout.str()
    assert "pytest_plugin.py" not in found.stdout.str()


def test_the_failure_is_what_the_command_line_shows(pytester, run) -> None:
    script(pytester)
    shown = subprocess.run(
        [sys.executable, "-m", "cospec", "check", "x.csp"], capture_output=True, text=True
    ).stdout
    begin, end = shown.index("line 4: "), shown.index("\n2 assertions")
    assert shown[begin:end].rstrip() in run("--csp").stdout.str()


def test_a_denied_claim_that_holds_fails_in_words(pytester, run) -> None:
    script(pytester, text="channel a\nP = a -> P\nassert not P :[deadlock free]\n")
    found = run("--csp")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*This fails: what it denies holds."])


def test_an_assertion_that_cannot_be_decided_in_time_fails_with_the_reason(pytester, run) -> None:
    script(pytester, text=LONG)
    found = run("--csp", "-o", "csp_seconds=0.2")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*This is unknown (out of time: 0.2 s allowed).*"])


def test_a_mistake_found_by_evaluation_fails_one_assertion_with_its_place(pytester, run) -> None:
    script(pytester, text="P(x) = head(x)\nassert STOP [T= P(<>)\nassert STOP [T= STOP\n")
    found = run("--csp")
    found.assert_outcomes(failed=1, passed=1)
    found.stdout.fnmatch_lines(["error[[]X503[]]: `head` of the empty sequence", "*x.csp:1:*"])


def test_a_script_with_errors_is_one_failing_test_that_shows_them_all(pytester, run) -> None:
    script(pytester, text="channel a\nP = c -> P\nQ = d -> Q\nassert P [T= Q\nassert Q [T= P\n")
    found = run("--csp")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*`c` is not defined", "*x.csp:2:5", "*`d` is not defined"])
    found.stdout.fnmatch_lines(["FAILED x.csp::script*"])
    assert "Traceback" not in found.stdout.str()


def test_results_in_junit_xml_count_states(pytester, run) -> None:
    script(pytester)
    run("--csp", "--junit-xml=out.xml", "-o", "junit_family=xunit1")
    assert '<property name="states" value="1"' in Path("out.xml").read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------- fixtures


def test_a_script_is_loaded_from_beside_the_test(pytester, run) -> None:
    folder = pytester.mkdir("inner")
    folder.joinpath("lock.csp").write_text(SCRIPT)
    folder.joinpath("test_lock.py").write_text(
        "import cospec\n"
        "def test_it(csp_script):\n"
        "    script = csp_script('lock.csp')\n"
        "    assert isinstance(script, cospec.Script)\n"
        "    assert [r.holds for r in script.check()] == [False, True]\n"
    )
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "call, message",
    [
        ("csp_script('lok.csp')", "there is no script lok.csp: in that folder there is lock.csp*"),
        ("csp_script('no/x.csp')", "there is no script no/x.csp: there is no folder no"),
        ("csp_script('.')", "it is a folder *"),
        ("csp_script(3)", "csp_script needs the path of a script, not 3"),
        ("csp_script('wrong.csp')", "error[[]X301[]]: `c` is not defined"),
        ("csp_script.assertions", '*csp_script has no assertions: it loads a script, *"lock.csp"*'),
        ("explore()", "explore needs a state of a model to start from: explore(Lock())"),
        ("explore(Lock)", "explore needs a state to start from, not the class: explore(Lock(…))"),
        ("explore(3)", "the model cannot be explored: int is no frozen dataclass*"),
    ],
)
def test_a_fixture_used_wrongly_says_how_it_is_used(pytester, run, call, message) -> None:
    script(pytester, "lock")
    script(pytester, "wrong", "P = c -> P\n")
    pytester.makepyfile(f"class Lock: pass\ndef test_it(csp_script, explore): {call}")
    found = run()
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines([message])
    assert "pytest_plugin.py" not in found.stdout.str()


def test_a_model_is_explored_and_its_invariants_asked_for(pytester, run) -> None:
    pytester.makepyfile(
        test_lock=LOCK
        + """
    def test_it(explore):
        found = explore(Lock())
        assert found.holds
        assert len(found.exploration.states) == 3

    def test_without_the_check(explore):
        found = explore(Lock(checked=False))
        assert found.holds, str(found)
    """
    )
    found = run()
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(["*exclusive: fails*", "*take.0", "*take.1"])


# ------------------------------------------------------------------------------------- budgets

#: So many states that no machine visits them in a second.
LONG = (
    "channel n: {0..19}.{0..9}\nP(i, x) = n.i.x -> P(i, (x + 1) % 10)\n"
    "BIG = ||| i: {0..19} @ P(i, 0)\nassert BIG :[deterministic]\n"
)


def test_a_marker_limits_the_checks_of_a_test(pytester, run) -> None:
    script(pytester, text=LONG)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.csp_budget(seconds=0.2)
        def test_it(csp_script):
            assertion, = csp_script("x.csp").assertions
            assert "0.2 s" in assertion.check().reason
            assert "0.1 s" in assertion.check(seconds=0.1).reason

        @pytest.mark.csp_budget(memory="1 MB")
        def test_memory(csp_script):
            assertion, = csp_script("x.csp").assertions
            assert "out of memory" in assertion.check().reason
        """
    )
    run().assert_outcomes(passed=2)


def test_a_hook_of_the_project_gives_single_assertions_their_budgets(pytester, run) -> None:
    script(pytester, text=LONG)
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if item.path.name == "x.csp":
                    item.add_marker(pytest.mark.csp_budget(seconds=0.3))
        """
    )
    found = run("--csp", "-o", "csp_seconds=100")
    found.stdout.fnmatch_lines(["*out of time: 0.3 s allowed*"])


def test_the_marker_limits_the_exploration_of_models(pytester, run) -> None:
    pytester.makepyfile(
        test_it="""
    from dataclasses import dataclass, replace
    import pytest
    from cospec.models.model import action

    @dataclass(frozen=True)
    class Endless:
        count: int = 0

        @action
        def up(self):
            return replace(self, count=self.count + 1)

    @pytest.mark.csp_budget(seconds=0.2)
    def test_seconds(explore):
        assert not explore(Endless()).holds

    @pytest.mark.csp_budget(memory=1000)
    def test_memory(explore):
        explore(Endless())
    """
    )
    found = run()
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(["the model cannot be explored: out of memory*"])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("seconds='soon'", "csp_budget: seconds='soon': give a positive number of seconds*"),
        ("seconds=True", "csp_budget: seconds=True: give a positive number*"),
        ("seconds=-1", "csp_budget: seconds=-1: give a positive number*"),
        ("seconds=float('nan')", "csp_budget: seconds=nan: give a positive number*"),
        ("memory='2 parsecs'", "csp_budget: memory='2 parsecs': give a positive number of bytes*"),
        ("memory=[]", "csp_budget: memory=[[][]]: give a positive number of bytes*"),
        ("3", "csp_budget takes seconds=… and memory=…, by name, and not 3"),
        ("time=3", "csp_budget takes seconds=… and memory=…, by name, and not time"),
    ],
)
def test_a_marker_that_is_no_budget_is_refused_in_words(pytester, run, arguments, message) -> None:
    pytester.makepyfile(
        f"import pytest\n@pytest.mark.csp_budget({arguments})\ndef test_it(csp_script): pass\n"
    )
    found = run()
    found.assert_outcomes(errors=1)
    found.stdout.fnmatch_lines([message])
    assert "pytest_plugin.py" not in found.stdout.str()


@pytest.mark.parametrize("line", ["csp_seconds = soon", "csp_memory = much", "csp_seconds = -1"])
def test_a_configured_budget_that_is_none_ends_pytest_at_once(pytester, run, line) -> None:
    pytester.makeini(f"[pytest]\n{line}")
    found = run()
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.fnmatch_lines([f"ERROR: {line.split()[0]}=*: give a positive number*"])


def test_memory_may_be_written_with_a_unit() -> None:
    from cospec.pytest_plugin import _bytes

    assert [_bytes(each, "") for each in ("2 GB", "500mb", "1.5 kB", "7", 7)] == [
        2e9,
        5e8,
        1500,
        7,
        7,
    ]


# ------------------------------------------------------------------------------------ the page


def test_the_files_of_the_page_give_what_it_shows(pytester, run) -> None:
    page = (Path(__file__).parent.parent / "docs" / "testing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    files = [text for language, text in blocks if language != "pycon"]
    vending, shown, ini, tests, hook, typed = files
    script(pytester, "vending", vending)
    pytester.makepyfile(test_page=tests)
    pytester.makeconftest(hook)
    begin = "import cospec\nfrom hypothesis import given, strategies as st\n"
    pytester.makepyfile(test_typed=begin + typed)

    found = run("--csp", "vending.csp")
    for line in shown.splitlines():
        assert line.strip("_") in found.stdout.str()
    run("--csp").assert_outcomes(passed=4, failed=1)
    run("--csp", "vending.csp::4:MACHINE :[deadlock free]").assert_outcomes(passed=1)

    specs = pytester.mkdir("specs")
    (pytester.path / "vending.csp").rename(specs / "vending.csp")
    pytester.makeini(ini)
    run("specs").assert_outcomes(passed=1, failed=1)


# ------------------------------------------------------------------------------- what it costs


def test_a_project_without_scripts_imports_nothing_of_cospec_but_the_plugin(pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            ours = {name for name in sys.modules if name.split(".")[0] == "cospec"}
            assert ours == {"cospec", "cospec.pytest_plugin"}
            assert not {"z3", "numpy", "numba", "lark", "hypothesis"} & set(sys.modules)
        """
    )
    without = ["-p", "no:hypothesispytest", "-p", "no:cacheprovider"]
    pytester.runpytest_subprocess(*LOADED, *without).assert_outcomes(passed=1)
