"""The promise of every provider: whatever happens to the connection, each trade comes out once, in order."""

from collections import Counter

import pytest
from all_providers import PROVIDERS
from fake_server import Faults, Market
from live_feeds import collect, expected, opened

from tradingfloor.actors.types import NANOS

ROUNDS, CUTS = 4, 50


def by_second(trades):
    """What of a trade Tradier's record keeps, in order; within a second the record does not order symbols."""
    return Counter((symbol, ts // NANOS, price, size) for symbol, ts, price, size in trades)


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("name", PROVIDERS)
def test_two_hundred_cuts_and_corrupt_frames_leave_no_gap_and_no_duplicate(name, seed):
    codec, fake = PROVIDERS[name]
    market, faults = Market(seed, 1400), Faults(seed, CUTS, answers=0.25)
    with fake(market, faults) as server, opened(codec, server) as feed:
        got = collect(feed, market)
    assert faults.cuts + faults.corrupted == CUTS
    assert min(faults.cuts, faults.corrupted, faults.bad_answers) > 0
    assert server.connections > CUTS
    assert [ts for _, ts, _, _ in got] == sorted(ts for _, ts, _, _ in got)
    if name == "tradier":
        assert by_second(got) == by_second(expected(market))
    else:
        assert got == expected(market)


@pytest.mark.parametrize("name", PROVIDERS)
def test_frames_that_were_lost_on_a_connection_that_holds_are_recovered_from_the_record(name):
    codec, fake = PROVIDERS[name]
    market, faults = Market(7, 600), Faults(7, drops=True)
    with fake(market, faults) as server, opened(codec, server) as feed:
        got = collect(feed, market)
    assert server.connections == 1
    assert feed.counts["recovered"] > 0
    assert by_second(got) == by_second(expected(market))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_record_that_lags_behind_its_stream_is_asked_again(name):
    codec, fake = PROVIDERS[name]
    market, faults = Market(9, 800), Faults(9, 20)
    market.lag = 2 * NANOS
    with fake(market, faults) as server, opened(codec, server) as feed:
        got = collect(feed, market)
    assert by_second(got) == by_second(expected(market))
