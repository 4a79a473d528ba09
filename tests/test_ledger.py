"""Reading proofs/, judging it claim by claim, the cache, and the ledger's files."""

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from claim_files import (
    ARGUED,
    BAD_CONTROL,
    BY_HAND,
    CITED,
    COUNTERED,
    CRASHES,
    DERIVED,
    DISAGREES,
    HEAD,
    HOLDS,
    MEASURED,
    NO_CONTROL,
    REFUTED,
    folder,
    stated,
)

from workbench import cache, certificate, evidence, ledgerfile
from workbench.claim import Verdict
from workbench.errors import BadInput, Unsound
from workbench.identity import Identity
from workbench.ledger import bibliography, catalogue, find_proofs, load, verify

PROOFS = Path(__file__).parents[1] / "proofs"


@pytest.fixture(autouse=True)
def cache_beside_the_claims(monkeypatch):
    monkeypatch.delenv("WORKBENCH_CACHE", raising=False)


def words(results):
    return {r.claim.name: r.verdict.word for r in results}


# Finding and reading


def test_find_proofs_looks_here_and_above(tmp_path):
    proofs = folder(tmp_path)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_proofs(deep) == find_proofs(tmp_path) == find_proofs(proofs) == proofs


def test_find_proofs_without_any(tmp_path):
    with pytest.raises(BadInput, match=r"no folder proofs/ in .* or above it: give --proofs DIR"):
        find_proofs(tmp_path)


FAMILY = (
    HEAD
    + """
def entry(name):
    return Entry(Claim(name, "A claim.", GROWS), (Certified(3), CONTROL))

FAMILY = (entry("first"), entry("second"))
"""
)
UNREADABLE = {
    "another name": (stated("other", HOLDS), "proofs/topic/one.py: states the claim other: rename"),
    "no claim": ("x = 1\n", "proofs/topic/one.py: states neither"),
    "empty file": ("", "proofs/topic/one.py: states neither"),
    "no evidence": (HEAD + "CLAIM = Claim('one', 'A.', GROWS)\n", "proofs/topic/one.py: states neither"),
    "a claim that is none": ("CLAIM, EVIDENCE = 1, ()\n", "proofs/topic/one.py: states neither"),
    "empty family": ("FAMILY = ()\n", "proofs/topic/one.py: FAMILY is not"),
    "family of others": ("FAMILY = (1,)\n", "proofs/topic/one.py: FAMILY is not"),
    "family as a list": (FAMILY + "FAMILY = list(FAMILY)\n", "proofs/topic/one.py: FAMILY is not"),
    "a name twice in a family": (FAMILY + "FAMILY += FAMILY\n", "claim first is stated in proofs/topic/one.py as well"),
    "does not parse": ("x = 1\ny = = 2\n", "proofs/topic/one.py:2: SyntaxError: invalid syntax"),
    "raises": ("x = 1\n\nx / 0\n", "proofs/topic/one.py:3: ZeroDivisionError: division by zero"),
    "raises elsewhere": ("import json\njson.loads('{')\n", "proofs/topic/one.py:2: JSONDecodeError:"),
    "exits": ("raise SystemExit(0)\n", "proofs/topic/one.py:1: SystemExit: 0"),
    "imports what is not there": ("import not_a_module\n", "proofs/topic/one.py:1: ModuleNotFoundError"),
}


@pytest.mark.parametrize("text, message", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, message):
    with pytest.raises(BadInput) as refused:
        load(folder(tmp_path, one=text))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_claim_stated_twice(tmp_path):
    proofs = folder(tmp_path, one=HOLDS)
    (proofs / "another").mkdir()
    shutil.copy(proofs / "topic" / "one.py", proofs / "another" / "one.py")
    with pytest.raises(BadInput, match=r"proofs/topic/one.py: claim one is stated in proofs/another/one.py as well"):
        load(proofs)


def test_load_gives_entries_and_files(tmp_path):
    proofs = folder(tmp_path, one=HOLDS, family=FAMILY)
    found = load(proofs)
    assert {name: e.file.relative_to(tmp_path).as_posix() for name, e in found.items()} == {
        "first": "proofs/topic/family.py",
        "second": "proofs/topic/family.py",
        "one": "proofs/topic/one.py",
    }
    assert [type(e).__name__ for e in found["one"].evidence] == ["Certified", "Control"]


def test_no_claims_and_no_folder(tmp_path):
    assert load(folder(tmp_path)) == {}
    assert verify(proofs=folder(tmp_path)) == []
    with pytest.raises(BadInput, match="is not a folder"):
        load(tmp_path / "nowhere")


# Judging


KINDS = {
    "holds": (HOLDS, "certified", "n = 0..4; open beyond"),
    "derived": (DERIVED, "derived", "for all values"),
    "by hand": (BY_HAND, "derived", "all n >= 0"),
    "refuted": (REFUTED, "refuted", "false at n = 3: 3 < 3 is false"),
    "countered": (COUNTERED, "refuted", "false at n = 3: 3 < 3 is false"),
    "cited": (CITED, "cited", "as the source states it"),
    "argued": (ARGUED, "open", "not decided"),
    "measured": (MEASURED, "supported", "the recorded runs"),
}


@pytest.mark.parametrize("kind, word, reach", KINDS.values(), ids=KINDS)
def test_verdict_and_its_copy_in_the_cache(tmp_path, kind, word, reach):
    proofs = folder(tmp_path, refuted=kind)
    (first,), (second,) = verify(proofs=proofs), verify(proofs=proofs)
    assert (first.verdict.word, first.verdict.reach) == (word, reach)
    assert (first.verdict.cached, second.verdict.cached) == (False, True)
    assert second.verdict == first.verdict
    assert [dict(o.data) for o in second.verdict.outcomes] == [dict(o.data) for o in first.verdict.outcomes]
    assert second.as_json() == first.as_json() | {"cached": True}


def test_only_the_named_are_returned_and_the_used_are_judged_first(tmp_path):
    proofs = folder(tmp_path, a=(HOLDS, ["c"]), b=HOLDS, c=(HOLDS, ["d"]), d=HOLDS)
    seen = []
    results = verify(["a"], proofs=proofs, progress=lambda *step: seen.append(step))
    assert words(results) == {"a": "certified"}
    assert seen == [("d", 0, 3), ("c", 1, 3), ("a", 2, 3), ("", 3, 3)]


UNKNOWN = {
    "near": ("grows_fats", "no claim grows_fats in proofs/: did you mean grows_fast?"),
    "far": ("qq", "no claim qq in proofs/: workbench new qq begins one"),
    "in the catalogue": ("planned", "planned is in the catalogue, but no file states it yet: workbench new planned"),
}


@pytest.mark.parametrize("name, message", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_name(tmp_path, name, message):
    proofs = folder(tmp_path, grows_fast=HOLDS)
    (proofs / "catalogue.json").write_text('[{"name": "planned", "section": "A", "says": "B."}]')
    with pytest.raises(BadInput) as refused:
        verify([name], proofs=proofs)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "claims, message",
    [({"a": (HOLDS, ["gone"])}, "a uses gone, which is not in proofs/"), ({"a": (HOLDS, ["b"]), "b": (HOLDS, ["a"])}, "cycle")],
    ids=["unknown", "cycle"],
)
def test_uses_that_lead_nowhere(tmp_path, claims, message):
    with pytest.raises(BadInput, match=message):
        verify(["a"], proofs=folder(tmp_path, **claims))


UNSOUND = {
    "control accepted": (BAD_CONTROL, "open", "broken: control 'true as well' was accepted"),
    "no control": (NO_CONTROL, "open", "broken: no control"),
    "evidence disagrees": (DISAGREES, "refuted", "broken: evidence disagrees: the derivation holds, but Certified says n = 3"),
    "its function raises": (CRASHES, "open", "broken: ZeroDivisionError"),
}


@pytest.mark.parametrize("kind, word, message", UNSOUND.values(), ids=UNSOUND)
def test_a_claim_that_cannot_be_judged_is_an_error_and_the_others_go_on(tmp_path, kind, word, message):
    proofs = folder(tmp_path, broken=kind, other=HOLDS, user=(HOLDS, ["broken"]))
    for _ in range(2):  # an error is never answered from the cache, nor is what uses it
        broken, other, user = sorted(verify(proofs=proofs), key=lambda r: r.claim.name)
        assert (broken.verdict.word, broken.verdict.cached) == (word, False)
        assert broken.error.startswith(message) and ("of broken.py)" in broken.error) == (kind == CRASHES)
        assert broken.verdict.outcomes[-1].kind == "error"
        assert broken.verdict.outcomes[-1].detail == broken.error
        assert (other.verdict.word, other.error) == ("certified", None)
        assert (user.verdict.word, user.verdict.reach) == ("open", f"uses broken, which is {word}")
        assert not user.verdict.cached


# Standing lies


@pytest.mark.parametrize("kind", certificate.TYPES.values(), ids=certificate.TYPES)
def test_a_checker_that_accepts_everything_stops_the_run(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(kind, "check", lambda self: None)
    with pytest.raises(Unsound, match=f"the checker of {kind.type} certificates accepts a lie"):
        verify(proofs=folder(tmp_path, one=HOLDS))


ACCEPTING = {
    "Certified": lambda self, statement, **how: evidence.Outcome("Certified", "holds", "n = 0..3", (0, 1, 2, 3)),
    "Enclosed": lambda self, statement, **how: evidence.Outcome("Enclosed", "holds", "n = 1..2", (1, 2)),
    "Control": lambda self, statement: evidence.Outcome("Control", "rejected", "anything"),
    "Measured": lambda self, statement, **how: evidence.Outcome("Measured", "holds", "inside"),
    "Cited": lambda self, statement: evidence.Outcome("Cited", "known", "a book"),
}


@pytest.mark.parametrize("kind", ACCEPTING)
def test_evidence_that_accepts_everything_stops_the_run(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(getattr(evidence, kind), "run", ACCEPTING[kind])
    with pytest.raises(Unsound, match=f"{kind} evidence for a false claim"):
        verify(proofs=folder(tmp_path, one=HOLDS))


def test_a_decision_that_accepts_every_identity_stops_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(Identity, "check", lambda self: None)
    with pytest.raises(Unsound, match="the checker of identity certificates accepts a lie"):
        verify(proofs=folder(tmp_path, one=HOLDS))


# The cache


def test_what_changes_a_key(tmp_path, monkeypatch):
    proofs = folder(tmp_path, one=(HOLDS, ["two"]), two=HOLDS, three=HOLDS)
    (proofs / "certificates").mkdir()

    def cached(**how):
        return {r.claim.name for r in verify(proofs=proofs, **how) if r.verdict.cached}

    everything = {"one", "two", "three"}
    assert cached() == set()
    assert cached() == everything
    assert cached(fresh=True) == set()
    assert cached(full=True) == set()
    assert cached(full=True) == everything
    assert cached() == everything
    (proofs / "topic" / "two.py").write_text(stated("two", HOLDS) + "# a comment\n")
    assert cached() == {"three"}
    (proofs / "certificates" / "c.json").write_text("{}")
    assert cached() == set()
    assert cached() == everything
    monkeypatch.setattr(cache, "_package", lambda: "a change in the package")
    assert cached() == set()


def test_the_package_hash_sees_files_and_versions(tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "data").mkdir(parents=True)
    monkeypatch.setattr(cache, "__file__", str(package / "cache.py"))
    seen = [cache._package.__wrapped__()]
    for file, text in (("poly.py", "x"), ("poly.py", "y"), ("data/a.json", "{}")):
        (package / file).write_text(text)
        seen.append(cache._package.__wrapped__())
    monkeypatch.setattr(cache, "version", lambda package: "0")
    seen.append(cache._package.__wrapped__())
    monkeypatch.undo()
    monkeypatch.setattr(cache, "__file__", str(package / "cache.py"))
    monkeypatch.setattr(cache, "PACKAGES", ("not-a-package",))
    seen.append(cache._package.__wrapped__())
    assert len(set(seen)) == 6


def truncated(file):
    file.write_bytes(file.read_bytes()[:-20])


def altered(file):
    file.write_text(file.read_text().replace("certified", "derived"))


def emptied(file):
    file.write_text("")


def binary(file):
    file.write_bytes(bytes(range(256)))


def of_another_claim(file):
    file.write_text((file.parent / "two.json").read_text())


def a_folder(file):
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("damage", [truncated, altered, emptied, binary, of_another_claim, a_folder])
def test_a_damaged_entry_is_as_good_as_none(tmp_path, damage):
    proofs = folder(tmp_path, one=HOLDS, two=HOLDS)
    verify(proofs=proofs)
    damage(tmp_path / ".workbench-cache" / "one.json")
    results = verify(proofs=proofs)
    assert words(results) == {"one": "certified", "two": "certified"}
    assert {r.claim.name for r in results if r.verdict.cached} == {"two"}


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    proofs = folder(tmp_path, one=HOLDS, three=HOLDS, two=HOLDS)

    def interrupt(name, done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(proofs=proofs, progress=interrupt)
    assert [r.verdict.cached for r in verify(proofs=proofs)] == [True, True, False]


def test_the_cache_may_stand_elsewhere_or_nowhere(tmp_path, monkeypatch):
    proofs = folder(tmp_path, one=HOLDS)
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "elsewhere"))
    verify(proofs=proofs)
    assert [f.name for f in (tmp_path / "elsewhere").iterdir()] == ["one.json"]
    monkeypatch.setenv("WORKBENCH_CACHE", os.devnull + "/nowhere")
    assert words(verify(proofs=proofs)) == {"one": "certified"}
    assert not (tmp_path / ".workbench-cache").exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "new" / "a.txt"
    cache.write_whole(file, "old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cache.write_whole(file, "new")
    assert [(f.name, f.read_text()) for f in file.parent.iterdir()] == [("a.txt", "old")]


def test_a_link_stays_and_a_device_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    cache.write_whole(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "text"
    for there in (tmp_path, Path(os.devnull)):
        with pytest.raises(BadInput, match="is not a regular file"):
            cache.write_whole(there, "text")
    assert Path(os.devnull).is_char_device()


def test_evidence_that_cannot_be_kept_costs_time_only(tmp_path):
    kept = cache.VerdictCache.beside(folder(tmp_path))
    outcome = evidence.Outcome("Measured", "holds", "", data={"x": Fraction(1, 2)})
    kept.put("one", "key", Verdict("one", "supported", "the recorded runs", outcomes=(outcome,)))
    assert kept.get("one", "key") is None


# The ledger


def ledger_of(proofs):
    return [(proofs / name).read_text() for name in ("ledger.json", "LEDGER.md")]


MIXED = {
    "held": HOLDS,
    "shown": DERIVED,
    "by_hand": BY_HAND,
    "wrong": REFUTED,
    "read": CITED,
    "argued": ARGUED,
    "seen": MEASURED,
}


def mixed(root):
    proofs = folder(root, **MIXED)
    (proofs / "catalogue.json").write_text(
        json.dumps([{"name": n, "section": "A", "says": "Either | or."} for n in ("planned", "shown", "a_later_one")])
    )
    return proofs


def test_the_ledger_is_a_function_of_the_verdicts(tmp_path):
    proofs = mixed(tmp_path)
    results = verify(proofs=proofs)
    ledgerfile.update(results, proofs=proofs)
    first = ledger_of(proofs)
    ledgerfile.update(list(reversed(verify(proofs=proofs))), proofs=proofs)
    assert ledger_of(proofs) == first
    data = json.loads(first[0])
    assert [row["name"] for row in data["claims"]] == sorted([*MIXED, "a_later_one", "planned"])
    assert data["claims"][2] == {
        "name": "by_hand",
        "verdict": "derived",
        "reach": "all n >= 0",
        "trusts": ["by induction"],
        "file": "proofs/topic/by_hand.py",
    }
    assert [row["name"] for row in data["claims"] if row["reach"] == "not encoded"] == ["a_later_one", "planned"]


def test_the_ledger_reads_as_tables(tmp_path):
    proofs = mixed(tmp_path)
    ledgerfile.update(verify(proofs=proofs), proofs=proofs)
    text = (proofs / "LEDGER.md").read_text()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        "Derived without hand steps",
        "Derived, trusting hand steps",
        "Refuted",
        "Certified",
        "Supported",
        "Cited",
        "Open",
        "Open: not yet encoded",
    ]
    assert "7 claims judged: 1 refuted, 2 derived, 1 certified, 1 supported, 1 cited, 1 open; 2 more of the catalogue" in text
    assert "| [`by_hand`](topic/by_hand.py) | A claim. | all n >= 0; 1 step |" in text
    assert "| [`wrong`](topic/wrong.py) | A claim. | false at n = 3: 3 < 3 is false |" in text
    assert "not decided; Cited: a_book, page 7 (not read) |" in text
    assert "| `planned` | Either \\| or. |" in text
    for line in text.splitlines():
        if "](" in line:
            assert (proofs / line.split("](")[1].split(")")[0]).is_file()


def test_no_claims_no_tables(tmp_path):
    proofs = folder(tmp_path)
    ledgerfile.update([], proofs=proofs)
    assert ledger_of(proofs)[0] == '{\n "schema": "workbench-ledger/1",\n "claims": []\n}\n'
    assert "|" not in ledger_of(proofs)[1]
    assert ledgerfile.differences([], proofs=proofs) == []


def test_a_ledger_is_not_written_over_an_error(tmp_path):
    proofs = folder(tmp_path, one=BAD_CONTROL)
    with pytest.raises(Unsound, match="the ledger is not written: one: control"):
        ledgerfile.update(verify(proofs=proofs), proofs=proofs)
    assert not (proofs / "ledger.json").exists()


CHANGES = {
    "to refuted": (REFUTED, "one: ledger says certified (n = 0..4; open beyond), now refuted (false at n = 3: 3 < 3 is false)"),
    "to derived": (DERIVED, "one: ledger says certified (n = 0..4; open beyond), now derived (for all values)"),
    "to hand steps": (BY_HAND, "one: ledger says certified (n = 0..4; open beyond), now derived (all n >= 0; trusting 1 step)"),
    "to a shorter reach": (
        ("GROWS", "Certified(1), CONTROL"),
        "one: ledger says certified (n = 0..4; open beyond), now certified (n = 0..2; open beyond)",
    ),
    "to a longer reach": (
        ("GROWS", "Certified(5), CONTROL"),
        "one: ledger says certified (n = 0..4; open beyond), now certified (n = 0..6; open beyond)",
    ),
}


@pytest.mark.parametrize("kind, line", CHANGES.values(), ids=CHANGES)
def test_a_change_is_one_line(tmp_path, kind, line):
    proofs = folder(tmp_path, one=HOLDS, **{"a_long_name" * 12: HOLDS})
    results = verify(proofs=proofs)
    ledgerfile.update(results, proofs=proofs)
    assert ledgerfile.differences(results, proofs=proofs) == []
    folder(tmp_path, one=kind)
    assert ledgerfile.differences(verify(proofs=proofs), proofs=proofs) == [line]


def test_missing_on_either_side(tmp_path):
    proofs = folder(tmp_path, one=HOLDS, two=HOLDS)
    ledgerfile.update(verify(proofs=proofs), proofs=proofs)
    (proofs / "topic" / "two.py").unlink()
    folder(tmp_path, three=DERIVED)
    results = verify(proofs=proofs)
    new = "three: not in the ledger, now derived (for all values)"
    gone = "two: ledger says certified (n = 0..4; open beyond), now no file states it"
    assert ledgerfile.differences(results, proofs=proofs) == [new, gone]
    assert ledgerfile.differences(results, proofs=proofs, whole=False) == [new]
    (proofs / "ledger.json").unlink()
    assert len(ledgerfile.differences(results, proofs=proofs)) == 2


FULL = {
    "further": ("n = 1..3; open beyond", "n = 1..8; open beyond", True),
    "to the end": ("n = 1..3; open beyond", "n = 1..8, all there are", True),
    "from one instance": ("n = 1; open beyond", "n = 1..8; open beyond", True),
    "less far": ("n = 1..3; open beyond", "n = 1..2; open beyond", False),
    "from elsewhere": ("n = 1..3; open beyond", "n = 2..8; open beyond", False),
    "another index": ("n = 1..3; open beyond", "m = 1..8; open beyond", False),
    "as far as another": ("as far as a: n = 1..3; open beyond", "as far as b: n = 1..8; open beyond", False),
    "no range": ("for all values", "n = 1..8; open beyond", False),
}


@pytest.mark.parametrize("old, new, allowed", FULL.values(), ids=FULL)
def test_a_full_run_may_reach_further(tmp_path, old, new, allowed):
    proofs = folder(tmp_path, one=HOLDS)
    (result,) = verify(proofs=proofs)

    def at(word, reach):
        return [type(result)(result.claim, result.evidence, Verdict("one", word, reach), result.file)]

    ledgerfile.update(at("certified", old), proofs=proofs)
    assert (ledgerfile.differences(at("certified", new), proofs=proofs, full=True) == []) == allowed
    assert ledgerfile.differences(at("certified", new), proofs=proofs) != []
    assert ledgerfile.differences(at("refuted", new), proofs=proofs, full=True) != []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": "workbench-ledger/2", "claims": []}', '{"schema": "workbench-ledger/1", "claims": [1]}', "\udcff"],
    ids=["empty", "truncated", "a list", "another schema", "a row that is none", "not text"],
)
def test_a_damaged_ledger_is_named(tmp_path, text):
    proofs = folder(tmp_path)
    (proofs / "ledger.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadInput, match=r"ledger\.json: .*workbench verify --update"):
        ledgerfile.differences([], proofs=proofs)


# The project's own folder


def test_the_catalogue():
    rows = json.loads((PROOFS / "catalogue.json").read_text())
    assert len(rows) == len(catalogue(PROOFS)) == 522
    assert all(set(row) == {"name", "section", "says"} and row["says"].endswith((".", "?")) for row in rows)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"name": "a"}]', "7"])
def test_a_damaged_catalogue_is_named(tmp_path, text):
    (tmp_path / "catalogue.json").write_text(text)
    with pytest.raises(BadInput, match=r"catalogue\.json"):
        catalogue(tmp_path)


def test_every_source_has_an_entry():
    known = bibliography(PROOFS.parent / "references.bib")
    used = {source.key for entry in load(PROOFS).values() for source in entry.claim.sources}
    assert used <= set(known)
    assert all(text.count("{") == text.count("}") for text in known.values())


def test_no_bibliography(tmp_path):
    with pytest.raises(BadInput, match=r"no file .*references\.bib"):
        bibliography(tmp_path / "references.bib")
