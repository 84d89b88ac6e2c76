"""Functions that are derivatives of functions that are derivatives, many times over."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from random import Random
from typing import Any

import pytest

import vlad_py as vlad
from vlad_py.differentiation.levels import tangent
from vlad_py.differentiation.renaming import Renaming
from vlad_py.numbers.forward.dual import Dual
from vlad_py.session.session import Session
from vlad_py.values.values import UNIT, Binder, Value

DERIVED = "let f = loop g = fn x => x * x for i in 1..30000 do derivative(fn x => g)(1)"
TWICE = "derivative(fn x => derivative(fn y => {})(1))(1)"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("show(f)", "<function 30000-fold derivative of fn x => x * x>"),
        (f"show({TWICE.format('f')})", "<function 30002-fold derivative of fn x => x * x>"),
        (f"show({TWICE.format('fn z => z')})", "<function derivative of derivative of fn z => z>"),
        ("show(stop_gradient((f, 1))[1])", "1"),
        ("f(1)", 0.0),
        ("derivative(f)(1)", 0.0),
        ("gradient(fn x => f(x) + x)(1)", 1.0),
        (
            "derivative(fn z => (loop g = fn x => x * z for i in 1..3000 do derivative(fn x => g)(1))(1))(1)",
            0.0,
        ),
        ("derivative(fn x => (f, x))(1)[1]", 1.0),
    ],
)
def test_neither_the_stack_nor_memory_limits_them(text: str, value: object) -> None:
    """Their names and what walks through them take a loop, and memory in proportion."""
    assert Session().evaluate(f"{DERIVED}\n{text}") == value


def test_the_first_differentiation_of_a_process_is_one_like_others() -> None:
    """Its tag is not that of numbers that belong to no differentiation."""
    text = "import vlad_py; print(vlad_py.evaluate('derivative(fn x => fn y => x ^ 2 * y)(2)(3)'))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "12.0\n"


def test_in_python_they_have_a_name() -> None:
    """With Python's own limit of recursion."""
    assert vlad.evaluate(f"{DERIVED}\nf").__name__ == "30000-fold derivative of fn x => x * x"


OPERATORS = ["derivative", "derivative_reverse"]
HOLDERS = [("{}", "h"), ("list(0, {})", "h[1]"), ("{{g: {}}}", "h.g"), ("fn _ => {}", "h(0)")]
CALLS = [
    "{}(t)",
    "checkpointed(fn t => {}(t))(t)",
    "with_derivative(fn g => g(t), fn (g, v) => v(t))({})",
    "jvp({}, t, 0)[0]",
]


@pytest.mark.parametrize("sum", ["[v] + [u]", "[v + u]", "u + [v]", "[v, u]"])
@pytest.mark.parametrize("inner", OPERATORS)
@pytest.mark.parametrize("outer", OPERATORS)
def test_opened_again_they_keep_what_other_differentiations_say(outer: str, inner: str, sum: str) -> None:
    """Of an array in reverse mode, opening renames the elements only: its place on the tape stays."""
    square = "(a[0] + a[1])" if sum == "[v, u]" else "a[0]"
    for (held, got), call in product(HOLDERS, CALLS):
        if "with_derivative" in call and (outer == "derivative_reverse" or sum == "[v, u]"):
            continue  # a rule is not differentiated with respect to a function that is a derivative
        function = held.format(f"fn t => {square} ^ 2 * t")
        text = f"""def f(u) = {{
          let h = {inner}(fn v => {{
            let a = {sum}
            {function}
          }})(1)
          fn _ => fn t => {call.format(got)}
        }}
        {outer}(f)(1)(0)(2)"""
        assert vlad.evaluate(text, limits=vlad.Limits(steps=100_000, seconds=60)) == 4.0, text


def _number(draw: Random, tag: int) -> Value:
    """A number of a tag below this one, or a real."""
    below = draw.randint(0, tag - 1)
    if not below or draw.random() < 0.4:
        return 2.5
    return Dual(below, _number(draw, below), 1.0 if draw.random() < 0.5 else _number(draw, below))


def _value(draw: Random, depth: int, made: list[Value]) -> Value:
    """Numbers, tuples and derivatives that are functions, some of them at several places; all in `made`."""
    kind = draw.random()
    if not depth or kind < 0.15:
        return draw.choice(made) if made and draw.random() < 0.5 else 1.5
    value: Value
    if kind < 0.5:
        tag = draw.randint(1, 6)
        value = Dual(tag, _number(draw, tag), _number(draw, tag))
    elif kind < 0.75:
        value = tuple(_value(draw, depth - 1, made) for _ in range(draw.randint(1, 3)))
    else:
        value = Binder(tangent, draw.randint(1, 6), _value(draw, depth - 1, made), UNIT)
    made.append(value)
    return value


def _text(value: Any) -> str:
    if type(value) is Dual:
        return f"{value.tag}({_text(value.primal)}, {_text(value.tangent)})"
    if type(value) is Binder:
        return f"binds {value.tag}: {_text(value.function)}"
    return f"({', '.join(map(_text, value))})" if type(value) is tuple else str(value)


def test_a_binder_keeps_the_tag_that_it_binds() -> None:
    """As substitution stops at a λ that binds the name. Values of programs hold no such binder."""
    inner = Binder(tangent, 1, Dual(1, 2.5, 1.0), UNIT)
    outer = (Dual(1, 1.5, 1.0), inner)
    renamed: Any = Renaming(1, 9, lambda _: True)(outer)
    assert _text(renamed) == "(9(1.5, 1.0), binds 1: 1(2.5, 1.0))"
    assert renamed[1] is inner


def test_what_a_walk_knows_of_a_binder_changes_nothing() -> None:
    """A walk that follows others gives what a first one gives."""
    for seed in range(2000):
        draw = Random(seed)
        made: list[Value] = []
        _value(draw, 6, made)
        binders = [value for value in made if type(value) is Binder]
        for _ in range(4 if binders else 0):
            value, old, new = draw.choice(made), draw.randint(0, 6), draw.choice([None, 9])
            kept = {tag for tag in range(1, 7) if draw.random() < 0.6}
            later = _text(Renaming(old, new, kept.__contains__)(value))
            known = [binder.free for binder in binders]
            for binder in binders:
                binder.free = None
            assert later == _text(Renaming(old, new, kept.__contains__)(value)), (seed, _text(value))
            for binder, free in zip(binders, known, strict=True):
                binder.free = free
