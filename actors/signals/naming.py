"""What the kernels' numbers are called, and what the config calls the detectors.

Decides every name that leaves this room: detectors, events, kinds, families, patterns, pools. Knows no
state. ``docs/detectors.md`` explains them.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

from ..domain.ids import framed, id_of
from ..errors import BadConfig
from . import layout as at

DETECTORS: Mapping[str, int] = {
    "FVG": at.D_FVG,
    "IFVG": at.D_IFVG,
    "BOS": at.D_BOS,
    "SWEEP": at.D_SWEEP,
    "DISPLACEMENT": at.D_DISPLACEMENT,
    "STRAT_212": at.D_STRAT_212,
    "STRAT_312": at.D_STRAT_312,
    "STRAT_22": at.D_STRAT_22,
    "STRAT_122": at.D_STRAT_122,
    "STRAT_322": at.D_STRAT_322,
    "ORDER_BLOCK": at.D_BLOCK,
}
"""Name in the config -> the bit that lets it raise signals."""

SCANNED = ("fvg", "swing", "structure", "sweep", "displacement", "strat", "order_block")
"""The detectors whose events a scan lists."""


Place: TypeAlias = bytes
"""What an id is derived of besides the event, framed: tape, symbol, timeframe."""


class Naming(NamedTuple):
    """How an event is called."""

    detector: str
    event: str
    kind: str = ""
    """Of an entry: its row in the table of kinds."""
    family: str = ""
    context: bool = False
    """Evidence that is never scored as an entry."""
    ordinal: int = 0
    """Tells apart what shares detector, kind, direction, origin and instant."""


NAMES: Mapping[int, Naming] = {
    at.SWING_CANDIDATE: Naming("swing", "candidate"),
    at.SWING_FINAL: Naming("swing", "final"),
    at.SWING_DROPPED: Naming("swing", "dropped"),
    at.LEVEL_BROKEN: Naming("structure", "broken"),
    at.BOS: Naming("structure", "bos", "bos", "structure"),
    at.CHOCH: Naming("structure", "choch", "choch", "structure"),
    at.BREAK_FAILED: Naming("structure", "break_failed"),
    at.FVG: Naming("fvg", "confirmed", "fvg", "imbalance"),
    at.FVG_TOUCHED: Naming("fvg", "touched"),
    at.FVG_CE: Naming("fvg", "midpoint"),
    at.FVG_FILLED: Naming("fvg", "filled"),
    at.FVG_INVERTED: Naming("fvg", "inverted"),
    at.IFVG: Naming("fvg", "inverse", "ifvg", "imbalance"),
    at.IFVG_CLOSED: Naming("fvg", "inverse_closed"),
    at.IFVG_EXPIRED: Naming("fvg", "inverse_expired"),
    at.SWEEP: Naming("sweep", "swept", "sweep", "liquidity"),
    at.DISPLACED: Naming("displacement", "confirmed", "displacement", "imbalance"),
    at.DISPLACED_MULTI: Naming("displacement", "confirmed", "displacement", "imbalance", ordinal=1),
    at.WITH_GAP: Naming("displacement", "with_gap"),
    at.STRAT_ARMED: Naming("strat", "armed"),
    at.STRAT_EXPIRED: Naming("strat", "expired"),
    at.STRAT_SPENT: Naming("strat", "spent"),
    at.STRAT_REVERSAL: Naming("strat", "triggered", "strat_212_reversal", "sequence"),
    at.STRAT_CONTINUATION: Naming("strat", "triggered", "strat_212_continuation", "sequence"),
    at.STRAT_312: Naming("strat", "triggered", "strat_312", "sequence"),
    at.STRAT_22: Naming("strat", "triggered", "strat_22", "sequence"),
    at.STRAT_122: Naming("strat", "triggered", "strat_122", "sequence"),
    at.STRAT_322: Naming("strat", "triggered", "strat_322", "sequence"),
    at.BLOCK_FORMED: Naming("order_block", "formed", "order_block", "imbalance", context=True),
    at.BLOCK_MITIGATED: Naming("order_block", "mitigated"),
    at.BLOCK_BROKEN: Naming("order_block", "broken"),
}
"""Event code -> names; STOPPED takes the detector of the entry it ends."""

FACTORS: Mapping[int, float] = {
    at.FVG_CE: 0.5,
    at.FVG_FILLED: 0.0,
    at.IFVG_CLOSED: 0.0,
    at.IFVG_EXPIRED: 0.0,
    at.BREAK_FAILED: 0.0,
    at.STOPPED: 0.0,
    at.STRAT_SPENT: 0.0,
    at.BLOCK_MITIGATED: 0.5,
    at.BLOCK_BROKEN: 0.0,
}
"""Event code -> what is left of the evidence of the signal it belongs to."""

POOLS: Mapping[int, str] = {
    at.SWING_POOL: "swing",
    at.EQUAL_POOL: "equal",
    at.RANGE_POOL: "opening_range",
    at.DAY_POOL: "day",
    at.WEEK_POOL: "week",
}
PATTERNS: Mapping[int, str] = {
    at.P_212: "2-1-2",
    at.P_312: "3-1-2",
    at.P_22: "2-2",
    at.P_122: "1-2-2",
    at.P_322: "3-2-2",
}
ENTRY_PATTERNS: Mapping[int, int] = {
    at.STRAT_REVERSAL: at.P_212,
    at.STRAT_CONTINUATION: at.P_212,
    at.STRAT_312: at.P_312,
    at.STRAT_22: at.P_22,
    at.STRAT_122: at.P_122,
    at.STRAT_322: at.P_322,
}
"""Entry -> its pattern."""
SCENARIOS: Mapping[int, str] = {0: "", 1: "1", 2: "2u", -2: "2d", 3: "3"}


def naming(code: int, source: int) -> Naming:
    """The names of an event that belongs to one of code ``source``."""
    return Naming(NAMES[source].detector, "stopped") if code == at.STOPPED else NAMES[code]


def identify(ts: int, place: Place, code: int, direction: int, origin: int) -> bytes:
    """The id of an entry that became known at ``ts``."""
    before, after = _entry_parts(code, direction)
    return id_of(ts, place + before + framed(origin) + after)


def identify_event(
    ts: int, place: Place, code: int, direction: int, origin: int, source: tuple[int, int]
) -> bytes:
    """The id of what is no entry; ``source``: time and code of the event that it belongs to."""
    return id_of(ts, place + _event_parts(code, source[1], direction) + framed(origin, *source))


@cache
def _entry_parts(code: int, direction: int) -> tuple[bytes, bytes]:
    name = NAMES[code]
    return framed(name.detector, name.kind, direction), framed(name.ordinal)


@cache
def _event_parts(code: int, source: int, direction: int) -> bytes:
    name = naming(code, source)
    return framed(name.detector, name.event, direction)


def sequence(pattern: int, before: int, direction: int) -> str:
    """The bars of a strat pattern, e.g. ``2d-1-2u``; the last one open where both sides can trigger."""
    last = {1: "2u", -1: "2d", 0: "2"}[direction]
    first = SCENARIOS[before]
    if pattern in (at.P_212, at.P_312):
        return f"{first}-1-{last}"
    middle = SCENARIOS[-2 * direction]
    return f"{middle}-{last}" if pattern == at.P_22 else f"{first}-{middle}-{last}"


def bits_of(names: Iterable[str]) -> int:
    """The bits of the detectors of these config names; BadConfig on an unknown one."""
    unknown = set(names) - set(DETECTORS)
    if unknown:
        raise BadConfig(f"detectors: unknown {sorted(unknown)}, known are {sorted(DETECTORS)}")
    return sum(DETECTORS[name] for name in set(names))
