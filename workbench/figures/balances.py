"""Figure of what flows conserve: products of two factors, gates in their level sets, and the balance of an attention head."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.orbits import descent, orbit
from workbench.figures.plate import Plate, colours, dashed, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FACTORS = (("1/10", "1/10"), ("1/2", "1/10"), ("3/2", "1/100"), ("2", "1/1000"))  # u and v at first, u v to become 1
FACTORS_LAST = 6.0
GATE_STARTS = ((0.4, 0.2), (-2.0, 0.5), (-1.0, 2.5), (1.0, 2.5), (2.0, -1.5), (0.0, -2.0))
GATE_TARGET, GATE_LAST = 1.3, 300.0
BATCH, TOKENS, WIDTH, INNER, HEADS = 16, 5, 6, 4, 2
SPREAD, HEAD_LAST = 0.4, 100.0
TOLERANCES = (1e-4, 1e-7, 1e-10)
STEPS = (0.1, 0.03, 0.01)


@cache
def gate_paths() -> tuple[np.ndarray, ...]:
    """Return the paths of (u, v) under half the squared error of sigma(u) v, one for each start."""
    import sympy

    from workbench.dynamics.flow import Flow

    u, v = sympy.symbols("u v", real=True)
    flow = Flow.from_loss((sympy.Rational(13, 10) - v / (1 + sympy.exp(-u))) ** 2 / 2, [u, v])
    times = np.concatenate([[0.0], np.geomspace(1e-3, GATE_LAST, 300)])
    return tuple(orbit(flow, start, times) for start in GATE_STARTS)


@cache
def head() -> tuple[Any, np.ndarray]:
    """Return the squared error of two softmax heads with a residual, as a function of (Q, K, V, O), and a start."""
    rng = np.random.default_rng(0)
    inputs, targets = rng.standard_normal((2, BATCH, TOKENS, WIDTH))

    def loss(flat: Any) -> Any:
        import jax

        q, k, v, o = flat.reshape(4, HEADS, WIDTH, INNER)  # O is transposed
        logits = (inputs[:, None] @ q) @ (inputs[:, None] @ k).swapaxes(-1, -2)
        heads = jax.nn.softmax(logits) @ (inputs[:, None] @ v) @ o.swapaxes(-1, -2)
        return ((inputs + heads.sum(axis=1) - targets) ** 2).mean()

    return loss, SPREAD * rng.standard_normal(4 * HEADS * WIDTH * INNER)


def balance(flat: np.ndarray) -> np.ndarray:
    """Return Q^T Q - K^T K and V^T V - O O^T of each head, for states (times, parameters)."""
    q, k, v, o = np.moveaxis(flat.reshape(len(flat), 4, HEADS, WIDTH, INNER), 1, 0)
    gram = [m.swapaxes(-1, -2) @ m for m in (q, k, v, o)]
    return np.stack([gram[0] - gram[1], gram[2] - gram[3]], axis=1)


@cache
def flow_drift(rtol: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the largest change of an entry of the balances along the flow at this tolerance."""
    loss, start = head()
    times = np.concatenate([[0.0], np.geomspace(0.1, HEAD_LAST, 60)])
    seen = balance(descent(loss, start, times, method="DOP853", rtol=rtol))
    return times, np.abs(seen - seen[0]).max(axis=(1, 2, 3, 4))


@cache
def step_drift(eta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times, and the largest change of an entry of the balances under gradient steps of eta."""
    import jax
    import jax.numpy as jnp

    from workbench.lowering.precision import scope

    loss, start = head()
    count = round(HEAD_LAST / eta)

    def one(at: Any, _: Any) -> Any:
        return at - eta * jax.grad(loss)(at), at

    with scope("float64"):
        states = np.asarray(jax.lax.scan(one, jnp.asarray(start), None, length=count)[1])
    kept = np.unique(np.geomspace(1, count - 1, 60).astype(int))
    return kept * eta, np.abs(balance(states[kept]) - balance(states[:1])).max(axis=(1, 2, 3, 4))


def products(ax: Axes) -> Axes:
    """Draw the product of two factors against time for four balances, along the flow (markers) over the closed form."""
    from workbench.dynamics.solutions import product_flow, uv

    times = np.linspace(0, FACTORS_LAST, 121)
    for (first, second), colour in zip(FACTORS, colours(), strict=False):
        u, v = Fraction(first), Fraction(second)
        ax.plot(times, uv(u, v, 1).at(times).prod(axis=1), color=colour, lw=1.4)
        seen = orbit(product_flow(target=1), [float(u), float(v)], times).prod(axis=1)
        ax.plot(times[::8], seen[::8], "o", color=colour, ms=3.5, label=f"{float(u * u - v * v):.3g}")
    ax.set(xlabel="$t$", ylabel="$u v$", xlim=(0, FACTORS_LAST), ylim=(0, 1.05))
    ax.set_title("Two factors of one number")
    ax.legend(loc="lower right", title="$u^2 - v^2$")
    return ax


def gates(ax: Axes) -> Axes:
    """Draw paths of a gate and its value over the level sets of v^2/2 - u - e^u, to the curve where the target is met."""
    u, v = np.meshgrid(np.linspace(-3, 3, 161), np.linspace(-3, 4, 161))
    levels = [-10, -6, -3, -1, 1, 3, 6]
    ax.contour(u, v, v**2 / 2 - u - np.exp(u), levels=levels, colors=[ink("line")], linewidths=0.6, linestyles="solid", alpha=0.5)
    met = np.linspace(-3, 3, 161)
    dashed(ax, met, GATE_TARGET * (1 + np.exp(-met)), "target")
    for k, (path, colour) in enumerate(zip(gate_paths(), colours(), strict=False)):
        ax.plot(*path.T, color=colour, lw=1.6, label=f"path {k + 1}")
        ax.plot(*path[0], "o", color=colour, ms=4)
    ax.set(xlabel="$u$", ylabel="$v$", xlim=(-3, 3), ylim=(-3, 4))
    ax.set_title(r"A gate $\sigma(u)$ and its value $v$")
    return ax


def drifts(ax: Axes) -> Axes:
    """Draw how far the balances of two attention heads drift: gradient steps by their size, the flow by its tolerance."""
    shades = colours()
    for eta, colour, mark in zip(STEPS, (shades[1], shades[4], shades[3]), ("s", "D", "o"), strict=True):
        times, seen = step_drift(eta)
        ax.plot(times, seen, mark, ls="-", color=colour, ms=2.5, lw=1, label=f"steps of {eta:g}")
    for rtol, colour in zip(TOLERANCES, (shades[0], shades[5], shades[2]), strict=True):
        times, seen = flow_drift(rtol)
        ax.plot(times[1:], np.maximum(seen[1:], 1e-17), color=colour, label=f"flow, $10^{{{round(np.log10(rtol))}}}$")
    ax.set(xscale="log", yscale="log", xlabel="$t$", ylabel="change of the balances", xlim=(0.1, HEAD_LAST))
    ax.set_title("Two heads of attention")
    ax.legend(loc="upper left", fontsize=8.5, ncols=2)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * 1e3)
    return ax


PLATES = {
    "conserved_balances": Plate(
        (products, gates, drifts),
        "What gradient flows conserve. Left, u v on its way to 1, by u² - v²: the flow (markers) over the closed form. Middle, "
        "the output v/(1 + exp(-u)) from six starts along level sets of v²/2 - u - exp(u), to the curve (dashed) where it is "
        "13/10. Right, two softmax heads under squared error: the largest change of an entry of QᵀQ - KᵀK and VᵀV - OOᵀ falls "
        "with the tolerance of the flow, and with the size of gradient steps.",
        (
            "bilinear_product_closed_form",
            "difference_of_squares_conserved",
            "gate_integral_conserved",
            "query_key_and_value_output_balance_conserved",
        ),
        (10.4, 3.6),
    ),
}
