"""What a gated synapse and a gated activation store and where they lie, in each convention of inputs and gate.

Says: T(n-1)^2 <= #SYN(n;X,G) fails at n = 2 for 0/1 gates and holds up to n = 3 for +-1 gates; the same for ACT with +-1
inputs; SYN(n;pm1,pm1) leaves MUX(n) at n = 4, SYN(n;pm1,01) not up to n = 3.
Idea: with +-1 inputs and gate, g x_j is again +-1, so F is a threshold function Phi where g = 1 and Phi with x_j flipped elsewhere.
Edges: 14 < 16 at n = 2; the union over the synapses catches up at n = 3 for (pm1,01), 200 >= 196, and not for (01,01), 164 < 196.
"""

from functools import cache, partial
from itertools import combinations_with_replacement, product

from workbench import BadInput, Case, Certified, Claim, Control, Counterexample, Entry, ForEach, Source, threshold_tables
from workbench.classes import full_table, multiplexing, synaptic_gating

OURS = (Source("workbench2026", "derived in this file", read=True),)
OUTSIDE = 0x1AC  # the least table in SYN(4;pm1,pm1) outside MUX(4)


ALL = tuple(product(("01", "pm1"), repeat=2))


def turned(f, n, flips):
    """The table of f at the points with the bits of `flips` flipped."""
    return sum((f >> (k ^ flips) & 1) << k for k in range(1 << n))


@cache
def spliced(n, flips):
    """The functions that are Phi where g = 1 and Phi with these inputs flipped where g = -1, Phi and g threshold functions."""
    gates, full = threshold_tables(n), full_table(n)
    pairs = [(f, turned(f, n, flips)) for f in gates]
    return frozenset(f & g | t & (g ^ full) for f, t in pairs for g in gates)


@cache
def synapse(n, inputs, outputs, j):
    if (inputs, outputs) == ("pm1", "pm1") and n == 4:
        return spliced(n, 1 << j)
    return synaptic_gating(threshold_tables(n), threshold_tables(n + 1), n, j, inputs=inputs, outputs=outputs)


def activation(n, outputs):
    """ACT(n;pm1,outputs): H(g(x) (w.x) + b), so Phi(g(x) x) for a +-1 gate; for a 0/1 gate f(x) where g = 1 and H(b) where g = 0.

    f = H(w.x + b) has weights with b > 0 if and only if f(x) or f(-x) holds for every x, and with b < 0 if never both.
    """
    if outputs == "pm1":
        return spliced(n, (1 << n) - 1)
    gates, full, found = threshold_tables(n), full_table(n), set()
    for f in gates:
        opposite = turned(f, n, (1 << n) - 1)
        found |= {f & g | g ^ full for g in gates} if f | opposite == full else set()
        found |= {f & g for g in gates} if not f & opposite else set()
    return frozenset(found)


def synapses_store(n, conventions=ALL, *, less=1):
    for inputs, outputs in conventions:
        want = len(threshold_tables(n - less)) ** 2
        label = f"n = {n}, inputs {inputs}, gate {outputs}"
        yield Case(f"{label}, last synapse", want, len(synapse(n, inputs, outputs, n - 1)), "<=")
        union = frozenset().union(*(synapse(n, inputs, outputs, j) for j in range(n)))
        yield Case(f"{label}, any synapse", want, len(union), "<=")


def activations_store(n, gates=("01", "pm1"), *, less=1):
    for outputs in gates:
        yield Case(f"n = {n}, gate {outputs}", len(threshold_tables(n - less)) ** 2, len(activation(n, outputs)), "<=")


def not_separated(table, g, n):
    """1 if two true and two false points (x, g(x)) have equal sums, so that no threshold function separates them; else 0."""
    sums = {0: set(), 1: set()}
    for a, b in combinations_with_replacement(range(1 << n), 2):
        if (bit := table >> a & 1) == table >> b & 1:
            sums[bit].add((*((a >> i & 1) + (b >> i & 1) for i in range(n)), (g >> a & 1) + (g >> b & 1)))
    return int(bool(sums[0] & sums[1]))


def in_multiplexing(n, gates=("01", "pm1")):
    for outputs in gates:
        label = f"n = {n}, gate {outputs}"
        if n <= 3:
            whole = multiplexing(threshold_tables(n), threshold_tables(n + 1), n)
            yield Case(label, synapse(n, "pm1", outputs, n - 1), whole, "subset")
        elif n == 4 and outputs == "pm1":
            yield Case(f"{label}, {OUTSIDE:#x} and SYN", OUTSIDE, synapse(4, "pm1", "pm1", 3), "in")
            excluded = sum(not_separated(OUTSIDE, g, n) for g in threshold_tables(n))
            yield Case(f"{label}, gates that do not make {OUTSIDE:#x} in MUX", excluded, len(threshold_tables(n)), "<")
        elif n > 4 or gates == ("01",):
            raise BadInput(f"n = {n}: SYN(n) cannot be enumerated; ask for n up to 3")


def entry(name, says, latex, cases, *evidence):
    return Entry(Claim(name, says, ForEach.of(latex, cases, first=1, costly_from=5), sources=OURS, topic="judged"), evidence)


def control(what, cases, upto=3):
    return Control(what, ForEach.of(what, cases, first=1), upto=upto)


SYN, ACT = (rf"T(n-1)^2 \le \#\operatorname{{{name}}}(n;{c})" for name, c in (("SYN", "X,G"), ("ACT", r"\pm 1,G")))
STORES = "A threshold unit with one gated synapse stores at least T(n-1)^2 functions"
SQUARE = control("T(n)^2 in place of T(n-1)^2", partial(synapses_store, less=0))
KEEPS = control("T(n)^2 in place of T(n-1)^2", partial(activations_store, less=0))
RANGE = {"01": (Counterexample(at=2),), "pm1": (Certified(3),)}


def of_synapses(inputs, outputs):
    cases = partial(synapses_store, conventions=((inputs, outputs),))
    up = (Certified(3, full=4),) if (inputs, outputs) == ("pm1", "pm1") else RANGE[outputs]
    statement = ForEach.of(SYN, cases, first=1, costly_from=4)
    name = f"synaptic_gating_count_ge_t_n_minus_1_squared_of_inputs_{inputs}_outputs_{outputs}"
    return Entry(Claim(name, f"{STORES}, inputs {inputs}, gate {outputs}.", statement, sources=OURS, topic="judged"), (*up, SQUARE))


FAMILY = (
    entry(
        "synaptic_gating_count_ge_t_n_minus_1_squared",
        f"{STORES}, in every convention.",
        SYN,
        synapses_store,
        Counterexample(at=2),
        SQUARE,
    ),
    *(of_synapses(inputs, outputs) for inputs, outputs in ALL),
    entry(
        "activation_gating_count_ge_t_n_minus_1_squared_of_pm1_inputs",
        "A threshold unit whose activation, but not bias, is gated stores at least T(n-1)^2 functions of +-1 inputs.",
        ACT,
        activations_store,
        Counterexample(at=2),
        KEEPS,
    ),
    entry(
        "activation_gating_count_ge_t_n_minus_1_squared_of_inputs_pm1_outputs_01",
        "A threshold unit with a 0/1 gate on its activation, not bias, stores at least T(n-1)^2 functions of +-1 inputs.",
        ACT,
        partial(activations_store, gates=("01",)),
        Counterexample(at=2),
        KEEPS,
    ),
    entry(
        "activation_gating_count_ge_t_n_minus_1_squared_of_inputs_pm1_outputs_pm1",
        "A threshold unit with a +-1 gate on its activation, not bias, stores at least T(n-1)^2 functions of +-1 inputs.",
        ACT,
        partial(activations_store, gates=("pm1",)),
        Certified(3, full=4),
        KEEPS,
    ),
    entry(
        "synaptic_gating_subset_multiplexing_of_pm1_inputs",
        "With +-1 inputs, a threshold unit with one gated synapse is one unit attended additively by one other, for either gate.",
        r"\operatorname{SYN}(n;\pm 1,G) \subset \operatorname{MUX}(n)",
        in_multiplexing,
        Certified(3),
        Counterexample(at=4),
        control("T(n)^2 functions", partial(synapses_store, less=0)),
    ),
    entry(
        "synaptic_gating_subset_multiplexing_of_inputs_pm1_outputs_01",
        "With +-1 inputs, a threshold unit with one synapse gated by 0 or 1 is one unit attended additively by one other.",
        r"\operatorname{SYN}(n;\pm 1,01) \subset \operatorname{MUX}(n)",
        partial(in_multiplexing, gates=("01",)),
        Certified(3),
        control("the +-1 gate at n = 4", partial(in_multiplexing, gates=("pm1",)), upto=4),
    ),
    entry(
        "synaptic_gating_subset_multiplexing_of_inputs_pm1_outputs_pm1",
        "With +-1 inputs, a threshold unit with one synapse gated by a sign is one unit attended additively by one other.",
        r"\operatorname{SYN}(n;\pm 1,\pm 1) \subset \operatorname{MUX}(n)",
        partial(in_multiplexing, gates=("pm1",)),
        Certified(3),
        Counterexample(at=4),
        control("T(n)^2 functions", partial(synapses_store, less=0)),
    ),
)
