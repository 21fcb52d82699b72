"""Entering a tape at any index gives its tail; several generators do not disturb each other."""

from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.market_data.feeds import open_feed

HEADER = "time,open,high,low,close,volume\n"
RESUME = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def csv_feed(tapes):
    rows = [f"2021-07-01 09:{m:02d},{'nan' if m % 7 == 0 else 10},12,9,11,5\n" for m in range(30, 60)]
    return tapes.csv(HEADER + "".join(rows) + "garbage\n")


def tick_feed(tapes):
    rows = [f"{34_200_000 + n * 250},1676500,100,P,0,{int(n % 5 == 0)}\n" for n in range(40)]
    return tapes.open(tapes.zip("equity/usa/tick/spy/20131011_trade.zip", "x.csv", "".join(rows)))


def days_feed(tapes):
    rows = [
        f"{34_200_000 + n * 60_000},1676500,{'x' if n == 3 else 1676500},1676500,1676500,1\n"
        for n in range(9)
    ]
    for day in ("20131004", "20131007", "20131008"):
        tapes.zip(f"equity/usa/minute/spy/{day}_trade.zip", "x.csv", "".join(rows))
    return tapes.open(tapes.folder / "equity/usa/minute/spy")


@pytest.mark.parametrize("make", [csv_feed, tick_feed, days_feed])
def test_a_file_entered_at_any_index_gives_its_tail(tapes, make):
    feed = make(tapes)
    whole = list(feed.updates())
    assert [u.index for u in whole] == list(range(1, len(whole) + 1))
    for after in range(len(whole) + 2):
        assert list(feed.updates(after)) == whole[after:]
    assert feed.last_index >= len(whole)


def test_two_passes_over_one_feed_do_not_disturb_each_other(tapes):
    feed = csv_feed(tapes)
    whole = list(feed.updates())
    first, second = feed.updates(), feed.updates(5)
    mixed = [(next(first), next(second)) for _ in range(10)]
    assert [a for a, _ in mixed] == whole[:10]
    assert [b for _, b in mixed] == whole[5:15]


SIM = open_feed(Config(symbols=("SPX", "AAPL"), data=DataConfig(poll_interval=300.0, history_sessions=0)))
WHOLE = list(islice(SIM.updates(), 2000))


@RESUME
@given(after=st.integers(0, 1900))
def test_the_simulation_entered_at_any_index_gives_its_tail(after):
    assert list(islice(SIM.updates(after), 100)) == WHOLE[after : after + 100]


def test_the_simulation_entered_far_away_does_not_depend_on_what_was_read_before():
    far = 78 * 2 * 900 + 5
    fresh = open_feed(
        Config(symbols=("SPX", "AAPL"), data=DataConfig(poll_interval=300.0, history_sessions=0))
    )
    walked = next(islice(SIM.updates(), far, None))
    assert next(fresh.updates(far)) == walked
    assert walked.index == far + 1
