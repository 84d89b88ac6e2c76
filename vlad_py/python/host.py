"""Python functions as ADL functions, with their derivatives given by rules.

They are the only way out of ADL: a program can reach only what it was given. A Python function is called
with plain numbers, never inside a differentiation: the library's `with_rules` takes the differentiation off
the argument and puts it on the result, as the rules say.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias, overload

from vlad_py.differentiation.operators import top_tag
from vlad_py.differentiation.renaming import primal
from vlad_py.differentiation.rules import is_direction, marked
from vlad_py.execution import machine
from vlad_py.execution.collector import released
from vlad_py.execution.limits import tightest
from vlad_py.execution.tightening import Limited
from vlad_py.ground.asking import check
from vlad_py.ground.errors import ConversionError, HostError, LimitError, RunError, said
from vlad_py.ground.outside import outside
from vlad_py.ground.source import Source, Span
from vlad_py.primitives.kinds import Host
from vlad_py.primitives.primitive import MANY, Primitive
from vlad_py.python.classes import Classes
from vlad_py.python.convert import a_thing, to_python, to_value
from vlad_py.python.derivatives import library_function
from vlad_py.python.function import DEFAULT, ErrorsForCaller, Function, function_of, limits_inside, limits_met
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.show import describe
from vlad_py.values.values import UNIT, Closure, Code, Value, is_function

DerivativeRule: TypeAlias = "str | Function | Callable[..., Any]"


@overload
def primitive(
    function: Callable[..., Any],
    *,
    jvp: DerivativeRule | None = None,
    vjp: DerivativeRule | None = None,
    name: str = "",
) -> Function: ...
@overload
def primitive(
    function: None = None,
    *,
    jvp: DerivativeRule | None = None,
    vjp: DerivativeRule | None = None,
    name: str = "",
) -> Callable[[Callable[..., Any]], Function]: ...
def primitive(
    function: Callable[..., Any] | None = None,
    *,
    jvp: DerivativeRule | None = None,
    vjp: DerivativeRule | None = None,
    name: str = "",
) -> Any:
    """Makes a Python function an ADL function; also a decorator, with or without rules.

    `jvp(x, v)` is the derivative at x along v, in the structure of the result; `vjp(x, w)` is the
    cotangent of x for the cotangent w of the result, in the structure of x. Each is linear in its second
    argument. With one rule both modes follow from it; with both, each mode uses its own. A rule is an ADL
    text, in which the function has its own name, or an ADL function; then derivatives of every order and
    nesting follow. A rule in Python gives derivatives of first order. Without a rule, differentiating the
    function is an error. The limits of rules hold in every call.

    A function of several parameters is called with the components of a tuple. An exception in it arrives
    as HostError, chained. `name` is its name in ADL.

    Raises ConversionError if it is not a function, errors.Error for a rule whose text is wrong.
    """
    if function is None:
        return lambda decorated: primitive(decorated, jvp=jvp, vjp=vjp, name=name)
    if not callable(function) or isinstance(function, Function):
        raise ConversionError(f"`primitive` expects a Python function, got {type(function).__name__}")
    name = name or getattr(function, "__name__", "")
    if not isinstance(name, str):
        raise ConversionError(f"name: expected a string, got {a_thing(type(name))}")
    name = name or type(function).__name__
    doc = inspect.getdoc(function) or ""
    raw = _host_function(function, name, doc, NO_RULE.format(name))
    session = Session()
    session.module().define(name, raw)
    value = _with_rules(raw, _rule(jvp, f"{name}.jvp", session), _rule(vjp, f"{name}.vjp", session))
    session.module().define(name, value)  # a rule that uses its own function may be differentiated
    limits = {rule.limits for rule in (jvp, vjp) if isinstance(rule, Function)}
    made = Function(value, tightest(*limits) if limits else DEFAULT)
    made.__wrapped__ = function
    made.__doc__ = doc or f"{name}{made.__signature__}"
    return made


NO_RULE = "give it one with `@vlad.primitive(jvp=…)`, or treat it as a constant: `{0}(stop_gradient(x))`"
PYTHON_RULE = "write the rule in ADL to differentiate it again"


def _host_function(function: Callable[..., Any], name: str, doc: str, hint: str) -> Primitive:
    """The function itself; `hint` says what to do where it needs a derivative."""
    call = _Calling(function, name)

    def value(argument: Value) -> Value:
        tag = top_tag(argument)
        if is_direction(tag, argument):  # of a rule
            found = value(primal(tag, argument))
            return marked(tag, found.value if type(found) is Limited else found)
        if tag:
            raise RunError(f"`{name}` is a Python function without a derivative", hint=hint)
        arguments = call.arguments(to_python(argument, Function))
        try:
            result = outside(lambda: released(lambda: function(*arguments)))
        except Exception as error:
            if isinstance(error, LimitError):  # of what it called
                raise
            check()  # a limit that stopped it comes first
            raise HostError(f"`{name}` raised {said(error)}") from error
        check()
        classes = Classes()
        classes.within = limits_inside(DEFAULT)
        found = to_value(result, f"the result of `{name}`", classes)
        if classes.embedded and (limits := limits_met(DEFAULT, classes)) != DEFAULT:
            return Limited(found, limits)
        return found

    return Host(name=name, arity=MANY, doc=doc, value=value, pure=False, apply=value)


class _Calling:
    """The way to call a Python function with an ADL argument."""

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.name = name
        self.signature: inspect.Signature | None = None
        try:
            self.signature = inspect.signature(function)
        except Exception:  # a callable object may raise anything when asked
            self.takes_several = True  # functions written in C may not state their parameters
            return
        positional = [p for p in self.signature.parameters.values() if p.kind <= p.VAR_POSITIONAL]
        self.takes_several = len(positional) != 1 or positional[0].kind == inspect.Parameter.VAR_POSITIONAL

    def takes(self, count: int) -> bool:
        """Whether it takes so many arguments, as far as that is known."""
        if self.signature is None:
            return True
        try:
            self.signature.bind(*range(count))
        except TypeError:
            return False
        return True

    def arguments(self, argument: Any) -> tuple[Any, ...]:
        """The arguments for Python. RunError if their number is wrong."""
        arguments = argument if self.takes_several and type(argument) is tuple else (argument,)
        if self.signature is not None:
            try:
                self.signature.bind(*arguments)
            except TypeError as error:
                raise RunError(f"`{self.name}`, a Python function: {error}") from None
        return arguments


def _rule(rule: DerivativeRule | None, what: str, session: Session) -> Value:
    """The value of a rule; the unit for none."""
    if rule is None:
        return UNIT
    if callable(rule) and not isinstance(rule, Function):
        host = _host_function(rule, what, "", PYTHON_RULE)
        _check_rule(what, _Calling(rule, what).takes(2))
        return _with_rules(host)
    if not isinstance(rule, str):
        value = function_of(rule, what).value
    else:
        with ErrorsForCaller():
            value = session.evaluate(rule, what)
        if not is_function(value):
            raise ConversionError(f"{what}: expected an ADL function, got {describe(value)}")
    _check_rule(what, *_takes_two(value))
    return value


def _takes_two(function: Value) -> tuple[bool, Span | None]:
    """Whether the parameters of an ADL function fit a pair, and its place."""
    if not isinstance(function, Closure) or function.code.span.source.library:
        return True, None
    (written,) = parse(Source("", f"fn {function.code.parameters} => 0")).statements
    pattern = written.pattern if isinstance(written, syntax.Fn) else written
    return not isinstance(pattern, syntax.Tuple) or len(pattern.items) == 2, function.code.span


def _check_rule(what: str, takes_two: bool, span: Span | None = None) -> None:
    """ConversionError if a rule does not take its two arguments."""
    if not takes_two:
        name, _, kind = what.rpartition(".")
        second = "v" if kind == "jvp" else "w"
        hint = f"x is the argument of `{name}`; if that is a tuple, write `fn ((a, b), {second}) => …`"
        raise ConversionError(
            f"the rule `{kind}` of `{name}` takes two arguments, (x, {second})", span, hint=hint
        )


def _with_rules(raw: Primitive, jvp: Value = UNIT, vjp: Value = UNIT) -> Closure:
    """The function with its rules, under its own name."""
    made = machine.run(library_function("prelude/rules", "with_rules").value, (raw, jvp, vjp))
    assert type(made) is Closure
    code = made.code
    return Closure(made.enter, made.env, Code(code.id, raw.name, "(…)", code.captures, code.span, raw.doc))
