"""Syntax tree to Core: scopes and captures, recursive groups, patterns, loops."""
