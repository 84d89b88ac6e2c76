"""Serial numbers, in one sequence for tags and nodes of tapes: a node that is older than a tag cannot contain
it."""

from __future__ import annotations

from itertools import count

next_serial = count(1).__next__
