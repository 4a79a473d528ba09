"""What a refuted formula of a network beside a chain of gates shows.

Says: the formula has a model for a point of the cube exactly if the network differs from its specification there, so that a
refutation shows that they agree at every point.
Idea: each gate and each state of a threshold unit is a variable with one value at a point; the last clause asks for a difference.
Edges: a difference at one point leaves a model, and then no proof is accepted.
"""

from fractions import Fraction
from itertools import product

from sympy import Function, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForEach, H, Hand, Identity, Network, Source
from workbench.circuits import addition, comparison, equality, parity
from workbench.circuits.pairs import FORMS, network_of
from workbench.miter import clauses_of
from workbench.units import threshold_unit

x, S, w, e = symbols("x S w e", real=True)
r, p = symbols("r", nonnegative=True), symbols("p", positive=True)
F = Function("F")
half = Fraction(1, 2)
RULES = {
    "equality": lambda bits: [int(bits[: len(bits) // 2] == bits[len(bits) // 2 :])],
    "comparison": lambda bits: [int(bits[: len(bits) // 2][::-1] > bits[len(bits) // 2 :][::-1])],
    "addition": lambda bits: [int(b) for b in f"{value(bits, 0) + value(bits, 1):0{len(bits) // 2 + 1}b}"[::-1]],
    "parity": lambda bits: [sum(bits) % 2],
}


def value(bits, half_of):
    word = bits[: len(bits) // 2] if half_of == 0 else bits[len(bits) // 2 :]
    return sum(b << i for i, b in enumerate(word))


def models(clauses, fixed):
    """Whether the clauses have a model that extends these literals: by propagation, and by trying both values where it stops."""
    true = set(fixed)
    while True:
        rest = [[x for x in c if -x not in true] for c in clauses if true.isdisjoint(c)]
        if [] in rest:
            return False
        units = {c[0] for c in rest if len(c) == 1}
        if any(-u in units for u in units):
            return False
        if not units:
            break
        true |= units
    return not rest or any(models(rest, true | {literal}) for literal in (rest[0][0], -rest[0][0]))


def found(network, specification, inputs, outputs):
    """The points for which the formula has a model."""
    formula, n = clauses_of(network, specification, inputs=inputs, outputs=outputs), len(network.inputs)
    points = product((0, 1), repeat=n)
    return {p for p in points if models(formula, [k if bit else -k for k, bit in enumerate(p, 2)])}


def apart(network, rule, inputs, outputs):
    """The points at which an output is not the bit of the rule."""
    points, low = product((0, 1), repeat=len(network.inputs)), 0 if outputs == "01" else -1
    shown = {p: p if inputs == "01" else tuple(2 * b - 1 for b in p) for p in points}
    return {p for p, v in shown.items() if list(network.at(v)) != [1 if b else low for b in rule(p)]}


def unit(name, weights):
    return threshold_unit(name, {f"x{i}": w for i, w in enumerate(weights[1:])}, weights[0] + half)


def units_and_pairs(names):
    """Every unit with weights and threshold from -1 to 1, and every form of some pairs of them."""
    all_weights = list(product((-1, 0, 1), repeat=len(names) + 1))
    for weights in all_weights:
        yield Network.of(names, [unit("f", weights)], ["f"]), "01", "01"
    for form, weights in product(FORMS, zip(all_weights[::4], all_weights[1::4], strict=False)):
        network = network_of(names, [(unit("f", weights[0]), unit("g", weights[1]))], form)
        yield network, "01", "pm1" if form == "signed" else "01"


def of_the_library(entry, size):
    for (model, outputs), form in entry.forms.items():
        yield entry(size, model, outputs=outputs), form.inputs, outputs


def cases(n, rules=RULES):
    networks = [*units_and_pairs([f"x{i}" for i in range(n)]), *of_the_library(parity, n)]
    words = n % 2 == 0
    networks += [*of_the_library(equality, n // 2), *of_the_library(comparison, n // 2)] if words else []
    pairs = [(name, network) for name in ("parity", "equality", "comparison")[: 3 if words else 1] for network in networks]
    pairs += [("addition", network) for network in of_the_library(addition, n // 2)] if words else []
    for name, (network, *conventions) in pairs:
        yield Case(f"n = {n}, {network!r}, {name}", found(network, name, *conventions), apart(network, rules[name], *conventions))


CLAIM = Claim(
    name="refuted_difference_is_equality",
    says="A refutation of the formula of a network beside a chain of gates shows that they agree at every point of the cube.",
    statement=ForEach.of(
        r"\{x : N(x) \neq G(x)\} = \{x : \text{the formula has a model with inputs } x\}", cases, first=1, costly_from=3
    ),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="soundness",
)

EVIDENCE = (
    Derived.of(
        Identity.of(F(x), (1 - x) * F(0) + x * F(1), where={x: "bit"}, note="a gate that chooses between the two values of a bit"),
        Identity.of(H(S + w * x), (1 - x) * H(S) + x * H(S + w), where={x: "bit"}, note="one literal of an activation is read"),
        Identity.of(H(S + x), 1, given={S: 1 + r}, where={x: "bit"}, note="decided: all sums still to come are positive"),
        Identity.of(H(S - x), 0, given={S: -p}, where={x: "bit"}, note="decided: none is"),
        Hand("at each point every variable has the value of its gate, or of its state, and then each clause but the last holds"),
        Hand("the last clause then holds exactly if some output is above or below the specified value"),
        Hand("a step of a proof follows by unit propagation, so every model of the formula satisfies it; none satisfies the last"),
    ),
    Certified(2),
    Control("another specification", ForEach.of("N = G", lambda n: cases(n, {k: RULES["parity"] for k in RULES}), first=2)),
    Control("a state decided by 0", Identity.of(H(r), 1)),
)
