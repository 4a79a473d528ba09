"""Functions that networks are trained on: each a truth table of n inputs, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax

from workbench.domain import Cube
from workbench.errors import BadInput
from workbench.poly import monomial, monomials
from workbench.threshold import PTF, BooleanFunction

LARGEST = 10  # inputs: every network is compared with its target at all 2^n points
WEIGHT = 9  # the largest weight of a random polynomial


def parity(n: int) -> BooleanFunction:
    """Return whether an odd number of the n bits is 1.

    >>> parity(2).table
    6
    """
    return BooleanFunction.from_rule(lambda *x: sum(x) % 2, n)


def inner_product(n: int) -> BooleanFunction:
    """Return the inner product modulo 2 of the first and the second half of n bits. Raises BadInput for an odd n.

    >>> inner_product(2).table
    8
    """
    half = _half(n)
    return BooleanFunction.from_rule(lambda *x: sum(a & b for a, b in zip(x[:half], x[half:], strict=True)) % 2, n)


def equality(n: int) -> BooleanFunction:
    """Return whether the first and the second half of n bits are one word. Raises BadInput for an odd n.

    >>> equality(2).table
    9
    """
    half = _half(n)
    return BooleanFunction.from_rule(lambda *x: x[:half] == x[half:], n)


def multiplexer(n: int) -> BooleanFunction:
    """Return which of 2^k bits the first k bits address, n = k + 2^k. Raises BadInput for an n of another form.

    >>> multiplexer(3)((1, 0, 1))
    1
    """
    address = next((k for k in range(1, n) if k + (1 << k) == n), None)
    if address is None:
        raise BadInput(f"a multiplexer has k + 2^k inputs, such as 3 or 6, not {n}")
    return BooleanFunction.from_rule(lambda *x: x[address + sum(bit << i for i, bit in enumerate(x[:address]))], n)


def quadratic(n: int, draw: int = 0) -> BooleanFunction:
    """Return the sign of a polynomial of degree 2 with weights from -9 to 9 on +-1 inputs, one for each `draw`.

    The constant is raised by 1 where the weights have an even sum; so the sum at each point is odd, and no sign is undecided.

    >>> quadratic(3, draw=1) == quadratic(3, draw=1), quadratic(3, draw=1) == quadratic(3, draw=2)
    (True, False)
    """
    names = [monomial(m) for m in monomials(n, 2)]
    weights = jax.random.randint(jax.random.key(draw), (len(names),), -WEIGHT, WEIGHT + 1).tolist()
    weights[0] += (sum(weights) + 1) % 2
    return PTF.from_weights({m: w for m, w in zip(names, weights, strict=True) if w}, Cube(n)).function


TARGETS: Mapping[str, Callable[[int], BooleanFunction]] = {
    "parity": parity,
    "inner_product": inner_product,
    "equality": equality,
    "multiplexer": multiplexer,
    "quadratic": quadratic,
}


def target(name: str, n: int) -> BooleanFunction:
    """Return the function of this name; "quadratic:7" is draw 7 of the random ones.

    Raises BadInput for an unknown name, an n that it does not have, or one above 10.

    >>> target("parity", 3) == parity(3), target("quadratic:7", 3) == quadratic(3, draw=7)
    (True, True)
    >>> target("majority", 3)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no target 'majority': there are parity, inner_product, equality, multiplexer, quadratic:DRAW
    """
    kind, colon, draw = name.partition(":")
    if kind not in TARGETS or (colon and (kind != "quadratic" or not draw.isdecimal() or int(draw) >> 32)):
        raise BadInput(f"no target {name!r}: there are {', '.join(TARGETS)}:DRAW")
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= LARGEST:
        raise BadInput(f"n {n!r} is not an integer from 1 to {LARGEST}")
    return quadratic(n, int(draw)) if colon else TARGETS[kind](n)


def _half(n: int) -> int:
    if n % 2:
        raise BadInput(f"two words of one length have an even number of bits, not {n}")
    return n // 2
