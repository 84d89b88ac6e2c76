"""The steps that a primitive takes: under a limit, one that takes longer than a step counts as several.

Specialised code (see execution/specialised) counts nothing, and the same program must stop at the same step
with and without it. So it is made only where primitives count nothing either: for numbers of few levels and
arrays of few elements.
"""

from __future__ import annotations

from typing import Any

from vlad_py.ground.asking import COUNTED, OPERATIONS_AN_ELEMENT, ask_work, take
from vlad_py.values.values import Array, Number, Value, size_of

FEW_LEVELS = 5  # of differentiation in one number
FEW_ELEMENTS = int(COUNTED / OPERATIONS_AN_ELEMENT)  # of an array
STEPS_OF_INNERMOST = 10  # for each element of intervals or symbols, which is a small program
STEPS_OF_LEVELS = 1 << FEW_LEVELS  # for an operation on a number of more levels, with what it calls inside
NESTED = "operations on nested numbers, intervals and symbols take several steps"


def of_numbers(*numbers: Value) -> None:
    """Counts an operation on numbers and plain reals and arrays. LimitError where its steps are too many."""
    steps = 0
    for number in numbers:
        levels, innermost, x = 0, 1, number
        while isinstance(x, Number):
            levels, innermost, x = levels + 1, x.tag, x.primal
        if not innermost:
            steps = max(steps, STEPS_OF_INNERMOST * size_of(number))
        elif levels > FEW_LEVELS:
            steps = max(steps, STEPS_OF_LEVELS)
    if steps:
        take(steps, NESTED)


def of_arrays(*operands: Value) -> None:
    """Counts an operation on plain reals and arrays. LimitError where it is too much."""
    elements = 0
    for x in operands:
        if type(x) is Array and x.data.size > FEW_ELEMENTS:
            elements += x.data.size
    if elements:
        ask_work(OPERATIONS_AN_ELEMENT * elements)


def is_counted(*numbers: Value) -> bool:
    """Whether operations on these numbers count as steps, because one of them holds a large array."""
    for number in numbers:
        x: Any = number
        while isinstance(x, Number):
            x = x.primal
        if type(x) is Array and x.data.size > FEW_ELEMENTS:
            return True
    return False
