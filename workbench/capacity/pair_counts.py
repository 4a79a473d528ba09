"""Exact counts of two- and three-gate blocks of n <= 5 inputs, by orbits of gates and sets of 2^32 bits.

A block is g ? high : low with a gate g and a pair of functions (see `faces`). A change of inputs that keeps the set of pairs may be
applied to both; so g runs through one gate of each orbit, the pairs through all, and the set found is closed under the changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from workbench.capacity.bitsets import Bitset
from workbench.capacity.faces import Faces, extended
from workbench.capacity.npn import ARITY_LIMIT, Move, Progress, distinct, npn_classes, orbit_representatives, word
from workbench.capacity.symmetries import Symmetry
from workbench.capacity.threshold_lists import threshold_list
from workbench.classes import full_table
from workbench.domain import arity, convention
from workbench.errors import BadInput, Rejected
from workbench.shards import Store

FAMILIES: dict[str, tuple[str, ...]] = {  # by name, the conventions that matter
    "output_gating": ("outputs",),
    "multiplexing": (),
    "synaptic_gating": ("inputs", "outputs"),
    "any_synapse": ("inputs", "outputs"),
    "additive_synaptic": ("inputs",),
    "activation_gating": ("inputs", "outputs"),
    "layered": (),
    "two_input_gates": (),
    "and_of_three": (),
    "and_or": (),
}
NOT_RESTRICTED = ("activation_gating", "any_synapse")  # fixing an input at -1 or 1 leads out of the family
STORE = "pair-counts-1"  # to be renamed when a function here returns something else
METHOD = "one gate of each orbit with all pairs of functions, closed under changes of inputs on a set of bits"


@dataclass(frozen=True)
class Block:
    """A two-gate block: its pairs, and the changes under which they are closed as a set."""

    faces: Faces
    symmetry: Symmetry  # with negation of the output if both functions of a pair may be negated
    gate_negation: bool  # the two functions of a pair may be exchanged

    @classmethod
    def of(cls, family: str, n: int, *, inputs: str | None, outputs: str | None) -> Block:
        """Return the block of a family with one gate; a gated synapse is that of the last input."""
        first, second = str(inputs), str(outputs)
        match family:
            case "output_gating":
                faces = Faces.of_products(threshold_list(n), n, outputs=second)
            case "multiplexing":
                faces = Faces.of_multiplexing(n)
            case "synaptic_gating":
                faces = Faces.of_synapse(n, inputs=first, outputs=second)
            case "additive_synaptic":
                faces = Faces.of_additive_synapse(n, inputs=first)
            case "activation_gating":
                faces = Faces.of_activation(n, inputs=first, outputs=second)
            case _:
                raise BadInput(f"{family!r} is not a block with one gate")
        return cls(faces, symmetry(family, n, inputs=inputs, outputs=outputs), outputs != "01")

    def found(self, gates: np.ndarray, progress: Progress | None) -> Bitset:
        """Return the set of functions that the block computes with these gates and their images."""
        result, output = Bitset.empty(self.faces.n), self.symmetry.output
        result.add_gated(self.faces.up_to_negation() if output else self.faces, gates, progress=progress)
        result.close_under(self.symmetry.moves, complement=output, progress=progress)
        return result

    def representatives(self, gates: np.ndarray) -> np.ndarray:
        """Return one gate of each orbit, gates being the same if they agree wherever they matter."""
        reach = gates.dtype.type(self.faces.reach)
        negation = [lambda tables: ~tables & reach] if self.gate_negation else []
        return orbit_representatives(distinct(gates & reach), [*self.symmetry.moves, *negation])


def symmetry(family: str, n: int, *, inputs: str | None = None, outputs: str | None = None) -> Symmetry:
    """Return the changes under which the functions of a family are closed.

    Bits of 0/1 inputs may not be negated where their activation is gated without the bias, nor that of a gated synapse.

    >>> symmetry("synaptic_gating", 4, inputs="01", outputs="pm1")
    Symmetry(n=4, permuted=3, negated=3, output=True)
    """
    match family:
        case "synaptic_gating" | "additive_synaptic":
            return Symmetry(n, n - 1, n - (inputs == "01"), True)
        case "any_synapse" | "activation_gating":
            return Symmetry(n, n, n if inputs == "pm1" else 0, True)
    return Symmetry(n, n, n, family not in ("and_of_three", "and_or") and outputs != "01")


@dataclass(frozen=True)
class PairCount:
    """The number of functions of a family, with what speaks for it.

    `classes` is the number of orbits under the symmetries of the family. `restriction` is the number of members that ignore the
    first input, found to be the functions of the family with one input less; None where a family is not closed under fixing an
    input.
    """

    family: str
    n: int
    inputs: str | None
    outputs: str | None
    count: int
    classes: int
    restriction: int | None
    method: str
    seconds: float


def pair_count(
    family: str,
    n: int = 5,
    *,
    inputs: str | None = None,
    outputs: str | None = None,
    store: Path | None = None,
    progress: Progress | None = None,
) -> PairCount:
    """Return the exact number of functions of a family of two- or three-gate blocks, n <= 5.

    A count of n = 5 takes up to two minutes and 1.5 GB. In `store`, a folder, finished counts are kept and not computed again, and
    so are the representatives of the two-gate sets that three gates start from. Raises BadInput as `pair_set` does, and for a
    damaged record; Rejected if the functions that ignore an input are not those of one input less, or the set is not closed under
    its symmetries.

    >>> found = pair_count("output_gating", 3, outputs="01")
    >>> found.count, found.classes, found.restriction
    (246, 20, 16)
    """
    conventions = accepted(family, n, inputs=inputs, outputs=outputs)
    name = "-".join([family, str(n), *filter(None, conventions.values())])
    arguments = [family, n, *conventions.values()]
    return PairCount(**kept(store, name, arguments, lambda: asdict(_counted(family, n, conventions, store, progress))))


def _counted(family: str, n: int, conventions: dict[str, Any], store: Path | None, progress: Progress | None) -> PairCount:
    start = perf_counter()
    found = pair_set(family, n, **conventions, store=store, progress=progress)
    count, restriction = found.count(), _restriction(found, family, conventions)
    classes = symmetry(family, n, **conventions).orbits(found)
    seconds = round(perf_counter() - start, 3)
    return PairCount(
        family, n, **conventions, count=count, classes=classes, restriction=restriction, method=METHOD, seconds=seconds
    )


def pair_set(
    family: str,
    n: int = 5,
    *,
    inputs: str | None = None,
    outputs: str | None = None,
    store: Path | None = None,
    progress: Progress | None = None,
) -> Bitset:
    """Return the set of functions of a family, n <= 5; see FAMILIES for their names.

    `layered` is SM(n,2,1), `two_input_gates` any two-input gate of two threshold functions, `and_of_three` AND^(3), `and_or` the
    functions (f AND g) OR h; a gated synapse is that of the last input, of any for `any_synapse`. Raises BadInput for another
    name, n > 5, a convention that is missing, and for activation gating of 01 inputs by pm1 gates at n = 5.

    >>> pair_set("and_or", 3).count()
    256
    >>> pair_set("synaptic_gating", 3, inputs="01")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: synaptic_gating needs outputs, 01 or pm1
    """
    conventions = accepted(family, n, inputs=inputs, outputs=outputs)
    again = partial(pair_set, n=n, store=store, progress=progress)
    match family:
        case "layered":
            found = again("output_gating", outputs="01")
            found.close_complement()
        case "two_input_gates":
            found = again("layered")
            found.unite(again("output_gating", outputs="pm1"))
        case "any_synapse":
            found = again("synaptic_gating", **conventions)
            found.close_under([Move.transposition(n, i, n - 1) for i in range(n - 1)], progress=progress)
        case "and_of_three" | "and_or":
            of = Faces.of_disjunctions if family == "and_or" else partial(Faces.of_products, outputs="01")
            third = Block(of(threshold_list(n), n), symmetry(family, n), gate_negation=False)
            found = third.found(_two_gates(n, store, progress), progress)
        case _:
            one = Block.of(family, n, **conventions)
            found = one.found(one.representatives(threshold_list(n)), progress)
    return found


def accepted(family: str, n: int, *, inputs: str | None, outputs: str | None) -> dict[str, Any]:
    """Return the conventions that matter to a family, None for the others. Raises BadInput as `pair_set` does."""
    if family not in FAMILIES:
        raise BadInput(f"family {str(family)[:40]!r} is not one of {', '.join(FAMILIES)}")
    if arity(n, limit=ARITY_LIMIT) == 0 and "syna" in family:
        raise BadInput("arity 0 has no synapse: give n >= 1")
    given = {"inputs": inputs, "outputs": outputs}
    for name in FAMILIES[family]:
        if given[name] is None:
            raise BadInput(f"{family} needs {name}, 01 or pm1")
    return {name: convention(str(value)) if name in FAMILIES[family] else None for name, value in given.items()}


def _two_gates(n: int, store: Path | None, progress: Progress | None) -> np.ndarray:
    """Return at least one product f AND g of each class under changes of inputs."""

    def found() -> list[int]:
        products = pair_set("output_gating", n, outputs="01", progress=progress)
        least = npn_classes(n, progress=progress).representatives
        both = np.concatenate([least, least ^ word(n).type(full_table(n))])
        return list(map(int, distinct(both[products.contains(both)])))

    return np.array(kept(store, f"two-gates-{n}", [n], found), word(n))


def _restriction(found: Bitset, family: str, conventions: dict[str, Any]) -> int | None:
    n = found.n
    if n < (2 if "inputs" in FAMILIES[family] else 1) or family in NOT_RESTRICTED:
        return None
    below = np.arange(full_table(n - 1) + 1).astype(word(n - 1))
    ignoring = found.contains(extended(below, n - 1, n, first=1))
    expected = pair_set(family, n - 1, **conventions).contains(below)
    if (ignoring != expected).any():
        raise Rejected(
            f"{family} of {n} inputs holds {ignoring.sum()} functions that ignore x_0, not the {expected.sum()} of {n - 1} inputs"
        )
    return int(ignoring.sum())


def kept(store: Path | None, key: str, arguments: list[Any], compute: Callable[[], Any]) -> Any:
    """Return the value of this key in a folder's store of pair counts; if there is none, or no folder, compute it and keep it."""
    if store is None:
        return compute()
    shelf = Store(Path(store), STORE)
    found = shelf.read({key: arguments})
    if key not in found:
        found[key] = compute()
        shelf.append(key, arguments, found[key])
    return found[key]
