"""stdlib/least_squares.adl against the certified values of the StRD nonlinear regression data sets.

The National Institute of Standards and Technology publishes the sets (public domain). Each file of `nist/`
is one of them: the model in ADL, two starts, certified parameters with their standard deviations, the
certified sum of squares, and the observations.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import vlad_py as vlad

SETS = {path.stem: path for path in sorted((Path(__file__).parent / "nist").glob("*.txt"))}


def fields(path: Path) -> dict[str, str]:
    """What a file says, by the words before the colons."""
    found: dict[str, str] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("  "):
            found[name] += line
        else:
            name, _, found[name] = line.partition(":")
    return found


def program(name: str, start: str) -> str:
    """A program that fits a data set from one of its starts."""
    data = fields(SETS[name])
    y = f"ln({data['y']})" if name == "Nelson" else data["y"]
    return f"""
import least_squares
let x = {data["x"]}
let residuals = fn b => {data["model"]} - {y}
let found = least_squares.fit(residuals, {data[start]})
def off(a, b) = max(map(fn (a, b) => abs(a - b) / abs(b), zip(flatten(a), flatten(b))))
"""


AGREEMENT = """
list(
  found.converged,
  off(found.x, {certified}) < 2e-7,
  off(least_squares.standard_errors(residuals, found.x), {deviations}) < {of_squares},
  off(found.value, {squares}) < {of_squares}
)
"""


@pytest.mark.parametrize("start", ["start near", "start far"])
@pytest.mark.parametrize("name", SETS)
def test_certified_values(name: str, start: str) -> None:
    # residuals of 1e-13 are rounding errors in the second digit
    of_squares = 1e-2 if name == "Lanczos1" else 2e-7
    text = program(name, start) + AGREEMENT.format(**fields(SETS[name]), of_squares=of_squares)
    assert vlad.evaluate(text) == [True, True, True, True]


def test_there_are_many() -> None:
    levels = [path.read_text(encoding="utf-8").partition("\n")[0] for path in SETS.values()]
    assert all(sum(level in text for text in levels) >= 8 for level in ("lower", "average", "higher"))
