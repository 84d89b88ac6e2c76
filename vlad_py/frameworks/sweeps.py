"""Many calls of one function: over processes, over a cluster, resumed from a file (`vlad.sweep`).

A function goes to other processes as its text and the values that it captured, never as code of Python.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import ConversionError, Error
from vlad_py.ground.late_numpy import plain_number
from vlad_py.native.calling import is_installed
from vlad_py.python.compiled import Compiled
from vlad_py.python.convert import a_thing
from vlad_py.python.function import Function, function_of

SECONDS = 0.5  # that a batch of points should take, so that sending it costs little
FIRST = 4  # points of the first batches, from which the time of one is told
MOST = 1000  # points of a batch


@dataclass(frozen=True, slots=True)
class Failure:
    """A point whose call raised: the point, and the text of the error."""

    point: Any
    error: str

    def __bool__(self) -> bool:
        return False


def sweep(
    function: object,
    points: Iterable[object],
    *,
    processes: int | None = None,
    client: Any = None,
    file: str | os.PathLike[str] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> list[Any]:
    """The results of an ADL function at many points, in their order.

    A point is the argument of a call, a tuple the arguments. joblib runs the calls in as many processes as
    there are cores, or as `processes` says; with 1 they run in this one. With `client`, a
    `dask.distributed.Client`, they run on its workers, which need vlad_py. Compiled functions are compiled
    there too. A call that raises an ADL error gives a `Failure`, which is false and has the
    point and the error; the other results stay.

    With `file`, results are written there as they come. The same call with the same file goes on where an
    interrupted one stopped, and calls failed points again. Results that are functions are not kept.
    `progress=True` writes to stderr how far it is; a function gets how many points are done, and how many
    there are.

    Raises ConversionError where joblib or dask is not installed, for a function that is not one of ADL, that
    cannot be sent (one that calls Python), for points that are none, and for a file of another sweep, or one
    that cannot be read or written.
    """
    f = function_of(function, "sweep")
    many: object = points
    if not isinstance(many, Iterable):
        hint = "points are a list, an array or a generator"
        raise ConversionError(f"sweep: expected points, got {a_thing(type(many))}", hint=hint)
    given = list(points)
    text = sent(f)
    store = _Store(_path(file), _key(text, given), len(given)) if file is not None else None
    results: dict[int, Any] = dict(store.read()) if store is not None else {}
    missing = [i for i in range(len(given)) if i not in results]
    tell = _told(progress, len(given))
    tell(len(results))
    run = _on_cluster(client) if client is not None else _in_processes(processes)
    try:
        for batch, found in run(text, [(i, given[i]) for i in missing]):
            new = dict(zip(batch, found, strict=True))
            if store is not None:
                store.add({i: x for i, x in new.items() if not isinstance(x, Failure | Function)})
            results.update(new)
            tell(len(results))
    finally:
        if store is not None:
            store.close()
    return [results[i] for i in range(len(given))]


def sent(f: Function) -> bytes:
    """The function as its text and values, and whether it runs as machine code."""
    return pickle.dumps((Function(f.value, f.limits), isinstance(f, Compiled)))


@lru_cache(maxsize=4)
def received(text: bytes) -> Function:
    """The function in another process, made from its text once."""
    f, is_compiled = pickle.loads(text)
    found: Function = Compiled(f) if is_compiled and is_installed() else f
    return found


def called(text: bytes, points: Sequence[object]) -> list[Any]:
    """What a worker does: the results of a function at some points."""
    f, results = received(text), []
    for point in points:
        try:
            results.append(f(*point) if isinstance(point, tuple) else f(point))
        except Error as error:
            results.append(Failure(point, str(error)))
    return results


# ── where the calls run ──────────────────────────────────────────────────────────────────────

Numbered = list[tuple[int, object]]
Run = Callable[[bytes, Numbered], Iterator[tuple[list[int], list[Any]]]]


def _batches(points: Numbered, size: int) -> Iterator[tuple[list[int], list[object]]]:
    for start in range(0, len(points), size):
        part = points[start : start + size]
        yield [i for i, _ in part], [point for _, point in part]


def _in_processes(processes: int | None) -> Run:
    workers = plain_number(processes)
    if workers is not None and (type(workers) is not int or workers < 1):
        raise ConversionError("sweep: the number of processes must be a whole number from 1")
    if workers != 1 and find_spec("joblib") is None:
        raise ConversionError("sweep: joblib is not installed", hint=install_advice("sweep"))

    def run(text: bytes, points: Numbered) -> Iterator[tuple[list[int], list[Any]]]:
        begin, first = perf_counter(), points[:FIRST]
        for batch, given in _batches(first, 1):
            yield batch, called(text, given)
        rest = points[FIRST:]
        size = _size((perf_counter() - begin) / FIRST, len(rest), workers or os.cpu_count() or 1)
        if workers == 1 or not rest:
            for batch, given in _batches(rest, size):
                yield batch, called(text, given)
            return
        joblib = import_module("joblib")
        batches = list(_batches(rest, size))
        parallel = joblib.Parallel(n_jobs=workers or -1, return_as="generator")
        found = parallel(joblib.delayed(called)(text, given) for _, given in batches)
        for (batch, _), results in zip(batches, found, strict=True):
            yield batch, results

    return run


def _size(seconds: float, count: int, workers: int) -> int:
    """How many points go into a batch: some for each worker, and no more than take `SECONDS`."""
    return max(1, min(MOST, int(SECONDS / max(seconds, 1e-9)), count // (4 * workers)))


def _on_cluster(client: Any) -> Run:
    if find_spec("distributed") is None:
        raise ConversionError("sweep: dask is not installed", hint=install_advice("dask"))
    distributed = import_module("distributed")
    if not isinstance(client, distributed.Client):
        raise ConversionError(f"sweep: expected a `dask.distributed.Client`, got {a_thing(type(client))}")

    def run(text: bytes, points: Numbered) -> Iterator[tuple[list[int], list[Any]]]:
        if not points:
            return
        workers = sum(client.nthreads().values()) or 1
        function = client.scatter(text, broadcast=True, hash=False)
        batches = list(_batches(points, max(1, min(MOST, len(points) // (16 * workers)))))
        futures = {client.submit(called, function, given, pure=False): batch for batch, given in batches}
        for future in distributed.as_completed(list(futures)):
            yield futures[future], future.result()

    return run


# ── what is kept, and told ───────────────────────────────────────────────────────────────────


def _key(text: bytes, points: list[object]) -> str:
    """Tells one sweep from another: its function and its points."""
    try:
        return hashlib.sha256(text + pickle.dumps(points)).hexdigest()
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConversionError(f"sweep: the points cannot be sent: {error}") from None


# What a file of results may hold besides numbers, strings, tuples, lists and dicts: numpy's arrays.
CORES = ("numpy.core", "numpy._core")
HELD = frozenset(
    {("numpy", "ndarray"), ("numpy", "dtype")}
    | {(f"{core}.multiarray", name) for core in CORES for name in ("_reconstruct", "scalar")}
    | {(f"{core}.numeric", "_frombuffer") for core in CORES}
)


def _path(file: object) -> Path:
    if not isinstance(file, str | os.PathLike):
        raise ConversionError(f"sweep: expected the name of a file, got {a_thing(type(file))}")
    return Path(file)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Errors of the system become ConversionError."""
    try:
        yield
    except OSError as error:
        raise ConversionError(f"sweep: {path}: {str(error.strerror or error).lower()}") from None


class _Reader(pickle.Unpickler):
    """Reads data alone: a file cannot make Python do anything."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in HELD:
            raise pickle.UnpicklingError(f"{module}.{name} is not data")
        return super().find_class(module, name)


class _Store:
    """A file of results: first a line that says of which sweep, then pickles of results by number."""

    def __init__(self, path: Path, key: str, count: int) -> None:
        self.path = path
        self.head = f"vlad.sweep {key} {count}\n".encode()
        self.end = len(self.head)
        self.out: Any = None

    def read(self) -> Iterator[tuple[int, Any]]:
        """The results that are there. What an interrupted write left at the end is forgotten."""
        with _told_of(self.path):
            yield from self._read()

    def _read(self) -> Iterator[tuple[int, Any]]:
        if self.path.exists():
            with self.path.open("rb") as file:
                if file.readline() != self.head:
                    raise ConversionError(
                        f"sweep: {self.path} is the file of another sweep",
                        hint="the function or the points have changed: choose another file",
                    )
                while True:
                    try:
                        found = _Reader(file).load()
                    except (EOFError, pickle.UnpicklingError):
                        break
                    self.end = file.tell()
                    yield from found.items()
        else:
            self.path.write_bytes(self.head)
        self.out = self.path.open("r+b")
        self.out.truncate(self.end)
        self.out.seek(self.end)

    def add(self, results: dict[int, Any]) -> None:
        """Writes results down, whole or not at all."""
        if results:
            with _told_of(self.path):
                self.out.write(pickle.dumps(results))
                self.out.flush()

    def close(self) -> None:
        if self.out is not None:
            self.out.close()


def _told(progress: bool | Callable[[int, int], object], count: int) -> Callable[[int], None]:
    if progress is False:
        return lambda done: None
    if callable(progress):
        return lambda done: (progress(done, count), None)[1]
    import sys

    def tell(done: int) -> None:
        end = "\n" if done == count else ""
        print(f"\rsweep: {done} of {count} points", end=end, file=sys.stderr, flush=True)

    return tell
