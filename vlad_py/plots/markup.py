"""Texts in SVG and HTML."""

from __future__ import annotations

from html import escape

from vlad_py.ground.source import printable_lines


def escaped(text: str) -> str:
    """A text as SVG and HTML have it, which cannot hold characters such as those that steer a terminal."""
    return escape(printable_lines(text))
