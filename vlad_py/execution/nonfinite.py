"""The first NaN or infinity: which primitive made it, in a value or in a derivative, where, and of what.

A session that watches for it calls every primitive through a test of what it gives. To make one is to give it
where no operand has one: what passes an infinity on is not to blame. In reverse mode a product of the sweep
back may be the first; so each node is remembered with the primitive that it stands for.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from types import FrameType
from typing import Any

from vlad_py.differentiation.levels import aligned, sensitivity
from vlad_py.execution import runtime
from vlad_py.execution.operations import safe
from vlad_py.execution.placing import unit_of
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import field, record, replaced, state
from vlad_py.ground.source import Span
from vlad_py.numbers.reverse.tape import ArrayNode, Node, link_of
from vlad_py.numbers.reverse.terms import terms
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.kinds import Elementwise, Structural
from vlad_py.primitives.primitive import PRIMITIVES, Apply, Primitive
from vlad_py.primitives.shapes import broadcast_to, data_of
from vlad_py.values.show import describe_array, show_real
from vlad_py.values.structure import leaves, transform
from vlad_py.values.values import (
    UNIT,
    Array,
    Binder,
    Continuation,
    Number,
    Pullback,
    Step,
    Value,
    is_numeric,
    plain,
    shape_of,
)

LONGEST = 8  # elements of an array that a message shows


@record
class _Origin:
    """What made a node: the primitive, the place, and the plain operands."""

    primitive: Primitive
    span: Span | None
    operands: tuple[Value, ...]


@state
class Watch:
    """What a session remembers while it watches: by tag and index of a node, where that came from."""

    origins: dict[int, dict[float, _Origin]] = field(default_factory=dict)
    is_paused: bool = False  # while the library is loaded, which defines `inf` and `nan`

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While this lasts, nothing is an error."""
        before, self.is_paused = self.is_paused, True
        try:
            yield
        finally:
            self.is_paused = before

    def forget(self, tag: int) -> None:
        """A differentiation is over, and no sweep back will follow."""
        self.origins.pop(tag, None)

    def names(self) -> dict[str, Any]:
        """The names of compiled code that are other ones where primitives are watched."""
        space: dict[str, Any] = {"apply": self._apply}
        for primitive in PRIMITIVES.values():
            watched = self._watched(primitive)
            name = safe(primitive.name)
            space[f"p_{name}"] = watched
            space[f"b_{name}"] = replaced(primitive, apply=watched)
        return space

    def _watched(self, primitive: Primitive) -> Apply:
        if primitive.value is sensitivity:
            return self._sensitivity
        computes = isinstance(primitive, Structural) and primitive.computes
        has_structure = computes or primitive.structures is not None

        def apply(*arguments: Value) -> Value:
            result = primitive.apply(*arguments)
            if self.is_paused:
                return result
            if type(result) is float:
                if not math.isfinite(result):
                    _blame(primitive, arguments, result)
            elif isinstance(result, Number) or type(result) is Array or has_structure:
                if not all(map(_is_finite, _components(result))):
                    _blame(primitive, arguments, result)
                if isinstance(result, Node):
                    self._remember(primitive, arguments, result)
                elif has_structure and not isinstance(result, Number):
                    for number in leaves(result):
                        if isinstance(number, Node):
                            self._remember(primitive, arguments, number)
            return result

        return apply

    def _remember(self, primitive: Primitive, arguments: tuple[Value, ...], result: Node) -> None:
        frame: FrameType | None = sys._getframe(2)
        span = None
        while frame is not None and span is None:
            unit = unit_of(frame)
            span = unit.spans[frame.f_lineno - 1] if unit is not None else None
            frame = frame.f_back
        origin = _Origin(primitive, span, _operands(arguments))
        number: Value = result
        while isinstance(number, Node):
            self.origins.setdefault(number.tag, {})[number.index] = origin
            number = number.primal

    # ── the sweep back ───────────────────────────────────────────────────────────────────────

    def _sensitivity(self, tag: int, value: Value, input: Value) -> Value:
        """As the primitive; the derivative of a function will be watched as well."""
        result = sensitivity(tag, value, input)
        seeds = [(x, broadcast_to(1.0, shape_of(x))) for x in leaves(value) if _is_of(tag, x)]
        try:
            self._look_back(tag, seeds, result)
        except RunError:
            self.forget(tag)
            raise

        def leaf(x: Value) -> Value:
            if isinstance(x, Binder) and x.extract is sensitivity:
                return Binder(self._sensitivity, x.tag, x.function, x.input)
            return x

        result = transform(result, leaf)
        if not any(isinstance(x, Binder) for x in leaves(result)):
            self.forget(tag)
        return result

    def _apply(self, function: Value, argument: Value, k: Continuation) -> Step:
        """As runtime.apply; a pullback's sweep is looked at."""
        step = runtime.apply(function, argument, k)
        if type(function) is Pullback:
            pairs = zip(leaves(function.output), aligned(function.output, argument), strict=True)
            seeds = [(x, weight) for x, weight in pairs if _is_of(function.tag, x) and weight != UNIT]
            self._look_back(function.tag, seeds, step[2])
        return step

    def _look_back(self, tag: int, seeds: list[tuple[Value, Value]], result: Value) -> None:
        """RunError if a sweep from finite seeds gave a NaN or an infinity, at the node that passed it on."""
        if all(map(_is_finite, _components(result))):
            return
        if not all(_is_finite(part) for _, seed in seeds for part in _components(seed)):
            return
        node, cotangent = _first_overflow(seeds) or (None, math.nan)
        origin = self.origins.get(tag, {}).get(node.index) if node is not None else None
        if origin is None:
            raise RunError(f"the reverse sweep of this derivative gives {_shown(cotangent)}", hint=HINT)
        name = _name(origin.primitive)
        message = f"the derivative of {name} gives {_shown(cotangent)} in the reverse sweep"
        raise RunError(f"{message}{_at(origin.operands)}", origin.span, hint=HINT)


HINT = "the first NaN or infinity of this run; no operand had one"


def _is_of(tag: int, value: Value) -> bool:
    return isinstance(value, Node) and value.tag == tag


def _first_overflow(seeds: list[tuple[Value, Value]]) -> tuple[Node | None, Value] | None:
    """The first node of a sweep whose part of a cotangent is not finite, and that part. No node if the
    seeds of one number already have no finite sum.
    """
    pending: dict[Node, Value] = {}
    heap: list[tuple[float, Node]] = []

    def pass_on(node: Node, cotangent: Value) -> Value:
        if node in pending:
            pending[node] = add(pending[node], cotangent)
        else:
            pending[node] = cotangent
            heappush(heap, (-node.index, node))
        return pending[node]

    for seeded, seed in seeds:
        assert isinstance(seeded, Node)
        if not all(map(_is_finite, _components(whole := pass_on(link_of(seeded), seed)))):
            return None, whole
    while heap:
        node = heappop(heap)[1]
        cotangent = pending.pop(node)
        for parent, _, term in terms(node, cotangent):
            if not all(map(_is_finite, _components(term))):
                return node, term
            if not all(map(_is_finite, _components(pass_on(parent, term)))):
                return node, pending[parent]
    return None


# ── who is to blame ──────────────────────────────────────────────────────────────────────────


def _components(value: Value) -> Iterator[Any]:
    """All floats and numpy arrays in a value: primals, tangents, partials on a tape."""
    todo: list[Value] = [value]
    while todo:
        item = todo.pop()
        if type(item) is float:
            yield item
        elif type(item) is Array:
            yield item.data
        elif isinstance(item, Node):
            links = item.entry.links if isinstance(item, ArrayNode) else item.links
            todo += [x for x in links[1::2] if type(x) is float or isinstance(x, Number) or type(x) is Array]
            todo.append(item.primal)
        elif isinstance(item, Number):
            todo += item.pieces()[::-1] if item.tag else ()
        elif item is not None:
            todo += [x for x in leaves(item) if is_numeric(x)]


def _is_finite(data: Any) -> bool:
    return math.isfinite(data) if type(data) is float else bool(np.isfinite(data).all())


def _has_nan(data: Any) -> bool:
    return math.isnan(data) if type(data) is float else bool(np.isnan(data).any())


def _blame(primitive: Primitive, arguments: tuple[Value, ...], result: Value) -> None:
    """RunError if a primitive made a NaN of operands without one, or an infinity of finite ones."""
    if _made([plain(x) for x in _numbers(arguments)], plain(result)):
        made, what = plain(result), _name(primitive)
    elif _made(list(arguments), result):
        made, what = result, f"the derivative of {_name(primitive)}"
    else:
        return
    if primitive.internal and isinstance(primitive, Structural):
        # a step of an operator of the library, which alone is known by its name
        raise RunError(f"{_operator() or what} gives {_shown(made)}", hint=HINT)
    operands = _operands(arguments)
    raise RunError(f"{what} gives {_shown(made)}{_at(operands, primitive, made, plain(result))}", hint=HINT)


def _operator() -> str:
    """The definition of the library that is running; empty if it is the program's own code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (unit := unit_of(frame)) is None:
        frame = frame.f_back
    span = unit.spans[frame.f_lineno - 1] if frame is not None and unit is not None else None
    return f"`{span.definition}`" if span is not None and span.source.library else ""


def _made(operands: list[Value], result: Value) -> bool:
    given = [part for operand in operands for part in _components(operand)]
    parts = [part for part in _components(result) if not _is_finite(part)]
    if any(map(_has_nan, parts)):
        return not any(map(_has_nan, given))
    return bool(parts) and all(map(_is_finite, given))


def _numbers(arguments: tuple[Value, ...]) -> Iterator[Value]:
    for argument in arguments:
        if argument is not None and not isinstance(argument, (int, slice)):
            yield from (x for x in leaves(argument) if is_numeric(x))


def _operands(arguments: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(plain(x) for x in _numbers(arguments))


# ── words ────────────────────────────────────────────────────────────────────────────────────


def _name(primitive: Primitive) -> str:
    return f"`{primitive.called}`"


def _shown(value: Value) -> str:
    """The first NaN or infinity in a value."""
    for part in _components(value):
        if not _is_finite(part):
            flat = [part] if type(part) is float else part[~np.isfinite(part)].tolist()
            return show_real(next((x for x in flat if math.isnan(x)), flat[0]))
    return "nan"


def _at(
    operands: tuple[Value, ...], primitive: Primitive | None = None, made: Value = None, result: Value = None
) -> str:
    """The operands; of an elementwise primitive on arrays those of the element."""
    place = ""
    data = next((part for part in _components(made) if not _is_finite(part)), 0.0)
    shape = shape_of(result)
    if isinstance(primitive, Elementwise) and shape and np.shape(data) == shape:
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(data))[0])
        operands = tuple(float(np.broadcast_to(data_of(x), shape)[index]) for x in operands)
        place = f", in element [{', '.join(map(str, index))}]"
    texts = [_operand(x) for x in operands[:LONGEST]] + ["…"] * (len(operands) > LONGEST)
    if not texts:
        return place
    listed = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f" at {listed}{place}"


def _operand(value: Value) -> str:
    if type(value) is Array:
        return describe_array(value.data.shape)
    return show_real(value) if type(value) is float else "?"
