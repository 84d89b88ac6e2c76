"""The Jupyter kernel: notebooks whose cells are ADL."""
