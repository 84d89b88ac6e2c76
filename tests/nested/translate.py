"""Translator from the language of the nested cases (`meta_language.py`) to ADL source text.

`translate(statement, mode)` gives a whole program: the helpers that it needs as top-level definitions
(which no closure captures), then one expression. A `let` becomes a local binding in a block, so
closures capture the same names as in the statement. What ADL has no counterpart for raises `Inexpressible`.

Two decisions about meaning. `custom f j v` becomes `with_derivative(f, rule)` with the rule j: ADL derives
the reverse rule from j, so a v that is not j's adjoint has no effect. And `int n` is n, there being one
kind of number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .meta_language import (
    Apply,
    Binary,
    Expression,
    Function,
    If,
    Let,
    ListOf,
    Number,
    Sequence,
    TupleOf,
    Unary,
    Variable,
    parse,
)

# How tightly a piece of ADL text holds together; a piece is put in parentheses where more is needed.
OPEN, COMPARISON, CONS, SUM, PRODUCT, NEGATION, POWER, POSTFIX = range(8)

INFIX_LEVELS = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), (COMPARISON, CONS, CONS)),
    "+": (SUM, SUM, PRODUCT),
    "-": (SUM, SUM, PRODUCT),
    "*": (PRODUCT, PRODUCT, NEGATION),
    "/": (PRODUCT, PRODUCT, NEGATION),
    "^": (POWER, POSTFIX, NEGATION),
}


class Inexpressible(Exception):
    """A statement uses what ADL does not have; the message says what."""


@dataclass(frozen=True)
class Builtin:
    """How a builtin of so many curried arguments is written when it has them all.

    `levels` says how tightly each argument must hold together, `result` how tightly the whole does;
    `support` is a top-level definition that the template refers to.
    """

    arity: int
    template: str
    levels: tuple[int, ...] = ()
    result: int = POSTFIX
    support: str = ""


def helper(name: str, arity: int, definition: str) -> Builtin:
    """A builtin that a curried definition `meta_name` in ADL stands for."""
    calls = "".join(f"({{{i}}})" for i in range(arity))
    return Builtin(arity, f"meta_{name}{calls}", support=definition)


ONE_ARGUMENT = """sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 exp2 log1p log2 log10
    sqrt cbrt abs sign floor ceil round erf erfc lgamma digamma sigmoid softplus relu
    sum prod mean logsumexp norm"""
TWO_ARGUMENTS = "max min atan2 hypot mod dot"

BUILTINS: dict[str, Builtin] = {
    **{name: Builtin(1, f"{name}({{0}})") for name in ONE_ARGUMENT.split()},
    **{name: Builtin(2, f"{name}({{0}}, {{1}})") for name in TWO_ARGUMENTS.split()},
    "log": Builtin(1, "ln({0})"),
    "ln": Builtin(1, "ln({0})"),
    "len": Builtin(1, "length({0})"),
    "maximum": Builtin(1, "max({0})"),
    "minimum": Builtin(1, "min({0})"),
    "neg": Builtin(1, "-{0}", (POWER,), NEGATION),
    "pow": Builtin(2, "{0} ^ {1}", (POSTFIX, NEGATION), POWER),
    "where": Builtin(3, "where({0}, {1}, {2})"),
    "id": Builtin(1, "{0}", (POSTFIX,)),
    "int": Builtin(1, "{0}", (POSTFIX,)),
    "fst": Builtin(1, "{0}[0]", (POSTFIX,)),
    "snd": Builtin(1, "{0}[1]", (POSTFIX,)),
    "head": Builtin(1, "head({0})"),
    "tail": Builtin(1, "tail({0})"),
    "nth": Builtin(2, "{0}[{1}]", (POSTFIX, OPEN)),
    "cons": Builtin(2, "{0} :: {1}", (SUM, CONS), CONS),
    "stop": Builtin(1, "stop_gradient({0})"),
    "jvp": Builtin(3, "jvp({0}, {1}, {2})[1]"),
    "vjp": Builtin(3, "vjp({0}, {1})[1]({2})"),
    "pullback": Builtin(2, "vjp({0}, {1})[1]"),
    "custom": helper(
        "custom", 3, "def meta_custom(f) = fn j => fn v => with_derivative(f, fn (x, dx) => j(x)(dx))"
    ),
    "sort": Builtin(1, "sort({0})"),
    "map": helper(
        "map", 2, "def meta_map(f) = fn xs => match xs { nil => nil; x :: rest => f(x) :: meta_map(f)(rest) }"
    ),
    "fold": helper("fold", 3, "def meta_fold(f) = fn z => fn xs => loop a = z for x in xs do f(a)(x)"),
    "iterate": helper("iterate", 3, "def meta_iterate(n) = fn f => fn x => loop v = x for _ in 1..n do f(v)"),
    "range": helper("range", 1, "def meta_range(n) = loop xs = nil for i in 1..n do n - i :: xs"),
}

KEYWORDS = "def let import as fn if then else match loop while for in do with and or not true false nil"
# Words that a translation may mention: a variable of the statement must not capture them.
NEEDED = frozenset(KEYWORDS.split()).union(
    *(re.findall(r"[a-z_][a-z_0-9]*", builtin.template) for builtin in BUILTINS.values()),
    ["list", "derivative", "derivative_reverse", "gradient", "gradient_forward"],
    ["derivatives", "derivative_tensor", "flatten", "unflatten"],
)

RENAMED = "''"

OPERATORS = {
    ("D", "F"): "derivative",
    ("D", "R"): "derivative_reverse",
    ("D", "T"): "meta_first",
    ("D", "H"): "meta_first_of_two",
    ("grad", "F"): "gradient_forward",
    ("grad", "R"): "gradient",
    ("grad", "T"): "meta_slopes",
    ("grad", "H"): "meta_slopes",
}
MODES = "FRTH"
"""Forward, reverse, Taylor polynomials of order 1, and of a higher order than is needed."""

FIXED = "-"
"""The mode string of a statement that says itself which operators are forward, and which reverse."""

FIXED_BY_TAYLOR = "-T"
"""The same, where Taylor polynomials stand in for forward mode."""

TAYLOR = {
    "meta_first": "def meta_first(f) = fn x => derivatives(f, 1)(x)[1]",
    "meta_first_of_two": "def meta_first_of_two(f) = fn x => derivatives(f, 2)(x)[1]",
    "meta_slopes": "def meta_slopes(f) = fn x => unflatten(x, flatten(derivative_tensor(f, x, 1)))",
}


def translate(statement: str, mode: str) -> str:
    """The ADL program of a statement; `mode` is a letter of `MODES` for each operator,
    or one of the two `FIXED`."""
    emitter = Emitter(mode)
    main = emitter.emit(parse(statement), frozenset(), OPEN)
    return "\n".join([*emitter.support, main]) + "\n"


def adl_name(name: str) -> str:
    """A variable's name in the translation: its own, unless ADL or the translation needs that word."""
    return name + RENAMED if name in NEEDED else name


def original_name(name: str) -> str:
    """The inverse of `adl_name`, for the field names of closures' gradients."""
    return name.removesuffix(RENAMED)


def wrap(text: str, level: int, needed: int) -> str:
    return text if level >= needed else f"({text})"


class Emitter:
    """Writes one statement as ADL; collects the helper definitions that it needs on the way."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.support: list[str] = []

    def emit(self, tree: Expression, bound: frozenset[str], needed: int) -> str:
        """The text of `tree`, holding together at least as tightly as `needed`."""
        text, level = self.piece(tree, bound)
        return wrap(text, level, needed)

    def piece(self, tree: Expression, bound: frozenset[str]) -> tuple[str, int]:
        """The text of `tree` and how tightly it holds together."""
        match tree:
            case Number(text):
                whole = text if not text.startswith(".") else "0" + text
                return re.sub(r"\.(?!\d)", "", whole), POSTFIX
            case Variable() | Apply():
                return self.application(tree, bound)
            case TupleOf(items):
                return "(" + ", ".join(self.emit(item, bound, OPEN) for item in items) + ")", POSTFIX
            case ListOf(items):
                return self.list_of(items, bound)
            case Function(parameters, body):
                heads = "".join(f"fn {self.pattern(p)} => " for p in parameters)
                return heads + self.emit(body, bound.union(*map(names, parameters)), OPEN), OPEN
            case If(condition, yes, no):
                c, a, b = (self.emit(part, bound, OPEN) for part in (condition, yes, no))
                return f"if {c} then {a} else {b}", OPEN
            case Let() | Sequence():
                return "{ " + "; ".join(self.statements(tree, bound, frozenset())) + " }", OPEN
            case Binary(":=") | Unary("!" | "ref"):
                raise Inexpressible("mutable cells")
            case Binary(operator, left, right):
                level, left_level, right_level = INFIX_LEVELS[operator]
                a = self.emit(left, bound, left_level)
                return f"{a} {operator} {self.emit(right, bound, right_level)}", level
            case Unary(_, operand):
                return "-" + self.emit(operand, bound, POWER), NEGATION

    def list_of(self, items: tuple[Expression, ...], bound: frozenset[str]) -> tuple[str, int]:
        if not items:
            return "nil", POSTFIX
        if len(items) == 1:  # list((a, b)) would be the list of a and b
            return self.emit(items[0], bound, SUM) + " :: nil", CONS
        return "list(" + ", ".join(self.emit(item, bound, OPEN) for item in items) + ")", POSTFIX

    def statements(self, tree: Expression, bound: frozenset[str], own: frozenset[str]) -> list[str]:
        """The statements of the block that `tree` stands for; `own` are the names that it binds already.

        A block holds each name once; a recursive definition, which all of its block can see, stands alone.
        """
        match tree:
            case Sequence(first, second):
                return [self.emit(first, bound, COMPARISON), *self.statements(second, bound, own)]
            case Let(True, Variable(name), value, body) if not own:
                if not isinstance(value, Function):
                    raise Inexpressible(f"a recursive value that is not a function: {name}")
                inner = bound | {name}
                first_parameter, *others = value.parameters
                parameter = self.pattern(first_parameter)
                head = parameter if parameter.startswith("(") else f"({parameter})"
                rest: Expression = Function(tuple(others), value.body) if others else value.body
                text = self.emit(rest, inner | names(first_parameter), OPEN)
                return [f"def {adl_name(name)}{head} = {text}", self.emit(body, inner, OPEN)]
            case Let(False, pattern, value, body) if names(pattern).isdisjoint(own):
                line = f"let {self.pattern(pattern)} = {self.emit(value, bound, OPEN)}"
                new = names(pattern) or {"_"}  # not empty: what follows is not alone in its block
                return [line, *self.statements(body, bound | new, own | new)]
            case _:
                return [self.emit(tree, bound, OPEN)]

    def pattern(self, pattern: Expression) -> str:
        match pattern:
            case Variable(name):
                return adl_name(name)
            case TupleOf(items):
                return "(" + ", ".join(map(self.pattern, items)) + ")"
            case _:
                raise Inexpressible(f"the pattern {pattern}")

    def application(self, tree: Expression, bound: frozenset[str]) -> tuple[str, int]:
        """A head with its arguments; a builtin takes as many of them as it needs at once."""
        arguments: list[Expression] = []
        while isinstance(tree, Apply):
            arguments.insert(0, tree.argument)
            tree = tree.function
        if isinstance(tree, Variable) and tree.name not in bound:
            builtin = self.builtin(tree.name, len(arguments))
            taken = arguments[: builtin.arity] if len(arguments) >= builtin.arity else []
            levels = builtin.levels or (OPEN,) * builtin.arity
            texts = [self.emit(a, bound, level) for a, level in zip(taken, levels, strict=False)]
            if taken or not builtin.arity:
                text, level = builtin.template.format(*texts), builtin.result
                self.need(builtin.support)
            else:
                text, level = self.curried(tree.name, builtin), POSTFIX
            del arguments[: len(taken)]
        elif isinstance(tree, Variable):
            text, level = adl_name(tree.name), POSTFIX
        else:
            text, level = self.piece(tree, bound)
        if not arguments:
            return text, level
        calls = "".join(f"({self.emit(argument, bound, OPEN)})" for argument in arguments)
        return wrap(text, level, POSTFIX) + calls, POSTFIX

    def builtin(self, name: str, argument_count: int) -> Builtin:
        """What a free name stands for."""
        if name in ("true", "false"):
            return Builtin(0, name)
        if name == "range" and argument_count == 2:  # range a b: a, a + 1 … below b
            return helper(
                "range2", 2, "def meta_range2(a) = fn b => loop xs = nil for i in 1..b - a do b - i :: xs"
            )
        operator = re.fullmatch(r"(D|grad)([1-9FR]?)", name)
        if operator is not None:
            kind, which = operator.groups()
            name = OPERATORS[kind, self.direction(which)]
            return Builtin(1, name + "({0})", support=TAYLOR.get(name, ""))
        if name not in BUILTINS:
            raise Inexpressible(f"the name {name}")
        return BUILTINS[name]

    def direction(self, which: str) -> str:
        """The mode of the derivative operators with this suffix, a letter of `MODES`."""
        if which in ("F", "R"):
            return "T" if which == "F" and self.mode == FIXED_BY_TAYLOR else which
        index = int(which or 1) - 1
        if self.mode.startswith(FIXED) or index >= len(self.mode):
            raise Inexpressible(f"the mode string {self.mode} has no mode for D{which}")
        return self.mode[index]

    def curried(self, name: str, builtin: Builtin) -> str:
        """A builtin as a value: the ADL function itself, or a curried definition of it."""
        self.need(builtin.support)
        plain = re.fullmatch(r"(\w+)\(\{0\}\)", builtin.template)
        if plain is not None:
            return plain.group(1)
        if builtin.support:
            return f"meta_{name}"
        letters = "abc"[: builtin.arity]
        more = "".join(f"fn {letter} => " for letter in letters[1:])
        self.need(f"def meta_{name}(a) = {more}{builtin.template.format(*letters)}")
        return f"meta_{name}"

    def need(self, definition: str) -> None:
        """Put a helper definition before the program, once."""
        if definition and definition not in self.support:
            self.support.append(definition)


def names(pattern: Expression) -> frozenset[str]:
    """The names that a pattern binds."""
    match pattern:
        case Variable(name):
            return frozenset() if name == "_" else frozenset({name})
        case TupleOf(items):
            return frozenset().union(*map(names, items))
        case _:
            return frozenset()
