"""Multiplexing stays within the standard model: the attending unit is one more presynaptic unit.

Says: f(S + v a) = f(sum_j w_j O_j + b + v O_a), where S = sum_j w_j O_j + b and O_a = a, for every transfer f and any number of
presynaptic units.
Idea: an activation is a sum, and v a is one more term of it.
Edges: the attending signal enters with its own weight v; wired with weight 1 it is another unit unless v = 1.
"""

from sympy import Function, IndexedBase, Sum, Symbol, expand, symbols

from workbench import Case, Certified, Claim, Control, Derived, ForAll, ForEach, Identity, Network, Quark, Source, affine, output
from workbench.reductions import additive_activation_as_presynaptic_units

f = Function("f")
j, m = symbols("j m", integer=True, positive=True)
S, a, b, v, O_a = symbols("S a b v O_a", real=True)
through = Sum(IndexedBase("w")[j] * IndexedBase("O")[j], (j, 1, m)) + b
MULTIPLEXING = Quark("O", "S", "addition")
TRANSFERS = ("identity", "threshold", "sign", "relu", "logistic", "tanh", "exp")


def attended(n, transfer):
    """A unit of n inputs with symbolic weights, to whose activation v tanh(c z) is added."""
    unit = affine("f", {f"x{i}": Symbol(f"w{i}", real=True) for i in range(n)}, b, transfer=transfer)
    plain = Network.of(
        [*(f"x{i}" for i in range(n)), "z"], [affine("a", {"z": Symbol("c", real=True)}, transfer="tanh"), unit], ["f"]
    )
    return MULTIPLEXING.apply(plain, attending=output("a"), attended="f", weight=v)


def rewritten(n):
    for transfer in TRANSFERS:
        given = attended(n, transfer)
        plain = additive_activation_as_presynaptic_units(given)
        yield Case(f"n = {n}, {transfer}: values", tuple(map(expand, given.as_expr())), tuple(map(expand, plain.as_expr())))
        yield Case(f"n = {n}, {transfer}: attention left", tuple(plain.gatings), (0, 0, 0, 0))
        yield Case(f"n = {n}, {transfer}: size, wires, depth", (plain.size, plain.wires, plain.depth), (2, n + 2, 2))


CLAIM = Claim(
    name="additive_activation_in_standard_model",
    says="Additive activation attention is a standard unit with one more presynaptic unit, whatever the transfer function.",
    statement=ForAll.of(
        Identity.of(f(S + v * a), f(through + v * O_a), given={S: through, O_a: a}, note="O_a = a is the attending unit's output")
    ),
    hypotheses=("f is any function, and the number m of presynaptic units is any",),
    sources=(Source("workbench2026", "derived in this file", read=True),),
    topic="reductions",
)

EVIDENCE = (
    Derived(),
    Certified(3, of=ForEach.of("f(S + v a)", rewritten, first=0)),
    Control("the attending unit wired with weight 1", Identity.of(f(S + v * a), f(through + O_a), given={S: through, O_a: a})),
    Control("the weight applied after the transfer", Identity.of(f(S + v * a), f(through) + v * O_a, given={S: through, O_a: a})),
)
