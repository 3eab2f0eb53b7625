"""Run a computation on a very deep stack, and stop it when its time or memory is used up.

Evaluating a script recurses as deeply as the script does: a list of 10,000 elements taken
apart by a recursive function is 10,000 calls deep, far beyond what the main thread's stack of
8 MiB allows. So the work is done in a thread of its own, whose stack is chosen here, while the
caller's thread looks on, reports progress and enforces the limits. Python code is stopped by
an exception thrown into its thread. Compiled code notices it when it returns to Python, so
kernels must work in batches and release the interpreter lock.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isnan
from numbers import Real
from traceback import walk_tb
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")

#: Stack sizes to try, in bytes. Pages that are never touched cost nothing but address space,
#: which `ulimit -v` may restrict.
STACK_SIZES = (1 << 30, 1 << 29, 1 << 28, 1 << 26, 1 << 24)

#: Stack bytes allowed for one level of recursion as the interpreter counts them, which sets the
#: limit at which RecursionError comes (262,144 levels for 1 GiB). Measured on CPython 3.11, x86-64,
#: over 34 shapes of recursion: Python calling Python takes no stack; generators, closures and
#: `__hash__` or `__eq__` called from C take 200 to 500 bytes a level, the worst of all (sorting
#: inside the key or the `__lt__` of a sort) 1,700. Were this number too small, the interpreter
#: would crash; `tests/test_budget.py` runs the worst shapes down to the limit.
BYTES_PER_LEVEL = 4096

#: How often the caller's thread looks at the clock, the memory and the keyboard, in seconds.
POLL_SECONDS = 0.05

#: How long a stopped computation may take to wind up before it is left behind, in seconds.
GRACE_SECONDS = 5.0

#: A traceback of more frames than this is of no use to anybody and costs much memory.
DEEP = 2000

Limit = Literal["time", "memory", "interrupt"]


class BudgetExceeded(BaseException):
    """The computation was stopped from outside.

    Not an `Exception`, so that code which handles mistakes of a script does not swallow it.
    `limit` says which budget ran out; `reason` says it for a reader.
    """

    def __init__(self, limit: Limit = "time", reason: str = "stopped") -> None:
        super().__init__(reason)
        self.limit = limit
        self.reason = reason


def must_be_numbers(**limits: object) -> None:
    """Tells limits that are texts, say, before anything is computed.

    Raises:
        TypeError: one is neither a number nor None.
    """
    for name, limit in limits.items():
        if limit is not None and (not isinstance(limit, Real) or isnan(limit)):
            raise TypeError(f"`{name}` is a number, not {limit!r}")


def out_of_memory(allowed: float) -> str:
    """The reason given when the memory allowed, in bytes, is used up."""
    return f"out of memory: {allowed / 1e9:.3g} GB allowed"


class _Job(Generic[T]):
    """One computation and what became of it."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._runner: threading.Thread | None = None
        self._thread: int | None = None
        self._undisturbed = False
        self._stopping = False
        self._value: list[T] = []
        self._error: BaseException | None = None

    def work(self) -> None:
        """The thread's body. An exception thrown in from outside may arrive anywhere in it."""
        try:
            try:
                _CURRENT.job = self
                self._thread = threading.get_ident()
                self._value.append(self._function())
            except RecursionError:
                # Its traceback holds every frame; letting go of it needs this deep stack.
                self._error = RecursionError("recursion too deep")
            except BaseException as error:
                _shed(error)
                self._error = error
            with self._lock:
                self._thread = None
        except BudgetExceeded as error:
            self._error = error
        finally:
            self._thread = None
            self._finished.set()

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._runner = _start_deep(self.work)

    def join(self) -> None:
        """When it has ended, the interpreter's recursion limit is as it was."""
        if self._runner is not None and self._finished.is_set():
            self._runner.join()

    def wait(self, seconds: float) -> bool:
        """Whether the computation has ended, after at most `seconds`."""
        return self._finished.wait(seconds)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """In the computation: nothing is thrown into it but at the end, of the outermost one."""
        outer = self._undisturbed
        try:
            with self._lock:
                self._undisturbed = True
            yield
        finally:
            with self._lock:
                self._undisturbed = outer
        if self._stopping and not outer:
            raise BudgetExceeded

    def stop(self, patient: bool = True) -> bool:
        """Throw `BudgetExceeded` into the computation until it ends; False if it does not.

        As long as it must not be disturbed, whoever is patient waits.
        """
        self._stopping = True
        deadline: float | None = None
        with _unreported():
            while not self._finished.is_set():
                with self._lock:
                    waits = self._undisturbed
                    if not waits and self._thread is not None:
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(
                            ctypes.c_ulong(self._thread), ctypes.py_object(BudgetExceeded)
                        )
                if waits and patient:
                    deadline = None
                elif deadline is None:
                    deadline = time.monotonic() + GRACE_SECONDS
                elif time.monotonic() >= deadline:
                    break
                # Python swallows what is raised in `__del__` and in callbacks, hence again.
                self._finished.wait(0.5)
        return self._finished.is_set()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]


def run(
    function: Callable[[], T],
    *,
    seconds: float | None = None,
    memory: float | None = None,
    tick: Callable[[], None] | None = None,
) -> T:
    """Return `function()`, computed on a deep stack within a budget.

    Args:
        function: what to compute; whatever it raises is raised here.
        seconds: wall-clock time allowed.
        memory: resident memory that the whole process may use, in bytes.
        tick: called about twenty times a second in the caller's thread while waiting.

    Raises:
        BudgetExceeded: time or memory ran out, or the user pressed Ctrl-C. If the computation
            does not react, it is left behind (its thread does not keep the program alive) and
            the reason says so.
        RecursionError: the recursion of `function` was too deep even for this stack.
        TypeError: a limit is not a number.
    """
    must_be_numbers(seconds=seconds, memory=memory)
    job = _Job(function)
    started = time.monotonic()
    try:
        job.start()
        while not job.wait(_next_wait(started, seconds)):
            if seconds is not None and time.monotonic() - started >= seconds:
                raise BudgetExceeded("time", f"out of time: {seconds:g} s allowed")
            if memory is not None and resident_bytes() > memory:
                raise BudgetExceeded("memory", out_of_memory(memory))
            if tick is not None:
                tick()
    except BudgetExceeded as exceeded:
        raise _wind_up(job, exceeded) from None
    except KeyboardInterrupt:
        raise _wind_up(job, BudgetExceeded("interrupt", "interrupted")) from None
    except BaseException:
        job.stop()
        raise
    finally:
        job.join()
    return job.result()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within a computation: what must not be stopped half-way, and ends soon.

    Modules that are written in C, or register themselves somewhere, cannot be imported again when
    their import was cut short, nor does numba compile again what it was interrupted at.

    Raises:
        BudgetExceeded: at the end, when the computation was to be stopped meanwhile.
    """
    job: _Job[Any] | None = getattr(_CURRENT, "job", None)
    if job is None:
        yield
    else:
        with job.undisturbed():
            yield


def unlimited(function: Callable[[], T]) -> T:
    """Return `function()`, computed on a deep stack, however long that takes.

    Raises:
        KeyboardInterrupt: the user pressed Ctrl-C.
        MemoryError: it needs more memory than there is without making the machine swap.
        RecursionError: the recursion of `function` was too deep even for this stack.
    """
    try:
        return run(function, memory=available_bytes())
    except BudgetExceeded as exceeded:
        if exceeded.limit == "interrupt":
            raise KeyboardInterrupt from None
        if exceeded.limit == "memory":
            raise MemoryError(exceeded.reason) from None
        raise  # a limit of what asks for this


def resident_bytes() -> int:
    """The memory that this process occupies now (where that is not known: at its peak)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # Windows: no limit can be enforced
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def available_bytes() -> float | None:
    """What a process may occupy without making the machine swap: nine tenths of what is free
    (where that is known) and what the process has."""
    try:
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            fields = dict(line.split(":") for line in meminfo)
        return 0.9 * 1024 * int(fields["MemAvailable"].split()[0]) + resident_bytes()
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _next_wait(started: float, seconds: float | None) -> float:
    if seconds is None:
        return POLL_SECONDS
    return max(0.0, min(POLL_SECONDS, started + seconds - time.monotonic()))


def _wind_up(job: _Job[T], exceeded: BudgetExceeded) -> BudgetExceeded:
    """Stop the job and return the exception to raise."""
    if not job.stop(patient=exceeded.limit != "interrupt"):
        left = f"{exceeded.reason} (the computation did not stop and still runs in the background)"
        return BudgetExceeded(exceeded.limit, left)
    if exceeded.limit == "memory":
        gc.collect()
    return exceeded


@contextmanager
def _unreported() -> Iterator[None]:
    """Python need not tell the user that it has swallowed a `BudgetExceeded`."""
    report = sys.unraisablehook

    def selective(swallowed: sys.UnraisableHookArgs) -> None:
        if not issubclass(swallowed.exc_type, BudgetExceeded):
            report(swallowed)

    sys.unraisablehook = selective
    try:
        yield
    finally:
        sys.unraisablehook = report


def _shed(error: BaseException) -> None:
    """Let go, on this deep stack, of every deep traceback that hangs on an exception."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if any(depth > DEEP for depth, _ in enumerate(walk_tb(link.__traceback__))):
            link.__traceback__ = None
        link = link.__cause__ or link.__context__


def _start_deep(body: Callable[[], None]) -> threading.Thread:
    """A daemon thread that has begun, with the largest stack to be had."""
    default = threading.stack_size()
    try:
        for size in STACK_SIZES:
            try:
                threading.stack_size(size)
                thread = threading.Thread(
                    target=_at_depth, args=(body, size // BYTES_PER_LEVEL), daemon=True
                )
                thread.start()
                return thread
            except (RuntimeError, ValueError):
                continue
    finally:
        threading.stack_size(default)
    raise RuntimeError("cannot start a thread: the system refuses even a small stack")


def _at_depth(body: Callable[[], None], levels: int) -> None:
    _LIMIT.raised(levels)
    try:
        body()
    finally:
        _LIMIT.lowered(levels)


class _RecursionLimit:
    """The interpreter's recursion limit, which is one for all threads.

    It must not be put back while a computation that did not stop in time is still deep in its
    recursion: CPython 3.11 ends the whole program ("Cannot recover from stack overflow") when a
    thread is far beyond the limit and the garbage collector calls anything.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usual = 0
        self._levels: list[int] = []

    def raised(self, levels: int) -> None:
        """A thread with room for so many levels begins."""
        with self._lock:
            if not self._levels:
                self._usual = sys.getrecursionlimit()
            self._levels.append(levels)
            sys.setrecursionlimit(levels)

    def lowered(self, levels: int) -> None:
        """Such a thread ends; the last of all puts back what was before the first."""
        with self._lock:
            self._levels.remove(levels)
            sys.setrecursionlimit(self._levels[-1] if self._levels else self._usual)


_LIMIT = _RecursionLimit()

#: The job of each thread that does one.
_CURRENT = threading.local()
