"""Messages for texts that do not parse: what was expected, what came, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from vlad_py.ground import errors
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import characters, mistakes
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
LONGEST_RESULT = 30  # characters of a call that a hint repeats
WORDS = "let def import fn if match loop".split()  # which may be misspelt at the start of a statement


def explain(source: Source, tokens: list[Token], at: int, accepted: AbstractSet[str]) -> errors.SyntaxError:
    """The error for the token at index `at`; past the last one it is the end of the text.

    `accepted` has the types of the tokens that were possible there.
    """
    wanted = _wanted(accepted)
    first, opening = _surroundings(tokens[:at])
    is_definition = opening is not None and _has_parameters(tokens, opening)
    earlier = tokens[at - 2] if at > 1 else None
    before = tokens[at - 1] if at else None
    token = tokens[at] if at < len(tokens) else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    span = _span(source, before, token)
    row = next(
        (
            row
            for row in mistakes.MISTAKES
            if _is(token, row.token)
            and _is(earlier, row.earlier)
            and _is(before, row.before)
            and _is(after, row.after)
            and _is(first, row.statement)
            and (_is(opening, row.inside) or (is_definition and "PARAMETERS" in row.inside))
            and (not row.into or _called_at(tokens, opening) in row.into.split())
            and (not row.wanted or not wanted.isdisjoint(row.wanted.split()))
            and (row.gap == " " or row.gap == _gap(before, token))
            and (not row.called or _result(source, tokens[:at]).partition("(")[0] in row.called.split())
        ),
        mistakes.NOTHING,
    )
    hint = row.hint.replace("$before", before or "").replace("$token", token or "")
    if "$result" in hint:
        hint = hint.replace("$result", _result(source, tokens[:at]))
    instead = row.instead
    is_named = token is not None and token in row.token.split()
    nearest = (
        _keyword_near(before) if row.hint in mistakes.CALLS and before is not None and before is first else ""
    )
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
        if is_named:
            return errors.SyntaxError(f"unexpected character {shown}", span, hint=hint)
        error = errors.SyntaxError(f"unexpected character {shown}", span, hint=written or hint)
        return error.fixed_by(span_of_fix, instead)
    if token.type == "FOREIGN" and not token.startswith("'"):
        return errors.SyntaxError(f"`{token}` is not an operator", span, hint=hint).fixed_by(span, instead)
    if token.type == "ODD_NUMBER" and hint == mistakes.NUMBER:
        return errors.SyntaxError(f"`{token}` is not a number", span, hint=hint)
    if token.type in CLOSES.values() and opening is None:
        return errors.SyntaxError(f"`{token}` closes nothing", span, hint="no bracket is open here")
    if token.type in CLOSES.values() and opening and CLOSES[opening.type] != token.type:
        hint = _unclosed(source, opening)
    is_statement = token.type in ("LET", "DEF", "IMPORT") and _gap(before, token) == "\n"
    if is_statement and opening and opening.type != "BRACE":
        is_block = opening.type == "PAREN" and token.type != "IMPORT"
        hint = f"{_unclosed(source, opening)}{f'; or {mistakes.BLOCK}' if is_block else ''}"
    if hint == mistakes.COMMA and opening and _gap(before, token) == "\n":
        hint = f"{_unclosed(source, opening)}; or {hint}"
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


def _has_parameters(tokens: list[Token], opening: Token) -> bool:
    """Whether a bracket holds the parameters of a function that is being defined."""
    at = next(i for i, token in enumerate(tokens) if token is opening)
    if opening.type == "PAREN":
        return at > 0 and tokens[at - 1].type == "FN"
    return opening.type == "CALL" and at > 1 and tokens[at - 2].type == "DEF"


def _is(token: Token | None, words: str) -> bool:
    """Whether a token is one of those named, by type or by text; no words match any token."""
    if token is None:
        return not words or "NONE" in words.split()
    return not words or token.type in words.split() or token in words.split()


def _span(source: Source, before: Token | None, token: Token | None) -> Span:
    """The place of a token; the end of the text is where its last token ends."""
    if token is not None:
        return Span(source, token.start_pos, token.end_pos)
    end = before.end_pos if before else 0
    return Span(source, end, end)


def _called_at(tokens: list[Token], opening: Token | None) -> str:
    """The name before an open bracket; "" if there is none."""
    at = next((i for i, token in enumerate(tokens) if token is opening), 0)
    return str(tokens[at - 1]) if at and tokens[at - 1].type == "NAME" else ""


def _result(source: Source, tokens: list[Token]) -> str:
    """The text of the calls and indices that the tokens end with, from a name on; `…` if there is no name, or
    it is long.
    """
    depth, end = 0, tokens[-1].end_pos
    for i in range(len(tokens) - 1, -1, -1):
        token = tokens[i]
        depth += (token.type in CLOSES.values()) - (token.type in CLOSES)
        if depth == 0 and token.type == "NAME":
            if i and tokens[i - 1] == ".":
                continue
            text = source.text[token.start_pos : end]
            return text if len(text) <= LONGEST_RESULT and "\n" not in text else "…"
        if depth < 0 or (depth == 0 and token.type not in ("CALL", "INDEX") and token != "."):
            break
    return "…"


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
