"""Derived ids and counter-based randomness: the same cause always gives the same id and draw.

Decides how an id is made (8 bytes of time, 8 bytes of BLAKE2b over what caused it) and how a
random number is made (a hash of seed, model, order and attempt; no generator state anywhere).
Knows no message.
"""

from hashlib import blake2b


def derive_id(ts: int, *parts: object) -> bytes:
    """16 bytes: ``ts`` big-endian, then BLAKE2b-64 of the parts.

    Parts are str, int, or bytes; each is length-prefixed, so no two part lists collide by joining.
    """
    return id_of(ts, framed(*parts))


def framed(*parts: object) -> bytes:
    """The parts of an id, each length-prefixed; what many ids begin with is framed once and put before."""
    whole = b""
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        whole += len(raw).to_bytes(4, "big") + raw
    return whole


def id_of(ts: int, parts: bytes) -> bytes:
    """An id of framed parts: ``id_of(ts, framed(a) + framed(b))`` is ``derive_id(ts, a, b)``."""
    return ts.to_bytes(8, "big", signed=True) + blake2b(parts, digest_size=8).digest()


def uniform(seed: int, model: str, order_id: bytes, attempt: int) -> float:
    """A number in [0, 1) that depends only on its arguments (53 bits of BLAKE2b)."""
    digest = blake2b(digest_size=8)
    digest.update(seed.to_bytes(8, "big", signed=True))
    digest.update(model.encode())
    digest.update(b"\0")
    digest.update(order_id)
    digest.update(attempt.to_bytes(8, "big", signed=True))
    return (int.from_bytes(digest.digest(), "big") >> 11) / (1 << 53)
