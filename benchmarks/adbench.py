"""Bundle adjustment and a mixture of Gaussians at three growing sizes, beside JAX and PyTorch.

    python -m benchmarks.adbench [ba gmm] [--sizes 3]

The Jacobian of bundle adjustment is a plan of `vlad.sparse_jacobian`, which finds its entries and colours by
itself. JAX and PyTorch compute the block of each observation by `vmap` of `jacfwd`, which you write by hand
there, jitted in JAX. A mixture's gradient is compiled on our side, and `jit(grad)` in JAX. All compute in
double precision on one thread. The data are random, in the manner of F. Šrajer, Z. Kukelova, A. Fitzgibbon,
"A benchmark of selected algorithmic differentiation tools on some problems in computer vision and machine
learning" (2018). Each time is the least of several calls, in time of the processor.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import vlad_py as vlad
from benchmarks.frameworks import jax_in_doubles
from benchmarks.measure import aligned, amount

HERE = Path(__file__).parent
BUNDLES = ((4, 50, 250), (8, 250, 1_000), (16, 1_000, 4_000))  # cameras, points, observations
MIXTURES = ((1_000, 2, 5), (1_000, 10, 25), (2_500, 20, 25))  # points, dimensions, components
Row = list[str]


def least(call: Callable[[], Any], turns: int = 5) -> float:
    """The least time of the processor that a call takes, after one that compiles."""
    call()
    times = []
    for _ in range(turns):
        begin = process_time()
        call()
        times.append(process_time() - begin)
    return min(times)


def bundle(n: int, m: int, p: int) -> tuple[Any, ...]:
    """Cameras, points, weights, which camera observes which point, and where it sees it."""
    random = np.random.default_rng(0)
    parts = (
        random.normal(size=(n, 3)),
        random.normal(size=(n, 3)) - [0.0, 0.0, 10.0],
        500.0 + random.normal(size=(n, 1)),
        random.normal(size=(n, 2)),
        0.01 * random.normal(size=(n, 2)),
    )
    observed = np.stack([np.arange(p) % n, random.integers(0, m, p)], axis=1)
    points, weights = random.normal(size=(m, 3)), random.uniform(0.5, 1.5, p)
    return np.concatenate(parts, axis=1), points, weights, observed, random.normal(size=(p, 2))


def reprojection(np: Any, of_list: Callable[[list[Any]], Any]) -> Callable[[Any, Any], Any]:
    """The error of one observation, of its 15 unknowns, with the functions of JAX or PyTorch."""

    def f(u: Any, feature: Any) -> Any:
        axis, centre, point = u[0:3], u[3:6], u[11:14]
        angle = np.sqrt((axis * axis).sum())
        w, x = axis / angle, point - centre
        turned = of_list([w[1] * x[2] - w[2] * x[1], w[2] * x[0] - w[0] * x[2], w[0] * x[1] - w[1] * x[0]])
        seen = x * np.cos(angle) + turned * np.sin(angle) + w * ((w * x).sum() * (1 - np.cos(angle)))
        flat = seen[0:2] / seen[2]
        r2 = (flat * flat).sum()
        pictured = flat * (1 + u[9] * r2 + u[10] * r2**2) * u[6] + u[7:9]
        return u[14] * (pictured - feature)

    return f


def bundles(sizes: int) -> Iterator[Row]:
    """The sparse Jacobian of bundle adjustment."""
    module = vlad.load(HERE / "adbench.adl")
    for n, m, p in BUNDLES[:sizes]:
        cameras, points, weights, observed, features = bundle(n, m, p)
        f = module.errors(observed.astype(float), features)
        begin = process_time()
        plan = vlad.sparse_jacobian(f).plan(cameras, points, weights)
        planned = process_time() - begin
        unknowns = np.concatenate([cameras[observed[:, 0]], points[observed[:, 1]], weights[:, None]], axis=1)
        times = {"vlad": least(lambda: plan(cameras, points, weights))}  # noqa: B023
        matrix = plan(cameras, points, weights)
        for name, blocks in blocks_of_others(unknowns, features):
            times[name] = least(blocks)
            found = np.asarray(blocks())
            total = float(matrix.multiply(matrix).sum() - (2.0 * weights) @ (2.0 * weights))
            if abs((found**2).sum() / total - 1.0) > 1e-9:
                raise AssertionError(f"the Jacobians of {name} and vlad differ")
        yield _row(f"Jacobian of {2 * p:,} errors in {matrix.shape[1]:,} unknowns", times, planned)


def blocks_of_others(unknowns: Any, features: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The blocks of all observations, by the frameworks that are installed."""
    if find_spec("jax"):
        jax = jax_in_doubles()
        jnp: Any = import_module("jax.numpy")
        blocks = jax.jit(jax.vmap(jax.jacfwd(reprojection(jnp, jnp.stack))))
        yield "JAX", lambda: blocks(unknowns, features).block_until_ready()
    if find_spec("torch"):
        torch: Any = import_module("torch")
        torch.set_num_threads(1)
        at, where = torch.tensor(unknowns), torch.tensor(features)
        of_torch = torch.func.vmap(torch.func.jacfwd(reprojection(torch, torch.stack)))
        yield "PyTorch", lambda: of_torch(at, where)


def mixtures(sizes: int) -> Iterator[Row]:
    """The gradient of the log-posterior of a mixture."""
    slope = vlad.load(HERE / "gradbench" / "gmm.adl").slope
    for n, d, k in MIXTURES[:sizes]:
        random = np.random.default_rng(0)
        x = random.normal(size=(n, d))
        lower = random.normal(size=(k, d * (d - 1) // 2))
        at = (random.normal(size=k), random.normal(size=(k, d)), 0.1 * random.normal(size=(k, d)), lower)
        begin = process_time()
        compiled = vlad.compile(slope(x, 0.0, 1.0), *at)
        took = process_time() - begin
        times = {"vlad": least(lambda: compiled(*at))}  # noqa: B023
        if find_spec("jax"):
            jax = jax_in_doubles()
            theirs = jax.jit(jax.grad(mixture_of_jax(x), argnums=(0, 1, 2, 3)))
            times["JAX"] = least(lambda: jax.block_until_ready(theirs(*at)))  # noqa: B023
            for ours, other in zip(compiled(*at), theirs(*at), strict=True):
                if not np.allclose(ours, other, rtol=1e-8, atol=1e-8):
                    raise AssertionError("the gradients of JAX and vlad differ")
        yield _row(f"gradient, {n:,} points of {d}, {k} components", times, took)


def mixture_of_jax(x: Any) -> Callable[..., Any]:
    """The same log-posterior, but for constants, for m = 0 and γ = 1."""
    np: Any = import_module("jax.numpy")
    logsumexp = import_module("jax.scipy.special").logsumexp
    n, d = x.shape
    rows, columns = np.tril_indices(d, -1)
    order = np.lexsort((rows, columns))
    rows, columns = rows[order], columns[order]

    def f(alpha: Any, means: Any, q: Any, lower: Any) -> Any:
        factors = np.zeros((len(alpha), d, d)).at[:, rows, columns].set(lower)
        factors = factors + np.exp(q)[:, :, None] * np.eye(d)
        z = np.einsum("knd,ked->kne", x[None] - means[:, None], factors)
        terms = alpha[:, None] + q.sum(1)[:, None] - (z**2).sum(2) / 2
        prior = (np.exp(q) ** 2).sum() + (lower**2).sum()
        return logsumexp(terms, axis=0).sum() - n * logsumexp(alpha) - prior / 2

    return f


def _row(name: str, times: dict[str, float], before: float) -> Row:
    return [name, *(amount(times[side], "s") if side in times else "" for side in SIDES), amount(before, "s")]


SIDES = ("vlad", "JAX", "PyTorch")
PROBLEMS = {"ba": bundles, "gmm": mixtures}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("problems", nargs="*", metavar="ba|gmm")
    parser.add_argument("--sizes", type=int, default=3)
    options = parser.parse_args()
    for name in options.problems or PROBLEMS:
        print(f"\n{name}\n")
        lines = list(PROBLEMS[name](options.sizes))
        print(aligned([["", *SIDES, "vlad, plan or compiling"], *lines]), flush=True)


if __name__ == "__main__":
    main()
