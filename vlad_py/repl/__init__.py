"""The REPL: reads, evaluates, prints, and remembers. `door` starts it, in a terminal or without one."""
