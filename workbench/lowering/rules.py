"""What each SymPy class becomes: one table of rules, gathered from the files that hold them."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy.core.relational import Relational

from workbench.errors import BadInput
from workbench.lowering.algebra import ALGEBRA
from workbench.lowering.branches import prepare
from workbench.lowering.conditions import CONDITIONS
from workbench.lowering.functions import FUNCTIONS
from workbench.lowering.loops import LOOPS
from workbench.lowering.matrices import MATRICES
from workbench.lowering.tape import Recorder, Tape
from workbench.lowering.walk import Rule, Scope, Walk

RULES: dict[type, Rule] = {**ALGEBRA, **FUNCTIONS, **CONDITIONS, **LOOPS, **MATRICES}


def tape_of(expr: sympy.Basic, symbols: Sequence[sympy.Basic]) -> Tape:
    """Return the tape of a real SymPy expression in these symbols.

    Raises BadInput for a condition instead of a number, a node without a rule or a symbol that is not declared, naming its place.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> [i.op for i in tape_of(sympy.tanh(x * y), [x, y]).instructions]
    ['input', 'input', 'multiply', 'tanh']
    >>> tape_of(1 + sympy.bessely(0, x), [x])
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: bessely has no rule: write it with the classes in workbench.lowering.rules.RULES (sums, products, \
powers, elementary functions, Piecewise, ...); at args[1]
    """
    return array_tape_of(expr, symbols)[0]


def array_tape_of(
    expr: sympy.Basic, symbols: Sequence[sympy.Basic], lengths: frozenset[sympy.Basic] = frozenset()
) -> tuple[Tape, dict[sympy.Basic, int]]:
    """Return the tape of an expression in symbols and arrays, and the number of indices of each IndexedBase.

    `lengths` are symbols that stand for lengths of the arrays. Raises BadInput as `tape_of` does.
    """
    if isinstance(expr, (sympy.logic.boolalg.Boolean, Relational)) and not isinstance(expr, sympy.Symbol):
        raise BadInput(f"{type(expr).__name__} is a condition, not a number: lower Piecewise((1, condition), (0, True))")
    scope = Scope(Recorder(len(symbols)), {s: i for i, s in enumerate(symbols)})
    walk = Walk(RULES, [scope], lengths, tuple(MATRICES))
    prepare(walk, expr, None)
    return walk.tape.finished(walk.run(expr)), walk.ranks
