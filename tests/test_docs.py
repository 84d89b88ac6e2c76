"""What the documents say is so: their programs run, their links lead somewhere, their tree is the tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import documents
import function_reference
import pytest

from vlad_py.ground import resources
from vlad_py.ground.source import Source
from vlad_py.syntax.parse import parse
from vlad_py.syntax.tree import Def, Let
from vlad_py.testing.files import Block

ROOT = documents.ROOT
REFERENCE = ROOT / "docs" / "functions.md"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def all_blocks() -> Iterator[object]:
    for path in documents.PATHS:
        for block in documents.blocks(read(path)):
            yield pytest.param(block, id=f"{name_of(path)}:{block.line}")


# ── the documents ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("block", list(all_blocks()))
def test_block(block: Block, tmp_path: Path) -> None:
    assert block.language in ("adl", "console", "ipython", "python", "sh", "text")
    assert documents.complaints(block, tmp_path) == []


@pytest.mark.parametrize("path", documents.PATHS, ids=name_of)
def test_links_lead_to_files(path: Path) -> None:
    assert documents.broken_links(path, read(path)) == []


@pytest.mark.parametrize("path", documents.PATHS, ids=name_of)
def test_lines_are_short(path: Path) -> None:
    long = [line for line in read(path).splitlines() if len(line) > documents.LONGEST_LINE]
    assert long == []


def test_the_tree_is_the_tree() -> None:
    text = read(ROOT / "CONTRIBUTING.md").partition("\n## The tree\n")[2]
    assert documents.tree_complaints(documents.tree(documents.blocks(text)[0]), ROOT) == []


def test_there_are_many() -> None:
    languages = [b.language for path in documents.PATHS for b in documents.blocks(read(path))]
    assert languages.count("adl") > 20
    assert languages.count("console") >= 5


# ── pictures are made, not drawn ─────────────────────────────────────────────────────────────

PICTURES = {
    name: command for path in documents.PATHS for name, command in documents.pictures(read(path)).items()
}


def test_every_picture_has_a_command() -> None:
    assert {name_of(path) for path in (ROOT / "docs").glob("**/*.svg")} == set(PICTURES) != set()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_up_to_date(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = documents.picture(PICTURES[name], tmp_path)
    if request.config.getoption("--accept"):
        (ROOT / name).write_text(made, encoding="utf-8")
    assert read(ROOT / name) == made


# ── the README ───────────────────────────────────────────────────────────────────────────────


def test_the_readme_has_two_commands_for_setting_up_and_testing() -> None:
    """And `.ci/run` takes them from there."""
    [block] = [b for b in documents.blocks(read(ROOT / "README.md")) if b.language == "sh"]
    setup, tests = block.text.splitlines()
    assert setup.startswith("python3 -m venv") and setup.endswith("vlad examples/newton.adl")
    assert tests.startswith("pip install '.[test]'") and tests.endswith("pytest -n auto")


def test_the_readme_is_short() -> None:
    assert len(read(ROOT / "README.md").split()) <= 1300


# ── the reference of functions is made, not written ──────────────────────────────────────────


def test_the_reference_of_functions_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--accept"):
        REFERENCE.write_text(function_reference.text(), encoding="utf-8")
    assert read(REFERENCE) == function_reference.text()


def test_every_function_of_the_library_is_documented() -> None:
    for file in (*resources.prelude_names(), *resources.library_names()):
        text = resources.library_text(file)
        for statement in parse(Source(file, text)).statements:
            above = text[: statement.span.start].rstrip("\n").rpartition("\n")[2]
            if isinstance(statement, (Def, Let)) and not statement.doc:
                assert above.startswith("# "), statement.span.text
                private = isinstance(statement, Def) and statement.name.startswith("_")
                assert private or file in resources.library_names(), "of the prelude programs see the rest"


# ── the checks themselves: each of these says something that is not so ───────────────────────

WRONG = [
    ("adl", "print(1 + 1)  #> 3\n", "line 1: expected `3`, got `2`"),
    ("adl", "print(1)  #> 1\nprint(2)\n", "line 0: writes `2`, which no `#>` promises"),
    ("adl", "print(1)  #> 1\n1 + true\n", "line 2: fails\nerror: `+` expects a real"),
    ("adl", "print(1)  #> 1\n# then  #> 2\n", "line 2: expected `2`, but nothing more is written"),
    ("adl", "print(1  #> 1\n", "line 1: fails\nsyntax error: "),
    ("console", "$ vlad -e '1 + 1'\n3\n", "`vlad -e '1 + 1'` writes\n2\n"),
    ("console", "$ vlad -e '1 + 1'\n", "`vlad -e '1 + 1'` writes\n2\n"),
    ("console", "$ vlad no.adl\n", "`vlad no.adl` writes\nvlad: no.adl: no such file"),
    ("console", "$ echo 'print(1)' | vlad -\n2\n", "`echo 'print(1)' | vlad -` writes\n1\n"),
    ("console", "$ cat examples/newton.adl\nprint(1)\n", "newton.adl has another text"),
    ("console", "$ rm file\n", "`rm file` writes\n(only `vlad`"),
    ("console", "$ python no.py\n1\n", "`python no.py` writes\n"),
    ("console", "vlad -e 1\n", "a console block begins with a command"),
    ("console", "vlad> 1 + 1\n3\n", "the session goes\nvlad> 1 + 1\n2\n"),
    ("python", "assert 1 == 2\n", "Traceback"),
    ("ipython", "In [1]: 1 + 1\nOut[1]: 3\n", "`1 + 1` writes\nOut[1]: 2\n"),
    ("ipython", "In [1]: print(1)\n   ...: 2\n1\n", "`print(1)\n2` writes\n1\nOut[1]: 2\n"),
    ("ipython", "1 + 1\n", "a session begins with a prompt"),
]


@pytest.mark.parametrize(("language", "text", "beginning"), WRONG)
def test_a_wrong_block_is_seen(language: str, text: str, beginning: str, tmp_path: Path) -> None:
    assert documents.complaints(Block(language, text, 1), tmp_path)[0].startswith(beginning)


@pytest.mark.parametrize("text", ["```\nno language\n```\n", "```adl\nprint(1)  #> 1\n"])
def test_a_block_without_language_or_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a block has a language|the block has no end"):
        documents.blocks(text)


def test_a_program_that_promises_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected some"):
        documents.complaints(Block("adl", "print(1)\n", 1), tmp_path)


def test_right_blocks_are_silent(tmp_path: Path) -> None:
    text = "$ cat two.adl\nprint(2)\n$ vlad two.adl\n2\n$ echo 'print(1)' | vlad -\n1\n"
    text += "$ python -c 'print(3)'\n3\n"
    assert documents.complaints(Block("console", text, 1), tmp_path) == []


def test_a_broken_link_is_seen() -> None:
    text = "# A b\n[a](README.md) [b](no.md) [c](#a-b) [d](#c) [e](https://example.org) `[f](no.md)`\n"
    assert documents.broken_links(ROOT / "README.md", text) == ["no.md", "#c"]
    assert documents.broken_links(ROOT / "README.md", '<img src="docs/no.svg" alt="">\n') == ["docs/no.svg"]


def test_a_picture_that_cannot_be_made_is_seen(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no\.adl: no such file"):
        documents.picture("vlad graph no.adl --call 'f(2)' -o docs/no.svg", tmp_path)


def test_a_wrong_tree_is_seen(tmp_path: Path) -> None:
    for folder in ("a", "a/b", "c"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a" / "x.py").touch()
    right = Block("text", "a/  one\n  b/  two\n  x.py  three\nc/  four\n", 1)
    assert documents.tree_complaints(documents.tree(right), tmp_path) == []
    wrong = Block("text", "a/  one\n  b/  two\n  y.py  three\n", 1)
    complaints = documents.tree_complaints(documents.tree(wrong), tmp_path)
    assert sorted(complaints) == ["c/ is left out", "there is no a/y.py"]
