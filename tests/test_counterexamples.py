"""The failing cases of refuted claims: files that stand alone as arithmetic, and that are the claim's own."""

import json
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
import sympy
from claim_files import HOLDS, REFUTED, folder, stated

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


# Alone: the arithmetic


def case(got, relation, want, at=()):
    found = FailingCase.of_case("some_claim", "A sentence.", {"n": 1}, Case("a case", got, want, relation))
    return replace(found, at=found.at or at)


X, Y, ONE = formula.symbol("x"), formula.symbol("y"), sympy.Integer(1)
e = sympy.exp(1)
ROOT = sympy.CRootOf(4 * X**4 + 6 * X**3 + 3 * X**2 + X - 1, 1)
TRUE_OF = {
    "equal integers": (case(3, "!=", 3), case(3, "==", 3)),
    "fractions": (case(Fraction(1, 3), ">=", Fraction(1, 2)), case(Fraction(1, 3), "<", Fraction(1, 2))),
    "roots": (case(sympy.sqrt(2) + sympy.sqrt(3), "==", sympy.sqrt(10)), case(sympy.sqrt(2) * sympy.sqrt(3), "==", sympy.sqrt(6))),
    "the number e": (case(e, "<", sympy.Rational(271828, 10**5)), case(e, ">", sympy.Rational(271828, 10**5))),
    "an arc tangent": (case(sympy.atan(2), "<=", 1), case(sympy.atan(2), ">=", 1)),
    "a root of a quartic": (case(0, "==", ROOT), case(0, "!=", ROOT)),
    "truth values": (case(True, "==", False), case(True, "!=", False)),
    "words": (case("and", "==", "or"), case("and", "!=", "or")),
    "tuples": (case((1, 2), "==", [1, 3]), case((1, Fraction(4, 2)), "==", [1, 2])),
    "tuples of two lengths": (case((1,), "==", (1, 1)), case((1,), "!=", (1, 1))),
    "empty tuples": (case((), "!=", ()), case((), "==", ())),
    "formulas in a tuple": (case((X * Y,), "==", (0,)), case(((X + Y) ** 2,), "==", (X**2 + 2 * X * Y + Y**2,))),
    "sets": (case({1, 5}, "subset", {1, 2, 4}), case({1, 2}, "subset", {1, 2, 4})),
    "the empty set": (case({0}, "subset", set()), case(set(), "subset", set())),
    "large sets": (case(set(range(0, 9999, 7)), "==", set(range(0, 9990, 7))), case(set(range(0, 99, 7)), "==", range(0, 99, 7))),
    "a member": (case(3, "in", {1, 2}), case(3, "in", {1, 3})),
    "no member": (case(3, "not in", range(5)), case(3, "not in", range(3))),
    "a member of a tuple": (case(sympy.sqrt(8), "not in", (1, 2 * sympy.sqrt(2))), case(sympy.sqrt(8), "in", (1, sympy.sqrt(8)))),
    "a pair in a set": (case((1, 2), "in", {(2, 1)}), case((1, 2), "in", {(1, 2)})),
}


@pytest.mark.parametrize("false, true", TRUE_OF.values(), ids=TRUE_OF)
def test_a_failing_case_is_accepted_and_its_contrary_rejected(false, true):
    assert certificate.read(certificate.write(false)) == false
    false.check()
    with pytest.raises(Rejected, match="holds, at a case"):
        certificate.read(certificate.write(true)).check()


UNDECIDED = (e + 1) * (e - 1) - sympy.exp(2) + 1  # 0, which no interval shows
LIES = {
    "a value missing": (case((X,), "==", (0,)), {"at": ()}, "no value is given for ['x'], at a case"),
    "numbers against truth values": (case(0, "==", 1), {"left": True}, "not decided: True and 1 are of different kinds"),
    "an order of tuples": (case((1,), "==", (2,)), {"relation": "<"}, "not decided: < does not compare"),
    "a member of a number": (case(1, "==", 2), {"relation": "in"}, "not decided: in does not compare"),
    "no sign": (case(1, "==", 2), {"left": sympy.zoo}, "not decided: the sign of zoo"),
    "no sign of what is 0": (case(1, "==", 2), {"left": UNDECIDED, "right": sympy.Integer(0)}, "not decided: the sign of"),
    "no sign of what is beyond all powers": (
        case(1, "==", 2),
        {"left": sympy.exp(sympy.exp(sympy.exp(100)))},
        "not decided: exponent exp(100) > 1000000",
    ),
    "an exponent of many digits": (case(1, "==", 2), {"left": sympy.exp(-(10**3000))}, "not decided: exponent -1000"),
    "an exponent of many digits, by its symbol": (
        case((sympy.exp(X),), "==", (0,)),
        {"at": (("x", sympy.Integer(10**3000)),)},
        "not decided: exponent 1000",
    ),
    "a power of many digits, by its symbol": (
        case((2**X,), "==", (0,)),
        {"at": (("x", sympy.Integer(10**9)),)},
        "over 4000 digits",
    ),
    "a denominator that vanishes": (case((1 / X,), "==", (0,)), {"at": (("x", sympy.Integer(0)),)}, "has no real value"),
    "a missing one on neither side": (case({1, 5}, "subset", {1}), {"missing": sympy.Integer(6)}, "6 is not on the left"),
    "a missing one on both sides": (case({1, 5}, "subset", {1}), {"missing": ONE}, "1 is on the right"),
}


@pytest.mark.parametrize("found, change, phrase", LIES.values(), ids=LIES)
def test_what_is_not_decided_is_rejected(found, change, phrase):
    found.check()
    with pytest.raises(Rejected) as rejected:
        replace(found, **change).check()
    assert phrase in str(rejected.value)


SMALL = json.loads(certificate.write(case({1, 5}, "subset", {1})))
UNREADABLE = {
    "a relation": ({"relation": "~"}, "relation '~' is not one of"),
    "a float": ({"left": 1.5}, "1.5 is not an integer"),
    "a number that is no text": ({"left": 1}, "field 'left' is of type int"),
    "two indices": ({"instance": {"n": 1, "m": 2}}, "is not one index"),
    "a truth value for an index": ({"instance": {"n": True}}, "is not one index"),
    "two lines": ({"says": "a\nb"}, "says is not one line"),
    "a signal to the terminal": ({"case": "\x1b[2J"}, "case is not one line"),
    "a long sentence": ({"says": "a" * 4001}, "says is not one line of at most 4000"),
    "no claim": ({"claim": "A claim"}, "is not lower-case words"),
    "a range backwards": ({"left": {"set": "0..2, x"}}, "'x' is neither an integer nor a range"),
    "a huge range": ({"left": {"set": "0..99999999999"}}, "a set of over 1048576 members"),
    "a set with a root": ({"left": {"set": [{"pow": ["2", "1/2"]}]}}, "a number that is not rational"),
    "a set with a symbol": ({"left": {"set": [{"symbol": "x"}]}}, "a number that is not rational"),
    "a packed set of another size": (
        {"left": {"set": {"size": 2, "bytes": 1, "bits": 8, "zlib": "eJxjBAAAAgAC"}}},
        "said to have 2",
    ),
    "a packed set that is damaged": ({"left": {"set": {"size": 2, "bytes": 1, "bits": 8, "zlib": "eJxj"}}}, "exactly 1 words"),
    "a packed set of a gigabyte": (
        {"left": {"set": {"size": 2, "bytes": 1 << 30, "bits": 8, "zlib": ""}}},
        "is not from 1 to 131072",
    ),
    "a deep tuple": ({"left": json.loads("[" * 30 + "]" * 30)}, "nested over 20 deep"),
    "a truth value in words": ({"left": {"truth": "true"}}, "'truth'"),
    "a missing one left out": ({"missing": None}, "field 'missing' is of type NoneType"),
    "a missing one of an equation": ({"relation": "=="}, "unknown fields ['missing']"),
    "another key": ({"more": "1"}, "unknown fields ['more']"),
}


@pytest.mark.parametrize("change, phrase", UNREADABLE.values(), ids=UNREADABLE)
def test_reading_is_strict(change, phrase):
    assert certificate.read(json.dumps(SMALL)).missing == 5
    with pytest.raises(BadInput) as refused:
        certificate.read(json.dumps(SMALL | change))
    assert phrase in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("value", [0.5, None, {1: 2}, {0.5}, (1, 2.0), sympy.Float(1), object()], ids=lambda v: str(v)[:20])
def test_other_values_are_not_written(value):
    with pytest.raises(BadInput, match="is not written to files"):
        write_value(value)


# Held against the claim


def test_the_sides_of_an_identity_are_formulas_or_else_their_values():
    i, n, f = sympy.Symbol("i", integer=True), sympy.Symbol("n", integer=True, positive=True), sympy.Function("f")
    p = sympy.Symbol("p", positive=True)
    for identity, symbols in ((Identity.of(sympy.Abs(X), Y, given={Y: -X * p}), {"x", "p"}), (Identity.of(f(X), X), set())):
        found = FailingCase.of_difference("some_claim", "A sentence.", identity, identity.counterexample())
        found.check()
        assert {s for s, _ in found.at} == symbols and (found.left.free_symbols == set()) == (not symbols)
    total = Identity.of(sympy.Sum(i, (i, 1, n)), n**2)
    assert FailingCase.of_difference("some_claim", "A sentence.", total, total.counterexample()).at == ()


TWICE = 'ForEach.of("twice", lambda n: [Case("a", 1, 1), Case("a", n, 1), Case("a", n, 2), Case("b", 1, 1)], first=1)'
COUNTED = TWICE, "Counterexample(2), CONTROL"


@pytest.fixture
def counted(tmp_path):
    proofs = folder(tmp_path, twice=stated("twice", COUNTED), holds=HOLDS, wrong=stated("wrong", REFUTED))
    return proofs, load(proofs)


def test_the_case_of_a_label_that_fails_is_found_among_its_namesakes(counted):
    _, entries = counted
    found = counterexamples.failing_case(entries["twice"])
    assert (found.instance, found.label, found.left, found.right) == ((("n", 2),), "a", 2, 1)
    counterexamples.confirm(found, entries["twice"])
    other = FailingCase.of_case("twice", found.says, {"n": 1}, Case("a", 1, 2))
    counterexamples.confirm(other, entries["twice"])  # another instance up to the last that is looked at, and another case


ALTERED = {
    "another claim": ({"claim": "holds"}, "is about holds"),
    "another sentence": ({"says": "Another claim."}, "the claim twice says: A claim."),
    "another label": ({"label": "c"}, "the claim has no such case at n = 2"),
    "a label of a case that holds": ({"label": "b"}, "the case holds in the claim"),
    "another number": ({"left": sympy.Integer(3)}, "left is not what it is in the claim, 2 == 1"),
    "another relation": ({"relation": "<="}, "relation is not what it is"),
    "another index": ({"instance": (("m", 2),)}, "is no instance"),
    "no index": ({"instance": ()}, "is no instance"),
    "an instance before the first": ({"instance": (("n", 0),)}, "is no instance"),
    "an instance that nothing looked at": ({"instance": (("n", 3),)}, "is no instance"),
}


@pytest.mark.parametrize("change, phrase", ALTERED.values(), ids=ALTERED)
def test_what_the_claim_has_otherwise_is_rejected(counted, change, phrase):
    entry = counted[1]["twice"]
    with pytest.raises(Rejected) as rejected:
        counterexamples.confirm(replace(counterexamples.failing_case(entry), **change), entry)
    assert phrase in str(rejected.value)


def test_a_claim_that_holds_or_crashes_has_no_counterexample(tmp_path, counted):
    crashes = 'ForEach.of("n", lambda n: [Case("n", 6 // (2 - n), 6)], first=1)', "Counterexample(2), CONTROL"
    entries = counted[1] | load(folder(tmp_path / "other", crashes=stated("crashes", crashes)))
    found = counterexamples.failing_case(entries["twice"])
    with pytest.raises(Rejected, match="the claim's cases at n = 2 cannot be run"):
        counterexamples.confirm(replace(found, claim="crashes"), entries["crashes"])
    with pytest.raises(Rejected, match="the claim has no such case at n = 2"):
        counterexamples.confirm(replace(found, claim="holds"), entries["holds"])
    with pytest.raises(Unsound, match="holds: no case fails"):
        counterexamples.failing_case(entries["holds"])


# Written with the ledger, and checked by the command


def test_the_ledger_writes_and_removes_the_files(counted):
    proofs, _ = counted
    before = verify(proofs=proofs)
    assert [r.counterexample for r in before] == [None] * 3
    stale = proofs / "counterexamples" / "holds.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    ledgerfile.update(before, proofs=proofs)
    assert sorted(f.name for f in stale.parent.iterdir()) == ["twice.json", "wrong.json"]
    first = (stale.parent / "twice.json").read_bytes()
    after = verify(proofs=proofs)
    assert all(r.verdict.cached for r in after)
    shown = {r.claim.name: r.as_json()["counterexample"] for r in after}
    assert shown == {"holds": None} | {name: f"proofs/counterexamples/{name}.json" for name in ("twice", "wrong")}
    ledgerfile.update(after, proofs=proofs)
    assert (stale.parent / "twice.json").read_bytes() == first
    assert "([file](counterexamples/twice.json))" in (proofs / "LEDGER.md").read_text()


def test_a_counterexample_that_cannot_be_written_is_told_and_has_no_file(tmp_path):
    odd = 'ForEach.of("odd", lambda n: [Case("n", {n: 1}, {n: 2})], first=1)', "Counterexample(1), CONTROL"
    proofs = folder(tmp_path, odd=stated("odd", odd))
    told = []
    ledgerfile.update(verify(proofs=proofs), proofs=proofs, warn=told.append)
    assert len(told) == 1 and told[0].startswith("odd: no counterexample file: a dict is not written to files")
    assert not (proofs / "counterexamples").exists() and "[file]" not in (proofs / "LEDGER.md").read_text()


def test_a_claim_that_intervals_refute_has_a_file(tmp_path):
    powers = 'ForEach.of("e^n < 3", lambda n: [Case("n", sympy.exp(n), 3, "<")], first=1)'
    text = "from workbench import Enclosed, enclosed_sign\n" + stated("e", (powers, "Enclosed(2, enclosed_sign, 'balls'), CONTROL"))
    proofs = folder(tmp_path, e=text)
    ledgerfile.update(verify(proofs=proofs), proofs=proofs)
    found = certificate.read((proofs / "counterexamples" / "e.json").read_text())
    assert (found.instance, found.left, found.right) == ((("n", 2),), sympy.exp(2), 3)
    found.check()
    counterexamples.confirm(found, load(proofs)["e"])


@pytest.fixture
def filed(counted, tmp_path, monkeypatch):
    proofs, _ = counted
    ledgerfile.update(verify(proofs=proofs), proofs=proofs)
    monkeypatch.chdir(tmp_path)
    return proofs / "counterexamples"


def answers(capsys):
    return json.loads(capsys.readouterr().out)


def test_check_says_how_far_it_went(filed, tmp_path, monkeypatch, capsys):
    file = str(filed / "twice.json")
    assert status(["check", file]) == 0
    out = capsys.readouterr().out
    assert out.startswith("accepted\nfailing_case about claim = twice\n  says = A claim.\n  case = a\n  false = 2 == 1\n")
    assert "checked: the arithmetic, and that this case of the claim in proofs/topic/twice.py fails so" in out
    assert status(["check", file, "--alone", "--json"]) == 0
    answer = answers(capsys)
    assert (answer["reach"], answer["claim_file"]) == ("the arithmetic alone", None)
    (tmp_path / "empty" / "proofs").mkdir(parents=True)
    for arguments in (["--proofs", str(tmp_path / "empty" / "proofs")], []):
        if not arguments:
            monkeypatch.chdir("/")
        assert status(["check", file, "--json", *arguments]) == 0
        assert answers(capsys)["reach"] == "the arithmetic alone: no proofs/ here states the claim"


def test_check_takes_many_files(filed, capsys):
    files = sorted(map(str, filed.iterdir()))
    assert status(["check", *files]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 of 2 certificates accepted"
    text = Path(files[0]).read_text()
    Path(files[0]).write_text(text.replace('"left": "2"', '"left": "3"'))
    assert status(["check", *files, "--json"]) == 1
    both = answers(capsys)
    assert [a["accepted"] for a in both] == [False, True] and [a["file"] for a in both] == files
    assert both[0]["reason"] == "left is not what it is in the claim, 2 == 1" and both[0]["place"] == "a"
    assert status(["check", *files, "--alone", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    Path(files[0]).write_text("{}")
    assert status(["check", *files]) == 2
    assert f"{files[0]}: " in capsys.readouterr().err


def test_what_a_claim_prints_is_no_part_of_the_answer(filed, capsys):
    file = filed.parent / "topic" / "twice.py"
    file.write_text("print('a claim that prints')\n" + file.read_text())
    (filed.parent / "topic" / "broken.py").write_text("x = = 1\n")
    assert status(["check", str(filed / "twice.json"), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["accepted"] and "a claim that prints" in err and "left out: proofs/topic/broken.py" in err


def test_verify_and_its_report_name_the_file(filed, tmp_path, capsys):
    from workbench.report.sections import section

    assert status(["verify", "twice"]) == 0
    assert "\nworkbench check proofs/counterexamples/twice.json\n" in capsys.readouterr().out
    (result,) = verify(["twice"], proofs=filed.parent)
    shown = section(result, {"twice"}, root=tmp_path, directory=tmp_path / "out")
    assert "href='../proofs/counterexamples/twice.json'" in shown and "&quot;failing_case&quot;" in shown
    assert "failing_case" not in section(replace(result, counterexample=None), {"twice"}, root=tmp_path, directory=tmp_path)
