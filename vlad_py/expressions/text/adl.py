"""Expressions as text: what ways of writing have in common, and ADL that runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vlad_py.expressions.expression import Application, Constant, Expression
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.walk import Walk, run
from vlad_py.primitives.kinds import Pairing
from vlad_py.values.show import show
from vlad_py.values.values import Value, shape_of

SUM, PRODUCT, MINUS, POWER, ATOM = range(5)  # how tightly a text binds
_INFIX = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "^": POWER}
# what programs call what is internal
SHORT_NAMES = {"total": "sum", "dot_of_vectors": "dot", "reshape_to": "reshape", "transpose_of": "transpose"}
SHORT_NAMES |= {f"{name}_of": name for name in ("max", "min", "prod", "norm", "logsumexp")}

Text = tuple[str, int]  # and how tightly it binds
Naming = Callable[..., str]  # of the leaves of one kind that expressions have: names, or symbols


def _as_they_are(operation: Application) -> tuple[Expression, ...]:
    return operation.arguments


@dataclass(frozen=True, slots=True)
class Notation:
    """A way of writing: names, numbers, the signs of operations, and calls of functions.

    `order` says in which order the arguments of an operation are written; `is_set` that fractions and powers
    are set in lines of their own, and need no brackets there.
    """

    name: Naming
    number: Callable[[Value], str]
    signs: dict[str, str]
    call: Callable[[Application, list[Text]], Text]
    minus: str = "-"
    order: Callable[[Application], tuple[Expression, ...]] = _as_they_are
    is_set: bool = False

    def of(self, expression: Expression) -> str:
        """The text of an expression."""
        return run(self._walk(expression))[0]

    def _walk(self, expression: Expression) -> Walk[Text]:
        if isinstance(expression, Constant):
            text = self.number(expression.value)
            return text, self._binding(text)
        if not isinstance(expression, Application):
            return self.name(expression), self._binding(self.name(expression))
        parts: list[Text] = []
        for argument in self.order(expression):
            parts.append((yield self._walk(argument)))
        return self._operation(expression, parts)

    def _operation(self, operation: Application, parts: list[Text]) -> Text:
        sign = operation.primitive.name
        if sign == "neg":
            text, binding = parts[0]
            return self.minus + (f"({text})" if binding in (SUM, MINUS) else text), MINUS
        if sign not in _INFIX or sign not in self.signs:
            return self.call(operation, parts)
        (a, left), (b, right) = parts
        if self.is_set and sign in "/^":
            return self.signs[sign].format(a if sign == "/" else inside(parts[0], ATOM), b), POWER
        binding = _INFIX[sign]
        if sign in "+-" and right == MINUS and b.startswith(self.minus):  # a + (−b) is a − b
            sign, b = ("-" if sign == "+" else "+"), b.removeprefix(self.minus)
            right = PRODUCT
        first = inside((a, left), binding if sign != "^" else ATOM)
        if left == MINUS and binding == PRODUCT:
            first = f"({a})"
        # a sum after `+` keeps its brackets: they say in which order to add
        second = inside((b, right), binding + 1 if sign != "^" else POWER)
        if right == MINUS and binding != POWER:
            second = f"({b})"
        return self.signs[sign].format(first, second), binding

    def _binding(self, text: str) -> int:
        if text.startswith(self.minus):
            return MINUS
        return PRODUCT if r"\cdot" in text else ATOM  # as of a number with a power of ten


def inside(part: Text, least: int) -> str:
    """A text as a part of another one, in brackets if it binds less tightly than it has to."""
    return part[0] if part[1] >= least else f"({part[0]})"


def index_text(index: Any) -> str:
    """An index as programs write it; arrays among others, which programs cannot write, as lists."""
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if isinstance(index, slice):
        return f"{'' if index.start is None else index.start}:{'' if index.stop is None else index.stop}"
    if isinstance(index, int):
        return str(index)
    return str(index.tolist())


# ── for running ──────────────────────────────────────────────────────────────────────────────

_ADL_SIGNS = {"+": "{} + {}", "-": "{} - {}", "*": "{} * {}", "/": "{} / {}", "@": "{} @ {}", "^": "{} ^ {}"}


def adl(name: Naming, order: Callable[[Application], tuple[Expression, ...]] = _as_they_are) -> Notation:
    """ADL that runs. RunError for an operation that programs cannot write."""
    return Notation(name, show, _ADL_SIGNS, _adl_call, order=order)


def _adl_call(operation: Application, parts: list[Text]) -> Text:
    primitive, texts = operation.primitive, [text for text, _ in parts]
    first = texts[0]
    extra: list[Any] = [x.value for x in operation.arguments[1:] if isinstance(x, Constant)]
    extra = list(operation.rest) or extra
    match primitive.name:
        case "square":
            return f"{inside(parts[0], ATOM)} ^ 2", POWER
        case "sech":
            return f"1 / cosh({first})", PRODUCT
        case "gauss":
            return f"exp(-({first} ^ 2))", ATOM
        case "one_minus_square":
            return f"(1 - {first}) * (1 + {first})", PRODUCT
        case "if_above" | "if_same" if any(shape_of(x.value) for x in operation.arguments[:2]):
            a, b = (inside(part, PRODUCT) for part in parts[:2])
            test = f"{a} > {b}" if primitive.name == "if_above" else f"({a} >= {b}) * ({a} <= {b})"
            return f"where({test}, {texts[2]}, {texts[3]})", ATOM
        case "if_above" | "if_same":
            sign = ">" if primitive.name == "if_above" else "=="
            return f"(if {texts[0]} {sign} {texts[1]} then {texts[2]} else {texts[3]})", ATOM
        case "array_of":
            return nested(texts, extra[0], "[{}]", ", "), ATOM
        case "gather" if _is_mesh(extra[0]):
            rows, columns = (index_text(part.ravel()) for part in extra[0])
            return f"transpose(transpose({inside(parts[0], ATOM)}[{rows}])[{columns}])", ATOM
        case "gather" if not _has_arrays(extra[0]):
            return f"{inside(parts[0], ATOM)}[{index_text(extra[0])}]", ATOM
        case "choose":
            return f"where({', '.join(texts)})", ATOM
        case "swap" if len(shape_of(operation.value)) == 2:
            return f"transpose({first})", ATOM
        case "total" | "max_of" | "min_of" | "prod_of" | "norm_of" | "logsumexp_of":
            name = SHORT_NAMES[primitive.name]
            return f"{name}({first})" if extra[0] is None else f"{name}({first}, {{axis: {extra[0]}}})", ATOM
        case "broadcast_to":
            return f"{inside(parts[0], SUM)} + zeros({_shape_text(extra[0])})", SUM
        case "sum_to" if not extra[0]:
            return f"sum({first})", ATOM
        case "reshape_to":
            return f"reshape({first}, ({_shape_text(shape_of(operation.value))}))", ATOM
        case "transpose_of":
            return f"transpose({first})", ATOM
        case "dot_of_vectors":
            return f"dot({', '.join(texts)})", ATOM
        case "stack_of":
            return f"[{', '.join(texts)}]", ATOM
        case "joined":
            return f"concat({', '.join(texts)})", ATOM
        case "scatter" if _is_one_element(operation):
            size = shape_of(operation.value)[0]
            return f"{inside(parts[0], PRODUCT)} * eye({size})[{extra[0][0]}]", PRODUCT
    if primitive.internal:
        hint = "this part of a derivative has no name that programs see"
        raise RunError(f"the expression needs `{primitive.name}`, which ADL cannot write", hint=hint)
    if isinstance(primitive, Pairing):
        half = len(texts) // 2
        return f"{primitive.name}(({', '.join(texts[:half])}), ({', '.join(texts[half:])}))", ATOM
    if operation.many and len(texts) == 1:
        return f"{primitive.name}(list({first}))", ATOM
    return f"{primitive.name}({', '.join(texts)})", ATOM


def nested(texts: list[str], shape: Any, brackets: str, separator: str) -> str:
    """The elements of an array of a shape in brackets, row by row."""
    for size in reversed(shape):
        rows = range(0, len(texts), size)
        texts = [brackets.format(separator.join(texts[i : i + size])) for i in rows]
    return texts[0]


def _has_arrays(index: Any) -> bool:
    """Whether arrays stand beside other indices."""
    return isinstance(index, tuple) and any(isinstance(part, np.ndarray) for part in index)


def _is_mesh(index: Any) -> bool:
    """Whether an index takes some rows and some columns of a matrix: arrays of k×1 and of 1×n."""
    shapes = [np.shape(part) for part in index] if _has_arrays(index) else []
    return len(shapes) == 2 and all(map(len, shapes)) and shapes[0][1:] == (1,) and shapes[1][:-1] == (1,)


def _is_one_element(operation: Application) -> bool:
    """Whether a scatter puts one real into a vector."""
    indices: Any
    shape: Any
    indices, shape = operation.rest
    return len(indices) == 1 and isinstance(indices[0], int) and len(shape) == 1


def _shape_text(shape: Any) -> str:
    return ", ".join(map(str, shape))
