"""Prompt tuning on contexts: what the mean token knows of the label, and how fast a prompt's gradient finds the relevant tokens.

Says: if a share zeta of the tokens is q + y w and the rest is -dq q - dw y w + noise, the mean token is blind to y exactly at
dw = zeta/(1-zeta); the first gradient in the prompt points to q with an error that falls like 1/n, labels being balanced.
Idea: the label enters the mean with the coefficient zeta - (1-zeta) dw; its gradient in a prompt is y times a covariance.
Edges: unbalanced labels leave a share of w in the gradient that no n removes.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import symbols

from workbench import HERE, Claim, Control, Counterexample, Derived, Entry, ForAll, Identity, Measured, Prose, Source

PROMPTS = Source("oymak2023role", "abstract", read=True)
MODEL = Source("oymak2023role", "the model of the data", read=False)
DIM, TOKENS, RELEVANT = 64, 32, 8
delta_w, y = symbols("delta_w y", real=True)
odds = symbols("r", positive=True)  # irrelevant tokens for each relevant one
ZETA = 1 / (1 + odds)
MEAN = ZETA * y - (1 - ZETA) * delta_w * y  # the coefficient of w in the mean token


def inputs(rng, n, *, against=0.0, away=0.5, length=8.0, positive=0.5, dim=DIM, tokens=TOKENS):
    """Tokens (n, T, d) and labels: T/4 of q + y w, the others -away q - against y w + N(0,1) noise; q = length e_0, w = e_1."""
    import numpy as np

    labels = np.where(np.arange(n) < round(positive * n), 1.0, -1.0)
    x = rng.normal(size=(n, tokens, dim))
    x[:, :, 0] -= away * length
    x[:, :, 1] -= against * labels[:, None]
    x[:, : tokens // 4] = 0
    x[:, : tokens // 4, 0] = length
    x[:, : tokens // 4, 1] = labels[:, None]
    return x, labels


@cache
def accuracies(against, *, sharpness=1.0, train=1000, test=2000):
    """Accuracy of least squares on mean tokens, and of the label direction under a prompt along q, on fresh inputs."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        rng = generator(key, 0)
        x, labels = inputs(rng, train, against=against)
        fitted = np.linalg.lstsq(x.mean(axis=1), labels, rcond=None)[0]
        x, labels = inputs(rng, test, against=against)
        weights = np.exp(sharpness * (x[:, :, 0] - x[:, :, 0].max(axis=1, keepdims=True)))
        attended = (weights * x[:, :, 1]).sum(axis=1)
        return {"mean_token": (labels * (x.mean(axis=1) @ fitted) > 0).mean(), "oracle": (labels * attended > 0).mean()}

    return record("prompt_tuning", run, seed=4, dtype="float64")


@cache
def first_gradients(positive, draws=6):
    """The largest over the least n (1 - cos(q1, q)) for n = 400, 800, 2000: q1 the first gradient, the head after one step."""
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        rng, scaled = generator(key, 0), []
        for n in (400, 800, 2000):
            apart = 0.0
            for _ in range(draws):
                x, labels = inputs(rng, n, length=1.0, positive=positive, dim=16, tokens=16)
                head = (labels[:, None] * x.mean(axis=1)).mean(axis=0)  # along w, from 0, where every input counts the same
                centred = x - x.mean(axis=1, keepdims=True)
                gradient = np.einsum("n,ntd,nt->d", labels, centred, x @ head)
                apart += 1 - gradient[0] / np.linalg.norm(gradient)
            scaled.append(n * apart / draws)
        return {"spread": max(scaled) / min(scaled)}

    return record("first_gradients", run, seed=5, dtype="float64")


claim = partial(Claim.of, source=HERE, topic="selection")


DATA = "a share zeta = 1/(1+r) of the tokens is q + y w, the others -dq q - dw y w + noise, q orthogonal to w"
FAMILY = (
    Entry(
        claim(
            "linear_attention_blind_at_critical_delta",
            "The mean token does not depend on the label exactly at dw = zeta/(1-zeta).",
            ForAll.of(
                Identity.of(MEAN, 0, given={delta_w: ZETA / (1 - ZETA)}, note="the label's coefficient in the mean token"),
                Identity.of(
                    MEAN, y * (1 - ZETA) * (ZETA / (1 - ZETA) - delta_w), note="and at no other dw, 1 - zeta being positive"
                ),
            ),
            DATA,
            source=(HERE, MODEL),
        ),
        (
            Derived(),
            Measured(
                "mean_token",
                partial(accuracies, 1 / 3),
                Fraction(47, 100),
                Fraction(53, 100),
                "2000 fresh inputs leave a standard error of .011",
                partial(accuracies, 0.0),
                partial(accuracies, 1 / 3, test=8000),
            ),
            Measured(
                "oracle",
                partial(accuracies, 1 / 3),
                Fraction(99, 100),
                1,
                "with q of length 8 the relevant tokens lead the others by 12 logits on average, their spread being 1 each",
                partial(accuracies, 1 / 3, sharpness=0.0),
            ),
            Control("blind at dw = zeta", Identity.of(MEAN, 0, given={delta_w: ZETA})),
        ),
    ),
    Entry(
        claim(
            "linear_attention_blind_at_delta_eq_zeta",
            "The mean token does not depend on the label at dw = zeta.",
            ForAll.of(Identity.of(MEAN, 0, given={delta_w: ZETA})),
            DATA,
        ),
        (Counterexample(), Control("blind at dw = 2 zeta", Identity.of(MEAN, 0, given={delta_w: 2 * ZETA}))),
    ),
    Entry(
        claim(
            "prompt_gradient_finds_context",
            "The first gradient in the prompt points to q with 1 - cos falling like 1/n.",
            Prose(r"1 - \cos(q_1, q) \sim n^{-1}"),
            DATA,
            "labels are balanced, the head has made one small step from 0",
            "16 tokens in 16 dimensions, q and w of length 1",
            source=(PROMPTS,),
        ),
        (
            Measured(
                "spread",
                partial(first_gradients, 0.5),
                1,
                2,
                "n (1 - cos) is constant up to sampling, over a factor of 5 in n",
                partial(first_gradients, 0.7),
                partial(first_gradients, 0.5, 30),
            ),
        ),
    ),
)
