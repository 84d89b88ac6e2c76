"""Sessions: what stays after a text, what an error leaves behind, imports of files, threads, interruption."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from vlad_py.execution.limits import Limits
from vlad_py.ground import resources
from vlad_py.ground.errors import (
    Bug,
    ConversionError,
    Error,
    Interrupted,
    LimitError,
    ResolveError,
    RunError,
    SyntaxError,
)
from vlad_py.ground.reading import read_text
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.values import Value


def shown(session: Session, text: str) -> str:
    return show(session.evaluate(text))


# ── what stays ───────────────────────────────────────────────────────────────────────────────


def test_the_value_of_a_text() -> None:
    session = Session()
    assert session.evaluate("1 + 1") == 2.0
    assert session.evaluate("let x = 1") == ()
    assert session.evaluate("") == ()
    assert session.evaluate("1; 2; (3, 4)") == (3.0, 4.0)


def test_definitions_stay() -> None:
    session = Session()
    session.evaluate("let x = 2\ndef f(y) = x * y")
    assert session.evaluate("f(5)") == 10.0
    session.evaluate("let (a, b) = (f, x)")
    assert session.evaluate("a(b)") == 4.0


def test_names_may_be_defined_again() -> None:
    """Functions that exist see the new definition of a name at the top."""
    session = Session()
    session.evaluate("let x = 1\ndef f() = x\ndef g() = f() + 10")
    session.evaluate("let x = x + 1")
    assert session.evaluate("(x, f())") == (2.0, 2.0)
    session.evaluate("def f() = 5")
    assert session.evaluate("g()") == 15.0


def test_what_is_known_of_names() -> None:
    session = Session()
    session.evaluate("import optimize as o\n## Twice x.\ndef f(x) = 2 * x\nlet a = 1", name="first")
    session.evaluate("let a = 2", name="second")
    names = session.names()
    assert {name: entry.signature for name, entry in names.items()} == {
        "o": "import o",
        "f": "f(x)",
        "a": "a",
    }
    assert names["f"].doc == "Twice x."
    assert names["o"].members["minimize"].signature == "minimize(f, start)"
    assert [names[name].place.place for name in "fa"] == ["first:3:5", "second:1:5"]  # type: ignore[union-attr]
    assert session.value("a") == 2.0


def test_a_value_from_outside() -> None:
    session = Session()
    session.define("_", 3.0)
    session.evaluate("def f(_) = 1\ndef g() = _\nlet (_, y) = (7, _ + 1)")
    assert session.evaluate("(_, y, f(5), g(), _ + _, match 8 { _ => 2 })") == (3.0, 4.0, 1.0, 3.0, 6.0, 2.0)
    session.define("_", (1.0, 2.0))
    assert session.evaluate("(_[0], g())") == (1.0, (1.0, 2.0))
    assert session.evaluate("let a = _\n_\n(a)") == (1.0, 2.0)


def test_two_sessions_share_nothing() -> None:
    one, other = Session(), Session()
    one.evaluate("let secret = 1")
    with pytest.raises(ResolveError, match="unknown name `secret`"):
        other.evaluate("secret")


def test_what_print_writes_goes_to_the_session() -> None:
    written: list[str] = []
    session = Session(write=written.append)
    session.evaluate('print("a", 1)\ndef f() = print("f")\nf()')
    session.evaluate("f()\nderivative(fn x => { print(x); x })(2)")
    assert written == ["a 1\n", "f\n", "f\n", "2\n"]


def test_print_as_a_value_goes_to_the_session() -> None:
    written: list[str] = []
    session = Session(write=written.append)
    session.evaluate("map(print, list(1, 2))\n3 |> print\nlet p = print\np(4)\n(fn f => f(5))(print)")
    assert written == ["1\n", "2\n", "3\n", "4\n", "5\n"]


def test_arguments() -> None:
    session = Session(arguments=(1.0, "two"))
    assert shown(session, "arguments") == 'list(1, "two")'
    assert shown(Session(), "arguments") == "nil"
    assert session.evaluate("let arguments = 3\narguments") == 3.0


# ── what is given elsewhere ──────────────────────────────────────────────────────────────────


def test_a_session_asks_for_values_that_are_given_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "file.adl").write_text("def f(x) = x + c", encoding="utf-8")
    values = {"a": 1.0, "b": 2.0, "c": 3.0, "sin": 4.0}
    asked: list[str] = []

    def assigned(name: str) -> Value | None:
        asked.append(name)
        return values.get(name)

    session = Session(assigned=assigned)
    assert session.evaluate("let b = 5\ndef f(x) = a + b + x\n{ let d = 1; f(d) + sin }") == 11.0
    assert set(asked) == {"a", "sin"}  # and of no name that the text binds
    values |= {"a": 10.0, "b": 20.0}
    assert session.evaluate("a + b") == 30.0
    assert session.evaluate("f(0)") == 30.0  # as after any other definition
    with pytest.raises(ResolveError, match="unknown name `c`"):
        session.evaluate('import "file.adl"', "cell", str(tmp_path))


def test_what_is_given_and_no_value_is_an_error_where_it_is_used() -> None:
    def assigned(name: str) -> Value | None:
        raise ConversionError(f"{name} is none")

    with pytest.raises(ConversionError) as caught:
        Session(assigned=assigned).evaluate("let a = 1\na + thing")
    assert caught.value.span is not None
    assert caught.value.span.place == "<text>:2:5"


# ── what an error leaves ─────────────────────────────────────────────────────────────────────

FAILURES = {
    "a text that does not parse": ("let y = 1\nlet", SyntaxError),
    "an unknown name": ("let y = 1\nunknown", ResolveError),
    "an error while it runs": ("let y = 1\ndef f(x) = 0\nlet x = 7\n1 + true", RunError),
    "an error inside a function": ("let y = 1\ndef h(x) = x + true\nh(x)", RunError),
    "an error inside a derivative": ("let y = derivative(fn x => x + true)(1)", RunError),
    "an error inside nested derivatives": (
        "let y = 1\ngradient(fn x => derivative(fn y => x * y + nil)(x))(1)",
        RunError,
    ),
    "an error inside a function-valued derivative": (
        "let y = 1\nderivative(fn x => fn y => x + y)(1)(true)",
        RunError,
    ),
    "an error inside a pullback": ("let y = 1\nvjp(fn x => (x, x), 1)[1](1)", RunError),
    "an import that fails": ("let y = 1\nimport nowhere", ResolveError),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_an_error_leaves_the_session_as_it_was(failure: str) -> None:
    text, kind = FAILURES[failure]
    session = Session()
    session.evaluate("let x = 1\ndef f(z) = x + z\nlet d = derivative(fn a => fn b => a * b)")
    for _ in range(2):
        with pytest.raises(kind):
            session.evaluate(text)
        assert session.evaluate("(x, f(2), d(2)(5))") == (1.0, 3.0, 5.0)
        with pytest.raises(ResolveError, match="unknown name `y`"):
            session.evaluate("y")
    assert session.evaluate("derivative(fn x => gradient(fn y => x * x * y)(x))(3)") == 6.0
    session.evaluate("let y = 5")
    assert session.evaluate("y") == 5.0


def test_a_redefinition_that_fails_keeps_the_old_one() -> None:
    session = Session()
    session.evaluate("def f() = 1\nlet v = 2")
    with pytest.raises(RunError):
        session.evaluate("def f() = 10\nlet v = 20\nnil + 1")
    assert session.evaluate("(f(), v)") == (1.0, 2.0)


@pytest.mark.parametrize("limits", [Limits(steps=5000), Limits(depth=20_000)])
def test_a_limit_leaves_the_session_usable(limits: Limits) -> None:
    session = Session(limits=limits)
    session.evaluate("let x = 1\ndef forever(n) = 1 + forever(n + 1)")
    for text in (
        "let y = forever(1)",
        "let y = derivative(forever)(1)",
        "let y = gradient(fn x => derivative(fn y => forever(x * y))(1))(1)",
        "let y = derivative(fn x => fn n => forever(n * x))(1)(2)",
    ):
        with pytest.raises(LimitError, match="more than"):
            session.evaluate(text)
        with pytest.raises(ResolveError, match="unknown name `y`"):
            session.evaluate("y")
    assert session.evaluate("derivative(fn x => x * derivative(fn y => x + y)(1))(1)") == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "loop n = 0 while true do n + 1",
        "def f(n) = f(n + 1)\nf(0)",
        "derivative(fn x => loop y = x while true do y + 1)(1)",
        "gradient(fn x => loop y = stop_gradient(x) while true do y + 1)(1)",
    ],
)
def test_a_limit_of_steps_has_a_place(text: str) -> None:
    with pytest.raises(LimitError, match="more than 1000 steps") as caught:
        Session(limits=Limits(steps=1000)).evaluate(text)
    assert caught.value.span is not None and caught.value.span.source.name == "<text>"


# ── interruption ─────────────────────────────────────────────────────────────────────────────


@contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    """Ctrl-C for this process, in a while; also where whoever started the tests has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal to oneself")
@pytest.mark.parametrize(
    "text",
    [
        "loop n = 0 while true do n + 1",
        "def f(n) = f(n + 1)\nlet y = f(0)",
        "let y = derivative(fn x => loop y = x while true do y * x)(1)",
        "let y = derivative(fn x => gradient(fn y => loop z = x while true do stop_gradient(z))(1))(1)",
    ],
)
def test_an_interruption_leaves_the_session_usable(text: str) -> None:
    session = Session()
    session.evaluate("let x = 3\nderivative(sin)(gradient(cos)(x))")  # so that the library is loaded
    with interrupt_after(0.2), pytest.raises(Interrupted) as caught:
        session.evaluate(text)
    assert caught.value.span is not None
    with pytest.raises(ResolveError, match="unknown name `y`"):
        session.evaluate("y")
    assert session.evaluate("derivative(fn y => gradient(fn z => x * y * z ^ 2)(y))(2)") == 24.0


# ── threads and memory ───────────────────────────────────────────────────────────────────────


def test_sessions_in_threads() -> None:
    """Eight sessions at once, each nesting derivatives of its own."""

    def work(number: int) -> list[object]:
        session = Session()
        session.evaluate(f"let k = {number}\ndef f(x) = loop y = x for i in 1..50 do k * sin(y * x)")
        texts = (
            "derivative(derivative(f))(0.3)",
            "gradient(fn (a, b) => derivative(fn x => a * x ^ 2 * b)(k))(1, 2)",
            "{ let d = derivative(fn u => fn g => fn x => g(x + u))(0); d(d(fn x => x ^ 3))(k) }",
            "hessian(fn (x, y) => x ^ k * y)(2, 3)",
        )
        return [show(session.evaluate(text)) for _ in range(5) for text in texts]

    alone = [work(number) for number in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(work, range(1, 9)))
    assert together == alone


def test_deep_values_are_freed_without_recursion() -> None:
    """A long list, deep tuples, closures in closures and a long tape die with their session."""
    session = Session()
    session.evaluate("let xs = loop xs = nil for i in 1..200000 do i :: xs")
    session.evaluate("let t = loop t = () for i in 1..200000 do (i, t)")
    session.evaluate("let f = loop f = sin for i in 1..200000 do fn x => f(x)")
    session.evaluate("let p = vjp(fn x => loop y = x for i in 1..200000 do y + x, 1)[1]")
    del session
    gc.collect()


def test_every_failure_is_an_error_of_the_language() -> None:
    """Texts of every kind of nonsense raise nothing else."""
    for text in (
        "(",
        ")",
        "1 +",
        '"',
        "let",
        "{",
        "\0",
        "f(",
        "1 2",
        "import",
        "@",
        "[1",
        "é",
        "\ud800",
        "_",
        "'",
    ):
        with pytest.raises(Error):
            Session().evaluate(text)


# ── the files of the library ─────────────────────────────────────────────────────────────────

FILES = sorted(resources.library_names() + resources.prelude_names())


@pytest.mark.parametrize("file", FILES)
def test_the_core_of_a_file_of_the_library(file: str) -> None:
    path = resources.library_path(file)
    core = Session(runs=False).core_of(read_text(path), path, os.path.dirname(path))
    assert core.main.body.statements


def test_internal_names_are_for_the_library_only(tmp_path: Path) -> None:
    path = str(tmp_path / "derivative.adl")
    with pytest.raises(ResolveError, match="fresh_tag"):
        Session(runs=False).core_of("let tag = fresh_tag()", path, str(tmp_path))


def test_files_of_the_prelude_that_need_each_other_are_our_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"prelude/one": "def one() = two()", "prelude/two": "def two() = one()"}
    monkeypatch.setattr(resources, "prelude_names", lambda: tuple(texts))
    monkeypatch.setattr(resources, "library_text", texts.__getitem__)
    for _ in range(2):  # the first failure leaves nothing behind
        with pytest.raises(Bug, match="need each other: prelude/one, prelude/two, prelude/one"):
            Session(nan_is_error=True).evaluate("one()")
