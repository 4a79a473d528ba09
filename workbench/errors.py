"""The three ways in which the workbench says no."""

from __future__ import annotations


class BadInput(ValueError):
    """An argument, a file or a claim cannot be used: the message gives the value, the limit and the way out.

    >>> raise BadInput("arity 21 > 20: lower the function instead of tabulating it")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: arity 21 > 20: lower the function instead of tabulating it
    """


class Rejected(Exception):
    """An exact check failed; `place` says where (a point, an index, a field).

    >>> raise Rejected("the polynomial is -1 where the table says 1", place="point 3 = (1, 1)")
    Traceback (most recent call last):
        ...
    workbench.errors.Rejected: the polynomial is -1 where the table says 1, at point 3 = (1, 1)
    """

    def __init__(self, reason: str, *, place: str = "") -> None:
        super().__init__(f"{reason}, at {place}" if place else reason)
        self.reason = reason
        self.place = place


class Unsound(Exception):
    """Judging cannot go on: evidence disagrees, a control was accepted, or a hypothesis is empty.

    >>> raise Unsound("xor_not_threshold: control 'AND instead of XOR' was accepted")
    Traceback (most recent call last):
        ...
    workbench.errors.Unsound: xor_not_threshold: control 'AND instead of XOR' was accepted
    """


class Disagreement(Unsound):
    """A derivation holds and an exact case or a run speaks against it; `verdict` is what the failure alone would earn."""

    def __init__(self, reason: str, verdict: object) -> None:
        super().__init__(reason)
        self.verdict = verdict
