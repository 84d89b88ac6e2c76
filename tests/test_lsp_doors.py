"""The language server opens no door: odd addresses, what is not a file, files of other places, huge texts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lsp_client import Client, Json
from test_lsp_stdio import client, opened, place  # noqa: F401  # `client` is a fixture

AT_A_PLACE = ["hover", "definition", "references", "completion", "signatureHelp", "documentHighlight"]
OF_A_TEXT = ["documentSymbol", "foldingRange", "formatting", "semanticTokens/full"]
SECRET = "the_secret"


def everything(client: Client, uri: str, line: int, character: int) -> str:  # noqa: F811
    """What the server says about a place, in all its answers."""
    said = []
    for kind in AT_A_PLACE:
        has_context = kind in ("references", "completion")
        context: Json = {"context": {"includeDeclaration": True, "triggerKind": 1}} if has_context else {}
        said.append(client.ask(f"textDocument/{kind}", place(line, character, uri) | context))
    for kind in OF_A_TEXT:
        options = {"options": {"tabSize": 2, "insertSpaces": True}}
        said.append(client.ask(f"textDocument/{kind}", {"textDocument": {"uri": uri}} | options))
    return repr(said)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd", "file:///proc/self/environ", "file:///dev/zero", "file:///dev/stdin", "file:///",
        "file:", "file:relative.adl", "file://host/share/a.adl", "untitled:Untitled-1", "http://127.0.0.1:1",
        "data:text/plain,let%20x=1", "vscode-notebook-cell:/a.ipynb#1", "file:///%00.adl", "file:///a%0Ab.adl",
        "file:///" + "a" * 5000, "file:///../../../etc/passwd", "file:///etc/passwd%00.adl",
        "git:/a?ref=HEAD",
    ],
)  # fmt: skip
def test_an_odd_address_is_a_text_like_others(client: Client, uri: str) -> None:  # noqa: F811
    """Before it is open, and while it is: every request is answered, and no file beside it comes out."""
    everything(client, uri, 0, 0)
    text = 'import "passwd" as p\nimport "a.adl" as m\nlet x = p.root'
    document = {"uri": uri, "languageId": "adl", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    assert "/bin/" not in everything(client, uri, 2, 11)
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes pipes and links")
def test_what_is_in_a_folder_is_read_if_it_is_a_plain_file(client: Client, tmp_path: Path) -> None:  # noqa: F811
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.adl").write_text(f"def {SECRET}(x) = x\n")
    (folder / "own.adl").write_text("def own(x) = x\n")
    (folder / "link.adl").symlink_to("../secret.adl")
    (folder / "zero.adl").symlink_to("/dev/zero")
    (folder / "folder.adl").symlink_to("..")
    os.mkfifo(folder / "pipe.adl")
    (folder / "huge.adl").write_bytes(b"")
    os.truncate(folder / "huge.adl", 1 << 40)
    added = {"uri": folder.as_uri(), "name": "folder"}
    event = {"added": [added], "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    text = f'import "own.adl" as m\nimport "pipe.adl" as p\nimport "../secret.adl" as s\nm.own(s.{SECRET})\n'
    uri = opened(client, folder / "main.adl", text)
    found = client.ask("workspace/symbol", {"query": ""})
    assert {each["name"] for each in found if each["location"]["uri"].startswith(tmp_path.as_uri())} == {
        "own"
    }
    assert client.ask("textDocument/hover", place(3, 3, uri)) is not None
    assert client.ask("textDocument/hover", place(3, 10, uri)) is None
    for name in ("pipe", "huge", "zero", "link"):
        assert SECRET not in everything(client, (folder / f"{name}.adl").as_uri(), 0, 5)
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [added]}})


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_renaming_stays_in_the_folder(client: Client, tmp_path: Path) -> None:  # noqa: F811
    folder = tmp_path / "folder"
    folder.mkdir()
    outside = tmp_path / "outside.adl"
    outside.write_text('import "folder/part.adl"\nprint(part.twice(1))\n')
    (folder / "outside.adl").symlink_to("../outside.adl")
    (folder / "part.adl").write_text("def twice(x) = 2 * x\n")
    added = {"uri": folder.as_uri(), "name": "folder"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [added], "removed": []}})
    uri = opened(client, folder / "main.adl", 'import "part.adl"\nprint(part.twice(1))\n')
    found = client.ask("textDocument/rename", place(1, 13, uri) | {"newName": "double"})
    assert set(found["changes"]) == {uri, (folder / "part.adl").as_uri()}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [added]}})


def test_a_huge_text_is_answered(client: Client, tmp_path: Path) -> None:  # noqa: F811
    text = "".join(f"let x{i} = {i} * 2\n" for i in range(5000))
    uri = opened(client, tmp_path / "long.adl", text)
    assert client.diagnostics(uri) == []
    assert "x4999" in everything(client, uri, 4999, 5)
