"""From a timeframe and a calendar to what the kernels are told of the market.

Decides which periods give pools, whether patterns may cross a session's end, and what time of session a
bar has. Knows no event.
"""

from collections.abc import Callable
from functools import cache, lru_cache

from ..config import DetectorParams
from ..domain.calendar import Calendar
from ..domain.timeframes import parse
from .state import State, new_state


def first_state(
    timeframe: str, calendar: Calendar, tick: int, detectors: int, params: DetectorParams
) -> State:
    """The state before the first bar; ``tick`` in nanos, ``detectors`` as bits."""
    return new_state(
        tick=tick,
        detectors=detectors,
        # Where sessions follow each other without a break there is no boundary to respect.
        cross_session=not calendar.inclusive_close,
        intraday_ns=parse(timeframe).nanos or 0,
        weeks=timeframe not in {"1w", "1M"},
        session_ns=calendar.regular_length,
        params=params,
    )


@cache
@cache
def opens(calendar: Calendar) -> Callable[[int], int]:
    """From a session's ordinal to its open, ns UTC; -1 where there is none. One for all its actors."""

    @lru_cache(maxsize=64)
    def opened(ordinal: int) -> int:
        session = calendar.session(ordinal)
        return -1 if session is None else session.open

    return opened
