"""Jupyter and a browser, without a network: notebooks are opened, run and looked at.

Jupyter gets folders of its own for everything that it would otherwise keep in the home of
whoever runs this; the browser begins with an empty profile, and is told to call nobody.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Names that Chromium goes by.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

#: What shows notebooks, and where it shows one.
PLACES = {"jupyterlab": "doc/tree", "notebook": "notebooks"}

#: What the page may speak to.
HERE = ("localhost", "127.0.0.1")

#: The number of a cell that has been run.
DONE = re.compile(r"\[\d+\]")

#: Seconds for JupyterLab to start, and for a cell to show something.
PATIENCE = 90


def browser() -> str | None:
    """The program of a browser, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing(program: str) -> str:
    """What is not installed, as a sentence; empty if everything is."""
    from importlib.util import find_spec

    packages = [name for name in (program, "playwright", "anywidget") if not find_spec(name)]
    lacking = [*packages, *([] if browser() else ["Chromium"])]
    cure = "`make test-browser` installs the Python packages; Chromium is the system's"
    return f"not installed: {', '.join(lacking)} ({cure})" if lacking else ""


class Laboratory:
    """A JupyterLab that runs, or another `program` that shows notebooks; they are files in
    `folder`."""

    def __init__(self, folder: Path, program: str = "jupyterlab") -> None:
        self.program = program
        self.folder = folder / "notebooks"
        self._home = folder / "home"
        self.folder.mkdir()
        labconfig = self._home / "config" / "labconfig"
        labconfig.mkdir(parents=True)
        quiet = {"@jupyterlab/apputils-extension:announcements": True}
        (labconfig / "page_config.json").write_text(json.dumps({"disabledExtensions": quiet}))
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]

    @contextmanager
    def running(self) -> Iterator[Laboratory]:
        """Starts it, and stops it."""
        own = {
            "HOME": self._home,
            "JUPYTER_CONFIG_DIR": self._home / "config",
            "JUPYTER_DATA_DIR": self._home / "data",
            "JUPYTER_RUNTIME_DIR": self._home / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": self._home / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": self._home / "workspaces",
            "IPYTHONDIR": self._home / "ipython",
        }
        options = {
            "ServerApp.port": self.port,
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.root_dir": self.folder,
            "IdentityProvider.token": "",
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "LabApp.extension_manager": "readonly",
            "MappingKernelManager.cull_idle_timeout": 20,  # of notebooks that have been closed
            "MappingKernelManager.cull_interval": 5,
        }
        command = [sys.executable, "-m", self.program]
        command += [f"--{name}={value}" for name, value in options.items()]
        with (self._home / "log").open("w") as log:
            server = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **{name: str(place) for name, place in own.items()}},
            )
            try:
                self._wait(server)
                yield self
            finally:
                server.terminate()
                server.wait(timeout=20)

    def _wait(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and server.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api", timeout=2)
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"{self.program} does not start: {(self._home / 'log').read_text()}")

    def theme(self, name: str) -> None:
        """Chooses a theme, for pages that are opened from now on."""
        place = self._home / "settings" / "@jupyterlab" / "apputils-extension"
        place.mkdir(parents=True, exist_ok=True)
        (place / "themes.jupyterlab-settings").write_text(json.dumps({"theme": name}))

    def notebook(self, name: str, cells: Sequence[str]) -> str:
        """Writes a notebook; the address at which it is shown, alone."""
        code = [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{number}",
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(cells)
        ]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        document = {
            "cells": code,
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.folder / f"{name}.ipynb").write_text(json.dumps(document))
        return f"http://127.0.0.1:{self.port}/{PLACES[self.program]}/{name}.ipynb"


class Page:
    """A notebook in the browser, and what it has complained of and asked for."""

    def __init__(self, page: Any, pictures: Path | None) -> None:
        self.page = page
        self.errors: list[str] = []
        self.strangers: list[str] = []
        self._pictures = pictures
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _asked(self, address: str) -> None:
        place = urlsplit(address)
        if place.scheme in ("http", "https", "ws", "wss") and place.hostname not in HERE:
            self.strangers.append(address)

    def open(self, address: str) -> None:
        """Opens a notebook, and waits until its kernel can be used."""
        self.page.goto(address)
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
        self.errors.clear()  # those of Jupyter itself, which has not seen anything of ours yet

    def run(self, cell: int, source: str = "") -> Any:
        """Runs a cell, perhaps with something else in it; gives what is to become of its output."""
        found = self.page.locator(".jp-Notebook .jp-CodeCell").nth(cell)
        prompt = found.locator(".jp-InputArea-prompt")
        before = prompt.inner_text()
        for _ in range(PATIENCE):  # keys are lost while the page is still being put together
            found.locator(".cm-content").click()
            if source:
                self.page.keyboard.press("Control+A")
                self.page.keyboard.insert_text(source)
            self.page.keyboard.press("Control+Enter")
            self.page.wait_for_timeout(100)
            if prompt.inner_text() != before:
                return found.locator(".jp-OutputArea")
            self.page.wait_for_timeout(900)
        raise AssertionError(f"cell {cell} does not run")

    def finish(self, cell: int, source: str = "") -> Any:
        """Runs a cell and waits until that is done; gives its output."""
        prompt = self.cell(cell).locator(".jp-InputArea-prompt", has_text=DONE)
        for _ in range(3):  # what is run while the kernel is only being connected is lost, too
            output = self.run(cell, source)
            for _ in range(PATIENCE):
                if prompt.count():
                    return output
                self.page.wait_for_timeout(300)
        raise AssertionError(f"cell {cell} does not end")

    def cell(self, number: int) -> Any:
        """A cell with its output."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def picture(self, name: str, of: Any = None) -> None:
        """Keeps a picture of the page, or of a part of it, where pictures are wanted."""
        if self._pictures is not None:
            self._pictures.mkdir(parents=True, exist_ok=True)
            (of or self.page).screenshot(path=self._pictures / f"{name}.png")


@contextmanager
def opened(profile: Path) -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=browser(),
            args=FLAGS,
            viewport={"width": 1280, "height": 1000},
        )
        try:
            yield context
        finally:
            context.close()
