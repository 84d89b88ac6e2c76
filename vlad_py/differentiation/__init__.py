"""Nested differentiation: tags, putting values on a level and taking derivatives off, binding tags."""
