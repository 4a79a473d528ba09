"""The three forms of a mechanism, compared on random inputs: all that are built agree, and any slip in one of them is found."""

from dataclasses import replace

import pytest

from workbench.errors import BadInput, Rejected
from workbench.mechanisms import HOMES, mechanism
from workbench.mechanisms.agreement import agreement


@pytest.mark.parametrize("name", HOMES)
def test_the_forms_of_every_mechanism_agree(name):
    found = agreement(mechanism(name), n=2, draws=3)
    assert found.inputs == 3 and found.largest <= 1e-12


def test_rational_mechanisms_are_compared_exactly():
    assert agreement(mechanism("hadamard"), draws=2).rational
    assert not agreement(mechanism("softmax"), draws=2).rational


def scaled(forward, by):
    return lambda *arrays, **options: by * forward(*arrays, **options)


SOFTMAX, KRAUSE = mechanism("softmax"), mechanism("krause")
SLIPS = {
    "another expression": (replace(SOFTMAX, rule=KRAUSE.rule), "as an expression and"),
    "another network": (replace(SOFTMAX, wire=KRAUSE.wire), "as an expression and"),
    "another function": (replace(SOFTMAX, forward=KRAUSE.forward), "JAX is"),
    "a function off by 1e-9": (replace(SOFTMAX, forward=scaled(SOFTMAX.forward, 1 + 1e-9)), "JAX is"),
    "no mask": (
        replace(SOFTMAX, forward=lambda q, k, v, *, causal, mask: SOFTMAX.forward(q, k, v, causal=False, mask=mask)),
        r"JAX is .* at input 1 \(causal\)",
    ),
    "another mask": (
        replace(SOFTMAX, forward=lambda q, k, v, *, causal, mask: SOFTMAX.forward(q, k, v, causal=causal, mask=None)),
        r"JAX is .* at input 2 \(a mask\)",
    ),
    "one of a batch": (
        replace(SOFTMAX, forward=lambda q, k, v, **how: SOFTMAX.forward(q, k[0] if k.ndim == 3 else k, v, **how)),
        r"JAX is .* at input 0 \(no mask\), in a batch",
    ),
    "not a number": (replace(SOFTMAX, forward=scaled(SOFTMAX.forward, float("nan"))), "JAX is nan"),
}


@pytest.mark.parametrize("slipped, reason", SLIPS.values(), ids=SLIPS)
def test_control_a_slip_is_found(slipped, reason):
    with pytest.raises(Rejected, match=reason):
        agreement(slipped, n=2, draws=3)


def test_control_a_slip_in_a_learned_matrix_is_found():
    learned = next(m for m in map(mechanism, HOMES) if m.weights)
    with pytest.raises(Rejected, match="JAX is"):
        agreement(replace(learned, forward=scaled_weight(learned)), n=2, draws=2)


def scaled_weight(slipping):
    name = slipping.weights[0].name

    def forward(*arrays, **options):
        return slipping.forward(*arrays, **options | {name: 1.001 * options[name]})

    forward.__kwdefaults__ = slipping.forward.__kwdefaults__
    return forward


def test_no_draws_are_refused():
    with pytest.raises(BadInput, match="0 draws of softmax"):
        agreement(SOFTMAX, draws=0)
