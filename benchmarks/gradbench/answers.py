"""GradBench's evals: the program that answers, its arguments, and its result as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import vlad_py as vlad

HERE = Path(__file__).parent
Input = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its arguments, and what is done with its result: the part of an answer that is timed."""

    function: Any
    arguments: tuple[Any, ...]
    then: Callable[[Any], Any] | None = None

    def compiled(self) -> Call:
        """The same as machine code. NotNative where the call cannot be compiled."""
        return replace(self, function=vlad.compile(self.function, *self.arguments))

    def __call__(self) -> Any:
        result = self.function(*self.arguments)
        return result if self.then is None else self.then(result)


@dataclass(frozen=True, slots=True)
class Answer:
    """A function of an eval: the call for an input, and its result as JSON has it."""

    call: Callable[[Any], Call]
    written: Callable[[Any, Any], Any] = lambda result, _: plain(result)


@cache
def program(name: str) -> Any:
    """The module of a program of this folder."""
    return vlad.load(HERE / f"{name}.adl")


def plain(result: Any) -> Any:
    """Reals, arrays and tuples as JSON has them."""
    if isinstance(result, tuple):
        return [plain(item) for item in result]
    return result.tolist() if isinstance(result, np.ndarray) else result


def _floats(x: Any) -> Any:
    return np.asarray(x, dtype=np.float64)


# ── one array, or a few ──────────────────────────────────────────────────────────────────────


def _of_arrays(module: str, function: str, *names: str) -> Answer:
    """Functions of arrays that the input has under these names."""
    return Answer(
        lambda given: Call(getattr(program(module), function), tuple(_floats(given[n]) for n in names))
    )


def _determinant(function: str) -> Answer:
    def call(given: Input) -> Call:
        n = given["ell"]
        return Call(getattr(program("det"), function), (_floats(given["A"]).reshape(n, n),))

    return Answer(call, lambda result, _: plain(np.ravel(result)) if np.ndim(result) else result)


def _of_whole(module: str, function: str, number: str) -> Answer:
    """Functions of the array x that a whole number, such as one of steps, makes."""
    return Answer(
        lambda given: Call(getattr(program(module), function)(given[number]), (_floats(given["x"]),))
    )


def _search(module: str, function: str, start: Callable[[Input], tuple[float, ...]]) -> Answer:
    def written(result: Any, _: Input) -> Any:
        return result if isinstance(result, float) else [x for point in result for x in point]

    return Answer(lambda given: Call(getattr(program(module), function), start(given)), written)


# ── mixtures, networks ───────────────────────────────────────────────────────────────────────


def _mixture(function: str) -> Answer:
    def call(given: Input) -> Call:
        k, d = given["k"], given["d"]
        of = getattr(program("gmm"), function)(_floats(given["x"]), given["m"], given["gamma"])
        lower = _floats(given["l"]).reshape(k, d * (d - 1) // 2)
        return Call(of, (_floats(given["alpha"]), _floats(given["mu"]), _floats(given["q"]), lower))

    def written(result: Any, _: Input) -> Any:
        if isinstance(result, float):
            return result
        return dict(zip(("alpha", "mu", "q", "l"), plain(result), strict=True))

    return Answer(call, written)


def _network(function: str) -> Answer:
    def call(given: Input) -> Call:
        of = getattr(program("lstm"), function)(_floats(given["state"]), _floats(given["sequence"]))
        return Call(of, (_floats(given["main_params"]), _floats(given["extra_params"])))

    def written(result: Any, _: Input) -> Any:
        return result if isinstance(result, float) else np.concatenate([x.ravel() for x in result]).tolist()

    return Answer(call, written)


# ── bundle adjustment ────────────────────────────────────────────────────────────────────────

CAMERA, POINT = 11, 3  # numbers of a camera and of a point
ROW = CAMERA + POINT + 1  # elements of a row of the Jacobian that are not 0
SHOWN = 2 * ROW  # elements that an answer shows from the beginning; the last one comes after them


def _bundle(function: str, written: Callable[[Any, Any], Any], assemble: bool = False) -> Answer:
    def call(given: Input) -> Call:
        n, m, p = given["n"], given["m"], given["p"]
        every = np.arange(p)
        observed = np.stack([every % n, every % m], axis=1)
        arguments = (
            np.tile(_floats(given["cam"]), (n, 1)),
            np.tile(_floats(given["x"]), (m, 1)),
            np.full(p, float(given["w"])),
            _floats(observed),
            np.tile(_floats(given["feat"]), (p, 1)),
        )

        def rows(result: Any) -> tuple[Any, Any, Any]:
            blocks, slopes = result
            return sparse_rows(blocks, slopes, observed, n, m)

        return Call(getattr(program("ba"), function), arguments, rows if assemble else None)

    return Answer(call, written)


def sparse_rows(blocks: Any, slopes: Any, observed: Any, n: int, m: int) -> tuple[Any, Any, Any]:
    """The Jacobian by rows: where each begins, the columns of its elements, and these.

    First come two rows for each observation, then one for each weight; the columns are those of n cameras, of
    m points and of the weights.
    """
    p = len(slopes)
    weights = CAMERA * n + POINT * m + np.arange(p)
    columns = np.empty((p, 2, ROW), np.int64)
    columns[:, :, :CAMERA] = (CAMERA * observed[:, :1] + np.arange(CAMERA))[:, None]
    columns[:, :, CAMERA:-1] = (CAMERA * n + POINT * observed[:, 1:] + np.arange(POINT))[:, None]
    columns[:, :, -1] = weights[:, None]
    begins = np.concatenate([np.arange(0, 2 * p * ROW + 1, ROW), 2 * p * ROW + np.arange(1, p + 1)])
    return begins, np.concatenate([columns.ravel(), weights]), np.concatenate([blocks.ravel(), slopes])


def _errors(result: Any, _: Input) -> Any:
    points, weights = result
    return {
        "reproj_error": {"elements": points[0].tolist(), "repeated": len(points)},
        "w_err": {"element": float(weights[0]), "repeated": len(weights)},
    }


def _shown(result: Any, _: Input) -> Any:
    return {
        name: [*part[:SHOWN].tolist(), part[-1].item()]
        for name, part in zip(("rows", "cols", "vals"), result)
    }


# ── hand tracking ────────────────────────────────────────────────────────────────────────────


def _hand(function: str) -> Answer:
    def call(given: Input) -> Call:
        model, at = given["data"]["model"], np.asarray(given["data"]["correspondences"])
        hand = {
            "parents": _floats(model["parents"]),
            "relatives": _floats(model["base_relatives"]),
            "inverses": _floats(model["inverse_base_absolutes"]),
            "places": _floats(model["base_positions"]),
            "weights": _floats(model["weights"]),
            "mirror": _floats([-1.0 if model["is_mirrored"] else 1.0, 1.0, 1.0]),
        }
        measured, theta, us = _floats(given["data"]["points"]), _floats(given["theta"]), given["us"]
        if not len(us):
            of = getattr(program("ht"), f"on_points{function}")
            return Call(of(hand, measured, _floats(at)), (theta,))
        of = getattr(program("ht"), f"in_triangles{function}")
        corners = _floats(np.asarray(model["triangles"])[at])
        return Call(of(hand, measured, corners), (theta, _floats(us).reshape(-1, 2)))

    def written(result: Any, _: Input) -> Any:
        if not function:
            return result.ravel().tolist()
        *of_us, of_theta = result if isinstance(result, tuple) else (result,)
        columns = [*(column.reshape(-1, 1) for column in of_us), of_theta.reshape(-1, of_theta.shape[-1])]
        return np.concatenate(columns, axis=1).tolist()

    return Answer(call, written)


# ── all evals ────────────────────────────────────────────────────────────────────────────────

MODES = ("ff", "fr", "rf", "rr")  # of the outer search, then of what it contains

EVALS: dict[str, dict[str, Answer]] = {
    "hello": {
        name: Answer(lambda x, name=name: Call(getattr(program("hello"), name), (float(x),)))  # type: ignore[misc]
        for name in ("square", "double")
    },
    "llsq": {"primal": _of_whole("llsq", "objective", "n"), "gradient": _of_whole("llsq", "slope", "n")},
    "lse": {"primal": _of_arrays("lse", "log_sum_exp", "x"), "gradient": _of_arrays("lse", "slope", "x")},
    "det": {"primal": _determinant("determinant"), "gradient": _determinant("slope")},
    "ode": {"primal": _of_whole("ode", "solution", "s"), "gradient": _of_whole("ode", "slope", "s")},
    "kmeans": {
        "cost": _of_arrays("kmeans", "cost", "points", "centroids"),
        "dir": _of_arrays("kmeans", "direction", "points", "centroids"),
    },
    "gmm": {"objective": _mixture("objective"), "jacobian": _mixture("slope")},
    "saddle": {
        mode: _search("saddle", mode, lambda given: tuple(map(float, given["start"]))) for mode in MODES
    },
    "particle": {mode: _search("particle", mode, lambda given: (float(given["w"]),)) for mode in MODES},
    "lstm": {"objective": _network("objective"), "jacobian": _network("slope")},
    "ba": {"objective": _bundle("errors", _errors), "jacobian": _bundle("blocks", _shown, assemble=True)},
    "ht": {"objective": _hand(""), "jacobian": _hand("_jacobian")},
}
