"""The command `animate`, apart from its options."""

from __future__ import annotations

import sys

from cospec.animation import Animation
from cospec.animator import Animator, Interruptible
from cospec.console import Console
from cospec.inputs import EXPRESSION
from cospec.results import ERROR, FAIL, PASS, Result
from cospec.runner import (
    INTERRUPTED,
    Settings,
    check_one,
    guarded,
    select,
    sources_of,
    within_memory,
)
from cospec.scripts import Script
from cospec.spec.semantics.claims import Refines
from cospec.spec.semantics.process import Process
from cospec.spec.syntax.errors import Diagnostic, Note, ScriptError
from cospec.table import width_of


def on_terminal() -> bool:
    """Whether there is a terminal to draw on and to read keys from."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def of_process(script: Script, text: str, settings: Settings) -> str:
    """Animate a process; gives the trace in the end.

    Raises:
        ScriptError: there is no such process, or nothing can be said of its first state.
    """
    process = guarded(lambda: script.process(text), within_memory(settings))
    ask = Interruptible(script, settings)
    return _held(Animator(Animation(process, ask), ask, text, {**script.sources, EXPRESSION: text}))


def of_assertion(script: Script, wanted: str, settings: Settings) -> str:
    """Check an assertion, and follow its counterexample.

    Raises:
        Unreadable: there is no such assertion, or it has errors.
        ScriptError: it has errors that are found by evaluating it, or has no counterexample.
    """
    assertion = select(script, [wanted])[0]
    console = Console()
    result = check_one(script, assertion, within_memory(settings), console.watch)
    console.result(result, width_of(assertion.text))
    _fail_without_witness(result, sources_of(script, assertion))

    def process() -> Process:
        claim = script.claim(assertion)
        return claim.implementation if isinstance(claim, Refines) else claim.process

    ask = Interruptible(script, settings)
    animation = Animation(guarded(process, within_memory(settings)), ask)
    animation.follow(result)
    title = f"assert {result.assertion}"
    return _held(Animator(animation, ask, title, sources_of(script, assertion)))


def _fail_without_witness(result: Result, sources: dict[str, str]) -> None:
    if result.verdict == ERROR:
        raise ScriptError(result.problems, sources)
    if result.reason == INTERRUPTED:
        raise KeyboardInterrupt
    if result.witness is None:
        said = {PASS: "the assertion holds", FAIL: "the assertion fails"}
        found = said.get(result.verdict, f"the assertion is not decided ({result.reason})")
        advice = Note("`cospec animate FILE P` walks through a process without one")
        message = f"{found}: there is no counterexample to follow"
        raise ScriptError(Diagnostic("X618", message, None, "", (advice,)))


def _held(animator: Animator) -> str:
    """Let the user walk; gives the trace of where it ended."""
    animator.run()
    if animator.fault is not None:
        raise animator.fault
    return f"trace  ⟨{', '.join(animator.animation.scene.trace)}⟩"
