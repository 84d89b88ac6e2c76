"""The text of a unit of the IR, for people: what `vlad --native=ir` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vlad_py.native.counters import ENDS
from vlad_py.native.ir import Name, Op, Region, Unit, functions_of
from vlad_py.native.types import BOOLEAN, REAL, ListType
from vlad_py.values.show import show_real
from vlad_py.values.values import NIL, Array


def print_unit(unit: Unit) -> str:
    """The text of a unit and its functions, for people: what `vlad --native=ir` prints.

    Names are numbered as they appear.
    """
    texts = [_Text().function(f.name, f.region) for f in functions_of(unit.region)]
    return "\n\n".join([*texts, _Text().function(f"unit {unit.name}", unit.region)]) + "\n"


class _Text:
    def __init__(self) -> None:
        self.numbers: dict[Name, int] = {}

    def function(self, head: str, region: Region) -> str:
        parameters = ", ".join(f"{self.name(p)}: {p.type}" for p in region.parameters)
        return "\n".join([f"{head}({parameters})", *self.lines(region, 1)])

    def lines(self, region: Region, depth: int) -> Iterator[str]:
        pad = "  " * depth
        for op in region.ops:
            state = ""
            if op.kind == "loop":
                pairs = zip(op.regions[0].parameters, op.operands, strict=True)
                state = ", ".join(f"{self.name(p)} = {self.name(o)}" for p, o in pairs)
            targets = f"{self.names(op.results)} = " if op.results else ""
            yield f"{pad}{targets}{_head(op)} {state or self.names(op.operands)}".rstrip()
            for i, inner in enumerate(op.regions):
                if i:
                    yield f"{pad}else"
                yield from self.lines(inner, depth + 1)
        yield f"{pad}give {self.names(region.results)}".rstrip()

    def names(self, names: Iterable[Name]) -> str:
        return ", ".join(map(self.name, names))

    def name(self, name: Name) -> str:
        if type(name.constant) is Array:
            return f"a {name.type} constant"
        if name.constant is NIL:
            return "nil"
        if name.constant is not None:
            return show_real(name.constant) if type(name.constant) is float else str(name.constant).lower()
        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        letter = {BOOLEAN: "b", REAL: "x"}.get(name.type, "l" if isinstance(name.type, ListType) else "a")
        return f"{letter}_{number}"


def _head(op: Op) -> str:
    if op.kind == "prim":
        return str(op.what.name)
    if op.kind == "array":
        statics = "".join(f" {key}={x}" for key, x in op.what.statics.items())
        return f"{op.what.primitive.name}{statics}"
    if op.kind == "call":
        return f"call {op.what.name}"
    return f"{op.kind} {op.what}" if isinstance(op.what, str) and op.what != ENDS else op.kind
