"""What editors and documents know of ADL's text: the table of tokens, and what is made from it."""
