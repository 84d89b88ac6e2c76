"""Every nested case in every assignment of modes: translated to ADL, run, compared with its verified value.

Every `nested-cases*.json` of this folder is run: a further file of the same form needs no change here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vlad_py.errors import Error

from .evaluate import evaluate, matches
from .translate import Inexpressible, translate

Case = dict[str, Any]

CASES: dict[str, Case] = {
    case["id"]: case
    for path in sorted(Path(__file__).parent.glob("nested-cases*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
}

MUTATION = "mutable cells"

# What ADL cannot say, with the reason that the translator gives.
INEXPRESSIBLE = {"ES-07": MUTATION, "ES-09": MUTATION, "ES-11": MUTATION}


def instances() -> Iterator[Any]:
    """Each case with each of its mode strings."""
    for name, case in CASES.items():
        if name not in INEXPRESSIBLE:
            for mode in case["modes"]:
                yield pytest.param(case, mode, id=name if mode == "-" else f"{name}-{mode}")


@pytest.mark.parametrize(("case", "mode"), instances())
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

TAIL = "def meta_tail(xs) = match xs { _ :: rest => rest }\n"
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
        ("cons (cons 1 []) (tail [[2]])", TAIL + "(1 :: nil) :: meta_tail((2 :: nil) :: nil)"),
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
