"""The printer of expressions: one walk, which reads the words of each primitive from its entry.

A notation says how words become text (see notations.py). Where an entry has no words, the printer spells the
operation with others that have some (see spelling.py). If that fails too, a program cannot be written, and
other notations show `⋯`: no text ever shows a name that programs do not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Any, TypeAlias

from vlad_py.expressions.expression import Application, Constant, Expression
from vlad_py.expressions.parts import parts_first, uses
from vlad_py.expressions.text.spelling import Leaf, spelled
from vlad_py.ground.errors import NothingKnown
from vlad_py.ground.node import field, record
from vlad_py.ground.walk import Walk, run
from vlad_py.primitives.kinds import Assembly, Pairing, Reduction
from vlad_py.primitives.primitive import PRIMITIVES, Primitive
from vlad_py.primitives.words import ATOM, MINUS, PRODUCT, Pattern, Text, Words
from vlad_py.values.values import Value, shape_of

Naming: TypeAlias = Callable[..., str]  # of the leaves of one kind that expressions have: names, or symbols
Operator: TypeAlias = Pattern | Callable[[Text, Text], Pattern]

LETTERS = "xyz"  # numbers of an operation whose name alone is asked for
OPPOSITE = {"+": "-", "-": "+"}  # a + (-b) is written a - b


def as_they_are(operation: Application) -> tuple[Expression, ...]:
    """The numbers of an operation in their order."""
    return operation.arguments


@record(kw_only=True)
class Notation:
    """A way of writing.

    - `own`: the words that an entry has for this notation alone; `adapted` makes a pattern of the language
      one of its own
    - `operators`: a pattern for an operator of the language, where that is not the entry's
    - `call`: a function, by its name and the texts of its arguments; `option`: a keyword and its value among
      them
    - `array`: elements in an array of a shape; `indexed`: a text with an index
    - `static`: the text of an axis, a shape or an index; None where there is none
    - `something`: what is written for an operation without words; if it is empty, that is an error
    """

    number: Callable[[Value], str]
    call: Callable[[str, list[Text]], Text]
    array: Callable[[list[str], tuple[int, ...]], str]
    indexed: Callable[[Text, str], str]
    static: Callable[[Any], str | None]
    option: str  # a keyword and its value, as an argument
    operators: Mapping[str, Operator] = field(default_factory=dict)
    own: Callable[[Primitive], Words] | None = None
    adapted: Callable[[str], str] | None = None
    minus: str = "-"
    something: str = ""


@record
class Printer:
    """A notation, with names for the leaves; `order` says in which order the numbers of an operation are
    written.
    """

    notation: Notation
    name: Naming
    order: Callable[[Application], tuple[Expression, ...]] = as_they_are

    def of(self, expression: Expression | Leaf) -> str:
        """The text of an expression. RunError where the notation is a program, and has no words for it."""
        used = uses(parts_first(expression)) if isinstance(expression, Application) else {}
        return run(self._walk(expression, {}, {part for part, count in used.items() if count == 1})).text

    def number(self, value: Value) -> str:
        """The text of a number."""
        return self.notation.number(value)

    def head(self, operation: Application) -> str:
        """What an operation is called: its sign, its name, or else the operation at x, y, …"""
        words = _words_for(operation, operation.primitive.text)
        if not words and not operation.primitive.internal:
            words = operation.primitive.name
        if isinstance(words, Pattern) and words.operator:
            return words.operator
        if isinstance(words, str) and words and "{" not in words:
            return words
        letters = chain(LETTERS, repeat("…"))
        return self.of(
            operation.at(tuple(Leaf(Text(next(letters)), x.value) for x in operation.arguments))  # type: ignore[misc]
        )

    def _walk(
        self, expression: Expression | Leaf, known: dict[Expression, Text], once: set[int]
    ) -> Walk[Text]:
        """The text of an expression; `known` are those of parts, each of which is written once. The texts of
        parts that are used `once` are not kept: in a deep expression they are as long as its square.
        """
        if not isinstance(expression, Application):
            return self._leaf(expression)
        parts: list[Text] = []
        for number in self.order(expression):
            if not isinstance(number, Application):
                parts.append(self._leaf(number))
                continue
            text = known.get(number)
            if text is None:
                text = yield self._walk(number, known, once)
                if id(number) not in once:
                    known[number] = text
            parts.append(text)
        own = self._written(expression, parts)
        if own is not None:
            return own
        spelling = spelled(expression, parts)
        if spelling is not None:
            return (yield self._walk(spelling, known, once))
        return self._fallback(expression.primitive, parts)

    def _leaf(self, expression: Expression | Leaf) -> Text:
        if isinstance(expression, Leaf):
            return expression.text
        is_constant = isinstance(expression, Constant)
        text = self.number(expression.value) if is_constant else self.name(expression)
        if text.startswith(self.notation.minus):
            return Text(text, MINUS)
        return Text(text, PRODUCT if r"\cdot" in text else ATOM)  # as of a number with a power of ten

    def _written(self, operation: Application, parts: list[Text]) -> Text | None:
        """The text by the operation's own words; None where it has none, or takes what has no text."""
        primitive, notation = operation.primitive, self.notation
        if notation.own is not None and (own := _words_for(operation, notation.own(primitive))):
            return self._by_words(own, operation, parts)
        words = _words_for(operation, primitive.text)
        if not words:
            if primitive.internal:
                return None
            words = primitive.name
        if isinstance(words, Pattern):
            if words.operator:
                return self._operator(words, *parts)
            words = self._adapted(words)
        elif notation.adapted is not None and "{" in words:
            words = notation.adapted(words)
        return self._by_words(words, operation, parts)

    def _by_words(self, words: str | Pattern, operation: Application, parts: list[Text]) -> Text | None:
        notation, texts = self.notation, {}
        if operation.statics:
            given = operation.statics.items()
            texts = {key: notation.static(value) for key, value in given if value is not None}
            if None in texts.values():
                return None
        if isinstance(words, str) and "{" not in words:
            options = [Text(notation.option.format(*option)) for option in texts.items()]
            return notation.call(words, [*_arguments(operation, parts), *options])
        text, binds = (words, ATOM) if isinstance(words, str) else (words.text, words.binds)
        slots: dict[str, Any] = dict(texts)
        if "{array}" in text:
            shape = operation.statics.get("shape", (len(parts),))
            slots["array"] = notation.array([part.text for part in parts], shape)
        if "{indexed}" in text:
            slots["indexed"] = notation.indexed(parts[0], texts["index"] or "")
        return Text(text.format(*parts, **slots), binds)

    def _adapted(self, pattern: Pattern) -> Pattern:
        adapted = self.notation.adapted
        return pattern if adapted is None else Pattern(adapted(pattern.text), pattern.binds)

    def _operator(self, words: Pattern, first: Text, second: Text) -> Text:
        sign = words.operator
        if sign in OPPOSITE and second.binds == MINUS:
            words = Pattern(words.text.replace(sign, OPPOSITE[sign]), words.binds)
            second = Text(second.text.removeprefix(self.notation.minus), PRODUCT)
        pattern = self.notation.operators.get(sign) or self._adapted(words)
        if callable(pattern):
            pattern = pattern(first, second)
        return Text(pattern.text.format(first, second), pattern.binds)

    def _fallback(self, primitive: Primitive, parts: list[Text]) -> Text:
        """A function that is not in the table has the name that its user gave it."""
        is_users = PRIMITIVES.get(primitive.name) is not primitive
        if self.notation.something:
            return self.notation.call(primitive.name if is_users else self.notation.something, parts)
        what = f"`{primitive.name}`" if is_users else "a part of a derivative"
        raise NothingKnown(f"the expression needs {what}, which ADL cannot write")


def _words_for(operation: Application, words: Words) -> str | Pattern:
    """The words for this case."""
    if callable(words):
        return words(tuple(shape_of(x.value) for x in operation.arguments), **operation.statics)
    return words


def _arguments(operation: Application, parts: list[Text]) -> list[Text]:
    """The texts as a program gives them to a function: of two collections as two tuples, one number of what
    takes a collection as a list of one.
    """
    if isinstance(operation.primitive, Pairing):
        half = len(parts) // 2
        return [Text(f"({', '.join(part.text for part in side)})") for side in (parts[:half], parts[half:])]
    if isinstance(operation.primitive, (Assembly, Reduction)) and len(parts) == 1:
        return [Text(f"list({parts[0].text})")]
    return parts
