"""Derivatives of random programs in every mode, nesting and tier, and by differences with 300 digits.

A smooth program is compared with the oracle as well; one with derivatives of its own, or at a point where
something is singular, with itself. Where a mode gives a number at a singular point, no other mode may give
another number. One program in sixteen is looked at in all modes and compiled; of the others, each order takes
a few modes, drawn at random.
"""

from __future__ import annotations

import json
import math
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

from fuzz import exact, oracle
from fuzz.drive import Fuzz, main
from fuzz.wide import Singular, Wide, exchanged
from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import LimitError, NotNative
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.session.session import Session
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Closure, Value, list_items

LIMITS = Limits(seconds=30.0, depth=100_000)
DEPTHS = (1, 2, 2, 2, 2, 3)  # of expressions; small programs are cheap, and enough for most defects
LONGEST = 600  # letters of a program
CLOSE = 1e-7  # relative; of what is ill-conditioned more
THOROUGH = 0.02  # of the programs
MODES_A_LOOK = 3  # of one order, for the others
NUDGE = 1e-13  # of the point, relative, which tells how ill-conditioned a derivative is
SINGULAR = ("0", "0", "1", "-1", "0.5", "2")

MODES = {"F": "gradient_forward", "R": "gradient"}
ALONG = {"F": "derivative", "R": "derivative_reverse"}
ARRAY = "fn v => h(v[0], v[1])"


def _second(outer: str, inner: str) -> str:
    parts = (f"{MODES[outer]}(fn (a, b) => {MODES[inner]}(h)(a, b)[{i}])(x, y)" for i in (0, 1))
    return f"({', '.join(parts)})"


def _third() -> Iterator[tuple[str, str]]:
    for a in "FR":
        for b in "FR":
            for c in "FR":
                yield a + b + c, f"{ALONG[a]}({ALONG[b]}({ALONG[c]}(g)))(0)"


# What must be equal, by what it is: expressions of h, a function of two reals; of its point (x, y); of g, a
# function of one real, which is h along a line; and of k, which is h with the other modes inside. The oracle
# is asked for the first of each kind, which is the cheapest for it.
FIRST = {
    "reverse": "gradient(h)(x, y)",
    "forward": "gradient_forward(h)(x, y)",
    "along": "(jvp(h, (x, y), (1, 0))[1], jvp(h, (x, y), (0, 1))[1])",
    "pulled": "vjp(h, (x, y))[1](1)",
    "pulled twice": "{ let p = vjp(h, (x, y))[1]; (p(2)[0] - p(1)[0], p(0.5)[1] * 2) }",
    "slices": "(derivative(fn t => h(t, y))(x), derivative(fn t => h(x, t))(y))",
    "slices in reverse": "(derivative_reverse(fn t => h(t, y))(x), derivative_reverse(fn t => h(x, t))(y))",
    "series": "(nth_derivative(fn t => h(t, y), 1)(x), derivatives(fn t => h(x, t), 2)(y)[1])",
    "many directions": f"jacobian_forward({ARRAY})([x, y])",
    "rows": f"jacobian_reverse({ARRAY})([x, y])",
    "tensor": f"derivative_tensor({ARRAY}, [x, y], 1)",
    "curried": "(derivative(fn a => fn b => h(a, b))(x)(y), "
    "derivative_reverse(fn b => fn a => h(a, b))(y)(x))",
    "with its value": "value_and_gradient(h)(x, y)[1]",
    "of a record": "{ let r = gradient(fn r => h(r.p, r.q))({p: x, q: y}); (r.p, r.q) }",
    "other modes inside": "gradient(k)(x, y)",
    "other modes inside, forward": "gradient_forward(k)(x, y)",
    "again": "{ let a = gradient(h)(x + 0.5, y); let b = gradient(h)(x, y + 0.5); gradient(h)(x, y) }",
    "again, forward": "{ let a = gradient_forward(h)(x + 0.5, y); let b = gradient_forward(h)(x, y); "
    "gradient_forward(h)(x, y) }",
}
SECOND = {
    "Hessian": f"hessian({ARRAY})([x, y])",
    **{outer + inner: _second(outer, inner) for outer in "RF" for inner in "RF"},
    "along": "(hvp(h, (x, y), (1, 0)), hvp(h, (x, y), (0, 1)))",
    "pulled": "{ let p = vjp(gradient(h), (x, y))[1]; (p(1, 0), p(0, 1)) }",
    "tensor": f"derivative_tensor({ARRAY}, [x, y], 2)",
    "rows of forward": f"jacobian_reverse(gradient_forward({ARRAY}))([x, y])",
    "columns of reverse": f"jacobian_forward(gradient({ARRAY}))([x, y])",
    "series": "(nth_derivative(fn t => h(t, y), 2)(x), "
    "derivative(fn t => nth_derivative(fn s => h(t, s), 1)(y))(x), "
    "nth_derivative(fn t => derivative_reverse(fn s => h(s, t))(x), 1)(y), "
    "derivatives(fn t => h(x, t), 3)(y)[2])",
}
THIRD = {
    **dict(_third()),
    "series": "nth_derivative(g, 3)(0)",
    "a series in forward": "derivative(nth_derivative(g, 2))(0)",
    "a series in reverse": "derivative_reverse(fn t => derivatives(g, 2)(t)[2])(0)",
    "forward in a series": "nth_derivative(derivative(g), 2)(0)",
    "reverse in a series": "nth_derivative(derivative_reverse(g), 2)(0)",
}
ORDERS = {
    "value": {"once": "h(x, y)", "other modes inside": "k(x, y)"},
    "first": FIRST,
    "second": SECOND,
    "third": THIRD,
}
COMPILED = ("once", "reverse", "forward", "pulled", "RR", "FR", "RF", "Hessian", "FRF", "series")
LINE = "def g(t) = h(x + t, y + 0.5 * t)"


def draw(random: Random) -> str:
    """A program of two reals, a point, and what it is compared with, as JSON."""
    kind = random.choice(("smooth", "smooth", "smooth", "rules", "singular"))
    while True:
        kinds = Singular if kind == "singular" else Wide
        writer = kinds(random, true_rules=kind == "smooth")
        body = writer.real(random.choice(DEPTHS))
        if len(body) <= LONGEST:
            break
    point = [repr(random.uniform(-2, 2)) for _ in "xy"]
    if kind == "singular":
        point = [random.choice(SINGULAR) for _ in "xy"]
    is_thorough = random.random() < THOROUGH
    compiled = random.sample(COMPILED, 1) if is_thorough else []
    case: dict[str, Any] = {"body": body, "x": point[0], "y": point[1], "kind": kind, "compiled": compiled}
    if not is_thorough:
        order = random.choice([order for order in ORDERS if order != "value"])
        case["modes"] = {"value": ["once"], order: random.sample(sorted(ORDERS[order]), MODES_A_LOOK)}
    return json.dumps(case, indent=1)


def program(body: str, x: str, y: str) -> str:
    """The definitions that the modes use, but `k`."""
    return f"def h(x, y) = {body}\nlet (x, y) = ({x}, {y})\n{LINE}\n"


def reals(value: Value) -> list[float]:
    """All reals of a value."""
    found: list[float] = []
    for leaf in leaves(value):
        found += leaf.data.ravel().tolist() if isinstance(leaf, Array) else [leaf]  # type: ignore[list-item]
    return found


def expected(definitions: str, modes: dict[str, str]) -> list[float] | None:
    """What the oracle gives for an order; None where it does not know."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            value = oracle.value_of(f"{definitions}{_first(modes)}")
        return [float(x) for x in exact.flat(value)]
    except (exact.Unknown, ZeroDivisionError, OverflowError):
        return None


def complaint(text: str) -> str:
    """In which order of derivatives two modes differ, or a mode and the oracle; with all their numbers."""
    case = json.loads(text)
    is_singular = case["kind"] == "singular"
    definitions = program(case["body"], case["x"], case["y"])
    chosen = case.get("modes") or ORDERS
    orders = {order: {mode: ORDERS[order][mode] for mode in chosen[order]} for order in chosen}
    try:
        found = _numbers(case, orders)
    except LimitError:
        return ""
    for order, modes in orders.items():
        results = found[order] | _compiled(case, modes)
        wanted = expected(definitions, ORDERS[order]) if case["kind"] == "smooth" else None
        known = results if wanted is None else {**results, "oracle": wanted}
        if _agree(known, lenient=is_singular):
            continue
        if order == "value" and _agree(results, lenient=False):
            return ""  # rounding decides: there is no derivative to speak of
        if is_singular or not _agree(known, slack=_condition(case, results, modes)):
            numbers = "".join(f"\n  {mode}: {found}" for mode, found in known.items())
            return f"{order} ({case['kind']}) differs{numbers}"
    return ""


def _numbers(case: dict[str, Any], orders: dict[str, dict[str, str]]) -> dict[str, dict[str, list[float]]]:
    """The reals of all modes. They are one text: what is prepared once is cheap."""
    texts = [f"list({', '.join(modes.values())})" for modes in orders.values()]
    asked = f"list({', '.join(texts)})"
    definitions = program(case["body"], case["x"], case["y"])
    if re.search(r"\bk\b", asked):
        definitions = f"def k(x, y) = {exchanged(case['body'])}\n{definitions}"
    value = Session(write=lambda _: None, limits=LIMITS).evaluate(f"{definitions}{asked}")
    return {
        order: dict(zip(modes, map(reals, list_items(found)), strict=True))
        for (order, modes), found in zip(orders.items(), list_items(value), strict=True)
    }


def _first(modes: dict[str, str]) -> str:
    return next(iter(modes.values()))


def _condition(case: dict[str, Any], results: dict[str, list[float]], modes: dict[str, str]) -> float:
    """By how much results may differ that rounding of the point changes so much."""
    session = Session(write=lambda _: None, limits=LIMITS)
    point = (repr(float(case[name]) * (1.0 + NUDGE) + NUDGE) for name in "xy")
    session.evaluate(program(case["body"], *point))
    moved = reals(session.evaluate(_first(modes)))
    changes = (abs(a - b) for a, b in zip(next(iter(results.values())), moved, strict=True))
    return 100.0 * max((change for change in changes if math.isfinite(change)), default=0.0)


def _compiled(case: dict[str, Any], modes: dict[str, str]) -> dict[str, list[float]]:
    """What compiled code gives for some of the modes; nothing where a call is not compiled."""
    found: dict[str, list[float]] = {}
    point = (float(case["x"]), float(case["y"]))
    for mode in modes.keys() & case["compiled"]:
        text = f"{{ def h(x, y) = {case['body']}\n fn (x, y) => {{ {LINE}\n {modes[mode]} }} }}"
        function = Session(write=lambda _: None).evaluate(text)
        assert isinstance(function, Closure)
        with suppress(NotNative, Left, Invalid):
            found[f"{mode}, compiled"] = reals(Native(function, point, is_fixed=True)(function, point))
    return found


def _agree(results: dict[str, list[float]], *, slack: float = 0.0, lenient: bool = False) -> bool:
    """Whether all results are the same, up to rounding and a slack; `lenient` passes nan over."""
    if len({len(found) for found in results.values()}) > 1:
        return False
    size = max((abs(x) for found in results.values() for x in found if math.isfinite(x)), default=1.0)
    slack += CLOSE * max(1.0, size)
    for column in zip(*results.values(), strict=True):
        numbers = [x for x in column if not math.isnan(x)]
        if not lenient and 0 < len(numbers) < len(column):
            return False
        if any(a != numbers[0] and not abs(a - numbers[0]) <= slack for a in numbers):
            return False
    return True


FUZZ = Fuzz("derivatives", draw, complaint, longest=120.0)

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
