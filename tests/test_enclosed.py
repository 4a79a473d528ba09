"""Evidence by enclosures: intervals that exclude 0 decide, nothing else does, and wrong signs are found out."""

import pytest
import sympy
from mpmath import iv

from workbench import Case, Claim, Control, Enclosed, ForAll, ForEach, Identity, enclosed_sign, judge
from workbench.errors import BadInput, Unsound
from workbench.evidence import BALLS

e = sympy.exp(1)
NEAR = sympy.Rational(27182818284590452353602874713526624977572, 10**40)  # e to 40 digits, from below
THIRD = sympy.Rational(1, 3)
SIGNS = {  # a number, and an interval around it by mpmath
    "e above": (e - NEAR, lambda: iv.exp(1) - iv.mpf(int(NEAR.p)) / int(NEAR.q)),
    "e below": (e - NEAR - sympy.Rational(1, 10**40), lambda: iv.exp(1) - iv.mpf(int(NEAR.p)) / int(NEAR.q) - iv.mpf(10) ** -40),
    "softmax entry": (
        sympy.exp(2) / (sympy.exp(2) + sympy.exp(THIRD) + 1) - sympy.Rational(3, 4),
        lambda: iv.exp(2) / (iv.exp(2) + iv.exp(iv.mpf(1) / 3) + 1) - iv.mpf(3) / 4,
    ),
    "tanh": (sympy.tanh(THIRD) - THIRD, lambda: (iv.exp(iv.mpf(2) / 3) - 1) / (iv.exp(iv.mpf(2) / 3) + 1) - iv.mpf(1) / 3),
    "root": (sympy.sqrt(2) - sympy.Rational(577, 408), lambda: iv.sqrt(2) - iv.mpf(577) / 408),
    "rational": (sympy.Rational(-1, 7), lambda: iv.mpf(-1) / 7),
}


@pytest.mark.parametrize(("number", "interval"), SIGNS.values(), ids=SIGNS)
def test_signs_are_those_of_another_interval_arithmetic(number, interval, monkeypatch):
    monkeypatch.setattr(iv, "prec", 200)
    assert enclosed_sign(number) == {True: 1, False: -1}[interval() > 0]


def test_a_rational_zero_is_zero():
    assert enclosed_sign(sympy.Integer(0)) == 0


UNDECIDED = {
    "an irrational zero": (e + 1) * (e - 1) - sympy.exp(2) + 1,
    "closer than 4,096 bits": sympy.exp(sympy.Rational(1, 2**5000)) - 1 - sympy.Rational(1, 2**5000),
}


@pytest.mark.parametrize("number", UNDECIDED.values(), ids=UNDECIDED)
def test_what_intervals_do_not_decide_is_left_open(number):
    assert enclosed_sign(number) is None


def test_symbols_have_no_sign():
    with pytest.raises(BadInput, match="x is not declared"):
        enclosed_sign(sympy.Symbol("x", real=True))


def powers(relation="<", of=sympy.exp):
    return ForEach.of("e^n < 3^n", lambda n: [Case(f"n = {n}", of(n), 3**n, relation)], first=1)


CONTROL = Control("e^n > 3^n", powers(">"))
ENCLOSED = Enclosed(3, enclosed_sign, BALLS)


def judged(statement, *evidence):
    return judge(Claim("powers", "e^n < 3^n.", statement), [*evidence, CONTROL])


def test_instances_are_certified_and_the_intervals_are_trusted():
    verdict = judged(powers(), ENCLOSED)
    assert (verdict.word, verdict.reach, verdict.trusts) == ("certified", "n = 1..4; open beyond", (BALLS,))
    assert [o.kind for o in verdict.outcomes] == ["Control", "Enclosed"]


def test_an_interval_on_the_other_side_refutes():
    verdict = judged(powers("<", of=lambda n: sympy.exp(n**2)), ENCLOSED)
    assert (verdict.word, verdict.trusts) == ("refuted", (BALLS,)) and "n = 2" in verdict.reach


def test_an_interval_around_zero_decides_nothing():
    with pytest.raises(Unsound, match="does not exclude 0"):
        judged(ForEach.of("", lambda n: [Case("", (e + 1) * (e - 1), sympy.exp(2) - 1, "<=")], first=1), ENCLOSED)


def test_rational_differences_need_no_interval():
    verdict = judged(ForEach.of("", lambda n: [Case(f"n = {n}", n, n**2, "<=")], first=1), ENCLOSED)
    assert verdict.word == "certified"


LIARS = {
    "one answer": lambda number: -1,
    "turned round": lambda number: None if (s := enclosed_sign(number)) is None else -s,
    "floats": lambda number: int(sympy.sign(number.evalf(15))),
    "never sure": lambda number: None,
}


@pytest.mark.parametrize("signs", LIARS.values(), ids=LIARS)
def test_control_wrong_signs_are_found_out(signs):
    with pytest.raises(Unsound, match="gives a"):
        judged(powers(), Enclosed(3, signs, "a liar"))


def test_enclosures_need_cases_and_a_control():
    with pytest.raises(Unsound, match="no control"):
        judge(Claim("powers", "", powers()), [ENCLOSED])
    z = sympy.Symbol("z", real=True)
    with pytest.raises(Unsound, match="need cases"):
        judged(ForAll.of(Identity.of((z + 1) ** 2, z**2 + 2 * z + 1)), ENCLOSED)
