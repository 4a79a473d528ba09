"""The fewest threshold units of every function of four inputs, in four models: what gates and skip connections save, exactly.

Says: of the 65,536 functions 1,882 take one unit in every model; the others three to five in the standard model, two or three with
skip connections, two to five with 0/1 gates and two to four with +-1 gates. Skips and +-1 gates save a unit or two on each of them,
0/1 gates at most one, on 45,480. A smallest circuit has one layer with +-1 gates and two with none.
Idea: permuted and negated inputs leave a circuit its size, so one function of each of 222 classes is enough (two with 0/1 gates,
where the negation counts apart); each has circuits and a refutation of every smaller architecture.
Edges: parity and its negation take the most units in each model; functions of fewer inputs are among those of four.

Classes are in sixteen parts p by a hash of their least tables. Part 0 is a sample; `--full` takes all.
"""

from functools import cache
from hashlib import sha256

from sympy import Symbol, symbols

from workbench import BooleanFunction, Case, Certified, Claim, Control, Derived, Entry, ForEach, H, Hand, Identity, Source, circuit
from workbench.families import layered_2_1, multiplexing, output_gating, threshold
from workbench.recount import functions

FULL, PARTS = (1 << 16) - 1, 16
OURS = (Source("workbench2026", "computed in this file", read=True),)
MODELS = {("standard", "01"): "standard", ("skip", "01"): "skip", ("gated", "01"): "gated_01", ("gated", "pm1"): "gated_pm1"}
NEGATED = "gated_01_negated"
x, w, b, sigma = symbols("x w b sigma", real=True)
a = Symbol("a", positive=True)


def fronts(table, n):
    """The smallest sizes in each model, from certificates made here."""
    found = {}
    for (model, outputs), name in MODELS.items():
        certificate = circuit(BooleanFunction(n, table), model=model, outputs=outputs).certificate
        found[name] = [tuple(s) for s in certificate.sizes]
    return found


def same_sizes(n, *, tables=None, negated=("standard", "skip", "gated_pm1")):
    """Functions that changes of inputs carry into each other, and negations."""
    left = set(range(1 << (1 << n))) if tables is None else set(tables)
    while left:
        first = min(left)
        own = fronts(first, n)
        alike = {f.table for f in BooleanFunction(n, first).orbit(outputs=False)}
        opposite = {t ^ ((1 << (1 << n)) - 1) for t in alike} - alike
        for table in sorted((alike | opposite) & left):
            names = own if table in alike else negated
            found = fronts(table, n)
            yield Case(f"{table:#x} and {first:#x}", [found[m] for m in names], [own[m] for m in names])
        left -= alike | opposite


@cache
def atlas():
    from workbench.circuits.atlas import Atlas

    return Atlas.shipped()


@cache
def certified(p):
    """By the least table of each class of a part: sizes by model, from certificates that were checked."""
    from workbench.certificate import read

    classes = {int(e["table"], 16): {} for e in atlas().classes if drawn(e["table"]) == p}
    for text in atlas().texts:
        table = int(text.partition('"table":"')[2].partition('"')[0], 16)
        if least := classes.keys() & {table, table ^ FULL}:
            certificate = read(text)
            certificate.check()
            model = MODELS[certificate.model, certificate.outputs]
            name = NEGATED if model == "gated_01" and table not in least else model
            classes[min(least)][name] = [list(s) for s in certificate.sizes] if certificate.complete else None
    return classes


def drawn(table):
    return sha256(table.encode()).digest()[0] % PARTS


def agreed(p):
    """What the atlas says of the classes of a part: its certificates say it, and its functions are as many."""
    for entry in atlas().classes:
        table = int(entry["table"], 16)
        if table in certified(p):
            alike = BooleanFunction(4, table).orbit(outputs=False)
            apart = BooleanFunction(4, table ^ FULL) not in alike
            sizes = certified(p)[table] if apart else certified(p)[table] | {NEGATED: certified(p)[table]["gated_01"]}
            yield Case(f"class {table:#x}: functions", len(alike) * (1 + apart), entry["size"])
            yield Case(f"class {table:#x}: sizes of circuits", sizes, entry["pareto"])
    yield Case("functions in all", sum(entry["size"] for entry in atlas().classes), 1 << 16)


def by(number):
    """How many functions have each value of a number, a function of the sizes in one model and the standard one."""

    def counted(model):
        found = {}
        for own, standard in zip(atlas().fronts(model), atlas().fronts("standard"), strict=True):
            found[number(own, standard)] = found.get(number(own, standard), 0) + 1
        return found

    return counted


units = by(lambda own, standard: own[0][0])
saved = by(lambda own, standard: standard[0][0] - own[0][0])
in_one_layer = by(lambda own, standard: min((u for u, depth, _ in own if depth == 1), default=0))
layers = by(lambda own, standard: (own[0][1], min(depth for _, depth, _ in own)))


def tabled(counted, known, *, more=0):
    """Cases: the atlas is certified in this part, and so many functions have each value."""

    def cases(p):
        yield from agreed(p)
        for model, expected in known.items():
            yield Case(f"{model}: functions by their number", counted(model), {k: f + more for k, f in expected.items()})

    return cases


@cache
def family(name):
    made = {
        "one": threshold(4),
        "gated_01": output_gating(4),
        "gated_pm1": output_gating(4, outputs="pm1"),
        "skip": multiplexing(4),
        "standard": layered_2_1(4),
    }
    return functions(made[name])


def members(p, *, less=0):
    """A function takes at most 1, 2 or 3 units just where a family of the capacity counts holds it, listed without circuits."""
    yield from agreed(p)
    few = {"standard": 3, "skip": 2, "gated_01": 2, "gated_pm1": 2}
    for table, sizes in certified(p).items():
        for name, front in sizes.items():
            model, t = ("gated_01", table ^ FULL) if name == NEGATED else (name, table)
            within = [front[0][0] <= 1, front[0][0] <= few[model] - less]
            yield Case(f"{t:#x}, {name}", within, [t in family("one"), t in family(model)])


def entry(name, says, latex, cases, near, false, *, uses=("circuit_size_invariant_under_changes_of_inputs",)):
    statement = ForEach.of(latex, cases, first=0, last=PARTS - 1, index="p", costly_from=1)
    control = Control(near, ForEach.of(near, false, first=0, index="p"))
    hypotheses = ("p is one of sixteen parts, by a hash, of the 222 classes, whose certificates are checked",)
    claim = Claim(name, says, statement, hypotheses, OURS, ("refuted_architectures_bound_circuits", *uses), "depth")
    return Entry(claim, (Certified(0, full=PARTS - 1), control))


def counts(name, says, latex, counted, known):
    return entry(name, says, latex, tabled(counted, known), "one more of each", tabled(counted, known, more=1))


STANDARD = {1: 1882, 3: 39732, 4: 23920, 5: 2}
SKIP = {1: 1882, 2: 50284, 3: 13370}
AND = {1: 1882, 2: 30624, 3: 23964, 4: 9064, 5: 2}
PM = {1: 1882, 2: 52428, 3: 11224, 4: 2}
AND_IN_ONE_LAYER = {1: 1882, 2: 30624, 3: 23176, 4: 9412, 5: 368, 6: 56, 7: 16, 8: 2}

FAMILY = (
    Entry(
        Claim(
            "circuit_size_invariant_under_changes_of_inputs",
            "Permuting and negating inputs leaves sizes of circuits as they are; so does negating the output, but for 0/1 gates.",
            ForEach.of(r"\operatorname{size}(f \circ \pi) = \operatorname{size}(f)", same_sizes, first=0, costly_from=3),
            sources=(Source("workbench2026", "derived in this file", read=True),),
            uses=("refuted_architectures_bound_circuits",),
            topic="depth",
        ),
        (
            Derived.of(
                Identity.of(w * (1 - x) + b, -w * x + (b + w), note="a negated bit is absorbed by weight and bias"),
                Identity.of(H(-sigma * a), 1 - H(sigma * a), where={sigma: "sign"}, note="negated weights negate a unit"),
                Identity.of(
                    (2 * H(-sigma * a) - 1) * w,
                    -(2 * H(sigma * a) - 1) * w,
                    where={sigma: "sign"},
                    note="so a product of signs is negated with one factor",
                ),
                Hand("units that read inputs absorb a permutation or negation of them; no other unit changes"),
                Hand("to negate the output, its unit takes negated weights; its activation is never 0; a +-1 gate stays as it is"),
            ),
            Certified(2),
            Control(
                "0/1 gates under negation",
                ForEach.of("gated", lambda n: same_sizes(n, tables=(0x16, 0xE9), negated=("gated_01",)), first=3),
            ),
        ),
    ),
    counts(
        "standard_units_of_four_inputs_le_five",
        "In layers, 1,882 functions of four inputs take one threshold unit, none two, 39,732 three, 23,920 four, 2 five.",
        r"\#\{f\colon \operatorname{units}(f) = 1, 3, 4, 5\} = 1882,\ 39732,\ 23920,\ 2",
        units,
        {"standard": STANDARD},
    ),
    counts(
        "skip_units_of_four_inputs_le_three",
        "With skip connections, 1,882 functions of four inputs take one threshold unit, 50,284 two, 13,370 three.",
        r"\#\{f\colon \operatorname{units}(f) = 1, 2, 3\} = 1882,\ 50284,\ 13370",
        units,
        {"skip": SKIP},
    ),
    counts(
        "and_gated_units_of_four_inputs_le_five",
        "With 0/1 output gates, 1,882 functions of four inputs take one unit, 30,624 two, 23,964 three, 9,064 four, 2 five.",
        r"\#\{f\colon \operatorname{units}(f) = 1, \ldots, 5\} = 1882,\ 30624,\ 23964,\ 9064,\ 2",
        units,
        {"gated_01": AND},
    ),
    counts(
        "pm1_gated_units_of_four_inputs_le_four",
        "With +-1 output gates, 1,882 functions of four inputs take one threshold unit, 52,428 two, 11,224 three, 2 four.",
        r"\#\{f\colon \operatorname{units}(f) = 1, \ldots, 4\} = 1882,\ 52428,\ 11224,\ 2",
        units,
        {"gated_pm1": PM},
    ),
    counts(
        "pm1_gates_and_skips_save_unless_threshold_of_four_inputs",
        "Skips and +-1 gates save one or two units on every function of four inputs but the threshold functions, 0/1 gates at most "
        "one, on 45,480.",
        r"\#\{f\colon \operatorname{saved}(f) = 0, 1, 2\} = 1882, 53100, 10554;\ 1882, 50958, 12696;\ 20056, 45480, 0",
        saved,
        {"skip": {0: 1882, 1: 53100, 2: 10554}, "gated_pm1": {0: 1882, 1: 50958, 2: 12696}, "gated_01": {0: 20056, 1: 45480}},
    ),
    counts(
        "smallest_pm1_gated_circuits_of_four_inputs_have_one_layer",
        "With +-1 gates a circuit of fewest units of a function of four inputs has one layer; without gates two, if not one unit.",
        r"\operatorname{depth}_{\pm 1}(f) = 1,\quad \operatorname{depth}(f) \le 2",
        layers,
        {
            "gated_pm1": {(1, 1): 65536},
            "standard": {(1, 1): 1882, (2, 2): 63654},
            "skip": {(1, 1): 1882, (2, 2): 63654},
            "gated_01": {(1, 1): 64362, (2, 1): 1174},
        },
    ),
    counts(
        "factors_of_four_inputs_le_four_signs_or_eight_bits",
        "As a product of threshold units, every function of four inputs takes at most 4 factors +-1, or 8 factors 0/1.",
        r"\#\{f\colon k \text{ factors}\} = 1882, 52428, 11224, 2;\ 1882, 30624, 23176, 9412, 368, 56, 16, 2\ (k = 1, 2, \ldots)",
        in_one_layer,
        {"gated_pm1": PM, "gated_01": AND_IN_ONE_LAYER},
    ),
    entry(
        "least_units_of_four_inputs_agree_with_capacity_counts",
        "A function of four inputs takes one unit, two, or three in layers just where T, AND, PM, MUX, SM(4,2,1) hold it.",
        r"\operatorname{units}(f) \le 2 \iff f \in \operatorname{AND}(4), \operatorname{PM}(4), \operatorname{MUX}(4);\quad "
        r"\operatorname{units}(f) \le 3 \iff f \in \operatorname{SM}(4, 2, 1)",
        members,
        "a unit less",
        lambda p: members(p, less=1),
    ),
)
