"""The expressions of traces as text: v₁ and its tangent and adjoint, in Unicode, LaTeX and ADL."""

from __future__ import annotations

from collections.abc import Callable

from vlad_py.expressions.expression import Application, Constant, Expression, Name
from vlad_py.expressions.text.notations import ADL, UNICODE, latex_cell_to, unicode_to
from vlad_py.expressions.text.printer import Naming, Printer
from vlad_py.expressions.text.rounding import BRIEF, Rounding, short
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.ground.node import replaced
from vlad_py.ground.walk import Walk, run
from vlad_py.laboratory.modes import ADJOINT, TANGENT, VALUE
from vlad_py.primitives.form import Form
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.values.values import NO_STATICS, Value

_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_MARKS = {VALUE: "", TANGENT: "\u0307", ADJOINT: "\u0304"}
_COMMANDS = {VALUE: "{}", TANGENT: r"\dot{{{}}}", ADJOINT: r"\bar{{{}}}"}


def subscript(number: int) -> str:
    """A number in the line below."""
    return str(number).translate(_SUBSCRIPTS)


def is_product(operation: Application) -> bool:
    """Whether an operation multiplies element by element, and not matrices."""
    return operation.primitive.form is Form.PRODUCT and operation.primitive.commutes


def ordered(expression: Application) -> tuple[Expression, ...]:
    """The numbers of an operation, in a product of the chain rule with the tangent or the adjoint first."""
    arguments = expression.arguments
    if is_product(expression):
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
    if is_product(expression):
        a, b = arguments
        if _is_reciprocal(a):
            a, b = b, a
        if _is_reciprocal(b):
            return Application(b.primitive, (a, b.arguments[1]), NO_STATICS, expression.value)
    return Application(expression.primitive, tuple(arguments), expression.statics, expression.value)


def _is_reciprocal(x: Expression) -> bool:
    return (
        isinstance(x, Application)
        and x.primitive.form is Form.QUOTIENT
        and isinstance(x.arguments[0], Constant)
        and x.arguments[0].value == 1.0
    )


def follows(expression: Expression, shown: Rounding, inside: Rounding) -> bool:
    """Whether the value of an expression, as it is shown, is that of its numbers rounded as they are inside.

    True where that cannot be said: for arrays, and for functions of the user's.
    """
    if type(expression.value) is not float:
        return True
    try:
        with quiet():
            value = run(_of_rounded(expression, inside))
    except RunError:
        return True
    return value is None or shown.text(value) == shown.text(expression.value)


def _of_rounded(expression: Expression, rounding: Rounding) -> Walk[Value | None]:
    """The value at rounded numbers; None where there are others than reals, or functions of the user's."""
    if not isinstance(expression, Application):
        value = expression.value
        return rounding.rounded(value) if type(value) is float else None
    if PRIMITIVES.get(expression.primitive.name) is not expression.primitive:
        return None
    arguments: list[Value] = []
    for argument in expression.arguments:
        value = yield _of_rounded(argument, rounding)
        if value is None:
            return None
        arguments.append(value)
    return expression.applied(tuple(arguments))


# ── notations with the names of traces ───────────────────────────────────────────────────────


def unicode(number: Callable[[int], int], rounding: Rounding = BRIEF, numeric: bool = False) -> Printer:
    """Text with Unicode signs; `numeric` writes values in place of names."""

    def name(x: Name) -> str:
        return rounding.text(x.value) if numeric else f"v{_MARKS[x.kind]}{subscript(number(x.index))}"

    return Printer(unicode_to(rounding), name, ordered)


def latex(number: Callable[[int], int], rounding: Rounding = BRIEF, numeric: bool = False) -> Printer:
    """The same as LaTeX, for mathematical mode."""
    notation = latex_cell_to(rounding)

    def name(x: Name) -> str:
        if numeric:
            return notation.number(x.value)
        return f"{_COMMANDS[x.kind].format('v')}_{{{number(x.index)}}}"

    return Printer(notation, name, ordered)


def adl(name: Naming) -> Printer:
    """ADL that runs. RunError for an operation that programs cannot write."""
    return Printer(ADL, name, ordered)


_HEADS = Printer(
    replaced(ADL, number=short, static=UNICODE.static, something=UNICODE.something), lambda _: ""
)


def operation_name(operation: Application) -> str:
    """The name of an operation in tables and data: as programs write it, with x, y … for its numbers."""
    return _HEADS.head(operation)
