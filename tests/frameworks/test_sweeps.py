"""Many calls over processes and clusters: order, failures, files that resume, functions of ADL alone."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.frameworks import sweeps

SLOPE = "fn (x, n) => derivative(fn x => loop v = x for _ in 1..n do v * sin(v))(x)"


def points(count: int) -> list[tuple[float, float]]:
    return [(x, 3.0) for x in np.linspace(0.1, 1.0, count).tolist()]


def test_results_are_in_order() -> None:
    f = vlad.evaluate(SLOPE)
    given = points(9)
    assert vlad.sweep(f, given, processes=1) == [f(*point) for point in given]
    assert vlad.sweep(f, iter(given[:1]), processes=1) == [f(*given[0])]
    assert vlad.sweep(f, [], processes=1) == []


def test_records_and_arrays_go_in_and_out() -> None:
    f = vlad.evaluate("fn p => {slope: gradient(fn w => sum(p.x * w ^ 2))(p.w)}")
    given = [{"x": 2.0, "w": np.arange(3.0)}, {"x": 1.0, "w": np.ones(1)}]
    found = vlad.sweep(f, given, processes=1)
    assert [result["slope"].tolist() for result in found] == [[0.0, 4.0, 8.0], [2.0]]


def test_a_failed_point_has_its_error_and_the_rest_stays() -> None:
    f = vlad.evaluate("fn i => [10, 20, 30][i]")
    found = vlad.sweep(f, [0.0, 7.0, 2.0], processes=1)
    assert found[0::2] == [10.0, 30.0]
    assert not found[1]
    assert found[1].point == 7.0
    assert "index 7 is out of range" in found[1].error and "[10, 20, 30][i]" in found[1].error


def test_processes_of_joblib() -> None:
    pytest.importorskip("joblib")
    f = vlad.evaluate("fn a => fn i => if i == 3 then [1][i] else a * derivative(sin)(i)")(2.0)
    given = [float(i) for i in range(40)]
    found = vlad.sweep(f, given, processes=2)
    assert [i for i, x in enumerate(found) if isinstance(x, vlad.Failure)] == [3]
    assert [x for x in found if x] == [f(i) for i in given if i != 3]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_function_is_sent_as_its_text(compiled: bool) -> None:
    f: Any = vlad.evaluate(SLOPE)
    if compiled:
        pytest.importorskip("llvmlite")
        f = vlad.compile(f, 1.0, 2.0)
    again = sweeps.received(sweeps.sent(f))
    assert type(again) is type(f)
    assert again(0.5, 3.0) == pytest.approx(f(0.5, 3.0), rel=1e-14)
    assert b"v * sin(v)" in sweeps.sent(f)


def test_progress_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, int]] = []
    vlad.sweep(vlad.evaluate("sin"), [1.0, 2.0], processes=1, progress=lambda *at: told.append(at))
    assert told == [(0, 2), (1, 2), (2, 2)]
    vlad.sweep(vlad.evaluate("sin"), [1.0], processes=1, progress=True)
    assert capsys.readouterr().err.endswith("sweep: 1 of 1 points\n")


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_a_file_resumes(tmp_path: Path) -> None:
    f, given, file = vlad.evaluate(SLOPE), points(6), tmp_path / "study.sweep"

    def stop(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vlad.sweep(f, given, processes=1, file=file, progress=stop)
    told: list[int] = []
    found = vlad.sweep(f, given, processes=1, file=file, progress=lambda done, _: told.append(done))
    assert told == [3, 4, 5, 6]
    assert found == [f(*point) for point in given]


def test_what_an_interrupted_write_left_is_forgotten(tmp_path: Path) -> None:
    f, given, file = vlad.evaluate("fn x => [x, x ^ 2]"), [1.0, 2.0], tmp_path / "study.sweep"
    vlad.sweep(f, given, processes=1, file=file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-3])
    assert [x.tolist() for x in vlad.sweep(f, given, processes=1, file=file)] == [[1.0, 1.0], [2.0, 4.0]]
    assert file.read_bytes() == whole


def test_failed_points_are_called_again(tmp_path: Path) -> None:
    f, file = vlad.evaluate("fn i => [10][i]"), tmp_path / "study.sweep"
    vlad.sweep(f, [0.0, 1.0], processes=1, file=file)
    told: list[int] = []
    vlad.sweep(f, [0.0, 1.0], processes=1, file=file, progress=lambda done, _: told.append(done))
    assert told == [1, 2]


def test_the_file_of_another_sweep_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "study.sweep"
    vlad.sweep(vlad.evaluate("fn x => x"), [1.0], processes=1, file=file)
    for text, point in (("fn x => 2 * x", 1.0), ("fn x => x", 2.0)):
        with pytest.raises(vlad.ConversionError, match="another sweep"):
            vlad.sweep(vlad.evaluate(text), [point], processes=1, file=file)


def test_a_file_runs_nothing(tmp_path: Path) -> None:
    f, file = vlad.evaluate("fn x => x"), tmp_path / "study.sweep"
    vlad.sweep(f, [1.0], processes=1, file=file)
    head = file.read_bytes().split(b"\n")[0] + b"\n"
    mark = tmp_path / "mark"

    class Harm:
        def __reduce__(self) -> Any:
            return Path.touch, (mark,)

    file.write_bytes(head + pickle.dumps({0: Harm()}))
    assert vlad.sweep(f, [1.0], processes=1, file=file) == [1.0]
    assert not mark.exists()


# ── what is refused ──────────────────────────────────────────────────────────────────────────

NOTHING: Any = None
NUMBER: Any = 3.0


def to_file(file: Any, point: Any = 1.0) -> None:
    vlad.sweep(vlad.evaluate("sin"), [point], processes=1, file=file)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vlad.sweep(lambda x: x, [1.0]), "sweep"),
        (lambda: vlad.sweep(vlad.evaluate("sin"), [1.0], processes=0), "whole number from 1"),
        (lambda: vlad.sweep(vlad.primitive(lambda x: x), [1.0], processes=1), "Python"),
        (lambda: vlad.sweep(vlad.evaluate("sin"), NOTHING), "expected points, got None"),
        (
            lambda: vlad.sweep(vlad.evaluate("sin"), NUMBER),
            "expected points, got an object of the class `float`",
        ),
        (lambda: to_file("."), "is a directory"),
        (lambda: to_file("x.sweep", lambda: 1), "sweep: the points cannot be sent: "),
        (lambda: to_file("/nosuch/x"), "sweep: /nosuch/x: no such file or directory"),
        (lambda: to_file(3), "expected the name of a file, got an object of the class `int`"),
    ],
)
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(vlad.ConversionError, match=message):
        call()


# ── a cluster ────────────────────────────────────────────────────────────────────────────────

HYPERGRADIENT = Path(__file__).parents[2] / "benchmarks" / "hypergradient.adl"


@pytest.mark.slow
def test_hypergradients_on_a_cluster_of_two_workers() -> None:
    distributed: Any = pytest.importorskip("distributed")
    f = vlad.load(HYPERGRADIENT).hypergradient(10)
    given = [(0.01 + 0.001 * i, 0.5) for i in range(30)]
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        found = vlad.sweep(f, given, client=client)
        with pytest.raises(vlad.ConversionError, match="Client"):
            vlad.sweep(f, given, client=3)
    assert found == [f(*point) for point in given]
