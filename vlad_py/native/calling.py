"""Native code for calls of a function: values in, values out, for one kind of argument."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import NotNative
from vlad_py.ground.late_numpy import np
from vlad_py.native import store
from vlad_py.native.code import FACTS, Code, compiled, loaded
from vlad_py.native.ir import MOST_OPS, Unit
from vlad_py.native.kinds import kind_of_plain, leaves, transform
from vlad_py.native.reached import Reached, Unhashed, Use
from vlad_py.native.signals import Invalid
from vlad_py.native.types import shape_of_type
from vlad_py.native.unknown import Named, NamedBoolean, is_a_real
from vlad_py.values.values import Array, Closure, Value


def _has_nan(x: Value) -> bool:
    data: Any = x.data if type(x) is Array else x
    return bool(np.isnan(data).any())


def is_installed() -> bool:
    """Whether there is a native tier: it needs llvmlite."""
    return find_spec("llvmlite") is not None


class Native:
    """The native code of a call of a function with one kind of argument.

    With `is_fixed`, the function is always the same: what it captures is known. Otherwise its reals are
    parameters as well. Raises NotNative.
    """

    def __init__(
        self,
        function: Closure,
        argument: Value,
        *,
        is_fixed: bool,
        uses_store: bool = False,
        most: int = MOST_OPS,
    ) -> None:
        if kind_of_plain((function, argument)) is None:
            raise NotNative("a number under differentiation goes in")
        self.is_fixed = is_fixed
        self._unit: Unit | None = None
        self._reached: Reached | None = None  # while the code is made, if it is to be kept
        uses = self._loaded(function, argument) if uses_store else None
        if uses is None:
            uses = self._made(function, argument, most)
        self._reached = None
        self.asks_at_nan = self.code.made_zeros  # whether the interpreter decides where a result is nan
        result = self.result
        self._is_real = type(result) is Named and is_a_real(result)
        self._is_tuple = type(result) is tuple and all(type(r) is Named and is_a_real(r) for r in result)
        self._has_arrays = "q" in self.code.takes
        self._shapes = [shape_of_type(r.type) for r in self.unit.region.results] if self._has_arrays else []
        # a function without captures is known by its code: kept itself, its text would never be forgotten
        self._codes = [
            (text.namespace, text.key(name), f.code)
            for text, name, f in uses
            if type(f) is Closure and not f.env
        ]
        self._values = [
            (text.namespace, text.key(name), value)
            for text, name, value in uses
            if not (type(value) is Closure and not value.env)
        ]
        given = argument if type(argument) is tuple else (argument,)
        self.takes = len(given)  # arguments, where it `is_direct`: takes reals, and gives a real or several
        gives_reals = self._is_real or self._is_tuple
        self.is_direct = is_fixed and gives_reals and all(type(x) is float for x in given)

    def _made(self, function: Closure, argument: Value, most: int) -> list[Use]:
        """Compiles the call; gives the top-level names that the code relies on."""
        from vlad_py.native.specialise import specialise  # only here: what is on disk is not made

        specialised = specialise(function, argument, is_fixed=self.is_fixed, most=most)
        self._unit, self.result = specialised.unit, specialised.result
        if not self.is_fixed and not self._unit.region.ops:
            raise NotNative("nothing to compute")  # a call that makes a closure, for instance
        kept: list[bytes] = []
        self.code: Code = compiled(self._unit, kept.append)
        if self._reached is not None and kept:
            self._keep(self._reached, specialised.uses, kept[0])
        return specialised.uses

    def _loaded(self, function: Closure, argument: Value) -> list[Use] | None:
        """Takes the code from disk, if it is there; gives the top-level names that it relies on."""
        try:
            reached = self._reached = Reached(function, argument)
        except Unhashed:
            return None
        found = store.load(reached.fingerprint)
        if found is None:
            return None
        facts, code = found
        try:
            uses = [reached.uses[i] for i in facts["uses"]]
            self.result = store.read(facts["result"])
            self.code = loaded(facts, code)
        except (LookupError, TypeError, ValueError, RuntimeError):  # nothing that this version has written
            return None
        return uses

    def _keep(self, reached: Reached, uses: list[Use], code: bytes) -> None:
        """Puts the code onto disk, if what it gives and relies on can be written."""
        places = {(id(text.namespace), repr(name)): i for i, (text, name, _) in enumerate(reached.uses)}
        try:
            facts = {name: getattr(self.code, name) for name in FACTS}
            if "q" in self.code.takes or not all(name in PRIMITIVES for name, _ in self.code.back):
                return
            facts["result"] = store.written(self.result)
            facts["uses"] = [places[id(text.namespace), repr(name)] for text, name, _ in uses]
        except (store.Unkept, KeyError):
            return
        store.save(reached.fingerprint, facts, code)

    @property
    def unit(self) -> Unit:
        """The program of the IR; code from disk has none."""
        assert self._unit is not None
        return self._unit

    def is_current(self) -> bool:
        """Whether the top-level names that the code relies on still have the values that they had."""
        for namespace, key, value in self._values:
            if namespace.get(key) is not value:
                return False
        for namespace, key, code in self._codes:
            found = namespace.get(key)
            if type(found) is not Closure or found.code is not code:
                return False
        return True

    def direct(self, reals: tuple[float, ...]) -> Value:
        """The value of a call with reals, where it `is_direct`. Raises as `__call__` does."""
        results = self.code.run(reals)
        if self.asks_at_nan and any(x != x for x in results):
            raise Invalid
        return results[0] if self._is_real else results

    def __call__(self, function: Closure, argument: Value) -> Value:
        """The value of a call, of a function and an argument of the right kind.

        Raises Left, or Invalid, where the call has to be run again, interpreted.
        """
        given = argument if self.is_fixed else (function, argument)
        if self._has_arrays:
            return self._on_arrays(given)
        reals = [given] if type(given) is float else [x for x in leaves(given) if type(x) is float]
        results = self.code.run(reals)
        if self.asks_at_nan and any(x != x for x in results):
            raise Invalid
        if self._is_real:
            return results[0]
        if self._is_tuple:
            return results
        return self._structure(iter(results))

    def _on_arrays(self, given: Value) -> Value:
        """The value of a call with arrays: those that go in are borrowed, those that come out are new."""
        numbers: list[float] = []
        kept = []
        for leaf in leaves(given):
            if type(leaf) is float:
                numbers.append(leaf)
            elif type(leaf) is Array:
                data = leaf.data
                if data.dtype != np.float64 or not data.flags.c_contiguous:
                    data = np.ascontiguousarray(data, np.float64)
                kept.append(data)
                numbers.append(data.__array_interface__["data"][0])
        arrays = [np.empty(shape) if shape else None for shape in self._shapes]
        numbers += [data.__array_interface__["data"][0] for data in arrays if data is not None]
        reals = self.code.run(numbers)
        results = [x if data is None else Array(data) for x, data in zip(reals, arrays, strict=True)]
        if self.asks_at_nan and any(map(_has_nan, results)):
            raise Invalid
        return self._structure(iter(results))

    def _structure(self, rest: Iterator[Value]) -> Value:
        """The results in the structure of the value."""

        def leaf(item: Value) -> Value:
            if type(item) is Named:
                return next(rest)
            return bool(next(rest)) if type(item) is NamedBoolean else item

        return transform(self.result, leaf)
