"""Attention blocks as rewrites of each other: eighteen reduce to six, six to three, and every network stays the same function.

Source: P. Baldi and R. Vershynin, The Quarks of Attention, 2023 (abstract); the reductions are elementary identities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, Value, output

Rewrite = Callable[[Network, str, Synapse], tuple[Network, tuple[Synapse, ...]]]  # of one synapse of the named unit


def sources_as_outputs(network: Network) -> Network:
    """Return an equal network in which only outputs attend: 18 blocks become 6.

    An attending activation becomes the output of an identity copy of its unit, an attending weight the output of a unit without
    inputs (of one that reads what acts on the weight, where something does).

    >>> from workbench.attention import Quark
    >>> from workbench.units import affine
    >>> silu = Network.of(["z"], [affine("f", {"z": 1}, transfer="logistic")], ["f"])
    >>> silu = Quark("S", "O", "multiplication").apply(silu, attending=Signal("S", "f"), attended="f")
    >>> sources_as_outputs(silu).unit("f").output_gates
    (Signal(variable='O', unit='S_f', presynaptic=None),)
    """
    names: dict[Signal, str] = {}
    for signal in (signal for unit in network.units for signal in unit.signals):
        if signal.variable != "O" and signal not in names:
            names[signal] = _fresh(network, "_".join(signal.node), taken=names.values())
    copies = tuple(_source_unit(network, signal, name) for signal, name in names.items())
    return replace(network, units=tuple(_redirected(unit, names) for unit in (*network.units, *copies)))


def _fresh(network: Network, wanted: str, *, taken: Iterable[str] = ()) -> str:
    used = {*network.inputs, *(unit.name for unit in network.units), *taken}
    return next(name for name in (wanted, *(f"{wanted}_{k}" for k in range(2, len(used) + 3))) if name not in used)


def _source_unit(network: Network, signal: Signal, name: str) -> Unit:
    if signal.presynaptic is None:
        unit = network.unit(signal.unit)
        return replace(unit, name=name, transfer="identity", group=None, at_zero=0, output_gates=(), output_additions=())
    synapse = network.synapse(signal.unit, signal.presynaptic)
    return Unit(name, "identity", bias=synapse.weight, output_gates=synapse.gates, **_added((1, a) for a in synapse.additions))


def _added(pairs: Iterable[tuple[Value, Signal]]) -> dict[str, Any]:
    """Return the fields of a unit by which weighted signals add to its activation: synapses for outputs, additions for the rest."""
    pairs = tuple(pairs)
    return {
        "synapses": tuple(Synapse(s.unit, w, attention=True) for w, s in pairs if s.variable == "O"),
        "additions": tuple((w, s) for w, s in pairs if s.variable != "O"),
    }


def _redirected(unit: Unit, names: Mapping[Signal, str]) -> Unit:
    def read(signals: Iterable[Signal]) -> tuple[Signal, ...]:
        return tuple(output(names[s]) if s in names else s for s in signals)

    synapses = tuple(replace(s, gates=read(s.gates), additions=read(s.additions)) for s in unit.synapses)
    attending = tuple(Synapse(names[signal], weight, attention=True) for weight, signal in unit.additions)
    return replace(
        unit,
        synapses=synapses + attending,
        additions=(),
        gates=read(unit.gates),
        output_gates=read(unit.output_gates),
        output_additions=read(unit.output_additions),
    )


def additive_activation_as_presynaptic_units(network: Network) -> Network:
    """Return an equal network in which additive activation attention is one more ordinary presynaptic unit each time.

    >>> f = Network.of(["x", "a"], [Unit("f", "tanh", (Synapse("x", 1), Synapse("a", 3, attention=True)))], ["f"])
    >>> additive_activation_as_presynaptic_units(f).gatings.additive_activation
    0
    """
    network = sources_as_outputs(network)
    return _rewired(network, lambda synapse: (replace(synapse, attention=False),))


def _rewired(network: Network, rewire: Callable[[Synapse], tuple[Synapse, ...]]) -> Network:
    units = (replace(unit, synapses=tuple(new for s in unit.synapses for new in rewire(s))) for unit in network.units)
    return replace(network, units=tuple(units))


def additive_output_as_tied_weights(network: Network) -> Network:
    """Return an equal network in which w (O + a) is w O + w a: the attending unit is wired, with tied weights, to all readers.

    A unit that is an output of the network, or that attends, is read through an identity unit of its name (one more layer).
    """
    network = sources_as_outputs(network)
    for name in reversed(network.order):
        unit = network.unit(name)
        if not unit.output_additions:
            continue
        if _observed(network, name):
            bare = _fresh(network, f"{name}_bare")
            total = (Synapse(bare, 1), *(Synapse(a.unit, 1) for a in unit.output_additions))
            network = _read_through(network, Unit(name, "identity", total), replace(unit, name=bare, output_additions=()))
        else:
            sources = (name, *(a.unit for a in unit.output_additions))
            network = network.replace_unit(replace(unit, output_additions=()))
            network = _rewired(network, partial(_tied, name=name, sources=sources))
    return network


def _tied(synapse: Synapse, *, name: str, sources: Sequence[str]) -> tuple[Synapse, ...]:
    return tuple(replace(synapse, source=source) for source in sources) if synapse.source == name else (synapse,)


def _read_through(network: Network, relay: Unit, renamed: Unit) -> Network:
    """Return the network in which `relay` has taken the name of a unit that now is `renamed`."""
    return replace(network, units=(*(relay if u.name == relay.name else u for u in network.units), renamed))


def _observed(network: Network, name: str) -> bool:
    """Say whether a unit's output is read otherwise than through a synapse: as an output of the network or as a signal."""
    return name in network.outputs or any(signal.unit == name for unit in network.units for signal in unit.signals)


def additive_synaptic_as_gated_copy(network: Network) -> Network:
    """Return an equal network in which (w + a) O is w O + a O: a plain synapse and one of weight 1 from a copy gated by a."""
    network = sources_as_outputs(network)
    for name in network.order:
        network = _each_synapse(network, name, _added_apart)
    return network


def _each_synapse(network: Network, name: str, rewrite: Rewrite) -> Network:
    """Return the network with each synapse of a unit replaced; `rewrite` may add units to the network on the way."""
    synapses: list[Synapse] = []
    for synapse in network.unit(name).synapses:
        network, new = rewrite(network, name, synapse)
        synapses.extend(new)
    return network.replace_unit(replace(network.unit(name), synapses=tuple(synapses)))


def _added_apart(network: Network, reader: str, synapse: Synapse) -> tuple[Network, tuple[Synapse, ...]]:
    new = [replace(synapse, additions=())]
    for a in synapse.additions:
        copy = _private_copy(network, synapse.source, reader, gates=(a,))
        network = network.with_unit(copy)
        new.append(replace(synapse, source=copy.name, weight=1, additions=()))
    return network, tuple(new)


def _private_copy(network: Network, source: str, reader: str, *, gates: tuple[Signal, ...]) -> Unit:
    """Return a copy of `source` for one reader, output-gated by `gates`.

    An input, a softmax unit and a unit whose output has additions are copied by an identity unit that reads them (one more
    layer), every other unit by one with the same weights (none).
    """
    name = _fresh(network, f"{source}_to_{reader}")
    unit = None if source in network.inputs else network.unit(source)
    if unit is None or unit.group is not None or unit.output_additions:
        return Unit(name, "identity", (Synapse(source, 1),), output_gates=gates)
    return replace(unit, name=name, output_gates=(*unit.output_gates, *gates))


def activation_gating_as_synaptic_gating(network: Network) -> Network:
    """Return an equal network in which a gate on an activation is one gate shared by all incoming synapses, and by the bias.

    A gated bias b becomes a synapse of weight b from the gate itself, gated by the other gates.
    """
    network = sources_as_outputs(network)
    return replace(network, units=tuple(_ungated(unit) if unit.gates else unit for unit in network.units))


def _ungated(unit: Unit) -> Unit:
    synapses = [replace(s, gates=s.gates + unit.gates) for s in unit.synapses]
    bias = unit.bias
    if unit.gate_bias and bias != 0:
        synapses.append(Synapse(unit.gates[0].unit, bias, gates=unit.gates[1:]))
        bias = 0
    return replace(unit, synapses=tuple(synapses), bias=bias, gates=(), gate_bias=True)


# Transfers f and, for gates a of these transfers, f(a S) = a f(S). sgn is missing: at S = 0 it needs to know S.
COMMUTING = {"relu": ("threshold", "relu", "logistic", "exp", "softmax"), "tanh": ("sign",), "threshold": ("threshold",)}


def activation_gating_as_output_gating(network: Network) -> Network:
    """Return an equal network in which f(a S) is a f(S), where the transfer commutes with the gate for every S.

    So it is for an identity unit and any gate; ReLU and a gate that is never negative; tanh and a gate of +-1; a threshold with
    H(0) = 0 and a gate of 0 or 1. Raises BadInput for any other gated activation, and for an ungated bias.

    >>> from workbench.units import affine
    >>> f = Network.of(["x"], [affine("g", {"x": 1}, transfer="sign"), Unit("f", "relu", gates=(output("g"),))], ["f"])
    >>> activation_gating_as_output_gating(f)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: unit f: relu does not commute with its gate g for every activation
    """
    network = sources_as_outputs(network)
    for unit in network.units:
        for gate in unit.gates:
            if not _commutes(network, unit, gate):
                raise BadInput(f"unit {unit.name}: {unit.transfer} does not commute with its gate {gate.unit} for every activation")
        if unit.gates:
            network = network.replace_unit(replace(unit, gates=(), gate_bias=True, output_gates=unit.gates + unit.output_gates))
    return network


def _commutes(network: Network, unit: Unit, gate: Signal) -> bool:
    if not unit.gate_bias and unit.bias != 0:
        return False
    if unit.transfer == "identity":
        return True
    return not unit.at_zero and _transfer(network, gate.unit) in COMMUTING.get(unit.transfer, ())


def and_gating_as_multiplexing(network: Network, attended: str, *, strength: Value) -> Network:
    """Return the network with f AND g, f = H(S) gated by a threshold unit g, written H(S + M (g - 1)) with M = `strength`.

    It equals the given one wherever abs(S) < M. Raises BadInput unless `attended` is a threshold unit whose output is gated by
    one threshold unit and by nothing else.

    >>> from workbench.attention import Quark
    >>> from workbench.units import affine
    >>> f = Network.of(["x"], [affine("g", {"x": 1}, transfer="threshold"), Unit("f", "threshold", (), 1)], ["f"])
    >>> f = Quark("O", "O", "multiplication").apply(f, attending=output("g"), attended="f")
    >>> and_gating_as_multiplexing(f, "f", strength=2).as_expr()
    (Heaviside(2*Heaviside(x, 0) - 1, 0),)
    """
    unit = network.unit(attended)
    gate = unit.output_gates[0] if len(unit.output_gates) == 1 and not unit.output_additions and not unit.gates else None
    if gate is None or gate.variable != "O" or {unit.transfer, _transfer(network, gate.unit)} != {"threshold"}:
        raise BadInput(f"unit {attended} is not a threshold unit gated by the output of one threshold unit, and by nothing else")
    synapse = Synapse(gate.unit, strength, attention=True)
    return network.replace_unit(replace(unit, synapses=(*unit.synapses, synapse), bias=unit.bias - strength, output_gates=()))


def _transfer(network: Network, name: str) -> str:
    """Return the transfer of a unit if nothing acts on its output after it, "" otherwise and for an input."""
    return "" if name in network.inputs or network.unit(name).acting_on_output else network.unit(name).transfer


def output_gating_as_synaptic_gating(network: Network) -> Network:
    """Return an equal network in which a gated output is read through synapses that share the gate.

    A unit that is an output of the network, that attends, or whose output has additions is read through an identity unit of its
    name (one more layer).
    """
    network = sources_as_outputs(network)
    for name in reversed(network.order):
        unit = network.unit(name)
        gates = unit.output_gates
        if not gates:
            continue
        if _observed(network, name) or unit.output_additions:
            bare = _fresh(network, f"{name}_bare")
            total = (Synapse(bare, 1, gates), *(Synapse(a.unit, 1) for a in unit.output_additions))
            renamed = replace(unit, name=bare, output_gates=(), output_additions=())
            network = _read_through(network, Unit(name, "identity", total), renamed)
        else:
            network = network.replace_unit(replace(unit, output_gates=()))
            network = _rewired(network, partial(_gated, name=name, gates=gates))
    return network


def _gated(synapse: Synapse, *, name: str, gates: tuple[Signal, ...]) -> tuple[Synapse, ...]:
    return (replace(synapse, gates=synapse.gates + gates) if synapse.source == name else synapse,)


def synaptic_gating_as_output_gating(network: Network) -> Network:
    """Return an equal network in which a gated synapse is an ordinary one from a private copy whose output is gated."""
    network = sources_as_outputs(network)
    for name in network.order:
        network = _each_synapse(network, name, _from_gated_copy)
    return network


def _from_gated_copy(network: Network, reader: str, synapse: Synapse) -> tuple[Network, tuple[Synapse, ...]]:
    if not synapse.gates:
        return network, (synapse,)
    copy = _private_copy(network, synapse.source, reader, gates=synapse.gates)
    return network.with_unit(copy), (replace(synapse, source=copy.name, gates=()),)


def reduce(network: Network) -> Network:
    """Return an equal network whose only attention blocks are the `THREE`: multiplexing, output gating and synaptic gating.

    >>> f = Network.of(["x", "a"], [Unit("f", "identity", (Synapse("x", 2),), 1, gates=(output("a"),))], ["f"])
    >>> reduce(f).gatings, reduce(f).as_expr()
    (GateCount(additive_activation=0, output=0, synaptic=1, activation=0), (2*a*x + a,))
    """
    network = activation_gating_as_synaptic_gating(network)
    return additive_synaptic_as_gated_copy(additive_output_as_tied_weights(network))
