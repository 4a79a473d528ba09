"""Training dynamics: where gradient flow and its steps go, and what decides it."""
