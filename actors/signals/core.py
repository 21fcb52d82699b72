"""The signal room: what the bars of one symbol say on one timeframe.

Decides nothing about trading: it answers every instant at which bars closed with the entry signals that
became known and one report (bias, warmth, evidence that changed). Knows no other timeframe, no score, no
risk. Input: BarsClosed; output: SignalRaised, then TimeframeReported. The detectors are in the kernels;
here their events become messages.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ..domain.ids import derive_id
from ..domain.timeframes import parse
from ..errors import BadConfig
from ..messages import Bar, BarsClosed, EvidenceChanged, Message, SignalRaised, TimeframeReported
from ..types import Direction
from . import layout as at
from .batch import raise_fault, run
from .kernel import advance_many
from .layout import Events, Ints, State, new_events, new_state
from .rows import bars_of, fill_row, rows_of

DETECTORS: Mapping[str, int] = {"FVG": at.D_FVG, "BOS": at.D_BOS, "STRAT_212": at.D_STRAT}
"""Name in the config -> its bit."""

BASE_TAIL_BARS = at.STRAT_LIFE + 1
"""Own bars back to whose start ``rebuild`` needs the base bars: the life of a strat entry, whose id tells
the base bar that fired it."""


class Naming(NamedTuple):
    """How a signal of one event code is called."""

    detector: str
    kind: str
    family: str


NAMES: Mapping[int, Naming] = {
    at.FVG: Naming("fvg", "fvg", "imbalance"),
    at.BOS: Naming("bos", "bos", "structure"),
    at.CHOCH: Naming("bos", "choch", "structure"),
    at.STRAT_REVERSAL: Naming("strat_212", "strat_212_reversal", "sequence"),
    at.STRAT_CONTINUATION: Naming("strat_212", "strat_212_continuation", "sequence"),
}

FACTORS: Mapping[int, float] = {
    at.FVG_CE: 0.5,
    at.FVG_FILLED: 0.0,
    at.BREAK_FAILED: 0.0,
    at.STOPPED: 0.0,
    at.STRAT_SPENT: 0.0,
}
"""Event code -> what is left of the evidence of the signal it belongs to."""


class SignalState(NamedTuple):
    """The detectors' memory, and the two buffers through which one instant passes."""

    kernel: State
    events: Events
    row: Ints


class SignalCore:
    """The folding core of one (symbol, timeframe).

    ``detectors``: config names of those that raise signals; all of them run, structure is needed for the
    bias. ``tick``: nanos. ``cross_session``: strat patterns may cross a session boundary (24-hour
    markets); they always may from one day upward. ``left``, ``right``: the swing window. Raises BadConfig
    on an unknown detector.
    """

    def __init__(
        self,
        symbol: str,
        timeframe: str,
        detectors: Iterable[str],
        tick: int,
        tape: str | bytes,
        config_hash: str,
        cross_session: bool,
        left: int = 4,
        right: int = 5,
    ) -> None:
        names = set(detectors)
        unknown = names - set(DETECTORS)
        if unknown:
            raise BadConfig(f"detectors: unknown {sorted(unknown)}, known are {sorted(DETECTORS)}")
        self.symbol = symbol
        self.timeframe = timeframe
        self._tape = tape
        self._config = config_hash
        length = parse(timeframe).nanos or 0
        bits = sum(DETECTORS[name] for name in names)
        self._new_state = partial(
            new_state,
            tick=tick,
            detectors=bits,
            cross_session=cross_session or length == 0,
            intraday_ns=length,
            left=left,
            right=right,
        )

    def initial(self) -> SignalState:
        """The state before the first bar."""
        events = new_events(at.WANT_SIGNALS)
        return SignalState(self._new_state(), events, np.zeros((1, at.ROW), np.int64))

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
            fill_row(state.row[0], message.ts, base, own, history)
            advance_many(state.kernel, state.events, state.row, 0, at.NEED_SIGNALS)
            raise_fault(state.events)
            found = state.events.rows[: state.events.head[at.H_COUNT]].tolist()
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
        for _ in run(state.kernel, rows_of(own, base)):
            pass
        return state

    def counters(self, state: SignalState) -> dict[str, int]:
        """What was dropped so far: evicted levels and zones, entries without a sound geometry."""
        registers = state.kernel.registers
        return {
            "levels_evicted": int(registers[at.R_LEVELS_EVICTED]),
            "zones_evicted": int(registers[at.R_ZONES_EVICTED]),
            "entries_refused": int(registers[at.R_REFUSED]),
        }

    def _id(self, ts: int, code: int, direction: int, origin: int) -> bytes:
        name = NAMES[code]
        place = (self._tape, self.symbol, self.timeframe)
        return derive_id(ts, *place, name.detector, name.kind, direction, origin, 0)

    def _signal(self, event: list[int], base: Bar | None, own: Bar | None) -> SignalRaised:
        code, direction, origin = event[at.E_CODE], event[at.E_DIRECTION], event[at.E_ORIGIN]
        name = NAMES[code]
        source = own
        if name.detector == "strat_212" and base is not None and (own is None or base.start >= own.start):
            source = base
        assert source is not None, "only a bar raises a signal"
        return SignalRaised(
            id=self._id(event[at.E_TS], code, direction, origin),
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
        )

    def _changes(self, found: list[list[int]]) -> tuple[EvidenceChanged, ...]:
        """One change per signal: what a signal went through last is what is left of it."""
        left: dict[bytes, float] = {}
        for event in found:
            if event[at.E_SIGNAL] == at.CHANGED:
                source = event[at.E_SOURCE_TS], event[at.E_SOURCE_CODE]
                left[self._id(*source, event[at.E_DIRECTION], event[at.E_ORIGIN])] = FACTORS[event[at.E_CODE]]
        return tuple(EvidenceChanged(signal, factor) for signal, factor in left.items())

    def _report(
        self,
        state: SignalState,
        message: BarsClosed,
        signals: list[SignalRaised],
        changes: tuple[EvidenceChanged, ...],
    ) -> TimeframeReported:
        """``period_open`` is the close of the newest own bar until a base bar of the next one is known."""
        registers = state.kernel.registers
        bars = int(registers[at.R_BARS])
        return TimeframeReported(
            id=derive_id(message.ts, self._tape, self.symbol, self.timeframe, "report"),
            ts=message.ts,
            symbol=self.symbol,
            timeframe=self.timeframe,
            bar=int(registers[at.R_INDEX]),
            bias=int(registers[at.R_BIAS]),
            period_open=int(registers[at.R_PERIOD_OPEN]),
            last_close=int(registers[at.R_LAST_CLOSE]),
            warm=bars >= at.WARM_BARS,
            bars_known=bars,
            base_closed=message.base is not None,
            signals=tuple(signal.id for signal in signals),
            changes=changes,
        )
