"""Random numbers: the generator against published vectors, distributions against scipy, slopes of samples."""

from __future__ import annotations

import copy
import pickle
import statistics
from typing import Any

import mpmath
import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.ground import generator

stats = pytest.importorskip("scipy.stats")

COUNT = 20_000
LEAST = 1e-3  # the probability below which a fixed sample would be a surprise: seeds are fixed, so it stays


def made(call: str, **names: Any) -> Any:
    parameters = ", ".join(names)
    return vlad.evaluate(f"import random\nfn ({parameters}) => {call}")(*names.values())


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers_of_random123(key: Any, counter: Any, words: Any) -> None:
    assert generator.threefry(key, counter) == words
    arrays = generator.threefry(
        key, (np.array([counter[0], 7], np.uint64), np.array([counter[1], 7], np.uint64))
    )
    assert tuple(int(array[0]) for array in arrays) == words


def test_chunks_do_not_show() -> None:
    long = generator.bits((1, 2), 3 * generator.CHUNK + 5)
    assert (long[: generator.CHUNK + 1] == generator.bits((1, 2), generator.CHUNK + 1)).all()
    assert len({*long.tolist()}) == long.size


def test_its_logarithm_exponential_and_quantile_have_all_digits() -> None:
    x = np.concatenate([10.0 ** np.linspace(-320, 308, 400), 1 + np.linspace(-0.3, 0.4, 401)])
    exact = np.array([float(mpmath.log(mpmath.mpf(a))) for a in x.tolist()])
    assert (np.abs(generator.log(x) - exact) <= 2.3e-16 * np.abs(exact)).all()
    x = np.concatenate([-np.linspace(0, 708, 400), -(10.0 ** np.linspace(-20, 2, 100))])
    exact = np.array([float(mpmath.exp(mpmath.mpf(a))) for a in x.tolist()])
    assert (np.abs(generator.exp(x) - exact) <= 2.3e-16 * exact).all()
    assert generator.exp(np.array([-1e4, -745.0])).tolist() == [0.0, 5e-324]
    p = np.concatenate([np.linspace(0.001, 0.999, 301), 10.0 ** np.linspace(-300, -3, 100)])
    quantile = statistics.NormalDist().inv_cdf
    exact = np.array([quantile(a) for a in p.tolist()])
    assert (np.abs(generator.normal_quantile(p) - exact) <= 1e-15 * np.maximum(np.abs(exact), 0.01)).all()


@pytest.mark.parametrize(
    ("call", "distribution"),
    [
        ("random.uniform(key, n)", stats.uniform),
        ("random.normal(key, n)", stats.norm),
        ("random.exponential(key, n)", stats.expon),
        ("random.gamma(key, 0.3, n)", stats.gamma(0.3)),
        ("random.gamma(key, 1, n)", stats.gamma(1)),
        ("random.gamma(key, 1e4, n)", stats.gamma(1e4)),
        ("random.beta(key, 0.5, 0.5, n)", stats.beta(0.5, 0.5)),
        ("random.beta(key, 3, 2, n)", stats.beta(3, 2)),
    ],
)
@pytest.mark.parametrize("seed", [1, 2**40])
def test_distributions(call: str, distribution: Any, seed: int) -> None:
    sample = made(call, key=vlad.key(seed), n=COUNT)
    assert stats.kstest(sample, distribution.cdf).pvalue > LEAST
    # neighbours, and numbers from other keys, know nothing of one another
    other = made(call.replace("key,", "random.split(key)[0],"), key=vlad.key(seed), n=COUNT)
    ranks = [stats.rankdata(x) for x in (sample[:-1], sample[1:], other[:-1])]
    assert stats.pearsonr(ranks[0], ranks[1]).pvalue > LEAST
    assert stats.pearsonr(ranks[0], ranks[2]).pvalue > LEAST


@pytest.mark.parametrize(
    ("call", "shares"),
    [
        ("random.choice(key, 5, n)", [0.2] * 5),
        ("random.choice(key, [0, 1], n)", [0.5] * 2),
        ("random.categorical(key, ln([0.1, 0.2, 0.7]), n)", [0.1, 0.2, 0.7]),
        ("random.categorical(key, outer(ones(n), ln([0.1, 0.2, 0.7])))", [0.1, 0.2, 0.7]),
        ("[random.permutation(random.fold_in(key, i), 4)[0] for i in 1..n / 10]", [0.25] * 4),
        ("[random.permutation(random.fold_in(key, i), 4)[3] for i in 1..n / 10]", [0.25] * 4),
    ],
)
def test_choices(call: str, shares: list[float]) -> None:
    sample = made(call, key=vlad.key(3), n=COUNT)
    found = [int((sample == i).sum()) for i in range(len(shares))]
    assert sum(found) == sample.size
    assert stats.chisquare(found, [share * sample.size for share in shares]).pvalue > LEAST


def test_a_probability_of_0_is_never_chosen() -> None:
    sample = made("random.categorical(key, [-inf, 0, -inf], n)", key=vlad.key(4), n=COUNT)
    assert set(sample.tolist()) == {1.0}


@pytest.mark.parametrize("a", [0.02, 0.5, 1.0, 2.5, 40.0, 3000.0])
def test_slopes_of_gamma_samples_are_those_of_the_quantile(a: float) -> None:
    keys = [vlad.key(seed) for seed in range(5)]
    text = "import random\nfn (key, a) => {0}(fn a => random.gamma(key, a))(a)"
    value, first, second = (
        vlad.evaluate("import random\n(key, a) => random.gamma(key, a)".replace("\n(", "\nfn (")),
        vlad.evaluate(text.format("derivative")),
        vlad.evaluate(text.format("(fn f => gradient(derivative(f)))")),
    )
    with mpmath.workdps(40):
        for key in keys:
            z = value(key, a)

            def probability(a: Any, z: Any) -> Any:
                return mpmath.gammainc(a, 0, z, regularized=True)

            def density(a: Any, z: Any) -> Any:
                return mpmath.exp((a - 1) * mpmath.log(z) - z - mpmath.loggamma(a))

            def slope(a: Any, z: Any) -> Any:
                h = mpmath.mpf("1e-13") * a
                return -(probability(a + h, z) - probability(a - h, z)) / (2 * h) / density(a, z)

            exact = slope(mpmath.mpf(a), mpmath.mpf(z))
            assert first(key, a) == pytest.approx(float(exact), rel=1e-9)
            h = mpmath.mpf("1e-8") * a
            ends = [slope(a + s * h, mpmath.mpf(z) + s * h * exact) for s in (1, -1)]
            assert second(key, a) == pytest.approx(float((ends[0] - ends[1]) / (2 * h)), rel=1e-6)


def test_keys_in_python() -> None:
    key = vlad.key(5)
    assert repr(key) == "random.key(5)" and key == vlad.key(5) != vlad.key(6) and len({key, vlad.key(5)}) == 1
    first, second = made("random.split(key)", key=key)
    assert first != second and made("random.split(key)", key=key) == (first, second)
    for other in (pickle.loads(pickle.dumps(first)), copy.copy(first), copy.deepcopy(first)):
        assert other == first
    with pytest.raises(AttributeError):
        setattr(key, "high", 4)  # noqa: B010  # the type checker knows better
    f = vlad.evaluate("import random\nlet key = random.key(5)\nfn x => x * random.normal(key)")
    assert pickle.loads(pickle.dumps(f))(2) == f(2) == 2 * made("random.normal(key)", key=key)
    assert (
        vlad.gradient(vlad.evaluate("import random\nfn (k, x) => x * random.uniform(k)"))(key, 2.0)[0] == ()
    )
    with pytest.raises(vlad.RunError, match="expects a seed"):
        vlad.key(-1)


def test_a_key_is_not_compiled() -> None:
    pytest.importorskip("llvmlite")
    f = vlad.evaluate("import random\nfn (k, x) => x * random.uniform(k)")
    with pytest.raises(vlad.NotNative, match="a key goes in"):
        vlad.compile(f, vlad.key(1), 2.0)
    # interpreted and compiled programs see the same numbers
    text = "import random\ndef f(x) = loop y = x for i in 1..5 do y * random.normal(random.key(2))\nf(2)"
    assert vlad.evaluate(text, native="always") == vlad.evaluate(text)
