"""The small parts: delays, limits, the life of a connection, numbers, contract symbols."""

import asyncio
import json
from decimal import Decimal

import msgspec
import pytest
from fake_server import OPEN
from hypothesis import given
from hypothesis import strategies as st
from live_feeds import ManualClock

from tradingfloor.actors.market_data.feeds.providers import alpaca_record, numbers
from tradingfloor.actors.market_data.feeds.providers.backoff import Backoff
from tradingfloor.actors.market_data.feeds.providers.clock import Timing
from tradingfloor.actors.market_data.feeds.providers.lifecycle import TRANSITIONS, Happening, Life, Link
from tradingfloor.actors.market_data.feeds.providers.limits import TokenBucket
from tradingfloor.actors.market_data.feeds.providers.massive_record import MassiveRecord
from tradingfloor.actors.market_data.feeds.providers.massive_stream import MassiveStream
from tradingfloor.actors.market_data.feeds.providers.merge import Merge
from tradingfloor.actors.market_data.feeds.providers.stream import Stream
from tradingfloor.actors.market_data.feeds.providers.tradier_record import TradierRecord
from tradingfloor.actors.market_data.feeds.providers.tradier_stream import TradierStream
from tradingfloor.actors.market_data.feeds.providers.vocabulary import Corrupt, Notice, occ_symbol
from tradingfloor.actors.types import NANOS


def test_delays_double_up_to_the_longest_and_begin_anew_after_a_success():
    backoff = Backoff(0.5, 30.0, lambda: 1.0)
    assert [backoff.next() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    backoff.reset()
    assert backoff.next() == 0.5


@given(st.integers(0, 2000), st.floats(0, 1, exclude_max=True))
def test_jitter_takes_at_most_half_of_a_delay(attempts, drawn):
    backoff = Backoff(0.5, 30.0, lambda: drawn)
    for _ in range(attempts % 50):
        backoff.next()
    whole = min(30.0, 0.5 * 2 ** (attempts % 50))
    assert whole / 2 <= backoff.next() <= whole


@given(st.lists(st.floats(0, 3), min_size=20, max_size=60))
def test_no_window_holds_more_requests_than_burst_and_rate_allow(pauses):
    bucket, now, sent = TokenBucket(2.0, 5), 0.0, []
    for pause in pauses:
        now += pause
        wait = bucket.take(now)
        now += wait
        sent.append(now)
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            assert last - first + 1 <= 5 + 2.0 * (sent[last] - sent[first]) + 1e-6


def test_a_provider_that_says_wait_is_obeyed():
    bucket = TokenBucket(10.0, 10)
    assert bucket.take(100.0) == 0
    bucket.hold(100.0, 7.0)
    assert bucket.take(101.0) == 6.0
    assert bucket.take(108.0) == 0


def test_every_state_is_reachable_and_every_one_can_be_closed():
    reached, grown = {Link.IDLE}, True
    while grown:
        following = {end for (start, _), end in TRANSITIONS.items() if start in reached}
        grown = not following <= reached
        reached |= following
    assert reached == set(Link)
    assert all(TRANSITIONS[state, Happening.CLOSE] is Link.CLOSED for state in Link)


def test_what_cannot_happen_is_an_error_and_changes_nothing():
    life = Life()
    with pytest.raises(ValueError, match="SUBSCRIBED cannot happen while IDLE"):
        life.happened(Happening.SUBSCRIBED)
    assert (life.state, sum(life.counts.values())) == (Link.IDLE, 0)


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("2024-01-02T14:30:00Z", 1_704_205_800 * NANOS),
        ("2024-01-02T14:30:00.5Z", 1_704_205_800_500_000_000),
        ("2024-01-02T14:30:00.123456789Z", 1_704_205_800_123_456_789),
    ],
)
def test_times_are_read_to_the_nanosecond(text, nanos):
    assert numbers.rfc3339(text) == nanos


@pytest.mark.parametrize(
    "text",
    ["", "Z", "2024-01-02", "2024-01-02T14:30:00", "2024-13-02T14:30:00Z", "2024-01-02T14:30:00.1234567890Z",
     "2024-01-02T14:30:00.xZ", "2024-01-02T14:30:00.Z", "1969-01-02T14:30:00Z"],
)  # fmt: skip
def test_what_is_no_time_is_corrupt(text):
    with pytest.raises(Corrupt):
        numbers.rfc3339(text)


@given(st.integers(1, 4_000_000_000 * NANOS))
def test_written_times_read_back(ts):
    assert numbers.rfc3339(numbers.written(ts)) == ts


def test_prices_are_exact():
    assert numbers.price(Decimal("123.456789")) == 123_456_789_000
    assert numbers.quoted(None) == numbers.quoted(Decimal(0)) == 0
    assert numbers.size(Decimal("100.0")) == 100


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "1e9", "1e999999"])
def test_what_is_no_price_is_corrupt(value):
    with pytest.raises(Corrupt):
        numbers.price(Decimal(value))


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", "1e999999"])
def test_what_is_no_size_is_corrupt(value):
    with pytest.raises(Corrupt):
        numbers.size(Decimal(value))


def test_massive_has_subscribed_when_every_channel_is_confirmed_one_by_one_or_together():
    stream = MassiveStream("wss://here", ("SPY",), "key")

    def confirmed(channels):
        told = {"ev": "status", "status": "success", "message": f"subscribed to: {channels}"}
        return stream.read(json.dumps([told]))

    for _connection in range(2):
        asyncio.run(stream.address())
        assert confirmed("T.SPY") == []
        assert confirmed("Q.SPY") == [Notice.SUBSCRIBED]
    asyncio.run(stream.address())
    assert confirmed("T.SPY, Q.SPY") == [Notice.SUBSCRIBED]


@pytest.mark.parametrize(("update", "trades"), [("", 1), ("corrected", 1), ("canceled", 0), ("incorrect", 0)])
def test_alpaca_trades_that_were_taken_back_are_none(update, trades):
    row = alpaca_record.TradeRow(t="2024-01-02T14:30:00Z", p=Decimal(470), s=Decimal(1), i=1, u=update)
    assert len(alpaca_record.trade(row, "SPY")) == trades


@pytest.mark.parametrize(("correction", "trades"), [(0, 1), (1, 1), (7, 0), (8, 0), (10, 0), (11, 0)])
def test_massive_trades_that_were_taken_back_are_none(correction, trades):
    row = {"sip_timestamp": OPEN, "price": 470, "size": 1, "id": "1", "correction": correction}
    record = MassiveRecord(Answering({"results": [row]}), "", "")
    assert len(asyncio.run(record.trades("SPY", OPEN, OPEN))) == trades


@pytest.mark.parametrize(("told", "trades"), [({}, 1), ({"cancel": True}, 0), ({"correction": True}, 0)])
def test_tradier_sales_that_were_taken_back_or_put_right_are_none(told, trades):
    sale = {
        "type": "timesale",
        "symbol": "SPY",
        "last": "470",
        "size": "1",
        "date": "1700000000000",
        "seq": 1,
    }
    assert len(TradierStream("", ("SPY",), None).read(json.dumps(sale | told))) == trades


def test_tradier_tells_trades_of_whole_seconds_only():
    seconds = [OPEN // NANOS + number for number in range(4)]
    rows = [{"timestamp": second, "price": 470, "volume": 1} for second in seconds]
    record = TradierRecord(Answering({"series": {"data": rows}}))
    found = asyncio.run(record.trades("SPY", OPEN + NANOS + 5, OPEN + 3 * NANOS + 5))
    assert [trade.ts for trade in found] == [OPEN + NANOS, OPEN + 2 * NANOS]


class Answering:
    """A connection that gives one answer to everything."""

    def __init__(self, answer):
        self.answer = json.dumps(answer)

    async def get(self, _path, kind, _params=None):
        return msgspec.json.decode(self.answer, type=kind)


def test_contracts_are_spelled_as_the_occ_does():
    expected = "SPXW  231117P04500000"
    assert occ_symbol("SPXW231117P04500000") == expected
    assert occ_symbol("O:SPXW231117P04500000") == expected
    assert occ_symbol(expected) == expected
    assert len(occ_symbol("F240119C00012500")) == 21


@pytest.mark.parametrize("text", ["SPY", "231117P04500000", "TOOLONG231117P04500000", "SPY231117X04500000", "SPY2311x7P04500000"])  # fmt: skip  # noqa: E501
def test_what_is_no_contract_is_corrupt(text):
    with pytest.raises(Corrupt):
        occ_symbol(text)


@pytest.mark.parametrize(("held", "second"), [(9.99, 2.0), (10.0, 1.0)])
def test_only_a_connection_that_held_for_a_while_lets_the_delays_begin_anew(held, second):
    timing, clock = Timing(first_delay=1.0, longest_delay=60.0), ManualClock(OPEN)
    given = {"begin": OPEN, "timing": timing, "clock": clock}
    stream = Stream(None, (), Merge(()), **given, draw=lambda: 1.0, is_open=lambda _now: True)
    assert stream._delay() == 1.0
    stream._held_since = clock.monotonic()
    clock.advance(held)
    assert stream._delay() == second
