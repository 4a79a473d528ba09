"""Figures as parts of a page: one drawing for light and dark, glyphs kept once for all figures, identifiers that cannot clash."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

COLOUR = re.compile(r"#[0-9a-f]{6}(?![\w-])")
GLYPH = re.compile(r'<path id="([^"]+)" ((?:d="[^"]*" )?transform="scale\(0\.015625\)"/>)')
LENGTHS = re.compile(r' (?:d|x|y|width|height|points)="[^"]*"|translate\([^)]*\)')
ALONE = r'<metadata>.*?</metadata>|<style.*?</style>| target="_blank"'  # what an image has that stands alone: links stay on a page
LONG = re.compile(r"-?\d+\.\d{3,}")


@dataclass
class Drawings:
    """The drawings of one page: what they share is put into `sheet()` and `glyphs()`."""

    _inks: dict[tuple[str, str], str] = field(default_factory=dict)
    _glyphs: dict[str, str] = field(default_factory=dict)
    _parts: int = 0

    def element(self, light: bytes, dark: bytes, *, told: str) -> str:
        """Return one element for an SVG image in two colour schemes; if they differ in more than colours, one for each."""
        first = self._parts
        drawn = self._own(light, first), self._own(dark, first)
        if COLOUR.split(drawn[0]) != COLOUR.split(drawn[1]):
            both = zip(("light", "dark"), (drawn[0], self._own(dark, self._parts)), strict=True)
            return "".join(f"<div class='{scheme}'>{_labelled(text, told)}</div>" for scheme, text in both)
        rest, pairs = COLOUR.split(drawn[0]), zip(*map(COLOUR.findall, drawn), strict=True)
        return _labelled(rest[0] + "".join(self._ink(pair) + text for pair, text in zip(pairs, rest[1:], strict=True)), told)

    def glyphs(self) -> str:
        """Return the shapes that all drawings use, as an element of its own."""
        shapes = "".join(f'<path id="{name}" {shape}' for shape, name in self._glyphs.items())
        return f'<svg class="glyphs" width="0" height="0" aria-hidden="true"><defs>{shapes}</defs></svg>'

    def sheet(self) -> str:
        """Return the colours as variables of a style sheet."""
        light, dark = (";".join(f"--{name}:{pair[k]}" for pair, name in self._inks.items()) for k in (0, 1))
        return f":root{{{light}}}@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"

    def _ink(self, pair: tuple[str, str]) -> str:
        return f"var(--{self._inks.setdefault(pair, f'ink-{len(self._inks)}')})"

    def _own(self, image: bytes, first: int) -> str:
        """Return an image with short numbers, without what a page does not need; its parts are numbered from `first` on."""
        text = image.decode("utf-8")
        text = re.sub(ALONE, "", text[text.index("<svg") :], flags=re.DOTALL)
        text = (
            re.sub(r"\s+", " ", text)
            .replace("<use xlink:href=", "<use href=")
            .replace("<a xlink:href=", "<a href=")
            .replace("> <", "><")
        )
        text = LENGTHS.sub(lambda part: LONG.sub(lambda n: f"{float(n[0]):.2f}", part[0]), text)
        names = {name: self._glyphs.setdefault(shape, f"glyph-{len(self._glyphs)}") for name, shape in GLYPH.findall(text)}
        text = GLYPH.sub("", text)
        used = set(re.findall(r"#([\w.-]+)", text))
        parts = [name for name in re.findall(r' id="([^"]+)"', text) if name in used]
        names |= {name: f"part-{first + k}" for k, name in enumerate(parts)}
        self._parts = max(self._parts, first + len(parts))
        text = re.sub(r' id="([^"]+)"', lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", text)
        return re.sub(r"#([\w.-]+)", lambda m: "#" + names.get(m[1], m[1]), text)


def _labelled(text: str, told: str) -> str:
    role = "group" if "<a " in text else "img"  # parts of an image are not read out, and links are to be
    return text.replace("<svg", f'<svg class="drawing" role="{role}" aria-label="{escape(told)}"', 1)
