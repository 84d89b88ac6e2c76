"""Sums over data larger than memory, chunk by chunk, with their gradients (`vlad.over_chunks`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from importlib import import_module
from importlib.util import find_spec
from itertools import zip_longest
from typing import Any

from vlad_py.frameworks.sweeps import received, sent
from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import ConversionError, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.native.calling import is_installed
from vlad_py.python.compiled import Compiled
from vlad_py.python.convert import a_thing
from vlad_py.python.function import Function, function_of
from vlad_py.python.programs import evaluate

GROUP = 8  # partial sums that are added at a time, in a tree
MISSING: Any = object()  # a chunk where there are no more
ONCE = "a generator gives its chunks once: pass a function that makes it, `vlad.over_chunks(f, lambda: …)`"
ROWS = "the chunks of an array are its rows: write a list of chunks, `[x[:1000], x[1000:]]`"


class OverChunks:
    """The sum of a function over the chunks of data, as a function of its parameters (see `over_chunks`)."""

    def __init__(self, function: Function, data: tuple[Any, ...]) -> None:
        rows = ", ".join(f"x{i}" for i in range(len(data)))
        both = evaluate(f"fn f => fn (w, {rows}) => value_and_gradient(fn w => f(w, {rows}))(w)")
        self._value, self._both = _fast(function), _fast(both(function))
        self._data = data
        self._is_used = False  # whether a pass over the data has begun

    def __call__(self, parameters: object) -> Any:
        """The sum."""
        return self._summed(self._value, parameters)

    def gradient(self, parameters: object) -> Any:
        """The gradient of the sum, in the structure of the parameters."""
        return self.value_and_gradient(parameters)[1]

    def value_and_gradient(self, parameters: object) -> tuple[Any, Any]:
        """The sum and its gradient, in one pass over the data."""
        found: tuple[Any, Any] = self._summed(self._both, parameters)
        return found

    def _summed(self, f: Function, parameters: object) -> Any:
        if _is_dask(self._data[0]):
            return _by_dask(f, parameters, self._data)
        total: Any = None
        for chunk in self._chunks():
            try:
                part = f(parameters, *chunk)
            except RunError as error:
                if any(isinstance(data, np.ndarray) for data in self._data):
                    error.hint = ROWS
                raise
            total = added([part]) if total is None else added([total, part])
        if total is None:
            raise ConversionError("over_chunks: there is no chunk")
        return total

    def _chunks(self) -> Iterator[tuple[Any, ...]]:
        if self._is_used and any(isinstance(data, Iterator) for data in self._data):
            raise ConversionError("over_chunks: the chunks of a generator are used up", hint=ONCE)
        self._is_used = True
        parts = [self._iterable(data() if callable(data) else data) for data in self._data]
        counts = [len(part) for part in parts if isinstance(part, Sized)]
        if len(set(counts)) > 1:
            raise ConversionError(f"over_chunks: the data have {' and '.join(map(str, counts))} chunks")
        for count, chunk in enumerate(zip_longest(*parts, fillvalue=MISSING)):
            if any(part is MISSING for part in chunk):
                ended = " and ".join(f"data {i}" for i, part in enumerate(chunk, 1) if part is MISSING)
                more = " and ".join(f"data {i}" for i, part in enumerate(chunk, 1) if part is not MISSING)
                raise ConversionError(f"over_chunks: {ended} end after {count} chunks, {more} do not")
            yield chunk

    @staticmethod
    def _iterable(data: Any) -> Iterable[Any]:
        if not isinstance(data, Iterable):
            raise ConversionError(f"over_chunks: {a_thing(type(data))} has no chunks")
        return data


def over_chunks(function: object, *data: Any) -> OverChunks:
    """The sum of an ADL function over chunks of rows: `over_chunks(f, x, y)(w)` is the sum of `f(w, x₁, y₁)`,
    `f(w, x₂, y₂)`, … Its gradient with respect to the parameters w is exact. Only the chunks in work are in
    memory: one, or with dask one for each thread or worker.

    `data` are dask arrays, whose chunks are taken as they are along the first axis, and whole along others;
    sequences of arrays, such as a list of memory maps; or functions without arguments that give the chunks
    anew for each pass, such as a generator. All have the same number of chunks. dask computes where its
    scheduler is: with a `dask.distributed.Client` on the workers, which need vlad_py. With the extra `native`
    the function runs as machine code where it can.

    Raises ConversionError for a function that is not one of ADL or gives no numbers, for data that have no
    chunks, different numbers of chunks, or chunks that are used up, and where dask is needed and not
    installed; the errors of the function.
    """
    f = function_of(function, "over_chunks")
    if not data:
        hint = "`vlad.over_chunks(f, x)(w)` sums `f(w, x₁)`, `f(w, x₂)`, …"
        raise ConversionError("over_chunks: expected data", hint=hint)
    dask = [_is_dask(part) for part in data]
    if any(dask) != all(dask):
        raise ConversionError("over_chunks: dask arrays go with dask arrays")
    for part in data:
        if not callable(part) and not isinstance(part, Iterable):
            raise ConversionError(f"over_chunks: {type(part).__name__} has no chunks")
    return OverChunks(f, data)


def added(parts: list[Any]) -> Any:
    """Structures of one shape, added real by real. ConversionError for others."""
    first = parts[0]
    if len({_shape(part) for part in parts}) > 1:
        raise ConversionError("over_chunks: the function gives results of different shapes")
    if isinstance(first, tuple):
        return tuple([added(list(column)) for column in zip(*parts, strict=True)])
    if isinstance(first, list):
        return [added(list(column)) for column in zip(*parts, strict=True)]
    if isinstance(first, dict):
        return {name: added([part[name] for part in parts]) for name in first}
    try:
        if isinstance(first, bool) or callable(first):
            raise TypeError
        return sum(parts[1:], first)
    except TypeError:
        got = a_thing(type(first))
        raise ConversionError(f"over_chunks: the function must give numbers, got {got}") from None


def _shape(part: Any) -> object:
    """What the results of two chunks must have in common to be added."""
    if isinstance(part, tuple | list):
        return type(part), len(part)
    return frozenset(part) if isinstance(part, dict) else tuple(getattr(part, "shape", ()))


def _fast(f: Function) -> Function:
    return Compiled(f) if is_installed() else f


# ── dask ─────────────────────────────────────────────────────────────────────────────────────


def _is_dask(data: Any) -> bool:
    return type(data).__module__.split(".")[0] == "dask"


def part_of(text: bytes, parameters: object, *chunk: Any) -> Any:
    """What a worker does: the function at a chunk."""
    return received(text)(parameters, *chunk)


def _by_dask(f: Function, parameters: object, data: tuple[Any, ...]) -> Any:
    if find_spec("dask") is None:
        raise ConversionError("over_chunks: dask is not installed", hint=install_advice("dask"))
    delayed = import_module("dask").delayed
    whole = [part.rechunk(dict.fromkeys(range(1, part.ndim), -1)) for part in data]
    columns = [part.to_delayed().ravel() for part in whole]
    if len({len(column) for column in columns}) > 1:
        message = "over_chunks: the dask arrays have different numbers of chunks"
        raise ConversionError(message, hint="`.rechunk` them")
    text, run, add = delayed(sent(f)), delayed(part_of, pure=False), delayed(added, pure=False)
    parts = [run(text, parameters, *chunk) for chunk in zip(*columns, strict=True)]
    while len(parts) > 1:
        parts = [add(parts[i : i + GROUP]) for i in range(0, len(parts), GROUP)]
    return parts[0].compute()
