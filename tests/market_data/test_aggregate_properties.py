"""Bars of random tapes against a second, naive aggregator written from the definitions."""

from collections import defaultdict
from itertools import pairwise

import pytest
from aggregation import EVER, HOUR, MINUTE, SECOND, aggregator, fire, ns, opening, play, row, tick
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_bars import SESSIONS, Naive

from tradingfloor.actors.types import Refusal

STEPS = st.one_of(
    st.integers(0, 20).map(lambda n: n * SECOND),
    st.integers(-90, 150).map(lambda n: n * SECOND),
    st.integers(1, 90).map(lambda n: n * MINUTE),
    st.integers(1, 200).map(lambda n: n * HOUR),
    st.sampled_from(["minute", "close", "open"]),
)
SETS = [
    ["15m", "1h", "1d"],
    ["1m", "7m", "4h", "1w", "1M"],
    ["5s", "90s", "30m", "1w"],
    ["1d", "1M", "5m", "2h"],
]


@st.composite
def tapes(draw, name):
    # From the first whole week of the table to its last.
    ts = draw(st.sampled_from(SESSIONS[name][4:30]))[1] + draw(st.integers(-HOUR, 5 * HOUR))
    ticks = []
    for index, step in enumerate(draw(st.lists(STEPS, min_size=1, max_size=60)), 1):
        if step == "minute":
            ts += -ts % MINUTE
        elif step == "close":
            ts = min((c for _, _, c in SESSIONS[name] if c >= ts), default=ts)
        elif step == "open":
            ts = min((o for _, o, _ in SESSIONS[name] if o >= ts), default=ts)
        else:
            ts += step
        ts = min(ts, ns("2013-12-28", "UTC"))
        ticks.append(tick(index, ts, draw(st.integers(95, 105)), draw(st.integers(0, 9))))
    return ticks


@pytest.mark.parametrize("timeframes", SETS, ids=" ".join)
@pytest.mark.parametrize("name", ["XNYS", "24h"])
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_bars_of_random_trades_are_those_of_the_definitions(name, timeframes, data):
    ticks = data.draw(tapes(name))
    naive = Naive(name, timeframes)
    expected = [naive.add(each) for each in ticks]
    naive.publish(EVER)
    refusals, log = play(aggregator(timeframes, name=name), ticks)
    assert refusals == expected
    assert log == naive.log


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_late_timers_change_neither_the_bars_nor_their_order(data):
    ticks = sorted(data.draw(tapes("XNYS")), key=lambda each: each.ts)
    built = aggregator(["5m", "1h", "1d"])
    log = []
    for each in ticks:
        built.add(each)
        if data.draw(st.booleans()):
            log += fire(built, each.ts)
    assert log + fire(built, EVER) == play(aggregator(["5m", "1h", "1d"]), ticks)[1]


@settings(deadline=None, max_examples=60)
@given(
    hours=st.lists(st.tuples(st.integers(0, 40), st.integers(7, 18)), max_size=60, unique=True),
    noise=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=8),
)
def test_an_hourly_tape_passes_through_clipped_and_its_days_are_unions(hours, noise):
    """Clock hours of random days around Thanksgiving: rows out of session, half in it, missing, doubled."""
    starts = [ns("2013-11-11") + day * 24 * HOUR + hour * HOUR for day, hour in sorted(hours)]
    for source, target in noise:
        if starts:
            at = target % len(starts) + 1
            starts.insert(at, starts[source % at])
    updates = []
    for number, start in enumerate(starts):
        price = 100 + number
        updates.append(opening(2 * number + 1, start, price))
        updates.append(
            row(2 * number + 2, start, start + HOUR, (price, price + 3, price - 2, price + 1), number)
        )

    own, last = [], (-EVER, -EVER)
    expected = []
    for each in updates[1::2]:
        inside = [s for s in SESSIONS["XNYS"] if each.start < s[2] and s[1] < each.ts]
        if each.start == last[0]:
            expected.append(Refusal.DUPLICATE)
        elif not inside:
            expected.append(Refusal.OUT_OF_SESSION)
        elif each.start < last[1]:
            expected.append(Refusal.BACKWARDS)
        else:
            expected.append(None)
            last = (each.start, each.ts)
            own.append((max(each.start, inside[0][1]), min(each.ts, inside[0][2]), inside[0], each))

    refusals, log = play(aggregator(["1h", "1d", "1w"], tape="1h"), updates[1::2])
    with_opens = play(aggregator(["1h", "1d", "1w"], tape="1h"), updates)[1]
    assert with_opens == log, "an OPEN opens a period and is no part of a bar"
    # A row that goes backwards is late when its successor was published already.
    assert [Refusal.BACKWARDS if each is Refusal.LATE else each for each in refusals] == expected
    bars = [bar for _, instant in log for bar in instant]
    assert [(b.start, b.end, b.open, b.close, b.full) for b in bars if b.timeframe == "1h"] == [
        (start, end, each.open, each.close, end - start == HOUR) for start, end, _, each in own
    ]
    clock = [
        max(opens, hour)
        for _, opens, close in SESSIONS["XNYS"]
        for hour in range(opens - opens % HOUR, close, HOUR)
    ]
    places = [clock.index(start) for start, _, _, _ in own]
    gaps = [later - earlier - 1 for earlier, later in pairwise(places)]
    assert [b.gap_before for b in bars if b.timeframe == "1h"] == [0, *gaps][: len(own)]
    days = defaultdict(list)
    for start, end, session, each in own:
        days[session].append((start, end, each))
    assert [
        (b.start, b.end, b.open, b.high, b.low, b.close, b.volume, b.count, b.full)
        for b in bars
        if b.timeframe == "1d"
    ] == [
        (
            session[1],
            session[2],
            parts[0][2].open,
            max(part.high for _, _, part in parts),
            min(part.low for _, _, part in parts),
            parts[-1][2].close,
            sum(part.volume for _, _, part in parts),
            len(parts),
            sum(end - start for start, end, _ in parts) == session[2] - session[1],
        )
        for session, parts in days.items()
    ]
