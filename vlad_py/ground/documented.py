"""How documentation says that a function is called: the call that it begins with."""

from __future__ import annotations

import re

CALL = r"{}(?:\((?:[^()]|\([^()]*\))*\))+"
END = r"(?=:(?:\s|$)| (?:is|writes|joins)\b)"


def written_call(name: str, doc: str) -> str:
    """The call of a name that its documentation begins with, as it stands there: `jacobian(f)(x)`. It is the
    last of several, as in `fft(x) or fft(x, y): …`; "" if there is none.
    """
    call = CALL.format(re.escape(name))
    found = re.match(rf"(?:{call}(?:,| or)\s)*({call}){END}", doc)
    return found[1] if found is not None else ""
