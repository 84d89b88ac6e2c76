"""The classes of a call's arguments: records with their fields come out as instances of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vlad_py.execution.limits import Limits
from vlad_py.python.embedded import Embedded
from vlad_py.python.outside import Labelled, maker_of
from vlad_py.values.values import Record


class Classes:
    """The classes among the arguments of a call, by their fields: a record with these fields becomes one.

    A record whose fields two classes have comes back as a `dict`. `embedded` are the objects among the
    arguments that stand for values of ADL; they are used `within` limits.
    """

    __slots__ = ("by_fields", "embedded", "within")

    def __init__(self, outer: Classes | None = None) -> None:
        self.by_fields: dict[frozenset[str], Any] = {}  # a class, or a `Labelled`; None where two have them
        if outer is not None and outer.by_fields:
            self.by_fields = dict(outer.by_fields)
        self.embedded: list[Embedded] = []
        self.within: Limits | None = None

    def meet(self, kind: Any, names: Iterable[str]) -> None:
        """Remembers the class of an argument."""
        fields = frozenset(names)
        if self.by_fields.setdefault(fields, kind) != kind:
            self.by_fields[fields] = None

    def instance(self, record: Record, values: Iterable[Any]) -> Any:
        """A record in Python: an instance of the class that has its fields, made without its `__init__`,
        which may ask for more than a gradient can give; or a `dict`.
        """
        fields = dict(zip(record.names, values, strict=True))
        kind: Any = self.by_fields.get(frozenset(record.names))
        if kind is None:
            return fields
        if type(kind) is Labelled:
            return kind.made(fields)
        if issubclass(kind, tuple):
            return tuple.__new__(kind, [fields[name] for name in kind._fields])
        made = maker_of(kind)
        if made is not None:
            return made(fields)
        new = object.__new__(kind)
        for name, value in fields.items():
            object.__setattr__(new, name, value)
        return new
