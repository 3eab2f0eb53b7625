"""Terms as states: nothing left to evaluate in those places that the firing rules look at.

A script's terms hold `Lazy` operands, which are compared by identity. Two states that behave
alike because they were written alike would then count as two. So the operands that the rules look
at are evaluated before a term becomes a state. The others stay as they are: what a process
never reaches is never evaluated, and may well be an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Chase,
    Compressed,
    ExternalChoice,
    Hide,
    Interrupt,
    Lazy,
    Parallel,
    Prioritise,
    Process,
    Project,
    Rename,
    Sequential,
    Sliding,
    SynchronisingChoice,
    SynchronisingInterrupt,
    Throw,
    resolve,
)


def normalised(process: Process) -> Process:
    """`process` with every `Lazy` evaluated in those places that the firing rules look at.

    Terms built by the rules out of such terms are such terms again, so this is only needed
    where a process is taken over from a script.
    """
    kind = type(process)
    if kind is Lazy:
        process = resolve(process)
        kind = type(process)
    rebuild = _ACTIVE.get(kind)
    return process if rebuild is None else rebuild(process)


def _normalised_all(operands: tuple[Process, ...]) -> tuple[Process, ...]:
    """The operands normalised: the very same tuple when there is nothing to do."""
    changed = [normalised(operand) for operand in operands]
    for old, new in zip(operands, changed, strict=True):
        if old is not new:
            return tuple(changed)
    return operands


def _choice(p: ExternalChoice) -> Process:
    operands = _normalised_all(p.operands)
    return p if operands is p.operands else ExternalChoice(operands)


def _parallel(p: Parallel) -> Process:
    operands = _normalised_all(p.operands)
    return p if operands is p.operands else Parallel(operands, p.synchronised)


def _alphabetised(p: AlphabetisedParallel) -> Process:
    operands = _normalised_all(p.operands)
    return p if operands is p.operands else AlphabetisedParallel(operands, p.alphabets)


def _synchronising(p: SynchronisingChoice) -> Process:
    operands = _normalised_all(p.operands)
    return p if operands is p.operands else SynchronisingChoice(operands, p.events)


def _interrupt(p: Interrupt) -> Process:
    left, right = normalised(p.left), normalised(p.right)
    return p if left is p.left and right is p.right else Interrupt(left, right)


def _synchronising_interrupt(p: SynchronisingInterrupt) -> Process:
    left, right = normalised(p.left), normalised(p.right)
    if left is p.left and right is p.right:
        return p
    return SynchronisingInterrupt(left, p.events, right)


def _sliding(p: Sliding) -> Process:
    left = normalised(p.left)
    return p if left is p.left else Sliding(left, p.right)


def _sequential(p: Sequential) -> Process:
    left = normalised(p.left)
    return p if left is p.left else Sequential(left, p.right)


def _throw(p: Throw) -> Process:
    left = normalised(p.left)
    return p if left is p.left else Throw(left, p.events, p.right)


def _hide(p: Hide) -> Process:
    inner = normalised(p.process)
    return p if inner is p.process else Hide(inner, p.events)


def _project(p: Project) -> Process:
    inner = normalised(p.process)
    return p if inner is p.process else Project(inner, p.events)


def _rename(p: Rename) -> Process:
    inner = normalised(p.process)
    return p if inner is p.process else Rename(inner, p.relation)


def _prioritise(p: Prioritise) -> Process:
    inner = normalised(p.process)
    return p if inner is p.process else Prioritise(inner, p.order)


def _chase(p: Chase) -> Process:
    inner = normalised(p.process)
    return p if inner is p.process else Chase(inner)


def _compressed(p: Compressed) -> Process:
    inner = normalised(p.process)
    return p if inner is p.process else Compressed(inner, p.how)


_ACTIVE: dict[type[Process], Callable[[Any], Process]] = {
    ExternalChoice: _choice,
    Parallel: _parallel,
    AlphabetisedParallel: _alphabetised,
    SynchronisingChoice: _synchronising,
    Interrupt: _interrupt,
    SynchronisingInterrupt: _synchronising_interrupt,
    Sliding: _sliding,
    Sequential: _sequential,
    Throw: _throw,
    Hide: _hide,
    Project: _project,
    Rename: _rename,
    Prioritise: _prioritise,
    Chase: _chase,
    Compressed: _compressed,
}
