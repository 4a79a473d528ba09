"""State a theorem about threshold or attention networks in SymPy, run it in JAX, and learn how far it holds.

Public names are resolved when first used, so that importing the package loads neither SymPy nor JAX.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "errors": ("BadInput", "Disagreement", "Rejected", "Unsound"),
    "domain": ("Cube", "inputs"),
    "poly": ("Multilinear",),
    "threshold": ("BooleanFunction", "PTF"),
    "network": ("GateCount", "Network"),
    "units": ("Signal", "Synapse", "Unit", "affine", "output", "sign_unit", "threshold_unit"),
    "attention": ("QUARKS", "Quark"),
    "expressions": ("H",),
    "identity": ("Identity",),
    "bound": ("Bound",),
    "statement": ("Case", "ForAll", "ForEach", "Prose"),
    "enclosures": ("enclosed_sign",),
    "evidence": (
        "Certified",
        "Cited",
        "Control",
        "Counterexample",
        "Derived",
        "Enclosed",
        "HERE",
        "Hand",
        "Measured",
        "Outcome",
        "Source",
    ),
    "claim": ("Claim", "Entry", "Verdict", "judge", "judge_all"),
    "certificate": (
        "CountCertificate",
        "CounterexampleCertificate",
        "Equivalence",
        "IdentityCertificate",
    ),
    "failing_case": ("FailingCase",),
    "witness": ("DualWitness", "SignRepresentation"),
    "miter": ("Miter",),
    "families": ("Family",),
    "regions": ("Counts",),
    "counts": ("threshold_count", "threshold_polynomials", "threshold_tables"),
    "lowering": (
        "Exactness",
        "Lowered",
        "LoweredNetwork",
        "Sharded",
        "cube_values",
        "lower",
        "packed_table",
        "shard",
    ),
    "capacity.chow": ("chow_parameters",),
    "capacity.bounds": ("bounds",),
    "capacity.counting": ("Count", "count"),
    "capacity.estimate": ("Estimate",),
    "capacity.estimating": ("estimate",),
    "capacity.degrees": ("ThresholdDegree", "threshold_degree", "threshold_degrees"),
    "capacity.least_weights": ("LeastWeights", "minimal_weights"),
    "capacity.membership": ("Membership", "member"),
    "capacity.nearest": ("Nearest", "nearest_threshold"),
    "capacity.recognised": ("Recognised", "recognise"),
    "mechanisms": ("mechanism",),
    "mechanisms.agreement": ("agreement",),
    "mechanisms.census": ("Census", "crossover"),
    "mechanisms.forms": ("Mechanism",),
    "mechanisms.modules": ("Block", "MultiHead"),
    "capacity.sampling": ("Sample", "sample"),
    "class_count": ("ClassCount",),
    "circuits.smallest": ("Circuit", "circuit"),
    "optimum": ("SmallestCircuits",),
    "dynamics.asymptotics": ("asymptote",),
    "dynamics.margins": ("least_norm", "least_norm_certificate"),
    "dynamics.nuclear": ("nuclear_certificate", "nuclear_margin"),
    "dynamics.token_inputs": ("TokenInputs",),
    "dynamics.token_runs": ("Draws", "select"),
    "separation": ("LeastNorm", "NoMargin", "NuclearBracket"),
    "dynamics.flow": ("Flow",),
    "dynamics.softmax": ("softmax_gradient", "softmax_mean"),
    "tallies": ("FamilyCount", "RegionCount"),
    "runs": ("Run", "record"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ("circuits", "families")
__all__ = sorted((*_HOME, *_MODULES))
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"workbench.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    value = getattr(import_module(f"workbench.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
