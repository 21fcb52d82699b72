"""What the detectors saw, as lines of JSON for programs: the layout of ``scan --json``.

Decides the keys, which of them a line has, and how prices and times are spelled: prices as the shortest exact
decimals, so that equal prices are equal texts, times in ISO 8601 and UTC. Input: detections; output: text.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tradingfloor.actors.signals import Detection
from tradingfloor.actors.types import NANOS

BLOCK = 5000
"""Lines encoded at a time."""

DIRECTIONS = {1: "long", -1: "short", 0: "both"}
SWING_SIDES = {1: "high", -1: "low", 0: "both"}
LABELS = {("high", 1): "HH", ("high", -1): "LH", ("low", 1): "HL", ("low", -1): "LL"}
COUNTED = frozenset(("bos", "choch", "swept", "armed", "triggered", "expired"))


class Line(msgspec.Struct, kw_only=True, gc=False):
    """One event; what follows ``is_signal`` is left out where it means nothing."""

    detector: str
    event: str
    direction: str
    origin_bar: int
    bar: int
    time: str
    known_at: str
    top: str
    bottom: str
    level: str | None
    strength: float | None
    volume_ratio: float
    is_signal: bool
    kind: str | UnsetType = UNSET
    pattern: str | UnsetType = UNSET
    sequence: str | UnsetType = UNSET
    pool: str | UnsetType = UNSET
    lag: int | UnsetType = UNSET
    form: str | UnsetType = UNSET
    count: int | UnsetType = UNSET
    run: int | UnsetType = UNSET
    strong: bool | UnsetType = UNSET
    label: str | UnsetType = UNSET
    entry: str | UnsetType = UNSET
    stop: str | UnsetType = UNSET
    target: str | UnsetType = UNSET
    invalidation: str | UnsetType = UNSET
    first_bar: int
    id: str


def line(d: Detection) -> Line:
    """One detection as it is written."""
    side = direction(d)
    entry = bool(d.entry)
    placed = entry and d.target != 0
    return Line(
        detector=d.detector,
        event=d.event,
        direction=side,
        origin_bar=d.origin_bar,
        bar=d.bar,
        time=moment(d.time),
        known_at=moment(d.known_at),
        top=decimal(d.top),
        bottom=decimal(d.bottom),
        level=decimal(d.level) if d.level else None,
        strength=d.strength,
        volume_ratio=d.volume_ratio,
        is_signal=d.is_signal,
        kind=d.kind or UNSET,
        pattern=d.pattern or UNSET,
        sequence=d.sequence or UNSET,
        pool=d.pool or UNSET,
        lag=d.lag if d.pool else UNSET,
        form=d.form or UNSET,
        count=d.count if d.count or d.event in COUNTED else UNSET,
        run=d.run if d.kind == "fvg" else UNSET,
        strong=d.strong if d.event in ("bos", "choch") else UNSET,
        label=LABELS.get((side, d.label), UNSET) if d.label else UNSET,
        entry=decimal(d.entry) if entry else UNSET,
        stop=decimal(d.stop) if placed else UNSET,
        target=decimal(d.target) if placed else UNSET,
        invalidation=decimal(d.invalidation) if d.invalidation else UNSET,
        first_bar=d.first_bar,
        id=d.id.hex(),
    )


def lines(found: Iterable[Detection]) -> Iterator[str]:
    """Blocks of lines of JSON, each line with its end."""
    encode = msgspec.json.Encoder().encode_lines
    rest = iter(found)
    while block := list(islice(rest, BLOCK)):
        yield encode([line(d) for d in block]).decode()


def as_object(d: Detection | None) -> dict[str, Any] | None:
    """One detection as a plain object, for reports that hold one."""
    return None if d is None else msgspec.to_builtins(line(d))


def direction(d: Detection) -> str:
    """``long``, ``short`` or ``both``; of swings ``high`` or ``low``."""
    return (SWING_SIDES if d.detector == "swing" else DIRECTIONS)[d.direction]


def _remembered(spell: Callable[[int], str]) -> Callable[[int], str]:
    return lru_cache(maxsize=1 << 17)(spell)


@_remembered
def decimal(nanos: int) -> str:
    """A price as the shortest decimal that is exactly it."""
    whole, fraction = divmod(abs(nanos), NANOS)
    sign = "-" if nanos < 0 else ""
    return f"{sign}{whole}.{fraction:09d}".rstrip("0").rstrip(".") if fraction else f"{sign}{whole}"


@_remembered
def moment(ns: int) -> str:
    """An instant in UTC, to the second, or as fine as it is."""
    seconds, fraction = divmod(ns, NANOS)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}{f'.{fraction:09d}'.rstrip('0') if fraction else ''}Z"
