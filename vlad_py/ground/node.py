"""The decorators of small classes with typed fields: the nodes of trees, and records, which are values.

`dataclasses` writes and compiles some six methods for each class, at every start, most of them for nothing: a
seventh of the time of a short run. These decorators write one, when a class gets its first instance.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")

FIELDS = "__fields__"  # the attribute of such a class that maps its fields to their types, as texts


class _Field:
    """A default that each instance gets anew."""

    __slots__ = ("factory",)

    def __init__(self, factory: Callable[[], Any]) -> None:
        self.factory = factory


def field(*, default_factory: Callable[[], T]) -> T:
    """In place of the default of a field: what makes one for each instance."""
    made: Any = _Field(default_factory)
    return made


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """A class of nodes: typed fields, compared by identity, never changed once made.

    The type checker enforces the last.
    """
    return _with_fields(cls)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def state(cls: type[T]) -> type[T]:
    """A class of objects that change: typed fields, compared by identity."""
    return _with_fields(cls)


@overload
def record(cls: type[T]) -> type[T]: ...
@overload
def record(*, kw_only: bool = False, public: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, *, kw_only: bool = False, public: bool = False) -> Any:
    """A class of values: typed fields, compared by them, never changed once made; see `node`.

    Users hold instances of a `public` class: there an attempt to set a field is an AttributeError.
    """
    if cls is None:
        return partial(_record, kw_only=kw_only, public=public)
    return _record(cls)


@dataclass_transform(kw_only_default=True, eq_default=False)
def entry(cls: type[T]) -> type[T]:
    """A class of entries: typed fields that are given by name, compared by identity."""
    return _with_fields(cls, kw_only=True)


def fields_of(cls: type) -> dict[str, str]:
    """The fields of such a class, with their types as texts."""
    found: dict[str, str] = getattr(cls, FIELDS)
    return found


def replaced(thing: T, **changes: Any) -> T:
    """A copy with some fields changed."""
    cls = type(thing)
    return cls(**{name: getattr(thing, name) for name in fields_of(cls)} | changes)


def _with_fields(cls: type[T], *, kw_only: bool = False) -> type[T]:
    """The class with slots, and with an `__init__` that is written when it is first called."""
    space = dict(cls.__dict__)
    own = {n: t for n, t in space.get("__annotations__", {}).items() if not t.startswith("ClassVar")}
    fields: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= base.__dict__.get(FIELDS, {})
        defaults |= base.__dict__.get("__defaults__", {})
    inherited = set(fields)
    fields |= own
    defaults |= {name: space.pop(name) for name in own if name in space}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    space["__slots__"] = tuple(name for name in own if name not in inherited)
    space["__match_args__"] = () if kw_only else tuple(fields)
    space[FIELDS], space["__defaults__"] = fields, defaults
    metaclass: Any = type(cls)
    new = metaclass(cls.__name__, cls.__bases__, space)
    new.__qualname__ = cls.__qualname__

    def first(self: Any, *positional: Any, **named: Any) -> None:
        new.__init__ = _init(new, fields, defaults, kw_only=kw_only)
        new.__init__(self, *positional, **named)

    new.__init__ = first
    return new


def _refuse(thing: object, name: str, _: object) -> NoReturn:
    raise AttributeError(f"{type(thing).__name__}: {name} cannot be changed")


def _init(cls: type, fields: dict[str, str], defaults: dict[str, Any], *, kw_only: bool) -> Any:
    """An `__init__` that sets all fields."""
    is_public = cls.__dict__.get("__setattr__") is _refuse
    space: dict[str, Any] = {"_none": object(), "_set": object.__setattr__}
    parameters, lines = [], []
    for name in fields:
        default = ""
        if name in defaults:
            value = defaults[name]
            default = f"=default_{name}"
            space[f"default_{name}"] = space["_none"] if isinstance(value, _Field) else value
            if isinstance(value, _Field):
                space[f"make_{name}"] = value.factory
                lines.append(f"if {name} is _none: {name} = make_{name}()")
        parameters.append(f"{name}{default}")
        lines.append(f"_set(self, {name!r}, {name})" if is_public else f"self.{name} = {name}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    star = ["*"] if kw_only and parameters else []
    head = f"def __init__({', '.join(['self', *star, *parameters])}):\n "
    exec(head + "\n ".join(lines or ["pass"]), space)
    return space["__init__"]


def _tuple_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives the fields of an object as a tuple."""
    if not names:
        return lambda _: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda x: (get(x),)


def _record(cls: type[T], *, kw_only: bool = False, public: bool = False) -> type[T]:
    """The class with equality, hash and text by its fields."""
    made: Any = _with_fields(cls, kw_only=kw_only)
    names = tuple(fields_of(made))
    parts = _tuple_of(names)  # also for one field: tuples hold identical items for equal, such as nan

    if public:
        made.__setattr__ = _refuse
        made.__reduce__ = lambda a: (type(a), parts(a))  # as `__init__` makes it: nothing is set later

    def equal(a: Any, b: Any) -> bool:
        return parts(a) == parts(b) if type(a) is type(b) else NotImplemented

    def text(a: Any) -> str:
        shown = ", ".join(f"{name}={getattr(a, name)!r}" for name in names)
        return f"{type(a).__qualname__}({shown})"

    for name, method in (("__eq__", equal), ("__repr__", text)):
        if name not in made.__dict__:
            setattr(made, name, method)
    made.__hash__ = made.__dict__.get("__hash__") or (lambda a: hash(parts(a)))
    return made
