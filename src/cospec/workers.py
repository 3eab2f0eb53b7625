"""`--jobs`: check several assertions at once, each in a process of its own.

Python threads would share one interpreter lock, so the workers are processes. They are started
afresh (not forked) and read the script themselves; only numbers, texts and plain records cross
the pipe. A worker that dies costs the assertion that it was busy with, no other.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait

from cospec.checker.budget import BudgetExceeded
from cospec.checker.meter import Meter
from cospec.results import ERROR, UNKNOWN, Result
from cospec.runner import INTERRUPTED, Settings, check_one, opened, select
from cospec.scripts import Unreadable
from cospec.spec.syntax import tree
from cospec.spec.syntax.errors import Diagnostic, Note


def check_in_parallel(
    path: str, assertions: Sequence[tree.Assertion], settings: Settings, jobs: int
) -> Iterator[tuple[int, Result]]:
    """Check the assertions of the script at `path`; results come as they are ready, each with
    the position of its assertion."""
    context = multiprocessing.get_context("spawn")
    settings = replace(settings, limits=settings.limits.shared(jobs))
    waiting = list(enumerate(assertions))[::-1]
    busy: dict[Connection, int] = {}
    processes: dict[Connection, multiprocessing.process.BaseProcess] = {}

    def start() -> None:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, path, settings), daemon=True)
        process.start()
        theirs.close()
        processes[ours] = process
        hand_out(ours)

    def hand_out(worker: Connection) -> None:
        if waiting:
            number, assertion = waiting.pop()
            busy[worker] = number
            with suppress(OSError):  # it has ended, which `recv` will say
                worker.send(assertion.text)

    try:
        while waiting and len(processes) < jobs:
            start()
        while busy:
            for worker in wait(list(busy)):
                assert isinstance(worker, Connection)
                number = busy.pop(worker)
                try:
                    result: Result = worker.recv()
                except (EOFError, OSError):  # it ended, perhaps before it read what it was sent
                    processes.pop(worker).join()
                    yield number, _lost(assertions[number])
                    if waiting:
                        start()
                    continue
                yield number, replace(result, line=assertions[number].span.line)
                if result.reason == INTERRUPTED:
                    raise KeyboardInterrupt
                hand_out(worker)
    except KeyboardInterrupt:
        for number in [*sorted(busy.values()), *(n for n, _ in reversed(waiting))]:
            yield number, _undone(assertions[number])
    finally:
        for process in processes.values():
            process.terminate()


def _serve(parent: Connection, path: str, settings: Settings) -> None:
    """A worker: read the script, then answer one assertion after the other."""
    try:
        script = opened(path, replace(settings, debug=False))
        while True:
            (assertion,) = select(script, [parent.recv()])[:1]
            parent.send(check_one(script, assertion, settings, _ignore))
    except (EOFError, OSError, KeyboardInterrupt, BudgetExceeded, Unreadable):
        return  # the parent has gone, or will see that this worker has


def _ignore(assertion: tree.Assertion, meter: Meter, seconds: float) -> None:
    """Nobody watches a worker."""


def _undone(assertion: tree.Assertion) -> Result:
    return Result(
        assertion.text,
        assertion.span.line,
        UNKNOWN,
        INTERRUPTED,
        negated=assertion.negated,
    )


def _lost(assertion: tree.Assertion) -> Result:
    problem = Diagnostic(
        "X901",
        "the process that checked this ended unexpectedly",
        assertion.span,
        notes=(Note("often for want of memory: try fewer --jobs"),),
    )
    return Result(
        assertion.text,
        assertion.span.line,
        ERROR,
        f"{problem.code}: {problem.message}",
        negated=assertion.negated,
        problems=(problem,),
    )
