"""The tables of the parser and what runs them: as Lark parses; kept tables change nothing but the time."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import programs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, Token, Transformer, Tree, UnexpectedInput, logger
from lark.lark import PostLex

from vlad_py.ground import resources
from vlad_py.ground.source import Source
from vlad_py.syntax import parser as ours
from vlad_py.syntax import tables
from vlad_py.syntax.build import Build, nodes_of
from vlad_py.syntax.newlines import Layout
from vlad_py.syntax.parser import Parser, UnexpectedToken
from vlad_py.syntax.tree import Program

ROOT = Path(__file__).resolve().parent.parent


# ── as Lark parses ───────────────────────────────────────────────────────────────────────────


class Anything:
    """A builder with a method for every name, which makes a plain tree."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *parts: (name, *map(plain, parts))


class Trees(Transformer[Token, Any]):
    """The same for Lark."""

    def __default__(self, data: str, children: list[Any], meta: Any) -> Any:
        if data.startswith("_"):
            return Tree(data, children)  # parts for another rule
        return (str(data), *map(plain, children))


def plain(part: Any) -> Any:
    if isinstance(part, (Token, ours.Token)):
        return (part.type, str(part), part.start_pos, part.end_pos)
    return part


class LarkLayout(PostLex):
    """The layout of ADL for Lark's tokens: it makes ours of them, and Lark's of what comes out."""

    always_accept = Layout.always_accept

    def process(self, stream: Any) -> Any:
        mine = (ours.Token(t.type, str(t), t.start_pos, t.line, t.end_pos) for t in stream)
        for t in Layout().process(mine):
            yield Token(t.type, str(t), t.start_pos, t.line, end_pos=t.end_pos)


LAYOUT = Layout()
LARK = Lark(
    resources.grammar_text(),
    parser="lalr",
    lexer="basic",
    start="program",
    postlex=LarkLayout(),
    transformer=Trees(),
)
OURS = Parser(tables.made(resources.grammar_text(), "program", LAYOUT), LAYOUT, Anything())


def outcome(parse: Callable[[str], Any], text: str) -> Any:
    """The tree, or the token that does not fit and the types of those that would."""
    try:
        return parse(text)
    except UnexpectedToken as error:
        return str(error.token), error.token.type, error.accepted
    except UnexpectedInput as error:
        token: Any = getattr(error, "token", None)
        return str(token), token.type, getattr(error, "accepts", None)


TEXTS = sorted({*programs.PATHS, *ROOT.glob("stdlib/**/*.adl"), *ROOT.glob("examples/*.adl")})
WORDS = (
    "let def fn x => = ( ) [ ] { } , : ; . .. 1 + - * not and if then else loop for in do while with match"
)
WORDS += ' nil _ true "s" ## |> :: == @ \n'


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_files_parse_as_with_lark(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert outcome(OURS.parse, text) == outcome(LARK.parse, text)


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=12).map(" ".join))
def test_any_tokens_parse_as_with_lark(text: str) -> None:
    """Also where they do not fit: the same token is at fault, and the same ones would fit."""
    assert outcome(OURS.parse, text) == outcome(LARK.parse, text)


def test_a_difference_would_be_seen() -> None:
    assert outcome(OURS.parse, "f(x") == outcome(LARK.parse, "f(x") != outcome(LARK.parse, "f[x")
    assert outcome(OURS.parse, "f(x)") != outcome(LARK.parse, "f (y)")


# ── kept tables ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(resources, "cache_folder", lambda: str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def makings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one whenever Lark makes tables."""
    makings: list[str] = []
    made = tables.made

    def counted(grammar: str, start: str, layout: ours.Layout, *, whole: bool = False) -> ours.Tables:
        makings.append(start)
        return made(grammar, start, layout, whole=whole)

    monkeypatch.setattr(tables, "made", counted)
    return makings


def build(grammar: str = "") -> None:
    layout = Layout()
    parser = tables.parser_of(grammar or resources.grammar_text(), "program", layout, Build())
    with nodes_of(Source("test.adl", "f(x)\n{a: 1}")):
        program = parser.parse("f(x)\n{a: 1}")
    assert isinstance(program, Program) and len(program.statements) == 2


def test_the_second_run_reads_what_the_first_kept(folder: Path, makings: list[str]) -> None:
    build()
    assert [path.suffix for path in folder.iterdir()] == [".json"]
    build()
    assert len(makings) == 1


def test_what_is_kept_is_what_was_made(folder: Path) -> None:
    build()
    text = resources.grammar_text()
    twice = tables.parser_of(text, "program", LAYOUT, Anything())
    for path in TEXTS[:20]:
        program = path.read_text(encoding="utf-8")
        assert outcome(twice.parse, program) == outcome(OURS.parse, program)


def test_another_grammar_has_other_tables(folder: Path) -> None:
    build()
    build(resources.grammar_text() + "// more\n")
    assert len(list(folder.iterdir())) == 2


def test_tables_of_another_grammar_are_not_taken(folder: Path, makings: list[str]) -> None:
    """Whatever their name: the file says of which grammar they are."""
    build()
    (path,) = folder.iterdir()
    _, _, text = path.read_text().partition("\n")
    other = json.dumps(json.loads(text) | {"grammar": "program: WORD"})
    path.write_text(f"{tables._checksum(other)}\n{other}")
    build()
    assert len(makings) == 2


@pytest.mark.parametrize("damage", [b"", b"text", b"\xff\xfe", b"e3b0c4\n[]"])
def test_damaged_tables_are_made_anew(folder: Path, damage: bytes, makings: list[str]) -> None:
    build()
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    for bad in (damage, whole[: len(whole) // 2], whole.replace(b"program", b"prograM", 1)):
        kept.write_bytes(bad)
        makings.clear()
        build()
        build()
        assert len(makings) == 1


@pytest.mark.parametrize(
    "forged", [{"terminals": [["WORD", "("]]}, {"rules": [["a", 0, [], 0, "no_method", False]]}]
)
def test_tables_that_make_no_parser_are_made_anew(
    folder: Path, forged: dict[str, object], makings: list[str]
) -> None:
    """Also with the right checksum."""
    build()
    (path,) = folder.iterdir()
    _, _, text = path.read_text().partition("\n")
    other = json.dumps(json.loads(text) | forged)
    path.write_text(f"{tables._checksum(other)}\n{other}")
    build()
    assert len(makings) == 2


def test_a_folder_that_cannot_be_written(folder: Path, makings: list[str]) -> None:
    folder.write_text("a file stands where the folder should")
    build()
    build()
    assert len(makings) == 2


@pytest.mark.parametrize("home", ["relative", ""])
def test_without_a_home_nothing_is_kept(home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setattr("sys.platform", "linux")
    build()
    assert list(tmp_path.iterdir()) == []


def test_with_kept_tables_lark_is_not_loaded(tmp_path: Path) -> None:
    """Nor what else a short program does not need: that is half of its time."""
    text = (
        "import sys\nfrom vlad_py.command.cli import main\n"
        "main(['-e', '1 + 1'])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    for loaded in (True, False):
        done = subprocess.run(
            [sys.executable, "-c", text],
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        shown, modules = done.stdout.splitlines()
        assert shown == "2"
        assert ("lark" in modules.split()) == loaded
    assert {"numpy", "llvmlite", "dataclasses", "inspect", "email"}.isdisjoint(modules.split())


def conflicts(grammar: str, caplog: pytest.LogCaptureFixture) -> int:
    """How many conflicts Lark reports; it would settle them silently."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger.name):
        Lark(grammar, parser="lalr", lexer="basic", start="program", postlex=Layout(), debug=True)
    return sum("conflict" in record.message for record in caplog.records)


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts('program: program "+" program | "1"', caplog) > 0
    assert conflicts(resources.grammar_text(), caplog) == 0
