"""Bars with true starts and sessions: rows laid into the buckets of a calendar one after the other."""

import random
from datetime import UTC, date, datetime

from signal_bars import walk

from tradingfloor.actors.domain.calendar import calendar as calendar_named
from tradingfloor.actors.domain.timeframes import bucket_in, parse
from tradingfloor.actors.messages import Bar

MINUTE = 60 * 10**9
FIRST_DAY = date(2023, 1, 2).toordinal()
"""A Monday; New York is closed on it."""


def timeframe_of(minutes):
    return "1d" if minutes == 1440 else f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def buckets(calendar, minutes):
    """Every bucket (start, end, session) of the calendar from the first day on."""
    spec = parse(timeframe_of(minutes))
    session = calendar.next_session(calendar.previous_session(FIRST_DAY).open)
    while True:
        ts = session.open
        while ts < session.close:
            span = bucket_in(spec, calendar, session, ts)
            yield span.start, span.end, session.ordinal
            ts = span.end
        session = calendar.next_session(session.open)


def stamped(rows, *, calendar="24h", minutes=15, missing=0.0, seed=0):
    """One bar for each row (o, h, l, c[, v]); ``missing``: the share of buckets without a bar."""
    rng, places = random.Random(seed), buckets(calendar_named(calendar), minutes)
    found = []
    for row in rows:
        place = next(places)
        while rng.random() < missing:
            place = next(places)
        found.append(_bar(len(found), row, place, minutes))
    return found


def merged(base, *, calendar="24h", minutes=15):
    """The own bars of that many minutes over base bars; buckets without any have none."""
    spec, market, groups = parse(timeframe_of(minutes)), calendar_named(calendar), {}
    for each in base:
        span = bucket_in(spec, market, market.session_at(each.start), each.start)
        groups.setdefault((span.start, span.end, span.session), []).append(each)
    found = []
    for place, members in groups.items():
        row = (
            members[0].open,
            max(each.high for each in members),
            min(each.low for each in members),
            members[-1].close,
            sum(each.volume for each in members),
        )
        own = _bar(len(found), row, place, minutes)
        found.append(own)
    return found


def walked(seed, n, *, calendar="24h", minutes=15, base_minutes=0, tick=1, step=3):
    """(own, base): a random walk of n base bars, or own bars without ``base_minutes``; some are missing."""
    rows = walk(seed, n, tick=tick, step=step)
    fine = stamped(rows, calendar=calendar, minutes=base_minutes or minutes, missing=0.05, seed=seed)
    return (merged(fine, calendar=calendar, minutes=minutes), fine) if base_minutes else (fine, [])


def _bar(index, row, place, minutes):
    start, end, session = place
    return Bar(
        symbol="SPX",
        timeframe=timeframe_of(minutes),
        index=index,
        start=start,
        end=end,
        open=row[0],
        high=row[1],
        low=row[2],
        close=row[3],
        volume=row[4] if len(row) > 4 else 100,
        count=1,
        full=end - start == minutes * MINUTE or minutes == 1440,
        session=session,
        gap_before=0,
        first_index=10 * index + 1,
        last_index=10 * index + 10,
    )


def timed(rows, stamps):
    """Bars of 15 minutes at ``YYYY.MM.DD HH:MM:SS`` in UTC, sessions from midnight to midnight."""
    found = []
    for row, stamp in zip(rows, stamps, strict=True):
        moment = datetime.strptime(stamp, "%Y.%m.%d %H:%M:%S").replace(tzinfo=UTC)
        start = int(moment.timestamp()) * 10**9
        found.append(_bar(len(found), row, (start, start + 15 * MINUTE, moment.toordinal()), 15))
    return found
