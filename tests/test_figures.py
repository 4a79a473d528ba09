"""Figures: each draws and saves without a warning, with the same bytes each time; what is drawn agrees with counts made here."""

import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from math import comb, exp, log2

import matplotlib
import matplotlib.style
import pytest
from matplotlib.figure import Figure

from workbench import BadInput, Network, Signal, Synapse, Unit
from workbench.claim import Claim, Verdict
from workbench.figures import FIGURES, SHOWING, as_csv, caption, draw, network_drawing, overview, save, styled
from workbench.figures.mechanism_claims import property_grid
from workbench.figures.networks import xor_additive, xor_gated, xor_layered
from workbench.figures.overview import inks
from workbench.figures.parity import built_factors, fewest_factors, parity, threshold_degree
from workbench.figures.plate import Plate, numbers
from workbench.mechanisms.relations import PROPERTIES
from workbench.statement import Prose

MAGIC = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}


@dataclass(frozen=True)
class Judged:
    """What a figure reads of a result."""

    claim: Claim
    verdict: Verdict


def judged(name, word, reach, topic=""):
    return Judged(Claim(name, "A sentence.", Prose("n"), topic=topic), Verdict(name, word, reach))


def small_weight_tables(n, largest):
    """The threshold functions with weights up to `largest`, counted by trying them all."""
    found = set()
    for weights in product(range(-largest, largest + 1), repeat=n):
        sums = [sum(w for i, w in enumerate(weights) if k >> i & 1) for k in range(1 << n)]
        found |= {tuple(s >= t for s in sums) for t in range(min(sums), max(sums) + 2)}
    return found


def series(figure, label):
    return [(x, y) for _, name, x, y in numbers(figure) if name == label]


@pytest.fixture(scope="module")
def drawn():
    return {name: draw(name) for name in FIGURES}


@pytest.mark.parametrize("kind", MAGIC)
@pytest.mark.parametrize("name", FIGURES)
def test_figure_is_written(name, kind, tmp_path):
    file = save(name, tmp_path / f"{name}.{kind}")
    assert file.read_bytes().startswith(MAGIC[kind])
    assert kind != "png" or file.stat().st_size < 200_000


@pytest.mark.parametrize("kind", MAGIC)
def test_bytes_are_the_same_whatever_the_date(kind, tmp_path, monkeypatch):
    plate = FIGURES["parity_costs"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    first = plate.written(kind)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert plate.written(kind) == first
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert plate.written(kind) == first
    assert plate.written(kind, dark=True) != first


def test_svg_holds_outlines_and_loads_nothing():
    text = FIGURES["threshold_counts"].written("svg").decode()
    assert "<text" not in text and "font-family" not in text
    assert not [part for part in text.split('href="')[1:] if not part.startswith("#")]


def test_pdf_fonts_are_truetype():
    assert b"/Type3" not in FIGURES["threshold_counts"].written("pdf")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "no figure : workbench figure lists all"),
        ("xor", "did you mean xor_in_three_models"),
        ("capacty", r"no figure capacty: did you mean \w*capacity( or \w+)*\? workbench figure lists all"),
        ("COUNTS", "no figure COUNTS: did you mean .*counts_and_bounds"),
        ("qqq", "no figure qqq: workbench figure lists all"),
    ],
)
def test_unknown_name_is_bad_input(name, message):
    with pytest.raises(BadInput, match=message):
        draw(name)


@pytest.mark.parametrize("ending", ["", ".jpg", ".svgz", ".PNG"])
def test_unknown_ending_is_bad_input_and_writes_nothing(ending, tmp_path):
    with pytest.raises(BadInput, match="cannot be written"):
        save("parity_costs", tmp_path / f"figure{ending}")
    assert list(tmp_path.iterdir()) == []


def test_importing_figures_loads_neither_pyplot_nor_jax():
    code = "import sys, workbench.figures; print([m for m in ('matplotlib', 'matplotlib.pyplot', 'jax') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"


def test_drawing_leaves_matplotlib_settings_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    save("xor_in_three_models", tmp_path / "x.svg", dark=True)
    assert dict(matplotlib.rcParams) == before
    with styled():
        assert matplotlib.rcParams["svg.fonttype"] == "path" and dict(matplotlib.rcParams) != before
    assert dict(matplotlib.rcParams) == before


def test_numbers_are_written_beside_the_figure(tmp_path, drawn):
    save("threshold_counts", tmp_path / "t.svg", numbers=True)
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0] == "panel,series,x,y"
    assert lines == as_csv(drawn["threshold_counts"]).splitlines()
    assert as_csv(Figure()) == "panel,series,x,y\n"


def test_counts_agree_with_weights_tried_here(drawn):
    found = [round(2**y) for _, y in series(drawn["threshold_counts"], "$T_1(n)$")]
    assert found[:4] == [len(small_weight_tables(n, n)) for n in range(4)]
    in_classes = [round(2**y) for _, y in series(drawn["counts_and_bounds"], "LTF")]
    assert in_classes == found[1:6]


def test_products_agree_with_pairs_listed_here(drawn):
    for label, combine in (("AND", lambda a, b: a & b), ("PM", lambda a, b: a == b)):
        drawn_sizes = [round(2**y) for _, y in series(drawn["counts_and_bounds"], label)]
        for n, size in zip((1, 2, 3), drawn_sizes, strict=False):
            gates = small_weight_tables(n, n)
            assert size == len({tuple(map(combine, f, g)) for f in gates for g in gates})


def test_slack_of_cover_is_not_negative(drawn):
    slack = [(label, x, y) for panel, label, x, y in numbers(drawn["threshold_counts"]) if panel.startswith("Cover")]
    assert len(slack) == 11 + 6 + 6 and min(y for _, _, y in slack) >= 0
    at_three = next(y for label, x, y in slack if label == "$d = 1$" and x == 3)
    assert at_three == pytest.approx(log2(2 * sum(comb(7, k) for k in range(4)) / 104))


@pytest.mark.parametrize("network", [xor_layered(), xor_additive(), xor_gated()], ids=["layered", "additive", "gated"])
def test_each_drawn_network_is_xor(network):
    assert [network.at(point)[0] for point in product((0, 1), repeat=2)] == [0, 1, 1, 0]


def test_depth_and_units_of_the_three_models():
    assert [(n.threshold_units, n.depth) for n in (xor_layered(), xor_additive(), xor_gated())] == [(3, 2), (2, 2), (2, 1)]


def test_a_network_of_another_kind_is_refused():
    gated = Network.of(["x", "y"], [Unit("f", "threshold", (Synapse("x", 1, gates=(Signal("O", "y"),)),))], ["f"])
    with pytest.raises(BadInput, match="use its SVG drawing"):
        network_drawing(Figure().subplots(), gated)


@pytest.mark.parametrize("style", ["default", "dark_background", "grayscale"])
@pytest.mark.parametrize("name", FIGURES)
def test_panels_draw_on_axes_of_any_style(name, style):
    with matplotlib.style.context(style):
        for panel in FIGURES[name].panels:
            ax = Figure().subplots()
            assert panel(ax) is ax


def test_the_smallest_network_is_drawn():
    ax = Figure().subplots()
    assert network_drawing(ax, Network.of(["x"], [], ["x"])) is ax


@pytest.mark.parametrize("n", [1, 2, 3])
def test_parity_of_few_inputs(n):
    assert [parity(n) >> k & 1 for k in range(2**n)] == [sum(bits) % 2 for bits in product((0, 1), repeat=n)]
    assert (threshold_degree(n), fewest_factors(n, "pm1"), fewest_factors(n, "01")) == (n, n, 2 ** (n - 1))


@pytest.mark.parametrize("n", [1, 4, 7])
def test_built_products_of_parity(n):
    assert (built_factors(n, "pm1"), built_factors(n, "01")) == (n, 2 ** (n - 1))


def test_masked_weights_stay_below_the_bound_and_near_a_plain_softmax(drawn):
    figure = drawn["softmax_mask_decay"]
    scores = (2.0, 0.5, -1.0, 1.0)
    for mask, seen in series(figure, "JAX, float64"):
        plain = exp(scores[0] - mask) / (exp(scores[0] - mask) + sum(map(exp, scores[1:])))
        assert seen == pytest.approx(plain, rel=1e-14)
        assert seen <= exp(-mask + 3)


def test_caption_takes_word_and_reach_from_the_results():
    name = "threshold_count_recursion"
    told = caption("threshold_counts", [judged(name, "certified", "n = 0..3; open beyond")])
    assert f"{name}: certified, n = 0..3; open beyond." in told
    assert "threshold_count_le_cover: not judged here" in told
    assert caption("threshold_counts").count("not judged here") == 2


def test_claims_of_the_captions_are_stated_or_in_the_catalogue():
    from pathlib import Path

    from workbench.ledger import catalogue, load

    proofs = Path(__file__).parents[1] / "proofs"
    known = {*catalogue(proofs), *load(proofs)}
    assert {name for plate in FIGURES.values() for name in plate.claims} <= known


@pytest.mark.parametrize("name", SHOWING)
def test_a_figure_of_verdicts_shows_them_and_leads_to_each_of_its_claims(name, tmp_path):
    claims = FIGURES[name].claims
    links = {claim: f"#{claim}" for claim in claims}
    shown = {}
    for word in ("derived", "refuted"):
        file = save(name, tmp_path / f"{word}.svg", verdicts=dict.fromkeys(claims, word), links=links)
        shown[word] = file.read_text(encoding="utf-8")
    assert set(re.findall(r'xlink:href="#([a-z_0-9]+)"', shown["derived"])) >= set(claims)
    assert shown["derived"] != shown["refuted"]


@pytest.mark.parametrize(
    "results",
    [
        [],
        [judged("one", "open", "not decided")],
        [judged(f"c_{word}", word, "", topic) for word in ("refuted", "derived", "cited") for topic in ("a", "b <c>")],
    ],
    ids=["none", "one", "several"],
)
def test_overview_draws(results):
    plate = overview(results)
    widths = [bar.get_width() for bar in plate.figure().axes[0].patches]
    assert sum(widths) == len(results)
    assert plate.written("svg").startswith(MAGIC["svg"])


@pytest.mark.parametrize("name", ["capacity", "counts_and_bounds"])
def test_a_figure_fits_the_column_of_a_notebook_in_its_proportions(name):
    shown = FIGURES[name]._repr_svg_()
    width, height = (float(re.search(rf'{side}="([0-9.]+)pt"', shown)[1]) / 72 for side in ("width", "height"))
    wanted, high = FIGURES[name].size
    assert width == pytest.approx(min(wanted, 8.4)) and height / width == pytest.approx(high / wanted, rel=1e-3)


def test_plate_shows_itself_as_svg_and_in_one_line():
    plate = FIGURES["xor_in_three_models"]
    assert plate._repr_svg_().startswith("<svg") and "\n" not in repr(plate)
    assert repr(Plate((), "A. B.")) == "Plate(A)"


def test_patterns_name_their_axes_at_the_rim():
    axes = draw("attention_patterns").axes[:8]
    assert [ax.get_ylabel() for ax in axes] == ["query $i$", "", "", ""] * 2
    assert [ax.get_xlabel() for ax in axes] == [""] * 4 + ["key $j$"] * 4


def test_marks_of_properties_have_the_colour_of_the_verdict_and_the_shape_of_what_holds():
    words = ("derived", "certified", "supported", "cited", "refuted", "open")
    entries = [claim for named in PROPERTIES.values() for claim in named.values()]
    names = sorted({claim.removeprefix("not ") for claim in entries})
    for first in range(len(words)):
        verdicts = {name: words[(first + k) % len(words)] for k, name in enumerate(names)}
        ax = property_grid(Figure().subplots(), verdicts, {name: f"#{name}" for name in names})
        assert len(ax.lines) == len(entries)
        for mark, claim in zip(ax.lines, entries, strict=True):
            word = verdicts[claim.removeprefix("not ")]
            has = None if word == "open" else (word == "refuted") == claim.startswith("not ")
            assert mark.get_marker() == {True: "o", False: "X", None: "o"}[has]
            assert mark.get_url() == f"#{claim.removeprefix('not ')}"
            if word != "open":
                assert mark.get_color() == mark.get_markerfacecolor() == inks()[word]


@pytest.mark.parametrize("name", ["relations", "properties"])
def test_a_saved_figure_of_claims_has_their_verdicts_and_links(name, tmp_path):
    claim = FIGURES[name].claims[0]
    plain, shown = (tmp_path / f"{kind}.svg" for kind in ("plain", "shown"))
    save(name, plain)
    save(name, shown, verdicts={claim: "refuted"}, links={claim: "claims.html#here"})
    assert "claims.html#here" in shown.read_text(encoding="utf-8")
    with styled():
        refuted = inks()["refuted"].lower()
    assert [refuted in file.read_text(encoding="utf-8").lower() for file in (plain, shown)] == [False, True]
