"""Every name with every kind of value, in every kind of derivative: see tests/any_calls.py."""

from __future__ import annotations

import json
import sys
from random import Random

from any_calls import SECONDS, Call, calls, defect_of

from fuzz.drive import Fuzz, main


def draw(random: Random) -> str:
    """A call, as JSON: function, values, context."""
    call = calls().drawn(random)
    return json.dumps([call.function, *call.values, call.context])


def complaint(text: str) -> str:
    """What is wrong with what comes of a call."""
    function, *values, context = json.loads(text)
    return defect_of(lambda: calls().make(Call(function, tuple(values), context)))


FUZZ = Fuzz("names", draw, complaint, longest=SECONDS)  # a search of the library may take seconds

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
