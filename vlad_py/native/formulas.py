"""The value of a primitive in LLVM: the text in its entry (see reading.py) as instructions.

A primitive without such a text is called back.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from functools import cache

from vlad_py.native.reading import NoText, Reader, parsed
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
EXTREMES = {"maximum": "ogt", "minimum": "olt"}  # of two reals; nan where one of them is
OPERATORS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
COMPARISONS = {
    ast.Lt: "olt", ast.LtE: "ole", ast.Gt: "ogt", ast.GtE: "oge", ast.Eq: "oeq", ast.NotEq: "une",
}  # fmt: skip

Write = Callable[[str], str]
"""Writes an instruction, gives the name of its result."""
Declare = Callable[[str, int], None]
"""Declares a function of so many reals."""


def number(x: float) -> str:
    """A real in LLVM's text, exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


def comparison(sign: str) -> str:
    """LLVM's name of a comparison that is written with a sign, as Python's is."""
    tree = parsed(f"a {sign} b")
    assert isinstance(tree, ast.Compare)
    return COMPARISONS[type(tree.ops[0])]


def tree_of(primitive: Primitive, count: int = 1) -> ast.expr:
    """The text of a primitive as a tree, at x0, x1, …. NoText where it has none."""
    if not formula_text(primitive):
        raise NoText
    return parsed(formula_text(primitive).format(*[f"x{i}" for i in range(count)]))


def library_call(tree: ast.AST) -> str:
    """The name of the function of C's library that an expression calls; empty where it calls none."""
    match tree:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name) | ast.Name(id=name)):
            return name if FUNCTIONS.get(name, ("", 0, False))[2] else ""
    return ""


def library_calls(tree: ast.AST) -> list[str]:
    """The names of all functions of C's library that an expression calls."""
    return [name for node in ast.walk(tree) if (name := library_call(node))]


def formula_text(primitive: Primitive) -> str:
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


@cache
def is_cheap_text(primitive: Primitive) -> bool:
    """Whether a primitive's text has nothing but sums, products, signs and choices."""
    try:
        tree = tree_of(primitive, primitive.arity)
    except NoText:
        return False
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    signs = [node.op for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
    return all(isinstance(f, ast.Name) and f.id == "where" for f in called) and all(
        isinstance(sign, (ast.Add, ast.Sub, ast.Mult)) for sign in signs
    )


def compute(primitive: Primitive, operands: list[str], write: Write, declare: Declare) -> str:
    """Writes the value of a primitive; gives its name. NoText where the entry has none that is understood."""
    text = formula_text(primitive)
    if not text:
        raise NoText
    return Reader(Instructions(write, declare), operands, isinstance(primitive, Pairing)).text(text)


class Instructions:
    """Texts as instructions of LLVM: a value is the name of a result, and so is a condition."""

    def __init__(self, write: Write, declare: Declare) -> None:
        self.write = write
        self.declare = declare

    def number(self, x: float) -> str:
        return number(x)

    def negative(self, x: str) -> str:
        return self.write(f"fneg double {x}")

    def operation(self, sign: ast.operator, a: str, b: str) -> str:
        if isinstance(sign, ast.Mod):
            return self.remainder(a, b)
        if type(sign) not in OPERATORS:
            raise NoText
        return self.write(f"{OPERATORS[type(sign)]} double {a}, {b}")

    def compared(self, sign: ast.cmpop, a: str, b: str) -> str:
        if type(sign) not in COMPARISONS:
            raise NoText
        return self.write(f"fcmp {COMPARISONS[type(sign)]} double {a}, {b}")

    def combined(self, sign: ast.boolop, a: str, b: str) -> str:
        return self.write(f"{'and' if isinstance(sign, ast.And) else 'or'} i1 {a}, {b}")

    def chosen(self, condition: str, yes: str, no: str) -> str:
        return self.write(f"select i1 {condition}, double {yes}, double {no}")

    def function(self, name: str, values: list[str]) -> str:
        if name == "sign":
            return self.sign(values[0])
        if name in EXTREMES:
            return self.extreme(EXTREMES[name], *values)
        function, count, _ = FUNCTIONS.get(name, ("", 0, False))
        if count != len(values) or not count:
            raise NoText
        self.declare(function, count)
        return self.write(f"call double @{function}({', '.join(f'double {v}' for v in values)})")

    def sign(self, x: str) -> str:
        zero = number(0.0)
        above = self.write(f"fcmp ogt double {x}, {zero}")
        below = self.write(f"fcmp olt double {x}, {zero}")
        flat = self.write(f"fadd double {x}, {zero}")
        up = self.write(f"select i1 {above}, double {number(1.0)}, double {flat}")
        return self.write(f"select i1 {below}, double {number(-1.0)}, double {up}")

    def extreme(self, comparison: str, a: str, x: str) -> str:
        beyond = self.write(f"fcmp {comparison} double {x}, {a}")
        is_nan = self.write(f"fcmp uno double {x}, {x}")
        taken = self.write(f"or i1 {beyond}, {is_nan}")
        return self.write(f"select i1 {taken}, double {x}, double {a}")

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
