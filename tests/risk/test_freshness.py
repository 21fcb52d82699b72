"""The stale lock: what the status shows for as long as the freshness gate would refuse."""

from tradingfloor.actors.types import NANOS

MINUTE = 60 * NANOS


def test_a_symbol_is_locked_from_a_nanosecond_past_the_limit_until_its_next_price(desk, at):
    noon = at("2024-01-08 12:00")
    desk.price(5000, noon)
    assert desk.core.locks(desk.state, noon + MINUTE) == ()
    assert desk.core.locks(desk.state, noon + MINUTE + 1) == ("stale SPX",)
    desk.price(5001, noon + 2 * MINUTE)
    assert desk.core.locks(desk.state, noon + 2 * MINUTE + 1) == ()


def test_each_symbol_has_a_lock_of_its_own(new_desk, at):
    noon = at("2024-01-08 12:00")
    desk = new_desk(actors=[("SPX", "15m"), ("NDX", "15m")])
    desk.price(5000, noon, "NDX")
    assert desk.core.locks(desk.state, noon) == ("stale SPX",)


def test_nothing_is_stale_while_the_market_is_closed(desk, at):
    desk.price(5000, at("2024-01-08 15:59"))
    assert desk.core.locks(desk.state, at("2024-01-08 16:00")) == ()
    assert desk.core.locks(desk.state, at("2024-01-09 09:30")) == ("stale SPX",)


def test_on_a_tape_of_bars_a_symbol_is_locked_when_a_whole_bar_is_missing(new_desk, at):
    noon = at("2024-01-08 12:00")
    desk = new_desk(tape_timeframes={"SPX": "15m"})
    desk.price(5000, noon, start=noon - 15 * MINUTE)
    assert desk.core.locks(desk.state, noon + 15 * MINUTE) == ()
    assert desk.core.locks(desk.state, noon + 15 * MINUTE + 1) == ("stale SPX",)


def test_a_daily_tape_is_never_stale(new_desk, at):
    desk = new_desk(tape_timeframes={"SPX": "1d"}, actors=[("SPX", "1d")])
    assert desk.core.locks(desk.state, at("2024-01-08 12:00")) == ()


def test_the_status_shows_the_lock_exactly_when_the_gate_refuses(new_desk, at):
    ts = at("2024-01-08 10:15")
    for age in (MINUTE, MINUTE + 1):
        desk = new_desk()
        desk.start()
        desk.price(100, ts - age)
        desk.bars_close(ts - 1)
        said = desk.bars_close(ts, desk.signal(ts))
        refused = "freshness" in [gate.gate for gate in said[1].gates if not gate.passed]
        assert (desk.core.locks(desk.state, ts) == ("stale SPX",)) is refused is (age > MINUTE)
