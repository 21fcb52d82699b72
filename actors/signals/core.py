"""The signal room: what the bars of one symbol say on one timeframe.

Decides nothing about trading: it answers every instant at which bars closed with the entry signals that
became known and one report (bias, warmth, evidence that changed). Knows no other timeframe, no score, no
risk. Input: BarsClosed; output: SignalRaised, then TimeframeReported. The detectors are in the kernels;
here their events become messages.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ..config import DetectorParams
from ..domain.calendar import Calendar
from ..domain.ids import framed, id_of
from ..messages import Bar, BarsClosed, EvidenceChanged, Message, SignalRaised, TimeframeReported
from ..types import Direction
from . import layout as at
from .batch import run, take_instant
from .market import first_state, opens
from .naming import FACTORS, NAMES, SCENARIOS, bits_of, identify
from .rows import bars_of, fill_row, rows_of
from .state import Ints, State

BASE_TAIL_BARS = int(at.STRAT_LIFE)
"""Own bars back to whose start ``rebuild`` needs the base bars: the life of a strat entry, whose id tells
the base bar that fired it."""

_REPORT = framed("report")


class SignalState(NamedTuple):
    """The detectors' memory, and the row through which one instant passes."""

    kernel: State
    row: Ints


class SignalCore:
    """The folding core of one (symbol, timeframe).

    ``detectors``: config names of those that raise signals; all of them run, structure is needed for the
    bias. ``tick``: nanos. Raises BadConfig on an unknown detector.
    """

    def __init__(
        self,
        symbol: str,
        timeframe: str,
        detectors: Iterable[str],
        tick: int,
        tape: str | bytes,
        config_hash: str,
        calendar: Calendar,
        params: DetectorParams | None = None,
    ) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self._place = framed(tape, symbol, timeframe)
        self._config = config_hash
        self._opened = opens(calendar)
        bits, given = bits_of(detectors), params or DetectorParams()
        self._new_state = partial(first_state, timeframe, calendar, tick, bits, given)

    def initial(self) -> SignalState:
        """The state before the first bar."""
        return SignalState(self._new_state(), np.zeros((1, at.ROW), np.int64))

    def next_due(self, state: SignalState) -> int | None:  # noqa: ARG002
        """Never: bars are its only clock."""
        return None

    def advance(self, state: SignalState, message: Message, now: int) -> Sequence[Message]:  # noqa: ARG002
        """Take what closed; return the new signals and the report, nothing for warm-up history.

        Raises ValueError, changing nothing, on bars that do not follow the ones before.
        """
        if not isinstance(message, BarsClosed) or message.symbol != self.symbol:
            return []
        base, own = bars_of(message, self.timeframe)
        found: list[list[int]] = []
        if base is not None or own is not None:
            history = message.history or any(bar.history for bar in (base, own) if bar is not None)
            fill_row(state.row[0], message.ts, base, own, history, self._opened)
            found = take_instant(state.kernel, state.row, at.WANT_SIGNALS)
        if message.history:
            return []
        signals = [self._signal(event, base, own) for event in found if event[at.E_SIGNAL] == at.RAISED]
        return [*signals, self._report(state, message, signals, self._changes(found))]

    def rebuild(self, own: Sequence[Bar], base_tail: Sequence[Bar] = ()) -> SignalState:
        """The state after ``own`` (all closed own bars, warm-up included) and ``base_tail``, in order.

        ``base_tail`` reaches back to the start of the BASE_TAIL_BARS-th newest own bar at least, so that
        the entries still live get the ids they were raised with; base bars of the own timeframe count as
        own bars and may be left out. Raises ValueError on bars that do not follow each other.
        """
        state = self.initial()
        base = [bar for bar in base_tail if bar.timeframe != self.timeframe]
        for _ in run(state.kernel, rows_of(own, base, self._opened)):
            pass
        return state

    def counters(self, state: SignalState) -> dict[str, int]:
        """What was dropped so far: what the caps evicted, entries without a sound geometry."""
        st = state.kernel[0]
        return {
            "levels_evicted": int(st["levels_evicted"]),
            "zones_evicted": int(st["zones_evicted"]),
            "pools_evicted": int(st["pools_evicted"]),
            "blocks_evicted": int(st["blocks_evicted"]),
            "blocks_unknown": int(st["blocks_unknown"]),
            "entries_refused": int(st["refused"]),
        }

    def _signal(self, event: list[int], base: Bar | None, own: Bar | None) -> SignalRaised:
        code, direction, origin = event[at.E_CODE], event[at.E_DIRECTION], event[at.E_ORIGIN]
        name = NAMES[code]
        source = own
        if name.detector == "strat" and base is not None and (own is None or base.start >= own.start):
            source = base
        assert source is not None, "only a bar raises a signal"
        return SignalRaised(
            id=identify(event[at.E_TS], self._place, code, direction, origin),
            ts=event[at.E_TS],
            symbol=self.symbol,
            timeframe=self.timeframe,
            detector=name.detector,
            kind=name.kind,
            family=name.family,
            direction=Direction(direction),
            origin_bar=origin,
            bar=event[at.E_BAR],
            entry=event[at.E_ENTRY],
            stop=event[at.E_STOP],
            target=event[at.E_TARGET],
            top=event[at.E_TOP],
            bottom=event[at.E_BOTTOM],
            strength=event[at.E_STRENGTH] / at.MILLION,
            volume_ratio=event[at.E_VOLUME] / at.MILLION,
            first_index=source.first_index,
            last_index=source.last_index,
            config=self._config,
            context=name.context,
        )

    def _changes(self, found: list[list[int]]) -> tuple[EvidenceChanged, ...]:
        """One change per signal: what a signal went through last is what is left of it."""
        left: dict[bytes, float] = {}
        for event in found:
            if event[at.E_SIGNAL] == at.CHANGED:
                ts, code = event[at.E_SOURCE_TS], event[at.E_SOURCE_CODE]
                place = event[at.E_DIRECTION], event[at.E_ORIGIN]
                left[identify(ts, self._place, code, *place)] = FACTORS[event[at.E_CODE]]
        return tuple(EvidenceChanged(signal, factor) for signal, factor in left.items())

    def _report(
        self,
        state: SignalState,
        message: BarsClosed,
        signals: list[SignalRaised],
        changes: tuple[EvidenceChanged, ...],
    ) -> TimeframeReported:
        """``period_open`` is the close of the newest own bar until a base bar of the next one is known."""
        st = state.kernel[0]
        bars = int(st["bars"])
        return TimeframeReported(
            id=id_of(message.ts, self._place + _REPORT),
            ts=message.ts,
            symbol=self.symbol,
            timeframe=self.timeframe,
            bar=int(st["index"]),
            bias=int(st["bias"]),
            period_open=int(st["period_open"]),
            last_close=int(st["last_close"]),
            warm=bars >= at.WARM_BARS,
            bars_known=bars,
            scenario=SCENARIOS[int(st["scenario"])],
            in_force=int(st["in_force"]),
            base_closed=message.base is not None,
            signals=tuple(signal.id for signal in signals),
            changes=changes,
        )
