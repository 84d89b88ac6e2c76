"""One sequence of serial numbers for tags and nodes of tapes: what is older than a tag cannot contain it."""

from __future__ import annotations

from itertools import count

next_serial = count(1).__next__
