"""How many steps a primitive takes: under a limit of steps, one that takes longer than a step says so here.

Compiled code may do in place of primitives what takes less (see execution/specialised). It must not count
otherwise than they do, since the same program stops at the same step whether it is compiled or not. So what
it may do counts for neither: numbers of few levels, arrays of few elements.
"""

from __future__ import annotations

from typing import Any

from vlad_py.ground.asking import ask_work, take
from vlad_py.values.values import Array, Number, Value, size_of

FEW_LEVELS = 5  # of differentiation in one number
FEW_ELEMENTS = 20_000  # of an array
OPERATIONS = 10.0  # for each element of a larger array
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
        ask_work(OPERATIONS * elements)


def is_counted(*numbers: Value) -> bool:
    """Whether there is an array among numbers on which operations count."""
    for number in numbers:
        x: Any = number
        while isinstance(x, Number):
            x = x.primal
        if type(x) is Array and x.data.size > FEW_ELEMENTS:
            return True
    return False
