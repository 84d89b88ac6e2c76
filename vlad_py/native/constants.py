"""Known data in LLVM: little of it stands in the text, and much stays where it is.

So the length of a module's text, and the time to compile it, do not depend on how much data a function
captures. The text has names for such data, `Module.data` has the arrays by these names, and whoever links the
module says where they are, and keeps them as long as the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.native.formulas import number
from vlad_py.native.storage import FEW
from vlad_py.native.views import Elements, Memory, Same, View, rows

if TYPE_CHECKING:
    from vlad_py.native.emit import Body, Module

MOST_IN_TEXT = 64  # elements

Data: TypeAlias = "dict[str, np.ndarray]"  # arrays, by their names in the text


def view(body: Body, data: Any) -> View:
    """The view of an array that is known."""
    values = data.ravel()
    is_one = values.size and (values.view(np.int64) == values.view(np.int64)[0]).all()
    shown = values[:1] if is_one else values
    if shown.size > FEW:
        return Memory(data.shape, reals(body.module, values), 0, rows(data.shape))
    is_filler = not any(data.strides)  # see `zero_of`
    parts = [number(x) if is_filler else _known_real(body, x) for x in shown.tolist()]
    return Same(data.shape, parts[0]) if is_one else Elements(data.shape, parts)


def _known_real(body: Body, x: float) -> str:
    """An element of a constant. Where zeros stand for what is not there, LLVM must not know it: it would
    compute 0 times infinity without the processor's noting it.
    """
    if not body.module.made_zeros:
        return number(x)
    return body.first(f"load double, ptr {_in_text(body.module, f'double {number(x)}')}")


def reals(module: Module, values: Any) -> str:
    """The name of an array's elements, row by row."""
    return _data(module, values, "double", number)


def integers(module: Module, table: Any) -> str:
    """The name of a table of whole numbers, row by row."""
    return _data(module, table.ravel(), "i64", str)


def _data(module: Module, values: Any, kind: str, text: Any) -> str:
    if values.size > MOST_IN_TEXT:
        name = f"k{len(module.constants)}"
        module.data[name] = values
        module.constants.append(f"@{name} = external constant [{values.size} x {kind}], align 8")
        return f"@{name}"
    items = ", ".join(f"{kind} {text(x)}" for x in values.tolist())
    return _in_text(module, f"[{values.size} x {kind}] [{items}]")


def _in_text(module: Module, text: str) -> str:
    name = f"@k{len(module.constants)}"
    kind = "global" if module.made_zeros else "internal unnamed_addr constant"
    module.constants.append(f"{name} = {kind} {text}, align 64")
    return name
