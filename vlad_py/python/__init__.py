"""ADL inside Python: the public package, `import vlad_py as vlad`."""
