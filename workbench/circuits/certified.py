"""A certificate that a circuit of the library has its specification at every size of words, found by a solver."""

from __future__ import annotations

from collections.abc import Callable

from workbench.circuits.forms import Entry
from workbench.circuits.proofs import refutation
from workbench.errors import BadInput, Rejected
from workbench.gates import SPECIFICATIONS
from workbench.miter import Miter, clauses_of


def certified(
    entry: Entry,
    size: int,
    model: str = "standard",
    *,
    outputs: str | None = None,
    seconds: float | None = None,
    progress: Callable[[str, int], object] | None = None,
) -> Miter:
    """Return a certificate that the circuit equals the chain of gates of the same name at all points; it stands without a table.

    `progress` is called with a word and the solver's conflicts so far, about once a second.

    Raises BadInput for an entry without a specification in gates, or whose formula is too large; Rejected with a point where the
    two differ, should there be one; and `workbench.circuits.proofs.Exhausted` after `seconds`.

    >>> from workbench.circuits import comparison, xor
    >>> certified(comparison, 16, "skip").check()
    >>> certified(xor, 16)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: xor has no specification in gates: there are equality, comparison, addition, parity
    """
    if entry.name not in SPECIFICATIONS:
        raise BadInput(f"{entry.name} has no specification in gates: there are {', '.join(SPECIFICATIONS)}")
    key = _, values = entry.key(model, outputs=outputs)
    network, inputs = entry(size, model, outputs=values), entry.forms[key].inputs
    found = refutation(clauses_of(network, entry.name, inputs=inputs, outputs=values), seconds=seconds, progress=progress)
    if isinstance(found, frozenset):
        bits = tuple(int(k in found) for k in range(2, 2 + len(network.inputs)))
        raise Rejected(f"the circuit is not {entry.name}", place=f"bits {bits}")
    return Miter(network, entry.name, inputs, values, found)
