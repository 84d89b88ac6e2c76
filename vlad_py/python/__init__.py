"""The language inside Python: what `import vlad_py as vlad` gives."""
