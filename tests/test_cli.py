"""The command line: what is printed where, and with which exit status."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from claim_files import BAD_CONTROL, BY_HAND, CITED, COUNTERED, DERIVED, HOLDS, MEASURED, REFUTED, folder, stated

from workbench import certificate, ledgerfile, terminal
from workbench.certificate import TYPES, DualWitness, SignRepresentation
from workbench.cli import status
from workbench.domain import bits_of
from workbench.ledger import verify

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((files("workbench") / "data" / "verify.schema.json").read_text())
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("WORKBENCH_CACHE", "FORCE_COLOR")} | {"PYTHONPATH": str(ROOT)}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("WORKBENCH_CACHE", raising=False)
    monkeypatch.chdir(tmp_path)


# a shell starts background jobs with interrupts ignored, and what they start inherits that
HEED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


def started(*arguments, cwd, **how):
    command = [sys.executable, "-c", f"{HEED}from workbench.cli import main; main()", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env=ENVIRONMENT, **how)


def ran(*arguments, cwd):
    process = started(*arguments, cwd=cwd)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def entered(root, **claims):
    """A folder of claims whose verdicts stand in its ledger."""
    proofs = folder(root, **claims)
    ledgerfile.update(verify(proofs=proofs), proofs=proofs)
    return proofs


# Refusals: one line on stderr, nothing on stdout, status 2


REFUSED = {
    "unknown command": (["prove"], "No such command 'prove'"),
    "unknown option": (["verify", "--hope"], "No such option: --hope"),
    "no folder": (["verify"], "no folder proofs/ in"),
    "no folder given": (["verify", "--proofs", "nowhere"], "nowhere is not a folder"),
    "update of some": (["verify", "one", "--update"], "--update writes the ledger from all claims"),
    "update of every instance": (["verify", "--update", "--full"], "--update writes the ledger from all claims"),
    "check without a file": (["check"], "Missing argument 'CERTIFICATE'"),
    "no such file": (["check", "gone.json"], "no file gone.json"),
    "recognise without n": (["recognise", "6"], "Missing option '--n'"),
    "n in words": (["recognise", "6", "--n", "two"], "'--n'"),
    "n too large": (["recognise", "6", "--n", "11"], "11 inputs > 10"),
    "n negative": (["recognise", "6", "--n", "-1"], "-1"),
    "degree negative": (["recognise", "6", "--n", "2", "--degree", "-1"], "-1"),
    "table too long": (["recognise", "16", "--n", "2"], "table 16 is not from 0 to 15"),
    "table in words": (["recognise", "xor", "--n", "2"], "table 'xor' is not a decimal or 0x-hexadecimal number"),
    "table empty": (["recognise", "", "--n", "2"], "table '' is not"),
    "table without digits": (["recognise", "0x", "--n", "2"], "table '0x' is not"),
    "table with letters": (["recognise", "1f", "--n", "3"], "table '1f' is not"),
    "table in other digits": (["recognise", "\u0666", "--n", "2"], "is not a decimal"),
    "table huge": (["recognise", "9" * 5000, "--n", "2"], "at most 400 digits"),
    "table negative": (["recognise", "--n", "2", "--", "-6"], "table '-6' is not"),
    "certificate into a folder": (["recognise", "6", "--n", "2", "--certificate", "/"], "/ is not a regular file"),
    "new without a folder": (["new", "a_claim"], "no folder proofs/ in"),
    "new, no such folder": (["new", "a_claim", "--proofs", "nowhere"], "nowhere is not a folder"),
    "new with capitals": (["new", "Theorem3"], "claim name 'Theorem3' is not lower-case words"),
    "new elsewhere": (["new", "../a"], "claim name '../a' is not lower-case words"),
    "new topic elsewhere": (["new", "a", "--topic", ".."], "topic name '..' is not lower-case words"),
    "new, too long": (["new", "a" * 101], "at most 100 characters"),
    "cite without a folder": (["cite", "a"], "no folder proofs/ in"),
}


@pytest.mark.parametrize("arguments, message", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_line(capsys, arguments, message):
    assert status(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("workbench: ") and err.count("\n") == 1
    assert message in err


def test_a_fault_of_our_own_keeps_its_traceback(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("workbench.ledger.find_proofs", broken)
    with pytest.raises(ZeroDivisionError):
        status(["verify"])


def test_version_and_help(capsys):
    assert status(["--version"]) == 0
    assert re.fullmatch(r"workbench \d+\.\d+\.\d+\n", capsys.readouterr().out)
    assert status(["--help"]) == 0
    helped = capsys.readouterr()
    assert status([]) == 0
    assert capsys.readouterr() == helped
    listed = [line.split()[0] for line in helped.out.split("Commands:")[1].split("\n") if line]
    assert listed == [
        "verify",
        "check",
        "recognise",
        "count",
        "estimate",
        "tabulate",
        "shares",
        "census",
        "circuit",
        "atlas",
        "train",
        "train-sweep",
        "flow",
        "figure",
        "figures",
        "new",
        "cite",
    ]


def test_help_takes_less_time_than_importing_sympy(tmp_path):
    def seconds(call):
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    def helped():
        assert ran("--help", cwd=tmp_path)[0] == 0

    def imported():
        subprocess.run([sys.executable, "-c", "import sympy"], check=True)

    assert min(seconds(helped) for _ in range(3)) < min(seconds(imported) for _ in range(3))


# verify


def test_verify_as_expected(tmp_path, capsys):
    entered(tmp_path, one=HOLDS, two=DERIVED, three=BY_HAND)
    assert status(["verify"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[:2] for line in out.splitlines()[1:4]] == [["certified", "one"], ["derived", "three"], ["derived", "two"]]
    assert re.search(r"^3 claims: 2 derived, 1 certified; 3 from the cache, in [\d.]+ s$", out, re.MULTILINE)
    assert "\x1b" not in out and err == "all verdicts are as in the ledger\n"


def test_progress_off_a_terminal_is_a_line_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(terminal, "EVERY", 0)
    with terminal.progress(quiet=False) as told:
        told("a_claim", 3, 9)
        told("", 9, 9)
    with terminal.progress(quiet=True) as told:
        assert told is None
    assert capsys.readouterr().err == "workbench: 3 of 9 claims judged, now a_claim\nworkbench: 9 of 9 claims judged\n"


def test_a_broken_file_stops_only_those_who_need_it(tmp_path, capsys):
    entered(tmp_path, one=HOLDS)
    (tmp_path / "proofs" / "topic" / "draft.py").write_text("CLAIM = (\n")
    capsys.readouterr()
    assert status(["verify", "one"]) == 0
    assert capsys.readouterr().err == "the verdict is as in the ledger\n"
    (tmp_path / "proofs" / "topic" / "scrap.py").write_text("x = = 1\n")
    for arguments in (["verify"], ["verify", "draft"]):
        assert status(arguments) == 2
        assert re.fullmatch(r"workbench: proofs/topic/draft\.py:1: SyntaxError: .*\n", capsys.readouterr().err)


def test_faults_are_told_where_a_missing_claim_may_be_in_one_of_the_files(tmp_path, capsys):
    entered(tmp_path, one=HOLDS)
    (tmp_path / "proofs" / "topic" / "family.py").write_text("FAMILY = (\n")
    capsys.readouterr()
    assert status(["verify", "two"]) == 2
    told, refused = capsys.readouterr().err.splitlines()
    assert told.startswith("left out: proofs/topic/family.py:1: ") and refused.startswith("workbench: no claim two in proofs/: ")


def test_verify_shows_the_counterexample(tmp_path, capsys):
    entered(tmp_path, wrong=REFUTED)
    assert status(["verify", "--fresh"]) == 0
    assert "wrong is refuted: false at n = 3: 3 < 3 is false" in capsys.readouterr().out


def test_verify_finds_a_change(tmp_path, capsys):
    entered(tmp_path, one=HOLDS)
    folder(tmp_path, one=REFUTED)
    assert status(["verify", "--quiet"]) == 1
    out, err = capsys.readouterr()
    line = "one: ledger says certified (n = 0..4; open beyond), now refuted (false at n = 3: 3 < 3 is false)"
    assert out == "" and err.splitlines() == [line, "workbench verify --update enters these verdicts in the ledger"]
    assert status(["verify", "--update", "--quiet"]) == 0
    assert status(["verify", "--quiet"]) == 0


def test_verify_with_an_error_goes_on_and_says_so(tmp_path, capsys):
    entered(tmp_path, one=HOLDS, two=HOLDS)
    folder(tmp_path, one=BAD_CONTROL)
    assert status(["verify"]) == 1
    out, err = capsys.readouterr()
    assert "two" in out and "1 certified, 1 not judged" in out
    assert err.splitlines()[0] == "error: one: control 'true as well' was accepted"
    assert status(["verify", "--update", "--quiet"]) == 1
    assert "the ledger is not written: one: control" in capsys.readouterr().err


def test_verify_in_json(tmp_path, capsys):
    kinds = {"one": HOLDS, "two": DERIVED, "three": BY_HAND, "refuted": COUNTERED, "read": CITED, "seen": MEASURED}
    kinds["bad"] = BAD_CONTROL
    folder(tmp_path, **kinds, noisy="print('a claim that prints')\n" + stated("noisy", HOLDS))
    for cached in (False, True):
        assert status(["verify", "--json"]) == 1
        out, err = capsys.readouterr()
        answer = json.loads(out)
        jsonschema.validate(answer, SCHEMA)
        assert {row["name"]: row["verdict"] for row in answer} == {
            "one": "certified",
            "two": "derived",
            "three": "derived",
            "refuted": "refuted",
            "read": "cited",
            "seen": "supported",
            "bad": "open",
            "noisy": "certified",
        }
        assert {row["name"] for row in answer if row["cached"]} == (set(kinds) - {"bad"} | {"noisy"} if cached else set())
        bad = next(row for row in answer if row["name"] == "bad")
        assert bad["evidence"][0]["kind"] == "error" and bad["error"] == bad["evidence"][0]["detail"]
        assert "a claim that prints" in err


@pytest.mark.parametrize(
    "change",
    [{"verdict": "proved"}, {"evidence": [{}]}, {"reach": ""}, {"name": "A b"}, {"seconds": "1"}, {"surprise": 1}, {"error": 3}],
    ids=lambda change: next(iter(change)),
)
def test_control_the_schema_rejects_other_answers(tmp_path, change):
    (result,) = verify(proofs=folder(tmp_path, one=HOLDS))
    jsonschema.validate([result.as_json()], SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([result.as_json() | change], SCHEMA)


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_verify_stops_when_a_checker_accepts_everything(tmp_path, monkeypatch, capsys, kind):
    entered(tmp_path, one=HOLDS)
    monkeypatch.setattr(kind, "check", lambda self: None)
    assert status(["verify", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert f"the checker of {kind.type} certificates accepts a lie" in err


def on_a_terminal(cwd, environment):
    """What a run writes when both stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "verify"]
    terminal = ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=cwd, env=terminal | environment)
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:  # the terminal is closed when the run ends
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return written.decode()


def test_colour_and_progress_on_a_terminal(tmp_path):
    entered(tmp_path, one=HOLDS, wrong=REFUTED)
    cyan, red, reset = "\x1b[36mcertified", "\x1b[31mrefuted", "\x1b[0m"
    shown = on_a_terminal(tmp_path, {})
    assert cyan in shown and red in shown and reset in shown
    assert "reading proofs/" in shown and "2/2" in shown
    plain = on_a_terminal(tmp_path, {"NO_COLOR": "1"})
    assert cyan not in plain and red not in plain
    assert "certified  one" in plain


def test_report_is_handed_the_results(tmp_path, capsys, monkeypatch):
    seen = []

    def write(results, directory, *, root):
        seen.append((results, root))
        return directory / "index.html"

    monkeypatch.setattr("workbench.report.write", write)
    entered(tmp_path, one=HOLDS, wrong=REFUTED)
    assert status(["verify", "--report", "page", "--quiet"]) == 0
    assert capsys.readouterr().err == "report: page/index.html\n"
    assert [r.verdict.word for r in seen[0][0]] == ["certified", "refuted"]
    assert seen[0][1] == tmp_path


def test_no_claims(tmp_path, capsys):
    entered(tmp_path)
    assert status(["verify"]) == 0
    assert capsys.readouterr().out == "no claims\n"
    assert status(["verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_closed_pipe_is_no_traceback(tmp_path):
    entered(tmp_path, one=HOLDS)
    process = started("verify", "--json", cwd=tmp_path)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)


def test_one_changed_sign_is_refuted_and_the_point_is_named(tmp_path):
    name = "relu_eq_output_gating_of_shared_weights"
    text = (ROOT / "proofs" / "identities" / f"{name}.py").read_text()
    sign = "z * Heaviside(z, 0)"
    assert text.count(sign) == 1
    entered(tmp_path, **{name: text})
    folder(tmp_path, **{name: text.replace(sign, "-" + sign)})
    code, out, err = ran("verify", cwd=tmp_path)
    assert code == 1
    assert re.search(r"is refuted: false at z = \S+: \S+ and \S+ differ", out)
    assert f"{name}: ledger says derived (for all values), now refuted (false at z = " in err
    assert "Traceback" not in err


SLOW = (
    stated("b_slow", HOLDS)
    + """
import time
slow = CLAIM.statement.cases
def cases(n):
    time.sleep(60)
    return slow(n)
CLAIM = Claim("b_slow", "A claim.", ForEach.of("n", cases, first=0))
"""
)


@pytest.mark.parametrize("interrupted", [True, False])
def test_an_interruption_that_a_compiled_function_hid_is_one(interrupted, monkeypatch, capsys):
    def fails(*_, **__):
        try:
            raise KeyboardInterrupt if interrupted else ValueError
        except BaseException as error:
            raise SystemError("returned a result with an exception set") from error

    monkeypatch.setattr("workbench.recognition.recognise", fails)
    if interrupted:
        assert status(["recognise", "6", "--n", "2"]) == 130
        assert capsys.readouterr().err.startswith("workbench: interrupted: ")
    else:
        with pytest.raises(SystemError):
            status(["recognise", "6", "--n", "2"])


def test_an_interrupted_run_leaves_the_cache_whole(tmp_path):
    proofs = entered(tmp_path, a_quick=HOLDS, b_slow=HOLDS)
    folder(tmp_path, a_quick=DERIVED, b_slow=SLOW)
    process = started("verify", cwd=tmp_path)
    kept = tmp_path / ".workbench-cache" / "a_quick.json"
    old = kept.read_text()
    waited = time.perf_counter()
    while kept.read_text() == old and time.perf_counter() - waited < 60:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err == "workbench: interrupted: what was finished is kept, the same command goes on from there\n"
    assert sorted(f.name for f in kept.parent.iterdir()) == ["a_quick.json", "b_slow.json"]
    (proofs / "topic" / "b_slow.py").unlink()
    _, out, _ = ran("verify", "a_quick", "--json", cwd=tmp_path)
    assert json.loads(out)[0]["cached"]


# check


def written(file, certificate_):
    file.write_text(certificate.write(certificate_))
    return str(file)


XOR = DualWitness(2, 0b0110, 1, ((0, 1), (1, 1), (2, 1), (3, 1)))


def test_check_accepts(tmp_path, capsys):
    file = written(tmp_path / "xor.json", XOR)
    assert status(["check", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "type": "dual_witness",
        "accepted": True,
        "subject": {"n": 2, "table": "0x6", "degree": 1},
        "soundness": "dual_witness_excludes_threshold",
        "reason": None,
        "place": None,
    }
    assert status(["check", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "accepted",
        "dual_witness about n = 2, table = 0x6, degree = 1",
        "sound by dual_witness_excludes_threshold",
    ]


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_check_rejects_every_lie(tmp_path, capsys, kind):
    file = written(tmp_path / "lie.json", kind.lie())
    assert status(["check", file, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["type"], answer["accepted"], answer["soundness"]) == (kind.type, False, kind.soundness)
    assert answer["reason"] and answer["subject"]
    assert status(["check", file]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"rejected: {answer['reason']}") and "sound by" not in out


def test_check_names_the_place(tmp_path, capsys):
    file = written(tmp_path / "lie.json", SignRepresentation.lie())
    assert status(["check", file, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["reason"] == "the weighted sum is 3 where the function is -1"
    assert answer["place"] == "point 3 = (1, 1)"


GOOD = certificate.write(XOR)
UNREADABLE = {
    "empty": (b"", "not JSON"),
    "truncated": (GOOD[:-20].encode(), "not JSON"),
    "binary": (bytes(range(128, 256)), "is not text (byte 0)"),
    "another schema": (GOOD.replace("certificate/1", "certificate/9").encode(), "schema"),
    "another type": (GOOD.replace("dual_witness", "hope").encode(), "certificate type 'hope'"),
    "a key twice": (GOOD.replace('"n": 2', '"n": 2, "n": 3').encode(), "key 'n' stands twice"),
    "an unknown key": (GOOD.replace('"n": 2', '"n": 2, "m": 3').encode(), "unknown fields ['m']"),
    "a float": (GOOD.replace('"n": 2', '"n": 2.0').encode(), "2.0 is not an integer"),
    "a huge integer": (GOOD.replace('"n": 2', '"n": ' + "9" * 5000).encode(), "5000 digits"),
    "a list": (b"[]", "not a JSON object"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
}


@pytest.mark.parametrize("content, message", UNREADABLE.values(), ids=UNREADABLE)
def test_check_refuses_what_is_no_certificate(tmp_path, capsys, content, message):
    file = tmp_path / "c.json"
    file.write_bytes(content)
    assert status(["check", str(file), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err


def test_check_refuses_folders_and_huge_files(tmp_path, capsys):
    assert status(["check", str(tmp_path)]) == 2
    assert "is not a file" in capsys.readouterr().err
    with (tmp_path / "huge.json").open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    assert status(["check", str(tmp_path / "huge.json")]) == 2
    assert "bytes > " in capsys.readouterr().err
    assert status(["check", "/dev/zero"]) == 2


# recognise


def spin(k, i):
    return 1 if k >> i & 1 else -1


def product(k, monomial):
    value = 1
    for i in monomial:
        value *= spin(k, i)
    return value


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("n, table", [(0, 1), (1, 0), (2, 6), (2, 8), (3, 0x96), (3, 0xE8), (3, 0x80)], ids=str)
def test_recognise_answers_with_evidence(capsys, n, table, degree):
    assert status(["recognise", hex(table), "--n", str(n), "--degree", str(degree), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"threshold", "degree", "monomials", "weights", "witness", "seconds", "certificate"}
    signs = [2 * bit - 1 for bit in bits_of(table, n)]
    if answer["threshold"]:
        assert answer["witness"] is None
        for k, sign in enumerate(signs):
            assert sign * sum(w * product(k, m) for m, w in zip(answer["monomials"], answer["weights"], strict=True)) > 0
    else:
        assert answer["weights"] is None and min(answer["witness"].values()) > 0
        assert len(answer["monomials"]) == {0: 1, 1: n + 1, 2: n + 1 + n * (n - 1) // 2}[degree]
        for m in answer["monomials"]:
            assert sum(mu * signs[int(k)] * product(int(k), m) for k, mu in answer["witness"].items()) == 0


def test_recognise_reads_both_notations(capsys):
    answers = []
    for table in ("232", "0xe8", "0XE8"):
        assert status(["recognise", table, "--n", "3"]) == 0
        answers.append(capsys.readouterr().out)
    assert set(answers) == {"a threshold function of degree at most 1: the sign of +1 x0  +1 x1  +1 x2 at +-1 inputs\n"}


def test_recognise_says_why_not(capsys):
    assert status(["recognise", "6", "--n", "2"]) == 0
    assert capsys.readouterr().out == (
        "no threshold function of degree at most 1: multiplicities 1 at point 0 = (0, 0), 1 at point 1 = (1, 0), "
        "1 at point 2 = (0, 1), 1 at point 3 = (1, 1) cancel every monomial\n"
    )
    assert status(["recognise", "6", "--n", "2", "--certificate", "c.json", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_recognise_reads_a_degree_above_n_as_n(capsys):
    assert status(["recognise", "6", "--n", "2", "--degree", "5"]) == 0
    assert capsys.readouterr().out == "a threshold function of degree at most 2: the sign of -1 x0 x1 at +-1 inputs\n"


def test_recognise_writes_a_certificate_that_check_accepts(tmp_path, capsys):
    for table, verb in (("8", "written"), ("6", "replaced")):
        assert status(["recognise", table, "--n", "2", "--certificate", "c.json", "--json"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["certificate"] == "c.json"
        assert err == f"certificate {verb}: c.json\n"
        assert status(["check", "c.json", "--quiet"]) == 0
    assert [f.name for f in tmp_path.iterdir()] == ["c.json"]


# new


def test_new_is_judged_as_it_stands(tmp_path, capsys):
    folder(tmp_path)
    assert status(["new", "my_claim"]) == 0
    out, _ = capsys.readouterr()
    assert out.splitlines()[-1] == "edit it, then run: workbench verify my_claim"
    assert status(["verify", "my_claim", "--json"]) == 1  # it is not in the ledger
    (answer,) = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["reach"], answer["file"]) == ("derived", "for all values", "proofs/drafts/my_claim.py")


def test_what_the_template_suggests_is_judged_too(tmp_path):
    proofs = folder(tmp_path)
    assert status(["new", "my_claim", "--topic", "counting", "--quiet"]) == 0
    file = proofs / "counting" / "my_claim.py"
    text = file.read_text().replace("from workbench import ", "from workbench import Case, Certified, ForEach, ")
    for line in ("statement=ForAll", "Derived(),"):
        text = text.replace(f"    {line}", f"    # {line}")
    for line in ("statement=ForEach", "Certified(8),"):
        text = text.replace(f"    # {line}", f"    {line}")
    file.write_text(text)
    (result,) = verify(proofs=proofs)
    assert (result.error, result.verdict.word, result.verdict.reach) == (None, "certified", "n = 0..9; open beyond")


def test_new_knows_the_catalogue_and_existing_claims(tmp_path, capsys):
    proofs = folder(tmp_path, there=HOLDS)
    (proofs / "catalogue.json").write_text('[{"name": "planned", "section": "A", "says": "Gates add up."}]')
    assert status(["new", "planned", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "Gates add up." in Path(answer["file"]).read_text()
    for name in ("there", "planned"):
        assert status(["new", name]) == 2
        assert "exists already" in capsys.readouterr().err


# cite


def test_cite(tmp_path, capsys):
    twice = "Source('a_book', 'page 7', read=False), Source('a_book', 'page 8', read=True)"
    gone = "Source('gone', 'page 1', read=True),"
    folder(tmp_path, one=stated("one", HOLDS, sources=twice), bare=HOLDS, lost=stated("lost", HOLDS, sources=gone))
    entries = "@book{a_book,\n  title = {A {B}ook},\n}\n\n@software{workbench2026,\n  year = {2026},\n}\n"
    (tmp_path / "references.bib").write_text(entries)
    assert status(["cite", "one"]) == 0
    assert capsys.readouterr().out == "% a_book, page 7 (not read)\n% a_book, page 8\n\n" + entries
    assert status(["cite", "one", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(s["key"], s["read"]) for s in answer["sources"]] == [("a_book", False), ("a_book", True)]
    assert answer["workbench"].startswith("@software{workbench2026,")
    assert status(["cite", "bare"]) == 0
    assert capsys.readouterr().out.startswith("% bare names no source of its own\n\n@software")
    assert status(["cite", "lost"]) == 2
    assert "references.bib has no entry gone" in capsys.readouterr().err
    assert status(["cite", "unknown"]) == 2


# The project's own claims


def test_loading_the_claims_is_quick_and_loads_no_jax():
    code = (
        "import time; t = time.process_time(); from workbench.ledger import find_proofs, load; import sys; "
        "n = len(load(find_proofs())); print(n, time.process_time() - t, 'jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, timeout=120)
    number, seconds, jax = done.stdout.split()
    assert int(number) >= 30
    assert float(seconds) < 3
    assert jax == "False"


def test_count_prints_one_document_and_writes_a_certificate(tmp_path, capsys):
    file = tmp_path / "and.json"
    assert status(["count", "output-gating", "--n", "2", "--json", "--certificate", str(file)]) == 0
    answer = json.loads(capsys.readouterr().out)
    expected = {"family": "output-gating", "n": 2, "degree": 1, "inputs": "01", "outputs": "01", "count": 16, "log2": 4.0}
    assert expected.items() <= answer.items() and answer["classes"] == 6 and answer["certificate"] == str(file)
    assert status(["check", str(file)]) == 0
    file.write_text(file.read_text().replace('"count": 16', '"count": 15'))
    assert status(["check", str(file)]) == 1
    capsys.readouterr()
    assert status(["count", "multiplexing", "--n", "3"]) == 0
    assert capsys.readouterr().out.startswith("256 functions (2^8.0000), 14 classes: multiplexing, H(s(x) + a g(x))")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["sorting", "--n", "3"], "family 'sorting' is not one of"),
        (["threshold", "--n", "-1"], "n = -1 is not an integer from 0 to 64"),
        (["multiplexing", "--n", "3", "--degree", "2"], "multiplexing has no option degree"),
        (["threshold", "--n", "64"], "is out of reach of an exact count"),
        (["k-fold-gating", "--n", "5", "--units", "3", "--certificate", "x.json"], "no certificate"),
        (["partial-output-gating", "--n", "2", "--gate-inputs", "3"], "a gate of 3 inputs among 2"),
        (["attending-layer", "--n", "2", "--units", "3"], "workbench.bounds gives bounds"),
        (["threshold", "--n", "4", "--workers", "0"], "workers 0 is not a number from 1 to 1024"),
        (["multiplexing", "--n", "2", "--workers", "-1"], "workers -1 is not a number from 1 to 1024"),
    ],
    ids=["family", "n", "option", "reach", "certificate", "gate inputs", "no method", "no workers", "fewer workers"],
)
def test_count_refuses_before_any_work(arguments, fault, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status(["count", *arguments]) == 2
    error = capsys.readouterr().err
    assert fault in error and error.count("\n") == 1


@pytest.mark.parametrize("place", ["", "folder", "file/c.json", "/proc/c.json"], ids=["nowhere", "folder", "below a file", "proc"])
@pytest.mark.parametrize("command", [["count", "threshold", "--n", "3"], ["recognise", "6", "--n", "2"]], ids=lambda c: c[0])
def test_where_no_certificate_can_be_written_nothing_is_computed(command, place, capsys, tmp_path, monkeypatch):
    def worked(*_, **__):
        raise AssertionError("the work was done before the file was looked at")

    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("text")
    monkeypatch.setattr("workbench.capacity.counting.count", worked)
    monkeypatch.setattr("workbench.recognition.recognise", worked)
    assert status([*command, "--certificate", place]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and ("is not a regular file" in error or f"{place} cannot be written" in error)
    assert {file.name for file in tmp_path.iterdir()} == {"folder", "file"}


def test_a_store_whose_parts_make_no_count_is_told_in_one_line(tmp_path, capsys):
    from workbench.shards import Store

    Store(tmp_path, "threshold-regions-7").append("3:0/1", [7, "3:0/1"], 10**9)  # whole, and false
    assert status(["count", "threshold", "--n", "7", "--store", str(tmp_path), "--quiet"]) == 1
    error = capsys.readouterr().err
    assert "regions of its own" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--most", "-1"], "most = -1 inputs is not from 0 to 64"),
        (["--most", "0", "--workers", "0"], "workers 0 is not a number"),
        (["--most", "0", "--out", "file"], "file is not a folder"),
    ],
    ids=["no inputs", "no workers", "no folder"],
)
def test_tabulate_refuses_and_writes_nothing(arguments, fault, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("text")
    assert status(["tabulate", "--out", "table", *arguments]) == 2
    error = capsys.readouterr().err
    assert fault in error and error.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_tabulate_keeps_the_rows_that_are_there(tmp_path, capsys):
    folder = tmp_path / "counts"
    assert status(["tabulate", "--out", str(folder), "--most", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["count"] for row in rows if row["n"] == 1 and row["family"] != "shared-gate"} == {4}
    kept = json.loads((folder / "counts.json").read_text())
    kept[0]["seconds"] = 123.0
    (folder / "counts.json").write_text(json.dumps(kept))
    assert status(["tabulate", "--out", str(folder), "--most", "2"]) == 0
    again = json.loads((folder / "counts.json").read_text())
    assert again[0]["seconds"] == 123.0 and len(again) > len(rows)
    assert len((folder / "counts.csv").read_text().splitlines()) == len(again) + 1
    assert "  2, 4, 16\n" in (folder / "sequences.txt").read_text()
    assert all(status(["check", str(folder / row["certificate"]), "--quiet"]) == 0 for row in again if row["certificate"])
    (folder / "counts.json").write_text("[]]")
    assert status(["tabulate", "--out", str(folder)]) == 2


def test_a_figure_is_written_under_its_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert status(["figure", "gates_in_the_plane"]) == 0
    assert capsys.readouterr().out == "gates_in_the_plane.png\n"
    assert (tmp_path / "gates_in_the_plane.png").read_bytes().startswith(b"\x89PNG")


def test_estimate_prints_an_interval_that_holds_the_count(capsys):
    assert status(["estimate", "threshold", "--n", "4", "--samples", "2000", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"log2", "low", "high", "confidence", "method", "seed", "seconds"} <= answer.keys()
    assert answer["low"] < 10.8781 < answer["high"] and answer["seed"] == 0
    for arguments in (["multiplexing", "--n", "3"], ["threshold", "--n", "50"], ["output-gating", "--n", "9"]):
        assert status(["estimate", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert status(["estimate", "output-gating", "--n", "3", "--degree", "2"]) == 2
    assert "output-gating of degree 2 is not estimated" in capsys.readouterr().err
    assert status(["estimate", "threshold", "--n", "3", "--samples", "64", "--confidence", "0.999999999"]) == 0
    assert "99.9999999 % within" in capsys.readouterr().out


def test_figures_are_written_to_files(tmp_path, capsys):
    from workbench.figures import FIGURES

    assert status(["figures", "--out", str(tmp_path / "all"), "--format", "svg"]) == 0
    assert {file.stem for file in (tmp_path / "all").glob("*.svg")} == set(FIGURES)
    assert status(["figure", "capacity", "--out", str(tmp_path / "c.pdf"), "--quiet"]) == 0
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    capsys.readouterr()
    assert status(["figure"]) == 0
    assert capsys.readouterr().out.split() == list(FIGURES)
    for arguments in (["figure", "nope"], ["figure", "--out", "x.png"], ["figure", "capacity", "--out", str(tmp_path / "c.xyz")]):
        assert status(arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert status(["figures", "--out", str(tmp_path / "c.pdf")]) == 2
