"""The tokens of ADL for editors and documents: the table, and the files made from it."""
