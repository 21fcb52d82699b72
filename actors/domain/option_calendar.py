"""Which SPX-style index options are listed on a date, when they settle, and on which strikes and ticks.

Decides expiries, settlement instants, last trading instants, strike grids and price ticks by root. Knows
no price but the level a grid is laid around, and no quote. Input: roots, dates as ordinals, levels in
nanos; output: Expiry rows and strikes. The rules are Cboe's (product specifications of SPX, SPXW and
XSP; circular RG17-002; announcements of the weekday expiries); where the exchange only says what it may
list, the choice is written here.
"""

import math
from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import NotFound
from ..types import NANOS
from .calendar import calendar
from .contracts import OF_INDEX

MARKET: Final = calendar("XNYS")
OPTIONS: Final = calendar("XCBO")
"""Series that do not expire trade a quarter of an hour longer than the index is computed."""

NICKEL, DIME, PENNY = 5 * NANOS // 100, NANOS // 10, NANOS // 100
CUT: Final = 3 * NANOS
"""Where the tick changes: below 3.00 the small one, at and above it the large one."""

MONTHS: Final = 12
"""Consecutive months with a third-Friday and with an end-of-month expiry."""
WEEKS: Final = 6
"""Consecutive expiries kept on each weekday."""
LEAPS_YEARS: Final = 5
"""Decembers are listed that far ahead, Junes three years."""

WEEKDAY_SINCE: Final = {
    0: date(2016, 8, 15).toordinal(),
    1: date(2022, 4, 18).toordinal(),
    2: date(2016, 2, 23).toordinal(),
    3: date(2022, 5, 11).toordinal(),
    4: date(2010, 12, 2).toordinal(),
}
"""Weekday (Monday 0) -> the first day on which its weekly expiries traded."""
AFTERNOON_SINCE: Final = date(2017, 5, 1).toordinal()
"""Third-Friday and end-of-month series in the afternoon under the root SPXW."""


class Settlement(str, Enum):
    """Which level of the index settles a series."""

    AM = "AM"
    """The special opening quotation of the expiry date."""
    PM = "PM"
    """The official close of the expiry date."""


class Root(NamedTuple):
    """The conventions of one root."""

    settlement: Settlement
    unit: int
    """Nanos: the strike steps are 5, 10, 25, 50 and 100 of it."""
    small_tick: int
    """Below 3.00, nanos."""
    large_tick: int


ROOTS: Final = {
    "SPX": Root(Settlement.AM, NANOS, NICKEL, DIME),
    "SPXW": Root(Settlement.PM, NANOS, NICKEL, DIME),
    "XSP": Root(Settlement.PM, NANOS // 5, PENNY, PENNY),
}
"""XSP is a tenth of SPX and trades in pennies throughout."""


class Expiry(NamedTuple):
    """One listed expiry of one root; sorts by the instant it settles."""

    settles: int
    """The settlement instant, ns UTC: the open or the close of its session."""
    root: str
    date: int
    """Ordinal."""
    last_trade: int
    """No trade at or after this instant, ns UTC."""
    monthly: bool
    """A third-Friday series, of which more strikes are listed."""


def roots(underlying: str) -> tuple[str, ...]:
    """The roots on an index. Raises NotFound where there are none, or American ones only."""
    found = tuple(root for root in ROOTS if OF_INDEX[root] == underlying)
    if not found:
        raise NotFound(
            f"{underlying}: no chain; chains exist of European index options on SPX and XSP, options that "
            "can be exercised early are not priced"
        )
    return found


def third_friday(year: int, month: int) -> int:
    """Ordinal of the expiry of a month: its third Friday, or the business day before where that is closed."""
    first = date(year, month, 1)
    return _on_or_before(first.toordinal() + (4 - first.weekday()) % 7 + 14)


def end_of_month(year: int, month: int) -> int:
    """Ordinal of the last business day of a month."""
    return _on_or_before(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


def weekly(ordinal: int) -> int:
    """The expiry that belongs to a weekday: itself, or where it is closed the business day before.

    A Monday's is the business day after.
    """
    if (ordinal - 1) % 7 == 0:
        while MARKET.session(ordinal) is None:
            ordinal += 1
        return ordinal
    return _on_or_before(ordinal)


def expiries(underlying: str, ordinal: int) -> tuple[Expiry, ...]:
    """Every expiry listed on a date that has not settled before it, soonest first."""
    return tuple(sorted(each for root in roots(underlying) for each in _listed(root, ordinal)))


@lru_cache(maxsize=64)
def _listed(root: str, today: int) -> tuple[Expiry, ...]:
    if ROOTS[root].settlement is Settlement.AM:
        dates = dict.fromkeys(_standard(today), True)
    else:
        dates = dict.fromkeys(_weeklies(today), False)
        if today >= AFTERNOON_SINCE:
            dates |= dict.fromkeys(_months(today, end_of_month), False)
            dates |= dict.fromkeys(_months(today, third_friday), True)
    return tuple(expiry(root, day, monthly=monthly) for day, monthly in dates.items())


def expiry(root: str, ordinal: int, *, monthly: bool = False) -> Expiry:
    """The instants of an expiry date that has a session. Raises NotFound on a closed day."""
    session = MARKET.session(ordinal)
    if session is None:
        raise NotFound(f"{root}: {date.fromordinal(ordinal)} is no trading day, nothing expires on it")
    if ROOTS[root].settlement is Settlement.AM:
        return Expiry(session.open, root, ordinal, OPTIONS.previous_session(ordinal).close, monthly)
    return Expiry(session.close, root, ordinal, session.close, monthly)


def tick(root: str, price: int) -> int:
    """The price step of an option premium, nanos."""
    held = ROOTS[root]
    return held.small_tick if price < CUT else held.large_tick


def strikes(root: str, level: int, days: int, *, monthly: bool = False) -> NDArray[np.int64]:
    """The strikes listed around a level (nanos) for an expiry so many days ahead, ascending, nanos.

    In units of the root: every 5 within 6 % and 45 days (180 of a monthly series), every 10 within 12 %
    and 180 days, every 25 within 25 % and a year, every 50 within 50 %, every 100 beyond. The ends lie as
    far out as they did when the series was listed (a year ahead a monthly one, else six weeks): a strike
    is not taken back.
    """
    years = max(days, 366 if monthly else 7 * WEEKS) / 365
    low, high = max(0.1, 0.88 - 0.9 * years**0.5), min(2.0, 1.08 + 0.6 * years**0.5)
    unit = ROOTS[root].unit
    found: set[int] = set()
    for step, reach, limit in (
        (5, 0.06, 180 if monthly else 45),
        (10, 0.12, 180),
        (25, 0.25, 366),
        (50, 0.5, 10_000),
        (100, 1.0, 10_000),
    ):
        if days <= limit:
            first = math.ceil(level * max(low, 1 - reach) / (step * unit))
            last = int(level * min(high, 1 + reach) // (step * unit))
            found.update(range(max(1, first) * step * unit, last * step * unit + 1, step * unit))
    return np.array(sorted(found), dtype=np.int64)


def _standard(today: int) -> Iterator[int]:
    """Third Fridays settled in the morning: the next twelve, then LEAPS."""
    near = _months(today, third_friday)
    yield from near
    year = date.fromordinal(today).year
    for ahead in range(LEAPS_YEARS + 1):
        for month in (6, 12):
            day = third_friday(year + ahead, month)
            reach = LEAPS_YEARS if month == 12 else 3
            if near[-1] < day <= today + reach * 366:
                yield day


def _months(today: int, rule: Callable[[int, int], int]) -> list[int]:
    year, month = date.fromordinal(today).year, date.fromordinal(today).month
    days = (rule(year + n // 12, n % 12 + 1) for n in range(month - 1, month + MONTHS + 1))
    return [day for day in days if day >= today][:MONTHS]


def _weeklies(today: int) -> Iterator[int]:
    """The next six expiries of every weekday that had begun to trade by then."""
    monday = today - (today - 1) % 7
    for weekday, since in WEEKDAY_SINCE.items():
        if today >= since:
            days = (weekly(monday + weekday + 7 * week) for week in range(-1, WEEKS + 1))
            yield from [day for day in days if day >= today][:WEEKS]


def _on_or_before(ordinal: int) -> int:
    while MARKET.session(ordinal) is None:
        ordinal -= 1
    return ordinal
