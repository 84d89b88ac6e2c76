"""From grammar rules to documents: one method for each rule, which says how it is laid out."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from vlad_py.formatting import chains
from vlad_py.formatting.comments import Around
from vlad_py.formatting.document import (
    BLANK,
    HARD,
    LINE,
    SOFT,
    Comment,
    Doc,
    Line,
    group,
    joined,
    must_break,
    nest,
    row,
)
from vlad_py.formatting.piece import Piece
from vlad_py.formatting.trees import Part, Tree
from vlad_py.ground.walk import Walk, run
from vlad_py.syntax.parser import Token

CLOSING = frozenset(("PAREN_END", "BRACKET_END", "BRACE_END"))
ENDING = CLOSING | {"_SEPARATOR", "_ELSE"}  # behind it, a comment does not stand in the middle of something
# what follows `=`, `=>`, `else` on their line, its own lines below: data always, the rest if it has to break
DATA = frozenset(("block", "record", "update", "array", "tuple_"))
BREAKING = frozenset(("call", "comprehension", "parenthesised"))
# the rules that hold statements, arms or items, and which of their parts is the first of these
HOLDERS = {
    "program": 0,
    "block": 1,
    "match": 3,
    "parameters": 1,
    "call": 2,
    "index": 2,
    "update": 3,
} | dict.fromkeys(("tuple_", "array", "record", "parenthesised", "operator"), 1)

BETWEEN = ("_COMMA", "_SEPARATOR")


class Drawing:
    """Lays out the tree of one program."""

    def __init__(self, around: dict[int, Around], tokens: list[Token]) -> None:
        self._around = around
        # where statements, arms and items start: what holds them places the comments above them
        self._led: set[int] = set()
        self._next = {a.start_pos: b.type for a, b in itertools.pairwise(tokens)}

    def document(self, tree: Tree, end: Around) -> Doc:
        """The document of a whole program; `end` is what surrounds the end of the text."""
        for holder in tree.below():
            if holder.rule in HOLDERS:
                held = holder.parts[HOLDERS[holder.rule] :]
                self._led.update(_start(item) for item in held if not _is(item, *BETWEEN))
        whole: Piece = run(self._piece(tree))
        if not end.above:
            return whole.doc
        between = BLANK if end.above[0].blank_above else HARD
        return row(whole.doc, between if whole.doc else "", *self._above(end))

    def _piece(self, item: Part) -> Walk[Piece]:
        if isinstance(item, Token):
            return Piece(self._word(item), item.type, item)
        parts = []
        for part in item.parts:
            parts.append((yield self._piece(part)))
        lay_out: Callable[..., Piece] = getattr(self, f"lay_{item.rule}")
        return lay_out(*parts)

    # ── tokens and their comments ───────────────────────────────────────────────────────────

    def _word(self, token: Token) -> Doc:
        """A token with its comments; the closing brackets place those above them by themselves."""
        around = self._around.get(token.start_pos)
        if around is None or token.type == "_SEPARATOR":
            return ""
        parts: list[Doc] = []
        if token.type not in CLOSING and token.start_pos not in self._led:
            parts += self._above(around)
        parts.append(str(token))
        parts += self._behind(token)
        return row(*parts) if len(parts) > 1 else str(token)

    def _behind(self, token: Token) -> list[Doc]:
        around = self._around[token.start_pos]
        if not around.behind:
            return []
        ends = token.type in CLOSING or self._next.get(token.start_pos, "_SEPARATOR") in ENDING
        return [Comment(around.behind, behind=True, breaks=not ends)]

    def _above(self, around: Around) -> list[Doc]:
        """The comments above something; the blank line above the first one is left to what holds it."""
        docs: list[Doc] = [
            Comment(remark.text, behind=False, breaks=True, blank=i > 0 and remark.blank_above)
            for i, remark in enumerate(around.above)
        ]
        return [*docs, BLANK] if docs and around.blank_above else docs

    def _remarks(self, comma: Piece) -> list[Doc]:
        """The comments of a comma that goes."""
        return [*self._above(self._around_of(comma)), *self._behind(comma.first)]

    def _starts_line(self, piece: Piece) -> bool:
        return self._around_of(piece).starts_line

    # ── statements ──────────────────────────────────────────────────────────────────────────

    def lay_program(self, *parts: Piece) -> Piece:
        statements = [part for part in parts if part.kind != "_SEPARATOR"]
        if not statements:
            return Piece("", "program", Token("END", "", 0, 0, 0))
        return Piece(self._lines(statements, HARD), "program", statements[0].first)

    def _lines(self, pieces: list[Piece], between: Line) -> Doc:
        """Statements or arms, each on its own line where lines break; single blank lines stay."""
        parts: list[Doc] = []
        for piece in pieces:
            around = self._around_of(piece)
            if parts:
                blank = around.above[0].blank_above if around.above else around.blank_above
                parts.append(BLANK if blank else between)
            parts += (*self._above(around), piece.doc)
        return row(*parts)

    def lay_import_(self, *parts: Piece) -> Piece:
        return Piece(joined(" ", (part.doc for part in parts)), "import", parts[0].first)

    def lay_let(self, keyword: Piece, pattern: Piece, bind: Piece, value: Piece) -> Piece:
        head = row(keyword.doc, " ", pattern.doc, " ")
        return Piece(row(head, self._right(bind, value, keeps_line=True)), "let", keyword.first)

    def lay_define(self, keyword: Piece, name: Piece, parameters: Piece, bind: Piece, body: Piece) -> Piece:
        head = row(keyword.doc, " ", name.doc, parameters.doc, " ")
        return Piece(row(head, self._right(bind, body, keeps_line=True)), "define", keyword.first)

    def lay_parameters(self, *parts: Piece) -> Piece:
        return self._bracketed("parameters", parts)

    def _right(self, sign: Piece, value: Piece, keeps_line: bool = False) -> Doc:
        """A sign such as `=`, `=>`, `then` and what stands to its right: on that line, or indented below."""
        if value.hugs:
            return row(sign.doc, " ", value.doc)
        breaks = must_break(sign.doc) or (keeps_line and self._starts_line(value))
        return row(sign.doc, group(nest(LINE, value.doc), breaks=breaks))

    # ── operators ───────────────────────────────────────────────────────────────────────────

    def lay_infix(self, left: Piece, operator: Piece, tail: Piece) -> Piece:
        return Piece("", "infix", left.first, chain=(left, operator, *(tail.chain or (tail,))))

    def lay_prefix(self, operator: Piece, tail: Piece) -> Piece:
        return Piece("", "infix", operator.first, chain=(operator, *(tail.chain or (tail,))))

    def lay_operation(self, whole: Piece) -> Piece:
        return Piece(chains.document(whole.chain, self._starts_line), "operation", whole.first)

    def lay_operator(self, *parts: Piece) -> Piece:
        return self._bracketed("operator", parts)

    # ── forms that extend to the right ──────────────────────────────────────────────────────

    def lay_fn(self, keyword: Piece, pattern: Piece, arrow: Piece, body: Piece) -> Piece:
        head = row(keyword.doc, " ", pattern.doc, " ")
        return Piece(row(head, self._right(arrow, body)), "fn", keyword.first, hugs=True)

    def lay_if_(
        self, keyword: Piece, condition: Piece, then: Piece, yes: Piece, else_: Piece, no: Piece
    ) -> Piece:
        taken = row(keyword.doc, " ", nest(condition.doc, by=3), " ", self._right(then, yes))
        rest = row(else_.doc, " ", no.loose) if no.kind == "if" else self._right(else_, no)
        doc = row(taken, HARD if self._starts_line(else_) else LINE, rest)
        return Piece(group(doc), "if", keyword.first, loose=doc)

    def lay_while_(self, *parts: Piece) -> Piece:
        *start, while_, condition, do, body = parts
        return self._loop(start, row(while_.doc, " ", nest(condition.doc, by=6)), do, body)

    def lay_for_(self, *parts: Piece) -> Piece:
        *start, for_, element, in_, sequence, do, body = parts
        return self._loop(start, row(for_.doc, " ", element.doc, " ", in_.doc, " ", sequence.doc), do, body)

    def _loop(self, start: list[Piece], turns: Doc, do: Piece, body: Piece) -> Piece:
        keyword, pattern, bind, value = start
        head = row(keyword.doc, " ", pattern.doc, " ", bind.doc, " ", value.doc)
        if body.hugs:
            whole = row(group(head, nest(LINE, turns, by=4)), " ", do.doc, " ", body.doc)
            return Piece(whole, "loop", keyword.first, hugs=True)
        whole = group(head, nest(LINE, turns, LINE, do.doc, " ", body.doc), breaks=self._starts_line(do))
        return Piece(whole, "loop", keyword.first)

    # ── operands ────────────────────────────────────────────────────────────────────────────

    def _one(self, token: Piece) -> Piece:
        return token

    lay_name = lay_number = lay_string = lay_boolean = lay_nil = lay_wildcard = _one

    def lay_negative(self, minus: Piece, number: Piece) -> Piece:
        return Piece(row(minus.doc, number.doc), "negative", minus.first)

    def lay_cons_pattern(self, head: Piece, operator: Piece, tail: Piece) -> Piece:
        return Piece(row(head.doc, " ", operator.doc, " ", tail.doc), "cons_pattern", head.first)

    def lay_parenthesised(self, *parts: Piece) -> Piece:
        return self._bracketed("parenthesised", parts)

    def lay_tuple_(self, *parts: Piece) -> Piece:
        return self._bracketed("tuple_", parts)

    def lay_array(self, *parts: Piece) -> Piece:
        return self._bracketed("array", parts)

    def lay_record(self, *parts: Piece) -> Piece:
        if [part.kind for part in parts[1:-1]] == ["NAME", "_COMMA"]:  # `{a}` would be a block
            opening, name, comma, closing = parts
            return self._enclosed("record", opening, row(name.doc, comma.doc), closing)
        return self._bracketed("record", parts)

    def lay_call(self, function: Piece, *parts: Piece) -> Piece:
        arguments = self._bracketed("call", parts)
        return Piece(row(function.doc, arguments.doc), "call", function.first, arguments.hugs)

    def lay_index(self, value: Piece, *parts: Piece) -> Piece:
        indices = self._bracketed("index", parts)
        return Piece(row(value.doc, indices.doc), "index", value.first)

    def lay_slice(self, *parts: Piece) -> Piece:
        return Piece(row(*(part.doc for part in parts)), "slice", parts[0].first)

    def lay_select(self, value: Piece, dot: Piece, name: Piece) -> Piece:
        return Piece(row(value.doc, dot.doc, name.doc), "select", value.first)

    def lay_field(self, name: Piece, colon: Piece, value: Piece) -> Piece:
        return Piece(row(name.doc, self._right(colon, value)), "field", name.first)

    def lay_same_name(self, name: Piece) -> Piece:
        return name

    def lay_comprehension(self, opening: Piece, body: Piece, *rest: Piece) -> Piece:
        *clauses, closing = rest
        parts = (part for clause in clauses for part in (LINE, clause.doc))
        return self._enclosed("comprehension", opening, row(body.doc, *parts), closing)

    def lay_clause(self, for_: Piece, pattern: Piece, in_: Piece, sequence: Piece) -> Piece:
        doc = row(for_.doc, " ", pattern.doc, " ", in_.doc, " ", sequence.doc)
        return Piece(doc, "clause", for_.first)

    def lay_update(self, opening: Piece, record: Piece, with_: Piece, *rest: Piece) -> Piece:
        *fields, closing = rest
        inner = row(record.doc, " ", with_.doc, nest(LINE, self._items(list(fields))))
        return self._enclosed("update", opening, inner, closing)

    def lay_block(self, opening: Piece, *rest: Piece) -> Piece:
        *parts, closing = rest
        statements = [part for part in parts if part.kind != "_SEPARATOR"]
        inner = self._lines(statements, Line("; "))
        return self._enclosed("block", opening, inner, closing, LINE, any(map(self._starts_line, statements)))

    def lay_match(self, keyword: Piece, value: Piece, opening: Piece, *rest: Piece) -> Piece:
        *parts, closing = rest
        arms: list[Piece] = []
        for part in parts:
            if part.kind == "arm":
                arms.append(part)
            elif part.kind == "_COMMA":
                arms[-1] = Piece(row(arms[-1].doc, *self._remarks(part)), "arm", arms[-1].first)
        inner = self._lines(arms, Line(", "))
        body = self._enclosed("match", opening, inner, closing, LINE, any(map(self._starts_line, arms)))
        return Piece(row(keyword.doc, " ", value.doc, " ", body.doc), "match", keyword.first, hugs=True)

    def lay_arm(self, pattern: Piece, arrow: Piece, body: Piece) -> Piece:
        return Piece(row(pattern.doc, " ", self._right(arrow, body)), "arm", pattern.first)

    # ── brackets ────────────────────────────────────────────────────────────────────────────

    def _items(self, parts: list[Piece], between: Doc = LINE) -> Doc:
        """Items and the commas between them; one behind the last goes, its comments stay."""
        docs: list[Doc] = []
        for i, part in enumerate(parts):
            if part.kind != "_COMMA":
                docs += (*self._above(self._around_of(part)), part.doc)
            elif i + 1 < len(parts):
                docs += (part.doc, between)
            else:
                docs += self._remarks(part)
        return row(*docs)

    def _bracketed(self, kind: str, parts: tuple[Piece, ...]) -> Piece:
        """`opening items closing`, the items separated by commas."""
        opening, *items, closing = parts
        if not items and not self._around_of(closing).above:
            return self._piece_of(kind, opening, row(opening.doc, closing.doc))
        if items and self._last_hugs(items) and not self._around_of(closing).above:
            return self._piece_of(kind, opening, row(opening.doc, self._items(items, " "), closing.doc))
        breaks = bool(items) and kind in DATA and self._starts_line(items[0])
        return self._enclosed(kind, opening, self._items(items), closing, SOFT, breaks)

    def _last_hugs(self, items: list[Piece]) -> bool:
        """Whether only the last item breaks, and may do so inside the brackets of the others."""
        *others, last = items
        if not last.hugs or not must_break(last.doc) or self._around_of(last).above:
            return False
        return not any(must_break(item.doc) for item in others) and not self._starts_line(items[0])

    def _enclosed(
        self, kind: str, opening: Piece, inner: Doc, closing: Piece, edge: Line = SOFT, breaks: bool = False
    ) -> Piece:
        """Brackets around something that is indented where it does not fit on one line."""
        around = self._around_of(closing)
        above: list[Doc] = [BLANK if around.above[0].blank_above else HARD] if around.above else []
        above += self._above(Around(around.above))
        doc = group(opening.doc, nest(edge, inner, *above), edge, closing.doc, breaks=breaks)
        return self._piece_of(kind, opening, doc)

    def _piece_of(self, kind: str, opening: Piece, doc: Doc) -> Piece:
        hugs = kind in DATA or (kind in BREAKING and must_break(doc))
        return Piece(doc, kind, opening.first, hugs)

    def _around_of(self, piece: Piece) -> Around:
        return self._around[piece.first.start_pos]


def _start(item: Part) -> int:
    """Where a part of a tree starts."""
    while not isinstance(item, Token):
        item = item.parts[0]
    return item.start_pos


def _is(item: Part, *kinds: str) -> bool:
    """Whether it is a token of one of these kinds."""
    return isinstance(item, Token) and item.type in kinds
