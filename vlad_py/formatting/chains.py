"""Chains of operators: operands and operators as written, grouped by rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vlad_py.formatting.document import LINE, Doc, group, must_break, nest, row
from vlad_py.formatting.piece import Piece
from vlad_py.syntax.build import PREFIX_RANK, RANK, RIGHT

CLOSE = "RANGE"  # the operator without space around it
# operators that break all at once, where the others fill their lines
TOGETHER = frozenset(("PIPE", "OR", "AND"))


@dataclass(slots=True)
class Operation:
    """Operands with operators of one rank between them, which break together."""

    operands: list[Doc]
    starts_line: bool  # whether the first operand does, in the text as it was
    rank: int = -1  # none for a single operand
    operators: list[Piece] = field(default_factory=list)
    breaks: bool = False

    def document(self) -> Doc:
        first, *others = self.operands
        if not others:
            return first
        parts: list[Doc] = []
        for operator, operand in zip(self.operators, others, strict=True):
            if operator.kind == CLOSE:
                parts += (operator.doc, operand)
            elif operator.kind == "PIPE":
                parts += (LINE, operator.doc, " ", operand)
            elif operator.kind in TOGETHER:
                parts += (" ", operator.doc, LINE, operand)
            else:  # a line that begins with `-` would be a statement
                parts += (" ", operator.doc, group(LINE, breaks=must_break(operator.doc)), operand)
        return group(first, nest(*parts), breaks=self.breaks and self.operators[0].kind in TOGETHER)

    def level(self, rank: int) -> tuple[list[Doc], list[Piece]]:
        """What it adds to an operation of this rank: its own parts if it has that rank, else itself."""
        return (self.operands, self.operators) if self.rank == rank else ([self.document()], [])


def document(chain: Sequence[Piece], starts_line: Callable[[Piece], bool]) -> Doc:
    """The document of a chain; `starts_line` says where the author began a line."""
    operands: list[Operation] = []
    waiting: list[tuple[int, Piece, bool]] = []  # operators: rank, piece, whether in front

    def apply() -> None:
        rank, operator, in_front = waiting.pop()
        right = operands.pop()
        if in_front:
            parts = row(operator.doc, " " if operator.kind == "NOT" else "", right.document())
            operands.append(Operation([parts], starts_line(operator)))
            return
        left = operands.pop()
        is_right = operator.kind in RIGHT
        docs, operators = ([left.document()], []) if is_right else left.level(rank)
        more, others = right.level(rank) if is_right else ([right.document()], [])
        breaks = starts_line(operator) or right.starts_line
        breaks = breaks or (bool(operators) and left.breaks) or (bool(others) and right.breaks)
        operands.append(
            Operation([*docs, *more], left.starts_line, rank, [*operators, operator, *others], breaks)
        )

    in_front = True
    for item in chain:
        if item.kind not in RANK and item.kind not in PREFIX_RANK:
            operands.append(Operation([item.doc], starts_line(item)))
            in_front = False
            continue
        rank = PREFIX_RANK[item.kind] if in_front else RANK[item.kind]
        while not in_front and waiting and _binds(waiting[-1][0], rank, item.kind in RIGHT):
            apply()
        waiting.append((rank, item, in_front))
        in_front = True
    while waiting:
        apply()
    return operands[0].document()


def _binds(waiting: int, rank: int, is_right: bool) -> bool:
    """Whether an operator that waits takes its operands before one of this rank does."""
    return waiting > rank or (waiting == rank and not is_right)
