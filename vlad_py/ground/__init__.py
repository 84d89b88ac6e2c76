"""What everything stands on: files, names, texts, errors, walks without depth, late numpy."""
