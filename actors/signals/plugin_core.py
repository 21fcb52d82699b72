"""A detector plug-in as an actor's core: what it says of the bars of one symbol on one timeframe.

Decides nothing about trading and nothing about findings (see ``plugin_run``): it answers every instant at
which bars closed with the signals that became known and one report that carries them and the evidence that
changed; bias and warmth of the timeframe are the built-in detectors' to report. A plug-in that raises, or
breaks the protocol, raises here: the supervisor looks after its actor as after any other. Input: BarsClosed;
output: SignalRaised, then TimeframeReported.
"""

from collections.abc import Sequence

from ..domain.ids import framed, id_of
from ..messages import Bar, BarsClosed, Message, SignalRaised, TimeframeReported
from ..types import Direction
from . import layout as at
from .plugin import DetectorPlugin, Market
from .plugin_run import PluginRun, Seen, instants
from .rows import bars_of


class PluginCore:
    """The folding core of one (symbol, timeframe, plug-in)."""

    def __init__(self, plugin: DetectorPlugin, market: Market, tape: str | bytes, config_hash: str) -> None:
        self.symbol = market.symbol
        self.timeframe = market.timeframe
        self.wants_base = bool(getattr(plugin, "wants_base", False))
        """Whether ``rebuild`` needs the base bars."""
        self._plugin, self._market, self._config = plugin, market, config_hash
        self._families = dict(plugin.families)
        self._place = framed(tape, market.symbol, market.timeframe)

    def initial(self) -> PluginRun:
        """The state before the first bar. What the plug-in raises at its start passes."""
        return PluginRun(self._plugin, self._market, self._place)

    def next_due(self, state: PluginRun) -> int | None:  # noqa: ARG002
        """Never: bars are its only clock."""
        return None

    def advance(self, state: PluginRun, message: Message, now: int) -> Sequence[Message]:  # noqa: ARG002
        """Take what closed; return the new signals and the report, nothing for warm-up history.

        Raises ValueError as ``PluginRun.take``, and whatever the plug-in raises.
        """
        if not isinstance(message, BarsClosed) or message.symbol != self.symbol:
            return []
        base, own = bars_of(message, self.timeframe)
        seen: list[Seen] = []
        if base is not None or own is not None:
            history = message.history or any(bar.history for bar in (base, own) if bar is not None)
            seen = state.take(message.ts, base, own, history)
        if message.history:
            return []
        signals = [self._signal(each) for each in seen if each.detection.is_signal]
        return [*signals, self._report(state, message, signals, seen)]

    def rebuild(self, own: Sequence[Bar], base: Sequence[Bar] = ()) -> PluginRun:
        """The state after all closed own bars, warm-up included, and, if it wants them, all base bars."""
        state = self.initial()
        for instant in instants(own, [bar for bar in base if bar.timeframe != self.timeframe]):
            state.take(*instant)
        return state

    def _signal(self, seen: Seen) -> SignalRaised:
        told, source = seen.detection, seen.source
        assert told.strength is not None, "a signal has a strength"
        return SignalRaised(
            id=told.id,
            ts=told.known_at,
            symbol=self.symbol,
            timeframe=self.timeframe,
            detector=told.detector,
            kind=told.kind,
            family=self._families[told.kind],
            direction=Direction(told.direction),
            origin_bar=told.origin_bar,
            bar=told.bar,
            entry=told.entry,
            stop=told.stop,
            target=told.target,
            top=told.top,
            bottom=told.bottom,
            strength=told.strength,
            volume_ratio=told.volume_ratio,
            first_index=source.first_index,
            last_index=source.last_index,
            config=self._config,
        )

    def _report(
        self, state: PluginRun, message: BarsClosed, signals: list[SignalRaised], seen: list[Seen]
    ) -> TimeframeReported:
        changes = {each.change.signal_id: each.change for each in seen if each.change is not None}
        return TimeframeReported(
            id=id_of(message.ts, self._place + framed("report", self._plugin.name)),
            ts=message.ts,
            symbol=self.symbol,
            timeframe=self.timeframe,
            bar=state.index,
            bias=0,
            period_open=0,
            last_close=0,
            warm=state.bars >= at.WARM_BARS,
            bars_known=state.bars,
            base_closed=message.base is not None,
            signals=tuple(signal.id for signal in signals),
            changes=tuple(changes.values()),
            plugin=self._plugin.name,
        )
