"""Shares of functions and of NPN classes: against sets of functions listed here, merged into classes by trying all symmetries."""

import json
from itertools import permutations, product
from pathlib import Path

import pytest

from workbench import BadInput
from workbench.capacity.records import tabulate
from workbench.capacity.shares import Shares, shares
from workbench.cli import status
from workbench.families import Family

DATA = Path(__file__).parents[1] / "docs" / "data"


def gates(n):
    """The threshold functions of n <= 3 inputs as tuples of bits, from small weights."""
    found = set()
    for weights in product(range(-3, 4), repeat=n):
        sums = [sum(w * b for w, b in zip(weights, bits, strict=True)) for bits in product((0, 1), repeat=n)]
        found |= {tuple(int(s >= t) for s in sums) for t in range(min(sums), max(sums) + 2)}
    return found


def npn_classes(functions, n):
    """How many classes meet a set, with every permutation and negation of inputs, and of the output."""
    points = list(product((0, 1), repeat=n))
    at = {point: k for k, point in enumerate(points)}
    changes = [
        [at[tuple(point[i] ^ flip for i, flip in zip(order, flips, strict=True))] for point in points]
        for order in permutations(range(n))
        for flips in product((0, 1), repeat=n)
    ]

    def least(f):
        images = [tuple(f[k] for k in change) for change in changes]
        return min(min(images), min(tuple(1 - b for b in image) for image in images))

    return len({least(f) for f in functions})


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counts")
    tabulate(folder, most=3)
    return folder


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_products_of_gates(counted, n):
    found, one = shares(counted, n), gates(n)
    assert (found.functions, found.classes) == (2**2**n, npn_classes(product((0, 1), repeat=2**n), n))
    for outputs, rule in (("01", lambda a, b: a & b), ("pm1", lambda a, b: 1 ^ a ^ b)):
        products = {tuple(map(rule, f, g)) for f in one for g in one}
        assert found.of(Family("output-gating", n, outputs=outputs)) == (len(products), npn_classes(products, n))
    assert found.of(Family("threshold", n)) == (len(one), npn_classes(one, n))


def test_a_gated_synapse(counted):
    one, above = gates(2), gates(3)  # above: a unit of x0, x1 and, in place of x1, the product g x1; points with x0 first
    points = list(product((0, 1), repeat=2))
    gated = {tuple(f[4 * x + 2 * y * g[k]] for k, (x, y) in enumerate(points)) for f in above for g in one}
    found = shares(counted, 2).of(Family("synaptic-gating", 2, inputs="01", outputs="01"))
    assert found == (len(gated), npn_classes(gated, 2))


def test_pairs_of_functions_have_no_row(counted):
    found = shares(counted, 3)
    with pytest.raises(BadInput, match=r"shared-gate.* has no row: there are threshold"):
        found.of(Family("shared-gate", 3))


def test_the_document_is_read_again(counted):
    found = shares(counted, 3)
    assert Shares.of_json(json.loads(json.dumps(found.as_json()))) == found
    with pytest.raises(BadInput, match="schema 'counts' is not"):
        Shares.of_json({"schema": "counts"})


def test_the_shipped_shares_are_those_of_the_counts():
    rows = {(r["family"], r["degree"], r["inputs"], r["outputs"]): r for r in json.loads((DATA / "counts.json").read_text())[::-1]}
    shipped = Shares.shipped()
    assert len(shipped.rows) >= 14 and (shipped.functions, shipped.classes) == (2**32, 616126)  # A000370
    for row in shipped.as_json()["rows"]:
        counted = rows[row["family"], row["degree"], row["inputs"], row["outputs"]]
        assert counted["n"] < 5 or (counted["count"] == row["functions"] and counted["classes"] >= row["classes"] > 0)


def test_a_01_product_has_the_classes_of_two_hidden_gates():
    """A readout of two gates that is neither constant, a gate nor its negation is AND of both, up to negations."""
    by_family = {(family.name, family.outputs): classes for family, _, classes in Shares.shipped().rows}
    assert by_family["output-gating", "01"] == by_family["layered-2-1", "01"] == 13788
    assert by_family["output-gating", "pm1"] < by_family["any-two-gates", "01"]


@pytest.mark.parametrize("folder, n, message", [("nothing", 3, "holds no counts of 3 inputs"), ("nothing", 6, "arity 6")])
def test_bad_input(tmp_path, folder, n, message):
    with pytest.raises(BadInput, match=message):
        shares(tmp_path / folder, n)


def test_the_command(counted, tmp_path, capsys):
    file = tmp_path / "shares.json"
    assert status(["shares", str(counted), "--n", "2", "--out", str(file)]) == 0
    out = capsys.readouterr().out
    assert " 87.5000% of functions, 3 classes, 75.0000%: threshold" in out
    assert json.loads(file.read_text())["classes"] == 4
    assert status(["shares", str(tmp_path), "--n", "2", "--json"]) == 2
