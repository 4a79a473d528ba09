"""Capacity: exact counts of the functions that a building block computes, estimates, and the best bounds that stand as claims."""
