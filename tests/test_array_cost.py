"""What arrays cost under differentiation, in numbers computed: linear where the program is linear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.reverse import tape
from vlad_py.session.session import Session
from vlad_py.values.values import Array


class Work:
    """How many reals stood in all arrays that were made, and in all that numpy was asked to fill or copy."""

    def __init__(self) -> None:
        self.reals = 0


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Counts the reals of every array that is made in this context."""
    work = Work()
    made = Array.__init__
    zeros: Any = np.zeros

    def count(self: Array, data: np.ndarray) -> None:
        work.reals += data.size
        made(self, data)

    def filled(*args: object) -> np.ndarray:
        result = zeros(*args)
        work.reals += result.size
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Array, "__init__", count)
        patch.setattr(np, "zeros", filled)
        yield work


def work_of(text: str, n: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """The work of an expression with the size n."""
    session = Session()
    session.evaluate("0")
    with counted(monkeypatch) as work:
        session.evaluate(text.replace("N", str(n)))
    return work.reals


def is_linear(text: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether twice the size is about twice the work, and there is some."""
    once, twice, four = (work_of(text, n, monkeypatch) for n in (200, 400, 800))
    assert once >= 200
    return twice <= 2.2 * once and four <= 2.2 * twice


LOOPS = {
    "elements by index": "loop s = 0 for i in 0..N - 1 do s + a[i] ^ 2",
    "elements by index, twice": "loop s = 0 for i in 0..N - 2 do s + a[i] * a[i + 1]",
    "elements in turn": "loop s = 0 for x in a do s + sin(x)",
    "a comprehension": "sum([x ^ 2 for x in a])",
    "a comprehension by index": "sum([a[i] * a[-i - 1] for i in 0..N - 1])",
    "slices": "loop s = 0 for i in 0..N - 3 do s + sum(a[i:i + 2] ^ 2)",
    "arrays of indices": "loop s = 0 for i in 0..N - 1 do s + sum(a[[i, 0]] ^ 2)",
    "elements of rows": "{ let m = reshape(a, (N, 1)); loop s = 0 for i in 0..N - 1 do s + m[i, 0] ^ 2 }",
    "rows": "{ let m = reshape(a, (N, 1)); loop s = 0 for row in m do s + sum(row ^ 2) }",
    "a recursion": "{ def go(i) = if i == N then 0 else a[i] ^ 2 + go(i + 1); go(0) }",
    "a flattened list": "fold((+), 0, map(fn x => x ^ 2, flatten(a)))",
}
OPERATORS = {
    "value": "(fn a => BODY)(1..N)",
    "gradient": "gradient(fn a => BODY)(1..N)",
    "jvp": "jvp(fn a => BODY, 1..N, ones(N))",
    "hvp": "hvp(fn a => BODY, 1..N, ones(N))",
    "forward over reverse": "jvp(gradient(fn a => BODY), 1..N, ones(N))",
    "reverse over reverse": "gradient(fn a => sum(gradient(fn a => BODY)(a)))(1..N)",
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_over_elements_is_linear(loop: str, operator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_linear(OPERATORS[operator].replace("BODY", LOOPS[loop]), monkeypatch)


def test_a_quadratic_program_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_linear("loop s = 0 for i in 1..N do s + sum(1..i)", monkeypatch)


def test_a_quadratic_sweep_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # an element's cotangent as a whole array of zeros but for it, as it would be without the sum in place
    monkeypatch.setattr(tape, "scattered", None)
    text = OPERATORS["gradient"].replace("BODY", LOOPS["slices"])
    assert not is_linear(text, monkeypatch)


@pytest.mark.parametrize("start", ["x", "[x, x]"])
def test_a_sweep_takes_each_node_once(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # half is recursive, so that its calls stay operations of their own; every turn has two ways from y to y
    session = Session()
    session.evaluate("def half(y, n) = if n == 0 then y / 2 else half(y, n - 1)")
    session.evaluate(f"def f(x) = sum([loop y = {start} for _ in 1..10 do half(y, 1) + half(y, 1)])")
    taken: list[Any] = []
    pop: Any = vars(tape)["heappop"]

    def popped(heap: list[Any]) -> Any:
        found = pop(heap)
        taken.append(found)
        return found

    monkeypatch.setattr(tape, "heappop", popped)
    assert session.evaluate("gradient(f)(3)") == (1.0 if start == "x" else 2.0)
    assert len(taken) > 20
    assert len(taken) == len({*taken})
