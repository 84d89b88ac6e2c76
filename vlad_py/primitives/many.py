"""The reals of a tuple or a list, for functions of many."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.values import Cons, Nil, Value, list_items, plain

EMPTY = "it has no value where there is nothing: `length(xs) > 0` says whether there is something"
OF_ONE = "`{0}([a, b])` takes an array; `v @ w`, of two vectors, is one real already"


def no_reals(name: str, got: str) -> RunError:
    """The error of a function of at least one real, which has got none."""
    return RunError(f"`{name}` expects at least one real, got {got}", hint=EMPTY)


def reals(name: str, collection: Value, of_one: str = "") -> tuple[Value, ...]:
    """The elements of a tuple or a list. RunError for any other value; `of_one` is the hint for a real, in
    which `{0}` stands for the name.
    """
    if type(collection) is tuple:
        return collection
    if isinstance(collection, (Cons, Nil)):
        return tuple(list_items(collection))
    hint = "`flatten(x)` is the list of all reals of a structure, `magnitude(x)` their norm"
    if describe(collection) == "a real":
        hint = of_one.format(name)
    if type(plain(collection)) is bool:
        by_elements = "`<` gives 1 and 0 element by element, and so does `(x <= y) * (x >= y)`"
        hint = f"`==` gives one boolean, also for arrays; {by_elements}"
    raise not_numbers(f"`{name}` expects a tuple or a list of reals", collection, hint=hint)
