"""What each SymPy class becomes: one table of rules, and a walk that applies them without recursion, equal subtrees once.

A rule is a generator: it yields the children that it needs, receives their instruction numbers, and returns its own. Inside a
branch of a Piecewise the condition guards every operation that could overflow or leave its domain, so that the branch not taken
adds no NaN to a gradient (`where(c, f(where(c, x, 1)), 0)`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import sympy
from sympy.core.relational import Relational

from workbench.errors import BadInput
from workbench.lowering.tape import Recorder, Tape

POLYNOMIAL_TERMS = 6  # this many monomials in one sum become coefficient arrays
POLYNOMIAL_DEGREE = 24  # higher powers are squared repeatedly instead
CONSTANT_DIGITS = 50


class Child(NamedTuple):
    """A request of a rule: this subexpression, at this step of the path, under this guard (None: no Piecewise around it)."""

    node: Any
    step: str
    guard: int | None


Rule = Callable[["Walk", Any, "int | None"], Generator[Child, int, int]]


@dataclass
class Walk:
    """One pass over an expression: the tape being written, the declared symbols and what has been visited."""

    symbols: dict[sympy.Symbol, int]
    tape: Recorder
    done: dict[tuple[int, int | None], int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def run(self, root: Any) -> int:
        """Return the instruction number of an expression."""
        stack = [self._start(root, None)]
        keys: list[tuple[int, int | None]] = [(id(root), None)]
        answer: int | None = None
        while stack:
            try:
                child = stack[-1].send(answer)  # type: ignore[arg-type]
            except StopIteration as end:
                answer = end.value
                self.done[keys.pop()] = end.value
                stack.pop()
                if self.steps:
                    self.steps.pop()
                continue
            key = (id(child.node), child.guard)
            answer = self.done.get(key)
            if answer is None:
                self.steps.append(child.step)
                stack.append(self._start(child.node, child.guard))
                keys.append(key)
        assert answer is not None
        return answer

    def _start(self, node: Any, guard: int | None) -> Generator[Child, int, int]:
        for kind in type(node).__mro__:
            if rule := RULES.get(kind):
                return rule(self, node, guard)
        raise self.refusal(node, f"{type(node).__name__} has no rule: write it with " + KNOWN)

    def refusal(self, node: Any, reason: str) -> BadInput:
        """Return the error for a node: the reason and the node's place."""
        return BadInput(f"{reason}; at {'.'.join(self.steps) or 'the root'}")

    def guarded(self, argument: int, guard: int | None, safe: Fraction) -> int:
        """Return the argument where the guard holds and a safe constant elsewhere."""
        return argument if guard is None else self.tape.add("guard", (guard, argument), safe)


KNOWN = "the classes in workbench.lowering.rules.RULES (sums, products, powers, elementary functions, Piecewise, ...)"


def _symbol(walk: Walk, node: sympy.Symbol, guard: int | None) -> Generator[Child, int, int]:
    if node not in walk.symbols:
        if str(node) in map(str, walk.symbols):
            raise walk.refusal(node, f"symbol {node} has other assumptions than the one declared: make it once and use it in both")
        declared = ", ".join(map(str, walk.symbols)) or "none"
        raise walk.refusal(node, f"symbol {node} is not declared (declared: {declared})")
    return walk.tape.add("input", (), walk.symbols[node])
    yield


def _rational(walk: Walk, node: sympy.Rational, guard: int | None) -> Generator[Child, int, int]:
    return walk.tape.constant(fraction_of(node))
    yield


def fraction_of(node: Any) -> Fraction:
    """Return a SymPy Rational as a Fraction."""
    return Fraction(int(node.p), int(node.q))


def _real_constant(walk: Walk, node: sympy.Expr, guard: int | None) -> Generator[Child, int, int]:
    value = sympy.Rational(node.evalf(CONSTANT_DIGITS)) if not isinstance(node, sympy.Float) else sympy.Rational(node)
    return walk.tape.add("irrational" if not isinstance(node, sympy.Float) else "constant", (), fraction_of(value))
    yield


def _refused_number(walk: Walk, node: sympy.Expr, guard: int | None) -> Generator[Child, int, int]:
    raise walk.refusal(node, f"{node} is not a real number: take real and imaginary parts apart, or remove the infinity")
    yield


def _monomial(node: Any, symbols: dict[sympy.Symbol, int]) -> tuple[tuple[int, ...], Fraction] | None:
    """Return the variables (repeated for powers) and the coefficient of a monomial, None for anything else."""
    coefficient, factors = Fraction(1), [node]
    if isinstance(node, sympy.Mul):
        factors = list(node.args)
    if isinstance(factors[0], sympy.Rational):
        coefficient = fraction_of(factors.pop(0))
    variables: list[int] = []
    for factor in factors:
        base, power = factor.args if isinstance(factor, sympy.Pow) else (factor, 1)
        if base not in symbols or not (isinstance(power, (int, sympy.Integer)) and 0 < power <= POLYNOMIAL_DEGREE):
            return None
        variables.extend([symbols[base]] * int(power))
    return (tuple(sorted(variables)), coefficient) if len(variables) <= POLYNOMIAL_DEGREE else None


def _add(walk: Walk, node: sympy.Add, guard: int | None) -> Generator[Child, int, int]:
    found = [_monomial(term, walk.symbols) for term in node.args] if len(node.args) >= POLYNOMIAL_TERMS else [None]
    monomials = [m for m in found if m is not None]
    as_array = len(monomials) >= POLYNOMIAL_TERMS
    args, weights = [], []
    if as_array:
        args.append(walk.tape.add("polynomial", (), tuple(monomials)))
        weights.append(Fraction(1))
    for i, term in enumerate(node.args):
        if not (as_array and found[i] is not None):
            number = yield Child(term, f"args[{i}]", guard)
            inner, weight = _split(walk, number)
            args.append(inner)
            weights.append(weight)
    return walk.tape.add("linear", tuple(args), tuple(weights)) if len(args) > 1 or weights != [1] else args[0]


def _split(walk: Walk, number: int) -> tuple[int, Fraction]:
    instruction = walk.tape.instructions[number]
    if instruction.op == "linear" and len(instruction.args) == 1:
        return instruction.args[0], instruction.payload[0]  # type: ignore[index]
    return number, Fraction(1)


def _mul(walk: Walk, node: sympy.Mul, guard: int | None) -> Generator[Child, int, int]:
    coefficient, first = Fraction(1), 0
    if isinstance(node.args[0], sympy.Rational):
        coefficient, first = fraction_of(node.args[0]), 1
    over: list[int] = []
    under: list[int] = []
    for i in range(first, len(node.args)):
        factor = node.args[i]
        inverse = isinstance(factor, sympy.Pow) and factor.exp == -1
        number = yield Child(factor.base if inverse else factor, f"args[{i}]" + (".args[0]" if inverse else ""), guard)
        under.append(number) if inverse else over.append(number)
    result = _product(walk, over) if over else walk.tape.constant(1)
    if under:
        result = walk.tape.add("divide", (result, walk.guarded(_product(walk, under), guard, Fraction(1))))
    return result if coefficient == 1 else walk.tape.add("linear", (result,), (coefficient,))


def _product(walk: Walk, numbers: Sequence[int]) -> int:
    return numbers[0] if len(numbers) == 1 else walk.tape.add("multiply", tuple(numbers))


def _pow(walk: Walk, node: sympy.Pow, guard: int | None) -> Generator[Child, int, int]:
    base, power = node.args
    if (argument := _logistic_argument(node)) is not None:
        number = yield Child(argument, "args[0].args[1].args[0]", guard)
        return walk.tape.add("logistic", (walk.tape.add("linear", (number,), (Fraction(-1),)),))
    number = yield Child(base, "args[0]", guard)
    if isinstance(power, sympy.Rational) and power.q in (1, 2):
        return _half_integer_power(walk, walk.guarded(number, guard, Fraction(1)), int(power.p), int(power.q))
    exponent = yield Child(power, "args[1]", guard)
    return walk.tape.add("power", (walk.guarded(number, guard, Fraction(1)), walk.guarded(exponent, guard, Fraction(1))))


def _half_integer_power(walk: Walk, number: int, p: int, q: int) -> int:
    if q == 2:
        number = walk.tape.add("sqrt", (number,))
    if abs(p) != 1:
        number = walk.tape.add("integer_power", (number,), abs(p))
    return number if p > 0 else walk.tape.add("divide", (walk.tape.constant(1), number))


def _logistic_argument(node: sympy.Pow) -> Any | None:
    """Return u if the node is 1/(1 + exp(u)), which would overflow as written."""
    base, power = node.args
    return base.args[1].args[0] if power == -1 and _is_one_plus_exp(base) else None


def _is_one_plus_exp(node: Any) -> bool:
    return isinstance(node, sympy.Add) and len(node.args) == 2 and node.args[0] == 1 and isinstance(node.args[1], sympy.exp)


def _log(walk: Walk, node: Any, guard: int | None) -> Generator[Child, int, int]:
    inner = node.args[0]
    if _is_one_plus_exp(inner):  # log(1 + exp(u)) overflows as written
        number = yield Child(inner.args[1].args[0], "args[0].args[1].args[0]", guard)
        return walk.tape.add("softplus", (number,))
    number = yield Child(inner, "args[0]", guard)
    return walk.tape.add("log", (walk.guarded(number, guard, Fraction(1)),))


def _elementwise(op: str, safe: Fraction | None = Fraction(1, 2)) -> Rule:
    """Return the rule of a function of one argument; `safe` is where it is tame (None: it is tame everywhere)."""

    def rule(walk: Walk, node: Any, guard: int | None) -> Generator[Child, int, int]:
        number = yield Child(node.args[0], "args[0]", guard)
        return walk.tape.add(op, (number if safe is None else walk.guarded(number, guard, safe),))

    return rule


def _variadic(op: str) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Generator[Child, int, int]:
        numbers = []
        for i, argument in enumerate(node.args):
            numbers.append((yield Child(argument, f"args[{i}]", guard)))
        return walk.tape.add(op, tuple(numbers)) if len(numbers) > 1 or op in ("not", "heaviside") else numbers[0]

    return rule


def _truth(walk: Walk, node: Any, guard: int | None) -> Generator[Child, int, int]:
    return walk.tape.add("true" if node == sympy.true else "false")
    yield


def _implies(walk: Walk, node: Any, guard: int | None) -> Generator[Child, int, int]:
    first = yield Child(node.args[0], "args[0]", guard)
    second = yield Child(node.args[1], "args[1]", guard)
    return walk.tape.add("or", (walk.tape.add("not", (first,)), second))


def _piecewise(walk: Walk, node: sympy.Piecewise, guard: int | None) -> Generator[Child, int, int]:
    """Branches in order; each is evaluated under the guard `this condition, none before it, and the guard around it`."""
    args: list[int] = []
    free = guard  # no earlier condition holds (and the outer guard does)
    for i, (value, condition) in enumerate(node.args):
        if condition == sympy.true:
            args.append((yield Child(value, f"args[{i}].args[0]", free)))
            break
        holds = yield Child(condition, f"args[{i}].args[1]", free)
        taken = holds if free is None else walk.tape.add("and", (free, holds))
        args += [holds, (yield Child(value, f"args[{i}].args[0]", taken))]
        fails = walk.tape.add("not", (holds,))
        free = fails if free is None else walk.tape.add("and", (free, fails))
    else:
        args.append(walk.tape.add("undefined"))
    return walk.tape.add("select", tuple(args)) if len(args) > 1 else args[0]


def _ite(walk: Walk, node: Any, guard: int | None) -> Generator[Child, int, int]:
    condition = yield Child(node.args[0], "args[0]", guard)
    then = yield Child(node.args[1], "args[1]", guard)
    otherwise = yield Child(node.args[2], "args[2]", guard)
    both = walk.tape.add("and", (condition, then))
    return walk.tape.add("or", (both, walk.tape.add("and", (walk.tape.add("not", (condition,)), otherwise))))


ONE = Fraction(1)
RULES: dict[type, Rule] = {
    sympy.Symbol: _symbol,
    sympy.Rational: _rational,
    sympy.Float: _real_constant,
    sympy.NumberSymbol: _real_constant,
    type(sympy.I): _refused_number,
    type(sympy.oo): _refused_number,
    type(-sympy.oo): _refused_number,
    type(sympy.zoo): _refused_number,
    type(sympy.nan): _refused_number,
    sympy.Add: _add,
    sympy.Mul: _mul,
    sympy.Pow: _pow,
    sympy.log: _log,
    sympy.exp: _elementwise("exp"),
    sympy.sin: _elementwise("sin", None),
    sympy.cos: _elementwise("cos", None),
    sympy.tan: _elementwise("tan"),
    sympy.asin: _elementwise("asin"),
    sympy.acos: _elementwise("acos"),
    sympy.atan: _elementwise("atan", None),
    sympy.sinh: _elementwise("sinh"),
    sympy.cosh: _elementwise("cosh"),
    sympy.tanh: _elementwise("tanh", None),
    sympy.asinh: _elementwise("asinh", None),
    sympy.acosh: _elementwise("acosh", Fraction(2)),
    sympy.atanh: _elementwise("atanh"),
    sympy.erf: _elementwise("erf", None),
    sympy.erfc: _elementwise("erfc", None),
    sympy.gamma: _elementwise("gamma", ONE),
    sympy.loggamma: _elementwise("loggamma", ONE),
    sympy.Abs: _elementwise("abs", None),
    sympy.sign: _elementwise("sign", None),
    sympy.floor: _elementwise("floor", None),
    sympy.ceiling: _elementwise("ceiling", None),
    sympy.Heaviside: _variadic("heaviside"),
    sympy.atan2: _variadic("atan2"),
    sympy.Max: _variadic("maximum"),
    sympy.Min: _variadic("minimum"),
    sympy.Piecewise: _piecewise,
    sympy.StrictLessThan: _variadic("less"),
    sympy.LessThan: _variadic("less_equal"),
    sympy.StrictGreaterThan: _variadic("greater"),
    sympy.GreaterThan: _variadic("greater_equal"),
    sympy.Equality: _variadic("equal"),
    sympy.Unequality: _variadic("not_equal"),
    sympy.And: _variadic("and"),
    sympy.Or: _variadic("or"),
    sympy.Xor: _variadic("xor"),
    sympy.Not: _variadic("not"),
    sympy.Implies: _implies,
    sympy.ITE: _ite,
    type(sympy.true): _truth,
    type(sympy.false): _truth,
}


def tape_of(expr: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> Tape:
    """Return the tape of a real SymPy expression in these symbols.

    Raises BadInput for a condition instead of a number, a node without a rule or a symbol that is not declared, naming its place.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> [i.op for i in tape_of(sympy.tanh(x * y), [x, y]).instructions]
    ['input', 'input', 'multiply', 'tanh']
    >>> tape_of(1 + sympy.zeta(x), [x])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: zeta has no rule: write it with the classes in workbench.lowering.rules.RULES (sums, products, \
powers, elementary functions, Piecewise, ...); at args[1]
    """
    if isinstance(expr, (sympy.logic.boolalg.Boolean, Relational)) and not isinstance(expr, sympy.Symbol):
        raise BadInput(f"{type(expr).__name__} is a condition, not a number: lower Piecewise((1, condition), (0, True))")
    walk = Walk({s: i for i, s in enumerate(symbols)}, Recorder(len(symbols)))
    return walk.tape.finished(walk.run(expr))
