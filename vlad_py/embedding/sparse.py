"""Sparse Jacobians and Hessians: patterns by dependence, compression by colouring, values by few directions.

Rows and columns are the reals of the result and of the argument, in the order of `flatten`: an array's
row by row.

Source: A. R. Curtis, M. J. D. Powell, J. K. Reid, "On the estimation of sparse Jacobian matrices" (1974), for
compression; A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian?" (2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import combinations
from typing import Any

from vlad_py import machine
from vlad_py.embedding.convert import to_value
from vlad_py.embedding.function import Function, function_of, stoppable
from vlad_py.embedding.operators import gradient, jvp, vjp
from vlad_py.errors import ConversionError, RunError
from vlad_py.indefinite import Indefinite
from vlad_py.modules import beside
from vlad_py.numbers.dependence import Dependence, Reach, flat_reach
from vlad_py.numpy_late import np
from vlad_py.primitives.shapes import reals_of, refilled
from vlad_py.values import (
    Value,
    data_parts,
    is_array,
    is_function,
    is_numeric,
    leaves,
    plain,
    shape_of,
    size_of,
    transform,
)

MOST_MEETINGS = 2_000_000  # of two columns in a row; a graph of as many edges takes 300 MB


def sparsity(f: Function, x: Any) -> Any:
    """The pattern of f's Jacobian at x: a boolean `scipy.sparse.csr_array` of m rows and n columns.

    It is the pattern along the path that f takes at x: never smaller than that of the Jacobian's values.
    Raises ConversionError without scipy, errors.Error for what goes wrong in f, and where x holds an interval
    or f(x) a function.
    """
    point = to_value(x, "x")
    return _matrix(_pattern(function_of(f, "f"), point), point, bool)


def colors(pattern: Any) -> list[int]:
    """A colour, from 0 on, for every column of a sparse pattern: columns of one colour share no row.

    By networkx's greedy colouring, largest degree first, of the graph of columns that meet in a row. Where
    rows are so full that this graph would be too large, every column has a colour of its own.
    """
    sizes = np.diff(pattern.indptr).astype(float)
    if np.sum(sizes * (sizes - 1.0)) / 2.0 > MOST_MEETINGS:
        return list(range(pattern.shape[1]))
    graph = _library("networkx").Graph()
    graph.add_nodes_from(range(pattern.shape[1]))
    for row in np.split(pattern.indices, pattern.indptr[1:-1]):
        graph.add_edges_from(combinations(row.tolist(), 2))
    coloring = _library("networkx").greedy_color(graph, "largest_first")
    return [coloring[column] for column in range(pattern.shape[1])]


def sparse_jacobian(f: Function, x: Any) -> Any:
    """The Jacobian of f at x as a `scipy.sparse.csr_array` of m rows and n columns.

    As many directions are taken as colours are needed: columns by forward mode, or rows by reverse mode
    where these are fewer. Raises as `sparsity` does.
    """
    function, point = function_of(f, "f"), to_value(x, "x")
    rows = _pattern(function, point)
    pattern = _matrix(rows, point, bool)
    by_column, by_row = colors(pattern), colors(pattern.T.tocsr())
    matrix = _matrix(rows, point, float)
    places = _positions(matrix)
    if max(by_row, default=0) < max(by_column, default=0):
        y, pullback = _run(function, beside(vjp.value, function.value), (function.value, point))
        products = (_run(function, pullback, seed) for seed in _seeds(y, by_row))
        kinds, others = np.array(by_row)[places[0]], places[1]
    else:
        push = beside(jvp.value, function.value)
        pairs = (_run(function, push, (function.value, point, seed)) for seed in _seeds(point, by_column))
        products = (product for _, product in pairs)
        kinds, others = np.array(by_column)[places[1]], places[0]
    by_kind = np.argsort(kinds, kind="stable")
    ends = np.cumsum(np.bincount(kinds)) if len(kinds) else ()
    for entries, product in zip(np.split(by_kind, ends), products):
        matrix.data[entries] = np.array(list(reals_of(product)))[others[entries]]
    return matrix


def sparse_hessian(f: Function, x: Any) -> Any:
    """The Hessian of a real-valued f at x as a `scipy.sparse.csr_array` of n rows and columns.

    It is the sparse Jacobian of f's gradient, whose pattern is found by the same means.
    """
    function = function_of(f, "f")
    slope = _run(function, beside(gradient.value, function.value), function.value)
    return sparse_jacobian(Function(slope, function.limits), x)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        hint = "`pip install 'vlad_py[sparse]'` installs it"
        raise ConversionError(f"sparse matrices need {name.partition('.')[0]}", hint=hint) from None


def _pattern(function: Function, point: Value) -> list[Reach]:
    """For every real of f(x), the numbers of the reals of x that it depends on. RunError for what is none."""
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
            return Dependence(value, frozenset((start,)))
        reach = np.empty(size_of(value), object)
        reach[:] = [frozenset((i,)) for i in range(start, position)]
        return Dependence(value, reach.reshape(shape_of(value)))

    result = _run(function, function.value, transform(point, leaf))
    reaches: list[Reach] = []

    def collect(value: Value) -> Value:
        if is_function(value):
            raise RunError("a sparse derivative is a matrix of reals, and there is a function in f(x)")
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
    """For every colour the structure with 1 at the reals of that colour, and else 0."""
    for color in range(max(coloring, default=-1) + 1):
        numbers: Iterator[Value] = iter([1.0 if c == color else 0.0 for c in coloring])
        yield _refilled(structure, numbers)


def _refilled(structure: Value, numbers: Iterator[Value]) -> Value:
    return transform(structure, lambda leaf: refilled(leaf, numbers) if is_numeric(leaf) else ())


def _run(f: Function, function: Value, argument: Value) -> Any:
    """What a function of the language gives, within the limits of f."""
    with stoppable():
        return machine.run(function, argument, f.limits)
