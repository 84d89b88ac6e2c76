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
| `Assembly`    | any number of reals and arrays         | itself, and the adjoint by each part             |
| `Axial`       | an array and perhaps an axis           | it is made of other primitives                   |
| `Structural`  | any values                             | none of its own: it moves values about           |
| `Host`        | a value                                | none: it is a function of Python                 |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vlad_py.primitives.primitive import Adjoint, Domain, Edges, Partial, Primitive, Rule


@dataclass(slots=True, eq=False, kw_only=True)
class OfReals(Primitive):
    """A function of reals that gives a real.

    `partials` has one entry per argument; of a primitive of many reals it is one function of the result and
    the tuple of arguments that gives the tuple of all partials. `probe` has the open intervals between which
    tests sample the arguments; `edges` are (arguments, value, partials) at special points.
    """

    partials: tuple[Partial, ...]
    probe: tuple[Domain, ...]
    edges: Edges = ()


@dataclass(slots=True, eq=False, kw_only=True)
class Elementwise(OfReals):
    """A function of one or two reals with its partial derivatives."""


@dataclass(slots=True, eq=False, kw_only=True)
class Step(Elementwise):
    """A piecewise constant function of a real: it sees primals, and its derivative is 0."""


@dataclass(slots=True, eq=False, kw_only=True)
class Predicate(Primitive):
    """A comparison of two reals: it sees primals and carries no derivative."""


@dataclass(slots=True, eq=False, kw_only=True)
class Reduction(OfReals):
    """A function of a tuple or a list of reals. `pair` names the primitive of two numbers that is the same,
    if there is one.
    """

    pair: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Pairing(OfReals):
    """A function of two collections of reals of one length; `partials` sees the reals of both."""


@dataclass(slots=True, eq=False, kw_only=True)
class General(Primitive):
    """A function of reals and arrays whose derivative by each argument is a rule.

    `rules` has one entry per argument, None where that carries no derivative. `code`, if there is one, gives
    the host's text of `value` on numpy arrays and floats, from the texts of the arguments with a rule and the
    shapes of these, or the other arguments themselves; where it is empty, `value` is called.
    """

    rules: tuple[Rule | None, ...]
    code: Callable[[list[str], list[Any]], str] | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Linear(General):
    """A function that is linear in all arguments with a rule, taken together."""


@dataclass(slots=True, eq=False, kw_only=True)
class Assembly(Primitive):
    """A function that puts many reals and arrays together, linear in them; `part` is the adjoint by any of
    them.
    """

    part: Callable[..., Adjoint]


@dataclass(slots=True, eq=False, kw_only=True)
class Axial(Primitive):
    """A function of an array, and perhaps of an axis, that is made of primitives."""


@dataclass(slots=True, eq=False, kw_only=True)
class Structural(Primitive):
    """A function of any values that moves them about and computes nothing with their reals."""


@dataclass(slots=True, eq=False, kw_only=True)
class Host(Primitive):
    """A function of Python's."""
