"""Figure of step rules: how fast the direction of attention is learned by gradient steps, normalised, decaying and Polyak's."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.plate import Plate, colours, dashed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEP, STEPS, RECORDS = 0.1, 20_000, 1_000
RULES = {
    "gradient": "gradient",
    "normalised": "normalised",
    "decaying": r"normalised, $\eta/\sqrt{k}$",
    "polyak": "Polyak",
}


@cache
def instance() -> Any:
    """Return two inputs of two tokens, whose margins decay at the rate 1/3 and are known exactly."""
    from workbench.dynamics.token_inputs import TokenInputs

    return TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], [0.5, 0]])


@cache
def predicted() -> tuple[np.ndarray, float, float]:
    """Return W^mm of the instance, its length, and the length of the offset matrix across it, which |W| e tends to."""
    from workbench.dynamics.asymptotics import law

    found = law(instance(), (0, 0))
    least = np.asarray(found.margin.point, dtype="float64")
    length = float(np.linalg.norm(least))
    across = found.offset_matrix - least * (least @ found.offset_matrix) / length**2
    return least, length, float(np.linalg.norm(across))


@cache
def descent(rule: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps done, about evenly spaced in their logarithm, the length of W and the distance of its direction."""
    from workbench.dynamics.token_runs import Draws, select

    seen = select(Draws.of(instance()), (np.zeros((1, 2, 2)),), rule=rule, eta=STEP, steps=STEPS, records=RECORDS)
    chosen = np.unique(np.geomspace(1, RECORDS, 120).round().astype(int)) - 1
    flat = seen.weights[0, chosen].reshape(len(chosen), -1)
    length = np.linalg.norm(flat, axis=1)
    least, size, _ = predicted()
    return seen.clock[chosen], length, np.linalg.norm(flat / length[:, None] - least / size, axis=1)


def lengths(rule: str, steps: np.ndarray) -> np.ndarray:
    """Return the leading length of W after so many steps, from the rule and W^mm alone."""
    size = predicted()[1]
    grown = {"gradient": size * np.log(STEP * steps), "normalised": STEP * steps, "decaying": 2 * STEP * np.sqrt(steps)}
    return np.asarray(grown.get(rule, STEP * size * steps))


def errors(ax: Axes) -> Axes:
    """Draw the distance of the direction from that of W^mm against the steps, over the lines predicted."""
    for (rule, name), colour in zip(RULES.items(), colours(), strict=False):
        steps, _, error = descent(rule)
        ax.plot(steps, error, color=colour, label=name)
        late = steps > 300
        line = predicted()[2] / lengths(rule, steps[late])
        dashed(ax, steps[late], line)
    ax.set(xscale="log", yscale="log", xlabel="steps $k$", ylabel="distance of directions $e$", xlim=(20, STEPS))
    ax.set_title("Directions")
    ax.legend(loc="lower left")
    return ax


def spreads(ax: Axes) -> Axes:
    """Draw |W| times the distance of directions against the length of W, over its limit."""
    for (rule, name), colour in zip(RULES.items(), colours(), strict=False):
        _, length, error = descent(rule)
        ax.plot(length, length * error, color=colour, label=name)
    limit = predicted()[2]
    dashed(ax, [0.1, STEP * STEPS], [limit, limit])
    ax.set(xscale="log", xlabel="$|W|$", ylabel="$|W|\\, e$", ylim=(0, 1.8 * limit))
    ax.set_title("Distances across the direction")
    ax.legend(loc="lower right")
    return ax


def polyak_steps(ax: Axes) -> Axes:
    """Draw the length of W over the steps times their factor, for normalised and Polyak steps, over 1 and |W^mm|."""
    for rule, colour, limit in (("normalised", colours()[1], 1.0), ("polyak", colours()[3], predicted()[1])):
        steps, length, _ = descent(rule)
        ax.plot(steps, length / (STEP * steps), color=colour, label=RULES[rule])
        dashed(ax, [1, STEPS], [limit, limit])
    ax.set(xscale="log", xlabel="steps $k$", ylabel=r"$|W| / (\eta k)$", xlim=(20, STEPS), ylim=(0, 1.25))
    ax.set_title("Lengths of steps")
    ax.legend(loc="lower right")
    return ax


PLATES = {
    "step_rules": Plate(
        (errors, spreads, polyak_steps),
        "The instance of two inputs with rate 1/3, steps of η = 1/10 from W = 0. Left, the distance of the direction of W from "
        "that of the maximum-margin solution; dashed, what that solution predicts: 1/ln k, 1/k and 1/√k times a constant that "
        "is not fitted. Middle, this distance times |W| tends to the same number for each rule. Right, steps after Polyak's "
        "rule tend to the length η |W^mm| (dashed), not η.",
        ("direction_error_rates_by_step_rule", "polyak_step_eq_scaled_normalised_step", "polyak_step_eq_normalised_step"),
        (12.0, 4.0),
    ),
}
