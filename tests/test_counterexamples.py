"""The failing cases of refuted claims: files that stand alone as arithmetic, and that are the claim's own."""

import json
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import jsonschema
import pytest
import sympy
from claim_files import HEAD, HOLDS, REFUTED, folder, stated

from workbench import certificate, counterexamples, formula, ledgerfile
from workbench.cli import status
from workbench.errors import BadInput, Rejected, Unsound
from workbench.exact_values import read_value, write_value
from workbench.failing_case import FailingCase
from workbench.identity import Identity
from workbench.ledger import load, verify
from workbench.statement import Case

PROOFS = Path(__file__).parents[1] / "proofs"
FILES = PROOFS / "counterexamples"
ROWS = [row["name"] for row in json.loads((PROOFS / "ledger.json").read_text())["claims"] if row["verdict"] == "refuted"]
QUICK = 2_000  # bytes of a file: claims of larger ones build large sets, or run long
REASONS = (  # by which altered files are rejected
    "holds, at",
    "the claim has no such case",
    "is no instance that the claim's evidence looks at",
    "is not what it is in the claim",
    "says: ",
    "the certificate is about",
    "does not compare",
)


@pytest.fixture(autouse=True)
def no_common_cache(monkeypatch):
    monkeypatch.delenv("WORKBENCH_CACHE", raising=False)


@pytest.fixture(scope="module")
def entries():
    return load(PROOFS)


# The files of the repository


def test_there_is_a_file_for_each_refuted_claim_and_no_other():
    assert sorted(f.stem for f in FILES.iterdir()) == sorted(ROWS)
    assert len(ROWS) >= 154 and max(f.stat().st_size for f in FILES.iterdir()) < 12_000


@pytest.mark.parametrize("name", ROWS)
def test_a_refuted_claim_has_the_file_that_is_written_afresh(name, entries):
    text = (FILES / f"{name}.json").read_text(encoding="utf-8")
    found = certificate.read(text)
    assert found.subject == name and found.says == entries[name].claim.says
    found.check()
    counterexamples.confirm(found, entries[name])
    assert certificate.write(counterexamples.failing_case(entries[name])) == text


def leaves(data, path=()):
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, (dict, list)):
            yield from leaves(value, (*path, key))
        elif key not in ("schema", "type"):
            yield (*path, key), value


def mutated(data, random):
    """The document with one leaf changed, one key of an object renamed, or two sides exchanged."""
    data = deepcopy(data)
    path, value = random.choice(list(leaves(data)))
    inside = data
    for key in path[:-1]:
        inside = inside[key]
    if isinstance(value, bool):
        inside[path[-1]] = not value
    elif isinstance(value, int):
        inside[path[-1]] = value + random.choice((-2, -1, 1, 2))
    elif value and random.random() < 0.8:
        at = random.randrange(len(value))
        inside[path[-1]] = value[:at] + random.choice("0123456789") + value[at + random.randrange(2) :]
    elif random.random() < 0.5:
        data["left"], data["right"] = data["right"], data["left"]
    else:
        data["relation"] = random.choice(["==", "!=", "<", "<=", ">", ">=", "subset", "in"])
    return data


def is_a_case(found, entry):
    """Whether the claim has a failing case with this label, these sides in this relation, at this instance."""
    n = found.instance[0][1] if found.instance else 0
    return found.says == entry.claim.says and any(
        (case.label, case.relation) == (found.label, found.relation)
        and (read_value(write_value(case.got)), read_value(write_value(case.want))) == (found.left, found.right)
        and case.fails()
        for case in entry.claim.statement.cases(n)
    )


def test_five_hundred_altered_files_are_rejected_or_true(entries):
    random = Random(7)
    quick = [name for name in ROWS if (FILES / f"{name}.json").stat().st_size < QUICK]
    known = {name: json.loads((FILES / f"{name}.json").read_text()) for name in quick}
    reasons, true = [], 0
    for _ in range(500):
        name = random.choice(quick)
        try:
            found = certificate.read(json.dumps(mutated(known[name], random)))
            found.check()
            counterexamples.confirm(found, entries[name])
        except (BadInput, Rejected) as error:
            reasons.append(str(error))
        else:
            true += 1
            assert found == certificate.read(json.dumps(known[name])) or is_a_case(found, entries[name])
    assert len(reasons) + true == 500 and true < 50
    for phrase in REASONS:
        assert any(phrase in reason for reason in reasons), phrase
