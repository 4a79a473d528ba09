"""Random members: their weights compute their tables in plain integers, keys decide them, and laws are those that are stated."""

from collections import Counter
from dataclasses import replace
from itertools import product

import jax
import numpy as np
import pytest

from workbench import families
from workbench.capacity.listing import indicator, listed
from workbench.capacity.sampling import sample
from workbench.errors import BadInput, Rejected
from workbench.families import KINDS, Family

VALUES = {"inputs": ("01", "pm1"), "outputs": ("01", "pm1"), "units": (1, 3), "gate_inputs": (1, 2), "degree": (1, 2)}


def variants(n):
    for name, kind in KINDS.items():
        for chosen in product(*(VALUES[o] for o in kind.options)):
            options = dict(zip(kind.options, chosen, strict=True))
            if not name.startswith("partial") or options["gate_inputs"] <= n:
                yield Family(name, n, **options)


@pytest.mark.parametrize("family", [f for n in (1, 2, 4) for f in variants(n)], ids=repr)
@pytest.mark.parametrize("law", ["integers", "gaussian"])
def test_the_weights_compute_the_tables_and_these_are_in_the_family(family, law):
    drawn = sample(family, jax.random.key(family.n), 12, law=law, largest=3)
    drawn.check()
    assert len(drawn.tables) == 12
    if family.n == 4 and listed(family) and family.name != "attending-layer":
        assert indicator(family)[[t for (t,) in drawn.tables]].all()


def test_ten_inputs():
    drawn = sample(families.multiplexing(10), jax.random.key(0), 2)
    drawn.check()
    assert max(t for (t,) in drawn.tables) >> 64


def test_a_key_gives_the_same_members_and_another_key_others():
    family = families.output_gating(4)
    first, again, other = (sample(family, jax.random.key(k), 50) for k in (1, 1, 2))
    assert first.tables == again.tables != other.tables


@pytest.mark.parametrize("family", [families.output_gating(3), families.synaptic_gating(3, inputs="pm1", outputs="01")], ids=repr)
def test_functions_are_drawn_equally_often(family):
    """The sum of squares has mean k - 1 and deviation sqrt(2 (k - 1)) for k functions; five deviations are allowed."""
    number = int(indicator(family).sum())
    drawn = sample(family, jax.random.key(3), 50 * number, law="functions")
    counts = Counter(t for (t,) in drawn.tables)
    assert set(counts) == set(np.flatnonzero(indicator(family)).tolist())
    assert abs(sum((c - 50) ** 2 / 50 for c in counts.values()) - (number - 1)) < 5 * (2 * number) ** 0.5


def test_weights_are_uniform_on_the_stated_integers():
    drawn = sample(families.threshold(2), jax.random.key(4), 7000, largest=3)
    for column, values in ((0, range(-5, 6, 2)), (1, range(-6, 7, 2))):
        counts = Counter(drawn.weights["f"][:, column].tolist())
        mean = 7000 / len(values)
        assert set(counts) == set(values)
        assert sum((c - mean) ** 2 / mean for c in counts.values()) < 25


def test_gaussian_weights_have_no_preferred_direction():
    first = sample(families.threshold(3), jax.random.key(5), 4000, law="gaussian").weights["f"]
    deviation = first.std(axis=0) / (2 << 16)
    assert (abs(deviation - 1) < 5 / (2 * 4000) ** 0.5).all() and (abs(first.mean(axis=0)) < 5 * (2 << 16) / 4000**0.5).all()


def test_control_a_table_that_its_weights_do_not_compute_is_rejected():
    drawn = sample(families.output_gating(3), jax.random.key(6), 3)
    with pytest.raises(Rejected, match="member 0"):
        replace(drawn, tables=((drawn.tables[0][0] ^ 1,), *drawn.tables[1:])).check()


@pytest.mark.parametrize(
    "call",
    [
        lambda k: sample(families.threshold(3), k, 5, law="uniform"),
        lambda k: sample(families.threshold(3), k, 0),
        lambda k: sample(families.threshold(3), k, 5, largest=0),
        lambda k: sample(families.threshold(11), k, 5),
        lambda k: sample(families.threshold(10), k, 1 << 20),
        lambda k: sample(families.threshold(5), k, 5, law="functions"),
        lambda k: sample("threshold", k, 5),
        lambda k: sample(families.threshold(3), k, 5).member(5),
        lambda k: sample(families.threshold(3), k, 5, law="functions").member(0),
    ],
    ids=["law", "size", "largest", "inputs", "points", "not listed", "no family", "no such member", "no weights"],
)
def test_what_cannot_be_drawn_is_refused(call):
    with pytest.raises(BadInput):
        call(jax.random.key(0))
