"""Traces: the survey's tables cell by cell, nested derivatives, and the forms that they are written in."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tracing import SURVEY, traced

import vlad_py as vlad
from vlad_py.ground.errors import RunError
from vlad_py.laboratory.traces import trace
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.observed.wengert import Recorded
from vlad_py.numbers.reverse.tape import Node
from vlad_py.numbers.roles import listening, roles
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.session.session import Session

# ── the survey ───────────────────────────────────────────────────────────────────────────────

PRIMAL = """\
v₋₁ | x1 | | 2
v₀ | x2 | | 5
v₁ | ln v₋₁ | ln 2 | 0.693
v₂ | v₋₁ × v₀ | 2 × 5 | 10
v₃ | sin v₀ | sin 5 | −0.959
v₄ | v₁ + v₂ | 0.693 + 10 | 10.693
v₅ | v₄ − v₃ | 10.693 + 0.959 | 11.652
y | v₅ | | 11.652"""

FORWARD = """\
v̇₋₁ | ẋ1 | | 1
v̇₀ | ẋ2 | | 0
v̇₁ | v̇₋₁ / v₋₁ | 1 / 2 | 0.5
v̇₂ | v̇₋₁ × v₀ + v̇₀ × v₋₁ | 1 × 5 + 0 × 2 | 5
v̇₃ | v̇₀ × cos v₀ | 0 × cos 5 | 0
v̇₄ | v̇₁ + v̇₂ | 0.5 + 5 | 5.5
v̇₅ | v̇₄ − v̇₃ | 5.5 − 0 | 5.5
ẏ | v̇₅ | | 5.5"""

REVERSE = """\
v̄₅ | ȳ | | | 1
v̄₄ | v̄₅ ∂v₅/∂v₄ | v̄₅ × 1 | 1 × 1 | 1
v̄₃ | v̄₅ ∂v₅/∂v₃ | v̄₅ × (−1) | 1 × (−1) | −1
v̄₁ | v̄₄ ∂v₄/∂v₁ | v̄₄ × 1 | 1 × 1 | 1
v̄₂ | v̄₄ ∂v₄/∂v₂ | v̄₄ × 1 | 1 × 1 | 1
v̄₀ | v̄₃ ∂v₃/∂v₀ | v̄₃ × cos v₀ | (−1) × cos 5 | −0.284
v̄₋₁ | v̄₂ ∂v₂/∂v₋₁ | v̄₂ × v₀ | 1 × 5 | 5
v̄₀ | v̄₀ + v̄₂ ∂v₂/∂v₀ | v̄₀ + v̄₂ × v₋₁ | −0.284 + 1 × 2 | 1.716
v̄₋₁ | v̄₋₁ + v̄₁ ∂v₁/∂v₋₁ | v̄₋₁ + v̄₁ / v₋₁ | 5 + 1 / 2 | 5.5
x̄1 | v̄₋₁ | | | 5.5
x̄2 | v̄₀ | | | 1.716"""


def lines(rows: Any) -> str:
    return "\n".join(" | ".join(row).replace("|  |", "| |").replace("|  |", "| |") for row in rows)


def test_table_2_is_that_of_the_survey() -> None:
    (table,) = traced(SURVEY, 2, 5, mode="forward").tables()
    assert lines(row[:4] for row in table.rows) == PRIMAL
    assert lines(row[4:8] for row in table.rows) == FORWARD


def test_table_3_is_that_of_the_survey() -> None:
    primal, adjoint = traced(SURVEY, 2, 5, mode="reverse").tables()
    assert lines(row[:4] for row in primal.rows) == PRIMAL
    assert lines(adjoint.rows) == REVERSE


def test_the_forms_agree() -> None:
    t = traced(SURVEY, 2, 5)
    assert "v̄₀       v̄₀ + v̄₂ ∂v₂/∂v₀" in t.text()
    assert "| v̄₀ | v̄₀ + v̄₂ ∂v₂/∂v₀ | v̄₀ + v̄₂ × v₋₁ | −0.284 + 1 × 2 | 1.716 |" in t.markdown()
    assert r"$\bar{v}_{0} + \bar{v}_{2} \times v_{-1}$ & $-0.284 + 1 \times 2$ & $1.716$" in t.latex()
    assert "−" not in t.latex()
    rows = list(csv.DictReader(io.StringIO(t.csv())))
    assert [(row["name"], float(row["adjoint"])) for row in rows[:2]] == [
        ("v-1", 5.5),
        ("v0", 1.7163378145367738),
    ]
    data = json.loads(t.json())
    assert data["gradient"] == {"x1": 5.5, "x2": 1.7163378145367738}
    sine = data["operations"][4]
    assert sine["place"] == {"file": "survey.adl", "line": 1, "column": 36, "text": "sin(x2)"}
    assert [u["value"] for u in data["updates"] if u["adjoint"] == "v0"] == [
        -0.28366218546322625,
        1.7163378145367738,
    ]
    assert ">v̄₅</td>" in t._repr_html_()


FORMULAS = [
    "where(x > 1, x ^ 2, -x)[1:]",
    "m[1:, 0] * x[[0, 0]] ^ 1e-12",
    "[sum(m), derivative(fn t => gradient(fn s => s * t * x[0])(1))(2), taylor(sin, x[1], 2)[1]]",
    "sort(m, {axis: 1})[0] + inf * ones(9)[6:] + norm(x) * max(x, 1) / hypot(x, 2)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_can_be_set(text: str) -> None:
    mathtext = pytest.importorskip("matplotlib.mathtext").MathTextParser("path")
    session = Session(write=lambda _: None)
    session.run_script(f"def f(x, m, long_name') = sum({text}) * long_name'.x_1\n", "t.adl")
    point = session.evaluate("([0.5, 2.5, 1.25], [[3, 1, 2], [1.5, 5, 0.25]], {x_1: 2})")
    for mode in ("forward", "reverse"):
        formulas = re.findall(r"\$[^$]*\$", trace(session.evaluate("f"), point, mode=mode).latex())
        assert len(formulas) > 20
        for formula in formulas:
            mathtext.parse(formula)  # raises ValueError


def test_operations_may_be_numbered_as_they_run() -> None:
    data = traced(SURVEY, 2, 5, as_run=True).data()
    assert [row["operation"] for row in data["operations"]] == ["x1", "x2", "ln", "*", "+", "sin", "-"]


# ── nested differentiation ───────────────────────────────────────────────────────────────────

NESTED = """\
def f(x) = x * derivative(fn y => x * y * y)(1)
def g(x) = gradient(fn (a, b) => a * b * x)(x, x)[0] + derivative(fn t => derivative(fn u => u * t * u)(t))(x)
"""


def test_each_level_is_named_by_its_operators_place() -> None:
    data = traced(NESTED, 3).data()
    (level,) = data["levels"]
    assert (level["operator"], level["place"]["line"], level["place"]["column"]) == ("derivative", 1, 16)
    parts = {row["name"]: row["parts"] for row in data["operations"]}
    assert parts["v3"] == [{"level": 1, "role": "tangent"}]
    assert parts["v1"] == parts["v4"] == []


def test_levels_of_mixed_modes() -> None:
    t = traced(NESTED, 3, name="g")
    levels = t.recording.levels
    assert [level.operator for level in levels] == ["gradient", "derivative", "derivative"]
    assert [level.span and level.span.place for level in levels] == [
        "survey.adl:2:12",
        "survey.adl:2:56",
        "survey.adl:2:75",
    ]
    roles = {part.role for parts in t.recording.parts for part in parts}
    assert roles == {"tangent", "adjoint"}
    assert any([part.level for part in parts] == [2, 3] for parts in t.recording.parts)


def test_an_outer_level_has_the_smaller_number() -> None:
    text = "def f(x) = 1 + derivative(fn t => gradient(fn u => u * x)(t))(x)\n"
    levels = traced(text, 3, mode="primal").recording.levels
    assert [level.span and level.span.text.partition("(")[0] for level in levels] == [
        "derivative",
        "gradient",
    ]


def test_what_a_sweep_runs_again_adds_its_own_levels_only() -> None:
    text = "def f(x) = gradient(checkpointed(fn y => y * y))(x)\n"
    recording = traced(text, 3, mode="primal").recording
    shown = {part.level for parts in recording.parts for part in parts}
    assert shown == {level.number for level in recording.levels} == {1, 2}


def test_taylor_coefficients_are_of_a_level() -> None:
    t = traced("def f(x) = taylor(fn y => x * sin(y), 1, 2)[1] * x\n", 3, mode="primal")
    assert [(level.operator, level.span and level.span.place) for level in t.recording.levels] == [
        ("taylor", "survey.adl:1:12")
    ]
    assert t.text().count("Taylor₁") == 2


def test_the_gradient_of_nested_derivatives() -> None:
    # f(x) = x · 2x, g(x) = x² + 2 · 2x
    assert traced(NESTED, 3).gradient() == {"x": 12.0}


def test_the_trace_of_a_minimum_has_the_derivative_of_its_equation() -> None:
    text = "import optimize\ndef f(a) = optimize.minimize(fn x => (x - a) ^ 2 + x, 0).x ^ 2\n"
    assert traced(text, 0.7).gradient()["a"] == pytest.approx(0.4)


# ── derivatives by rules ─────────────────────────────────────────────────────────────────────

STEP = "def step(x) = if x > 0 then exp(x) / 2 else 0\n"
BY_RULES = [
    "let g = with_derivative(step, fn (x, v) => 3 * x * v)\ndef f(x) = x * g(x)",
    "let g = with_pullback(step, fn (x, w) => 3 * x * w)\ndef f(x) = x * g(x) + g(g(x))",
    "let g = with_rules(step, fn (x, v) => 3 * x * v, fn (x, w) => 3 * x * w)\ndef f(x) = g(2 * x)",
    "let g = with_pullback(fn (x, y) => x * y, fn ((x, y), w) => (y * w, 7 * w))\n"
    "def f(x) = g(x, sin(x)) * x",
    "let g = with_derivative(fn (x, y) => (x * y, [x, 1]), fn ((x, y), (u, v)) => (3 * u * y, [x * v, u]))\n"
    "def f(x) = { let (a, b) = g(x, x ^ 2)\n  a * b[0] + b[1] }",
    "let g = with_derivative(fn x => x * x, fn (x, v) => 5 * x * v)\ndef f(x) = sum(g([x, 2 * x]) ^ 2)",
    "let g = with_derivative(step, fn (x, v) => 3 * x * v)\ndef f(x) = derivative(fn t => t * g(t))(x) * x",
    "let g = with_derivative(step, fn (x, v) => 3 * x * v)\ndef f(x) = gradient(fn t => t * g(t * x))(x)",
    "let h = with_derivative(step, fn (x, v) => 3 * x * v)\n"
    "let g = with_derivative(fn x => h(x) + 1, fn (x, v) => h(x) * v)\ndef f(x) = g(x) * x",
]


@pytest.mark.parametrize("text", BY_RULES)
def test_a_derivative_by_a_rule_is_one_operation(text: str) -> None:
    session = Session()
    session.evaluate(STEP + text)
    expected = session.evaluate("gradient(f)(2)")
    reverse, forward = (traced(STEP + text + "\n", 2, mode=mode) for mode in ("reverse", "forward"))
    assert reverse.gradient() == {"x": pytest.approx(expected)}
    (result,) = forward.recording.outputs()
    assert isinstance(result, Recorded)
    assert forward.tangents[result.index].value == pytest.approx(expected)
    assert reverse.value == forward.value == session.evaluate("f(2)")
    operations = {entry.primitive.name for entry in reverse.recording.entries if entry.primitive}
    assert any(name == "step" or name.startswith("fn ") for name in operations)
    assert not operations & {"exp"}
    primal = traced(STEP + text + "\n", 2, mode="primal")
    primals = {entry.primitive.name for entry in primal.recording.entries if entry.primitive}
    assert not any(name == "step" or name.startswith("fn ") for name in primals)
    try:
        session.evaluate(reverse.source())
    except RunError as error:
        assert "which ADL cannot write" in error.message
    else:  # the gradient does not need the value
        assert session.evaluate("f_gradient(2)") == pytest.approx(expected)


def test_a_function_of_python_is_one_operation() -> None:
    square = vlad.primitive(lambda x: x * x, vjp="fn (x, w) => 3 * x * w", name="square_of")
    f = vlad.evaluate("fn x => sin(x) * square_of(x)", functions={"square_of": square})
    found = vlad.trace(f, 2)
    assert "square_of v₀" in found.text()
    assert found.gradient() == {"x": pytest.approx(vlad.gradient(f)(2))}


def test_a_rule_of_a_function_that_gives_a_function_is_refused() -> None:
    text = "let g = with_derivative(fn x => fn y => x * y, fn (x, v) => fn y => v * y)\ndef f(x) = g(x)(3)\n"
    with pytest.raises(RunError, match="returns a function, but a rule gives its derivative"):
        traced(text, 2)
    assert traced(text, 2, mode="primal").value == 6.0


# ── roles ────────────────────────────────────────────────────────────────────────────────────


def test_numbers_tell_their_roles_while_somebody_listens_only() -> None:
    own = {(number, name): method for number in (Dual, Node, Taylor) for name, method in vars(number).items()}
    with pytest.raises(RunError), listening():
        assert Dual.lift1 is not own[Dual, "lift1"]
        with listening():
            assert vlad.evaluate("gradient(fn x => derivative(sin)(x))(1)") == -math.sin(1)
        assert Node.applied is not own[Node, "applied"]
        assert roles() == ()
        vlad.evaluate("derivative(fn x => sqrt(x)(1))(2)")
    assert own == {
        (number, name): method for number in (Dual, Node, Taylor) for name, method in vars(number).items()
    }
    assert roles() == ()


def test_a_thread_tells_its_own_roles() -> None:
    f = vlad.evaluate("fn x => derivative(fn y => sin(y) * x)(x)")
    alone = vlad.trace(f, 2).text()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: (vlad.trace(f, 2).text(), vlad.gradient(f)(2)), range(40)))
    assert set(found) == {(alone, vlad.gradient(f)(2))}


def test_a_zero_given_as_a_cotangent_is_not_there_in_a_trace_either() -> None:
    # the sweep inside the call is made again, with a cotangent that the trace records
    f = vlad.evaluate("fn (v, w) => sum(vjp(sqrt, v)[1](w))")
    v, w = np.array([0.0, 4.0]), np.array([0.0, 1.0])
    assert f(v, w) == 0.25
    value = str(vlad.trace(f, v, w)).split("\ny ")[1].splitlines()[0]
    assert value.endswith("0.25")


@pytest.mark.parametrize("sample", ["gamma(random.key(3), a)", "beta(random.key(3), a, 2)"])
def test_a_sample_is_one_operation(sample: str) -> None:
    """It is computed with Python's numbers, which cannot be watched; its rule gives its derivatives."""
    found = traced(f"import random\ndef f(a) = 2 * random.{sample}\n", 2)
    assert found.data()["operations"][1]["operation"].startswith(sample.split("(", maxsplit=1)[0])


# ── results beside reals ─────────────────────────────────────────────────────────────────────

RULE = """\
let g = with_derivative(fn x => (x ^ 2, "a"), fn (x, v) => (2 * x * v, ()))
def f(x) = { let (y, _) = g(x); y }
"""


def test_data_carries_tangents_and_what_json_has_no_number_for() -> None:
    t = traced("def f(x) = sum([x, 1] * [1 / 0, 2])\n", 2, mode="forward")
    found = [(row["value"], row["tangent"]) for row in json.loads(t.json())["operations"]]
    assert found == [(2.0, 1.0), ([2.0, 1.0], [1.0, 0.0]), ("[inf, 2]", "[inf, 0]"), ("inf", "inf")]


def test_a_constant_result_is_in_the_table_and_in_the_program() -> None:
    t = traced("def f(x) = (x * 2, 5)\n", 2, mode="forward")
    assert lines(row[:8] for row in t.tables()[0].rows).splitlines()[-1] == "y2 | 5 | | 5 | ẏ2 | | | 0"
    assert "  ((v1, 5), (dv1, 0))\n" in t.source()


def test_a_function_with_a_rule_may_give_data_as_well() -> None:
    rows = json.loads(traced(RULE, 2, mode="forward").json())["operations"]
    assert [(row["value"], row["tangent"]) for row in rows] == [(2.0, 1.0), (4.0, 4.0)]
