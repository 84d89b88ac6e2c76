"""Equality of values: by structure, on primals."""

from __future__ import annotations

from vlad_py.ground.asking import MET_AT_ONCE, ask_work, meet
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Cons, Record, Value, is_function, is_primal, plain

FEW = 1000  # structures, which are compared before it pays to remember them
_STRUCTURES = (Cons, tuple, Record)


def equal(left: Value, right: Value) -> bool:
    """Structural equality on primals; records are equal whatever the order of their fields.

    Raises RunError where a function would have to be compared.
    """
    todo = [(left, right)]
    pairs: set[tuple[int, int]] = set()  # that were met, by id
    met = 0
    while todo:
        a, b = todo.pop()
        a, b = plain(a), plain(b)
        if type(a) in _STRUCTURES:
            met += 1
            if met > FEW:
                if not met % MET_AT_ONCE:
                    meet(MET_AT_ONCE)
                if (id(a), id(b)) in pairs:
                    continue  # parts that are shared are compared once
                pairs.add((id(a), id(b)))
        if isinstance(a, Cons) and isinstance(b, Cons):
            todo += [(a.tail, b.tail), (a.head, b.head)]
        elif isinstance(a, tuple) and isinstance(b, tuple):
            if len(a) != len(b):
                return False
            todo += reversed(list(zip(a, b, strict=True)))
        elif isinstance(a, Record) and isinstance(b, Record):
            if sorted(a.names) != sorted(b.names):
                return False
            todo += reversed([(v, b.get(n)) for n, v in zip(a.names, a.values, strict=True)])
        elif type(a) is Array and type(b) is Array:
            ask_work(a.data.size)
            if not np.array_equal(a.data, b.data):
                return False
        elif isinstance(a, Indefinite) and (is_primal(b) or a.is_condition):
            if not a.equals(b):
                return False
        elif isinstance(b, Indefinite) and (is_primal(a) or b.is_condition):
            if not b.equals(a):
                return False
        elif is_function(a) or is_function(b):
            raise RunError("functions cannot be compared", hint="compare their results instead")
        elif type(a) is not type(b) or a != b:
            return False
    return True
