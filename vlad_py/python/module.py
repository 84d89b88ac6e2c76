"""A loaded program as a Python object, with its definitions as attributes."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import ConversionError, near
from vlad_py.ground.names import composed
from vlad_py.python.convert import a_thing, to_python
from vlad_py.python.function import Function
from vlad_py.python.pickling import nodes_of
from vlad_py.python.unpickling import OTHER_VERSION, value_of
from vlad_py.session import modules
from vlad_py.session.catalogue import public

SHOWN = 10  # names in the text of a module


class Module:
    """An ADL file that was run: `module.name` is the value of a definition, or a module that the file
    imports.

    Raises AttributeError for a name that it does not define.
    """

    def __init__(self, module: object, limits: Limits, name: str = "") -> None:
        if not isinstance(module, modules.Module):
            hint = "`vlad.load(path)` makes one from a file"
            raise ConversionError(f"`Module` cannot be made from {a_thing(type(module))}", hint=hint)
        self._module = module
        self._limits = limits
        source = module.sources[0]
        self.__file__ = source.name
        self.__name__ = name or re.split(r"[/\\]", source.name)[-1].removesuffix(".adl")
        self.__doc__ = _header(source.text)

    def __getattr__(self, name: str) -> Any:
        module: modules.Module = self.__dict__["_module"]
        name = composed(name)
        if name in public(module.entries):
            value = to_python(module.value(name), lambda function: Function(function, self._limits))
        elif name in (imports := _imports(module)):
            value = Module(imports[name], self._limits, name)
        else:
            hint = near(name, dir(self))
            raise AttributeError(f"{self!r} has no `{name}`" + (f"; {hint}" if hint else ""))
        if isinstance(value, (float, str, Function, Module)):
            setattr(self, name, value)  # a new structure each time, because the caller may change it
        return value

    def __dir__(self) -> list[str]:
        return sorted({*public(self._module.entries), *_imports(self._module)})

    def __copy__(self) -> Module:
        return self

    def __deepcopy__(self, memo: object) -> Module:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (nodes_of(self._module), self._limits, self.__name__)

    def __repr__(self) -> str:
        names = dir(self)
        shown = ", ".join(names[:SHOWN]) + ", …" * (len(names) > SHOWN)
        return f"<vlad module {self.__name__}: {shown}>"


def _restored(nodes: list[Any], limits: Limits, name: str) -> Module:
    module = value_of(nodes, limits)
    if not isinstance(module, modules.Module):
        raise ConversionError(OTHER_VERSION)
    return Module(module, limits, name)


def _imports(module: modules.Module) -> dict[str, modules.Module]:
    """The modules that a module imports, by its names for them."""
    return {statement.name: imported for statement, imported in module.imports}


def _header(text: str) -> str:
    """The comment that a text begins with."""
    lines = takewhile(lambda line: line.startswith("#") and not line.startswith("##"), text.split("\n"))
    return "\n".join(line.lstrip("#").strip() for line in lines)
