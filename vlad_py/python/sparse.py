"""Sparse Jacobians and Hessians: patterns by dependence, compression by colouring, values by few directions.

Rows and columns are the reals of the result and of the argument, in the order of `flatten`: an array's
row by row.

Source: A. R. Curtis, M. J. D. Powell, J. K. Reid, "On the estimation of sparse Jacobian matrices" (1974), for
compression; A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian?" (2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from vlad_py.execution import machine
from vlad_py.ground.errors import ConversionError, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.observed.dependence import Dependence, Inputs, Reach, flat_reach
from vlad_py.primitives.structures import reals_of, refilled
from vlad_py.python.convert import Classes
from vlad_py.python.derivatives import gradient, jvp, vjp
from vlad_py.python.function import Function, argument_of, function_of, limits_met, stoppable
from vlad_py.session.modules import beside
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import Value, is_array, is_function, is_numeric, plain, shape_of, size_of


def sparsity(f: Function, *arguments: object) -> Any:
    """The pattern of f's Jacobian at x: a boolean `scipy.sparse.csr_array` of m rows and n columns.

    x is the argument of f in f(*arguments): for several arguments, their tuple. The pattern is that of the
    path that f takes at x; it is never smaller than that of the Jacobian's values.
    Raises ConversionError without scipy, errors.Error for an error in f, and if x contains an interval or
    f(x) a function.
    """
    function, point = _called(f, arguments)
    return _matrix(_pattern(function, point), point, bool)


def _called(f: object, arguments: tuple[object, ...]) -> tuple[Function, Value]:
    """The function, with the limits of all functions in its arguments, and its argument."""
    function, met = function_of(f, "f"), Classes()
    point = argument_of(arguments, met)
    return Function(function.value, limits_met(function.limits, met)), point


def colors(pattern: Any) -> list[int]:
    """A colour, from 0 on, for every column of a sparse pattern: columns of one colour share no row.

    Greedy partial distance-2 colouring: columns, ordered by how many others they meet in their rows, take the
    first colour that none of these rows has. A set of colours is the bits of an integer.
    """
    columns = pattern.tocsc()
    meetings = np.bincount(
        _positions(pattern)[1],
        np.repeat(np.diff(pattern.indptr), np.diff(pattern.indptr)),
        minlength=pattern.shape[1],
    )
    found, used = [0] * pattern.shape[1], [0] * pattern.shape[0]
    ends, rows = columns.indptr.tolist(), columns.indices.tolist()
    for column in np.argsort(-meetings, kind="stable").tolist():
        own = rows[ends[column] : ends[column + 1]]
        taken = 0
        for row in own:
            taken |= used[row]
        first_free = ~taken & (taken + 1)
        for row in own:
            used[row] |= first_free
        found[column] = first_free.bit_length() - 1
    return found


def sparse_jacobian(f: Function, *arguments: object) -> Any:
    """The Jacobian of f at x as a `scipy.sparse.csr_array` of m rows and n columns.

    It takes as many directions as there are colours: forward mode for columns, and, where that needs fewer,
    reverse mode for long rows, or for all rows. Raises as `sparsity` does.
    """
    function, point = _called(f, arguments)
    rows = _pattern(function, point)
    by_column, by_row = _directions(_matrix(rows, point, bool))
    matrix = _matrix(rows, point, float)
    row, column = _positions(matrix)
    backward = np.array(by_row, int)[row] >= 0
    if not backward.all():
        push = beside(jvp.value, function.value)
        pairs = (_run(function, push, (function.value, point, seed)) for seed in _seeds(point, by_column))
        products = (product for _, product in pairs)
        _fill(matrix.data, np.flatnonzero(~backward), np.array(by_column)[column], row, products)
    if backward.any():
        y, pullback = _run(function, beside(vjp.value, function.value), (function.value, point))
        products = (_run(function, pullback, seed) for seed in _seeds(y, by_row))
        _fill(matrix.data, np.flatnonzero(backward), np.array(by_row)[row], column, products)
    return matrix


def _directions(pattern: Any) -> tuple[list[int], list[int]]:
    """Colours of the columns for forward mode, and of the rows for reverse mode; -1 for rows in forward mode.
    Their length decides; the best of the limits 0, 1, 2, 4, … is taken.
    """
    sizes = np.diff(pattern.indptr)
    limits = [2**i for i in range(int(max(sizes, default=0)).bit_length(), -1, -1)] + [0]

    def plan(limit: int) -> tuple[list[int], list[int]]:
        is_long = sizes > limit
        short, long = pattern[np.flatnonzero(~is_long)], pattern[np.flatnonzero(is_long)]
        by_row = np.full(len(sizes), -1)
        by_row[is_long] = colors(long.T.tocsr())
        return colors(short) if short.nnz else [], by_row.tolist()

    return min(map(plan, limits), key=lambda found: sum(max(part, default=-1) for part in found))


def _fill(data: Any, entries: Any, kinds: Any, places: Any, products: Iterator[Value]) -> None:
    """Fills in the entries of one kind, each from its place, one product after another."""
    order = entries[np.argsort(kinds[entries], kind="stable")]
    ends = np.cumsum(np.bincount(kinds[entries]))
    for own, product in zip(np.split(order, ends), products):
        data[own] = np.array(list(reals_of(product)))[places[own]]


def sparse_hessian(f: Function, *arguments: object) -> Any:
    """The Hessian of a real-valued f at x as a `scipy.sparse.csr_array` of n rows and columns.

    It is the sparse Jacobian of f's gradient, whose pattern is found in the same way.
    """
    function = function_of(f, "f")
    slope = _run(function, beside(gradient.value, function.value), function.value)
    return sparse_jacobian(Function(slope, function.limits), *arguments)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        hint = "`pip install 'vlad_py[sparse]'` installs it"
        raise ConversionError(f"sparse matrices need {name.partition('.')[0]}", hint=hint) from None


def _pattern(function: Function, point: Value) -> list[Reach]:
    """For every real of f(x), the numbers of the reals of x that it depends on. RunError for other parts."""
    position = 0

    def leaf(value: Value) -> Value:
        nonlocal position
        if not is_numeric(value):
            return value
        primal = plain(value)
        if isinstance(primal, Indefinite):
            raise primal.unobserved()
        start, position = position, position + size_of(value)
        if not is_array(value):
            return Dependence(value, Inputs((start,)))
        reach = np.empty(size_of(value), object)
        reach[:] = [Inputs((i,)) for i in range(start, position)]
        return Dependence(value, reach.reshape(shape_of(value)))

    result = _run(function, function.value, transform(point, leaf))
    reaches: list[Reach] = []

    def collect(value: Value) -> Value:
        if is_function(value):
            raise RunError("a sparse derivative is a matrix of reals, but f(x) contains a function")
        if is_numeric(value):
            reaches.extend(flat_reach(value))
        return value

    transform(result, collect, data_parts)
    return reaches


def _matrix(rows: list[Reach], point: Value, kind: type) -> Any:
    sparse = _library("scipy.sparse")
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.array([column for row in rows for column in sorted(row)], np.intp)
    shape = (len(rows), sum(map(size_of, leaves(point))))
    return sparse.csr_array((np.ones(len(columns), kind), columns, ends), shape=shape)


def _positions(matrix: Any) -> tuple[Any, Any]:
    """The row and the column of every entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices


def _seeds(structure: Value, coloring: list[int]) -> Iterator[Value]:
    """For every colour the structure with 1 at the reals of that colour, and 0 elsewhere."""
    for color in range(max(coloring, default=-1) + 1):
        numbers: Iterator[Value] = iter([1.0 if c == color else 0.0 for c in coloring])
        yield _refilled(structure, numbers)


def _refilled(structure: Value, numbers: Iterator[Value]) -> Value:
    return transform(structure, lambda leaf: refilled(leaf, numbers) if is_numeric(leaf) else ())


def _run(f: Function, function: Value, argument: Value) -> Any:
    """The result of an ADL function, within the limits of f."""
    with stoppable():
        return machine.run(function, argument, f.limits)
