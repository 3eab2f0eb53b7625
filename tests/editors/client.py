"""A client of the language server: it starts `cospec lsp` and speaks JSON-RPC with it."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

#: Seconds to wait for a message; far more than the server needs on a busy machine.
PATIENCE = 600.0


class Client:
    """One server process and the conversation with it.

    Attributes:
        root: the folder that the editor has open.
    """

    def __init__(self, root: Path, program: str = "", **capabilities: Any) -> None:
        """Starts `cospec lsp`, or else a program in Python that is a server."""
        self.root = root
        started = ["-c", program] if program else ["-m", "cospec", "lsp"]
        self._process = subprocess.Popen(
            [sys.executable, *started], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._answers: dict[int, dict[str, Any]] = {}
        self._published: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.server = self.request(
            "initialize",
            {"processId": None, "rootUri": root.as_uri(), "capabilities": capabilities},
        )
        self.notify("initialized", {})

    # ---------------------------------------------------------------------------- messages

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while header := stream.readline().strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                self._inbox.put(None)
                return
            self._inbox.put(json.loads(stream.read(length)))

    def _receive(self) -> None:
        message = self._inbox.get(timeout=PATIENCE)
        assert message is not None, "the server has ended"
        if message.get("method") == "textDocument/publishDiagnostics":
            self._published.append(message["params"])
        elif "id" in message and "method" not in message:
            self._answers[message["id"]] = message

    def _send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stream.flush()

    def notify(self, method: str, params: Any) -> None:
        """Sends what needs no answer."""
        self._send(method=method, params=params)

    def request(self, method: str, params: Any = None) -> Any:
        """Sends what needs an answer, and returns it."""
        number = next(self._numbers)
        self._send(id=number, method=method, params=params)
        while number not in self._answers:
            self._receive()
        answer = self._answers.pop(number)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    # ------------------------------------------------------------------------------- texts

    def uri(self, name: str) -> str:
        """The name of a file in the protocol."""
        return (self.root / name).as_uri()

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        """Opens a text; returns its diagnostics."""
        document = {"uri": self.uri(name), "languageId": "cspm", "version": 1, "text": text}
        self._published.clear()
        self.notify("textDocument/didOpen", {"textDocument": document})
        return self.published(name)

    def change(self, name: str, text: str, version: int) -> None:
        """Changes a text that is open."""
        document = {"uri": self.uri(name), "version": version}
        changes = [{"text": text}]
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def about(self, kind: str, name: str) -> Any:
        """Tells or asks something about a whole text."""
        params = {"textDocument": {"uri": self.uri(name)}}
        if kind.startswith("did"):
            return self.notify(f"textDocument/{kind}", params)
        return self.request(f"textDocument/{kind}", params)

    def at(self, kind: str, name: str, line: int, character: int) -> Any:
        """Asks about a position, counted as the protocol does."""
        position = {"line": line, "character": character}
        params = {"textDocument": {"uri": self.uri(name)}, "position": position}
        return self.request(f"textDocument/{kind}", params)

    def published(self, name: str, version: int | None = None) -> list[dict[str, Any]]:
        """The next diagnostics of a text, or those of a version of it."""
        uri = self.uri(name)
        while True:
            for number, params in enumerate(self._published):
                if params["uri"] == uri and version in (None, params.get("version")):
                    del self._published[number]
                    found: list[dict[str, Any]] = params["diagnostics"]
                    return found
            self._receive()

    def quiet(self) -> bool:
        """Whether nothing was published that nobody has asked for."""
        return not self._published

    # ------------------------------------------------------------------------------ the end

    def leave(self) -> int:
        """Says goodbye; returns the exit status."""
        self.request("shutdown")
        self.notify("exit", None)
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Ends the server if it has not ended."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
