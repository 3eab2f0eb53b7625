"""What z3 is asked about relays is what the classes do: each of their steps is one of its steps,
and each that it allows is one of theirs but for budgets."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from itertools import product

import pytest
import z3

from cospec.checker.exploration import Exploration
from cospec.models import cqrs_002, order_pipeline
from cospec.models.cqrs_002 import CQRS, CreateUser, UpdateName
from cospec.models.event_relay import Relayed
from cospec.models.model import Act, ModelSystem
from cospec.models.order_pipeline import OrderPipeline
from cospec.models.read_models import life_of
from cospec.proofs import relay_logic as logic
from cospec.proofs.evidence import counterexample_of

#: The models, with the switches that the transcription knows. It takes the log that a relay reads
#: for the one that events are stored in, and the bus for one that is there.
PIPELINES = [
    replace(
        order_pipeline.REPAIRED,
        relaying=relaying, sequenced=sequenced, life=life_of("Created", "Paid"),
        savers=2, crashes=1, duplicates=int(relaying),
    )
    for relaying, sequenced in product((False, True), repeat=2)
]  # fmt: skip
SYSTEMS = [
    replace(
        cqrs_002.REPAIRED,
        relaying=relaying, resuming=resuming, crashes=1,
        commands=(CreateUser(1), CreateUser(1), UpdateName(2)),
    )
    for relaying, resuming in product((False, True), repeat=2)
]  # fmt: skip

#: The versions of the two events of each.
TWO = (1, 2)


def relay_of(state: Relayed) -> logic.Relay:
    """A state of the class as one of z3."""

    def counts(versions: tuple[int, ...]) -> z3.ArrayRef:
        array = logic.NONE
        for version in set(versions):
            array = z3.Store(array, version, versions.count(version))
        return array

    made = logic.project(z3.IntVal(0))
    for version in state.applied:
        made = logic.apply(made, logic.event(version))
    return logic.Relay(
        z3.IntVal(state.committed),
        z3.IntVal(state.marked),
        z3.BoolVal(state.sent),
        z3.IntVal(max(state.published, default=0)),
        z3.IntVal(state.position),
        z3.IntVal(state.crashes),
        counts(state.unpublished),
        counts(state.in_flight),
        counts(state.applied),
        made,
    )


def plain(relay: logic.Relay) -> list[str]:
    """What a state of z3 says of these versions and their neighbours."""
    values = []
    for each in fields(relay):
        term = getattr(relay, each.name)
        parts = [term[version] for version in range(4)] if z3.is_array(term) else [term]
        values += [str(z3.simplify(part)) for part in parts]
    return values


@cache
def said(state: Relayed) -> list[str]:
    """The same of a state of the class."""
    return plain(relay_of(state))


def steps(state: Relayed) -> dict[tuple[str, int], list[str]]:
    """What z3 allows in a state: by name and version, the states after."""
    found = {}
    relay = relay_of(state)
    for step in logic.steps(state, relay):
        for version in TWO:
            swap = (logic.which, z3.IntVal(version))
            if z3.is_true(z3.simplify(z3.substitute(step.enabled, swap))):
                parts = (z3.substitute(getattr(step.after, f.name), swap) for f in fields(relay))
                found[step.name, version] = plain(logic.Relay(*parts))
    return found


def version_of(act: Act, state: Relayed) -> int:
    """The version that an event is about; 0 if it is not about one."""
    argument = act.arguments[0] if act.arguments else 0
    if not isinstance(argument, int):
        return 0
    return state.in_flight[argument] if act.name == "duplicate" else argument


@pytest.mark.parametrize("start", [*PIPELINES, *SYSTEMS])
def test_the_transcription_does_what_the_class_does(start: OrderPipeline | CQRS) -> None:
    found = Exploration(ModelSystem(start))
    met: set[str] = set()
    for number, state in enumerate(found.states):
        possible, done = steps(state), set()
        for act, successor in found.edges[number]:
            assert isinstance(act, Act)
            after, version = said(found.states[successor]), version_of(act, state)
            if act.name == "execute" and after == said(state):
                continue  # a command that is refused
            name = "commit" if act.name == "execute" else act.name
            for each in [version] if version else TWO:
                assert possible[name, each] == after
                done.add((name, each))
        met |= {name for name, _ in done}
        missing = {name for name, _ in set(possible) - done}
        assert missing <= {"commit"} | ({"duplicate"} if not state.duplicates else set())
    assert met >= {"commit", "deliver", "crash"}
    assert met >= ({"relay", "mark"} if start.relaying else {"publish"})


def test_what_is_assumed_of_relays_is_not_contradictory() -> None:
    # In some state that satisfies the invariant and in which an event waits, each step is possible
    # but that of writers, of which there are none.
    now, target = logic.any_relay(), z3.Int("target")
    places = (logic.which, now.marked + 1, now.position + 1, target)
    waiting = [now.position < target, target <= now.committed]
    known = [*waiting, *(logic.invariant(now, at) for at in places)]
    possible = {
        step.name
        for step in logic.steps(order_pipeline.REPAIRED, now)
        if counterexample_of(z3.BoolVal(False), *known, step.enabled) is not None
    }
    assert possible == {"commit", "relay", "mark", "deliver", "duplicate", "crash"}
