"""Statements as MathML, so that a page shows them without a network, a script or TeX."""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from workbench.statement import ForAll, Statement

LONGEST = 6000  # characters of LaTeX; a longer formula is shown as its source, cut
XMLNS = ' xmlns="http://www.w3.org/1998/Math/MathML"'  # HTML knows the namespace by itself
SPACE = re.compile(r"(?<!\\)\\ ")  # a control space, which the converter does not know; not the end of a line before a space
CLASS_NAME = re.compile(r"(?<![\\A-Za-z])[A-Z]{2,}(?![A-Za-z])")  # AND, MUX: a name, not a product of letters
LINE_END = re.compile(r"\\\\")


class Typeset(NamedTuple):
    """HTML of a formula, and whether it had to be left as LaTeX source."""

    html: str
    fell_back: bool


def typeset(latex: str) -> Typeset:
    """Return a formula as MathML, or as escaped source if it cannot be converted or is very long.

    >>> typeset(r"n < 3").fell_back, typeset(r"\\unheard{1}").fell_back
    (False, True)
    """
    body = SPACE.sub(r"\\;", latex.strip().strip("$"))
    if r"\text" not in body:
        body = CLASS_NAME.sub(r"\\mathrm{\g<0>}", body)
    if len(body) > LONGEST:
        return _source(body[:LONGEST] + " ...")
    from latex2mathml.converter import convert

    try:
        converted = convert(body, display="block").replace(XMLNS, "")
    except Exception:  # the converter raises many kinds; a statement is shown as its source rather than not at all
        return _source(latex)
    return _source(latex) if "\\" in converted else Typeset(converted, False)


def _source(latex: str) -> Typeset:
    return Typeset(f"<code class='latex'>{escape(latex)}</code>", True)


def statement(stated: Statement) -> Typeset:
    """Return a statement as one formula a line; identities carry their notes."""
    if not isinstance(stated, ForAll):
        latex = stated.latex()
        formulas = [typeset(line) for line in ([latex] if r"\begin" in latex else LINE_END.split(latex))]
        return Typeset("".join(f"<div class='formula'>{f.html}</div>" for f in formulas), any(f.fell_back for f in formulas))
    lines, fell_back = [], False
    for identity in stated.identities:
        formula = typeset(identity.latex())
        note = f"<span class='note'>{escape(identity.note)}</span>" if identity.note else ""
        lines.append(f"<div class='formula'>{formula.html}{note}</div>")
        fell_back |= formula.fell_back
    return Typeset("".join(lines), fell_back)
