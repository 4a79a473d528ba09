"""Random networks with every kind of attention, and an evaluator of networks that shares no code with the package's own."""

from fractions import Fraction
from random import Random

from workbench.attention import QUARKS
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Signal, affine

TRANSFERS = ("identity", "threshold", "sign", "relu")


def rational(rng):
    return Fraction(rng.randint(-6, 6), rng.randint(1, 4))


def points(rng, network, count=6):
    corners = [tuple(rng.choice((-1, 0, 1)) for _ in network.inputs) for _ in range(count // 2)]
    return corners + [tuple(rational(rng) for _ in network.inputs) for _ in range(count - len(corners))]


def standard_network(rng, transfers=TRANSFERS):
    """One to three inputs, two to five units, no attention."""
    inputs = [f"x{i}" for i in range(rng.randint(1, 3))]
    units = []
    for k in range(rng.randint(2, 5)):
        earlier = inputs + [u.name for u in units]
        read = rng.sample(earlier, rng.randint(1, len(earlier)))
        units.append(affine(f"u{k}", {name: rational(rng) for name in read}, rational(rng), transfer=rng.choice(transfers)))
    outputs = [units[-1].name] + [u.name for u in units[:-1] if rng.random() < 0.2]
    rng.shuffle(units)
    return Network.of(inputs, units, outputs)


def with_attention(rng, network, quarks=QUARKS, blocks=4):
    """The network with up to `blocks` attention blocks, each at a random place; places that are refused are passed over."""
    for _ in range(blocks):
        quark, attended = rng.choice(quarks), rng.choice(network.units)
        source = rng.choice(network.units)
        signal = Signal(quark.source, source.name, rng.choice(source.synapses).source if quark.source == "w" else None)
        if quark.source == "O" and rng.random() < 0.3:
            signal = Signal("O", rng.choice(network.inputs))
        options = {"presynaptic": rng.choice(attended.synapses).source} if quark.target == "w" else {}
        if (quark.target, quark.mechanism) == ("S", "multiplication"):
            options["gate_bias"] = rng.random() < 0.5
        if (quark.target, quark.mechanism) == ("S", "addition"):
            options["weight"] = rational(rng)
        try:
            network = quark.apply(network, attending=signal, attended=attended.name, **options)
        except BadInput:
            continue
    return network


def random_network(seed, quarks=QUARKS, blocks=4):
    rng = Random(seed)
    return with_attention(rng, standard_network(rng), quarks, blocks), rng


def evaluated(network, point):
    """The outputs by recursion on the definition, without order, cache or shared code."""
    given = dict(zip(network.inputs, point, strict=True))
    units = {unit.name: unit for unit in network.units}

    def signal(s):
        return {"O": out, "S": act}[s.variable](s.unit) if s.variable != "w" else weight(ordinary(s))

    def ordinary(s):
        (found,) = (t for t in units[s.unit].synapses if t.source == s.presynaptic and not t.attention)
        return found

    def weight(synapse):
        value = synapse.weight
        for a in synapse.additions:
            value += signal(a)
        for a in synapse.gates:
            value *= signal(a)
        return value

    def act(name):
        unit = units[name]
        value = Fraction(0)
        for synapse in unit.synapses:
            value += weight(synapse) * out(synapse.source)
        for w, s in unit.additions:
            value += w * signal(s)
        for gate in unit.gates:
            value *= signal(gate)
        bias = unit.bias
        if unit.gate_bias:
            for gate in unit.gates:
                bias *= signal(gate)
        return value + bias

    def out(name):
        if name in given:
            return given[name]
        unit, s = units[name], act(name)
        up = s > 0 or (s == 0 and unit.at_zero == 1)
        value = {"identity": s, "relu": s if s > 0 else 0, "threshold": 1 if up else 0, "sign": 1 if up else -1}[unit.transfer]
        for gate in unit.output_gates:
            value *= signal(gate)
        for a in unit.output_additions:
            value += signal(a)
        return value

    return tuple(out(name) for name in network.outputs)
