"""The best proven bounds for the number of functions of a family, as exact integers, with the claims that give them.

Each is a formula in T_d(n), the number of threshold functions, at the certified counts where they are and at bounds of them beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log2

from workbench.capacity.threshold_bounds import CONSTANT_GATE, Counts, Side, Threshold, cover, every, greatest, least
from workbench.domain import convention
from workbench.errors import BadInput

LIMIT = 64  # of inputs, units and the degree


@dataclass(frozen=True)
class Interval:
    """Bounds of a count, both included, and the names of what gives them.

    >>> 7 in Interval(5, 9), 4 in Interval(5, 9), Interval(5, 9).exact
    (True, False, False)
    >>> Interval(2, 1)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: an interval from 2 to 1 is empty
    """

    low: int
    high: int
    low_by: tuple[str, ...] = ()
    high_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise BadInput(f"an interval from {self.low} to {self.high} is empty")

    def __contains__(self, count: object) -> bool:
        return isinstance(count, int) and self.low <= count <= self.high

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.low_by, *self.high_by)))

    @property
    def exact(self) -> bool:
        return self.low == self.high

    @property
    def log2(self) -> tuple[float, float]:
        """Return log2 of both ends, rounded outwards."""
        return log2(self.low) * (1 - 2**-50), log2(self.high) * (1 + 2**-50)


@dataclass(frozen=True)
class Setting:
    """What a family's bounds depend on."""

    n: int
    degree: int
    inputs: str
    outputs: str
    units: int
    gate_inputs: int
    T: Threshold

    @property
    def conventions(self) -> tuple[str, str]:
        return self.inputs, self.outputs

    def power(self, claim: str, inputs: int, exponent: int) -> list[Side]:
        """Return T(inputs)^exponent as a lower bound, none if there are fewer than no inputs."""
        if inputs < 0:
            return []
        side = self.T.low(inputs, self.degree)
        return [Side.of(side.value**exponent, claim, side)]

    def ungated(self) -> list[Side]:
        side = self.T.low(self.n)
        return [Side.of(side.value, CONSTANT_GATE, side)]

    def below(self, claim: str, formula: Callable[..., int], *extra: int) -> Side:
        """Return a formula of T(n) and T at the extra numbers of inputs as an upper bound."""
        sides = [self.T.high(inputs, self.degree) for inputs in (self.n, *extra)]
        return Side.of(formula(*(side.value for side in sides)), claim, *sides)


Sides = tuple[list[Side], list[Side]]


def threshold(s: Setting) -> Sides:
    return [s.T.low(s.n, s.degree)], [s.T.high(s.n, s.degree)]


def output_gating(s: Setting) -> Sides:
    if s.outputs == "01":
        above = [s.below("output_gating_count_upper_bound", lambda t: t * (t + 1) // 2)]
        return s.power("output_gating_count_lower_bound", s.n - 1, 2), above
    double = s.T.high(s.n, 2 * s.degree)
    above = [s.below("pm1_gating_count_upper_bound", lambda t: (t * t + 2 * t) // 4)]
    return s.power("pm1_gating_count_lower_bound", s.n - 1, 2), [*above, Side.of(double.value, above[0].by[0], double)]


def multiplexing(s: Setting) -> Sides:
    claim = "multiplexing_count_upper_bound"
    above = [s.below(claim, lambda t, more: t * more // 2, s.n + 1), s.below(claim, lambda t: t * cover(s.n, s.n + 2))]
    return s.power("multiplexing_count_lower_bound", s.n - 1, 2), above


def synaptic_gating(s: Setting) -> Sides:
    claim, extra = "synaptic_gating_count_upper_bound", {"01": s.n - 1, "pm1": s.n}[s.inputs]
    ternary = s.n + (s.inputs != s.outputs)  # the gated input takes three values, else two
    above = [
        s.below(claim, lambda t, gates, dichotomies: gates * dichotomies, extra, ternary),
        s.below(claim, lambda t: t * cover(s.n, s.n + 1)),
    ]
    return s.power("synaptic_gating_count_lower_bound", s.n - 2, 2) + s.ungated(), above


def any_synaptic_gating(s: Setting) -> Sides:
    """A union of n families of one size, the synapse being that of any input."""
    low, high = synaptic_gating(s)
    return low, [Side(s.n * side.value, side.by) for side in high]


def additive_synaptic_gating(s: Setting) -> Sides:
    claim = "additive_synaptic_count_bounds"
    above = [s.below(claim, lambda t: t * cover(s.n, s.n + 2))]
    if s.inputs == "01":
        wider = multiplexing(s)[1]
        above += [Side.of(side.value, "synaptic_gating_subset_multiplexing_of_01_inputs", side) for side in wider]
    below = [Side.of(side.value, claim, side) for side in s.power("multiplexing_count_lower_bound", s.n - 2, 2)]
    return below + s.ungated(), above


def linear_synaptic_gating(s: Setting) -> Sides:
    claim, high = "linear_gated_synapse_count_eq_square", s.T.high(s.n - 1)
    return s.power(claim, s.n - 1, 2), [Side.of(high.value**2, claim, high)]


def activation_gating(s: Setting) -> Sides:
    claim = "activation_gating_count_upper_bound"
    above = [s.below(claim, lambda t: t * cover(s.n, s.n + 1))]
    if s.conventions == ("pm1", "pm1"):
        above.append(s.below(claim, lambda t: t * t))
    if s.conventions == ("01", "01"):
        products = s.below("output_gating_count_upper_bound", lambda t: t * (t + 1))
        above.append(Side.of(products.value, "activation_gating_01_eq_and_or_split_at_origin", products))
    selectors = {"01": 1, "pm1": 2}[s.inputs]
    return s.power("activation_gating_count_lower_bound", s.n - selectors, 2) + s.ungated(), above


def layered(s: Setting) -> Sides:
    claim = "sm_n_2_1_eq_and_union_or"
    return s.power(claim, s.n - 1, 2), [s.below(claim, lambda t: t * (t + 1))]


def any_two_gates(s: Setting) -> Sides:
    """Every function of two bits is a constant or a literal, AND or OR of literals, or XOR of literals."""
    parts = [layered(s)[1][0], s.below("pm1_gating_count_upper_bound", lambda t: (t * t + 2 * t) // 4)]
    above = Side(sum(side.value for side in parts), tuple(dict.fromkeys(name for side in parts for name in side.by)))
    return s.power("output_gating_count_lower_bound", s.n - 1, 2), [above]


def hidden_layer(s: Setting) -> Sides:
    claim, m = "hidden_layer_capacity_eq_m_n_squared", s.units
    return s.power(claim, s.n - codes(m), m), [s.below(claim, lambda t: t**m << m * min(s.n, m) + 1)]


def shared_gate(s: Setting) -> Sides:
    claim, m, share = "shared_gate_count_bounds", s.units, 1 if s.outputs == "01" else 2
    return s.power(claim, s.n - 1, m + 1), [s.below(claim, lambda t: t ** (m + 1) // share)]


def k_fold_gating(s: Setting) -> Sides:
    claim, factors = "k_gates_capacity_eq_k_plus_one_n_squared", s.units
    return s.power(claim, s.n - codes(factors), factors) + s.ungated(), [s.below(claim, lambda t: t**factors)]


def attending_layer(s: Setting) -> Sides:
    claim, m = "attending_layer_count_bounds", s.units
    above = [s.below(claim, lambda t: t**m * cover(s.n, s.n + m + 1))]
    return s.power(claim, s.n - codes(m + 1), m + 1) + s.ungated(), above


def disjoint_output_gating(s: Setting) -> Sides:
    claim = "and_count_of_disjoint_inputs" if s.outputs == "01" else "pm1_count_of_disjoint_inputs"
    ends = [[end(k) for k in (s.n, s.gate_inputs)] for end in (s.T.low, s.T.high)]
    values = [(a.value - 1) * (b.value - 1) + 1 if s.outputs == "01" else a.value * b.value // 2 for a, b in ends]
    low, high = ([Side.of(value, claim, *sides)] for value, sides in zip(values, ends, strict=True))
    return low, high


def disjoint_multiplexing(s: Setting) -> Sides:
    """The count T(n) + (T(n+1) - T(n))(T(m) - 2)/2 rises with T(n+1) and T(m), and falls with T(n) if T(m) > 4."""
    claim = "multiplexing_count_of_disjoint_inputs"

    def side(end: Callable[[int], Side], other: Callable[[int], Side]) -> list[Side]:
        gate, above = end(s.gate_inputs), end(s.n + 1)
        own = (other if gate.value > 4 else end)(s.n)
        return [Side.of(own.value + (above.value - own.value) * (gate.value - 2) // 2, claim, own, above, gate)]

    return side(s.T.low, s.T.high), side(s.T.high, s.T.low)


def partial_output_gating(s: Setting) -> Sides:
    claim = "subset_gate_capacity_eq_sum_of_squares"
    if s.gate_inputs > s.n:
        raise BadInput(f"a gate of {s.gate_inputs} inputs among {s.n}: give gate_inputs from 0 to {s.n}")
    high = s.T.high(s.n), s.T.high(s.gate_inputs)
    above = [Side.of(high[0].value * high[1].value, claim, *high)]
    if not s.gate_inputs:
        return s.ungated(), above
    low = s.T.low(s.n - 1), s.T.low(s.gate_inputs - 1)
    return [Side.of(low[0].value * low[1].value, claim, *low), *s.ungated()], above


FAMILIES: Mapping[str, Callable[[Setting], Sides]] = {
    "threshold": threshold,
    "output-gating": output_gating,
    "k-fold-gating": k_fold_gating,
    "multiplexing": multiplexing,
    "synaptic-gating": synaptic_gating,
    "any-synaptic-gating": any_synaptic_gating,
    "additive-synaptic-gating": additive_synaptic_gating,
    "linear-synaptic-gating": linear_synaptic_gating,
    "activation-gating": activation_gating,
    "layered-2-1": layered,
    "any-two-gates": any_two_gates,
    "shared-gate": shared_gate,
    "disjoint-output-gating": disjoint_output_gating,
    "disjoint-multiplexing": disjoint_multiplexing,
    "partial-output-gating": partial_output_gating,
    "attending-layer": attending_layer,
    "hidden-layer": hidden_layer,
}
OF_EVERY_DEGREE = ("threshold", "output-gating")


def bounds(
    family: str,
    n: int,
    degree: int = 1,
    *,
    inputs: str = "01",
    outputs: str = "01",
    units: int = 2,
    gate_inputs: int = 1,
    counted: Counts | None = None,
) -> Interval:
    """Return the best proven interval for the number of functions of a family of `workbench.families`, by its name and options.

    For shared-gate, `units` are those that share the gate. `counted` maps (n, degree) to counts T_d(n) that the caller knows.
    Raises BadInput for an unknown family, for sizes beyond the limits, and for a degree above 1 where no claim speaks of it.

    >>> bounds("output-gating", 5).by
    ('output_gating_count_lower_bound', 'a certified count', 'all functions')
    >>> bounds("gating", 5)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no bounds for family 'gating': there are threshold, output-gating, k-fold-gating, ...
    """
    if family not in FAMILIES:
        raise BadInput(f"no bounds for family {family!r}: there are {', '.join(list(FAMILIES)[:3])}, ...")
    limits = {"n": (n, 0), "degree": (degree, 0), "units": (units, 1), "gate_inputs": (gate_inputs, 0)}
    for name, (value, least_of_all) in limits.items():
        if isinstance(value, bool) or not isinstance(value, int) or not least_of_all <= value <= LIMIT:
            raise BadInput(f"{name} {value!r} is not an integer from {least_of_all} to {LIMIT}")
    if family != "threshold" and degree != 1 and (degree < 1 or family not in OF_EVERY_DEGREE):
        raise BadInput(f"no claim bounds {family} of degree {degree}: take degree 1, or one of {', '.join(OF_EVERY_DEGREE)}")
    setting = Setting(n, degree, convention(inputs), convention(outputs), units, gate_inputs, Threshold(dict(counted or {})))
    low, high = FAMILIES[family](setting)
    seen, vectors = n + gate_inputs if family.startswith("disjoint") else n, units if family == "shared-gate" else 1
    above = least([*high, *(Side(side.value**vectors, side.by) for side in every(seen))])
    below = greatest([Side(2, (CONSTANT_GATE,)), *low])
    return Interval(below.value, above.value, below.by, above.by)


def codes(words: int) -> int:
    """Return ceil(log2 words), the number of selectors that tell so many words apart.

    >>> codes(1), codes(2), codes(3)
    (0, 1, 2)
    """
    return (words - 1).bit_length()
