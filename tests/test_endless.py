"""What would take for ever, or more memory than there is, is an error at once that says the most."""

from __future__ import annotations

import pytest

from vlad_py.ground.errors import RunError
from vlad_py.session.session import Native, Session

TURNS = "a range has at most 9007199254740992 reals (2 ^ 53), this one would have "
MEMORY = "does not fit into memory"
ORDER = "Taylor arithmetic goes up to the order 10000, got "

ENDLESS = {
    TURNS: (
        "loop s = 0 for i in 1..1e308 do s + i",
        "loop s = 0 for i in 1..inf do s + i",
        "loop s = 0 for i in -inf..1 do s + i",
        "loop s = 0 for i in 1..1e17 do iterate(2, sin, i)",
        "gradient(fn x => loop s = x for i in 1..1e308 do s * x)(1)",
        "derivative(fn x => loop s = 0 for i in x..1e308 do s + x)(1)",
        "print(1..1e308)",
        "sum(1..1e308)",
        "list(1..1e308)",
        "[i for i in 1..1e308]",
        "[(i, i) for i in 1..inf]",
        "[(i, j) for i in 1..2 for j in 1..1e308]",
        "range(1, 1e308)",
        "iterate(1e308, fn x => x, 1)",
        "scan(fn (a, b) => a + b, 0, 1..1e308)",
    ),
    MEMORY: (
        "zeros(1e308)",
        "ones(1e9, 1e9)",
        "eye(1e9)",
        "linspace(0, 1, 1e308)",
        "sum(1..1e15)",
        "[i for i in 1..1e15]",
        '["a" for i in 1..1e15]',
        "[iterate(3, sin, i) for i in 1..1e15]",
        "[i + j for i in 1..3 for j in i..1e15]",
        "derivative(fn x => [i * x for i in x..1e15])(1)",
        "[i + j for j in 1..1e6 for i in 1..1e6]",
        "[(i, j, k) for i in 1..1e5 for j in 1..1e5 for k in 1..1e5]",
        "(fn n => [i + j for j in 1..n for i in 1..n])(1e7)",
        "jacobian(fn x => [x * i for j in 1..1e7 for i in 1..1e7])(1)",
        "range(1, 1e15)",
        "map(sin, range(1, 1e15))",
    ),
    ORDER: (
        "derivatives(sin, 1e308)(1)",
        "nth_derivative(sin, 10001)(1)",
        "nth_derivative(sin, 1e308)(1)",
        "taylor(sin, 1, 1e9)",
    ),
}


@pytest.mark.parametrize("native", ["never", "always"])
@pytest.mark.parametrize("message, program", [(m, p) for m, programs in ENDLESS.items() for p in programs])
def test_it_is_an_error_at_once(message: str, program: str, native: Native) -> None:
    with pytest.raises(RunError) as caught:
        Session(native=native).evaluate(program)
    assert message in str(caught.value)
    assert caught.value.span is not None


def test_what_is_held_already_may_be_long() -> None:
    assert Session().evaluate("length([i for i in 1..200000])") == 200_000.0
