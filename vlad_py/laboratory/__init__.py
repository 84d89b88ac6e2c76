"""The laboratory: programs and their derivatives under observation, operation by operation."""
