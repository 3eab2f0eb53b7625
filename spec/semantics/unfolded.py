"""Compositions behind their names.

`SYSTEM = P ||| Q` moves on as a composition of what P and Q have become, which is never called
`SYSTEM` again: when all components are back where they began, the state is `P ||| Q`. Whoever
draws the states would meet the initial one twice.
"""

from __future__ import annotations

from cospec.spec.semantics.normalised import normalised
from cospec.spec.semantics.process import (
    AlphabetisedParallel,
    Call,
    Hide,
    Parallel,
    Process,
    Project,
    Rename,
)

_STATIC = (AlphabetisedParallel, Hide, Parallel, Project, Rename)


def unfolded(process: Process) -> Process:
    """The process, with every name of a composition in it replaced by the composition.

    A name of anything else, such as `P = a -> P`, is what the process comes back to, and stays. So
    does one that leads back to itself, which the firing rules complain of.
    """
    return _unfolded(process, frozenset())


def _unfolded(process: Process, names: frozenset[Call]) -> Process:
    process = normalised(process)
    match process:
        case Call() if process not in names:
            body = normalised(process.body())
            return _unfolded(body, names | {process}) if isinstance(body, _STATIC) else process
        case Parallel():
            return Parallel(_all(process.operands, names), process.synchronised)
        case AlphabetisedParallel():
            return AlphabetisedParallel(_all(process.operands, names), process.alphabets)
        case Hide():
            return Hide(_unfolded(process.process, names), process.events)
        case Project():
            return Project(_unfolded(process.process, names), process.events)
        case Rename():
            return Rename(_unfolded(process.process, names), process.relation)
    return process


def _all(operands: tuple[Process, ...], names: frozenset[Call]) -> tuple[Process, ...]:
    return tuple(_unfolded(operand, names) for operand in operands)
