"""Forward mode: dual numbers, and batches of tangents."""
