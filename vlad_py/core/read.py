"""Core from its own text: what `print_module` writes is read back as the same module.

What the text does not say is left out: documentation, conditions. A span is that of the line in the text. It
serves tests, and whoever tries a pass on a program written in Core.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, get_args

from vlad_py.core.calls import mark_recursive
from vlad_py.core.text import MODULE, WORD, pieces, words_of
from vlad_py.core.tree import (
    Atom,
    Block,
    Builtin,
    Const,
    Global,
    Lambda,
    Module,
    Operation,
    Sibling,
    Statement,
    Undefined,
    Var,
)
from vlad_py.ground.literals import STRING
from vlad_py.ground.node import fields_of
from vlad_py.ground.source import Source, Span
from vlad_py.ground.walk import Walk, run
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.values.values import NIL, UNIT, Code

T = TypeVar("T")

TEXT = re.compile(STRING)
GLOBAL = re.compile(rf"({MODULE.pattern}|{STRING}):({WORD.pattern})")
FUNCTION = re.compile(r"([^\s#(),]*)#(\d+)")
VARIABLE = re.compile(rf"({WORD.pattern})_(\d+)(?![\w'])")
NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf)|nan")
CONSTANT = re.compile(r"true|false|nil|undefined|\(\)")
BUILTIN = re.compile(r"\(([^\s()]+)\)")
PRIMITIVE = re.compile(r"([^\s(]+)(?=\()")
INTEGER = re.compile(r"\d+")
CONSTANTS: dict[str, Atom] = {
    "true": Const(True),
    "false": Const(False),
    "nil": Const(NIL),
    "()": Const(UNIT),
    "undefined": Undefined(),
}
ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}  # any other character stands for itself


def _unescaped(escape: re.Match[str]) -> str:
    """What an escape of a string stands for."""
    if len(escape[1]) > 1:
        return chr(int(escape[1][1:], 16))
    return ESCAPES.get(escape[1], escape[1])


class NotCore(ValueError):
    """A line that is not Core's text."""


def read_module(text: str, name: str = "main") -> Module:
    """The module that a text prints; `name` is the name of the module. Raises NotCore."""
    return _Reader(text).module(name)


class _Reader:
    """A place in the text: `at` is a column of the present line. `lambdas` and `variables` are the functions
    and names met so far.
    """

    def __init__(self, text: str) -> None:
        self.source = Source("<core>", text)
        self.lines = [*text.split("\n"), ""]
        self.number = 0  # of the present line, from 0
        self.start = 0  # of the present line in the text
        self.at = 0
        self.lambdas: dict[int, Lambda] = {}
        self.variables: dict[tuple[int, str], Var] = {}
        self.highest = 0  # of all ids
        self.readers: dict[str, Callable[[], Any]] = {
            "Atom": self.atom,
            "Atom | None": self.atom,
            "Var": self.variable,
            "Const": self.atom,
            "Lambda": self.lambda_,
            "Primitive": self.primitive,
            "Operation": self.operation,
            "str": self.word,
            "int": lambda: int(self.expect(INTEGER)[0]),
            "int | Literal['head', 'tail']": self.which,
            "bool": lambda: True,
        }

    def module(self, name: str) -> Module:
        found = []
        while self.number < len(self.lines):
            if self.line:
                found.append(self.function())
            else:
                self.next_line()
        if not found:
            raise NotCore("there is no function")
        module = Module(name, tuple(found[:-1]), found[-1], self.highest + 1)
        mark_recursive(module)
        return module

    # ── lines ────────────────────────────────────────────────────────────────────────────────

    @property
    def line(self) -> str:
        return self.lines[self.number]

    def next_line(self) -> None:
        if self.at < len(self.line):
            raise self.wrong()
        self.start += len(self.line) + 1
        self.number += 1
        self.at = 0

    def span(self) -> Span:
        end = self.start + len(self.line)
        return Span(self.source, end - len(self.line.lstrip()), end)

    def wrong(self) -> NotCore:
        return NotCore(f"line {self.number + 1}, column {self.at + 1}: {self.line}")

    def skip(self, text: str) -> bool:
        found = self.line.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def need(self, text: str) -> None:
        if not self.skip(text):
            raise self.wrong()

    def expect(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.line, self.at)
        if found is None:
            raise self.wrong()
        self.at = found.end()
        return found

    def tried(self, read: Callable[[], T]) -> T | None:
        """What stands here, if it can be read; None where it is something else."""
        at = self.at
        try:
            return read()
        except NotCore:
            self.at = at
            return None

    def listed(self, read: Callable[[], T]) -> tuple[T, ...]:
        """Items between commas; there may be none."""
        first = self.tried(read)
        if first is None:
            return ()
        found = [first]
        while self.skip(", "):
            found.append(read())
        return tuple(found)

    # ── functions and blocks ─────────────────────────────────────────────────────────────────

    def function(self) -> Lambda:
        self.need("function ")
        function = self.lambda_()
        function.is_tuple = self.skip("(")
        if not function.is_tuple:
            self.need(" ")
        function.parameters = self.listed(self.variable)
        if function.is_tuple:
            self.need(")")
        if self.skip(" captures "):
            function.captures = self.listed(self.variable)
        code = function.code
        code.captures = tuple(v.name for v in function.captures)
        code.span = self.span()
        self.next_line()
        function.body = run(self.block("  "))
        return function

    def block(self, pad: str) -> Walk[Block]:
        statements: list[Statement] = []
        while True:
            self.need(pad)
            if self.skip("give"):
                results = self.listed(self.atom) if self.skip(" ") else ()
                self.next_line()
                return Block(tuple(statements), results)
            node, read = self.node(get_args(Statement))
            read["span"] = self.span()
            self.next_line()
            blocks = (name for name, kind in fields_of(node).items() if kind == "Block")
            for field, word in zip(blocks, words_of(node), strict=True):
                self.need(f"{pad}{word}")
                self.next_line()
                read[field] = yield self.block(f"{pad}  ")
            statements.append(node(**read))

    # ── nodes, by their forms ────────────────────────────────────────────────────────────────

    def node(self, classes: tuple[type[Any], ...]) -> tuple[type[Any], dict[str, Any]]:
        """The class of the node that the rest of the line is, and those of its fields that stand there."""
        for node in classes:
            types = fields_of(node)
            # what a form leaves out, because it is empty
            empty: dict[str, Any] = {name: () for name, type_ in types.items() if type_.startswith("tuple")}
            at = self.at
            read = self.tried(partial(self.form, node.form, types))
            if read is not None and self.at == len(self.line):
                return node, empty | read
            self.at = at
        raise self.wrong()

    def operation(self) -> Operation:
        node, read = self.node(get_args(Operation))
        made: Operation = node(**read)
        return made

    def form(self, form: str, types: dict[str, str]) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for piece in pieces(form):
            match piece:
                case str():
                    self.need(piece)
                case ("", optional):
                    at = self.at
                    found = self.tried(partial(self.form, optional, types))
                    if found is not None and all(value != () for value in found.values()):
                        read |= found
                    else:
                        self.at = at
                case (field,):
                    read[field] = self.field(types[field])
                case (first, _, second):
                    pairs = self.listed(partial(self.pair, piece, types))
                    read[first] = tuple(a for a, _ in pairs)
                    read[second] = tuple(b for _, b in pairs)
        return read

    def pair(self, piece: tuple[str, ...], types: dict[str, str]) -> tuple[Any, Any]:
        first, sign, second = piece
        one = self.readers[_item(types[first])]()
        self.need(sign)
        return one, self.readers[_item(types[second])]()

    def field(self, type_: str) -> Any:
        if not type_.startswith("tuple"):
            return self.readers[type_]()
        found = self.listed(self.readers[_item(type_)])
        if not found and type_ == "tuple[Var, ...]":
            self.skip("()")  # so is written that nothing is bound
        return found

    # ── the smallest parts ───────────────────────────────────────────────────────────────────

    def atom(self) -> Atom:
        if found := self.tried(lambda: self.expect(GLOBAL)):
            module = found[1]
            return Global(json.loads(module) if module.startswith('"') else module, found[found.re.groups])
        if function := self.tried(self.lambda_):
            return Sibling(function)
        if variable := self.tried(self.variable):
            return variable
        if found := self.tried(lambda: self.expect(CONSTANT)):
            return CONSTANTS[found[0]]
        if found := self.tried(lambda: self.expect(NUMBER)):
            return Const(float(found[0]))
        if found := self.tried(lambda: self.expect(BUILTIN)):
            return Builtin(found[1])
        text = self.expect(TEXT)[0][1:-1]
        return Const(ESCAPE.sub(_unescaped, text))

    def variable(self) -> Var:
        found = self.expect(VARIABLE)
        self.highest = max(self.highest, int(found[2]))
        return self.variables.setdefault((int(found[2]), found[1]), Var(int(found[2]), found[1]))

    def lambda_(self) -> Lambda:
        found = self.expect(FUNCTION)
        id = int(found[2])
        if id not in self.lambdas:
            code = Code(id, found[1], "", (), self.span(), "")
            code.core = self.lambdas[id] = Lambda(code, False)
            self.highest = max(self.highest, id)
        return self.lambdas[id]

    def primitive(self) -> Primitive:
        name = self.expect(PRIMITIVE)[1]
        if name not in PRIMITIVES:
            raise self.wrong()
        return PRIMITIVES[name]

    def word(self) -> str:
        if found := self.tried(lambda: self.expect(WORD)):
            return found[0]
        return str(json.loads(self.expect(TEXT)[0]))

    def which(self) -> int | str:
        found = self.tried(lambda: self.expect(INTEGER))
        return int(found[0]) if found else self.word()


def _item(type_: str) -> str:
    """The type of a tuple's items."""
    return type_.removeprefix("tuple[").removesuffix(", ...]")
