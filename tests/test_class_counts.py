"""Counts class by class: against enumerated counts, the checks in full against what is left out, and hundreds of mutations."""

import base64
import json
import random
import zlib
from array import array
from dataclasses import replace

import pytest

import workbench as wb
from workbench import class_count as counted
from workbench import families
from workbench.capacity import counting
from workbench.capacity.class_counts import class_count
from workbench.certificate import read, write
from workbench.class_count import ClassCount, Column
from workbench.cli import status
from workbench.completeness import pairs, self_dual_weights, unlisted
from workbench.errors import BadInput, Rejected
from workbench.lanes import classes
from workbench.packing import packed, unpacked
from workbench.recount import closed, functions, moves, representatives, symmetries, tables_by_weights

CONVENTIONS = ("01", "pm1")
BOTH = [{"inputs": i, "outputs": o} for i in CONVENTIONS for o in CONVENTIONS]


def blocks(n):
    yield from (families.output_gating(n, outputs=o) for o in CONVENTIONS)
    yield from (families.multiplexing(n), families.layered_2_1(n), families.any_two_gates(n))
    yield from (families.synaptic_gating(n, **c) for c in BOTH)
    yield from (families.additive_synaptic_gating(n, inputs=i) for i in CONVENTIONS)
    yield from (families.activation_gating(n, **c) for c in BOTH if c != {"inputs": "01", "outputs": "pm1"})


def polynomials(n):
    return [families.threshold(n, degree=d) for d in range(n + 1)]


# --- certificates ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [f for n in (1, 2, 3) for f in (*blocks(n), *polynomials(n))], ids=repr)
def test_the_count_is_the_enumerated_one_and_the_file_is_read_back(family):
    found = class_count(family)
    assert found.count == int(wb.count(family))
    found.check()
    again = read(write(found))
    assert again == found and again.subject == (family, found.count)
    again.check(full=True)


@pytest.mark.parametrize(
    ("family", "count"),
    [
        (families.output_gating(4, outputs="01"), 32506),
        (families.synaptic_gating(4, inputs="pm1", outputs="pm1"), 34944),
        (families.threshold(4, degree=2), 57574),
    ],
    ids=repr,
)
def test_four_inputs(family, count):
    found = class_count(family)
    assert found.count == count
    found.check()


def test_a_degree_above_the_number_of_inputs_is_that_number():
    assert class_count(families.threshold(2, degree=5)).family.degree == 2


@pytest.mark.parametrize(
    "family", [families.multiplexing(6), families.k_fold_gating(3), families.output_gating(3, degree=2)], ids=repr
)
def test_what_has_no_such_certificate_is_refused(family):
    with pytest.raises(BadInput, match="no certificate of"):
        class_count(family)


def test_a_file_is_checked_in_full_on_the_command_line(tmp_path, capsys):
    file = tmp_path / "and.json"
    file.write_text(write(class_count(families.output_gating(3))))
    assert status(["check", str(file), "--full", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reach"] == "20 of 20 classes; the family is enumerated again"
    file.write_text(write(ClassCount.lie()))
    assert status(["check", str(file)]) == 1
    assert "rejected: the family has 4 functions, not 2" in capsys.readouterr().out


@pytest.mark.parametrize("family", [*blocks(5), *polynomials(5)[2:]], ids=repr)
def test_counts_of_five_inputs_are_certified_by_the_method_that_counts_them(family):
    assert counting._method(family, True) is counting._method(family, False)


# --- lanes ----------------------------------------------------------------------------------------------------------------------

GROUPS = [(n, p, q, o) for n in range(4) for p in range(n + 1) for q in {0, *range(p, n + 1)} for o in (False, True)]


@pytest.mark.parametrize(("n", "permuted", "negated", "outputs"), [*GROUPS, (5, 4, 4, True)])
def test_least_tables_and_sizes_are_those_of_the_orbits(n, permuted, negated, outputs):
    rng = random.Random(n)
    tables = list(range(1 << (1 << n))) if n < 4 else [rng.randrange(1 << 32) for _ in range(5)]
    by = moves(n, permuted=permuted, negated=negated, outputs=outputs)
    orbits = {}
    for t in tables:
        if t not in orbits:
            orbit = closed([t], by)
            orbits |= dict.fromkeys(orbit, (min(orbit), len(orbit)))
    assert list(classes(tables, n, permuted=permuted, negated=negated, outputs=outputs)) == [orbits[t] for t in tables]


def test_changes_that_are_no_group_are_refused():
    with pytest.raises(BadInput, match="is no group"):
        list(classes([1], 2, permuted=2, negated=1, outputs=False))


def test_batches_of_tables_are_joined(monkeypatch):
    monkeypatch.setattr("workbench.lanes.BATCH", 3)
    assert [c for c, _ in classes(range(8), 2, permuted=2, negated=2, outputs=True)] == [0, 1, 1, 3, 1, 3, 6, 1]
    assert list(classes([], 2, permuted=2, negated=2, outputs=True)) == []


# --- completeness ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [f for n in (1, 2, 3) for f in blocks(n)], ids=repr)
def test_pairs_and_gates_make_the_family_and_a_class_that_is_left_out_is_found(family):
    by = symmetries(family)
    made = closed({low ^ g & (low ^ high) for low, high in pairs(family) for g in tables_by_weights(family.n)}, by)
    assert made == functions(family)
    listed = representatives(made, by)
    assert unlisted(family, listed) is None
    for k, left_out in enumerate(listed):
        found = unlisted(family, listed[:k] + listed[k + 1 :])
        assert found in closed([left_out], by)


def test_self_dual_classes_are_as_many_as_published():
    assert [len(self_dual_weights(size)) for size in range(1, 7)] == [1, 1, 2, 3, 7, 21]


def test_control_too_small_weights_are_too_few(monkeypatch):
    monkeypatch.setattr("workbench.completeness.LARGEST_WEIGHT", 2)
    with pytest.raises(Rejected, match="of the 7 self-dual classes"):
        self_dual_weights.__wrapped__(5)


def test_families_without_pairs_are_refused():
    for family in (families.threshold(3), families.activation_gating(2, inputs="01", outputs="pm1"), families.multiplexing(6)):
        with pytest.raises(BadInput):
            pairs(family)


# --- packed lists ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values", [[], [0], [127, -128], [128], [-129], [1 << 31], [(1 << 63) - 1, -1 << 63]], ids=lambda v: str(v)[:20]
)
def test_packed_lists_are_read_back(values):
    assert unpacked(packed(values), length=len(values)).tolist() == values


def squeezed(raw):
    return base64.b64encode(zlib.compress(raw)).decode()


@pytest.mark.parametrize(
    "data",
    [
        {"bits": 8, "zlib": squeezed(b"\1\2")},
        {"bits": 8, "zlib": squeezed(b"\1\2\3\4")},
        {"bits": 8, "zlib": squeezed(bytes(1 << 24))},
        {"bits": 12, "zlib": squeezed(b"\1\2\3")},
        {"bits": 8, "zlib": squeezed(b"\1\2\3")[:-4]},
        {"bits": 8, "zlib": squeezed(b"\1\2\3") + "AAAA"},
        {"bits": 8, "zlib": "\u0661"},
        {"bits": 8, "zlib": base64.b64encode(b"abc").decode()},
        {"bits": 8, "zlib": 3},
        {"bits": 8},
        {"bits": 8, "zlib": squeezed(b"\1\2\3"), "more": 1},
        [],
    ],
    ids=["short", "long", "vast", "width", "cut", "more text", "not ascii", "not zlib", "number", "lacking", "unknown", "list"],
)
def test_damaged_packed_lists_are_refused(data):
    with pytest.raises(BadInput):
        unpacked(data, length=3)


def test_too_large_integers_and_lists_are_refused():
    with pytest.raises(BadInput, match="64 bits"):
        packed([1 << 63])
    with pytest.raises(BadInput, match="packed integers"):
        unpacked({"bits": 8, "zlib": ""}, length=1 << 30)


# --- mutations ------------------------------------------------------------------------------------------------------------------


def computed(family, row):
    """The table that weights compute, point by point from the formula; None where an activation is 0."""
    n, table = family.n, 0
    for k in range(1 << n):
        x = [1 if k >> i & 1 else -1 for i in range(n)]

        def unit(weights, x=x):
            return sum(w * v for w, v in zip(weights, (1, *x), strict=True))

        if family.name == "output-gating":
            f, g = unit(row[: n + 1]), unit(row[n + 1 :])
            values, value = (f, g), f > 0 and g > 0
        elif family.name == "multiplexing":
            g = unit(row[n + 2 :])
            s = unit(row[: n + 1]) + row[n + 1] * (g > 0)
            values, value = (s, g), s > 0
        else:
            monomials = [1, *x, x[0] * x[1], x[0] * x[2], x[1] * x[2]]
            s = sum(w * m for w, m in zip(row, monomials, strict=True))
            values, value = (s,), s > 0
        if 0 in values:
            return None
        table |= value << k
    return table


def excluded(table, row):
    """Whether multiplicities cancel every monomial of degree at most 2 of three inputs."""
    points = [[1 if k >> i & 1 else -1 for i in range(3)] for k in range(8)]
    monomials = [lambda x: 1, *(lambda x, i=i: x[i] for i in range(3)), *(lambda x, i=i: x[i] * x[i - 1] for i in range(3))]
    signs = [1 if table >> k & 1 else -1 for k in range(8)]
    sums = [sum(m * s * of(x) for m, s, x in zip(row, signs, points, strict=True)) for of in monomials]
    return min(row) >= 0 and any(row) and not any(sums)


def mutated(body, rng):
    """The file with one integer changed, or one deleted, repeated or moved."""
    body = json.loads(json.dumps(body))
    column = body[rng.choice([c for c in ("members", "others") if c in body])]
    field = rng.choice(["count", "n", "classes", "steps", "sizes", "integers", "integers", "integers"])
    if field in ("count", "n"):
        body[field] += rng.choice((-2, -1, 1, 2))
    elif field == "classes":
        column["classes"] += rng.choice((-1, 1))
    else:
        words = array({8: "b", 16: "h", 32: "i"}[column[field]["bits"]])
        words.frombytes(zlib.decompress(base64.b64decode(column[field]["zlib"])))
        values, k, kind = words.tolist(), rng.randrange(len(words)), rng.randrange(5)
        if kind == 0:
            del values[k]
        elif kind == 1:
            values.insert(k, values[k])
        elif kind == 2:
            other = rng.randrange(len(values))
            values[k], values[other] = values[other], values[k]
        else:
            values[k] += rng.choice((-3, -2, -1, 1, 2, 3))
        column[field] = packed(values)
    return body


SUBJECTS = [families.output_gating(3), families.multiplexing(3), families.threshold(3, degree=2)]


@pytest.mark.parametrize("family", SUBJECTS, ids=repr)
def test_a_mutated_certificate_is_refused_or_true(family):
    found = class_count(family)
    body, rng, accepted = json.loads(write(found)), random.Random(5), 0
    for _ in range(300):
        changed = mutated(body, rng)
        try:
            certificate = read(json.dumps(changed))
            certificate.check()
        except (BadInput, Rejected):
            continue
        accepted += 1
        members, others = certificate.members, certificate.others
        stated = [certificate.count, list(members.tables), list(members.sizes), list(others.tables), list(others.sizes)]
        true = [found.count, found.members.tables, found.members.sizes, list(found.others.tables), list(found.others.sizes)]
        assert stated == true
        assert all(computed(family, members.row(k)) == t for k, t in enumerate(members.tables))
        assert all(excluded(t, others.row(k)) for k, t in enumerate(others.tables))
    assert accepted < 150


def without(column, k):
    width = len(column.integers) // len(column.tables)
    tables, sizes, integers = (list(c) for c in (column.tables, column.sizes, column.integers))
    del tables[k], sizes[k], integers[k * width : (k + 1) * width]
    return Column(tables, sizes, integers)


@pytest.mark.parametrize("family", SUBJECTS, ids=repr)
def test_control_a_class_that_is_left_out_is_missed(family):
    found = class_count(family)
    for k, size in enumerate(found.members.sizes):
        with pytest.raises(Rejected):
            replace(found, count=found.count - size, members=without(found.members, k)).check()


def test_the_lie_is_rejected_and_told():
    with pytest.raises(Rejected, match="the family has 4 functions, not 2"):
        ClassCount.lie().check()
    assert "1 classes" in repr(class_count(families.threshold(0)))


# --- samples --------------------------------------------------------------------------------------------------------------------


def test_a_sample_of_many_classes_depends_on_all_that_is_said(monkeypatch):
    monkeypatch.setattr(counted, "CHECKED", 4)
    found = class_count(families.output_gating(3))
    column = found.members
    changed = [
        replace(found, count=found.count + 1),
        *(replace(found, members=replace(column, **{c: [*getattr(column, c)[:-1], 9]})) for c in ("tables", "sizes", "integers")),
    ]
    assert len({c._random().getrandbits(64) for c in (found, *changed)}) == 5
    sample = found._sample(20, full=False)
    assert sample == found._sample(20, full=False)
    assert len(sample) == 4 and len(found._sample(20, full=True)) == 20
    assert found.reach().startswith("4 of 20 classes") and found.reach(full=True).startswith("20 of 20 classes")


@pytest.fixture(scope="module")
def of_five():
    return class_count(families.synaptic_gating(5, inputs="01", outputs="01"))


@pytest.mark.slow
def test_five_inputs_are_probed_and_checked_in_full(of_five):
    assert of_five.count == 1935004 and len(of_five.members.tables) == 3794
    said = []
    of_five.check(full=True, progress=lambda *t: said.append(t))
    assert {name for name, _, _ in said} == {"classes of members checked", "images of classes", "pairs with all gates"}
    assert "probed by 256" in of_five.reach() and "every pair" in of_five.reach(full=True)


@pytest.mark.slow
def test_control_a_class_of_five_inputs_that_is_left_out_is_found(of_five):
    largest = max(range(3794), key=lambda k: of_five.members.sizes[k])
    fewer = replace(of_five, count=of_five.count - of_five.members.sizes[largest], members=without(of_five.members, largest))
    with pytest.raises(Rejected, match="in no class"):
        fewer.check(full=True)
