"""The report: one page that stands alone, escapes what it is given, and shows every claim with all its evidence."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sympy

from workbench import (
    BadInput,
    Case,
    Certified,
    Cited,
    Claim,
    Control,
    Counterexample,
    CounterexampleCertificate,
    Derived,
    ForAll,
    ForEach,
    Hand,
    Identity,
    Measured,
    Prose,
    Source,
    Verdict,
    judge,
    record,
)
from workbench.certificate import write as as_file
from workbench.evidence import Outcome
from workbench.figures import SHOWING
from workbench.ledger import load
from workbench.report import page, write
from workbench.report.drawings import Drawings
from workbench.report.sections import seconds, section
from workbench.report.typeset import statement, typeset

ROOT = Path(__file__).parents[1]
VOID = {"meta", "link", "img", "input", "source", "wbr", "br", "hr"}
z = sympy.Symbol("z", real=True)


@dataclass(frozen=True)
class Judged:
    """A result: what the report reads of one."""

    claim: Claim
    evidence: tuple
    verdict: Verdict
    file: Path = Path("proofs/none.py")
    error: str | None = None
    counterexample: Path | None = None


class Tags(HTMLParser):
    """All tags of a page in order, with their attributes; a tag that is closed out of turn is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"{tag} repeats an attribute"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data):
        self.text += data

    def values(self, *names):
        return [attrs[name] for _, attrs in self.tags for name in names if attrs.get(name) is not None]


def result(claim, *evidence, **more):
    return Judged(claim, evidence, judge(claim, evidence, known=more.pop("known", None)), **more)


def below(limit):
    return ForEach.of(f"n < {limit}", lambda n: [Case(f"n = {n}", n, limit, "<")], first=0)


def derived():
    parts = Identity.of(sympy.Max(0, z) - sympy.Max(0, -z), z, note="all z")
    relu = Claim(
        "relu_parts",
        "ReLU(z) - ReLU(-z) = z.",
        ForAll.of(parts),
        hypotheses=("z is <real> & finite",),
        sources=(Source("key2020", "p. 1", read=False),),
        topic="identities",
    )
    return result(relu, Derived(), Control("a <plus>", Identity.of(sympy.Max(0, z) + sympy.Max(0, -z), z)))


def refuted():
    false = Claim("n_below_three", "n < 3 for <all> n.", below(3), topic="counting")
    return result(false, Counterexample(at=3), Control("n < 0", below(0)))


def trusting():
    trusting_claim = Claim("n_nonnegative", "n >= 0.", ForEach.of(r"n \geq 0", lambda n: [Case(f"n = {n}", n, 0, ">=")], first=0))
    steps = Derived.of(Identity.of((z + 1) ** 2, z**2 + 2 * z + 1), Hand("count <up> from 0"))
    return result(trusting_claim, steps, Control("n > 0", below(0)))


def using():
    used = Claim(
        "n_above_minus_one",
        "n > -1.",
        ForEach.of("n > -1", lambda n: [Case(f"n = {n}", n, -1, ">")], first=0),
        uses=("n_nonnegative",),
        topic="counting",
    )
    return result(used, Certified(3), Control("n < 0", below(0)), known={"n_nonnegative": trusting().verdict})


def measured():
    def run(value):
        return lambda: record("drift", lambda key: {"drift": value}, seed=7, dtype="float64")

    return result(
        Claim("drift_is_small", "The drift is small.", Prose(r"\text{drift} \ll 1")),
        Measured("drift", run(0.25), 0, 1, "by the step size", run(2.0)),
    )


def cited():
    source = Source("key1965", "Theorem 1", read=True)
    return result(Claim("a_cited_claim", "As printed.", Prose(r"C(N, n)"), sources=(source,)), Cited(source))


def stopped():
    claim = Claim("a_stopped_claim", "Stopped.", Prose("n"))
    verdict = Verdict(claim.name, "open", "could not be judged", outcomes=(Outcome("error", "fails", "TypeError: <x>"),))
    return Judged(claim, (), verdict, error="a_stopped_claim: TypeError: <x>")


def results():
    return [derived(), trusting(), using(), measured(), cited(), stopped(), refuted()]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("report") / "a" / "b"
    told = []
    file = write(results(), directory, root=ROOT, progress=lambda *at: told.append(at))
    return file, file.read_text(encoding="utf-8"), told


@pytest.fixture
def no_figures(monkeypatch):
    monkeypatch.setattr(page, "_figures", lambda results, drawings, progress: iter(()))


def test_page_is_one_file_of_closed_tags(written):
    file, text, _ = written
    assert [path.name for path in file.parent.iterdir()] == ["index.html"]
    Tags(text)  # raises at a tag that is not closed
    assert len(text) < 5_000_000  # it is one file, figures and all


def test_page_loads_nothing_from_elsewhere(written):
    _, text, _ = written
    tags = Tags(text)
    assert tags.values("src", "srcset", "data", "poster", "action") == []
    assert {v[:22] for v in tags.values("xlink:href")} == {"data:image/png;base64,"}  # of figures that show matrices
    assert [v for v in tags.values("href") if re.match(r"(?i)(\w+:)?//|data:|javascript:", v)] == []
    assert not [tag for tag, _ in tags.tags if tag in ("link", "iframe", "object", "embed", "base")]
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    script = re.search(r"<script>(.*?)</script>", text, re.S).group(1)
    assert not re.search(r"url\(|@import|@font-face", style)
    assert not re.search(r"fetch|import|XMLHttp|https?:|innerHTML|eval", script)
    assert not [tag for tag, attrs in tags.tags if any(name.startswith("on") for name in attrs)]


def test_a_page_that_loads_something_is_noticed():
    """The control of the test above."""
    tags = Tags('<a href="https://example.org"></a><img src="http://example.org/x.png">')
    assert [v for v in tags.values("href", "src") if re.match(r"(?i)(\w+:)?//", v)] == [
        "https://example.org",
        "http://example.org/x.png",
    ]


def test_every_claim_has_a_row_and_a_section(written):
    _, text, _ = written
    tags = Tags(text)
    ids = tags.values("id")
    names = [r.claim.name for r in results()]
    assert len(ids) == len(set(ids)) and set(names) <= set(ids)
    assert sorted(attrs["data-name"] for tag, attrs in tags.tags if tag == "tr" and "data-name" in attrs) == sorted(names)
    assert {v[1:] for v in tags.values("href") if v.startswith("#")} <= set(ids)


def test_at_least_five_figures_in_both_colour_schemes(written):
    _, text, _ = written
    drawn = [attrs for tag, attrs in Tags(text).tags if tag == "svg" and attrs.get("class") == "drawing"]
    assert len(drawn) >= 5 and all(attrs["aria-label"] and attrs["viewbox"] for attrs in drawn)
    light, dark = re.search(
        r":root\{(--ink-0:[^}]*)\}@media \(prefers-color-scheme: dark\)\{:root\{(--ink-0:[^}]*)\}", text
    ).groups()
    inks = [dict(pair.split(":") for pair in scheme.split(";")) for scheme in (light, dark)]
    assert inks[0].keys() == inks[1].keys() == set(re.findall(r"var\((--ink-\d+)\)", text))
    assert inks[0]["--ink-0"] == "#ffffff" and inks[1]["--ink-0"] == "#11151b"


def drawing(*lines, dark=False):
    from workbench.figures.plate import Plate

    def panel(ax):
        for label, y in lines:
            ax.plot([0, 1], [0, y], "o-", label=label)
        ax.legend()
        return ax

    return Plate((panel,), "Lines.").written("svg", dark=dark)


def test_drawings_share_glyphs_and_clash_nowhere():
    drawings = Drawings()
    elements = [drawings.element(drawing(("a & b", y)), drawing(("a & b", y), dark=True), told='Lines "up" & down') for y in (1, 2)]
    page = drawings.glyphs() + "".join(elements)
    ids = Tags(page).values("id")
    assert len(ids) == len(set(ids)) and set(re.findall(r"#([\w-]+)", page)) == set(ids)
    assert 'id="glyph' not in "".join(elements) and len(elements[1]) < 0.6 * len(drawing(("a", 2)))
    assert not re.search(r"#[0-9a-f]{6}", page)
    assert [attrs["aria-label"] for tag, attrs in Tags(page).tags if tag == "svg" and "aria-label" in attrs] == [
        'Lines "up" & down'
    ] * 2


def test_drawings_that_differ_in_shape_are_both_there():
    drawings = Drawings()
    element = drawings.element(drawing(("a", 1)), drawing(("a", 1), ("b", 2), dark=True), told="Two")
    tags = Tags(drawings.glyphs() + element)
    assert [attrs["class"] for tag, attrs in tags.tags if tag == "div"] == ["light", "dark"]
    assert len(tags.values("id")) == len(set(tags.values("id")))


@pytest.mark.parametrize("name", SHOWING)
def test_links_of_a_drawing_stay_on_the_page(name):
    plate = SHOWING[name]({}, {claim: f"#{claim}" for claim in SHOWING[name]({}, {}).claims})
    tags = Tags(Drawings().element(plate.written("svg"), plate.written("svg", dark=True), told=plate.caption))
    assert {attrs["href"][1:] for tag, attrs in tags.tags if tag == "a"} == set(plate.claims)
    assert not tags.values("target") and set(tags.values("role")) == {"group"}


def test_what_authors_wrote_is_escaped(written):
    _, text, _ = written
    assert not re.search(r"<(real|all|up|plus|x)>", text)
    shown = Tags(text).text
    for words in ("z is <real> & finite", "n < 3 for <all> n.", "count <up> from 0", "a <plus>", "TypeError: <x>"):
        assert words in shown


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (derived, ("derived", "for all values", "nothing beyond the checker", "all z", "rejected:", "key2020, p. 1 (not read)")),
        (refuted, ("False as stated.", "Counterexample:", "n = 3: 3 < 3 is false")),
        (trusting, ("Trusts, 1 of them its own steps by hand", "count <up> from 0", "all n >= 0")),
        (using, ("Uses", "n_nonnegative", "n = 0..4; open beyond", "Controls, false variants that the same check rejected")),
        (measured, ("supported", "Run", "seed", "7", "float64", "cpu", "sympy", "drift = 0.25")),
        (cited, ("cited", "key1965, Theorem 1")),
        (stopped, ("not judged", "Could not be judged.")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_section_shows(one, words):
    shown = Tags(section(one(), {"n_nonnegative"}, root=None, directory=Path("."))).text
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize(("one", "is_open"), [(refuted, True), (stopped, True), (derived, False), (cited, False)])
def test_only_what_went_wrong_stands_open(one, is_open):
    (_, attrs), *_ = Tags(section(one(), set(), root=None, directory=Path("."))).tags
    assert ("open" in attrs) == is_open


def test_certificates_are_shown_whole():
    held = CounterexampleCertificate.lie()
    told = Outcome("Counterexample", "fails", "there", data={"certificate": held})
    verdict = Verdict("n_below_three", "refuted", "false", outcomes=(told,))
    shown = Tags(section(Judged(refuted().claim, (), verdict), set(), root=None, directory=Path("."))).text
    assert as_file(held) in shown and "CertificateCounterexample" in shown


def test_link_to_the_claims_file_is_relative_and_its_text_is_inside(tmp_path):
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "a&b.py").write_text('CLAIM = "<one>"\n', encoding="utf-8")
    held = Judged(derived().claim, (), derived().verdict, file=Path("proofs/a&b.py"))
    tags = Tags(section(held, set(), root=tmp_path, directory=tmp_path / "out" / "deep"))
    assert tags.values("href") == ["../../proofs/a&b.py"]
    assert 'CLAIM = "<one>"' in tags.text
    shared = Tags(section(held, set(), root=tmp_path, directory=tmp_path, shown_at="another_claim"))
    assert "<one>" not in shared.text and shared.values("href") == ["proofs/a&b.py", "#another_claim"]
    assert Tags(section(held, set(), root=tmp_path / "elsewhere", directory=tmp_path)).values("href") == []


def test_claims_not_stated_yet_are_listed(no_figures, tmp_path):
    text = page.page_of(results(), tmp_path, root=ROOT)
    from workbench.ledger import catalogue

    number = len(set(catalogue(ROOT / "proofs")) - {r.claim.name for r in results()})
    assert f"Not stated yet: {number} claims of the catalogue, open" in text
    assert "Not stated yet" not in page.page_of([derived()], tmp_path, root=ROOT)  # a page on one claim speaks of that one


def test_progress_counts_the_figures(written):
    _, _, told = written
    assert told[-1] == ("", len(told) - 1, len(told) - 1) and [done for _, done, _ in told] == list(range(len(told)))


def test_page_without_claims(no_figures, tmp_path):
    text = write([], tmp_path).read_text(encoding="utf-8")
    assert "No claim was judged." in Tags(text).text and "0 claims" in text
    assert not re.search(r"(?i)proved|verified", text)


def test_a_file_in_place_of_the_directory_is_bad_input(tmp_path):
    (tmp_path / "report").write_text("")
    with pytest.raises(BadInput, match="is a file: give a directory"):
        write([], tmp_path / "report")


@pytest.mark.parametrize(
    ("latex", "fell_back"),
    [
        ("n", False),
        ("", True),
        (r"\begin{cases} 1 & \text{for}\: x > 0 \\ 0 & \text{otherwise} \end{cases}", False),
        (r"a\ b \\ c", False),
        (r"\#\left|{x}\right| \in \{0,1\}^n", False),
        (r"\unheard{x}", True),
        (r"\left( x", True),
        ("x + " * 2000 + "x", True),
    ],
    ids=["letter", "empty", "cases", "spaces", "signs", "unknown", "unbalanced", "long"],
)
def test_typesetting(latex, fell_back):
    set_ = typeset(latex)
    assert set_.fell_back == fell_back
    assert ("<code" if fell_back else "<math") in set_.html
    Tags(set_.html)


def test_source_that_cannot_be_typeset_is_escaped():
    assert "<script>" not in typeset(r"\unheard{<script>}").html


def test_no_statement_of_the_repository_falls_back():
    entries = load(ROOT / "proofs")
    assert [name for name, entry in entries.items() if statement(entry.claim.statement).fell_back] == []
    assert len(entries) >= 30


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "< 1 ms"),
        (0.0009, "< 1 ms"),
        (0.001, "1 ms"),
        (0.9994, "999 ms"),
        (1, "1.0 s"),
        (90.04, "90.0 s"),
    ],
)
def test_durations(value, shown):
    assert seconds(value) == shown


def test_the_table_of_counts_shows_the_data_of_the_project(tmp_path):
    from workbench.capacity.records import series, tabulate
    from workbench.report.tallies import counts

    assert counts(tmp_path) == "" and counts(None) == ""
    tabulate(tmp_path / "docs" / "data", most=2)
    shown = counts(tmp_path)
    cell = "<td data-label='n = 2' title='workbench count multiplexing --n 2'><span>16 <span class='quiet'>4.00</span></span></td>"
    assert cell in shown and "Of more inputs" not in shown
    assert shown.count("<tr>") == 1 + sum(1 for _ in series())  # the head, and a row for each family and convention


def test_a_number_of_inputs_that_one_row_has_is_no_column(tmp_path):
    from workbench.report.tallies import counts

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "data").symlink_to(ROOT / "docs" / "data")
    shown = counts(tmp_path)
    assert "n = 5</th>" in shown and "n = 6</th>" not in shown
    assert "<li title='workbench count threshold --n 6'>threshold, n = 6: 15,028,134 (23.84 bits)</li>" in shown
    assert all(f"data-label='n = {n}'" in shown for n in range(6))


def test_the_smallest_circuits_of_every_class_are_a_sortable_table():
    from workbench.report.circuits import circuits

    stored = json.loads((ROOT / "docs" / "data" / "atlas-4.json").read_text())
    shown = Tags(circuits())
    rows = [attrs for tag, attrs in shown.tags if tag == "tr" and "data-table" in attrs]
    assert [int(row["data-table"]) for row in rows] == [int(entry["table"], 16) for entry in stored["classes"]]
    assert sum(int(row["data-size"]) for row in rows) == 65536
    keys = [attrs["data-key"] for tag, attrs in shown.tags if tag == "th" and "data-key" in attrs]
    assert {f"data-{key}" for key in keys[5:13]} == set(rows[0])  # after the five columns of totals
    (parity,) = (row for row in rows if row["data-table"] == str(0x6996))
    assert (parity["data-standard"], parity["data-skip"], parity["data-gated_pm1"], parity["data-saving"]) == (
        "52",
        "32",
        "41",
        "2",
    )
    assert "616,126" in shown.text and "50,284" in shown.text


def test_the_tables_of_circuits_stand_on_a_page_of_many_claims_only(no_figures, tmp_path):
    assert "Smallest circuits" in page.page_of(results(), tmp_path)
    assert "Smallest circuits" not in page.page_of([derived()], tmp_path)
