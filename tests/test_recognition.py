"""Recognition against brute force over integer weights, published counts and direct constructions."""

import itertools
import random

import numpy as np
import pytest

from workbench import recognition
from workbench.certificate import DualWitness, SignRepresentation
from workbench.domain import Cube
from workbench.errors import BadInput
from workbench.poly import monomial, monomials
from workbench.recognition import Separation, decided_exactly, recognise
from workbench.threshold import PTF, BooleanFunction


def brute_force(n, degree, largest):
    """All sign tables of +-1 polynomials with integer weights up to `largest`: no linear programming, no certificate."""
    features = [[(-1) ** sum(1 - (k >> i & 1) for i in monomial(m)) for m in monomials(n, degree)] for k in range(1 << n)]
    grid = np.array(list(itertools.product(range(-largest, largest + 1), repeat=len(features[0]))))
    values = grid @ np.array(features).T
    tables = (values > 0) @ (1 << np.arange(1 << n))
    return {int(t) for t in tables[(values != 0).all(axis=1)]}


# The largest weight tried, enough for every function there is, and the number of functions (2, 4, 14, 104: A000609).
ORACLE = {
    (0, 0): (1, 2),
    (1, 0): (1, 2),
    (1, 1): (2, 4),
    (2, 0): (1, 2),
    (2, 1): (2, 14),
    (2, 2): (3, 16),
    (3, 0): (1, 2),
    (3, 1): (3, 104),
    (3, 2): (2, 254),
}


@pytest.mark.parametrize(("n", "degree"), ORACLE, ids=[f"n={n},d={d}" for n, d in ORACLE])
@pytest.mark.parametrize("decide", [recognise, lambda f, d: decided_exactly(Separation.of(f, d))], ids=["proposed", "exact"])
def test_all_functions_up_to_three_inputs(n, degree, decide):
    largest, count = ORACLE[n, degree]
    known = brute_force(n, degree, largest)
    assert len(known) == count
    for table in range(1 << (1 << n)):
        certificate = decide(BooleanFunction(n, table), degree)
        certificate.check()
        assert isinstance(certificate, SignRepresentation) == (table in known)
        assert certificate.subject == (n, table, degree)


def test_degree_n_represents_everything():
    for table in range(256):
        assert isinstance(recognise(BooleanFunction(3, table), 3), SignRepresentation)


def test_only_parity_and_its_complement_need_degree_four():
    parity = BooleanFunction.from_rule(lambda *x: sum(x) % 2, n=4)
    for f in (parity, ~parity):
        assert len(recognise(f, 3).witness) == 16
    rng = random.Random(1)
    for table in (rng.getrandbits(16) for _ in range(40)):
        assert isinstance(recognise(BooleanFunction(4, table), 3), DualWitness) == (table in (parity.table, (~parity).table))


def test_a_sample_of_four_inputs_is_decided_alike_by_both_ways():
    rng = random.Random(2)
    for table, degree in ((rng.getrandbits(16), d) for _ in range(30) for d in (1, 2)):
        f = BooleanFunction(4, table)
        assert type(recognise(f, degree)) is type(decided_exactly(Separation.of(f, degree)))


@pytest.mark.slow
def test_four_inputs_have_1882_threshold_functions():
    found = sum(isinstance(recognise(BooleanFunction(4, t)), SignRepresentation) for t in range(1 << 16))
    assert found == 1882  # A000609


def random_ptf(n, degree, seed):
    rng = random.Random(seed)
    weights = {monomial(m): 2 * rng.randint(-9, 9) + (m == 0) for m in monomials(n, degree)}  # odd sums: never zero
    return PTF.from_weights(weights, Cube(n))


LARGE = {"n=8, d=1": (8, 1), "n=6, d=2": (6, 2), "n=7, d=2": (7, 2), "n=10, d=1": (10, 1), "n=6, d=3": (6, 3)}


@pytest.mark.parametrize(("n", "degree"), LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("seed", range(3))
def test_large_functions_of_both_kinds(n, degree, seed):
    f = random_ptf(n, degree, seed)
    certificate = recognise(f, degree)
    assert isinstance(certificate, SignRepresentation)
    assert max(map(abs, certificate.weights)) <= 18
    noise = BooleanFunction(n, random.Random(seed).getrandbits(1 << n))
    assert isinstance(recognise(noise, 1), DualWitness)
    # parity of degree + 1 inputs has no representation of this degree, whatever the other inputs
    hard = BooleanFunction.from_rule(lambda *x: sum(x[: degree + 1]) % 2, n=n)
    assert isinstance(recognise(hard, degree), DualWitness)


def test_monotone_functions_without_weights_are_refused_by_more_than_four_points():
    # x0 x1 + x2 x3 is monotone, so no input acts both ways
    f = BooleanFunction.from_rule(lambda a, b, c, d: (a and b) or (c and d), n=4)
    assert Separation.of(f, 1).not_unate() is None
    assert isinstance(recognise(f), DualWitness)


@pytest.mark.parametrize("n", [1, 2, 8, 10])
def test_chains_whose_weights_double(n):
    """x_{n-1} or (x_{n-2} and (x_{n-3} or ...)): the margin falls exponentially, weights are Fibonacci numbers."""

    def chain(*x):
        value = x[0]
        for i in range(1, len(x)):
            value = (x[i] or value) if i % 2 else (x[i] and value)
        return value

    fibonacci = [1, 1]
    while len(fibonacci) < n:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    certificate = recognise(BooleanFunction.from_rule(chain, n=n))
    assert [abs(w) for m, w in zip(certificate.monomials, certificate.weights, strict=True) if m] == fibonacci[:n]


def test_weights_are_small_and_coprime():
    majority = BooleanFunction.from_rule(lambda *x: sum(x) >= 4, n=7)
    assert recognise(majority).weights == (1,) * 7
    assert recognise(BooleanFunction(3, 0)).weights == (-1,)


@pytest.mark.parametrize("broken", ["weights", "support", "both"])
def test_a_solver_that_fails_or_lies_changes_no_answer(monkeypatch, broken):
    if broken in ("weights", "both"):
        monkeypatch.setattr(recognition, "_weights_guess", lambda problem: np.ones(problem.signed.shape[1]))
    if broken in ("support", "both"):
        monkeypatch.setattr(recognition, "_support_guess", lambda problem: [0, 1])
    for table in range(0, 65536, 1021):
        f = BooleanFunction(4, table)
        found, expected = recognise(f, 2), decided_exactly(Separation.of(f, 2))
        assert type(found) is type(expected)


def test_a_solver_that_gives_up_leaves_the_decision_to_integers(monkeypatch):
    monkeypatch.setattr(recognition, "_weights_guess", lambda problem: None)
    monkeypatch.setattr(recognition, "_support_guess", lambda problem: [])
    assert isinstance(recognise(BooleanFunction(3, 0b11101000)), SignRepresentation)
    assert len(recognise(BooleanFunction(3, 0b10010110), 2).witness) == 8


def test_a_degree_above_n_is_n():
    assert recognise(BooleanFunction(0, 1)).subject == (0, 1, 0)
    assert recognise(BooleanFunction(2, 6), 5).subject == (2, 6, 2)


REFUSED = {
    "arity": (lambda: recognise(BooleanFunction(11, 1)), "11 inputs > 10"),
    "size": (lambda: recognise(BooleanFunction(10, 1), 4), r"1024 points x 386 monomials > 262144"),
    "degree": (lambda: recognise(BooleanFunction(2, 1), -1), "degree -1"),
    "degree type": (lambda: recognise(BooleanFunction(2, 1), True), "degree True"),
    "table": (lambda: recognise(6), "a int is not a BooleanFunction or a PTF"),
    "large PTF": (lambda: recognise(PTF.from_weights({(): 1}, Cube(30))), "arity 30"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals(call, message):
    with pytest.raises(BadInput, match=message):
        call()
