"""Names in editors: where they stand, what renames them without another meaning, calls, folds, fixes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from vlad_py.checking.mend import mend
from vlad_py.ground.source import Source
from vlad_py.lowering.unknown import ELSEWHERE, RENAMED, instead_of
from vlad_py.lsp.calls import call_at, parameters
from vlad_py.lsp.document import Document
from vlad_py.lsp.folds import Fold, folds
from vlad_py.lsp.references import NotRenamed, occurrences, renamed
from vlad_py.syntax.characters import CHARACTERS
from vlad_py.testing.promises import read, run

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted((ROOT / "tests" / "language").glob("*/*.adl"))


def marked(text: str, path: str = "test.adl") -> tuple[Document, int]:
    """A document and the place in it that `¦` marks."""
    return Document(text.replace("¦", ""), path, path), text.index("¦")


def after(text: str, name: str) -> str:
    """A text in which the name marked by ¦ has become another."""
    document, offset = marked(text)
    return changed(document, offset, name)


def changed(document: Document, offset: int, name: str) -> str:
    text = document.source.text
    for each in reversed(renamed(document, offset, name, ())):
        text = text[: each.span.start] + each.text(name) + text[each.span.end :]
    return text


# ── references ───────────────────────────────────────────────────────────────────────────────

# the name marked by ¦, and the places of its references
PLACES = [
    ("let ¦x = 1\nprint(x + x)", [4, 16, 20]),
    ("def f(x) = x\ndef g(¦x) = x + f(x)", [19, 24, 30]),
    ("let x = 1\ndef f(x) = ¦x\nprint(x)", [16, 21]),
    ("{ let x = 1; let x = ¦x + 1; x }", [6, 21]),
    ("{ let x = 1; let ¦x = x + 1; x }", [17, 28]),
    ("let a = 1\nlet r = {¦a, b: a}\nprint(r.a)", [4, 19, 25]),
    ("let r = {a: 1}\nprint(r.¦a)\nlet a = 2", [9, 23]),
    ("[¦i for i in 1..3 for j in i..4]", [1, 7, 26]),
    ("loop s = 0 for i in 1..3 do ¦s + i", [5, 28]),
    ("let y = ¦sin(1) + map(sin, [2])[0]\ndef f(sin) = sin", [8, 21]),
    ("¦jacobian(sin)\nlet f = jacobian", [0, 22]),
    ("import optimize as o\nprint(¦o.minimize)\no.minimize", [27, 39]),
    ("import optimize as o\nprint(o.¦minimize)\no.minimize", [29, 41]),
    ("# ¦x\nlet x = 1", []),
]


@pytest.mark.parametrize(("text", "places"), PLACES)
def test_references(text: str, places: list[int]) -> None:
    document, offset = marked(text)
    found = occurrences(document, offset, ())
    assert [each.span.start for each in found] == places
    for start in places:
        assert document.at(start) is None or occurrences(document, start, ()) == found


def test_a_definition_is_found_in_the_files_that_import_it(tmp_path: Path) -> None:
    part, main, other = (str(tmp_path / name) for name in ("part.adl", "main.adl", "other.adl"))
    definition = "def twice(x) = 2 * x\nprint(twice(1))\n"
    (tmp_path / "part.adl").write_text(definition)
    texts = [
        Document(definition, part, part),
        Document('import "part.adl" as p\ndef twice(x) = x\nprint(p.twice(2), twice(3))\n', main, main),
        Document("def twice(x) = x\n", other, other),
    ]
    places = [(texts[0], 4), (texts[0], 27), (texts[1], 48)]
    for document, offset in places:
        found = occurrences(document, offset, texts)
        assert {(each.document, each.span.start) for each in found} == set(places)
        again = renamed(document, offset, "double", texts)
        assert {(each.document, each.span.start) for each in again} == set(places)
    with pytest.raises(NotRenamed, match="private to its file"):
        renamed(*places[0], "_double", texts)


# ── renaming ─────────────────────────────────────────────────────────────────────────────────

RENAMED_TEXTS = [
    ("let ¦x = 1\nprint(x)", "let z = 1\nprint(z)"),
    ("let a = 1\nlet r = {¦a, b: 2}\nr.a", "let z = 1\nlet r = {a: z, b: 2}\nr.a"),
    ("let {¦a} = {a: 1}\nprint(a)", "let {a: z} = {a: 1}\nprint(z)"),
    ("def ¦f(n) = if n < 1 then 1 else f(n - 1)\nf(2)", "def z(n) = if n < 1 then 1 else z(n - 1)\nz(2)"),
    ("match [1, 2] { [¦a, b] => a + b }", "match [1, 2] { [z, b] => z + b }"),
    ('let ¦x = ":x x"\nlet t_1 = x', 'let z = ":x x"\nlet t_1 = z'),
    ("def f(¦a, b) = (fn b => a + b)(b)", "def f(z, b) = (fn b => z + b)(b)"),
]


@pytest.mark.parametrize(("text", "expected"), RENAMED_TEXTS)
def test_renaming(text: str, expected: str) -> None:
    assert after(text, "z") == expected


NOT_RENAMED = [
    ("print(¦sin(1))", "z", "belongs to the language"),
    ("print(¦jacobian(sin))", "z", "belongs to the language"),
    ("let r = {¦w: 1}", "z", "known only when the program runs|no name stands here"),
    ("let r = {w: 1}\nr.¦w", "z", "known only when the program runs"),
    ("import optimize as o\n¦o.minimize", "z", "name of its file"),
    ("let ¦x = 1", "1a", "cannot be a name"),
    ("let ¦x = 1", "let", "cannot be a name"),
    ("let ¦x = 1", "_", "cannot be a name"),
    ("let ¦x = 1\nlet y = 2", "y", "`y` cannot stand here"),
    ("let x = 1\ndef f(¦y) = x + y", "x", "the program would change|cannot stand here"),
    ("def f(¦y) = sin(y)", "sin", "the program would change"),
    ("let ¦x = 1\ndef f(y) = x + y", "y", "the program would change"),
    ("{ let ¦x = 1; let y = 2; x }", "y", "the program would change|cannot stand here"),
    ("let ¦x = 1\nprint(x", "z", "does not parse"),
    ("let ¦x = nowhere", "z", "the text has a mistake: unknown name `nowhere`"),
    ("¦", "z", "no name stands here"),
]


@pytest.mark.parametrize(("text", "name", "message"), NOT_RENAMED)
def test_what_is_not_renamed(text: str, name: str, message: str) -> None:
    document, offset = marked(text)
    with pytest.raises(NotRenamed, match=message):
        renamed(document, offset, name, ())


def test_a_name_of_a_file_that_is_not_open_is_not_renamed(tmp_path: Path) -> None:
    (tmp_path / "part.adl").write_text("let half = 0.5\n", encoding="utf-8")
    path = str(tmp_path / "main.adl")
    document, offset = marked('import "part.adl" as part\nprint(part.¦half)', path)
    with pytest.raises(NotRenamed, match="the file that defines `half` is not open"):
        renamed(document, offset, "third", ())


@pytest.mark.parametrize("path", random.Random(5).sample(PROGRAMS, 12), ids=lambda path: path.stem)
def test_a_renamed_program_does_the_same(path: Path) -> None:
    """Each name becomes a new one, or another name of the text: that is refused, or changes nothing."""
    text = path.read_text(encoding="utf-8")
    document = Document(text, str(path), str(path))
    if document.errors():
        return
    own = [local.entry for local in document.names if local.entry.place and local.entry.kind != "module"]
    draw = random.Random(path.stem)
    for entry in draw.sample(own, min(3, len(own))):
        assert entry.place is not None
        renamed(document, entry.place.start, "brand_new", ())  # never refused
        for name in ("brand_new", draw.choice(own).name):
            try:
                other = changed(document, entry.place.start, name)
            except NotRenamed:
                continue
            before, now = run(read(text, str(path))), run(read(other, str(path)))
            assert (now.written, now.error is None) == (before.written, before.error is None)


# ── calls ────────────────────────────────────────────────────────────────────────────────────

CALLS = [
    ("sin(¦)", ("sin(x)", 0)),
    ("def newton(f, x) = x\nnewton(sin, (1, 2)[0] ¦)", ("newton(f, x)", 1)),
    ("def newton(f, x) = x\nnewton(sin, [1, 2¦])", ("newton(f, x)", 1)),
    ("def newton(f, x) = x\nnewton(sin, ¦", ("newton(f, x)", 1)),
    ("import optimize\noptimize.minimize(sin, ¦", ("optimize.minimize", 1)),
    ("max(1, sin(2)¦, 3)", ("max", 1)),
    ("(1, ¦2)", None),
    ("¦sin(1)", None),
    ("sin(1)¦", None),
    ("(fn x => x)(¦1)", None),
]


@pytest.mark.parametrize(("text", "expected"), CALLS)
def test_calls(text: str, expected: tuple[str, int] | None) -> None:
    call = call_at(*marked(text))
    if call is None or expected is None:
        assert (call is None) == (expected is None)
        return
    name, argument = expected
    assert call.entry.signature.startswith(name.rpartition(".")[2])
    assert call.argument == argument


def test_parameters() -> None:
    signatures = ("newton(f, x, tolerance)", "f()", "k({u, v}, [a, b])", "x", "f(x)")
    assert [[s[a:b] for a, b in parameters(s)] for s in signatures] == [
        ["f", "x", "tolerance"],
        [],
        ["{u, v}", "[a, b]"],
        [],
        ["x"],
    ]


# ── folding ──────────────────────────────────────────────────────────────────────────────────


def test_folds() -> None:
    text = (
        "# A line\n# and another.\ndef twice(x) = {\n  let y = 2 * x\n  y\n}\n"
        "print(twice(1), twice(\n  2\n))\n"
        "let f = fn x =>\n  x + twice(x)\nlet g = 1\n"
    )
    assert folds(Document(text, "test.adl")) == [Fold(0, 1, True), Fold(2, 4), Fold(6, 7), Fold(9, 10)]


# ── what hints mean ──────────────────────────────────────────────────────────────────────────

# a text, and what the fixes of its mistakes make of it, one after the other
FIXED = [
    ("lenght(nil)", "length(nil)"),
    ("print(len(nil))", "print(length(nil))"),
    ("import optimise\noptimise.minimize", "import optimize\noptimize.minimize"),
    ("import optimize\noptimize.minimise", "import optimize\noptimize.minimize"),
    ("print(2 ** 3)", "print(2 ^ 3)"),
    ("print(1 < 2 && !(2 < 1))", "print(1 < 2 and not (2 < 1))"),
    ("fnuction(x) = x", "fnuction(x) = x"),
    ("lte x = 1", "let x = 1"),
    ("var x = 1", "let x = 1"),
    ("func f(x) = x", "def f(x) = x"),
    ("fn x -> x", "fn x => x"),
    ("fn x = x", "fn x => x"),
    ("print(1 <> 2)", "print(1 != 2)"),
    ("if 1 = 2 then 1 else 2", "if 1 == 2 then 1 else 2"),
    ("let x == 1", "let x = 1"),
    ("print('text')", 'print("text")'),
    ("print(2 × 3 ≤ 7)", "print(2 * 3 <= 7)"),
    ("print(“a”)", 'print("a")'),
    ("let m = {a: 1, b = 2}", "let m = {a: 1, b : 2}"),
    ("print(π)", "print(pi)"),
    ("def f(x) = { let y = 1; x }", "def f(x) = { let _y = 1; x }"),
    ("def f(r) = { let {y} = r; 1 }", "def f(r) = { let {y: _y} = r; 1 }"),
    ("let x = 2 % 3", "let x = 2 % 3"),  # its hint is for people
]


def fixed(text: str) -> str:
    """A text after the fixes of its mistakes, as long as there are any."""
    for _ in range(10):
        document = Document(text, "test.adl")
        fixes = [error.fix for error in (*document.errors(), *document.warnings()) if error.fix is not None]
        if not fixes:
            break
        span = fixes[0].span
        text = text[: span.start] + fixes[0].text + text[span.end :]
    return text


@pytest.mark.parametrize(("text", "expected"), FIXED)
def test_fixes(text: str, expected: str) -> None:
    assert fixed(text) == expected


def test_a_character_is_replaced_by_what_its_hint_names() -> None:
    for characters, hint, instead in CHARACTERS:
        assert not instead.strip() or instead.strip() in hint, characters


def test_a_name_of_another_language_is_replaced_by_what_its_hint_names() -> None:
    """What takes the place is a name of the language, whose program parses."""
    for name in sorted(RENAMED):
        instead = instead_of(name, ELSEWHERE[name])
        assert f"`{instead}" in ELSEWHERE[name]
        assert not Document(f"print({instead})", "test.adl").errors()
        assert fixed(f"let f = {name}(x)") == f"let f = {instead}(x)"


def test_the_fix_of_a_later_statement_stands_there() -> None:
    errors = mend(Source("test.adl", "let x = (1\nlet y = 2 ** 3\n")).errors
    assert [(e.fix.span.start, e.fix.text) for e in errors if e.fix is not None] == [(21, "^")]
