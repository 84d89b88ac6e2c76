"""Native code for calls of a function: values in, values out, for one kind of argument."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from math import inf, prod
from typing import Any

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import LimitError, NotNative
from vlad_py.ground.late_numpy import np, quiet
from vlad_py.ground.memory import as_size
from vlad_py.ground.nans import ON_ONE_THREAD
from vlad_py.native import buffers, refusals, store
from vlad_py.native import code as machine_code
from vlad_py.native.arena import filled, has_nan
from vlad_py.native.code import Code
from vlad_py.native.effort import MOST_OPS
from vlad_py.native.emit_signals import has_loop
from vlad_py.native.exits import Full, Invalid
from vlad_py.native.folded import Folded
from vlad_py.native.ir import Unit, functions_of, interpreted
from vlad_py.native.kinds import LONG, kind_of_plain, leaves
from vlad_py.native.leaf_types import is_a_real, is_unknown
from vlad_py.native.linking import FACTS, compiled, loaded
from vlad_py.native.long_lists import numbers
from vlad_py.native.reached import Reached, Unhashed, Use
from vlad_py.native.refusals import Bounds, TooLittle
from vlad_py.native.types import ArrayType
from vlad_py.native.unknown import Named
from vlad_py.native.views import Shape
from vlad_py.native.written import Unkept, Values, read_back, read_lists, written_back, written_lists
from vlad_py.plots.plot import Plot
from vlad_py.values.structure import distinct_leaves
from vlad_py.values.values import Array, Closure, Key, Value, shape_of


def _numbers(given: Value) -> list[Any]:
    """The reals and arrays of a value, in order, as native code takes them."""
    found = [given] if type(given) is Array else leaves(given)
    return [_in_order(x.data) if type(x) is Array else x for x in found if type(x) in (float, Array)]


def _in_order(data: Any) -> Any:
    return data if buffers.is_direct(data) else np.ascontiguousarray(data, np.float64)


def _straight(unit: Unit) -> int:
    """`interpreted` of a unit in which each operation runs once; 0 if it has loops or functions."""
    once = not has_loop(unit.region) and not functions_of(unit.region)
    return interpreted(unit) if once else 0


def is_installed() -> bool:
    """Whether there is a native tier, which needs llvmlite."""
    return find_spec("llvmlite") is not None


def why_refused(value: Value) -> str:
    """Why native code cannot be given a value without a kind."""
    if any(type(leaf) is Key for leaf in distinct_leaves(value)):
        return "a key goes in"
    if any(type(leaf) is Plot for leaf in distinct_leaves(value)):
        return "a plot goes in"
    return "a number under differentiation, or more than a thousand values, goes in"


class Native:
    """The native code of a call of a function with one kind of argument.

    With `is_fixed`, the function is always the same: what it captures is known. Otherwise its reals are
    parameters as well. Where it is `in_pieces`, sweeps over long loops keep some states only.

    Raises NotNative, also where it would take more than so many operations, or either the specialiser or LLVM
    more than so many `seconds`, or if it is straight code of fewer than `least` operations.
    """

    def __init__(
        self,
        function: Closure,
        argument: Value,
        *,
        is_fixed: bool,
        uses_store: bool = False,
        most: int = MOST_OPS,
        in_pieces: bool = False,
        seconds: float = inf,
        least: int = 0,
    ) -> None:
        kind = kind_of_plain((function, argument))
        if kind is None:
            raise NotNative(why_refused((function, argument)))
        self.is_fixed = is_fixed
        self.in_pieces = in_pieces
        self._bounds = Bounds(most, seconds, least)
        self.code: Code
        self._unit: Unit | None = None
        self._reached: Reached | None = None  # while the code is made, if it is to be kept
        kept = uses_store and LONG not in kind
        uses = self._loaded(function, argument) if kept else None
        if uses is None:
            try:
                uses = self._made(function, argument, self._bounds)
            except NotNative as reason:
                self._keep_refusal(reason)
                raise
        if 0 < self.code.straight < least:
            raise TooLittle
        self._reached = None
        self.asks_at_nan = self.code.made_zeros  # whether the interpreter decides where a result is nan
        result = self.result
        self._is_real = type(result) is Named and is_a_real(result)
        self._is_tuple = type(result) is tuple and all(type(r) is Named and is_a_real(r) for r in result)
        self._has_arrays = "q" in self.code.takes
        self._has_lists = "Q" in self.code.takes
        if self._has_arrays and self._has_lists:
            raise NotNative("a long list beside arrays goes in")
        self._slots: list[tuple[int, Shape, int]] = []  # which results are arrays, shapes, sizes
        if self._has_arrays:
            buffers.check()
            shapes = [shape_of(leaf) for leaf in leaves(result) if is_unknown(leaf)]
            self._slots = [(i, shape, prod(shape)) for i, shape in enumerate(shapes) if shape]
        self._is_array = type(result) is Named and not self._is_real
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
        self.takes = len(given)  # arguments
        self._arrays = [(i, x.data.shape) for i, x in enumerate(given) if type(x) is Array]
        self._types = tuple([np.ndarray if type(x) is Array else type(x) for x in given])  # in Python
        gives = type(result) is Named or (type(result) is tuple and all(type(r) is Named for r in result))
        self.is_direct = is_fixed and gives and all(type(x) is float or type(x) is Array for x in given)
        self.gives_reals = self._is_real or self._is_tuple
        # a shorter way to the machine code, where there are no flags to look at and no memory to give back
        self._quick: Callable[[Sequence[float]], Value] | None = None
        if self.is_direct and self.gives_reals and not self.asks_at_nan:
            self._quick = self.code.quick(self._is_real)

    def _made(self, function: Closure, argument: Value, bounds: Bounds) -> list[Use]:
        """Compiles the call; gives the top-level names that the code relies on."""
        from vlad_py.native.units import specialise  # only here: what is on disk is not made

        with quiet():  # what is known is computed now
            specialised = specialise(
                function,
                argument,
                is_fixed=self.is_fixed,
                most=bounds.most,
                seconds=bounds.seconds,
                in_pieces=self.in_pieces,
            )
        self._unit, self.result = specialised.unit, specialised.result
        if not self.is_fixed and not self._unit.region.ops:
            region = self._unit.region
            has_arrays = any(isinstance(n.type, ArrayType) for n in (*region.parameters, *region.results))
            if function.code.name or has_arrays:
                raise NotNative("nothing to compute")  # a call that makes a closure, for instance
            self.code = Folded(self._unit)
            return specialised.uses
        if 0 < _straight(self._unit) < bounds.least:
            raise TooLittle  # before LLVM takes its time
        kept: list[bytes] = []
        self.code = compiled(self._unit, kept.append, bounds.seconds)
        if self._reached is not None and kept:
            self._keep(self._reached, specialised.uses, kept[0])
        return specialised.uses

    def _loaded(self, function: Closure, argument: Value) -> list[Use] | None:
        """Takes the code from disk, if it is there; gives the top-level names that it relies on. NotNative if
        disk says that there can be none.
        """
        try:
            reached = self._reached = Reached(function, argument)
        except Unhashed:
            return None
        found = store.load(reached.fingerprint)
        if found is None:
            return None
        facts, code = found
        try:
            refusals.refuse(facts, self._bounds)
            uses = [reached.uses[i] for i in facts["uses"]]
            self.result = Values(reached.texts).read(facts["result"])
            data, backs = store.unpacked(facts["data"]), read_back(facts["back_on_arrays"])
            self.code = loaded(facts, code, data, backs, read_lists(facts["lists"]))
        except (LookupError, TypeError, ValueError, RuntimeError):  # nothing that this version has written
            return None
        return uses

    def _keep(self, reached: Reached, uses: list[Use], code: bytes) -> None:
        """Puts the code onto disk, if what it gives and relies on can be written."""
        places = {(id(text.namespace), repr(name)): i for i, (text, name, _) in enumerate(reached.uses)}
        try:
            facts = {name: getattr(self.code, name) for name in FACTS}
            if not all(name in PRIMITIVES for name, _ in self.code.back):
                return
            facts["result"] = Values(reached.texts).written(self.result)
            facts["back_on_arrays"] = written_back(self.code.back_on_arrays)
            facts["lists"] = written_lists(self.code.lists)
            facts["data"] = store.packed(self.code.data)
            facts["uses"] = [places[id(text.namespace), repr(name)] for text, name, _ in uses]
        except (Unkept, KeyError):
            return
        store.save(reached.fingerprint, facts, code)

    def _keep_refusal(self, reason: NotNative) -> None:
        """Puts onto disk why there is no code."""
        if self._reached is not None:
            refusals.keep(self._reached.fingerprint, reason, self._bounds)

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

    def direct(self, arguments: tuple[float | np.ndarray, ...]) -> Value:
        """The value of a call with reals and arrays, where it `is_direct`. Raises as `__call__` does."""
        if self._has_arrays:
            if self._quick is not None:
                return self._quick([x if type(x) is float else id(x) + buffers.HEAD for x in arguments])
            return self._on_arrays(arguments)
        return self._result(self.code.run(arguments))  # type: ignore[arg-type]

    def quick(self) -> Callable[[tuple[float, ...]], Value] | None:
        """As `direct`, for reals alone, with as little as possible around the machine code. None where a call
        has more to do: to check that names still have their values, to look at flags, or to give memory back.
        """
        return None if self._has_arrays or self._values or self._codes else self._quick

    def fits(self, arguments: tuple[object, ...]) -> bool:
        """Whether arguments from Python are such reals and arrays that `direct` takes them as they are."""
        if self._arrays:
            if tuple(map(type, arguments)) != self._types:
                return False
            for i, shape in self._arrays:
                array: Any = arguments[i]
                if array.shape != shape or not buffers.is_direct(array):
                    return False
            return True
        for argument in arguments:  # `all` of a generator takes three times as long
            if type(argument) is not float:
                break
        else:
            return True
        return False

    def __call__(self, function: Closure, argument: Value) -> Value:
        """The value of a call, of a function and an argument of the right kind.

        Raises Left, or Invalid, where the call has to be run again, interpreted. LimitError where its tapes
        take more memory than they may, though long loops are swept in pieces: interpreted, they take more.
        """
        try:
            return self._called(function, argument)
        except Full:
            if not self.code.sweeps:
                raise
        for makes_room in (partial(self._in_pieces, function, argument), self._with_larger_tapes):
            if makes_room():
                try:
                    return self._called(function, argument)
                except Full:
                    pass
        raise LimitError(
            f"the tapes of a derivative take more memory than they may, {as_size(self.code.most_tape)} each",
            hint="`checkpointed(f)` keeps what goes into a call of f, and runs it again",
        )

    def _in_pieces(self, function: Closure, argument: Value) -> bool:
        """Sweeps long loops in pieces from now on. False if it did before, or the unit is too large then."""
        if self.in_pieces:
            return False
        self.in_pieces = True
        try:
            self._made(function, argument, Bounds(self._bounds.most, inf, 0))
        except NotNative:
            return False
        return True

    def _with_larger_tapes(self) -> bool:
        """Lets each tape take a part of the machine's memory from now on. False if it did before."""
        if self.code.most_tape >= machine_code.LARGEST_TAPE:
            return False
        self.code.most_tape = machine_code.LARGEST_TAPE
        self.code.contexts.clear()  # each knows how large its tapes may be
        return True

    def _called(self, function: Closure, argument: Value) -> Value:
        """As `__call__`. Raises Full where tapes or lists take too much memory."""
        given = argument if self.is_fixed else (function, argument)
        if self._has_arrays:
            return self._on_arrays(_numbers(given))
        if self._has_lists:
            held = list(numbers(given))  # as long as the call runs
            return self._result(
                self.code.run([x.buffer_info()[0] if isinstance(x, array) else x for x in held])
            )
        captured: tuple[Any, ...] = () if self.is_fixed else function.env
        flat = (*captured, *argument) if type(argument) is tuple else (*captured, argument)
        for x in flat:  # most often all are reals, and `leaves` takes longer than the machine code
            if type(x) is not float:
                return self._result(self.code.run([x for x in leaves(given) if type(x) is float]))
        return self._result(self.code.run(flat))

    def _on_arrays(self, given: Sequence[float | np.ndarray]) -> Value:
        """The value of a call with arrays: those that go in are borrowed, those that come out are new."""
        numbers = [x if type(x) is float else id(x) + buffers.HEAD for x in given]
        if not self._slots:
            return self._result(self.code.run(numbers))
        flat = []
        for _, _, size in self._slots:
            array = buffers.fresh(size)
            flat.append(array)
            numbers.append(id(array) + buffers.HEAD)
        results: list[Value] = list(self.code.run(numbers))
        for i, shape, size in self._slots:
            array = flat.pop(0)
            if self.asks_at_nan:  # `any_nan`, without a call where it takes less than that
                total = array.dot(array) if size <= ON_ONE_THREAD else np.minimum.reduce(array)
                if total != total:
                    raise Invalid
            results[i] = Array(array if len(shape) == 1 else array.reshape(shape))
        return results[0] if self._is_array else self._result(results)

    def _result(self, results: Sequence[Value]) -> Value:
        """The value of a call. Raises Invalid where the interpreter has to decide."""
        if self.asks_at_nan and any(x != x for x in results if type(x) is float):
            raise Invalid
        if self.asks_at_nan and any(has_nan(x) for x in results if type(x) is list):
            raise Invalid
        if self._is_real:
            return results[0]
        return results if self._is_tuple else self._structure(results)

    def _structure(self, results: Sequence[Value]) -> Value:
        """The results in the structure of the value."""
        return filled(self.result, iter(results))
