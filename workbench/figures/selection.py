"""Figures of token selection: cosines with both maximum-margin solutions, paths over their rays, residuals at late times."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.plate import colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWS, STEPS, RECORDS = 100, 1000, 25
SEED = 20
KEYS = ((-0.1, 1.0), (1.0, 0.0), (0.0, 0.0))
SCORES = (1.0, 0.9, 0.0)
STARTS = (1.0, 0.5, 0.0, -0.5, -1.0, -1.5)
LAST = 147.4  # ln(1 + 1e64)


@cache
def correlations(factored: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps, and the cosines of each draw with its Frobenius and nuclear solutions (draws, records)."""
    import jax

    from workbench.dynamics.nuclear import solution
    from workbench.dynamics.token_runs import Draws, select, targets

    key = jax.random.key(SEED)
    draws = Draws.gaussian(key, DRAWS)
    start = draws.starts(key, *((10,) if factored else ()))
    seen = select(draws, start, rule="normalised", eta=0.1, steps=STEPS, records=RECORDS)
    goals = (targets(draws, seen.selected, partial(solution, norm=norm)) for norm in ("frobenius", "nuclear"))
    frobenius, nuclear = map(seen.correlations, goals)
    return seen.clock, frobenius, nuclear


def _directions(ax: Axes, *, factored: bool) -> Axes:
    steps, *cosines = correlations(factored)
    for seen, name, colour, mark in zip(cosines, ("Frobenius", "nuclear"), colours(), ("o", "s"), strict=False):
        low, high = np.quantile(seen, (0.1, 0.9), axis=0)
        ax.fill_between(steps, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(steps, seen.mean(axis=0), mark, ls="-", color=colour, ms=3, label=name)
    ax.axhline(1, color=ink("line"), lw=0.8, linestyle=(0, (5, 3)))
    ax.set(xlabel="normalised steps", ylabel="cosine with the solution", xlim=(0, STEPS), ylim=(0, 1.05))
    ax.set_title("$K$ and $Q$ trained" if factored else "$W$ trained")
    ax.legend(loc="lower right", title="least norm")
    return ax


weights_panel = partial(_directions, factored=False)
factors_panel = partial(_directions, factored=True)


@cache
def paths() -> tuple[np.ndarray, np.ndarray]:
    """Return the paths of p (starts, records, 2) for the three-token example, and the token that each selects."""
    from workbench.dynamics.token_inputs import TokenInputs
    from workbench.dynamics.token_runs import Draws, select

    inputs = TokenInputs.prompted([KEYS], [SCORES])
    draws = Draws.of(*[inputs] * len(STARTS))
    start = np.array([[[0.0], [y]] for y in STARTS])
    seen = select(draws, (start,), rule="normalised", eta=0.1, steps=200, records=100)
    return np.concatenate([start[:, None, :, 0], seen.weights[..., 0]], axis=1), seen.selected[:, 0]


def prompt_paths(ax: Axes) -> Axes:
    """Draw paths of p from (0, y) under normalised descent, over the rays of the two maximum-margin solutions."""
    from workbench.dynamics.nuclear import solution
    from workbench.dynamics.token_inputs import TokenInputs

    inputs = TokenInputs.prompted([KEYS], [SCORES])
    seen, selected = paths()
    for token, colour in zip((0, 1), colours(), strict=False):
        ray = 20 * solution(inputs, (token,)).ravel()
        ax.plot([0, ray[0]], [0, ray[1]], color=colour, lw=5, alpha=0.25, label=f"ray of token {token + 1}")
        for path in seen[selected == token]:
            ax.plot(*path.T, color=colour, lw=1.2)
            ax.plot(*path[0], "o", color=colour, ms=4)
    ax.axhline(0, color=ink("grid"), lw=0.8, zorder=0)
    ax.axvline(0, color=ink("grid"), lw=0.8, zorder=0)
    ax.set(xlabel="$p_1$", ylabel="$p_2$", xlim=(-4, 10), ylim=(-2, 10), aspect="equal")
    ax.set_title("Where a prompt goes")
    ax.legend(loc="upper right")
    return ax


@cache
def residuals() -> tuple[np.ndarray, tuple[tuple[float, np.ndarray], ...]]:
    """Return log10 t, and (rho, residual) of each gradable instance: that of two inputs, and random ones."""
    import jax

    from workbench.dynamics.asymptotics import Asymptote, asymptote
    from workbench.dynamics.token_inputs import TokenInputs
    from workbench.dynamics.token_runs import Draws, select

    pair = TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], [0.5, 0]])
    found: list[tuple[float, np.ndarray]] = []
    for draws, start in ((Draws.of(pair), (np.zeros((1, 2, 2)),)), _drawn(jax.random.key(6), Draws)):
        seen = select(draws, start, rule="flow", eta=LAST / 740, steps=740, records=148)
        log_t = seen.clock + np.log1p(-np.exp(-seen.clock))
        for k, row in enumerate(seen.selected):
            law = asymptote(draws.one(k), tuple(map(int, row)))
            if isinstance(law, Asymptote):
                found.append((law.rate, law.residual(seen.weights[k], log_t)))
    return log_t / np.log(10), tuple(found)


def _drawn(key: Any, kind: Any) -> tuple[Any, Any]:
    draws = kind.gaussian(key, 4, inputs=2, tokens=3, dim=6)
    return draws, draws.starts(key)


def margin_residuals(ax: Axes) -> Axes:
    """Draw the distance of the margins from ln t + ln(c Delta/lambda) against t, with the slopes that the solution predicts."""
    log_t, found = residuals()
    for (rate, seen), colour in zip(found, colours(), strict=False):
        kept = (seen > 1e-12) & (log_t > 2)
        ax.plot(log_t[kept], np.log10(seen[kept]), color=colour, lw=1.6, label=rf"$\rho = {rate:.3f}$")
        anchor = np.flatnonzero(kept)[-1]
        line = np.log10(seen[anchor]) - rate * (log_t[kept] - log_t[anchor])
        dashed(ax, log_t[kept], line)
    ax.set(xlabel=r"$\log_{10} t$", ylabel=r"$\log_{10}$ of the residual", xlim=(0, 64), ylim=(-12.5, 1))
    ax.set_title("Margins against their law")
    ax.legend(loc="lower left", title="predicted rate")
    return ax
