"""The tag primitives: what derivative, gradient and their kin are written with, in the language.

They are visible to the standard library only.
"""

from __future__ import annotations

import re

from vlad_py.differentiation.levels import (
    all_reals,
    attach,
    perturb,
    perturb_one,
    sensitivity,
    shaped_like,
    tangent,
    tangent_along,
    unit_tangent,
)
from vlad_py.differentiation.renaming import free_leaves, primal
from vlad_py.differentiation.tags import fresh_tag
from vlad_py.ground import resources
from vlad_py.ground.documented import written_call
from vlad_py.ground.errors import Bug, RunError
from vlad_py.numbers.each.each import Each, Unbatched
from vlad_py.primitives.declare import internal
from vlad_py.primitives.structures import refilled
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe
from vlad_py.values.structure import distinct_leaves, leaves
from vlad_py.values.values import (
    Cons,
    Number,
    Pullback,
    Value,
    is_function,
    is_numeric,
    is_real,
    list_items,
    plain,
    size_of,
)

# the commonest point of a gradient, as a test in Python's text
_PAIR = "type({0}) is tuple and len({0}) == 2 and type({0}[0]) in REALS and type({0}[1]) in REALS"

internal("fresh_tag", 0, "A tag that no other differentiation has.", fresh_tag, of_tags=True)
internal("perturb", 3, "perturb(tag, x, v): x, its reals perturbed along v.", perturb, of_tags=True)
internal(
    "perturb_one",
    3,
    "perturb_one(tag, x, i): x, its real number i perturbed by 1.",
    perturb_one,
    usual=("type({1}) in REALS", "Dual({0}, {1}, 1.0)"),
    of_tags=True,
)
internal(
    "tangent",
    2,
    "tangent(tag, y): the derivative that y carries.",
    tangent,
    usual=("type({1}) is Dual and {1}.tag == {0} and type({1}.tangent) is float", "{1}.tangent"),
    computes=True,
    of_tags=True,
)
internal(
    "tangent_along",
    2,
    "tangent_along(tag, y): the derivative that y carries along a direction, with 0 for -0.",
    tangent_along,
    usual=(
        "type({1}) is Dual and {1}.tag == {0} and type({1}.tangent) is float",
        "{1}.tangent + 0.0",
    ),
    computes=True,
    of_tags=True,
)
internal(
    "attach",
    2,
    "attach(tag, x): x, its reals as inputs of a tape.",
    attach,
    usual=(_PAIR.format("{1}"), "(Node({0}, {1}[0], ()), Node({0}, {1}[1], ()))"),
    of_tags=True,
)
internal(
    "sensitivity",
    3,
    "sensitivity(tag, y, input): derivatives of y's reals.",
    sensitivity,
    computes=True,
    of_tags=True,
)
internal("primal", 2, "primal(tag, y): y without the perturbations of the tag.", primal, of_tags=True)
internal(
    "pullback",
    3,
    "pullback(tag, y, input): cotangents of y to cotangents of the input.",
    Pullback,
    of_tags=True,
)


DIFFERENCES = ("forward", "centre", "richardson")


def _check_point(name: str, point: Value) -> Value:
    if is_real(point):
        return point
    hint = "use `gradient` for a real result, `jvp` for one direction, `jacobian` for all"
    if name in DIFFERENCES:
        hint = f"use `differences.{name}_gradient` for a real result"
    raise RunError(
        f"`{name}` differentiates a function of one real, here called with {describe(point)}", hint=hint
    )


internal("real_point", 2, "real_point(name, x): x, which has to be a real.", _check_point)


def documented_call(name: str) -> str:
    """The documented call of a function of the prelude, or of a module of the library: `roots.newton`. It is
    read from the file, because only errors need it.
    """
    module, dot, own = name.rpartition(".")
    remark = re.compile(rf"^((?:##.*\n)++)def {own}\(", re.MULTILINE)
    for file in (module,) if module else resources.prelude_names():
        found = remark.search(resources.library_text(file))
        if found is not None:
            return f"{module}{dot}{written_call(own, found[1].replace('## ', ''))}"
    raise Bug(f"the library has no documented call of `{name}`")


def _check_function(name: str, function: Value) -> Value:
    if is_function(function):
        return function
    message = f"`{name}` expects a function, got {describe(function)}"
    raise RunError(message, hint=f"write `{documented_call(name)}`")


internal(
    "function_of",
    2,
    "function_of(name, f): f, which has to be a function; name is the one that asks, as `roots.newton`.",
    _check_function,
    usual=("type({1}) is Closure", "{1}"),
)


def _check_result(name: str, result: Value) -> Value:
    if is_real(result):
        return result
    hint = ""
    if is_function(result):
        hint = "use `jvp`: the derivative of a function's value is again a function"
    elif any(is_numeric(leaf) for leaf in distinct_leaves(result)):
        hint = "use `jacobian`, or `vjp` with a cotangent of the result's shape"
        if name in ("hessian", "hvp"):
            hint = "all second derivatives are `jacobian(jacobian(f))(x)`"
    raise RunError(
        f"`{name}` differentiates a function whose value is a real, but it gave {describe(result)}", hint=hint
    )


internal(
    "real_result",
    2,
    "real_result(name, y): y, which has to be a real.",
    _check_result,
    usual=(
        "type({1}) in REALS or type({1}) is Dual and (type({1}.primal) in REALS"
        " or type({1}.primal) is Dual and type({1}.primal.primal) in REALS)",
        "{1}",
    ),
)


# ── bases: one unit tangent for every real of a structure ────────────────────────────────────


def _reals(point: Value) -> int:
    if all_reals(point):
        return len(point)
    return sum(map(size_of, leaves(point)))


def _assemble(point: Value, numbers: Value) -> Value:
    if all_reals(point):
        reals = []
        while type(numbers) is Cons:
            reals.append(numbers.head)
            numbers = numbers.tail
        return tuple(reals)
    rest = list_items(numbers)
    return shaped_like(point, lambda leaf: refilled(leaf, rest))


internal(
    "is_pair",
    1,
    "Whether x is a tuple of two reals.",
    lambda x: all_reals(x) and len(x) == 2,
    usual=(_PAIR, "True"),
    gives_boolean=True,
)
internal("reals_in", 1, "How many reals a structure holds.", lambda point: float(_reals(point)))
internal(
    "unit_tangent", 2, "unit_tangent(x, i): the tangent of x that is 1 at its real number i.", unit_tangent
)
internal("as_tangent", 2, "as_tangent(x, list): a tangent of x with the list's reals in order.", _assemble)


# ── custom derivatives ───────────────────────────────────────────────────────────────────────


def top_tag(point: Value) -> int:
    """The newest tag on the reals of a structure, 0 where none is being differentiated."""
    return max(0, _newest_tag(point))


def _newest_tag(point: Value) -> int:
    """The newest tag on the reals of a structure, -1 where all are plain."""
    newest = -1
    for leaf in free_leaves(point):
        if type(leaf) is Each:
            of_items = _newest_tag(leaf.items)
            if of_items > 0:
                raise Unbatched(leaf.tag, BY_RULE)
            newest = max(newest, of_items)
        elif isinstance(leaf, Number):
            newest = max(newest, leaf.tag)
    return newest


BY_RULE = "a derivative around the batch meets one that is given by a rule"


def _is_definite(value: Value) -> bool:
    return not any(isinstance(plain(leaf), Indefinite) for leaf in distinct_leaves(value))


internal(
    "is_plain",
    1,
    "Whether no real of a structure is being differentiated.",
    lambda x: top_tag(x) == 0,
    of_tags=True,
)
internal(
    "is_bare", 1, "Whether the reals of a structure are plain.", lambda x: _newest_tag(x) < 0, of_tags=True
)
is_definite = internal(
    "is_definite", 1, "Whether no real of a structure is an interval or a symbol.", _is_definite
)
internal("top_tag", 1, "The newest tag on the reals of a structure.", top_tag, of_tags=True)
