"""The three-bar reversal as a detector plug-in.

Upward (downward is the mirror image): the low of the middle bar is strictly below those beside it, and the
third bar closes above the highs of the two before it. Strength z = (close - that low) / the ATR before the
third bar. Entry: the close; stop: one tick below that low; target: ``reward`` times the risk, to the
tick. The evidence ends at a close beyond the stop.
"""

from collections import deque
from collections.abc import Iterator

from tradingfloor.actors.signals.plugin import Bar, Ends, Finding, Kind, Market

KIND = "three_bar"


class ThreeBar:
    """The detector of one symbol and timeframe."""

    def __init__(self, market: Market) -> None:
        reward = market.settings.get("reward", 2.0)
        if not isinstance(reward, int | float) or not 0 < reward <= 10:
            raise ValueError(f"reward must be above 0 and at most 10, got {reward!r}")
        self._reward, self._tick, self._gauge = reward, market.tick, market.gauge()
        self._before: deque[Bar] = deque(maxlen=2)
        self._open: list[tuple[Finding, int]] = []
        """Entries that a close may still stop, and the bar until which that matters."""

    def update(self, bar: Bar, base: bool = False) -> Iterator[Finding]:  # noqa: ARG002  no base bars wanted
        """What the next closed bar shows: entries that it stops, then new ones."""
        atr = self._gauge.take(bar).atr
        yield from self._stopped(bar)
        if len(self._before) == 2:
            for sign in (1, -1):
                if found := self._reversal(*self._before, bar, sign, atr):
                    self._open.append((found, bar.index + 4 * PLUGIN.kinds[KIND].half_life))
                    yield found
        self._before.append(bar)

    def _reversal(self, first: Bar, middle: Bar, third: Bar, sign: int, atr: float) -> Finding | None:
        lows = [(bar.low if sign > 0 else -bar.high) for bar in (first, middle, third)]
        highs = [(bar.high if sign > 0 else -bar.low) for bar in (first, middle)]
        close = sign * third.close
        if not lows[1] < min(lows[0], lows[2]) or close <= max(highs):
            return None
        stop = lows[1] - self._tick
        steps = round(self._reward * (close - stop) / self._tick)
        three = (first, middle, third)
        return Finding(
            event="confirmed",
            kind=KIND,
            direction=sign,
            origin_bar=middle.index,
            top=max(bar.high for bar in three),
            bottom=min(bar.low for bar in three),
            level=sign * lows[1],
            strength=(close - lows[1]) / atr if atr else None,
            entry=sign * close,
            stop=sign * stop,
            target=sign * (close + steps * self._tick),
            invalidation=sign * lows[1],
        )

    def _stopped(self, bar: Bar) -> Iterator[Finding]:
        kept = []
        for entry, until in self._open:
            if bar.index > until:
                continue
            if entry.direction * (bar.close - entry.stop) >= 0:
                kept.append((entry, until))
                continue
            yield Finding(
                event="stopped",
                direction=entry.direction,
                origin_bar=entry.origin_bar,
                top=entry.stop,
                bottom=entry.stop,
                level=entry.stop,
                ends=Ends(kind=KIND, direction=entry.direction, origin_bar=entry.origin_bar),
            )
        self._open = kept


class Plugin:
    """What the entry point leads to."""

    name = "three_bar"
    events = ("confirmed", "stopped")
    kinds = {KIND: Kind(weight=0.45, z_min=1.0, z_full=2.5, half_life=6)}  # noqa: RUF012  read, never changed
    families = {KIND: "sequence"}  # noqa: RUF012

    def start(self, market: Market) -> ThreeBar:
        """A detector that has seen no bar yet."""
        return ThreeBar(market)


PLUGIN = Plugin()
