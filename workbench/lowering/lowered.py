"""`lower`: from SymPy, polynomials and threshold functions to jitted JAX functions that say whether they are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import jax
import sympy
from jaxtyping import ArrayLike, Shaped

from workbench.domain import inputs
from workbench.errors import BadInput
from workbench.lowering.arrays import LoweredArrays
from workbench.lowering.layers import LoweredNetwork
from workbench.lowering.precision import Exactness, checked, is_float, number_type
from workbench.lowering.program import Program, exactness, program
from workbench.lowering.rules import tape_of
from workbench.lowering.tape import Recorder, Tape
from workbench.lowering.walk import is_array
from workbench.network import Network
from workbench.poly import Multilinear, monomial
from workbench.threshold import PTF, BooleanFunction

Symbols = Sequence[sympy.Symbol]
SHOWN_NODES = 40  # a longer source is described, not printed: printing a deep tree recurses


@dataclass(frozen=True, eq=False)
class Lowered:
    """A function of points of shape (..., inputs) with values of shape (...), jitted; `jit`, `grad` and `vmap` compose with it.

    `exact` says whether its values are free of rounding. Calls in float64 and int64 turn x64 on for themselves only; inside a
    transformation that began with x64 off, pass float64 JAX arrays or transform inside `with jax.enable_x64(True):`.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> F = lower(3*x*y - sympy.Rational(1, 2), [x, y])
    >>> F([[1, 1], [1, -1]]).tolist(), bool(F.exact)
    ([2.5, -3.5], True)
    >>> F([1, 2, 3])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: points of shape (3,), but the last axis must have length 2, one for each of x, y
    """

    source: Any
    symbols: tuple[sympy.Symbol, ...]
    dtype: str
    exact: Exactness
    program: Program = field(repr=False)

    def __call__(self, points: Shaped[ArrayLike, "*batch inputs"]) -> Shaped[jax.Array, "*batch"]:
        """Return the values at the points.

        Raises BadInput if the last axis does not fit the symbols or the type cannot hold the points.
        """
        return self.program(self._fitting(points))

    def gradient(self, points: Any) -> jax.Array:
        """Return the gradient at the points, shape (..., inputs), whatever JAX's x64 setting is.

        Raises BadInput for an integer type, and as a call does.
        """
        self._accept_derivative("gradient")
        return self.program.gradient(self._fitting(points))

    def hessian(self, points: Any) -> jax.Array:
        """Return the second derivatives at the points, shape (..., inputs, inputs), whatever JAX's x64 setting is.

        Raises BadInput for an integer type, and as a call does.

        >>> x, y = sympy.symbols("x y", real=True)
        >>> lower(x**2 * y, [x, y]).hessian([1, 3]).tolist()
        [[6.0, 2.0], [2.0, 0.0]]
        >>> lower(x * y, [x, y], dtype="int32").hessian([1, 3])
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: no hessian in int32: lower with dtype='float64'
        """
        self._accept_derivative("hessian")
        return self.program.hessian(self._fitting(points))

    def _accept_derivative(self, name: str) -> None:
        if not is_float(self.dtype):
            raise BadInput(f"no {name} in {self.dtype}: lower with dtype='float64'")

    def _fitting(self, points: Any) -> Any:
        given = checked(points, self.dtype)
        if given.ndim == 0 or given.shape[-1] != len(self.symbols):
            names = ", ".join(map(str, self.symbols[:8])) or "no symbols"
            needed = f"the last axis must have length {len(self.symbols)}, one for each of {names}"
            raise BadInput(f"points of shape {given.shape}, but {needed}")
        return given

    def __repr__(self) -> str:
        long = isinstance(self.source, sympy.Expr) and self.program.tape.nodes > SHOWN_NODES
        shown = f"{type(self.source).__name__} of {self.program.tape.nodes:,} nodes" if long else repr(self.source)
        return f"Lowered({shown}, {len(self.symbols)} inputs, {self.dtype}, {self.exact})"

    def _repr_latex_(self) -> str | None:
        if not isinstance(self.source, sympy.Expr):
            return str(self.source._repr_latex_())
        return f"${sympy.latex(self.source)}$" if self.program.tape.nodes <= SHOWN_NODES else None


@overload
def lower(source: Network, symbols: None = None, *, dtype: object = "float64", at_zero: int = 0) -> LoweredNetwork: ...
@overload
def lower(source: Any, symbols: Symbols | None = None, *, dtype: object = "float64", at_zero: int = 0) -> Lowered: ...
def lower(
    source: Any, symbols: Symbols | None = None, *, dtype: object = "float64", at_zero: int = 0
) -> Lowered | LoweredNetwork | LoweredArrays:
    """Return a source as a jitted JAX function.

    A SymPy expression needs its `symbols` in order; in it, `sign(0)` is SymPy's 0 and `Heaviside(x, h)` is h at 0. A `Multilinear`
    gives its value, a `PTF` the +-1 sign of its primitive integer polynomial, sgn(0) = -1 unless `at_zero` = 1, and a `Network` a
    `LoweredNetwork`. dtype is float64, float32, int32 or int64. Raises BadInput for a node without a rule (named, with its place),
    an undeclared symbol, a source of another kind, and an operation that an integer type does not have.

    >>> from workbench.domain import Cube
    >>> a, b = inputs(2)
    >>> lower(PTF.from_expr(a + 2*b - 1, Cube(2)), dtype="int32")([[1, 1], [1, -1]]).tolist()
    [1, -1]
    >>> lower(a + b, [a])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: symbol x1 is not declared (declared: x0); at args[1]
    """
    kind = number_type(dtype)
    if at_zero not in (0, 1):
        raise BadInput(f"at_zero {at_zero!r} is not 0 or 1, the two values of H(0)")
    if at_zero and not isinstance(source, PTF):
        raise BadInput("at_zero is for a PTF: each unit of a network and each Heaviside(x, h) has its own value at 0")
    if isinstance(source, Network):
        if symbols is not None and tuple(symbols) != source.symbols:
            raise BadInput(f"symbols {tuple(symbols)} for a network, whose inputs are {', '.join(source.inputs)}: leave them out")
        return LoweredNetwork.of(source, kind)
    if isinstance(source, Multilinear | PTF):
        names = _names(symbols if symbols is not None else inputs(source.cube.n), expected=source.cube.n)
        tape = _sign_tape(source, at_zero) if isinstance(source, PTF) else _polynomial_tape(source)
    elif isinstance(source, sympy.Basic | sympy.MatrixBase):
        if symbols is None:
            raise BadInput("an expression without its symbols: give them in the order of the coordinates, lower(expr, [x, y])")
        names = _names(symbols)
        if is_array(source) or any(map(is_array, names)):
            return LoweredArrays.of(source.as_immutable() if isinstance(source, sympy.MatrixBase) else source, names, kind)
        tape = tape_of(source, names)
    else:
        hint = ": lower PTF.from_table(f.table, f.n)" if isinstance(source, BooleanFunction) else ""
        raise BadInput(f"a {type(source).__name__} is not a SymPy expression, a PTF, a Multilinear or a Network{hint}")
    return Lowered(source, names, kind, exactness(tape, kind), program(tape, kind))


def _names(symbols: Sequence[sympy.Symbol], expected: int | None = None) -> tuple[sympy.Symbol, ...]:
    names = (symbols,) if isinstance(symbols, sympy.Symbol) else tuple(symbols)
    if wrong := [s for s in names if not isinstance(s, sympy.Symbol | sympy.MatrixSymbol | sympy.IndexedBase)]:
        raise BadInput(f"{wrong[0]!r} is not a SymPy symbol: make it with workbench.inputs or Symbol(name, real=True)")
    if len(set(names)) < len(names):
        raise BadInput(f"symbols {names} repeat: give each once")
    if expected is not None and len(names) != expected:
        raise BadInput(f"{len(names)} symbols for {expected} inputs: give one for each")
    return names


def _terms(poly: Multilinear) -> tuple[Any, ...]:
    return tuple((monomial(mask), c) for mask, c in poly.terms)


def _polynomial_tape(poly: Multilinear) -> Tape:
    tape = Recorder(poly.cube.n)
    return tape.finished(tape.add("polynomial", (), _terms(poly)) if poly.terms else tape.constant(0))


def _sign_tape(function: PTF, at_zero: int) -> Tape:
    tape = Recorder(function.n)
    poly = function.poly.primitive()
    value = tape.add("polynomial", (), _terms(poly)) if poly.terms else tape.constant(0)
    return tape.finished(tape.add("sgn", (value,), at_zero))
