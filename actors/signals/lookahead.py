"""Whether a detector knows only what it was shown: every check that looking ahead or repainting fails.

Decides what is compared with what. Knows no definition of any detector: it drives whatever has ``update``,
``scan`` and ``snapshot`` (see ``Watcher``). Input: closed bars, a way to make a fresh detector, cuts; output:
per check and detector whether it held, and the first event that differs.

The measure of all checks is one run over all bars in one piece. Against it stand runs that cannot know more:
at a cut they have been handed what closed up to there and nothing else, or something else than what came.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise, zip_longest
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec

from ..messages import Bar
from ..types import MAX_PRICE
from .detection import Detection

AFRESH = 8
"""Cuts up to which a fresh detector is also run in one piece; a whole run each would take too long at all."""
POISONED = 12
"""Instants of garbage after a cut."""
SPREAD = 1_000_003
"""Multiplier of the garbage's arithmetic: large, prime, and no multiple of a tick."""


class Watcher(Protocol):
    """What is checked; ``Scanner`` is one."""

    def update(self, bar: Bar | None, base: Bar | None = None) -> list[Detection]:
        """Take what closed at one instant."""
        ...

    def scan(self, bars: Sequence[Bar], base: Sequence[Bar] = ()) -> list[Detection]:
        """Take many bars at once, after all before."""
        ...

    def snapshot(self) -> "Watcher":
        """Another one that goes on from here by itself."""
        ...


class Span(NamedTuple):
    """Own and base bars, each oldest first."""

    own: Sequence[Bar]
    base: Sequence[Bar]


Maker: TypeAlias = Callable[[Span], Watcher]
"""Makes a fresh detector, told the first bars it will be handed; an honest one has no use for them."""


class Series:
    """Bars by the instants at which they closed."""

    def __init__(self, own: Sequence[Bar], base: Sequence[Bar] = ()) -> None:
        self.whole = Span(own, base)
        self.instants = sorted({bar.end for bar in chain(own, base)})
        self._ends = [bar.end for bar in own], [bar.end for bar in base]

    def __len__(self) -> int:
        """How many instants there are; a cut is a number of them, from 1 to one less than all."""
        return len(self.instants)

    def between(self, first: int, last: int) -> Span:
        """What closed at the instants [first, last)."""
        after = self.instants[first - 1] if first else self.instants[0] - 1
        until = self.instants[last - 1] if last else after
        own, base = (
            bars[bisect_right(ends, after) : bisect_right(ends, until)]
            for bars, ends in zip(self.whole, self._ends, strict=True)
        )
        return Span(own, base)


class Difference(msgspec.Struct, frozen=True):
    """The first event in which two runs differ; None where one of them has none."""

    known_until: int
    """End of the bars the second run had been handed, ns UTC."""
    expected: Detection | None
    """By the run over all bars."""
    found: Detection | None


class Verdict(msgspec.Struct, frozen=True):
    """How one detector passed one check."""

    check: str
    detector: str
    events: int
    """Of the run over all bars."""
    difference: Difference | None

    @property
    def ok(self) -> bool:
        """Nothing differed."""
        return self.difference is None


Pair: TypeAlias = tuple[int, Sequence[Detection], Sequence[Detection]]
"""Known until, events expected, events found."""


def examine(
    series: Series, fresh: Maker, cuts: Iterable[int], *, tick: int = 1, detectors: Iterable[str] = ()
) -> list[Verdict]:
    """Run every check over ``series``; verdicts by check, then by detector.

    ``cuts``: instants known at each cut, 1 to ``len(series) - 1``, in any order. ``tick``: nanos.
    ``detectors``: names that are reported even where they saw nothing. Raises ValueError without a cut, or on
    one that is none.
    """
    places = sorted(set(cuts))
    if not places or not 0 < places[0] <= places[-1] < len(series):
        raise ValueError(f"cuts must lie within 1 to {len(series) - 1}")
    known = fresh(series.whole).scan(*series.whole)
    edges = [0, *places, len(series)]
    seen = Counter(event.detector for event in known)
    names = dict.fromkeys([*detectors, *seen])
    verdicts = []
    for check, compare in CHECKS.items():
        differing = _first_differences(compare(series, fresh, edges, known, tick))
        verdicts += [
            Verdict(check, name, seen[name], differing.get(name))
            for name in dict.fromkeys([*names, *differing])
        ]
    return verdicts


def _prefix(
    series: Series, fresh: Maker, edges: Sequence[int], known: Sequence[Detection], _: int
) -> Iterator[Pair]:
    """Handed the bars up to a cut and nothing more, it says what the whole run said."""
    yield from _pieces(series, fresh, edges, known)
    cuts = edges[1:-1]
    for last in cuts[:: -(-len(cuts) // AFRESH)]:
        span = series.between(0, last)
        yield series.instants[last - 1], _known(series, known, 0, last), fresh(span).scan(*span)


def _poison(
    series: Series, fresh: Maker, edges: Sequence[int], known: Sequence[Detection], _: int
) -> Iterator[Pair]:
    """What comes after a cut, other than it came, changes nothing up to it."""
    watcher = fresh(series.between(0, edges[1]))
    for first, last in pairwise(edges[:-1]):
        until = series.instants[last - 1]
        span = series.between(first, last)
        other = garbage(series.between(last, min(last + POISONED, len(series))))
        poisoned = watcher.snapshot().scan([*span.own, *other.own], [*span.base, *other.base])
        yield until, _known(series, known, first, last), [e for e in poisoned if e.known_at <= until]
        watcher.scan(*span)


def _one_by_one(
    series: Series, fresh: Maker, _edges: Sequence[int], known: Sequence[Detection], _: int
) -> Iterator[Pair]:
    """Instant by instant, as live."""
    watcher = fresh(series.between(0, 1))
    own, base = ({bar.end: bar for bar in bars} for bars in series.whole)
    position = 0
    for instant in series.instants:
        found = watcher.update(own.get(instant), base.get(instant))
        end = position
        while end < len(known) and known[end].known_at <= instant:
            end += 1
        if found or end > position:
            yield instant, known[position:end], found
        position = end


def _chunks(
    series: Series, fresh: Maker, edges: Sequence[int], known: Sequence[Detection], _: int
) -> Iterator[Pair]:
    """In pieces of 1, 2, 3 and more instants, whatever the cuts."""
    places, size = [0], 1
    while places[-1] + size < len(series):
        places.append(places[-1] + size)
        size = size % len(edges) + 1
    yield from _pieces(series, fresh, [*places, len(series)], known)


def _restore(
    series: Series, fresh: Maker, edges: Sequence[int], known: Sequence[Detection], _: int
) -> Iterator[Pair]:
    """A snapshot goes on as if nothing had happened, whatever the original is handed meanwhile."""
    watcher = fresh(series.between(0, edges[1]))
    watcher.scan(*series.between(0, edges[1]))
    for first, last in pairwise(edges[1:]):
        kept = watcher.snapshot()
        watcher.scan(*garbage(series.between(first, min(first + POISONED, len(series)))))
        found = kept.scan(*series.between(first, last))
        yield series.instants[last - 1], _known(series, known, first, last), found
        watcher = kept


def _pieces(series: Series, fresh: Maker, edges: Sequence[int], known: Sequence[Detection]) -> Iterator[Pair]:
    """One run, handed the bars from edge to edge."""
    watcher = fresh(series.between(0, edges[1]))
    for first, last in pairwise(edges):
        found = watcher.scan(*series.between(first, last))
        yield series.instants[last - 1], _known(series, known, first, last), found


def _mirror(
    series: Series, fresh: Maker, _edges: Sequence[int], _known: Sequence[Detection], tick: int
) -> Iterator[Pair]:
    """Prices upside down flip the directions and nothing else.

    Both runs are far from zero, or an entry whose target lies below it would have no mirror image. Within an
    instant the sides may come in either order.
    """
    high = max(bar.high for bar in chain(*series.whole))
    shift = -(-3 * high // tick) * tick if 8 * (high + tick) <= MAX_PRICE else 0
    around = 2 * shift + -(-high // tick) * tick + tick
    upright, mirrored = (
        _turned(series.whole, shift, 1) if shift else series.whole,
        _turned(series.whole, around, -1),
    )
    expected = [_back(e, shift, 1) for e in fresh(upright).scan(*upright)]
    found = [_back(e, around, -1) for e in fresh(mirrored).scan(*mirrored)]
    until = series.instants[-1]
    expected.sort(key=_order)
    found.sort(key=_order)
    yield until, expected, found


CHECKS: dict[str, Callable[[Series, Maker, Sequence[int], Sequence[Detection], int], Iterator[Pair]]] = {
    "prefix": _prefix,
    "poison": _poison,
    "one by one": _one_by_one,
    "chunks": _chunks,
    "restore": _restore,
    "mirror": _mirror,
}
"""Every check by its name."""


def garbage(span: Span) -> Span:
    """Valid bars at the same times with prices and volumes that have nothing to do with the market's."""
    return Span([_spoiled(bar) for bar in span.own], [_spoiled(bar) for bar in span.base])


def _spoiled(bar: Bar) -> Bar:
    low = 1 + bar.low * (bar.index * SPREAD % 97) // 50
    reach = 1 + bar.high * (bar.index * SPREAD % 13) // 20
    low = min(low, MAX_PRICE - reach)
    opened, close = low + reach * (bar.index % 5) // 4, low + reach * (bar.index * 3 % 5) // 4
    return msgspec.structs.replace(
        bar, open=opened, high=low + reach, low=low, close=close, volume=bar.index * SPREAD % 9973
    )


def _known(series: Series, known: Sequence[Detection], first: int, last: int) -> Sequence[Detection]:
    """The events that became known at the instants [first, last)."""

    def place(instants: int) -> int:
        return bisect_right(known, series.instants[instants - 1], key=_known_at) if instants else 0

    return known[place(first) : place(last)]


def _known_at(event: Detection) -> int:
    return event.known_at


def _first_differences(pairs: Iterable[Pair]) -> dict[str, Difference]:
    """Per detector the first event in which a pair of lists differs."""
    differing: dict[str, Difference] = {}
    for until, expected, found in pairs:
        if expected == found:
            continue
        for name in {event.detector for event in chain(expected, found)} - set(differing):
            sides = ([e for e in side if e.detector == name] for side in (expected, found))
            for left, right in zip_longest(*sides):
                if left != right:
                    differing[name] = Difference(until, left, right)
                    break
    return differing


def _turned(span: Span, offset: int, sign: int) -> Span:
    return Span(
        [_moved(bar, offset, sign) for bar in span.own], [_moved(bar, offset, sign) for bar in span.base]
    )


def _moved(bar: Bar, offset: int, sign: int) -> Bar:
    """Every price p as offset + sign * p."""
    high, low = (bar.high, bar.low) if sign > 0 else (bar.low, bar.high)
    return msgspec.structs.replace(
        bar,
        open=offset + sign * bar.open,
        high=offset + sign * high,
        low=offset + sign * low,
        close=offset + sign * bar.close,
    )


_PRICES = ("level", "entry", "stop", "target", "invalidation")
_FLIPPED = str.maketrans("ud", "du")


def _back(event: Detection, offset: int, sign: int) -> Detection:
    """An event over moved prices as over the prices themselves; without its id, which knows the direction."""
    prices = {name: sign * (price - offset) for name in _PRICES if (price := getattr(event, name))}
    top, bottom = (event.top, event.bottom) if sign > 0 else (event.bottom, event.top)
    changed: dict[str, Any] = {"id": b"", "top": sign * (top - offset), "bottom": sign * (bottom - offset)}
    if sign < 0:
        changed |= {
            "direction": -event.direction,
            "label": -event.label,
            "sequence": event.sequence.translate(_FLIPPED),
        }
    return msgspec.structs.replace(event, **prices, **changed)


def _order(event: Detection) -> tuple[Any, ...]:
    z = -1.0 if event.strength is None else event.strength
    return (event.known_at, *(field if field is not None else z for field in msgspec.structs.astuple(event)))
