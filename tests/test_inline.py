"""Calls replaced by bodies: the same values, the same errors with the same call stacks."""

from __future__ import annotations

import os
from pathlib import Path

import programs
import pytest

from vlad_py.core.inline import LONGEST, MOST_STATEMENTS, inline_calls
from vlad_py.core.text import print_module
from vlad_py.core.tree import Call, Const
from vlad_py.ground.errors import Error
from vlad_py.ground.node import replaced
from vlad_py.session.session import Session


@pytest.mark.parametrize("path", programs.PATHS, ids=programs.name_of)
def test_programs_do_the_same_without(path: Path) -> None:
    """The runner of the programs runs files, whose calls are replaced; here they are not."""
    program = programs.read(path)
    out: list[str] = []
    error = None
    text = path.read_text(encoding="utf-8-sig")
    try:
        Session(write=out.append).evaluate(text, str(path), os.path.dirname(path))
    except Error as raised:
        error = raised
    outcome = programs.Outcome(tuple("".join(out).splitlines()), error)
    assert programs.complaints(program, outcome) == []


def inlined(text: str) -> str:
    """The Core of a text after calls were replaced."""
    return print_module(inline_calls(Session().core_of(text)))


REPLACED = [
    "def f(x) = x * x\nprint(f(3))",
    "def f(x, y) = x * y\nprint(f(3, 4))",
    "let f = fn x => x * x\nprint(f(3))",
    "def g(x) = x + 1\ndef f(x) = g(g(x))\nprint(f(3))",
    "def f(x) = if x > 0 then x else -x\nprint(f(3) + f(4))",
    "def f(x) = { let k = fn y => x * y; k }\nlet g = f(2)",
    "def f((a, b), c) = a + b + c\ndef g(p) = f(p, 1)\nlet r = g(1, 2)",
]

KEPT = [
    "def f(x) = if x > 0 then f(x - 1) else x\nprint(f(3))",  # it calls itself
    "def f(g) = g(1)\nprint(f(sin))",  # it calls what it is given
    "def f(x) = loop y = x for i in 1..3 do y * y\nprint(f(3))",  # it loops
    "def f(x, y) = x * y\nlet p = (1, 2)\nprint(f(p))",  # whether the tuple fits is not known
    "print(1)\nlet f = fn x => x * x\nprint(f(3))",  # a binding has no value before its line
    "import integrate\ndef integral(t) = t\nprint(integrate.integral(sin, 0, 1))",  # that of another file
]


@pytest.mark.parametrize("text", REPLACED)
def test_small_straight_functions_are_replaced(text: str) -> None:
    assert "call " not in inlined(text)


@pytest.mark.parametrize("text", KEPT)
def test_others_are_called(text: str) -> None:
    assert "call " in inlined(text)


def test_what_a_tag_is_live_for_is_called() -> None:
    """The library calls only what it is given under a tag; a body in place of such a call has no frame."""
    module = Session().core_of("def f(x) = x * x\nf(3)")
    *before, call = module.main.body.statements
    assert isinstance(call, Call)
    under = replaced(call, tag=Const(1.0))
    body = replaced(module.main.body, statements=(*before, under))
    assert "under 1" in print_module(inline_calls(replaced(module, main=replaced(module.main, body=body))))


def test_a_tuple_that_does_not_fit_is_still_taken_apart() -> None:
    assert "untuple" in inlined("def f(x) = { let p = (x, x, x)\n let (a, b) = p\n a }")


def statements(text: str) -> int:
    """How many statements the longest function of a text has after calls were replaced."""
    return max(len(f.body.statements) for f in inline_calls(Session().core_of(text)).lambdas)


def sum_of(count: int) -> str:
    """A body of so many statements."""
    return "x" + " + x" * count


def test_a_body_has_a_largest_size() -> None:
    text = "def f(x) = {}\ndef g(x) = f(x)\n"
    assert statements(text.format(sum_of(MOST_STATEMENTS))) == MOST_STATEMENTS
    module = inline_calls(Session().core_of(text.format(sum_of(MOST_STATEMENTS))))
    assert "call " not in print_module(module)
    assert "call " in inlined(text.format(sum_of(MOST_STATEMENTS + 1)))


@pytest.mark.parametrize("is_first", [True, False])
def test_a_function_takes_in_no_more_than_its_room(is_first: bool) -> None:
    """Where its callees are looked at on the way, each of these has room of its own."""
    many = 2 * LONGEST // MOST_STATEMENTS
    callees = [f"def f{i}(x) = {sum_of(MOST_STATEMENTS)}" for i in range(many)]
    caller = f"def g(x) = {' + '.join(f'f{i}(x)' for i in range(many))}"
    lines = [caller, *callees] if is_first else [*callees, caller]
    assert LONGEST < statements("\n".join(lines)) < LONGEST + 2 * many


def test_an_error_inside_shows_the_calls_that_are_no_more(tmp_path: Path) -> None:
    text = "def h(x) = x + true\ndef g(x) = 2 * h(x)\ndef f(x) = g(x) - 1\nprint(1 + f(3))\n"
    script = tmp_path / "script.adl"
    script.write_text(text)
    told = []
    for is_replaced in (True, False):
        with pytest.raises(Error) as raised:
            if is_replaced:
                Session().run_file(str(script))
            else:
                Session().evaluate(text, str(script))
        assert raised.value.span is not None
        told.append((raised.value.span.text, [(c.function, c.span.text) for c in raised.value.stack]))
    assert told[0] == told[1] == ("x + true", [("g", "h(x)"), ("f", "g(x)"), ("", "f(3)")])


def test_a_session_may_redefine_what_others_call() -> None:
    session = Session()
    session.evaluate("def f(x) = x + 1\ndef g(x) = f(x)")
    session.evaluate("def f(x) = x + 2")
    assert session.evaluate("g(1)") == 3.0


def test_a_chain_of_doublings_does_not_explode() -> None:
    lines = ["def f0(x) = x + 1"]
    lines += [f"def f{i}(x) = f{i - 1}(x) * f{i - 1}(x)" for i in range(1, 40)]
    assert len(inlined("\n".join(lines))) < 2_000_000
