"""The measured programs in Python: for CPython's floats, for autograd, and for benchmarks/minimal.py.

The searches are those of examples/saddle.adl, examples/particle.adl and stdlib/optimize.adl, step by step.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.minimal import Point, Real, norm, sqrt

Function = Callable[[Point], Real]
Operator = Callable[[Function], Callable[[Point], Point]]


def fib(n: float) -> float:
    return n if n < 2.0 else fib(n - 1.0) + fib(n - 2.0)


def logistic(x: Real, n: int) -> Real:
    v = x
    for _ in range(n):
        v = 4.0 * v * (1.0 - v)
    return v


def halved(x: Real, n: int) -> Real:
    v = x
    for _ in range(n):
        v = v * 0.5
    return v


# ── naive gradient descent ───────────────────────────────────────────────────────────────────


def argmin(operator: Operator, f: Function, start: Point) -> Point:
    slope = operator(f)
    x, value, direction, step, good = start, f(start), slope(start), 1e-5, 0
    while norm(direction) > 1e-5:
        if good == 10:
            step, good = 2.0 * step, 0
        following = tuple(a - step * d for a, d in zip(x, direction))
        if not norm(tuple(a - b for a, b in zip(x, following))) > 1e-5:
            break
        following_value = f(following)
        if following_value < value:
            x, value, direction, good = following, following_value, slope(following), good + 1
        else:
            step, good = step / 2.0, 0
    return x


def argmax(operator: Operator, f: Function, start: Point) -> Point:
    return argmin(operator, lambda x: -f(x), start)


# ── examples/saddle.adl ──────────────────────────────────────────────────────────────────────


def height(p: Point, q: Point) -> Real:
    (x1, y1), (x2, y2) = p, q
    return (x1**2.0 + y1**2.0) - (x2**2.0 + y2**2.0)


def saddle(outer: Operator, inner: Operator) -> tuple[Point, Point]:
    start = (1.0, 1.0)

    def best_reply(p: Point) -> Point:
        return argmax(inner, lambda q: height(p, q), start)

    p = argmin(outer, lambda p: height(p, best_reply(p)), start)
    return p, best_reply(p)


# ── examples/particle.adl ────────────────────────────────────────────────────────────────────

TIME_STEP = 0.1


def separation(x: Real, y: Real, cx: Real, cy: Real) -> Real:
    dx, dy = x - cx, y - cy
    return sqrt(dx * dx + dy * dy)


def crossing(operator: Operator, w: Real) -> Real:
    """Where the particle crosses the ground."""

    def potential(p: Point) -> Real:
        x, y = p
        return 1.0 / separation(x, y, 10.0, 10.0 - w) + 1.0 / separation(x, y, 10.0, 0.0)

    slope = operator(potential)
    x, y, vx, vy = 0.0, 8.0, 0.75, 0.0
    while True:
        sx, sy = slope((x, y))
        below = y + TIME_STEP * vy
        if not below > 0.0:
            return x + (0.0 - y) / vy * vx
        x, y, vx, vy = x + TIME_STEP * vx, below, vx - TIME_STEP * sx, vy - TIME_STEP * sy


def control(outer: Operator, inner: Operator) -> Real:
    return argmin(outer, lambda p: crossing(inner, p[0]) ** 2.0, (0.0,))[0]
