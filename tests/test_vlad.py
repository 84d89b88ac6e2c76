"""VLAD: programs whose forms print what stands after `===>`, texts that are wrong, and the doors."""

from __future__ import annotations

import io
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import vlad_py as vlad
from vlad_py.ground.errors import Error, SyntaxError, render
from vlad_py.ground.source import Source
from vlad_py.session.files import VLAD
from vlad_py.session.session import Session
from vlad_py.syntax.vlad.datum import Constant, Datum, List, Symbol, Text
from vlad_py.syntax.vlad.names import BUILT_IN, FUNCTIONS, PROCEDURES
from vlad_py.syntax.vlad.read import read

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted((ROOT / "tests" / "vlad").glob("*.vlad"))


def outcome(text: str, **options: object) -> str:
    """What a program prints, or the diagnostic that it ends with."""
    out: list[str] = []
    try:
        Session(write=out.append, language=VLAD, **options).evaluate(text)  # type: ignore[arg-type]
    except Error as error:
        return "".join(out) + render(error)
    return "".join(out)


# ── programs ─────────────────────────────────────────────────────────────────────────────────


def is_define(datum: Datum) -> bool:
    return datum.span.text.startswith("(define ")


def expectations(path: Path) -> Iterable[tuple[Datum, Datum]]:
    """The forms of a program that are not definitions, each with what is expected of it."""
    datums = [d for d in read(Source(path.name, path.read_text(encoding="utf-8"))) if not is_define(d)]
    assert len(datums) % 3 == 0
    for form, arrow, expected in zip(datums[::3], datums[1::3], datums[2::3]):
        assert isinstance(arrow, Symbol) and arrow.name == "===>", form.span.place
        yield form, expected


def agrees(expected: Datum, got: Datum) -> bool:
    """Whether a printed datum is the expected one, up to the last digits of its numbers."""
    if isinstance(expected, Constant) and isinstance(got, Constant):
        if type(expected.value) is not type(got.value):
            return False
        return math.isclose(expected.value, got.value, rel_tol=1e-12) or expected.value == got.value
    if isinstance(expected, List) and isinstance(got, List):
        if len(expected.items) != len(got.items) or (expected.tail is None) != (got.tail is None):
            return False
        pairs = list(zip(expected.items, got.items))
        if expected.tail is not None and got.tail is not None:
            pairs.append((expected.tail, got.tail))
        return all(agrees(a, b) for a, b in pairs)
    return expected.span.text == got.span.text


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    printed: list[str] = []
    Session(write=printed.append).run_file(str(path))
    results = read(Source("output", "".join(printed)))
    pairs = list(expectations(path))
    assert len(results) == len(pairs) > 10
    wrong = [
        f"{form.span.place}: {got.span.text}, expected {expected.span.text}"
        for (form, expected), got in zip(pairs, results)
        if not agrees(expected, got)
    ]
    assert wrong == []


def test_every_procedure_is_tested() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PROGRAMS)
    words = set(re.split(r"[\s()']+", text))
    assert BUILT_IN - words <= {"write", "write-real", "read-real"}


def test_every_procedure_is_a_value() -> None:
    for name in sorted(BUILT_IN):
        assert outcome(f"(procedure? {name})") == "#t\n"
        assert outcome(name) == f"{name}\n", name


# ── texts that are wrong ─────────────────────────────────────────────────────────────────────

WRONG = [
    ("(+ 1 y)", "Unbound variable: y", "y"),
    ("(car '(1))", "Unbound variable: car", "car"),
    ("(define (f x) (h x)) (f 1)", "Unbound variable: h", "h"),
    ("(define (f x) (h x))", "Unbound variable: h", "h"),
    ("(f 1) (define (f x) x)", "Unbound variable: f", "f"),
    ("(let ((x 1) (x 2)) x)", "Duplicate variables: (let ((x 1) (x 2)) x)", "(let"),
    ("(lambda (x (cons y x)) x)", "Duplicate variables: (lambda (x (cons y x)) x)", "(lambda"),
    ("(letrec ((f (lambda () 1)) (f (lambda () 2))) 1)", "Duplicate variables:", "(letrec"),
    ("(define (f) 1) (define (f) 2)", "Duplicate variables: `f`", "f) 2"),
    ("()", "Invalid expression: ()", "()"),
    ("(if 1 2)", "Invalid expression: (if 1 2)", "(if"),
    ("(cond (1 2))", "Invalid expression: (cond (1 2))", "(cond"),
    ("(cons 1)", "Invalid expression: (cons 1)", "(cons"),
    ("(lambda (x) 1 2)", "Invalid expression: (lambda (x) 1 2)", "(lambda"),
    ("(let ((x)) x)", "Invalid expression: (let ((x)) x)", "(let"),
    ("(let* 1 2)", "Invalid expression: (let* 1 2)", "(let*"),
    ("(letrec ((x 3)) x)", "Invalid expression: (letrec ((x 3)) x)", "(letrec"),
    ("(define x 3)", "Invalid expression: 3", "3"),
    ("(define (f) 1 2)", "Invalid definition: (define (f) 1 2)", "(define"),
    ("(lambda ((f x)) x)", "Invalid parameter: (f x)", "(f x)"),
    ("'x", "Invalid expression: 'x", "'x"),
    ('"text"', 'Invalid expression: "text"', '"text"'),
    ("(1 . 2)", "Invalid expression: (1 . 2)", "(1"),
    ("(+ 1 2", "this `(` has no `)`", "(+"),
    ("(+ 1 2))", "this `)` closes nothing", ")\n"),
    ("(1 . 2 3)", "`3` cannot stand here", "3"),
    ("(lambda ((1 2)) 3)", "Invalid parameter: (1 2)", "(1 2)"),
    ("(+ 1 `x)", "VLAD has no quasiquotation", "`x"),
    ("#foo", "VLAD has no `#foo`", "#foo"),
    ('(include "x")', "a text that is not a file cannot include files", '"x"'),
    ("(+ 1 #t)", "Argument to + is invalid: expected a real as the second of two, got #t", "(+"),
    ("(1 2)", "Target is not a procedure: 1", "(1"),
    ("(bundle 1 (perturb '(1 2)))", "Arguments to bundle do not conform: 1 and (1 2)", "(bundle"),
    ("(bundle 1 2)", "Argument to unperturb is not a perturbation value: 2", "(bundle"),
    ("(plus '(1) 2)", "Arguments to plus do not conform: (1) and 2", "(plus"),
    ("(primal 3)", "Argument to primal is not a forward value: 3", "(primal"),
    ("(tangent 3)", "Argument to tangent is not a forward value: 3", "(tangent"),
    ("(unperturb 3)", "Argument to unperturb is not a perturbation value: 3", "(unperturb"),
    ("(unsensitize 3)", "Argument to unsensitize is not a sensitivity value: 3", "(unsensitize"),
    ("(*j-inverse 3)", "Argument to *j-inverse is not a reverse value: 3", "(*j-inverse"),
    ("((j* sin) 1)", "Argument has wrong type for target: expected a forward value, got 1", "((j*"),
    ("((*j sin) 1)", "Argument has wrong type for target: expected a reverse value, got 1", "((*j"),
    ("(real #t)", "Argument to real is invalid: expected a real, got #t", "(real"),
    ("((lambda (5) 6) 4)", "Argument is not an equivalent value for 5: 4", "5"),
]


@pytest.mark.parametrize(("text", "message", "place"), WRONG, ids=[text for text, _, _ in WRONG])
def test_a_wrong_text_is_told(text: str, message: str, place: str) -> None:
    said = outcome(text)
    assert f"error: {message}" in said.replace("syntax error", "error")
    assert "internal error" not in said
    excerpt = said.splitlines()
    source, marks = next(
        (excerpt[i], excerpt[i + 1]) for i, line in enumerate(excerpt) if line.startswith("1 | ")
    )
    assert f"{source}\n"[marks.index("^") :].startswith(place)


def test_mistakes_come_before_anything_runs() -> None:
    assert "1\n" not in outcome("(write 1) (undefined 2)")


def test_what_can_be_completed_is_said() -> None:
    for text in ("(+ 1", "'", '"abc', "(define (f x)\n"):
        with pytest.raises(SyntaxError) as caught:
            read(Source("", text))
        assert caught.value.incomplete


def test_no_depth_of_text_or_data_is_too_much() -> None:
    deep = 20_000
    assert outcome("(+ 1 " * deep + "0" + ")" * deep) == f"{deep}\n"
    many = "(define (iota n) (let loop ((n n) (l '())) (if (zero? n) l (loop (- n 1) (cons n l)))))"
    many += " (define (sum l) (if (null? l) 0 (let (((cons x rest) l)) (+ x (sum rest)))))"
    assert outcome(f"{many} (sum (iota 20000))") == "200010000\n"
    assert outcome(f"{many} (sum (zero (iota 20000)))") == "0\n"
    back = "(cdr (unsensitize ((cdr ((*j sum) (*j (iota 20000)))) (sensitize 1))))"
    assert outcome(f"(define (cdr (cons x y)) y) {many} (sum {back})") == "20000\n"


# ── writing and reading ──────────────────────────────────────────────────────────────────────


def test_what_is_written() -> None:
    assert outcome("(let ((ignore (write (cons 1 2)))) 3)") == "(1 . 2)\n3\n"
    assert outcome("(write-real 3)") == "3\n3\n"
    assert "expected a real, got (1)" in outcome("(write-real '(1))")
    assert outcome("((lambda (f) (f 5)) write)") == "5\n5\n"
    text = "((j* (lambda (x) (write x))) (bundle 3 (perturb 1)))"
    assert outcome(text) == "3\n(forward 3 1)\n"
    assert outcome("(lambda (x)  x) sin (j* sin)") == "(lambda (x) x)\nsin\n(forward sin sin)\n"


def test_reals_are_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("3\n 4.5 x"))
    assert outcome("(- (read-real) (read-real))") == "-1.5\n"
    assert "Value read is not real: `x`" in outcome("(read-real)")
    assert "the input is at its end" in outcome("(read-real)")


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_files_are_included(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "main.vlad").write_text('(include "sub/a") (include "c") (f (c))')
    (tmp_path / "sub" / "a.vlad").write_text('(include "b") (define (f x) (+ (b) x))')
    (tmp_path / "sub" / "b.vlad").write_text("(define (b) 10) ; beside the file that includes it")
    (tmp_path / "lib" / "c.vlad").write_text("(define (c) 5)")
    out: list[str] = []
    Session(write=out.append, include=(str(tmp_path / "lib"),)).run_file(str(tmp_path / "main.vlad"))
    assert out == ["15\n"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('(include "main")', "`main` includes itself"),
        ('(include "none")', "Cannot find: none"),
        ('(include "no\tne")', "no file has such a name"),
        ('(include "../outside")', "`../outside` lies outside the program's folders"),
        ('(include "/etc/passwd")', "`/etc/passwd` lies outside the program's folders"),
        ('(include "link")', "`link` lies outside the program's folders"),
    ],
)
def test_an_include_that_fails(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "outside.vlad").write_text("1")
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "link.vlad").symlink_to(tmp_path / "outside.vlad")
    (folder / "main.vlad").write_text(text)
    with pytest.raises(Error, match=re.escape(message)) as caught:
        Session().run_file(str(folder / "main.vlad"))
    assert caught.value.span is not None


# ── doors ────────────────────────────────────────────────────────────────────────────────────


def command(*arguments: str, input: str = "") -> str:
    run = subprocess.run(
        [sys.executable, "-m", "vlad_py", *arguments], cwd=ROOT, input=input, capture_output=True, text=True
    )
    return run.stdout + run.stderr


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "a.vlad").write_text('(include "b") (f 3)')
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.vlad").write_text("(define (f x) (* x x))")
    assert command("-I", str(tmp_path / "folder"), str(tmp_path / "a.vlad")) == "9\n"
    assert command("--lang", "vlad", "-e", "(+ 1 2) (list 1)") == "3\n(1)\n"
    assert command("--lang", "vlad", "-", input="(+ 1 2)") == "3\n"
    assert command("--check", str(ROOT / "examples" / "saddle.vlad")) == ""
    assert "lambda" not in command("--core", str(ROOT / "examples" / "saddle.vlad"))


def test_the_prompt() -> None:
    typed = "(define (f x)\n  (* x x))\n(f 4)\n(g 1)\n(define (f x) x)\n(f 4)\n"
    said = command("--lang", "vlad", input=typed)
    assert said.startswith("16\n4\n") and "Unbound variable: g" in said


def test_each_text_of_a_session_may_write() -> None:
    out: list[str] = []
    session = Session(write=out.append, language=VLAD, echo=False)
    for text in ("(write 1)", "(write (write-real 2))", "(define (write x) (+ x 10))"):
        session.evaluate(text)
    session.evaluate("(write-real (write 3))")
    assert "".join(out) == "1\n2\n2\n13\n"


def test_one_session_of_python_has_both(tmp_path: Path) -> None:
    (tmp_path / "model.vlad").write_text("(define (cube x) (* x (* x x))) (define (area w h) (* w h))")
    model = vlad.load(tmp_path / "model.vlad")
    assert model.cube(2) == 8.0
    assert vlad.derivative(model.cube)(2) == 12.0
    assert vlad.gradient(model.area)(3, 4) == (4.0, 3.0)
    newton = vlad.evaluate("fn f => fn x => x - f(x) / derivative(f)(x)")
    assert newton(model.cube)(3) == 2.0
    square = vlad.evaluate("(lambda (x) (* x x))", language="vlad")
    assert vlad.derivative(square)(3) == 6.0
    derivative = "(lambda (f) (lambda (x) (unperturb (tangent ((j* f) (bundle x (perturb 1)))))))"
    assert vlad.evaluate(derivative, language="vlad")(vlad.evaluate("fn x => x ^ 3"))(2) == 12.0
    with pytest.raises(vlad.ConversionError, match='expected "adl" or "vlad"'):
        vlad.evaluate("1", language="scheme")


def test_what_cannot_be_pickled_says_so() -> None:
    square = vlad.evaluate("(lambda (x) (* x x))", language="vlad")
    with pytest.raises(vlad.ConversionError, match="functions of texts in VLAD cannot be pickled"):
        pickle.dumps(square)
    assert pickle.loads(pickle.dumps(vlad.evaluate("fn x => x * x")))(3) == 9.0


def test_names_are_of_the_library() -> None:
    session = Session()
    session.evaluate("import vlad_basis")
    for name in PROCEDURES.values():
        session.evaluate(f"vlad_basis.{name}")
    for name in FUNCTIONS.values():
        session.evaluate(name)


def test_strings_stand_in_include_only() -> None:
    assert isinstance(read(Source("", '"a\\"b"'))[0], Text)
