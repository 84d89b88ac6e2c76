"""The language server: what an editor asks about a text, answered without running it."""
