"""What a shift of all tokens and a permutation of them do to the weights and outputs of each mechanism.

Says: a joint shift of queries and keys (or of the frequencies) changes no weight of Krause and synchronization attention; it does
change weights of softmax, Hadamard and affine-scaled attention, with relu features some shifts change no Hadamard weight either;
every mechanism commutes with permutations of the tokens if masks are permuted with them.
Idea: differences do not see shifts; a row of weights is made of symmetric functions of the tokens that it reads.
Edges: a shift across the keys' differences, c.(k_j - k_l) = 0, changes no softmax weight; ties go to the lowest index, and move.
"""

from functools import partial

from sympy import Function, Matrix, Rational, cancel, exp, log, sqrt, symbols

from workbench import HERE, Case, Certified, Claim, Control, Counterexample, Derived, Entry, ForEach, Hand, Identity

weight, value = Function("W"), Function("V")
q, k, c, s, x, y1, y2, z1, z2, A = symbols("q k c s x y_1 y_2 z_1 z_2 A", real=True)
R, Z = symbols("R Z", positive=True)
UNIT = sqrt(log(2))  # products of its integer multiples have rational exponentials
RULES = {
    "softmax": ("softmax", {}),
    "linear": ("linear", {}),
    "Krause": ("krause", {}),
    "Krause, top 2": ("krause", {"most": 2}),
    "Hadamard": ("hadamard", {"features": "linear"}),
    "Hadamard, relu": ("hadamard", {}),
    "synchronization": ("synchronization", {}),
    "affine-scaled": ("affine-scaled", {}),
    "affine-scaled, N = n": ("affine-scaled", {"keys": "full"}),
    "softmax with a sink": ("softmax-with-sink", {}),
    "top-1": ("top-n", {"most": 1}),
    "top-2, renormalised": ("top-n", {"most": 2, "renormalised": True}),
    "top-1 by contribution": ("top-n", {"most": 1, "ranking": "contr"}),
    "X X^T X": ("linearised", {}),
    "value-softmax": ("value-softmax", {}),
}


def integers(name, rows, columns=1):
    """Tokens without ties: distinct distances, products and sums."""
    start = sum(map(ord, name)) % 4
    return Matrix(rows, columns, lambda i, c: (3 * i**2 + (start + 1) * i + c + start + 1) * (-1) ** (i * (start % 2)))


def outputs(label, inputs, *, mask=None):
    """The outputs of a mechanism of width 1 at given inputs; its weights, if the values are unit vectors."""
    from workbench.mechanisms import mechanism

    name, options = RULES[label]
    rule, n = mechanism(name, **options), next(iter(inputs.values())).rows
    width = inputs["v"].cols if "v" in inputs else 1
    expression = rule.expression(n, 1, width, **({"mask": mask} if rule.masked and mask else {}))
    numbers = [entry for tensor in rule.inputs for entry in inputs[tensor.name]]
    return expression.xreplace(dict(zip(symbols(rule.names(n, 1, width), real=True), numbers, strict=True)))


NAMES = {
    "synchronization": ("omega", "theta", "v"),
    "X X^T X": ("x",),
    "value-softmax": ("a", "v"),
    "Hadamard": ("q0", "k0", "q1", "k1", "v"),
    "Hadamard, relu": ("q0", "k0", "q1", "k1", "v"),
}
SHIFTED = ("q", "k", "q0", "k0", "q1", "k1", "omega")


def shifted_weights(label, n, *, shift, negative=False):
    """Weights of n tokens before and after the shift, in units of sqrt(ln 2) (frequencies: 1/40; Hadamard: 1)."""
    pair, unit = [], 1 if label.startswith("Hadamard") else UNIT  # weights are rational, or functions of differences
    for moved in (Matrix([0] * n), shift * Matrix([1] * n)):
        tokens = {name: integers(name, n) if not negative else -integers(name, n).applyfunc(abs) for name in SHIFTED}
        inputs = {name: (matrix + moved) * (unit if name != "omega" else Rational(1, 40)) for name, matrix in tokens.items()}
        inputs |= {"theta": Matrix([0] * n), "a": Matrix([0] * n), "v": Matrix(n, n, lambda i, j: int(i == j))}
        pair.append(outputs(label, inputs))
    return pair


def translation(n, *, still=("Krause", "Krause, top 2", "synchronization"), moving=("softmax", "Hadamard", "affine-scaled")):
    for label in (*still, *moving):
        before, after = shifted_weights(label, n, shift=2)
        yield Case(f"{label}, n = {n}: a weight changes", before != after, label in moving)


def relu_translation(n, *, negative=True):
    before, after = shifted_weights("Hadamard, relu", n, shift=-1, negative=negative)
    yield Case(f"relu features, n = {n}, negative tokens moved on: a weight changes", before != after, True)


def permuted(n, *, labels=tuple(RULES), moved=True):
    """Outputs at swapped and at turned tokens against the outputs swapped and turned; without and with a mask."""
    mask = [[i == j or (i + 2 * j + 1) % 3 != 0 for j in range(n)] for i in range(n)]
    orders = dict.fromkeys([(*reversed(range(min(n, 2))), *range(2, n)), (*range(1, n), 0)])
    for label in labels:
        inputs = {name: integers(name, n) for name in NAMES.get(label, ("q", "k", "v", "a"))}
        inputs |= {"omega": integers("omega", n) / 40} if "omega" in inputs else {}
        for opened in (None, mask) if label not in ("X X^T X", "value-softmax") else (None,):
            plain = outputs(label, inputs, mask=opened)
            for order in orders:
                turned = {name: matrix.extract(list(order), [0]) for name, matrix in inputs.items()}
                along = [[opened[i][j] for j in order] for i in order] if opened and moved else opened
                rows = list(order) if label != "value-softmax" else [0]
                gap = (outputs(label, turned, mask=along) - plain.extract(rows, [0])).applyfunc(cancel)
                yield Case(f"{label}, n = {n}, order {order}{', masked' * bool(opened)}", list(gap), [0] * gap.rows)


def causal(n):
    """Softmax with a mask that stays while the tokens move."""
    yield from permuted(n, labels=("softmax",), moved=False)


def gathered(query, first, second):
    """An output as a function of two of the tokens that a query reads; A and Z stand for the others."""
    top = weight(query, first) * value(first) + weight(query, second) * value(second) + A
    return top / (weight(query, first) + weight(query, second) + Z)


claim = partial(Claim.of, source=HERE)


FAMILY = (
    Entry(
        claim(
            "scores_translation_invariant_only_krause_and_ssa",
            "Joint translation of queries and keys (or omega) leaves weights of Krause and SSA alone, not of softmax, HLA, affine.",
            ForEach.of(
                r"A(q + c, k + c) = A(q, k) \text{ for Krause, SSA; } \neq \text{ for softmax, HLA, affine}",
                translation,
                first=2,
                costly_from=4,
            ),
            "generic data: all but a null set, where weights are analytic (Hadamard: linear features; not relu); scales not 0",
            uses=("weights_invariant_under_joint_translation_krause",),
        ),
        (
            Derived.of(
                Identity.of(
                    (q + c) * (k + c) - (q + c) ** 2 / 2 - (k + c) ** 2 / 2,
                    -((q - k) ** 2) / 2,
                    note="scores by distances see q - k",
                ),
                Identity.of(
                    exp((q + c) * (k + c) - (q + c) * (s + c)) / exp(q * k - q * s),
                    exp(c * (k - s)),
                    note="a ratio of two softmax weights, keys k and s: another one unless c (k - s) = 0",
                ),
                Hand("synchronization weights are functions of |omega_i - omega_j| and of the phases"),
                Hand("what an analytic function of the tokens does not do at one point, it does on a null set alone"),
            ),
            Certified(3),
            Control("for softmax too", ForEach.of("softmax", partial(translation, still=("softmax",), moving=()), first=2)),
        ),
    ),
    Entry(
        claim(
            "translation_changes_weights_hla_of_relu_features",
            "Joint translation changes weights of Hadamard attention with relu features, for all tokens but a null set.",
            ForEach.of(r"A(q + c, k + c) \neq A(q, k)", relu_translation, first=2),
            "features max(0, x) + 1/10: an open set of tokens, all negative before and after, has constant features",
        ),
        (
            Counterexample(at=2),
            Control(
                "softmax counted as still", ForEach.of("softmax", partial(translation, still=("softmax",), moving=()), first=2)
            ),
        ),
    ),
    Entry(
        claim(
            "permutation_equivariant_all_of_permuted_masks",
            "Every mechanism commutes with permutations of the tokens if neighbourhoods and masks are permuted along.",
            ForEach.of(r"\operatorname{out}(PX, PMP^T) = P \operatorname{out}(X, M)", permuted, first=1, costly_from=3),
            "no ties; value-softmax, whose scores are permuted with its values, has one output, which stays",
        ),
        (
            Derived.of(
                Identity.of(
                    gathered(x, z1, z2),
                    gathered(x, y1, y2),
                    given={z1: y2, z2: y1},
                    note="two of the tokens that a query reads are swapped; W and V any functions of tokens",
                ),
                Hand("normalisers, order parameters and ranks without ties are symmetric functions of the tokens that a row reads"),
                Hand("transpositions generate all permutations, and queries, rows and masks are permuted alike"),
            ),
            Certified(2, full=3),
            Control("a mask that stays", ForEach.of("M for PMP^T", causal, first=2), upto=3),
        ),
    ),
)
