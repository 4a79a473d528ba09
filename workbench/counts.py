"""All threshold functions of few inputs: the certified counts that ship with the package, n <= 4 and every degree, and n = 5."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from workbench.certificate import CountCertificate, read
from workbench.classes import Tables
from workbench.domain import Cube, arity
from workbench.errors import Rejected
from workbench.threshold import PTF, group


@cache
def threshold_count(n: int, degree: int = 1) -> CountCertificate:
    """Return the shipped certificate that counts the threshold functions of n <= 4 inputs and a degree, after checking it.

    >>> threshold_count(2).count
    14
    """
    degree = min(degree, arity(n, limit=4))
    text = (files("workbench") / "data" / f"threshold_n{n}_d{degree}.json").read_text(encoding="utf-8")
    certificate = read(text)
    if not isinstance(certificate, CountCertificate) or certificate.subject[:3] != ("threshold", n, degree):
        raise Rejected(f"the shipped file is not the count of threshold functions for n = {n}, degree {degree}")
    certificate.check()
    return certificate


@cache
def threshold_tables(n: int, degree: int = 1) -> Tables:
    """Return the tables of all threshold functions of n <= 4 inputs and a degree, from the certified count.

    Those of five inputs are `recount.tables_by_weights(5)`: many claims try one n more than their authors, and must stay cheap.

    >>> len(threshold_tables(3)), len(threshold_tables(3, 2))
    (104, 254)
    """
    return threshold_count(n, degree).tables()


@cache
def threshold_polynomials(n: int, degree: int = 1) -> Mapping[int, PTF]:
    """Return, for the table of each threshold function of n <= 4 inputs, a PTF on {-1, 1}^n with integer weights.

    >>> threshold_polynomials(1)[0b10].weights
    {(0,): 1}
    """
    found: dict[int, PTF] = {}
    for _, evidence in threshold_count(n, degree).members:
        representative = PTF.from_weights(dict(zip(evidence.monomials, evidence.weights, strict=True)), Cube(n))
        for by in group(n):
            table = representative.function.transformed(by).table
            if table not in found:
                found[table] = representative.transformed(by)
    return found
