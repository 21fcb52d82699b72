"""A recorded tape as closed bars, without a floor: the room's core, driven from one thread.

Decides nothing about bars (see ``core``), only the order in which updates and timers meet, which is that of a
run. Input: one instrument, its tape's updates; output: the bars of one timeframe, the base bars under them,
and what was refused.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from ..domain.calendar import calendar
from ..domain.instruments import Instrument
from ..domain.timeframes import base_timeframe
from ..messages import Bar, BarsClosed, MarketUpdate, Message, TapeUpdate, TimerDue
from ..types import Refusal, UpdateKind
from .core import MarketDataCore

_OPEN: Final = UpdateKind.OPEN
_BAR: Final = UpdateKind.BAR


class GatheredBars(NamedTuple):
    """What a tape comes to, each list oldest first."""

    own: list[Bar]
    base: list[Bar]
    """Bars of the base timeframe; empty where that is the own one."""
    refused: dict[Refusal, int]


def gather(
    instrument: Instrument,
    timeframe: str,
    tape_timeframe: str,
    updates: Iterable[TapeUpdate],
) -> GatheredBars:
    """Every bar of ``timeframe`` that the tape closes, up to the end of the session in which it ends.

    Raises BadConfig when the tape cannot build the timeframe, and what ``updates`` raises.
    """
    core = MarketDataCore((instrument,), (timeframe,), tape_timeframe)
    state = core.initial()
    found = GatheredBars([], [], {})
    base = base_timeframe(tape_timeframe)

    def keep(messages: Iterable[Message]) -> None:
        for message in messages:
            for bar in message.bars if isinstance(message, BarsClosed) else ():
                if bar.timeframe == timeframe:
                    found.own.append(bar)
                elif bar.timeframe == base:
                    found.base.append(bar)

    def pass_time(until: int) -> None:
        while (due := core.next_due(state)) is not None and due <= until:
            keep(core.advance(state, TimerDue(due), due))

    newest = None
    for update in updates:
        if isinstance(update, MarketUpdate):
            if update.kind is _OPEN:
                continue  # its bar says the same again
            # The range of a tape bar belongs before the timers of its end, a trade after them.
            pass_time(update.ts - (update.kind is _BAR))
            newest = update.ts if newest is None else max(newest, update.ts)
        core.advance(state, update, update.ts)
    if newest is not None:
        session = calendar(instrument.calendar, instrument.timezone).session_at(newest - 1)
        pass_time(max(newest, session.close if session else newest) + 1)
    for (_, reason), count in state.refusals.items():
        found.refused[reason] = count
    return found
