"""The text of a primitive's value computes the same as the entry's function, to the last bit."""

from __future__ import annotations

import math
from random import Random

import pytest

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.native.builder import Builder, folded
from vlad_py.native.emit import Module
from vlad_py.native.formulas import Instructions, formula_text
from vlad_py.native.ir import Name, Region, Unit
from vlad_py.native.linking import compiled
from vlad_py.native.reading import NoText, Reader
from vlad_py.primitives.kinds import OfReals, Pairing, Reduction

pytest.importorskip("llvmlite")

OF_REALS = {name: p for name, p in PRIMITIVES.items() if isinstance(p, OfReals)}
SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 2.0, 0.5, 10.0, 1e308, 5e-324)

# Python computes these by an algorithm of its own, which no function of C's library follows.
CALLED_BACK = set(
    """
    bessel_j betaln digamma erfinv gamma gamma_density gammainc gammaincc inverse_mills lgamma
    log_normal_cdf polygamma sinc_derivative
    """.split()
)


def counts(primitive: OfReals) -> tuple[int, ...]:
    """With how many arguments a primitive is tried."""
    if isinstance(primitive, Reduction):
        return (1, 2, 3)
    return (2, 4) if isinstance(primitive, Pairing) else (len(primitive.partials),)


def unit(primitive: OfReals, count: int) -> Unit:
    """A unit that computes a primitive."""
    builder, parameters = Builder(), [Name() for _ in range(count)]
    result = builder.prim(primitive, parameters)
    return Unit(primitive.name, Region(parameters, builder.ops, [result]))


def points(primitive: OfReals, count: int) -> list[tuple[float, ...]]:
    """The edges of an entry, special reals, and reals between its probes."""
    random = Random(1)
    found = [tuple(map(float, edge[0])) for edge in primitive.edges if len(edge[0]) == count]
    found += [tuple(([a, b] * count)[:count]) for a in SPECIAL for b in SPECIAL]
    probes = (primitive.probe * count)[:count]
    found += [tuple(random.uniform(low - 0.1, high + 0.1) for low, high in probes) for _ in range(200)]
    found += [
        tuple(random.choice((-1, 1)) * 10 ** random.uniform(-300, 300) for _ in probes) for _ in range(50)
    ]
    return found


def is_same(a: float, b: float, ulps: int) -> bool:
    """Whether two reals are the same, nan included, or that many units in the last place apart."""
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= ulps * math.ulp(b)


@pytest.mark.parametrize("name", OF_REALS)
def test_the_value(name: str) -> None:
    primitive = OF_REALS[name]
    # Python's hypot is its own as well; that of C's library is taken all the same
    ulps = 4 if "hypot" in formula_text(primitive) else 0
    for count in counts(primitive):
        code = compiled(unit(primitive, count))
        for reals in points(primitive, count):
            got, expected = code.run(list(reals))[0], folded(primitive, reals)
            assert is_same(got, expected, ulps), (reals, got, expected)


def test_what_is_called_back() -> None:
    found = {name for name, p in OF_REALS.items() if Module(unit(p, max(counts(p)))).back}
    assert found == CALLED_BACK


@pytest.mark.parametrize(
    "text",
    ["x0 @ x1", "where(x0 in x1, x0, x1)", "where(x0, x0, x1)", "hypot(x0)", "nothing(x0)", "[x0, x1]"],
)
def test_a_text_of_other_things_than_formulas_is_refused(text: str) -> None:
    written: list[str] = []

    def write(line: str) -> str:
        written.append(line)
        return "%r"

    reader = Reader(Instructions(write, lambda name, count: None), ["%a", "%b"], False)
    assert reader.text("where(x0 < x1, x0, hypot(x0, x1))") == "%r"
    assert any("@hypot" in line for line in written)
    with pytest.raises(NoText):
        reader.text(text)
