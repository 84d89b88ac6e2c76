"""The items of a batch as one number."""
