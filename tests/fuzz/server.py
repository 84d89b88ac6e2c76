"""Sends the language server changed programs, and requests at any place, inside the text or not.

Every request has an answer, a result or a refusal that is not an internal error. Nothing runs.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from random import Random
from typing import Any

from lsp_client import Client, Json

from fuzz.corpus import names, pieces, words_changed
from fuzz.drive import Fuzz, main

URI = "file:///nowhere/fuzz.adl"
AT_A_PLACE = "completion hover definition references documentHighlight signatureHelp prepareRename".split()
OF_A_TEXT = "documentSymbol foldingRange formatting semanticTokens/full".split()


def draw(random: Random) -> str:
    """Texts and requests, as JSON."""
    text = random.choice(pieces())
    messages: list[list[Any]] = []
    for _ in range(random.choice((1, 2, 3))):
        text = words_changed(text, random)
        messages.append(["open" if not messages else "change", text])
        messages += [_request(text, random) for _ in range(random.choice((2, 5)))]
    return json.dumps(messages)


def _request(text: str, random: Random) -> list[Any]:
    lines = text.split("\n")
    line = random.randrange(len(lines))
    place = {"line": line, "character": random.randint(0, len(lines[line]) + 1)}
    if random.random() < 0.05:
        place = {"line": random.choice((0, 10**6)), "character": random.choice((0, 10**6))}
    span = {"start": {"line": 0, "character": 0}, "end": place}
    kind = random.choice((*AT_A_PLACE, *OF_A_TEXT, "rename", "codeAction", "noSuchRequest"))
    parameters: Json = {"textDocument": {"uri": URI}}
    if kind in AT_A_PLACE:
        parameters["position"] = place
        if kind in ("references", "completion"):
            parameters["context"] = {"includeDeclaration": True, "triggerKind": 1}
    elif kind == "rename":
        name = random.choice((random.choice(names()), "a", "1", "", "let"))
        parameters |= {"position": place, "newName": name}
    elif kind == "codeAction":
        parameters |= {"range": span, "context": {"diagnostics": []}}
    elif kind == "formatting":
        parameters |= {"options": {"tabSize": 2, "insertSpaces": True}}
    return [f"textDocument/{kind}", parameters]


class Talking(Client):
    """A client of one server, for all inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.notify("initialized")
        self.version = 0

    def answer(self, method: str, parameters: Json) -> Json:
        """The whole answer of a request."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": parameters})
        while (message := self.read()).get("id") != self.last or "method" in message:
            self.keep(message)
            self.published.clear()
        return message

    def tell(self, kind: str, text: str) -> None:
        """Opens a text, or changes it."""
        self.version += 1
        document: Json = {"uri": URI, "version": self.version}
        if kind == "open":
            document |= {"languageId": "adl", "text": text}
            self.notify("textDocument/didOpen", {"textDocument": document})
        else:
            changes = [{"text": text}]
            self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})


@cache
def _client() -> Talking:
    return Talking()


def complaint(text: str) -> str:
    """What is wrong with the answers to some messages."""
    client = _client()
    try:
        for method, parameters in json.loads(text):
            if method in ("open", "change"):
                client.tell(method, parameters)
                continue
            error = client.answer(method, parameters).get("error")
            if error is not None and _is_ours(error):
                return f"{method}: {error['message']}"
    except (AssertionError, BrokenPipeError):
        _client.cache_clear()
        return "the server has ended"
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    return ""


def _is_ours(error: Json) -> bool:
    """Whether an error says that the server is wrong, and not the request."""
    return error.get("code") in (None, -32603) or "Traceback" in str(error)


FUZZ = Fuzz("server", draw, complaint)

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
