"""Core, the intermediate representation: its tree, its text, its parts, inlining."""
