"""Pages of functions, `vlad doc`, and the projects that `vlad new` makes: examples in comments run."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import FAILED, NO_INPUT, OK, USAGE, Result, Vlad, script

from vlad_py.ground.source import Source
from vlad_py.reference import page
from vlad_py.session import catalogue
from vlad_py.syntax.parse import parse
from vlad_py.testing.examples import lines_of

LIBRARY_FILES = Path(__file__).parents[1] / "stdlib"
LIBRARY = """\
# curves.adl: areas under curves.

## area(r): the area of a circle
## of radius r, pi * r^2 in `a * b`.
##
## More words.
##   let r = 2
##   curves.area(r) / pi, r
##   curves.area("a")  #! a real
def area(r) = pi * r ^ 2

## The length of a side.
let side = sqrt(2)
##   curves.side
let diagonal = 2

# hidden
def hidden(x) = x
"""
PAGE = """\
# `curves.adl`

Areas under curves.

## `area(r)`

The area of a circle of radius r, pi \\* r^2 in `a * b`.

More words.

```adl
import "curves.adl"
let r = 2
print(curves.area(r) / pi, r)  #> 4 2
print(curves.area("a"))  #! a real
```

## `side`

The length of a side.
"""


# ── examples ─────────────────────────────────────────────────────────────────────────────────


def test_an_example_is_the_indented_lines() -> None:
    entry = catalogue.defined(parse(Source("a.adl", LIBRARY)))["area"]
    assert entry.doc.startswith("area(r): the area") and entry.doc.endswith("More words.")
    assert entry.example.splitlines()[0] == "let r = 2"
    assert catalogue.definition_text(entry).splitlines()[4] == "##   let r = 2"


def test_lines_of_an_example_are_statements_or_shown() -> None:
    text = 'let x = 1\nx, 2  #> 1 2\nprint(x)\nassert(true, "a")\ndef f(x) = {\n  x\n}\nf(1)'
    shown = [code for code, _ in lines_of(text)]
    assert shown[:4] == ["let x = 1", "print(x, 2)", "print(x)", 'assert(true, "a")']
    assert shown[4] == "def f(x) = {" and shown[-1] == "print(f(1))"
    assert [promise for _, promise in lines_of(text)][1] == "#> 1 2"


def everything() -> dict[str, catalogue.Entry]:
    """The public names of the language and of its library."""
    modules = catalogue.libraries().items()
    inside = {f"{file}.{name}": entry for file, module in modules for name, entry in module.members.items()}
    return {**catalogue.built_in(), **catalogue.public(catalogue.prelude()), **inside}


def test_every_function_has_an_example() -> None:
    assert [name for name, entry in everything().items() if not entry.example] == []


def test_examples_mention_their_function() -> None:
    entries = {name: entry for name, entry in everything().items() if name.replace(".", "_").isidentifier()}
    assert [name for name, entry in entries.items() if name.rpartition(".")[2] not in entry.example] == []


# ── pages ────────────────────────────────────────────────────────────────────────────────────


def test_a_page(vlad: Vlad) -> None:
    script(LIBRARY, "curves.adl")
    assert vlad("doc", "curves.adl") == Result(OK, PAGE, "")


def test_reals_have_the_digits_that_count(vlad: Vlad) -> None:
    script("## third(): a third.\n##   a.third()\ndef third() = 1 / 3\n", "a.adl")
    assert "print(a.third())  #~ 0.3333333333333\n" in vlad("doc", "a.adl").out


def test_an_example_that_fails_is_an_error(vlad: Vlad) -> None:
    script("## f(x): x.\n##   a.f(1 + true)\ndef f(x) = x\n", "a.adl")
    result = vlad("doc", "a.adl")
    assert result.status == FAILED and "expects a real" in result.err and result.out == ""
    assert "--> a.adl:2:" in result.err


@pytest.mark.parametrize("path", sorted(LIBRARY_FILES.rglob("*.adl")), ids=lambda path: path.stem)
def test_files_of_the_library_are_documented_by_their_paths(path: Path) -> None:
    """They see names that no program sees, so their examples import them as programs do."""
    text = path.read_text(encoding="utf-8")
    made = page.page(str(path), text)
    assert "```adl" in made
    assert f'"{path.name}"' not in made


def test_a_folder_becomes_one_document(vlad: Vlad) -> None:
    script(LIBRARY, "curves.adl")
    script("print(1)\n", "main.adl")
    assert vlad("doc", ".", "-o", "all.md").status == OK
    assert Path("all.md").read_text(encoding="utf-8") == PAGE


def test_a_page_in_html(vlad: Vlad) -> None:
    pytest.importorskip("markdown_it", reason="HTML needs the extra html: pip install '.[html]'")
    script(LIBRARY, "curves.adl")
    assert vlad("doc", "curves.adl", "-o", "curves.html").status == OK
    text = Path("curves.html").read_text(encoding="utf-8")
    assert "<h2><code>area(r)</code></h2>" in text and '<span class="kd">let</span>' in text
    assert "//" not in text.replace("<!doctype", "")  # it loads nothing


def test_what_cannot_be_documented(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    script("print(1)\n", "a.adl")
    assert vlad("doc", "a.adl").err == "vlad doc: no definition has a `##` comment above it\n"
    assert vlad("doc", "none.adl").status == NO_INPUT
    assert vlad("doc", "a.adl", "-o", "a.pdf").status == USAGE
    script(LIBRARY, "curves.adl")
    assert vlad("doc", "curves.adl", "-o", "none/a.md").status == FAILED
    monkeypatch.setattr("vlad_py.command.doc._has_html", lambda: False)
    assert "'.[html]'" in vlad("doc", "curves.adl", "-o", "a.html").err


def test_examples_are_tests(vlad: Vlad) -> None:
    """`vlad test` runs an example, and its complaints tell the line of the file."""
    script("## f(x): x.\n##   let y = 2\n##   a.f(y)  #> 3\ndef f(x) = x\n", "a.adl")
    assert vlad("test", "a.adl").out == "a.adl:3: expected `3`, got `2`\n2 programs, 1 failed\n"


def test_a_long_line_has_its_value_below() -> None:
    text = f"## f(x): x.\n##   a.f({'1 + ' * 25}1)\ndef f(x) = x\n"
    entry = catalogue.defined(parse(Source("a.adl", text)))["f"]
    shown = page.example(catalogue.Entry("f", "", "f(x)", "", example=entry.example.replace("a.f", "abs")))
    assert shown.splitlines()[2] == "#> 26"


# ── a new project ────────────────────────────────────────────────────────────────────────────


def test_a_new_project_runs_is_tested_and_in_style(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    assert vlad("new", "spring").status == OK
    monkeypatch.chdir("spring")
    readme = Path("README.md").read_text(encoding="utf-8")
    assert f"$ vlad main.adl\n{vlad('main.adl').out}```" in readme
    assert vlad("test", ".") == Result(OK, "4 programs as promised\n", "")
    assert vlad("fmt", "--check", ".").status == OK
    assert vlad("--check", "main.adl") == Result(OK, "", "")
    assert vlad("trace", "spring.adl", "--call", "loss([0, 1], [1, 3])({slope: 2, height: 0})").status == OK
    assert vlad("doc", "spring.adl").status == OK


def test_names_that_no_project_can_have(vlad: Vlad) -> None:
    for name in ("3a", "a-b", "sin", "let", "optimize", "main", ""):
        assert vlad("new", name).status == USAGE
    assert vlad("new", "if").err == "vlad new: `if` is a keyword: choose another name\n"
    Path("old").mkdir()
    assert vlad("new", "old") == Result(FAILED, "", "vlad: old: file exists\n")
