"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import Any

from vlad_py.ground.asking import ask_memory, ask_work
from vlad_py.ground.budget import asked
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import INF, NAN, REAL, add, mul
from vlad_py.primitives.behaviour import Together
from vlad_py.primitives.by_parts import NOT_A_NUMBER, matched
from vlad_py.primitives.declare import pairing, structural
from vlad_py.primitives.declare_arrays import bilinear
from vlad_py.primitives.form import Form
from vlad_py.primitives.items import rows_of
from vlad_py.primitives.primitive import Adjoint, Apply, Primitive, sparse
from vlad_py.primitives.shapes import Shape, gather, reshape_to, sum_to, swap, total, wrapped
from vlad_py.primitives.sum_texts import of_product
from vlad_py.primitives.words import PRODUCT, Pattern
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Array, Cons, Nil, Value, is_array, shape_of


def _matmul(a: Value, b: Value) -> Value:
    if type(a) is Array and type(b) is Array:
        x, y = a.data, b.data
        if asked:
            _ask(x.shape, y.shape)
        try:
            # the same, and twice as fast for small matrices
            return wrapped(x.dot(y) if y.ndim <= 2 >= x.ndim else x @ y)
        except ValueError:
            raise RunError(f"`@` cannot multiply {describe(a)} and {describe(b)}", hint=_INNER) from None
    side, wrong = ("left", a) if type(a) is not Array else ("right", b)
    hint = "`*` multiplies reals, and arrays element by element"
    if type(wrong) is tuple:
        hint = "`dot(x, y)` is the scalar product of tuples; an array is written `[1, 2]`"
    elif isinstance(wrong, (Cons, Nil)):
        hint = NOT_A_NUMBER
    raise not_numbers(f"`@` expects an array on its {side}", wrong, hint=hint)


def _work(shapes: Sequence[Shape]) -> int:
    """An operation for each product of two elements, and one for adding it."""
    left, right = shapes
    many = np.broadcast_shapes(left[:-2], right[:-2])
    columns = right[-1] if len(right) > 1 else 1
    return 2 * columns * prod((*many, *left[-2:]))


def _ask(left: Shape, right: Shape) -> None:
    """LimitError where the product is too much for the limits of this thread."""
    with suppress(ValueError):  # of shapes that do not fit
        ask_work(_work((left, right)))
        rows = left[:-1] if len(left) == 1 or len(right) == 1 else left[-2:-1]
        ask_memory(8.0 * prod((*left[:-2], *right[:-2], *rows, *right[-1:])) if len(right) > 1 else 0)


def _product_text(texts: list[str], shapes: list[Any]) -> str:
    (a, b), (left, right) = texts, shapes
    if len(left) == len(right) == 1:
        return f"float({a}.dot({b}))"
    return f"{a}.dot({b})" if len(left) <= 2 >= len(right) else f"{a} @ {b}"


_INNER = "the last size on the left is the size of the vector, or the number of rows, on the right"


def column(x: Value) -> Value:
    """A vector as a matrix of one column; of vectors along the last dimension, matrices."""
    return reshape_to(x, shape=(*shape_of(x), 1))


def _row(x: Value) -> Value:
    return reshape_to(x, shape=(*shape_of(x)[:-1], 1, shape_of(x)[-1]))


@sparse
def _by_left(cotangent: Value, b: Value, shape: tuple[int, ...]) -> Value:
    """The cotangent of a in a @ b."""
    if len(shape_of(b)) == 1:
        # a vector on the right: every row of a got the whole of b
        return mul(cotangent, b) if len(shape) == 1 else mul(column(cotangent), b)
    if len(shape) == 1:
        if len(shape_of(b)) == 2:
            return matmul(b, cotangent)
        return sum_to(_vector(matmul(b, column(cotangent))), shape)
    return sum_to(matmul(cotangent, swap(b)), shape)


@sparse
def _by_right(cotangent: Value, a: Value, shape: tuple[int, ...]) -> Value:
    """The cotangent of b in a @ b."""
    if len(shape_of(a)) == 1:
        return mul(cotangent, a) if len(shape) == 1 else mul(column(a), _row(cotangent))
    if len(shape) == 1:
        if len(shape_of(a)) == 2:
            return matmul(cotangent, a)
        return sum_to(_vector(matmul(swap(a), column(cotangent))), shape)
    return sum_to(matmul(swap(a), cotangent), shape)


def _vector(x: Value) -> Value:
    return reshape_to(x, shape=shape_of(x)[:-1])


def _products(held: tuple[bool, ...], a: Value, b: Value) -> Value:
    """The products of many items, along the first dimension of one side or of both, with the other side."""
    if all(held):
        return _products_of_both(a, b)
    if not held[0]:
        dimensions = len(shape_of(b))
        if dimensions == 2 and len(shape_of(a)) == 2:  # a matrix times each vector
            return matmul(b, swap(a))
        if dimensions == 2 and len(shape_of(a)) > 2:
            columns = matmul(a, _apart(column(b), a))
            return reshape_to(columns, shape=shape_of(columns)[:-1])
        return matmul(b, a) if dimensions == 2 else matmul(a, _apart(b, a))
    if len(shape_of(a)) > 2:
        return matmul(_apart(a, b), b)
    if len(shape_of(b)) <= 2:
        return matmul(a, b)
    count, size = shape_of(a)
    rows = matmul(_apart(reshape_to(a, shape=(count, 1, size)), b), b)
    return reshape_to(rows, shape=(*shape_of(rows)[:-2], shape_of(rows)[-1]))


def _products_of_both(a: Value, b: Value) -> Value:
    """The products of each item of one side and the same item of the other."""
    rows, columns = len(shape_of(a)) == 2, len(shape_of(b)) == 2  # where an item is a vector
    left = _row(a) if rows else a
    right = column(b) if columns else b
    found = matmul(_level(left, right), _level(right, left))
    shape = shape_of(found)
    kept = (*shape[:-2], *(() if rows else shape[-2:-1]), *(() if columns else shape[-1:]))
    return reshape_to(found, shape=kept) if kept != shape else found


def _level(items: Value, other: Value) -> Value:
    """Stacks of matrices, whose items have as many dimensions as those of the other."""
    count, *rest = shape_of(items)
    missing = len(shape_of(other)) - 1 - len(rest)
    return items if missing <= 0 else reshape_to(items, shape=(count, *(1,) * missing, *rest))


def _apart(items: Value, other: Value) -> Value:
    """Items that are matrices, whose first dimension stays apart from those of a stack of matrices."""
    count, *rest = shape_of(items)
    missing = len(shape_of(other)) - len(rest)
    return items if missing <= 0 else reshape_to(items, shape=(count, *(1,) * missing, *rest))


matmul: Apply = bilinear(
    "@",
    word="matmul",
    form=Form.PRODUCT,
    doc="Product of two matrices, of a matrix and a vector, or of a vector and a matrix; for two vectors, "
    "their "
    "scalar product. The derivative with respect to one side is a product with the other.",
    example="[[1, 2], [3, 4]] @ [1, 1], [1, 2] @ [3, 4]",
    value=_matmul,
    adjoints=(
        lambda a, b: Adjoint(_by_left, b, shape=shape_of(a)),
        lambda a, b: Adjoint(_by_right, a, shape=shape_of(b)),
    ),
    subscripts=of_product,
    code=_product_text,
    batched=_products,
    text=Pattern("{0:product} @ {1:power}", PRODUCT),
    latex=Pattern(r"{0:product} \, {1:power}", PRODUCT),
    cost=_work,
)


def _dot_of_vectors(a: Array, b: Array) -> Value:
    x, y = a.data, b.data
    if x.ndim != 1 or x.shape != y.shape:
        hint = "`a @ b` is the matrix product, `sum(a * b)` the sum of all products"
        got = f"{describe(a)} and {describe(b)}"
        raise RunError(f"`dot` expects vectors of the same length, got {got}", hint=hint)
    return wrapped(x.dot(y))


dot_of_vectors: Apply = bilinear(
    "dot_of_vectors",
    form=Form.PRODUCT,
    doc="dot_of_vectors(a, b): the scalar product of two vectors.",
    value=_dot_of_vectors,
    adjoints=(lambda a, b: Adjoint(mul, b), lambda a, b: Adjoint(mul, a)),
    internal=True,
    subscripts=of_product,
    code=_product_text,
    text="dot",
    cost=_work,
    batched=_products,
)


def _dot(xs: tuple[float, ...]) -> float:
    half = len(xs) // 2
    result = 0.0
    for a, b in zip(xs[:half], xs[half:], strict=True):
        result += a * b
    return result


def _dot_of_items(rows: Value) -> Value:
    """The sums of products, for many items, from arrays with a row for each real of both sides."""
    half = shape_of(rows)[0] // 2
    left, right = gather(rows, index=slice(0, half)), gather(rows, index=slice(half, 2 * half))
    return total(mul(left, right), axis=0)


def _dot_of_structures(primitive: Primitive, *sides: Value) -> Value:
    """The sum of the products of all reals in the same place of two halves, perhaps of one structure each."""
    half = len(sides) // 2
    left, right = sides if half == 1 else (sides[:half], sides[half:])
    result: Value = 0.0
    for a, b, are_numbers in matched(primitive.called, left, right):
        if are_numbers:
            result = add(result, total(mul(a, b), axis=None) if is_array(a) else mul(a, b))
    return result


dot = pairing(
    "dot",
    behaviour=Together.SCALAR_PRODUCT,
    doc="Scalar product of two vectors, or of two tuples or lists with equally many reals, or of two "
    "structures of one shape, real by real, added first to last. "
    "The derivative with respect to one of them is the other.",
    example="dot([1, 2], [3, 4]), gradient(dot)([1, 2], [3, 4])",
    structures=_dot_of_structures,
    value=_dot,
    native="fold(a + x * y, 0.0)",
    partials=lambda y, xs: xs[len(xs) // 2 :] + xs[: len(xs) // 2],
    probe=REAL,
    edges=(((), 0.0, ()), ((0.0, INF), NAN, (INF, 0.0))),
    arrays=dot_of_vectors,
    batched=lambda held, *xs: _dot_of_items(rows_of(held, xs)),
    cost=len,
    form=Form.INNER_PRODUCT,
)


def _outer(a: Value, b: Value) -> Value:
    for x in (a, b):
        if len(shape_of(x)) != 1:
            raise not_numbers("`outer` expects two vectors", x)
    return mul(column(a), b)


structural(
    "outer",
    2,
    by_shape=True,
    doc="The matrix of all products of an element of a vector and one of another: outer(a, b)[i, j] is "
    "a[i] * b[j].",
    example="outer([1, 2], [3, 4])",
    value=_outer,
)
