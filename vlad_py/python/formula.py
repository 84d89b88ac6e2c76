"""Expressions of symbols as Python objects, with the arithmetic and indices of ADL's primitives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, SupportsIndex, TypeAlias

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import ConversionError, near
from vlad_py.numbers.symbolic import symbolic
from vlad_py.numbers.symbolic.symbolic import Symbolic
from vlad_py.python.embedded import Embedded
from vlad_py.python.pickling import nodes_of
from vlad_py.python.unpickling import OTHER_VERSION, value_of
from vlad_py.values.values import UNIT, Value

Compute: TypeAlias = Callable[[str, tuple[object, ...]], Any]
"""The result of a primitive, given by its name, on Python objects."""

# the operators of Python that numpy's functions are, for an array whose other operand is an expression
UFUNCS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "truediv",
    "power": "pow",
    "matmul": "matmul",
    "negative": "neg",
    "absolute": "abs",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
}
REFLECTED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}  # of the others an `r` in front says it

NUMPY = '`vlad.evaluate("sin")` takes expressions, as all ADL functions do'


def _operator(name: str, *, reflected: bool = False) -> Callable[[Formula, object], Any]:
    def applied(self: Formula, other: object) -> Any:
        return self._compute(name, (other, self) if reflected else (self, other))

    return applied


class Formula:
    """An expression of symbols, which stands for a real or an array.

    Operators and indices are those of ADL, and take any value that converts; ADL functions take it as an
    argument. Raises errors.Error as these do.
    """

    __slots__ = ("_compute", "_primal")

    def __init__(self, primal: symbolic.Formula, compute: Compute) -> None:
        self._primal = primal
        self._compute = compute

    @property
    def value(self) -> Symbolic:
        """Its number in ADL."""
        return Symbolic(self._primal)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (nodes_of(self.value), self._compute)

    def __copy__(self) -> Formula:
        return self

    def __deepcopy__(self, memo: object) -> Formula:
        return self

    # ── as text ──

    def __repr__(self) -> str:
        return repr(self._primal)

    def _repr_latex_(self) -> str:
        return self._primal._repr_latex_()

    def text(self) -> str:
        """Its text in a program: a block, if it is long and would repeat itself otherwise."""
        return self._primal.text()

    def shared(self) -> str:
        """A block that computes repeated parts of the expression only once."""
        return self._primal.shared()

    def latex(self, *, shared: bool = False) -> str:
        """LaTeX for math mode; if `shared`, as equations, with names for repeated parts."""
        return self._primal.latex(shared=shared)

    # ── as an expression ──

    @property
    def size(self) -> int:
        """The number of its operations, written out."""
        return self._primal.size

    @property
    def shared_size(self) -> int:
        """The number of operations that compute it, each one once."""
        return self._primal.shared_size

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names in it, in the order in which it mentions them."""
        return self._primal.symbols

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its array; `()` for a real."""
        return self._primal.shape

    def simplified(self) -> Any:
        """The same in its lightest form; a number if there are no symbols in it."""
        return self._compute("expression_simplified", (self,))

    def expanded(self) -> Any:
        """The same with products written out. RunError if it has too many terms."""
        return self._compute("expression_expanded", (self,))

    def at(self, **values: object) -> Any:
        """Its value with symbols replaced by values of the same shapes: a number, or an expression if symbols
        are left. Raises ConversionError for a name that it does not have.
        """
        for name in values:
            if name not in self.symbols:
                hint = near(name, self.symbols) or f"its symbols are {', '.join(self.symbols)}"
                raise ConversionError(f"there is no symbol `{name}` in the expression", hint=hint)
        return self._compute("expression_at", (self, values))

    # ── as a number ──

    def __float__(self) -> float:
        given = ", ".join(f"{name}=1" for name in self.symbols if name.isidentifier())
        raise ConversionError(
            "an expression is not a number", hint=f"`.at({given})` replaces its symbols by values"
        )

    def __array__(self, *_: object, **__: object) -> Any:
        raise ConversionError("numpy arrays hold numbers, and this is an expression", hint=NUMPY)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: object, **options: object) -> Any:
        name = UFUNCS.get(ufunc.__name__)
        if name is None or method != "__call__" or options:
            raise ConversionError(f"numpy's `{ufunc.__name__}` takes no expressions", hint=NUMPY)
        first, *others = operands
        if isinstance(first, Formula):
            return getattr(first, f"__{name}__")(*others)
        return getattr(self, f"__{REFLECTED.get(name, f'r{name}')}__")(first)

    __add__, __radd__ = _operator("+"), _operator("+", reflected=True)
    __sub__, __rsub__ = _operator("-"), _operator("-", reflected=True)
    __mul__, __rmul__ = _operator("*"), _operator("*", reflected=True)
    __truediv__, __rtruediv__ = _operator("/"), _operator("/", reflected=True)
    __pow__, __rpow__ = _operator("^"), _operator("^", reflected=True)
    __matmul__, __rmatmul__ = _operator("@"), _operator("@", reflected=True)
    __lt__, __le__, __gt__, __ge__ = _operator("<"), _operator("<="), _operator(">"), _operator(">=")

    def __neg__(self) -> Any:
        return self._compute("neg", (self,))

    def __pos__(self) -> Formula:
        return self

    def __abs__(self) -> Any:
        return self._compute("abs", (self,))

    def __eq__(self, other: object) -> bool:
        """Whether another object is the same expression."""
        return isinstance(other, Formula) and (self._primal == other._primal) is True

    def __hash__(self) -> int:
        return hash((self.symbols, self.shape))

    def __getitem__(self, index: object) -> Any:
        if isinstance(index, tuple) and len(index) == 1:
            (index,) = index
        if isinstance(index, tuple):
            return self._compute(
                "indexed", (self, tuple(_Slice(i) if type(i) is slice else i for i in index))
            )
        if isinstance(index, slice):
            return self._compute("slice", (self, _slice(index)))
        return self._compute("index", (self, index))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an expression for a real has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        raise ConversionError("an expression is not a boolean", hint="`==` tells whether two are identical")


class _Slice(Embedded):
    """A slice among several indices (see `indexed`)."""

    def __init__(self, index: slice) -> None:
        self.value = (_slice(index),)


def _slice(index: slice) -> tuple[Value, ...]:
    ends = _end(index.start), _end(index.stop)
    return ends if index.step is None else (*ends, _end(index.step))


def _end(end: object) -> Value:
    if end is None:
        return UNIT
    if not isinstance(end, SupportsIndex):
        raise ConversionError("the end of a slice must be a whole number")
    return float(end.__index__())


def _restored(nodes: list[Any], compute: Compute) -> Formula:
    """The expression of a pickle. Raises ConversionError as `value_of` does."""
    number = value_of(nodes, Limits())
    if not isinstance(number, Symbolic):
        raise ConversionError(OTHER_VERSION)
    return Formula(number.primal, compute)
