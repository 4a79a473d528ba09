"""Judging many claims in processes of their own: the same verdicts, whatever happens to the processes."""

import json
import os
import signal
import subprocess
import time

import pytest
from claim_files import BAD_CONTROL, CRASHES, DERIVED, HEAD, HOLDS, REFUTED, RUN, folder, stated

from workbench import judges, sitting
from workbench.ledger import load, verify
from workbench.sitting import Sitting

CLAIMS = {"one": HOLDS, "two": (DERIVED, ["one"]), "three": REFUTED, "four": HOLDS}


@pytest.fixture(autouse=True)
def processes(monkeypatch):
    """Two claims are many, and there are two processors."""
    monkeypatch.delenv("WORKBENCH_CACHE", raising=False)
    monkeypatch.setattr(sitting, "MANY", 2)
    monkeypatch.setattr(judges, "available", lambda: 2)


@pytest.fixture
def apart(monkeypatch):
    """The names that processes judged, call by call."""
    calls = []
    plain = judges.judged_apart

    def noted(*args, **options):
        calls.append(plain(*args, **options))
        return calls[-1]

    monkeypatch.setattr(judges, "judged_apart", noted)
    return calls


def shown(results):
    return {r.claim.name: (r.verdict.word, r.verdict.reach, r.verdict.cached, r.error) for r in results}


def alone(proofs, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(judges, "available", lambda: 1)
        return verify(proofs=proofs, fresh=True)


def test_processes_give_the_verdicts_of_one(tmp_path, monkeypatch, apart):
    proofs = folder(tmp_path, **CLAIMS)
    together = verify(proofs=proofs)
    assert apart == [set(CLAIMS)]
    assert shown(together) == shown(alone(proofs, monkeypatch))
    assert len(apart) == 1
    assert {r.verdict.cached for r in verify(proofs=proofs)} == {True}


def test_fresh_reads_no_verdict_of_an_earlier_run(tmp_path, apart):
    proofs = folder(tmp_path, **CLAIMS)
    verify(proofs=proofs)
    assert {r.verdict.cached for r in verify(proofs=proofs, fresh=True)} == {False}
    assert apart == [set(CLAIMS)] * 2


def test_what_a_claim_prints_is_no_answer(tmp_path, apart, capfd):
    noise = 'print("two")\nimport os\nos.write(1, b"one\\n")\n'
    proofs = folder(tmp_path, one=noise + stated("one", HOLDS), two=HOLDS)
    assert {v[0] for v in shown(verify(proofs=proofs)).values()} == {"certified"}
    assert apart == [{"one", "two"}]


@pytest.mark.parametrize("kind", [CRASHES, BAD_CONTROL], ids=["crashes", "accepted control"])
def test_an_error_is_told_by_the_caller(tmp_path, monkeypatch, apart, kind):
    proofs = folder(tmp_path, **CLAIMS, bad=kind, user=(HOLDS, ["bad"]))
    together = verify(proofs=proofs)
    assert apart == [set(CLAIMS)]
    assert shown(together) == shown(alone(proofs, monkeypatch))
    assert next(r.error for r in together if r.claim.name == "bad")


KILLS = f"""{HEAD}{RUN}
import os, sys
def last(n):
    if "workbench.judges" in " ".join(sys.orig_argv):
        os._exit(3)
    return 2**n
CLAIM = Claim("kills", "A claim.", below(last))
EVIDENCE = (Certified(3), CONTROL)
"""


def test_a_process_that_dies_costs_time_only(tmp_path, apart):
    proofs = folder(tmp_path, **CLAIMS, kills=KILLS)
    assert shown(verify(proofs=proofs))["kills"] == ("certified", "n = 0..4; open beyond", False, None)
    assert "kills" not in apart[0]


def test_without_a_cache_the_caller_judges(tmp_path, monkeypatch, apart):
    monkeypatch.setenv("WORKBENCH_CACHE", os.devnull + "/nowhere")
    proofs = folder(tmp_path, **CLAIMS)
    assert shown(verify(proofs=proofs)) == shown(alone(proofs, monkeypatch))
    assert apart == [set()]


SLOW = f"""{HEAD}
import time
def last(n):
    time.sleep(60)
    return 2**n
CLAIM = Claim("slow", "A claim.", below(last))
EVIDENCE = (Certified(3), CONTROL)
"""


def test_an_interrupt_ends_the_processes_and_keeps_what_is_done(tmp_path, monkeypatch):
    proofs = folder(tmp_path, one=HOLDS, slow=SLOW)
    started = []
    plain = subprocess.Popen

    def noted(*args, **options):
        started.append(plain(*args, **options))
        return started[-1]

    def interrupt(name, done, total):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", noted)
    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        verify(proofs=proofs, progress=interrupt)
    assert time.monotonic() - before < 50
    assert len(started) == 2 and all(child.poll() is not None for child in started)
    assert (tmp_path / ".workbench-cache" / "one.json").exists()


def test_groups_share_no_file_and_use_nothing_of_each_other(tmp_path):
    proofs = folder(tmp_path, **CLAIMS, five=(HOLDS, ["two"]))
    family = f"{HEAD}\nFAMILY = tuple(Entry(Claim(name, 'A claim.', GROWS), (Certified(3), CONTROL)) for name in ('x', 'y'))\n"
    (proofs / "topic" / "family.py").write_text(family)
    entries = load(proofs)
    groups = Sitting.of(entries, proofs)._groups(entries)
    assert sorted(map(sorted, groups)) == [["five", "one", "two"], ["four"], ["three"], ["x", "y"]]


NOTED = """
with open({log!r}, "a") as log:
    log.write({name!r} + "\\n")
"""


def test_a_judge_runs_the_files_of_its_groups_alone(tmp_path, apart):
    log = tmp_path / "log"
    texts = {name: stated(name, HOLDS) + NOTED.format(log=str(log), name=name) for name in ("one", "two", "three")}
    verify(proofs=folder(tmp_path, **texts))
    assert apart == [set(texts)]
    assert sorted(log.read_text().split()) == sorted([*texts] * 2)  # here, and in one judge


def test_what_took_longest_goes_first(tmp_path, monkeypatch):
    proofs = folder(tmp_path, **CLAIMS)
    verify(proofs=proofs)
    last = {"one": 1.0, "two": 1.0, "three": 5.0, "four": 3.0}
    kept = tmp_path / ".workbench-cache"
    for name, seconds in last.items():
        head, _, body = (kept / f"{name}.json").read_text().partition("\n")
        (kept / f"{name}.json").write_text(f"{head}\n{json.dumps(json.loads(body) | {'seconds': seconds})}")
    orders = []
    monkeypatch.setattr(judges, "judged_apart", lambda groups, **options: orders.append([set(g.names) for g in groups]) or set())
    verify(proofs=proofs, fresh=True)
    assert orders == [[{"three"}, {"four"}, {"one", "two"}]]
    (kept / "three.json").write_text("damaged")
    (kept / "four.json").unlink()
    seconds = Sitting.of(load(proofs), proofs).kept.seconds
    assert [seconds(name) for name in ("three", "four")] == [0, 0]
