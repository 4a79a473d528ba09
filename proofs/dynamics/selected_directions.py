"""Where the weights of an attention head point after training: which norm, for which tokens.

Says: with W trained, normalised descent ends at the least W in the Frobenius norm with margins for the tokens selected; with
K and Q trained, near the least K Q^T in the nuclear norm. Each with the norms exchanged is false, already for two inputs of two
tokens in the plane.
Idea: steps in W stay in the span of the rows; steps in K and Q keep columns that are 0, and decay of both is the nuclear norm.
Edges: for K and Q the theorem is about the decay path; descent there is an observation. The token selected need not be the best.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import CRootOf, Integer, Matrix, Poly, Rational, Symbol, cancel, fraction, sign, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Entry, ForEach, Measured, NuclearBracket, Prose, Source

TARZANAGH = Source("tarzanagh2023transformers", "abstract and code", read=True)
SETUP = "6 inputs of 8 tokens in 10 dimensions; tokens, queries and head on the sphere, labels +-1, start uniform in +-1/sqrt(10)"

x = Symbol("x", real=True)
QUARTIC = Poly(4 * x**4 + 6 * x**3 + 3 * x**2 + x - 1, x)  # x (1 + 2x) ((1 + 2x)^2 + 1) = 2 (1 + x^2), halved
X = CRootOf(QUARTIC, 1)  # its positive root


@cache
def small():
    from workbench.dynamics.token_inputs import TokenInputs

    return TokenInputs.of([[[1, 0], [0, 0]], [[1, 2], [0, 0]]], [[1, 0], [0, 1]], [[1, 0], [1, 0]], exact=True)


def nuclear(inputs, selected):
    from workbench.dynamics.nuclear import solution

    return solution(inputs, selected, norm="nuclear")


def another(draws, selected):
    """The same tokens, but for the first input: there the next token with which margins exist."""
    from workbench.dynamics.margins import Margin, least_norm

    tokens, changed = draws.scores.shape[2], selected.copy()
    for k in range(len(changed)):
        for shift in range(1, tokens):
            changed[k, 0] = (selected[k, 0] + shift) % tokens
            if isinstance(least_norm(draws.one(k).rows(tuple(map(int, changed[k])))), Margin):
                break
    return changed


def fall(cosines):
    """The least factor by which 1 - cos falls from one horizon to the next."""
    import numpy as np

    apart = 1 - np.asarray(cosines)
    return (apart[:-1] / apart[1:]).min()


@cache
def directions(draws, factored, *, rule="normalised", steps=2000, wrong=False):
    """Cosines with both solutions for the selected tokens, averaged over the draws: at the end, and at quarters of the run."""
    import numpy as np

    from workbench.dynamics.asymptotics import locally_optimal
    from workbench.dynamics.nuclear import solution
    from workbench.dynamics.token_runs import Draws, chosen_by_score, select, targets
    from workbench.runs import record

    def run(key):
        drawn = Draws.gaussian(key, draws)
        start = drawn.starts(key, *((10,) if factored else ()))
        seen = select(drawn, start, rule=rule, eta=0.1, steps=steps, records=4)
        chosen = another(drawn, seen.selected) if wrong else seen.selected
        ours, other = (seen.correlations(targets(drawn, chosen, least)).mean(axis=0) for least in (solution, nuclear))
        optimal = [locally_optimal(drawn.one(k), tuple(map(int, row))) for k, row in enumerate(chosen)]
        lead = ours[-1] - other[-1]
        return {
            "frobenius": ours[-1],
            "nuclear": other[-1],
            "frobenius_lead": lead,
            "nuclear_lead": -lead,
            "frobenius_fall": fall(ours[[0, 1, 3]]),
            "nuclear_fall": fall(other[[0, 1, 3]]),
            "locally_optimal": np.mean(optimal),
            "settled": seen.settled.mean(),
            "best_tokens": (seen.selected == chosen_by_score(drawn)).mean(),
        }

    return record("selected_directions", run, seed=20, dtype="float64")


@cache
def small_case(rule, factored):
    """The small case from K = Q = 1/2, or W = 1/4, by 4000 joint steps of 1/50."""
    import numpy as np

    from workbench.dynamics.token_runs import Draws, select
    from workbench.runs import record

    w = np.eye(2)[None]

    def run(key):
        start = (w / 2, w / 2) if factored else (w / 4,)
        seen = select(Draws.of(small()), start, rule=rule, eta=1 / 50, steps=4000)
        return {"nuclear": seen.correlations(nuclear(small(), (0, 0))[None])[0, -1]}

    return record("small_case", run, seed=0, dtype="float64")


def residue(expr):
    """The numerator of an expression in x modulo the quartic: 0 where the expression vanishes at each root."""
    return Poly(fraction(cancel(expr))[0], x).rem(QUARTIC).as_expr()


def small_solution(*, root=X):
    """The nuclear solution u v^T with u = (1, x), v = (1, y), its dual r (1, y^2), and what follows, in the field of the root."""
    from workbench.dynamics.margins import least_norm_certificate

    y = 1 / (1 + 2 * x)
    ratio = (1 + x**2) / (1 + y**2)  # r^2
    yield Case("x solves the quartic", QUARTIC.eval(root) if root is not X else residue(QUARTIC.as_expr()), 0)
    yield Case("x to six digits, below", QUARTIC.eval(Rational(344125, 10**6)), 0, "<")
    yield Case("x to six digits, above", QUARTIC.eval(Rational(344126, 10**6)), 0, ">")
    yield Case("margin of input 2", cancel(y + 2 * x * y), 1)
    yield Case("dual takes v to u: first entry", residue(ratio * (1 + y**3) - 1), 0)
    yield Case("dual takes v to u: second entry", residue(2 * ratio * y**3 - x), 0)
    slack = fraction(cancel(1 - 2 * ratio * y**2))[0]
    yield Case("second singular value of the dual below 1", all(c > 0 for c in Poly(slack, x).all_coeffs()[:-1]), True)
    squared = (1 + x**2) * (1 + y**2)  # of the norm
    for value, relation in ((Rational(1229155, 10**6), ">"), (Rational(1229157, 10**6), "<")):
        yield Case(f"norm {relation} {value}", squared.subs(x, X), value**2, relation)
    found = least_norm_certificate(small().rows((0, 0)))
    yield Case("the Frobenius solution", found.point, (Fraction(1), Fraction(1, 5), Fraction(0), Fraction(2, 5)))
    yield Case("|F|^2 = <F, W>, so their cosine is |F|/|W|", cancel(1 + y / 5 + 2 * x * y / 5), Rational(6, 5))
    for value, relation in ((Rational(891216, 10**6), ">"), (Rational(891218, 10**6), "<")):
        yield Case(f"cosine {relation} {value}", Rational(6, 5) / squared.subs(x, X), value**2, relation)


def bracketed(*, high=Fraction(1229157, 10**6)):
    from workbench.dynamics.nuclear import nuclear_certificate

    found = nuclear_certificate(small().rows((0, 0)).tolist(), (2, 2))
    yield Case("from below", found.low, Fraction(122915, 10**5), ">")
    yield Case("from above", found.high, high, "<=")


def solved(*, high=Fraction(12292, 10**4)):
    yield from small_solution()
    yield from bracketed(high=high)


def entry_of_limit(solution):
    """Entry (2,1) of W(t): every row has a 0 there, and from W = 0 steps stay in the span of the rows."""
    rows = small().rows((0, 0))
    yield Case("entry (2,1) is in no row", [row[2] for row in rows.tolist()], [Fraction(0)] * 2)
    yield Case("entry (2,1) of the limit direction, up to a positive factor", Integer(0), solution)


def determinant_of_limit(solution):
    """K and Q with second columns 0 keep them under any step along S Q and S^T K, so that det K Q^T stays 0."""
    eta, *s = symbols("eta s0:4", real=True)
    a, b, c, d = symbols("a b c d", real=True)
    k, q, slope = Matrix([[a, 0], [b, 0]]), Matrix([[c, 0], [d, 0]]), Matrix(2, 2, s)
    after = ((k + eta * slope * q) * (q + eta * slope.T * k).T).det().expand()
    yield Case("det K Q^T after a step", after, 0)
    yield Case("sign of the determinant of the limit direction", sign(after), sign(Matrix(2, 2, solution).det()))


claim = partial(Claim.of, source=TARZANAGH, topic="selection")


LOCAL = "the selected tokens (largest weight at the end, the same since a third of the run) have margins and are locally optimal"
FEW, MANY = 25, 100
RIGHT = partial(directions, FEW, False)
FACTORED = partial(directions, FEW, True)
FINITE = "1 - cos is about (1/steps) for normalised steps, so 2000 leave a few thousandths; a plateau below .99 would falsify"
FAMILY = (
    Entry(
        claim(
            "attention_direction_is_frobenius_svm",
            "Normalised descent in W ends along the least W in the Frobenius norm with margins for the selected tokens.",
            Prose(r"\frac{W(t)}{|W(t)|} \to \frac{W^{mm}_\alpha}{|W^{mm}_\alpha|}"),
            LOCAL,
            SETUP,
        ),
        (
            Measured(
                "frobenius",
                RIGHT,
                Fraction(995, 1000),
                1,
                FINITE,
                partial(directions, FEW, False, wrong=True),
                partial(directions, MANY, False),
            ),
            Measured(
                "frobenius_lead",
                RIGHT,
                Fraction(1, 10),
                1,
                "the two solutions differ by more than that in cosine",
                FACTORED,
                partial(directions, MANY, False),
            ),
            Measured(
                "frobenius_fall",
                RIGHT,
                2,
                8,
                "from 500 over 1000 to 2000 steps 1 - cos falls, like 1/steps^2 late and more slowly before; set after trial runs",
                partial(directions, FEW, False, rule="adam"),
            ),
            Measured(
                "locally_optimal",
                RIGHT,
                Fraction(95, 100),
                1,
                "a generic start does not end at a token that a support token beats",
                partial(directions, FEW, False, wrong=True),
                partial(directions, MANY, False),
            ),
        ),
    ),
    Entry(
        claim(
            "key_query_direction_is_nuclear_svm",
            "Normalised descent in K and Q ends near the direction of the least K Q^T in the nuclear norm with these margins.",
            Prose(r"\frac{KQ^T}{|KQ^T|} \to \frac{W^\star_\alpha}{|W^\star_\alpha|}"),
            LOCAL,
            SETUP,
            "the theorem is about the path of minimisers with decay; that descent goes there too is an observation",
            uses=("dual_and_factors_bracket_nuclear_norm",),
        ),
        (
            Measured(
                "nuclear",
                FACTORED,
                Fraction(97, 100),
                1,
                "the deviation falls with the steps; 2000 leave two hundredths",
                RIGHT,
                partial(directions, MANY, True),
            ),
            Measured(
                "nuclear_lead",
                FACTORED,
                Fraction(1, 10),
                1,
                "the two solutions differ by more than that in cosine",
                RIGHT,
                partial(directions, MANY, True),
            ),
            Measured(
                "nuclear_fall", FACTORED, Fraction(12, 10), 8, "1 - cos falls from 500 over 1000 to 2000; set after trials", RIGHT
            ),
            Measured(
                "nuclear",
                partial(small_case, "joint", True),
                Fraction(999, 1000),
                1,
                "two inputs in the plane, rank one, whose solution is known exactly",
                partial(small_case, "joint", False),
            ),
            Certified(0, of=ForEach.once(r"x(1+2x)((1+2x)^2+1) = 2(1+x^2)", solved)),
            Control("another root", ForEach.once("x", partial(small_solution, root=Rational(344125, 10**6)))),
            Control("a norm of 1.2", ForEach.once("norm", partial(bracketed, high=Fraction(12, 10)))),
            Control("a dual that stretches", NuclearBracket.lie()),
        ),
    ),
    Entry(
        claim(
            "attention_direction_is_nuclear_svm",
            "Descent in W ends in the direction of the least W in the nuclear norm with margins for the selected tokens.",
            ForEach.once(r"\lim \frac{W}{|W|} = \frac{W^\star}{|W^\star|}", lambda: entry_of_limit(X)),
            "two inputs in the plane: queries e1, e2; tokens (1,0), (0,0) and (1,2), (0,0); W = 0 at first",
            source=(HERE,),
        ),
        (Counterexample(at=0), Control("an entry of 1", ForEach.once("1", lambda: entry_of_limit(Integer(1))))),
    ),
    Entry(
        claim(
            "key_query_direction_is_frobenius_svm",
            "Descent in K and Q ends in the direction of the least W in the Frobenius norm, whatever the start.",
            ForEach.once(
                r"\lim \frac{KQ^T}{|KQ^T|} = \frac{W^{mm}}{|W^{mm}|}",
                lambda: determinant_of_limit([1, Rational(1, 5), 0, Rational(2, 5)]),
            ),
            "the same two inputs; K and Q have one column, or a second that is 0 at first: rank 1 stays, the least W has rank 2",
            source=(HERE,),
        ),
        (
            Counterexample(at=0),
            Control("a solution with negative determinant", ForEach.once("-", lambda: determinant_of_limit([0, 1, 1, 0]))),
        ),
    ),
)
