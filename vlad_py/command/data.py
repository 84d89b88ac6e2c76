"""`--data`: a file of numbers as the record that a script sees as `data`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from math import isfinite, isinf
from typing import Any

from vlad_py.command.outcome import NoInput, Refused, reason_of
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.names import is_name
from vlad_py.ground.reading import read_text
from vlad_py.primitives.axes import MOST_DIMENSIONS
from vlad_py.python.convert import to_value
from vlad_py.values.values import Value

NAME = "data"
ENDINGS = (".csv", ".json")
LONGEST = 30  # digits of a number in a message
WHOLE = re.compile(r"\s*[+-]?\d+\s*")
POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"^(\s*[+-]?\d*),(\d+(?:[eE][+-]?\d+)?\s*)$")
EMPTY = float("nan")  # what an empty cell of a column of numbers is


def given_by(path: str) -> dict[str, Value]:
    """The record in a file, as the name that programs see. Raises NoInput where it cannot be read, else
    Refused.
    """
    try:
        return {NAME: record_in(path)}
    except (OSError, UnicodeDecodeError) as error:
        raise NoInput(f"{path}: {reason_of(error)}") from None
    except ValueError as error:
        raise Refused(f"{path}: {error}") from None


def record_in(path: str) -> Value:
    """The record in a file.

    A column of a `.csv` file is an array if all its cells are numbers or empty, which is nan; else a list of
    strings. A `.json` file has an object, or a list of objects, whose fields become arrays or lists. Raises
    OSError and UnicodeDecodeError for a file that cannot be read, ValueError for one that holds something
    else.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in ENDINGS:
        raise ValueError(f"expected a file that ends in {' or '.join(ENDINGS)}")
    text = read_text(path, most=sys.maxsize).removeprefix("\ufeff")
    try:
        columns = _csv(text) if ending == ".csv" else _json(text)
        return to_value(_packed(columns), NAME)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (csv.Error, ConversionError) as error:
        raise ValueError(str(getattr(error, "message", error))) from None


def _csv(text: str) -> dict[str, Any]:
    """The columns of a table, by the names in its first line; without names, they are c1, c2, …

    Where the first line has semicolons or tabs and no commas, these are between the cells; numbers may have a
    decimal comma then, unless some have a point.
    """
    mark = _mark(text.partition("\n")[0])
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark) if row]
    if mark != "," and not any(POINT.fullmatch(cell.strip()) for row in rows for cell in row):
        rows = [[DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row] for row in rows]
    if not rows:
        raise ValueError("it has no rows")
    heads = rows[0]
    if all(_number(cell) is not None for cell in heads):
        heads = [f"c{i}" for i in range(1, len(heads) + 1)]
    else:
        rows = rows[1:]
    for number, row in enumerate(rows, 1):
        if len(row) != len(heads):
            found = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            raise ValueError(f"row {number} has {found}, expected {len(heads)}")
    columns = [_column([row[i] for row in rows]) for i in range(len(heads))]
    names = _fields(heads)
    return dict(zip(names, columns, strict=True))


def _mark(line: str) -> str:
    """What stands between the cells of a line."""
    return "," if "," in line else ";" if ";" in line else "\t" if "\t" in line else ","


def _column(cells: list[str]) -> Any:
    """A column: an array, or a list of strings. One without cells is an array."""
    numbers = [EMPTY if not cell.strip() else _number(cell) for cell in cells]
    return list(cells) if None in numbers else np.array(numbers, dtype=float)


def _number(cell: str) -> float | None:
    if WHOLE.fullmatch(cell):
        return _whole(cell)
    try:
        number = float(cell) if "_" not in cell else None
    except ValueError:
        return None
    return number if number is None or isfinite(number) else _real(cell)


def _real(text: str) -> float:
    """The real that a text is. ValueError for digits that mean more than a double can be."""
    number = float(text)
    if isinf(number) and any(map(str.isdigit, text)):
        raise ValueError(f"{_short(text)} is not a real: it is too large")
    return number


def _short(digits: str) -> str:
    digits = digits.strip()
    return digits if len(digits) <= LONGEST else f"{digits[:LONGEST]}…"


def _whole(digits: str) -> float:
    """The real that an integer is. ValueError for one that a double cannot be."""
    short = _short(digits)
    try:
        number = float(digits)
        if int(digits) == int(number):
            return number
    except (OverflowError, ValueError):
        raise ValueError(f"{short} is not a real: it is too large") from None
    near = f"the nearest real is {int(number)}"
    raise ValueError(f"{short} has more digits than a real keeps ({near}): a string keeps them")


def _object(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose keys differ."""
    found = dict(fields)
    if len(found) < len(fields):
        names = [name for name, _ in fields]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has two fields `{twice}`")
    return found


def _json(text: str) -> dict[str, Any]:
    """The fields of an object; of a list of objects, each field as a list."""
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_int=_whole, parse_float=_real)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise ValueError(f"line {error.lineno}, column {error.colno}: {reason}") from None
    if isinstance(found, list) and found and all(isinstance(row, dict) for row in found):
        names = list(found[0])
        for number, row in enumerate(found, 1):
            if list(row) != names and sorted(row) != sorted(names):
                raise ValueError(f"object {number} has other fields than the first one")
        return {name: [row[name] for row in found] for name in names}
    if not isinstance(found, dict):
        raise ValueError("expected an object, or a list of objects")
    return found


def _fields(names: Iterable[str]) -> list[str]:
    """Distinct names that programs can write."""
    found = [_field(name) for name in names]
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two columns are called `{twice}`")
    return found


def _field(name: str) -> str:
    """A name that a program can write after a dot: between letters and digits, other signs become one `_`."""
    changed = re.sub(r"\W+", "_", name.strip()).strip("_") or "_"
    return changed if is_name(changed) else f"_{changed}"


def _packed(item: Any) -> Any:
    """Lists of numbers, and lists of such lists of equal length, become arrays; null becomes the unit."""
    if isinstance(item, dict):
        return dict(zip(_fields(item), map(_packed, item.values()), strict=True))
    if item is None:
        return ()
    if not isinstance(item, list):
        return float(item) if type(item) is int else item
    _check_depth(item)
    if item and _is_array(item):
        return np.array(item, dtype=float)
    return [_packed(part) for part in item]


def _check_depth(item: list[Any]) -> None:
    """ValueError for numbers nested deeper than an array has dimensions."""
    depth = 0
    inner: Any = item
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    if depth > MOST_DIMENSIONS and type(inner) in (int, float):
        raise ValueError(f"an array has at most {MOST_DIMENSIONS} dimensions, this one has {depth}")


def _is_array(item: list[Any]) -> bool:
    """Whether a list is an array: numbers alone, or arrays of one shape."""
    if all(type(part) in (int, float) for part in item):
        return True
    if not all(isinstance(part, list) and part and _is_array(part) for part in item):
        return False
    return len({np.shape(part) for part in item}) == 1
