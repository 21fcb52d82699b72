"""Stream and record become one sequence: by hand, and against a slow reference on random histories."""

import random
from collections import Counter

import pytest

from tradingfloor.actors.market_data.feeds.providers.merge import Merge
from tradingfloor.actors.market_data.feeds.providers.vocabulary import Trade, slot_key
from tradingfloor.actors.types import NANOS

ALL = 1 << 62
T0 = 1_000 * NANOS


def named(number, ts=None, symbol="SPY", price=100):
    return Trade(symbol, T0 + number if ts is None else ts, price, 10, (symbol, "P", number), number)


def numbered(number, ms, price=100, symbol="SPY"):
    """A trade of a stream whose record tells seconds."""
    ts = T0 + ms * 1_000_000
    return Trade(
        symbol, ts, price, 10, slot_key(symbol, ts, NANOS, price, 10), number, serial=(symbol, number)
    )


def in_record(trade):
    return trade._replace(ts=trade.ts // NANOS * NANOS, order=0, serial=None, slot=NANOS)


def merge():
    made = Merge(("SPY", "QQQ"))
    made.begin(T0)
    return made


def test_what_comes_twice_goes_out_once_whichever_way_it_comes():
    both = merge()
    assert both.streamed(named(1))
    assert not both.streamed(named(1))
    assert both.fetched([named(1), named(2)]) == 1
    assert both.fetched([named(1), named(2)]) == 0
    assert not both.streamed(named(2))
    assert [trade.order for trade in both.release(ALL)] == [1, 2]
    assert both.counts["duplicates"] == 2


def test_trades_are_released_by_time_then_symbol_then_sequence():
    both = merge()
    arrivals = [
        named(5, T0 + 9),
        named(3, T0 + 7, "QQQ"),
        named(4, T0 + 7),
        named(2, T0 + 7),
        named(1, T0 + 3),
    ]
    for trade in arrivals:
        both.streamed(trade)
    assert [trade.order for trade in both.release(T0 + 7)] == [1, 2, 4, 3]
    assert both.waiting == 1
    assert [trade.order for trade in both.release(T0 + 9)] == [5]


def test_a_late_trade_goes_out_next_and_is_counted():
    both = merge()
    both.streamed(named(2, T0 + 20))
    both.release(T0 + 30)
    both.streamed(named(1, T0 + 10))
    assert [trade.ts for trade in both.release(T0 + 30)] == [T0 + 10]
    assert both.counts["late"] == 1


def test_what_happened_before_the_begin_and_foreign_symbols_are_not_wanted():
    both = merge()
    assert not both.streamed(named(1, T0 - 1))
    assert not both.streamed(named(2, symbol="DIA"))
    assert both.fetched([named(3, T0 - 1)]) == 0
    assert both.release(ALL) == []


def test_an_earlier_runs_last_trades_are_recognised_by_time_price_and_size():
    both = Merge(("SPY",))
    both.begin(T0 + 5, [("SPY", T0 + 5, 100, 10)])
    assert both.fetched([named(1, T0 + 5), named(2, T0 + 5), named(3, T0 + 6)]) == 2
    assert both.fetched([named(1, T0 + 5), named(2, T0 + 5), named(3, T0 + 6)]) == 0
    assert [trade.order for trade in both.release(ALL)] == [2, 3]


def test_equal_trades_of_a_second_are_counted_where_the_record_does_not_name_them():
    both = merge()
    assert both.streamed(numbered(1, 100))
    assert both.streamed(numbered(2, 200))  # equal, but another trade
    assert not both.streamed(numbered(2, 200))  # the same again
    record = [in_record(numbered(n, n * 100)) for n in (1, 2, 3)]
    assert both.fetched(record) == 1
    assert not both.streamed(numbered(3, 300))  # the stream brings late what the record had brought
    assert both.fetched(record) == 0
    assert len(both.release(ALL)) == 3


def test_a_trade_known_by_its_second_alone_is_not_put_before_what_is_out_already():
    both = merge()
    both.streamed(numbered(1, 700, price=101))
    both.release(T0 + 800_000_000)
    both.fetched([in_record(numbered(2, 900, price=102)), in_record(numbered(1, 700, price=101))])
    (recovered,) = both.release(ALL)
    assert T0 + 700_000_000 <= recovered.ts < T0 + NANOS
    assert both.counts["late"] == 0


def test_memory_is_given_back_when_the_record_is_complete():
    both = merge()
    for number in range(1000):
        both.streamed(named(number))
        both.streamed(numbered(number, number))
    both.forget(T0 + 2 * NANOS)
    assert (len(both._known), len(both._serials), len(both._keys)) == (0, 0, 0)
    assert not both.streamed(named(5))


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("slots", [False, True])
def test_any_mixture_of_loss_repetition_and_extracts_gives_every_trade_once(seed, slots):
    draw = random.Random(seed)
    make = (lambda n: numbered(n, 40 * n, price=draw.randrange(100, 103))) if slots else named
    happened = [make(number) for number in range(1, 200)]
    both = merge()
    done = 0
    while done < len(happened):
        part = happened[done : done + draw.randrange(1, 30)]
        stream = [trade for trade in part for _ in range(draw.choice((0, 1, 1, 2)))]
        draw.shuffle(stream)
        for trade in stream:
            both.streamed(trade)
        done += len(part)
        if draw.random() < 0.4:
            # Whole slots only, as the frame asks for them.
            until = happened[done - 1].ts // NANOS * NANOS if slots else ALL
            record = [in_record(trade) if slots else trade for trade in happened[:done] if trade.ts < until]
            both.fetched(record)
    both.fetched([in_record(trade) if slots else trade for trade in happened])
    out = both.release(ALL)
    if slots:
        assert Counter(trade.key for trade in out) == Counter(trade.key for trade in happened)
    else:
        assert out == happened
