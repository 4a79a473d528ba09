"""A network to look at: its equations in LaTeX, and a self-contained SVG drawing by layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import hypot

import sympy

from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, Value, output, symbolic

SHOWN_UNITS = 8  # the equations of this many units are shown, the rest are counted
DRAWN_UNITS = 120  # a drawing of more is a sentence
LABELLED_WIRES = 14  # weights are written on the wires of networks up to this size
RADIUS, ROW, COLUMN, PORT, MARGIN = 19.0, 78.0, 128.0, 24.0, 46.0  # in pixels: unit, distances, one gate on a unit, border
CLEAR = 7.0  # a wire keeps this distance from what it does not touch
APART = 17.0  # a weight keeps this distance from other weights, where its wire allows it
GREY, BLUE, ORANGE, GREEN, PURPLE, INK = "#8a8f98", "#1f6fd6", "#d9660a", "#1a8a3c", "#8e3db8", "#20242b"
LATEX_TRANSFERS = {
    "threshold": "H",
    "sign": r"\operatorname{sgn}",
    "relu": r"\operatorname{ReLU}",
    "logistic": r"\sigma",
    "tanh": r"\tanh",
    "exp": r"\exp",
    "cos": r"\cos",
    "sin": r"\sin",
}
LATEX_WRAPPED = {"reciprocal": r"\frac{{1}}{{{}}}", "sqrt": r"\sqrt{{{}}}"}
SIGMA, SUM, TIMES, MINUS = "\N{GREEK SMALL LETTER SIGMA}", "\N{N-ARY SUMMATION}", "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
GLYPHS = {"identity": SUM, "threshold": "H", "sign": "sgn", "logistic": SIGMA, "softmax": "soft", "reciprocal": "1/x"}

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A cubic Bezier curve by its four control points."""

    start: Point
    leave: Point
    arrive: Point
    end: Point

    def at(self, t: float) -> Point:
        """Return the point at parameter t, 0 at the start and 1 at the end."""
        u = 1 - t
        factors = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
        points = (self.start, self.leave, self.arrive, self.end)
        weighted = list(zip(factors, points, strict=True))
        return sum(f * x for f, (x, _) in weighted), sum(f * y for f, (_, y) in weighted)

    @property
    def path(self) -> str:
        """The `d` attribute of an SVG path."""
        a, b, c, d = (f"{x:.1f} {y:.1f}" for x, y in (self.start, self.leave, self.arrive, self.end))
        return f"M {a} C {b}, {c}, {d}"


Wires = dict[tuple[str, int], Curve]  # the curve of each synapse, by unit and number of the synapse


@dataclass(frozen=True)
class Layout:
    """Where the inputs and units stand: their centres by name, and the size of the picture."""

    network: Network
    centres: dict[str, Point]
    width: float
    height: float

    @classmethod
    def of(cls, network: Network) -> Layout:
        """Return the layout by layers from left to right, each column ordered by the mean height of what it reads."""
        columns: dict[int, list[str]] = {}
        for name in (*network.inputs, *network.order):
            columns.setdefault(network.layers[name], []).append(name)
        tallest = max((len(names) for names in columns.values()), default=1)
        middle = MARGIN + (tallest - 1) * ROW / 2
        centres: dict[str, Point] = {}
        x = MARGIN
        for _, names in sorted(columns.items()):
            x += PORT * max(_inlets(network, name) for name in names)
            for row, name in enumerate(_arranged(network, names, centres)):
                centres[name] = (x, middle + (row - (len(names) - 1) / 2) * ROW)
            x += PORT * max(_outlets(network, name) for name in names) + COLUMN
        return cls(network, centres, x - COLUMN + RADIUS + MARGIN, 2 * MARGIN + (tallest - 1) * ROW + 14)

    def inlet(self, name: str, k: int = 0) -> Point:
        """Return the left end of a unit with k of the gates on its activation still to pass."""
        x, y = self.centres[name]
        return x - RADIUS - PORT * k, y

    def outlet(self, name: str, k: int | None = None) -> Point:
        """Return the right end of a unit or input after k of the marks on its output, by default after all."""
        x, y = self.centres[name]
        marks = _outlets(self.network, name) if k is None else k
        return x + (RADIUS if name not in self.network.inputs else 12) + PORT * marks, y

    def clearance(self, curve: Curve, spared: Iterable[str]) -> float:
        """Return how far a curve stays from the units and inputs that are not spared, from captions and from the border."""
        others = [centre for name, centre in self.centres.items() if name not in spared]
        path = [curve.at(k / 20) for k in range(1, 20)]
        from_units = (_distance((x, y), point) - RADIUS for x, y in others for point in path)
        from_captions = (_distance((x, y + RADIUS + 10), point) - 13 for x, y in self.centres.values() for point in path)
        from_borders = (min(y, self.height - y) - 3 for _, y in path)
        return min((*from_units, *from_captions, *from_borders))

    def clearest(self, curves: Iterable[Curve], spared: Iterable[str]) -> Curve:
        """Return the first curve that is clear of everything, or else the one that comes closest to it."""
        tried: list[tuple[float, Curve]] = []
        for curve in curves:
            tried.append((self.clearance(curve, spared), curve))
            if tried[-1][0] >= CLEAR:
                return curve
        return max(tried, key=lambda pair: pair[0])[1]


def _distance(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _inlets(network: Network, name: str) -> int:
    return 0 if name in network.inputs else len(network.unit(name).gates)


def _outlets(network: Network, name: str) -> int:
    return 0 if name in network.inputs else len(network.unit(name).acting_on_output)


def _arranged(network: Network, names: Sequence[str], centres: dict[str, Point]) -> list[str]:
    """Return a column from top to bottom: by mean height of the sources, softmax groups kept together."""
    groups = {unit.name: unit.group for unit in network.units}

    def height(name: str) -> float:
        read = [] if name in network.inputs else [s.source for s in network.unit(name).synapses]
        heights = [centres[source][1] for source in read if source in centres]
        return sum(heights) / len(heights) if heights else 0.0

    def together(name: str) -> list[str]:
        group = groups.get(name)
        return [other for other in names if other == name or (group and groups.get(other) == group)]

    return sorted(names, key=lambda name: (sum(map(height, together(name))) / len(together(name)), names.index(together(name)[0])))


def _between(start: Point, end: Point, lean: float) -> Iterator[Curve]:
    """Yield curves from an outlet to an inlet, from the plainest to those that bend far around what is in between."""
    reach = max(abs(end[0] - start[0]) * 0.4, 30.0)
    for bend in (0, 30, -30, 55, -55, 85, -85, 120, -120, 170, -170):
        shift = lean + bend
        yield Curve(start, (start[0] + reach, start[1] + shift), (end[0] - reach, end[1] + shift), end)


def _to_mark(start: Point, end: Point) -> Iterator[Curve]:
    """Yield curves from an outlet to a mark on a wire, which they meet from above or below."""
    side = 1.0 if start[1] >= end[1] else -1.0
    for rise in (34.0, 60.0, 100.0, 150.0):
        for turn in (side, -side):
            for leave in (0.0, turn * rise / 2, -turn * rise / 2, turn * rise):
                yield Curve(start, (start[0] + 34, start[1] + leave), (end[0], end[1] + turn * rise), end)


def svg(network: Network) -> str:
    """Return a self-contained SVG of the network: layers from left to right, each kind of attention drawn in its own way.

    Ordinary synapses are thin and grey; additive attention is dashed and blue with a +; a gate on an output is an orange x
    right of its unit, a gate on an activation a purple x left of it, a gate on a synapse a green dot on the wire. The
    background is white, so that it reads on dark pages too. More than 120 units give a sentence in place of a drawing.

    >>> svg(Network.of(["x"], [Unit("f", "relu", (Synapse("x", 1),))], ["f"]))[:4]
    '<svg'
    """
    title = escape(repr(network))
    if network.size + len(network.inputs) > DRAWN_UNITS:
        return _framed(title, 640, 60, [_text((320, 34), f"{title}: too large to draw", size=13)])
    layout = Layout.of(network)
    wires = {(unit.name, k): curve for unit in network.units for k, curve in enumerate(_wires(layout, unit))}
    parts = [*_groups(layout)]
    parts += [shape for unit in network.units for k, s in enumerate(unit.synapses) for shape in _synapse(s, wires[unit.name, k])]
    parts += [shape for unit in network.units for shape in _marks(layout, unit, wires)]
    parts += [shape for name in layout.centres for shape in _node(layout, name)]
    if sum(len(unit.synapses) for unit in network.units) <= LABELLED_WIRES:
        parts += _labels([(str(s.weight), wires[unit.name, k]) for unit in network.units for k, s in enumerate(unit.synapses)])
    legend, width, height = _legend(network, layout)
    return _framed(title, width, height, parts + legend)


def _framed(title: str, width: float, height: float, parts: Iterable[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}"'
    style = 'role="img" font-family="Helvetica, Arial, sans-serif" style="max-width:100%"'
    background = f'<rect {size} fill="#ffffff"/>'
    return f"{head} {style}><title>{title}</title>{background}{''.join(parts)}</svg>"


def _wires(layout: Layout, unit: Unit) -> Iterator[Curve]:
    seen: dict[str, int] = {}
    for synapse in unit.synapses:
        k = seen[synapse.source] = seen.get(synapse.source, -1) + 1
        lean = (0.0, 34.0, -34.0)[k % 3] * (1 + k // 3)
        spared = (synapse.source, unit.name)
        ends = layout.outlet(synapse.source), layout.inlet(unit.name, len(unit.gates))
        yield layout.clearest(_between(*ends, lean), spared)


def _origin(layout: Layout, signal: Signal, wires: Wires) -> Point:
    """Return where a signal is tapped: an output right of its unit, an activation on top of it, a weight on its wire."""
    if signal.variable == "O":
        return layout.outlet(signal.unit)
    if signal.presynaptic is None:
        x, y = layout.centres[signal.unit]
        return x, y - RADIUS
    synapses = layout.network.unit(signal.unit).synapses
    k = next(k for k, s in enumerate(synapses) if s.source == signal.presynaptic and not s.attention)
    return wires[signal.unit, k].at(0.75)


def _tap(layout: Layout, signal: Signal, end: Point, colour: str, wires: Wires, *, dashed: bool = False) -> str:
    curve = layout.clearest(_to_mark(_origin(layout, signal, wires), end), (signal.unit,))
    return _line(curve, colour, 1.6, dashed=dashed)


def _on_wire(wire: Curve, origin: Point, number: int) -> Point:
    """Return a place for a mark on a wire, to the right of where its signal comes from if there is room."""
    near, far = ((0.5, 0.36, 0.64)[number % 3], (0.74, 0.83, 0.79)[number % 3])
    places = [wire.at(t) for t in (near, far, 0.9)]
    return next((place for place in places if place[0] > origin[0] + 16), places[-1])


def _marks(layout: Layout, unit: Unit, wires: Wires) -> Iterator[str]:
    """Yield everything that acts on a unit: first on its weights, then on its activation, then on its output."""
    for k, synapse in enumerate(unit.synapses):
        for number, signal in enumerate(synapse.signals):
            point = _on_wire(wires[unit.name, k], _origin(layout, signal, wires), k + number)
            gate = signal in synapse.gates
            yield _tap(layout, signal, point, GREEN if gate else BLUE, wires, dashed=not gate)
            yield _disc(point, 4.5, fill=GREEN, stroke=GREEN) if gate else _sign(point, "+", BLUE)
    if unit.gates:
        yield _line(_straight(layout.inlet(unit.name, len(unit.gates)), layout.inlet(unit.name)), PURPLE, 1.6)
    for k, gate_signal in enumerate(unit.gates):
        point = _beside(layout.inlet(unit.name, k), -PORT / 2)
        yield _tap(layout, gate_signal, point, PURPLE, wires) + _sign(point, TIMES, PURPLE)
    for _, signal in unit.additions:
        x, y = layout.centres[unit.name]
        point = (x - RADIUS * 0.98, y + RADIUS * 0.98)
        yield _tap(layout, signal, point, BLUE, wires, dashed=True) + _sign(point, "+", BLUE)
    if unit.acting_on_output:
        yield _line(_straight(layout.outlet(unit.name, 0), layout.outlet(unit.name)), ORANGE if unit.output_gates else BLUE, 1.6)
    for k, signal in enumerate(unit.acting_on_output):
        point = _beside(layout.outlet(unit.name, k), PORT / 2)
        colour, text = (ORANGE, TIMES) if k < len(unit.output_gates) else (BLUE, "+")
        yield _tap(layout, signal, point, colour, wires, dashed=text == "+") + _sign(point, text, colour)


def _beside(point: Point, offset: float) -> Point:
    return point[0] + offset, point[1]


def _straight(start: Point, end: Point) -> Curve:
    return Curve(start, start, end, end)


def _line(curve: Curve, colour: str, width: float, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{curve.path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _head(curve: Curve, colour: str) -> str:
    """Return an arrow head at the end of a curve (drawn, not referenced: ids would clash between drawings on one page)."""
    (x, y), (a, b) = curve.end, curve.at(0.93)
    length = _distance((x, y), (a, b)) or 1.0
    ux, uy = (x - a) / length * 7, (y - b) / length * 7
    corners = f"{x:.1f},{y:.1f} {x - ux - uy / 2:.1f},{y - uy + ux / 2:.1f} {x - ux + uy / 2:.1f},{y - uy - ux / 2:.1f}"
    return f'<polygon points="{corners}" fill="{colour}"/>'


def _synapse(synapse: Synapse, curve: Curve) -> Iterator[str]:
    colour = BLUE if synapse.attention else GREY
    yield _line(curve, colour, 1.6 if synapse.attention else 1.1, dashed=synapse.attention) + _head(curve, colour)
    if synapse.attention:
        yield _sign(curve.at(0.8), "+", BLUE)


def _labels(wires: Iterable[tuple[str, Curve]]) -> Iterator[str]:
    """Yield the weights other than 1, each near the start of its wire and apart from the others, straight wires first."""
    placed: list[Point] = [(-APART, -APART)]
    for text, curve in sorted(wires, key=lambda wire: abs(wire[1].end[1] - wire[1].start[1])):
        if text == "1":
            continue
        spots = [curve.at(t) for t in (0.24, 0.32, 0.4, 0.16, 0.48)]
        gaps = [min(_distance(spot, other) for other in placed) for spot in spots]
        x, y = next((spot for spot, gap in zip(spots, gaps, strict=True) if gap >= APART), spots[0])
        placed.append((x, y))
        yield _text((x, y - 5), escape(text.replace("-", MINUS)[:12]), size=10.5, colour=INK, halo=True)


def _sign(point: Point, text: str, colour: str) -> str:
    return _disc(point, 7.5, fill="#ffffff", stroke=colour) + _text((point[0], point[1] + 4.5), text, size=14, colour=colour)


def _disc(centre: Point, radius: float, *, fill: str, stroke: str) -> str:
    return f'<circle cx="{centre[0]:.1f}" cy="{centre[1]:.1f}" r="{radius}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def _text(at: Point, text: str, *, size: float, colour: str = INK, anchor: str = "middle", halo: bool = False) -> str:
    outline = ' stroke="#ffffff" stroke-width="3.5" paint-order="stroke" stroke-linejoin="round"' if halo else ""
    return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{outline}>{text}</text>'


def _node(layout: Layout, name: str) -> Iterator[str]:
    x, y = layout.centres[name]
    if name in layout.network.inputs:
        corner = f'x="{x - 12:.1f}" y="{y - 12:.1f}"'
        yield f'<rect {corner} width="24" height="24" rx="4" fill="#eef1f5" stroke="{INK}" stroke-width="1.2"/>'
        caption = escape(name)
    else:
        unit = layout.network.unit(name)
        glyph = GLYPHS.get(unit.transfer, unit.transfer)
        yield _disc((x, y), RADIUS, fill="#ffffff", stroke=INK) + _text((x, y + 4.5), glyph, size=13 if len(glyph) < 4 else 11)
        bias = str(unit.bias).replace("-", MINUS)
        caption = escape(name if bias == "0" or len(bias) > 12 else f"{name}, b = {bias}")
    yield _text((x, y + RADIUS + 14), caption, size=11, halo=True)
    if name in layout.network.outputs:
        arrow = _straight(layout.outlet(name), _beside(layout.outlet(name), 26))
        yield _line(arrow, INK, 1.6) + _head(arrow, INK)


def _groups(layout: Layout) -> Iterator[str]:
    groups: dict[str, list[Point]] = {}
    for unit in layout.network.units:
        if unit.group is not None:
            groups.setdefault(unit.group, []).append(layout.centres[unit.name])
    for points in groups.values():
        x, top, bottom = points[0][0], min(y for _, y in points), max(y for _, y in points)
        size = f'width="{2 * RADIUS + 14:.1f}" height="{bottom - top + 2 * RADIUS + 30:.1f}"'
        yield f'<rect x="{x - RADIUS - 7:.1f}" y="{top - RADIUS - 8:.1f}" {size} rx="10" fill="#f1f3f7" stroke="#c9ced6"/>'


def _kinds(network: Network) -> Iterator[tuple[str, str, str]]:
    """Yield (mark, colour, meaning) for each kind of connection that occurs."""
    synapses = [s for unit in network.units for s in unit.synapses]
    if any(not s.attention for s in synapses):
        yield "", GREY, "synapse"
    if network.gatings.additive_activation:
        yield "+", BLUE, "additive attention"
    if any(s.additions for s in synapses) or any(unit.output_additions for unit in network.units):
        yield "+", BLUE, "addition to a weight or an output"
    if network.gatings.output:
        yield TIMES, ORANGE, "output gating"
    if network.gatings.synaptic:
        yield "•", GREEN, "synaptic gating"
    if network.gatings.activation:
        yield TIMES, PURPLE, "activation gating"


def _legend(network: Network, layout: Layout) -> tuple[list[str], float, float]:
    """Return the legend below the drawing, and the width and height of both."""
    kinds = list(_kinds(network))
    width = max(layout.width + 20, 250.0)
    across = max(1, int(width // 265))
    shapes: list[str] = []
    for k, (mark, colour, meaning) in enumerate(kinds):
        x, y = 16 + 265.0 * (k % across), layout.height + 12 + 22 * (k // across)
        shapes.append(_line(_straight((x, y), (x + 40, y)), colour, 1.4, dashed=mark == "+"))
        if mark == "•":
            shapes.append(_disc((x + 20, y), 4.5, fill=colour, stroke=colour))
        elif mark:
            shapes.append(_sign((x + 20, y), mark, colour))
        shapes.append(_text((x + 48, y + 4), meaning, size=11.5, anchor="start"))
    return shapes, width, layout.height + 22 * -(-len(kinds) // across) + 10


def equations(network: Network) -> str:
    r"""Return the equations of S and O of each unit as LaTeX, in the order of computation; those of the first eight units.

    >>> print(equations(Network.of(["x"], [Unit("f", "relu", (Synapse("x", 2),), -1)], ["f"])))
    $\begin{aligned}S_{\mathrm{f}} &= 2 O_{\mathrm{x}}-1 \\ O_{\mathrm{f}} &= \operatorname{ReLU}(S_{\mathrm{f}})\end{aligned}$
    """
    rows = [row for name in network.order[:SHOWN_UNITS] for row in _of_unit(network.unit(name))]
    hidden = network.size - SHOWN_UNITS
    rest = [rf"&\cdots\ ({hidden:,}\ \text{{more units}})"] if hidden > 0 else []
    return r"$\begin{aligned}" + r" \\ ".join(rows + rest) + r"\end{aligned}$"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def _latex_name(signal: Signal) -> str:
    index = ",".join(rf"\mathrm{{{_escaped(name)}}}" for name in (signal.unit, signal.presynaptic) if name)
    return f"{signal.variable}_{{{index}}}"


def _latex_sum(terms: Iterable[tuple[Value, Sequence[str]]]) -> str:
    """Return the sum of (coefficient, factors) terms; coefficients 1 and -1 leave their sign only, zero terms are left out."""
    text = ""
    for value, factors in terms:
        if value == 0:
            continue
        shown = sympy.latex(symbolic(value))
        if factors and shown in ("1", "-1"):
            shown = shown[:-1]
        elif factors and symbolic(value).is_Add:
            shown = rf"\left({shown}\right)"
        term = " ".join(part for part in (shown, *factors) if part)
        text += term if not text or term.startswith("-") else f" + {term}"
    return text or "0"


def _latex_synapse(synapse: Synapse) -> tuple[Value, list[str]]:
    others = [*map(_latex_name, synapse.gates), _latex_name(output(synapse.source))]
    if not synapse.additions:
        return synapse.weight, others
    raised = _latex_sum([(synapse.weight, ()), *((1, [_latex_name(a)]) for a in synapse.additions)])
    return 1, [rf"\left({raised}\right)", *others]


def _of_unit(unit: Unit) -> tuple[str, str]:
    s, o = _latex_name(Signal("S", unit.name)), _latex_name(output(unit.name))
    terms = [*map(_latex_synapse, unit.synapses), *((w, [_latex_name(a)]) for w, a in unit.additions)]
    bias: list[tuple[Value, Sequence[str]]] = [(unit.bias, ())]
    activation = _latex_sum([*terms, *bias])
    if unit.gates:
        gates = [_latex_name(g) for g in unit.gates]
        gated = _latex_sum([*terms, *(bias if unit.gate_bias else ())])
        activation = _latex_sum([(1, [*gates, rf"\left({gated}\right)"]), *(() if unit.gate_bias else bias)])
    if unit.group is not None:
        fired = rf"e^{{{s}}} / \sum_{{j \in \mathrm{{{_escaped(unit.group)}}}}} e^{{S_j}}"
    elif unit.transfer in LATEX_WRAPPED:
        fired = LATEX_WRAPPED[unit.transfer].format(s)
    else:
        fired = rf"{LATEX_TRANSFERS[unit.transfer]}({s})" if unit.transfer in LATEX_TRANSFERS else s
    product = (1, [fired, *map(_latex_name, unit.output_gates)])
    shown = _latex_sum([product, *((1, [_latex_name(a)]) for a in unit.output_additions)])
    return rf"{s} &= {activation}", rf"{o} &= {shown}"
