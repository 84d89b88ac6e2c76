"""Steps of parsing: the newline rule, building the tree, the parser's tables, newcomers' mistakes."""
