"""`vlad test`: what it runs, what it reports, its exit status, the report for tools."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from shell import FAILED, NO_INPUT, OK, USAGE, Result, Vlad, script

from vlad_py.command.test import main
from vlad_py.testing.files import blocks
from vlad_py.testing.promises import differences, read, run

KEPT = "print(1)  #> 1\n"
BROKEN = "print(1)  #> 2\nprint(2)  #> 2\nprint(3)\n"


def test_promises_that_are_kept(vlad: Vlad) -> None:
    assert vlad("test", script(KEPT)) == Result(OK, "1 program as promised\n", "")


def test_promises_that_are_broken(vlad: Vlad) -> None:
    result = vlad("test", script(BROKEN, "a.adl"), script(KEPT, "b.adl"))
    assert result.status == FAILED
    assert result.out.splitlines() == [
        "a.adl:1: expected `2`, got `1`",
        "a.adl: writes `3`, which no `#>` promises",
        "2 programs, 1 failed",
    ]


def test_an_error_is_shown_in_full(vlad: Vlad) -> None:
    result = vlad("test", script("print(1)  #> 1\n1 + true\n", "a.adl"))
    assert result.out.startswith("a.adl:2: fails\nerror: ") and "1 + true" in result.out


def test_the_blocks_of_a_document(vlad: Vlad) -> None:
    item = "- item\n\n  ```adl\n  print(2)  #> 3\n  1 + true  #! nothing\n  ```\n"
    text = f"# A\n\n```adl\nprint(1)  #> 1\n```\n\n{item}"
    result = vlad("test", script(text + "\n```python\nnothing\n```\n", "a.md"))
    lines = result.out.splitlines()
    assert lines[0] == "a.md:10: expected `3`, got `2`"
    assert lines[1] == "a.md:11: expected an error with `nothing`"
    assert any("a.md:11:" in line for line in lines[2:-1])  # the diagnostic tells the line of the document
    assert lines[-1] == "2 programs, 1 failed"


def test_a_folder(vlad: Vlad) -> None:
    Path("sub").mkdir()
    Path(".hidden").mkdir()
    script(KEPT, "sub/a.adl")
    script("let x = 1\n", "sub/module.adl")
    script('import "module.adl"\nprint(module.x)  #> 1\n', "sub/b.adl")
    script(BROKEN, ".hidden/c.adl")
    script("```adl\nlet x = 1\n```\n", "doc.md")
    assert vlad("test", ".").out.endswith("3 programs as promised\n")
    assert vlad("test").out == vlad("test", ".").out


def test_files_that_cannot_be_tested(vlad: Vlad) -> None:
    script(KEPT, "a.adl")
    script("1 + true  #! a\n1 + true  #! b\n", "two.adl")
    script("```adl\nprint(1)\n", "open.md")
    result = vlad("test", "none.adl", "two.adl", "open.md", "a.adl")
    assert (result.status, result.out) == (NO_INPUT, "1 program as promised\n")
    assert result.err.splitlines() == [
        "vlad: none.adl: no such file or directory",
        "vlad: two.adl:2: a program ends at its first error; it has one `#!`",
        "vlad: open.md: line 1: the block has no end",
    ]
    assert vlad("test", "--jsn").status == USAGE


def test_the_report_for_tools(vlad: Vlad) -> None:
    script(BROKEN, "a.adl")
    script('print("\\u{7}")  #> x\n', "b.adl")
    assert vlad("test", "--junit", "out.xml", ".").status == FAILED
    suite = ElementTree.parse("out.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")
    failure = suite[0].find("failure")
    assert failure is not None and failure.get("message") == "a.adl:1: expected `2`, got `1`"


def test_the_lines_that_are_written_in_place_of_promises(vlad: Vlad) -> None:
    result = vlad("test", "--json", script("print(1)  #> 2\nlet x = 1\nprint(0.5)  #~ 0.5\n"))
    assert result.status == FAILED
    (program,) = json.loads(result.out)
    assert program["promises"] == [
        {"line": 1, "promised": "2", "written": "1", "kept": False},
        {"line": 3, "promised": "0.5", "written": "0.5", "kept": True},
    ]
    assert program["differences"] == [{"line": 1, "message": "expected `2`, got `1`"}]
    (program,) = json.loads(vlad("test", "--json", script('1 + "a"\nprint(1)  #> 1\n')).out)
    assert program["promises"] == [{"line": 2, "promised": "1", "written": None, "kept": False}]


def test_a_report_that_cannot_be_written(vlad: Vlad) -> None:
    result = vlad("test", "--junit", "none/out.xml", script(KEPT))
    assert result.status == FAILED and "no such file" in result.err


@pytest.mark.parametrize(
    "text", ["print(1)  #> 1\n" * 3, "print(0.1 + 0.2)  #~ 0.3\n", "1 + true  #! a boolean\n"]
)
def test_each_kind_of_promise(vlad: Vlad, text: str) -> None:
    assert vlad("test", script(text)).status == OK


# ── what is met in folders ───────────────────────────────────────────────────────────────────


def test_a_file_that_cannot_be_read_does_not_end_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.adl").write_bytes(b"\xff\xfe")
    (tmp_path / "b.adl").write_text("print(1)  #> 1\n")
    assert main([str(tmp_path)]) == 66
    said = capsys.readouterr()
    assert f"{tmp_path / 'a.adl'}: is not UTF-8 text" in said.err
    assert said.out == "1 program as promised\n"


def test_nothing_is_as_promised_where_nothing_could_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such.adl"]) == 66
    assert capsys.readouterr().out == ""


def test_a_program_that_runs_for_ever_is_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ever.adl"
    path.write_text("def f(n) = f(n + 1)\nf(0)\n")
    assert main(["--max-steps", "10000", str(path)]) == 1
    assert "more than 10000 steps" in capsys.readouterr().out


def test_a_promise_in_a_string_is_none() -> None:
    program = read('print("a #> b")  #> a #> b\nlet c = "#! d"\nprint(1)  # as above: #> 1\n', "a.adl")
    assert [promise.text for promise in program.written] == ["a #> b", "1"]
    assert program.error is None


def test_a_fence_may_end_with_a_longer_one_and_lines_are_those_of_editors() -> None:
    (block,) = blocks('```adl\nprint("a\u2028b")\n````\n')
    assert block.text == 'print("a\u2028b")\n'
    program = read('print("a\u2028b")  #> a\u2028b\n', "a.adl")
    assert differences(program, run(program)) == []


# ── examples in `##` comments ────────────────────────────────────────────────────────────────

CURVES = """\
## area(r): the area of a circle of radius r.
##   let r = 2
##   curves.area(r) / pi{}
def area(r) = pi * r ^ 2
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CURVES.format(""), "1 program as promised\n"),  # `vlad doc` shows what it writes
        (CURVES.format("") + "print(area(0))  #> 0\n", "2 programs as promised\n"),
        (CURVES.format("  #> 4"), "2 programs as promised\n"),
        (CURVES.format("") + 'print("loaded")\n', "1 program as promised\n"),  # not its example's output
        (CURVES.format("  #> 4") + 'print("loaded")  #> loaded\n', "2 programs as promised\n"),
        (CURVES.format("  #> 4") + "assert(area(0) == 0)\n", "2 programs as promised\n"),
    ],
)
def test_examples_are_the_same_programs_by_file_and_by_folder(vlad: Vlad, text: str, said: str) -> None:
    Path("c").mkdir()
    script(text, "c/curves.adl")
    for path in ("c/curves.adl", "c"):
        assert vlad("test", path) == Result(OK, said, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CURVES.format("").replace("(r) /", '("r") /'), "fails\nerror: "),
        (CURVES.format("  #> 5"), "3: expected `5`, got `4`\n"),
        (CURVES.format("  #> 4\n##   curves.area(0)"), ":2: writes `0`, which no `#>` promises\n"),
        (CURVES.format("") + "1 + true\n", "fails\nerror: "),
    ],
)
def test_an_example_that_fails_does_so_by_file_and_by_folder(vlad: Vlad, text: str, said: str) -> None:
    Path("c").mkdir()
    script(text, "c/curves.adl")
    by_file, by_folder = (vlad("test", path) for path in ("c/curves.adl", "c"))
    assert by_file.status == FAILED and said in by_file.out
    assert by_folder == by_file


@pytest.mark.parametrize("file", ["vectors.adl", "prelude/structures.adl"])
def test_examples_of_the_library_see_what_it_sees(vlad: Vlad, file: str) -> None:
    result = vlad("test", str(Path(__file__).parents[1] / "stdlib" / file))
    assert (result.status, result.err) == (OK, ""), result.out
