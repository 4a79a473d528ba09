"""A head that is not linear keeps several tokens of an input: their proportions are finite, the others fall away along a margin.

Says: W = W_fin + R W^mm, W^mm the least matrix with margin 1 between kept and dropped tokens and margin 0 among the kept, W_fin the
least with the logarithms of the kept shares as margins: nearer to the trained W than W^mm alone, and that than one kept token.
Idea: within the kept set the optimum is at finite shares, so the pull among them ends; the pull on dropped tokens never does.
Edges: draws with shares between 1/10,000 and 1/100 at the end have not said which tokens they keep, and are left out.
"""

from fractions import Fraction
from functools import cache, partial

from workbench import Claim, Measured, Prose, Source

N, T, D, HIDDEN, STEPS = 3, 4, 6, 30, 2000
KEPT, DROPPED = 1e-2, 1e-4


def trained(x, z, y, u, r):
    """W and the shares after normalised steps of 1/10 from 0, for one draw: f = Y r.relu(U X^T softmax(X W z))."""
    import jax
    import jax.numpy as jnp

    from workbench.dynamics.softmax import softmax_gradient

    def logits(w):
        return jnp.einsum("itd,de,ie->it", x, w, z)

    def output(mean, label):
        return label * (jax.nn.relu(u @ mean) @ r)

    def step(w, _):
        means = jnp.einsum("it,itd->id", jax.nn.softmax(logits(w)), x)
        f, pull = jax.vmap(jax.value_and_grad(output))(means, y)
        _, slopes = softmax_gradient(jnp.einsum("itd,id->it", x, pull), logits(w), log_slopes=jax.nn.log_sigmoid(-f))
        down = jnp.einsum("it,itd,ie->de", slopes, x, z)
        length = jnp.linalg.norm(down)
        return w + 0.1 * down / jnp.where(length > 0, length, 1), None

    w = jax.lax.scan(step, jnp.zeros((D, D)), None, length=STEPS)[0]
    return w, jax.nn.softmax(logits(w))


def apart(w, other):
    import numpy as np

    return 1 - w @ other / np.linalg.norm(w) / np.linalg.norm(other)


def errors(x, z, w, shares, sign):
    """1 - cos of W with the combined, the direction-only and the one-token prediction; None if nothing can be said."""
    import numpy as np

    from workbench.dynamics.margins import Margin, least_norm

    kept = [np.flatnonzero(row > KEPT) for row in shares]
    if max(map(len, kept)) == 1 or ((shares > DROPPED) & (shares < KEPT)).any():
        return None

    def row(i, a, b):
        return np.outer(x[i, a] - x[i, b], z[i]).ravel()

    among = [(row(i, o[0], b), np.log(shares[i, o[0]] / shares[i, b])) for i, o in enumerate(kept) for b in o[1:]]
    equal = np.array([r for r, _ in among])
    finite = sign * np.linalg.lstsq(equal, np.array([v for _, v in among]), rcond=None)[0]
    free = np.eye(D * D) - np.linalg.pinv(equal) @ equal
    several = least_norm([free @ row(i, o[0], t) for i, o in enumerate(kept) for t in range(T) if t not in o] or [np.zeros(D * D)])
    top = shares.argmax(axis=1)
    single = least_norm([row(i, a, t) for i, a in enumerate(top) for t in range(T) if t != a])
    if not isinstance(several, Margin) or not isinstance(single, Margin):
        return None
    size = np.sqrt(max(w @ w - finite @ finite, 0)) / np.linalg.norm(several.point)
    return apart(w, finite + size * several.point), apart(w, several.point), apart(w, single.point)


@cache
def predictions(draws, sign=1):
    """By what factor the median error falls from one token to several, and from their direction to the combined prediction."""
    import jax
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        rng = generator(key, 0)
        x, z = (a / np.linalg.norm(a, axis=-1, keepdims=True) for a in map(rng.standard_normal, ((draws, N, T, D), (draws, N, D))))
        y, u = rng.choice((-1.0, 1.0), (draws, N)), rng.standard_normal((draws, HIDDEN, D))
        r = rng.standard_normal((draws, HIDDEN)) / np.sqrt(HIDDEN)
        w, shares = map(np.asarray, jax.jit(jax.vmap(trained))(x, z, y, u, r))
        found = [e for k in range(draws) if (e := errors(x[k], z[k], w[k].ravel(), shares[k], sign)) is not None]
        combined, direction, single = np.median(found, axis=0)
        gains = single / direction, direction / combined
        return {"least_gain": min(gains), "several_gain": gains[0], "finite_gain": gains[1], "graded": len(found)}

    return record("several_tokens", run, seed=1, dtype="float64")


CLAIM = Claim(
    "nonlinear_head_selects_several_tokens",
    "With a nonlinear head several tokens keep their weight: W is a finite part plus a multiple of a maximum-margin direction.",
    Prose(r"W \approx W^{fin} + R\, W^{mm},\quad R \to \infty"),
    hypotheses=(
        "a fixed head of 30 rectified units on 3 inputs of 4 tokens in 6 dimensions; at least one input keeps two tokens",
        "no share at the end lies between 1/10,000 and 1/100",
    ),
    sources=(Source("tarzanagh2023transformers", "code", read=True),),
    topic="selection",
)
EVIDENCE = (
    Measured(
        "least_gain",
        partial(predictions, 200),
        Fraction(101, 100),
        10,
        "the finite part is a fixed length in a growing W: it adds a little; exploratory runs were made before the band was set",
        partial(predictions, 200, -1),
        partial(predictions, 2000),
    ),
)
