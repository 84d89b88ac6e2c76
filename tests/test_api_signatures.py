"""Signatures, as Python's tools read them, of functions in both languages."""

from __future__ import annotations

import inspect

import pytest

import vlad_py as vlad


class Secret:
    """A callable that raises when it is asked for its signature."""

    def __call__(self, x: float) -> float:
        return x

    @property
    def __signature__(self) -> inspect.Signature:
        raise ValueError


def test_signatures_of_python_functions() -> None:
    for function, signature in (
        (lambda x, *rest, scale=1: x, "(x, /, *rest)"),
        (lambda x, y=2: x, "(x, y=2, /)"),
        (Secret(), "(*arguments)"),
    ):
        assert str(inspect.signature(vlad.primitive(function))) == signature


SIGNATURES = {
    "fn x' => x'": "(x_, /)",
    "fn ((a, b), [a', c]) => a": "(a_b, a__c, /)",
    "fn ((x, y), {x: z, y: w}) => x": "(x_y, x_z_y_w, /)",
    "fn ((), ()) => 1": "(argument, argument2, /)",
    "fn (_, _) => 1": "(_, _2, /)",
    "fn lambda => lambda": "(lambda_, /)",
    "sin": "(x, /)",
    "(^)": "(a, b, /)",
}


@pytest.mark.parametrize("text", SIGNATURES)
def test_signatures_of_functions_of_the_language(text: str) -> None:
    assert str(inspect.signature(vlad.evaluate(text))) == SIGNATURES[text]
