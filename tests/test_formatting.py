"""The formatter: one style that keeps the meaning and the comments, on every program and on random ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import programs
from shell import OK, USAGE, Vlad, script

from vlad_py.core.text import print_module
from vlad_py.formatting import draw
from vlad_py.formatting.document import HARD, LINE, Comment, group, nest, render, row
from vlad_py.formatting.format import WIDTH, formatted, same_tree
from vlad_py.ground import errors, resources
from vlad_py.ground.source import Source
from vlad_py.session.session import Session
from vlad_py.syntax.parse import parse, tokens

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(ROOT.glob("stdlib/**/*.adl")) + sorted(ROOT.glob("examples/**/*.adl"))
TESTS = sorted(ROOT.glob("tests/**/*.adl"))


def styled(text: str) -> str:
    return formatted(Source("test.adl", text))


def core(text: str) -> str:
    """Core without its spans."""
    return print_module(Session(runs=False).core_of(text, "test.adl", None, "lowered"))


# ── every program ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_sources_are_in_the_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(Source(str(path), text)) == text


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_formatted_program_stays(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        parse(Source("test.adl", text))
    except errors.SyntaxError as error:
        with pytest.raises(errors.SyntaxError, match=re.escape(error.message)):
            styled(text)
        return
    once = styled(text)
    assert styled(once) == once
    assert same_tree(parse(Source("test.adl", text)), parse(Source("test.adl", once)))
    assert sorted(re.findall(r"#[>~!][^\n]*", text)) == sorted(re.findall(r"#[>~!][^\n]*", once))


@given(programs())
@settings(max_examples=150, deadline=None)
def test_random_programs_keep_their_core(text: str) -> None:
    once = styled(text)
    assert styled(once) == once
    assert core(once) == core(text)


@given(programs(), st.data())
@settings(max_examples=150, deadline=None)
def test_comments_and_lines_anywhere(text: str, data: st.DataObject) -> None:
    """Comments and empty lines between any two tokens, where the text still parses: no comment is lost."""
    pieces, end = [], 0
    for i, token in enumerate(token for token in tokens(text) if token.type not in ("_SEPARATOR", "DOC")):
        gap = data.draw(st.sampled_from(["", "", "", f" # behind {i}\n", f"\n# above {i}\n", "\n\n", "\n"]))
        pieces += [text[end : token.start_pos], gap, str(token)]
        end = token.end_pos or 0
    remarked = "".join(pieces)
    try:
        tree = parse(Source("test.adl", remarked))
    except errors.SyntaxError:
        return
    once = styled(remarked)
    assert styled(once) == once
    assert same_tree(tree, parse(Source("test.adl", once)))
    assert sorted(re.findall(r"# (?:behind|above) \d+", remarked)) == sorted(
        re.findall(r"# (?:behind|above) \d+", once)
    )


def test_every_rule_has_a_layout() -> None:
    grammar = resources.grammar_text().partition("// ── terminals")[0]
    named = re.findall(r"-> (\w+)$|^([a-z]\w*):(?!.*->)", grammar, re.MULTILINE)
    rules = {alias or rule for alias, rule in named} - {"chain"}
    assert len(rules) > 30 and all(hasattr(draw.Drawing, f"lay_{rule}") for rule in rules)


@pytest.mark.parametrize(
    ("opening", "inside", "closing"),
    [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{", "1", "}"),
        ("f(", "1", ")"),
        ("fn x => ", "1", ""),
        ("-", "1", ""),
    ],
)
def test_depth_costs_no_stack(opening: str, inside: str, closing: str) -> None:
    text = opening * 5000 + inside + closing * 5000 + "\n"
    assert same_tree(parse(Source("test.adl", text)), parse(Source("test.adl", styled(text))))


# ── the style ────────────────────────────────────────────────────────────────────────────────

LONG = "a_rather_long_name_of_something_that_is_computed"

STYLE = {
    "spaces": ("print( 1+2*x ,[ 1,2 ] , {a:1,b : 2} )", "print(1 + 2 * x, [1, 2], {a: 1, b: 2})"),
    "short records and patterns": ("let {a ,b}={a ,}\nlet [x , y] = v", "let {a, b} = {a,}\nlet [x, y] = v"),
    "several for": ("print([x*y for x in xs  for y in ys])", "print([x * y for x in xs for y in ys])"),
    "signs": ("print(- x ^ 2, not(a), 1 .. n, t [ 0 ])", "print(-x ^ 2, not (a), 1..n, t[0])"),
    "parentheses stay": ("print((1 + 2) + ((3)))", "print((1 + 2) + ((3)))"),
    "statements have lines": ("let a = 1; let b = 2;\n\n\n\nprint(a)", "let a = 1\nlet b = 2\n\nprint(a)"),
    "a short block": ("let a = {let b = 1;b}", "let a = { let b = 1; b }"),
    "a block with lines": ("let a = {\nlet b = 1;b}", "let a = {\n  let b = 1\n  b\n}"),
    "a match": ("let a = match x {nil => 0; _ => 1}", "let a = match x { nil => 0, _ => 1 }"),
    "no comma at the end": ("print(f(1, 2,), [3,])", "print(f(1, 2), [3])"),
    "comments": ("let a = 1 # one\n# above\n\n\nlet b = 2", "let a = 1  # one\n# above\n\nlet b = 2"),
    "a comment in the middle": ("let a = 1 + # one\n  2", "let a =\n  1 +  # one\n    2"),
    "comments before a bracket": ("let a = {\n1\n# last\n}", "let a = {\n  1\n  # last\n}"),
    "a long call": (
        f"print({LONG}, {LONG}, {LONG})",
        f"print(\n  {LONG},\n  {LONG},\n  {LONG}\n)",
    ),
    "a long sum": (
        f"let s = {LONG} + {LONG} - {LONG}",
        f"let s =\n  {LONG} + {LONG} -\n    {LONG}",
    ),
    "a choice with lines": (
        "def f(x) = if x > 0 then 1\nelse if x < 0 then 2 else 3",
        "def f(x) =\n  if x > 0 then 1\n  else if x < 0 then 2\n  else 3",
    ),
    "a function that is the last argument": (
        "let a = map(fn x => {\nlet y = x\ny}, xs)\nlet b = fold(f, fn x => {\nlet y = x\ny})",
        "let a = map(\n  fn x => {\n    let y = x\n    y\n  },\n  xs\n)\n"
        "let b = fold(f, fn x => {\n  let y = x\n  y\n})",
    ),
    "a loop with a block": (
        "let a = loop s = 0 for i in 1 .. n do {\ns + i}",
        "let a = loop s = 0 for i in 1..n do {\n  s + i\n}",
    ),
    "an empty text": ("", "\n"),
    "comments alone": ("# one\n\n\n# two", "# one\n\n# two"),
}


@pytest.mark.parametrize("name", STYLE)
def test_the_style(name: str) -> None:
    before, after = STYLE[name]
    assert styled(before).rstrip("\n") == after.rstrip("\n")


ODD_COMMENTS = [
    "let y = derivative(sin # at 0\n)(0)",
    "let y = f(x # a\n)(0)[1 # b\n](0).c",
    "let y = (a # c\n)(b)",
    "let y = (a # c\n) - b",
    "print(vjp(f, (2, 5 # c\n))[1](1))",
    "let z = {m with\n# e\nb: 1}",
    "let f = (\n# y\n::)",
    "let y = match (x # c\n) { _ => 1 }",
]


@pytest.mark.parametrize("text", ODD_COMMENTS)
def test_comments_before_brackets(text: str) -> None:
    once = styled(text)
    assert styled(once) == once
    assert same_tree(parse(Source("test.adl", text)), parse(Source("test.adl", once)))


def test_a_text_that_cannot_be_formatted_is_refused() -> None:
    with pytest.raises(errors.RunError, match="this text cannot be formatted"):
        styled("## d\n;\nlet x = 1\n")


def test_lines_have_room() -> None:
    text = "let x = " + " + ".join(f"f({i}, {i + 1})" for i in range(200))
    assert all(len(line) <= WIDTH for line in styled(text).splitlines())


# ── documents ────────────────────────────────────────────────────────────────────────────────


def test_a_group_breaks_only_if_it_has_to() -> None:
    inner = group("[", nest(LINE, "a", LINE, "b"), LINE, "]")
    outer = group("(", nest(LINE, inner, LINE, inner), LINE, ")")
    assert render(outer, 30) == "( [ a b ] [ a b ] )\n"
    assert render(outer, 12) == "(\n  [ a b ]\n  [ a b ]\n)\n"
    assert render(outer, 5) == "(\n  [\n    a\n    b\n  ]\n  [\n    a\n    b\n  ]\n)\n"


def test_a_comment_waits_for_the_end_of_its_line() -> None:
    behind = Comment("# c", behind=True, breaks=False)
    assert render(row("(a", behind, ")", HARD, "b"), 80) == "(a)  # c\nb\n"
    assert render(nest("a", behind, " + b"), 80) == "a  # c\n   + b\n"


# ── the command ──────────────────────────────────────────────────────────────────────────────


def test_the_command(vlad: Vlad) -> None:
    file, kept = script("print( 1 )\n"), script("print(2)\n", "kept.adl")
    assert vlad("fmt", "--check", ".").status == 1
    assert vlad("fmt", "--check", ".").out == f"{file} would change\n"
    assert "+print(1)\n" in vlad("fmt", "--diff", ".").out
    assert Path(file).read_text() == "print( 1 )\n"
    result = vlad("fmt", ".")
    assert (result.status, result.out) == (OK, "")
    assert result.err == f"{file} has changed\n1 file changed, 1 left as it is\n"
    assert Path(file).read_text() == "print(1)\n"
    assert vlad("fmt", "--check", file, kept).status == OK


def test_folders_can_be_left_out(vlad: Vlad, tmp_path: Path) -> None:
    for name in ("mine.adl", "vendor/a.adl", "vendor/deep/b.adl", "vendors/c.adl", "d.adl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("print( 1 )\n")
    result = vlad("fmt", "--check", "--exclude", "vendor/", ".", "--exclude", str(tmp_path / "d.adl"))
    assert result.out == "mine.adl would change\nvendors/c.adl would change\n"
    assert vlad("fmt", "--check", "vendor/a.adl", "--exclude", "vendor").status == OK


def test_standard_input(vlad: Vlad) -> None:
    assert vlad("fmt", "-", stdin="print( 1 )") == vlad("fmt", "-", stdin="print(1)\n")
    assert vlad("fmt", "-", stdin="print( 1 )").out == "print(1)\n"


def test_a_mistake_leaves_the_file(vlad: Vlad) -> None:
    file, other = script("print( 1\n"), script("print( 2 )\n", "other.adl")
    result = vlad("fmt", file, other, "none.adl")
    assert result.status == 66
    assert "expected `,` or `)`" in result.err and "vlad: none.adl: no such file" in result.err
    assert Path(file).read_text() == "print( 1\n"
    assert Path(other).read_text() == "print(2)\n"
    assert vlad("fmt").status == USAGE


def test_files_in_other_languages_are_refused(vlad: Vlad) -> None:
    for name in ("a.vlad", "a.md", "a.py"):
        result = vlad("fmt", script("(define x  3)\n", name))
        assert (result.status, result.out) == (USAGE, "")
        assert result.err == f"vlad: {name}: only `.adl` files have this style\n"


def test_a_link_and_its_permissions_stay(vlad: Vlad, tmp_path: Path) -> None:
    file = Path(script("print( 1 )\n"))
    file.chmod(0o640)
    link = tmp_path / "link.adl"
    link.symlink_to(file.resolve())
    assert vlad("fmt", str(link)).status == OK
    assert link.is_symlink() and file.read_text() == "print(1)\n" and file.stat().st_mode & 0o777 == 0o640
