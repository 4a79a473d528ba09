"""`Flow`: the right-hand side of an ordinary differential equation, derived exactly from a loss or given as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from workbench.dynamics.softmax import textbook
from workbench.errors import BadInput
from workbench.expressions import latex

if TYPE_CHECKING:
    from workbench.dynamics.conserving import Quantity
    from workbench.dynamics.descending import Descent
    from workbench.dynamics.fields import Field
    from workbench.dynamics.objectives import Loss, Wired
    from workbench.dynamics.second import Comparison
    from workbench.dynamics.trajectory import Trajectory
    from workbench.network import Network

Variables = Sequence[sympy.Symbol | sympy.MatrixBase]


@dataclass(frozen=True)
class Flow:
    """The flow x' = rhs(x) of real variables, in SymPy.

    `parameters` are constants that take values at a run; `slopes` are symbols that may vary in any way, such as the derivatives of
    a loss that is not given; `decay` is the weight decay mu, whose term -mu x is part of `rhs`. Build it by a named constructor.

    >>> u, v, s = sympy.symbols("u v s", real=True)
    >>> flow = Flow.from_loss((s - u*v)**2 / 2, [u, v])
    >>> flow.rhs, flow.parameters
    ((v*(s - u*v), u*(s - u*v)), (s,))
    >>> [q.expr for q in flow.conserved()]
    [u**2 - v**2]
    >>> Flow.from_loss((s - u*v)**2 / 2, [u, u])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: variable u stands twice
    """

    rhs: tuple[sympy.Expr, ...]
    variables: tuple[sympy.Symbol, ...]
    parameters: tuple[sympy.Symbol, ...] = ()
    slopes: tuple[sympy.Symbol, ...] = ()
    loss: sympy.Expr | None = None
    decay: sympy.Expr = sympy.S.Zero
    blocks: tuple[sympy.ImmutableMatrix, ...] = field(default=(), repr=False)

    @classmethod
    def from_loss(
        cls,
        loss: sympy.Expr,
        variables: Variables,
        *,
        parameters: Sequence[sympy.Symbol] | None = None,
        decay: sympy.Expr | int = 0,
    ) -> Flow:
        """Return the gradient flow x' = -grad loss - decay x.

        `variables` are symbols or matrices of symbols, in the order of the state. The other symbols are the parameters, by name.
        Raises BadInput for a loss that is not an expression or has no derivative, and for variables that repeat.
        """
        names, blocks = _variables(variables)
        loss, mu = _expression(loss), _expression(decay)
        if varying := mu.free_symbols & set(names):
            raise BadInput(f"decay {mu} depends on the variable {min(map(str, varying))}: put what varies into the loss")
        rhs = tuple(-sympy.diff(loss, x) - mu * x for x in names)
        return cls._of(rhs, names, blocks, parameters, loss=loss, decay=mu)

    @classmethod
    def of_network(
        cls,
        network: Network | Wired,
        data: Sequence[tuple[Any, Any]],
        variables: Variables | None = None,
        *,
        loss: Loss | None = None,
        parameters: Sequence[sympy.Symbol] | None = None,
        decay: sympy.Expr | int = 0,
    ) -> Flow:
        """Return the gradient flow of the mean loss of a network, or a mechanism, over data points (point, target).

        A point gives the inputs of a network, or one matrix for each input of a mechanism, and may hold trainable symbols. `loss`
        takes outputs and targets, by default half their squared distance; `variables` are all symbols, by name, unless given.
        Raises BadInput as `from_loss` and `objectives.mean_loss` do.

        >>> from workbench.mechanisms import mechanism
        >>> x, (Q, K, V) = sympy.Matrix([1, 2]), (entries(name, 1, 1) for name in "QKV")
        >>> flow = Flow.of_network(mechanism("softmax"), [((x * Q, x * K, x * V), (1, 0))], [Q, K, V])
        >>> [str(q) for q in flow.conserved()]
        ['-K_00**2 + Q_00**2']
        >>> round(float(flow.run([1, 0.5, 0.1], t1=10.0).energy[-1]), 3)
        0.259
        """
        from workbench.dynamics.objectives import mean_loss, squared_error

        total = mean_loss(network, data, loss or squared_error)
        chosen = sorted(total.free_symbols, key=str) if variables is None else variables
        return cls.from_loss(total, chosen, parameters=parameters, decay=decay)

    @classmethod
    def from_rhs(
        cls,
        rhs: Sequence[sympy.Expr],
        variables: Variables,
        *,
        parameters: Sequence[sympy.Symbol] | None = None,
        slopes: Sequence[sympy.Symbol] = (),
    ) -> Flow:
        """Return the flow with this right-hand side, a gradient or not.

        Raises BadInput unless there is one expression for each variable.

        >>> x = sympy.Symbol("x", real=True)
        >>> Flow.from_rhs([x, 1], [x])
        Traceback (most recent call last):
            ...
        workbench.errors.BadInput: 2 right-hand sides for 1 variables: give one for each
        """
        names, blocks = _variables(variables)
        given = _expressions(rhs)
        if len(given) != len(names):
            raise BadInput(f"{len(given)} right-hand sides for {len(names)} variables: give one for each")
        return cls._of(given, names, blocks, parameters, slopes=tuple(slopes))

    @classmethod
    def of_any_loss(cls, outputs: Sequence[sympy.Expr], variables: Variables) -> Flow:
        """Return the gradient flow of an arbitrary loss of these outputs: the slopes dl/df_i are symbols g0, g1, ...

        What it conserves is conserved whatever the loss and the data are; it cannot be run.

        >>> q, k = sympy.symbols("q k", real=True)
        >>> flow = Flow.of_any_loss([q * k], [q, k])
        >>> flow.rhs, [i.expr for i in flow.conserved()]
        ((-g0*k, -g0*q), [-k**2 + q**2])
        """
        names, blocks = _variables(variables)
        values = _expressions(outputs)
        if not values:
            raise BadInput("no outputs: give one at least")
        slopes = tuple(sympy.Symbol(f"g{i}", real=True) for i in range(len(values)))
        if taken := {str(g) for g in slopes} & {str(s) for f in values for s in f.free_symbols}:
            raise BadInput(f"{min(taken)} is the name of a slope of the loss: give your symbol another")
        rhs = (sympy.Add(*(-g * sympy.diff(f, x) for g, f in zip(slopes, values, strict=True))) for x in names)
        return cls._of(tuple(rhs), names, blocks, None, slopes=slopes)

    @classmethod
    def _of(
        cls,
        rhs: tuple[sympy.Expr, ...],
        names: tuple[sympy.Symbol, ...],
        blocks: tuple[sympy.ImmutableMatrix, ...],
        parameters: Sequence[sympy.Symbol] | None,
        **more: Any,
    ) -> Flow:
        if bad := [e for e in rhs if e.has(sympy.Derivative, sympy.Subs, sympy.nan, sympy.zoo, sympy.oo, sympy.I)]:
            raise BadInput(f"the right-hand side {bad[0]} is no real expression: give unknown functions a definition")
        known = {*names, *more.get("slopes", ())}
        free = sorted({s for e in (*rhs, more.get("loss") or 0) for s in sympy.S(e).free_symbols} - known, key=str)
        if isinstance(parameters, (str, sympy.Symbol)):
            raise BadInput(f"parameters {parameters!r}: give a list of symbols")
        parameters = free if parameters is None else list(parameters)
        if both := [s for s in parameters if s in known or parameters.count(s) > 1]:
            raise BadInput(f"parameter {both[0]} stands twice, or is a variable or slope too: name it once")
        _accept_names([*known, *parameters, *free])
        if missing := [s for s in free if s not in parameters]:
            raise BadInput(f"{missing[0]} is neither a variable nor a parameter")
        return cls(rhs, names, tuple(parameters), blocks=blocks, **more)

    @cached_property
    def field(self) -> Field:
        """The right-hand side as a compiled float64 function; see `Field`."""
        from workbench.dynamics.fields import Field

        return Field.of(self)

    @cached_property
    def explicit(self) -> tuple[sympy.Expr, ...]:
        """The right-hand side with every softmax written out, for exact algebra."""
        return tuple(textbook(e) for e in self.rhs)

    def derivative(self, expr: sympy.Expr) -> sympy.Expr:
        """Return the time derivative of an expression of the variables along the flow. Raises BadInput for what is none.

        >>> x = sympy.Symbol("x", real=True)
        >>> Flow.from_rhs([-x], [x]).derivative(x**2)
        -2*x**2
        """
        value = _expression(expr)
        return sympy.Add(*(sympy.diff(value, x) * f for x, f in zip(self.variables, self.explicit, strict=True)))

    def at(self, values: Mapping[sympy.Symbol | str, Any]) -> Flow:
        """Return the flow with exact values for some parameters.

        Raises BadInput for a name that is no parameter and a value that is no exact number.
        """
        if not isinstance(values, Mapping):
            raise BadInput(f"values {values!r}: give a mapping from parameters, such as {{'s': 1}}")
        chosen = {self.parameter(name): _exact(value) for name, value in values.items()}
        rest = tuple(p for p in self.parameters if p not in chosen)
        return Flow(
            tuple(e.xreplace(chosen) for e in self.rhs),
            self.variables,
            rest,
            self.slopes,
            None if self.loss is None else self.loss.xreplace(chosen),
            self.decay.xreplace(chosen),
            self.blocks,
        )

    def without_decay(self) -> Flow:
        """Return the flow of the loss alone."""
        if self.decay == 0:
            return self
        rhs = tuple(sympy.expand(f + self.decay * x) for x, f in zip(self.variables, self.rhs, strict=True))
        return Flow(rhs, self.variables, self.parameters, self.slopes, self.loss, blocks=self.blocks)

    def parameter(self, name: sympy.Symbol | str) -> sympy.Symbol:
        """Return the parameter of this name. Raises BadInput if there is none."""
        found = next((p for p in self.parameters if p == name or str(p) == str(name)), None)
        if found is None:
            raise BadInput(
                f"{name} is no parameter of this flow, whose parameters are {', '.join(map(str, self.parameters)) or 'none'}"
            )
        return found

    def run(self, initial: Any, *, t1: float, **options: Any) -> Trajectory | tuple[Trajectory, ...]:
        """Return the trajectory from `initial` to the time `t1`; options as in `integration.run`.

        `initial` is an array of shape (variables,), a mapping from variables, or an array of shape (runs, variables).
        """
        from workbench.dynamics import integration

        return integration.run(self, initial, t1=t1, **options)

    def descend(self, initial: Any, *, rule: str = "gd", step: float, steps: int, **options: Any) -> Descent:
        """Return what a discrete rule (gd, ngd, polyak, momentum, adam) does on the loss; options as in `descending.descend`."""
        from workbench.dynamics import descending

        return descending.descend(self, initial, rule=rule, step=step, steps=steps, **options)

    def conserved(self, degree: int = 2, **options: Any) -> tuple[Quantity, ...]:
        """Return conserved quantities, each with an exact identity that was checked; options as in `conserving.conserved`."""
        from workbench.dynamics import conserving

        return conserving.conserved(self, degree, **options)

    def quantity(self, expr: sympy.Expr, *, rate: sympy.Expr | int = 0) -> Quantity:
        """Return the unproved statement that an expression is conserved (or decays at this rate) along the flow.

        Raises BadInput for floats, and a rate that is not constant along the flow.
        """
        from workbench.dynamics import conserving

        statement, decline = _expression(expr), _expression(rate)
        if statement.has(sympy.Float) or decline.has(sympy.Float):
            raise BadInput(f"{statement} at the rate {decline} holds a float, which rounds: write a Rational")
        if varying := decline.free_symbols & set(self.variables):
            raise BadInput(f"rate {decline} depends on the variable {min(map(str, varying))}: a rate is constant along the flow")
        return conserving.Quantity(self, statement, decline)

    def check(self, trajectory: Trajectory, **options: Any) -> Comparison:
        """Return how far a second integrator, of SciPy, is from a trajectory of this flow; options as in `second.compare`."""
        from workbench.dynamics import second

        return second.compare(self, trajectory, **options)

    def latex(self) -> str:
        """Return the equations in LaTeX, one line for each variable."""
        lines = (rf"\dot{{{latex(x)}}} &= {latex(f)}" for x, f in zip(self.variables, self.explicit, strict=True))
        return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def entries(name: str, rows: int, columns: int) -> sympy.ImmutableMatrix:
    """Return a matrix of real symbols, name_00, name_01, ...

    >>> entries("W", 1, 2)
    Matrix([[W_00, W_01]])
    """
    return sympy.ImmutableMatrix(rows, columns, lambda i, j: sympy.Symbol(f"{name}_{i}{j}", real=True))


def _variables(given: Variables) -> tuple[tuple[sympy.Symbol, ...], tuple[sympy.ImmutableMatrix, ...]]:
    if isinstance(given, (str, sympy.Basic, set, frozenset)) or not isinstance(given, Iterable):
        raise BadInput(f"variables {given!r}: give a list of symbols or matrices of symbols, in the order of the state")
    blocks = []
    for item in given:
        cells = list(item) if isinstance(item, sympy.MatrixBase) else [item]
        if not all(isinstance(x, sympy.Symbol) for x in cells):
            raise BadInput(f"{item} is not a symbol or a matrix of symbols")
        if unreal := [x for x in cells if x.is_real is False or x.is_integer or (x.is_complex and x.is_real is None)]:
            raise BadInput(f"variable {unreal[0]} is assumed to be an integer or not real: a flow moves real symbols, real=True")
        blocks.append(sympy.ImmutableMatrix(item if isinstance(item, sympy.MatrixBase) else [[item]]))
    names = tuple(x for block in blocks for x in block)
    if not names:
        raise BadInput("a flow without variables: give one at least")
    if twice := next((x for i, x in enumerate(names) if x in names[:i]), None):
        raise BadInput(f"variable {twice} stands twice")
    return names, tuple(blocks)


def _accept_names(symbols: Iterable[sympy.Symbol]) -> None:
    """Raise BadInput if two symbols are written alike: SymPy tells x from a real x, and the derivative by the other is 0."""
    written: dict[str, sympy.Symbol] = {}
    for symbol in symbols:
        if written.setdefault(str(symbol), symbol) != symbol:
            raise BadInput(f"two symbols with different assumptions are written {symbol}: make them one")


def _expressions(given: Any) -> tuple[sympy.Expr, ...]:
    if isinstance(given, (str, sympy.Expr)) or not isinstance(given, Iterable):
        raise BadInput(f"{given!r} for a list of expressions: give one for each, such as [-x, -y]")
    return tuple(map(_expression, given))


def _expression(value: Any) -> sympy.Expr:
    if isinstance(value, int) and not isinstance(value, bool):
        return sympy.Integer(value)
    if isinstance(value, sympy.MatrixBase) and value.shape == (1, 1):
        return value[0, 0]
    if not isinstance(value, sympy.Expr):
        raise BadInput(f"{value!r} is not a SymPy expression")
    return value


def _exact(value: Any) -> sympy.Expr:
    expr = sympy.Rational(value.numerator, value.denominator) if hasattr(value, "denominator") else _expression(value)
    if not (expr.is_number and expr.is_real) or expr.has(sympy.Float):
        raise BadInput(f"{value!r} is no exact real number: give an integer, a Fraction or a Rational")
    return expr
