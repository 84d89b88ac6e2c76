"""Steps of lowering: scopes and captures, recursive groups, patterns, loops."""
