"""Texts looked at without running them: what parses, what names mean, errors and warnings."""
