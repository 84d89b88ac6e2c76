"""Functions with given derivatives, and checkpointed ones: their calls are one operation to the passes.

The operation `custom` holds f's body, closed: its operands are the reals of the point and all that f and the
rules capture. Forward mode follows `push` at the tangents; reverse mode follows `pull`, or `push` along
every real. Where there is only the other rule, each mode asks that one, as the interpreter does. What f
captures varies by f's body. When all derivatives have been taken, the body is put in the operation's place.

The call of a checkpointed function is such an operation without rules: all that goes in varies by the body.
Its sweep runs the body again, so no tape holds what the body computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from vlad_py.core.tree import Let, MakeClosure
from vlad_py.differentiation.levels import aligned, shaped_like
from vlad_py.ground.errors import NotNative, RunError
from vlad_py.ground.walk import Walk, alone, run
from vlad_py.native.abstract import Switch
from vlad_py.native.activity import with_fixed
from vlad_py.native.builder import Builder
from vlad_py.native.closures import core_of
from vlad_py.native.forward import forward
from vlad_py.native.ir import Name, Op, Region, constant, fresh, functions_of
from vlad_py.native.kinds import generalised, reals_in, refilled
from vlad_py.native.leaf_types import is_a_real, is_an_array
from vlad_py.native.reverse import reverse
from vlad_py.native.rules import term, total
from vlad_py.native.types import BOOLEAN
from vlad_py.native.unknown import Named, NamedList, name_of, real
from vlad_py.values.structure import data_parts, distinct_leaves, leaves
from vlad_py.values.values import UNIT, Closure, Code, Value, is_function

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

RULES, CHECKPOINTS = "prelude/rules.adl", "prelude/checkpoints.adl"
MAKERS = {RULES: "with_rules", CHECKPOINTS: "checkpointed"}  # of functions whose calls are such operations
RULED = ("f", "push", "pull")  # what the function that `with_rules` gives captures

_made: dict[int, Code | None] = {}  # by the namespace of the library's file


class InRule(NamedTuple):
    """Names that may depend on the arguments of a rule: the arguments `given`, and all from `first` on."""

    first: int
    given: frozenset[Name]

    def may_vary(self, value: Value) -> bool:
        """Whether a number may depend on it; constants may have been computed from one that is constant."""
        return type(value) is not Named or value.name.id >= self.first or value.name in self.given


def call_of(function: Closure) -> Callable[[Specialiser, Closure, Value], Walk[Value]] | None:
    """How to call a function that `with_rules` or `checkpointed` returned; None for other functions."""
    source = function.code.span.source
    if not source.library or source.name not in MAKERS:
        return None
    namespace: dict[str, Any] = function.enter.__globals__
    if id(namespace) not in _made:
        _made[id(namespace)] = _given_by(namespace[f"g_{MAKERS[source.name].replace('_', '__')}"])
    if _made[id(namespace)] is not function.code:
        return None
    return call if source.name == RULES else kept


def _given_by(maker: Closure) -> Code | None:
    result = core_of(maker).body.results[0]
    for statement in core_of(maker).body.statements:
        if isinstance(statement, Let) and result in statement.targets:
            operation = statement.operation
            return operation.lambda_.code if isinstance(operation, MakeClosure) else None
    return None


def call(s: Specialiser, function: Closure, argument: Value) -> Walk[Value]:
    """The value of a call of a function whose derivative is given."""
    f, push, pull = (function.env[function.code.captures.index(name)] for name in RULED)
    if type(argument) is Switch:
        return (yield s.each(argument, lambda option: alone(s.call(function, option))))[0]
    if any(type(part) is Switch for part in (push, pull, *distinct_leaves(argument))):
        raise NotNative("a rule or its argument is one of several")
    if not is_function(push) and not is_function(pull):
        return (yield s.call(f, argument))
    closed = yield from _closed(s, (argument, f, push, pull))
    if closed.holds_functions:
        raise NotNative("a value under a rule that holds functions")
    if any(map(is_an_array, leaves((argument, closed.value)))):
        raise NotNative("arrays under a rule")
    if any(type(leaf) is NamedList for leaf in leaves((argument, closed.value))):
        raise NotNative("lists of unknown length under a rule")
    return closed.written(Given(s, closed, len(reals_in(argument))))


def kept(s: Specialiser, function: Closure, argument: Value) -> Walk[Value]:
    """The value of a call that a sweep runs again: all its operands are captured."""
    f = function.env[function.code.captures.index("f")]
    closed = yield from _closed(s, (argument, f))
    return (yield s.call(f, argument)) if closed.holds_functions else closed.written(Ruled(s.builder, 0))


@dataclass(slots=True, eq=False)
class _Closed:
    """A call as a region without free names: `template` is what goes in, `value` what it gives.

    `names` are the names in the template, in its order. `parameters` and `operands` are in another order:
    unknown booleans come last, so the reals of the point come first.
    """

    builder: Builder
    template: Value
    names: list[Name]
    parameters: list[Name]
    operands: list[Name]
    ops: list[Op]
    value: Value

    @property
    def holds_functions(self) -> bool:
        return any(map(is_function, distinct_leaves(self.value, data_parts)))

    def written(self, what: Ruled) -> Value:
        """The value, after the operation has been written."""
        if any(type(x) is Switch for x in distinct_leaves(self.value, data_parts)):
            raise NotNative("the derivative of a value that is one of several")
        shape, results, given = generalised(self.builder, self.value)
        body = Region(self.parameters, self.ops, given)
        self.builder.emit("custom", self.operands, results, what, (body,))
        return refilled(self.builder, shape, results)


def _closed(s: Specialiser, whole: tuple[Value, ...]) -> Walk[_Closed]:
    """The call of the second item with the first; the others are captured as well."""
    template, names, given = generalised(s.builder, whole)
    argument, f, *_ = cast(tuple[Value, ...], template)
    with s.builder.into([]) as ops:
        value = yield s.call(f, argument)
    parameters, operands = (sorted(each, key=lambda name: name.type == BOOLEAN) for each in (names, given))
    return _Closed(s.builder, template, names, parameters, operands, ops, value)


class Ruled:
    """What a `custom` operation asks about its first `points` operands, which are reals.

    Its body says how it depends on the other operands. So its derivative with respect to those is again such
    an operation: a pass over the body makes the new body, and the rules are the derivatives of these rules.
    """

    def __init__(self, builder: Builder, points: int) -> None:
        self.builder = builder
        self.points = points

    def along(self, operands: list[Name], tangents: list[Name]) -> list[Name]:
        """The tangents of the real results, by the rules, for tangents of the points."""
        raise NotImplementedError

    def back(self, operands: list[Name], active: list[bool], cotangents: list[Name]) -> Sequence[Name | None]:
        """The cotangents of the points that are `active`, for those of the real results."""
        raise NotImplementedError

    def forward(self, body: Region, operands: list[Name], tangents: list[Name | None]) -> list[Name]:
        """The tangents of the real results along tangents of what is captured; None where it is fixed."""
        varying = [i for i, t in enumerate(tangents) if t is not None]
        given = [t for t in tangents if t is not None]
        parameters, directions = fresh(body.parameters), fresh(given)
        direction = iter(directions)
        with self.builder.into([]) as ops:
            along = [next(direction) if i in varying else None for i in range(len(parameters))]
            _, (found,) = forward(self.builder, body, parameters, [along])
        reals = [t for t, r in zip(found, body.results, strict=True) if r.type != BOOLEAN]
        region = Region([*parameters, *directions], ops, reals)
        results = fresh(reals)
        self.builder.emit("custom", [*operands, *given], results, Forward(self, varying), (region,))
        return results

    def reverse(
        self, body: Region, operands: list[Name], varying: list[int], cotangents: list[Name]
    ) -> list[Name]:
        """The cotangents of the operands `varying`, which are captured, for those of the real results."""
        parameters, given = fresh(body.parameters), fresh(cotangents)
        with self.builder.into([]) as ops:
            fixed = {p: parameters[i] for i, p in enumerate(body.parameters) if i not in varying}
            again = with_fixed(self.builder, body, fixed)
            _, pull = reverse(self.builder, again, [parameters[i] for i in varying])
            rest = iter(given)
            found = pull([next(rest) if r.type != BOOLEAN else None for r in body.results])
        results = fresh(found)
        region = Region([*parameters, *given], ops, found)
        what = Reverse(self, varying, len(operands))
        self.builder.emit("custom", [*operands, *cotangents], results, what, (region,))
        return results

    def recorded(
        self, operands: list[Name], varying: list[int], ask: Callable[[list[Name]], list[Name]]
    ) -> Region:
        """What is asked of the rules, as a region whose parameters stand for the operands `varying`."""
        parameters = fresh(operands[i] for i in varying)
        changed = [*operands]
        for i, parameter in zip(varying, parameters, strict=True):
            changed[i] = parameter
        with self.builder.into([]) as ops:
            results = ask(changed)
        return Region(parameters, ops, results)


class Forward(Ruled):
    """The tangents of another such operation, as its captured operands `varying` change.

    Its operands are those of the other operation, and the tangents.
    """

    def __init__(self, inner: Ruled, varying: list[int]) -> None:
        super().__init__(inner.builder, inner.points)
        self.inner = inner
        self.varying = varying

    def along(self, operands: list[Name], tangents: list[Name]) -> list[Name]:
        """As in `Ruled`."""
        return self._changed(operands, lambda inner: self.inner.along(inner, tangents))

    def back(self, operands: list[Name], active: list[bool], cotangents: list[Name]) -> Sequence[Name | None]:
        """As in `Ruled`."""
        return self._changed(operands, lambda inner: _all(self.inner.back(inner, active, cotangents)))

    def _changed(self, operands: list[Name], ask: Callable[[list[Name]], list[Name]]) -> list[Name]:
        count = len(operands) - len(self.varying)
        inner, tangents = operands[:count], operands[count:]
        region = self.recorded(inner, self.varying, ask)
        return forward(self.builder, region, [inner[i] for i in self.varying], [tangents])[1][0]


class Reverse(Ruled):
    """The cotangents of the captured operands `varying` of another such operation.

    Its operands are those of the other operation, and the cotangents of that one's real results.
    """

    def __init__(self, inner: Ruled, varying: list[int], count: int) -> None:
        super().__init__(inner.builder, inner.points)
        self.inner = inner
        self.varying = varying
        self.count = count  # of the other operation's operands

    def along(self, operands: list[Name], tangents: list[Name]) -> list[Name]:
        """As in `Ruled`."""
        inner, cotangents = self._parts(operands)
        region = self.recorded(inner, self.varying, lambda inner: self.inner.along(inner, tangents))
        _, pull = reverse(self.builder, region, [inner[i] for i in self.varying])
        return pull([*cotangents])

    def back(self, operands: list[Name], active: list[bool], cotangents: list[Name]) -> Sequence[Name | None]:
        """As in `Ruled`."""
        inner, given = self._parts(operands)
        region = self.recorded(inner, self.varying, lambda inner: _all(self.inner.back(inner, active, given)))
        return forward(self.builder, region, [inner[i] for i in self.varying], [cotangents])[1][0]

    def _parts(self, operands: list[Name]) -> tuple[list[Name], list[Name]]:
        return operands[: self.count], operands[self.count :]


def _all(names: Sequence[Name | None]) -> list[Name]:
    return [constant(0.0) if n is None else n for n in names]


class Given(Ruled):
    """A call of a function with rules.

    `closed` has the point, f and its rules. The points are the reals of the point.
    """

    def __init__(self, s: Specialiser, closed: _Closed, points: int) -> None:
        super().__init__(s.builder, points)
        self.specialiser = s
        self.closed = closed
        self.value = closed.value

    def along(self, operands: list[Name], tangents: list[Name]) -> list[Name]:
        """As in `Ruled`."""
        point, _, push, pull = self._filled(operands)
        builder = self.specialiser.builder
        if is_function(push):
            return self._pushed(push, point, tangents)
        found = []
        for row in self._rows(pull, point):
            terms: Name | None = None
            for slope, tangent in zip(row, tangents, strict=True):
                if slope is not None and tangent.constant != 0.0:
                    product = term(builder, slope, tangent)
                    terms = product if terms is None else total(builder, terms, product)
            found.append(constant(0.0) if terms is None else terms)
        return found

    def back(self, operands: list[Name], active: list[bool], cotangents: list[Name]) -> Sequence[Name | None]:
        """As in `Ruled`."""
        point, _, push, pull = self._filled(operands)
        rows: Sequence[Sequence[Name | None]]
        if is_function(pull):
            rows = self._rows(pull, point)
        else:
            units = [[constant(float(i == j)) for j in range(len(active))] for i in range(len(active))]
            nothing: list[Name | None] = [None] * len(cotangents)
            columns = [
                self._pushed(push, point, unit) if is_active else nothing
                for unit, is_active in zip(units, active, strict=True)
            ]
            rows = list(zip(*columns, strict=True))
        found: list[Name | None] = [None] * len(active)
        builder = self.specialiser.builder
        for row, cotangent in zip(rows, cotangents, strict=True):
            for i, slope in enumerate(row):
                if slope is not None and active[i] and cotangent.constant != 0.0:
                    product, before = term(builder, slope, cotangent), found[i]
                    found[i] = product if before is None else total(builder, before, product)
        return found

    def _filled(self, operands: list[Name]) -> tuple[Value, ...]:
        """The point, f and its rules, with the operands in their places."""
        now = dict(zip(self.closed.parameters, operands, strict=True))
        names = [now[name] for name in self.closed.names]
        return cast(tuple[Value, ...], refilled(self.specialiser.builder, self.closed.template, names))

    def _pushed(self, push: Value, point: Value, tangents: list[Name]) -> list[Name]:
        s, rest = self.specialiser, iter(tangents)
        direction = shaped_like(point, lambda _: real(s.builder, next(rest)))
        slope = self._followed(push, point, direction)
        return [constant(0.0) if part is None else part for part in _aligned(self.value, slope)]

    def _followed(self, rule: Value, point: Value, given: Value) -> Value:
        """What a rule gives for a direction or a cotangent."""
        s = self.specialiser
        before = s.rule
        names = frozenset(x.name for x in distinct_leaves(given) if type(x) is Named)
        s.rule = InRule(Name().id, names) if before is None else before._replace(given=before.given | names)
        try:
            return run(s.call(rule, (point, given)))
        finally:
            s.rule = before

    def _rows(self, pull: Value, point: Value) -> list[list[Name | None]]:
        """For each real of the results its derivatives with respect to the reals of the point; None for a
        zero that is left out.
        """
        count = sum(map(is_a_real, leaves(self.value)))
        rows = []
        for i in range(count):
            places = iter(range(count))
            unit = shaped_like(self.value, lambda _, i=i, places=places: float(next(places) == i))  # type: ignore[misc]
            rows.append(_aligned(point, self._followed(pull, point, unit)))
        return rows


def _aligned(value: Value, given: Value) -> list[Name | None]:
    """What a rule gave for each real of a value. NotNative where its shape is another."""
    try:
        pairs = list(zip(leaves(value), aligned(value, given), strict=True))
    except RunError:
        raise NotNative("a direction or cotangent of another shape") from None
    return [None if part == UNIT else name_of(part) for leaf, part in pairs if is_a_real(leaf)]


def expanded(region: Region) -> None:
    """Puts the bodies of `custom` operations in their places, everywhere in a region and its functions."""
    for each in [region, *(function.region for function in functions_of(region))]:
        _expand(each, {})


def _expand(region: Region, names: dict[Name, Name]) -> None:
    region.ops = list(_written(region.ops, names))
    region.results = [names.get(r, r) for r in region.results]


def _written(ops: list[Op], names: dict[Name, Name]) -> Iterator[Op]:
    """The operations, with new names for the parameters of bodies and for the results of `custom`."""
    for op in ops:
        op.operands = [names.get(o, o) for o in op.operands]
        if op.kind == "custom":
            (body,) = op.regions
            names.update(zip(body.parameters, op.operands, strict=True))
            yield from _written(body.ops, names)
            names.update((r, names.get(b, b)) for r, b in zip(op.results, body.results, strict=True))
        else:
            for inner in op.regions:
                _expand(inner, names)
            yield op
