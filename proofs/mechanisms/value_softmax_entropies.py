"""Final entropies of the value-softmax model under an ill-conditioned squared loss |b - X V s|^2.

Says: at singular values of X from 1 down to 1/kappa the mean final entropy of s falls with kappa = 1, 2, 5, 10; for a target b of
any direction by a nat and more in all, for b = X beta* with a unit beta* by less than 1/100.
Idea: the same starts and rotations for every kappa, so that differences are taken start by start.
Edges: kappa = 1, where b and X beta* are targets of one kind; a start at equal scores and V = 0, which keeps s uniform.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

from workbench import HERE, Claim, Entry, Measured, Prose, Source

VARRE = Source("varre2026polarizes", "section 3.1, figures 3 and 12", read=True)
SIZE, KAPPAS = 8, (1, 2, 5, 10)


def start(seed, many, kappa):
    """X, a unit vector, V(0) of size 1/100 and normal a(0): all but the singular values are the same for every kappa."""
    import numpy as np

    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((many, SIZE, SIZE)))[0] for _ in range(2))
    unit = rng.standard_normal((many, SIZE))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    X = (left * np.geomspace(1, 1 / kappa, SIZE)) @ right
    return X, unit, rng.standard_normal((many, SIZE, SIZE)) / 100, rng.standard_normal((many, SIZE))


def slopes(X, b, V, a):
    """V' and a' of the flow, s, and the largest gradient in the output."""
    import numpy as np

    s = np.exp(a - a.max(axis=1, keepdims=True))
    s /= s.sum(axis=1, keepdims=True)
    pull = 2 * np.einsum("mij,mi->mj", X, b - np.einsum("mij,mj->mi", X, np.einsum("mij,mj->mi", V, s)))
    along = np.einsum("mij,mi->mj", V, pull)
    return (
        pull[:, :, None] * s[:, None, :],
        s * (along - (s * along).sum(axis=1, keepdims=True)),
        s,
        np.linalg.norm(pull, axis=1).max(),
    )


@cache
def entropies(kappa, *, planted, many, seed, step):
    """Final entropies, shape (many,), by classical Runge-Kutta steps until every gradient in the output is below 1e-4."""
    import numpy as np

    X, unit, V, a = start(seed, many, kappa)
    b = np.einsum("mij,mj->mi", X, unit) if planted else unit
    for _ in range(round(4000 / step)):
        first = slopes(X, b, V, a)
        if first[3] < 1e-4:
            s = first[2]
            return -(s * np.log(s)).sum(axis=1)
        second = slopes(X, b, V + step / 2 * first[0], a + step / 2 * first[1])
        third = slopes(X, b, V + step / 2 * second[0], a + step / 2 * second[1])
        last = slopes(X, b, V + step * third[0], a + step * third[1])
        V, a = (x + step / 6 * (first[k] + 2 * second[k] + 2 * third[k] + last[k]) for k, x in enumerate((V, a)))
    return np.full(many, np.nan)  # not at rest: no band admits it


def falls(*, planted=False, kappas=KAPPAS, many=16, step=0.5, seed=3):
    """The least mean fall of the entropy between neighbouring kappas, in standard errors, and the mean fall from first to last."""
    from workbench.runs import record

    def run(key):
        found = [entropies(kappa, planted=planted, many=many, seed=seed, step=step) for kappa in kappas]
        steps = [before - after for before, after in pairwise(found)]
        least = min(d.mean() / d.std(ddof=1) * many**0.5 for d in steps)
        return {"standard_errors": least, "fall": (found[0] - found[-1]).mean()}

    return record("final_entropies", run, seed=seed, dtype="float64")


claim = partial(Claim.of, source=VARRE)


MODEL = (
    "p = 8, X with singular values from 1 to 1/kappa in a geometric row, V(0) near 0, normal a(0); 16 starts, kappa = 1, 2, 5, 10"
)
SEEN = "three standard errors are passed by chance once in 200 at 15 degrees of freedom; runs from another seed gave over 5"
HALVED = {"many": 32, "step": 0.25}
FAMILY = (
    Entry(
        claim(
            "ill_conditioning_lowers_final_entropy_regression",
            "The mean final entropy of the scores decreases with the condition number.",
            Prose(r"\kappa \mapsto \operatorname{mean} H(s(\infty)) \text{ falls}"),
            MODEL,
            "target b a unit vector of any direction",
        ),
        (
            Measured("standard_errors", falls, 3, 1000, SEEN, partial(falls, kappas=KAPPAS[::-1]), partial(falls, **HALVED)),
            Measured(
                "fall",
                falls,
                Fraction(1, 2),
                Fraction(3, 2),
                "the components of b along small singular values need values V that grow: runs from another seed fell by 0.99",
                partial(falls, kappas=(1, 2)),
                partial(falls, **HALVED),
            ),
        ),
    ),
    Entry(
        claim(
            "ill_conditioning_lowers_final_entropy_regression_of_planted_target",
            "The mean final entropy of the scores decreases with the condition number, by less than 1/100, for b = X beta*.",
            Prose(r"\kappa \mapsto \operatorname{mean} H(s(\infty)) \text{ falls by less than } \tfrac1{100}"),
            MODEL,
            "target b = X beta*, beta* a unit vector of any direction: V s tends to beta* at every kappa",
            source=HERE,
        ),
        (
            Measured(
                "standard_errors",
                partial(falls, planted=True),
                3,
                1000,
                SEEN,
                partial(falls, planted=True, kappas=KAPPAS[::-1]),
                partial(falls, planted=True, **HALVED),
            ),
            Measured(
                "fall",
                partial(falls, planted=True),
                0,
                Fraction(1, 100),
                "V s goes to the same beta* at every kappa, on another way; runs from another seed fell by 0.006",
                falls,
                partial(falls, planted=True, **HALVED),
            ),
        ),
    ),
)
