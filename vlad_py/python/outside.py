"""Records from other packages: pandas, pydantic, attrs. None of them is imported here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import record

Made = Callable[[dict[str, Any]], Any]


@record
class Labelled:
    """The way from a record back to a pandas object: its class, and its labels."""

    kind: Any
    index: Any

    def __eq__(self, other: object) -> bool:
        if type(other) is not Labelled:
            return NotImplemented
        return self.kind is other.kind and bool(self.index.equals(other.index))

    def __hash__(self) -> int:
        return hash(self.kind)

    def made(self, fields: dict[str, Any]) -> Any:
        """The object with these fields; a `dict` if they are not columns of its length, or not numbers."""
        if self.kind.__name__ == "Series":
            is_like = all(type(value) is float for value in fields.values())
            return self.kind(list(fields.values()), index=list(fields)) if is_like else fields
        shape = (len(self.index),)
        is_like = all(type(value) is np.ndarray and value.shape == shape for value in fields.values())
        return self.kind(fields, index=self.index) if is_like else fields


def fields_of(thing: Any) -> tuple[list[Any], Iterable[Any], Any] | None:
    """The names of the fields of an object, their values, and what makes one of its kind again: its class,
    or a `Labelled`. None for an object that is not a record of one of these packages.

    A DataFrame is a record of its columns, a Series with names as labels one of its values.
    """
    kind = type(thing)
    pandas, pydantic = sys.modules.get("pandas"), sys.modules.get("pydantic")
    if pandas is not None and kind is pandas.DataFrame:
        columns = [thing.iloc[:, i].to_numpy() for i in range(thing.shape[1])]
        return list(thing.columns), columns, Labelled(kind, thing.index)
    if pandas is not None and kind is pandas.Series and not is_counted(thing):
        return list(thing.index), thing.to_numpy(), Labelled(kind, thing.index)
    if pydantic is not None and isinstance(thing, pydantic.BaseModel):
        named: dict[str, Any] = dict(thing)
        return list(named), named.values(), kind
    if hasattr(kind, "__attrs_attrs__"):
        names = [attribute.name for attribute in kind.__attrs_attrs__]
        return names, [getattr(thing, name) for name in names], kind
    return None


def is_counted(thing: Any) -> bool:
    """Whether an object is a pandas Series whose labels are 0, 1, 2, …: an array."""
    pandas = sys.modules.get("pandas")
    if pandas is None or type(thing) is not pandas.Series:
        return False
    return bool(thing.index.equals(pandas.RangeIndex(len(thing))))


def maker_of(kind: Any) -> Made | None:
    """The function that makes an instance of a class from its fields unchecked; None for most classes."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and issubclass(kind, pydantic.BaseModel):
        return lambda fields: kind.model_construct(**fields)
    return None
