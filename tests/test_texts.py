"""The texts of expressions: programs, Unicode and LaTeX, of every primitive and its derivatives."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sweep
from array_calls import Plain, calls_of, drawn, value_of
from array_modes import Function, Values, agree, along, inner, plain_data, pulled, pushed
from sweep import D, active, function, probes
from sweep_arrays import of_arrays

import vlad_py as vlad
from vlad_py.execution.machine import run
from vlad_py.expressions.expression import Expression
from vlad_py.expressions.text.notations import UNICODE
from vlad_py.expressions.text.printer import Printer
from vlad_py.ground.errors import NoDerivative
from vlad_py.laboratory.modes import adjoints, expression_of, tangents
from vlad_py.laboratory.program import forward_program, reverse_program
from vlad_py.laboratory.recording import Recording
from vlad_py.laboratory.trace_text import latex, operation_name, unicode
from vlad_py.numbers.observed.wengert import Recorded, WengertList
from vlad_py.numbers.symbolic.symbolic import Formula, symbol
from vlad_py.primitives.arithmetic import div, mul
from vlad_py.primitives.declare import elementwise
from vlad_py.primitives.kinds import OfReals, Structural
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.trig import cosh
from vlad_py.primitives.words import SUM, Pattern
from vlad_py.python.convert import to_python
from vlad_py.session.session import Session
from vlad_py.values.values import Value, plain, shape_of

# `array` and other words of structures may stand in a text
INTERNAL = {p.name for p in PRIMITIVES.values() if p.internal and not isinstance(p, Structural)}
INTERNAL |= {"if_above", "if_same", "array_of"}
MOST_CALLS = 5  # of one primitive


def complaints(text: str) -> Iterator[str]:
    """What no text may show: an internal name, a question mark, something without words."""
    if found := set(re.findall(r"[a-z]\w*", text.replace("\\_", "_"))) & INTERNAL:
        yield f"{found} in {text}"
    if re.search(r"[?⋯<]|\\cdots", text):
        yield text


# ── traces: every primitive, and the derivatives of it and of its derivative ─────────────────


def recording(f: Function, xs: Values) -> Recording:
    """The recording of a function of Python, driven directly."""
    wengert = WengertList()
    result = f(*(wengert.input(x) for x in xs))
    names = tuple(f"x{i + 1}" for i in range(len(xs)))
    spans: list[Any] = [None] * len(wengert.entries)
    parts: list[Any] = [()] * len(wengert.entries)
    depths = [0] * len(wengert.entries)
    point = xs[0] if len(xs) == 1 else xs
    return Recording(
        "f", None, point, names, names, names, wengert.entries, result, spans, parts, depths, [], "", ""
    )


def texts(expression: Expression) -> Iterator[str]:
    """An expression in names and in numbers, as tables write it."""
    for numeric in (False, True):
        for notation in (unicode, latex):
            yield notation(lambda i: i, numeric=numeric).of(expression)


def squared(f: Function, w: Plain) -> Function:
    """A real function with a second derivative where f is linear."""

    def real(*xs: Value) -> Value:
        y = f(*xs)
        return inner(value_of(w), mul(y, y))

    return real


def points(primitive: Primitive) -> Iterator[tuple[Function, tuple[Plain, ...]]]:
    """Functions that are one call of a primitive, each with a point."""
    if isinstance(primitive, OfReals):
        xs = probes(primitive)[0]
        by = active(primitive)

        def at(*ys: Value) -> Value:
            return function(primitive)(tuple(ys[by.index(i)] if i in by else x for i, x in enumerate(xs)))

        yield at, tuple(xs[i] for i in by)
    for call in calls_of(primitive)[:MOST_CALLS]:
        yield call.function, call.inputs


TRACED = list({p.name: p for p in (*of_arrays(), *sweep.differentiable())}.values())


@pytest.mark.parametrize("primitive", TRACED, ids=lambda p: p.name)
def test_traces_are_written_and_run(primitive: Primitive) -> None:
    chance = np.random.default_rng(7)
    for f, inputs in points(primitive):
        xs = tuple(map(value_of, inputs))
        vs = tuple(value_of(drawn(shape_of(x), chance)) for x in xs)
        real = squared(f, drawn(shape_of(f(*xs)), chance))
        try:
            slope = along("R", real, vs)
            slope(*xs)
        except NoDerivative:
            continue
        for g in (real, slope):
            found = recording(g, xs)
            if not isinstance(found.result, Recorded):
                continue
            updates, forward = adjoints(found), tangents(found, vs)
            own = [expression_of(entry) for entry in found.entries[len(xs) :]]
            names = [operation_name(operation) for operation in own]
            written = [text for x in (*own, *(u.term for u in updates), *forward) for text in texts(x)]
            assert not [bad for text in (*names, *written) for bad in complaints(text)]
            session, point = Session(), xs[0] if len(xs) == 1 else xs
            session.evaluate(reverse_program(found, updates))
            gradient: Any = run(session.evaluate("f_gradient"), point)
            expected = pulled(g, xs, 1.0, tuple(range(len(xs))))
            for got, y in zip(gradient if len(xs) > 1 else (gradient,), expected, strict=True):
                assert agree(got, plain_data(y), 1e-9, 1e-9)
            session.evaluate(forward_program(found, forward))
            direction = vs[0] if len(xs) == 1 else vs
            pair: Any = run(session.evaluate("f_forward"), (point, direction))
            assert agree(pair[1], plain_data(pushed(g, xs, vs)), 1e-9, 1e-9)


# ── formulas: every primitive of reals, its first and its second derivatives ─────────────────


def formulas(primitive: Primitive) -> Iterator[tuple[Any, Any]]:
    """Expressions of x0, x1, …, each with the function of reals that it stands for."""
    f, by = function(primitive), active(primitive)
    wanted = [f, *(D(mode, f, i) for mode in "FR" for i in by)]
    wanted += [D("R", D("F", f, i), j) for i in by for j in by]
    xs = tuple(symbol(f"x{i}") if i in by else x for i, x in enumerate(probes(primitive)[0]))
    for g in wanted:
        formula = plain(g(xs))
        if isinstance(formula, Formula):
            yield formula, g


@pytest.mark.parametrize("primitive", sweep.differentiable(), ids=lambda p: p.name)
def test_formulas_are_written_and_read_back(primitive: Primitive) -> None:
    session = Session()
    for formula, g in formulas(primitive):
        shown = [formula.text(), formula.shared(), formula.latex(), formula.latex(shared=True)]
        shown.append(Printer(UNICODE, lambda x: x.name).of(formula.expression))
        assert not [bad for text in shown for bad in complaints(text)]
        for point in probes(primitive):
            lets = "\n".join(f"let x{i} = {x!r}" for i, x in enumerate(point))
            expected: Any = plain(g(point))
            for text in shown[:2]:
                got = session.evaluate(f"{{\n{lets}\n{text}\n}}")
                assert sweep.close(got, expected, 1e-12, 1e-14), (text, point)


# ── arrays of symbols that are not taken apart ───────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "max(b)",
        "gradient(fn b => sum(relu(b)))(b)",
        "gradient(max)(b)",
        "norm(m, {axis: 0})[2]",
        "gradient(fn b => b[3] * b[5])(b)",
        "gradient(fn m => m[3, 0] * m[5, 1])(m)",
        "gradient(fn b => b[[3, 3, 5]] @ [1, 2, 3])(b)",
        "reverse(b)",
        "gradient(fn b => sum(reverse(b) * b))(b)",
        "cumsum(b)",
        "gradient(fn b => cumsum(b)[100])(b)",
        "cumsum(m, {axis: 1})",
        "gradient(fn m => sum(cumsum(m, {axis: 1}) ^ 2))(m)",
        "diag(b[:11])",
        "diag(m[:10])",
        "gradient(fn b => sum(diag(b[:11]) ^ 2))(b)",
        "gradient(fn m => sum(diag(m[:10]) ^ 2))(m)",
        "transpose(m)",
        "stack(list(b, b), {axis: 1})",
        "sum(m, {axis: 1})",
        "m - sum(m, {axis: 1})[0]",
        "gradient(fn m => sum(m + m[0]))(m)",
        "gradient(fn m => sum((m * reshape(m[:, 0], (12, 1))) ^ 2))(m)",
        "concat(b, b)",
    ],
)
def test_the_text_of_arrays_that_are_not_taken_apart_reads_back(text: str) -> None:
    def at_arrays(text: str) -> Any:
        arrays = "let b = [sin(i) for i in 1..120]; let m = reshape(b, (12, 10))"
        return Session().evaluate(f"{{ {arrays}; {text} }}")

    written = Session().evaluate(f'{{ let b = symbol("b", 120); let m = symbol("m", 12, 10); show({text}) }}')
    found, expected = (to_python(at_arrays(each), vlad.Function) for each in (str(written), text))
    assert np.shape(found) == np.shape(expected) and np.allclose(found, expected)


def test_an_expression_that_has_no_text_has_a_representation() -> None:
    nameless = elementwise(
        "nameless", doc="", value=lambda x: x, partials=(1.0,), probe=((0.0, 1.0),), internal=True
    )
    del PRIMITIVES["nameless"]
    found: Any = plain(nameless(symbol("b")))
    assert repr(found) == "<an expression of b>"
    assert found.latex() == r"\operatorname{nameless}\left(b\right)"
    with pytest.raises(vlad.Error, match="which ADL cannot write"):
        found.shared()


# ── an entry of our own ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def forget() -> Iterator[None]:
    """Takes entries of a test out of the table again."""
    before = set(PRIMITIVES)
    yield
    for name in set(PRIMITIVES) - before:
        del PRIMITIVES[name]


ENTRIES: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "named": ({}, ("own(x)", "own x", r"\operatorname{own}\left(x\right)")),
    "with latex": ({"latex": r"\own"}, ("own(x)", "own x", r"\own\left(x\right)")),
    "of another name": (
        {"internal": True, "text": "sin"},
        ("sin(x)", "sin x", r"\operatorname{sin}\left(x\right)"),
    ),
    "a pattern": (
        {"internal": True, "text": Pattern("{0:atom} ^ 2 - 1", SUM), "latex": Pattern("{0:atom}^2 - 1", SUM)},
        ("x ^ 2 - 1", "x² − 1", "x^2 - 1"),
    ),
    "spelt": (
        {"internal": True, "spelt": lambda x: div(1.0, cosh(x))},
        ("1 / cosh(x)", "1 / cosh x", r"\frac{1}{\cosh\left(x\right)}"),
    ),
}


@pytest.mark.parametrize("kind", ENTRIES)
def test_an_entry_is_written_by_its_words_alone(kind: str, forget: None) -> None:
    words, expected = ENTRIES[kind]
    own = elementwise("own", doc="", value=lambda x: x, partials=(1.0,), probe=((0.0, 1.0),), **words)
    formula: Any = plain(own(symbol("x")))
    read = Printer(UNICODE, lambda x: x.name).of(formula.expression)
    assert (formula.text(), read, formula.latex()) == expected
    twice: Any = plain(mul(own(symbol("x")), own(symbol("x"))))
    assert "x ^ 2 - 1 *" not in twice.text()


@pytest.mark.parametrize("step", ["sin(s)", 's + sin(i * symbol("x"))', "max(s, i)"])
def test_a_text_takes_memory_in_proportion_to_its_length(step: str) -> None:
    """The texts of parts are not kept where they are used once."""
    peaks = []
    for turns in (200, 800):
        long = vlad.evaluate(f'loop s = symbol("x") for i in 1..{turns} do {step}')
        tracemalloc.start()
        text = str(long)
        peaks.append(tracemalloc.get_traced_memory()[1] / len(text))
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0], peaks
