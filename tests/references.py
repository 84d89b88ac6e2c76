"""What every primitive with a derivative is compared with: the same function in mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

DIGITS = 50

Reference = Callable[..., Any]


def softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


def half_even(x: Any) -> Any:
    return mp.nint(x)


def logsumexp(*xs: Any) -> Any:
    return mp.log(mp.fsum(mp.exp(x) for x in xs))


def norm(*xs: Any) -> Any:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def dot(*xs: Any) -> Any:
    half = len(xs) // 2
    return mp.fsum(a * b for a, b in zip(xs[:half], xs[half:]))


REFERENCES: dict[str, Reference] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": mp.power,
    "neg": lambda x: -x,
    "abs": mp.fabs,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": half_even,
    "mod": lambda a, b: a - b * mp.floor(a / b),
    "sqrt": mp.sqrt,
    "cbrt": mp.cbrt,
    "hypot": mp.hypot,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "exp2": lambda x: mp.power(2, x),
    "ln": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10,
    "log": lambda x, base: mp.log(x) / mp.log(base),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "one_minus_square": lambda x: 1 - x * x,
    "square": lambda x: x * x,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": softplus,
    "relu": lambda x: max(x, mp.mpf(0)),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gauss": lambda x: mp.exp(-x * x),
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "gamma": mp.gamma,
    "betaln": lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
    "gamma_density": lambda a, x: x ** (a - 1) * mp.exp(-x) / mp.gamma(a),
    "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mp.gammainc(a, x, regularized=True),
    "sinc_derivative": lambda n, x: mp.quad(lambda s: s**n * mp.cos(x * s + n * mp.pi / 2), [0, 1]),
    "bessel_j": mp.besselj,
    "normal_cdf": mp.ncdf,
    "log_normal_cdf": lambda x: mp.log(mp.ncdf(x)),
    "inverse_mills": lambda x: mp.npdf(x) / mp.ncdf(x),
    "erfinv": mp.erfinv,
    "logit": lambda p: mp.log(p / (1 - p)),
    "log1mexp": lambda x: mp.log(1 - mp.exp(-x)),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "xlogy": lambda x, y: x * mp.log(y),
    "share": lambda x, y: x / y,
    "sum": lambda *xs: mp.fsum(xs),
    "mean": lambda *xs: mp.fsum(xs) / len(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "logsumexp": logsumexp,
    "norm": norm,
    "dot": dot,
}


def reference_value(name: str, xs: tuple[float, ...]) -> float:
    """The function's value, correct to the last digit of a double."""
    with mp.workdps(DIGITS):
        return float(REFERENCES[name](*map(mp.mpf, xs)))


def reference_derivative(name: str, xs: tuple[float, ...], positions: tuple[int, ...]) -> float:
    """The partial derivative with respect to the arguments at these positions, one after the other."""
    active = sorted(set(positions))
    orders = tuple(positions.count(i) for i in active)

    def restricted(*values: Any) -> Any:
        full = [mp.mpf(x) for x in xs]
        for i, value in zip(active, values):
            full[i] = value
        return REFERENCES[name](*full)

    with mp.workdps(DIGITS):
        return float(mp.diff(restricted, tuple(mp.mpf(xs[i]) for i in active), orders))
