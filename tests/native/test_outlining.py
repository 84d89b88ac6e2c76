"""Loops over arrays as functions of their own: the same values, and one function for loops that are alike."""

from __future__ import annotations

from typing import Any

import pytest

from native.test_arrays import OF_A_VECTOR, SMOOTH, agree, vector
from vlad_py.native import emit
from vlad_py.native.emit import Module
from vlad_py.native.outlining import MANY, Outlined
from vlad_py.native.units import specialise
from vlad_py.session.session import Session

pytest.importorskip("llvmlite")

LARGE = 24  # elements, which are in memory


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every loop over an array becomes a function."""
    monkeypatch.setattr(emit, "MANY", 1)


def module(text: str, size: int = LARGE) -> Module:
    function: Any = Session().evaluate(text)
    return Module(specialise(function, vector(size), is_fixed=True).unit)


@pytest.mark.parametrize("text", (*OF_A_VECTOR, *SMOOTH))
def test_the_values_are_the_same(text: str, always: None) -> None:
    agree(f"fn x => {text}", vector(LARGE))


@pytest.mark.parametrize("text", SMOOTH[::3])
def test_the_gradients_are_the_same(text: str, always: None) -> None:
    agree(f"gradient(fn x => {text})", vector(LARGE))
    agree(f"fn x => jvp(gradient(fn x => {text}), x, x)", vector(LARGE))


def layers(count: int) -> str:
    """A function with so many equal layers, each with constants of its own."""
    lines = [
        f"let w{k} = [sin({k} * i) for i in 1..{LARGE}]; let x{k + 1} = cumsum(x{k}) * w{k} / {LARGE}"
        for k in range(count)
    ]
    return f"fn x0 => {{ {'; '.join(lines)}; x{count} }}"


def test_loops_that_are_alike_are_one_function() -> None:
    few, many = module(layers(MANY // 4)), module(layers(MANY))
    assert not few.outlined  # where LLVM is fast, loops stay where they are
    assert many.most_loops >= MANY
    assert 0 < len(many.outlined) < 10  # the first layers differ, and the last
    agree(layers(MANY), vector(LARGE))


def test_the_text_does_not_depend_on_names() -> None:
    def lines(pointer: str, to: str) -> list[str]:
        return [
            "  br label %b7",
            "b7:",
            "  %i9 = phi i64 [ 0, %b3 ], [ %v12, %b8 ]",
            "  %v10 = icmp slt i64 %i9, 24",
            "  br i1 %v10, label %b8, label %b9",
            "b8:",
            f"  %v11 = getelementptr inbounds double, ptr {pointer}, i64 %i9",
            "  %v13 = load double, ptr %v11, align 8",
            f"  %v14 = getelementptr inbounds double, ptr {to}, i64 %i9",
            "  store double %v13, ptr %v14, align 8",
            "  %v12 = add nuw nsw i64 %i9, 1",
            "  br label %b7",
            "b9:",
        ]

    one, other = Outlined(lines("%v1", "%v2"), "b3"), Outlined(lines("@k4", "%v6"), "b3")
    assert one.text == other.text
    assert one.arguments == ["ptr %v1", "ptr %v2"]
    assert other.arguments == ["ptr @k4", "ptr %v6"]
    head = one.text.partition(")")[0]
    assert head.count("noalias") == 1  # of what is written
    assert head.startswith("(ptr %")
