"""What a certificate about the smallest circuits of a function shows, once its check accepts it.

Says: a formula with an accepted refutation has no model; where the formulas of all architectures are refuted that no given network
is within, every circuit of so many units is as large as one of the networks.
Idea: unit propagation makes only what must be true; summing activations shows which tables a threshold unit cannot have.
Edges: architectures are listed without inner layers of one unit, but circuits that have them are compared too; so are circuits with
units that nobody reads.
"""

from collections import defaultdict
from functools import cache
from itertools import combinations, permutations, product

from sympy import IndexedBase, Sum, Symbol, symbols

from workbench import HERE, BooleanFunction, Certified, Claim, Control, Derived, Entry, ForEach, Hand, Identity, circuit
from workbench.clauses import Step, refuted
from workbench.errors import Rejected
from workbench.statement import Case

p, a, b = symbols("p a b", real=True)
k, last = Symbol("k", integer=True), Symbol("m", integer=True, positive=True)
w, x, y, u, v = (IndexedBase(name) for name in "wxyuv")
MODELS = {"standard": ("01", 3), "skip": ("01", 2), "gated, 01": ("01", 3), "gated, pm1": ("pm1", 3)}  # outputs, and units tried


def accepted(clauses, hints):
    try:
        refuted(clauses, [Step((), hints)])
    except Rejected:
        return False
    return True


def satisfiable(clauses, variables):
    return any(
        all(any((literal > 0) == bits[abs(literal) - 1] for literal in clause) for clause in clauses)
        for bits in product((False, True), repeat=variables)
    )


def refutations(variables, *, dropped=0):
    """Every formula without tautologies against every order of so many hints as propagation can use."""
    literals = [(0, i, -i) for i in range(1, variables + 1)]
    clauses = [tuple(filter(None, choice)) for choice in product(*literals)]
    for size in range(len(clauses) + 1):
        for formula in combinations(clauses, size):
            orders = (order for length in range(1, variables + 2) for order in permutations(range(1, size + 1), length))
            if any(accepted(formula, order) for order in orders):
                yield Case(f"clauses {formula}", satisfiable(formula[dropped:], variables), False)


@cache
def threshold_tables(bits):
    """The threshold functions of at most four bits, from their definition."""
    found, size = set(), 3 if bits > 3 else 2
    for weights in product(range(-size, size + 1), repeat=bits):
        sums = [2 * sum(w for i, w in enumerate(weights) if point >> i & 1) for point in range(1 << bits)]
        for bias in range(-max(sums) - 1, -min(sums) + 2, 2):
            found.add(sum(1 << point for point, s in enumerate(sums) if s + bias > 0))
    return sorted(found)


@cache
def functions_of(columns, points):
    """What a unit can compute that reads these columns."""
    entries = [sum((c >> point & 1) << i for i, c in enumerate(columns)) for point in range(points)]
    return sorted({sum((t >> e & 1) << point for point, e in enumerate(entries)) for t in threshold_tables(len(columns))})


def multiplied(tables, gates, outputs, full):
    """The outputs of a layer, or None if its gates go round in a circle."""
    found = {}
    for _ in tables:
        for i, gate in enumerate(gates):
            if gate is None:
                found[i] = tables[i]
            elif gate in found:
                found[i] = tables[i] & found[gate] if outputs == "01" else full ^ tables[i] ^ found[gate]
    return tuple(found[i] for i in range(len(tables))) if len(found) == len(tables) else None


def circuits(n, model, outputs, most):
    """The sizes of all circuits of at most so many units, by the function that they compute, built layer by layer."""
    points, found = 1 << n, defaultdict(set)
    full = (1 << points) - 1
    inputs = tuple(sum(1 << point for point in range(points) if point >> i & 1) for i in range(n))

    def extend(columns, used, depth, gatings):
        for width in range(1, most - used + 1):
            wirings = list(product((None, *range(width)), repeat=width)) if model == "gated" else [(None,) * width]
            for tables in set(product(functions_of(columns, points), repeat=width)):
                for gates in wirings:
                    layer = multiplied(tables, gates, outputs, full)
                    if layer is None:
                        continue
                    size = (used + width, depth + 1, gatings + sum(g is not None for g in gates))
                    for table in layer:
                        found[table].add(size)
                    reads = columns + layer if model == "skip" else layer
                    if (reads, size) not in seen:
                        seen.add((reads, size))
                        extend(reads, *size)

    seen = set()
    extend(inputs, 0, 0, 0)
    return found


def smallest(sizes):
    return {s for s in sizes if not any(all(i <= j for i, j in zip(t, s, strict=True)) for t in sizes - {s})}


def bounds(n, *, read_as=None):
    """The certificates of all functions of n inputs against all circuits of two or three units."""
    for name, (outputs, most) in MODELS.items():
        built = circuits(n, read_as or name.partition(",")[0], outputs, most)
        for table in range(1 << (1 << n)):
            certificate = circuit(BooleanFunction(n, table), model=name.partition(",")[0], outputs=outputs).certificate
            certificate.check()
            front = {tuple(s) for s in certificate.sizes if s.units <= most}
            yield Case(f"n = {n}, {name}, table {table:#x}", front, smallest(built[table]))


def entry(name, says, latex, cases, near, *steps, index, uses=()):
    claim = Claim(name, says, ForEach.of(latex, cases, first=0, index=index, costly_from=3), (), (HERE,), uses, "soundness")
    control = Control(near[0], ForEach.of(near[0], near[1], first=0, index=index), upto=2)
    return Entry(claim, (Derived.of(*steps), Certified(2), control))


FAMILY = (
    entry(
        "refutation_excludes_models",
        "A formula with a refutation, each step of which follows by unit propagation along its hints, has no model.",
        r"\text{accepted}(F, \pi) \Rightarrow \neg \exists \alpha: \alpha \models F",
        refutations,
        ("the first clause not used", lambda variables: refutations(variables, dropped=1)),
        Identity.of(
            (1 - (1 - p) * (1 - a)) * (1 - p * (1 - b)) * (1 - a) * (1 - b),
            0,
            where={p: "bit", a: "bit", b: "bit"},
            note="p or a, not p or b, and neither a nor b, exclude each other",
        ),
        Hand(
            "a hint with one literal left makes that literal true in every model that falsifies the step; one with none ends them"
        ),
        Hand("so each step holds in every model of the formula, and the empty clause, which holds in none, is the last"),
        index="v",
    ),
    entry(
        "refuted_architectures_bound_circuits",
        "If every architecture of at most U units that none of the networks is within is refuted, each circuit of at most U units "
        "is as large as a network.",
        r"\forall A, |A| \le U: A \ge N_i \text{ or } F_A \text{ refuted} \Rightarrow \forall C, |C| \le U\ \exists i: C \ge N_i",
        bounds,
        ("skips in every model", lambda n: bounds(n, read_as="skip")),
        Identity.of(
            Sum(w[k] * (x[k] + y[k] - u[k] - v[k]), (k, 0, last)),
            Sum(w[k] * x[k], (k, 0, last))
            + Sum(w[k] * y[k], (k, 0, last))
            - Sum(w[k] * u[k], (k, 0, last))
            - Sum(w[k] * v[k], (k, 0, last)),
            note="where x + y = u + v the activations at x and y add up to those at u and v",
        ),
        Hand(
            "so no threshold function is 1 at x and y and 0 at u and v, and a circuit gives a model of its architecture's formula"
        ),
        Hand("dropping what nobody reads and an inner layer of one unit, with what is before it, gives a listed architecture"),
        Hand("negating a unit and exchanging two, as the formula chooses, changes what readers absorb; the product has no order"),
        index="n",
        uses=("refutation_excludes_models", "equal_tables_are_equal_functions"),
    ),
)
