"""Conserved quantities of a flow: proposed by linear algebra, symmetry and separation, returned only with an exact identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import sympy
from sympy.polys.matrices import DomainMatrix

from workbench.dynamics.ansatz import MOST_TERMS, polynomial_invariants, size
from workbench.dynamics.separation import refuted, separated
from workbench.dynamics.symmetry import symmetric
from workbench.errors import BadInput, Rejected
from workbench.expressions import latex, shown
from workbench.identity import Identity

if TYPE_CHECKING:
    from workbench.dynamics.flow import Flow
    from workbench.dynamics.stepping import Progress
    from workbench.dynamics.trajectory import Trajectory

SOURCES = ("ansatz", "symmetry", "separation")


@dataclass(frozen=True)
class Quantity:
    """The statement that `expr` obeys dI/dt = -rate I along a flow: conserved if the rate is 0.

    >>> from workbench.dynamics.flow import Flow
    >>> u, v = sympy.symbols("u v", real=True)
    >>> flow = Flow.of_any_loss([u * v], [u, v])
    >>> flow.quantity(u**2 - v**2).check()
    >>> flow.quantity(u**2 + v**2).check()
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: u**2 + v**2 has the derivative -4*g0*u*v along the flow
    """

    flow: Flow = field(repr=False)
    expr: sympy.Expr
    rate: sympy.Expr = sympy.S.Zero

    @cached_property
    def derivative(self) -> sympy.Expr:
        """dI/dt + rate I along the flow, which vanishes if the statement holds."""
        return self.flow.derivative(self.expr) + self.rate * self.expr

    def check(self) -> None:
        """Decide the statement exactly; raises Rejected if the derivative does not vanish identically."""
        if all(map(_vanishes, (sympy.diff(self.expr, x) for x in self.flow.variables))):
            raise Rejected(f"{shown(self.expr)} is constant in each of the flow's variables: it says nothing")
        total = self.derivative
        if not _vanishes(total):
            raise Rejected(f"{shown(self.expr)} has the derivative {shown(total)} along the flow")

    def drift(self, trajectory: Trajectory) -> float:
        """Return the largest departure from I(0) exp(-rate t) at the ends of steps, relative to max(1, |I(0)|).

        Raises BadInput for what is no trajectory.
        """
        if not hasattr(trajectory, "along"):
            raise BadInput(f"a {type(trajectory).__name__} for a trajectory: give what run returns, of a stack one at a time")
        path = trajectory.along(self.expr)
        rate = float(trajectory.along(self.rate)[0])
        return float(np.abs(path - path[0] * np.exp(-rate * trajectory.ts)).max() / max(1.0, abs(path[0])))

    def latex(self) -> str:
        """Return the statement in LaTeX.

        >>> from workbench.dynamics.flow import Flow
        >>> x, y, mu = sympy.symbols("x y mu", real=True)
        >>> flow = Flow.from_rhs([-mu * x, y], [x, y])
        >>> print(flow.quantity(x, rate=mu).latex())
        \\frac{d}{dt}\\left[x\\right] = - \\mu \\left[x\\right]
        """
        body = rf"\left[{latex(self.expr)}\right]"
        return rf"\frac{{d}}{{dt}}{body} = " + ("0" if self.rate == 0 else f"{latex(-self.rate)} {body}")

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def __str__(self) -> str:
        return str(self.expr)


def _vanishes(expr: sympy.Expr) -> bool:
    """Decide exactly whether an expression is 0 identically."""
    if expr == 0:
        return True
    try:
        Identity.of(expr, 0).check()
    except Rejected:
        return False
    return True


def conserved(flow: Flow, degree: int = 2, *, by: str | None = None, progress: Progress | None = None) -> tuple[Quantity, ...]:
    """Return the conserved quantities that are found up to a degree, each checked by an exact identity.

    `by` is "ansatz" (all polynomials of the variables up to the degree, with exponentials of the flow), "symmetry" (sums, norms and
    balances of whole blocks of variables, for any size) or "separation" (pairs of variables whose equations separate); by default
    the ansatz where it is small enough, else symmetry, and then separation. No quantity is a function of those before it. With
    weight decay mu, homogeneous quantities decay at the rate mu times their degree. `progress` is called with the source at hand,
    how many of its proposals are decided, and their number; Ctrl-C stops at any time. Raises BadInput for a bad argument, and for
    an ansatz that is too large.

    >>> from workbench.dynamics.flow import Flow
    >>> u, v, s, mu = sympy.symbols("u v s mu", real=True)
    >>> decaying = Flow.from_loss((s - sympy.exp(u) * v)**2 / 2, [u, v])
    >>> [str(q) for q in decaying.conserved()]
    ['-2*u + v**2']
    >>> [(str(q), q.rate) for q in Flow.from_loss((s - u * v)**2 / 2, [u, v], decay=mu).conserved()]
    [('u**2 - v**2', 2*mu)]
    """
    if isinstance(degree, bool) or not isinstance(degree, int) or degree < 1:
        raise BadInput(f"degree {degree!r} is not an integer from 1 on")
    if by is not None and by not in SOURCES:
        raise BadInput(f"by = {by!r} is not one of {', '.join(SOURCES)}")
    terms = size(flow, degree)
    if by == "ansatz" and terms > MOST_TERMS:
        raise BadInput(f"an ansatz of {terms} terms > {MOST_TERMS}: lower the degree, or take by='symmetry'")
    chosen = (by,) if by else ("ansatz" if terms <= MOST_TERMS else "symmetry", "separation")
    found: list[Quantity] = []
    for source in chosen:
        if progress:
            progress(f"{source}, proposing", 0, 1)
        proposals = sorted(_proposed(flow, degree, source), key=_height)
        for k, quantity in enumerate(proposals):
            if progress:
                progress(f"{source}, deciding", k, len(proposals))
            if _independent(quantity, found) and _holds(quantity):
                found.append(quantity)
    return tuple(found)


def _proposed(flow: Flow, degree: int, source: str) -> Iterator[Quantity]:
    bare = flow.without_decay()
    made = {"symmetry": symmetric, "separation": separated}
    for expr in made[source](bare) if source in made else polynomial_invariants(bare, degree):
        if flow.decay == 0:
            yield Quantity(flow, expr)
        elif (power := _homogeneous(expr, flow)) is not None:
            yield Quantity(flow, expr, power * flow.decay)


def _height(quantity: Quantity) -> int:
    """Return the degree of a polynomial, large for what is none: simple quantities come first."""
    names = quantity.flow.variables
    return int(sympy.Poly(quantity.expr, *names).total_degree()) if quantity.expr.is_polynomial(*names) else 1 << 30


def _homogeneous(expr: sympy.Expr, flow: Flow) -> int | None:
    """Return the degree of a homogeneous polynomial in the variables, or None."""
    if not expr.is_polynomial(*flow.variables):
        return None
    poly = sympy.Poly(expr, *flow.variables)
    return poly.homogeneous_order() if poly.is_homogeneous else None


def _holds(quantity: Quantity) -> bool:
    if refuted(quantity.derivative):
        return False
    try:
        quantity.check()
    except (Rejected, BadInput):
        return False
    return True


def _independent(quantity: Quantity, found: list[Quantity]) -> bool:
    """Say whether the gradient is independent of those found, by exact rank with random rationals for symbols and functions.

    What depends on the others is left out; a point at which the rank happens to be lower costs a quantity, no more.
    """
    draw = Random(0)
    values: dict[sympy.Basic, sympy.Rational] = {}

    def number(atom: sympy.Basic) -> sympy.Rational:
        return values.setdefault(atom, sympy.Rational(draw.randint(-999, 999), 101))

    rows = []
    for q in (*found, quantity):
        slopes = [sympy.diff(q.expr, x) for x in q.flow.variables]
        rows.append([e.replace(lambda a: a.is_Function, number).replace(lambda a: a.is_Symbol, number) for e in slopes])
    return bool(DomainMatrix.from_Matrix(sympy.Matrix(rows)).to_field().rank() == len(rows))
