"""Splits and dividends: what an ex-date does to positions, brackets, orders under way and closed trades."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.corporate_actions import Dividend, Split
from tradingfloor.actors.messages import DividendPaid, OrderCanceled, OrderReplaced, SplitApplied, TradeClosed
from tradingfloor.actors.types import NANOS, Refusal

CENT = NANOS // 100
EX = 10 * NANOS


def split(numerator, denominator=1, ts=EX):
    return Split(ts, numerator, denominator)


def dividend(cents, ts=EX):
    return Dividend(ts, cents * CENT)


def held(desk, side, quantity, price, stop, target, *actions, **execution):
    """A position entered at second 2, its bracket at work, the next price seen at 3."""
    here = desk(actions=actions, **execution)
    here.approve(1, side, quantity, stop, target)
    here.tick(2, price)
    here.tick(3, price)
    assert abs(here.position) == quantity
    del here.journal[:]
    return here


def test_a_split_restates_position_and_bracket_and_the_account_is_worth_the_same(desk):
    here = held(desk, "BUY", 10, 700, 630, 770, split(7))
    before = here.state.portfolio.readings(here.state.prices(), {})
    here.timer(10)
    assert here.lines == ["split +10 to +70", "STOP now 70 at 90", "TARGET now 70 at 110"]
    assert here.state.portfolio.readings(here.state.prices(), {}) == before
    assert here.state.portfolio.positions["SPX"].cost == 7_000 * NANOS
    here.tick(11, 110.5)
    assert here.position == 0
    (trade,) = here.said(TradeClosed)
    assert (trade.entry_price, trade.exit_price, trade.quantity) == (100 * NANOS, 110_500_000_000, 70)
    assert trade.realised == 735 * NANOS


def test_the_timer_is_asked_for_only_while_something_is_held_or_at_work(desk):
    here = desk(actions=(dividend(50), split(2, ts=20 * NANOS)))
    assert here.core.next_due(here.state) is None
    here.approve(1, "BUY", 10, 90, 110)
    assert here.core.next_due(here.state) == 20 * NANOS  # an order has no right to a dividend
    here.tick(2, 100)
    assert here.core.next_due(here.state) == EX
    here.timer(10)
    assert here.core.next_due(here.state) == 20 * NANOS
    here.timer(20)
    assert here.core.next_due(here.state) is None


def test_who_buys_on_the_ex_date_has_no_right_to_it(desk):
    here = desk(actions=(dividend(50), split(2)))
    here.approve(9, "BUY", 10, 90, 110)
    here.timer(10)
    assert here.lines == ["ENTRY works 10", "split +0 to +0", "ENTRY canceled 10 CORPORATE_ACTION"]
    here.approve(10, "BUY", 10, 90, 110)
    here.tick(10, 100)
    assert here.core.next_due(here.state) is None
    assert here.position == 10


def test_what_a_bar_that_ends_with_the_day_filled_or_led_to_is_from_before_the_ex_date(desk):
    """A 24-hour market: the last bar before an ex-date ends at its first instant."""
    here = desk(actions=(dividend(100), split(2)), bar=9, entry="limit")
    here.open(0, 101)
    here.enter(0, "BUY", 10, 100, 90, 110)
    here.open(1, 101)
    here.bar(1, 10, 101, 102, 99, 101)
    assert here.position == 10
    assert here.core.next_due(here.recovered()) == here.core.next_due(here.state) == EX
    here.timer(10)
    assert here.lines[4:] == [
        "dividend on +10: 10", "STOP now 10 at 89", "split +10 to +20",
        "STOP now 20 at 44.50", "TARGET now 20 at 55",
    ]  # fmt: skip
    idle = desk(actions=(split(2),), bar=9)
    idle.bar(1, 10, 101, 102, 99, 101)
    idle.approve(10, "BUY", 10, 90, 110)
    idle.timer(10)
    assert idle.lines == ["ENTRY works 10", "split +0 to +0", "ENTRY canceled 10 CORPORATE_ACTION"]


def test_who_buys_at_the_first_price_of_the_ex_date_has_no_right_to_it(desk):
    here = desk(actions=(dividend(100),))
    here.approve(9, "BUY", 10, 90, 110)
    here.tick(10, 100)
    assert here.position == 10
    assert here.core.next_due(here.state) is None
    assert here.core.next_due(here.recovered()) is None


def test_a_dividend_is_paid_to_a_long_and_by_a_short_and_belongs_to_the_trade(desk):
    long = held(desk, "BUY", 10, 100, 90, 110, dividend(150))
    long.timer(10)
    assert long.lines == ["dividend on +10: 15", "STOP now 10 at 88.50"]
    short = held(desk, "SELL", 10, 100, 110, 90, dividend(150))
    short.timer(10)
    assert short.lines == ["dividend on -10: -15", "TARGET now 10 at 88.50"]
    for here, first in ((long, 98.5), (short, 98.5)):
        here.tick(11, first)
        here.flatten(12)
        here.tick(13, first)
        (trade,) = here.said(TradeClosed)
        assert trade.realised == 0  # the price fell by what was paid
        assert here.state.portfolio.cash == 100_000 * NANOS


def test_on_the_ex_date_the_mark_is_without_the_dividend_until_the_first_trade(desk):
    here = held(desk, "BUY", 10, 100, 90, 110, dividend(150))
    here.timer(10)
    assert here.state.prices() == {"SPX": 98_500_000_000}
    assert here.state.portfolio.equity(here.state.prices(), {}) == 100_000 * NANOS
    here.tick(11, 99)
    assert here.state.portfolio.equity(here.state.prices(), {}) == 100_005 * NANOS


def test_what_is_less_than_a_unit_is_paid_out_and_the_rest_keeps_its_cost(desk):
    here = held(desk, "BUY", 25, 10, 9, 11, split(1, 10))
    here.timer(10)
    # Half a unit of 100.00; a fifth of the cost goes with it.
    assert here.lines == ["split +25 to +2, 50 in cash", "STOP now 2 at 90", "TARGET now 2 at 110"]
    assert here.state.portfolio.positions["SPX"].cost == 200 * NANOS
    assert here.state.portfolio.realised == 0


def test_a_position_of_less_than_one_unit_is_over_and_so_is_its_bracket(desk):
    here = held(desk, "SELL", 7, 10, 11, 9, split(1, 10))
    here.timer(10)
    assert here.lines == [
        "split -7 to +0, -70 in cash",
        "closed SHORT 7 by FLATTEN net 0",
        "STOP canceled 7 BRACKET_SIBLING",
        "TARGET canceled 7 BRACKET_SIBLING",
    ]
    assert here.state.portfolio.cash == 100_000 * NANOS
    assert not here.state.books["SPX"].orders


def test_levels_off_the_tick_are_moved_away_from_the_market(desk):
    long = held(desk, "BUY", 10, 100, 90.01, 110.01, split(3))
    long.timer(10)
    assert long.lines[1:] == ["STOP now 30 at 30", "TARGET now 30 at 36.67"]
    short = held(desk, "SELL", 10, 100, 110.01, 90.01, split(3))
    short.timer(10)
    assert short.lines[1:] == ["STOP now 30 at 36.67", "TARGET now 30 at 30"]


def test_a_flatten_under_way_is_asked_for_anew_with_the_kill_it_belongs_to(desk):
    here = held(desk, "BUY", 10, 100, 90, 110, split(2))
    here.kill(4)
    kill_id = here.state.kill.id
    del here.journal[:]
    here.timer(10)
    assert here.lines == ["split +10 to +20", "FLATTEN canceled 10 CORPORATE_ACTION", "FLATTEN works 20"]
    assert here.journal[-1].kill_id == kill_id
    assert here.journal[-1].cause == here.journal[0].id
    here.tick(11, 50)
    assert here.position == 0


def test_under_a_kill_that_keeps_positions_units_change_and_nothing_else_happens(desk):
    here = held(desk, "BUY", 10, 100, 90, 110, split(2))
    here.kill(4, policy="keep")
    del here.journal[:]
    here.timer(10)
    assert here.lines == ["split +10 to +20"]


def test_a_trailing_stop_follows_at_the_distance_in_new_units(desk):
    here = desk(actions=(split(2),), stop="trailing")
    here.enter(1, "BUY", 10, 100, 90, 200)
    here.tick(2, 100)
    here.tick(3, 100)
    here.timer(10)
    here.tick(11, 52)
    here.tick(12, 54)
    moved = [event for event in here.said(OrderReplaced) if event.role.value == "STOP"]
    assert [event.price // CENT for event in moved] == [4_500, 4_700, 4_900]


def test_an_expired_day_order_is_over_before_the_split_and_not_because_of_it(desk):
    here = desk(hours="XNYS", time_in_force="day", entry="limit", actions=(split(2, ts=10**6 * NANOS),))
    here.enter(1, "BUY", 10, 50, 40, 60)
    here.timer(10**6)
    assert [event.reason for event in here.said(OrderCanceled)] == [Refusal.DAY_OVER]
    assert not here.said(SplitApplied)


def test_two_actions_of_one_date_are_booked_in_their_order(desk):
    here = held(desk, "BUY", 10, 100, 90, 110, dividend(100), split(2))
    here.timer(10)
    assert [type(event) for event in here.journal] == [
        DividendPaid, OrderReplaced, SplitApplied, OrderReplaced, OrderReplaced,
    ]  # fmt: skip
    assert here.lines[0] == "dividend on +10: 10"
    assert here.state.prices() == {"SPX": 49_500_000_000}


def test_a_late_timer_books_every_date_that_has_passed(desk):
    dates = (dividend(100), split(2, ts=20 * NANOS), dividend(10, ts=30 * NANOS))
    here = held(desk, "BUY", 10, 100, 90, 110, *dates)
    here.timer(40)
    assert [line for line in here.lines if "now" not in line] == [
        "dividend on +10: 10", "split +10 to +20", "dividend on +20: 2",
    ]  # fmt: skip


def test_excursions_are_told_in_new_units_and_the_last_price_before_the_split_counts(desk):
    here = held(desk, "BUY", 10, 100, 80, 140, split(2))
    here.tick(4, 90)
    here.tick(5, 120)
    here.timer(10)
    here.tick(11, 60)
    here.flatten(12)
    here.tick(13, 60)
    (trade,) = here.said(TradeClosed)
    assert (trade.mfe, trade.mae) == (10 * NANOS, 5 * NANOS)


def test_a_trade_that_a_split_ends_has_seen_the_last_price_before_it(desk):
    here = held(desk, "BUY", 5, 100, 80, 140, split(1, 10))
    here.tick(4, 90)
    here.tick(5, 120)
    here.timer(10)
    (trade,) = here.said(TradeClosed)
    assert (trade.mfe, trade.mae) == (20 * NANOS, 10 * NANOS)


def test_no_order_in_new_units_acts_on_a_price_that_began_before_the_split(desk):
    here = held(desk, "BUY", 10, 100, 90, 110, split(2))
    here.timer(10)
    here.slot(9, 11, 100, 100, 50, 50)
    assert here.position == 20
    here.tick(12, 44)
    assert here.position == 0


def test_a_restart_at_any_point_comes_to_the_same_books(desk):
    here = desk(actions=(dividend(100), split(2), dividend(10, ts=20 * NANOS)), commission_per_share=0.01)
    here.approve(1, "BUY", 10, 80, 140)
    for at, price in ((2, 100), (3, 90), (4, 120)):
        here.tick(at, price)
    compare(here)
    here.timer(10)
    compare(here)
    here.tick(11, 60)
    compare(here)
    here.timer(20)
    compare(here)
    here.tick(21, 61)
    here.flatten(22)
    here.tick(23, 62)
    compare(here)
    (trade,) = here.said(TradeClosed)
    assert (trade.mae, trade.mfe) == (5 * NANOS, 12 * NANOS)
    fill = next(at for at, event in enumerate(here.journal) if event.id == trade.cause)
    seen = here.recovered(fill).books["SPX"].trade
    assert (seen.low, seen.high) == (45 * NANOS, 61 * NANOS)


def compare(here):
    """The recovered books against the ones that lived on."""
    again = here.recovered()
    assert again.portfolio == here.state.portfolio
    assert again.prices() == here.state.prices()
    assert again.books["SPX"].orders == here.state.books["SPX"].orders
    assert here.core.next_due(again) == here.core.next_due(here.state)


@settings(max_examples=300, deadline=None)
@given(
    ratio=st.integers(2, 9),
    side=st.sampled_from(["BUY", "SELL"]),
    quantity=st.integers(1, 40),
    walk=st.lists(st.integers(-3, 3), min_size=4, max_size=40),
    ex=st.integers(3, 40),
)
def test_a_raw_tape_with_a_split_ends_like_a_tape_without_one(desk, ratio, side, quantity, walk, ex):
    """The oracle: the same market told in new units from the beginning."""
    raw = desk(actions=(Split(ex * NANOS - 1, ratio, 1),))
    told = desk()
    way = 1 if side == "BUY" else -1
    level, stop, target = 50, 50 - 8 * way, 50 + 8 * way
    raw.approve(1, side, quantity, stop * ratio, target * ratio)
    told.approve(1, side, quantity * ratio, stop, target)
    for second, step in enumerate(walk, 2):
        level += step
        due = raw.core.next_due(raw.state)
        if due is not None and due <= second * NANOS:
            raw.timer(second)
        raw.tick(second, level * (ratio if second < ex else 1))
        told.tick(second, level)
    for here in (raw, told):
        here.check_lifecycles()
    assert raw.state.portfolio.realised == told.state.portfolio.realised
    assert raw.state.portfolio.cash == told.state.portfolio.cash
    split_seen = bool(raw.said(SplitApplied))
    if raw.position:
        assert raw.position == told.position // (1 if split_seen else ratio)
    assert [(e.realised, e.exit_role) for e in raw.said(TradeClosed)] == [
        (e.realised, e.exit_role) for e in told.said(TradeClosed)
    ]
