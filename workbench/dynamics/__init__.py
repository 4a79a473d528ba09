"""Flows: gradient flows derived from a loss, integrated, and held against their conserved quantities and closed forms."""
