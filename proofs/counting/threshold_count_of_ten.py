"""Threshold functions of ten inputs, a number that stood in no table, and their classes.

Says: T(10) = 4,728,660,917,276,019,846,718; there are 67,057,133,477 classes of self-dual functions of eleven variables and
1,435,237,331,612 classes of functions of ten up to order and signs of inputs.
Idea: the regions of all faces of the chamber by deletion and restriction, in 2,868 parts that are stored with their hashes. The
certificate is checked: sums over the faces, small faces again in plain integers, divisibility with T(0), .., T(9). Some parts are
computed once more with the hyperplanes in another order.
Edges: no second program counts the largest faces of ten inputs; up to nine it is the same engine that agrees with the listings.
"""

from pathlib import Path

from workbench import Case, Certified, Claim, Control, ForEach, Rejected, Source
from workbench.certificate import read
from workbench.regions import Counts

DATA = Path(__file__).resolve().parents[2] / "docs" / "data"
TEN = 4728660917276019846718
SELF_DUAL = 67057133477  # of eleven variables
CLASSES = 1435237331612
THRESHOLD = (2, 4, 14, 104, 1882, 94572, 15028134, 8378070864, 17561539552946, 144130531453121108, TEN)
AGAIN = 6  # parts that are computed in another order


def rejection(certificate):
    try:
        certificate.check()
    except Rejected as rejected:
        return str(rejected)
    return ""


def computed_again():
    from workbench.capacity.chambers import recomputed

    return len(recomputed(10, DATA / "shards", sample=AGAIN))


def counted(n):
    if n <= 6:
        return Counts.of(n).threshold
    from workbench.capacity.chambers import threshold_counts

    return threshold_counts(n).threshold


def cases(n, *, more=0):
    if n < 10:
        yield Case(f"n = {n}: threshold functions", counted(n), THRESHOLD[n] + more)
        return
    stored = read((DATA / "certificates" / "threshold-n-10.json").read_text(encoding="utf-8"))
    yield Case("n = 10: threshold functions", stored.count, TEN + more)
    yield Case("n = 10: classes of self-dual functions of eleven variables", stored.self_dual_classes, SELF_DUAL)
    yield Case("n = 10: classes", stored.np_classes, CLASSES)
    yield Case("n = 10: why the certificate is rejected", rejection(stored), "")
    yield Case("n = 10: parts that agree in another order", computed_again(), AGAIN)


CLAIM = Claim(
    "threshold_count_of_ten",
    "There are 4,728,660,917,276,019,846,718 threshold functions of ten inputs.",
    ForEach.of(r"T(10) = 4728660917276019846718", cases, first=0, last=10, costly_from=7),
    sources=(Source("workbench2026", "the stored parts and their certificate", read=True),),
    uses=("orbit_sizes_eq_moebius_of_faces", "threshold_count_congruent_fixed_points"),
    topic="counting",
)
EVIDENCE = (
    Certified(6, full=10),
    Control("two more", ForEach.of("two more", lambda n: cases(n, more=2), first=0)),
)
