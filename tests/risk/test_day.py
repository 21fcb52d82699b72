from datetime import date

import pytest

from tradingfloor.actors.config import InstrumentConfig
from tradingfloor.actors.messages import DayClosed, EntriesLocked, EntriesUnlocked
from tradingfloor.actors.types import NANOS, Direction, OrderRole, Refusal

MONDAY = date(2024, 1, 8).toordinal()
TUESDAY = MONDAY + 1
QUARTER = 900 * NANOS


def enter(desk, at, clock="2024-01-08 10:15", symbol="SPX", price=100.0, **fields):
    """A filled position of the desk's usual size; returns its order."""
    ts = at(clock)
    desk.price(price, ts - 1, symbol=symbol)
    desk.bars_close(ts, desk.signal(ts, symbol=symbol, entry=price, **fields), symbol=symbol)
    order = desk.order()
    assert order.symbol == symbol
    assert order.ts == ts
    desk.fill(order, price, ts + 1)
    return order


def test_equity_follows_every_price_of_an_open_position(desk, at, money):
    enter(desk, at)
    desk.price(101.5, at("2024-01-08 10:20"))
    assert desk.state.equity == money(100_000 + 200 * 1.5)
    desk.price(50, at("2024-01-08 10:20"), symbol="RUT")
    assert desk.state.equity == money(100_000 + 200 * 1.5)


def test_a_short_gains_when_the_price_falls_and_the_multiplier_counts(new_desk, at, money):
    desk = new_desk(
        actors=(("SPX", "15m"),),
        instruments={"SPX": InstrumentConfig(multiplier=10)},
    )
    desk.start()
    ts = at("2024-01-08 10:15")
    desk.price(100, ts - 1)
    desk.bars_close(ts, desk.signal(ts, direction=Direction.SHORT), bias=-1, period_open=money(101))
    order = desk.order()
    assert order.quantity == 20
    desk.fill(order, 100, ts + 1)
    desk.price(98, ts + 2)
    assert desk.state.equity == money(100_000 + 20 * 10 * 2)


def test_reaching_the_daily_loss_locks_entries_once_until_the_close(desk, at, money):
    enter(desk, at)
    assert desk.price(87.51, at("2024-01-08 10:20")) == []
    (lock,) = desk.price(87.5, at("2024-01-08 10:21"))  # 200 units x 12.5 = 2,500
    assert isinstance(lock, EntriesLocked)
    assert (lock.lock, lock.symbol, lock.reason) == ("daily_loss", "", Refusal.DAILY_LOSS)
    assert (lock.ts, lock.until) == (at("2024-01-08 10:21"), at("2024-01-08 16:00"))
    assert lock.detail == "equity fell by 2500 from 100000"
    assert desk.price(80, at("2024-01-08 10:22")) == []
    assert desk.price(100, at("2024-01-08 10:23")) == []
    assert desk.price(80, at("2024-01-08 10:24")) == []
    assert desk.core.locks(desk.state, at("2024-01-08 10:25")) == ("daily_loss",)
    assert desk.core.locks(desk.state, at("2024-01-08 15:00")) == ("daily_loss", "stale SPX")
    assert desk.core.locks(desk.state, at("2024-01-08 16:00")) == ()


def test_a_locked_floor_denies_by_its_lock_and_by_the_loss(new_desk, at):
    desk = new_desk(actors=(("SPX", "15m"), ("NDX", "15m")))
    desk.start()
    enter(desk, at)
    desk.price(87, at("2024-01-08 10:21"))
    ts = at("2024-01-08 10:30")
    desk.price(100, ts - 1, symbol="NDX")
    decision = desk.bars_close(ts, desk.signal(ts, symbol="NDX"), symbol="NDX")[1]
    assert [g.gate for g in decision.gates if not g.passed] == ["locks", "daily_loss"]
    told = {g.gate: g.value for g in decision.gates}
    assert (told["locks"], told["daily_loss"]) == ("daily_loss", "-2600")


def test_the_lock_is_over_in_the_next_session_and_may_come_again(desk, at):
    order = enter(desk, at)
    desk.price(87, at("2024-01-08 10:21"))
    desk.timer(at("2024-01-08 16:00") + 1)
    assert desk.state.locks == {}
    assert desk.price(87, at("2024-01-09 09:30")) == []  # counted from the new opening
    (lock,) = desk.price(74.5, at("2024-01-09 09:31"))
    assert lock.until == at("2024-01-09 16:00")
    desk.fill(order, 74.5, at("2024-01-09 09:32"), role=OrderRole.STOP)
    assert desk.price(74.5, at("2024-01-09 09:33")) == []


def test_a_lock_can_be_released(desk, at):
    enter(desk, at)
    desk.price(87, at("2024-01-08 10:21"))
    desk.feed(EntriesUnlocked(id=b"u" * 16, ts=0, lock="daily_loss", symbol=""))
    assert desk.state.locks == {}


def test_the_row_of_a_session_tells_trades_money_and_drawdown(desk, at, money):
    order = enter(desk, at)
    desk.fill(order, 98, at("2024-01-08 11:00"), role=OrderRole.STOP, fee=3.0)
    desk.trade_closed(order, at("2024-01-08 11:00"), -403)
    order = enter(desk, at, "2024-01-08 12:00", price=98)
    desk.fill(order, 99, at("2024-01-08 12:30"), role=OrderRole.TARGET, fee=1.0)
    desk.trade_closed(order, at("2024-01-08 12:30"), 203)
    desk.trade_closed(order, at("2024-01-08 12:30"), 0)
    assert desk.core.next_due(desk.state) == at("2024-01-08 16:00") + 1
    assert desk.timer(at("2024-01-08 16:00")) == []
    (row,) = desk.timer(at("2024-01-08 16:00") + 1)
    assert isinstance(row, DayClosed)
    assert (row.session, row.ts) == (MONDAY, at("2024-01-08 16:00"))
    assert (row.trades, row.wins, row.losses) == (2, 1, 1)
    assert order.quantity == 204
    assert (row.realised, row.fees) == (money(-400 + 204), money(4))
    assert (row.equity_open, row.equity_close) == (money(100_000), money(100_000 - 400 + 204 - 4))
    assert row.max_drawdown == money(403)
    assert desk.timer(at("2024-01-08 16:00") + 2) == []
    assert desk.core.next_due(desk.state) is None


def test_drawdown_is_taken_at_fills_and_at_the_close_not_at_every_price(desk, at, money):
    enter(desk, at)
    desk.price(95, at("2024-01-08 11:00"))
    desk.price(99, at("2024-01-08 15:59"))
    (row,) = desk.timer(at("2024-01-08 16:00") + 1)
    assert row.max_drawdown == money(200)
    assert row.equity_close == money(99_800)


def test_an_open_position_goes_on_from_the_closing_equity(desk, at, money):
    order = enter(desk, at)
    desk.price(105, at("2024-01-08 15:59"))
    desk.timer(at("2024-01-08 16:00") + 1)
    desk.price(104, at("2024-01-09 09:30"))
    desk.fill(order, 104, at("2024-01-09 09:31"), role=OrderRole.STOP)
    (row,) = desk.timer(at("2024-01-09 16:00") + 1)
    assert (row.session, row.equity_open, row.equity_close) == (TUESDAY, money(101_000), money(100_800))
    assert (row.realised, row.trades, row.max_drawdown) == (money(800), 0, money(200))


def test_a_session_in_which_nothing_was_seen_has_no_row(desk, at):
    desk.timer(at("2024-01-08 16:00") + 1)
    assert desk.core.next_due(desk.state) is None
    assert desk.timer(at("2024-01-09 16:00") + 1) == []
    desk.price(100, at("2024-01-10 09:30"))
    (row,) = desk.timer(at("2024-01-10 16:00") + 1)
    assert row.session == TUESDAY + 1


def test_the_closing_auction_belongs_to_the_session_it_closes(desk, at, money):
    enter(desk, at)
    desk.timer(at("2024-01-08 16:00"))
    desk.price(103, at("2024-01-08 16:00"))
    (row,) = desk.timer(at("2024-01-08 16:00") + 1)
    assert row.equity_close == money(100_600)


def test_an_early_close_closes_the_day_early(new_desk, at):
    desk = new_desk()
    desk.start()
    desk.price(100, at("2024-07-03 10:00"))
    assert desk.core.next_due(desk.state) == at("2024-07-03 13:00") + 1


def test_around_the_clock_a_session_ends_where_the_next_begins(new_desk, at):
    desk = new_desk(actors=(("EURUSD", "15m"),))
    desk.start()
    midnight = at("2024-01-08 19:00")  # UTC
    desk.price(1.1, midnight, symbol="EURUSD", start=midnight - QUARTER)  # the bar that ends there
    assert desk.core.next_due(desk.state) == midnight
    (row,) = desk.timer(midnight)
    assert row.session == MONDAY
    desk.price(1.1, midnight, symbol="EURUSD")  # the first trade of the next day
    assert desk.core.next_due(desk.state) == at("2024-01-09 19:00")


def test_a_report_alone_opens_the_day_its_bars_lie_in(new_desk, at):
    alone = new_desk()
    alone.bars_close(at("2024-01-08 16:00"))
    assert alone.core.next_due(alone.state) == at("2024-01-08 16:00") + 1
    assert alone.state.day.session == MONDAY


def test_around_the_clock_too_a_report_opens_the_day_its_bars_lie_in(new_desk, at):
    desk = new_desk(actors=(("EURUSD", "15m"),))
    desk.bars_close(at("2024-01-08 19:00"))
    assert desk.state.day.session == MONDAY


def test_without_stored_prices_a_restart_locks_nothing_before_it_knows_better(new_desk, at):
    desk = new_desk(actors=(("SPX", "15m"), ("NDX", "15m")))
    desk.start()
    enter(desk, at)
    desk.price(120, at("2024-01-08 15:59"))
    desk.timer(at("2024-01-08 16:00") + 1)
    desk.newest.clear()
    desk.state = desk.recovered()
    assert (
        desk.state.equity <= desk.state.day.opening - 2_500 * NANOS
    )  # the open profit is not known any more
    assert desk.price(50, at("2024-01-09 09:30"), symbol="NDX") == []
    assert desk.price(119, at("2024-01-09 09:30")) == []
    (lock,) = desk.price(107, at("2024-01-09 09:31"))
    assert lock.detail == "equity fell by 2600 from 104000"


def test_a_price_of_the_next_session_does_not_skip_the_row_that_is_due(desk, at):
    desk.price(101, at("2024-01-09 09:30"))
    assert desk.core.next_due(desk.state) == at("2024-01-08 16:00") + 1
    (row,) = desk.timer(at("2024-01-09 09:30"))
    assert row.session == MONDAY


def test_decisions_of_the_closing_instant_come_before_the_row(new_desk, at):
    desk = new_desk(actors=(("SPX", "1d"), ("SPX", "15m")))
    desk.start()
    ts = at("2024-01-08 16:00")
    desk.price(100, ts)
    desk.report(ts, timeframe="1d", signals=[desk.signal(ts, timeframe="1d")])
    said = desk.timer(ts + NANOS)
    assert [type(event).__name__ for event in said] == [
        "SignalScored",
        "DecisionMade",
        "OrderApproved",
        "DayClosed",
    ]


def test_an_entry_reserves_and_gives_back_on_reject_and_cancel(desk, at, money):
    ts = at("2024-01-08 10:15")
    for give_back in (desk.reject, desk.cancel):
        desk.price(100, ts - 1)
        desk.bars_close(ts, desk.signal(ts))
        assert desk.state.exposure() == money(200 * 100.05)
        assert desk.state.entries(MONDAY) == 1
        give_back(desk.order(), ts + 1)
        assert (desk.state.exposure(), desk.state.entries(MONDAY)) == (0, 0)
        ts += QUARTER


def test_the_first_fill_makes_the_trade_and_each_fill_frees_its_part(desk, at, money):
    ts = at("2024-01-08 10:15")
    desk.bars_close(ts, desk.signal(ts))
    order = desk.order()
    desk.fill(order, 100, ts + 1, quantity=50, done=False)
    assert desk.state.filled == {MONDAY: 1}
    assert desk.state.exposure() == money(50 * 100 + 150 * 100.05)
    desk.fill(order, 100, ts + 2, quantity=50, done=False)
    assert desk.state.entries(MONDAY) == 1
    desk.cancel(order, ts + 3, remaining=100)
    assert desk.state.reservations == {}
    assert (desk.state.exposure(), desk.state.entries(MONDAY)) == (money(100 * 100), 1)


def test_an_entry_that_waits_over_a_close_counts_for_the_session_it_fills_in(new_desk, at):
    desk = new_desk(actors=(("SPX", "15m"), ("NDX", "15m")), risk={"max_daily_trades": 1})
    desk.start()
    ts = at("2024-01-08 15:45")
    desk.price(100, ts - 1)
    desk.bars_close(ts, desk.signal(ts), symbol="SPX")
    waiting = desk.order()
    (row,) = desk.timer(at("2024-01-08 16:00") + 1)
    assert row.trades == 0
    ts = at("2024-01-09 09:45")
    desk.price(100, ts - 1, symbol="NDX")
    decision = desk.bars_close(ts, desk.signal(ts, symbol="NDX"), symbol="NDX")[1]
    assert [g.gate for g in decision.gates if not g.passed] == ["daily_trades"]
    desk.fill(waiting, 100, ts + 1)
    assert desk.state.filled == {TUESDAY: 1}
    (row,) = desk.timer(at("2024-01-09 16:00") + 1)
    assert row.trades == 1


def test_the_status_tells_how_much_of_each_limit_is_used(desk, at):
    enter(desk, at)
    desk.price(99, at("2024-01-08 10:30"))
    limits = {u.limit: (u.used, u.allowed) for u in desk.core.limits(desk.state, at("2024-01-08 10:30"))}
    assert limits == {
        "daily_trades": ("1", "5"),
        "daily_loss": ("200", "2500"),
        "position_size": ("19800", "20000"),
        "total_exposure": ("19800", "50000"),
    }


@pytest.mark.parametrize("first", ["row", "fill"])
def test_a_fill_and_a_day_row_that_cross_leave_the_same_books(desk, at, first):
    order = enter(desk, at)
    closing = at("2024-01-08 16:00")
    (row,) = desk.timer(closing + 1)
    journal = desk.journal[:-1]
    desk.fill(order, 90, closing, role=OrderRole.STOP, fee=1.0)
    desk.trade_closed(order, closing, -2001)
    desk.trade_closed(order, closing, 5)
    late = desk.journal[-3:]
    state = desk.core.initial()
    tail = (row, *late) if first == "row" else (*late, row)
    for event in [*journal, *tail, *desk.newest.values()]:
        desk.core.apply(state, event)
    assert state == desk.state
    assert (state.day.losses, state.day.wins) == (1, 1)
    assert state.portfolio.fees - state.day.fees == NANOS
