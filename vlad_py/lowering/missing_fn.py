"""The hint for an expression where a function is meant: `derivative(x ^ 2)(3)`.

The hint shows the function to write only where that is certain. The definition of the called function says
which arguments have to be functions, its example how many arguments it passes to them, and lowering finds the
free names. Elsewhere the error has no fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vlad_py.core.tree import Atom, Global
from vlad_py.ground.errors import Error, UnknownName
from vlad_py.ground.source import Source
from vlad_py.ground.walk import run
from vlad_py.lowering.groups import all_nodes, mentioned_names
from vlad_py.lowering.scope import Outside, Scopes, Usage
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.mistakes import FN
from vlad_py.syntax.parse import parse

PARAMETER = re.compile(r"(?:[^,(){}]|\([^()]*\)|\{[^{}]*\})++")  # which may take its argument apart


def advise_function(error: UnknownName, usage: Usage, call: syntax.Call, scopes: Scopes) -> None:
    """If a free variable stands in an argument that has to be a function, gives its error the hint to write
    one. `scopes` are those around the call.
    """
    name = usage.signature.partition("(")[0]
    for place, item in _expressions(usage, call):
        if error.span is not None and item.span.start <= error.span.start < item.span.end:
            error.is_free = False
            function = _function(call, place, item, _sizes(name, place, call, usage.example), scopes)
            written = f"write `{function}`" if function else FN
            error.hint = f"`{name}` takes a function: {written}"
            error.fixed_by(item.span, function)


def _expressions(usage: Usage, call: syntax.Call) -> Iterator[tuple[int, syntax.Node]]:
    """The arguments that stand for a function and are not written as one, each with its place."""
    parameters = PARAMETER.findall(usage.signature.partition("(")[2].removesuffix(")"))
    for place, (parameter, item) in enumerate(zip(parameters, _arguments(call), strict=False)):
        if parameter.strip() in usage.functions and not isinstance(item, (syntax.Name, syntax.Fn)):
            yield place, item


def _arguments(call: syntax.Call) -> tuple[syntax.Node, ...]:
    return call.argument.items if isinstance(call.argument, syntax.Tuple) else (call.argument,)


def _callee(node: syntax.Node) -> str:
    """The name of the function that a node calls; "" where there is none."""
    function = node.function if isinstance(node, syntax.Call) else None
    if isinstance(function, syntax.Select):
        return function.field
    return function.id if isinstance(function, syntax.Name) else ""


def _lines(example: str) -> Iterator[syntax.Node]:
    """The lines of an example, each a statement or expressions with commas between them."""
    for line in example.splitlines():
        is_statement = line.startswith(("let ", "def ", "import "))
        yield parse(Source("example", line if is_statement else f"({line})"))


def _sizes(name: str, place: int, call: syntax.Call, example: str) -> set[int]:
    """How many parameters the function at a place among the arguments may have, as the example shows.

    A function of several is one of a tuple only if that tuple is seen: `gradient(fn (x, y) => …)(1, 2)`. Else
    these have an order and a meaning of their own, as in `ode.solution(fn (t, y) => …, 1, times)`.
    """
    sizes = set[int]()
    calls = [n for line in _lines(example) for n in all_nodes(line) if isinstance(n, syntax.Call)]
    points = {id(node.function): node.argument for node in calls}
    for node in calls:
        items = _arguments(node)
        if _callee(node) != name or len(items) != len(_arguments(call)):
            continue
        shown = items[place]
        if isinstance(shown, syntax.Fn) and isinstance(shown.pattern, syntax.Tuple):
            size = len(shown.pattern.items)
            near = [*items, points.get(id(node))]
            if any(isinstance(each, syntax.Tuple) and len(each.items) == size for each in near):
                sizes |= {1, size}
        elif _callee(shown) and _callee(shown) == _callee(_arguments(call)[place]):
            return set()  # this call gives a function, or several
        elif not isinstance(shown, syntax.Operator):
            sizes.add(1)
    return sizes


def _function(call: syntax.Call, place: int, item: syntax.Node, sizes: set[int], scopes: Scopes) -> str:
    """The text of the function that an expression means; "" where that is not certain."""
    text = item.span.text
    is_first = item.span.start < call.function.span.end  # as in `x ^ 2 |> derivative`
    is_operator = isinstance(item, syntax.Call) and any(isinstance(a, syntax.Fn) for a in _arguments(item))
    if not sizes or is_first or is_operator or "\n" in text:
        return ""
    names = _free_names(item, max(sizes), scopes)
    # the order of several parameters is a guess, unless it is that of the alphabet
    if len(names) not in sizes or names != sorted(names):
        return ""
    calls = [node for node in all_nodes(item) if isinstance(node, syntax.Call)]
    if any(_callee(inner) in names or _lacks_a_function(inner, names, scopes) for inner in calls):
        return ""
    pattern = names[0] if len(names) == 1 else f"({', '.join(names)})"
    function = f"fn {pattern} => {text}"
    try:
        (written,) = parse(Source("function", function)).statements
    except (Error, ValueError):
        return ""
    is_same = isinstance(written, syntax.Fn) and _outline(written.body) == _outline(item)
    return function if is_same else ""


def _lacks_a_function(call: syntax.Call, names: list[str], scopes: Scopes) -> bool:
    """Whether such an expression stands in a call inside another: `x + derivative(x ^ 2)(1)`."""
    atom: Atom | None = None
    function = call.function
    if isinstance(function, syntax.Name):
        atom = scopes.outside.lookup(function.id)
    elif isinstance(function, syntax.Select) and isinstance(function.value, syntax.Name):
        module = scopes.imported(function.value.id)
        atom = Global(module.id, function.field) if module is not None else None
    usage = scopes.outside.usage(atom) if isinstance(atom, Global) else Usage()
    return any(not mentioned_names(item).isdisjoint(names) for _, item in _expressions(usage, call))


def _outline(node: syntax.Node) -> list[tuple[type[syntax.Node], str]]:
    return [(type(n), n.id if isinstance(n, syntax.Name) else "") for n in all_nodes(node)]


def _free_names(item: syntax.Node, most: int, scopes: Scopes) -> list[str]:
    """The free variables of an expression, in order; none if there are more than `most`, or other errors."""
    names: dict[str, int] = {}
    while len(names) <= most:
        try:
            run(scopes.lower(_trial(scopes, names), item))
        except UnknownName as error:
            if not error.is_free or error.span is None:
                return []
            names[error.name] = error.span.start
        except Error:
            return []
        else:
            return sorted(names, key=names.__getitem__)
    return []


def _trial(scopes: Scopes, names: Iterable[str]) -> Scopes:
    """Scopes that know these names as well. They have no examples, so advice inside them tries nothing."""
    own = {*names, *scopes.visible()} - scopes.modules.keys() - scopes.outside.modules.keys()
    outside = scopes.outside

    def lookup(name: str) -> Atom | None:
        return Global("", name) if name in own else outside.lookup(name)

    modules = {**outside.modules, **scopes.modules}

    def usage(name: Global) -> Usage:
        found = outside.usage(name)
        return Usage(found.signature, found.functions)

    return Scopes(
        scopes.name, Outside(lookup, outside.load, outside.known, modules, usage=usage), scopes.lower
    )
