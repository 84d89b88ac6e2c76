"""Sparse Jacobians and Hessians as matrices of scipy; patterns, colours and values are the language's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import islice
from typing import Any

from vlad_py.differentiation.sparse import plan_of, seed
from vlad_py.execution import machine
from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import ConversionError, NotNative
from vlad_py.ground.late_numpy import np
from vlad_py.native.calling import Native, is_installed
from vlad_py.native.exits import Invalid, Left
from vlad_py.native.kinds import kind_of_plain
from vlad_py.python.classes import Classes
from vlad_py.python.derivatives import gradient, library_function
from vlad_py.python.function import ErrorsForCaller, Function, argument_of, function_of, limits_met
from vlad_py.session.library import beside
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Closure, Record, Value, is_numeric, list_items, make_list

SPARSITY, JACOBIAN, BY_PATTERN = (
    library_function("prelude/sparse", name).value
    for name in ("sparsity", "sparse_jacobian", "sparse_jacobian_with")
)
FORWARD, BACKWARD = (
    tuple([library_function("prelude/derivative", f"{along}_{which}").value for which in ("each", "given")])
    for along in ("_along", "_back_along")
)
TOGETHER = 16  # directions of one code
MOST_KNOWN = 2  # codes whose directions are part of them


def sparsity(f: Function, *arguments: object) -> Any:
    """The pattern of f's Jacobian at x: a boolean `scipy.sparse.csr_array` of m rows and n columns.

    x is the argument of f in f(*arguments): for several arguments, their tuple. The pattern is that of the
    path that f takes at x; it is never smaller than that of the Jacobian's values.
    Raises ConversionError without scipy, errors.Error for an error in f, and if x contains an interval or
    f(x) a function.
    """
    function, point = _called(f, arguments)
    pattern = _pattern(function, point)
    return _matrix(pattern, np.ones(len(_data(pattern, "rows")), bool))


def _called(f: object, arguments: tuple[object, ...]) -> tuple[Function, Value]:
    """The function, with the limits of all functions in its arguments, and its argument."""
    function, met = function_of(f, "f"), Classes()
    point = argument_of(arguments, met)
    return Function(function.value, limits_met(function.limits, met)), point


def sparse_jacobian(f: Function, *arguments: object) -> Any:
    """The Jacobian of f at x as a `scipy.sparse.csr_array` of m rows and n columns.

    It takes as many directions as there are colours: forward mode for columns, and, where that needs fewer,
    reverse mode for long rows, or for all rows. Raises as `sparsity` does.

    Without x it gives a `Sparse`: `sparse_jacobian(f)(x)` is the matrix, and `sparse_jacobian(f).plan(x)`
    keeps the pattern and the colours.
    """
    sparse = Sparse(function_of(f, "f"))
    return sparse(*arguments) if arguments else sparse


class Sparse:
    """The sparse Jacobian of a function, at no point yet: called like the function, it gives the matrix."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def __call__(self, *arguments: object) -> Any:
        function, point = _called(self.function, arguments)
        entries = _made(JACOBIAN, function, point)
        return _matrix(entries, _data(entries, "values"))

    def plan(self, *arguments: object) -> Plan:
        """The pattern at x, and the colours, kept for other points. Raises as `sparsity` does."""
        function, point = _called(self.function, arguments)
        plan = Plan(function, point)
        plan.compile(point)
        return plan


class Plan:
    """A sparse Jacobian whose pattern and colours are kept: called like f, it gives the matrix at any point.

    The pattern is that of the path that f took where the plan was made: make another where f takes another
    path. With the extra `native`, products with directions are machine code. Raises ConversionError for an
    argument of another structure, and the errors of f.
    """

    def __init__(self, function: Function, point: Value) -> None:
        self._function = function
        self._kind = kind_of_plain(point)
        self._pattern = _pattern(function, point)
        self._empty = _matrix(self._pattern, np.zeros(len(_data(self._pattern, "rows"))))
        self._products: list[Products] = []

    def compile(self, point: Value) -> None:
        """Makes machine code of the products, with colours of columns and of rows, if it can."""
        if not is_installed() or self._function.limits.steps:
            return
        plan = plan_of(self._pattern)
        forward, backward = (int(_real(plan, name)) for name in ("forward", "backward"))
        rows, columns, by_column, by_row = (
            _whole(plan, name) for name in ("rows", "columns", "by_column", "by_row")
        )
        height, width = self._empty.shape
        self._places = np.where(
            by_row[rows] >= 0,
            forward * height + by_row[rows] * width + columns,
            by_column[columns] * height + rows,
        )
        products = []
        with suppress(NotNative):
            if forward:
                seeds = [seed(point, by_column, color) for color in range(forward)]
                products += _compiled(self._function, point, seeds, FORWARD)
            if backward:
                result = _run(self._function, self._function.value, point)
                seeds = [seed(result, by_row, color) for color in range(backward)]
                products += _compiled(self._function, point, seeds, BACKWARD)
            self._products = products

    def __call__(self, *arguments: object) -> Any:
        point = argument_of(arguments)
        if kind_of_plain(point) != self._kind:
            message = "the plan is for an argument of another structure"
            raise ConversionError(message, hint="`plan(x)` makes one for this argument")
        return self.at(point)

    def at(self, point: Value) -> Any:
        """The matrix at a point of the plan's structure."""
        matrix = self._empty.copy()
        values = self._compressed(point)
        matrix.data = (
            _data(_run(self._function, self._jacobian, point), "values") if values is None else values
        )
        return matrix

    @cached_property
    def _jacobian(self) -> Value:
        """The function of the language that gives the entries at a point."""
        function = self._function.value
        made: Value = _run(self._function, beside(BY_PATTERN, function), (function, self._pattern))
        return made

    def _compressed(self, point: Value) -> Any:
        """The values by compiled products with all directions; None where the interpreter has to decide."""
        if not self._products or not all(part.native.is_current() for part in self._products):
            return None
        with suppress(Left, Invalid):
            found = [elements for part in self._products for elements in part.at(point)]
            return np.concatenate(found).take(self._places)
        return None


@dataclass(frozen=True, slots=True)
class Products:
    """Machine code of the products of a Jacobian with some directions, which may be given with the point."""

    native: Native
    function: Closure
    count: int
    directions: Value = None

    def at(self, point: Value) -> Iterator[Any]:
        """The elements of the products, array by array."""
        given = point if self.directions is None else (point, self.directions)
        for tangent in islice(list_items(self.native(self.function, given)), self.count):
            for leaf in leaves(tangent):
                if is_numeric(leaf):
                    yield leaf.data.ravel() if type(leaf) is Array else np.array([leaf])


def _compiled(
    function: Function, point: Value, seeds: list[Value], operators: tuple[Value, ...]
) -> list[Products]:
    """The products of a function's Jacobian with directions, or cotangents, by the operators that give them.
    NotNative where they cannot be compiled.

    The code of a few directions knows them: what is 0 in them takes no time. Many share one code.
    """
    f = function.value
    along_each, along_given = operators
    groups = [seeds[i : i + TOGETHER] for i in range(0, len(seeds), TOGETHER)]
    if len(groups) <= MOST_KNOWN:
        found = []
        for group in groups:
            along: Closure = _run(function, beside(along_each, f), (f, make_list(group)))
            found.append(Products(Native(along, point, is_fixed=True), along, len(group)))
        return found
    counts = [len(group) for group in groups]
    groups[-1] = [*groups[-1], *[seeds[0]] * (TOGETHER - counts[-1])]
    along = _run(function, beside(along_given, f), f)
    lists = [make_list(group) for group in groups]
    native = Native(along, (point, lists[0]), is_fixed=True)
    return [Products(native, along, count, each) for count, each in zip(counts, lists, strict=True)]


def sparse_hessian(f: Function, *arguments: object) -> Any:
    """The Hessian of a real-valued f at x as a `scipy.sparse.csr_array` of n rows and columns.

    It is the sparse Jacobian of f's gradient, whose pattern is found in the same way. Without x it gives
    a `Sparse`, as `sparse_jacobian` does.
    """
    function = function_of(f, "f")
    slope = _run(function, beside(gradient.value, function.value), function.value)
    sparse = Sparse(Function(slope, function.limits))
    return sparse(*arguments) if arguments else sparse


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ConversionError(
            f"{name.partition('.')[0]} is not installed", hint=install_advice("sparse")
        ) from None


def _pattern(function: Function, point: Value) -> Record:
    """The entries that the Jacobian may have, without their values."""
    return _made(SPARSITY, function, point)


def _made(operator: Value, function: Function, point: Value) -> Record:
    """The record that an operator of the language gives at a point."""
    made: Record = _run(function, _run(function, beside(operator, function.value), function.value), point)
    return made


def _data(record: Record, name: str) -> Any:
    """The elements of an array in a record."""
    array: Any = record.get(name)
    return array.data


def _real(record: Record, name: str) -> float:
    real: Any = record.get(name)
    return float(real)


def _whole(record: Record, name: str) -> Any:
    return _data(record, name).astype(np.intp)


def _matrix(pattern: Record, values: Any) -> Any:
    """A matrix with these values: a pattern's entries stand row by row."""
    shape: Any = pattern.get("shape")
    height, width = map(int, shape)
    lengths = np.bincount(_whole(pattern, "rows"), minlength=height)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    parts = (values, _whole(pattern, "columns"), ends)
    return _library("scipy.sparse").csr_array(parts, shape=(height, width))


def _run(f: Function, function: Value, argument: Value) -> Any:
    """The result of an ADL function, within the limits of f."""
    with ErrorsForCaller():
        return machine.run(function, argument, f.limits)
