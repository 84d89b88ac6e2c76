"""ADL in notebooks: `%load_ext vlad_py`, then `%%vlad` cells and `%vlad` expressions."""
