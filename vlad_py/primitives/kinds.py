"""The shapes of primitives: a class for each, with what an entry of that shape has to say.

| shape         | takes                                  | its derivative                                   |
|---------------|----------------------------------------|--------------------------------------------------|
| `Elementwise` | one or two reals; arrays by elements   | a partial for each argument                      |
| `Step`        | one real; arrays by elements           | 0                                                |
| `Predicate`   | two reals; arrays by elements          | none: it gives a boolean, or 0 and 1             |
| `Reduction`   | any number of reals                    | one function that gives all partials             |
| `Pairing`     | two collections of reals of one length | one function that gives all partials             |
| `General`     | reals and arrays                       | a rule for each argument                         |
| `Linear`      | the same                               | itself, and its adjoint                          |
| `Rearranging` | one real or array                      | itself, and what follows from where elements go  |
| `Bilinear`    | two reals or arrays                    | itself with one argument in turn, two adjoints   |
| `Choosing`    | a condition and two reals or arrays    | itself with zeros for the other                  |
| `Along`       | an array; by keyword an axis           | a rule, of each row that of a reduction          |
| `Assembly`    | any number of reals and arrays         | itself, and an adjoint for each part             |
| `Axial`       | an array and perhaps an axis           | it is made of other primitives                   |
| `Conditional` | four reals                             | that of the chosen one                           |
| `Structural`  | any values                             | none of its own: it moves values about           |
| `Host`        | a value                                | none: it is a function of Python                 |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import entry
from vlad_py.primitives.primitive import PRIMITIVES, Adjoint, Apply, Domain, Edges, Partial, Primitive, Rule
from vlad_py.values.values import Array, Statics, Value


@entry
class OfReals(Primitive):
    """A function of reals that gives a real.

    `partials` has one entry per argument; of a primitive of many reals it is one function of the result and
    the tuple of arguments that gives the tuple of all partials. `probe` has the open intervals between which
    tests sample the arguments; `edges` are (arguments, value, partials) at special points.

    A partial that is None when it is computed says that the argument was not taken: nothing passes that way,
    not even 0 times an infinity.
    """

    partials: tuple[Partial, ...]
    probe: tuple[Domain, ...]
    edges: Edges = ()

    def slopes(self, active: Sequence[int], y: Value, numbers: Sequence[Value]) -> list[Value]:
        """The partial derivatives with respect to the numbers at these places; y is the result."""
        found = [self.partials[i] for i in active]
        return [partial(y, *numbers) if callable(partial) else partial for partial in found]


class Elementwise(OfReals):
    """A function of one or two reals with its partial derivatives."""

    __slots__ = ()


class Step(Elementwise):
    """A piecewise constant function of a real: it sees primals, and its derivative is 0."""

    __slots__ = ()


class Predicate(Primitive):
    """A comparison of two reals: it sees primals and carries no derivative."""

    __slots__ = ()


@entry
class OfMany(OfReals):
    """A function of any number of reals; `many` takes them as a tuple. `batched` is as in `General`."""

    many: Apply = lambda *_: None
    batched: Apply | None = None

    def at(self, numbers: Sequence[Value], statics: Statics) -> Value:
        """The primitive at numbers."""
        return self.many(tuple(numbers))

    def value_at(self, numbers: Sequence[Value], statics: Statics) -> Value:
        """Its own value at floats."""
        return self.value(tuple(numbers))

    def slopes(self, active: Sequence[int], y: Value, numbers: Sequence[Value]) -> list[Value]:
        """The partial derivatives with respect to the numbers at these places; y is the result."""
        (partials,) = self.partials
        assert callable(partials)
        found: Any = partials(y, tuple(numbers))
        return [found[i] for i in active]


@entry
class Reduction(OfMany):
    """A function of a tuple or a list of reals. `pair` names the primitive of two numbers that is the same,
    if there is one.
    """

    pair: str = ""


class Pairing(OfMany):
    """A function of two collections of reals of one length; `partials` sees the reals of both."""

    __slots__ = ()


@entry
class General(Primitive):
    """A function of reals and arrays whose derivative with respect to each argument is a rule.

    Its arguments are numbers; what else it takes is by keyword: an axis, a shape, an index. `rules` has one
    entry per argument. `code`, if there is one, gives the Python text of `value` on numpy arrays and floats,
    from the texts of the arguments and their shapes, and the statics by keyword; where it is empty, `value`
    is called. `batched(held, *arguments)` is the function of many items at once, along the first dimension of
    those arguments of which `held` says so (a function of one argument has no `held`); without it they come
    one by one. For a sum of products, `subscripts` gives the text that np.einsum takes, from the shapes of
    the arguments and the statics by keyword, without dimensions of size 1 in the result; for anything else it
    gives an empty text.
    """

    rules: tuple[Rule, ...]
    code: Callable[..., str] | None = None
    subscripts: Callable[..., str] | None = None
    batched: Apply | None = None


def in_numpy(primitive: General, shapes: list[tuple[int, ...]], statics: Statics) -> str:
    """Numpy's text of a value at `{0}`, `{1}`, … of such shapes; empty where the entry has none."""
    if primitive.unchecked or primitive.code is None:
        return primitive.unchecked
    return primitive.code([f"{{{i}}}" for i in range(len(shapes))], shapes, **statics)


class Linear(General):
    """A function that is linear in all arguments together: a sum of multiples of elements by constants."""

    __slots__ = ()


class Rearranging(Linear):
    """A function that moves, repeats and drops elements of one array, and fills with zeros."""

    __slots__ = ()

    def places(self, shape: tuple[int, ...], statics: Statics) -> Any:
        """For each element of the result the number, from 1 on, of the element that it is; 0 for a zero."""
        numbers = np.arange(1.0, prod(shape) + 1.0).reshape(shape)
        found = self.value(Array(numbers) if shape else 1.0, **statics)
        return np.asarray(found.data if type(found) is Array else found).astype(np.intp)


class Bilinear(General):
    """A function of two arguments that is linear in each: a sum of products of their elements."""

    __slots__ = ()


class Choosing(General):
    """A function that takes each element from one of its arguments or the other, by a condition that comes
    first and carries no derivative.
    """

    __slots__ = ()


@entry
class Along(General):
    """A reduction of an array along an axis; `reduces` names the same function of many reals."""

    reduces: str

    @property
    def whole(self) -> Reduction:
        """The same function of many reals."""
        found = PRIMITIVES[self.reduces]
        assert isinstance(found, Reduction)
        return found


@entry
class Assembly(Primitive):
    """A function that puts many reals and arrays together, linear in them. `part` is the adjoint with respect
    to any of them, and `batched`, as in `General`, is for all of them.
    """

    part: Callable[..., Adjoint]
    batched: Apply | None = None

    def at(self, numbers: Sequence[Value], statics: Statics) -> Value:
        """The primitive at numbers."""
        return self.apply(numbers, **statics)

    def value_at(self, numbers: Sequence[Value], statics: Statics) -> Value:
        """Its own value at floats and arrays."""
        return self.value(numbers, **statics)


class Axial(Primitive):
    """A function of an array, and perhaps of an axis, that is made of primitives."""

    __slots__ = ()


@entry
class Structural(Primitive):
    """A function of any values that moves them about and computes nothing with their reals.

    Two kinds are exceptions. One that `computes` gives a structure of numbers that it has just computed, so a
    NaN or an infinity in it may be its own. One `of_tags` works with the tags of differentiations, which
    compiled code does not have.

    One is `by_sort` if it never looks inside a structure: all that it knows of a list, a tuple or a record is
    that it is one.

    `usual`, if there is one, is the usual case as Python's text: a test of the arguments `{0}`, `{1}`, …
    (names or constants), and the value where it holds. It spares compiled Python code the call.
    """

    usual: tuple[str, str] | None = None
    computes: bool = False
    of_tags: bool = False
    by_sort: bool = False


class Conditional(Structural):
    """What a partial derivative chooses: the third of four numbers or the fourth, by comparing the others."""

    __slots__ = ()


@entry
class Writing(Structural):
    """A function that writes a line: `says` gives the line, and the value of the call."""

    says: Callable[..., tuple[str, Value]]


class Host(Primitive):
    """A function of Python's."""

    __slots__ = ()
