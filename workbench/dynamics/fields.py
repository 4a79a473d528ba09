"""The right-hand side of a flow as a compiled function, in the time maps t, ln(1+t) and arclength."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, Float

from workbench.dynamics.arguments import array as numbers
from workbench.dynamics.softmax import scaled, shifted
from workbench.errors import BadInput
from workbench.lowering import lower
from workbench.lowering.arrays import LoweredArrays
from workbench.lowering.precision import scope

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow

TIMES = ("t", "log", "arclength")
LATEST = 1e300  # e^tau is formed, and float64 ends at 1.8e308


@dataclass(frozen=True, eq=False)
class Field:
    """exp(shift) * rhs(x) for a state x (variables,) and parameter values (parameters,), the shift inside the softmax exponents.

    With shift = ln(1+t) it is the right-hand side in the time ln(1+t); as a running scale it keeps directions of gradients that
    are too small for the type.
    """

    names: tuple[sympy.Symbol, ...]
    parameters: tuple[sympy.Symbol, ...]
    dtype: str
    lowered: LoweredArrays = field(repr=False)

    @classmethod
    @lru_cache(maxsize=64)  # equal flows share what is compiled for them
    def of(cls, flow: Flow, dtype: str = "float64") -> Field:
        """Return the lowered right-hand side. Raises BadInput for a flow with free slopes, or a node without a rule."""
        if flow.slopes:
            raise BadInput(f"the flow of an arbitrary loss has free slopes ({flow.slopes[0]}, ...): give a loss to run it")
        shift = sympy.Dummy("shift", real=True)
        column = sympy.ImmutableMatrix([shifted(scaled(e, shift)) for e in flow.rhs])
        symbols = (shift, *flow.variables, *flow.parameters)
        return cls(flow.variables, flow.parameters, dtype, lower(column, symbols, dtype=dtype))  # type: ignore[arg-type]

    def scaled(self, shift: Any, state: Float[Array, " n"], values: Float[Array, " p"]) -> Float[Array, " n"]:
        """Return exp(shift) * rhs, as a JAX array."""
        return self.lowered(jnp.concatenate([jnp.reshape(shift, (1,)), state, values]))[..., 0]

    def mapped(self, time: str, tau: Any, state: Array, values: Array) -> Array:
        """Return the right-hand side in a time map; in arclength the state ends with ln(1+t)."""
        if time == "t":
            return self.scaled(jnp.zeros_like(tau), state, values)
        if time == "log":
            return self.scaled(tau, state, values)
        move = self.scaled(state[-1], state[:-1], values)
        top = jnp.max(jnp.abs(move))
        length = top * jnp.linalg.norm(move / top)
        return jnp.append(move / length, 1 / length)

    @cached_property
    def jitted(self) -> Any:
        """The compiled `mapped`, the name of the time map being static."""
        return jax.jit(self.mapped, static_argnums=0)

    @cached_property
    def jacobian(self) -> Any:
        """The compiled derivative of the right-hand side (at shift 0) by the state."""
        return jax.jit(jax.jacfwd(lambda state, values: self.scaled(jnp.zeros((), state.dtype), state, values)))

    def spectral_radius(self, state: np.ndarray, values: np.ndarray) -> float:
        """Return the largest modulus of an eigenvalue of the Jacobian at a state: 1 over the shortest time scale there."""
        with scope(self.dtype):
            matrix = np.asarray(self.jacobian(jnp.asarray(state, self.dtype), jnp.asarray(values, self.dtype)))
        return float(np.abs(np.linalg.eigvals(matrix)).max()) if np.isfinite(matrix).all() else float("nan")

    def state(self, initial: Any) -> np.ndarray:
        """Return an initial state, or a stack of them, as an array of the type.

        Raises BadInput for a mapping that lacks or adds a name, another length, and values that are not finite.
        """
        return _numbers(initial, self.names, "variable", self.dtype)

    def values(self, given: Any) -> np.ndarray:
        """Return parameter values, or a stack of them, as an array of the type. Raises BadInput as `state` does."""
        return _numbers({} if given is None else given, self.parameters, "parameter", self.dtype)


def _numbers(given: Any, names: tuple[sympy.Symbol, ...], what: str, dtype: str) -> np.ndarray:
    if isinstance(given, Mapping):
        named = {str(k): v for k, v in given.items()}
        expected = [str(s) for s in names]
        if unknown := [n for n in named if n not in expected]:
            raise BadInput(f"{what} {unknown[0]} is not among {', '.join(expected) or 'none'}")
        if missing := [n for n in expected if n not in named]:
            raise BadInput(f"{what} {missing[0]} is without a value")
        given = _stacked([numbers(f"{what} {n}", named[n], dtype) for n in expected], what)
    array = numbers(f"{what} values", given, dtype)
    if array.ndim not in (1, 2) or array.shape[-1] != len(names) or 0 in array.shape[:-1]:
        raise BadInput(f"{what} values of shape {array.shape}: give {len(names)} for {', '.join(map(str, names)) or 'none'}")
    if not np.isfinite(array).all():
        raise BadInput(f"a {what} value is {array[~np.isfinite(array)][0]}: give finite numbers")
    return array


def _stacked(columns: list[np.ndarray], what: str) -> np.ndarray:
    """Return the values of each name side by side: one state, or a stack of them where a value is an array."""
    try:
        return np.stack(np.broadcast_arrays(*columns), axis=-1) if columns else np.zeros(0)
    except ValueError:
        shapes = ", ".join(str(column.shape) for column in columns)
        raise BadInput(f"{what} values of shapes {shapes}: give a number for each, or arrays of one length") from None
