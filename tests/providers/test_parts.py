"""The small parts: delays, limits, the life of a connection, numbers, contract symbols."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.market_data.feeds.providers import numbers
from tradingfloor.actors.market_data.feeds.providers.backoff import Backoff
from tradingfloor.actors.market_data.feeds.providers.lifecycle import TRANSITIONS, Happening, Life, Link
from tradingfloor.actors.market_data.feeds.providers.limits import TokenBucket
from tradingfloor.actors.market_data.feeds.providers.vocabulary import Corrupt, occ_symbol
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
