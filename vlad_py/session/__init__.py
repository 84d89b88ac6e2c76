"""Sessions: texts, files and modules loaded, linked and run; what their names stand for."""
