"""Tools for checking derivatives: random directions, and numbers that record what they meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import count, product
from random import Random
from typing import Any

from vlad_py.differentiation.levels import shaped_like
from vlad_py.differentiation.renaming import primal
from vlad_py.differentiation.tags import fresh_tag
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.observed.witness import Log, Witness, meet
from vlad_py.primitives.declare import structural
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import function_name
from vlad_py.values.structure import distinct_leaves, leaves, transform
from vlad_py.values.values import (
    NIL,
    UNIT,
    Array,
    Cons,
    Value,
    is_array,
    is_numeric,
    list_items,
    make_list,
    plain,
    shape_of,
    size_of,
)


def _direction(point: Value, seed: float) -> Value:
    single = plain(point) if is_numeric(point) else None
    if type(single) is float:  # upwards, so that slopes before and after it stay in their order
        return abs(single) or 1.0
    random = Random(seed)

    def of_number(value: Value) -> Value:
        data: Any = plain(value)
        if type(data) is Array:
            sizes = np.abs(data.data)
            return Array(np.where(sizes == 0.0, 1.0, sizes) * _factors(random, data.data.shape))
        if isinstance(data, Indefinite):
            raise data.several()
        # in proportion, so that a step does not leave the function's domain
        return _factor(random) * (abs(data) or 1.0)

    return shaped_like(point, of_number)


def _weights(point: Value, seed: float) -> Value:
    if is_numeric(point) and not is_array(point):
        return 1.0
    random = Random(-seed)

    def of_number(value: Value) -> Value:
        return Array(_factors(random, shape_of(value))) if is_array(value) else _factor(random)

    return shaped_like(point, of_number)


def _factor(random: Random) -> float:
    return random.choice((-1.0, 1.0)) * random.uniform(0.5, 1.0)


def _factors(random: Random, shape: tuple[int, ...]) -> Any:
    return np.array([_factor(random) for _ in range(math.prod(shape))]).reshape(shape)


MOST_REALS = 8  # of a structure whose reals are probed one by one; of a larger one its parts are
MOST_PAIRS = 64
MOST_ELEMENTS = 100  # of a structure whose reals are probed one by one for derivatives of order 1


def _parts(probe: Value, most: int = MOST_REALS) -> list[Value]:
    """A tangent or cotangent taken apart: each has `()` for all but one leaf, or real if these are at `most`
    so many.
    """
    numeric = [leaf for leaf in leaves(probe) if is_numeric(leaf)]
    one_by_one = _count(probe) <= most
    found = []
    for place, number in enumerate(numeric):
        pieces = [number]
        if one_by_one and type(number) is Array:
            flat = number.data.ravel()
            units = np.eye(flat.size) * flat
            pieces = [Array(row.reshape(number.data.shape)) for row in units]
        found += [_only(probe, place, piece) for piece in pieces]
    return found


def _only(probe: Value, place: int, piece: Value) -> Value:
    """The structure with one piece in the place of one of its reals or arrays, and `()` for the others."""
    places = count()

    def leaf(value: Value) -> Value:
        return value if not is_numeric(value) else piece if next(places) == place else UNIT

    return transform(probe, leaf)


def _pairs(weights: Value, direction: Value) -> Value:
    """Pairs of a part of the weights and a part of the direction; none where there is one of each. Where they
    are too many, each part comes with the whole of the other.
    """
    results, inputs = _parts(weights), _parts(direction)
    if len(results) <= 1 and len(inputs) <= 1:
        return NIL
    if len(results) * len(inputs) <= MOST_PAIRS:
        return make_list(product(results, inputs))
    return make_list([*((part, direction) for part in results), *((weights, part) for part in inputs)])


def _count(probe: Value) -> int:
    return sum(size_of(leaf) for leaf in leaves(probe) if is_numeric(leaf))


def _elements(weights: Value, direction: Value) -> Value:
    """Each real of the weights with the whole direction, and each real of the direction with all weights,
    of structures too large for `_pairs` to take them apart.
    """
    found: list[Value] = []
    if MOST_REALS < _count(weights) <= MOST_ELEMENTS:
        found += [(part, direction) for part in _parts(weights, MOST_ELEMENTS)]
    if MOST_REALS < _count(direction) <= MOST_ELEMENTS:
        found += [(weights, part) for part in _parts(direction, MOST_ELEMENTS)]
    return make_list(found)


structural(
    "probe_elements",
    2,
    doc="probe_elements(w, v): pairs of a cotangent and a tangent, one of which is of a single real.",
    value=_elements,
    internal=True,
)
structural(
    "probe_pairs",
    2,
    doc="probe_pairs(w, v): pairs of parts of a cotangent and of a tangent, to be checked by themselves.",
    value=_pairs,
    internal=True,
)
structural(
    "probe_direction",
    2,
    doc="probe_direction(x, seed): a random tangent of x in proportion to its reals, the same for a seed.",
    value=_direction,
    internal=True,
)
structural(
    "probe_weights",
    2,
    doc="probe_weights(y, seed): a random cotangent of y, of reals of size 1, the same for a seed.",
    value=_weights,
    internal=True,
)


NOISE_ORDERS = (4, 5, 6)  # of the differences that show rounding: what is smooth has left these


def _plain_numbers(value: Value) -> Any:
    data: Any = plain(value)
    return data.data if type(data) is Array else data


def _noise(samples: Value, far: Value, found: Value) -> Value:
    """How far rounding puts off numbers, from samples in equal steps; nan where they are too near. What is
    `found` already stays. Where samples differ as widely as those `far` away, it is infinite.
    """
    rows = np.array([_plain_numbers(x) for x in list_items(samples)], dtype=float)
    sizes = []
    for k in NOISE_ORDERS:
        weight = math.factorial(k) ** 2 / math.factorial(2 * k)
        sizes.append(np.sqrt(weight * (np.diff(rows, k, axis=0) ** 2).mean(axis=0)))
    # four standard deviations; where half of the samples are equal, rounding does not show yet
    equal = (rows[1:] == rows[:-1]).sum(axis=0)
    noise = np.where(2 * equal >= len(rows) - 1, np.nan, 4.0 * np.max(sizes, axis=0))
    noise = np.where(np.isfinite(noise), noise, np.nan)
    if isinstance(far, Cons):
        spread = np.ptp(np.array([_plain_numbers(x) for x in list_items(far)], dtype=float), axis=0)
        width = np.ptp(rows, axis=0)
        noise = np.where(8.0 * width > spread, np.inf, np.where(spread + width == 0.0, 0.0, noise))
    known = np.asarray(_plain_numbers(found))
    noise = np.where(np.isnan(known), noise, known)
    return Array(noise) if noise.ndim else float(noise)


structural(
    "probe_noise",
    3,
    doc="probe_noise(samples, far, found): how far rounding puts off the numbers of a list, by their "
    "differences.",
    value=_noise,
    internal=True,
)


AT_A_JUMP = "at a jump there is no derivative: a branch changes there, or a step such as `floor`"


def complaint(
    order: float,
    modes: Iterable[str],
    value: float,
    difference: float,
    kink: Sequence[float],
    jump: Sequence[float],
) -> str:
    """What is wrong about a derivative along a direction: differences say otherwise, or there is a `kink`, of
    which the slopes on both sides are given, or a `jump`, with the values before, at and after it.
    """
    found = f"a derivative of order {order:.0f}, {' over '.join(modes)}, is {value:.6g}"
    if jump:
        values = "{:.6g} before, {:.6g} at and {:.6g} after".format(*jump)
        return f"there is a jump: along a direction the value is {values} the point, {found}"
    if not kink:
        return f"{found} along a direction, by differences {difference:.6g}"
    where = "there is a kink" if order == 1.0 else f"the derivative of order {order - 1.0:.0f} has a kink"
    before, after = kink
    return f"{where}: along a direction the slope is {before:.6g} before and {after:.6g} after, {found}"


def _wrong(order: float, modes: Value, value: Value, difference: Value, kink: Value, jump: Value) -> Value:
    numbers: Any = (plain(value), plain(difference))
    sides: Any = [[plain(side) for side in list_items(sides)] for sides in (kink, jump)]
    hint = "at a kink a derivative is one of many slopes, or their mean" if sides[0] else "is a rule wrong?"
    message = complaint(order, map(str, list_items(modes)), *numbers, *sides)
    raise RunError(message, hint=AT_A_JUMP if sides[1] else hint)


structural(
    "wrong_derivative",
    6,
    doc="wrong_derivative(order, modes, value, difference, kink, jump): the error that says so.",
    value=_wrong,
    internal=True,
)

# ── recording ────────────────────────────────────────────────────────────────────────────────


def recording(point: Value) -> tuple[Value, Log]:
    """The structure with its reals as numbers that record, and what they will write."""
    tag, log = fresh_tag(), Log()
    return _recorders(tag, point, log), log


def _recorders(tag: int, value: Value, log: Log) -> Value:
    return transform(value, lambda leaf: Witness(tag, leaf, log) if is_numeric(leaf) else leaf, once=True)


def _is_recording(tag: int, point: Value) -> bool:
    return any(type(leaf) is Witness and leaf.tag == tag for leaf in distinct_leaves(point))


def _recorded(tag: int, point: Value, original: Value, function: Value, result: Value) -> Value:
    log = next(leaf.log for leaf in distinct_leaves(point) if type(leaf) is Witness)
    meet(log, id(function), function_name(original), function, primal(tag, point))
    return _recorders(tag, result, log)


structural(
    "is_recording",
    2,
    doc="Whether a tag on a structure only records.",
    value=_is_recording,
    internal=True,
    gives_boolean=True,
)
structural(
    "recorded",
    5,
    doc="recorded(tag, x, name, f, y): y, after writing down that f met x.",
    value=_recorded,
    internal=True,
)
