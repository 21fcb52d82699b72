"""What the room accepts, counts and says; and that a rebuilt state goes on like an undisturbed one."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.quality import MAX_VOLUME
from tradingfloor.actors.messages import (
    Bar,
    BarsClosed,
    HistoryServed,
    MarketUpdate,
    PriceUpdated,
    RefusedUpdate,
    TimerDue,
)
from tradingfloor.actors.runtime.core import FoldingCore
from tradingfloor.actors.types import MAX_PRICE, Refusal, UpdateKind

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
EVER = 1 << 62


def ns(text, zone="America/New_York"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


NOON = ns("2023-08-03 12:00:00")


def tick(index, ts, price=100, volume=1, symbol="SPY"):
    return MarketUpdate(index, symbol, UpdateKind.TICK, ts, ts, price, price, price, price, volume)


def bar_row(index, start, end, prices=(100, 101, 99, 100), volume=1, *, symbol="SPY"):
    return MarketUpdate(index, symbol, UpdateKind.BAR, end, start, *prices, volume)


def opening(index, ts, price=100, symbol="SPY"):
    return MarketUpdate(index, symbol, UpdateKind.OPEN, ts, ts, price, price, price, price, 0)


def core_of(*symbols, timeframes=("5m", "1h"), tape="tick"):
    return MarketDataCore([instrument(symbol) for symbol in symbols or ("SPY",)], timeframes, tape)


class Run:
    """One state under a small sequencer; ``outputs`` in order."""

    def __init__(self, core, state=None):
        self.core = core
        self.state = state or core.initial()
        self.outputs = []

    def fire(self, limit):
        while (due := self.core.next_due(self.state)) is not None and due <= limit:
            self.outputs += self.core.advance(self.state, TimerDue(due), due)
            self.check_due()

    def check_due(self):
        """The core keeps the earliest close of all symbols; it is the one found by asking each."""
        dues = [each.due() for each in self.state.aggregators.values()]
        assert self.core.next_due(self.state) == min((due for due in dues if due is not None), default=None)

    def take(self, update):
        # At one instant: tape bars, then timers, then opens and trades.
        self.fire(update.ts - (update.kind is UpdateKind.BAR))
        self.outputs += self.core.advance(self.state, update, update.ts)
        self.check_due()

    def closed(self):
        return [each for each in self.outputs if isinstance(each, BarsClosed)]


# --- what is accepted --------------------------------------------------------------------------------

BAD = [
    (tick(1, NOON, 0), Refusal.NOT_POSITIVE),
    (tick(1, NOON, -5), Refusal.NOT_POSITIVE),
    (tick(1, NOON, MAX_PRICE + 1), Refusal.OUT_OF_RANGE),
    (tick(1, NOON, volume=MAX_VOLUME + 1), Refusal.OUT_OF_RANGE),
    (tick(1, NOON, volume=-1), Refusal.NEGATIVE_VOLUME),
    (bar_row(1, NOON, NOON + MINUTE, (100, 99, 101, 100)), Refusal.BAD_RANGE),
    (bar_row(1, NOON, NOON + MINUTE, (102, 101, 99, 100)), Refusal.BAD_RANGE),
    (bar_row(1, NOON, NOON + MINUTE, (100, 101, 99, 98)), Refusal.BAD_RANGE),
    (bar_row(1, NOON, NOON), Refusal.BAD_TIME),
    (bar_row(1, NOON + MINUTE, NOON), Refusal.BAD_TIME),
    (tick(1, 1 << 80), Refusal.BAD_TIME),
    (tick(1, -(1 << 80)), Refusal.BAD_TIME),
    (tick(1, ns("2023-08-05 12:00:00")), Refusal.OUT_OF_SESSION),
    (tick(1, ns("2023-07-03 13:00:01")), Refusal.OUT_OF_SESSION),
    (tick(1, NOON, symbol="GOOG"), Refusal.UNKNOWN_SYMBOL),
]


@pytest.mark.parametrize(("update", "reason"), BAD, ids=lambda each: getattr(each, "value", ""))
def test_an_impossible_update_is_refused_and_counted_and_nothing_follows(update, reason):
    core = core_of()
    state = core.initial()
    assert list(core.advance(state, update, update.ts)) == []
    assert dict(state.refusals) == {(update.symbol, reason): 1}
    assert state.prices == {}
    assert core.next_due(state) is None


def test_the_bounds_themselves_are_accepted():
    core = core_of()
    state = core.initial()
    for index, (price, volume) in enumerate([(1, 0), (MAX_PRICE, MAX_VOLUME)], 1):
        assert len(core.advance(state, tick(index, NOON, price, volume), NOON)) == 1
    assert not state.refusals


def test_a_trade_is_passed_on_as_a_price_that_orders_may_fill_on():
    core = core_of()
    assert list(core.advance(core.initial(), tick(7, NOON, 100, 5), NOON)) == [
        PriceUpdated("SPY", NOON, NOON, 100, 100, 100, 100, 5, 1, 7, 7, True)
    ]


def test_the_two_updates_of_a_tape_bar_become_its_open_and_its_range():
    core = core_of(timeframes=("1h",), tape="1h")
    run = Run(core)
    run.take(opening(1, NOON, 100))
    run.take(bar_row(2, NOON, NOON + HOUR, (100, 130, 90, 120), 9))
    assert run.outputs == [
        PriceUpdated("SPY", NOON, NOON, 100, 100, 100, 100, 0, 1, 1, 1, True),
        PriceUpdated("SPY", NOON + HOUR, NOON, 100, 130, 90, 120, 9, 1, 2, 2, False),
    ]


def test_the_price_of_a_row_that_began_before_the_session_starts_with_the_session():
    core = core_of(timeframes=("1h",), tape="1h")
    nine = ns("2023-08-03 09:00:00")
    (price,) = core.advance(core.initial(), bar_row(1, nine, nine + HOUR), nine + HOUR)
    assert price.start == nine + HOUR // 2


def test_a_refused_row_counts_once_though_it_came_as_two_updates():
    core = core_of(timeframes=("1h",), tape="1h")
    run = Run(core)
    for update in (opening(1, NOON), opening(2, NOON), bar_row(3, NOON, NOON + HOUR)):
        run.take(update)
    run.take(bar_row(4, NOON, NOON + HOUR))
    run.take(opening(5, ns("2023-08-03 16:00:00")))
    run.take(bar_row(6, ns("2023-08-03 16:00:00"), ns("2023-08-03 17:00:00")))
    assert dict(run.state.refusals) == {("SPY", Refusal.DUPLICATE): 1, ("SPY", Refusal.OUT_OF_SESSION): 1}


def test_rows_that_the_feed_refused_are_counted_under_its_reason():
    core = core_of()
    state = core.initial()
    for index, reason in enumerate([Refusal.NAN, Refusal.BAD_ROW, Refusal.NAN], 1):
        assert list(core.advance(state, RefusedUpdate(index, "SPY", 0, reason, "line 7"), 0)) == []
    assert dict(state.refusals) == {("SPY", Refusal.NAN): 2, ("SPY", Refusal.BAD_ROW): 1}


def test_bars_close_by_the_timer_alone():
    core = core_of(timeframes=("1m",))
    state = core.initial()
    core.advance(state, tick(1, NOON), NOON)
    core.advance(state, tick(2, NOON + MINUTE), NOON + MINUTE)
    assert core.next_due(state) == NOON + MINUTE
    assert [type(each) for each in core.advance(state, tick(3, NOON + MINUTE + 1), 0)] == [PriceUpdated]


def test_a_timer_before_its_time_closes_nothing():
    core = core_of(timeframes=("1m",))
    state = core.initial()
    core.advance(state, tick(1, NOON), NOON)
    assert list(core.advance(state, TimerDue(NOON + MINUTE - 1), 0)) == []
    assert len(core.advance(state, TimerDue(NOON + MINUTE), 0)) == 1


def test_symbols_close_in_the_order_of_time_and_at_one_instant_in_config_order():
    core = core_of("QQQ", "SPY", timeframes=("1m",))
    state = core.initial()
    for index, (symbol, ts) in enumerate(
        [("SPY", NOON), ("QQQ", NOON + 1), ("SPY", NOON + MINUTE), ("QQQ", NOON + 3 * MINUTE)], 1
    ):
        core.advance(state, tick(index, ts, symbol=symbol), ts)
    closed = core.advance(state, TimerDue(EVER), EVER)
    assert [(each.symbol, (each.ts - NOON) // MINUTE) for each in closed] == [
        ("QQQ", 1),
        ("SPY", 1),
        ("SPY", 2),
        ("QQQ", 4),
    ]


def test_the_tape_of_each_symbol_has_its_own_timeframe():
    core = core_of("SPY", "QQQ", timeframes=("1h",), tape={"SPY": "1h", "QQQ": "tick"})
    assert core.initial().bars == {("SPY", "1h"): 0, ("QQQ", "1m"): 0, ("QQQ", "1h"): 0}


def test_the_status_views_tell_prices_bars_and_refusals_and_cannot_be_written():
    run = Run(core_of(timeframes=("1m",)))
    run.take(tick(1, NOON, 101))
    run.take(tick(2, NOON + 30 * SECOND, 103))
    run.take(tick(3, NOON + 10 * SECOND, 102))
    assert run.state.prices == {"SPY": (103, NOON + 30 * SECOND)}
    run.take(tick(4, NOON + MINUTE, 104))
    assert run.state.prices == {"SPY": (104, NOON + MINUTE)}
    assert run.state.bars == {("SPY", "1m"): 1}
    with pytest.raises(TypeError):
        run.state.refusals["SPY", Refusal.LATE] = 1


def test_the_core_has_the_shape_of_a_folding_core():
    assert isinstance(core_of(), FoldingCore)


# --- history -------------------------------------------------------------------------------------------


def minute_bars(first, count, symbol="SPY"):
    return tuple(
        Bar(
            symbol=symbol,
            timeframe="1m",
            index=n,
            start=first + n * MINUTE,
            end=first + (n + 1) * MINUTE,
            open=100 + n,
            high=102 + n,
            low=99 + n,
            close=101 + n,
            volume=n,
            count=3,
            full=True,
            session=0,
            gap_before=0,
            first_index=0,
            last_index=0,
            history=True,
        )
        for n in range(count)
    )


def test_history_makes_bars_of_every_timeframe_marked_as_history():
    core = core_of(timeframes=("5m", "1h"))
    run = Run(core)
    bars = minute_bars(ns("2023-08-03 09:30:00"), 62)
    closed = core.advance(run.state, HistoryServed("SPY", bars), 0)
    assert [each.ts for each in closed] == [bar.end for bar in bars]
    assert all(each.history and each.base.history for each in closed)
    counts = Counter(bar.timeframe for each in closed for bar in each.bars)
    assert counts == {"1m": 62, "5m": 12, "1h": 1}
    hour = next(bar for each in closed for bar in each.bars if bar.timeframe == "1h")
    assert (hour.open, hour.high, hour.low, hour.close, hour.count) == (100, 161, 99, 160, 180)
    assert hour.full
    assert not run.state.prices


def test_a_bar_that_history_began_and_the_tape_finished_is_not_history():
    core = core_of(timeframes=("5m",))
    run = Run(core)
    start = ns("2023-08-03 09:30:00")
    run.outputs += core.advance(run.state, HistoryServed("SPY", minute_bars(start, 3)), 0)
    for n in range(3, 5):
        run.take(tick(n, start + n * MINUTE, 500))
    run.fire(EVER)
    last = run.closed()[-1]
    five = last.bars[-1]
    assert (five.timeframe, five.history, last.history) == ("5m", False, False)
    assert (five.open, five.close, five.first_index, five.last_index) == (100, 500, 3, 4)
    assert five.full
    assert [each.base.index for each in run.closed()] == [0, 1, 2, 3, 4]


def test_bars_of_history_are_judged_like_updates():
    core = core_of(timeframes=("5m",))
    state = core.initial()
    good, second = minute_bars(ns("2023-08-03 09:30:00"), 2)
    overnight = minute_bars(ns("2023-08-03 03:00:00"), 1)
    assert len(core.advance(state, HistoryServed("SPY", (good, good, *overnight, second)), 0)) == 2
    core.advance(state, HistoryServed("GOOG", (good,)), 0)
    core.advance(state, HistoryServed("SPY", minute_bars(NOON, 1, "GOOG")), 0)
    assert dict(state.refusals) == {
        ("SPY", Refusal.DUPLICATE): 1,
        ("SPY", Refusal.OUT_OF_SESSION): 1,
        ("GOOG", Refusal.UNKNOWN_SYMBOL): 1,
        ("SPY", Refusal.BAD_ROW): 1,
    }


def test_history_served_again_after_a_restart_fills_the_open_bars_in_silence():
    core = core_of(timeframes=("5m",))
    run = Run(core)
    start = ns("2023-08-03 09:30:00")
    bars = minute_bars(start, 3)
    served = HistoryServed("SPY", (bars[0], *bars))
    run.outputs += core.advance(run.state, served, 0)
    state = core.initial()
    core.seed(state, "SPY", "1m", run.closed()[-1].base)
    assert list(core.advance(state, served, 0)) == []
    assert not state.refusals
    (five,) = core.advance(state, TimerDue(EVER), EVER)
    assert [(bar.timeframe, bar.count, bar.history) for bar in five.bars] == [("5m", 9, True)]


# --- recovery ------------------------------------------------------------------------------------------

SETS = [("5m", "1h"), ("7m", "5m", "1d"), ("5s", "90s", "15m"), ("1d", "1w", "1M", "2h")]


@st.composite
def trades(draw):
    """Two symbols, some trades out of order, some out of session, some impossible."""
    ts = draw(st.sampled_from(calendar("XNYS").sessions(735_174, 735_215))).open
    tape = []
    steps = st.one_of(
        st.integers(-40, 90).map(lambda n: n * SECOND),
        st.integers(1, 40).map(lambda n: n * MINUTE),
        st.integers(1, 60).map(lambda n: n * HOUR),
    )
    for index, step in enumerate(draw(st.lists(steps, min_size=2, max_size=60)), 1):
        ts += step
        symbol = draw(st.sampled_from(["SPY", "SPY", "QQQ"]))
        tape.append(tick(index, ts, draw(st.integers(0, 9)), draw(st.integers(0, 3)), symbol))
    return tape


@st.composite
def bar_tape(draw):
    """Quarter hours with OPEN and BAR, some missing, some doubled."""
    start = ns("2022-12-29", "UTC")
    tape = []
    for step in draw(st.lists(st.sampled_from([0, 1, 1, 1, 1, 2, 30, 300]), min_size=2, max_size=40)):
        start += step * 15 * MINUTE
        low = draw(st.integers(1, 9))
        index = len(tape) + 1
        tape.append(opening(index, start, low + 1, "EURUSD"))
        prices = (low + 1, low + 3, low, low + 2)
        tape.append(bar_row(index + 1, start, start + 15 * MINUTE, prices, symbol="EURUSD"))
    return tape


def disturbed(core, tape, cut, *, accepted_only, from_bars=False):
    """Outputs after the first ``cut`` updates: (of an undisturbed run, of a rebuilt one), with refusals."""
    whole = Run(core)
    taken = []
    for update in tape[:cut]:
        before = sum(whole.state.refused.values())
        whole.take(update)
        if not accepted_only or sum(whole.state.refused.values()) == before:
            taken.append(update)
    published = [bar for each in whole.closed() for bar in each.bars]
    last = {(bar.symbol, bar.timeframe): bar for bar in published}

    rebuilt = Run(core)
    for (symbol, timeframe), bar in last.items():
        core.seed(rebuilt.state, symbol, timeframe, bar)
    begin = {}
    for symbol, aggregator in rebuilt.state.aggregators.items():
        ends = [last[symbol, name].end for name in aggregator.timeframes if (symbol, name) in last]
        begin[symbol] = min(ends) if len(ends) == len(aggregator.timeframes) else -EVER
        if from_bars:
            bases = [bar for bar in published if (bar.symbol, bar.timeframe) == (symbol, aggregator.base)]
            assert not core.advance(rebuilt.state, HistoryServed(symbol, tuple(bases)), 0)
            begin[symbol] = bases[-1].end if bases else -EVER
    for update in taken:
        if update.ts >= begin[update.symbol]:
            rebuilt.take(update)
    assert not rebuilt.closed(), "what was published came out again"
    resumed = {bar.symbol: 0 for bar in published}
    for bar in published:
        resumed[bar.symbol] = max(resumed[bar.symbol], bar.last_index)
    again = [each for each in rebuilt.outputs if each.last_index <= resumed.get(each.symbol, 0)]
    assert not again, "a price behind a published bar came out again"

    results = []
    for run in (whole, rebuilt):
        run.outputs.clear()
        counted = Counter(run.state.refused)
        for update in tape[cut:]:
            run.take(update)
        run.fire(EVER)
        results.append((run.outputs, Counter(run.state.refused) - counted, run.state.bars))
    return results


@pytest.mark.parametrize("timeframes", SETS, ids=" ".join)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_rebuilt_state_goes_on_like_an_undisturbed_one(timeframes, data):
    tape = data.draw(trades())
    cut = data.draw(st.integers(0, len(tape)))
    core = core_of("SPY", "QQQ", timeframes=timeframes)
    undisturbed, rebuilt = disturbed(core, tape, cut, accepted_only=True)
    assert rebuilt == undisturbed


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_state_rebuilt_from_the_raw_tape_goes_on_too(data):
    tape = data.draw(trades())
    cut = data.draw(st.integers(0, len(tape)))
    core = core_of("SPY", "QQQ", timeframes=("5m", "1h"))
    undisturbed, rebuilt = disturbed(core, tape, cut, accepted_only=False)
    assert rebuilt == undisturbed


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_state_rebuilt_from_stored_base_bars_and_the_tape_behind_them_goes_on_too(data):
    tape = data.draw(trades())
    cut = data.draw(st.integers(0, len(tape)))
    core = core_of("SPY", "QQQ", timeframes=("5m", "1h", "1d", "1w"))
    undisturbed, rebuilt = disturbed(core, tape, cut, accepted_only=True, from_bars=True)
    assert rebuilt == undisturbed


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_rebuilt_state_of_a_bar_tape_goes_on_like_an_undisturbed_one(data):
    tape = data.draw(bar_tape())
    cut = data.draw(st.integers(0, len(tape)))
    core = core_of("EURUSD", timeframes=("1h", "4h", "1d", "1M"), tape="15m")
    undisturbed, rebuilt = disturbed(core, tape, cut, accepted_only=False)
    assert rebuilt == undisturbed


@pytest.mark.parametrize("timeframes", [("1m",), ("5m",)])
def test_of_the_trades_before_the_last_bar_the_known_are_silent_and_the_new_are_late(timeframes):
    core = core_of(timeframes=timeframes)
    run = Run(core)
    run.take(tick(1, NOON))
    run.fire(NOON + MINUTE)
    state = core.initial()
    core.seed(state, "SPY", "1m", run.closed()[0].base)
    assert list(core.advance(state, tick(1, NOON), NOON)) == []
    assert list(core.advance(state, RefusedUpdate(1, "SPY", NOON, Refusal.NAN), NOON)) == []
    assert not state.refusals
    assert list(core.advance(state, tick(2, NOON + 1), NOON + MINUTE)) == []
    assert dict(state.refusals) == {("SPY", Refusal.LATE): 1}
    closed = core.advance(state, TimerDue(EVER), EVER)
    assert [(bar.timeframe, bar.count) for each in closed for bar in each.bars] == [
        (timeframe, 1) for timeframe in timeframes if timeframe != "1m"
    ]


def test_the_open_of_a_row_within_the_last_bar_is_late_after_a_restart_too():
    core = core_of(timeframes=("1h",), tape="1h")
    run = Run(core)
    run.take(bar_row(1, NOON, NOON + HOUR))
    run.fire(EVER)
    state = core.initial()
    core.seed(state, "SPY", "1h", run.closed()[0].base)
    assert list(core.advance(state, opening(2, NOON + MINUTE), NOON + HOUR)) == []
    assert len(core.advance(state, opening(3, NOON + HOUR), NOON + HOUR)) == 1


def test_a_seed_of_another_series_is_a_mistake_of_the_caller():
    core = core_of(timeframes=("1m",))
    with pytest.raises(ValueError, match="a bar of SPY 1m, not SPY 5m"):
        core.seed(core.initial(), "SPY", "5m", minute_bars(NOON, 1)[0])


def test_a_close_that_was_published_before_is_no_longer_due_when_its_bar_is_left_without_a_timer():
    core = core_of("SPY", "QQQ", timeframes=("5m",))
    tape = [tick(1, NOON), tick(2, NOON + MINUTE), tick(3, NOON + 6 * MINUTE)]
    whole = Run(core)
    for update in tape:
        whole.take(update)
    rebuilt = Run(core)
    for bar in {bar.timeframe: bar for each in whole.closed() for bar in each.bars}.values():
        core.seed(rebuilt.state, "SPY", bar.timeframe, bar)
    for update in tape:
        core.advance(rebuilt.state, update, update.ts)
        rebuilt.check_due()
    assert core.next_due(rebuilt.state) == NOON + 7 * MINUTE
