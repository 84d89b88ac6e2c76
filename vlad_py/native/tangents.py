"""The tangents of one operation of the IR, as a unit."""

from __future__ import annotations

from collections.abc import Sequence

from vlad_py.native.builder import Builder
from vlad_py.native.forward import forward
from vlad_py.native.ir import Op, Region, Unit, fresh
from vlad_py.native.tidy import tidied
from vlad_py.native.types import BOOLEAN


def widened(op: Op, moves: Sequence[bool], builder: Builder) -> Unit:
    """A unit from an operation's operands, and the tangents of those that move, to the tangents of its real
    results.
    """
    parameters, results = fresh(op.operands), fresh(op.results)
    points, tangents = fresh(parameters), fresh(parameters)
    is_known = [o.constant is not None for o in op.operands]  # such an operand need not have a derivative
    operands = [o if known else p for o, p, known in zip(op.operands, parameters, is_known, strict=True)]
    region = Region(parameters, [Op(op.kind, operands, results, op.what, op.regions)], results)
    varies = [m and not known for m, known in zip(moves, is_known, strict=True)]
    direction = [t if v else None for t, v in zip(tangents, varies, strict=True)]
    builder.count = 0
    with builder.into([]) as ops:
        _, (found,) = forward(builder, region, points, [direction])
    reals = [t for t, r in zip(found, results, strict=True) if r.type != BOOLEAN]
    given = [t for t, m in zip(tangents, moves, strict=True) if m]
    return Unit("tangents", tidied(Region([*points, *given], ops, reals)))
