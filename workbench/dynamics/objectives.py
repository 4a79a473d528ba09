"""The mean loss of a network or a mechanism over data points, as an expression of whatever symbols its weights and inputs hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import sympy

from workbench.dynamics.softmax import SoftmaxMean, softmax_mean
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Value, exact, symbolic

KINKED = ("threshold", "sign", "relu")

Loss = Callable[[Sequence[sympy.Expr], Sequence[sympy.Expr]], sympy.Expr]


class Shaped(Protocol):
    """An input of a mechanism: its name, and its shape in letters."""

    name: str
    shape: tuple[str, ...]


class Wired(Protocol):
    """A mechanism: named matrices come in, and for given sizes it is a network."""

    inputs: tuple[Shaped, ...]

    def network(self, n: int, d: int, dv: int) -> Network:
        """Return the network of these sizes."""
        ...


def squared_error(outputs: Sequence[sympy.Expr], targets: Sequence[sympy.Expr]) -> sympy.Expr:
    """Return half the squared distance of outputs from targets.

    >>> f, y = sympy.symbols("f y", real=True)
    >>> squared_error([f], [y])
    (f - y)**2/2
    """
    return sympy.Add(*((f - y) ** 2 for f, y in zip(outputs, targets, strict=True))) / 2


def mean_loss(model: Network | Wired, data: Sequence[tuple[Any, Any]], loss: Loss) -> sympy.Expr:
    """Return the mean of loss(outputs, targets) over data points, each softmax a cancellation-free `softmax_mean`.

    A point gives the inputs of a network in order or by name, those of a mechanism as one matrix each; entries are exact numbers or
    expressions of symbols. Raises BadInput for no data, points and targets that do not fit, and a unit that is not smooth.

    >>> from workbench.units import affine
    >>> w = sympy.Symbol("w", real=True)
    >>> mean_loss(Network.of(["x"], [affine("f", {"x": w})], ["f"]), [((2,), 1), ((1,), 0)], squared_error)
    w**2/4 + (2*w - 1)**2/4
    >>> mean_loss(Network.of(["x"], [affine("f", {"x": w}, transfer="sign")], ["f"]), [((2,), 1)], squared_error)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: unit f has the transfer sign, which is not smooth: take logistic or tanh
    """
    if not len(data):
        raise BadInput("no data: give (point, target) for one point at least")
    parts = [_loss(*_fed(model, point), _flat(target), loss) for point, target in data]
    return sympy.Add(*parts) / len(parts)


def _loss(network: Network, point: Mapping[str, sympy.Expr], targets: list[sympy.Expr], loss: Loss) -> sympy.Expr:
    if bad := next((unit for unit in network.units if unit.transfer in KINKED), None):
        raise BadInput(f"unit {bad.name} has the transfer {bad.transfer}, which is not smooth: take logistic or tanh")
    if len(targets) != len(network.outputs):
        raise BadInput(f"{len(targets)} targets for {len(network.outputs)} outputs: give one for each")
    values = {symbol: point[str(symbol)] for symbol in network.symbols}
    outputs = [joined(e.xreplace(values)) for e in network.as_expr(softmax=_share)]
    return loss(outputs, targets)


def _share(activation: Value, group: Sequence[Value]) -> sympy.Expr:
    """Return one softmax weight: the mean of 1 for this entry and 0 for the others."""
    return softmax_mean([sympy.Integer(k == group.index(activation)) for k in range(len(group))], [symbolic(a) for a in group])


def joined(expr: sympy.Expr) -> sympy.Expr:
    """Return an expression in which sums of softmax means with the same logits are one mean: only score differences count then.

    >>> a, b, v = sympy.symbols("a b v", real=True)
    >>> joined(v * softmax_mean([1, 0], [a, b]) + 2 * softmax_mean([0, 1], [a, b]))
    SoftmaxMean(v, 2, a, b)
    """
    return expr.replace(lambda e: isinstance(e, sympy.Add), _joined)


def _joined(total: sympy.Add) -> sympy.Expr:
    rest: list[sympy.Expr] = []
    rows: dict[tuple[sympy.Expr, ...], list[list[sympy.Expr]]] = {}
    for term in total.args:
        means = [f for f in sympy.Mul.make_args(term) if isinstance(f, SoftmaxMean)]
        if len(means) != 1:
            rest.append(term)
        else:
            factor = sympy.Mul(*(f for f in sympy.Mul.make_args(term) if f is not means[0]))
            rows.setdefault(means[0].logits, []).append([factor * s for s in means[0].scores])
    sums = [softmax_mean([sympy.Add(*scores) for scores in zip(*row, strict=True)], logits) for logits, row in rows.items()]
    return sympy.Add(*rest, *sums)


def _fed(model: Network | Wired, point: Any) -> tuple[Network, dict[str, sympy.Expr]]:
    """Return the network of a model and its inputs by name."""
    if not isinstance(model, Network):
        try:
            matrices = [sympy.Matrix(m) for m in point]
        except (TypeError, ValueError):
            raise BadInput(f"a point {str(point)[:60]} for a mechanism: give one matrix for each input") from None
        if len(matrices) != len(model.inputs):
            raise BadInput(f"{len(matrices)} matrices for the inputs {', '.join(t.name for t in model.inputs)}: give one for each")
        sizes = {"n": 1, "d": 1, "dv": 1}
        for tensor, matrix in zip(model.inputs, matrices, strict=True):
            sizes |= dict(zip(tensor.shape, matrix.shape, strict=False))
        for tensor, matrix in zip(model.inputs, matrices, strict=True):
            wanted = (*(sizes[letter] for letter in tensor.shape), 1)[:2]
            if matrix.shape != wanted:
                raise BadInput(f"{tensor.name} of shape {matrix.shape}: the others ask for {wanted}")
        return _fed(model.network(sizes["n"], sizes["d"], sizes["dv"]), [e for m in matrices for e in m])
    named = dict(point) if isinstance(point, Mapping) else dict(zip(model.inputs, point, strict=False))
    if set(named) != set(model.inputs) or len(named) != len(point):
        raise BadInput(f"a point of {len(point)} values for the {len(model.inputs)} inputs of {model!r}: give one for each")
    return model, {name: symbolic(exact(value)) for name, value in named.items()}


def _flat(target: Any) -> list[sympy.Expr]:
    if isinstance(target, (sympy.MatrixBase, Sequence)):
        return [symbolic(exact(y)) for y in target]
    return [symbolic(exact(target))]
