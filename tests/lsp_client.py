"""A client of the language server: it starts the process and speaks JSON-RPC over stdio, as editors do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

Json = dict[str, Any]


class Client:
    """A client of the server's process, which speaks JSON-RPC as editors do."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "vlad_py.lsp"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self.last = 0
        self.published: list[Json] = []

    def send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self) -> Json:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server has ended"
        message: Json = json.loads(self.process.stdout.read(length))
        return message

    def notify(self, method: str, params: Json | None = None) -> None:
        self.send({"method": method, "params": params or {}})

    def ask(self, method: str, params: Json | None = None) -> Any:
        """The result of a request; what is published in between is kept."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while (message := self.read()).get("id") != self.last:
            self.keep(message)
        assert "error" not in message, message
        return message["result"]

    def refused(self, method: str, params: Json) -> str:
        """The message of the error that answers a request."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while (message := self.read()).get("id") != self.last:
            self.keep(message)
        return str(message["error"]["message"])

    def keep(self, message: Json) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published.append(message["params"])

    def diagnostics(self, uri: str) -> list[Json]:
        """The next diagnostics that the server publishes for a text."""
        while not (mine := [message for message in self.published if message["uri"] == uri]):
            self.keep(self.read())
        self.published.remove(mine[0])
        found: list[Json] = mine[0]["diagnostics"]
        return found
