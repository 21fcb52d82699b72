"""Faults that paper engines are known for, each as a situation in which the executor does not have it.

Where a fault has a public report, the comment names it. Rows read as in ``test_matching``.
"""

import random

import pytest

from tradingfloor.actors.types import OrderRole

BUY = ("enter", 0, "BUY", 4, 100, 95, 110)
BUY_98 = ("enter", 0, "BUY", 4, 98, 95, 110)
IN_100 = ["ENTRY works 4", "ENTRY BUY 4 at 100", "STOP works 4 at 95", "TARGET works 4 at 110"]
STOPPED = ["STOP SELL 4 at 95", "closed LONG 4 by STOP net -20", "TARGET canceled 4 BRACKET_SIBLING"]
SELL = ("enter", 0, "SELL", 4, 100, 105, 90)
SHORT_100 = ["ENTRY works 4", "ENTRY SELL 4 at 100", "STOP works 4 at 105", "TARGET works 4 at 90"]
LIMIT = {"entry": "limit"}
ON_BARS = {"bar": 60}
CAP = {"quantity_model": "volume_cap", "volume_cap": 1.0}

ROWS = {
    # LEAN 5337
    "a resting limit that the bar passes through is never filled better than its limit": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 100, 96, 99)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 98", *IN_100[2:]],
    ),
    # freqtrade, _get_close_rate_for_stoploss
    "a bar that opens beyond the stop and comes back to it exits at its open, not at the stop": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 60, 93),
         ("bar", 60, 120, 93, 96, 92, 96)],
        [*IN_100, "STOP SELL 4 at 93", "closed LONG 4 by STOP net -28", STOPPED[2]],
    ),
    # nautilus_trader 1214, 1537
    "an order decided at the close of a bar does not fill on that bar": (
        ON_BARS,
        [("enter", 60, *BUY[2:]), ("bar", 0, 60, 99, 101, 97, 100), ("open", 60, 100)],
        IN_100,
    ),
    # backtrader 415, backtrader2 22
    "a sale at a limit stays inside the bar whatever slippage the open has": (
        {**ON_BARS, "slippage_bps": 500.0, "price_model": "fixed_bps"},
        [BUY, ("open", 0, 95.23), ("bar", 0, 60, 95.23, 110.01, 95.23, 110)],
        [
            "ENTRY works 4",
            "ENTRY BUY 4 at 100",
            *IN_100[2:],
            "TARGET SELL 4 at 110",
            "closed LONG 4 by TARGET net 40",
            "STOP canceled 4 BRACKET_SIBLING",
        ],
    ),
    # zipline 1376, 1512
    "a limit sees the whole range of a bar and not its close alone": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 101, 97.5, 100.5)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 98", *IN_100[2:]],
    ),
    # backtesting.py 910, 1241
    "with a target moved after the entry a bar that holds both still takes the stop": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("replace", 60, "TARGET", 0, 105),
         ("open", 60, 100), ("bar", 60, 120, 100, 120, 90, 119)],
        [*IN_100, "TARGET now 4 at 105", *STOPPED],
    ),
    # backtesting.py 119
    "the stop is looked at on the entry's own bar": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 101, 94, 100)],
        [*IN_100, *STOPPED],
    ),
    # kansoku 76
    "a favourable extreme of the entry's bar that may lie before the entry is no exit": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 115, 97, 98)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 98", *IN_100[2:]],
    ),
    # nautilus_trader 2623, 2704
    "the legs of an entry that filled in part are as large as the part, and end with it": (
        CAP,
        [BUY, ("volume", 1, 100, 1), ("volume", 2, 95, 9), ("volume", 3, 100, 9)],
        [
            "ENTRY works 4",
            "ENTRY BUY 1 at 100",
            "STOP works 1 at 95",
            "TARGET works 1 at 110",
            "STOP SELL 1 at 95",
            "closed LONG 1 by STOP net -5",
            "ENTRY canceled 3 BRACKET_SIBLING",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    # nautilus_trader 4355
    "legs that were put to work before a gap fill after it": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 100), ("open", 9_936_000, 40)],
        [*IN_100, "STOP SELL 4 at 40", "closed LONG 4 by STOP net -240", STOPPED[2]],
    ),
    # jesse 510
    "the stop is smaller by what the target took": (
        CAP,
        [BUY, ("volume", 1, 100, 9), ("volume", 2, 111, 1)],
        [*IN_100, "TARGET SELL 1 at 111", "STOP now 3 at 95"],
    ),
    # LEAN 2547, 2762, lumibot 991
    "an old price fills nothing: an order waits for the next one however long that takes": (
        {},
        [("tick", 0, 90), ("enter", 1, *BUY[2:]), ("day", 3_600, 0, 0, 0), ("tick", 90_000, 100)],
        IN_100,
    ),
    # nautilus_trader 1580: a bar is walked open, high, low, close, so a target below the open comes first
    "a short whose bar holds both extremes takes the stop, though its low is the open": (
        ON_BARS,
        [SELL, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 60, 91),
         ("bar", 60, 120, 91, 106, 89, 90)],
        [*SHORT_100, "STOP BUY 4 at 105", "closed SHORT 4 by STOP net -20", STOPPED[2]],
    ),
    "a long whose bar opens high and holds both extremes takes the stop": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 60, 109),
         ("bar", 60, 120, 109, 112, 94, 111)],
        [*IN_100, *STOPPED],
    ),
    # nautilus_trader 2397
    "a trailing stop that is gapped through fills at the open, not at its level": (
        {**ON_BARS, "stop": "trailing"},
        [SELL, ("open", 0, 100), ("bar", 0, 60, 100, 100, 98, 98), ("open", 60, 200)],
        [*SHORT_100, "STOP now 4 at 103", "STOP BUY 4 at 200", "closed SHORT 4 by STOP net -400", STOPPED[2]],
    ),
    # zipline: stops are triggered by the close alone
    "a stop sees the whole range of a bar and not its close alone": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 60, 99),
         ("bar", 60, 120, 99, 100, 94, 100)],
        [*IN_100, *STOPPED],
    ),
    # backtrader, coc and coo; zipline: orders fill at the close of the bar at hand
    "the close of the bar at hand fills nothing: the next open does": (
        ON_BARS,
        [("open", 0, 99), ("bar", 0, 60, 99, 101, 97, 98), ("enter", 60, *BUY[2:]), ("open", 60, 100)],
        IN_100,
    ),
    # freqtrade: an exit at the very stop unless the whole candle lies beyond it, without slippage
    "a stop inside a bar pays slippage too": (
        {**ON_BARS, "price_model": "fixed_ticks", "slippage_ticks": 3},
        [BUY, ("open", 0, 99.97), ("bar", 0, 60, 99.97, 101, 94, 96)],
        [*IN_100, "STOP SELL 4 at 94.97", "closed LONG 4 by STOP net -20.12", STOPPED[2]],
    ),
    # nautilus_trader, prob_fill_on_limit 1: a touch fills
    "a touch of a resting limit fills nothing by default": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 101, 98, 100)],
        ["ENTRY works 4 at 98"],
    ),
    # FLOX 357, optopsy: fills at the mid of a quote, or on one that is missing a side, locked or crossed
    "a quote is never traded at its mid, and one that nobody could trade fills nothing": (
        {"price_model": "half_spread"},
        [BUY, ("quote", 1, 100, 100, 100), ("quote", 2, 100, 100.1, 99.9), ("quote", 3, 100, 0, 100.1),
         ("quote", 4, 100, 99.8, 100.2)],
        ["ENTRY works 4", "ENTRY BUY 4 at 100.15", *IN_100[2:]],
    ),
    # LEAN, nautilus_trader: the whole order fills whatever traded
    "no more fills than traded, all orders together": (
        CAP,
        [BUY, ("volume", 1, 100, 3)],
        ["ENTRY works 4", "ENTRY BUY 3 at 100", "STOP works 3 at 95", "TARGET works 3 at 110"],
    ),
    # quantstrat 14
    "a stop-limit that is gapped over rests at its limit: a high beyond it is no better price": (
        {"stop": "stop_limit", **ON_BARS},
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 60, 93),
         ("bar", 60, 120, 93, 99, 92, 98)],
        [*IN_100, "triggered", "STOP SELL 4 at 94.90", "closed LONG 4 by STOP net -20.40", STOPPED[2]],
    ),
    # backtrader and others: each order of a bar is judged alone
    "one of two legs fills, never both": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 130, 80, 100), ("open", 60, 120), ("open", 120, 80)],
        [*IN_100, *STOPPED],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_known_fault_is_not_there(name, desk):
    settings, story, lines = ROWS[name]
    here = desk(**settings)
    here.tell(story)
    assert here.lines == lines


# LEAN ComboLimitFill and 9287, qc-options-framework 1: legs at extremes that never were at one time.
def test_orders_in_two_symbols_fill_each_at_a_price_of_its_own_that_was_there_at_that_time(desk):
    here = desk(symbols=("SPX", "ABC"), bar=60)
    here.approve(0, "BUY", 1, 90, 120)
    here.approve(0, "SELL", 1, 120, 80, symbol="ABC")
    for symbol, opened, high, low in (("SPX", 100, 104, 96), ("ABC", 99, 103, 95)):
        here.open(60, opened, symbol)
        here.bar(60, 120, opened, high, low, opened, symbol)
    assert [(fill.symbol, fill.side.sign * fill.price // 10**9) for fill in here.fills] == [
        ("SPX", 100),
        ("ABC", -99),
    ]


# nautilus_trader: the fill model seeds the generator of the whole process.
def test_draws_depend_on_no_generator_and_on_no_other_order(desk):
    def fills(crowd, seed):
        random.seed(seed)
        before = random.getstate()
        here = desk(symbols=("SPX", "ABC"), partial_fill_probability=1.0)
        here.approve(0, "BUY", 97, 95, 110)
        for number in range(crowd):
            here.approve(0, "BUY", 50 + number, 95, 110, symbol="ABC")
        for second in range(1, 9):
            here.tick(second, 100)
            here.tick(second, 100, symbol="ABC")
        assert random.getstate() == before
        return [(fill.id, fill.quantity) for fill in here.fills if fill.symbol == "SPX"]

    alone = fills(0, 1)
    assert len(alone) > 1
    assert fills(5, 2) == alone


# nautilus_trader 4736, 5000: a restart inserts an opposite fill, or drops a working order.
def test_a_restart_in_the_middle_of_a_bracket_keeps_every_order_and_adds_no_fill(desk):
    story = [BUY, ("volume", 1, 100, 2), ("volume", 2, 111, 1)]
    here = desk(**CAP)
    here.tell(story)
    here.state = here.recovered()
    said = len(here.journal)
    here.volume(3, 100, 9)
    assert here.journal[said:] == []
    here.volume(4, 95, 9)
    assert here.position == 0
    assert [order for book in here.state.books.values() for order in book.orders] == []
    assert sum(f.side.sign * f.quantity for f in here.fills) == 0
    assert {f.role for f in here.fills} == {OrderRole.ENTRY, OrderRole.TARGET, OrderRole.STOP}
