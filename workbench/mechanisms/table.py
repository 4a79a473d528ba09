"""The table of all mechanisms: what each forms, in each of its orders of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.errors import BadInput
from workbench.mechanisms import HOMES, mechanism
from workbench.mechanisms.census import KINDS, Census
from workbench.mechanisms.compositions import COMPOSITIONS
from workbench.mechanisms.forms import MEANINGS, Mechanism
from workbench.mechanisms.neighbourhoods import Neighbourhood

ROWS: dict[str, tuple[str, Mapping[str, Any]]] = {  # the name of an order of evaluation: mechanism, options
    "softmax": ("softmax", {}),
    "sink": ("softmax-with-sink", {}),
    "linear": ("linear", {}),
    "linear_quadratic": ("linear", {"order": "quadratic"}),
    "krause_difference": ("krause", {}),
    "krause_expanded": ("krause", {"order": "expanded"}),
    "krause_top_k": ("krause", {"most": 2}),
    "krause_masked_dense": ("krause", {"order": "expanded", "pairs": "all"}),
    "krause_two_path_gate": ("krause-softmax", {"order": "expanded"}),
    "hla_quadratic": ("hadamard", {}),
    "hla_linear_sequential": ("hadamard", {"order": "sequential"}),
    "hla_linear_kronecker": ("hadamard", {"order": "kronecker"}),
    "hla_value_factors": ("hadamard", {"values": "factors"}),
    "ssa_difference": ("synchronization", {}),
    "ssa_rectified": ("synchronization", {"order": "expanded"}),
    "ssa_dense": ("synchronization", {"order": "expanded", "form": "root"}),
    "ssa_clamped": ("synchronization", {"order": "expanded", "form": "clamped"}),
    "ssa_top_k": ("synchronization", {"order": "expanded", "form": "root", "most": 2}),
    "affine_weight_form": ("affine-scaled", {}),
    "affine_output_form": ("affine-scaled", {"order": "output"}),
    "affine_deviation_form": ("affine-scaled", {"order": "deviation"}),
    "linearised_token_order": ("linearised", {}),
    "linearised_feature_order": ("linearised", {"order": "feature"}),
    "topn_deletion": ("top-n", {}),
    "topn_renormalised": ("top-n", {"renormalised": True}),
    "value_softmax": ("value-softmax", {}),
    "glu": ("glu", {}),
    "bilinear": ("glu", {"kind": "bilinear"}),
    "geglu": ("glu", {"kind": "geglu"}),
    "swiglu": ("glu", {"kind": "swiglu"}),
    "lstm": ("lstm", {}),
    "gru": ("gru", {}),
    "squeeze_excitation": ("squeeze-excitation", {}),
    "hypernetwork": ("hypernetwork", {}),
    "fast_weights": ("fast-weights", {}),
}
HEADINGS = (
    "order of evaluation",
    "mechanism and options",
    *(kind.replace("_", " ") for kind in KINDS),
    "further",
    "depth",
    "degree",
    "flags",
    "source",
)
CAUSAL_HEADINGS = ("order of evaluation", *(kind.replace("_", " ") for kind in KINDS), "further")
PART_HEADINGS = ("architecture", "building blocks", *(kind.replace("_", " ") for kind in KINDS), "source", "not read")


def named(name: str, **options: Any) -> Mechanism:
    """Return the mechanism of this name, or of the row of the table with this name, with options that replace the row's.

    >>> named("topn_renormalised", most=1).options[:2]
    (('most', 1), ('renormalised', True))
    >>> named("sparsemax")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no mechanism 'sparsemax': there are ...
    """
    if name not in HOMES and name not in ROWS:
        known = f"there are {', '.join(HOMES)}, and orders of evaluation {', '.join(r for r in ROWS if r not in HOMES)}"
        raise BadInput(f"no mechanism {name!r}: {known}; and compositions {', '.join(COMPOSITIONS)}")
    home, own = (name, {}) if name in HOMES else ROWS[name]
    return mechanism(home, **{**own, **options})


def table(*, progress: Callable[[str, int, int], object] | None = None) -> list[dict[str, Any]]:
    """Return the symbolic census of every mechanism, one row for each order of evaluation, open and causal, as JSON."""
    rows = []
    for done, (row, (name, options)) in enumerate(ROWS.items()):
        if progress:
            progress(row, done, len(ROWS))
        of = mechanism(name, **options)
        causal = Census.of(of, mask=Neighbourhood("causal")).facts()["symbolic"] if of.masked else None
        rows.append({"row": row, "mechanism": name, "chosen": dict(options), **Census.of(of).facts(), "causal": causal})
    return rows


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of the table as Markdown.

    >>> counts = dict.fromkeys(KINDS, "0") | {"output_gating": "d*n**2", "selection": "n**2"}
    >>> row = {"row": "r", "mechanism": "m", "chosen": {"most": 2}, "symbolic": counts, "flags": [], "source": "a, eq. 1"}
    >>> markdown([row | {"depth": 3, "rational_degree": [3, 2]}]).splitlines()[2]
    '| r | m, most = 2 | d n^2 | 0 | 0 | 0 | selection n^2 | 3 | 3 / 2 |  | a, eq. 1 |'
    """
    lines = [_line(HEADINGS), "|" + "---|" * len(HEADINGS)]
    for row in rows:
        chosen = ", ".join([row["mechanism"], *(f"{name} = {value}" for name, value in row["chosen"].items())])
        degree = "" if row["rational_degree"] is None else " / ".join(str(d) for d in row["rational_degree"] if d)
        told = (str(row["depth"]), degree, ", ".join(row["flags"]), row["source"])
        lines.append(_line((row["row"], chosen, *_counts(row["symbolic"]), _further(row["symbolic"]), *told)))
    return "\n".join(lines) + "\n"


def causal_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the counts under a causal mask as Markdown, of the rows that have keys to mask.

    >>> counts = dict.fromkeys(KINDS, "0") | {"normalisation": "n**2/2 + n/2"}
    >>> causal_markdown([{"row": "r", "causal": counts}, {"row": "s", "causal": None}]).splitlines()[2:]
    ['| r | 0 | 0 | 0 | n^2/2 + n/2 |  |']
    """
    lines = [_line(CAUSAL_HEADINGS), "|" + "---|" * len(CAUSAL_HEADINGS)]
    lines += [_line((r["row"], *_counts(r["causal"]), _further(r["causal"]))) for r in rows if r["causal"] is not None]
    return "\n".join(lines) + "\n"


def composition_markdown() -> str:
    """Return the compositions as Markdown."""
    lines = [_line(PART_HEADINGS), "|" + "---|" * len(PART_HEADINGS)]
    for whole in COMPOSITIONS.values():
        counts = {kind: str(p) for kind, p in whole.census.items()}
        lines.append(_line((whole.name, whole.what, *_counts(counts), whole.source, whole.not_read)))
    return "\n".join(lines) + "\n"


def legend() -> str:
    """Return what the flags and sources of the tables mean, as a Markdown list."""
    return "".join(f"- *{word}*: {meaning}.\n" for word, meaning in MEANINGS.items())


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _written(polynomial: str) -> str:
    return polynomial.replace("**", "^").replace("*", " ")


def _counts(symbolic: Mapping[str, str]) -> list[str]:
    return [_written(symbolic[kind]) for kind in KINDS]


def _further(symbolic: Mapping[str, str]) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} {_written(text)}" for kind, text in symbolic.items() if kind not in KINDS)
