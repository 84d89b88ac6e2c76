"""GradBench's evals against oracles of our own."""
