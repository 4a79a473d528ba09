"""How many functions a building block computes: exact counts, recognition, estimates and bounds."""
