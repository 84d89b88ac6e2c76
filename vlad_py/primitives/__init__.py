"""The primitives: one entry each, by topic. `table` collects them."""
