"""Deep stacks and budgets: `cospec.checker.budget`."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
import time

import pytest

from cospec.checker import budget
from cospec.checker.budget import BudgetExceeded, run, undisturbed


def spin() -> None:
    while True:
        pass


class Under:
    """Stops a computation when it says that it is under way: a `tick` for `run`."""

    def __init__(self) -> None:
        self.way = threading.Event()

    def __call__(self) -> None:
        if self.way.is_set():
            raise BudgetExceeded("time", "now")


def test_returns_what_the_function_returns() -> None:
    assert run(lambda: 42) == 42


def test_raises_what_the_function_raises() -> None:
    with pytest.raises(KeyError, match="lost"):
        run(lambda: {}["lost"])


def test_recurses_a_hundred_thousand_levels_and_restores_the_limit() -> None:
    limit = sys.getrecursionlimit()

    def depth(n: int) -> int:
        return 0 if n == 0 else 1 + depth(n - 1)

    assert run(lambda: depth(100_000)) == 100_000
    assert sys.getrecursionlimit() == limit


def test_time_runs_out() -> None:
    with pytest.raises(BudgetExceeded) as caught:
        run(spin, seconds=0.2)

    assert caught.value.limit == "time"
    assert caught.value.reason == "out of time: 0.2 s allowed"


def test_time_runs_out_neither_sooner_nor_later(clock) -> None:
    looks: list[bool] = []

    def tick() -> None:
        looks.append(True)
        clock.passes(1)

    with pytest.raises(BudgetExceeded, match="out of time: 3 s allowed"):
        run(spin, seconds=3, tick=tick)
    assert len(looks) == 3


def test_memory_runs_out() -> None:
    def hoard() -> None:
        kept = [bytearray(1_000_000) for _ in range(300)]
        spin()
        del kept

    with pytest.raises(BudgetExceeded) as caught:
        run(hoard, memory=budget.resident_bytes() + 100e6)

    assert caught.value.limit == "memory"
    assert "GB allowed" in caught.value.reason


def test_ctrl_c_stops_the_computation(keyboard) -> None:
    before = threading.active_count()
    keyboard.ctrl_c()
    with pytest.raises(BudgetExceeded) as caught:
        run(spin)

    assert (caught.value.limit, caught.value.reason) == ("interrupt", "interrupted")
    assert threading.active_count() <= before  # it runs no more


def test_ctrl_c_while_the_computation_begins_stops_it_as_well(monkeypatch) -> None:
    start, begun, ended = budget._start_deep, threading.Event(), threading.Event()

    def pressed(body):
        start(body)
        begun.wait()
        raise KeyboardInterrupt

    def work() -> None:
        try:
            begun.set()
            spin()
        finally:
            ended.set()

    monkeypatch.setattr(budget, "_start_deep", pressed)
    with pytest.raises(BudgetExceeded, match=r"^interrupted$"):
        run(work)
    assert ended.is_set()


def test_a_handler_of_exceptions_does_not_swallow_the_stop() -> None:
    under = Under()

    def stubborn() -> None:
        while True:
            try:
                under.way.set()
                spin()
            except Exception:
                continue

    with pytest.raises(BudgetExceeded, match=r"^now$"):
        run(stubborn, tick=under)


def test_a_stop_lost_once_is_repeated() -> None:
    under, lost = Under(), []

    def swallows_the_first() -> None:
        try:
            under.way.set()
            spin()
        except BudgetExceeded:
            lost.append(True)
            spin()

    with pytest.raises(BudgetExceeded, match=r"^now$"):
        run(swallows_the_first, tick=under)
    assert lost


def test_says_so_when_the_computation_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "GRACE_SECONDS", 0.3)
    waiting = threading.Event()
    with pytest.raises(BudgetExceeded, match="still runs in the background"):
        run(waiting.wait, seconds=0.1)
    waiting.set()


def test_what_must_not_be_disturbed_is_stopped_at_its_end(monkeypatch, clock) -> None:
    under, told, steps = Under(), threading.Event(), []
    stop = budget._Job.stop

    def stopping(job, patient):
        told.set()
        return stop(job, patient)

    def work() -> None:
        with undisturbed():
            under.way.set()
            told.wait()
            for _ in range(30):  # something could be thrown into this
                with undisturbed():  # its end is not that of the outer one
                    time.sleep(0.01)
            clock.passes(3600)  # one waits for the end all the same
            steps.append("whole")
        steps.append("too far")

    monkeypatch.setattr(budget._Job, "stop", stopping)
    with pytest.raises(BudgetExceeded, match=r"^now$"):
        run(work, tick=under)
    assert steps == ["whole"]


def test_what_must_not_be_disturbed_is_nothing_special_elsewhere() -> None:
    with undisturbed():
        assert run(lambda: 42) == 42


#: The compiled search is asked for after ten states, and it is then that time runs out: numba, half
#: imported, could not be imported again.
WHILE_IMPORTING = """
import sys
from types import SimpleNamespace
import cospec
from cospec.checker import budget, check

class Hours:
    passed = 0
    def find_spec(self, name, path=None, target=None):
        self.passed += name == "numba"

hours = Hours()
sys.meta_path.insert(0, hours)
budget.time = SimpleNamespace(monotonic=lambda: 3600.0 * hours.passed)
check.SMALL = 10
count = cospec.define("COUNT", lambda n: cospec.prefix("up", count((n + 1) % 3000)))
for seconds in 1, None:
    found = cospec.deadlock_free(count(0), seconds=seconds)
    print(found.verdict.value, found.reason)
"""


def test_time_may_run_out_while_the_compiled_search_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", WHILE_IMPORTING], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["unknown out of time: 1 s allowed", "holds "], done.stderr


def test_ticks_while_waiting() -> None:
    ticks: list[bool] = []
    enough = threading.Event()

    def tick() -> None:
        ticks.append(enough.is_set())
        if len(ticks) == 3:
            enough.set()

    assert run(lambda: enough.wait(60), tick=tick)
    assert ticks[:3] == [False] * 3


def test_an_exception_in_tick_stops_the_computation() -> None:
    def tick() -> None:
        raise ValueError("tick")

    before = threading.active_count()
    with pytest.raises(ValueError, match="tick"):
        run(spin, tick=tick)
    assert threading.active_count() <= before


def test_a_smaller_stack_is_taken_when_the_system_refuses_a_large_one() -> None:
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from cospec.checker.budget import run\n"
        "def depth(n): return 0 if n == 0 else 1 + depth(n - 1)\n"
        "print(run(lambda: depth(10_000)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout.strip() == "10000", done.stderr


class Nested:
    """A chain of objects whose methods recurse through C."""

    def __init__(self, inner: object) -> None:
        self.inner = inner

    def __hash__(self) -> int:
        return hash((self.inner, 1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nested) and (1, self.inner) == (1, other.inner)

    def __repr__(self) -> str:
        return f"<{[self.inner]!r}>"


def chain(length: int) -> Nested:
    node = Nested(None)
    for _ in range(length):
        node = Nested(node)
    return node


def endless(n: int) -> int:
    return endless(n + 1)


def endless_generator(n: int):  # type: ignore[no-untyped-def]
    for x in endless_generator(n + 1):
        yield x


def endless_delegation(n: int):  # type: ignore[no-untyped-def]
    yield from endless_delegation(n + 1)


def endless_comprehension(n: int) -> frozenset[int]:
    return frozenset(1 for x in [1] if endless_comprehension(n + 1))


def endless_sort(n: int) -> list[int]:
    return sorted([1, 2], key=endless_sort)  # type: ignore[arg-type]


@functools.cache
def endless_cache(n: int) -> int:
    return endless_cache(n + 1)


class Endless(dict):  # type: ignore[type-arg]
    def __missing__(self, key: int) -> int:
        return self[key + 1]


SHAPES = {
    "call": lambda: endless(0),
    "generator": lambda: list(endless_generator(0)),
    "delegation": lambda: list(endless_delegation(0)),
    "comprehension": lambda: endless_comprehension(0),
    "sort": lambda: endless_sort(0),
    "cache": lambda: endless_cache(0),
    "missing": lambda: Endless()[0],
    "hash": lambda: {chain(600_000): 1},
    "equality": lambda: chain(600_000) == chain(600_000),
    "repr": lambda: repr(chain(600_000)),
}


SLOW = {"repr", "comprehension", "delegation", "equality", "missing"}


def _overflow(shape: str) -> None:
    try:
        run(SHAPES[shape])
    except RecursionError as error:
        print("RecursionError:", error)


@pytest.mark.parametrize(
    "shape",
    [pytest.param(s, marks=pytest.mark.slow) if s in SLOW else s for s in SHAPES],
)
def test_endless_recursion_is_an_error_and_no_crash(shape: str) -> None:
    done = subprocess.run(
        [sys.executable, __file__, shape], capture_output=True, text=True, timeout=600
    )

    assert done.stdout == "RecursionError: recursion too deep\n", done.stderr[-2000:]
    assert done.returncode == 0


if __name__ == "__main__":
    _overflow(sys.argv[1])


def test_what_python_swallows_of_a_stop_is_not_reported(monkeypatch) -> None:
    under, lost, reported = Under(), [], []

    class Lingering:
        def __del__(self) -> None:
            under.way.set()
            try:
                spin()
            finally:
                lost.append(True)

    def work() -> None:
        Lingering()
        spin()

    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    with pytest.raises(BudgetExceeded, match=r"^now$"):
        run(work, tick=under)

    assert lost == [True]
    assert reported == []
    assert sys.unraisablehook == reported.append


LEFT_BEHIND = """
import gc, sys, threading, time
from cospec.checker import budget

budget.GRACE_SECONDS = 0.2
usual = sys.getrecursionlimit()
bottom, given_up, done = threading.Event(), threading.Event(), threading.Event()

def tick():
    if bottom.is_set():
        raise budget.BudgetExceeded

def collecting(phase, info):
    return [str(number) for number in range(2)]

def deep(levels):
    if levels:
        return deep(levels - 1)
    bottom.set()
    while not given_up.is_set():
        try:
            time.sleep(0.01)
        except budget.BudgetExceeded:
            pass
    gc.callbacks.append(collecting)
    gc.set_threshold(1)
    for _ in range(100):
        try:
            collecting("", {})
        except RecursionError:
            pass
    gc.callbacks.remove(collecting)
    done.set()

try:
    budget.run(lambda: deep(50_000), tick=tick)
except budget.BudgetExceeded as exceeded:
    print(exceeded.reason)
given_up.set()
print(done.wait(300), budget.run(lambda: 1))
for _ in range(3000):
    if sys.getrecursionlimit() == usual:
        print("the limit is back")
        break
    time.sleep(0.1)
"""


def test_what_is_left_behind_deep_in_its_recursion_does_not_end_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEFT_BEHIND], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "stopped (the computation did not stop and still runs in the background)",
        "True 1",
        "the limit is back",
    ]
