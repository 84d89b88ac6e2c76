"""Drawings in characters: how wide their lines may be, and how they look in ASCII alone."""

from __future__ import annotations

import shutil
import sys

WIDTH = 80  # columns, where there is no terminal


# of other characters: those of axes, of points, primes
_SIGNS = dict(zip("│┤└┬─┄•×○◆▴′″", "||++--*xo#^'\"", strict=True))
_BRAILLE = 0x2800
_UPPER, _LOWER = 0x1B, 0xE4  # the dots of its upper and its lower half
_MANY = 6  # dots, which fill a character


def _in_ascii(dots: int) -> str:
    if dots.bit_count() >= _MANY:
        return "#"
    above, below = (dots & half for half in (_UPPER, _LOWER))
    return ":" if above and below else "'" if above else "." if below else " "


ASCII = str.maketrans(_SIGNS | {chr(_BRAILLE + dots): _in_ascii(dots) for dots in range(256)})


def columns() -> int:
    """The columns of the terminal that standard output goes to, or WIDTH."""
    if sys.stdout is not sys.__stdout__:
        return WIDTH  # somebody takes the output and shows it elsewhere
    return shutil.get_terminal_size((WIDTH, 24)).columns
