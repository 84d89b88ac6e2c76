"""The value of a primitive in LLVM: the text in its entry, in operators and functions of reals, taken apart.

Such a text is an expression of Python: `{0}` and `{1}` are the arguments; `where(c, a, b)` chooses, and other
functions have the names that numpy or C's library gives them. In a reduction, `fold(step, start)` goes
through the reals: `a` is the result so far, `x` (in a pairing also `y`) the next real; where the start has an
`x`, that is the first real. `n` is how many there are. `(lambda m: …)(e)` is an expression with m for e. A
primitive without such a text is called back.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from functools import cache

from vlad_py.primitives.kinds import Pairing
from vlad_py.primitives.primitive import Primitive

# The functions that texts may call, by numpy's or C's names: what LLVM or C's library calls each, how many
# reals it takes, and whether it is a call, where others are an instruction or a few. LLVM computes its own
# itself where arguments are known.
FUNCTIONS = {
    **{name: (f"llvm.{name}.f64", 1, False) for name in "fabs sqrt floor ceil rint".split()},
    **{name: (f"llvm.{name}.f64", 1, True) for name in "exp log sin cos".split()},
    "abs": ("llvm.fabs.f64", 1, False),
    **{name: (name, 1, True) for name in "tan sinh cosh tanh".split()},
    **{f"arc{name}": (f"a{name}", 1, True) for name in "sin cos tan sinh cosh tanh".split()},
    **{name: (name, 1, True) for name in "cbrt expm1 exp2 log1p log2 log10 erf erfc lgamma".split()},
    **{name: (name, 2, True) for name in "pow hypot fmod".split()},
    "copysign": ("copysign", 2, False),
    "power": ("pow", 2, True),
    "arctan2": ("atan2", 2, True),
}
CALLS = frozenset(function for function, _, is_call in FUNCTIONS.values() if is_call)
OPERATORS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
COMPARISONS = {
    ast.Lt: "olt", ast.LtE: "ole", ast.Gt: "ogt", ast.GtE: "oge", ast.Eq: "oeq", ast.NotEq: "une",
}  # fmt: skip

Write = Callable[[str], str]
"""Writes an instruction, gives the name of its result."""
Declare = Callable[[str, int], None]
"""Declares a function of so many reals."""


class NoText(Exception):
    """A text with something else in it."""


def number(x: float) -> str:
    """A real in LLVM's text, exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


def comparison(sign: str) -> str:
    """LLVM's name of a comparison that is written with a sign, as Python's is."""
    tree = _tree(f"a {sign} b")
    assert isinstance(tree, ast.Compare)
    return COMPARISONS[type(tree.ops[0])]


@cache
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def tree_of(primitive: Primitive) -> ast.expr:
    """The text of a primitive of one argument, or of many, as a tree. NoText where it has none."""
    if not text_of(primitive):
        raise NoText
    return _tree(text_of(primitive).format("x0"))


def text_of(primitive: Primitive) -> str:
    """The text of a primitive's value in compiled code; empty where it has none."""
    text = primitive.native or primitive.vector
    return "" if primitive.gives_boolean else text


@cache
def calls_library(primitive: Primitive) -> bool:
    """Whether a primitive's text calls functions of C's library, or it has no text."""
    called: list[str] = []
    try:
        compute(
            primitive, ["x"] * max(primitive.arity, 2), lambda _: "x", lambda name, _: called.append(name)
        )
    except NoText:
        return True
    return not CALLS.isdisjoint(called)


def compute(primitive: Primitive, operands: list[str], write: Write, declare: Declare) -> str:
    """Writes the value of a primitive; gives its name. NoText where the entry has none that is understood."""
    text = text_of(primitive)
    if not text:
        raise NoText
    arguments = {f"x{i}": operand for i, operand in enumerate(operands)}
    formula = Formula(operands, isinstance(primitive, Pairing), write, declare)
    return formula.value(_tree(text.format(*arguments)), arguments)


class Formula:
    """A text on its way to instructions, at operands that are known one by one."""

    def __init__(self, operands: list[str], is_pairing: bool, write: Write, declare: Declare) -> None:
        self.operands = operands
        self.size = len(operands)
        self.is_pairing = is_pairing
        self.write = write
        self.declare = declare

    def value(self, tree: ast.expr, names: dict[str, str]) -> str:
        """The value of an expression, where names stand for values."""
        match tree:
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Name(id="n"):
                return number(float(self.size))
            case ast.Name(id="inf" | "nan"):
                return number(float(tree.id))
            case ast.Constant(value=int() | float() as value):
                return number(float(value))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.write(f"fneg double {self.value(operand, names)}")
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return self.remainder(self.value(left, names), self.value(right, names))
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
                a, b = self.value(left, names), self.value(right, names)
                return self.write(f"{OPERATORS[type(operator)]} double {a}, {b}")
            case ast.Call(func=ast.Lambda(args=ast.arguments(args=[given]), body=body), args=[argument]):
                return self.value(body, {**names, given.arg: self.value(argument, names)})
            case ast.Call(func=function, args=arguments):
                return self.call(_name(function), arguments, names)
        raise NoText

    def call(self, name: str, arguments: list[ast.expr], names: dict[str, str]) -> str:
        if name == "where":
            condition = self.condition(arguments[0], names)
            yes, no = (self.value(a, names) for a in arguments[1:])
            return self.write(f"select i1 {condition}, double {yes}, double {no}")
        if name == "fold":
            return self.fold(arguments, names)
        values = [self.value(a, names) for a in arguments]
        if name == "sign":
            return self.sign(values[0])
        function, count, _ = FUNCTIONS.get(name, ("", 0, False))
        if count != len(values) or not count:
            raise NoText
        self.declare(function, count)
        return self.write(f"call double @{function}({', '.join(f'double {v}' for v in values)})")

    def condition(self, tree: ast.expr, names: dict[str, str]) -> str:
        match tree:
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in COMPARISONS:
                a, b = self.value(left, names), self.value(right, names)
                return self.write(f"fcmp {COMPARISONS[type(sign)]} double {a}, {b}")
            case ast.BoolOp(op=operator, values=[left, right]):
                a, b = self.condition(left, names), self.condition(right, names)
                return self.write(f"{'and' if isinstance(operator, ast.And) else 'or'} i1 {a}, {b}")
        raise NoText

    def fold(self, arguments: list[ast.expr], names: dict[str, str]) -> str:
        """A value that goes through the operands, step by step."""
        step, start = arguments
        columns = [self.operands]
        if self.is_pairing:
            half = len(self.operands) // 2
            columns = [self.operands[:half], self.operands[half:]]
        rows = [dict(zip("xy", row, strict=False)) for row in zip(*columns, strict=True)]
        if self.mentions(start, "x"):
            if not rows:
                raise NoText
            names = {**names, **rows.pop(0)}
        result = self.value(start, names)
        for row in rows:
            result = self.value(step, {**names, **row, "a": result})
        return result

    def mentions(self, tree: ast.expr, name: str) -> bool:
        """Whether a name occurs in an expression."""
        return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))

    def sign(self, x: str) -> str:
        zero = number(0.0)
        above = self.write(f"fcmp ogt double {x}, {zero}")
        below = self.write(f"fcmp olt double {x}, {zero}")
        flat = self.write(f"fadd double {x}, {zero}")
        up = self.write(f"select i1 {above}, double {number(1.0)}, double {flat}")
        return self.write(f"select i1 {below}, double {number(-1.0)}, double {up}")

    def remainder(self, a: str, b: str) -> str:
        """As Python's `%`: with the sign of b."""
        zero = number(0.0)
        self.declare("fmod", 2)
        self.declare("llvm.copysign.f64", 2)
        rest = self.write(f"call double @fmod(double {a}, double {b})")
        differs = self.write(f"fcmp une double {rest}, {zero}")
        is_below = self.write(f"fcmp olt double {rest}, {zero}")
        wants_below = self.write(f"fcmp olt double {b}, {zero}")
        wrong = self.write(f"xor i1 {is_below}, {wants_below}")
        moved = self.write(f"fadd double {rest}, {b}")
        signed = self.write(f"select i1 {wrong}, double {moved}, double {rest}")
        none = self.write(f"call double @llvm.copysign.f64(double {zero}, double {b})")
        return self.write(f"select i1 {differs}, double {signed}, double {none}")


def _name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(value=ast.Name(id="np"), attr=name) | ast.Name(id=name):
            return name
    raise NoText
