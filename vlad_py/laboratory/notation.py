"""The expressions of traces as text: with Unicode signs, and as LaTeX."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from vlad_py.expressions.expression import Application, Constant, Expression, Name
from vlad_py.expressions.text.adl import (
    ATOM,
    MINUS,
    POWER,
    SHORT_NAMES,
    Notation,
    Text,
    index_text,
    inside,
)
from vlad_py.ground.walk import Walk, run
from vlad_py.laboratory.modes import ADJOINT, TANGENT, VALUE
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.show import show_real
from vlad_py.values.values import Array, Value, shape_of

_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_MARKS = {VALUE: "", TANGENT: "\u0307", ADJOINT: "\u0304"}
_COMMANDS = {VALUE: "{}", TANGENT: r"\dot{{{}}}", ADJOINT: r"\bar{{{}}}"}
# what programs call what has a name of its own inside
_WORDS = SHORT_NAMES | {
    "choose": "where",
    "joined": "concat",
    "cumulated": "cumsum",
    "flip": "reverse",
    "swap": "transpose",
    "diagonal": "diag",
    "diagonal_matrix": "diag",
}
_SIGNS = {"neg": "- x", "square": "x ^ 2"}
_KNOWN_TO_LATEX = frozenset("exp ln sin cos tan sinh cosh tanh det max min".split())


def subscript(number: int) -> str:
    """A number in the line below."""
    return str(number).translate(_SUBSCRIPTS)


def word(primitive: Primitive) -> str:
    """The name of a primitive that programs call, where it has one."""
    return _WORDS.get(primitive.name, primitive.name)


def operation_name(primitive: Primitive) -> str:
    """What tables and data call an operation: as programs write it, where they can."""
    return _SIGNS.get(primitive.name) or word(primitive)


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


def ordered(expression: Application) -> tuple[Expression, ...]:
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
    if not isinstance(expression, Application):
        return expression
    arguments = []
    for argument in expression.arguments:
        arguments.append((yield _tidied(argument)))
    if expression.primitive.name == "*":
        a, b = arguments
        if _is_reciprocal(a):
            a, b = b, a
        if _is_reciprocal(b):
            return Application(b.primitive, (a, b.arguments[1]), (), False, expression.value)
    return Application(
        expression.primitive, tuple(arguments), expression.rest, expression.many, expression.value
    )


def _is_reciprocal(x: Expression) -> bool:
    return (
        isinstance(x, Application)
        and x.primitive.name == "/"
        and isinstance(x.arguments[0], Constant)
        and x.arguments[0].value == 1.0
    )


def _is_plain_sum(operation: Application) -> bool:
    """Whether what broadcasting repeated is summed to a real: a sum of all elements, as of any array."""
    return operation.primitive.name == "sum_to" and not shape_of(operation.value)


def _function_of(operation: Application) -> str:
    return "sum" if _is_plain_sum(operation) else word(operation.primitive)


def _written_parts(operation: Application, parts: list[Text]) -> list[str]:
    texts = [text for text, _ in parts if text]
    return texts[:1] if _is_plain_sum(operation) else texts


def unicode(number: Callable[[int], int], numeric: bool = False) -> Notation:
    """Text with Unicode signs; `numeric` writes values in place of names."""

    def name(x: Name) -> str:
        return short(x.value) if numeric else f"v{_MARKS[x.kind]}{subscript(number(x.index))}"

    def call(operation: Application, parts: list[Text]) -> Text:
        function = _function_of(operation)
        texts = _written_parts(operation, parts)
        if function == "square":
            return f"{inside(parts[0], ATOM)}²", POWER
        if function == "gather":
            return f"{inside(parts[0], ATOM)}[{_index_text(operation)}]", ATOM
        if function == "stack_of":
            return f"[{', '.join(texts)}]", ATOM
        if function == "scatter":
            texts += _scatter_indices(operation)
        if len(texts) == 1 and parts[0][1] == ATOM and not operation.rest and texts[0][0] not in "[(":
            return f"{function} {texts[0]}", MINUS + 1  # ln v₁, as one writes it
        return f"{function}({', '.join(texts)})", ATOM

    signs = {"+": "{} + {}", "-": "{} − {}", "*": "{} × {}", "/": "{} / {}", "@": "{} @ {}", "^": "{} ^ {}"}
    return Notation(name, short, signs, call, minus="−", order=ordered)


def latex(number: Callable[[int], int], numeric: bool = False) -> Notation:
    """The same as LaTeX, for mathematical mode."""

    def value(x: Value) -> str:
        text = short(x).replace("−", "-").replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
        mantissa, e, exponent = text.partition("e")
        if e and type(x) is float:
            return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        return rf"\text{{{text}}}" if "array" in text else text

    def name(x: Name) -> str:
        return value(x.value) if numeric else f"{_COMMANDS[x.kind].format('v')}_{{{number(x.index)}}}"

    def call(operation: Application, parts: list[Text]) -> Text:
        function = _function_of(operation)
        if function == "square":
            return f"{inside(parts[0], ATOM)}^2", POWER
        if function == "gather":
            return f"{inside(parts[0], ATOM)}[{_index_text(operation).replace(':', '{:}')}]", ATOM
        texts = _written_parts(operation, parts)
        if function == "stack_of":
            return f"[{', '.join(texts)}]", ATOM
        if function == "scatter":
            texts += [text.replace(":", "{:}") for text in _scatter_indices(operation)]
        escaped = function.replace("_", r"\_")
        command = f"\\{function}" if function in _KNOWN_TO_LATEX else rf"\operatorname{{{escaped}}}"
        if len(texts) == 1 and parts[0][1] == ATOM and not operation.rest:
            return f"{command} {texts[0]}", MINUS + 1
        return f"{command}({', '.join(texts)})", ATOM

    signs = {
        "+": "{} + {}", "-": "{} - {}", "*": r"{} \times {}", "/": "{} / {}", "@": r"{} \, {}",
        "^": "{{{}}}^{{{}}}",
    }  # fmt: skip
    return Notation(name, value, signs, call, order=ordered)


def _scatter_indices(operation: Application) -> list[str]:
    """Where the parts of a scatter go."""
    indices: Any = operation.rest[0]
    return [f"[{index_text(index)}]" for index in indices]


def _index_text(operation: Application) -> str:
    index = operation.arguments[1]
    return index_text(index.value) if isinstance(index, Constant) else "…"
