"""VLAD, the second front end: Scheme's datums, and what they mean as a syntax tree."""
