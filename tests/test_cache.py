"""The kept tables of the parser: they change nothing but the time, and no harm comes from bad ones."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from lark import Lark, logger

from vlad_py.ground import resources
from vlad_py.ground.source import Source
from vlad_py.syntax import cache
from vlad_py.syntax.build import Build, nodes_of
from vlad_py.syntax.newlines import Layout
from vlad_py.syntax.tree import Program


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(resources, "cache_folder", lambda: str(tmp_path / "cache"))
    return tmp_path / "cache"


def check(parser: Lark) -> None:
    with nodes_of(Source("test.adl", "f(x)\n{a: 1}")):
        program = parser.parse("f(x)\n{a: 1}")
    assert isinstance(program, Program) and len(program.statements) == 2


def build() -> Lark:
    parser = cache.parser(resources.grammar_text(), "program", Layout(), Build())
    check(parser)
    return parser


def is_kept(parser: Lark) -> bool:
    return parser.source_path == "<deserialized>"


def test_the_second_run_reads_what_the_first_kept(folder: Path) -> None:
    assert not is_kept(build())
    assert [path.suffix for path in folder.iterdir()] == [".json"]
    assert is_kept(build())


def test_another_grammar_has_other_tables(folder: Path) -> None:
    build()
    check(cache.parser(resources.grammar_text() + "// more\n", "program", Layout(), Build()))
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"text", b"\xff\xfe", b"e3b0c4\n[]"])
def test_damaged_tables_are_built_anew(folder: Path, damage: bytes) -> None:
    build()
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    for bad in (damage, whole[: len(whole) // 2], whole.replace(b"program", b"prograM", 1)):
        kept.write_bytes(bad)
        assert not is_kept(build())
        assert is_kept(build())


def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    folder.write_text("a file stands where the folder should")
    assert not is_kept(build())


@pytest.mark.parametrize("home", ["relative", ""])
def test_without_a_home_nothing_is_kept(home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setattr("sys.platform", "linux")
    build()
    assert list(tmp_path.iterdir()) == []


def conflicts(grammar: str, caplog: pytest.LogCaptureFixture) -> int:
    """How many conflicts Lark reports; it would settle them silently."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger.name):
        Lark(grammar, parser="lalr", lexer="basic", start="program", postlex=Layout(), debug=True)
    return sum("conflict" in record.message for record in caplog.records)


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts('program: program "+" program | "1"', caplog) > 0
    assert conflicts(resources.grammar_text(), caplog) == 0
