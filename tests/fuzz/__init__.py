"""Random inputs for every entry point: how they are drawn, and what can be wrong with the results."""
