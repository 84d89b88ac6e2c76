"""Every nested case in every assignment of modes: translated to ADL, run, compared with its verified value.

Every `nested-cases*.json` of this folder is run: a further file of the same form needs no change here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from vlad_py.ground.errors import Error

from .evaluate import evaluate, matches
from .translate import FIXED, FIXED_BY_TAYLOR, MODES, Inexpressible, translate

Case = dict[str, Any]

CASES: dict[str, Case] = {
    case["id"]: case
    for path in sorted(Path(__file__).parent.glob("nested-cases*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
}

MUTATION = "mutable cells"

# What ADL cannot say, with the reason that the translator gives.
INEXPRESSIBLE = {"ES-07": MUTATION, "ES-09": MUTATION, "ES-11": MUTATION}

# Eight and twelve derivatives, one inside the other: an order more than each needs makes 3^12 coefficients.
TOO_LONG = {"HI-05-H", "HI-09-H"}


def modes(case: Case) -> list[str]:
    """The mode strings of a case: its own, which are of forward and reverse, and those with Taylor."""
    first, *_ = case["modes"]
    if first == FIXED:
        return [FIXED, FIXED_BY_TAYLOR] if re.search(r"\b(D|grad)F\b", case["statement"]) else [FIXED]
    return ["".join(letters) for letters in product(MODES, repeat=len(first))]


def instances() -> Iterator[Any]:
    """Each case in each of its modes."""
    for name, case in CASES.items():
        if name not in INEXPRESSIBLE:
            for mode in modes(case):
                instance = name if mode == FIXED else f"{name}-{mode}"
                if instance not in TOO_LONG:
                    yield pytest.param(case, mode, id=instance)


def test_no_mode_is_left_out() -> None:
    for case in CASES.values():
        assert set(case["modes"]) <= set(modes(case))


@pytest.mark.parametrize(("case", "mode"), list(instances()))
def test_case(case: Case, mode: str) -> None:
    text = translate(case["statement"], mode)
    try:
        got = evaluate(text, case["id"])
    except Error:
        if case["tolerance"].get("error_acceptable"):
            return
        raise
    assert matches(got, case["expected"], case["tolerance"]), f"{got} for\n{text}"


def test_inexpressible() -> None:
    reasons: dict[str, str] = {}
    for name, case in CASES.items():
        try:
            translate(case["statement"], case["modes"][0])
        except Inexpressible as reason:
            reasons[name] = str(reason)
    assert reasons == INEXPRESSIBLE


# ── the translator itself ────────────────────────────────────────────────────────────────────

MAP = "def meta_map(f) = fn xs => match xs { nil => nil; x :: rest => f(x) :: meta_map(f)(rest) }\n"
MAX = "def meta_max(a) = fn b => max(a, b)\n"
ID = "def meta_id(a) = a\n"


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("fn x -> -x^2", "fn x => -x ^ 2"),
        ("2^-1^2 - -3", "2 ^ -1 ^ 2 - -3"),
        ("(1 - (2 - 3)) * (4 / 5)", "(1 - (2 - 3)) * (4 / 5)"),
        ("(-2)^2 / (2^3)^4", "(-2) ^ 2 / (2 ^ 3) ^ 4"),
        ("fn x y -> x; y", "fn x => fn y => { x; y }"),
        ("(fn p -> fst p) (1, 2)", "(fn p => p[0])((1, 2))"),
        ("(let a = 5 in fn x -> a*x, 3)", "({ let a = 5; fn x => a * x }, 3)"),
        ("let x = 1 in let x = x + 1 in x", "{ let x = 1; { let x = x + 1; x } }"),
        ("let f x = x in letrec g y = f y in g", "{ let f = fn x => x; { def g(y) = f(y); g } }"),
        (
            "let def = 1 in let list = 2 in [def, list]",
            "{ let def'' = 1; let list'' = 2; list(def'', list'') }",
        ),
        ("[(1, 2)]", "(1, 2) :: nil"),
        ("cons (cons 1 []) (tail [[2]])", "(1 :: nil) :: tail((2 :: nil) :: nil)"),
        ("map (max 1) [1, 2]", MAX + MAP + "meta_map(meta_max(1))(list(1, 2))"),
        ("let max a b = a in max 1 2", "{ let max'' = fn a => fn b => a; max''(1)(2) }"),
        (
            "if (if 1<2 then 1 else 2) == 1 then id else sin",
            ID + "if (if 1 < 2 then 1 else 2) == 1 then meta_id else sin",
        ),
        ("D", "derivative"),
        ("D2 sin", "derivative_reverse(sin)"),
    ],
)
def test_translate(statement: str, text: str) -> None:
    assert translate(statement, "FR") == text + "\n"


TAYLOR_1 = "def meta_first(f) = fn x => derivatives(f, 1)(x)[1]\n"
TAYLOR_2 = "def meta_first_of_two(f) = fn x => derivatives(f, 2)(x)[1]\n"
TENSOR = "def meta_slopes(f) = fn x => unflatten(x, flatten(derivative_tensor(f, x, 1)))\n"


@pytest.mark.parametrize(
    ("statement", "mode", "text"),
    [
        ("D1 D2", "TH", TAYLOR_2 + TAYLOR_1 + "meta_first(meta_first_of_two)"),
        ("D1 (DF sin)", "TH", TAYLOR_1 + "meta_first(derivative(sin))"),
        ("DR (DF sin)", FIXED_BY_TAYLOR, TAYLOR_1 + "derivative_reverse(meta_first(sin))"),
        ("DR (DF sin)", FIXED, "derivative_reverse(derivative(sin))"),
        ("grad1 sum", "HR", TENSOR + "meta_slopes(sum)"),
    ],
)
def test_translate_to_taylor(statement: str, mode: str, text: str) -> None:
    assert translate(statement, mode) == text + "\n"


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("(fst (1, 2), snd (1, 2), map fst [(3, 4)], map snd [(3, 4)])", [1.0, 2.0, [3.0], [4.0]]),
        (
            "(nth [5, 6] 1, map (nth [5, 6]) [1, 0], len [5, 6], map len [[1], []])",
            [6.0, [6.0, 5.0], 2.0, [1.0, 0.0]],
        ),
        (
            "(head [5, 6], tail [5, 6], cons 4 [5], map (cons 4) [[], [5]])",
            [5.0, [6.0], [4.0, 5.0], [[4.0], [4.0, 5.0]]],
        ),
        ("(map head [[5, 6]], map tail [[5, 6]])", [[5.0], [[6.0]]]),
        ("fold (fn a x -> 10*a + x) 0 [1, 2, 3]", 123.0),
        (
            "(sum [1, 2], dot [1, 2] [3, 4], map (dot [1, 2]) [[3, 4]], map sum [[1], []])",
            [3.0, 11.0, [11.0], [1.0, 0.0]],
        ),
        ("(range 3, range 2 5, map range [2])", [[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [[0.0, 1.0]]]),
        (
            "(sort [3, 1, 2], maximum [3, 1], map maximum [[2, 5]], map sort [[2, 1]])",
            [[1.0, 2.0, 3.0], 3.0, [5.0], [[1.0, 2.0]]],
        ),
        ("(iterate 3 (fn x -> 2*x) 1, iterate 0 id 7)", [8.0, 7.0]),
        ("(where (1 > 0) 2 3, where (1 < 0) 2 3)", [2.0, 3.0]),
        ("(id 3, map id [3], int 4, abs (-2), sign (-2), floor 2.5)", [3.0, [3.0], 4.0, 2.0, -1.0, 2.0]),
        ("(max 1 2, min 1 2, map (max 2) [1, 3], log 1, map log [1])", [2.0, 1.0, [2.0, 3.0], 0.0, [0.0]]),
        ("(stop 3, map stop [3], logsumexp [0, 0] - log 2)", [3.0, [3.0], 0.0]),
        ("(jvp sin 0 2, vjp sin 0 3, pullback sin 0 4, map (vjp sin 0) [5])", [2.0, 3.0, 4.0, [5.0]]),
        ("D (custom sin (fn x v -> 7*v) id) 0", 7.0),
        ("map (D (fn x -> x^3)) [1, 2]", [3.0, 12.0]),
        ("map (fn f -> f sin 0) [D, DR, D2]", [1.0, 1.0, 1.0]),
        ("grad (fn p -> fst p * nth (snd p) 0) (2, [3, 4])", [3.0, [2.0, 0.0]]),
        ("gradF (fn p -> fst p * nth (snd p) 0) (2, [3, 4])", [3.0, [2.0, 0.0]]),
        ("let (a, b) = (1, 2) in (fn (x, y) -> x - y) (b, a)", 1.0),
        ("letrec fn' (n, m) = if n <= 0 then m else fn' (n - 1, m + n) in fn' (4, 0)", 10.0),
        ("let and = 2 in let sum = 3 in and * sum + 1e1 + .5 + 1.", 17.5),
    ],
)
def test_translation_means_the_same(statement: str, value: Any) -> None:
    assert matches(evaluate(translate(statement, "FR"), "statement"), value, {"rel_or_abs": 1e-12})
