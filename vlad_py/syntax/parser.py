"""Runs the tables of a grammar on a text: tokens, and the methods of rules as soon as they are complete.

Lark makes the tables (tables.py). Loading Lark takes as long as most short runs, so vlad_py runs the tables
itself: one regular expression finds the tokens, and the usual automaton of an LALR(1) grammar takes them.

Source: A. V. Aho, M. S. Lam, R. Sethi, J. D. Ullman, "Compilers" (2006), section 4.5.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from vlad_py.ground.node import record

END = "$END"  # the type of the token after the last

Action: TypeAlias = dict[str, int]  # by the type of a token or the name of a rule: see `Tables`


class Token(str):
    """A part of a text with its type, its place and the line where it begins."""

    __slots__ = ("end_pos", "line", "start_pos", "type")

    def __new__(cls, type: str, value: str, start_pos: int, line: int, end_pos: int) -> Token:
        token = super().__new__(cls, value)
        token.type = type
        token.start_pos = start_pos
        token.line = line
        token.end_pos = end_pos
        return token

    def __reduce__(self) -> tuple[type[Token], tuple[str, str, int, int, int]]:
        # with dask, a pickle of an error holds the exceptions before it
        return Token, (self.type, str(self), self.start_pos, self.line, self.end_pos)

    type: str
    start_pos: int
    line: int
    end_pos: int


@record
class Production:
    """A rule of the grammar.

    `taken` are the parts that its method gets: where in the rule each stands, whether it is a list of parts
    (as the rules with a leading `_` are), and how many optional parts before it are not there, which are None
    to the method; `missing` is the number of those after the last. Without a `method` the parts are a list
    for another rule. A `single` rule that takes one part is that part.
    """

    name: str
    size: int
    taken: tuple[tuple[int, bool, int], ...]
    missing: int
    method: str
    single: bool


@record
class Tables:
    """What Lark makes of a grammar.

    `terminals` are the types of tokens with their regular expressions, the first that fits wins; `words` the
    types of what is spelt like a word, by the type that it would have; `lines` are the types with newlines.
    An action is the state that comes next, or ~i for the end of rule i.
    """

    terminals: tuple[tuple[str, str], ...]
    words: dict[str, dict[str, str]]
    ignored: frozenset[str]
    lines: frozenset[str]
    rules: tuple[Production, ...]
    actions: tuple[Action, ...]
    start: int
    end: int


class Layout(Protocol):
    """What changes the stream of tokens before the automaton sees it.

    `always_accept` are the types of tokens that no rule mentions.
    """

    @property
    def always_accept(self) -> tuple[str, ...]: ...

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens, with some added, changed or left out."""


class UnexpectedToken(Exception):
    """A token that cannot stand where it is; `accepted` are the types that can."""

    def __init__(self, token: Token, accepted: frozenset[str]) -> None:
        super().__init__(token.type)
        self.token = token
        self.accepted = accepted


class UnexpectedCharacter(Exception):
    """A place in the text where no token begins."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Parser:
    """The parser of a grammar. It keeps nothing between texts, so any number of threads may share it.

    `build` has the methods that the grammar names. AttributeError if one is missing.
    """

    def __init__(self, tables: Tables, layout: Layout, build: object) -> None:
        self.tables = tables
        self.layout = layout
        pattern = "|".join(f"(?P<{name}>{regexp})" for name, regexp in tables.terminals)
        self._match = re.compile(pattern).match
        self._rules = [
            (rule, _taking(rule), getattr(build, rule.method) if rule.method else _parts)
            for rule in tables.rules
        ]

    def lex(self, text: str) -> list[Token]:
        """The tokens of a text, as the automaton sees them. UnexpectedCharacter where there is none."""
        tokens, odd = self._tokens(text)
        if odd is not None:
            raise odd
        return list(self.layout.process(iter(tokens)))

    def _tokens(self, text: str) -> tuple[list[Token], UnexpectedCharacter | None]:
        """The tokens up to the end, or up to a place where none begins."""
        tokens: list[Token] = []
        match, words = self._match, self.tables.words
        ignored, lines = self.tables.ignored, self.tables.lines
        at, line, end = 0, 1, len(text)
        while at < end:
            found = match(text, at)
            if found is None:
                return tokens, UnexpectedCharacter(at)
            kind: Any = found.lastgroup
            after = found.end()
            if kind not in ignored:
                value = found[0]
                if kind in words:
                    kind = words[kind].get(value, kind)
                tokens.append(Token(kind, value, at, line, after))
            if kind in lines:
                line += text.count("\n", at, after)
            at = after
        return tokens, None

    def parse(self, text: str) -> Any:
        """The result of the first rule's method. Raises UnexpectedToken or UnexpectedCharacter."""
        actions, rules, end = self.tables.actions, self._rules, self.tables.end
        states = [self.tables.start]
        values: list[Any] = []
        found, odd = self._tokens(text)
        tokens = list(self.layout.process(iter(found)))
        last = Token(END, "", len(text), 0, len(text))
        tokens.append(last)
        for token in tokens:
            if token is last and odd is not None:
                raise odd
            while True:
                action = actions[states[-1]].get(token.type)
                if action is None:
                    raise UnexpectedToken(token, self._accepted(states))
                if action >= 0:
                    states.append(action)
                    values.append(token)
                    break
                rule, taking, method = rules[~action]
                parts: list[Any] = []
                if rule.size:
                    parts = values[-rule.size :]
                    del values[-rule.size :]
                    del states[-rule.size :]
                if taking is None:
                    value = _reduced(rule, method, parts)
                elif rule.single and len(rule.taken) == 1:
                    (value,) = taking(parts)
                else:
                    value = method(*taking(parts))
                values.append(value)
                states.append(actions[states[-1]][rule.name])
                if token is last and states[-1] == end:
                    return values[0]
        raise AssertionError("the last token ends the text or is an error")

    def _accepted(self, states: list[int]) -> frozenset[str]:
        """The types of tokens that can come next."""
        kinds = (kind for kind in self.tables.actions[states[-1]] if kind.isupper())
        return frozenset(kind for kind in kinds if self._accepts(list(states), kind))

    def _accepts(self, states: list[int], kind: str) -> bool:
        actions = self.tables.actions
        while (action := actions[states[-1]].get(kind)) is not None:
            if action >= 0:
                return True
            rule = self.tables.rules[~action]
            del states[len(states) - rule.size :]
            states.append(actions[states[-1]][rule.name])
            if kind == END and states[-1] == self.tables.end:
                return True
        return False


def _taking(rule: Production) -> Callable[[list[Any]], Any] | None:
    """The function that picks the parts that a rule takes, if all are there and none is a list."""
    if rule.missing or any(is_list or missing for _, is_list, missing in rule.taken):
        return None
    places = [place for place, _, _ in rule.taken]
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


def _reduced(rule: Production, method: Callable[..., Any], parts: list[Any]) -> Any:
    """The value that a rule makes from those of its parts."""
    taken: list[Any] = []
    for place, is_list, missing in rule.taken:
        if missing:
            taken += [None] * missing
        if not is_list:
            taken.append(parts[place])
        elif taken:
            taken += parts[place]
        else:  # a list that grows to the right is used on, not copied
            taken = parts[place]
    if rule.missing:
        taken += [None] * rule.missing
    if rule.single and len(taken) == 1:
        return taken[0]
    return taken if method is _parts else method(*taken)


def _parts(*parts: Any) -> list[Any]:
    return list(parts)
