"""A second interpreter of programs: a walk over the syntax tree, with the numbers of exact.py.

It uses nothing of vlad_py but the parser. So it knows no tags, tapes and series, and cannot make their
mistakes. It raises Unknown for what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mpmath as mp
import numpy as np

from fuzz.exact import BUILTINS, DIGITS, Function, Record, Unknown, Value, array, each, operator
from vlad_py.ground.source import Source
from vlad_py.syntax import tree
from vlad_py.syntax.parse import parse

MOST = 200_000  # nodes that a program may take


def value_of(text: str) -> Value:
    """The value of a program. Unknown for what the oracle cannot do."""
    _left[0] = MOST
    with mp.workdps(DIGITS):
        return _block(parse(Source("oracle", text)).statements, _Scope(BUILTINS))


_left = [0]


class _Scope(dict[str, Value]):
    """The names of a block; those around it are in `outer`."""

    def __init__(self, outer: dict[str, Value]) -> None:
        super().__init__()
        self.outer = outer

    def __missing__(self, name: str) -> Value:
        try:
            return self.outer[name]
        except KeyError:
            raise Unknown(name) from None


# ── expressions ──────────────────────────────────────────────────────────────────────────────


def _block(statements: tuple[tree.Node, ...], scope: _Scope) -> Value:
    value: Value = ()
    for statement in statements:
        value = ()
        match statement:
            case tree.Def():
                scope[statement.name] = _function(statement.pattern, statement.body, scope)
            case tree.Let():
                _bind(statement.pattern, _value(statement.value, scope), scope)
            case tree.Import():
                raise Unknown("import")
            case _:
                value = _value(statement, scope)
    return value


def _function(pattern: tree.Node, body: tree.Node, scope: _Scope) -> Function:
    def call(argument: Value) -> Value:
        inner = _Scope(scope)
        _bind(pattern, argument, inner)
        return _value(body, inner)

    return call


def _value(node: tree.Node, scope: _Scope) -> Value:
    _left[0] -= 1
    if _left[0] < 0:
        raise Unknown("it takes too long")
    match node:
        case tree.Literal(value=value):
            return mp.mpf(value) if isinstance(value, float) else value
        case tree.Nil():
            return []
        case tree.Name(id=name):
            return scope[name]
        case tree.Operator(op=op):
            return lambda pair: operator(op, *pair)
        case tree.Tuple(items=items):
            return tuple(_value(item, scope) for item in items)
        case tree.Array(items=items):
            return array([_value(item, scope) for item in items])
        case tree.Comprehension():
            return array(list(_comprehended(node.body, node.clauses, scope)))
        case tree.Record(fields=fields):
            return Record((field.name, _value(field.value, scope)) for field in fields)
        case tree.Update(record=record, fields=fields):
            return Record(_value(record, scope)) | {f.name: _value(f.value, scope) for f in fields}
        case tree.Fn(pattern=pattern, body=body):
            return _function(pattern, body, scope)
        case tree.Call(function=function, argument=argument):
            return _value(function, scope)(_value(argument, scope))
        case tree.Select(value=value, field=name):
            return _value(value, scope)[name]
        case tree.Index(value=value, indices=indices):
            return _indexed(_value(value, scope), indices, scope)
        case tree.Unary(op=op, operand=operand):
            value = _value(operand, scope)
            return not value if op == "not" else each(lambda x: -x, value)
        case tree.Binary(op="and" | "or" as op, left=left, right=right):
            first = _value(left, scope)
            return _value(right, scope) if first == (op == "and") else first
        case tree.Binary(op=op, left=left, right=right):
            return operator(op, _value(left, scope), _value(right, scope))
        case tree.If(condition=condition, yes=yes, no=no):
            return _value(yes if _value(condition, scope) else no, scope)
        case tree.Match(value=matched, arms=arms):
            value = _value(matched, scope)
            for arm in arms:
                inner = _Scope(scope)
                if _bind(arm.pattern, value, inner):
                    return _value(arm.body, inner)
            raise Unknown("no arm fits")
        case tree.Block(statements=statements):
            return _block(statements, _Scope(scope)) if statements else Record()
        case tree.While():
            state = _value(node.init, scope)
            while True:
                inner = _Scope(scope)
                _bind(node.pattern, state, inner)
                if not _value(node.condition, inner):
                    return state
                state = _value(node.body, inner)
        case tree.For():
            state = _value(node.init, scope)
            for element in _value(node.sequence, scope):
                inner = _Scope(scope)
                _bind(node.pattern, state, inner)
                _bind(node.element, element, inner)
                state = _value(node.body, inner)
            return state
    raise Unknown(type(node).__name__)


def _comprehended(body: tree.Node, clauses: tuple[tree.Clause, ...], scope: _Scope) -> Iterable[Value]:
    if not clauses:
        yield _value(body, scope)
        return
    for element in _value(clauses[0].sequence, scope):
        inner = _Scope(scope)
        _bind(clauses[0].pattern, element, inner)
        yield from _comprehended(body, clauses[1:], inner)


def _indexed(value: Value, indices: tuple[tree.Node, ...], scope: _Scope) -> Value:
    def part(index: tree.Node | None) -> Any:
        if index is None:
            return None
        if isinstance(index, tree.Slice):
            return slice(part(index.start), part(index.stop), part(index.step))
        return int(_value(index, scope))

    found = tuple(map(part, indices))
    return value[found if isinstance(value, np.ndarray) else found[0]]


def _bind(pattern: tree.Node, value: Value, scope: _Scope) -> bool:
    """Gives the names of a pattern their values, if it fits."""
    match pattern:
        case tree.Name(id=name):
            scope[name] = value
            return True
        case tree.Wildcard():
            return True
        case tree.Literal(value=literal):
            kind = mp.mpf if isinstance(literal, float) else type(literal)
            return type(value) is kind and value == literal
        case tree.Nil():
            return isinstance(value, list) and not value
        case tree.Tuple(items=items):
            fits = isinstance(value, tuple) and len(value) == len(items)
            return fits and all(_bind(p, v, scope) for p, v in zip(items, value))
        case tree.Record(fields=fields):
            fits = isinstance(value, Record) and all(field.name in value for field in fields)
            return fits and all(_bind(field.value, value[field.name], scope) for field in fields)
        case tree.Binary(op="::", left=left, right=right):
            fits = isinstance(value, list) and bool(value)
            return fits and _bind(left, value[0], scope) and _bind(right, value[1:], scope)
    raise Unknown(type(pattern).__name__)
