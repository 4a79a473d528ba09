"""`lower`: from SymPy, polynomials and threshold functions to jitted JAX functions that say whether they are exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast, overload

import jax
import numpy as np
import sympy
from jaxtyping import ArrayLike, Shaped

from workbench.domain import inputs
from workbench.errors import BadInput
from workbench.lowering.arrays import LoweredArrays
from workbench.lowering.bounds import radius
from workbench.lowering.decision import certain_signs
from workbench.lowering.enclosure import Enclosure, concrete
from workbench.lowering.layers import LoweredNetwork
from workbench.lowering.operations import OPERATIONS
from workbench.lowering.parity import Parity, accepted_indices, coordinates
from workbench.lowering.precision import WIDE, Exactness, accept_points, argument, checked, is_float, number_type, scope
from workbench.lowering.program import Program, exactness, program
from workbench.lowering.rules import tape_of
from workbench.lowering.tape import Recorder, Tape
from workbench.lowering.walk import SHOWN_NODES, is_array, is_short
from workbench.network import Network
from workbench.poly import Multilinear, monomial
from workbench.threshold import PTF, BooleanFunction

Symbols = Sequence[sympy.Symbol]
PARITY_COST = 25  # one parity costs about as much as so many entries of a matrix product


@dataclass(frozen=True, eq=False)
class Lowered:
    """A function of points of shape (..., inputs) with values of shape (...), jitted; `jit`, `grad` and `vmap` compose with it.

    `exact` says whether its values are free of rounding. Calls in float64 and int64 turn x64 on for themselves; a transformation
    of such a function needs it on, `with jax.enable_x64(True):`, and is refused while it is off.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> F = lower(3*x*y - sympy.Rational(1, 2), [x, y])
    >>> F([[1, 1], [1, -1]]).tolist(), bool(F.exact)
    ([2.5, -3.5], True)
    >>> F([1, 2, 3])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: points of shape (3,), but the last axis must have length 2, one for each input
    """

    source: Any
    symbols: tuple[sympy.Symbol, ...]
    dtype: str
    exact: Exactness
    program: Program = field(repr=False)
    _jitted: Any = field(init=False, repr=False)
    _plain: Any = field(init=False, repr=False, default=None)  # the class of arrays that only tracing has to look at
    _narrow: Any = field(init=False, repr=False, default=None)  # the same, where the function has 32 bits and they have no more

    def __post_init__(self) -> None:
        object.__setattr__(self, "_jitted", self.program.jitted)

    def __call__(self, points: Shaped[ArrayLike, "*batch inputs"]) -> Shaped[jax.Array, "*batch"]:
        """Return the values at the points.

        Raises BadInput if the last axis does not fit the symbols or the type cannot hold the points, and for an integer type if
        some value could overflow (seen before running, outside transformations; inside them coordinates -1, 0, 1 are assumed).
        """
        if type(points) is self._plain or (type(points) is self._narrow and points.dtype.itemsize < 8):
            return self._jitted(points)
        values = self._careful(self._jitted, points)
        if is_float(self.dtype) and not isinstance(values, jax.core.Tracer):
            object.__setattr__(self, "_plain" if self.dtype in WIDE else "_narrow", type(values))
        return values

    def _careful(self, function: Any, points: Any) -> jax.Array:
        given = self._checked(points, radius=None if is_float(self.dtype) else radius(self.program.tape, self.dtype))
        with scope(self.dtype):
            return function(argument(given, self.dtype))

    def _checked(self, points: Any, *, radius: int | None = None) -> Any:
        given = checked(points, self.dtype, radius=radius)
        accept_points(given, len(self.symbols), self.dtype)
        return given

    @property
    def jitted(self) -> Any:
        """The bare compiled function of arrays of this type, without the look that a call takes at its argument."""
        return self.program.jitted

    @property
    def flops(self) -> int:
        """Operations for each point, every elementary function counted as one."""
        return self.program.flops

    def memory(self, points: int) -> int:
        """Return an estimate of the bytes in use at once while this many points are evaluated."""
        return self.program.memory(points)

    def at_indices(self, indices: Any) -> jax.Array:
        """Return the values, of the same shape, at the points of the cube with these indices (of a polynomial or a PTF).

        Polynomials of many terms are evaluated on the bits: a monomial is one parity, whatever its degree. Raises BadInput for a
        source without a cube, an index that is not an integer from 0 to 2^n - 1, and values that an integer type cannot hold.

        >>> from workbench.domain import Cube
        >>> lower(Multilinear.from_terms({0b101: 3, 0: 1}, Cube(3)), dtype="int32").at_indices([0, 1, 7]).tolist()
        [4, -2, 4]
        """
        if not isinstance(self.source, Multilinear | PTF):
            raise BadInput(f"a {type(self.source).__name__} has no cube: give the coordinates of the points")
        cube = self.source.cube
        given = accepted_indices(indices, cube)
        if not self._by_parity:
            return self(coordinates(given, cube, self.dtype))
        checked([1], self.dtype, radius=radius(self.program.tape, self.dtype) if not is_float(self.dtype) else None)
        values = self._by_parity.at(given.ravel()).reshape(given.shape)
        last = self.program.tape.instructions[-1]
        with scope(self.dtype):
            return OPERATIONS["sgn"].apply(last.payload, [values]) if last.op == "sgn" else values

    @cached_property
    def _by_parity(self) -> Parity | None:
        poly = self.source.poly.primitive() if isinstance(self.source, PTF) else self.source
        costs = [scheme.cost for scheme in self.program.schemes.values()]
        return Parity.of(poly, self.dtype) if sum(costs) > PARITY_COST * len(poly.terms) else None

    def gradient(self, points: Any) -> jax.Array:
        """Return the gradient at the points, shape (..., inputs), whatever JAX's x64 setting is.

        Raises BadInput for an integer type, and as a call does.
        """
        self._accept_derivative("gradient")
        return self._careful(self.program.gradient, points)

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
        return self._careful(self.program.hessian, points)

    def enclosure(self, points: Any, *, digits: int = 15) -> Enclosure:
        """Return float64 bounds, shape (...), on the source's real values at exactly these points, whatever the dtype.

        Raises BadInput as a call and as `Enclosure.of` do.

        >>> x = sympy.Symbol("x", real=True)
        >>> e = lower(sympy.pi * x, [x]).enclosure([1.0])
        >>> e.low < e.high, float(e.high - e.low)
        (np.True_, 4.440892098500626e-16)
        """
        return Enclosure.of(self.program.tape, self._concrete(points), digits=digits)

    def sign(self, points: Any, *, undecided: str = "refuse") -> np.ndarray:
        """Return the certain signs -1, 0, 1 (int8, shape (...)) of the source's real values at exactly these points.

        Raises BadInput as a call does, and where the sign cannot be decided (undecided = "mask" masks the array there).

        >>> x, y = sympy.symbols("x y", real=True)
        >>> lower(x + y - sympy.Rational(3, 10), [x, y]).sign([0.1, 0.2]).tolist()  # the floats add up to 0.3000000000000000166
        1
        >>> lower(sympy.exp(x) * sympy.exp(y) - 1, [x, y]).sign([[1, 1], [1, -1]], undecided="mask").tolist()
        [1, None]
        """
        return certain_signs(self.program.tape, self._concrete(points), undecided=undecided)

    def _concrete(self, points: Any) -> np.ndarray:
        return concrete(points if isinstance(points, jax.core.Tracer) else self._checked(points))

    def _accept_derivative(self, name: str) -> None:
        if not is_float(self.dtype):
            raise BadInput(f"no {name} in {self.dtype}: lower with dtype='float64'")

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to copy or store it: its source, to be lowered again, and no code."""
        last = self.program.tape.instructions[-1]
        return _again, (self.source, self.symbols, self.dtype, last.payload if isinstance(self.source, PTF) else 0)

    def __repr__(self) -> str:
        long = isinstance(self.source, sympy.Expr) and not is_short(self.source)
        nodes = f"{max(self.program.tape.nodes, SHOWN_NODES + 1):,} nodes"  # those shared or merged are counted once
        shown = f"{type(self.source).__name__} of {nodes}" if long else repr(self.source)
        per_point = self.memory(1) - self.memory(0)
        cost = f"{self.flops:,} flops and {per_point} B a point, {_bytes(self.memory(0))} besides"
        return f"Lowered({shown}, {len(self.symbols)} inputs, {self.dtype}, {self.exact}; {self.program.steps}: {cost})"

    def _repr_latex_(self) -> str | None:
        if not isinstance(self.source, sympy.Expr):
            return str(self.source._repr_latex_())
        return f"${sympy.latex(self.source)}$" if is_short(self.source) else None


def _bytes(count: int) -> str:
    size, unit = next((count / 10**k, u) for k, u in ((6, "MB"), (3, "kB"), (0, "B")) if count >= 10**k or k == 0)
    return f"{size:.3g} {unit}"


@overload
def lower(source: Network, symbols: None = None, *, dtype: object = "float64", at_zero: int = 0) -> LoweredNetwork: ...
@overload
def lower(source: Any, symbols: Symbols | None = None, *, dtype: object = "float64", at_zero: int = 0) -> Lowered: ...
def lower(
    source: Any, symbols: Symbols | None = None, *, dtype: object = "float64", at_zero: int = 0
) -> Lowered | LoweredNetwork | LoweredArrays:
    """Return a source as a jitted JAX function.

    A SymPy expression needs its `symbols` in order; in it, `sign(0)` is SymPy's 0 and `Heaviside(x, h)` is h at 0. A `Multilinear`
    gives its value, a `PTF` the +-1 sign of its primitive integer polynomial, sgn(0) = -1 unless `at_zero` = 1, a `Network` a
    `LoweredNetwork`, and a mechanism a function of its arrays. dtype is float64, float32, int32 or int64. Raises BadInput for a
    node without a rule (named, with its place), an undeclared symbol, a source of another kind, and an operation that an integer
    type does not have.

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
    if hasattr(source, "lowered"):  # a mechanism, defined above this layer
        return cast(Lowered, source.lowered(kind))
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


def _again(source: Any, symbols: Symbols, dtype: str, at_zero: int) -> Any:
    return lower(source, symbols, dtype=dtype, at_zero=at_zero)


def _names(symbols: Sequence[sympy.Symbol], expected: int | None = None) -> tuple[sympy.Symbol, ...]:
    if isinstance(symbols, set | frozenset | sympy.Set) or not (isinstance(symbols, sympy.Symbol) or isinstance(symbols, Iterable)):
        raise BadInput(f"symbols {symbols} have no order: give a list, in the order of the coordinates")
    names = (symbols,) if isinstance(symbols, sympy.Symbol) else tuple(symbols)
    if wrong := [s for s in names if not isinstance(s, sympy.Symbol | sympy.MatrixSymbol | sympy.IndexedBase)]:
        shown = wrong[0] if is_short(wrong[0]) else type(wrong[0]).__name__
        raise BadInput(f"{shown!r} is not a SymPy symbol: make it with workbench.inputs or Symbol(name, real=True)")
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
