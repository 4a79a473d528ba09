"""The product of two variables is no piecewise linear and no piecewise constant function, on any open set.

Says: x y is on no open set of the plane equal to a continuous piecewise linear or a piecewise constant function; so no network of
ReLU, or of threshold units, computes it exactly.
Idea: the mixed second difference over a rectangle of sides h, k is h k for the product and 0 for an affine function.
Edges: on two points, on bits (AND), or on a line x = c, affine and threshold units do compute the product.
"""

from sympy import Rational, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Hand, Identity, Network, Source, affine

x, y, u, v, c = symbols("x y u v c", real=True)
h, k = symbols("h k", positive=True)


def error(x, y):
    """The product less an arbitrary affine function."""
    return x * y - (u * x + v * y + c)


def mixed(f):
    """The mixed second difference over the rectangle with corner (x, y) and sides h, k."""
    return f(x + h, y + k) - f(x + h, y) - f(x, y + k) + f(x, y)


def networks(n):
    """Networks of n ReLU or threshold units: on some cell of a fine grid the second difference is 0, unlike the product's."""
    step = Rational(1, 4 * n)
    for kind in ("relu", "threshold"):
        units = [affine(f"h{i}", {"x": i + 1, "y": n - i}, -i, transfer=kind) for i in range(n)]
        network = Network.of(["x", "y"], [*units, affine("f", {unit.name: (-1) ** i for i, unit in enumerate(units)})], ["f"])
        cells = [(a * step, b * step) for a in range(4 * n) for b in range(4 * n)]
        flat = [cell for cell in cells if difference(network, *cell, step) == 0]
        yield Case(f"{n} {kind} units: cells where the second difference is 0", len(flat), 0, ">")
        yield Case(f"{n} {kind} units: the product's there", step * step, 0, ">")


def difference(network, a, b, step):
    corners = ((a + step, b + step, 1), (a + step, b, -1), (a, b + step, -1), (a, b, 1))
    return sum(sign * network.at((p, q))[0] for p, q, sign in corners)


CLAIM = Claim(
    name="product_not_computed_by_relu_or_threshold_network",
    says="On no open set is xy a continuous piecewise linear or a piecewise constant function, as ReLU and threshold networks are.",
    statement=ForAll.of(
        Identity.of(mixed(error), h * k, note="so x y - (u x + v y + c) is not 0 at all four corners of any rectangle")
    ),
    hypotheses=("u, v, c are any reals, h, k > 0; a constant function is the case u = v = 0",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="identities",
)

EVIDENCE = (
    Derived.of(
        Identity.of(mixed(error), h * k),
        Hand("finitely many closed pieces cover any open set, so one contains a small rectangle, where the function is affine"),
        Hand(
            "a network of ReLU and linear units is continuous and piecewise affine, one of threshold units with linear readout "
            "piecewise constant, with finitely many polyhedral pieces"
        ),
    ),
    Certified(3, of=ForEach.of("networks", networks, first=1, costly_from=4)),
    Control("a rectangle without height", Identity.of(mixed(error), h**2, given={k: h / 2})),
    Control("an affine function in place of the product", Identity.of(mixed(lambda x, y: x + y - (u * x + v * y + c)), h * k)),
    Control("a second difference in x alone", Identity.of(error(x + h, y) - 2 * error(x, y) + error(x - h, y), h * k)),
)
