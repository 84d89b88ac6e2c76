"""The foundations: files, names, texts, errors, walks without depth, late numpy."""
