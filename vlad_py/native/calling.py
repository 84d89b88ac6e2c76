"""Native code for calls of a function: values in, values out, for one kind of argument."""

from __future__ import annotations

from importlib.util import find_spec

from vlad_py.ground.errors import NotNative
from vlad_py.native.code import Code, Invalid, compiled
from vlad_py.native.ir import Unit
from vlad_py.native.kinds import kind_of_plain, leaves, transform
from vlad_py.native.specialise import Specialised, specialise
from vlad_py.native.unknown import Named, NamedBoolean
from vlad_py.values.values import Closure, Value


def is_installed() -> bool:
    """Whether there is a native tier: it needs llvmlite."""
    return find_spec("llvmlite") is not None


class Native:
    """The native code of a call of a function with one kind of argument.

    With `is_fixed`, the function is always the same: what it captures is known. Otherwise its reals are
    parameters as well. Raises NotNative.
    """

    def __init__(self, function: Closure, argument: Value, *, is_fixed: bool) -> None:
        if kind_of_plain((function, argument)) is None:
            raise NotNative("an array, or a number under differentiation, goes in")
        self.is_fixed = is_fixed
        self.specialised: Specialised = specialise(function, argument, is_fixed=is_fixed)
        if not is_fixed and not self.unit.region.ops:
            raise NotNative("nothing to compute")  # a call that makes a closure, for instance
        self.code: Code = compiled(self.unit)
        result = self.specialised.result
        self._is_real = type(result) is Named
        self._is_tuple = type(result) is tuple and all(type(r) is Named for r in result)
        self._uses = [(text.namespace, text.key(name), value) for text, name, value in self.specialised.uses]
        given = argument if type(argument) is tuple else (argument,)
        self.takes = len(given)  # arguments, where it `is_direct`: takes reals, and gives a real or several
        gives_reals = self._is_real or self._is_tuple
        self.is_direct = is_fixed and gives_reals and all(type(x) is float for x in given)

    @property
    def unit(self) -> Unit:
        """The program of the IR."""
        return self.specialised.unit

    def is_current(self) -> bool:
        """Whether the top-level names that the code relies on still have the values that they had."""
        for namespace, key, value in self._uses:  # noqa: SIM110 - half the time of all()
            if namespace.get(key) is not value:
                return False
        return True

    def direct(self, reals: tuple[float, ...]) -> Value:
        """The value of a call with reals, where it `is_direct`. Raises as `__call__` does."""
        results = self.code.run(reals)
        if self.code.made_zeros and any(x != x for x in results):
            raise Invalid
        return results[0] if self._is_real else results

    def __call__(self, function: Closure, argument: Value) -> Value:
        """The value of a call, of a function and an argument of the right kind.

        Raises Left, or Invalid, where the call has to be run again, interpreted.
        """
        given = argument if self.is_fixed else (function, argument)
        reals = [given] if type(given) is float else [x for x in leaves(given) if type(x) is float]
        results = self.code.run(reals)
        if self.code.made_zeros and any(x != x for x in results):
            raise Invalid
        if self._is_real:
            return results[0]
        if self._is_tuple:
            return results
        rest = iter(results)

        def leaf(item: Value) -> Value:
            if type(item) is Named:
                return next(rest)
            return bool(next(rest)) if type(item) is NamedBoolean else item

        return transform(self.specialised.result, leaf)
