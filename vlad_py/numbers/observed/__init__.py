"""Numbers that observe a run: what they met, in what order, and what depends on what."""
