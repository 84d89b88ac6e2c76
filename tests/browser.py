"""A headless Chromium, driven through pipes by its DevTools protocol, and a server for what it shows."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --disable-crash-reporter "
    "--remote-debugging-pipe --hide-scrollbars"
).split()
PATIENCE = 60.0  # seconds until something that should come has not


class Ended(Exception):
    """The browser has ended; the text is the last that it said."""


class Browser:
    """One tab of a Chromium of its own, with a new profile. Raises Ended where it does not start."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        read_commands, self._write = os.pipe()
        self._read, write_answers = os.pipe()
        # the protocol is spoken on the descriptors 3 and 4
        shell = f'exec "$@" 3<&{read_commands} 4>&{write_answers}'
        command = ["bash", "-c", shell, "chromium", CHROMIUM, *FLAGS, f"--user-data-dir={profile}"]
        self._said = profile / "stderr"
        environment = os.environ | {"HOME": str(profile)}  # it writes there too, and not everywhere may it
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                command,
                pass_fds=(read_commands, write_answers),
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=environment,
            )
        os.close(read_commands)
        os.close(write_answers)
        self._buffer = b""
        self._count = 0
        self.problems: list[str] = []  # exceptions and errors of the console
        self._session: str | None = None
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime"):
            self._send(f"{domain}.enable")

    def close(self) -> None:
        """Ends the browser."""
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        with suppress(BrokenPipeError):  # the answer tells that it has ended
            os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._read, 1 << 16)
            if not piece:
                self._process.wait()
                raise Ended(self._said.read_text("utf-8", "replace").strip()[-400:])
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])

    def size(self, width: int, height: int, *, is_phone: bool = False) -> None:
        """Makes the window so large."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )

    def open(self, address: str) -> None:
        """Goes to a page, and waits until it is there."""
        self._send("Page.navigate", url="about:blank")  # where only what is behind `#` differs
        self._send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise's where it is one."""
        answer = self._send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", expression))
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Waits until a JavaScript expression is true. TimeoutError if it does not become so."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"it did not come to pass: {condition}; problems: {self.problems}")
            time.sleep(0.1)

    def picture(self, path: Path) -> None:
        """Writes what the window shows, as PNG."""
        path.write_bytes(base64.b64decode(self._send("Page.captureScreenshot")["data"]))


class Quiet(SimpleHTTPRequestHandler):
    """A handler that writes no log, and knows what a module and WebAssembly are."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, format: str, *_: object) -> None:
        """Nothing is written."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is served, on this machine only."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
