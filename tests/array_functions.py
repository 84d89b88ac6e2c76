"""The calls of functions of arrays that are made of others: arguments, and what numpy or a loop says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import mpmath as mp
import numpy as np
from array_calls import REDUCED, Plain, Shape, axes, by_axis
from array_cases import case, determinant, factor, inverse, regular

from vlad_py.values.values import Array, Record, make_list

LINES: tuple[Shape, ...] = ((3,), (1,), (2, 3), (2, 3, 2))

_shape: Shape


def options(**fields: Any) -> Record:
    """A record of options: an axis as a real, booleans as they are."""
    values = tuple(x if type(x) is bool else float(x) for x in fields.values())
    return Record(tuple(fields), values)


# ── moved, repeated, cut ──────────────────────────────────────────────────────────────────────────

for _by in (1.0, -1.0, 4.0):
    case("rolled", ((3,),), lambda x, by, axis: np.array([x[(i - by) % 3] for i in range(3)]), int(_by), 0)
    case("roll", ((3,),), lambda x, by: np.array([x[(i - int(by)) % 3] for i in range(3)]), _by)
    case("roll", ((3, 2),), lambda x, by: np.take(x, [(i - int(by)) % 3 for i in range(3)], 0), _by)
case("rolled", ((2, 3),), lambda x, by, axis: x[:, [1, 2, 0]], -1, 1)
case("roll", ((2, 3),), lambda x, *_: x[:, [2, 0, 1]], 1.0, options(axis=1))
for _times in (0.0, 1.0, 3.0):
    case("repeat", ((2,),), lambda x, n: np.array([y for y in x for _ in range(int(n))]), _times)
    case("tile", ((2,),), lambda x, n: np.array([y for _ in range(int(n)) for y in x]), _times)
case("repeat", ((2, 3),), lambda x, *_: x[:, [0, 0, 1, 1, 2, 2]], 2.0, options(axis=1))
_counts = Array(np.array([2.0, 0.0, 1.0]))
case("repeat", ((3,),), lambda x, n: x[[0, 0, 2]], _counts)
case("repeat", ((2, 3),), lambda x, *_: x[:, [0, 0, 2]], _counts, options(axis=-1))
case("tile", ((2, 3),), lambda x, n: np.block([[x, x], [x, x]]), (2.0, 2.0))
case("tile", ((2,),), lambda x, n: np.array([[*x, *x]] * 3), (3.0, 2.0))
case("tile", ((2, 3),), lambda x, n: np.block([[x, x]]), 2.0)
case("padded", ((2, 3),), np.pad, ((1, 0), (2, 1)))
case("pad", ((2,),), lambda x, n: np.array([0, *x, 0]), 1.0)
case("pad", ((2,),), lambda x, n: np.array([*x, 0, 0]), (0.0, 2.0))
case("pad", ((2, 3),), lambda x, n: np.pad(x, 1), 1.0)
case("pad", ((2, 3),), lambda x, *_: np.pad(x, ((0, 0), (1, 2))), (1.0, 2.0), options(axis=-1))
case("pad", ((2, 3),), lambda x, n: np.pad(x, ((1, 0), (0, 2))), ((1.0, 0.0), (0.0, 2.0)))
for _mode in ("edge", "reflect", "wrap"):
    _chosen = Record(("mode",), (_mode,))
    case("pad", ((3,),), lambda x, n, _, mode=_mode: np.pad(x, (1, 4), mode), (1.0, 4.0), _chosen)
    case("pad", ((2, 3),), lambda x, n, _, mode=_mode: np.pad(x, 2, mode), 2.0, _chosen)
case("pad", ((2, 3),), lambda x, n, _: np.pad(x, 1, constant_values=5.0), 1.0, Record(("value",), (5.0,)))


def below(x: Plain, k: Any = 0.0, lower: bool = True) -> Plain:
    result = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        off = place[-1] - place[-2] - k
        result[place] = x[place] if (off <= 0 if lower else off >= 0) else 0.0
    return result


for _shape in ((3, 3), (2, 3), (3, 2), (2, 2, 2)):
    for _lower, _name in ((True, "tril"), (False, "triu")):
        case(_name, (_shape,), partial(below, lower=_lower))
        case(_name, (_shape,), partial(below, lower=_lower), 1.0)
        case("triangle", (_shape,), below, -1, _lower)
case("permuted", ((2, 3, 4),), lambda x, axes: np.einsum("abc->cab", x), (2, 0, 1))
case("transpose", ((2, 3, 4),), lambda x, axes: np.einsum("abc->cab", x), (2.0, 0.0, 1.0))
case("transpose", ((2, 3),), lambda x, axes: x, (0.0, -1.0))
case("concat", ((2, 3), (2, 1)), lambda a, b, *_: np.c_[a, b], options(axis=1))
case("concat", ((2, 3), (1, 3)), lambda a, b, *_: np.array([*a, *b]), options(axis=-2))

# ── running and sorted ────────────────────────────────────────────────────────────────────────────


def each(function: Callable[[list[float]], list[float]], axis: int | None, x: Plain, *_: Any) -> Plain:
    """A function of lists along an axis."""
    return np.apply_along_axis(lambda row: np.array(function(row.tolist())), axis or 0, x)


def so_far(choice: Callable[..., float], row: list[float]) -> list[float]:
    return [choice(row[: i + 1]) for i in range(len(row))]


RUNNING: dict[str, Callable[[list[float]], list[float]]] = {
    "diff": lambda row: [b - a for a, b in pairwise(row)],
    "cumprod": partial(so_far, lambda part: float(np.prod(part))),
    "cummax": partial(so_far, max),
    "cummin": partial(so_far, min),
    "argsort": lambda row: [float(row.index(x)) for x in sorted(row)],
    "softmax": lambda row: [1 / sum(np.exp(y - x) for y in row) for x in row],
    "log_softmax": lambda row: [-np.log(sum(np.exp(y - x) for y in row)) for x in row],
}
for _name, _function in RUNNING.items():
    for _shape in LINES:
        for _axis in axes(_shape)[len(_shape) > 1 :]:
            case(_name, (_shape,), partial(each, _function, _axis), *by_axis(_axis))
case("cumprod", (np.array([2.0, 0.0, 3.0, 0.0, 1.0]),), partial(each, RUNNING["cumprod"], 0))
case("cumprod", ((9,),), partial(each, RUNNING["cumprod"], 0))

# ── statistics ────────────────────────────────────────────────────────────────────────────────────


def variance(ddof: int, row: list[float]) -> float:
    mean = sum(row) / len(row)
    return sum((x - mean) ** 2 for x in row) / (len(row) - ddof)


def level(q: float, row: list[float]) -> float:
    row, place = sorted(row), q * (len(row) - 1)
    low = min(int(place), max(len(row) - 2, 0))
    return row[low] if len(row) == 1 else row[low] + (place - low) * (row[low + 1] - row[low])


def whole(function: Callable[[list[float]], float], axis: int | None, x: Plain, *_: Any) -> Plain:
    """A reduction of lists along an axis, or of all elements."""
    if axis is None:
        return function(np.ravel(x).tolist())
    return np.apply_along_axis(lambda row: function(row.tolist()), axis, x)


for _shape in REDUCED:
    for _axis in axes(_shape):
        case("var", (_shape,), partial(whole, partial(variance, 0), _axis), *by_axis(_axis))
        if 1 not in _shape:
            case("std", (_shape,), partial(whole, lambda r: variance(0, r) ** 0.5, _axis), *by_axis(_axis))
        case("median", (_shape,), partial(whole, partial(level, 0.5), _axis), *by_axis(_axis))
        case("quantile", (_shape,), partial(whole, partial(level, 0.3), _axis), 0.3, *by_axis(_axis))
case("var", ((3,),), partial(whole, partial(variance, 1), None), options(ddof=1))
case("std", ((2, 3),), partial(whole, lambda r: variance(1, r) ** 0.5, 1), options(axis=1, ddof=1))
case("var", ((),) * 3, lambda *xs: variance(0, list(xs)))
case("quantile", ((4,), 0.4), lambda x, q: level(q, x.tolist()))


def over(*axes: int, **fields: bool) -> Record:
    """A record of options with several axes."""
    return Record(("axis", *fields), (tuple(map(float, axes)), *fields.values()))


def kept(name: str, x: Plain, *_: Any) -> Plain:
    return getattr(np, name)(x, axis=1, keepdims=True)


for _name in ("var", "std", "median"):
    case(_name, ((2, 3),), partial(kept, _name), options(axis=1, keepdims=True))

for _name in ("sum", "max", "prod", "var", "std", "median"):
    case(_name, ((2, 3, 2),), lambda x, *_, name=_name: getattr(np, name)(x, axis=(0, 2)), over(0, 2))
    case(
        _name,
        ((2, 3, 2),),
        lambda x, *_, name=_name: getattr(np, name)(x, axis=(1, 2), keepdims=True),
        over(-1, 1, keepdims=True),
    )
for _name in ("argmax", "argmin"):
    case(
        _name,
        ((2, 3),),
        lambda x, *_, name=_name: getattr(np, name)(x, 1, keepdims=True),
        options(axis=1, keepdims=True),
    )
case("quantile", ((4,),), lambda x, q: np.quantile(x, q.data), Array(np.array([0.0, 0.3, 1.0])))
case(
    "quantile",
    ((2, 3),),
    lambda x, q, _: np.quantile(x, q.data, 0),
    Array(np.array([0.2, 1.0])),
    options(axis=0),
)
case(
    "quantile",
    ((2, 3),),
    lambda x, q, _: np.quantile(x, [0.2, 1.0], 1, keepdims=True),
    make_list((0.2, 1.0)),
    options(axis=1, keepdims=True),
)

# ── tables ────────────────────────────────────────────────────────────────────────────────────────

TABLE = np.array([-2.0, -1.0, 0.5, 2.0])


def through(x: float, xs: Plain, ys: Plain) -> float:
    if x < xs[0] or x > xs[-1]:
        return float(ys[0] if x < xs[0] else ys[-1])
    i = min(sum(x >= y for y in xs) - 1, len(xs) - 2)
    return float(ys[i] + (x - xs[i]) * (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]))


case("searchsorted", (TABLE, (3,)), lambda xs, x: np.array([sum(y < z for y in xs) for z in x]))
case("searchsorted", (TABLE, 0.7), lambda xs, x: float(sum(y < x for y in xs)))
_right = Record(("side",), ("right",))
case("searchsorted", (TABLE, (3,)), lambda xs, x, _: np.array([sum(y < z for y in xs) for z in x]), _right)
for _x in (-3.0, -1.7, 0.1, 1.0, 9.0):
    case("interp", (_x, TABLE, (4,)), through)
case("interp", (np.array([[-3.0, -1.2], [1.3, 4.0]]), TABLE, (4,)), np.vectorize(through, excluded=(1, 2)))

# ── products ──────────────────────────────────────────────────────────────────────────────────────

case("kron", ((2, 3), (3, 2)), lambda a, b: np.block([[y * b for y in row] for row in a]))
case("kron", ((2,), (3,)), lambda a, b: np.array([x * y for x in a for y in b]))
case("kron", ((2,), (2, 2)), lambda a, b: np.block([[x * b for x in a]]))


def summed(pattern: str, *arrays: Plain) -> Plain:
    """The sum of all products, one by one."""
    left, _, result = pattern.partition("->")
    terms = left.split(",")
    sizes = {c: n for term, x in zip(terms, arrays) for c, n in zip(term, np.shape(x))}
    found = np.zeros([sizes[c] for c in result])
    letters = "".join(sizes)
    for place in np.ndindex(*sizes.values()):
        at = dict(zip(letters, place))
        product = np.prod([x[tuple(at[c] for c in term)] for term, x in zip(terms, arrays)])
        found[tuple(at[c] for c in result)] += product
    return found if result else float(found)


for _pattern, _shapes in (
    ("ij,jk->ik", ((2, 3), (3, 2))), ("ij->ji", ((2, 3),)), ("ii->", ((3, 3),)), ("ii->i", ((3, 3),)),
    ("i,j->ij", ((2,), (3,))), ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))), ("ij,ij->", ((2, 3), (2, 3))),
    ("ij,jk,kl->il", ((2, 3), (3, 2), (2, 2))), ("ijk->k", ((2, 3, 2),)), ("i,i,i->i", ((3,),) * 3),
    ("iij,j->ji", ((2, 2, 3), (3,))), (",i->i", ((), (3,))), ("...i->...", ((2, 2, 3),)), ("...", ((2, 3),)),
    ("...ij,...jk->...ik", ((2, 2, 3), (3, 2))), ("i...,i...->...", ((2, 1, 3), (2, 4, 1))),
    ("...i,...i", ((2, 3), (3,))), ("i...->...i", ((2, 3, 1),)),
):  # fmt: skip
    case(
        "einsum",
        _shapes,
        partial(np.einsum, _pattern) if "..." in _pattern else partial(summed, _pattern),
        pack=lambda *xs, pattern=_pattern: (pattern, *xs),
    )
case("einsum", ((2, 3), (3, 2)), partial(summed, "ba,ac->bc"), pack=lambda *xs: ("ba,ac", *xs))

# ── factors of matrices ───────────────────────────────────────────────────────────────────────────


def together(*parts: Plain) -> Plain:
    """Factors as differentiation has them: row upon row."""
    return np.concatenate([np.atleast_2d(part) for part in parts])


def eigen(a: Plain) -> Plain:
    """By Jacobi's rotations."""
    a, v = (a + a.T) / 2, np.eye(len(a))
    for _ in range(12):
        for i in range(len(a)):
            for j in range(i + 1, len(a)):
                angle = np.arctan2(2 * a[i, j], a[j, j] - a[i, i]) / 2
                turn = np.eye(len(a))
                turn[i, i] = turn[j, j] = np.cos(angle)
                turn[i, j], turn[j, i] = np.sin(angle), -np.sin(angle)
                a, v = turn.T @ a @ turn, v @ turn
    order = np.argsort(np.diag(a))
    return together(np.diag(a)[order], positive(v[:, order]))


def positive(v: Plain) -> Plain:
    return v * np.sign([column[np.argmax(np.abs(column))] for column in v.T])


def singular(a: Plain) -> Plain:
    """By the eigenvalues of aᵀa."""
    found = eigen(a @ a.T) if len(a) <= a.shape[1] else eigen(a.T @ a)
    values, vectors = np.sqrt(found[0, ::-1]), found[1:, ::-1]
    left = positive(vectors if len(a) <= a.shape[1] else a @ vectors / values)
    return together(left, values, a.T @ left / values)


def orthogonal(a: Plain) -> Plain:
    """By Gram and Schmidt."""
    columns: list[Plain] = []
    for column in a.T:
        rest = column - sum((q * (q @ column) for q in columns), np.zeros(len(a)))
        columns.append(rest / np.sqrt(rest @ rest))
    q = np.array(columns).T
    return together(q, np.triu(q.T @ a))


def taylor_exp(a: Plain) -> Plain:
    result, term = np.eye(len(a)), np.eye(len(a))
    for k in range(1, 60):
        term = term @ a / k
        result = result + term
    return result


A = np.array([[2.0, 0.7, -0.3], [0.2, -1.0, 0.4], [0.5, 0.1, 0.6]])
case("eigen_factors", (A,), eigen)
case("eigen_factors", (A[:2, :2],), eigen)
case("eigen_factors", (A[:1, :1],), eigen)
for _a in (A, A[:2], A[:, :2], A[:1]):
    case("singular_factors", (_a,), singular)
for _a in (A, A[:, :2], A[:, :1]):
    case("orthogonal_factors", (_a,), orthogonal)
case("eigh", (A,), lambda a: np.ravel(eigen(a)))
case("svd", (A[:2],), lambda a: np.ravel(singular(a)))
case("qr", (A[:, :2],), lambda a: np.ravel(orthogonal(a)))
case("slogdet", (A,), lambda a: np.array([np.sign(determinant(a)), np.log(np.abs(determinant(a)))]))
case("lstsq", (A[:, :2], (3,)), lambda a, b: inverse(a.T @ a) @ a.T @ b)
case("lstsq", (A[:, :2], (3, 2)), lambda a, b: inverse(a.T @ a) @ a.T @ b)
case("lstsq", (A[:2], (2,)), lambda a, b: a.T @ inverse(a @ a.T) @ b)
case("solve_lower", (A, (3,)), lambda a, b: inverse(np.tril(a)) @ b)
case("solve_upper", (A, (3, 2)), lambda a, b: inverse(np.triu(a)) @ b)
for _a in (A, A[:1, :1], 3 * A, np.array([[0.0, 1.0], [0.0, 0.0]])):
    case("expm", (_a,), taylor_exp)


# ── transforms and convolutions ───────────────────────────────────────────────────────────────────


def transform(sign: float, x: Plain, *_: Any) -> Plain:
    n = x.shape[-1]
    turns = np.exp(sign * 2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    found = (x[0] + 1j * x[1]) @ turns / (1 if sign < 0 else n)
    return np.array([found.real, found.imag])


for _n in (1, 2, 5, 8):
    for _back in (False, True):
        case("fourier", ((2, _n),), partial(transform, 1.0 if _back else -1.0), _back)
    case("fft", ((_n,),), lambda x: np.ravel(transform(-1, np.array([x, 0 * x]))))
    case("fft", ((_n,), (_n,)), lambda x, y: np.ravel(transform(-1, np.array([x, y]))))
    case("ifft", ((_n,), (_n,)), lambda x, y: np.ravel(transform(1, np.array([x, y]))))
case("fourier", ((2, 3, 4),), partial(transform, -1.0), False)


def folded(a: Plain, b: Plain) -> Plain:
    result = np.zeros(len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return result


for _shapes in (((3,), (2,)), ((1,), (4,)), ((2,), (2,))):
    case("convolved", _shapes, folded)
    case("conv", _shapes, folded)
    for _mode in ("full", "same", "valid"):
        _chosen = Record(("mode",), (_mode,))
        case("conv", _shapes, lambda a, b, _, mode=_mode: np.convolve(a, b, mode), _chosen)


# ── stacks of matrices ────────────────────────────────────────────────────────────────────────────


def stacked(function: Callable[..., Plain], *arrays: Plain) -> Plain:
    """A function of matrices, for each of several."""
    return np.array([function(*each) for each in zip(*arrays, strict=True)])


MANY = regular(2, 3, 3)
case("det", (MANY,), partial(stacked, determinant))
case("det", (MANY[None],), lambda a: np.array([[determinant(x) for x in a[0]]]))
case(
    "slogdet",
    (MANY,),
    lambda a: np.ravel([[np.sign(determinant(x)) for x in a], [np.log(abs(determinant(x))) for x in a]]),
)
case("logdet", (MANY,), partial(stacked, lambda a: np.log(np.abs(determinant(a)))))
case("inv", (MANY,), partial(stacked, inverse))
case("cholesky", (MANY @ np.swapaxes(MANY, 1, 2) + np.eye(3),), partial(stacked, factor))
case("lower_half", ((2, 3, 3),), lambda x: np.tril(x) - x * np.eye(3) / 2)
case("solve", (MANY, (2, 3)), partial(stacked, lambda a, b: inverse(a) @ b))
case("solve", (MANY, (2, 3, 2)), partial(stacked, lambda a, b: inverse(a) @ b))


# ── the incomplete beta function ──────────────────────────────────────────────────────────────────


def share(a: Plain, b: Plain, x: Plain) -> Plain:
    return np.vectorize(lambda a, b, x: float(mp.betainc(a, b, 0, x, regularized=True)))(a, b, x)


for _name, _points in (
    ("betainc", ((2.0, 3.0, 0.2), (0.5, 0.7, 0.6))),
    ("beta_share", ((5.0, 1.0, 0.9), (12.0, 30.0, 0.3))),
):
    for _point in _points:
        case(_name, _point, lambda *xs: float(share(*xs)))
case("betainc", (np.array([[0.5], [2.0]]), 3.0, np.array([0.1, 0.5, 0.9])), share)
