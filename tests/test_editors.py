"""Highlighting: the table of tokens has what the grammar has; what comes of it sees what the parser sees."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pygments.lexers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, Token
from lark.lark import PostLex

from vlad_py.editors import tokens, vscode
from vlad_py.editors.highlight import VladLexer
from vlad_py.ground import resources
from vlad_py.syntax.newlines import Layout

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "editors" / "vscode"
TEXTS = sorted(path for path in ROOT.glob("*/**/*.adl") if "build" not in path.parts)

# characters and words of the language, and of others
PIECES = [
    *tokens.words(),
    *"abx_'059.,:;=<>!+-*/@^|&%()[]{}#\"\\ \n\té?",
    "sin",
    "pi",
    "1e3",
    "\\n",
    "##",
    "::",
]

Piece = tuple[int, int, str]  # start, end, the class as Pygments calls it


class Plain(PostLex):
    """No layout: the terminals as they stand in the text."""

    always_accept = Layout.always_accept

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


LARK = Lark(resources.grammar_text(), parser=None, lexer="basic", start="program", postlex=Plain())

# what a name may be shown as; the parts of a string
FINER = {kind.pygments: "Name" for kind in tokens.NAMES}
FINER[tokens.ESCAPED.pygments] = tokens.STRING.pygments


def by_grammar(text: str) -> list[Piece]:
    """The tokens of the grammar, spaces and comments among them."""
    return [
        (token.start_pos or 0, token.end_pos or 0, tokens.class_of(token.type).pygments)
        for token in LARK.lex(text, dont_ignore=True)
    ]


def class_name(kind: object) -> str:
    """The name of one of Pygments' types as the table writes it."""
    return str(kind).removeprefix("Token.").removeprefix("Literal.")


def by_pygments(text: str) -> list[Piece]:
    """The tokens of the Pygments lexer, in the classes of the grammar, strings in one piece."""
    found: list[Piece] = []
    for start, kind, value in VladLexer().get_tokens_unprocessed(text):
        name = FINER.get(class_name(kind), class_name(kind))
        end = start + len(value)
        continues = value == '"' or not value.startswith('"')  # a quote alone comes after an escape
        if name == tokens.STRING.pygments and found and found[-1][2] == name and continues:
            found[-1] = (found[-1][0], end, name)
        else:
            found.append((start, end, name))
    return found


def scopes(text: str) -> list[str]:
    """The scope of every character by the TextMate grammar, "" where it has none."""
    patterns = [(re.compile(p["match"]), p) for p in vscode.grammar()["patterns"]]
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        shown = [""] * len(line)
        at = 0
        while at < len(line):
            matches = [(m, p) for r, p in patterns if (m := r.search(line, at))]
            if not matches:
                break
            match, pattern = min(matches, key=lambda pair: pair[0].start())
            paint(shown, match, pattern)
            at = match.end()
        found += shown
    return found


def paint(shown: list[str], match: re.Match[str], pattern: dict[str, Any]) -> None:
    for i in range(*match.span()):
        shown[i] = pattern.get("name", "")
    for group, capture in pattern.get("captures", {}).items():
        start, end = match.span(int(group))
        for i in range(start, end):
            shown[i] = capture.get("name", shown[i])
        for inner in capture.get("patterns", ()):
            for escape in re.compile(inner["match"]).finditer(match.string, start, end):
                paint(shown, escape, inner)


# ── the table and the grammar ────────────────────────────────────────────────────────────────


def unclassed(terminals: set[str], classes: tuple[tokens.Class, ...]) -> set[str]:
    """The terminals that have no class or several, and those of the table that the grammar does not have."""
    named = [name for kind in classes for name in kind.terminals.split()]
    return terminals.symmetric_difference(named) | {name for name in named if named.count(name) > 1}


def test_every_terminal_has_one_class() -> None:
    defined = set(re.findall(r"^(\w+)(?:\.-?\d+)?: *[\"/]", resources.grammar_text(), re.MULTILINE))
    assert {t.name for t in tokens.terminals()} == defined
    assert unclassed(defined, tokens.CLASSES) == set()


def test_a_terminal_without_class_is_seen() -> None:
    terminals = {t.name for t in tokens.terminals()}
    assert unclassed(terminals | {"UNLESS"}, tokens.CLASSES) == {"UNLESS"}
    assert unclassed(terminals - {"COLON"}, tokens.CLASSES) == {"COLON"}
    assert unclassed(terminals, (*tokens.CLASSES, tokens.NUMBER)) == {"NUMBER"}


def test_keywords() -> None:
    assert set(tokens.words()) >= set("def let import fn if match loop and or not true nil _".split())
    assert tokens.words()["then"] is tokens.CONTROL


# ── the lexers agree ─────────────────────────────────────────────────────────────────────────


def test_pygments_sees_what_the_parser_sees() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in TEXTS}
    assert [path for path, text in texts.items() if by_pygments(text) != by_grammar(text)] == []


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_has_the_tokens_of_the_grammar(text: str) -> None:
    assert by_pygments(text) == by_grammar(text)


def differing(text: str) -> list[str]:
    """The tokens that the TextMate grammar shows as another class than Pygments does."""
    kinds = (*tokens.CLASSES, *tokens.NAMES, tokens.ESCAPED)
    expected = {kind.pygments: f"{kind.textmate}.adl" if kind.textmate else "" for kind in kinds}
    shown = scopes(text)
    return [
        value
        for start, kind, value in VladLexer().get_tokens_unprocessed(text)
        if not set(shown[start : start + len(value)]) <= {expected[class_name(kind)]}
    ]


def test_textmate_shows_what_pygments_shows() -> None:
    assert {path: found for path in TEXTS if (found := differing(path.read_text(encoding="utf-8")))} == {}


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_pygments("let x = 1") != by_grammar("let y' = 1")
    monkeypatch.setattr(vscode, "rules", lambda: tokens.rules()[1:])
    assert differing("def f(x) = x") == ["f"]


def test_there_are_texts() -> None:
    assert len(TEXTS) > 300


def test_what_names_are() -> None:
    text = 'import a def f(x) = sin(x.y) + "\\n" ## d'
    shown = {value: str(kind) for _, kind, value in VladLexer().get_tokens_unprocessed(text)}
    assert shown["a"] == "Token.Name.Namespace"
    assert shown["f"] == "Token.Name.Function"
    assert shown["sin"] == "Token.Name.Builtin"
    assert shown["y"] == "Token.Name.Attribute"
    assert shown["\\n"] == "Token.Literal.String.Escape"
    assert shown["## d"] == "Token.Literal.String.Doc"


# ── what is generated ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", vscode.files())
def test_the_extension_is_what_the_table_makes(name: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--accept"):
        (EXTENSION / name).write_text(vscode.files()[name], encoding="utf-8")
    assert (EXTENSION / name).read_text(encoding="utf-8") == vscode.files()[name]


def test_the_script_writes_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["vscode", str(tmp_path)])
    assert vscode.main() == 0
    made = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.json")]
    assert sorted(made) == sorted(vscode.files())


def test_what_the_manifest_names_is_there() -> None:
    package = json.loads(vscode.files()["package.json"])
    contributed = package["contributes"]
    assert package["main"] == "./dist/extension.js"  # made of extension.js: see test_extension.py
    named = [
        "extension.js",
        package["icon"],
        contributed["languages"][0]["configuration"],
        contributed["grammars"][0]["path"],
    ]
    assert all((EXTENSION / name).is_file() for name in named)


@pytest.mark.parametrize("group", ["pygments.lexers", "scripts"])
def test_entry_points_lead_somewhere(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for target in (project["scripts"] if group == "scripts" else project["entry-points"][group]).values():
        module, _, name = target.partition(":")
        assert callable(getattr(import_module(module), name))


def test_pygments_takes_our_lexer_for_our_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pygments has a lexer for another language called ADL."""
    where = pygments.lexers.get_lexer_by_name.__globals__  # the module that can be imported is a copy
    monkeypatch.setitem(where, "find_plugin_lexers", lambda: iter((VladLexer,)))
    assert type(pygments.lexers.get_lexer_for_filename("a.adl")) is VladLexer
    assert type(pygments.lexers.get_lexer_for_filename("a.adl", "let x = 1\n")) is VladLexer
    assert type(pygments.lexers.get_lexer_by_name("vlad")) is VladLexer
