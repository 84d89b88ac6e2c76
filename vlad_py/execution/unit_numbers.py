"""The numbers of units, which make the names in their code differ.

CPython 3.12 and 3.13 never free a name that stood in code. So the number of a unit that is forgotten goes to
another one, and with it the names: otherwise a session would grow with every text.
"""

from __future__ import annotations

from itertools import count

FILE = "<vlad "  # what Python calls the file of a unit begins with it

_new = count(1).__next__
_free: list[int] = []  # of units that are forgotten


def take() -> int:
    """A number that no unit in use has."""
    try:
        return _free.pop()
    except IndexError:
        return _new()


def release(file: str) -> None:
    """The unit of a file, as Python calls it, is forgotten: another one may have its number."""
    _free.append(int(file.removeprefix(FILE).removesuffix(">")))


def file_of(unit: str) -> str:
    """What Python calls the file of a unit, given its number, or the name of a module of the library."""
    return f"{FILE}{unit}>"
