"""Who is compared: for each kind of subject, how ours and each peer make a function of points from the object in hand.

Every `build` gives the peer its best form: functions for JAX are jitted as a whole, those for NumPy get contiguous columns.
"""

from __future__ import annotations

import functools
import importlib
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from subjects import Subject

from workbench import cube_values, lower

Function = Callable[[Any], Any]
HAND_BLOCK = 1024  # points at a time, so that the features stay in cache
FORMULA_TERMS = 64  # up to here one writes a polynomial out


@dataclass(frozen=True)
class Contestant:
    """A way from a subject to a function of points (None for a cube): its name, the package it needs, the arrays it takes."""

    name: str
    build: Callable[[Subject], Function]
    package: str = "jax"
    takes: str = "jax"


def _columns(points: Any) -> list[Any]:
    return [points[:, i] for i in range(points.shape[1])]


def _lambdified(subject: Subject, modules: str, cse: bool) -> Function:
    function = sympy.lambdify(subject.symbols, subject.expr, modules, cse=cse)
    if modules == "jax":
        return jax.jit(lambda points: function(*_columns(points)))
    return lambda points: function(*np.ascontiguousarray(points.T))


def _sympy2jax(subject: Subject) -> Function:
    # Constants as arrays would compile and run slower.
    module = importlib.import_module("sympy2jax").SymbolicModule(subject.expr, make_array=False)
    names = [str(symbol) for symbol in subject.symbols]
    return jax.jit(lambda points: module(**dict(zip(names, _columns(points), strict=True))))


def _symengine(subject: Subject, cse: bool) -> Function:
    symengine = importlib.import_module("symengine")
    function = symengine.Lambdify(list(subject.symbols), [subject.expr], backend="llvm", cse=cse)
    return lambda points: function(points).reshape(-1)


def _symjit(subject: Subject) -> Function:
    function = importlib.import_module("symjit").compile_func(list(subject.symbols), [subject.expr])
    return lambda points: np.asarray(function(*np.ascontiguousarray(points.T))[0])


WRITTEN: dict[type, Callable[..., Any]] = {
    sympy.Add: lambda *terms: functools.reduce(operator.add, terms),
    sympy.Mul: lambda *factors: functools.reduce(operator.mul, factors),
    sympy.sin: jnp.sin,
    sympy.cos: jnp.cos,
    sympy.tanh: jnp.tanh,
    sympy.log: jnp.log,
    sympy.exp: jnp.exp,
}


def _written(expr: Any, values: dict[sympy.Symbol, Any]) -> Any:
    """Return the formula at these values: the same operations, in the same order, as tracing it written out by hand."""
    if isinstance(expr, sympy.Symbol):
        return values[expr]
    if isinstance(expr, sympy.Rational):
        return float(expr)
    if isinstance(expr, sympy.Pow):
        base = _written(expr.base, values)
        return 1 / base if expr.exp == -1 else jnp.sqrt(base) if expr.exp == sympy.Rational(1, 2) else base**expr.exp
    return WRITTEN[expr.func](*(_written(argument, values) for argument in expr.args))


def _formula(subject: Subject) -> Function:
    return jax.jit(lambda points: _written(subject.expr, dict(zip(subject.symbols, _columns(points), strict=True))))


def _polynomial_by_hand(subject: Subject) -> Function:
    """The formula if it is short, else products of gathered columns, padded by a column of ones, in blocks of points."""
    poly, n = subject.source, len(subject.symbols)
    if len(poly.terms) <= FORMULA_TERMS:
        return _formula(subject)
    index = np.array([(*variables, *[n] * (poly.degree - len(variables))) for variables in poly.coefficients])
    weights = np.array([float(c) for c in poly.coefficients.values()])

    def block(points: Any) -> Any:
        padded = jnp.concatenate([points, jnp.ones((len(points), 1), points.dtype)], axis=1)
        product = padded[:, index[:, 0]]
        for k in range(1, poly.degree):
            product = product * padded[:, index[:, k]]
        return product @ weights

    def run(points: Any) -> Any:
        blocks = points.reshape(-1, math.gcd(HAND_BLOCK, len(points)), n)
        return block(blocks[0]) if len(blocks) == 1 else jax.lax.map(block, blocks).reshape(-1)

    return jax.jit(run)


def _network_by_hand(subject: Subject) -> Function:
    def run(layers: Any, points: Any) -> Any:
        for weights, biases, gate_weights, gate_biases in layers:
            points = jax.nn.relu(points @ weights + biases) * jax.nn.sigmoid(points @ gate_weights + gate_biases)
        return points

    return functools.partial(jax.jit(run), jax.tree.map(jnp.asarray, subject.layers))


def _terms(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    terms = subject.source.terms
    return np.array([mask for mask, _ in terms]), np.array([int(c) for _, c in terms], dtype=np.int64)


def _cube_by_hand(subject: Subject) -> Function:
    n = len(subject.symbols)
    masks, coefficients = map(jnp.asarray, _terms(subject))

    def run(coefficients: Any) -> Any:  # an argument: a constant would be transformed while compiling
        values = jnp.zeros(1 << n, dtype=jnp.int64).at[masks].set(coefficients)
        for i in range(n):
            pairs = values.reshape(-1, 2, 1 << i)
            low, high = pairs[:, 0], pairs[:, 1]
            values = jnp.stack([low - high, low + high], axis=1).reshape(-1)
        return values

    compiled = jax.jit(run)
    return lambda _: compiled(coefficients)


def _yardstick(subject: Subject, variant: str) -> Function:
    transform = importlib.import_module("walsh_yardstick").VARIANTS[variant]
    masks, coefficients = _terms(subject)

    def run(_: None) -> np.ndarray:
        values = np.zeros(1 << len(subject.symbols), dtype=np.int64)
        values[masks] = coefficients
        transform(values, len(subject.symbols))
        return values

    return run


OURS = {
    "polynomial": Contestant("workbench", lambda s: lower(s.expr, s.symbols)),
    "elementary": Contestant("workbench", lambda s: lower(s.expr, s.symbols)),
    "network": Contestant("workbench", lambda s: lower(s.source)),
    "cube": Contestant("workbench", lambda s: lambda _: cube_values(s.source)),
}
SYMPY_PEERS = (
    Contestant("lambdify numpy", lambda s: _lambdified(s, "numpy", cse=False), takes="numpy"),
    Contestant("lambdify jax", lambda s: _lambdified(s, "jax", cse=False)),
    Contestant("lambdify jax, cse", lambda s: _lambdified(s, "jax", cse=True)),
    Contestant("sympy2jax", _sympy2jax, "sympy2jax"),
    Contestant("SymEngine LLVM", lambda s: _symengine(s, cse=False), "symengine", "numpy"),
    Contestant("SymEngine LLVM, cse", lambda s: _symengine(s, cse=True), "symengine", "numpy"),
    Contestant("symjit", _symjit, "symjit", "numpy"),
)
CONTESTANTS: dict[str, tuple[Contestant, ...]] = {
    "polynomial": (
        OURS["polynomial"],
        Contestant("workbench, from a Multilinear", lambda s: lower(s.source)),
        Contestant("hand-written JAX", _polynomial_by_hand),
        *SYMPY_PEERS,
    ),
    "elementary": (OURS["elementary"], Contestant("hand-written JAX", _formula), *SYMPY_PEERS),
    "network": (OURS["network"], Contestant("hand-written JAX", _network_by_hand)),
    "cube": (
        OURS["cube"],
        Contestant("hand-written JAX", _cube_by_hand),
        Contestant("numba, one thread", lambda s: _yardstick(s, "serial"), "walsh_yardstick", "numpy"),
        Contestant("numba, all threads", lambda s: _yardstick(s, "parallel"), "walsh_yardstick", "numpy"),
    ),
}
ALONE = ("polynomial-24-4-dense",)  # measured for the growth of our own compile time only


def contestants(name: str) -> tuple[Contestant, ...]:
    """Return who runs on the subject of this name, ours first."""
    kind = name.partition("-")[0]
    return CONTESTANTS[kind][:1] if name in ALONE else CONTESTANTS[kind]
