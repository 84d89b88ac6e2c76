"""The tokens of ADL as editors show them: the class of every terminal of the grammar.

Only grammar/adl.lark says how a terminal is written. The table here says what it means to a reader, and
what Pygments, TextMate grammars and the language server's protocol call that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from lark import Lark
from lark.lexer import PatternStr, TerminalDef

from vlad_py.ground import resources
from vlad_py.session import catalogue
from vlad_py.syntax.build import ESCAPE
from vlad_py.syntax.newlines import Layout


@dataclass(frozen=True, slots=True)
class Class:
    """A class of tokens: its terminals, and its names elsewhere ("" where a name says nothing)."""

    terminals: str
    pygments: str
    textmate: str
    protocol: str  # of the language server's semantic tokens


DOCUMENTATION = Class("DOC_LINE", "String.Doc", "comment.line.documentation", "comment")
COMMENT = Class("COMMENT", "Comment.Single", "comment.line.number-sign", "comment")
STRING = Class("STRING", "String.Double", "string.quoted.double", "string")
NUMBER = Class("NUMBER", "Number", "constant.numeric", "number")
DEFINITION = Class("DEF LET FN", "Keyword.Declaration", "keyword.other.definition", "keyword")
IMPORT = Class("IMPORT _AS", "Keyword.Namespace", "keyword.control.import", "keyword")
CONTROL = Class(
    "IF _THEN _ELSE MATCH LOOP _WHILE _FOR _IN _DO _WITH", "Keyword", "keyword.control", "keyword"
)
LOGICAL = Class("OR AND NOT", "Operator.Word", "keyword.operator.logical", "keyword")
CONSTANT = Class("TRUE FALSE NIL", "Keyword.Constant", "constant.language", "keyword")
OPERATOR = Class(
    "_BIND _ARROW PIPE COMPARE CONS RANGE PLUS MINUS TIMES POWER", "Operator", "keyword.operator", "operator"
)
PUNCTUATION = Class(
    "COLON _COMMA _DOT _SEPARATOR PAREN PAREN_END BRACKET BRACKET_END BRACE BRACE_END",
    "Punctuation",
    "punctuation",
    "",
)
NAME = Class("NAME UNDERSCORE", "Name", "variable.other", "")
MISTAKE = Class("FOREIGN ODD_NUMBER UNTERMINATED STRAY", "Error", "invalid.illegal", "")
SPACE = Class("SPACE", "Text.Whitespace", "", "")

CLASSES = (
    DOCUMENTATION,
    COMMENT,
    STRING,
    NUMBER,
    DEFINITION,
    IMPORT,
    CONTROL,
    LOGICAL,
    CONSTANT,
    OPERATOR,
    PUNCTUATION,
    NAME,
    MISTAKE,
    SPACE,
)

# the class of a name, by the token before it and by its meaning
DEFINED = Class("DEF", "Name.Function", "entity.name.function", "function")
IMPORTED = Class("IMPORT", "Name.Namespace", "entity.name.namespace", "namespace")
MEMBER = Class("_DOT", "Name.Attribute", "variable.other.member", "property")
BUILT_IN = Class("", "Name.Builtin", "support.function", "function")
NAMES = (DEFINED, IMPORTED, MEMBER, BUILT_IN)

ESCAPED = Class("", "String.Escape", "constant.character.escape", "string")
ESCAPES = ESCAPE.pattern
"""An escape inside a string."""

END_OF_WORD = r"(?![\w'])"


@dataclass(frozen=True, slots=True)
class TokenRule:
    """A regular expression, the class of its matches, and of its groups if it has any.

    Python, JavaScript and Oniguruma, which TextMate grammars use, read it alike.
    """

    pattern: str
    kind: Class
    groups: tuple[Class, ...] = ()


@cache
def class_of(terminal: str) -> Class:
    """The class of a terminal of the grammar. KeyError if the table has none."""
    found = {name: kind for kind in CLASSES for name in kind.terminals.split()}
    return found[terminal]


@cache
def terminals() -> tuple[TerminalDef, ...]:
    """The terminals of the grammar, in the order in which the lexer tries them."""
    lexer = Lark(resources.grammar_text(), parser=None, lexer="basic", start="program", postlex=Layout())
    order = lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name)  # noqa: E731
    return tuple(sorted(lexer.terminals, key=order))


def words() -> dict[str, Class]:
    """The keywords, each with its class."""
    return {
        t.pattern.value: class_of(t.name)
        for t in terminals()
        if isinstance(t.pattern, PatternStr) and t.pattern.value.isidentifier()
    }


def built_in_names() -> tuple[str, ...]:
    """The names that every program sees, sorted."""
    return tuple(sorted(name for name in (*catalogue.everywhere(), "arguments") if name.isidentifier()))


def rules() -> tuple[TokenRule, ...]:
    """The rules to try at any place of a text, in this order; for the start of a name, the longest first."""
    keywords = words()
    (name,) = (t.pattern.to_regexp() for t in terminals() if t.name == "NAME")
    name = f"(?!{_one_of(keywords)}){name}"
    named = (
        TokenRule(rf"(def)(\s+)({name})", DEFINED, (DEFINITION, SPACE, DEFINED)),
        TokenRule(rf"(import)(\s+)({name})", IMPORTED, (IMPORT, SPACE, IMPORTED)),
        TokenRule(rf"(\.)(\s*)({name})", MEMBER, (PUNCTUATION, SPACE, MEMBER)),
        *(TokenRule(_one_of(members), kind) for kind, members in _by_class(keywords)),
        TokenRule(_one_of(built_in_names()), BUILT_IN),
        TokenRule(name, NAME),
    )
    marks = {_greedy(t.pattern.to_regexp()): class_of(t.name) for t in terminals() if t.name != "NAME"}
    others = groupby((pattern for pattern in marks if pattern not in keywords), key=marks.__getitem__)
    return (*named, *(TokenRule("|".join(patterns), kind) for kind, patterns in others))


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], TokenRule], ...]:
    return tuple((re.compile(rule.pattern), rule) for rule in rules())


def scan(text: str) -> Iterator[tuple[int, int, Class]]:
    """The tokens of a text, spaces and comments among them: start, end, class."""
    at = 0
    while at < len(text):
        match, rule = next((m, rule) for pattern, rule in _compiled() if (m := pattern.match(text, at)))
        for i, kind in enumerate(rule.groups or (rule.kind,), 1 if rule.groups else 0):
            yield *match.span(i), kind
        at = match.end()


def _greedy(pattern: str) -> str:
    """A pattern without possessive quantifiers, which JavaScript does not know: these save memory only."""
    return pattern.replace("*+", "*")


def _by_class(keywords: dict[str, Class]) -> Iterator[tuple[Class, list[str]]]:
    for kind in CLASSES:
        members = [word for word, its in keywords.items() if its is kind]
        if members:
            yield kind, members


def _one_of(names: Iterable[str]) -> str:
    return rf"(?:{'|'.join(sorted(map(re.escape, names)))}){END_OF_WORD}"
