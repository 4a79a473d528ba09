"""A prompt trained together with its value head.

Says: p and v tend together to their own maximum-margin points, where an input that is no support vector of v asks of p a margin of
0 only.
Idea: the pull of an input on p is -l'(f_i), which dies out first where the margin of v is large.
Edges: with mirrored inputs p stays on an axis for ever, wherever the full problem points.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

from sympy import Rational, diff, exp, log, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Entry, ForEach, Measured, Prose, Source

MARGINS = Source("tarzanagh2023maxmargin", "abstract and code", read=True)
THREE = (((0, 0), (1, 1)), ((0, 0), (1, -1)), ((0, 0), (Fraction(1, 2), 1)))
FAR = (((0, 0), (1, 1)), ((0, 0), (1, -1)), ((0, 0), (Fraction(-1, 2), 2)))
LABELS = (1, -1, 1)
a, b = symbols("a b", positive=True)
HALF = Rational(1, 2)
MIRRORED = (  # each input with its mirror image in the second entry, and the other label
    (((0, 0, 0), (1, 1, 0)), 1),
    (((0, 0, 0), (1, -1, 0)), -1),
    (((0, 3, 0), (-HALF, 3, -1)), 1),
    (((0, -3, 0), (-HALF, -3, -1)), -1),
)


def least(rows):
    """The point of least norm with margin 1 on each row, exactly."""
    from workbench.dynamics.margins import least_norm_certificate

    return least_norm_certificate([[Fraction(v) for v in row] for row in rows]).point


def three_inputs(*, squared=Fraction(17, 9)):
    """Both maximum-margin points of the three inputs, each of which is on the margin of v."""
    prompt = least([second for _, second in THREE])
    head = least([[y * v for v in second] for (_, second), y in zip(THREE, LABELS, strict=True)])
    yield Case("p", prompt, (Fraction(4, 3), Fraction(1, 3)))
    yield Case("|p|^2", sum(v * v for v in prompt), squared)
    yield Case("v", head, (Fraction(0), Fraction(1)))
    margins = [
        y * sum(u * Fraction(v) for u, v in zip(head, second, strict=True)) for (_, second), y in zip(THREE, LABELS, strict=True)
    ]
    yield Case("margins of v", margins, [Fraction(1)] * 3)


def gradients(prompt, head):
    """The derivatives of the loss of the mirrored inputs in the entries of p and v, at p = prompt and v = head."""
    p, v = symbols("p1:4", real=True), symbols("v1:4", real=True)
    loss = 0
    for tokens, label in MIRRORED:
        weights = [exp(sum(x * q for x, q in zip(t, p, strict=True))) for t in tokens]
        scores = [label * sum(x * u for x, u in zip(t, v, strict=True)) for t in tokens]
        loss += log(1 + exp(-sum(w * s for w, s in zip(weights, scores, strict=True)) / sum(weights)))
    at = dict(zip((*p, *v), (*prompt, *head), strict=True))
    return [[diff(loss, q).xreplace(at).simplify() for q in group] for group in (p, v)]


def mirrored(*, third=None):
    """On p = (a,0,0), v = (0,b,0) the flow stays there and selects; the full problem has a third entry."""
    of_prompt, of_head = gradients((a, 0, 0), (0, b, 0))
    yield Case("p keeps to its axis", of_prompt[1:], [0, 0])
    yield Case("v keeps to its axis", [of_head[0], of_head[2]], [0, 0])
    yield Case("p grows", of_prompt[0], 0, "<")
    selected = [max((0, 1), key=lambda t: tokens[t][0]) for tokens, _ in MIRRORED]
    yield Case("selected tokens", selected, [1, 1, 0, 0])
    rows = [
        [Fraction(str(u - v)) for u, v in zip(x[k], x[1 - k], strict=True)] for (x, _), k in zip(MIRRORED, selected, strict=True)
    ]
    full = least(rows)
    yield Case("|p|^2 of the full problem", sum(v * v for v in full), Fraction(5, 4))
    yield Case("third entry of the limit of p/|p|, up to a positive factor", Fraction(0), full[2] if third is None else third)


def cosine(u, v):
    import numpy as np

    u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    return u @ v / np.linalg.norm(u) / np.linalg.norm(v)


@cache
def joint(inputs, steps, *, eta=0.1):
    """Cosines of p with the full and the relaxed solution, and of v with its own, after joint normalised steps."""
    import numpy as np

    from workbench.dynamics.heads import joint_training
    from workbench.runs import record

    def run(key):
        tokens = np.array([[[float(v) for v in token] for token in tokens] for tokens in inputs])
        seen = joint_training(tokens, LABELS, (0, -1), (-1, 0), eta=eta, steps=steps, records=4)
        full = least([second for _, second in inputs])
        prompt = seen.prompts[-1]
        falls = {
            name: min(p / q for p, q in pairwise([1 - cosine(seen.prompts[k], goal) for k in (0, 1, 3)]))
            for name, goal in (("full_fall", full), ("relaxed_fall", (4, 1)))
        }
        values = {"full": cosine(prompt, full), "relaxed": cosine(prompt, (4, 1)), "head": cosine(seen.heads[-1], (0, 1))}
        return values | falls | {"selected": float((seen.chosen[-1] == 1).mean())}

    return record("joint_training", run, seed=0, dtype="float64")


claim = partial(Claim.of, source=HERE, topic="selection")


FAMILY = (
    Entry(
        claim(
            "joint_svm_values",
            "Three inputs have p = (4/3, 1/3) and v = (0, 1), all on the margin of v, and joint descent ends in these directions.",
            ForEach.once(r"p = \tfrac13(4, 1),\ \tfrac12|p|^2 = \tfrac{17}{18},\ v = (0, 1)", three_inputs),
            "tokens (0,0) and (1,1), (1,-1), (1/2,1) with labels 1, -1, 1",
            source=(HERE, MARGINS),
            uses=("multipliers_show_least_norm",),
        ),
        (
            Certified(0),
            Control("another norm", ForEach.once("17/8", partial(three_inputs, squared=Fraction(17, 8)))),
            Measured(
                "full",
                partial(joint, THREE, 1000),
                Fraction(999, 1000),
                1,
                "1 - cos falls like 1/steps^2",
                partial(joint, FAR, 1000),
            ),
            Measured(
                "full_fall",
                partial(joint, THREE, 1000),
                2,
                8,
                "from 250 over 500 to 1000 steps 1 - cos falls, like 1/steps^2 late",
                partial(joint, FAR, 1000),
            ),
            Measured(
                "head",
                partial(joint, THREE, 1000),
                Fraction(999, 1000),
                1,
                "1 - cos falls like 1/steps^2",
                partial(joint, THREE, 12),
            ),
        ),
    ),
    Entry(
        claim(
            "joint_training_follows_the_full_svm",
            "Trained together with v, p always tends to the maximum-margin direction with margins 1 in every input.",
            ForEach.once(r"p/|p| \to p^{mm}/|p^{mm}|", mirrored),
            "from p = (a,0,0), v = (0,b,0), a and b positive; the inputs are mirror images of each other with opposite labels",
        ),
        (Counterexample(at=0), Control("a third entry of 1", ForEach.once("1", partial(mirrored, third=Fraction(1))))),
    ),
    Entry(
        claim(
            "joint_training_relaxes_inputs_off_the_margin",
            "An input that is no support vector of v asks of p a margin of 0 only: p tends to that relaxed solution.",
            Prose(
                r"\langle v, Y_i x_i\rangle > 1 \Rightarrow p "
                r"\to \operatorname{argmin} |p|: \langle p, x_{i\alpha} - x_{it}\rangle \ge 0"
            ),
            "the third token is (-1/2, 2), where v = (0, 1) has margin 2; its margin is 0 at the relaxed solution (4, 1)/3",
            source=(HERE, MARGINS),
        ),
        (
            Measured(
                "relaxed",
                partial(joint, FAR, 3000),
                Fraction(999, 1000),
                1,
                "1 - cos falls faster than 1/steps",
                partial(joint, FAR, 12),
            ),
            Measured(
                "relaxed_fall",
                partial(joint, FAR, 3000),
                2,
                100,
                "from 750 over 1500 to 3000 steps 1 - cos falls at least like 1/steps",
                partial(joint, FAR, 12),
            ),
            Measured(
                "full",
                partial(joint, FAR, 3000),
                0,
                Fraction(99, 100),
                "the full and the relaxed solution have cosine .976",
                partial(joint, THREE, 1000),
            ),
        ),
    ),
)
