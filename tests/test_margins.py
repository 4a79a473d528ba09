"""Least margins in both norms: against another optimiser, against formulas, exactly; and the certificates that show them."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from workbench.certificate import read, write
from workbench.dynamics.margins import Infeasible, Margin, least_norm, least_norm_certificate
from workbench.dynamics.nuclear import nuclear_certificate, nuclear_margin, solution
from workbench.dynamics.token_inputs import TokenInputs
from workbench.errors import BadInput, Rejected
from workbench.separation import LeastNorm, NoMargin, NuclearBracket

ONE, HALF, NONE = Fraction(1), Fraction(1, 2), Fraction(0)
TWO = TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], ["1/2", 0]], exact=True)
SMALL = TokenInputs.of([[[1, 0], [0, 0]], [[1, 2], [0, 0]]], [[1, 0], [0, 1]], [[1, 0], [1, 0]], exact=True)


def rows_of(seed, count=5, width=4, low=-3, high=6):
    return np.random.default_rng(seed).integers(low, high, size=(count, width))


def feasible(rows):
    """Another solver's answer: is there a point with all products at least 1?"""
    return linprog(np.zeros(rows.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None)).status == 0


@pytest.mark.parametrize("seed", range(12))
def test_least_norm_agrees_with_other_optimisers_and_with_the_exact_answer(seed):
    rows = rows_of(seed)
    found, exact = least_norm(rows), least_norm_certificate(rows.tolist())
    assert isinstance(found, Margin) == isinstance(exact, LeastNorm) == feasible(rows)
    if isinstance(found, Margin):
        assert found.residual < 1e-12 and np.allclose(found.point, np.array(exact.point, dtype=float), rtol=0, atol=1e-12)
        limits = {"type": "ineq", "fun": lambda w: rows @ w - 1}
        other = minimize(lambda w: w @ w, 2 * found.point, jac=lambda w: 2 * w, constraints=[limits], method="SLSQP")
        assert other.fun == pytest.approx(found.point @ found.point, abs=1e-6)
    else:
        assert found.residual < 1e-9 and (found.multipliers >= 0).all() and found.multipliers.any()


@pytest.mark.parametrize("rows", [[[0, 0]], [[1, 0], [-1, 0]], [[1], [1], [-3]], [[1, 1], [-1, 0], [0, -1]]], ids=str)
def test_rows_without_margin_have_a_vanishing_combination(rows):
    assert isinstance(least_norm(rows), Infeasible)
    certificate = least_norm_certificate(rows)
    assert isinstance(certificate, NoMargin) and sum(certificate.multipliers) == 1


@pytest.mark.parametrize("scale", [Fraction(1, 10**6), Fraction(10**6)], ids=str)
def test_rows_of_other_sizes_are_no_harder(scale):
    certificate = least_norm_certificate([[scale * v for v in row] for row in TWO.rows((0, 0)).tolist()])
    assert certificate.point == tuple(v / scale for v in (HALF, Fraction(1, 6), Fraction(1, 6), Fraction(1, 6)))


@pytest.mark.parametrize(
    "rows, message",
    [
        ([], "empty"),
        ([[]], "empty"),
        ([[1], [1, 2]], "unequal lengths"),
        ([[0.5]], "0.5 is a float"),
        ([[True]], "True is a bool"),
    ],
    ids=str,
)
def test_exact_answers_take_exact_rows(rows, message):
    with pytest.raises(BadInput, match=message):
        least_norm_certificate(rows)


@pytest.mark.parametrize("rows", [[], [[]], [1.0], [[np.nan]], [[np.inf, 1.0]]], ids=str)
def test_least_norm_refuses_what_is_no_matrix(rows):
    with pytest.raises(BadInput, match="rows of shape"):
        least_norm(rows)


@pytest.mark.parametrize("rows", [[[1], [1, 2]], [["a"]], [[None]]], ids=str)
def test_least_norm_refuses_what_is_no_number(rows):
    with pytest.raises(BadInput, match="rows"):
        least_norm(rows)


@pytest.mark.parametrize("seed", range(6))
def test_nuclear_norm_of_columns_is_the_euclidean_norm(seed):
    rows = rows_of(seed)
    least = least_norm(rows)
    found = nuclear_margin(rows, (4, 1))
    assert (
        type(found) is Infeasible
        if isinstance(least, Infeasible)
        else found.low <= np.linalg.norm(least.point) <= found.high + 1e-12
    )


@pytest.mark.parametrize("seed", range(4))
def test_nuclear_answer_is_bracketed_by_its_own_dual(seed):
    rng = np.random.default_rng(seed)
    inputs = TokenInputs.of(rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 6)), rng.normal(size=(3, 4)))
    rows = inputs.rows(inputs.best)
    found = nuclear_margin(rows, inputs.shape)
    dual = (found.multipliers @ rows).reshape(inputs.shape)
    assert (rows @ found.point.ravel()).min() >= 1 - 1e-12 and (found.multipliers >= 0).all()
    assert np.linalg.svd(dual)[1][0] <= 1 + 1e-12 and np.linalg.svd(found.point)[1].sum() == pytest.approx(found.high)
    assert 0 <= found.gap / found.high < 2e-6
    frobenius = least_norm(rows)
    assert found.high <= np.linalg.svd(frobenius.point.reshape(inputs.shape))[1].sum() + 1e-9
    assert np.linalg.norm(found.point) >= np.linalg.norm(frobenius.point) - 1e-9


def test_small_nuclear_solution_is_the_known_one():
    x = max(np.roots([4, 6, 3, 1, -1]).real[np.isreal(np.roots([4, 6, 3, 1, -1]))])
    known = np.outer([1, x], [1, 1 / (1 + 2 * x)])
    found = nuclear_margin(SMALL.rows((0, 0)).astype(float), (2, 2), gap=1e-7)
    assert np.allclose(found.point, known, atol=1e-3) and found.high == pytest.approx(np.linalg.norm(known), rel=1e-6)
    grid = [np.array([[1, y], [s, (1 - y) / 2]]) for y, s in product(np.linspace(0, 1, 101), np.linspace(0, 1, 101))]
    assert min(np.linalg.svd(w)[1].sum() for w in grid) >= found.low  # all of them have both margins equal to 1


def test_exact_bracket_holds_the_norm_and_a_mistake_in_it_is_found():
    bracket = nuclear_certificate(SMALL.rows((0, 0)).tolist(), (2, 2))
    assert bracket.low < Fraction(1229156, 10**6) < bracket.high < bracket.low + Fraction(1, 10**4)
    for lie, phrase in (
        (replace(bracket, multipliers=tuple(v * Fraction(101, 100) for v in bracket.multipliers)), "stretches a vector"),
        (replace(bracket, left=tuple(tuple(v * HALF for v in row) for row in bracket.left)), "the margin is"),
        (replace(bracket, left=bracket.left[:1]), "do not make a matrix"),
    ):
        with pytest.raises(Rejected, match=phrase):
            lie.check()


@pytest.mark.parametrize("norm, ord", [("frobenius", "fro"), ("nuclear", "nuc")])
def test_each_solution_is_the_lesser_one_in_its_own_norm(norm, ord):
    rng = np.random.default_rng(3)
    inputs = TokenInputs.of(rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 5)), rng.normal(size=(3, 4)))
    own, other = (solution(inputs, inputs.best, norm=n) for n in (norm, {"frobenius": "nuclear", "nuclear": "frobenius"}[norm]))
    assert np.linalg.norm(own, ord) < 0.999 * np.linalg.norm(other, ord)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: solution(SMALL, (0, 0), norm="spectral"), "norm 'spectral' is neither"),
        (lambda: solution(TokenInputs.prompted([[[1], [0], [2]]], [[1, 0, 0]]), (0,)), "no matrix gives the tokens"),
        (lambda: nuclear_margin([[1.0, 2.0]], (2, 2)), "no matrices of shape"),
    ],
    ids=["norm", "infeasible", "shape"],
)
def test_what_has_no_solution_is_refused(call, message):
    with pytest.raises(BadInput, match=message):
        call()


def test_no_bracket_of_what_cannot_be_separated():
    with pytest.raises(BadInput, match="no matrix has a margin"):
        nuclear_certificate([[ONE], [-ONE]], (1, 1))


@pytest.mark.parametrize("gap", [0, 1e-9, 1, np.nan])
def test_gaps_that_floats_do_not_reach_are_refused(gap):
    with pytest.raises(BadInput, match="gap"):
        nuclear_margin([[1.0]], (1, 1), gap=gap)


LEAST = LeastNorm(((ONE, ONE), (ONE, -ONE), (ONE + 2, NONE)), (HALF, HALF, NONE))
NO = NoMargin(((ONE,), (-ONE - 1,)), (ONE + 1, ONE))
BRACKET = NuclearBracket(((ONE, NONE, NONE, ONE),), (ONE,), ((HALF, NONE), (NONE, ONE)), ((ONE, NONE), (NONE, HALF)))
LIES = {
    "a multiplier with slack": (
        replace(LEAST, multipliers=(HALF, HALF, ONE)),
        "the multiplier is 1/2 where the margin is 4 > 1, at row 0",
    ),
    "a negative multiplier": (replace(LEAST, multipliers=(ONE, -HALF, NONE)), "negative, at row 1"),
    "a margin below 1": (replace(LEAST, multipliers=(HALF, Fraction(1, 4), NONE)), "the margin is"),
    "a multiplier too few": (replace(LEAST, multipliers=(HALF, HALF)), "2 multipliers for 3 rows"),
    "no rows": (LeastNorm((), ()), "0 multipliers for 0 rows"),
    "rows of unequal lengths": (replace(LEAST, rows=((ONE,), *LEAST.rows[1:])), "unequal lengths"),
    "a float": (replace(LEAST, multipliers=(0.5, 0.5, 0.0)), "no fraction"),
    "a combination that does not vanish": (replace(NO, multipliers=(ONE, ONE)), "the combination is -1, not 0"),
    "all multipliers 0": (replace(NO, multipliers=(NONE, NONE)), "every multiplier is 0"),
    "factors with a small margin": (replace(BRACKET, left=((NONE, NONE), (NONE, ONE))), "the margin is 1/2"),
    "a dual that stretches": (replace(BRACKET, multipliers=(ONE + 1,)), "stretches a vector, at pivot 0"),
    "a zero pivot with entries beside it": (
        NuclearBracket(((ONE, ONE, NONE, ONE),), (ONE,), ((ONE, NONE), (NONE, ONE)), ((ONE, NONE), (NONE, ONE))),
        "stretches a vector",
    ),
}


@pytest.mark.parametrize("certificate", [LEAST, NO, BRACKET], ids=["least", "none", "bracket"])
def test_true_certificates_are_accepted_and_survive_their_file(certificate):
    certificate.check()
    again = read(write(certificate))
    again.check()
    assert again == certificate and write(again) == write(certificate) and again.subject == certificate.rows


@pytest.mark.parametrize("certificate, phrase", LIES.values(), ids=LIES)
def test_lies_are_rejected_with_the_place(certificate, phrase):
    with pytest.raises(Rejected) as raised:
        certificate.check()
    assert phrase in str(raised.value)


@pytest.mark.parametrize(
    "change, phrase",
    [
        ({"multipliers": []}, "list of 1 to"),
        ({"multipliers": ["x", "1", "1"]}, "number 'x'"),
        ({"multipliers": [1, 1, 1]}, "number '1'"),
        ({"rows": []}, "rows of one length"),
        ({"rows": [["1"], ["1", "2"]]}, "rows of one length"),
        ({"rows": "1"}, "type str"),
        ({"remark": "1"}, "unknown fields"),
    ],
    ids=str,
)
def test_files_are_read_strictly(change, phrase):
    with pytest.raises(BadInput) as raised:
        read(json.dumps(json.loads(write(LEAST)) | change))
    assert phrase in str(raised.value)


def test_rows_are_differences_times_queries():
    assert TWO.rows((0, 0)).tolist() == [[2, 0, 0, 0], [1, 1, 1, 1]] and TWO.pairs((0, 0)) == ((0, 1), (1, 1))
    assert TWO.rows((1, 0)).tolist()[0] == [-2, 0, 0, 0] and TWO.advantages((1, 0)).tolist() == [-1, HALF]
    assert TWO.best == (0, 0) and TWO.shape == (2, 2)
    assert TokenInputs.of([[[1, 2]]], [[1]], [[0]]).rows((0,)).shape == (0, 2)  # one token: nothing to select


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: TWO.rows((0,)), "1 selected tokens for 2"),
        (lambda: TWO.rows((0, -1)), "token -1 of input 1"),
        (lambda: TokenInputs.of([[[1]]], [[1]], [[1, 2]]), "shapes"),
        (lambda: TokenInputs.of([[[1]]], [[1], [1]], [[1]]), "shapes"),
        (lambda: TokenInputs.of([[1]], [[1]], [[1]]), "shapes"),
        (lambda: TokenInputs.of([[["1/2"]]], [[1]], [[1]]), "need exact=True"),
        (lambda: TokenInputs.of([[["1/0"]]], [[1]], [[1]], exact=True), "integers and fractions"),
        (lambda: TokenInputs.of(np.zeros((0, 1, 1)), np.zeros((0, 1)), np.zeros((0, 1))), "none of them empty"),
    ],
    ids=["too few", "negative", "scores", "queries", "tokens", "string", "over zero", "empty"],
)
def test_inputs_that_do_not_fit_are_refused(call, message):
    with pytest.raises(BadInput, match=message):
        call()
