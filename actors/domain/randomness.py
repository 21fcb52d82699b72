"""Counter-based random numbers in bulk: any draw of any stream, without the draws before it.

Decides how a stream is named and what its n-th draw is (SplitMix64 of Steele, Lea and Flood, 2014,
entered at a counter; normal draws by Box and Muller). Knows nothing of what is drawn for. Input: a key
and counters; output: arrays, the same for the same arguments on every machine and in every order. Single
draws of an order's fate are ``ids.uniform``.
"""

from hashlib import blake2b
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Words: TypeAlias = NDArray[np.uint64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def stream(*parts: str | int) -> int:
    """The key of a stream: 64 bits of BLAKE2b over the parts, each with its length before it."""
    digest = blake2b(digest_size=8)
    for part in parts:
        raw = str(part).encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return int.from_bytes(digest.digest(), "big")


def words(key: int, counters: Words) -> Words:
    """64 random bits per counter (uint64, any shape)."""
    mixed = np.uint64(key) + counters * _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    found: Words = mixed ^ (mixed >> np.uint64(31))
    return found


def uniforms(key: int, count: int, first: int = 0) -> Floats:
    """Draws ``first`` to ``first + count - 1`` of the stream, in [0, 1), 53 bits each."""
    return unit(words(key, np.arange(first, first + count, dtype=np.uint64)))


def normals(key: int, count: int, first: int = 0) -> Floats:
    """Standard normal draws ``first`` to ``first + count - 1`` of the stream; each takes two counters."""
    pairs = words(key, np.arange(2 * first, 2 * (first + count), dtype=np.uint64))
    radius = np.sqrt(-2.0 * np.log1p(-unit(pairs[::2])))
    drawn: Floats = radius * np.cos(2.0 * np.pi * unit(pairs[1::2]))
    return drawn


def unit(bits: Words) -> Floats:
    """Random words as numbers in [0, 1)."""
    found: Floats = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found
