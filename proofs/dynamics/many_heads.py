"""Many heads side by side: how negative the curvature of their loss can be, and that it follows no power of their number.

Says: f = H^(-1/2) sum_h <U_h, softmax(X W_h X^T) X> has -lambda_min(Hess L)/L of at most kappa/sqrt H, kappa the largest norm of a
head's own second derivative over L, and a gradient bounded by the loss; the ratio itself does not fall exactly like H^(-1/2).
Idea: the Hessian is positive semidefinite plus the heads' own blocks, each scaled by 1/sqrt H.
Edges: its own slope lifts the curvature of one head; like heads can move against each other, which no slope lifts.
"""

from functools import cache, partial

from sympy import Integer, exp, hessian, log, real_roots, symbols

from workbench import Case, Claim, Control, Counterexample, Entry, ForEach, Measured, Prose, Source
from workbench.dynamics.softmax import softmax_mean, textbook

HERE = Source("workbench2026", "derived in this file", read=True)
MANY_HEADS = Source("deora2023optimization", "the theorem on weak convexity", read=False)
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
def many_heads(draws, *, sizes=(1, 4, 16), power=0.5):
    """Heads with entries N(0,1): curvature times H^power over that of the worst head, and the gradient.

    The claim is about power 1/2; another power is a control.
    """
    import numpy as np

    from workbench.dynamics.token_runs import generator
    from workbench.runs import record

    def run(key):
        table = []
        rng = generator(key, 0)
        for _ in range(draws):
            x, y = rng.standard_normal((DATA, TOKENS, DIM)), rng.choice((-1.0, 1.0), DATA)
            f, g, h = map(np.asarray, derivatives()(rng.standard_normal((sizes[-1], PARAMETERS)), x))
            table.append([curvature(f, g, h, y, heads) for heads in sizes])
        negative, slopes, largest = np.moveaxis(np.array(table), 2, 0)
        numbers = np.array(sizes, dtype=float)
        return {
            "over_worst_head": (negative * numbers**power / largest).max(),
            "gradient": slopes.max() * numbers[-1] ** (0.5 - power),
        }

    return record("many_heads", run, seed=8, dtype="float64")


@cache
def least_curvature(root):
    """The least eigenvalue of the loss's Hessian over the loss, for root^2 like heads U = (1, -1), W = 0 on the tokens 1 and -1."""
    names, output = [], Integer(0)
    for h in range(root**2):
        upper, lower, w = symbols(f"u{h} v{h} w{h}", real=True)
        means = [softmax_mean([1, -1], [side * w, -side * w]) for side in (1, -1)]
        output += textbook(upper * means[0] + lower * means[1]) / root
        names += [upper, lower, w]
    at = dict(zip(names, (Integer(1), Integer(-1), Integer(0)) * root**2, strict=True))
    loss = log(1 + exp(-output))
    return min(real_roots(hessian(loss, names).xreplace(at).charpoly().as_expr())) / loss.xreplace(at)


def falls(n, *, factor=1):
    """n times the ratio of n^2 heads, against that of one head."""
    yield Case(f"H = {n**2}", n * least_curvature(n), factor * least_curvature(1))


def claim(name, says, statement, *hypotheses, sources=(HERE,), uses=()):
    return Claim(name, says, statement, hypotheses=hypotheses, sources=sources, uses=uses, topic="selection")


HEADS = "f = H^(-1/2) sum_h <U_h, softmax(X W_h X^T) X>, logistic loss of 8 data of 3 tokens in the plane, all entries N(0,1)"
FAMILY = (
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
                partial(many_heads, 40, sizes=(1, 2, 4, 8, 16, 32)),
            ),
            Measured(
                "gradient",
                partial(many_heads, 12),
                0,
                2,
                "twice what single heads show; exploratory runs were made before the band was set",
                partial(many_heads, 12, power=-0.5),
                partial(many_heads, 40, sizes=(1, 2, 4, 8, 16, 32)),
            ),
        ),
    ),
    Entry(
        claim(
            "hessian_exponent_is_minus_half",
            "The negative curvature over the loss falls exactly like H^(-1/2).",
            ForEach.of(
                r"n \cdot \lambda_{\min}(\nabla^2 L)/L |_{H = n^2} = \lambda_{\min}(\nabla^2 L)/L |_{H = 1}", falls, first=1
            ),
            "n^2 like heads U = (1, -1), W = 0 on one datum, the tokens 1 and -1 with label 1",
        ),
        (
            Counterexample(at=2),
            Control("twice that of one head", ForEach.of("2", partial(falls, factor=2), first=1)),
        ),
    ),
)
