"""What to write in place of `and`, `or` and `not`, which take booleans, where the conditions are arrays."""

from __future__ import annotations

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.literals import one_line
from vlad_py.ground.source import Span
from vlad_py.lowering.groups import all_nodes
from vlad_py.primitives.kinds import Predicate
from vlad_py.syntax.parse import parse
from vlad_py.syntax.tree import Binary, Call, Name, Node, Unary

LONGEST_SHOWN = 40  # characters of a condition that a hint repeats


def by_elements(condition: Span) -> str:
    """A hint about an array of conditions that stands under `and`, `or` or `not`; "" about another."""
    if condition.source.words is not None or condition.source.library:
        return ""
    for node in all_nodes(parse(condition.source)):
        terms, operands = _chain(node)
        if any((part.start, part.end) == (condition.start, condition.end) for part in operands):
            texts = [_factor(term) for term in terms]
            return f"element by element, write `{_joined(node, texts)}`" if all(texts) else ""
    return ""


def _chain(node: Node) -> tuple[list[Node], list[Span]]:
    """What `not`, or a chain of `and` or of `or`, is made of, and where any of its operands stands."""
    if isinstance(node, Unary) and node.op == "not":
        return [node.operand], [node.operand.span]
    terms: list[Node] = []
    operands: list[Span] = []
    op = node.op if isinstance(node, Binary) and node.op in ("and", "or") else ""
    while isinstance(node, Binary) and node.op == op:
        terms.append(node.right)
        operands += [node.left.span, node.right.span]
        node = node.left
    return [node, *reversed(terms)], operands


def _joined(node: Node, terms: list[str]) -> str:
    if isinstance(node, Unary):
        return f"1 - {terms[0]}"
    return " * ".join(terms) if isinstance(node, Binary) and node.op == "and" else f"{' + '.join(terms)} > 0"


def _factor(node: Node) -> str:
    """A condition where it is multiplied or added; "" if it need not be an array."""
    text = one_line(node.span.text)
    if len(text) > LONGEST_SHOWN:
        return "(…)"
    if isinstance(node, (Name, Call)):
        return text
    if not (isinstance(node, Binary) and isinstance(PRIMITIVES.get(node.op), Predicate)):
        return ""
    return text if node.span.start < node.left.span.start else f"({text})"  # it has its parentheses, or none
