"""VLAD's arithmetic: ADL's takes structures as well, VLAD's reals alone."""

from __future__ import annotations

from vlad_py.ground.node import replaced
from vlad_py.primitives.entered import declared
from vlad_py.primitives.primitive import PRIMITIVES, Primitive, numeric
from vlad_py.syntax.vlad import names
from vlad_py.values.values import Value


def _on_reals(name: str, primitive: Primitive) -> None:
    """Enters a function of two reals once more, under an internal name and without structures.

    Numbers meet the primitive itself, so whoever reads traces knows nothing of it.
    """
    alone = replaced(primitive, name=name, word="", structures=None, internal=True, stands_for=primitive)
    value = primitive.value

    def apply(a: Value, b: Value) -> Value:
        if type(a) is float and type(b) is float:
            return value(a, b)
        return primitive.apply(numeric(alone, 0, a), numeric(alone, 1, b))

    declared(alone, apply)


for _sign in "+-*/":
    _on_reals(names.PRIMITIVES[_sign], PRIMITIVES[_sign])
