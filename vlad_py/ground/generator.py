"""Random bits, and the distributions made of them, in arithmetic that is the same on every machine.

The bits are those of Threefry-2x32 with 20 rounds, a function of a key and a counter. J. Salmon, M. Moraes,
R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11 (2011).

What is made of them uses additions, products, quotients and square roots only, which IEEE-754 rounds in one
way; the logarithm and the exponential function of a C library differ in last digits.
"""

from __future__ import annotations

from math import prod
from typing import Any, TypeAlias

from vlad_py.ground.late_numpy import np

Words: TypeAlias = tuple[Any, Any]  # two words of 32 bits: integers, or arrays of them in 64 bits

MASK = 0xFFFFFFFF
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
CHUNK = 1 << 14  # counters at a time, which stay in the processor's cache

# What a key is used for, in the top bits of the counter: no use meets the bits of another.
NUMBERS, SPLITS, FOLDS, STREAMS = 0x00000000, 0x80000000, 0x40000000, 0xC0000000


def threefry(key: Words, counter: Words) -> Words:
    """The two words that belong to a key and a counter: Threefry-2x32-20."""
    schedule = (key[0], key[1], key[0] ^ key[1] ^ PARITY)
    x, y = (counter[0] + schedule[0]) & MASK, (counter[1] + schedule[1]) & MASK
    for i in range(1, 6):
        for bits in ROTATIONS[(i - 1) % 2]:
            x = (x + y) & MASK
            y = (((y << bits) | (y >> (32 - bits))) & MASK) ^ x
        x = (x + schedule[i % 3]) & MASK
        y = (y + schedule[(i + 1) % 3] + i) & MASK
    return x, y


def key_of(key: Words, use: int, number: int) -> Words:
    """Another key: the one with a number, for a use."""
    return threefry(key, (use | number >> 32, number & MASK))


def bits(key: Words, count: int) -> Any:
    """So many random integers of 64 bits."""
    found = np.empty(count, np.uint64)
    for start in range(0, count, CHUNK):
        numbers = np.arange(start, min(start + CHUNK, count), dtype=np.uint64)
        found[start : start + CHUNK] = _joined(threefry(key, (numbers >> 32, numbers & MASK)))
    return found


def _joined(words: Words) -> Any:
    return words[0] << 32 | words[1]


def uniforms(key: Words, count: int) -> Any:
    """Multiples of 2⁻⁵³ from 0 to below 1."""
    return (bits(key, count) >> 11) * 2.0**-53


def _inner(random_bits: Any) -> Any:
    """Odd multiples of 2⁻⁵³ between 0 and 1: neither end is one, and 1 - u is another."""
    return ((random_bits >> 12) + 0.5) * 2.0**-52


def exponentials(key: Words, count: int) -> Any:
    """Numbers with the density exp(-x)."""
    return -log(_inner(bits(key, count)))


def normals(key: Words, count: int) -> Any:
    """Numbers with the standard normal distribution."""
    return normal_quantile(_inner(bits(key, count)))


def gammas(key: Words, a: Any) -> tuple[Any, Any]:
    """For each element of a, a number with the density x^(a - 1) exp(-x) / Γ(a); and the logarithms of these
    numbers, which are there where the numbers underflow.

    G. Marsaglia and W. Tsang, "A simple method for generating gamma variables", ACM Transactions on
    Mathematical Software 26 (2000). Each number has a stream of its own: how often one is rejected moves no
    other.
    """
    numbers = np.arange(a.size, dtype=np.uint64)
    high, low = threefry(key, (numbers >> 32 | STREAMS, numbers & MASK))

    def drawn(place: Any, turn: int) -> Any:
        return _inner(_joined(threefry((high[place], low[place]), (0, turn))))

    small = a < 1.0
    d = np.where(small, a + 1.0, a) - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    value = np.empty(a.size)
    pending, turn = np.arange(a.size), 1
    while pending.size:
        x, u = normal_quantile(drawn(pending, turn)), drawn(pending, turn + 1)
        root = 1.0 + c[pending] * x
        v = root * root * root
        bound = 0.5 * x * x + d[pending] * (1.0 - v + log(np.where(v > 0.0, v, 1.0)))
        taken = (v > 0.0) & (log(u) < bound)
        value[pending[taken]] = (d[pending] * v)[taken]
        pending, turn = pending[~taken], turn + 2
    logarithm = log(value)
    if small.any():
        factor = log(drawn(np.flatnonzero(small), 0)) / a[small]
        logarithm[small] += factor
        value[small] *= exp(factor)
    return value, logarithm


def categories(key: Words, logits: Any, count: int) -> Any:
    """Indices of the last axis of logits, with probabilities in proportion to exp(logits): `count` for each
    row, along a new last axis.
    """
    weights = np.cumsum(exp(logits - logits.max(axis=-1, keepdims=True)), axis=-1)
    shape = (*logits.shape[:-1], count)
    u = uniforms(key, prod(shape)).reshape(shape) * weights[..., -1:]
    rows, places = weights.reshape(-1, logits.shape[-1]), u.reshape(-1, count)
    found = [np.searchsorted(row, places[i], side="right") for i, row in enumerate(rows)]
    return np.array(found, np.float64).reshape(shape)


def order(key: Words, count: int) -> Any:
    """The whole numbers from 0 to below count in a random order."""
    return np.argsort(bits(key, count), kind="stable")


# ── functions in arithmetic that rounds in one way ───────────────────────────────────────────

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
EXP = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
ROOT_HALF = 0.7071067811865476
LOWEST = -746.0  # below it exp is 0


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    total = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def log(x: Any) -> Any:
    """ln x for x > 0, with an error below one unit in the last place.

    Source: FDLIBM's __ieee754_log, Sun Microsystems (1993).
    """
    part, k = np.frexp(x)
    below = part < ROOT_HALF
    f = np.where(below, 2.0 * part, part) - 1.0
    k = k - below
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + z * _polynomial(LOG, z)) + k * LN2_LOW)) - f)


def exp(x: Any) -> Any:
    """exp(x) for x ≤ 0, with an error below one unit in the last place.

    Source: FDLIBM's __ieee754_exp, Sun Microsystems (1993).
    """
    x = np.maximum(x, LOWEST)
    k = np.rint(x / (LN2_HIGH + LN2_LOW))
    high, low = x - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    c = r - r * r * _polynomial(EXP, r * r)
    return np.ldexp(1.0 - ((low - r * c / (2.0 - c)) - high), k.astype(np.int32))


# M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37
# (1988), PPND16: a quotient of polynomials in the middle, near the ends, and at the ends.
MIDDLE = (
    (
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ),
    (
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ),
)  # fmt: skip
NEAR = (
    (
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
        2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ),
    (
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)  # fmt: skip
ENDS = (
    (
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ),
    (
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)  # fmt: skip


def normal_quantile(p: Any) -> Any:
    """The quantile of the standard normal distribution at p, between 0 and 1."""
    q = p - 0.5
    found = q * _quotient(MIDDLE, 0.180625 - q * q)
    outside = np.abs(q) > 0.425
    if outside.any():
        r = np.sqrt(-log(np.minimum(p, 1.0 - p)[outside]))
        far = np.where(r <= 5.0, _quotient(NEAR, r - 1.6), _quotient(ENDS, r - 5.0))
        found[outside] = np.where(q[outside] < 0.0, -far, far)
    return found


def _quotient(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    return _polynomial(polynomials[0], x) / _polynomial(polynomials[1], x)
