"""Minimisers with vanishing decay, and what width and start decide about the tokens that a run selects.

Says: minimisers of the loss with decay turn to the least matrix in the Frobenius norm, those in K and Q to the least in the nuclear
norm; wider tokens let more runs end at the best tokens; on the axis of the three-token example one threshold parts the tokens.
Idea: for small decay the loss only asks for margins of about ln(1/decay); decay of both factors is the nuclear norm.
Edges: a path of minimisers may jump between selections, so that the lower of two is followed; equal scores leave no threshold.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Matrix, Rational, symbols

from workbench import HERE, Claim, Control, Derived, Entry, ForAll, Hand, Identity, Measured, Prose, Source

TARZANAGH = Source("tarzanagh2023transformers", "abstract", read=True)
MARGINS = Source("tarzanagh2023maxmargin", "code", read=True)


def nuclear(inputs, selected):
    from workbench.dynamics.nuclear import solution

    return solution(inputs, selected, norm="nuclear")


def fall(cosines):
    """The least factor by which 1 - cos falls from one horizon to the next."""
    import numpy as np

    apart = 1 - np.asarray(cosines)
    return (apart[:-1] / apart[1:]).min()


@cache
def decay_paths(factored, *, draws=3):
    """Cosines of minimisers with both solutions for the best tokens, averaged over the draws in which these have margins."""
    import numpy as np

    from workbench.dynamics.margins import Margin, least_norm
    from workbench.dynamics.nuclear import solution
    from workbench.dynamics.regularised import regularisation_path
    from workbench.dynamics.token_runs import Draws
    from workbench.runs import record

    decays = tuple(10.0**-k for k in (2, 5, 9, 13))

    def run(key):
        drawn = Draws.gaussian(key, draws, inputs=4, tokens=4, dim=6)
        cosines, ranks = [], []
        for k in range(draws):
            inputs = drawn.one(k)
            if isinstance(least_norm(inputs.rows(inputs.best)), Margin):
                path = regularisation_path(inputs, decays, factored=factored)
                goals = [least(inputs, inputs.best) for least in (solution, nuclear)]
                cosines.append([[(w * g).sum() / np.linalg.norm(w) / np.linalg.norm(g) for g in goals] for w in path])
                sizes = np.linalg.svd(goals[1], compute_uv=False) / np.linalg.norm(goals[1], 2)
                if not ((sizes > 1e-4) & (sizes < 1e-2)).any():
                    ranks.append(np.linalg.matrix_rank(path[-1], rtol=1e-3) == (sizes > 1e-3).sum())
        mean = np.mean(cosines, axis=0)
        falls = fall(mean[1:, 0]), fall(mean[1:, 1])
        values = {"frobenius": mean[-1, 0], "nuclear": mean[-1, 1], "frobenius_fall": falls[0], "nuclear_fall": falls[1]}
        return values | {"rank_agrees": np.mean(ranks), "ranks_graded": len(ranks), "feasible": len(cosines)}

    return record("decay_paths", run, seed=5, dtype="float64")


@cache
def widths(dims, draws=60):
    """Fractions of runs from W = 0 that end at the best tokens, tokens of each width padded with zeros to the largest."""
    import numpy as np

    from workbench.dynamics.token_runs import Draws, chosen_by_score, select
    from workbench.runs import record

    def run(key):
        fractions = []
        for dim in dims:
            pad = ((0, 0),) * 2 + ((0, max(dims) - dim),)
            drawn = Draws.gaussian(key, draws, inputs=5, tokens=5, dim=dim)
            padded = Draws(np.pad(drawn.tokens, (*pad[:2], (0, 0), pad[2])), np.pad(drawn.queries, pad), drawn.scores)
            seen = select(padded, (np.zeros((draws, max(dims), max(dims))),), rule="normalised", eta=0.1, steps=500)
            fractions.append((seen.selected == chosen_by_score(padded)).all(axis=1).mean())
        return {"least_rise": np.diff(fractions).min(), "fractions": fractions}

    return record("widths", run, seed=3, dtype="float64")


@cache
def basins(scores, rule="flow", eta=0.05, steps=1000, *, span=(-3, 3)):
    """601 starts (0, y0), y0 in the span: how often the selected token changes along them, and where it last does."""
    import numpy as np

    from workbench.dynamics.token_inputs import TokenInputs
    from workbench.dynamics.token_runs import Draws, select
    from workbench.runs import record

    def run(key):
        starts = np.linspace(*span, 601)
        one = TokenInputs.prompted([[[-0.1, 1], [1, 0], [0, 0]]], [scores])
        draws = Draws(*(np.repeat(a[None], len(starts), axis=0) for a in (one.tokens, one.queries, one.scores)))
        prompt = np.stack([np.zeros(len(starts)), starts], axis=1)[:, :, None]
        seen = select(draws, (prompt,), rule=rule, eta=eta, steps=steps, records=4)
        first = seen.selected[:, 0] == 0
        changes = np.flatnonzero(np.diff(first.astype(int)))
        at = starts[changes[-1] + 1] if len(changes) else span[0]
        return {"changes": len(changes), "threshold": at, "settled": seen.settled.mean(), "token_1": first.mean()}

    return record("basins", run, seed=0, dtype="float64")


@cache
def threshold(until=150.0):
    """The start (0, y0) above which token 1 leads at ln(1+t) = until, scores 1, 9/10, 0, by bisection; the flow by LSODA."""
    import numpy as np

    from workbench.runs import record

    keys, scores = np.array([[-0.1, 1], [1, 0], [0, 0]]), np.array([1, 0.9, 0])
    gaps = scores[:, None] - scores

    def run(key):
        from scipy.integrate import solve_ivp
        from scipy.special import expit, log_softmax

        def rate(clock, prompt):
            logs = log_softmax(keys @ prompt)
            pulls = (np.exp(logs[:, None] + logs + clock) * gaps).sum(axis=1)
            return pulls @ keys * expit(-np.exp(logs) @ scores)

        low, high = -1.0, 0.0
        while high - low > 1e-5:
            middle = (low + high) / 2
            end = solve_ivp(rate, (0, until), [0, middle], method="LSODA", rtol=1e-9, atol=1e-11).y[:, -1]
            low, high = (low, middle) if (keys @ end).argmax() == 0 else (middle, high)
        return {"threshold": high}

    return record("basin_threshold", run, seed=0, dtype="float64")


claim = partial(Claim.of, source=TARZANAGH, topic="selection")


behind, p, q = symbols("e p q", positive=True)  # 1 - c; the weights of tokens 1 and 2 over that of token 3
SHARES = [w / (p + q + 1) for w in (p, q, 1)]


def leads(scores):
    """Rates of the leads of token 1 over tokens 2 and 3, up to the loss's positive slope, at any weights of the three tokens."""
    mean = sum(s * g for s, g in zip(SHARES, scores, strict=True))
    keys = [Matrix(k) for k in ((-Rational(1, 10), 1), (1, 0), (0, 0))]
    pull = sum((s * (g - mean) * k for s, g, k in zip(SHARES, scores, keys, strict=True)), Matrix([0, 0]))
    return (keys[0] - keys[1]).dot(pull), keys[0].dot(pull)


def grow(scores):
    """The leads' rates as sums of positive terms: e s1 (111 (1 - s1) + 110 s2)/100 and e s1 (101 (1 - s1) + 10 s2)/100."""
    own, other = SHARES[:2]
    for rate, (first, second) in zip(leads(scores), ((111, 110), (101, 10)), strict=True):
        yield Identity.of(rate, behind * own * (first * (1 - own) + second * other) / 100)


TIED = tuple(grow((1, 1 - behind, 1 - behind)))
TRIED = "exploratory runs were made before the band was set"
FAMILY = (
    Entry(
        claim(
            "regularisation_path_is_svm",
            "Minimisers with vanishing decay turn to the least W in the Frobenius norm; those of K and Q, in the nuclear norm.",
            Prose(
                r"\operatorname{argmin} L + \tfrac\lambda2|W|^2 \to W^{mm},\quad "
                r"\operatorname{argmin} L + \tfrac\lambda2(|K|^2+|Q|^2) \to W^\star\quad(\lambda \to 0, \text{ directions})"
            ),
            "margins exist for the best tokens, and both solutions are unique",
            "4 inputs of 4 tokens in 6 dimensions, decay down to 1e-13",
            "ranks are graded where no singular value of the least W is between 1/10,000 and 1/100 of the largest",
        ),
        (
            Measured(
                "frobenius",
                partial(decay_paths, False),
                Fraction(99, 100),
                1,
                "the deviation is about 1/ln(1/decay)^2, 1/900",
                partial(decay_paths, True),
                partial(decay_paths, False, draws=8),
            ),
            Measured(
                "nuclear",
                partial(decay_paths, True),
                Fraction(99, 100),
                1,
                "the deviation is about 1/ln(1/decay)^2, 1/900",
                partial(decay_paths, False),
                partial(decay_paths, True, draws=8),
            ),
            Measured(
                "nuclear_fall",
                partial(decay_paths, True),
                Fraction(3, 2),
                8,
                "1/ln(1/decay)^2 falls by 3.2 and 2.1 from 1e-5 over 1e-9 to 1e-13",
                partial(decay_paths, False),
            ),
            Measured(
                "frobenius_fall",
                partial(decay_paths, False),
                Fraction(3, 2),
                8,
                "1/ln(1/decay)^2 falls by 3.2 and 2.1 from 1e-5 over 1e-9 to 1e-13",
                partial(decay_paths, True),
            ),
            Measured(
                "frobenius",
                partial(decay_paths, True),
                -1,
                Fraction(95, 100),
                "the two solutions are apart: K Q^T does not turn to the least W in the Frobenius norm",
                partial(decay_paths, False),
                partial(decay_paths, True, draws=8),
            ),
            Measured(
                "rank_agrees",
                partial(decay_paths, True),
                1,
                1,
                "K Q^T has the rank of the least W in the nuclear norm, in every draw that is graded",
                partial(decay_paths, False),
                partial(decay_paths, True, draws=8),
            ),
        ),
    ),
    Entry(
        claim(
            "width_favours_global_tokens",
            "The wider the tokens, the more runs from W = 0 end at the tokens of highest score in every input.",
            Prose(r"P(\alpha = \operatorname{argmax} \gamma)\ \text{rises with}\ d"),
            "5 inputs of 5 tokens, otherwise as above; widths 2, 5, 12",
        ),
        (
            Measured(
                "least_rise",
                partial(widths, (2, 5, 12)),
                Fraction(1, 10),
                1,
                "60 draws leave a standard error of .06 in each fraction, and rises are larger; " + TRIED,
                partial(widths, (12, 12)),
                partial(widths, (2, 5, 12), 400),
            ),
        ),
    ),
    Entry(
        claim(
            "local_basin_on_the_axis",
            "With keys (-1/10,1), (1,0), (0,0) and scores 1, 9/10, 0 the flow from (0,y) selects token 1 iff y > y*, one number.",
            Prose(r"\exists!\, y^*: \alpha(0, y) = 1 \Leftrightarrow y > y^*"),
            "y from -3 to 3 by 1/100; the threshold is -.8563 for the flow and -.8696 for steps of length 1/10",
            "token 3 has less than token 2: with scores 1, 9/10, 9/10 every start selects token 1, and no threshold exists",
            source=(HERE, MARGINS),
        ),
        (
            Measured("changes", partial(basins, (1, 0.9, 0)), 1, 1, "one threshold, one change", partial(basins, (1, 0.9, 0.9))),
            Measured(
                "threshold",
                threshold,
                Fraction(-8564, 10**4),
                Fraction(-8563, 10**4),
                "-.85635 by bisection with other code, up to ln t = 150: at 50 the last starts are undecided",
                partial(threshold, 50.0),
            ),
            Measured(
                "threshold",
                partial(basins, (1, 0.9, 0), "normalised", 0.1, 4000, span=(-0.89, -0.83)),
                Fraction(-8698, 10**4),
                Fraction(-8695, 10**4),
                "-.86966 by bisection with other code: steps of 1/10 move the separating curve by a fraction of their length",
                partial(basins, (1, 0.9, 0), "normalised", 0.01, 4000, span=(-0.89, -0.83)),
            ),
        ),
    ),
    Entry(
        claim(
            "best_token_wins_from_every_start_of_tied_others",
            "With keys (-1/10,1), (1,0), (0,0) and scores 1, c, c, c < 1, the flow selects token 1 from every start: no threshold.",
            ForAll.of(*TIED),
            "e = 1 - c; p and q are the weights of tokens 1 and 2 over that of token 3, at any prompt",
            source=(HERE, MARGINS),
        ),
        (
            Derived.of(
                *TIED,
                Hand("both leads grow, so s1 grows, and their rates are above a constant as long as s1 is below any bound under 1"),
            ),
            Measured("token_1", partial(basins, (1, 0.9, 0.9)), 1, 1, "all of 601 starts", partial(basins, (1, 0.9, 0))),
            Control("token 3 without score", next(grow((1, 1 - behind, 0)))),
        ),
    ),
)
