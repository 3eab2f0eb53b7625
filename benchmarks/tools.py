"""The tools: how each is started on a model, and what it says about its search.

A tool is prepared once for each instance, in a folder of its own, and then run as often as asked;
every run is a fresh process.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from benchmarks.catalogue import BY_NAME, DEADLOCK_FREE, WHOLE, Model, Size
from benchmarks.measure import Finished, run

ROOT = Path(__file__).parent.parent

#: Seconds and megabytes (2^20 bytes) that a single run may take unless told otherwise.
TIMEOUT = 1800.0
MEMORY_MB = 24_000

#: What cospec ends with when it has printed results: all hold, some fail, some are unknown.
COSPEC_STATUS = 0, 1, 3

#: Searches of fewer states are left to plain Python by cospec, and need nothing compiled.
WARM_STATES = 10_000

#: Steps beyond the deepest that SPIN's verifier wants to have room for.
STACK_SPARE = 100


class Failed(Exception):
    """A tool did not explore the model; the message says why."""


@dataclass(frozen=True, slots=True)
class Run:
    """One exploration.

    `wall` is what a user waits for: starting, reading, compiling and searching. `search` is the
    tool's own figure for the search alone, `store_bytes` that for a state with its share of the
    table, where it gives one.
    """

    states: int
    transitions: int
    wall: float
    search: float
    peak_bytes: int
    store_bytes: float | None = None


class Prepared(Protocol):
    """A tool made ready for one instance of a model."""

    def run(self, timeout: float = TIMEOUT) -> Run:
        """Explore it in a fresh process, for so many seconds at most."""
        ...


class Tool(Protocol):
    """Something that explores models."""

    @property
    def name(self) -> str:
        """What it is called in the results."""
        ...

    @property
    def exact(self) -> bool:
        """Whether its counts are those of the whole state space."""
        ...

    def missing(self) -> str:
        """Why the tool cannot be used here; empty when it can."""
        ...

    def suits(self, model: Model) -> bool:
        """Whether the tool has anything to say about this model."""
        ...

    def prepare(self, model: Model, size_name: str, folder: Path) -> Prepared:
        """Makes the tool ready for an instance, with `folder` to work in."""
        ...


@dataclass(frozen=True, slots=True)
class Cospec:
    """cospec, through its command line, on one assertion of the script.

    For the whole state space that is a refinement, since a large question of deadlock is decided by
    partial order reduction where that can be done. With `reduced` that is what is asked.
    """

    threads: int = 1
    reduced: bool = False

    @property
    def name(self) -> str:
        if self.reduced:
            return "cospec, reduced"
        return "cospec" if self.threads == 1 else f"cospec, {self.threads} threads"

    @property
    def exact(self) -> bool:
        return not self.reduced

    def suits(self, model: Model) -> bool:
        return model.deadlock_free or not self.reduced

    def missing(self) -> str:
        return ""

    def prepare(self, model: Model, size_name: str, folder: Path) -> Prepared:
        script = folder / f"{model.name}.csp"
        script.write_text(model.render("csp", model.sizes[size_name].parameters), encoding="utf-8")
        if model.sizes[size_name].states > WARM_STATES:
            _warm(self.threads)
        if self.reduced:
            return _CospecOn(script, DEADLOCK_FREE, ("--search", "depth"))
        options = ("--search", "exhaustive", "--jobs", str(self.threads))
        return _CospecOn(script, WHOLE, options)


@cache
def _warm(threads: int) -> None:
    """Has numba compile what cospec needs, which it does once after an installation."""
    model = BY_NAME["philosophers"]
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "warm.csp"
        script.write_text(model.render("csp", model.sizes["small"].parameters), encoding="utf-8")
        _CospecOn(script, WHOLE, ("--jobs", str(threads))).run()


@dataclass(frozen=True, slots=True)
class _CospecOn:
    script: Path
    assertion: str
    options: tuple[str, ...]

    def run(self, timeout: float = TIMEOUT) -> Run:
        command = [sys.executable, "-m", "cospec", "check", "--format", "json"]
        command += [*self.options, "--assertion", self.assertion, str(self.script)]
        done = run(command, timeout, ROOT / "src")
        if done.status not in COSPEC_STATUS:
            _refuse_failure(done, "cospec", timeout)
        (result,) = json.loads(done.output)["results"]
        if result["verdict"] != "pass":
            raise Failed(f"cospec: {result['verdict']} {result['reason']}")
        return Run(
            states=result["states"],
            transitions=result["transitions"],
            wall=done.seconds,
            search=result.get("search_seconds", result["seconds"]),
            peak_bytes=done.peak_bytes,
            store_bytes=result.get("bytes_per_state"),
        )


@dataclass(frozen=True, slots=True)
class Spin:
    """SPIN's verifier, compiled by gcc, for the full state space or with partial order reduction.

    For the full space, its own optimisations that leave out states are switched off (`-o1` data
    flow, `-o2` dead variables, `-o3` merging of statements), so that its counts can be compared.
    The reduced search has them all.
    """

    reduced: bool = False

    @property
    def name(self) -> str:
        return "SPIN, reduced" if self.reduced else "SPIN"

    @property
    def exact(self) -> bool:
        return not self.reduced

    def suits(self, model: Model) -> bool:  # noqa: ARG002
        return True

    def missing(self) -> str:
        absent = [program for program in ("spin", "gcc") if shutil.which(program) is None]
        return f"{' and '.join(absent)} not installed" if absent else ""

    def prepare(self, model: Model, size_name: str, folder: Path) -> Prepared:
        size = model.sizes[size_name]
        source = folder / f"{model.name}.pml"
        source.write_text(model.render("pml", size.parameters), encoding="utf-8")
        generate: list[str | Path] = [
            "spin",
            "-a",
            *([] if self.reduced else ["-o1", "-o2", "-o3"]),
            source,
        ]
        build: list[str | Path] = ["gcc", "-O2", "-w", "-DSAFETY", f"-DMEMLIM={MEMORY_MB}"]
        build += [] if self.reduced else ["-DNOREDUCE"]
        build += ["-o", "pan", "pan.c"]
        seconds = 0.0
        for command in (generate, build):
            done = run(command, TIMEOUT, folder)
            _refuse_failure(done, str(command[0]), TIMEOUT)
            seconds += done.seconds
        # The stack that it sets aside counts as memory, so it gets what it needs and no more.
        first = _Pan(folder, size, size.states + STACK_SPARE, seconds)
        return _Pan(folder, size, first.depth() + STACK_SPARE, seconds)


@dataclass(frozen=True, slots=True)
class _Pan:
    """SPIN's verifier for one model. Wall time includes the seconds of making it."""

    folder: Path
    size: Size
    stack: int
    build_seconds: float

    def depth(self) -> int:
        """How deep the search goes."""
        return _figure(r"depth reached (\d+)", self._explore(TIMEOUT).output)

    def run(self, timeout: float = TIMEOUT) -> Run:
        done = self._explore(timeout)
        return Run(
            states=_figure(r"(\d+) states, stored", done.output),
            # It counts what it stores and what it meets again: the initial state as well.
            transitions=_figure(r"(\d+) transitions \(= stored\+matched\)", done.output) - 1,
            wall=done.seconds + self.build_seconds,
            search=float(_matched(r"pan: elapsed time (\S+) seconds", done.output)),
            peak_bytes=done.peak_bytes,
        )

    def _explore(self, timeout: float) -> Finished:
        slots = max(16, math.ceil(math.log2(self.size.states)))
        command = ["./pan", f"-m{self.stack}", f"-w{slots}", "-E", "-n"]
        done = run(command, timeout, self.folder)
        _refuse_failure(done, "pan", timeout)
        if "errors: 0" not in done.output or "too small" in done.output:
            first, *_ = done.output.strip().splitlines()
            raise Failed(f"pan: {first}")
        return done


@dataclass(frozen=True, slots=True)
class Explicit:
    """A plain breadth-first search in Python, its states in a set or its graph in networkx."""

    graph: bool = False
    exact: bool = True

    @property
    def name(self) -> str:
        return "networkx" if self.graph else "Python"

    def suits(self, model: Model) -> bool:  # noqa: ARG002
        return True

    def missing(self) -> str:
        return ""

    def prepare(self, model: Model, size_name: str, folder: Path) -> Prepared:  # noqa: ARG002
        return _ExplicitOn(model, size_name, self.graph)


@dataclass(frozen=True, slots=True)
class _ExplicitOn:
    model: Model
    size_name: str
    graph: bool

    def run(self, timeout: float = TIMEOUT) -> Run:
        command = [sys.executable, "-m", "benchmarks.explicit", self.model.name, self.size_name]
        done = run(command + (["--graph"] if self.graph else []), timeout, ROOT)
        _refuse_failure(done, "Python", timeout)
        found = json.loads(done.output)
        return Run(
            found["states"], found["transitions"], done.seconds, found["seconds"], done.peak_bytes
        )


def _refuse_failure(done: Finished, program: str, timeout: float) -> None:
    if done.timed_out:
        raise Failed(f"{program}: more than {timeout:g} s")
    if done.status != 0:
        said = (done.errors or done.output).strip().splitlines()
        raise Failed(f"{program}: status {done.status}: {said[-1] if said else 'no message'}")


def _matched(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise Failed(f"nothing matches {pattern!r} in: {text.strip()}")
    return found[1]


def _figure(pattern: str, text: str) -> int:
    return int(_matched(pattern, text))
