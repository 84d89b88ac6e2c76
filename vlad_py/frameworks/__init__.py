"""ADL functions inside other frameworks: JAX, PyTorch, scipy."""
