"""What an ex-date does to prices and levels, at the edges of their rounding; nanos."""

from tradingfloor.actors.domain.corporate_actions import Dividend, Split


def test_no_price_becomes_nothing_and_no_price_at_all_stays_none():
    assert [Split(0, 1, 1).price(0), Dividend(0, 5).price(0)] == [0, 0]
    assert [Split(0, 1_000, 1).price(999), Dividend(0, 5).price(5)] == [1, 1]


def test_a_level_less_the_dividend_lies_on_the_tick_below_and_never_under_one_tick():
    dividend = Dividend(0, 15)
    assert [dividend.level(level, 10) for level in (0, 20, 1_000)] == [0, 10, 980]
