"""Threshold functions counted exactly, as regions of an arrangement inside one chamber of its symmetry group.

The regions inside each face of the chamber, as `workbench.regions` defines them, are sums over the slices by its hyperplanes, each
slice a task of its own. The same routine counts the regions of the resonance arrangement, under permutations.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import factorial, prod
from pathlib import Path
from typing import Any

import numpy as np

from workbench.capacity.slices import Ints, regions_of_slices
from workbench.errors import BadInput, Rejected
from workbench.regions import Counts, moebius
from workbench.shards import Progress, Store, computed

THRESHOLD_LIMIT = 11
RESONANCE_LIMIT = 8
KEY = re.compile(r"(\d+):(\d+)/(\d+)")
PARTS = {10: 32, 11: 512, 12: 32768}  # of a face with so many rays; one up to nine, which take a second


def threshold_counts(
    n: int,
    *,
    store: Path | None = None,
    workers: int = 1,
    client: Any = None,
    progress: Callable[[Progress], object] | None = None,
) -> Counts:
    """Return the exact numbers of threshold functions of n inputs, 0 <= n <= 11, and of their classes.

    With a `store`, a folder, finished shards are kept and not computed again; `workers`, `client` and `progress` are those of
    `workbench.shards.computed`. Raises BadInput above n = 11.

    >>> threshold_counts(4).threshold
    1882
    >>> threshold_counts(12)
    Traceback (most recent call last):
        ...
    workbench.errors.BadInput: n = 12 is not from 0 to 11: estimate larger counts
    """
    tasks = {key: [n, key] for key in shards(n)}
    values = computed(_name(n), tasks, shard_value, store=store, workers=workers, client=client, progress=progress)
    faces = [0] * 2 ** (n + 1)
    for key, value in values.items():
        number, part, _ = _parsed(key)
        faces[number] += value + (part == 0)
    return Counts(n, tuple(faces))


def shards(n: int) -> tuple[str, ...]:
    """Return the keys of the independent parts of the count for n inputs: 'face:part/parts'.

    The rays of a face are the bits of its number; its parts are those of `slices.regions_of_slices`. A face that a hyperplane
    contains has none. Raises BadInput above n = 11.

    >>> shards(1), len(shards(9))
    (('1:0/1', '3:0/1'), 1023)
    """
    chamber = threshold_chamber(_arity(n))
    faces = [(number, PARTS.get(len(rays), 1)) for number, rays in enumerate(_subsets(n + 1)) if _open(chamber, rays)]
    return tuple(f"{number}:{part}/{parts}" for number, parts in faces for part in range(parts))


def shard_value(n: int, key: str, order: int = 0) -> int:
    """Return the regions that a shard adds to its face, walking the slices in one of many orders: the value is the same.

    A part of many fixes the order of the hyperplanes in the first two levels of slices, another order changes it below. A face may
    be cut into any number of parts. Raises BadInput if there is no such part for n inputs.

    >>> [shard_value(5, "63:0/1", order) for order in (0, 1, 7)], [shard_value(5, f"63:{part}/3") for part in range(3)]
    ([20, 20, 20], [6, 4, 10])
    """
    number, part, parts = _parsed(key)
    chamber, rays = threshold_chamber(_arity(n)), _ones(number)
    if number >> (n + 1) or not _open(chamber, rays) or not part < parts:
        raise BadInput(f"shard {key!r} is none of n = {n}: take one of shards({n})")
    return regions_of_slices(_cuts(chamber, rays), part=part, parts=parts, order=order)


def recomputed(
    n: int,
    store: Path,
    *,
    sample: int = 50,
    order: int = 1,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[Progress], object] | None = None,
) -> tuple[str, ...]:
    """Compute a random sample of the shards in a store once more in another order, and return their keys.

    Raises Rejected at a shard whose value is another, BadInput if the store is damaged.
    """
    kept = Store(store, _name(n)).read({key: [n, key] for key in shards(n)})
    keys = random.Random(seed).sample(sorted(kept), min(sample, len(kept)))
    tasks = {key: [n, key, order] for key in keys}
    for key, value in computed(f"{_name(n)}, order {order}", tasks, shard_value, workers=workers, progress=progress).items():
        if value != kept[key]:
            raise Rejected(f"{kept[key]} regions are kept, and {value} found in order {order}", place=f"shard {key}")
    return tuple(keys)


def predicted_seconds(n: int, *, sample: int = 8, progress: Callable[[Progress], object] | None = None) -> float:
    """Return the processor time that the count is likely to take, from that of a systematic sample of its shards.

    Of the shards of all faces with equally many rays, at least `sample` are run, at equal distances in `shards(n)`; that takes
    minutes at n = 10. Raises BadInput above n = 11.
    """
    by_rays: dict[int, list[str]] = {}
    for key in shards(n):
        by_rays.setdefault(_parsed(key)[0].bit_count(), []).append(key)
    samples = {rays: keys[:: max(1, len(keys) // sample)] for rays, keys in by_rays.items()}
    _processor_seconds(3, "15:0/1")  # compiles it
    tasks = {key: [n, key] for keys in samples.values() for key in keys}
    seconds: dict[str, float] = computed(f"sample of {n} inputs", tasks, _processor_seconds, progress=progress)
    return sum(sum(seconds[key] for key in keys) / len(keys) * len(by_rays[rays]) for rays, keys in samples.items())


def resonance_regions(n: int) -> int:
    """Return the number of regions of the resonance arrangement, the hyperplanes of all partial sums of n + 1 reals with sum 0.

    Source: A034997.

    >>> [resonance_regions(n) for n in range(1, 6)]
    [2, 6, 32, 370, 11292]
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= RESONANCE_LIMIT:
        raise BadInput(f"n = {n!r} is not from 1 to {RESONANCE_LIMIT}")
    chamber = _resonance_chamber(n)
    faces = [1 + regions_of_slices(_cuts(chamber, rays)) if _open(chamber, rays) else 0 for rays in _subsets(n)]
    sizes = ([b - a for a, b in pairwise([0, *(k + 1 for k in strict), n + 1])] for strict in _subsets(n))
    return sum(e * factorial(n + 1) // prod(map(factorial, blocks)) for e, blocks in zip(moebius(faces), sizes, strict=True))


@lru_cache(maxsize=2)
def threshold_chamber(n: int) -> Ints:
    """Return the values of the hyperplanes x in {-1, 1}^(n+1), x_1 = 1, on the rays of the chamber: the prefix sums of x.

    >>> threshold_chamber(1).tolist()
    [[1, 2], [1, 0]]
    """
    signs = 1 - 2 * (np.arange(1 << n)[:, None] >> np.arange(n)[::-1] & 1)
    prefixes: Ints = np.cumsum(np.hstack([np.ones((1 << n, 1), np.int64), signs]), axis=1)
    prefixes.flags.writeable = False
    return prefixes


def _resonance_chamber(n: int) -> Ints:
    """The values of the sums over S, which holds 0 and not everything, on the rays n + 1 - k (k times), -k (n + 1 - k times)."""
    members = np.arange(1, 1 << (n + 1), 2)[:-1, None] >> np.arange(n + 1) & 1
    inside = np.cumsum(members, axis=1)
    return (n + 1) * inside[:, :-1] - np.arange(1, n + 1) * inside[:, -1:]


def _open(chamber: Ints, rays: Sequence[int]) -> bool:
    """Whether no hyperplane contains the face of some rays."""
    return bool(chamber[:, rays].any(axis=1).all())


def _cuts(chamber: Ints, rays: Sequence[int]) -> Ints:
    """The hyperplanes that cut the face of some rays, once each, in lowest terms."""
    values = chamber[:, rays]
    values = values[(values.min(axis=1, initial=0) < 0) & (values.max(axis=1, initial=0) > 0)]
    values //= np.gcd.reduce(values, axis=1, keepdims=True)
    leading = values[np.arange(len(values)), (values != 0).argmax(axis=1)]
    values *= np.sign(leading)[:, None]
    _, first = np.unique(values, axis=0, return_index=True)
    return np.ascontiguousarray(values[np.sort(first)])


def _name(n: int) -> str:
    return f"threshold-regions-{n}"


def _processor_seconds(n: int, key: str) -> float:
    start = time.thread_time()
    shard_value(n, key)
    return time.thread_time() - start


def _parsed(key: str) -> tuple[int, int, int]:
    if not (match := KEY.fullmatch(key)):
        raise BadInput(f"shard {key!r} is not face:part/parts")
    number, part, parts = map(int, match.groups())
    return number, part, parts


def _subsets(rays: int) -> list[list[int]]:
    return [_ones(number) for number in range(1 << rays)]


def _ones(number: int) -> list[int]:
    return [k for k in range(number.bit_length()) if number >> k & 1]


def _arity(n: object) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= THRESHOLD_LIMIT:
        raise BadInput(f"n = {n!r} is not from 0 to {THRESHOLD_LIMIT}: estimate larger counts")
    return n
