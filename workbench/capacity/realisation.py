"""Members of a family by integer weights, one for each class of its functions: the evidence of a count that a person can read."""

from __future__ import annotations

from workbench.capacity.membership import weights
from workbench.errors import Rejected
from workbench.families import Family
from workbench.recount import closed_vectors, functions, symmetries
from workbench.tallies import FamilyCount


def family_count(family: Family) -> FamilyCount:
    """Return the count of a family's functions for n <= 4 as a certificate, with a member by its weights for each class.

    Raises BadInput where the functions are not enumerated in plain integers.

    >>> from workbench.families import output_gating
    >>> certificate = family_count(output_gating(2))
    >>> certificate.count, len(certificate.members)
    (16, 6)
    """
    by = symmetries(family)
    vectors = {t if isinstance(t, tuple) else (t,) for t in functions(family)}
    members, rest = [], set(vectors)
    for vector in sorted(vectors):
        if vector in rest:
            orbit = closed_vectors([vector], by)
            rest -= orbit
            found = weights(family, vector)
            if found is None:
                raise Rejected(f"no member computes {', '.join(map(hex, vector))}, which the enumeration lists", place=repr(family))
            members.append((len(orbit), vector, tuple(found.items())))
    return FamilyCount(family, len(vectors), tuple(members))
