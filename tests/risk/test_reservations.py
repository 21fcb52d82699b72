"""What risk sets aside, held against what the venue of the same config then charges."""

import pytest

from tradingfloor.actors.config import KindConfig
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.executor.core import ExecutorCore
from tradingfloor.actors.messages import (
    OrderCanceled,
    OrderFilled,
    PriceUpdated,
    QuoteUpdated,
    TradingStateChanged,
)
from tradingfloor.actors.runtime.core import run_deciding
from tradingfloor.actors.types import NANOS, Direction, OrderRole, Refusal, TradingState

CENT = NANOS // 100
CERTAIN = {"fill_delay_ms": 0.0, "reject_probability": 0.0, "partial_fill_probability": 0.0}
MODELS = {
    "none": {},
    "fixed_bps": {"slippage_bps": 12.5},
    "fixed_ticks": {"slippage_ticks": 30},
    "half_spread": {"spread_bps": 40.0},
    "volume_share": {"volume_limit": 0.2, "volume_impact": 0.5},
}
DEAREST = {"none": 100.0, "fixed_bps": 100.13, "fixed_ticks": 100.3, "half_spread": 100.15}
DEAREST["volume_share"] = 102.0
"""By hand, at 100 without a quote: 0.75 x 0.40 / 2 and 0.5 x 0.2 x 0.2 of the price are 0.15 and 2."""


def trade(last, ts, bid=0.0, ask=0.0, symbol="SPX"):
    nanos = round(last * 100) * CENT
    quoted = {"bid": round(bid * 100) * CENT, "ask": round(ask * 100) * CENT}
    return PriceUpdated(symbol, ts, ts, nanos, nanos, nanos, nanos, 1, 1, 1, 1, opens=True, **quoted)


@pytest.fixture
def approved(new_desk, at, money):
    """Of an entry at 100, unless told otherwise, under a venue: the desk of risk and the approval."""

    def make(venue, direction=Direction.LONG, entry=100.0, quotes=((0.0, 0.0),), symbol="SPX"):
        desk = new_desk(((symbol, "15m"), (symbol, "1h")), execution={**CERTAIN, **venue})
        ts = at("2024-01-08 10:15")
        desk.start(ts - 9)
        for place, (bid, ask) in enumerate(quotes):
            told = trade(100.0, ts - len(quotes) + place, bid, ask, symbol)
            if told.bid:
                desk.feed(QuoteUpdated(symbol, told.ts, told.bid, told.ask))
            desk.feed(told)
        signal = desk.signal(ts, symbol, direction=direction, entry=entry)
        desk.bars_close(ts, signal, bias=int(direction), period_open=money(100 - direction))
        return desk, desk.order()

    return make


@pytest.fixture
def fill(at):
    """The venue's answer to an approval when the market then trades at some prices: fills, cuts."""

    def run(desk, order, *prices):
        core = ExecutorCore(desk.config, desk.core._instruments, "tape", {"SPX": 0})
        state, ts, events = core.initial(), order.ts, []
        running = TradingStateChanged(
            id=derive_id(ts, "running"), ts=ts, previous=TradingState.STOPPED, state=TradingState.RUNNING,
            command="Start", request_id="", reason="", by="",
        )  # fmt: skip
        for message in (running, order, *prices):
            events += run_deciding(core, state, message, message.ts)
        fills = [e for e in events if isinstance(e, OrderFilled) and e.role is OrderRole.ENTRY]
        cuts = [e for e in events if isinstance(e, OrderCanceled) and e.reason is Refusal.RESERVATION_CUT]
        return fills, cuts

    return run


@pytest.mark.parametrize("partial", [0.0, 1.0])
@pytest.mark.parametrize("half", [None, 0.04, 1.0])
@pytest.mark.parametrize("direction", [Direction.LONG, Direction.SHORT])
@pytest.mark.parametrize("model", MODELS)
def test_on_a_market_that_stands_still_an_entry_costs_at_most_what_was_reserved_and_is_never_cut(
    approved, fill, model, direction, half, partial
):
    quoted = (0.0, 0.0) if half is None else (100 - half, 100 + half)
    venue = {"price_model": model, **MODELS[model], "partial_fill_probability": partial}
    desk, order = approved(venue, direction, quotes=[quoted])
    assert order.quantity == 200
    fills, cuts = fill(desk, order, *(trade(100.0, order.ts + n, *quoted) for n in range(1, 60)))
    spent = sum(each.quantity * each.price for each in fills)
    assert cuts == []
    assert sum(each.quantity for each in fills) == order.quantity
    assert spent <= order.reserved
    if direction is Direction.LONG:
        assert spent == order.reserved


@pytest.mark.parametrize("model", MODELS)
def test_the_reservation_is_the_dearest_price_of_the_model(approved, money, model):
    _, order = approved({"price_model": model, **MODELS[model]})
    assert order.reserved == order.quantity * money(DEAREST[model])


@pytest.mark.parametrize("model", MODELS)
def test_a_market_that_moved_up_still_cuts_the_entry(approved, fill, model):
    desk, order = approved({"price_model": model, **MODELS[model]})
    fills, cuts = fill(desk, order, trade(103.0, order.ts + 1))
    (only,) = fills
    assert only.quantity < order.quantity
    assert only.quantity * only.price <= order.reserved < (only.quantity + 1) * only.price
    assert [cut.remaining for cut in cuts] == [order.quantity - only.quantity]


@pytest.mark.parametrize(
    ("quotes", "reserved"),
    [
        ([(99.8, 100.2)], 100.15),
        ([(99.0, 101.0), (99.8, 100.2)], 100.15),
        ([(0.0, 0.0)], 100.01),
    ],
)
def test_the_spread_that_is_reserved_is_that_of_the_newest_quote(approved, money, quotes, reserved):
    _, order = approved({"price_model": "half_spread"}, quotes=quotes)
    assert order.reserved == order.quantity * money(reserved)


@pytest.mark.parametrize(("symbol", "reserved"), [("SPX", 100.3), ("SPY", 100.0)])
def test_a_kind_of_instrument_is_reserved_by_its_own_model(approved, money, symbol, reserved):
    kinds = {"index": KindConfig(price_model="fixed_ticks", slippage_ticks=30)}
    _, order = approved({"price_model": "none", "kinds": kinds}, symbol=symbol)
    assert order.reserved == order.quantity * money(reserved)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("entry", "direction", "reached"),
    [
        ("stop", Direction.LONG, 104.01),
        ("stop_limit", Direction.LONG, 104.01),
        ("limit", Direction.LONG, 100.0),
        ("limit", Direction.SHORT, 104.02),
        ("stop", Direction.SHORT, 100.0),
    ],
)
def test_a_resting_entry_is_not_cut_where_the_market_just_reaches_it(
    approved, fill, model, entry, direction, reached
):
    # 104.003 is 104.01 on the tick where up is harder to fill; a limit fills a tick beyond its level.
    venue = {"price_model": model, **MODELS[model], "entry": entry}
    desk, order = approved(venue, direction, entry=104.003)
    fills, cuts = fill(desk, order, trade(reached, order.ts + 1))
    assert cuts == []
    assert sum(each.quantity for each in fills) == order.quantity


def test_a_model_dearer_than_all_limits_denies_the_entry_and_breaks_nothing(new_desk, at, money):
    desk = new_desk(execution={"price_model": "fixed_ticks", "slippage_ticks": 1_000_000})
    ts = at("2024-01-08 10:15")
    desk.start(ts - 9)
    desk.price(0.01, ts - 1)
    said = desk.bars_close(ts, desk.signal(ts, entry=0.01, reach=0.005), period_open=money(99))
    assert said[-1].reason is Refusal.TOTAL_EXPOSURE


def test_a_reservation_is_the_same_after_a_restart(approved):
    desk, _ = approved({"price_model": "half_spread"}, quotes=[(99.8, 100.2)])
    assert desk.recovered().books["SPX"] == desk.state.books["SPX"]
