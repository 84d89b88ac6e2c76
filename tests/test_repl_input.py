"""What stands around an input of the REPL: the call that is being typed, and colours that can be read."""

from __future__ import annotations

import re

import pytest

from vlad_py.editors.tokens import CLASSES, ESCAPED, NAMES
from vlad_py.ground.source import Source
from vlad_py.repl.themes import DARK, LIGHT, NONE, TERMINAL, THEMES, style_of
from vlad_py.session.calls import call_at_end
from vlad_py.session.catalogue import defined, libraries
from vlad_py.syntax.parse import parse

SCOPE = defined(
    parse(Source("", "def newton(f, x, tolerance) = 1\ndef id(x) = x\nlet five = 5\nlet g = fn (a, b) => a"))
)
SCOPE |= {"optimize": libraries()["optimize"]}


@pytest.mark.parametrize(
    ("text", "name", "parameter"),
    [
        ("newton(", "newton", "f"),
        ("newton (sin, ", "newton", "x"),
        ("newton(sin, id(1), [1, 2", "newton", "tolerance"),
        ("newton(sin, id(", "id", "x"),
        ("1 + g(newton(1, 2), ", "g", "b"),
        ('newton(") # (", ', "newton", "x"),
        ("newton(  # the function\nsin, ", "newton", "x"),
        ("atan2(1, ", "atan2", "x"),
        ("optimize.minimize(fn x => x, ", "optimize.minimize", "start"),
        ("newton({a: 1, b: (2, 3)}, 1, 2, ", "newton", ""),
    ],
)
def test_the_call_at_the_end(text: str, name: str, parameter: str) -> None:
    call = call_at_end(text, SCOPE)
    assert call is not None
    assert call.entry.name == name.rpartition(".")[2]
    assert call.parts()[1] == parameter
    assert "".join(call.parts()) == call.entry.signature


@pytest.mark.parametrize(
    "text",
    ["", "(", "newton", "newton(1)", "five(", "unknown(1, ", "derivative(sin)(", 'id("', "id( # a", "[1, "],
)
def test_no_call_at_the_end(text: str) -> None:
    assert call_at_end(text, SCOPE) is None


# ── colours ──────────────────────────────────────────────────────────────────────────────────


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, after WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("theme", "grounds"), [(LIGHT, ("#ffffff",)), (DARK, ("#000000", "#1e1e1e"))])
def test_fixed_colours_can_be_read(theme: str, grounds: tuple[str, ...]) -> None:
    own = {
        name: found[0]
        for name, text in style_of(theme).items()
        if (found := re.findall("#[0-9a-f]{6}", text))
    }
    assert len(own) > 5
    for ground in grounds:
        assert {
            name: contrast(colour, ground) for name, colour in own.items() if contrast(colour, ground) < 4.5
        } == {}


def test_the_terminals_palette_gives_all_colours_but_one_grey() -> None:
    fixed = {c for text in style_of(TERMINAL).values() for c in re.findall("#[0-9a-f]{6}", text)}
    (grey,) = fixed
    assert min(contrast(grey, ground) for ground in ("#000000", "#ffffff")) >= 4.5


def test_every_token_of_a_theme_is_one_of_the_language() -> None:
    known = {
        f"pygments.{name.casefold()}"
        for kind in (*CLASSES, *NAMES, ESCAPED)
        for name in literal(kind.pygments)
    }
    for theme in THEMES:
        tokens = {name for name in style_of(theme) if name.startswith("pygments.")}
        assert tokens if theme != NONE else not tokens
        assert {name for name in tokens if not any(each.startswith(name) for each in known)} == set()


def literal(name: str) -> tuple[str, str]:
    """A name of Pygments in short, and in full."""
    return name, f"Literal.{name}"
