"""The decorators of classes with fields: what they make is as `dataclasses` has it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

import vlad_py as vlad
from vlad_py.ground.node import entry, field, fields_of, node, record, replaced, state


@record
class Point:
    """Two reals."""

    size: ClassVar = 2
    x: float
    y: float = 0.0


@record
class One:
    """One value."""

    value: object


@record
class Nothing:
    """No fields."""


@record
class Solid(Point):
    """A point with a height."""

    height: float = 1.0


@node
class Leaf:
    """A node."""

    value: object


@state
class Counter:
    """A list of its own, and what is computed at the end."""

    seen: list[int] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.name.upper()


@entry
class Entry:
    """Fields by name, in any order."""

    doc: str = ""
    value: int


def test_a_record_is_as_a_frozen_dataclass() -> None:
    """Same text, equality, hash and order of arguments, also where fields are inherited."""
    for cls, arguments in (
        (Point, (1.0,)),
        (Point, (1.0, 2.0)),
        (One, ("a",)),
        (Nothing, ()),
        (Solid, (1.0, 2.0)),
    ):
        made: Any = cls(*arguments)
        fields = [(name, Any) for name in fields_of(cls)]
        values = [getattr(made, name) for name, _ in fields]
        twin = dataclasses.make_dataclass(cls.__name__, fields, frozen=True)(*values)
        assert repr(made) == repr(twin)
        assert hash(made) == hash(twin)
        assert made == cls(*arguments) and made != twin
        assert not hasattr(made, "__dict__")
        assert cls.__match_args__ == tuple(fields_of(cls))
        for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
            assert other == made and type(other) is cls


def test_equality_is_by_class_and_fields() -> None:
    """A subclass with the same fields is another value; what is identical is equal, as in a tuple."""
    nan = float("nan")
    assert One(nan) == One(nan)
    assert One(nan) != One(float("nan"))
    assert Point(1.0) != Solid(1.0)
    assert Point.size == 2 and "size" not in fields_of(Point)


def test_nodes_are_compared_by_identity() -> None:
    """As keys as well."""
    a, b = Leaf(1), Leaf(1)
    assert a == a and a != b and len({a, b}) == 2


def test_defaults_are_made_anew() -> None:
    """Each instance has its own; the end of `__init__` runs."""
    a, b = Counter(), Counter(name="b")
    a.seen.append(1)
    assert (b.seen, b.name) == ([], "B")
    assert Counter([2]).seen == [2]


def test_entries_take_names_only() -> None:
    """And miss what they have no default for."""
    assert Entry(value=1).value == 1
    with pytest.raises(TypeError):
        Entry("doc", 1)  # type: ignore[call-arg]
    for _ in range(2):  # the first call writes `__init__`
        with pytest.raises(TypeError):
            Entry()  # type: ignore[call-arg]


def test_a_copy_with_fields_replaced() -> None:
    """The rest stays; a field that does not exist is an error."""
    assert replaced(Solid(1.0, 2.0), height=3.0) == Solid(1.0, 2.0, 3.0)
    with pytest.raises(TypeError):
        replaced(Point(1.0), z=1.0)


def test_a_public_record_refuses_changes() -> None:
    """What the type checker says of all of them, Python says of these."""
    limits: Any = vlad.Limits(steps=3)
    with pytest.raises(AttributeError, match="Limits: steps cannot be changed"):
        limits.steps = 4
    assert limits == vlad.Limits(steps=3) != vlad.Limits(steps=4)
    for other in (copy.copy(limits), copy.deepcopy(limits), pickle.loads(pickle.dumps(limits))):
        assert other == limits
