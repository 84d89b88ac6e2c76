"""Steps of compiling: what blocks need, straight runs of arithmetic, the text of operations."""
