"""The language server: what it says of a text and its places, and a whole conversation over stdio."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlad_py.checking.mend import mend
from vlad_py.ground import resources
from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import Bug
from vlad_py.ground.source import Source
from vlad_py.lsp.__main__ import main
from vlad_py.lsp.document import Document, Symbol

ROOT = Path(__file__).resolve().parent.parent


def marked(text: str, path: str | None = None) -> tuple[Document, int]:
    """A document and the place in it that `¦` marks."""
    offset = text.index("¦")
    return Document(text.replace("¦", ""), path or "test.adl", path), offset


def errors(text: str, path: str | None = None) -> list[str]:
    """The errors of a text, each as `place: message`."""
    document = Document(text, path or "test.adl", path)
    found = []
    for error in document.errors():
        span = document.place_of(error)
        line, column = document.source.position(span.start)
        found.append(f"{line}:{column}: {error.message}")
    return found


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────

WRONG = [
    ("print(1)", []),
    ("1 +", ["1:3: expected an expression after `+`"]),
    ("print(a)\nprint(b)", ["1:7: unknown name `a`", "2:7: unknown name `b`"]),
    # a statement that does not parse hides neither the others nor what it defines
    (
        "let x = (1, 2\nlet y = x\ndef f(a) = b\nprint(y, f(1) q)",
        [
            "2:1: expected `,` or `)`, got `let`",
            "3:12: unknown name `b`",
            "4:15: expected `,` or `)`, got `q`",
        ],
    ),
    ("def f(x) =\ndef g(x) = f(x)", ["1:10: expected an expression after `=`"]),
    ("let bad = 3 +\nlet x = 2\nprint(x)", ["1:13: expected an expression after `+`"]),
    ("let x = 2\nlet bad = x *  # more\n\ndef f(y) = y", ["2:13: expected an expression after `*`"]),
    ("let bad = f(1,\n\nlet x = 2", ["1:14: expected an expression after `,`"]),
    ("let bad = if x then", ["1:16: expected an expression after `then`"]),
    ("let (a, b) = 1 2\nprint(a + b)", ["1:16: expected a new line, got `2`"]),
    ("let x = y\nprint(x)", ["1:9: unknown name `y`"]),
    ("import optimise\nprint(optimise.minimize)", ["1:1: no library `optimise`"]),
    ("let x = 1\nlet x = 2\nprint(z)", ["2:5: `x` is defined twice in this file", "3:7: unknown name `z`"]),
    ('import "missing.adl"\nprint(missing.x)', ["1:1: only a file can import files"]),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_errors(text: str, expected: list[str]) -> None:
    assert errors(text) == expected


def test_nothing_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "part.adl").write_text('print("loud")\nlet x = loop n = 0 while true do n\n')
    assert errors('import "part.adl"\nprint(part.x, part.y)', str(tmp_path / "main.adl")) == [
        "2:20: the module `part` has no `y`"
    ]
    assert capfd.readouterr() == ("", "")


def test_an_error_in_an_imported_file_is_shown_at_the_import(tmp_path: Path) -> None:
    (tmp_path / "part.adl").write_text("let x =\n")
    path = str(tmp_path / "main.adl")
    assert errors('print(1)\nimport "part.adl"\nprint(part.x, z)', path) == [
        "2:1: expected an expression, got the end of the text",
        "3:15: unknown name `z`",
    ]


def test_what_is_left_of_a_text() -> None:
    mended = mend(Source("test.adl", "let a = 1\nlet b = (2\n\ndef c(x) = x\n"))
    assert [statement.span.text for statement in mended.program.statements] == ["let a = 1", "def c(x) = x"]
    assert [span.text for span in mended.wrong] == ["let b = (2\n\n"]
    assert mended.lost == {"b"}


@pytest.mark.parametrize(
    "text", ["", "\n", "# only a remark", "\x00", "  x\n  )", "}", "(\n", '"', "x\n(y)\n)"]
)
def test_any_text_has_an_answer(text: str) -> None:
    document = Document(text, "test.adl")
    assert isinstance(document.errors(), list)
    for offset in range(len(text) + 1):
        document.at(offset)
        document.completions(offset)
    document.symbols()


PIECES = [*"let def import fn if then else match loop a b =>".split(), *"(){}[]=.,:;#\"1+'\n "]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.integers(0, 60))
def test_no_text_is_too_much(text: str, offset: int) -> None:
    document = Document(text, "test.adl")
    assert not any(isinstance(error, Bug) for error in document.errors())
    at = min(offset, len(text))
    document.at(at)
    document.completions(at)
    document.symbols()


def test_a_program_while_it_is_typed() -> None:
    text = (ROOT / "examples" / "newton.adl").read_text(encoding="utf-8")
    body, rest = text.index("if abs"), text.index("print(")
    for end in range(rest):
        document = Document(text[:end], "test.adl")
        assert all(document.place_of(error).end <= end for error in document.errors())
        if body < end and text[end - 1] == "(":
            assert "tolerance" in {entry.name for entry in document.completions(end)}


# ── names ────────────────────────────────────────────────────────────────────────────────────

# the name marked by ¦, how it is used, at which offset it is bound
NAMES = [
    ("def f(x) = ¦x", "x", 6),
    ("def f(¦x) = x", "x", 6),
    ("def f(x) = fn x => ¦x", "x", 14),
    ("def f(x) = (fn x => x)(¦x)", "x", 6),
    ("let x = 1\nprint(¦x)", "x", 4),
    ("def f(a, b) = a\nprint(¦f(1, 2))", "f(a, b)", 4),
    ("{ let x = 1; let x = ¦x + 1; x }", "x", 6),
    ("{ let x = 1; let x = x + 1; ¦x }", "x", 17),
    ("{ def f(x) = ¦g(x); def g(x) = x; f(1) }", "g(x)", 23),
    ("loop s = 0 for i in 1..3 do s + ¦i", "i", 15),
    ("loop s = 0 for i in 1..3 do ¦s + i", "s", 5),
    ("let s = 1\nloop s = ¦s while s < 3 do s + 1", "s", 4),
    ("let s = 1\nloop s = s while ¦s < 3 do s + 1", "s", 15),
    ("match 1 { n => ¦n }", "n", 10),
    ("let m = {w: 1, b: (2, 3)}\nm.¦w", "w: 1", 9),
    ("let m = {inner: {b: 2}}\nm.inner.¦b", "b: 2", 17),
    ("def make(x) = { let y = x; {y: y, x: x} }\nmake(1).¦y", "y: y", 28),
    ("let m = {w: 1}\nlet n = {m with w: 2}\nn.¦w", "w: 1", 9),
    ("let m = {w: 1, ¦m: 2}", None, None),
    ("¦sin(1)", "sin(x)", None),
    ("1 ¦+ 2", "a + b", None),
    ("derivative(f¦)", None, None),
    ("let broken = (1\nlet x = 1\nprint(¦x)", "x", 20),
    ("# ¦x\nlet x = 1", None, None),
]


@pytest.mark.parametrize(("text", "signature", "place"), NAMES)
def test_names(text: str, signature: str | None, place: int | None) -> None:
    document, offset = marked(text)
    found = document.at(offset)
    if signature is None:
        assert found is None
        return
    assert found is not None
    assert found[1].signature == signature
    assert (found[1].place and found[1].place.start) == place
    assert found[0].start == offset


def test_a_remark_is_documentation() -> None:
    document, offset = marked("## Twice.\n## Of anything.\ndef twice(x) = 2 * x\ntw¦ice(1)")
    found = document.at(offset)
    assert found is not None and found[1].doc == "Twice.\nOf anything."


def test_a_name_of_the_library_is_in_its_file() -> None:
    document, offset = marked("import optimize as o\no.mini¦mize(sin, 1)")
    found = document.at(offset)
    assert found is not None and found[1].doc and found[1].place is not None
    place = found[1].place
    assert resources.library_text("optimize")[place.start : place.end] == "minimize"
    document, offset = marked("jaco¦bian(sin)")
    found = document.at(offset)
    assert found is not None and found[1].place is not None and found[1].place.source.library


def test_a_name_of_an_imported_file(tmp_path: Path) -> None:
    (tmp_path / "part.adl").write_text("## Doubled.\ndef twice(x) = 2 * x\n")
    for text in ('import "part.adl"\npart.tw¦ice(1)', 'import "part.adl" as p\np.tw¦ice(1)'):
        document, offset = marked(text, str(tmp_path / "main.adl"))
        found = document.at(offset)
        assert found is not None and found[1].doc == "Doubled." and found[1].place is not None
        assert found[1].place.source.name == str(tmp_path / "part.adl")


# ── completion ───────────────────────────────────────────────────────────────────────────────

OFFERED = [
    ("de¦", "def derivative"),
    ("let apple = 1\nprint(ap¦", "apple"),
    ("let apple = 1\nprint(¦)", "apple sin if"),
    ("def f(alpha) = {\n  let beta = 1\n  al¦\n}\n", "alpha beta f"),
    ("def f(alpha) = if alp¦", "alpha f"),
    ("let good = 1\nlet bad = (1,\nprint(g¦", "good bad"),
    ("import optimize\noptimize.¦", "minimize"),
    ("import optimize as o\nlet x = o.mi¦ + (", "minimize"),
    ("let m = {weight: 1, bias: 2}\nm.¦", "weight bias"),
    ("let m = {weight: 1}\ndef f(a, b) = a + m.¦", "weight"),
    ("let m = {weight: 1}\ndef f(m) = m.¦", "weight"),
    ("let m = {inner: {deep: 1}}\nm.inner.¦", "deep"),
    ("let m = {inner: {deep: 1}}\nlet bad = (1,\nm.inner.¦", "deep"),
    ("let m = {w: 1}\nlet n = {m with w: 2}\nn.¦", "w"),
    ("let m = {let a = 1; {w: a}}\nm.¦", "w"),
    ("let m = if 1 > 2 then {w: 1} else {w: 2}\nm.¦", "w"),
    ("def made(x) = {w: x}\nmade(1).¦", "w"),
    ("def made(x) = {w: x}\nlet m = made(1)\nm.¦", "w"),
    ("let m = {inner: {deep: 1}}\nlet = = m.inner.¦ +", "deep"),
    ("import opt¦", "optimize"),
]


@pytest.mark.parametrize("text", ["let m = 1\nm.¦", "nothing.¦", ".¦", "(1 + 2).¦", "let m = m\nm.¦"])
def test_what_has_no_fields_offers_none(text: str) -> None:
    document, offset = marked(text)
    assert list(document.completions(offset)) == []


@pytest.mark.parametrize(("text", "names"), OFFERED)
def test_completion(text: str, names: str) -> None:
    document, offset = marked(text)
    offered = [entry.name for entry in document.completions(offset)]
    assert set(names.split()) <= set(offered)
    assert len(offered) == len(set(offered))


NOT_OFFERED = [
    ("def f(alpha) = alpha\nal¦", "alpha"),
    ("let m = {weight: 1}\nm.¦", "sin if m bias"),
    ("{ let inner = 1; inner }\nin¦", "inner"),
    ("import opt¦", "sin"),
    ("# re¦", "record return reverse"),
    ('"te¦"', "tan"),
    ("1.¦", "sin"),
]


@pytest.mark.parametrize(("text", "names"), NOT_OFFERED)
def test_what_is_not_offered(text: str, names: str) -> None:
    document, offset = marked(text)
    assert {entry.name for entry in document.completions(offset)}.isdisjoint(names.split())


def test_own_names_come_first() -> None:
    document, offset = marked("let zebra = 1\n¦")
    assert document.completions(offset)[0].name == "zebra"


def names(symbols: tuple[Symbol, ...]) -> list[Any]:
    return [(s.entry.name, names(s.inner)) if s.inner else s.entry.name for s in symbols]


def test_symbols() -> None:
    text = (
        "let (a, b) = (1, 2)\ndef f(x) = {\n  def g(y) = y\n  let z = 1\n  z\n}\nlet h = fn x => x\nprint(1)"
    )
    assert names(Document(text, "test.adl").symbols()) == ["a", "b", ("f", ["g", "z"]), "h"]


# ── the command ──────────────────────────────────────────────────────────────────────────────


def test_help_says_what_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["vlad-lsp", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: vlad-lsp")


def test_without_pygls_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "vlad_py.lsp.server", raising=False)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    assert main() == 2
    assert install_advice("lsp") in capsys.readouterr().err
