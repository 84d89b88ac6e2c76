"""The text of Core, for people: what `vlad --core` prints."""

from __future__ import annotations

from collections.abc import Iterator

from vlad_py.core.parts import blocks_of, targets_of
from vlad_py.core.tree import (
    Apply,
    Atom,
    Block,
    Builtin,
    Call,
    Const,
    Fail,
    For,
    GetField,
    Global,
    If,
    Lambda,
    Let,
    MakeClosure,
    MakeRecord,
    MakeTuple,
    Module,
    Operation,
    Part,
    Same,
    Sibling,
    Statement,
    Store,
    Test,
    Untuple,
    UpdateRecord,
    Var,
    While,
)
from vlad_py.values.show import show


def print_module(module: Module) -> str:
    """The text of a module's Core, every function on its own, the statements last."""
    return "\n\n".join(print_lambda(f) for f in (*module.lambdas, module.main)) + "\n"


def print_lambda(function: Lambda) -> str:
    """The text of one function."""
    names = ", ".join(_atom(p) for p in function.parameters)
    head = f"function {function.code.name}#{function.code.id}"
    head += f"({names})" if function.is_tuple else f" {names}"
    if function.captures:
        head += f" captures {', '.join(_atom(c) for c in function.captures)}"
    lines = [head]
    todo: list[Iterator[str | tuple[int, Block]]] = [_block(1, function.body)]
    while todo:
        item = next(todo[-1], None)
        if item is None:
            todo.pop()
        elif isinstance(item, str):
            lines.append(item)
        else:
            todo.append(_block(*item))
    return "\n".join(lines)


def _block(depth: int, block: Block) -> Iterator[str | tuple[int, Block]]:
    pad = "  " * depth
    for statement in block.statements:
        yield pad + _head(statement)
        inner = blocks_of(statement)
        words = {If: ("then", "else"), While: ("while", "do"), For: ("do",)}.get(type(statement), ())
        for word, part in zip(words, inner, strict=True):
            yield f"{pad}{word}"
            yield (depth + 1, part)
    yield f"{pad}give {', '.join(_atom(a) for a in block.results)}"


def _head(statement: Statement) -> str:
    targets = ", ".join(_atom(t) for t in targets_of(statement)) or "()"
    match statement:
        case Let(_, operation):
            return f"{targets} = {_operation(operation)}"
        case Call(_, function, argument, _, tag):
            under = "" if tag is None else f" under {_atom(tag)}"
            return f"{targets} = call {_atom(function)} {_atom(argument)}{under}"
        case If(_, condition):
            return f"{targets} = if {_atom(condition)}"
        case While(_, state, inits):
            return f"{targets} = loop {_state(state, inits)}"
        case For(_, state, inits, element, sequence):
            return f"{targets} = loop {_state(state, inits)} for {_atom(element)} in {_atom(sequence)}"
        case Store(name, value):
            return f"global {name} = {_atom(value)}"


def _state(state: tuple[Var, ...], inits: tuple[Atom, ...]) -> str:
    return ", ".join(f"{_atom(s)} = {_atom(i)}" for s, i in zip(state, inits, strict=True))


def _operation(operation: Operation) -> str:
    def items(atoms: tuple[Atom, ...]) -> str:
        return ", ".join(_atom(a) for a in atoms)

    match operation:
        case Apply(primitive, arguments):
            return f"{primitive.name}({items(arguments)})"
        case Same(value):
            return _atom(value)
        case MakeTuple(atoms):
            return f"tuple({items(atoms)})"
        case MakeRecord(names, atoms):
            return f"record({_state_like(names, atoms)})"
        case UpdateRecord(record, names, atoms):
            return f"update({_atom(record)}, {_state_like(names, atoms)})"
        case GetField(record, name):
            return f"{_atom(record)}.{name}"
        case MakeClosure(function, captures):
            return f"closure {function.code.name}#{function.code.id}({items(captures)})"
        case Untuple(value):
            return f"untuple {_atom(value)}"
        case Test(value, "literal", literal=literal):
            return f"is {_atom(literal)}: {_atom(value)}"
        case Test(value, shape, size, names):
            return f"is {shape}{f' of {size}' if size else ''}{' '.join(('', *names))}: {_atom(value)}"
        case Part(value, which):
            return f"part {which} of {_atom(value)}"
        case Fail(value, what):
            return f"fail {_atom(value)} ({what})"


def _state_like(names: tuple[str, ...], atoms: tuple[Atom, ...]) -> str:
    return ", ".join(f"{n}: {_atom(a)}" for n, a in zip(names, atoms, strict=True))


def _atom(atom: Atom) -> str:
    match atom:
        case Var(id, name):
            return f"{name}_{id}"
        case Const(value):
            return show(value)
        case Global(module, name):
            return f"{module}.{name}" if module else name
        case Builtin(name):
            return f"({name})"
        case Sibling(function):
            return f"{function.code.name}#{function.code.id}"
