"""VLAD's diagnostics speak VLAD: procedures and forms with odd arguments, and the words of what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from vlad_py.ground.errors import Error, ResolveError, RunError, SyntaxError, render
from vlad_py.ground.source import Source, Span
from vlad_py.session.files import VLAD
from vlad_py.session.session import Session
from vlad_py.syntax.vlad.forms import FORMS
from vlad_py.syntax.vlad.names import BUILT_IN, LIBRARY_NAMES, WRITERS
from vlad_py.syntax.vlad.read import read

BACK = "((lambda ((cons y back)) back) ((*j sin) (*j 1)))"
VALUES = (
    "3", "#t", "'()", "'(1)", "(cons 1 2)", "'(1 2 3)", "sin", "(lambda (x) x)", "(lambda (x y) x)",
    "(lambda () 1)", "(perturb 1)", "(perturb sin)", "(j* 3)", "(j* '(1 2))", "(*j 3)", "(sensitize 2)",
    "(j* sin)", "(*j sin)", "bundle", "write", "(let ((n 1)) (lambda (x) (+ x n)))", BACK,
)  # fmt: skip
DATUMS = (
    "x",
    "3",
    "#t",
    "()",
    "(x)",
    "(x 1)",
    "((x 1))",
    "((x 1) (x 2))",
    "(1 . 2)",
    '"a"',
    "(else 1)",
    "'x",
)

# Words of ADL, names of its library and of Python, and names that the front end makes up.
FOREIGN = re.compile(
    r"\b(fn|def|tuple|record|unit|nil|array|function|boolean|field|match|arm|ln|atan2|print|None|"
    r"argument'|internal|Traceback)\b|vlad_|list\(|`<=`|`>=`|\w'|`\(\)`|: \(\)$"
)
# What repeats the program's own text.
REPEATED = re.compile(r"(?<=^Invalid )(expression|definition|parameter): .*|(?<=^Duplicate )variables: .*")


def calls(procedure: str) -> Iterator[str]:
    """Calls of a procedure: directly, as a value, and of its transforms."""
    yield f"({procedure})"
    for value in VALUES:
        yield f"({procedure} {value})"
        yield f"({procedure} 1 {value})"
        yield f"({procedure} {value} 1)"
        yield f"({procedure} {value} {value} {value})"
        yield f"((lambda (f) (+ 1 (f {value}))) {procedure})"
        yield f"((j* {procedure}) {value})"
        yield f"((j* {procedure}) (j* {value}))"
        yield f"((*j {procedure}) (*j {value}))"


def forms(name: str) -> Iterator[str]:
    """A form with parts that do not belong there."""
    yield f"({name})"
    yield f"({name} . 1)"
    for a in DATUMS:
        yield f"({name} {a})"
        for b in DATUMS:
            yield f"({name} {a} {b})"
            yield f"({name} {a} {b} 1)"


def failure(session: Session, text: str) -> Error | None:
    try:
        session.evaluate(text)
    except Error as error:
        return error
    return None


def objections(error: Error, text: str) -> list[str]:
    """What is wrong with a diagnostic: foreign words, no place, a place that is not a datum."""
    said = [error.message, error.hint, *(f"in {caller.function}" for caller in error.stack)]
    words = (FOREIGN.search(REPEATED.sub("", part)) for part in said)
    found = [f"{text}: {part}" for part, word in zip(said, words) if word and word[0].strip("`") not in text]
    if not isinstance(error, (RunError, SyntaxError, ResolveError)):
        found.append(f"{text}: {type(error).__name__}")
    span = error.span
    if span is None or span.source.text != text or not span.text.strip():
        return [*found, f"{text}: no place"]
    if isinstance(error, RunError) and not is_datum(span):
        found.append(f"{text}: the place is `{span.text}`")
    if "^" not in render(error):
        found.append(f"{text}: nothing is underlined")
    return found


def is_datum(span: Span) -> bool:
    return len(read(Source("", span.text))) == 1


def session() -> Session:
    return Session(write=lambda _: None, language=VLAD)


@pytest.mark.parametrize("procedure", sorted(BUILT_IN - {"read-real"}))
def test_a_procedure_with_odd_arguments(procedure: str) -> None:
    one = session()
    failures = [(error, text) for text in calls(procedure) if (error := failure(one, text))]
    assert len(failures) > 10
    assert [found for error, text in failures for found in objections(error, text)] == []


@pytest.mark.parametrize("name", [*FORMS, "define", "include", "===>"])
def test_a_form_with_odd_parts(name: str) -> None:
    one = session()
    failures = [(error, text) for text in forms(name) if (error := failure(one, text))]
    assert len(failures) > 10
    assert [found for error, text in failures for found in objections(error, text)] == []


@pytest.mark.parametrize("value", VALUES)
def test_a_value_in_place_of_a_procedure(value: str) -> None:
    one = session()
    texts = [f"({value} {other})" for other in VALUES]
    failures = [(error, text) for text in texts if (error := failure(one, text))]
    assert [found for error, text in failures for found in objections(error, text)] == []


@pytest.mark.parametrize("pattern", ["5", "'()", "(cons a b)", "(cons* a b c)", "(list a b)", "'(1 2)", "#f"])
def test_a_pattern_that_does_not_fit(pattern: str) -> None:
    one = session()
    texts = [
        text.format(pattern=pattern, value=value)
        for value in VALUES
        for text in (
            "((lambda ({pattern}) 1) {value})",
            "(let (({pattern} {value})) 1)",
            "(let* (({pattern} {value})) 1)",
            "(letrec ((f (lambda ({pattern} z) 1))) (f {value}))",
            "(let loop (({pattern} {value})) 1)",
        )
    ]
    failures = [(error, text) for text in texts if (error := failure(one, text))]
    assert len(failures) > len(texts) / 2
    assert [found for error, text in failures for found in objections(error, text)] == []


def test_foreign_words_are_seen() -> None:
    adl = Session()
    for text in ("sqrt((1, 2))", "3(4)", "1 + {a: 1}", "ln(true)"):
        error = failure(adl, text)
        assert error is not None
        assert any(FOREIGN.search(part) for part in (error.message, error.hint))


def test_names_are_told_back() -> None:
    one = session()
    for name in LIBRARY_NAMES - set(WRITERS.values()):
        error = failure(one, f"(undefined {name})")
        assert error is not None and "did you mean" not in error.hint


LINES = [
    ("(= 1 #t)", "Argument to = is invalid: expected a real as the second of two, got #t", ""),
    ("(zero? '())", "Argument to zero? is invalid: expected a real, got the empty list", ""),
    ("(positive? #t)", "Argument to positive? is invalid: expected a real, got #t", ""),
    ("(log #f)", "Argument to log is invalid: expected a real, got #f", ""),
    ("(atan 1)", "Argument to atan is invalid: expected two reals, got 1", ""),
    ("(read-real 3)", "Argument to read-real is invalid: expected no argument, as in `(read-real)`", ""),
    ("1 (write-real '(1))", "Argument to write-real is invalid: expected a real, got (1)", ""),
    ("(+ 1 2 3)", "a real as the second of two, got (2 . 3)", "`+` takes two reals: `(+ a (+ b c))`"),
    ("('(1) 2)", "Target is not a procedure: (1)", ""),
    ("(3 4)", "Target is not a procedure: 3", "the first expression in parentheses is the procedure"),
    ("(sqrt 1 2)", "got (1 . 2)", "`(f a b)` passes the pair of a and b, and `sqrt` takes one real"),
    ("(bundle 1)", "Argument to bundle is invalid: expected two values, got 1", ""),
    ("((*j 3) 4)", "Target is not a procedure: (reverse 3)", ""),
    ("((tangent (j* sin)) 1)", "(perturbation sin)", "`(unperturb x)` is what a perturbation x holds"),
    ("(if-procedure #t (lambda () 1))", "Argument to if-procedure is invalid: expected a pair", ""),
    ("((lambda ((cons a b)) a) 4)", "Argument is not a matching pair for (cons a b): 4", "`(f a b)` passes"),
    ("(define (f x y) x) (f 1)", "Argument is not a matching pair for (f x y): 1", "`(f a b)` passes"),
    ("(let (((list a) '(1 2))) a)", "Argument is not the empty list where (list a) ends: (2)", ""),
    ("((lambda (f) (f '())) zero?)", "Argument to zero? is invalid", ""),
    ("(1 . )", "a datum is missing after `.`", ""),
    ("(f ')", "a datum is missing after `'`", ""),
    ("(+ 1 #;)", "a datum is missing after `#;`", ""),
    ("(include 3)", "Invalid expression: (include 3)", 'write `(include "file")`'),
    ('(+ 1 (include "a"))', "Unbound variable: include", "`include` stands at the top level"),
    ("(f (define x 3))", "Unbound variable: define", "`define` stands at the top level"),
    ("[1 2]", "VLAD has no `[`", "a list is written `(list 1 2)` or `'(1 2)`"),
    ("(===> 1)", "Unbound variable: ===>", "`===>` stands at the top level"),
    ("1 ===>", "a datum is missing after `===>`", "`===>` stands at the top level"),
    ("(letrec ((x 3) (x 4)) x)", "Duplicate variables: (letrec ((x 3) (x 4)) x)", "`x` is bound"),
    ("(bundle (lambda (x) x) (perturb (lambda (x) x)))", "Arguments to bundle do not conform",
     "procedures conform if they come from one `lambda` expression or definition; "
     "these come from <text>:1:9 and <text>:1:33"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), LINES, ids=[text for text, _, _ in LINES])
def test_what_is_said(text: str, message: str, hint: str) -> None:
    error = failure(session(), text)
    assert error is not None
    assert message in error.message
    assert error.hint.startswith(hint) if hint else True


def test_the_call_stack_names_procedures_as_the_program_does() -> None:
    error = failure(session(), "(define (sqrt x) (+ 1 ((lambda (y) (+ y #t)) x))) (+ 1 (sqrt 2))")
    assert error is not None
    assert [caller.function for caller in error.stack] in (["lambda", "sqrt", ""], ["sqrt", ""])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(/ 0 0)", "`/` gives nan at 0 and 0"),
        ("(log 0)", "`log` gives -inf at 0"),
        ("((lambda (f) (f -1)) log)", "`log` gives nan at -1"),
        ("((j* sqrt) (bundle 0 (perturb 1)))", "the derivative of `sqrt` gives inf at 0"),
    ],
)
def test_what_makes_a_nan_is_named_as_the_program_does(text: str, message: str) -> None:
    error = failure(Session(write=lambda _: None, language=VLAD, nan_is_error=True), text)
    assert error is not None and error.message == message


def test_a_long_value_is_cut_in_messages() -> None:
    many = "(define (iota n) (if (zero? n) '() (cons n (iota (- n 1))))) (primal (iota 20000))"
    error = failure(session(), many)
    assert error is not None and error.message.endswith("…") and len(error.message) < 150


def test_a_shared_value_without_end_is_not_written() -> None:
    text = "(define (double n x) (if (zero? n) x (double (- n 1) (cons x x)))) (double 60 1)"
    error = failure(session(), text)
    assert error is not None and "the same ones again and again" in error.message
