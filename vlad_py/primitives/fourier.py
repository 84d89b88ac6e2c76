"""Fourier transforms and convolutions. A complex array is a pair of arrays, real and imaginary parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from vlad_py.ground.asking import ask_work
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul
from vlad_py.primitives.axes import array_of, split_options
from vlad_py.primitives.declare import structural
from vlad_py.primitives.declare_arrays import bilinear, general
from vlad_py.primitives.many import no_reals
from vlad_py.primitives.primitive import MANY, Adjoint, Apply, Rule, sparse
from vlad_py.primitives.shapes import Shape, flip, gather, move_axis, stack_of
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Array, Value, is_array, shape_of


def _transformed(x: Array, *, back: bool) -> Value:
    if asked:
        ask_work(_transform_cost((x.data.shape,), back))
    real, imaginary = x.data
    found = (np.fft.ifft if back else np.fft.fft)(real + 1j * imaginary)
    return Array(np.array([found.real, found.imag]))


def _transform_text(texts: Sequence[str], shapes: Sequence[Shape], back: bool) -> str:
    found = f"np.fft.{'ifft' if back else 'fft'}({texts[0]}[0] + 1j * {texts[0]}[1])"
    return f"(lambda z: np.array([z.real, z.imag]))({found})"


def _transposed(cotangent: Value, back: bool) -> Value:
    # the adjoint of a transform is the other one, but for the factor n
    n = float(shape_of(cotangent)[-1])
    return mul(fourier(cotangent, back=not back), 1.0 / n if back else n)


def _transform_cost(shapes: Sequence[Shape], back: bool) -> int:
    """5 n log₂ n operations for each transform."""
    n = max(shapes[0][-1], 1)
    return math.ceil(5 * math.prod(shapes[0][1:]) * math.log2(n)) if n > 1 else 0


fourier: Apply = general(
    "fourier",
    internal=True,
    without_intervals=("its sums of intervals would be far too wide", "write the sum out, for a few terms"),
    doc="fourier(x, back): the discrete Fourier transform along the last dimension, or the inverse, of the "
    "real parts x[0] and the imaginary parts x[1].",
    value=_transformed,
    rules=(
        Rule(
            lambda t, y, x, *, back: fourier(t, back=back),
            lambda y, x, *, back: Adjoint(_transposed, back=back),
        ),
    ),
    code=_transform_text,
    batched=lambda items, *, back: move_axis(
        fourier(move_axis(items, source=0, target=1), back=back), source=0, target=1
    ),
    part_of="fft",
    text=lambda shapes, back: f"stack({'ifft' if back else 'fft'}({{0}}[0], {{0}}[1]))",
    cost=_transform_cost,
)


def _fft(name: str, argument: Value, back: bool) -> tuple[Value, Value]:
    if is_array(argument):
        parts = (argument, Array(np.zeros(shape_of(argument))))
    elif type(argument) is tuple and len(argument) == 2 and all(map(is_array, argument)):
        parts = argument
    else:
        hint = f"`{name}(x)` of reals, `{name}(x, y)` of the real and the imaginary parts"
        raise not_numbers(f"`{name}` expects one or two arrays", argument, hint=hint)
    if shape_of(parts[0]) != shape_of(parts[1]):
        got = f"{describe(parts[0])} and {describe(parts[1])}"
        raise RunError(f"`{name}` expects two arrays of one shape, got {got}")
    if not shape_of(parts[0])[-1]:
        raise no_reals(name, describe(parts[0]))
    both = fourier(stack_of(parts), back=back)
    return gather(both, index=0), gather(both, index=1)


for _name, _back, _words in (
    ("fft", False, "the sums of x[j] exp(-2 pi i j k / n)"),
    ("ifft", True, "the inverse of `fft`"),
):
    structural(
        _name,
        MANY,
        computes=True,
        doc=f"{_name}(x) or {_name}(x, y): the discrete Fourier transform of n reals, or of complex numbers "
        f"with real parts x and imaginary parts y, {_words}, as a pair of such arrays; for an array of "
        "more dimensions along the last.",
        example=f"{_name}([1, 0, 0, 0]), {_name}([1, 2], [0, 0])",
        value=lambda argument, name=_name, back=_back: _fft(name, argument, back),
    )


@sparse
def _part(cotangent: Value, other: Value, size: int) -> Value:
    """The cotangent of one side of a convolution: the middle of that with the other side, reversed."""
    before = shape_of(other)[0] - 1
    return gather(convolved(cotangent, flip(other, axis=0)), index=slice(before, before + size))


def _convolved(a: Array, b: Array) -> Value:
    x, y = a.data, b.data
    ask_work(2 * len(x) * len(y))
    if x.dtype == y.dtype == np.float64:
        return Array(np.convolve(x, y))
    shifts = [np.concatenate([[0.0] * i, x * y[i], [0.0] * (len(y) - 1 - i)]) for i in range(len(y))]
    total = shifts[0]
    for shift in shifts[1:]:
        total = total + shift
    return Array(total)


convolved: Apply = bilinear(
    "convolved",
    internal=True,
    item_by_item="numpy convolves two vectors at a time",
    doc="convolved(a, b): the convolution of two vectors, of which neither is empty.",
    value=_convolved,
    adjoints=(
        lambda a, b: Adjoint(_part, b, size=shape_of(a)[0]),
        lambda a, b: Adjoint(_part, a, size=shape_of(b)[0]),
    ),
    text="conv",
    unchecked="np.convolve({0}, {1})",
    cost=lambda shapes: 2 * shapes[0][0] * shapes[1][0],
)


# where the part of a convolution of n and m ≤ n elements begins, and how many it has
CONV_MODES: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "full": lambda n, m: (0, n + m - 1),
    "same": lambda n, m: ((m - 1) // 2, n),
    "valid": lambda n, m: (m - 1, n - m + 1),
}


def _conv(argument: Value) -> Value:
    given, options = split_options("conv", argument, ("mode",))
    if type(given) is not tuple or len(given) != 2:
        raise not_numbers("`conv` expects two vectors", given, hint="write `conv(a, b)`")
    a, b = given
    mode = "full" if options is None else options.get("mode")
    if not isinstance(mode, str) or mode not in CONV_MODES:
        got = f'"{mode}"' if isinstance(mode, str) else describe(mode)
        raise RunError(f'the mode of `conv` is "full", "same" or "valid", got {got}')
    for x in (a, b):
        shape = array_of("conv", x)
        if len(shape) != 1 or not shape[0]:
            raise not_numbers("`conv` expects two vectors that are not empty", x)
    found = convolved(a, b)
    if mode == "full":
        return found
    fewer, more = sorted((shape_of(a)[0], shape_of(b)[0]))
    start, size = CONV_MODES[mode](more, fewer)
    return gather(found, index=slice(start, start + size))


structural(
    "conv",
    MANY,
    by_shape=True,
    item_by_item="numpy convolves two vectors at a time",
    doc="conv(a, b): the convolution of two vectors, the coefficients of the product of two polynomials: its "
    "element k is the sum of a[i] * b[k - i]. It has length(a) + length(b) - 1 elements; with "
    '`{mode: "same"}` the middle ones, as many as the longer vector has, and with `{mode: "valid"}` those '
    "in whose sum every element of the shorter one is.",
    example='conv([1, 2, 3], [1, 10]), conv([1, 2, 3], [1, 10], {mode: "valid"})',
    value=_conv,
)
