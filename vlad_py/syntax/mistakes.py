"""Messages for texts that do not parse: what was expected, what came, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from vlad_py.ground import errors
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import characters
from vlad_py.syntax.parser import Token

CLOSES = {"PAREN": "PAREN_END", "CALL": "PAREN_END", "BRACKET": "BRACKET_END", "INDEX": "BRACKET_END"}
CLOSES |= {"BRACE": "BRACE_END", "RECORD": "BRACE_END"}

# the words of "expected …" for terminals, in the order of the list; terminals that only continue an
# expression are left out
WANTED = {
    "EXPRESSION": "an expression",
    "PATTERN": "a pattern",
    "NAME": "a name",
    "STRING": "a string",
    "_THEN": "`then`",
    "_ELSE": "`else`",
    "_DO": "`do`",
    "_IN": "`in`",
    "_WHILE": "`while`",
    "_FOR": "`for`",
    "_BIND": "`=`",
    "_ARROW": "`=>`",
    "COLON": "`:`",
    "PARAMETERS": "`(`",
    "BRACE": "`{`",
    "_COMMA": "`,`",
    "_SEPARATOR": "a new line",
    "PAREN_END": "`)`",
    "BRACKET_END": "`]`",
    "BRACE_END": "`}`",
}
OPERATORS = "OR AND NOT COMPARE CONS RANGE PLUS MINUS TIMES POWER"
KEYWORDS = "_AS _THEN _ELSE _WHILE _FOR _IN _DO _WITH LET DEF FN IF MATCH LOOP IMPORT"
KEYWORDS += " OR AND NOT TRUE FALSE NIL"
WORDS = "let def import fn if match loop".split()  # which may be misspelt at the start of a statement
RESULTS = "PAREN_END BRACKET_END"
VALUES = f"NAME NUMBER STRING TRUE FALSE NIL {RESULTS} BRACE_END"
ATOMS = "NAME NUMBER STRING TRUE FALSE NIL"
COMPOUNDS = "PAREN BRACKET BRACE RECORD FN IF LOOP MATCH NOT"
STARTS = f"{ATOMS} {COMPOUNDS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A row of the table: the hint is right where all its conditions hold.

    Tokens are named by type (upper case) or by text; NONE means that there is no token. `$before` and
    `$token` in a hint stand for the texts of these tokens.
    """

    hint: str
    before: str = ""  # the token before the one that does not fit
    token: str = ""  # the one that does not fit
    after: str = ""  # the one after it
    statement: str = ""  # the first one of the statement
    inside: str = ""  # the innermost open bracket
    wanted: str = ""  # one of these was possible there; see `_wanted`
    gap: str = " "  # between `before` and `token`: "" is nothing, "\n" a new line, " " anything
    word: bool = False  # whether the word before is the mistake, and is underlined
    instead: str = ""  # what in place of the mistake alone follows the hint


IF = "an `if` is written `if c then a else b`"
LOOP = "a loop carries a state: `loop x = 1 while c do next` or `loop x = 1 for i in 1..n do next`"
LET = "put a `let` or `def` on its own line in a file or a block: `{ let x = 1; x + 1 }`"
FN = "a function is written `fn x => …` or `fn (x, y) => …`"
DEF = "define a function with `def f(x) = …`"
BIND_BY = "bind a name with `let x = …`"
BIND = f"{BIND_BY}; it never changes; to compare, write `==`"
PLACE = "pass arguments by position"
AXIS = "an axis is a field: `sum(a, {axis: 0})`, and `{axis: 0, keepdims: true}` keeps it with the size 1"
ELEMENT = "values never change; a comprehension makes a new array: `[f(i) for i in 0..n]`"
RECORD = "a record is written `{a: 1, b: 2}`"
MATCH = "a match is written `match e { pattern => value … }`, one arm per line"
NUMBER = "numbers are written like `12`, `0.5` and `1e-3`"
FORMAT = '`print("x =", x)` writes text and values; a call is written `$before("…")`'
QUOTES = 'put the path of a file in quotes: `import "parts/file.adl"`'
MEMBER = "`any(fn y => y == x, xs)` says whether `x` is in `xs`"
CHOSEN = "a comprehension has no `if`: write `[e for x in filter(fn x => c, xs)]`"
CHANGES = "names never change: carry a changing value in a loop, `loop x = 1 …`"
JOINED = "join lists with `concat(xs, ys)`; names never change, so write `x + 1`"
NO_IMPORT = "built-in functions such as `sin` need no import"
MODULE = "write `import $token`, then `$token.name`"
OBJECT = "a record holds values and functions: `{a: 1, f: fn x => x}`"
BRACES = "put a body of several statements in braces:"
TWO = "put two statements on two lines; a product is written `a * b`"
CALL = "a call is written `$before($token)`"
CALL_OF_MORE = "a call is written `$before(…)`"
CALL_OF_RESULT = "a call is written `…($token)`, a product `… * $token`"
COMMAND = (
    "a line that begins with `:` is a command of the REPL, which `vlad` alone starts; "
    "Python has `vlad.trace`, `vlad.count` and `vlad.compare`"
)
RANGED = "a range is written `first..last`, as in `1..10`"
COMPLEX = "there are no complex numbers: a pair holds the real and the imaginary part, as for `fft(x, y)`"
NOTHING = Mistake(hint="")
COMMA = "separate components with commas"
CALLS = (CALL, CALL_OF_MORE)

# the first row that holds counts, so special rows come before general ones
MISTAKES = (
    # words of other languages
    Mistake(
        before="function func fun define defn", token="NAME", after="CALL", hint=DEF, word=True, instead="def"
    ),
    Mistake(before="rec", token="NAME", statement="LET", hint=f"{DEF}, which may call itself", word=True),
    Mistake(before="mut", token="NAME", statement="LET", hint=CHANGES, word=True),
    Mistake(before="f F", token="STRING", gap="", hint=FORMAT),
    Mistake(before="lambda λ function func fun", token=STARTS, hint=FN, word=True),
    Mistake(before="lambda", token="COLON", hint="a function is written `fn () => …`", word=True),
    Mistake(before="return", token=STARTS, hint="a block's value is its last expression", word=True),
    Mistake(before="var val const global local", token="NAME", hint=BIND_BY, word=True, instead="let"),
    Mistake(before="from", token="math numpy scipy jax torch", hint=NO_IMPORT, word=True),
    Mistake(before="from", token="NAME STRING", hint=MODULE, word=True),
    Mistake(before="using open require include", token="NAME STRING", hint=MODULE, word=True),
    Mistake(before="class struct type", token="NAME", hint=OBJECT, word=True),
    Mistake(before="case switch", token=STARTS, hint=MATCH, word=True),
    Mistake(before="elif elsif elseif", token=STARTS, hint="write `else if`", word=True, instead="else if"),
    Mistake(before="try raise throw", token=f"{STARTS} COLON", hint="ADL has no exceptions", word=True),
    Mistake(token="BRACE", statement="function func fun", hint=DEF),
    Mistake(token=STARTS, statement="function func fun", before="PAREN_END", hint=FN),
    Mistake(token="COLON", statement="lambda", hint=FN),
    Mistake(token="elif elsif elseif", hint="write `else if`", instead="else if"),
    Mistake(token="_SEPARATOR", after="elif elsif elseif", hint="write `else if`"),
    Mistake(before="dx dy dt", token=STARTS, hint="a derivative is written `derivative(f)(x)`"),
    Mistake(token="mod rem", before=VALUES, hint="write `mod(a, b)`"),
    Mistake(token="div", before=VALUES, hint="write `floor(a / b)`"),
    Mistake(token="is", before=VALUES, hint="write `==`", instead="=="),
    Mistake(token="where", before=VALUES, after="NAME", hint="bind the names above, with `let x = …`"),
    Mistake(token="NOT", before=VALUES, after="_IN", hint=MEMBER),
    # operators of other languages
    Mistake(token="**", hint="a power is written `x ^ y`", instead="^"),
    Mistake(token="//", hint="write `floor(a / b)`; a comment begins with `#`"),
    Mistake(token="%", hint="write `mod(a, b)`"),
    Mistake(
        token="!", before="NAME NUMBER PAREN_END", gap="", hint="the factorial of n is `exp(lgamma(n + 1))`"
    ),
    Mistake(token="!", hint="write `not x`", instead="not "),
    Mistake(token="&& &", hint="write `and`", instead="and"),
    Mistake(token="|", inside="BRACKET", hint="write `[e for x in xs]`"),
    Mistake(token="|", before="BRACE _SEPARATOR", hint=MATCH),
    Mistake(token="|", wanted="EXPRESSION", hint="the absolute value is `abs(x)`"),
    Mistake(token="|| |", hint="write `or`", instead="or"),
    Mistake(token="<>", hint="write `!=`", instead="!="),
    Mistake(token="->", statement="DEF", hint=DEF),
    Mistake(token="->", wanted="_ARROW", hint="write `=>`", instead="=>"),
    Mistake(token="->", hint=FN),
    Mistake(token=":=", hint=BIND_BY),
    Mistake(token="+= -= *= /=", hint=CHANGES),
    Mistake(token="+", before="+", gap="", hint=JOINED),
    Mistake(token="CALL PAREN", before=".", hint="functions of reals take whole arrays: `f(xs)`"),
    Mistake(token=".", before="RANGE", hint=RANGED),
    Mistake(token="RANGE", inside="INDEX", before="INDEX", hint="`:` takes a whole dimension: `a[:, 0]`"),
    Mistake(token=OPERATORS, before=".", hint="operators need no dot: `a $token b`"),
    Mistake(token="TIMES", after="TIMES", wanted="EXPRESSION", hint="a comment begins with `#`"),
    Mistake(token="FOREIGN", hint='write a string in double quotes: `"text"`'),
    # numbers
    Mistake(
        token="ODD_NUMBER",
        before="NAME PAREN_END",
        gap="",
        hint="put the index of a component in brackets: `t[0]`",
    ),
    Mistake(token="ODD_NUMBER", hint=NUMBER),
    Mistake(token="j im", before="NUMBER", gap="", hint=COMPLEX),
    Mistake(token="NAME", before="NUMBER", gap="", wanted="_BIND", hint="a name begins with a letter"),
    Mistake(token="NAME PAREN", before="NUMBER", gap="", hint="a product is written `$before * $token`"),
    # binding
    Mistake(token="_BIND", wanted="_ARROW", hint="write `=>`, as in `fn x => x`", instead="=>"),
    Mistake(token="_BIND", statement="DEF", wanted="PARAMETERS", hint="bind a value with `let $before = …`"),
    Mistake(token="_BIND", statement="NAME", before="PAREN_END", hint=DEF),
    Mistake(token="_BIND", inside="CALL", before="axis axes dim keepdims keepdim", hint=AXIS),
    Mistake(
        token="_BIND", inside="CALL", before="NAME", hint=f"{PLACE}, without names; to compare, write `==`"
    ),
    Mistake(token="_BIND", inside="CALL", hint="to compare, write `==`", instead="=="),
    Mistake(token="COLON", before="NUMBER", inside="CALL PAREN BRACKET", hint=RANGED),
    Mistake(token="COLON", before="NUMBER", inside="NONE", wanted="_SEPARATOR", gap="", hint=RANGED),
    Mistake(token="COLON", before="NAME", inside="BRACKET", hint=RANGED),
    Mistake(token="COLON", inside="CALL", hint=f"{PLACE}, without names or types"),
    Mistake(token="_BIND", inside="RECORD", hint=RECORD, instead=":"),
    Mistake(token="_BIND", statement="NAME", before="BRACKET_END", hint=ELEMENT),
    Mistake(token="_BIND", inside="BRACE", statement="NAME", before="NAME", hint=f"{BIND}; {RECORD}"),
    Mistake(token="_BIND", wanted="_THEN _DO", hint="to compare, write `==`", instead="=="),
    Mistake(token="_BIND", hint=BIND),
    Mistake(token="==", wanted="_BIND", hint="write `=`; `==` compares", instead="="),
    Mistake(token="CALL NAME", statement="LET", wanted="_BIND", hint=DEF),
    Mistake(token="_COMMA", wanted="_BIND _ARROW", hint="write several names as a tuple: `(x, y)`"),
    Mistake(statement="DEF", wanted="_BIND PARAMETERS", hint=DEF),
    Mistake(token="COLON", wanted="_BIND", hint="ADL has no type declarations: write `let x = …`"),
    Mistake(token=KEYWORDS, wanted="NAME PATTERN", hint="`$token` is a keyword; choose another name"),
    Mistake(token="_IN", statement="LET", hint=LET),
    Mistake(
        token="_IN", before=VALUES, statement="NAME NUMBER STRING", wanted="_SEPARATOR _THEN", hint=MEMBER
    ),
    Mistake(token="_IN", wanted="_THEN", hint=MEMBER),
    Mistake(token="IF", inside="BRACKET", before=VALUES, hint=CHOSEN),
    Mistake(token="_FOR", inside="BRACE", before=VALUES, hint="write `[e for x in xs]`"),
    Mistake(token="_FOR", inside="CALL", hint="write `[e for x in xs]`, or `map(fn x => e, xs)`"),
    Mistake(statement="IMPORT", token="TIMES MINUS", before="NAME", hint=QUOTES),
    Mistake(statement="IMPORT", token=".", after="adl", hint=QUOTES),
    Mistake(statement="IMPORT", token=".", hint="write `import $before`, then `$before.name`"),
    Mistake(statement="IMPORT", token="_COMMA", hint="write a separate `import` for every module"),
    Mistake(wanted="STRING", hint='write `import name` or `import "file.adl"`'),
    # forms
    Mistake(token="RECORD", wanted="BRACE", hint="a match has at least one arm"),
    Mistake(wanted="BRACE", hint=MATCH),
    Mistake(wanted="_THEN", hint=IF),
    Mistake(wanted="_ELSE", hint="an `if` always has an `else`: `if c then a else b`"),
    Mistake(token="_THEN _ELSE", hint=IF),
    Mistake(token="IF", before=VALUES, hint=IF),
    Mistake(wanted="_IN", inside="BRACKET", hint="write `[e for x in xs]`"),
    Mistake(wanted="_DO _WHILE _IN", hint=LOOP),
    Mistake(token="_FOR _WHILE _DO _IN", hint=LOOP),
    Mistake(wanted="_ARROW", token="CALL", before="NAME", hint=f"{DEF}; {FN}"),
    Mistake(wanted="_ARROW", statement="FN", hint=FN),
    Mistake(wanted="_ARROW", inside="BRACE", hint=MATCH),
    Mistake(wanted="_ARROW", hint=FN),
    Mistake(token="_ARROW", hint=FN),
    Mistake(token="LET DEF IMPORT", before=OPERATORS, gap="\n", hint="nothing follows the `$before` above"),
    Mistake(token="LET DEF", before="_BIND", statement="DEF", hint=f"{BRACES} `def f(x) = {{ … }}`"),
    Mistake(token="LET DEF", before="_BIND", statement="LET", hint=f"{BRACES} `let x = {{ … }}`"),
    Mistake(token="LET DEF", before="_ARROW", hint=f"{BRACES} `fn x => {{ … }}`"),
    Mistake(token="LET DEF", hint=LET),
    Mistake(token="IMPORT", hint="put an import on its own line of a file, outside all braces"),
    Mistake(token="_WITH", hint="update a record with `{m with b: 3}`"),
    Mistake(token="UNDERSCORE", hint="`_` is not a name; choose another"),
    Mistake(token="COLON", after="NAME", inside="NONE", statement="NONE", hint=COMMAND),
    Mistake(token="COLON", after="NAME", inside="NONE", gap="\n", hint=COMMAND),
    # brackets and what separates
    Mistake(token="_COMMA PAREN_END", before=OPERATORS, hint="an operator as a function is `($before)`"),
    Mistake(token=STARTS, before=OPERATORS, hint="write a function of one operand as `fn x => x $before …`"),
    Mistake(token=OPERATORS, after="_COMMA PAREN_END", hint="an operator as a function is `($token)`"),
    Mistake(token="PAREN_END", before="_COMMA", inside="PAREN", hint="ADL has no tuples of one component"),
    Mistake(token="COLON", inside="INDEX", hint="a slice is `a[start:stop]` or `a[start:stop:step]`"),
    Mistake(token="_COMMA COLON", inside="BRACE", hint=RECORD),
    Mistake(token="COLON", hint=RECORD),
    Mistake(token="_COMMA", wanted="_SEPARATOR", hint="write a tuple in parentheses: `(x, y)`"),
    Mistake(token="_SEPARATOR", inside="RECORD", hint=RECORD),
    # a value after a value
    Mistake(token="PAREN", before=VALUES, hint="put the `(` of a call on the same line as its function"),
    Mistake(token="BRACKET", before=VALUES, hint="put the `[` of an index on the same line as its array"),
    Mistake(token=STARTS, before=VALUES, wanted="_COMMA", gap="\n", hint=COMMA),
    Mistake(token=ATOMS, before="NAME", hint=CALL),
    Mistake(token=COMPOUNDS, before="NAME", hint=CALL_OF_MORE),
    Mistake(token=ATOMS, before=RESULTS, wanted="_COMMA", hint=f"{CALL_OF_RESULT}; {COMMA}"),
    Mistake(token=STARTS, before=VALUES, wanted="_COMMA", hint=COMMA),
    Mistake(token="NAME", before="NUMBER", hint="a product is written `$before * $token`"),
    Mistake(token=STARTS, after="CALL", before=VALUES, wanted="_SEPARATOR", hint=TWO),
    Mistake(token=ATOMS, before=RESULTS, wanted="_SEPARATOR", hint=CALL_OF_RESULT),
    Mistake(token=STARTS, before=VALUES, wanted="_SEPARATOR", hint=TWO),
)


def explain(source: Source, tokens: list[Token], at: int, accepted: AbstractSet[str]) -> errors.SyntaxError:
    """The error for the token at index `at`; past the last one it is the end of the text.

    `accepted` has the types of the tokens that were possible there.
    """
    wanted = _wanted(accepted)
    first, opening = _surroundings(tokens[:at])
    before = tokens[at - 1] if at else None
    token = tokens[at] if at < len(tokens) else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    span = _span(source, before, token)
    row = next(
        (
            row
            for row in MISTAKES
            if _is(token, row.token)
            and _is(before, row.before)
            and _is(after, row.after)
            and _is(first, row.statement)
            and _is(opening, row.inside)
            and (not row.wanted or not wanted.isdisjoint(row.wanted.split()))
            and (row.gap == " " or row.gap == _gap(before, token))
        ),
        NOTHING,
    )
    hint = row.hint.replace("$before", before or "").replace("$token", token or "")
    instead = row.instead
    nearest = _keyword_near(before) if row.hint in CALLS and before is not None and before is first else ""
    if before is not None and (row.word or nearest):
        span = _span(source, None, before)
        error = errors.SyntaxError(f"`{before}` is not a keyword", span, hint=nearest or hint)
        return error.fixed_by(span, errors.meant(nearest) or instead)
    if token is None:
        hint = _unclosed(source, opening) if opening else hint
        message = f"expected {_listed(wanted)}, got the end of the text"
        return errors.SyntaxError(message, span, hint=hint, incomplete=True)
    if token.type == "UNTERMINATED":
        hint = 'end it with `"` on the same line'
        return errors.SyntaxError("this string has no end", span, hint=hint)
    if token.type == "STRAY":
        shown = f"`{token}`" if token.isprintable() else f"U+{ord(token):04X}"
        written, span_of_fix, instead = characters.advice(span)
        error = errors.SyntaxError(f"unexpected character {shown}", span, hint=written or hint)
        return error.fixed_by(span_of_fix, instead)
    if token.type == "FOREIGN" and not token.startswith("'"):
        return errors.SyntaxError(f"`{token}` is not an operator", span, hint=hint).fixed_by(span, instead)
    if token.type == "ODD_NUMBER" and hint == NUMBER:
        return errors.SyntaxError(f"`{token}` is not a number", span, hint=hint)
    if token.type in CLOSES.values() and opening is None:
        return errors.SyntaxError(f"`{token}` closes nothing", span, hint="no bracket is open here")
    if token.type in CLOSES.values() and opening and CLOSES[opening.type] != token.type:
        hint = _unclosed(source, opening)
    if token.type in ("LET", "DEF", "IMPORT") and opening and opening.type != "BRACE":
        hint = _unclosed(source, opening) if _gap(before, token) == "\n" else hint
    listed = _listed(wanted)
    if _gap(before, token) == "\n":
        listed = listed.replace(WANTED["_SEPARATOR"], "a statement")
    if token.type == "FOREIGN" and len(token) > 1 and token.endswith("'") and '"' not in token:
        instead = f'"{token[1:-1]}"'
    error = errors.SyntaxError(f"expected {listed}, got {_shown(token)}", span, hint=hint)
    return error.fixed_by(span, instead)


def _surroundings(tokens: Iterable[Token]) -> tuple[Token | None, Token | None]:
    """The first token of the statement that the tokens end in, and the innermost open bracket."""
    first: Token | None = None
    outer: list[tuple[Token | None, Token]] = []  # interrupted statements, and the brackets
    for token in tokens:
        if token.type == "_SEPARATOR":
            first = None
        elif token.type in CLOSES:
            outer.append((first or token, token))
            first = None
        elif token.type in CLOSES.values() and outer:
            first = outer.pop()[0]
        else:
            first = first or token
    return first, outer[-1][1] if outer else None


def _is(token: Token | None, words: str) -> bool:
    """Whether a token is one of those named, by type or by text; no words match any token."""
    if token is None:
        return words in ("", "NONE")
    return not words or token.type in words.split() or token in words.split()


def _span(source: Source, before: Token | None, token: Token | None) -> Span:
    """The place of a token; the end of the text is where its last token ends."""
    if token is not None:
        return Span(source, token.start_pos, token.end_pos)
    end = before.end_pos if before else 0
    return Span(source, end, end)


def _unclosed(source: Source, opening: Token) -> str:
    line, column = source.position(opening.start_pos)
    return f"the `{opening}` at line {line}, column {column} is not closed"


def _keyword_near(word: str) -> str:
    """A hint for a misspelt word that begins a statement."""
    turned = [keyword for keyword in WORDS if sorted(keyword) == sorted(word)]
    return f"did you mean `{turned[0]}`?" if turned else errors.near(word, WORDS)


def _gap(before: Token | None, token: Token | None) -> str:
    if before is None or token is None:
        return " "
    return "" if before.end_pos == token.start_pos else "\n" if before.line != token.line else " "


def _wanted(accepted: AbstractSet[str]) -> AbstractSet[str]:
    """What was possible there, in few words: the types, with one for everything that begins an expression."""
    if "FN" in accepted:
        return {"EXPRESSION"}
    if "UNDERSCORE" in accepted:
        return {"PATTERN"}
    if accepted == {"CALL"}:
        return {"PARAMETERS"}
    if "BRACKET_END" in accepted:
        return accepted - {"_FOR"}
    return accepted


def _listed(wanted: AbstractSet[str]) -> str:
    words = [word for kind, word in WANTED.items() if kind in wanted]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _shown(token: Token) -> str:
    if token == "\n":
        return "the end of the line"
    if token.type == "RECORD":
        return "a record"
    return f"`{token}`" if len(token) <= 30 else f"`{token[:29]}…`"
