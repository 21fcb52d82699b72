"""The gate on the quote: risk's newest quote, as of the decision."""

import pytest

from tradingfloor.actors.messages import DecisionMade, OrderApproved, QuoteUpdated
from tradingfloor.actors.types import NANOS, Refusal

MINUTE = 60 * NANOS


@pytest.fixture
def close(at):
    return at("2024-01-08 10:15")


@pytest.fixture
def choosy(new_desk, at):
    """A running desk that takes a spread of at most 2 bps."""
    desk = new_desk(risk={"max_spread_bps": 2.0})
    desk.start()
    desk.price(100, at("2024-01-08 10:14:59"))
    return desk


def decided(desk, ts):
    """(value of the gate, the decision's refusal) of a signal at a close."""
    said = desk.bars_close(ts, desk.signal(ts))
    (decision,) = [event for event in said if isinstance(event, DecisionMade)]
    gate = next(result for result in decision.gates if result.gate == "spread")
    assert any(isinstance(event, OrderApproved) for event in said) == decision.approved
    return gate.value, decision.reason


def test_a_quote_that_came_after_the_last_price_is_the_one_that_is_judged(choosy, close):
    choosy.quote(99.90, 100.10, close - 2 * NANOS)
    choosy.quote(99.99, 100.01, close)
    assert decided(choosy, close) == ("2", None)


def test_a_spread_beyond_the_limit_denies_the_entry(choosy, close):
    choosy.quote(99.99, 100.01, close - NANOS)
    choosy.quote(99.98, 100.01, close)
    assert decided(choosy, close) == ("3.00015", Refusal.SPREAD)


def test_an_older_quote_that_comes_late_changes_nothing(choosy, close):
    choosy.quote(99.99, 100.01, close)
    choosy.quote(99.90, 100.10, close - NANOS)
    assert decided(choosy, close) == ("2", None)


def test_a_quote_is_believed_for_a_minute_and_not_a_nanosecond_longer(new_desk, at, close):
    late = "quoted 60.000000001 s ago"
    for age, value, reason in [(MINUTE, "2", None), (MINUTE + 1, late, Refusal.SPREAD)]:
        desk = new_desk(risk={"max_spread_bps": 2.0})
        desk.start()
        desk.price(100, close - NANOS)
        desk.quote(99.99, 100.01, close - age)
        assert decided(desk, close) == (value, reason)


def test_a_tape_without_quotes_passes_and_says_so_unless_a_quote_is_required(choosy, new_desk, close):
    assert decided(choosy, close) == ("no quote", None)
    strict = new_desk(risk={"require_quote": True})
    strict.start()
    strict.price(100, close - NANOS)
    assert decided(strict, close) == ("no quote", Refusal.SPREAD)


def test_the_quotes_of_the_day_before_say_nothing(choosy, at):
    choosy.quote(99.99, 100.01, at("2024-01-08 16:00"))
    morning = at("2024-01-09 09:45")
    choosy.price(100, morning - NANOS)
    assert decided(choosy, morning) == ("no quote", None)


def test_a_locked_market_is_not_entered(desk, close):
    desk.quote(100, 100, close)
    assert decided(desk, close) == ("locked", Refusal.SPREAD)


def test_the_largest_spread_may_change_while_the_engine_runs(choosy, close):
    from tradingfloor.actors.messages import ConfigRevised

    choosy.quote(99.98, 100.02, close)
    changes = (("risk.max_spread_bps", "4"),)
    choosy.feed(
        ConfigRevised(
            id=b"revision" * 2,
            ts=close,
            previous="",
            config="",
            changes=changes,
            settings="",
            request_id="r",
            reason="",
            by="",
        )
    )
    assert decided(choosy, close) == ("4", None)


def test_a_quote_alone_decides_nothing_and_a_restart_knows_it(choosy, close):
    assert choosy.quote(99.99, 100.01, close) == []
    assert choosy.recovered() == choosy.snapshot()
    assert choosy.state.books["SPX"].quote == QuoteUpdated("SPX", close, 99_990_000_000, 100_010_000_000)


def test_a_quote_of_a_symbol_that_is_not_traded_is_no_matter(choosy, close):
    assert choosy.quote(1, 2, close, symbol="GOOG") == []
