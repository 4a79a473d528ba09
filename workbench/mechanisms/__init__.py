"""Attention mechanisms, each as a SymPy expression, a network with gates, and a JAX function; and the counts of their products."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.mechanisms.forms import Mechanism

HOMES = {  # the constructor of each named mechanism, by module
    "softmax": ("dot_products", "softmax"),
    "linear": ("linear_forms", "linear"),
    "krause": ("distances", "krause"),
    "krause-softmax": ("hybrids", "krause_softmax"),
    "hadamard": ("hadamard_products", "hadamard"),
    "synchronization": ("oscillators", "synchronization"),
    "affine-scaled": ("scaling", "affine_scaled"),
    "linearised": ("linear_forms", "linearised"),
    "top-n": ("dot_products", "top_n"),
    "value-softmax": ("dot_products", "value_softmax"),
    "softmax-with-sink": ("dot_products", "sink"),
    "glu": ("gates", "glu"),
    "lstm": ("gates", "lstm"),
    "gru": ("gates", "gru"),
    "squeeze-excitation": ("gates", "squeeze_excitation"),
    "hypernetwork": ("gates", "hypernetwork"),
    "fast-weights": ("gates", "fast_weights"),
}


def mechanism(name: str, **options: Any) -> Mechanism:
    """Return the mechanism of this name, with options of its constructor.

    Raises BadInput for an unknown name or option.

    >>> mechanism("top-n", most=3).options[0]
    ('most', 3)
    >>> mechanism("sparsemax")
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: no mechanism 'sparsemax': there are softmax, linear, krause, krause-softmax, hadamard, \
synchronization, affine-scaled, linearised, top-n, value-softmax, softmax-with-sink, glu, lstm, gru, squeeze-excitation, \
hypernetwork, fast-weights
    """
    if not isinstance(name, str) or name not in HOMES:
        raise BadInput(f"no mechanism {name!r}: there are {', '.join(HOMES)}")
    module, constructor = HOMES[name]
    build: Any = getattr(import_module(f"workbench.mechanisms.{module}"), constructor)
    if unknown := set(options) - set(build.__kwdefaults__ or {}):
        raise BadInput(f"{name} has no option {min(unknown)!r}: there are {', '.join(build.__kwdefaults__ or {}) or 'none'}")
    built: Mechanism = build(**options)
    return built
