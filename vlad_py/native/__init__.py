"""The native tier: Core → typed IR → LLVM. Both modes of differentiation are passes over the IR."""
