"""Expressions and names as text: with Unicode signs, as LaTeX, and as ADL that runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vlad_py.errors import RunError
from vlad_py.laboratory.modes import ADJOINT, TANGENT, VALUE, Constant, Expression, Name, Operation
from vlad_py.show import show, show_real
from vlad_py.values import Array, Value, shape_of
from vlad_py.walk import Walk, run

SUM, PRODUCT, MINUS, POWER, ATOM = range(5)  # how tightly a text binds
_INFIX = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "^": POWER}
_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_MARKS = {VALUE: "", TANGENT: "\u0307", ADJOINT: "\u0304"}
_COMMANDS = {VALUE: "{}", TANGENT: r"\dot{{{}}}", ADJOINT: r"\bar{{{}}}"}
# what programs call what is internal
_SHORT_NAMES = {"total": "sum", "dot_of_vectors": "dot", "reshape_to": "reshape", "transpose_of": "transpose"}
_KNOWN_TO_LATEX = frozenset("exp ln sin cos tan sinh cosh tanh det max min".split())


def subscript(number: int) -> str:
    """A number in the line below."""
    return str(number).translate(_SUBSCRIPTS)


def short(value: Value) -> str:
    """A number to three decimals, as tables show it; of an array all elements, or, if many, its shape."""
    if type(value) is Array:
        if value.data.size > 6:
            return "×".join(map(str, value.data.shape)) + " array"
        return _nested(value.data.tolist())
    return _short_real(value) if type(value) is float else _host_text(value)


def _host_text(value: Any) -> str:
    """What primitives take besides numbers: axes, shapes, indices; None is what was left out."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f"({', '.join(map(_host_text, value))})"
    return str(value) if isinstance(value, int) else index_text(value)


def _nested(data: Any) -> str:
    return f"[{', '.join(map(_nested, data))}]" if isinstance(data, list) else _short_real(data)


def _short_real(x: float) -> str:
    if not math.isfinite(x):
        return show_real(x).replace("-", "−")
    text = (
        f"{x:.3f}".rstrip("0").rstrip(".") if x == 0 or 1e-3 <= abs(x) < 1e6 else show_real(float(f"{x:.3g}"))
    )
    return ("0" if text == "-0" else text).replace("-", "−")


@dataclass(frozen=True, slots=True)
class Notation:
    """A way of writing: names, numbers, the signs of operations, and calls of functions."""

    name: Callable[[Name], str]
    number: Callable[[Value], str]
    signs: dict[str, str]
    call: Callable[[Operation, list[tuple[str, int]]], tuple[str, int]]
    minus: str = "−"

    def of(self, expression: Expression) -> str:
        """The text of an expression."""
        return run(self._walk(expression))[0]

    def _walk(self, expression: Expression) -> Walk[tuple[str, int]]:
        if isinstance(expression, Name):
            return self.name(expression), self._binding(self.name(expression))
        if isinstance(expression, Constant):
            text = self.number(expression.value)
            return text, self._binding(text)
        parts: list[tuple[str, int]] = []
        for argument in _ordered(expression):
            parts.append((yield self._walk(argument)))
        sign = expression.primitive.name
        if sign == "neg":
            return self.minus + _inside(parts[0], POWER), MINUS
        if sign not in _INFIX or sign not in self.signs:
            return self.call(expression, parts)
        (a, left), (b, right) = parts
        binding = _INFIX[sign]
        if sign in "+-" and right == MINUS and b.startswith(self.minus):  # a + (−b) is a − b
            sign, b = ("-" if sign == "+" else "+"), b.removeprefix(self.minus)
            right = POWER
        first = _inside((a, left), binding if sign != "^" else ATOM)
        if left == MINUS and binding == PRODUCT:
            first = f"({a})"
        # a sum after `+` keeps its brackets: they say in which order to add
        second = _inside((b, right), binding + 1 if sign != "^" else POWER)
        if right == MINUS and binding != POWER:
            second = f"({b})"
        return self.signs[sign].format(first, second), binding

    def _binding(self, text: str) -> int:
        return MINUS if text.startswith(self.minus) else ATOM


def _inside(part: tuple[str, int], least: int) -> str:
    return part[0] if part[1] >= least else f"({part[0]})"


def _ordered(expression: Operation) -> tuple[Expression, ...]:
    """The arguments, in a product of the chain rule with the tangent or the adjoint first."""
    arguments = expression.arguments
    if expression.primitive.name == "*":
        a, b = arguments
        if isinstance(b, Name) and b.kind != VALUE and not (isinstance(a, Name) and a.kind != VALUE):
            return b, a
    return arguments


# ── for reading ──────────────────────────────────────────────────────────────────────────────


def tidied(expression: Expression) -> Expression:
    """The expression as one writes it: (1 / x) · t is t / x. As it may round differently, it is not run."""
    return run(_tidied(expression))


def _tidied(expression: Expression) -> Walk[Expression]:
    if not isinstance(expression, Operation):
        return expression
    arguments = []
    for argument in expression.arguments:
        arguments.append((yield _tidied(argument)))
    if expression.primitive.name == "*":
        a, b = arguments
        if _is_reciprocal(a):
            a, b = b, a
        if _is_reciprocal(b):
            return Operation(b.primitive, (a, b.arguments[1]), (), False, expression.value)
    return Operation(
        expression.primitive, tuple(arguments), expression.rest, expression.many, expression.value
    )


def _is_reciprocal(x: Expression) -> bool:
    return (
        isinstance(x, Operation)
        and x.primitive.name == "/"
        and isinstance(x.arguments[0], Constant)
        and x.arguments[0].value == 1.0
    )


def unicode(number: Callable[[int], int], numeric: bool = False) -> Notation:
    """Text with Unicode signs; `numeric` writes values in place of names."""

    def name(x: Name) -> str:
        return short(x.value) if numeric else f"v{_MARKS[x.kind]}{subscript(number(x.index))}"

    def call(operation: Operation, parts: list[tuple[str, int]]) -> tuple[str, int]:
        function = operation.primitive.name
        texts = [text for text, _ in parts if text]
        function = _SHORT_NAMES.get(function, function)
        if function == "square":
            return f"{_inside(parts[0], ATOM)}²", POWER
        if function == "gather":
            return f"{_inside(parts[0], ATOM)}[{_index_text(operation)}]", ATOM
        if len(texts) == 1 and parts[0][1] == ATOM and not operation.rest and texts[0][0] not in "[(":
            return f"{function} {texts[0]}", MINUS + 1  # ln v₁, as one writes it
        return f"{function}({', '.join(texts)})", ATOM

    signs = {"+": "{} + {}", "-": "{} − {}", "*": "{} × {}", "/": "{} / {}", "@": "{} @ {}", "^": "{} ^ {}"}
    return Notation(name, short, signs, call)


def latex(number: Callable[[int], int], numeric: bool = False) -> Notation:
    """The same as LaTeX, for mathematical mode."""

    def value(x: Value) -> str:
        text = short(x).replace("−", "-").replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
        mantissa, e, exponent = text.partition("e")
        if e and type(x) is float:
            return rf"{mantissa} \cdot 10^{{{exponent}}}"
        return rf"\text{{{text}}}" if "array" in text else text

    def name(x: Name) -> str:
        return value(x.value) if numeric else f"{_COMMANDS[x.kind].format('v')}_{{{number(x.index)}}}"

    def call(operation: Operation, parts: list[tuple[str, int]]) -> tuple[str, int]:
        function = operation.primitive.name
        function = _SHORT_NAMES.get(function, function)
        if function == "square":
            return f"{_inside(parts[0], ATOM)}^2", POWER
        if function == "gather":
            return f"{_inside(parts[0], ATOM)}_{{[{_index_text(operation)}]}}", ATOM
        escaped = function.replace("_", r"\_")
        command = f"\\{function}" if function in _KNOWN_TO_LATEX else rf"\operatorname{{{escaped}}}"
        texts = [text for text, _ in parts if text]
        if len(texts) == 1 and parts[0][1] == ATOM and not operation.rest:
            return f"{command} {texts[0]}", MINUS + 1
        return f"{command}({', '.join(texts)})", ATOM

    signs = {
        "+": "{} + {}", "-": "{} - {}", "*": r"{} \times {}", "/": "{} / {}", "@": r"{} \, {}",
        "^": "{{{}}}^{{{}}}",
    }  # fmt: skip
    return Notation(name, value, signs, call, minus="-")


def _index_text(operation: Operation) -> str:
    index = operation.arguments[1]
    return index_text(index.value) if isinstance(index, Constant) else "…"


def index_text(index: Any) -> str:
    """An index as programs write it. RunError where it has no such text."""
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if isinstance(index, slice):
        return f"{'' if index.start is None else index.start}:{'' if index.stop is None else index.stop}"
    if isinstance(index, int):
        return str(index)
    return "[" + ", ".join(str(int(i)) for i in index.ravel()) + "]"


# ── for running ──────────────────────────────────────────────────────────────────────────────


def adl(name: Callable[[Name], str]) -> Notation:
    """ADL that runs. RunError for an operation that programs cannot write."""

    def call(operation: Operation, parts: list[tuple[str, int]]) -> tuple[str, int]:
        return _adl_call(operation, parts)

    signs = {"+": "{} + {}", "-": "{} - {}", "*": "{} * {}", "/": "{} / {}", "@": "{} @ {}", "^": "{} ^ {}"}
    return Notation(name, show, signs, call, minus="-")


def _adl_call(operation: Operation, parts: list[tuple[str, int]]) -> tuple[str, int]:
    primitive, texts = operation.primitive, [text for text, _ in parts]
    first = texts[0]
    extra: list[Any] = [x.value for x in operation.arguments[1:] if isinstance(x, Constant)]
    extra = extra or list(operation.rest)
    match primitive.name:
        case "square":
            return f"{_inside(parts[0], ATOM)} ^ 2", POWER
        case "sech":
            return f"1 / cosh({first})", PRODUCT
        case "gauss":
            return f"exp(-({first} ^ 2))", ATOM
        case "one_minus_square":
            return f"(1 - {first}) * (1 + {first})", PRODUCT
        case "gather":
            return f"{_inside(parts[0], ATOM)}[{index_text(extra[0])}]", ATOM
        case "total":
            return f"sum({first})" if extra[0] is None else f"sum({first}, {{axis: {extra[0]}}})", ATOM
        case "broadcast_to":
            return f"{_inside(parts[0], SUM)} + zeros({_shape_text(extra[0])})", SUM
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
            return f"{_inside(parts[0], PRODUCT)} * eye({size})[{extra[0][0]}]", PRODUCT
    if primitive.internal:
        hint = "this part of a derivative has no name that programs see"
        raise RunError(f"the derivative program needs `{primitive.name}`, which ADL cannot write", hint=hint)
    if primitive.kind == "pairing":
        half = len(texts) // 2
        return f"{primitive.name}(({', '.join(texts[:half])}), ({', '.join(texts[half:])}))", ATOM
    if operation.many and len(texts) == 1:
        return f"{primitive.name}(list({first}))", ATOM
    return f"{primitive.name}({', '.join(texts)})", ATOM


def _is_one_element(operation: Operation) -> bool:
    """Whether a scatter puts one real into a vector."""
    indices: Any
    shape: Any
    indices, shape = operation.rest
    return len(indices) == 1 and isinstance(indices[0], int) and len(shape) == 1


def _shape_text(shape: Any) -> str:
    return ", ".join(map(str, shape))
