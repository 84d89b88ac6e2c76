"""Roles: which part of which differentiation is being computed, told by the numbers while somebody listens.

A number declares what it computes besides the primal: `@computes(TANGENT)`. While nobody listens, its methods
are its own, and that costs nothing. A listener has them replaced by methods that tell: the role begins when
the primal is known, which every method computes first, and ends with the method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock, local
from typing import Any, TypeAlias, TypeVar

from vlad_py.ground.node import record, replaced
from vlad_py.primitives.kinds import OfMany
from vlad_py.primitives.primitive import Apply, Primitive
from vlad_py.values.values import Number

TANGENT, COEFFICIENT, PARTIAL, ADJOINT = "tangent", "coefficient", "partial", "adjoint"
PRIMAL = ""

# For each differentiation around an operation, outermost first, its tag and the role.
Roles: TypeAlias = tuple[tuple[int, str], ...]
N = TypeVar("N", bound=type[Number])


class _Thread(local):
    """What a thread computes."""

    roles: Roles = ()


@record
class _Method:
    """A method of a class of numbers, and what it computes besides the primal."""

    number: type[Number]
    name: str
    own: Callable[..., Any]
    role: str


class _Listeners:
    """How many listen, and what is replaced while any do."""

    def __init__(self) -> None:
        self.count = 0
        self.lock = Lock()
        self.methods: list[_Method] = []

    def changed_by(self, number: int) -> None:
        """So many more listen."""
        with self.lock:
            self.count += number
            if self.count == max(number, 0):  # the first one came, or the last one went
                for each in self.methods:
                    method = _telling(each.own, each.role) if self.count else each.own
                    setattr(each.number, each.name, method)


_thread = _Thread()
_listeners = _Listeners()


def computes(role: str) -> Callable[[N], N]:
    """Declares what the methods of a class of numbers compute besides the primal."""

    def declare(number: N) -> N:
        names = [name for name in ("lift1", "lift2", "applied") if name in number.__dict__]
        _listeners.methods += [_Method(number, name, number.__dict__[name], role) for name in names]
        return number

    return declare


@contextmanager
def listening() -> Iterator[None]:
    """A context in which numbers tell their roles. Those of other threads do too, each for its own thread."""
    _listeners.changed_by(1)
    try:
        yield
    finally:
        _listeners.changed_by(-1)


def roles() -> Roles:
    """The roles of the operation that asks."""
    return _thread.roles


def is_heard() -> bool:
    """Whether somebody listens."""
    return _listeners.count > 0


@contextmanager
def within(tag: int, role: str) -> Iterator[None]:
    """A context in which a role of a differentiation is computed."""
    outer = _thread.roles
    _thread.roles = (*outer, (tag, role))
    try:
        yield
    finally:
        _thread.roles = outer


def _telling(method: Callable[..., Any], role: str) -> Callable[..., Any]:
    @wraps(method)
    def tells(self: Number, primitive: Primitive, *arguments: Any) -> Any:
        with within(self.tag, PRIMAL):
            return method(self, _once_for_the_primal(primitive, self.tag, role), *arguments)

    return tells


def _once_for_the_primal(primitive: Primitive, tag: int, role: str) -> Primitive:
    """The primitive, whose first application is to the primals: after it the role begins."""
    is_primal = True

    def first(apply: Apply) -> Apply:
        def applied(*arguments: Any, **statics: Any) -> Any:
            nonlocal is_primal
            result = apply(*arguments, **statics)
            if is_primal:
                is_primal = False
                _thread.roles = (*_thread.roles[:-1], (tag, role))
            return result

        return applied

    if isinstance(primitive, OfMany):
        return replaced(primitive, apply=first(primitive.apply), many=first(primitive.many))
    return replaced(primitive, apply=first(primitive.apply))
