"""A tape at a rational point: in exact arithmetic while its operations are rational, in balls of rising precision after that."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import Ordering, arb, ctx, fmpq, fmpz_mpoly, fmpz_mpoly_ctx

from workbench.errors import BadInput
from workbench.lowering.ball_rules import BALL_RULES, EXACT_BITS, Rule, Value, rational
from workbench.lowering.tape import Tape

PRECISIONS = tuple(1 << k for k in range(7, 13))  # bits: 128, ..., 4096


def refinements(tape: Tape, point: Sequence[fmpq]) -> Iterator[Value]:
    """Yield the value of a tape at a rational point at rising precision: a rational if it is known exactly, else smaller balls.

    Raises BadInput for an operation without a rule.

    >>> from workbench.lowering.tape import Instruction, Recorder
    >>> t = Recorder(1)
    >>> third = t.add("linear", (t.add("input", (), 0),), (Fraction(1, 3),))
    >>> list(refinements(t.finished(third), [fmpq(3, 2)]))
    [1/2]
    >>> [b < 3 for b in refinements(t.finished(t.add("exp", (third,))), [fmpq(3)])]
    [True, True, True, True, True, True]
    >>> next(refinements(Tape(0, (Instruction("trace"),), 0), []))
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: trace has no rule in ball arithmetic: its sign and its enclosure are not available
    """
    for precision in PRECISIONS:
        with ctx.workprec(precision):
            value = _value(tape, point)
        yield value
        if isinstance(value, fmpq) or (value.is_finite() and value.is_exact()):
            return


def _value(tape: Tape, point: Sequence[fmpq]) -> Value:
    values: list[Value] = []
    for rule, constants, args in _steps(tape):
        value = rule(constants, [values[a] for a in args] if args else point)
        values.append(arb(value) if type(value) is fmpq and value.height_bits() > EXACT_BITS else value)
    return values[tape.root]


@lru_cache(maxsize=64)
def _steps(tape: Tape) -> list[tuple[Rule, Any, tuple[int, ...]]]:
    if missing := [i.op for i in tape.instructions if i.op not in BALL_RULES]:
        way_out = ": write its terms out, with SymPy's doit()" if missing[0] in ("sum", "product") else ""
        raise BadInput(f"{missing[0]} has no rule in ball arithmetic: its sign and its enclosure are not available{way_out}")
    constants = [CONSTANTS[i.op](i.payload) if i.op in CONSTANTS else i.payload for i in tape.instructions]
    args = [() if i.op == "polynomial" else i.args for i in tape.instructions]  # it reads the point, at most guarded
    return [(BALL_RULES[i.op], c, a) for i, c, a in zip(tape.instructions, constants, args, strict=True)]


@dataclass(frozen=True)
class _Homogeneous:
    """A rational polynomial as an integer form of the same degree, one variable more, over `denominator`.

    At n_i / q it is form(n, q) / (denominator q^degree): one gcd for a point, however many terms.
    """

    variables: tuple[int, ...]
    form: fmpz_mpoly
    degree: int
    denominator: int

    @classmethod
    def of(cls, terms: Sequence[tuple[tuple[int, ...], Fraction]]) -> _Homogeneous:
        variables = tuple(sorted({v for factor, _ in terms for v in factor}))
        degree, denominator = max(len(factor) for factor, _ in terms), math.lcm(*(c.denominator for _, c in terms))
        exponents: dict[tuple[int, ...], int] = defaultdict(int)
        for factor, c in terms:
            exponents[(*map(factor.count, variables), degree - len(factor))] += int(c * denominator)
        context = fmpz_mpoly_ctx.get([f"x{v}" for v in variables] + ["q"], Ordering.lex)
        return cls(variables, context.from_dict(exponents), degree, denominator)

    def __call__(self, point: Sequence[fmpq]) -> fmpq:
        taken = [point[v] for v in self.variables]
        q = math.lcm(*(int(x.q) for x in taken))
        return fmpq(self.form(*(x.p * (q // x.q) for x in taken), q), self.denominator * q**self.degree)


CONSTANTS: dict[str, Callable[[Any], Any]] = {  # how the constants of an instruction become those of a rule
    "constant": rational,
    "guard": rational,
    "linear": lambda weights: tuple(rational(w) for w in weights),
    "polynomial": _Homogeneous.of,
}
