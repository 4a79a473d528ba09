"""Targets and shapes of training: tables against rules written out here, counts against the networks that are built."""

import random

import pytest

import workbench as wb
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_targets import target
from workbench.errors import BadInput
from workbench.witness import SignRepresentation


def word(k, low, high):
    """Bits low, ..., high - 1 of k as a number."""
    return (k >> low) & ((1 << (high - low)) - 1)


RULES = {
    "parity of none but one": ("parity", 1, lambda k: k),
    "parity": ("parity", 5, lambda k: bin(k).count("1") % 2),
    "inner product": ("inner_product", 6, lambda k: bin(word(k, 0, 3) & word(k, 3, 6)).count("1") % 2),
    "equality": ("equality", 6, lambda k: word(k, 0, 3) == word(k, 3, 6)),
    "equality of bits": ("equality", 2, lambda k: k in (0, 3)),
    "selector": ("multiplexer", 3, lambda k: k >> 2 & 1 if k & 1 else k >> 1 & 1),
    "multiplexer": ("multiplexer", 6, lambda k: k >> (2 + word(k, 0, 2)) & 1),
}


@pytest.mark.parametrize("name, n, rule", RULES.values(), ids=RULES)
def test_a_target_is_what_its_name_says(name, n, rule):
    assert target(name, n).table == sum(bool(rule(k)) << k for k in range(1 << n))


@pytest.mark.parametrize("draw", range(5))
@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_a_random_quadratic_target_has_degree_two(n, draw):
    found = wb.recognise(target(f"quadratic:{draw}", n), 2)
    found.check()
    assert isinstance(found, SignRepresentation)


def test_draws_differ():
    assert len({target(f"quadratic:{draw}", 5).table for draw in range(20)}) == 20


REFUSED = {
    "odd words": (lambda: target("equality", 5), "even number of bits, not 5"),
    "no multiplexer": (lambda: target("multiplexer", 4), "such as 3 or 6, not 4"),
    "unknown": (lambda: target("majority", 3), "no target 'majority'"),
    "a draw of parity": (lambda: target("parity:1", 3), "no target 'parity:1'"),
    "a draw below 0": (lambda: target("quadratic:-1", 3), "no target 'quadratic:-1'"),
    "no inputs": (lambda: target("parity", 0), "n 0 is not an integer from 1 to 10"),
    "too many": (lambda: target("parity", 11), "n 11 is not"),
    "depth 0": (lambda: Shape.standard(3, 0), "depth 0 is not an integer from 1 to 8"),
    "width 0": (lambda: Shape.standard(3, 2, 0), "width 0 is not"),
    "no factor": (lambda: Shape.gated(3, 1, factors=0), "factors 0 is not"),
    "a fraction": (lambda: Shape.standard(3, 2, 1.5), "width 1.5 is not"),
    "two outputs": (lambda: Shape(3, (2, 2), (1, 1)), "do not end in 1"),
    "factors of a layer missing": (lambda: Shape(3, (2, 1), (1,)), "1 numbers of factors for 2 layers"),
    "outputs": (lambda: Shape(3, (1,), (1,), "bits"), "bits"),
    "weights of one source": (lambda: Shape.standard(2, 1).network([[[[1, 1]]]]), "do not fit|for layers of"),
    "weights of no layer": (lambda: Shape.standard(2, 1).network([]), "for layers of"),
}


@pytest.mark.parametrize("call, message", REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()


SHAPES = {
    "a unit": Shape.standard(1, 1),
    "layered": Shape.standard(3, 3, 4),
    "skip": Shape.standard(3, 2, 2, skip=True),
    "one gate": Shape.gated(4, 1),
    "product": Shape.gated(4, 1, factors=5, outputs="01"),
    "gated layers": Shape.gated(3, 3, 2, outputs="01", skip=True),
    "gates everywhere": Shape(3, (3, 2, 1), (2, 1, 3)),
}


def random_weights(shape, rng, *, largest=8):
    """Integers without zeros, each unit's largest being `largest`, so that no rounding of that scale changes them."""
    return [
        [[_row(fan + 1, largest, rng) for _ in range(f)] for _ in range(w)]
        for w, f, fan in zip(shape.widths, shape.factors, shape.fan_in, strict=True)
    ]


def _row(size, largest, rng):
    row = [rng.choice([-1, 1]) * rng.randint(1, largest) for _ in range(size)]
    row[rng.randrange(size)] = rng.choice([-1, 1]) * largest
    return row


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_counts_of_a_shape_are_those_of_its_network(shape):
    network = shape.network(random_weights(shape, random.Random(1)))
    assert (network.depth, network.threshold_units, network.gatings.output) == (shape.depth, shape.units, shape.gatings)
    assert network.wires + network.size == shape.parameters
    assert network.gatings._replace(output=0) == (0, 0, 0, 0)
    assert Shape.from_json(shape.as_json()) == shape


def test_zero_weights_are_left_out():
    assert Shape.standard(2, 1).network([[[[0, 3, 0]]]]).wires == 1


MODELS = {"standard": Shape.standard(2, 2, 2), "skip": SHAPES["skip"], "gated pm1": Shape.gated(2, 1)}
MODELS |= {"gated 01 skip": SHAPES["gated layers"]}


@pytest.mark.parametrize("name", MODELS)
def test_models_have_names(name):
    assert MODELS[name].model == name
