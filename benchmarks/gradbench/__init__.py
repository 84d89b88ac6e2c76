"""GradBench's evals, answered by ADL programs: see README.md."""
