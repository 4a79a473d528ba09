"""From SymPy expressions, polynomials and networks to jitted JAX functions that know whether they are exact."""

from workbench.lowering.arrays import LoweredArrays
from workbench.lowering.cube import cube_values, packed_table
from workbench.lowering.devices import Sharded, shard
from workbench.lowering.enclosure import Enclosure
from workbench.lowering.layers import LoweredNetwork
from workbench.lowering.lowered import Lowered, lower
from workbench.lowering.number_signs import enclosed_sign
from workbench.lowering.precision import Exactness

__all__ = [
    "Enclosure",
    "Exactness",
    "Lowered",
    "LoweredArrays",
    "LoweredNetwork",
    "Sharded",
    "cube_values",
    "enclosed_sign",
    "lower",
    "packed_table",
    "shard",
]
