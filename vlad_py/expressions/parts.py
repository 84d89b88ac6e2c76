"""The parts of an expression, each one once, and how often it is used.

They are found in a loop: derivatives of long runs are deep.
"""

from __future__ import annotations

from collections import Counter

from vlad_py.expressions.expression import Application, Expression
from vlad_py.ground.asking import take

STEPS = "a walk through an expression takes a step for each of its operations"


def parts_first(expression: Expression) -> list[Expression]:
    """Every object that an expression is made of, once, each after what it is made of itself."""
    done: set[int] = set()
    order: list[Expression] = []
    todo = [(expression, False)]
    while todo:
        item, ready = todo.pop()
        if id(item) in done:
            continue
        if ready or not isinstance(item, Application):
            done.add(id(item))
            order.append(item)
        else:
            todo.append((item, True))
            todo += [(argument, False) for argument in reversed(item.arguments)]
    take(len(order), STEPS)
    return order


def uses(parts: list[Expression]) -> Counter[int]:
    """By the id of a part, how many arguments of parts it is."""
    return Counter(id(x) for part in parts if isinstance(part, Application) for x in part.arguments)
