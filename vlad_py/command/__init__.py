"""The command `vlad`."""
