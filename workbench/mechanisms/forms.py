"""An attention mechanism in three forms that must agree: a SymPy expression, a network of the standard model, a JAX function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.mechanisms.wiring import Open, Wiring
from workbench.network import Network

Matrices = Mapping[str, sympy.Matrix]
Rule = Callable[[Matrices, Open], sympy.Matrix]
Wire = Callable[[Wiring, Open], list[list[str]]]
Forward = Callable[..., jax.Array]
Pairs = Sequence[Sequence[bool]]
LETTERS = ("n", "d", "dv")
VALUE_LIMIT = 4096  # products of one query set with one key set that are built one by one


@dataclass(frozen=True)
class Tensor:
    """An input of a mechanism: its name, and its shape in the letters n (tokens), d (key width) and dv (value width).

    >>> Tensor("q", ("n", "d")).sizes({"n": 3, "d": 2, "dv": 5})
    (3, 2)
    >>> Tensor("q", ("n", "m"))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: shape ('n', 'm') of input q is not one or two of the letters n, d, dv
    """

    name: str
    shape: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.shape) not in (1, 2) or not set(self.shape) <= set(LETTERS):
            raise BadInput(f"shape {self.shape} of input {self.name} is not one or two of the letters {', '.join(LETTERS)}")

    def sizes(self, letters: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape at given sizes."""
        return tuple(letters[letter] for letter in self.shape)

    def names(self, letters: Mapping[str, int]) -> list[list[str]]:
        """Return the names of its entries, row by row: q0_0, q0_1, ..., and s0, s1, ... for a vector, one in a row."""
        rows, *columns = self.sizes(letters)
        return [[f"{self.name}{i}_{j}" for j in range(columns[0])] if columns else [f"{self.name}{i}"] for i in range(rows)]


@dataclass(frozen=True)
class Mechanism:
    """A published rule from inputs (queries, keys, values, ...) to outputs, with its source, flags and options.

    `flags` say what the reader must know: "reconstruction" for a definition that is ours and not the paper's, "abstract_only"
    and "second_hand" for how the paper was read. `options` are the exact parameters of this instance. Projections are no part
    of it: they are learned, and stand in `workbench.mechanisms.modules`. `weights` are learned matrices inside the rule: symbols
    in the expression, weights of ordinary synapses in the network, keyword arrays of `apply`.

    >>> from workbench.mechanisms import mechanism
    >>> softmax = mechanism("softmax")
    >>> softmax.expression(1, 1, 2)
    Matrix([[v0_0, v0_1]])
    >>> softmax.network(2, 1, 1).gatings.output
    4
    >>> softmax.network(2, 0, 1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: sizes (n, d, dv) = (2, 0, 1) are not all integers from 1 on
    """

    name: str
    source: Source
    inputs: tuple[Tensor, ...]
    rule: Rule = field(repr=False)
    wire: Wire = field(repr=False)
    forward: Forward = field(repr=False)
    flags: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    weights: tuple[Tensor, ...] = ()
    masked: bool = True  # whether it has keys that a mask could close

    def letters(self, n: int, d: int, dv: int) -> dict[str, int]:
        """Return the sizes by letter. Raises BadInput unless they are integers from 1 on, and few enough to write out."""
        if any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in (n, d, dv)):
            raise BadInput(f"sizes (n, d, dv) = {(n, d, dv)} are not all integers from 1 on")
        if n * n * max(d, dv) > VALUE_LIMIT:
            raise BadInput(f"{n * n * max(d, dv)} products > {VALUE_LIMIT}: write out fewer tokens, and take apply(...) for many")
        return {"n": n, "d": d, "dv": dv}

    def names(self, n: int, d: int, dv: int) -> list[str]:
        """Return the names of all input numbers, input by input and row by row: those of the network's inputs."""
        letters = self.letters(n, d, dv)
        return [name for tensor in self.inputs for row in tensor.names(letters) for name in row]

    def expression(self, n: int, d: int, dv: int, *, causal: bool = False, mask: Pairs | None = None) -> sympy.Matrix:
        """Return the outputs as expressions in the real symbols q0_0, ...; `mask[i][j]` says that query i reads key j."""
        letters = self.letters(n, d, dv)
        symbols = {t.name: sympy.Matrix(t.names(letters)).applyfunc(_real) for t in (*self.inputs, *self.weights)}
        return self.rule(symbols, self._open(n, causal, mask))

    def network(self, n: int, d: int, dv: int, *, causal: bool = False, mask: Pairs | None = None) -> Network:
        """Return the network of the standard model whose outputs are those of `expression`, row by row."""
        letters = self.letters(n, d, dv)
        wiring = Wiring({t.name: t.names(letters) for t in self.inputs})
        rows = self.wire(wiring, self._open(n, causal, mask))
        return Network.of(self.names(n, d, dv), wiring.units, [name for row in rows for name in row])

    def apply(self, *arrays: Any, causal: bool = False, mask: Any = None, **parameters: Any) -> jax.Array:
        """Return the outputs for arrays of shapes (..., n, d) etc., in the order of `inputs`; all but the last axes are batches.

        `mask` of shape (..., n, n) is True where query i reads key j; a query without keys has output 0. `parameters` replace
        the options of the same names, and may be traced. Raises BadInput for a wrong number of arrays, shapes that do not fit
        and unknown parameters.
        """
        self._fit(self.inputs, arrays)
        if not self.masked and (causal or mask is not None):
            raise BadInput(f"{self.name} has no keys to mask: leave causal and mask out")
        known = [*(name for name, _ in self.options), *(t.name for t in self.weights)]
        if unknown := set(parameters) - set(known):
            raise BadInput(f"{self.name} has no parameter {min(unknown)!r}: there are {', '.join(known) or 'none'}")
        return self.forward(*arrays, causal=causal, mask=mask, **parameters) if self.masked else self.forward(*arrays, **parameters)

    def _fit(self, tensors: Sequence[Tensor], arrays: Sequence[Any]) -> None:
        if len(arrays) != len(tensors):
            wanted = ", ".join(f"{t.name} (..., {', '.join(t.shape)})" for t in tensors)
            raise BadInput(f"{len(arrays)} arrays: {self.name} takes {len(tensors)}, {wanted}")
        sizes: dict[str, int] = {}
        for tensor, array in zip(tensors, arrays, strict=True):
            own = dict(zip(tensor.shape, array.shape[max(0, array.ndim - len(tensor.shape)) :], strict=False))
            if len(own) != len(tensor.shape) or any(sizes.setdefault(letter, size) != size for letter, size in own.items()):
                raise BadInput(f"{tensor.name} of shape {array.shape} does not end in ({', '.join(tensor.shape)}) with {sizes}")

    def _open(self, n: int, causal: bool, mask: Pairs | None) -> Open:
        if not self.masked and (causal or mask is not None):
            raise BadInput(f"{self.name} has no keys to mask: leave causal and mask out")
        if mask is not None and (len(mask) != n or any(len(row) != n for row in mask)):
            raise BadInput(f"the mask is not {n} rows of {n} truth values")
        return tuple(tuple(j for j in range(n) if (mask is None or mask[i][j]) and (not causal or j <= i)) for i in range(n))


def _real(name: Any) -> sympy.Symbol:
    return sympy.Symbol(str(name), real=True)
