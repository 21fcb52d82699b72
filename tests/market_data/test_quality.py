"""Which prices are not believed: off the grid, and moves that nothing has confirmed yet."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.quality import Rules
from tradingfloor.actors.messages import BarsClosed, MarketUpdate, TimerDue
from tradingfloor.actors.types import NANOS, Refusal, UpdateKind

CENT = NANOS // 100
HOUR = 3600 * NANOS
TEN_PERCENT = Rules(spike=100_000, confirmations=3)


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()) * NANOS


NOON = ns("2023-08-03 12:00")


def tick(index, price, ts=None):
    at = NOON + index * NANOS if ts is None else ts
    return MarketUpdate(index, "SPY", UpdateKind.TICK, at, at, price, price, price, price, 1)


def row(index, start, *prices):
    opened, *_ = prices
    return [
        MarketUpdate(index, "SPY", UpdateKind.OPEN, start, start, opened, opened, opened, opened, 0),
        MarketUpdate(index + 1, "SPY", UpdateKind.BAR, start + HOUR, start, *prices, 1),
    ]


class Run:
    def __init__(self, rules, tape="tick", timeframes=("5m",)):
        self.core = MarketDataCore([instrument("SPY")], timeframes, tape, rules)
        self.state = self.core.initial()
        self.bars, self.taken = [], []

    def take(self, *updates):
        """True for each update that was accepted."""
        taken = []
        for update in updates:
            outputs = self.core.advance(self.state, update, update.ts)
            taken.append(bool(outputs))
        return taken

    def refused(self):
        return {reason: n for (_, reason), n in self.state.refusals.items()}


def test_by_default_every_possible_price_is_believed():
    run = Run(Rules())
    assert run.take(tick(1, 100 * CENT), tick(2, 1), tick(3, 10**9 * CENT), tick(4, 100 * CENT)) == [True] * 4
    assert run.state.watches == {}


def test_a_price_off_the_grid_is_refused_only_when_asked_for():
    assert Run(Rules(on_tick=True)).take(tick(1, CENT), tick(2, CENT + 1)) == [True, False]
    run = Run(Rules(on_tick=True), "1h", ("1h",))
    assert run.take(*row(1, NOON, 100 * CENT, 101 * CENT + 1, 100 * CENT, 100 * CENT)) == [True, False]
    assert run.refused() == {Refusal.OFF_TICK: 1}


def test_a_move_of_exactly_the_limit_is_believed_and_one_beyond_is_not():
    for up, down in ((1_100_000, 900_000), (1_100_001, 899_999)):
        for price in (up, down):
            believed = Run(TEN_PERCENT).take(tick(1, 1_000_000), tick(2, price))[1]
            assert believed is (price in (1_100_000, 900_000))


def test_a_single_bad_print_is_refused_and_forgotten():
    run = Run(TEN_PERCENT)
    prices = [1000, 2000, 1010, 2000, 1020, 2000, 1030]
    assert run.take(*(tick(n, p) for n, p in enumerate(prices, 1))) == [True, False] * 3 + [True]
    assert run.refused() == {Refusal.SPIKE: 3}


def test_a_move_that_the_third_update_in_a_row_confirms_is_the_new_price():
    run = Run(TEN_PERCENT)
    prices = [1000, 2000, 2100, 1900, 1950, 1000]
    assert run.take(*(tick(n, p) for n, p in enumerate(prices, 1))) == [True, False, False, True, True, False]
    assert run.state.prices["SPY"][0] == 1950


def test_moves_to_different_places_do_not_confirm_each_other():
    run = Run(TEN_PERCENT)
    prices = [1000, 2000, 3000, 500, 3000, 3000, 3000]
    taken = run.take(*(tick(n, p) for n, p in enumerate(prices, 1)))
    assert taken == [True, False, False, False, False, False, True]


def test_what_lies_outside_the_session_confirms_nothing():
    run = Run(TEN_PERCENT)
    night = ns("2023-08-03 18:00")
    taken = run.take(
        tick(1, 1000),
        tick(2, 2000),
        *(tick(n, 2000, night + n) for n in (3, 4, 5)),
        tick(6, 2000, ns("2023-08-04 09:31")),
        tick(7, 2000, ns("2023-08-04 09:32")),
    )
    assert taken == [True, False, False, False, False, False, True]
    assert run.refused() == {Refusal.SPIKE: 2, Refusal.OUT_OF_SESSION: 3}


def test_a_row_with_one_price_far_off_is_refused_with_its_open_and_counts_once():
    run = Run(TEN_PERCENT, "1h", ("1h",))
    rows = [
        row(1, NOON - HOUR, 1000, 1000, 1000, 1000),
        row(3, NOON, 1000, 3000, 1000, 1010),  # a bad high between good prices
        row(5, NOON + HOUR, 1005, 1010, 1000, 1005),
        row(7, NOON + 2 * HOUR, 2000, 2000, 2000, 2000),
    ]
    taken = run.take(*(update for each in rows for update in each))
    assert taken == [True, True, True, False, True, True, False, False]
    assert run.refused() == {Refusal.SPIKE: 2}


def test_rows_confirm_a_move_and_their_opens_do_not():
    run = Run(Rules(spike=100_000, confirmations=2), "1h", ("1h",))
    rows = [row(1 + 2 * n, NOON + n * HOUR, *[p] * 4) for n, p in enumerate((1000, 2000, 2000))]
    rows.append(row(7, ns("2023-08-04 10:00"), *[2000] * 4))
    taken = run.take(*(update for each in rows for update in each))
    assert taken == [True, True, False, False, False, True, True, True]


PRICES = st.lists(st.sampled_from([980, 1000, 1020, 1500, 1510, 3000]), max_size=40)


@given(PRICES, st.integers(2, 4))
def test_believed_prices_follow_the_definition(prices, needed):
    """Against the definition told the other way round: over the whole list, from the end of each row back."""
    run = Run(Rules(spike=100_000, confirmations=needed))
    taken = run.take(*(tick(n, p) for n, p in enumerate(prices, 1)))
    reference, held = None, []
    for price, believed in zip(prices, taken, strict=True):
        beyond = reference is not None and not 0.9 <= price / reference <= 1.1
        held = ([*held, price] if held and 0.9 <= price / held[0] <= 1.1 else [price]) if beyond else []
        assert believed is (not beyond or len(held) == needed)
        if believed:
            reference, held = price, []


@given(PRICES, st.integers(1, 39))
def test_a_room_rebuilt_in_the_midst_of_a_move_goes_on_as_if_nothing_had_been(prices, cut):
    rules = Rules(spike=100_000, confirmations=3)
    updates = [tick(n, p, NOON + n * 20 * NANOS) for n, p in enumerate(prices, 1)]

    def play(run, some):
        for update in some:
            while (due := run.core.next_due(run.state)) is not None and due <= update.ts:
                run.bars += run.core.advance(run.state, TimerDue(due), due)
            run.taken += run.take(update)
        return run

    whole = play(Run(rules, timeframes=("1m",)), updates)
    before = play(Run(rules, timeframes=("1m",)), updates[:cut])
    last = {
        bar.timeframe: bar for closed in before.bars if isinstance(closed, BarsClosed) for bar in closed.bars
    }
    rebuilt = Run(rules, timeframes=("1m",))
    for bar in last.values():
        rebuilt.core.seed(rebuilt.state, "SPY", bar.timeframe, bar)
    after = last["1m"].last_index if last else 0
    play(rebuilt, updates[after:])
    assert before.bars + rebuilt.bars == whole.bars
    again = updates[max(after, cut) :]
    assert rebuilt.taken[len(rebuilt.taken) - len(again) :] == whole.taken[len(whole.taken) - len(again) :]


@pytest.mark.parametrize("confirmations", [2, 5])
def test_the_number_of_confirmations_is_the_number_of_updates_in_the_row(confirmations):
    run = Run(Rules(spike=100_000, confirmations=confirmations))
    taken = run.take(tick(1, 1000), *(tick(n, 2000) for n in range(2, 8)))
    assert taken.index(True, 1) == confirmations


def test_the_open_of_a_tape_bar_neither_ends_nor_adds_to_a_row_of_moves():
    run = Run(Rules(spike=100_000, confirmations=2), tape="1h", timeframes=("1h",))
    begin = ns("2023-08-03 10:00")
    rows = [
        row(1, begin, 100, 100, 100, 100),
        row(3, begin + HOUR, 150, 150, 150, 150),
        row(5, begin + 2 * HOUR, 100, 150, 100, 150),
    ]
    assert [run.take(*each) for each in rows] == [[True, True], [False, False], [True, True]]
