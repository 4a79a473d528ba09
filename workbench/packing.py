"""Long lists of integers in a JSON file: little-endian words of one width, compressed by zlib, written in base64."""

from __future__ import annotations

import sys
import zlib
from array import array
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from typing import Any

from workbench.errors import BadInput
from workbench.schema import Fields

CODES = {8: "b", 16: "h", 32: "i", 64: "q"}  # signed words by their bits
LENGTH_LIMIT = 1 << 25


def packed(values: Sequence[int]) -> dict[str, Any]:
    """Return the JSON form of integers of at most 64 bits. Raises BadInput for larger ones.

    >>> unpacked(packed([3, -200]), length=2).tolist()
    [3, -200]
    """
    largest = max(max(values, default=0), -1 - min(values, default=0))
    width = next((bits for bits in CODES if largest < 1 << (bits - 1)), None)
    if width is None:
        raise BadInput(f"an integer of {largest.bit_length()} bits > 63")
    words = little_endian(array(CODES[width], values))
    return {"bits": width, "zlib": b64encode(zlib.compress(words.tobytes(), 9)).decode("ascii")}


def unpacked(data: Any, *, length: int) -> array[int]:
    """Return the integers of a JSON form. Raises BadInput for anything but a form of exactly `length` integers."""
    if not 0 <= length <= LENGTH_LIMIT:
        raise BadInput(f"{length} packed integers > {LENGTH_LIMIT}")
    fields = Fields(data, "a packed list")
    width, text = fields.integer("bits", low=8, high=64), fields.take("zlib", str)
    fields.end()
    if width not in CODES:
        raise BadInput(f"words of {width} bits: they have {', '.join(map(str, CODES))}")
    size = length * width // 8
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(b64decode(text, validate=True), size + 1)  # no more than is expected is ever unfolded
    except (Error, ValueError, zlib.error):
        raise BadInput("a packed list is damaged: its base64 or zlib text cannot be read") from None
    if len(raw) != size or not stream.eof or stream.unused_data:
        raise BadInput(f"a packed list does not hold exactly {length} words of {width} bits")
    words = array(CODES[width])
    words.frombytes(raw)
    return little_endian(words)


def little_endian(words: array[int]) -> array[int]:
    """Return words whose bytes in memory are little-endian, from words of this machine, or the other way round."""
    if sys.byteorder == "big":
        words.byteswap()
    return words
