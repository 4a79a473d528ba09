"""Threshold functions of nine inputs and their classes, against printed numbers.

Says: T(9) and the number of classes of self-dual functions of ten variables are as listed; up to order and signs of inputs there
are 993,061,484 classes, two of them constant: the number of weighted games of nine voters is right, the other listing is not.
Idea: the regions of all faces of the chamber, counted by deletion and restriction; small faces by a second program as well.
Edges: a game is not constant, so games are two fewer than classes.
"""

from functools import cache

from workbench import Case, Certified, Claim, Control, Entry, ForEach, Source
from workbench.regions import Counts, face_regions

THRESHOLD = (2, 4, 14, 104, 1882, 94572, 15028134, 8378070864, 17561539552946, 144130531453121108)
SELF_DUAL = (1, 1, 2, 3, 7, 21, 135, 2470, 175428, 52980624)  # of n + 1 variables
CLASSES = (2, 3, 5, 10, 27, 119, 1113, 29375, 2730166, 993061484)
OTHER_LISTING = 989913344
SMALL = 4  # faces with at most so many rays are counted a second time, in plain integers
OURS = Source("workbench2026", "computed in this file", read=True)
USES = ("orbit_sizes_eq_moebius_of_faces",)


@cache
def counts(n):
    if n <= 6:
        return Counts.of(n)
    from workbench.capacity.chambers import threshold_counts

    return threshold_counts(n)


def small_faces(n):
    return [mask for mask in range(1, 2 << n) if mask.bit_count() <= SMALL]


def listed(n, *, more=0):
    found = counts(n)
    yield Case(f"n = {n}: threshold functions", found.threshold, THRESHOLD[n] + more)
    yield Case(f"n = {n}: classes of self-dual functions of n + 1 variables", found.self_dual_classes, SELF_DUAL[n])
    if n > 6:
        pairs = [(found.faces[mask], face_regions(n, mask)) for mask in small_faces(n)]
        yield Case(f"n = {n}: {len(pairs)} faces, by two programs", [a for a, _ in pairs], [b for _, b in pairs])


def games(n, *, constants=2):
    found = counts(n).np_classes
    yield Case(f"n = {n}: classes", found, CLASSES[n] - 2 + constants)
    if n == 9:
        yield Case("n = 9: the other listing", found, OTHER_LISTING, "!=")


def entry(name, says, latex, cases, source, control):
    statement = ForEach.of(latex, cases, first=0, last=9, costly_from=7)
    return Entry(Claim(name, says, statement, sources=(source, OURS), uses=USES, topic="counting"), (Certified(6, full=9), control))


FAMILY = (
    entry(
        "threshold_count_of_nine",
        "There are 144,130,531,453,121,108 threshold functions of nine inputs, and 52,980,624 classes of self-dual ones of ten.",
        r"T(9) = 144130531453121108",
        listed,
        Source("oeisA000609", "n = 0..9", read=True),
        Control("two more", ForEach.of("two more", lambda n: listed(n, more=2), first=0)),
    ),
    entry(
        "np_classes_of_nine_published",
        "There are 993,061,484 NP classes of threshold functions of nine inputs: of two printed numbers one is right.",
        r"\#\operatorname{NP}(9) = 993061484 = 993061482 + 2 \ne 989913344",
        games,
        Source("kurz2012minimum", "weighted games of nine voters, as quoted", read=False),
        Control("constants left out", ForEach.of("games", lambda n: games(n, constants=0), first=0)),
    ),
)
