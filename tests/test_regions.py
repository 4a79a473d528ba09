"""Regions of the threshold arrangement in plain integers, against published counts and a recognition of every function."""

import dataclasses
import json
import random
from itertools import permutations, product

import pytest

from workbench.certificate import read, write
from workbench.errors import BadInput, Rejected
from workbench.recognition import recognise
from workbench.regions import Cone, Counts, face_regions, orbit
from workbench.tallies import RegionCount
from workbench.threshold import BooleanFunction
from workbench.witness import SignRepresentation

PUBLISHED = (  # n, functions, self-dual classes of n + 1, classes NP, classes NPN: OEIS A000609, A001532, A000617, A001529
    (0, 2, 1, 2, 1),
    (1, 4, 1, 3, 2),
    (2, 14, 2, 5, 3),
    (3, 104, 3, 10, 6),
    (4, 1882, 7, 27, 15),
    (5, 94572, 21, 119, 63),
    (6, 15028134, 135, 1113, 567),
    (7, 8378070864, 2470, 29375, 14755),
)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"n={row[0]}")
def test_counts_are_those_published(row):
    counts = Counts.of(row[0])
    assert (row[0], counts.threshold, counts.self_dual_classes, counts.np_classes, counts.npn_classes) == row


@pytest.mark.slow
def test_eight_inputs():
    counts = Counts.of(8)
    assert (counts.threshold, counts.self_dual_classes, counts.np_classes, counts.npn_classes) == (
        17561539552946,
        175428,
        2730166,
        1366318,
    )


@pytest.mark.parametrize("n", range(4))
def test_counts_are_those_of_recognising_every_function(n):
    tables = range(1 << (1 << n))
    found = [t for t in tables if isinstance(recognise(BooleanFunction(n, t)), SignRepresentation)]
    assert len(found) == Counts.of(n).threshold


def test_a_face_that_a_hyperplane_holds_has_no_region():
    assert face_regions(3, 0b1111) == 3  # a dictator, the majority of three, and one input against the three others
    assert face_regions(3, 0b0010) == face_regions(3, 0b1010) == 0  # x = (1, -1, 1, -1) is 0 on (1, 1, 0, 0) and (1, 1, 1, 1)
    assert face_regions(3, 0b0110) == 1  # (2, 2, 1, 0)
    with pytest.raises(BadInput):
        Counts.of(65)


def test_an_orbit_has_as_many_elements_as_there_are_signed_arrangements():
    weights = {0b001: (1, 0, 0), 0b010: (1, 1, 0), 0b100: (1, 1, 1), 0b111: (3, 2, 1), 0b101: (2, 1, 1)}
    for mask, w in weights.items():
        signed = product(permutations(w), product((1, -1), repeat=3))
        images = {tuple(s * v for s, v in zip(signs, p, strict=True)) for p, signs in signed}
        assert orbit(2, mask) == len(images)


def test_equal_hyperplanes_on_a_face_are_one():
    cone = Cone.face(4, 0b11111)
    face = Cone.face(4, 0b10001)
    assert len(face.cut().rows[0]) < len(cone.cut().rows[0])
    assert all(len(set(zip(*c.cut().rows, strict=True))) == len(c.cut().rows[0]) for c in (cone, face))


def test_a_certificate_of_regions_is_checked_in_every_number():
    certificate = RegionCount.from_counts(Counts.of(5))
    certificate.check()
    assert read(write(certificate)) == certificate
    rng = random.Random(5)
    for field in ("count", "self_dual_classes", "np_classes", "npn_classes"):
        for by in (1, -1, rng.randrange(2, 1000)):
            with pytest.raises(Rejected):
                dataclasses.replace(certificate, **{field: getattr(certificate, field) + by}).check()
    for mask in range(64):
        for by in (1, 2):
            faces = list(certificate.faces)
            faces[mask] += by
            with pytest.raises(Rejected):
                dataclasses.replace(certificate, faces=tuple(faces)).check()


def test_numbers_that_only_agree_with_each_other_are_found_out():
    certificate = RegionCount.from_counts(Counts.of(4))
    faces = list(certificate.faces)
    faces[-1] += 1  # one more region in the open chamber, and all sums as they would be
    with pytest.raises(Rejected, match="face 0x1f has 7 regions, not 8"):
        RegionCount.from_counts(Counts(4, tuple(faces))).check()


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 12), ("n", -1), ("faces", [1.5]), ("faces", [-1]), ("family", "gates"), ("count", -2), ("between", [3])],
    ids=str,
)
def test_a_malformed_certificate_is_refused(field, value):
    body = json.loads(write(RegionCount.from_counts(Counts.of(1)))) | {field: value}
    with pytest.raises(BadInput):
        read(json.dumps(body))


def test_the_number_of_ten_inputs_needs_that_of_nine():
    faces = [0] * 2048
    body = json.loads(write(RegionCount.from_counts(Counts(10, tuple(faces)))))
    with pytest.raises(BadInput, match="0 counts between 8 and 10 inputs, not 1"):
        read(json.dumps(body))
    assert read(json.dumps(body | {"between": [7]})).between == (7,)
