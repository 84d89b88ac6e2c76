"""Sessions load, link and run texts, files and modules, and know what their names mean."""
