"""The run that is marked in a picture is one of the process, and has the counterexample's trace."""

from __future__ import annotations

from pathlib import Path

import pytest

import cospec
from cospec.following import to_the_fault
from cospec.spec.semantics.claims import Refines
from cospec.spec.semantics.firing import FiringRules
from cospec.spec.syntax.errors import ScriptError

ROOT = Path(__file__).parents[1]
SCRIPTS = [
    *(ROOT / "tests" / "cli" / "scripts").glob("*.csp"),
    ROOT / "tests" / "language" / "should_pass" / "choices.csp",
    *(ROOT / "spec" / "library" / f"{name}.csp" for name in ("dining_philosophers", "token_ring")),
]


@pytest.mark.parametrize("path", sorted(SCRIPTS), ids=lambda path: path.stem)
def test_runs_are_runs_of_the_process_and_show_the_counterexample(path: Path) -> None:
    try:
        assertions = cospec.load(path).assertions
    except ScriptError:
        return
    for assertion in assertions:
        try:
            result = assertion.check(seconds=5)
        except ScriptError:
            continue
        witness = result.counterexample
        if witness is None:
            continue
        claim = result._asked()
        process = claim.implementation if isinstance(claim, Refines) else claim.process
        rules = FiringRules(process)
        run = to_the_fault(rules, witness)
        assert run is not None, assertion
        assert run.states[0] in set(rules.initial_states())
        for event, (before, after) in zip(run.events, run.steps, strict=True):
            assert (event, after) in {(str(e), s) for e, s in rules.transitions(before)}
        last = (witness.event,) if witness.kind == "trace" else ()
        assert tuple(e for e in run.events if e != "τ") == (*witness.trace, *last)
        offered = {str(event) for event, _ in rules.transitions(run.states[-1])}
        if witness.kind == "deadlock":
            assert not offered
        if witness.kind == "divergence":
            assert "τ" in offered
