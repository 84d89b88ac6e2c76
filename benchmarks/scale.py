"""Two studies at their full size: many nested derivatives on a cluster, and a gradient over many rows.

    python -m benchmarks.scale hypergradients [--count 10000] [--workers 2]
    python -m benchmarks.scale rows [--count 10000000]

They need the extras `dask` and `native`; each prints its time, the processor's time in all processes, and the
memory that it took.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import vlad_py as vlad
from benchmarks.measure import amount, peak_memory

HYPERGRADIENT = Path(__file__).parent / "hypergradient.adl"
STEPS = 40  # of training


def hypergradients(count: int, workers: int) -> None:
    """Derivatives of a validation loss with respect to the settings of the training, over a grid of these."""
    from distributed import Client, LocalCluster

    f = vlad.compile(vlad.load(HYPERGRADIENT).hypergradient(STEPS), 0.05, 0.5)
    side = max(1, round(count**0.5))
    grid = [
        (r, d) for r in np.linspace(0.01, 0.1, side).tolist() for d in np.linspace(0.1, 0.9, side).tolist()
    ]
    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        vlad.sweep(f, grid[:workers], client=client)  # the workers start
        begin, worked = perf_counter(), sum(client.run(process_time).values())
        found = vlad.sweep(f, grid, client=client)
        took, worked = perf_counter() - begin, sum(client.run(process_time).values()) - worked
    for point, result in list(zip(grid, found, strict=True))[:: max(1, len(grid) // 5)]:
        assert result == f(*point)
    assert all(found), "no point has failed"
    print(f"{len(grid)} hypergradients on {workers} workers: {took:.1f} s; of the processor {worked:.1f} s")


def rows(count: int, _: int) -> None:
    """The gradient of a logistic regression over rows of 8 numbers, in chunks of 10⁵ rows."""
    import dask
    import dask.array

    random = dask.array.random.default_rng(1)
    x = random.normal(size=(count, 8), chunks=(100_000, 8))
    loss = vlad.evaluate("fn (w, x) => sum(softplus(-(x @ w)))")
    total: Any = vlad.over_chunks(loss, x)
    weights = np.linspace(-1.0, 1.0, 8)
    with dask.config.set(scheduler="threads", num_workers=2):
        begin, worked = perf_counter(), process_time()
        slope = total.gradient(weights)
        took, worked = perf_counter() - begin, process_time() - worked
    one = x.blocks[0].compute()
    size = f"{count} rows ({x.nbytes / 1e6:.0f} MB)"
    print(f"the gradient over {size}: {took:.1f} s; of the processor {worked:.1f} s")
    print(f"memory of the process at its peak: {amount(peak_memory() / 1e6, 'MB')}")
    by_hand = -(one.T @ (1 / (1 + np.exp(one @ weights)))) / len(one)
    assert np.allclose(slope / count, by_hand, atol=0.02), "the mean slope is that of a chunk, roughly"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    studies = {"hypergradients": (hypergradients, 10_000), "rows": (rows, 10_000_000)}
    parser.add_argument("study", choices=studies)
    parser.add_argument("--count", type=int)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    study, usual = studies[options.study]
    study(options.count or usual, options.workers)


if __name__ == "__main__":
    main()
