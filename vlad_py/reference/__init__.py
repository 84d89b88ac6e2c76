"""Pages that document functions: their calls, their words, and examples with the values that they give."""
