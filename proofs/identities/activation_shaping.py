"""Activation functions shaped by gating a linear unit: abs, leaky ReLU, smooth gates, and self-gating.

Says: |z| = z sgn(z); z (alpha + (1 - alpha) H(z)) is leaky ReLU for any alpha; SiLU, GELU, GLU, highway, GRU and LSTM gates are
output gatings by smooth units; a threshold unit that gates itself is itself, a sign unit the constant 1, a linear unit its square.
Idea: for z > 0 and z < 0 the gate is a constant; at z = 0 the linear unit is 0, so that H(0) does not matter.
Edges: the gate needs the same zero as the unit: with another bias in the gate each of the first two fails.
"""

from sympy import Abs, Heaviside, IndexedBase, Max, Min, Piecewise, Rational, Sum, erf, exp, sqrt, symbols, tanh

from workbench import (
    HERE,
    Case,
    Certified,
    Claim,
    Control,
    Derived,
    Entry,
    ForAll,
    ForEach,
    H,
    Identity,
    Network,
    Quark,
    Source,
    affine,
    output,
)

z, alpha, beta, a, b, c, o, p, q, h, g, s, t, r = symbols("z alpha beta a b c o p q h g s t r", real=True)
d = symbols("d", positive=True)
j, m = symbols("j m", integer=True, positive=True)
w, v, x = IndexedBase("w"), IndexedBase("v"), IndexedBase("x")


def sgn(value, at_zero=0):
    return 2 * Heaviside(value, at_zero) - 1


def logistic(value):
    return 1 / (1 + exp(-value))


def dot(weights):
    return Sum(weights[j] * x[j], (j, 1, m))


def leaky(at_zero):
    """The gated unit beside leaky ReLU, for one value of H(0)."""
    return Identity.of(
        z * (alpha + (1 - alpha) * H(z, at_zero)), Piecewise((z, z > 0), (alpha * z, True)), note=f"H(0) = {at_zero}"
    )


def built(kind):
    """The values of a linear unit 2 x - 3 gated by a unit of the same weights, at half-integers on both sides of the zero."""

    def cases():
        for at_zero in (0, 1):
            gate = affine("g", {"x": 2}, -3, transfer=kind)
            network = Network.of(["x"], [affine("f", {"x": 2}, -3), Network.of(["x"], [gate], ["g"]).unit("g")], ["f"])
            gated = Quark("O", "O", "multiplication").apply(network, attending=output("g"), attended="f")
            for k in range(-2, 9):
                value = k - 3
                want = {"sign": abs(value), "threshold": max(0, value), "identity": value**2}[kind]
                yield Case(f"H(0) = {at_zero}, x = {k}/2", gated.at((Rational(k, 2),)), (want,))
            yield Case("gates and depth", (tuple(gated.gatings), gated.depth), ((0, 1, 0, 0), 1))

    return ForEach.once(f"z {kind}(z)", cases)


FAMILY = (
    Entry(
        Claim(
            "abs_eq_output_gating_by_own_sign",
            "The absolute value is a linear unit gated by the sign unit with the same weights, for either value of sgn(0).",
            ForAll.of(
                Identity.of(z * sgn(z, 0), Abs(z), note="sgn(0) = -1"), Identity.of(z * sgn(z, 1), Abs(z), note="sgn(0) = 1")
            ),
            sources=(HERE,),
            topic="identities",
        ),
        (
            Derived(),
            Certified(0, of=built("sign")),
            Control("a 0/1 gate", Identity.of(z * H(z), Abs(z))),
            Control("a gate with another bias", Identity.of(z * sgn(z + d), Abs(z))),
        ),
    ),
    Entry(
        Claim(
            "leaky_relu_eq_output_gating",
            "Leaky ReLU of any slope is a linear unit gated by an affine function of the threshold unit with the same weights.",
            ForAll.of(leaky(0), leaky(1)),
            hypotheses=("alpha is any real slope below zero",),
            sources=(HERE,),
            topic="identities",
        ),
        (
            Derived(),
            Certified(0, of=built("threshold")),
            Control(
                "the larger of z and alpha z, without alpha <= 1", Identity.of(z * (alpha + (1 - alpha) * H(z)), Max(z, alpha * z))
            ),
            Control("a gate with another bias", Identity.of(z * (alpha + (1 - alpha) * H(z + d)), Max(0, z) + alpha * Min(0, z))),
        ),
    ),
    Entry(
        Claim(
            "smooth_gates_are_output_gating",
            "SiLU, GELU, GLU, and the gates of highway, GRU and LSTM cells are outputs multiplied by outputs of smooth units.",
            ForAll.of(
                Identity.of(
                    z / (1 + exp(-beta * z)),
                    z * g,
                    given={g: logistic(beta * z)},
                    note="SiLU, gate logistic(beta z)",
                ),
                Identity.of(
                    z * (1 + erf(z / sqrt(2))) / 2,
                    z * g,
                    given={g: Rational(1, 2) + erf(z / sqrt(2)) / 2},
                    note="GELU, gate Phi(z)",
                ),
                Identity.of(
                    (dot(w) + b) / (1 + exp(-dot(v) - c)),
                    o * g,
                    given={o: dot(w) + b, g: logistic(dot(v) + c)},
                    note="an entry of GLU: a linear unit and a logistic gate",
                ),
                Identity.of(
                    h + (p - h) * logistic(s),
                    p * g + h * o,
                    given={g: logistic(s), o: logistic(-s)},
                    note="highway and GRU: two gated outputs, since 1 - logistic(s) = logistic(-s)",
                ),
                Identity.of(
                    tanh(c / (1 + exp(-s)) + p / (1 + exp(-t))) / (1 + exp(-r)),
                    tanh(c * o + p * g) * q,
                    given={o: logistic(s), g: logistic(t), q: logistic(r)},
                    note="LSTM: forget, input and output gates",
                ),
            ),
            hypotheses=("logistic(s) = 1/(1 + exp(-s)), and Phi(z) = (1 + erf(z / sqrt(2)))/2",),
            sources=(Source("baldi2023quarks", "examples of gating units", read=False), HERE),
            topic="identities",
        ),
        (
            Derived(),
            Control("SiLU without beta in the gate", Identity.of(z / (1 + exp(-beta * z)), z * logistic(z))),
            Control(
                "a highway gate that is not complementary",
                Identity.of(h + (p - h) * logistic(s), p * logistic(s) + h * logistic(s)),
            ),
        ),
    ),
    Entry(
        Claim(
            "self_gating_of_threshold_is_trivial",
            "Gated by itself, a threshold unit is itself, a sign unit is 1, and a linear unit is its square.",
            ForAll.of(
                Identity.of(H(z, 0) * H(z, 0), H(z, 0), note="H(0) = 0"),
                Identity.of(H(z, 1) * H(z, 1), H(z, 1), note="H(0) = 1"),
                Identity.of(sgn(z, 0) ** 2, 1, note="sgn(0) = -1"),
                Identity.of(sgn(z, 1) ** 2, 1, note="sgn(0) = 1"),
                Identity.of(
                    a * o,
                    dot(w) ** 2 + 2 * b * dot(w) + b**2,
                    given={o: dot(w) + b, a: dot(w) + b},
                    note="a linear unit of any m inputs",
                ),
            ),
            sources=(HERE,),
            topic="identities",
        ),
        (
            Derived(),
            Certified(0, of=built("identity")),
            Control("a sign unit gives itself", Identity.of(sgn(z) ** 2, sgn(z))),
            Control("a sign unit with sgn(0) = 0", Identity.of((H(z, 0) - H(-z, 0)) ** 2, 1)),
            Control("a linear unit gives itself", Identity.of(z * z, z)),
        ),
    ),
)
