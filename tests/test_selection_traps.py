"""Misuse of token selection, margins far from size 1, and 600 altered certificates against an oracle of its own."""

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from random import Random

import jax
import numpy as np
import pytest
import sympy

from workbench.certificate import read, write
from workbench.dynamics.asymptotics import Asymptote, asymptote, law, locally_optimal
from workbench.dynamics.margins import Infeasible, least_norm, least_norm_certificate
from workbench.dynamics.nuclear import nuclear_certificate, nuclear_margin, solution
from workbench.dynamics.token_inputs import TokenInputs
from workbench.dynamics.token_runs import Draws, select
from workbench.errors import BadInput, Rejected
from workbench.separation import LeastNorm, NoMargin, NuclearBracket

TWO = TokenInputs.of([[[2, 0], [0, 0]], [[1, 1], [0, 0]]], [[1, 0], [1, 1]], [[1, 0], [0.5, 0]])
SMALL = TokenInputs.of([[[1.0], [0.0]]], [[1]], [[1, 0]])
DRAWS = Draws.of(TWO)
KEY = jax.random.key(0)
W = np.zeros((1, 2, 2))


def run(draws=DRAWS, start=(W,), **change):
    return select(draws, start, **{"rule": "normalised", "eta": 0.1, "steps": 4} | change)


def test_a_long_run_of_one_record_is_made_in_pieces(monkeypatch):
    whole, told = run(steps=7), []
    monkeypatch.setattr("workbench.dynamics.token_runs.PIECE", 3)
    assert np.array_equal(run(steps=7, progress=lambda *what: told.append(what)).weights, whole.weights)
    monkeypatch.setattr("workbench.dynamics.token_runs._accept", lambda gap, rule, dtype, steps: told.append(steps))
    run(steps=7)
    assert told == [("normalised", 1, 1), 3, 6, 7]


SELECTED = {
    "W of the wrong width": (lambda: run(start=(np.zeros((1, 2, 3)),)), r"give \(W,\), W of \(1, 2, 2\)"),
    "W of the wrong height": (lambda: run(start=(np.zeros((1, 3, 2)),)), r"start of shapes \[\(1, 3, 2\)\]"),
    "K and Q of two widths": (lambda: run(start=(np.zeros((1, 2, 3)), np.zeros((1, 2, 4)))), r"K of \(1, 2, m\)"),
    "K and Q without columns": (lambda: run(start=(np.zeros((1, 2, 0)),) * 2), "start of shapes"),
    "W without its tuple": (lambda: run(start=W), r"give \(W,\)"),
    "no start": (lambda: run(start=None), "start of shapes"),
    "a start in words": (lambda: run(start=("abc",)), "start 'abc'"),
    "a ragged start": (lambda: run(start=([[[1], [1, 2]]],)), "start .* is no array"),
    "a start of nan": (lambda: run(start=(W * np.nan,)), "not finite"),
    "inputs without Draws": (lambda: run(TWO), r"draws of type TokenInputs: give Draws.of\(inputs\)"),
    "draws as a tuple": (lambda: run((1, 2, 3)), "draws of type tuple"),
    "arrays of one draw": (lambda: run(Draws(*map(np.asarray, (TWO.tokens, TWO.queries, TWO.scores)))), r"give \(draws, n, T, d\)"),
    "queries of other inputs": (lambda: run(DRAWS._replace(queries=np.zeros((1, 3, 2)))), r"give \(draws, n, T, d\)"),
    "no draws": (lambda: run(Draws(*(a[:0] for a in DRAWS)), (W[:0],)), r"give \(draws, n, T, d\)"),
    "tokens of nan": (lambda: run(DRAWS._replace(tokens=DRAWS.tokens * np.nan)), "not finite"),
    "steps in floats": (lambda: run(steps=4.0), "steps = 4.0 is not an integer"),
    "steps as a truth value": (lambda: run(steps=True), "steps = True"),
    "records in floats": (lambda: run(records=2.0), "records = 2.0"),
    "eta in words": (lambda: run(eta="1"), "eta = '1'"),
    "an infinite eta": (lambda: run(eta=math.inf), "eta = inf"),
    "a rule in a list": (lambda: run(rule=["adam"]), "rule .'adam'. is not one of"),
    "draws of unequal shapes": (
        lambda: Draws.of(TWO, SMALL),
        r"\[\(2, 2, 2, 2\), \(1, 2, 1, 1\)\]: give one or more, of one shape",
    ),
    "draws of nothing": (lambda: Draws.of(), "0 inputs"),
    "draws of a list": (lambda: Draws.of([TWO]), "a list for a draw"),
    "a draw beyond the last": (lambda: DRAWS.one(1), "draw 1 is not from 0 to 0"),
    "a seed for a key": (lambda: Draws.gaussian(3, 1), "key 3: give one of JAX's"),
    "less than no draws": (lambda: Draws.gaussian(KEY, -1), "draws = -1"),
    "tokens without entries": (lambda: Draws.gaussian(KEY, 1, dim=0), "dim = 0"),
    "factors of width 0": (lambda: DRAWS.starts(KEY, 0), "width = 0"),
    "two widths": (lambda: DRAWS.starts(KEY, 2, 3), "2 widths"),
}
NUMBERED = {
    "one number for a tuple": (0, r"selected 0: give a token number for each of the 2 inputs, such as \(0, 0\)"),
    "nothing": (None, "selected None"),
    "floats": ((0.0, 0.0), "selected"),
    "text": ("00", "selected '00'"),
    "too many": ((0, 0, 0), "3 selected tokens for 2 inputs"),
    "a token that is none": ((0, 2), "token 2 of input 1"),
}
INPUTS = {
    "nan": (lambda: TokenInputs.of([[[math.nan], [0]]], [[1]], [[1, 0]]), "a token holds nan"),
    "an infinite score": (lambda: TokenInputs.of([[[1], [0]]], [[1]], [[math.inf, 0]]), "a score holds inf"),
    "lists": (lambda: TokenInputs([[[1]]], [[1]], [[1]]), "build them by TokenInputs.of"),
    "one key for a list": (lambda: TokenInputs.prompted(3, [[1]]), "shapes"),
    "no keys": (lambda: TokenInputs.prompted([], []), "none of them empty"),
    "a law of draws": (lambda: asymptote(DRAWS, (0, 0)), "inputs of type Draws: give TokenInputs"),
    "a solution of draws": (lambda: solution(DRAWS, (0, 0)), "inputs of type Draws"),
    "rows too large to square": (lambda: least_norm([[1e101, 1.0]]), r"a row of size 1e\+101"),
    "a row too small to square": (lambda: least_norm([[1e-101], [1.0]]), "a row of size 1e-101"),
    "fractions beyond floats": (lambda: least_norm_certificate([[Fraction(10) ** 400]]), "rows that are no matrix"),
    "a shape as a number": (lambda: nuclear_margin([[1.0, 0, 0, 1]], 2), "shape 2"),
    "a shape of negative sides": (lambda: nuclear_margin([[1.0, 0, 0, 1]], (-2, -2)), "rows of W = -2"),
    "a gap in words": (lambda: nuclear_margin([[1.0]], (1, 1), gap="a"), "gap = 'a'"),
    "a bracket of floats": (lambda: nuclear_certificate([[0.5]], (1, 1)), "0.5 is a float"),
    "a bracket of numbers": (lambda: nuclear_certificate([1, 2], (1, 1)), "give a list of rows"),
}


@pytest.mark.parametrize(("call", "message"), (SELECTED | INPUTS).values(), ids=SELECTED | INPUTS)
def test_what_does_not_fit_is_refused_in_one_sentence(call, message):
    with pytest.raises(BadInput, match=message):
        call()


@pytest.mark.parametrize("of", [asymptote, law, solution, locally_optimal], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("selected", "message"), NUMBERED.values(), ids=NUMBERED)
def test_selected_tokens_are_a_number_for_each_input(of, selected, message):
    with pytest.raises(BadInput, match=message):
        of(TWO, selected)


@pytest.mark.parametrize("selected", [np.array([0, 0]), [0, 0], (False, False)], ids=["array", "list", "truth values"])
def test_other_integers_are_the_same_tokens(selected):
    assert np.array_equal(asymptote(TWO, selected).offsets, asymptote(TWO, (0, 0)).offsets)


PROMPTED = TokenInputs.prompted([[[1, 2], [0, 0]]], [[1, 0]])


def test_a_vector_is_held_against_the_law_as_a_matrix_of_one_column():
    found, path, logs = asymptote(PROMPTED, (0,)), np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([1.0, 2.0])
    wanted = np.abs(path @ [1, 2] - logs - found.offsets)
    for weights in (path, path[..., None], path.tolist()):
        assert found.residual(weights, logs).tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("weights", "logs"),
    [(np.zeros((2, 3)), [0, 1]), (np.zeros((2, 2)), [0, 1, 2]), (np.zeros((1, 2)), [0, 1]), (np.zeros(2), 0.0), ("a", [0])],
    ids=["wide", "times", "one record", "no time", "text"],
)
def test_other_weights_are_not_held_against_the_law(weights, logs):
    with pytest.raises(BadInput, match="weights"):
        asymptote(PROMPTED, (0,)).residual(weights, logs)


def test_scores_of_any_size_have_offsets():
    """c = 1/(1 + e^1000) does not overflow: its logarithm is -1000."""
    found = law(TokenInputs.of([[[1, 2], [0, 0]]], [[1]], [[1000, 0]]), (0,))
    assert found.offsets == pytest.approx([-1000 + math.log(1000 * 5)], abs=1e-9)


@pytest.mark.parametrize("size", [1e-100, 1e-30, 1e-9, 1e30, 1e99], ids=str)
def test_margins_have_no_unit(size):
    rows = np.array([[2.0, 0, 0, 0], [1, 1, 1, 1]])
    small, large = least_norm(rows * size), least_norm(rows)
    assert small.point * size == pytest.approx(large.point, rel=1e-12) and not isinstance(small, Infeasible)
    assert isinstance(least_norm(np.array([[1.0], [-2.0]]) * size), Infeasible)


def test_a_short_row_is_no_contradiction():
    assert least_norm([[1.0], [1e-10]]).point == pytest.approx([1e10])
    assert isinstance(least_norm_certificate([[1], [Fraction(1, 10**10)]]), LeastNorm)


def test_equal_and_repeated_tokens_are_not_graded():
    for tokens, scores in (([[1, 2], [1, 2]], [1, 0]), ([[1, 2], [0, 0], [0, 0]], [1, 0, 0])):
        found = asymptote(TokenInputs.of([tokens], [[1]], [scores]), (0,))
        assert not isinstance(found, Asymptote) and str(found).startswith("ungraded")


# Certificates, altered


def dot(left, right):
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def exact(*matrices):
    return all(type(entry) is Fraction for matrix in matrices for row in matrix for entry in row)


def means_what_it_says(c):
    """What each type states, from its definition; positive semidefinite by all principal minors."""
    rows, multipliers = c.rows, c.multipliers
    if not exact(rows, [multipliers]) or len({*map(len, rows)}) != 1 or len(rows) != len(multipliers) or min(multipliers) < 0:
        return False
    mixed = [dot(multipliers, column) for column in zip(*rows, strict=True)]
    if isinstance(c, NoMargin):
        return any(multipliers) and not any(mixed)
    if isinstance(c, LeastNorm):
        margins = [dot(row, mixed) for row in rows]
        return all(m >= 1 and (u == 0 or m == 1) for m, u in zip(margins, multipliers, strict=True))
    d, e = len(c.left), len(c.right)
    if not exact(c.left, c.right) or len({*map(len, (*c.left, *c.right))}) != 1 or d * e != len(rows[0]):
        return False
    product = [dot(a, b) for a in c.left for b in c.right]
    y = sympy.Matrix(d, e, [sympy.Rational(v.numerator, v.denominator) for v in mixed])
    gram = sympy.eye(e) - y.T * y
    minors = (gram.extract(list(s), list(s)).det() for k in range(1, e + 1) for s in combinations(range(e), k))
    return all(dot(row, product) >= 1 for row in rows) and all(minor >= 0 for minor in minors)


def altered(c, draw):
    """Return a certificate with one entry changed, dropped, exchanged, or written in another type."""
    part = draw.choice([name for name in ("rows", "multipliers", "left", "right") if hasattr(c, name)])
    table = [list(row) for row in (getattr(c, part) if part != "multipliers" else [c.multipliers])]
    i = draw.randrange(len(table))
    j, way = draw.randrange(len(table[i])), draw.randrange(12)
    v = table[i][j]
    changes = (v + Fraction(1, 10 ** draw.randint(1, 12)), v * Fraction(100_001, 100_000), -v, v - Fraction(1, 7), Fraction(0))
    values = (*changes, float(v), math.nan, int(v), True)
    if way < len(values):
        table[i][j] = values[way]
    elif way == 9:
        del table[i][j]
    elif way == 10:
        draw.shuffle(table[i])
    else:
        table.append(table[0])
    if part == "multipliers":
        return replace(c, multipliers=tuple(table[0] if way != 11 else [*table[0], Fraction(0)]))
    return replace(c, **{part: tuple(map(tuple, table))})


def certificates():
    for seed in range(4):
        rows = np.random.default_rng(seed).integers(-1, 6, size=(3, 4)).tolist()
        yield from (least_norm_certificate(rows), nuclear_certificate(rows, (2, 2)))
        yield least_norm_certificate([[1, 0], [-1, seed + 1], [0, -1]])


def accepted(c):
    try:
        c.check()
    except Rejected:
        return False
    return True


def test_600_altered_certificates_are_accepted_only_where_they_still_say_the_truth():
    seen = Counter()
    for start, c in enumerate(certificates()):
        assert accepted(c) and means_what_it_says(c)
        draw = Random(start)
        for _ in range(50):
            lie = altered(c, draw)
            assert accepted(lie) == bool(means_what_it_says(lie)), lie
            seen[type(c), accepted(lie)] += 1
    assert sum(seen.values()) == 600 and all(seen[kind, False] > 80 for kind in (LeastNorm, NoMargin, NuclearBracket))


@pytest.mark.parametrize("entry", [math.nan, 1.0, 1, True], ids=repr)
def test_factors_of_a_bracket_are_fractions(entry):
    one = ((Fraction(1),),)
    for part in ("left", "right"):
        bracket = replace(NuclearBracket(one, (Fraction(1),), one, one), **{part: ((entry,),)})
        with pytest.raises(Rejected, match="an entry of a factor is no fraction"):
            bracket.check()


@pytest.mark.parametrize("part", ["left", "right"])
def test_a_bracket_without_factors_is_rejected(part):
    one = ((Fraction(1),),)
    with pytest.raises(Rejected):
        replace(NuclearBracket(one, (Fraction(1),), one, one), **{part: ()}).check()


def test_a_certificate_in_a_file_is_altered_as_little():
    for c in certificates():
        text = write(c)
        for old, new in (('"1"', '"-1"'), ('"multipliers":["', '"multipliers":["9')):
            if (changed := text.replace(" ", "").replace(old, new, 1)) != text.replace(" ", ""):
                again = read(changed)
                assert accepted(again) == bool(means_what_it_says(again))
