"""What reductions have in common: how they act on arrays."""

from __future__ import annotations

from math import prod

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul
from vlad_py.primitives.axes import checked_axis
from vlad_py.primitives.declare_arrays import along
from vlad_py.primitives.many import no_reals
from vlad_py.primitives.primitive import Adjoint, Apply, Cost, Rule, sparse
from vlad_py.primitives.shapes import Shape, broadcast_to, spread, stack_of, total, wrapped
from vlad_py.values.show import describe, describe_array
from vlad_py.values.values import Value, is_array, shape_of


def along_axis(name: str, arrays: Apply, nonempty: bool = False) -> Apply:
    """`arrays(x, axis)`, its axis checked."""

    def along(x: Value, axis: int | None) -> Value:
        axis = checked_axis(name, x, axis)
        if nonempty and 0 in (shape_of(x) if axis is None else (shape_of(x)[axis],)):
            raise no_reals(name, describe(x))
        return arrays(x, axis=axis)

    return along


def by_elements(name: str, arrays: Apply, mixes: bool = False) -> Apply:
    """The reduction of a tuple or a list with arrays in it: elementwise, by `arrays(x, axis)`.

    Reals may stand beside the arrays if it `mixes`: `max(a, 0)` is usual, `sum(a, 0)` is a mistake.
    """

    def elementwise(xs: tuple[Value, ...]) -> Value:
        if not mixes and not all(map(is_array, xs)):
            hint = f"along an axis: `{name}(a, {{axis: 0}})`"
            raise RunError(f"`{name}` expects reals or arrays, got both", hint=hint)
        shapes = [shape_of(x) for x in xs]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            listed = " and ".join(describe_array(s) for s in shapes if s)
            raise RunError(f"`{name}` cannot combine {listed}") from None
        return arrays(stack_of(tuple(broadcast_to(x, shape) for x in xs)), axis=0)

    return elementwise


def of_arrays(name: str, value: Apply, slope: Apply, latex: str = "", cost: Cost = 4) -> Apply:
    """A reduction of an array along an axis (None: all). `slope(y, x, axis)` gives its partial derivatives,
    in the shape of x, for a result y that has been repeated to that shape.
    """

    def partials(y: Value, x: Value, axis: int | None) -> Value:
        return slope(spread(y, shape_of(x), axis), x, axis)

    return along(
        f"{name}_of",
        doc=f"{name}_of(x, axis): `{name}` of an array's elements along an axis; of all if it is none.",
        value=lambda x, *, axis: wrapped(value(x.data, axis)),
        rule=Rule(
            lambda t, y, x, *, axis: total(mul(partials(y, x, axis), t), axis=axis),
            lambda y, x, *, axis: Adjoint(_weighted, partials(y, x, axis), shape=shape_of(x), axis=axis),
        ),
        reduces=name,
        text=name,
        latex=latex,
        cost=cost,
    )


@sparse
def _weighted(cotangent: Value, slope: Value, shape: Shape, axis: int | None) -> Value:
    return mul(slope, spread(cotangent, shape, axis))


def by_name(name: str) -> Apply:
    """A function of numpy, which is not loaded before it is called."""

    def function(data: np.ndarray, axis: int | None) -> np.ndarray:
        return getattr(np, name)(data, axis)

    return function


def count_along(x: Value, axis: int | None) -> float:
    """How many elements an array has along an axis (None: in all)."""
    shape = shape_of(x)
    return float(prod(shape) if axis is None else shape[axis])


def has_nan(xs: tuple[float, ...]) -> bool:
    """Whether one of some floats is nan."""
    for x in xs:  # noqa: SIM110 - twice as fast as any() on the two arguments that are usual
        if x != x:
            return True
    return False
