"""What VLAD says of a value that does not fit: Stalin∇'s messages, with what was expected and what came."""

from __future__ import annotations

import re

from vlad_py.differentiation.vlad.tagged import PERTURBATION, SENSITIVITY, contents, shown
from vlad_py.ground.errors import Error, Expected, Mismatch, RunError
from vlad_py.syntax.vlad.names import LIBRARY_NAMES, SPELT, TWO_REALS, original
from vlad_py.values.values import UNIT, Value, is_real

HOLDERS = ((PERTURBATION, "unperturb"), (SENSITIVITY, "unsensitize"))
SHARED_OUT = "`(f a b)` passes the pair of a and b"


class _Vlad:
    """The words of VLAD (see `ground.source.Words`)."""

    def name(self, function: str) -> str:
        """What VLAD calls a function of the syntax tree."""
        return "lambda" if function == "fn" else original(function)

    def retell(self, error: Error, within: str) -> None:
        """Says an error whose span is of a text in VLAD in VLAD's words."""
        mismatch = error.mismatch if isinstance(error, RunError) else None
        if mismatch is None:  # such as a NaN that a primitive makes
            error.message = re.sub(r"`(\w+)`", lambda found: f"`{original(found[1])}`", error.message)
            return
        call = error.span.text if error.span is not None else ""
        if mismatch.expected is Expected.FUNCTION:
            error.message, error.hint = _not_a_procedure(mismatch.got, within)
        elif mismatch.expected is Expected.SHAPE:
            name = original(within) if within in LIBRARY_NAMES else ""
            error.message, error.hint = _unfit(mismatch, name, call)
        elif mismatch.expected is Expected.ARGUMENTS:
            error.message, error.hint = _arguments(mismatch)
        else:
            error.message, error.hint = _not_a_real(mismatch, _called(mismatch.name, within, call))


WORDS = _Vlad()


def _called(primitive: str, within: str, call: str) -> str:
    """What the program calls the procedure that `primitive` is a part of."""
    head = re.split(r"[\s()]", call.removeprefix("("), maxsplit=1)[0]
    if primitive in SPELT.get(head, ()):
        return head
    return original(within if within in LIBRARY_NAMES else primitive)


def _not_a_real(mismatch: Mismatch, name: str) -> tuple[str, str]:
    got = mismatch.got
    expected, hint = "expected a real", ""
    is_pair = type(got) is tuple and got != UNIT
    if name in TWO_REALS:
        expected = f"expected a real as the {('first', 'second')[mismatch.place or 0]} of two"
        if mismatch.place == 1 and is_pair:
            nested = f": `({name} a ({name} b c))`" if name in "+*" else ""
            hint = f"`{name}` takes two reals{nested}"
    elif is_pair:
        hint = f"{SHARED_OUT}, and `{name}` takes one real"
    return f"Argument to {name} is invalid: {expected}, got {shown(got)}", hint


def _arguments(mismatch: Mismatch) -> tuple[str, str]:
    name, got = original(mismatch.name), shown(mismatch.got)
    if mismatch.parameters:  # of a procedure of the program
        return _not_matching(" ".join(mismatch.parameters.split()), got)
    if not mismatch.place:
        return f"Argument to {name} is invalid: expected no argument, as in `({name})`, got {got}", ""
    several = {2: "two", 3: "three"}.get(mismatch.place, str(mismatch.place))
    noun = "reals" if name in TWO_REALS else "values"
    return f"Argument to {name} is invalid: expected {several} {noun}, got {got}", ""


def _not_matching(pattern: str, got: str) -> tuple[str, str]:
    return f"Argument is not a matching pair for {pattern}: {got}", f"{SHARED_OUT}, and `(f)` the empty list"


def _not_a_procedure(value: Value, within: str) -> tuple[str, str]:
    hint = ""
    for kind, opener in HOLDERS:
        if contents(value, kind) is not None:
            hint = f"`({opener} x)` is what a {kind[0]} x holds"
    if is_real(value) and not within:
        hint = "the first expression in parentheses is the procedure to call"
    return f"Target is not a procedure: {shown(value)}", hint


def _unfit(mismatch: Mismatch, name: str, pattern: str) -> tuple[str, str]:
    got, pattern = shown(mismatch.got), " ".join(pattern.split())
    if name:
        return f"Argument to {name} is invalid: expected a pair, got {got}", ""
    if mismatch.place is None:
        return f"Argument is not an equivalent value for {pattern}: {got}", ""
    if not mismatch.place:
        return f"Argument is not the empty list where {pattern} ends: {got}", ""
    return _not_matching(pattern, got)
