"""Circuits: small threshold networks, and proofs that nothing smaller computes the same."""
