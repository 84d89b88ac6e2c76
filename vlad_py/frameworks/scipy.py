"""Scipy's solvers on ADL functions, with the derivatives that they want: `vlad.scipy`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import ConversionError
from vlad_py.python.derivatives import gradient, hessian, jacobian, value_and_gradient
from vlad_py.python.function import Function, function_of
from vlad_py.python.programs import evaluate

# The methods of scipy that take second derivatives, those that take no derivatives, and those that take the
# Jacobian of a differential equation.
SECOND = frozenset("newton-cg dogleg trust-ncg trust-krylov trust-exact trust-constr".split())
NONE = frozenset("nelder-mead powell cobyla cobyqa".split())
IMPLICIT = frozenset("Radau BDF LSODA".split())


def minimize(
    function: object, start: object, args: object = (), *, method: str = "BFGS", **options: Any
) -> Any:
    """`scipy.optimize.minimize` of an ADL function of a vector, with its exact gradient, and its Hessian for
    the methods that take one. `start` has the shape (n,); `args` are further arguments of the function, or a
    single one, with respect to which nothing is differentiated; other options are scipy's.

    Raises ConversionError where scipy is not installed or the function is not one of ADL; the function's own
    errors.
    """
    f, optimize = _given(function_of(function, "minimize"), "x", args), _scipy("optimize")
    if method.lower() in NONE:
        return optimize.minimize(f, start, method=method, **options)
    if method.lower() in SECOND:
        return optimize.minimize(f, start, method=method, jac=gradient(f), hess=hessian(f), **options)
    return optimize.minimize(value_and_gradient(f), start, method=method, jac=True, **options)


def least_squares(function: object, start: object, *, args: object = (), **options: Any) -> Any:
    """`scipy.optimize.least_squares` of an ADL function from a vector (n,) to residuals (m,), with its exact
    Jacobian (m, n). `args` and other options are as for `minimize`. Raises as `minimize` does.
    """
    f, optimize = _given(function_of(function, "least_squares"), "x", args), _scipy("optimize")
    return optimize.least_squares(f, start, jac=jacobian(f), **options)


def solve_ivp(
    function: object, span: tuple[float, float], start: object, *, args: object = (), **options: Any
) -> Any:
    """`scipy.integrate.solve_ivp` of y' = f(t, y) for an ADL function f of a real and a vector (n,). The
    methods for stiff equations (`Radau`, `BDF`, `LSODA`) get its exact Jacobian (n, n). `args` and other
    options are as for `minimize`. Raises as `minimize` does.
    """
    f, integrate = _given(function_of(function, "solve_ivp"), "t, y", args), _scipy("integrate")
    _check_slope(f, span, start)
    if options.get("method") in IMPLICIT:
        options.setdefault("jac", evaluate("fn f => fn (t, y) => jacobian(fn y => f(t, y))(y)")(f))
    return integrate.solve_ivp(f, span, start, **options)


def _given(f: Function, parameters: str, args: object) -> Function:
    """The function of these parameters that `f` is, with the further arguments that scipy calls `args`."""
    given = args if isinstance(args, tuple) else () if args is None else (args,)
    if not given:
        return f
    rest = ", ".join(f"given{i}" for i in range(len(given)))
    made = evaluate(f"fn (f, {rest}) => fn ({parameters}) => f({parameters}, {rest})")
    return function_of(made(f, *given), "args")


def _check_slope(f: Function, span: tuple[float, float], start: object) -> None:
    """Refuses a function whose slope at the start is not an array like it."""
    import numpy as np  # only here: scipy has loaded it

    state = np.asarray(start, dtype=float)
    slope = f(float(span[0]), state)
    shape = getattr(slope, "shape", None)
    if state.ndim == 1 and shape != state.shape:
        got = f"an array of shape {shape}" if shape is not None else f"{slope!r}"
        wanted = f"an array of shape {state.shape}, like the start"
        raise ConversionError(f"solve_ivp: expected the slope f(t, y) to be {wanted}; got {got}")


def _scipy(part: str) -> Any:
    if find_spec("scipy") is None:
        raise ConversionError("scipy is not installed", hint=install_advice("optimize"))
    return import_module(f"scipy.{part}")
