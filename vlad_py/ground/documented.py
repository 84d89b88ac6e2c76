"""How documentation says that a function is called: the call that it begins with."""

from __future__ import annotations

import re

ARGUMENTS = r"(?:\((?:[^()]|\([^()]*\))*+\))++"
END = r"(?=:(?:\s|$)| (?:is|writes|joins)\b)"
CALLS = re.compile(rf"(?=([^\s(]+)\()(?:\1{ARGUMENTS}(?:,| or)\s)*+(\1{ARGUMENTS}){END}")  # one name's


def written_call(name: str, doc: str) -> str:
    """The call of a name that its documentation begins with, as it stands there: `jacobian(f)(x)`. It is the
    last of several, as in `fft(x) or fft(x, y): …`; "" if there is none.
    """
    found = CALLS.match(doc)
    return found[2] if found is not None and found[1] == name else ""
