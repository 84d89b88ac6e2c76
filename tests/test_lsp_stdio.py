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


# ── every place of a name ────────────────────────────────────────────────────────────────────

TEXT = """\
# A line
# and another.
def twice(x) = {
  let y = 2 * x
  y
}
print(twice(1), twice(
  2
))
let f = fn x => x + twice(x)
"""


def test_references_over_stdio(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "names.adl", TEXT)

    def starts(line: int, character: int, *, declaration: bool = True) -> list[tuple[int, int]]:
        context = {"context": {"includeDeclaration": declaration}}
        found = client.ask("textDocument/references", place(line, character, uri) | context)
        places = [each["range"]["start"] for each in found if each["uri"] == uri]
        return [(start["line"], start["character"]) for start in places]

    assert starts(6, 7) == starts(2, 5) == [(2, 4), (6, 6), (6, 16), (9, 20)]
    assert starts(6, 7, declaration=False) == [(6, 6), (6, 16), (9, 20)]
    assert starts(3, 14) == [(2, 10), (3, 14)]  # the parameter, not that of the other function
    assert starts(6, 2) == [(6, 0)]  # a built-in name, which other texts have too
    found = client.ask("textDocument/documentHighlight", place(3, 14, uri))
    assert [each["range"] for each in found] == [span(2, 10, 2, 11), span(3, 14, 3, 15)]


def test_renaming_over_stdio(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "names.adl", TEXT)
    assert client.ask("textDocument/prepareRename", place(3, 14, uri)) == span(3, 14, 3, 15)
    found = client.ask("textDocument/rename", place(3, 14, uri) | {"newName": "size"})
    edits = [(edit["range"], edit["newText"]) for edit in found["changes"][uri]]
    assert edits == [(span(2, 10, 2, 11), "size"), (span(3, 14, 3, 15), "size")]
    message = client.refused("textDocument/rename", place(9, 11, uri) | {"newName": "twice"})
    assert message == "`twice` means something else here: the program would change"
    message = client.refused("textDocument/prepareRename", place(6, 2, uri))
    assert message.startswith("`print` belongs to the language")


def test_a_folder(client: Client, tmp_path: Path) -> None:
    """Files that are not open are searched and changed too."""
    part = tmp_path / "part.adl"
    part.write_text("## Twice.\ndef twice(x) = 2 * x\n")
    (tmp_path / "other.adl").write_text("def twice(x) = x\n")
    folder = {"uri": tmp_path.as_uri(), "name": "folder"}
    event = {"added": [folder], "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    uri = opened(client, tmp_path / "main.adl", 'import "part.adl"\nprint(part.twice(1))\n')
    found = client.ask("textDocument/rename", place(1, 13, uri) | {"newName": "double"})
    assert {name: [edit["range"] for edit in edits] for name, edits in found["changes"].items()} == {
        uri: [span(1, 11, 1, 16)],
        part.as_uri(): [span(1, 4, 1, 9)],
    }

    def symbols(query: str) -> set[tuple[str, str]]:
        """The definitions in the folder: where each stands, and its name."""
        found = client.ask("workspace/symbol", {"query": query})
        own = [each for each in found if each["location"]["uri"].startswith(folder["uri"])]
        return {(each["containerName"], each["name"]) for each in own}

    assert symbols("TW") == {("other.adl", "twice"), ("part.adl", "twice")}
    part.write_text("def half(x) = x / 2\n")
    assert symbols("hf") == {("part.adl", "half")}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert symbols("hf") == set()


def test_signature_help_over_stdio(client: Client, tmp_path: Path) -> None:
    text = "def newton(f, x, tolerance) = x\nnewton(sin, (1, 2)[0], \n"
    uri = opened(client, tmp_path / "calls.adl", text)
    found = client.ask("textDocument/signatureHelp", place(1, 23, uri))
    (shown,) = found["signatures"]
    assert shown["label"] == "newton(f, x, tolerance)"
    labels = [shown["label"][start:end] for start, end in (each["label"] for each in shown["parameters"])]
    assert labels == ["f", "x", "tolerance"]
    assert found["activeParameter"] == 2
    assert client.ask("textDocument/signatureHelp", place(0, 2, uri)) is None


def test_folding_over_stdio(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "names.adl", TEXT)
    found = client.ask("textDocument/foldingRange", {"textDocument": {"uri": uri}})
    shown = [(each["startLine"], each["endLine"], each.get("kind")) for each in found]
    assert shown == [(0, 1, "comment"), (2, 4, None), (6, 7, None)]


def test_actions_over_stdio(client: Client, tmp_path: Path) -> None:
    uri = opened(client, tmp_path / "main.adl", "print(1)\nprint(lenght(nil), 2 % 3)\nprint(2 ** 3)\n")

    def actions(line: int, character: int) -> list[Json]:
        about = {"textDocument": {"uri": uri}, "context": {"diagnostics": []}}
        here = {"line": line, "character": character}
        found: list[Json] = client.ask(
            "textDocument/codeAction", about | {"range": {"start": here, "end": here}}
        )
        return found

    assert client.diagnostics(uri)
    assert actions(0, 0) == []
    (power,) = actions(2, 8)
    assert power["title"] == "Replace `**` by `^`"
    assert power["kind"] == "quickfix"
    assert power["edit"]["changes"] == {uri: [{"range": span(2, 8, 2, 10), "newText": "^"}]}
    assert power["diagnostics"][0]["message"].startswith("`**` is not an operator")
