"""What the values of a unit are called in the reasons why it is refused."""

from __future__ import annotations

from vlad_py.native.abstract import Applied, Backward, Slope
from vlad_py.native.leaf_types import is_a_boolean, is_a_real, is_an_array, type_of
from vlad_py.values import values
from vlad_py.values.values import Closure, Cons, Record, Value


def noun(value: Value) -> str:
    """What a value is, in a reason."""
    if type(value) is Closure:
        return f"the function {value.code.name}"
    if isinstance(value, (Slope, Applied, Backward)):
        return "a derivative that is a function"
    if is_a_real(value):
        return "a real"
    if is_an_array(value):
        return f"an array of {type_of(value)}"
    if is_a_boolean(value):
        return "a boolean"
    words: dict[type, str] = {tuple: "a tuple", Record: "a record", Cons: "a list", str: "a string"}
    return words.get(type(value), "the empty list" if value is values.NIL else "another value")
