"""Every claim of the repository, judged afresh and compared with what is committed."""

import json
import shutil
from pathlib import Path

import pytest

from workbench.certificate import read
from workbench.claim import WORDS
from workbench.ledger import catalogue, verify
from workbench.ledgerfile import differences, update

ROOT = Path(__file__).parents[1]
PROOFS = ROOT / "proofs"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield verify(proofs=PROOFS)
    monkeypatch.undo()


def test_the_committed_ledger_is_what_judging_gives_byte_for_byte(results, tmp_path):
    shutil.copytree(PROOFS, tmp_path / "proofs")
    for name in ("ledger.json", "LEDGER.md"):
        (tmp_path / "proofs" / name).unlink()
    update(results, proofs=tmp_path / "proofs")
    for name in ("ledger.json", "LEDGER.md"):
        assert (tmp_path / "proofs" / name).read_bytes() == (PROOFS / name).read_bytes()
    assert differences(results, proofs=PROOFS) == []


def test_every_claim_is_judged_and_no_derivation_hides_a_failed_step(results):
    assert [r.claim.name for r in results if r.error] == []
    assert len(results) >= 30 and {r.verdict.word for r in results} <= set(WORDS)
    hidden = [
        r.claim.name
        for r in results
        for o in r.verdict.outcomes
        if o.outcome == "fails" and (o.kind == "Derived" or r.verdict.word not in ("refuted", "open"))
    ]
    assert hidden == []


def test_every_kind_of_evidence_occurs(results):
    kinds = {o.kind for r in results for o in r.verdict.outcomes}
    assert kinds >= {"Derived", "Certified", "Enclosed", "Measured", "Control", "Counterexample", "Cited"}


def test_judged_claims_have_controls_that_were_rejected(results):
    exact = ("derived", "certified", "refuted")
    bare = [r.claim.name for r in results if r.verdict.word in exact and "Control" not in {o.kind for o in r.verdict.outcomes}]
    assert bare == []


def test_the_ledger_holds_the_whole_catalogue():
    entered = {row["name"] for row in json.loads((PROOFS / "ledger.json").read_text())["claims"]}
    assert set(catalogue(PROOFS)) <= entered


@pytest.mark.parametrize("file", sorted((PROOFS / "certificates").glob("*.json")), ids=lambda f: f.stem)
def test_certificate_files_are_accepted_and_named_after_their_claim(file):
    certificate = read(file.read_text(encoding="utf-8"))
    certificate.check()
    assert certificate.subject == file.stem


@pytest.mark.slow
def test_the_long_instances_say_the_same_words(results):
    full = verify(proofs=PROOFS, full=True)
    assert [r.error for r in full if r.error] == []
    assert {r.claim.name: r.verdict.word for r in full} == {r.claim.name: r.verdict.word for r in results}
    assert differences(full, proofs=PROOFS, full=True) == []
