"""One thing a detector saw, as it is shown to people and programs.

Decides how an event row of the kernels reads. Knows no state. Input: event rows; output: ``Detection``.
"""

from collections.abc import Callable

import msgspec

from . import layout as at
from .naming import ENTRY_PATTERNS, NAMES, PATTERNS, POOLS, Place, identify, identify_event, naming, sequence


class Detection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event of a detector; prices in nanos, times in ns UTC. ``docs/detectors.md`` lists the events."""

    id: bytes
    detector: str
    event: str
    kind: str = ""
    """Of an entry: its row in the table of kinds."""
    direction: int
    """+1 long, -1 short, 0 both; of swings +1 = high, -1 = low."""
    origin_bar: int
    """Index of the pattern's own bar."""
    first_bar: int
    """Index of the first bar the pattern is made of; the last one is ``bar``."""
    bar: int
    """Index of the newest closed bar when it became known."""
    time: int
    """Start of that bar; of an event within the bar after it, start of that one."""
    known_at: int
    """The instant at which it became known: the end of a bar."""
    top: int
    bottom: int
    level: int
    """The price that matters: of a zone its near edge, else the price itself; 0 = none."""
    strength: float | None = None
    """z, to 1e-6; None where there is no yardstick, or the event has no size."""
    volume_ratio: float
    entry: int = 0
    stop: int = 0
    target: int = 0
    """0 where the event is no entry, or there was no yardstick to place the stop."""
    invalidation: int = 0
    """Of an entry: the price beyond which its pattern no longer holds."""
    is_signal: bool = False
    """It passes all filters: would be raised, were its detector switched on."""
    count: int = 0
    """Breaks and sweeps: levels taken; strat: inside bars in a row."""
    run: int = 0
    """Gaps: the confirming bar of the first of a run of gaps on consecutive bars."""
    strong: bool = False
    """Breaks: the last two final opposite swings moved the same way."""
    label: int = 0
    """Final swings: +1 above, -1 below the final one before it on its side."""
    pattern: str = ""
    sequence: str = ""
    """Strat: e.g. ``2-1-2`` and ``2d-1-2u``."""
    pool: str = ""
    lag: int = 0
    """Sweeps: what was swept, and how many bars after it was pierced."""
    form: str = ""
    """Displacement: ``bar`` or ``multi_bar``."""


_FORMS = {at.DISPLACED: "bar", at.DISPLACED_MULTI: "multi_bar"}
_BREAKS = frozenset((at.BOS, at.CHOCH))


def reader(place: Place, started: Callable[[int], int]) -> Callable[[list[int]], Detection]:
    """From event rows to detections; ``place`` goes into the ids, ``started`` tells a bar's start."""

    def read(event: list[int]) -> Detection:
        code, source = event[at.E_CODE], event[at.E_SOURCE_CODE]
        name = naming(code, source)
        direction, form, flag = event[at.E_DIRECTION], event[at.E_FORM], event[at.E_FLAG]
        strat, breaks, sweep = name.detector == "strat" and form, code in _BREAKS, code == at.SWEEP
        z = event[at.E_STRENGTH]
        return Detection(
            id=_id(event, place),
            detector=name.detector,
            event=name.event,
            kind=name.kind,
            direction=direction,
            origin_bar=event[at.E_ORIGIN],
            first_bar=event[at.E_FIRST],
            bar=event[at.E_BAR],
            time=started(event[at.E_BAR]),
            known_at=event[at.E_TS],
            top=event[at.E_TOP],
            bottom=event[at.E_BOTTOM],
            level=event[at.E_LEVEL],
            strength=z / at.MILLION if name.kind and z >= 0 else None,
            volume_ratio=event[at.E_VOLUME] / at.MILLION,
            entry=event[at.E_ENTRY],
            stop=event[at.E_STOP],
            target=event[at.E_TARGET],
            invalidation=_invalidation(event, name.detector) if name.kind else 0,
            is_signal=bool(event[at.E_SIGNAL] == at.RAISED),
            count=event[at.E_COUNT] if breaks or sweep or strat else 0,
            run=event[at.E_COUNT] if code == at.FVG else 0,
            strong=bool(breaks and flag),
            label=flag if code == at.SWING_FINAL else 0,
            pattern=PATTERNS.get(form if strat else ENTRY_PATTERNS.get(source, 0), ""),
            sequence=sequence(form, flag, direction) if strat else "",
            pool=POOLS[form] if sweep else "",
            lag=flag if sweep else 0,
            form=_FORMS.get(code, "bar" if code == at.WITH_GAP else ""),
        )

    return read


def _id(event: list[int], place: Place) -> bytes:
    """Of an entry the id of the signal it may raise; of other events also of what they belong to."""
    ts, code, direction, origin = event[at.E_TS], event[at.E_CODE], event[at.E_DIRECTION], event[at.E_ORIGIN]
    source = event[at.E_SOURCE_TS], event[at.E_SOURCE_CODE]
    if code != at.STOPPED and NAMES[code].kind:
        return identify(ts, place, code, direction, origin)
    return identify_event(ts, place, code, direction, origin, source)


def _invalidation(event: list[int], detector: str) -> int:
    """Breaks: the level; strat: the stop; zones: the edge away from the direction."""
    if detector == "structure":
        return event[at.E_LEVEL]
    if detector == "strat":
        return event[at.E_STOP]
    return event[at.E_BOTTOM] if event[at.E_DIRECTION] > 0 else event[at.E_TOP]
