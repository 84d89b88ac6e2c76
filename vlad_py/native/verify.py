"""The verifier: what holds of every program of the IR, checked after every pass."""

from __future__ import annotations

from vlad_py.native.ir import Frame, Function, Name, Op, Region, Unit, free_names
from vlad_py.native.types import BOOLEAN, REAL, ListType, Type, shape_of_type, type_of_shape
from vlad_py.primitives.primitive import PRIMITIVES


class Broken(AssertionError):
    """A pass has written something that is not a program of the IR."""


def verify(unit: Unit) -> None:
    """Raises Broken where a name is bound twice or used where it is not bound, or types disagree."""
    checker = _Checker()
    checker.region(unit.region, frozenset())
    checker.called()


def verify_piece(stage: str, region: Region) -> None:
    """The same for what a pass has made, which may use names from outside. The message names the stage."""
    checker = _Checker()
    try:
        checker.region(region, frozenset(free_names(region)))
        checker.called()
    except Broken as error:
        raise Broken(f"after {stage}: {error}") from None


class _Checker:
    def __init__(self) -> None:
        self.bound: set[Name] = set()  # anywhere
        self.functions: list[Function] = []
        self.done: set[Function] = set()

    def called(self) -> None:
        """Checks the functions that were called; not those that are being written."""
        while self.functions:
            function = self.functions.pop()
            if function not in self.done and function.is_written:
                self.done.add(function)
                self.region(function.region, frozenset())

    def bind(self, names: list[Name], known: set[Name]) -> None:
        for name in names:
            _expect(name not in self.bound, f"{name.id} is bound twice")
            _expect(name.constant is None, f"{name.id} is a constant")
        self.bound.update(names)
        known.update(names)

    def region(self, region: Region, around: frozenset[Name]) -> None:
        known = set(around)
        self.bind(region.parameters, known)
        for op in region.ops:
            self.use(op.operands, known, op.kind)
            if op.regions:
                inside = frozenset(known)
                for inner in op.regions:
                    self.region(inner, inside)
            self.op(op)
            self.bind(op.results, known)
        self.use(region.results, known, "give")

    def use(self, names: list[Name], known: set[Name], where: str) -> None:
        for name in names:
            _expect(name.constant is not None or name in known, f"{name.id} is not bound at {where}")

    def op(self, op: Op) -> None:
        operands, results = types(op.operands), types(op.results)
        match op.kind:
            case "prim":
                _expect(set(operands) <= {REAL} and results == [REAL], "a primitive is of reals")
            case "compare":
                _expect(operands == [REAL, REAL] and results == [BOOLEAN], "a comparison is of reals")
                _expect(
                    op.what in PRIMITIVES and PRIMITIVES[op.what].gives_boolean, f"no comparison {op.what}"
                )
            case "and" | "same":
                _expect(operands == [BOOLEAN, BOOLEAN] and results == [BOOLEAN], f"{op.kind} is of booleans")
            case "not":
                _expect(operands == [BOOLEAN] and results == [BOOLEAN], "`not` is of a boolean")
            case "select":
                _expect(operands == [BOOLEAN, *results, *results] and len(results) == 1, "a wrong `select`")
            case "if":
                _expect(operands == [BOOLEAN] and len(op.regions) == 2, "a wrong `if`")
                for region in op.regions:
                    _expect(not region.parameters and types(region.results) == results, "branches disagree")
            case "loop":
                (region,) = op.regions
                _expect(operands == types(region.parameters) == results, "a loop's state changes its type")
                _expect(types(region.results) == [BOOLEAN, *results], "a loop's body gives a wrong state")
            case "call":
                function: Function = op.what
                if not function.is_written:
                    return
                self.functions.append(function)
                _expect(operands == types(function.region.parameters), f"wrong arguments of {function.name}")
                _expect(results == types(function.region.results), f"wrong results of {function.name}")
            case "custom":
                (region,) = op.regions
                _expect(operands == types(region.parameters), "wrong operands of a custom function")
                _expect(results == types(region.results), "wrong results of a custom function")
            case "array":
                _expect(set(operands) & {BOOLEAN} == set() and len(results) == 1, "arrays of numbers")
            case "take":
                shape, indices = shape_of_type(operands[0]), operands[1:]
                _expect(0 < len(indices) <= len(shape) and set(indices) == {REAL}, "a wrong index")
                _expect(results == [type_of_shape(shape[len(indices) :])], "a part has another shape")
            case "put":
                whole, part, *indices = operands
                shape = shape_of_type(whole)
                _expect(0 < len(indices) <= len(shape) and set(indices) == {REAL}, "a wrong index")
                _expect(part == type_of_shape(shape[len(indices) :]), "a part of another shape is put")
                _expect(results == [whole], "a `put` gives another shape")
            case "cons" | "uncons":
                cell, lists = (operands, results) if op.kind == "cons" else (results, operands)
                items = lists[0].items if isinstance(lists[0], ListType) else ()
                _expect(len(lists) == 1 and cell == [*items, *lists], f"a wrong {op.kind}")
            case "is_nil" | "length":
                _expect(len(operands) == 1 and isinstance(operands[0], ListType), f"{op.kind} is of a list")
                _expect(results == [BOOLEAN if op.kind == "is_nil" else REAL], f"a wrong {op.kind}")
            case "merge" | "fit":
                _expect(isinstance(results[0], ListType), f"{op.kind} gives a list")
                _expect(operands == [*results, *results], f"{op.kind} is of two lists")
            case "guard":
                _expect(operands == [BOOLEAN] and not results, "a wrong guard")
            case "save" | "restore":
                frame: Frame = op.what
                given, other = (operands, results) if op.kind == "save" else (results, operands)
                _expect(given == frame.types and not other, f"a frame is not what {op.kind} takes")


def types(names: list[Name]) -> list[Type]:
    """The types of names."""
    return [n.type for n in names]


def _expect(holds: bool, message: str) -> None:
    if not holds:
        raise Broken(message)
