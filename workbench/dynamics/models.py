"""The named models: flows of gates, deep linear networks, attention and tokens, ready to run."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import sympy

from workbench.dynamics import pathways, solutions
from workbench.dynamics.flow import Flow, entries
from workbench.dynamics.instances import Instance, Model
from workbench.dynamics.riccati import BalancedRiccati
from workbench.dynamics.softmax import softmax_mean
from workbench.dynamics.solutions import exact
from workbench.dynamics.trajectory import Trajectory
from workbench.errors import BadInput


def _uv(s: Any, u: Any, v: Any) -> Instance:
    return Instance.of_form(solutions.uv(u, v, s))


def _gate(target: Any, u: Any, v: Any) -> Instance:
    return Instance.of_form(pathways.gated_value(target, u, v))


def _deep_mode(depth: Any, s: Any, a: Any) -> Instance:
    return Instance.of_form(solutions.deep_mode(_whole("depth", depth, 2, 12), s, a))


def _deep_linear(s1: Any, s2: Any, scale: Any, seed: Any) -> Instance:
    """Two balanced layers of width 2, not aligned with the target, whose product has a closed form."""
    first, second = entries("A", 2, 2), entries("B", 2, 2)
    target = sympy.diag(exact(s1), exact(s2))
    gap = target - second * first
    draw = Random(_whole("seed", seed, 0, 10**9))
    start = np.array([[draw.randint(-9, 9) for _ in range(2)] for _ in range(2)]) * float(scale) / 9
    known = BalancedRiccati.of(np.array(target, "float64"), start, start.T)

    def compared(run: Trajectory) -> float:
        chosen = np.unique(np.linspace(0, len(run.ts) - 1, 25).astype(int))
        layers = run.states[chosen].reshape(-1, 2, 2, 2)
        return float(np.abs(layers[:, 1] @ layers[:, 0] - known.products(run.ts[chosen])).max())

    flow = Flow.from_loss((gap * gap.T).trace() / 2, [first, second])
    return Instance(flow, (*start.ravel(), *start.T.ravel()), known, compared)


def _gated_linear(paths: Any, s: Any, start: Any, shared: Any) -> Instance:
    return Instance.of_form(pathways.gated_race(_whole("paths", paths, 1, 6), s, start, shared))


def _two_token(gap: Any, z: Any) -> Instance:
    return Instance.of_form(solutions.two_token(gap, z))


TOKENS = (((2, 0), (0, 0)), ((1, 1), (0, 0)))  # two inputs of two tokens, whose margins decay at different rates
QUERIES = ((1, 0), (1, 1))
SCORES = ((Fraction(1), Fraction(0)), (Fraction(1, 2), Fraction(0)))


def selection_loss(weights: sympy.MatrixBase) -> sympy.Expr:
    """Return the logistic loss of two inputs of two tokens, whose logits are x_t^T W z, as a function of W (2 x 2).

    >>> from workbench.dynamics.softmax import textbook
    >>> textbook(selection_loss(sympy.zeros(2, 2))).evalf(6)
    0.525008
    """
    losses = []
    for tokens, query, scores in zip(TOKENS, QUERIES, SCORES, strict=True):
        logits = [(sympy.Matrix([x]) * weights * sympy.Matrix(query))[0, 0] for x in tokens]
        losses.append(sympy.log(1 + sympy.exp(-softmax_mean([exact(g) for g in scores], logits))))
    return sympy.Add(*losses) / len(losses)


def _attention_svm(scale: Any) -> Instance:
    weights = entries("W", 2, 2)
    return Instance(Flow.from_loss(selection_loss(weights), [weights]), tuple(float(scale) * k for k in (1, -1, 1, 1)))


def _key_query(scale: Any) -> Instance:
    keys, queries = entries("K", 2, 2), entries("Q", 2, 2)
    flow = Flow.from_loss(selection_loss(keys * queries.T), [keys, queries])
    return Instance(flow, tuple(float(scale) * k for k in (1, 0, 0, 1, 1, 0, 0, 1)), by="symmetry")


def _linear_attention(examples: Any, scale: Any) -> Instance:
    """One linear head u x^T U^T S w on inputs of covariance diag(2/5, 1/5), in-context regression with the factor 1/2."""
    n, dimension = _whole("examples", examples, 1, 10**6), 2
    spread = sympy.diag(sympy.Rational(2, 5), sympy.Rational(1, 5))
    gamma = (1 + sympy.Rational(1, n)) * spread + spread.trace() / n * sympy.eye(dimension)
    u, inner = sympy.Symbol("u", real=True), entries("U", dimension, dimension)
    product = u * sympy.Matrix(inner)
    loss = (spread.trace() - 2 * (spread**2 * product).trace() + (spread * product.T * spread * gamma * product).trace()) / 2
    size = float(scale) / np.sqrt(2)
    return Instance(Flow.from_loss(loss, [u, inner]), (float(scale), size, 0.0, 0.0, size), by="ansatz")


def _merged_attention(dimension: Any, examples: Any, variance: Any, a: Any) -> Instance:
    whole = _whole("dimension", dimension, 1, 10**6), _whole("examples", examples, 1, 10**6)
    return Instance.of_form(solutions.merged_attention(*whole, variance, a))


def _rank_one_head(eigenvalue: Any, examples: Any, trace: Any, v: Any) -> Instance:
    n, lam = _whole("examples", examples, 1, 10**6), exact(eigenvalue)
    return Instance.of_form(solutions.rank_one_head(lam, (1 + sympy.Rational(1, n)) * lam + exact(trace) / n, v))


def _sphere_tokens(tokens: Any, beta: Any, cosine: Any) -> Instance:
    return Instance.of_form(solutions.equal_cosines(_whole("tokens", tokens, 2, 6), beta, cosine))


def _circle_tokens(beta: Any, angle: Any) -> Instance:
    return Instance.of_form(solutions.two_tokens_on_circle(beta, angle))


def _value_softmax(b0: Any, b1: Any, seed: Any) -> Instance:
    values, scores = entries("V", 2, 2), sympy.symbols("a0 a1", real=True)
    output = exact(b0) * softmax_mean(list(values.row(0)), scores) + exact(b1) * softmax_mean(list(values.row(1)), scores)
    draw = Random(_whole("seed", seed, 0, 10**9))
    start = [draw.randint(-9, 9) / 10 for _ in range(4)]
    return Instance(Flow.from_loss(sympy.log(1 + sympy.exp(-output)), [values, sympy.Matrix([scores])]), (*start, 0.0, 0.0))


def _logistic_regression(scale: Any) -> Instance:
    w = sympy.symbols("w0 w1", real=True)
    points = ((1, 2), (3, -1), (2, 2))
    losses = [sympy.log(1 + sympy.exp(-a * w[0] - b * w[1])) for a, b in points]
    return Instance(Flow.from_loss(sympy.Add(*losses) / len(points), w), (float(scale), -float(scale)))


def _diagonal_net(x0: Any, x1: Any, y: Any, alpha: Any) -> Instance:
    return Instance.of_form(pathways.diagonal_net((x0, x1), y, alpha))


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if exact(value).q != 1 or not least <= value <= most:
        raise BadInput(f"{name} = {value} is not an integer from {least} to {most}")
    return int(value)


HALF, TENTH = Fraction(1, 2), Fraction(1, 10)
_ALL = (
    Model("uv", "two factors of one number", _uv, {"s": 1, "u": HALF, "v": TENTH}, 12.0),
    Model("gate", "a logistic gate times a value", _gate, {"target": Fraction(13, 10), "u": 4 * TENTH, "v": 2 * TENTH}, 30.0),
    Model("deep-mode", "one balanced mode of a deep linear network", _deep_mode, {"depth": 3, "s": 2, "a": TENTH / 2}, 3.0),
    Model("deep-linear", "two balanced linear layers", _deep_linear, {"s1": 3, "s2": 1, "scale": TENTH, "seed": 0}, 4.0),
    Model(
        "gated-linear", "paths that share one map", _gated_linear, {"paths": 2, "s": 1, "start": TENTH * 3, "shared": TENTH}, 6.0
    ),
    Model("two-token-softmax", "the logit of two tokens", _two_token, {"gap": Fraction(7, 10), "z": -1}, 1e8, "log"),
    Model("attention-svm", "a softmax that selects tokens, W", _attention_svm, {"scale": 0}, 1e8, "log"),
    Model("key-query", "a softmax that selects tokens, W = K Q^T, by K and Q", _key_query, {"scale": HALF}, 1e6, "log"),
    Model("linear-attention", "in-context regression, one head", _linear_attention, {"examples": 31, "scale": TENTH}, 400.0),
    Model(
        "merged-attention",
        "in-context regression, merged heads, white inputs",
        _merged_attention,
        {"dimension": 4, "examples": 31, "variance": Fraction(1, 4), "a": Fraction(1, 10_000)},
        60.0,
    ),
    Model(
        "rank-one-head",
        "the strength of one rank-one linear head",
        _rank_one_head,
        {"eigenvalue": Fraction(2, 5), "examples": 31, "trace": 1, "v": Fraction(1, 50)},
        155.0,
    ),
    Model("sphere-tokens", "cosines of tokens that attend", _sphere_tokens, {"tokens": 4, "beta": 1, "cosine": 0}, 4.0),
    Model("circle-tokens", "the angle of two tokens", _circle_tokens, {"beta": 1, "angle": Fraction(5, 2)}, 6.0),
    Model("value-softmax", "values and scores under logistic loss", _value_softmax, {"b0": 1, "b1": 2, "seed": 0}, 1e6, "log"),
    Model("logistic-regression", "a linear classifier on separable data", _logistic_regression, {"scale": HALF}, 1e8, "log"),
    Model("diagonal-net", "a diagonal linear network", _diagonal_net, {"x0": 1, "x1": 3, "y": 1, "alpha": 1}, 8.0),
)
MODELS = {model.name: model for model in _ALL}


def model(name: str) -> Model:
    """Return the model of this name.

    Raises BadInput for another name.

    >>> model("uv").settings["s"]
    1
    >>> model("vu")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no model 'vu': take one of uv, gate, deep-mode, deep-linear, gated-linear, two-token-softmax, \
attention-svm, key-query, linear-attention, merged-attention, rank-one-head, sphere-tokens, circle-tokens, value-softmax, \
logistic-regression, diagonal-net
    """
    if name not in MODELS:
        raise BadInput(f"no model {name!r}: take one of {', '.join(MODELS)}")
    return MODELS[name]
