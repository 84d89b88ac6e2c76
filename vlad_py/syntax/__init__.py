"""Text to syntax tree: tokens, the newline rule, the parser and its tables, newcomers' mistakes."""
