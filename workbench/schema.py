"""Strict reading of JSON: duplicate keys, unknown keys, floats, huge numbers and wrong types are one clear error each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from workbench import formula
from workbench.errors import BadInput
from workbench.network import Network
from workbench.units import Signal, Synapse, Unit, Value, symbolic

SIZE_LIMIT = 32 * 1024 * 1024  # characters in one file
CLAIM = re.compile(r"[a-z][a-z0-9_]{0,199}")
DIGIT_LIMIT = 2_000  # digits in one integer


def parse(text: str) -> Any:
    """Return the JSON document of a text.

    Raises BadInput if it is too large, truncated, nested too deep, repeats a key, or holds a float or a huge integer.

    >>> parse('{"n": 3}')
    {'n': 3}
    >>> parse('{"n": 3, "n": 4}')
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: key 'n' stands twice in one object
    """
    if len(text) > SIZE_LIMIT:
        raise BadInput(f"file of {len(text)} characters > {SIZE_LIMIT}")
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_float=_float, parse_constant=_float, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise BadInput(f"not JSON (truncated?): {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BadInput("JSON is nested too deep") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadInput(f"key {key[:80]!r} stands twice in one object")
        found[key] = value
    return found


def _float(text: str) -> NoReturn:
    raise BadInput(f"{text[:40]} is not an integer: exact files hold integers and decimal strings")


def _integer(text: str) -> int:
    if len(text) > DIGIT_LIMIT:
        raise BadInput(f"an integer of {len(text)} digits > {DIGIT_LIMIT}")
    return int(text)


class Fields:
    """The fields of one JSON object, taken one by one; what is left over at the end is an error.

    >>> fields = Fields({"n": 3, "extra": 1}, "a count")
    >>> fields.integer("n", low=0, high=4)
    3
    >>> fields.end()
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: a count has unknown fields ['extra']
    """

    def __init__(self, data: Any, what: str) -> None:
        if not isinstance(data, dict):
            raise BadInput(f"{what} is not a JSON object but {type(data).__name__}")
        self.data = dict(data)
        self.what = what

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """Return and remove a field of the given type."""
        if key not in self.data:
            if default is not ...:
                return default
            raise BadInput(f"{self.what} lacks the field {key!r}")
        value = self.data.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadInput(f"{self.what}: field {key!r} is of type {type(value).__name__}")
        return value

    def integer(self, key: str, *, low: int, high: int | None = None, default: Any = ...) -> int:
        """Return an integer within limits."""
        value: int = self.take(key, int, default)
        if value < low or (high is not None and value > high):
            raise BadInput(f"{self.what}: {key} = {str(value)[:40]} is not from {low} to {'any' if high is None else high}")
        return value

    def name(self, key: str) -> str:
        """Return an identifier."""
        return str(formula.symbol(self.take(key, str)).name)

    def claim(self, key: str) -> str:
        """Return the name of a claim."""
        text: str = self.take(key, str)
        if not CLAIM.fullmatch(text):
            raise BadInput(
                f"{self.what}: {key} = {text[:80]!r} is not lower-case words joined by underscores, at most 200 characters"
            )
        return text

    def table(self, key: str, n: int) -> int:
        """Return a truth table of n inputs, written in hexadecimal."""
        text = self.take(key, str)
        if (
            not text.startswith("0x")
            or len(text) > 2 + max(1, (1 << n) // 4)
            or any(c not in "0123456789abcdef" for c in text[2:])
            or text == "0x"
        ):
            raise BadInput(f"{self.what}: {key} = {text[:40]!r} is not a lower-case hexadecimal table of {n} inputs")
        return int(text, 16)

    def items(self, key: str, read: Callable[[Any], Any], default: Any = ...) -> tuple[Any, ...]:
        """Return a list, each item read."""
        return tuple(read(item) for item in self.take(key, list, default))

    def end(self) -> None:
        """Raise BadInput if a field is left."""
        if self.data:
            raise BadInput(f"{self.what} has unknown fields {sorted(k[:40] for k in self.data)}")


def integers(item: Any) -> tuple[int, ...]:
    """Return a list of integers as a tuple. Raises BadInput for anything else."""
    if not isinstance(item, list) or any(isinstance(i, bool) or not isinstance(i, int) for i in item):
        raise BadInput(f"{str(item)[:60]} is not a list of integers")
    return tuple(item)


def write_network(network: Network) -> dict[str, Any]:
    """Return the JSON form of a network; fields that have their default value are left out."""
    return {"inputs": list(network.inputs), "units": [_write_unit(u) for u in network.units], "outputs": list(network.outputs)}


def _write_unit(unit: Unit) -> dict[str, Any]:
    full = {
        "name": unit.name,
        "transfer": unit.transfer,
        "synapses": [_write_synapse(s) for s in unit.synapses],
        "bias": _write_value(unit.bias),
        "additions": [[_write_value(w), _write_signal(s)] for w, s in unit.additions],
        "gates": _write_signals(unit.gates),
        "gate_bias": unit.gate_bias,
        "output_gates": _write_signals(unit.output_gates),
        "output_additions": _write_signals(unit.output_additions),
        "group": unit.group,
        "at_zero": unit.at_zero,
    }
    plain = {
        "bias": "0",
        "additions": [],
        "gates": [],
        "gate_bias": True,
        "output_gates": [],
        "output_additions": [],
        "group": None,
        "at_zero": 0,
    }
    return {k: v for k, v in full.items() if plain.get(k, ...) != v or k not in plain}


def _write_synapse(synapse: Synapse) -> dict[str, Any]:
    full = {
        "source": synapse.source,
        "weight": _write_value(synapse.weight),
        "gates": _write_signals(synapse.gates),
        "additions": _write_signals(synapse.additions),
        "attention": synapse.attention,
    }
    return {k: v for k, v in full.items() if k in ("source", "weight") or v}


def _write_value(value: Value) -> Any:
    return formula.write(symbolic(value))


def _write_signals(signals: Iterable[Signal]) -> list[list[str]]:
    return [_write_signal(s) for s in signals]


def _write_signal(signal: Signal) -> list[str]:
    return list(signal.node)


def read_network(data: Any) -> Network:
    """Return the network of a JSON form. Raises BadInput for anything that is not one."""
    fields = Fields(data, "a network")
    inputs = fields.items("inputs", _read_name)
    units = fields.items("units", _read_unit)
    outputs = fields.items("outputs", _read_name)
    fields.end()
    return Network(inputs, units, outputs)


def _read_name(item: Any) -> str:
    return str(formula.symbol(item).name)


def _read_unit(data: Any) -> Unit:
    fields = Fields(data, "a unit")
    unit = Unit(
        fields.name("name"),
        fields.take("transfer", str),
        fields.items("synapses", _read_synapse),
        formula.read(fields.take("bias", (str, dict), "0")),
        fields.items("additions", _read_addition, []),
        fields.items("gates", _read_signal, []),
        fields.take("gate_bias", bool, True),
        fields.items("output_gates", _read_signal, []),
        fields.items("output_additions", _read_signal, []),
        fields.take("group", (str, type(None)), None),
        fields.integer("at_zero", low=0, high=1, default=0),
    )
    fields.end()
    return unit


def _read_synapse(data: Any) -> Synapse:
    fields = Fields(data, "a synapse")
    weight = formula.read(fields.take("weight", (str, dict)))
    gates, additions = fields.items("gates", _read_signal, []), fields.items("additions", _read_signal, [])
    synapse = Synapse(fields.name("source"), weight, gates, additions, fields.take("attention", bool, False))
    fields.end()
    return synapse


def _read_addition(item: Any) -> tuple[Value, Signal]:
    if not isinstance(item, list) or len(item) != 2:
        raise BadInput(f"addition {str(item)[:60]} is not a pair [weight, signal]")
    return formula.read(item[0]), _read_signal(item[1])


def _read_signal(item: Any) -> Signal:
    if not isinstance(item, list) or not 2 <= len(item) <= 3 or any(not isinstance(i, str) for i in item):
        raise BadInput(f"signal {str(item)[:60]} is not a list [variable, unit] or [variable, unit, presynaptic]")
    return Signal(*item)
