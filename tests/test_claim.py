"""Evidence and verdicts: every kind on a true and on a false statement, and every way in which judging must stop."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sympy
from sympy import Abs, Heaviside, Max, Symbol

from workbench.bound import Bound
from workbench.certificate import CounterexampleCertificate, DualWitness
from workbench.claim import WORDS, Claim, Entry, Verdict, evidence_rejects_lies, in_order, judge, judge_all
from workbench.errors import BadInput, Disagreement, Rejected, Unsound
from workbench.evidence import Certified, Cited, Control, Counterexample, Derived, Enclosed, Hand, Measured, Outcome, Source
from workbench.identity import Identity
from workbench.statement import Case, ForAll, ForEach, Prose

z = Symbol("z", real=True)
n = Symbol("n", integer=True)
RELU = ForAll.of(Identity.of(Max(0, z), z * Heaviside(z, 0)))
WRONG = ForAll.of(Identity.of(Max(0, z), -z * Heaviside(z, 0)))
SQUARES = ForEach.of("n^2 \\ge n", lambda m: [Case(f"n = {m}", m * m, m, ">=")], first=0)
SMALL = ForEach.of("n < 4", lambda m: [Case(f"n = {m}", m, 4, "<")], first=0)
FINITE = ForEach.of("n < 4", lambda m: [Case(f"n = {m}", m, 4, "<")], first=1, last=3)
ONCE = ForEach.once("1 + 1 = 2", lambda: [Case("sum", 1 + 1, 2)])
CONTROL = Control("greater", ForEach.of("n > n", lambda m: [Case(f"n = {m}", m, m, ">")], first=0))
STEP = Bound.of(n, n**2, where={n: 1})
LINK = Hand("the bound at n is the statement at n")
READ = Source("a2020book", "theorem 1", read=True)


def run(value, dtype="float64", **others):
    return lambda: SimpleNamespace(values={"slope": value}, seed=1, dtype=dtype, device="cpu", versions={"jax": "0"}, **others)


def measured(value, low=0, high=1, *, control=5.0, because="the rate is 1/2"):
    return Measured("slope", run(value), low, high, because, run(control))


def claim(statement, *uses):
    return Claim("a_claim", "A claim.", statement, sources=(READ,), uses=uses)


VERDICTS = {
    "an identity": (RELU, [Derived(), CONTROL], "derived", "for all values", ()),
    "a run for which float32 is enough": (
        SMALL,
        [Measured("slope", run(0.5, "float32"), 0, 1, "why", run(2.0, "float32"), needs="float32")],
        "supported",
        "the recorded runs",
        (),
    ),
    "a false identity": (WRONG, [Derived(), CONTROL], "refuted", "false at z = ", ()),
    "an identity beyond the rules": (
        ForAll.of(Identity.of(Abs(z**3) * Max(z, 1), Max(z, 1) * Max(z**3, -(z**3)) + 0 * z)),
        [CONTROL],
        "open",
        "not decided",
        (),
    ),
    "a theorem with a hand step": (SQUARES, [Derived.of(STEP, LINK), Certified(3), CONTROL], "derived", "all n >= 0", (LINK.text,)),
    "a theorem about finitely many": (FINITE, [Derived.of(STEP, LINK), CONTROL], "derived", "n = 1..3", (LINK.text,)),
    "a theorem, also cited": (SQUARES, [Derived.of(STEP, LINK), Cited(READ), CONTROL], "derived", "all n >= 0", (LINK.text,)),
    "a theorem of one case": (ONCE, [Derived.of(STEP, LINK), CONTROL], "derived", "the whole statement", (LINK.text,)),
    "a theorem without instances": (SQUARES, [Derived.of(STEP, LINK), CONTROL], "derived", "all n >= 0", (LINK.text,)),
    "a derivation that fails": (SQUARES, [Derived.of(Bound.of(n**2, n, where={n: 0}), LINK), CONTROL], "open", "not decided: ", ()),
    "hand steps alone": (SQUARES, [Derived.of(LINK), CONTROL], "open", "not decided", (LINK.text,)),
    "hand steps and instances": (SQUARES, [Derived.of(LINK), Certified(2), CONTROL], "certified", "n = 0..3; open beyond", ()),
    "instances": (SQUARES, [Certified(2), CONTROL], "certified", "n = 0..3; open beyond", ()),
    "one instance, costly beyond": (
        ForEach.of("", SQUARES.cases, first=0, costly_from=1),
        [Certified(0), CONTROL],
        "certified",
        "n = 0; open beyond",
        (),
    ),
    "one beyond, before the costly ones": (
        ForEach.of("", SQUARES.cases, first=0, costly_from=5),
        [Certified(2), CONTROL],
        "certified",
        "n = 0..3; open beyond",
        (),
    ),
    "instances beside alone": (SQUARES, [Certified(2, of=FINITE), CONTROL], "open", "not decided", ()),
    "all instances": (FINITE, [Certified(3), CONTROL], "certified", "n = 1..3, all there are", ()),
    "all instances but the last": (FINITE, [Certified(2), CONTROL], "certified", "n = 1..3, all there are", ()),
    "some of finitely many": (
        ForEach.of("", SQUARES.cases, first=1, last=9),
        [Certified(2), CONTROL],
        "certified",
        "n = 1..3; open beyond",
        (),
    ),
    "two failures, the first named": (SMALL, [Counterexample(at=7), Certified(6), CONTROL], "refuted", "false at n = 7", ()),
    "the last instance fails, one beyond the range": (
        ForEach.of("", SMALL.cases, first=1, last=4),
        [Certified(3), CONTROL],
        "refuted",
        "n = 4",
        (),
    ),
    "one case": (ONCE, [Certified(0), CONTROL], "certified", "the whole statement", ()),
    "an instance fails": (SMALL, [Certified(6), CONTROL], "refuted", "false at n = 4: 4 < 4 is false", ()),
    "one beyond the range fails": (SMALL, [Certified(3), CONTROL], "refuted", "(one beyond the author's range)", ()),
    "a counterexample": (SMALL, [Counterexample(at=7), CONTROL], "refuted", "false at n = 7: 7 < 4 is false", ()),
    "a counterexample at the first n": (
        ForEach.of("", SMALL.cases, first=4),
        [Counterexample(at=4), CONTROL],
        "refuted",
        "n = 4",
        (),
    ),
    "a counterexample at the last n": (
        ForEach.of("", SMALL.cases, first=1, last=4),
        [Counterexample(at=4), CONTROL],
        "refuted",
        "n = 4",
        (),
    ),
    "a counterexample by values": (WRONG, [Counterexample(), CONTROL], "refuted", "false at z = ", ()),
    "false at values, and false beside": (WRONG, [Derived(), Certified(5, of=SMALL), CONTROL], "refuted", "false at z = ", ()),
    "a run in its band": (SMALL, [measured(0.5)], "supported", "the recorded runs", ()),
    "a run in a band of one value": (SMALL, [measured(1.0, 1, 1)], "supported", "the recorded runs", ()),
    "a run outside": (SMALL, [measured(2.0)], "open", "a run fell outside its band", ()),
    "a run that is not a number": (SMALL, [measured(float("nan"))], "open", "a run fell outside its band", ()),
    "instances beside a failing run": (SQUARES, [Certified(1), measured(2.0), CONTROL], "open", "a run fell outside its band", ()),
    "cited": (Prose("x"), [Cited(READ)], "cited", "as the source states it", ("a2020book, theorem 1",)),
    "cited unread": (Prose("x"), [Cited(Source("b", "p. 1", read=False))], "open", "not decided", ()),
    "cited and refuted": (SMALL, [Cited(READ), Counterexample(at=4), CONTROL], "refuted", "n = 4", ()),
    "nothing": (SMALL, [], "open", "not decided", ()),
    "nothing, of a false identity": (WRONG, [], "open", "not decided", ()),
}


@pytest.mark.parametrize("statement, evidence, word, reach, trusts", VERDICTS.values(), ids=VERDICTS)
def test_verdicts_are_computed(statement, evidence, word, reach, trusts):
    verdict = judge(claim(statement), evidence)
    assert verdict.word == word and reach in verdict.reach and word in WORDS
    assert verdict.trusts == trusts
    assert verdict.hand_steps == (len(trusts) if word == "derived" else 0)


STOPS = {
    "no control": (RELU, [Derived()], "no control"),
    "control accepted": (
        RELU,
        [Derived(), Control("the other tie", Identity.of(Max(0, z), z * Heaviside(z, 1)))],
        "'the other tie' was accepted",
    ),
    "control accepted, statement": (
        RELU,
        [Derived(), Control("all", ForAll.of(Identity.of(z**2 - 1, (z - 1) * (z + 1))))],
        "was accepted",
    ),
    "control says nothing": (RELU, [Derived(), Control("empty", Identity.of(z, z))], "'empty' is not shown to be false"),
    "control is the statement": (RELU, [Derived(), Control("same", RELU)], "is the statement itself"),
    "control equals the statement": (
        RELU,
        [Derived(), Control("same", ForAll.of(Identity.of(Max(0, z), z * Heaviside(z, 0))))],
        "is the statement itself",
    ),
    "control holds": (SQUARES, [Certified(2), Control("up", SMALL, upto=3)], "'up' was accepted"),
    "certificate control accepted": (
        SQUARES,
        [Certified(2), Control("xor", DualWitness(2, 6, 1, tuple((k, 1) for k in range(4))))],
        "'xor' was accepted",
    ),
    "no link": (SQUARES, [Derived.of(STEP), CONTROL], "the step from these identities to the statement is missing"),
    "no steps": (SQUARES, [Derived(), CONTROL], "the step from these identities to the statement is missing"),
    "control run without a value": (SMALL, [measured(0.5, control=float("nan"))], "no finite value"),
    "words": (Prose("x"), [Derived.of(STEP, LINK), CONTROL], "in words cannot be derived"),
    "bound control undecided": (
        RELU,
        [Derived(), Control("n^2 <= 2^n", Bound.of(n**2, 2**n, where={n: 4}))],
        "is not shown to be false",
    ),
    "words refuted": (Prose("x"), [Counterexample(), CONTROL], "in words has no counterexample"),
    "no cases": (RELU, [Certified(2), CONTROL], "needs cases"),
    "empty range": (FINITE, [Certified(0), CONTROL], "range 1..0 is empty"),
    "range too long": (FINITE, [Certified(4), CONTROL], "beyond the statement's last n = 3"),
    "empty hypothesis": (ForEach.of("", lambda m: [], first=0), [Certified(1), CONTROL], "no object satisfies the hypotheses"),
    "counterexample holds": (SMALL, [Counterexample(at=1), CONTROL], "holds at 1"),
    "counterexample by values holds": (RELU, [Counterexample(), CONTROL], "holds at the values tried"),
    "counterexample outside": (FINITE, [Counterexample(at=9), CONTROL], "outside the statement's range"),
    "counterexample before the range": (
        ForEach.of("", lambda m: [Case("", m, 5, ">")], first=6),
        [Counterexample(at=3), CONTROL],
        "outside the statement's range",
    ),
    "counterexample nowhere": (SMALL, [Counterexample(), CONTROL], "outside the statement's range"),
    "counterexample to another claim": (
        SMALL,
        [Counterexample(4, CounterexampleCertificate("b", sympy.Integer(4), "<", sympy.Integer(4))), CONTROL],
        "is about b",
    ),
    "counterexample file lies": (
        SMALL,
        [Counterexample(4, CounterexampleCertificate("a_claim", sympy.Integer(3), "<", sympy.Integer(4))), CONTROL],
        "holds there",
    ),
    "beside fails": (RELU, [Certified(5, of=SMALL), CONTROL], "cases beside the statement fail"),
    "band admits control": (SMALL, [measured(0.5, control=1.0)], "admits its control"),
    "band of floats": (SMALL, [measured(0.5, 0.0, 1.0)], "not two exact numbers"),
    "band with one float": (SMALL, [measured(0.5, 0, 1.0)], "not two exact numbers"),
    "band reversed": (SMALL, [measured(0.5, 1, 0)], "low <= high"),
    "band without reason": (SMALL, [measured(0.5, because=" ")], "with a reason"),
    "not observed": (SMALL, [Measured("drift", run(1.0), 0, 1, "why", run(2.0))], "did not observe 'drift'"),
    "in float32": (SMALL, [Measured("slope", run(0.5, "float32"), 0, 1, "why", run(2.0))], "which needs float64: 24 bits"),
    "control in float32": (SMALL, [Measured("slope", run(0.5), 0, 1, "why", run(2.0, "float32"))], "a float32 run of slope"),
    "bad case": (ForEach.of("", lambda m: [Case("", 0.5, 1, "<=")], first=0), [Certified(1), CONTROL], "is not exact"),
    "derivation against instances": (SMALL, [Derived.of(STEP, LINK), Certified(5), CONTROL], "evidence disagrees"),
    "derivation against a run": (RELU, [Derived(), measured(2.0), CONTROL], "evidence disagrees"),
    "derivation against the probe": (
        ForEach.of("", lambda m: [Case(f"n = {m}", m, 0)], first=0),
        [Derived.of(STEP, LINK), CONTROL],
        "evidence disagrees",
    ),
}


@pytest.mark.parametrize("statement, evidence, phrase", STOPS.values(), ids=STOPS)
def test_judging_stops(statement, evidence, phrase):
    with pytest.raises(Unsound) as raised:
        judge(claim(statement), evidence)
    assert phrase in str(raised.value) and str(raised.value).startswith("a_claim: ")


def test_a_disagreement_carries_what_the_failure_alone_earns():
    with pytest.raises(Disagreement) as raised:
        judge(claim(SMALL), [Derived.of(STEP, LINK), Certified(5), CONTROL])
    assert raised.value.verdict.word == "refuted" and "4 < 4" in raised.value.verdict.reach


def known(word, *trusts):
    return {"lemma": Verdict("lemma", word, f"reach of {word}", trusts)}


@pytest.mark.parametrize(
    "word, ours, reach, trusts",
    [
        ("derived", "derived", "for all values", ("t",)),
        ("cited", "derived", "for all values", ("t", "lemma (cited)")),
        ("certified", "certified", "as far as lemma: reach of certified", ("t",)),
        ("supported", "supported", "as far as lemma", ("t",)),
        ("open", "open", "uses lemma, which is open", ("t",)),
        ("refuted", "open", "uses lemma, which is refuted", ("t",)),
    ],
)
def test_a_verdict_is_no_stronger_than_what_it_uses(word, ours, reach, trusts):
    verdict = judge(claim(RELU, "lemma"), [Derived(), CONTROL], known=known(word, "t"))
    assert verdict.word == ours and verdict.reach.startswith(reach) and verdict.trusts == trusts


OWN = {
    "derived": (SQUARES, [Derived.of(STEP, LINK), CONTROL], "all n >= 0"),
    "cited": (SQUARES, [Cited(READ)], "as the source states it"),
    "certified": (SQUARES, [Certified(2), CONTROL], "n = 0..3; open beyond"),
    "supported": (SQUARES, [measured(0.5)], "the recorded runs"),
    "open": (SQUARES, [], "not decided"),
    "refuted": (SMALL, [Counterexample(at=4), CONTROL], "false at n = 4: 4 < 4 is false"),
}
CAPPED = {
    "derived": ("derived", "derived", "certified", "supported", "open", "open"),
    "cited": ("cited", "cited", "certified", "supported", "open", "open"),
    "certified": ("certified", "certified", "certified", "supported", "open", "open"),
    "supported": ("supported", "supported", "supported", "supported", "open", "open"),
    "open": ("open",) * 6,
    "refuted": ("refuted",) * 6,
}


@pytest.mark.parametrize(
    "own, used, word", [(own, used, w) for own, row in CAPPED.items() for used, w in zip(CAPPED, row, strict=True)]
)
def test_the_weaker_of_own_and_used_evidence_decides(own, used, word):
    statement, evidence, reach = OWN[own]
    verdict = judge(claim(statement, "lemma"), evidence, known=known(used))
    if word != own:
        reach = f"uses lemma, which is {used}" if word == "open" else f"as far as lemma: reach of {used}"
    assert (verdict.word, verdict.reach) == (word, reach)


@pytest.mark.parametrize(
    "reaches, added",
    [
        ({"a": "n = 0..2; open beyond"}, "; as far as a: n = 0..2; open beyond"),
        ({"a": "n = 0..9, all there are"}, ""),
        ({"a": "n = 0..9, all there are", "b": "n = 1; open beyond"}, "; as far as b: n = 1; open beyond"),
    ],
    ids=("partial", "whole", "both"),
)
def test_a_range_that_ends_is_handed_on(reaches, added):
    lemmas = {name: Verdict(name, "certified", reach) for name, reach in reaches.items()}
    lemmas["c"] = Verdict("c", "derived", "all n >= 0; open beyond")  # a derivation ends nowhere, whatever its reach says
    verdict = judge(claim(SQUARES, *lemmas), [Certified(2), CONTROL], known=lemmas)
    assert (verdict.word, verdict.reach) == ("certified", "n = 0..3; open beyond" + added)


def test_the_weakest_of_several_lemmas_decides():
    lemmas = {name: Verdict(name, word, "r") for name, word in (("a", "certified"), ("b", "supported"), ("c", "derived"))}
    verdict = judge(claim(RELU, "a", "b", "c"), [Derived(), CONTROL], known=lemmas)
    assert (verdict.word, verdict.reach) == ("supported", "as far as b: r")


def test_a_derivation_is_held_against_the_first_two_instances_and_one_more():
    seen = []

    def cases(m):
        seen.append(m)
        return [Case(f"n = {m}", m, 10**6, "<")]

    for last, evidence, expected in (
        (None, [], [1, 2, 3]),
        (5, [], [1, 2, 3]),
        (2, [], [1, 2]),
        (1, [], [1]),
        (None, [Certified(1)], [1, 2]),
        (None, [Certified(1, of=SQUARES)], [1, 2, 3]),
    ):
        seen.clear()
        judge(claim(ForEach.of("", cases, first=1, last=last)), [Derived.of(STEP, LINK), *evidence, CONTROL])
        assert seen == expected


def test_verdicts_are_compared_without_their_times():
    made = [judge(claim(SQUARES), [Certified(2), measured(0.5), CONTROL]) for _ in range(2)]
    assert made[0] == made[1] == replace(made[0], cached=True, seconds=99)
    assert 0 < made[0].seconds < 600 and not made[0].cached and all(0 < o.seconds < 600 for o in made[0].outcomes)
    assert made[0].outcomes[0] == replace(made[0].outcomes[0], data={"seed": 2}, seconds=99)


def test_a_counterexample_needs_no_lemma():
    verdict = judge(claim(SMALL, "lemma"), [Counterexample(at=4), CONTROL], known=known("open", "t"))
    assert verdict.word == "refuted" and verdict.trusts == ("t", "lemma (open)")
    verdict = judge(claim(SMALL, "lemma"), [Counterexample(at=4), CONTROL], known=known("derived", "t"))
    assert verdict.word == "refuted" and verdict.trusts == ("t",)


def test_uses_are_resolved_in_order_and_cycles_are_errors():
    def entry(name, *uses):
        return Entry(Claim(name, "", RELU, uses=uses), (Derived(), CONTROL))

    entries = {"c": entry("c", "a", "b"), "a": entry("a"), "b": entry("b", "a")}
    assert in_order(entries) == ("a", "b", "c")
    assert [v.name for v in judge_all(entries)] == ["a", "b", "c"]
    with pytest.raises(BadInput, match=r"cycle: .*a.*b"):
        in_order(entries | {"a": entry("a", "b")})
    with pytest.raises(BadInput, match="d uses e, which is not in proofs/"):
        in_order({"d": entry("d", "e")})
    with pytest.raises(Unsound, match="uses lemma, which has no verdict"):
        judge(claim(RELU, "lemma"), [Derived(), CONTROL])


@pytest.mark.parametrize("name", ["A", "1a", "a-b", "", "a b"])
def test_names_are_lower_case_words(name):
    with pytest.raises(BadInput, match="is not lower-case words"):
        Claim(name, "", RELU)


@pytest.mark.parametrize(
    "call, phrase",
    [
        (lambda: Source("", "p. 1", read=True), "give a key"),
        (lambda: Source("a", " ", read=True), "give a key"),
        (lambda: Hand(" "), "says nothing"),
        (lambda: Hand(5), "says nothing"),
    ],
    ids=("no key", "no place", "blank step", "a number"),
)
def test_sources_and_steps_say_something(call, phrase):
    with pytest.raises(BadInput, match=phrase):
        call()


def test_a_claim_may_not_use_itself():
    with pytest.raises(BadInput, match="uses itself"):
        Claim("a", "", RELU, uses=("a",))


def test_standing_lies_come_to_nothing():
    assert set(evidence_rejects_lies()) == {
        "Derived",
        "Probe",
        "Certified",
        "Enclosed",
        "Control",
        "Counterexample",
        "Measured",
        "Cited",
    }


@pytest.mark.parametrize("kind, lying", [(Derived, "holds"), (Certified, "holds"), (Enclosed, "holds"), (Cited, "known")])
def test_a_kind_of_evidence_that_accepts_everything_is_found_out(monkeypatch, kind, lying):
    monkeypatch.setattr(kind, "run", lambda self, statement, full=False: Outcome(kind.__name__, lying, "", (0,)))
    with pytest.raises(Unsound, match=f"{kind.__name__} evidence for a false claim earned"):
        evidence_rejects_lies()


def test_a_probe_that_sees_nothing_is_found_out(monkeypatch):
    monkeypatch.setattr(ForAll, "check", lambda self: None)
    monkeypatch.setattr(Identity, "check", lambda self: None)
    monkeypatch.setattr(ForAll, "failure", lambda self, probes=0: None)
    with pytest.raises(Unsound, match=r"evidence for a false claim earned|is accepted"):
        evidence_rejects_lies()


def test_full_runs_go_further():
    statement = ForEach.of("", SQUARES.cases, first=0, costly_from=2)
    short = judge(claim(statement), [Certified(1, full=3), CONTROL])
    long = judge(claim(statement), [Certified(1, full=3), CONTROL], full=True)
    assert Certified(1, full=3).run(statement) == Certified(1, full=3).run(statement, full=False)
    assert Certified(1, full=0).run(statement, full=True).instances == Certified(1).run(statement, full=True).instances == (0, 1)
    assert Certified(0).run(replace(statement, costly_from=1), full=True).instances == (0,)
    assert (short.reach, long.reach) == ("n = 0..1; open beyond", "n = 0..3; open beyond")
    entries = {"a_claim": Entry(claim(statement), (Certified(1, full=3), CONTROL))}
    assert [*judge_all(entries), *judge_all(entries, full=True)] == [short, long]


@pytest.mark.parametrize(
    "outcome, detail",
    [
        (Certified(2).run(SQUARES), "n = 0..3, every case"),
        (Certified(1).run(ForEach.of("", SQUARES.cases, first=1, costly_from=2)), "n = 1, every case"),
        (Certified(2).run(ForEach.of("", SQUARES.cases, first=1, costly_from=3)), "n = 1..2, every case"),
        (Certified(0).run(ONCE), "the whole statement, every case"),
        (Derived().run(RELU), "1 exact step, none by hand"),
        (Derived.of(Identity.of((z**2 - 25) / (z - 5), z + 5), LINK).run(SQUARES), "1 exact step, 1 by hand; where z - 5 != 0"),
        (Cited(Source("b", "p. 1", read=False)).run(RELU), "b, p. 1 (not read)"),
        (judge(claim(RELU), [Derived(), CONTROL]).outcomes[-1], "no difference at the values tried"),
        (Derived.of(STEP, STEP, LINK).run(SQUARES), "2 exact steps, 1 by hand"),
    ],
    ids=range(9),
)
def test_outcomes_say_how_far_and_by_how_many_steps(outcome, detail):
    assert outcome.detail == detail


def test_one_beyond_stops_quietly_where_it_is_out_of_reach():
    def cases(m):
        if m > 2:
            raise BadInput("too large")
        yield Case("", m, m)

    assert judge(claim(ForEach.of("", cases, first=0)), [Certified(2), CONTROL]).reach == "n = 0..2; open beyond"


def test_a_counterexample_file_goes_with_the_outcome():
    file = CounterexampleCertificate("a_claim", sympy.Integer(4), "<", sympy.Integer(4))
    verdict = judge(claim(SMALL), [Counterexample(4, file), CONTROL])
    assert [o.data["certificate"] for o in verdict.outcomes if o.kind == "Counterexample"] == [file]


def test_bound_and_certificate_controls():
    false = [
        Control("a bound", Bound.of(n**2, n, where={n: 0})),
        Control("a witness", DualWitness.lie()),
        Control("not for long", SMALL, upto=4),
        Control("one identity", WRONG.identities[0]),
    ]
    assert judge(claim(RELU), [Derived(), *false]).word == "derived"
    with pytest.raises(Rejected):
        DualWitness.lie().check()


def test_verdicts_show_themselves():
    verdict = judge(claim(SQUARES), [Certified(2), measured(0.5), CONTROL, Cited(READ)])
    data = json.loads(json.dumps(verdict.as_json()))
    assert set(data) == {"name", "verdict", "reach", "trusts", "sources", "evidence", "seconds", "cached"}
    assert {e["kind"] for e in data["evidence"]} == {"Certified", "Measured", "Control", "Cited"} and data["evidence"][0][
        "kind"
    ] == "Control"
    assert all(set(e) == {"kind", "outcome", "detail", "seconds"} for e in data["evidence"])
    assert data["sources"] == ["a2020book, theorem 1"]
    html = Verdict("a", "open", "<b>", ("x < y",), outcomes=(Outcome("Control", "rejected", "<i>"),))._repr_html_()
    assert "<b></b>" not in html and "&lt;i&gt;" in html and "x &lt; y" in html
    assert "trusts" not in Verdict("a", "open", "r")._repr_html_() and Verdict("a", "open", "r").hand_steps == 0
    assert repr(verdict).startswith("Verdict(a_claim: certified") and repr(claim(RELU)) == "Claim(a_claim)"
    assert claim(RELU)._repr_latex_().startswith("$$")


X_LESS_5 = Identity.of((z**2 - 25) / (z - 5), z + 5)
FILE = CounterexampleCertificate("a_claim", sympy.Integer(4), "<", sympy.Integer(4))
RECORDED = {"seed": 1, "dtype": "float64", "device": "cpu", "versions": {"jax": "0"}, "values": {"slope": 0.5}}
OUTCOMES = {
    "own identities": (Derived(), RELU, Outcome("Derived", "holds", "1 exact step, none by hand")),
    "steps": (Derived.of(STEP, STEP, LINK), SQUARES, Outcome("Derived", "holds", "2 exact steps, 1 by hand", (), (LINK.text,))),
    "conditions": (
        Derived.of(X_LESS_5, LINK),
        SQUARES,
        Outcome("Derived", "holds", "1 exact step, 1 by hand; where z - 5 != 0", (), (LINK.text,)),
    ),
    "hand alone": (
        Derived.of(LINK),
        SQUARES,
        Outcome("Derived", "argued", "hand steps alone carry the statement", (), (LINK.text,)),
    ),
    "a false step": (
        Derived.of(Bound.of(n**2, n, where={n: 0}), LINK),
        SQUARES,
        Outcome("Derived", "fails", "right - left has the negative term -n**2, at n**2 <= n"),
    ),
    "instances": (Certified(2), SQUARES, Outcome("Certified", "holds", "n = 0..3, every case", (0, 1, 2, 3))),
    "one instance": (
        Certified(0),
        ForEach.of("", SQUARES.cases, first=0, costly_from=1),
        Outcome("Certified", "holds", "n = 0, every case", (0,)),
    ),
    "two instances": (
        Certified(1),
        ForEach.of("", SQUARES.cases, first=0, costly_from=2),
        Outcome("Certified", "holds", "n = 0..1, every case", (0, 1)),
    ),
    "no index": (Certified(0), ONCE, Outcome("Certified", "holds", "the whole statement, every case", (0,))),
    "beside": (Certified(1, of=SQUARES), RELU, Outcome("Certified", "holds", "n = 0..2, every case")),
    "an instance fails": (Certified(5), SMALL, Outcome("Certified", "fails", "n = 4: 4 < 4 is false", (0, 1, 2, 3))),
    "one beyond fails": (
        Certified(3),
        SMALL,
        Outcome("Certified", "fails", "n = 4: 4 < 4 is false (one beyond the author's range)", (0, 1, 2, 3)),
    ),
    "a run": (measured(0.5), SMALL, Outcome("Measured", "holds", "slope = 0.5 against [0, 1]: the rate is 1/2")),
    "a control": (CONTROL, RELU, Outcome("Control", "rejected", "greater: n = 0: 0 > 0 is false")),
    "a certificate": (
        Control("a witness", DualWitness.lie()),
        RELU,
        Outcome("Control", "rejected", "a witness: the signed sum is 2, at monomial [0]"),
    ),
    "a source": (Cited(READ), RELU, Outcome("Cited", "known", "a2020book, theorem 1", (), ("a2020book, theorem 1",))),
    "unread": (
        Cited(Source("b", "p. 1", read=False)),
        RELU,
        Outcome("Cited", "argued", "b, p. 1 (not read)", (), ("b, p. 1 (not read)",)),
    ),
}


@pytest.mark.parametrize("evidence, statement, outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_evidence_says_what_it_showed(evidence, statement, outcome):
    assert evidence.run(statement) == outcome


def test_records_go_with_outcomes():
    assert measured(0.5).run(SMALL).data == RECORDED
    assert Counterexample(4).run(SMALL, "a_claim").data == {}
    assert Counterexample(4, FILE).run(SMALL, "a_claim").data == {"certificate": FILE}


def test_the_probe_is_an_outcome_of_its_own():
    outcomes = judge(claim(SQUARES), [Derived.of(STEP, LINK), CONTROL]).outcomes
    assert [(o.kind, o.outcome, o.instances) for o in outcomes if o.kind == "Probe"] == [("Probe", "holds", (0, 1, 2))]


def test_conditions_of_identities_stand_in_the_reach():
    assert judge(claim(ForAll.of(X_LESS_5)), [Derived(), CONTROL]).reach == "for all values with z - 5 != 0"


def test_a_control_is_looked_at_from_its_first_instance():
    late = ForEach.of("", lambda m: [Case(f"n = {m}", m, 2, ">=")], first=2)
    with pytest.raises(Unsound, match="was accepted"):
        Control("false at 0 and 1 only", late, upto=3).run(RELU)


def test_seconds_are_rounded_to_milliseconds():
    verdict = Verdict("a", "open", "r", outcomes=(Outcome("Cited", "known", "", seconds=1.23456),), seconds=6.54321).as_json()
    assert (verdict["seconds"], verdict["evidence"][0]["seconds"]) == (6.543, 1.235)


def test_a_counterexample_is_shown_as_found_and_recorded_as_a_failure():
    verdict = judge(claim(SMALL), [Counterexample(at=7), CONTROL])
    assert "<td>Counterexample</td><td>found</td>" in verdict._repr_html_() and "<td>fails</td>" not in verdict._repr_html_()
    assert [e["outcome"] for e in verdict.as_json()["evidence"] if e["kind"] == "Counterexample"] == ["fails"]
