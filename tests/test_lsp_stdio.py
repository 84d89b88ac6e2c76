"""The language server as editors meet it: a whole conversation over stdio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lsp_client import Client, Json


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    client = Client()
    capabilities = client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert capabilities["capabilities"]["hoverProvider"]
    client.notify("initialized")
    yield client
    assert client.ask("shutdown") is None
    client.notify("exit")
    assert client.process.wait() == 0


def place(line: int, character: int, uri: str) -> Json:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def span(start_line: int, start: int, end_line: int, end: int) -> Json:
    return {
        "start": {"line": start_line, "character": start},
        "end": {"line": end_line, "character": end},
    }


def opened(client: Client, path: Path, text: str) -> str:
    uri = path.as_uri()
    document = {"uri": uri, "languageId": "adl", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    return uri


def test_mistakes_as_one_types(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "main.adl", 'let é𝕏 = "𝕏"; lenght(nil)\n')
    (found,) = client.diagnostics(uri)
    assert found["range"] == span(0, 16, 0, 22)  # in units of UTF-16, in which 𝕏 has two
    assert found["message"] == "unknown name `lenght`\nhint: did you mean `length`?"
    assert (found["severity"], found["source"]) == (1, "vlad")
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "length(nil)\n"}]}
    client.notify("textDocument/didChange", change)
    assert client.diagnostics(uri) == []
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.diagnostics(uri) == []


def test_only_the_last_of_quick_changes_is_checked(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "main.adl", "nope\n")
    assert [found["message"] for found in client.diagnostics(uri)] == ["unknown name `nope`"]
    for version, name in enumerate(("wrong", "mistaken", "amiss"), 2):
        document = {"uri": uri, "version": version}
        changes = [{"text": f"{name}\n"}]
        client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
    (found,) = client.diagnostics(uri)
    assert found["message"] == "unknown name `amiss`"
    assert client.ask("textDocument/hover", place(0, 1, uri)) is None
    assert all(message["uri"] != uri for message in client.published)


def test_the_mistakes_of_a_closed_file_stay_closed(client: Client, tmp_path: Path) -> None:
    closed = opened(client, tmp_path / "closed.adl", "nope\n")
    other = opened(client, tmp_path / "other.adl", "nope\n")
    assert client.diagnostics(closed)
    assert client.diagnostics(other)
    change = {"textDocument": {"uri": closed, "version": 2}, "contentChanges": [{"text": "no\n"}]}
    client.notify("textDocument/didChange", change)
    client.notify("textDocument/didClose", {"textDocument": {"uri": closed}})
    assert client.diagnostics(closed) == []
    client.ask("textDocument/documentSymbol", {"textDocument": {"uri": closed}})
    client.notify("textDocument/didSave", {"textDocument": {"uri": other}})
    assert client.diagnostics(other)
    assert all(message["uri"] != closed for message in client.published)


def test_an_error_elsewhere_is_related(client: Client, tmp_path: Path) -> None:
    part = tmp_path / "part.adl"
    part.write_text("let x = y\n")
    uri = opened(client, tmp_path / "main.adl", 'import "part.adl"\nprint(part.x)\n')
    (found,) = client.diagnostics(uri)
    assert found["range"] == span(0, 0, 0, 17)
    (related,) = found["relatedInformation"]
    assert related["location"] == {"uri": part.as_uri(), "range": span(0, 8, 0, 9)}
    part.write_text("let x = 1\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": part.as_uri()}})
    assert client.diagnostics(uri) == []


def test_names_over_stdio(client: Client, tmp_path: Path) -> None:
    text = "import optimize\n## Twice 𝕏.\ndef twice(x) = 2 * x\nprint(twice(optimize.minimize))\n"
    uri = opened(client, tmp_path / "names.adl", text)
    assert client.diagnostics(uri) == []
    hover = client.ask("textDocument/hover", place(3, 8, uri))
    assert hover["contents"]["value"] == "```adl\ntwice(x)\n```\n\nTwice 𝕏."
    assert hover["range"] == span(3, 6, 3, 11)
    assert client.ask("textDocument/hover", place(2, 13, uri)) is None
    definition = client.ask("textDocument/definition", place(3, 8, uri))
    assert definition == {"uri": uri, "range": span(2, 4, 2, 9)}
    library = client.ask("textDocument/definition", place(3, 25, uri))
    # the server's own library: where it is installed, not always that of the tests
    assert library["uri"].endswith("/stdlib/optimize.adl")
    module = client.ask("textDocument/definition", place(0, 9, uri))
    assert module == {"uri": library["uri"], "range": span(0, 0, 0, 0)}
    assert client.ask("textDocument/definition", place(3, 1, uri)) is None  # `print` is built in
    items = client.ask("textDocument/completion", place(3, 21, uri))
    assert "minimize" in [item["label"] for item in items]
    (symbol,) = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert (symbol["name"], symbol["selectionRange"]) == ("twice", span(2, 4, 2, 9))


def test_highlighting_over_stdio(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "colours.adl", 'def f(x) = sin(x)\n"𝕏" # 1\n')
    assert client.diagnostics(uri) == []
    data = client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})["data"]
    relative = [data[i : i + 3] for i in range(0, len(data), 5)]
    assert relative == [[0, 0, 3], [0, 4, 1], [0, 5, 1], [0, 2, 3], [1, 0, 4], [0, 5, 3]]


def test_formatting_over_stdio(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "a.adl", "let x=1\nprint( x )\n")
    ask = {"textDocument": {"uri": uri}, "options": {"tabSize": 8, "insertSpaces": False}}
    (edit,) = client.ask("textDocument/formatting", ask)
    assert edit["newText"] == "let x = 1\nprint(x)\n"
    assert edit["range"] == span(0, 0, 2, 0)
    uri = opened(client, tmp_path / "b.adl", "print( x\n")
    assert client.ask("textDocument/formatting", {**ask, "textDocument": {"uri": uri}}) == []
