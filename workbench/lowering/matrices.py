"""Rules of matrices and indexed arrays: a value is the array of one point, batches are mapped over in arrays.py."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.expressions.special import OneMatrix

from workbench.lowering.algebra import product, symbol
from workbench.lowering.walk import Child, Rule, Steps, Walk


def _numbers(walk: Walk, nodes: Sequence[Any], guard: int | None, path: str = "args[{}]") -> Any:
    numbers = []
    for i, node in enumerate(nodes):
        numbers.append((yield Child(node, path.format(i), guard)))
    return tuple(numbers)


def _operation(op: str) -> Rule:
    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        return walk.tape.add(op, (yield from _numbers(walk, node.args, guard)))

    return rule


def _of_length(op: str) -> Rule:
    """Return the rule of an operation whose size depends on a length of its first operand."""

    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        numbers = yield from _numbers(walk, node.args, guard)
        length = max(node.args[0].shape, key=lambda n: n != 1)
        return walk.tape.add(op, numbers, _length(length))

    return rule


def _array(walk: Walk, node: Any, guard: int | None) -> Steps:
    if walk.number_of(node) is None:
        declared = ", ".join(map(str, walk.scopes[0].symbols)) or "none"
        raise walk.refusal(f"array {node.args[0]} is not declared (declared: {declared})")
    return (yield from symbol(walk, node, guard))


def _indexed(walk: Walk, node: sympy.Indexed, guard: int | None) -> Steps:
    known = walk.ranks.setdefault(node.base, len(node.indices))
    if known != len(node.indices):
        raise walk.refusal(f"array {node.base.label} with {known} and with {len(node.indices)} indices: give it one shape")
    return (yield from _element(walk, node, guard))


def _element(walk: Walk, node: Any, guard: int | None) -> Steps:
    array, *indices = yield from _numbers(walk, node.args, guard)
    return walk.tape.add("element", (array, *(walk.guarded(i, guard, Fraction(0)) for i in indices)))


def _length(length: sympy.Expr) -> int | sympy.Expr:
    """Return a length as a constant of an instruction, an expression in the lengths of the arrays if it is known at a call only."""
    return int(length) if isinstance(length, sympy.Integer) else length


def _inner(left: Any, right: Any) -> int | sympy.Expr:
    return next((int(n) for n in (left.shape[1], right.shape[0]) if isinstance(n, sympy.Integer)), left.shape[1])


def _matmul(walk: Walk, node: Any, guard: int | None) -> Steps:
    numbers = yield from _numbers(walk, node.args, guard)
    scalars = [n for n, arg in zip(numbers, node.args, strict=True) if not arg.is_Matrix]
    matrices = [(n, arg) for n, arg in zip(numbers, node.args, strict=True) if arg.is_Matrix]
    result, last = matrices[0]
    for number, arg in matrices[1:]:
        result, last = walk.tape.add("matmul", (result, number), _inner(last, arg)), arg
    return product(walk, [*scalars, result])


def _matpow(walk: Walk, node: Any, guard: int | None) -> Steps:
    base, power = node.args
    if not isinstance(power, sympy.Integer):
        raise walk.refusal("a matrix power whose exponent is not an integer: write out the function of the matrix")
    number = yield Child(base, "args[0]", guard)
    if power < 0:
        number, power = walk.tape.add("inverse", (number,)), -power
    result, power = None, int(power)
    while power:
        if power & 1:
            result = number if result is None else walk.tape.add("matmul", (result, number), _inner(base, base))
        power >>= 1
        number = walk.tape.add("matmul", (number, number), _inner(base, base)) if power else number
    if result is None:
        return walk.tape.add("identity", ((yield Child(base.shape[0], "shape[0]", guard)),))
    return result


def _shaped(op: str) -> Rule:
    """Return the rule of a constant matrix with these lengths."""

    def rule(walk: Walk, node: Any, guard: int | None) -> Steps:
        lengths = (node.shape[0],) if op == "identity" else node.shape
        return walk.tape.add(op, (yield from _numbers(walk, lengths, guard, "shape[{}]")))

    return rule


def _hadamard_power(walk: Walk, node: Any, guard: int | None) -> Steps:
    base, power = node.args
    number = yield Child(base, "args[0]", guard)
    if isinstance(power, sympy.Integer) and power > 0:
        return walk.tape.add("integer_power", (number,), int(power))
    return walk.tape.add("power", (number, (yield Child(power, "args[1]", guard))))


def _applied(walk: Walk, node: Any, guard: int | None) -> Steps:
    """An entrywise function: its body is a tape of one entry."""
    number = yield Child(node.expr, "args[1]", guard)
    walk.enter(node.function.variables[0], None)
    body, operands = walk.leave((yield Child(node.function.expr, "args[0].args[1]", None)))
    return walk.tape.add("map", (number, *operands), body)


def _slice(walk: Walk, node: MatrixSlice, guard: int | None) -> Steps:
    number = yield Child(node.parent, "args[0]", guard)
    return walk.tape.add("slice", (number, *(yield from _numbers(walk, [*node.rowslice, *node.colslice], guard, "slice[{}]"))))


def _dense(walk: Walk, node: Any, guard: int | None) -> Steps:
    entries = node.flat()
    walk.made.append(entries)
    numbers = yield from _numbers(walk, entries, guard, "entry {}")
    return walk.tape.add("matrix", numbers or (walk.tape.constant(0),), node.shape)


def _block(walk: Walk, node: Any, guard: int | None) -> Steps:
    blocks = node.blocks.flat()
    walk.made.append(blocks)
    return walk.tape.add("block", (yield from _numbers(walk, blocks, guard, "block {}")), node.blockshape)


MATRICES: dict[type, Rule] = {
    sympy.IndexedBase: _array,
    sympy.Indexed: _indexed,
    sympy.MatrixSymbol: _array,
    MatrixElement: _element,
    sympy.MatAdd: _operation("matrix_sum"),
    sympy.MatMul: _matmul,
    sympy.MatPow: _matpow,
    sympy.Transpose: _operation("transpose"),
    sympy.Adjoint: _operation("transpose"),
    sympy.Inverse: _matpow,
    sympy.Trace: _of_length("trace"),
    sympy.Determinant: _operation("determinant"),
    sympy.HadamardProduct: _operation("hadamard"),
    sympy.HadamardPower: _hadamard_power,
    sympy.Identity: _shaped("identity"),
    sympy.ZeroMatrix: _shaped("zeros"),
    OneMatrix: _shaped("ones"),
    sympy.DiagMatrix: _operation("diagonal_matrix"),
    sympy.DiagonalMatrix: _operation("diagonal_part"),
    DiagonalOf: _operation("diagonal"),
    ElementwiseApplyFunction: _applied,
    MatrixSlice: _slice,
    sympy.BlockMatrix: _block,
    sympy.KroneckerProduct: _operation("kronecker"),
    DotProduct: _of_length("dot"),
    sympy.ImmutableDenseMatrix: _dense,
    sympy.ImmutableSparseMatrix: _dense,
}
