"""What one gate says, and how its figures are told.

Decides the text of money, seconds and counts in an explanation. Knows no gate.
"""

from functools import lru_cache
from typing import NamedTuple

from ..domain.money import format_nanos


class Verdict(NamedTuple):
    """What one gate says."""

    passed: bool
    value: str | None
    """None = it could not be evaluated, and so fails."""
    limit: str
    distance: str = ""
    """How far inside (+) or outside (-) the limit; empty where it has none."""


OFF = Verdict(True, "-", "off")
"""Of a gate that the config does not set."""

told = lru_cache(maxsize=256)(format_nanos)
"""A limit as text: it is the same at every decision."""


def unknown(limit: str) -> Verdict:
    """Of a gate that cannot be evaluated."""
    return Verdict(False, None, limit)


def at_most(used: int, limit: int) -> Verdict:
    """A count against its largest allowed."""
    room = limit - used
    return Verdict(room >= 0, str(used), str(limit), f"{room:+d}")


def money_at_most(used: int | None, limit: int) -> Verdict:
    """Nanos against their largest allowed; None = unknown."""
    if used is None:
        return unknown(told(limit))
    room = limit - used
    return Verdict(room >= 0, format_nanos(used), told(limit), signed(room))


def signed(nanos: int) -> str:
    """Money, or seconds (a nanosecond is to one what a nano is to the other), with their sign."""
    return format_nanos(nanos) if nanos < 0 else f"+{format_nanos(nanos)}"
