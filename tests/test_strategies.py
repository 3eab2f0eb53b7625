"""Strategies: that what they give is what they promise, reaches what it should, and shrinks."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import cospec
from cospec.graph.reading import GraphSystem
from cospec.graph.states import explore
from cospec.hypothesis_plugin import TYPES
from cospec.models.event_streams import Event, consistency, ordered
from cospec.models.saga import (
    Group,
    SagaStep,
    SagaTransaction,
    Series,
    Single,
    allowed,
    compensations_agree,
    execute_saga,
    steps_in,
)
from cospec.spec.semantics.firing import FiringRules
from cospec.strategies import (
    _Builder,
    domain_events,
    event_streams,
    events,
    lts,
    processes,
    sagas,
    traces,
)

ROOT = Path(__file__).parent.parent

few = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
searching = settings(max_examples=2000, deadline=None, derandomize=True, database=None)
unshrunk = settings(searching, phases=[Phase.generate])


def smallest(strategy, wanted):
    """What a property that fails where `wanted` holds would be reported with."""
    return find(strategy, wanted, settings=searching)


# ------------------------------------------------------------------------------------- events


@given(events(), events(["left", "right"]))
@few
def test_events_are_texts(of_all: str, of_two: str) -> None:
    assert of_all in ("a", "b", "c")
    assert of_two in ("left", "right")


def test_events_of_a_script_are_those_of_its_channels() -> None:
    script = cospec.parse("channel done\nchannel n: {0..11}")
    found: set[str] = set()

    @given(events(script))
    @settings(max_examples=300, database=None, derandomize=True)
    def collect(event: str) -> None:
        found.add(event)

    collect()
    assert found == {"done", *(f"n.{x}" for x in range(12))}
    assert smallest(events(script), lambda event: event > "n.1") == "n.2"


@pytest.mark.parametrize(
    "script, message",
    [("channel n: Int", "cannot be listed"), ("X = 3", "declares no channel")],
)
def test_a_script_without_a_list_of_events_is_refused(script: str, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        smallest(events(cospec.parse(script)), bool)


# ------------------------------------------------------------------------------------- traces


@given(st.data())
@few
def test_a_trace_of_a_process_is_one_that_it_can_perform(data: st.DataObject) -> None:
    process = data.draw(processes())
    trace = data.draw(traces(process, max_size=3))
    assert trace in process.traces(3)


def test_every_trace_of_a_process_is_found() -> None:
    process = cospec.choice(
        cospec.prefix("a", cospec.SKIP), cospec.prefix("b", cospec.prefix("c", cospec.STOP))
    )
    for trace in process.traces(5):
        assert smallest(traces(process), lambda found, trace=trace: found == trace) == trace


@given(traces(cospec.define("P", lambda: cospec.STOP)(), min_size=0))
@few
def test_a_process_that_does_nothing_has_the_empty_trace(trace: tuple[str, ...]) -> None:
    assert trace == ()


def dead_end() -> cospec.Process:
    """One that may go astray: after a it stops, after b it goes on for ever."""
    made = cospec.define(
        "P",
        lambda: cospec.choice(cospec.prefix("a", cospec.STOP), cospec.prefix("b", made())),
    )
    return made()


@given(traces(dead_end(), min_size=4, max_size=6))
@few
def test_traces_are_as_long_as_they_have_to_be(trace: tuple[str, ...]) -> None:
    assert 4 <= len(trace) <= 6


def test_a_length_that_no_trace_has_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="SKIP has no trace of 2 events"):
        smallest(traces(cospec.SKIP, min_size=2), bool)


def test_models_have_traces_too() -> None:
    from cospec.models.channels import REPAIRED

    trace = smallest(traces(REPAIRED), lambda found: any("receive" in event for event in found))
    assert trace == ("send.0.A", "receive.0.A")


def test_a_trace_shrinks_to_what_matters() -> None:
    assert smallest(traces(dead_end()), lambda trace: len(trace) > 2) == ("b", "b", "a")
    assert smallest(traces(dead_end()), lambda trace: trace[:1] == ("b",)) == ("b",)


# ---------------------------------------------------------------------------------- processes


@given(processes(max_size=8))
@few
def test_processes_have_finitely_many_states(process: cospec.Process) -> None:
    assert explore(FiringRules(process.term()), 5_000).states


@given(processes(recursive=False))
@few
def test_processes_without_definitions_end(process: cospec.Process) -> None:
    assert "let" not in str(process)
    assert all(len(trace) <= 7 for trace in process.traces(9))  # an event each, and ✓


@given(processes(max_size=5))
@few
def test_what_a_process_is_shown_as_is_what_it_does(process: cospec.Process) -> None:
    script = cospec.parse("channel a, b, c")
    written = script[str(process)]
    assert cospec.refines(written, process)
    assert cospec.refines(process, written)


@given(processes(events(["left.0", "left.1", "right"]), min_size=1))
@few
def test_processes_meet_those_of_a_script(process: cospec.Process) -> None:
    script = cospec.parse(
        "channel left: {0, 1}\nchannel right\nRUN = ([] e: Events @ e -> RUN) |~| SKIP"
    )
    assert cospec.refines(script["RUN"], process, model="T")


OPERATORS = (" -> ", " [] ", " |~| ", " ; ", " ||| ", " [| ", " /\\ ", " \\ ", "[[")


@given(
    st.integers(0, 6).flatmap(lambda n: st.tuples(st.just(n), processes(min_size=n, max_size=n)))
)
@few
def test_sizes_count_operators(drawn: tuple[int, cospec.Process]) -> None:
    size, process = drawn
    assert sum(str(process).count(operator) for operator in OPERATORS) == size


@pytest.mark.parametrize("operator", [*OPERATORS, "SKIP", "DIV", "let P = ", "let Q = "])
def test_every_operator_occurs(operator: str) -> None:
    assert operator in str(smallest(processes(), lambda process: operator in str(process)))


def test_definitions_may_call_those_around_them() -> None:
    def calls_both(process: cospec.Process) -> bool:
        text = str(process)
        inner = text.partition("let Q = ")[2] or text.partition("let P = ")[2].partition("let")[2]
        return "let Q = " in text and "-> P" in inner.partition(" within")[0]

    assert calls_both(smallest(processes(), calls_both))


@pytest.mark.parametrize(
    "kind, calls",
    [
        (_Builder._choice, ["-> P [] ", " [] a -> P"]),
        (_Builder._internal_choice, ["-> P |~| ", " |~| a -> P"]),
        (_Builder._prefix, ["; P", "/\\ P", " [] P", "(P [] ", " |~| P", "(P |~| "]),
    ],
    ids=["choice", "internal choice", "prefix"],
)
def test_definitions_are_called_on_both_sides_of_choices_and_by_what_comes_next(
    kind, calls: list[str]
) -> None:
    shown: list[str] = []

    @given(st.composite(lambda draw: _Builder(draw, st.just("a"), True).of(kind, 3, 3, (), ()))())
    @settings(unshrunk, max_examples=300)
    def collect(process: cospec.Process) -> None:
        shown.append(str(process))

    collect()
    for call in calls:
        assert any(call in each for each in shown), call


@pytest.mark.parametrize(
    "fails, shown",
    [
        (lambda p: p.refuses("a"), "STOP"),
        (lambda p: "b" in p.initials(), "b -> STOP"),
        (lambda p: not cospec.divergence_free(p), "DIV"),
        (lambda p: ("a", "b") in p.traces(2), "a -> b -> STOP"),
        (lambda p: ("a",) * 7 in p.traces(7), "(let P = a -> P within P)"),
        (lambda p: cospec.deadlock_free(p), "(let P = a -> P within P)"),
        (lambda p: {"a", "b"} <= p.initials(), "(a -> STOP [] b -> STOP)"),
    ],
    ids=["refuses", "offers", "diverges", "performs", "goes-on", "no-deadlock", "choice"],
)
def test_a_process_that_breaks_a_property_shrinks_to_a_small_one(fails, shown: str) -> None:
    assert str(smallest(processes(), fails)) == shown


@pytest.mark.parametrize("seed", range(4))
def test_wherever_the_search_begins_parts_that_do_not_matter_are_left_out(seed: int) -> None:
    found = find(
        processes(max_size=8),
        lambda p: not cospec.divergence_free(p) and "a" in p.initials(),
        settings=settings(searching, derandomize=False),
        random=Random(seed),
    )
    assert str(found) in ("a -> DIV", "(DIV [] a -> STOP)")


# --------------------------------------------------------------------------------------- lts


@given(lts(min_size=2, max_size=5))
@few
def test_transition_systems_consist_of_what_can_be_reached(graph: cospec.StateGraph) -> None:
    assert 2 <= len(graph.states) <= 5
    again = explore(GraphSystem(graph, str), 10)
    assert len(again.states) == len(graph.states)
    assert sorted(again.edges) == sorted(graph.edges)


@given(lts(silent=False))
@few
def test_there_is_no_silent_step_where_none_is_wanted(graph: cospec.StateGraph) -> None:
    assert {event for _, event, _ in graph.edges} <= {"a", "b", "c"}


def test_a_transition_system_shrinks_to_few_states_and_edges() -> None:
    def stuck(graph: cospec.StateGraph) -> bool:
        return len({source for source, _, _ in graph.edges}) < len(graph.states)

    def circle(graph: cospec.StateGraph) -> bool:
        return any(target < source for source, _, target in graph.edges)

    def silent(graph: cospec.StateGraph) -> bool:
        return any(event == "τ" for _, event, _ in graph.edges)

    assert repr(smallest(lts(), stuck)) == "StateGraph(states=('0',), edges=())"
    assert smallest(lts(), circle).edges == ((0, "a", 1), (1, "a", 0))
    assert smallest(lts(), silent).edges == ((0, "τ", 1),)


@given(lts())
@few
def test_a_transition_system_is_a_process_of_the_same_moves(graph: cospec.StateGraph) -> None:
    assert len(graph.process().graph().edges) == len(graph.edges)


# --------------------------------------------------------------------------- event streams


@given(event_streams())
@few
def test_streams_are_ordered_and_numbered(stream: tuple[Event, ...]) -> None:
    assert ordered(stream)
    assert consistency(stream, per_stream=True)
    for aggregate in "ab":
        versions = [event.version for event in stream if event.aggregate == aggregate]
        assert versions == list(range(1, len(versions) + 1))


def test_streams_may_be_out_of_order() -> None:
    stream = smallest(event_streams(ordered=False), lambda found: not ordered(found))
    assert [(event.kind, event.amount, event.time, event.aggregate) for event in stream] == [
        ("deposited", 0, 1, "a"),
        ("deposited", 0, 0, "a"),
    ]


def test_streams_are_of_the_events_that_are_wanted() -> None:
    wanted = domain_events(kinds=["set"], aggregates=["x"])

    @given(event_streams(wanted, min_size=2, max_size=3))
    @few
    def look(stream: tuple[Event, ...]) -> None:
        assert 2 <= len(stream) <= 3
        assert {(event.kind, event.aggregate) for event in stream} == {("set", "x")}

    look()


def test_a_stream_shrinks_to_the_events_that_matter() -> None:
    from cospec.models.event_streams import balance, fold

    overdrawn = smallest(event_streams(), lambda stream: fold(stream, 0, balance) < 0)
    assert overdrawn == (Event("withdrawn", 1, 0, "a", 1),)


# ------------------------------------------------------------------------------------ sagas


@given(sagas(max_size=5))
@few
def test_sagas_execute_each_of_their_steps_once(saga: SagaTransaction) -> None:
    numbers = tuple(step.step_id for step in saga.steps)
    assert steps_in(saga.execution_order) == numbers == tuple(range(1, len(numbers) + 1))
    assert compensations_agree(saga)


@given(sagas(max_size=3))
@few
def test_what_sagas_execute_keeps_to_their_orders(saga: SagaTransaction) -> None:
    assert execute_saga(saga, interpreting=True) == allowed(saga.execution_order)


def test_lists_of_compensations_may_disagree() -> None:
    wrong = smallest(sagas(agreeing=False), lambda saga: not compensations_agree(saga))
    assert (len(wrong.steps), wrong.compensations) == (1, ())


def test_a_saga_shrinks_to_few_steps_in_a_plain_order() -> None:
    """A failing property: that `execute_saga` of the document executes what the order allows."""
    wrong = smallest(sagas(), lambda saga: execute_saga(saga) != allowed(saga.execution_order))
    assert wrong == SagaTransaction(
        (SagaStep(1, "do 1", "undo 1"), SagaStep(2, "do 2", "undo 2")),
        ("undo 1", "undo 2"),
        Group((Single(1), Single(2))),
    )
    three = smallest(sagas(), lambda saga: len(saga.steps) == 3)
    assert three.execution_order == Series((Single(1), Single(2), Single(3)))


def test_orders_are_nested() -> None:
    found = smallest(sagas(), lambda saga: "(1 | (2; 3))" in str(saga.execution_order))
    assert str(found.execution_order) == "(1 | (2; 3))"


# ---------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: processes(min_size=3, max_size=2), "min_size=3 is more than max_size=2"),
        (lambda: processes(max_size=True), "max_size=True is no whole number"),
        (lambda: traces(cospec.STOP, min_size=-1), "min_size=-1 is too small: the least is 0"),
        (lambda: lts(min_size=0), "min_size=0 is too small: the least is 1"),
        (lambda: sagas(max_size="many"), "max_size='many' is no whole number"),
        (lambda: event_streams(min_size=20), "min_size=20 is more than max_size=10"),
        (lambda: events("abc"), "give texts"),
        (lambda: events([]), "give texts"),
        (lambda: events([1, 2]), "give texts"),
        (lambda: processes(["a", "b"]), "is no strategy; perhaps events"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(make, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        make()


# ------------------------------------------------------------------------- types by themselves

#: In a fresh interpreter; where cospec was installed before it had entry points, register by hand.
BEGIN = "from hypothesis import strategies as st\n" + (
    ""
    if entry_points(group="hypothesis", name="cospec")
    else "from cospec.hypothesis_plugin import register; register()\n"
)


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


DRAWING = """
import warnings; warnings.simplefilter("ignore")
print(isinstance(st.from_type({of}).example(), {of}))
"""


@pytest.mark.parametrize(
    "imported, of",
    [
        ("import cospec", "cospec.Process"),
        ("import cospec", "cospec.StateGraph"),
        ("from cospec.models.event_streams import Event", "Event"),
        ("from cospec.models.saga import SagaTransaction", "SagaTransaction"),
    ],
)
def test_hypothesis_knows_the_types_whichever_is_imported_first(imported: str, of: str) -> None:
    drawing = DRAWING.format(of=of)
    assert python(f"{BEGIN}{imported}\n{drawing}") == "True\n"
    assert python(f"{imported}\n{of}\n{BEGIN}{drawing}") == "True\n"


def test_hypothesis_starts_without_the_rest_of_cospec() -> None:
    program = BEGIN + (
        "import sys\nprint(sorted(n for n in sys.modules if n.split('.')[0] == 'cospec'))"
    )
    assert python(program) == "['cospec', 'cospec.hypothesis_plugin']\n"


def test_a_watched_module_keeps_its_source_for_tracebacks() -> None:
    program = BEGIN + "import inspect, cospec.graph.states as it\nprint(inspect.getsource(it)[:3])"
    assert python(program) == '"""\n'


def test_the_table_names_what_there_is() -> None:
    import importlib

    strategies = importlib.import_module("cospec.strategies")
    for module, (of, name) in TYPES.items():
        assert isinstance(getattr(importlib.import_module(module), of), type)
        assert name in strategies.__all__


def test_the_entry_points_name_what_there_is() -> None:
    import importlib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [project["entry-points"][group]["cospec"] for group in ("pytest11", "hypothesis")]
    assert named == ["cospec.pytest_plugin", "cospec.hypothesis_plugin:register"]
    assert callable(importlib.import_module("cospec.hypothesis_plugin").register)
