"""An attention mechanism in three forms that must agree: a SymPy expression, a network of the standard model, a JAX function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy

from workbench.errors import BadInput
from workbench.evidence import Source
from workbench.lowering.precision import argument, checked, is_float, scope
from workbench.mechanisms.accepted import POSITIVE, accept_batches, accept_positive, inexact, truths
from workbench.mechanisms.wiring import Open, Wiring
from workbench.network import Network

Matrices = Mapping[str, sympy.Matrix]
Rule = Callable[[Matrices, Open], sympy.Matrix]
Wire = Callable[[Wiring, Open], list[list[str]]]
Forward = Callable[..., jax.Array]
Pairs = Sequence[Sequence[bool]]
LETTERS = ("n", "d", "dv")
MEANINGS = {  # of the flags of a definition, and of what stands behind a source
    "reconstruction": "the definition is ours, and the paper's may differ",
    "abstract_only": "only the abstract of the paper was read",
    "partial_text": "the definition was taken from parts of the paper's text",
    "full_text": "the definition was taken from the whole text of the paper",
    "second_hand": "the definition was taken from what others say of the paper",
    "(not read)": "nobody here has read the source at the place it names",
}
VALUE_LIMIT = 4096  # products of one query set with one key set that are built one by one


@dataclass(frozen=True)
class Tensor:
    """An input of a mechanism: its name, and its shape in n (tokens), d (key width), dv (value width) and numerals.

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
        if len(self.shape) not in (1, 2) or any(side not in LETTERS and not side.isdecimal() for side in self.shape):
            raise BadInput(f"shape {self.shape} of input {self.name} is not one or two of the letters {', '.join(LETTERS)}")

    def sizes(self, letters: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape at given sizes."""
        return tuple(int(side) if side.isdecimal() else letters[side] for side in self.shape)

    def names(self, letters: Mapping[str, int]) -> list[list[str]]:
        """Return the names of its entries, row by row: q0_0, q0_1, ..., and s0, s1, ... for a vector, one in a row."""
        rows, *columns = self.sizes(letters)
        return [[f"{self.name}{i}_{j}" for j in range(columns[0])] if columns else [f"{self.name}{i}"] for i in range(rows)]


@dataclass(frozen=True)
class Mechanism:
    """A published rule from inputs (queries, keys, values, ...) to outputs, with its source, flags and options.

    `flags` say what the reader must know of the definition, and `MEANINGS` what each of them means. `options` are the exact
    parameters of this instance. Projections are no part of it: they are learned, and stand in `workbench.mechanisms.modules`.
    `weights` are learned matrices inside the rule: symbols in the expression, weights of ordinary synapses in the network, keyword
    arrays of `apply`.

    >>> from workbench.mechanisms import mechanism
    >>> softmax = mechanism("softmax")
    >>> softmax, mechanism("top-n", most=3)
    (Mechanism(softmax), Mechanism(top-n, most=3, renormalised=False, ranking=attn))
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

    def __repr__(self) -> str:
        return f"Mechanism({', '.join([self.name, *(f'{name}={value}' for name, value in self.options)])})"

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

    def symbols(self, n: int, d: int, dv: int) -> dict[str, sympy.Symbol]:
        """Return the symbols of `expression` by name, to differentiate by or to put values in: inputs, then learned matrices.

        >>> from workbench.mechanisms import mechanism
        >>> linearised = mechanism("linearised")
        >>> s = linearised.symbols(1, 1, 1)
        >>> s, linearised.expression(1, 1, 1)[0].diff(s["x0_0"])
        ({'x0_0': x0_0}, 3*x0_0**2)
        """
        letters = self.letters(n, d, dv)
        return {name: _real(name) for t in (*self.inputs, *self.weights) for row in t.names(letters) for name in row}

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

        `mask` of shape (..., n, n) is True where query i reads key j; a query without keys has output 0. `parameters` are the
        `weights`, and replace options that are numbers; they may be traced. Raises BadInput for a wrong number of arrays, shapes
        that do not fit, what is no array of real numbers, a mask that is not of truth values (such as one to be added to scores),
        and parameters that are unknown, missing or not positive where they must be.
        """
        given = [inexact(array) for array in arrays]
        sizes = self._fit(given)
        self._accept_masks(causal, mask)
        opened = None if mask is None else truths(mask, sizes["n"])
        batches = [a.shape[: a.ndim - len(t.shape)] for t, a in zip(self.inputs, given, strict=True)]
        learned = [t.name for t in self.weights]
        known = [*(self.forward.__kwdefaults__ or {}), *learned]
        if unknown := set(parameters) - set(known):
            raise BadInput(f"{self.name} has no parameter {min(unknown)!r} of its arrays: there are {', '.join(known) or 'none'}")
        if missing := set(learned) - set(parameters):
            raise BadInput(f"{self.name} without {min(missing)}: give {', '.join(learned)} as arrays")
        for name in set(parameters) & set(POSITIVE):
            accept_positive(name, parameters[name])
        for tensor in self.weights:
            if (shape := jnp.shape(parameters[tensor.name]))[-2:] != tensor.sizes(sizes):
                raise BadInput(f"{tensor.name} of shape {shape} does not end in {tensor.sizes(sizes)}")
            batches.append(shape[:-2])
        accept_batches([*batches, () if opened is None else opened.shape[:-2]])
        return self.forward(*given, causal=causal, mask=opened, **parameters) if self.masked else self.forward(*given, **parameters)

    def weight_matrix(self, *arrays: Any, causal: bool = False, mask: Any = None, **parameters: Any) -> jax.Array:
        """Return the weights of shape (..., n, n) that the queries give the values: the outputs with unit vectors for values.

        `arrays` are all inputs but the values. Weights of Hadamard attention with signed features may be negative, and their
        normaliser 0: look here. Raises BadInput, beside as `apply` does, where there are no values or the weights depend on them.
        """
        place = next((k for k, t in enumerate(self.inputs) if t == Tensor("v", ("n", "dv"))), None)
        if place is None or ("ranking", "contr") in self.options or self.weights:
            raise BadInput(f"{self.name} has no weights apart from its values")
        if not arrays:
            raise BadInput(f"no arrays: {self.name} takes {', '.join(t.name for t in self.inputs if t.name != 'v')}")
        first, axes = inexact(arrays[0]), len(self.inputs[0].shape)
        if first.ndim < axes:
            raise BadInput(f"{self.inputs[0].name} of shape {first.shape} does not end in ({', '.join(self.inputs[0].shape)})")
        values = jnp.eye(first.shape[-axes], dtype=first.dtype)
        return self.apply(*arrays[:place], values, *arrays[place:], causal=causal, mask=mask, **parameters)

    def lowered(self, dtype: str) -> LoweredMechanism:
        """Return the JAX form as a jitted function in a float type; see `workbench.lower`."""
        return LoweredMechanism(self, dtype)

    def _fit(self, arrays: Sequence[jax.Array]) -> dict[str, int]:
        if len(arrays) != len(self.inputs):
            wanted = ", ".join(f"{t.name} (..., {', '.join(t.shape)})" for t in self.inputs)
            raise BadInput(f"{len(arrays)} arrays: {self.name} takes {len(self.inputs)}, {wanted}")
        sizes: dict[str, int] = {}
        for tensor, array in zip(self.inputs, arrays, strict=True):
            own = dict(zip(tensor.shape, array.shape[max(0, array.ndim - len(tensor.shape)) :], strict=False))
            if len(own) != len(tensor.shape) or any(sizes.setdefault(letter, size) != size for letter, size in own.items()):
                raise BadInput(f"{tensor.name} of shape {array.shape} does not end in ({', '.join(tensor.shape)}) with {sizes}")
            if 0 in own.values():
                raise BadInput(f"{tensor.name} of shape {array.shape} has no entries: give sizes {', '.join(own)} from 1 on")
        return sizes

    def _accept_masks(self, causal: Any, mask: Any) -> None:
        if not isinstance(causal, (bool, np.bool_)):
            raise BadInput(f"causal = {causal!r} is not True or False")
        if not self.masked and (causal or mask is not None):
            raise BadInput(f"{self.name} has no keys to mask: leave causal and mask out")

    def _open(self, n: int, causal: bool, mask: Pairs | None) -> Open:
        self._accept_masks(causal, mask)
        opened = np.tri(n, dtype=bool) if causal else np.ones((n, n), dtype=bool)
        if mask is not None:
            opened &= np.asarray(truths(mask, n, axes=2))
        return tuple(tuple(map(int, np.flatnonzero(row))) for row in opened)


@dataclass(frozen=True, eq=False)
class LoweredMechanism:
    """A mechanism as a jitted function of its arrays in one float type; `grad` and `vmap` compose with it.

    >>> from workbench.lowering import lower
    >>> from workbench.mechanisms import mechanism
    >>> F = lower(mechanism("softmax"))
    >>> F([[0.0]], [[1.0]], [[2.0, 3.0]]).dtype
    dtype('float64')
    >>> lower(mechanism("softmax"), dtype="int32")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: softmax is not available in int32: lower with dtype='float64'
    """

    mechanism: Mechanism
    dtype: str

    def __post_init__(self) -> None:
        if not is_float(self.dtype):
            raise BadInput(f"{self.mechanism.name} is not available in {self.dtype}: lower with dtype='float64'")

    @cached_property
    def _jitted(self) -> Any:
        return jax.jit(self.mechanism.apply, static_argnames=("causal",))

    def __call__(self, *arrays: Any, causal: bool = False, mask: Any = None, **parameters: Any) -> jax.Array:
        """Return the outputs; see `Mechanism.apply`."""
        taken = [checked(array, self.dtype) for array in arrays]
        named = {name: checked(value, self.dtype) for name, value in parameters.items()}
        with scope(self.dtype):
            numbers = {name: argument(value, self.dtype) for name, value in named.items()}
            out: jax.Array = self._jitted(*(argument(a, self.dtype) for a in taken), causal=causal, mask=mask, **numbers)
        return out


def _real(name: Any) -> sympy.Symbol:
    return sympy.Symbol(str(name), real=True)
