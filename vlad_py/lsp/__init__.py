"""The language server: it answers an editor's questions about a text without running it."""
