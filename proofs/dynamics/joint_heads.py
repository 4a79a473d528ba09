"""A prompt trained together with its value head, heads that keep several tokens, and many heads side by side.

Says: p and v tend together to their own maximum-margin points, where an input that is no support vector of v asks of p a margin of
0 only; with a nonlinear head several tokens stay, in fixed proportions; negative curvature of H heads is that of one over sqrt H.
Idea: the pull of an input on p is -l'(f_i), which dies out first where the margin of v is large.
Edges: with mirrored inputs p stays on an axis for ever, wherever the full problem points.
"""

from fractions import Fraction
from functools import cache, partial

from sympy import Rational, diff, exp, log, symbols

from workbench import Case, Certified, Claim, Control, Counterexample, Entry, ForEach, Measured, Prose, Source

HERE = Source("workbench2026", "derived in this file", read=True)
MARGINS = Source("tarzanagh2023maxmargin", "abstract", read=True)
MANY_HEADS = Source("deora2023optimization", "the theorem on weak convexity", read=False)
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
        seen = joint_training(tokens, LABELS, (0, -1), (-1, 0), eta=eta, steps=steps)
        full = least([second for _, second in inputs])
        prompt = seen.prompts[-1]
        values = {"full": cosine(prompt, full), "relaxed": cosine(prompt, (4, 1)), "head": cosine(seen.heads[-1], (0, 1))}
        return values | {"selected": float((seen.chosen[-1] == 1).mean())}

    return record("joint_training", run, seed=0, dtype="float64")


PARAMETERS, TOKENS, DIM, DATA = 10, 3, 2, 8


def one_head(v, x):
    import jax
    import jax.numpy as jnp

    u, w = v[: TOKENS * DIM].reshape(TOKENS, DIM), v[TOKENS * DIM :].reshape(DIM, DIM)
    return jnp.einsum("td,ts,sd->", u, jax.nn.softmax(x @ w @ x.T), x)


@cache
def derivatives():
    """The jitted value, gradient and second derivative of each head at each datum: (heads, data, ...)."""
    import jax

    def at(v, x):
        return one_head(v, x), jax.grad(one_head)(v, x), jax.hessian(one_head)(v, x)

    return jax.jit(jax.vmap(jax.vmap(at, (None, 0)), (0, None)))


def curvature(f, g, h, y, heads):
    """-lambda_min(Hess L)/L, |grad L|/L, and the largest norm of a head's own block over L, for the first so many heads."""
    import numpy as np

    value = f[:heads].sum(axis=0) / np.sqrt(heads)
    pull = 1 / (1 + np.exp(y * value))
    loss = np.logaddexp(0, -y * value).mean()
    slopes = g[:heads].transpose(1, 0, 2).reshape(DATA, -1) / np.sqrt(heads)
    hessian = np.einsum("n,na,nb->ab", pull * (1 - pull), slopes, slopes) / DATA
    blocks = -np.einsum("n,hnab->hab", pull * y, h[:heads]) / DATA
    for k, block in enumerate(blocks):
        part = slice(PARAMETERS * k, PARAMETERS * (k + 1))
        hessian[part, part] += block / np.sqrt(heads)
    largest = np.abs(np.linalg.eigvalsh(blocks)).max()
    return -np.linalg.eigvalsh(hessian)[0] / loss, np.linalg.norm((pull * y) @ slopes / DATA) / loss, largest / loss


@cache
def many_heads(draws, *, power=0.5):
    """For H = 1, 4, 16 heads with entries N(0,1): curvature times H^power over that of the worst head, gradient, and slope in H.

    The claims are about power 1/2; another power is a control.
    """
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    sizes = (1, 4, 16)

    def run(key):
        table = []
        rng = generator(key, 0)
        for _ in range(draws):
            x, y = rng.standard_normal((DATA, TOKENS, DIM)), rng.choice((-1.0, 1.0), DATA)
            f, g, h = map(np.asarray, derivatives()(rng.standard_normal((sizes[-1], PARAMETERS)), x))
            table.append([curvature(f, g, h, y, heads) for heads in sizes])
        negative, slopes, largest = np.moveaxis(np.array(table), 2, 0)
        return {
            "over_worst_head": (negative * np.array(sizes, dtype=float) ** power / largest).max(),
            "gradient": slopes.max() * np.array(sizes, dtype=float)[-1] ** (0.5 - power),
            "slope": np.polyfit(np.log(sizes), np.log(np.median(negative, axis=0)), 1)[0] + power - 0.5,
        }

    return record("many_heads", run, seed=8, dtype="float64")


def claim(name, says, statement, *hypotheses, sources=(HERE,), uses=()):
    return Claim(name, says, statement, hypotheses=hypotheses, sources=sources, uses=uses, topic="selection")


HEADS = "f = H^(-1/2) sum_h <U_h, softmax(X W_h X^T) X>, logistic loss of 8 data of 3 tokens in the plane, all entries N(0,1)"
FAMILY = (
    Entry(
        claim(
            "joint_svm_values",
            "Three inputs have p = (4/3, 1/3) and v = (0, 1), all on the margin of v, and joint descent ends in these directions.",
            ForEach.once(r"p = \tfrac13(4, 1),\ \tfrac12|p|^2 = \tfrac{17}{18},\ v = (0, 1)", three_inputs),
            "tokens (0,0) and (1,1), (1,-1), (1/2,1) with labels 1, -1, 1",
            sources=(HERE, MARGINS),
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
                "head",
                partial(joint, THREE, 1000),
                Fraction(999, 1000),
                1,
                "1 - cos falls like 1/steps^2",
                partial(joint, THREE, 10),
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
            sources=(HERE, MARGINS),
        ),
        (
            Measured(
                "relaxed",
                partial(joint, FAR, 3000),
                Fraction(999, 1000),
                1,
                "1 - cos falls faster than 1/steps",
                partial(joint, FAR, 10),
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
    Entry(
        claim(
            "hessian_weakly_convex_with_heads",
            "The negative curvature of H heads over the loss is at most kappa/sqrt H, and the gradient over the loss at most beta.",
            Prose(r"-\lambda_{\min}(\nabla^2 L)/L \le \kappa H^{-1/2},\quad |\nabla L|/L \le \beta"),
            HEADS,
            "kappa is the largest norm of a head's own second derivative over L, which for N(0,1) entries grows with H; beta is 2",
            sources=(MANY_HEADS,),
        ),
        (
            Measured(
                "over_worst_head",
                partial(many_heads, 12),
                0,
                1,
                "the Hessian is positive semidefinite plus the heads' own blocks, each scaled by 1/sqrt H",
                partial(many_heads, 12, power=1.0),
                partial(many_heads, 100),
            ),
            Measured(
                "gradient",
                partial(many_heads, 12),
                0,
                2,
                "twice what single heads show",
                partial(many_heads, 12, power=-0.5),
                partial(many_heads, 100),
            ),
        ),
    ),
    Entry(
        claim(
            "hessian_exponent_is_minus_half",
            "The negative curvature over the loss falls exactly like H^(-1/2) at random entries.",
            Prose(r"-\lambda_{\min}(\nabla^2 L)/L \sim H^{-1/2}"),
            HEADS,
        ),
        (
            Measured(
                "slope",
                partial(many_heads, 12),
                Fraction(-6, 10),
                Fraction(-4, 10),
                "-1/2 up to a fit over a factor of 16 in H, medians of the draws",
                partial(many_heads, 12, power=1.5),
                partial(many_heads, 100),
            ),
        ),
    ),
)
