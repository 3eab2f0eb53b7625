"""Run a program and see what it took: wall time and its own peak memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: What `ru_maxrss` counts in: kibibytes, but bytes on macOS.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended. `status` is negative when a signal ended it.

    `seconds` is wall time, `busy` processor time, which other programs on the machine change less.
    """

    output: str
    errors: str
    status: int
    seconds: float
    busy: float
    peak_bytes: int
    timed_out: bool


def run(command: Sequence[str | Path], timeout: float, cwd: Path | None = None) -> Finished:
    """Runs a program to its end, or kills it and all that it started after `timeout` seconds.

    The peak memory is that of the program and of the processes that it waited for, whichever is
    largest. Linux never reports less than what this process had when it started the program, about
    20 MB; so it stays small.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            cwd=cwd,
            start_new_session=True,
        )
        out_of_time = threading.Event()

        def kill() -> None:
            out_of_time.set()
            os.killpg(child.pid, signal.SIGKILL)

        timer = threading.Timer(timeout, kill)
        timer.start()
        try:
            _, wait_status, usage = os.wait4(child.pid, 0)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(wait_status)
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", errors="replace"))
        return Finished(
            output=texts[0],
            errors=texts[1],
            status=child.returncode,
            seconds=seconds,
            busy=usage.ru_utime + usage.ru_stime,
            peak_bytes=usage.ru_maxrss * MAXRSS_UNIT,
            timed_out=out_of_time.is_set(),
        )
