"""Which of the depth that gates save does one training reach? Success probabilities of five shapes, each against a band.

Says: networks of logistic units that grow steep, trained by Adam on all points of the cube, rounded to integers and counted only if
their exact truth table is the target: +-1 products find parity at depth 1 nearly always and beat the standard model at equal units;
a 0/1 gate finds equality of words at depth 1; 0/1 products do not find parity at depth 1 although they could compute it; and the
smallest circuit with skip connections is found rarely.
Idea: a product of +-1 units has a slope towards each factor, while a product of m 0/1 units starts near 2^-m and is flat.
Edges: a success probability belongs to a training, here 1,000 steps at rate 0.03 with steepness 1 to 10, float32, 400 networks; it
says nothing about other trainings, nor for other n. Networks that exist and are not found show that existence does not settle
whether training reaches them.

Each band stood here before its run. It comes from 400 networks of another seed, whose first weights were drawn layer by layer; it
has room of four standard errors or more for the difference of two such samples.
"""

from fractions import Fraction
from functools import cache

from workbench import Claim, Entry, Measured, Prose, Source

HERE = Source("workbench2026", "trained in this file", read=True)
SEED, NETWORKS = 20261122, 400


@cache
def run(target, kind, n, depth, width=1, **options):
    """The record of one cell; `kind` is standard or gated."""
    from workbench.circuits.training_shapes import Shape
    from workbench.circuits.training_success import Cell, success_rate

    return success_rate(Cell(target, getattr(Shape, kind)(n, depth, width, **options)), seed=SEED, networks=NETWORKS)


def advantage(target, n, outputs):
    """Two gated pairs and a readout against four units and a readout: five threshold units each, depth 2."""
    from dataclasses import replace

    gated, standard = run(target, "gated", n, 2, 2, outputs=outputs), run(target, "standard", n, 2, 4, outputs=outputs)
    shares = {"gated": gated.values["success"], "standard": standard.values["success"]}
    return replace(gated, name="advantage", values=shares | {"advantage": shares["gated"] - shares["standard"]})


def entry(name, says, quantity, run_it, low, high, because, control):
    """A claim that a success probability of this training lies in a band."""
    hypotheses = ("1,000 steps of Adam at 0.03 on all 2^n points, steepness 1 to 10, float32; exact after rounding to integers",)
    claim = Claim(name, says, Prose(says), hypotheses=hypotheses, sources=(HERE,), topic="depth")
    return Entry(claim, (Measured(quantity, run_it, Fraction(low), Fraction(high), because, control, needs="float32"),))


FAMILY = (
    entry(
        "trained_pm1_product_finds_parity_of_five_at_depth_one",
        "Training finds parity of five bits at depth 1, as a +-1 product of five threshold units, in at least 9 of 10 tries.",
        "success",
        lambda: run("parity", "gated", 5, 1, factors=5),
        "9/10",
        "1",
        "an earlier seed gave 393 of 400; five factors are the fewest, so the control with four can only fail",
        lambda: run("parity", "gated", 5, 1, factors=4),
    ),
    entry(
        "trained_pm1_gates_beat_standard_on_parity_of_four_at_equal_units",
        "On parity of four bits, two gated +-1 pairs and a readout succeed more often than four units and one, by 0.2 to 0.6.",
        "advantage",
        lambda: advantage("parity", 4, "pm1"),
        "1/5",
        "3/5",
        "an earlier seed gave 222 against 68 of 400; the control, 0/1 gates on the inner product, gave 56 against 92",
        lambda: advantage("inner_product", 4, "01"),
    ),
    entry(
        "trained_01_product_misses_parity_of_four_at_depth_one",
        "Training finds parity of four bits as a product of eight 0/1 units, which exists, in at most 1 of 20 tries.",
        "success",
        lambda: run("parity", "gated", 4, 1, factors=8, outputs="01"),
        "0",
        "1/20",
        "an earlier seed gave 0 of 400; a probability of 1/20 would give more than 2 of 400 but for one case in a million",
        lambda: run("parity", "gated", 4, 1, factors=4),
    ),
    entry(
        "trained_01_gate_finds_equality_of_words_at_depth_one",
        "Training finds equality of two 2-bit words at depth 1, as one 0/1 gate on one unit, in 70 to 95 of 100 tries.",
        "success",
        lambda: run("equality", "gated", 4, 1, outputs="01"),
        "7/10",
        "19/20",
        "an earlier seed gave 333 of 400; a single unit, the control, cannot compute it",
        lambda: run("equality", "standard", 4, 1),
    ),
    entry(
        "trained_smallest_skip_circuit_of_parity_of_four_rarely_found",
        "Training finds the circuit of three units with skip connections for parity of four bits in at most 1 of 20 tries.",
        "success",
        lambda: run("parity", "standard", 4, 2, 2, skip=True),
        "0",
        "1/20",
        "an earlier seed gave 5 of 400; the control is a +-1 product of four units at depth 1",
        lambda: run("parity", "gated", 4, 1, factors=4),
    ),
)
