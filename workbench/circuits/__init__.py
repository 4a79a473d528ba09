"""Circuits: a library of functions with their circuits in each model for every size, and circuits that nothing smaller replaces."""

from workbench.circuits.addresses import multiplexer
from workbench.circuits.forms import Cost, Entry, Form
from workbench.circuits.products import dot_product, inner_product, or_of_pairs
from workbench.circuits.quadratics import quadratic
from workbench.circuits.sums import addition, carry
from workbench.circuits.symmetric import exactly, interval, parity, sorting
from workbench.circuits.words import comparison, equality, selector, xor

ENTRIES = (xor, parity, selector, equality, comparison, carry, addition, inner_product, or_of_pairs, multiplexer, sorting)
FAMILIES = (interval, exactly, dot_product, quadratic)

__all__ = [
    "ENTRIES",
    "FAMILIES",
    "Cost",
    "Entry",
    "Form",
    "addition",
    "carry",
    "comparison",
    "dot_product",
    "equality",
    "exactly",
    "inner_product",
    "interval",
    "multiplexer",
    "or_of_pairs",
    "parity",
    "quadratic",
    "selector",
    "sorting",
    "xor",
]
