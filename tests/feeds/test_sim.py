"""The simulated feed: seeded, plausible, consistent with its own warm-up."""

import os
import subprocess
import sys
import tracemalloc
from datetime import date
from itertools import islice, pairwise

import pytest

from tradingfloor.actors.config import Config, DataConfig, InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.domain.timeframes import buckets_between, parse
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.messages import ChainUpdate, MarketUpdate
from tradingfloor.actors.types import NANOS, UpdateKind

CENT = NANOS // 100
XNYS = calendar("XNYS")
SESSION = 4680


def sim(*symbols: str, **data):
    return open_feed(Config(symbols=symbols or ("SPX",), data=DataConfig(**{"history_sessions": 2, **data})))


def prices(feed, count=SESSION):
    return [update.close for update in islice(feed.updates(), count)]


def test_a_session_has_one_trade_per_poll_from_open_to_just_before_the_close():
    first, second = XNYS.sessions(date(2024, 1, 2).toordinal(), date(2024, 1, 3).toordinal())
    updates = list(islice(sim().updates(), SESSION + 1))
    assert [u.index for u in updates] == list(range(1, SESSION + 2))
    assert [u.ts for u in updates[:-1]] == list(range(first.open, first.close, 5 * NANOS))
    assert updates[-1].ts == second.open
    assert all(u.kind is UpdateKind.TICK and u.start == u.ts and u.volume > 0 for u in updates)
    assert all(u.open == u.high == u.low == u.close and u.close % CENT == 0 for u in updates)


def test_early_closes_are_kept():
    feed = sim(poll_interval=60.0)
    early = XNYS.session(date(2024, 7, 3).toordinal())
    seen = [u for u in islice(feed.updates(), 390 * 130) if early.open <= u.ts < early.open + 86_400 * NANOS]
    assert len(seen) == 210
    assert seen[-1].ts == early.close - 60 * NANOS


def test_the_same_seed_is_the_same_market_and_another_seed_another():
    first, same, other = sim(seed=7), sim(seed=7), sim(seed=8)
    assert prices(first) == prices(same) != prices(other)
    assert first.tape == same.tape != other.tape
    assert first.history("SPX") == same.history("SPX") != other.history("SPX")


def test_every_parameter_that_changes_the_run_changes_the_tape():
    feeds = [
        sim(),
        sim(seed=2),
        sim(poll_interval=1.0),
        sim(history_sessions=3),
        sim("SPY"),
        sim("SPX", "SPY"),
    ]
    assert len({feed.tape for feed in feeds}) == len(feeds)


def test_symbols_take_turns_in_config_order_and_do_not_change_each_other():
    both = list(islice(sim("SPY", "SPX").updates(), 2 * SESSION))
    assert [u.symbol for u in both[:4]] == ["SPY", "SPX", "SPY", "SPX"]
    assert [u.ts for u in both[::2]] == [u.ts for u in both[1::2]]
    assert [u.index for u in both] == list(range(1, 2 * SESSION + 1))
    assert [u.close for u in both if u.symbol == "SPX"] == prices(sim("SPX"))


def test_the_hash_seed_of_the_process_changes_nothing():
    script = (
        "from itertools import islice, pairwise; from tradingfloor.actors.config import Config\n"
        "from tradingfloor.actors.market_data.feeds import open_feed\n"
        "feed = open_feed(Config(symbols=('SPX', 'SPY')))\n"
        "print(feed.tape, sum(u.close * u.index for u in islice(feed.updates(), 20000)), hash('x'))\n"
    )
    outputs = []
    for seed in ("1", "2"):
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
        )
        outputs.append(done.stdout.split())
    assert outputs[0][:2] == outputs[1][:2]
    assert outputs[0][2] != outputs[1][2]


@pytest.mark.parametrize("poll", [5.0, 7.0, 130.0])
def test_history_is_what_the_live_path_would_have_built(poll):
    feed = sim(poll_interval=poll, history_sessions=3)
    expected: dict[int, list[tuple[int, int]]] = {}
    for number in range(feed._first - 3, feed._first):
        made, session = feed._paths["SPX"].trades(number), feed._market.session(number)
        for at, (price, volume) in enumerate(zip(made.prices.tolist(), made.volumes.tolist(), strict=True)):
            past = at * feed._step // (60 * NANOS) * 60 * NANOS
            expected.setdefault(session.open + past, []).append((price, volume))
    bars = feed.history("SPX")
    assert [bar.start for bar in bars] == list(expected)
    for bar, trades in zip(bars, expected.values(), strict=True):
        seen = [price for price, _ in trades]
        assert (bar.open, bar.high, bar.low, bar.close) == (seen[0], max(seen), min(seen), seen[-1])
        assert (bar.count, bar.volume) == (len(trades), sum(volume for _, volume in trades))


@pytest.mark.parametrize("poll", [5.0, 130.0, 3600.0])
def test_history_bars_are_closed_numbered_and_lie_before_the_tape(poll):
    feed = sim(poll_interval=poll, history_sessions=4)
    bars = feed.history("SPX")
    minute = parse("1m")
    assert [bar.index for bar in bars] == list(range(len(bars)))
    assert bars[-1].end <= next(feed.updates()).ts
    assert {bar.session for bar in bars} == {
        s.ordinal for s in XNYS.sessions(date(2023, 12, 26).toordinal(), date(2023, 12, 29).toordinal())
    }
    for bar in bars:
        session = XNYS.session_at(bar.start)
        assert (bar.session, bar.symbol, bar.timeframe) == (session.ordinal, "SPX", "1m")
        assert (bar.history, bar.full, bar.first_index, bar.last_index) == (True, True, 0, 0)
        assert (bar.start - session.open) % (60 * NANOS) == 0
        assert bar.end - bar.start == 60 * NANOS
    assert bars[0].gap_before == 0
    for earlier, later in pairwise(bars):
        assert later.gap_before == buckets_between(minute, XNYS, earlier.start, later.start)


def test_sixty_sessions_of_history_are_the_default_and_none_is_possible():
    feed = open_feed(Config())
    assert len({bar.session for bar in feed.history("SPX")}) == 60
    assert sim(history_sessions=0).history("SPX") == ()
    assert prices(sim(history_sessions=0), 100) == prices(sim(history_sessions=9), 100)


def test_the_tape_can_be_entered_at_any_index_of_a_far_session():
    feed, index = sim("SPX", "AAPL", poll_interval=60.0), 2 * 390 * 40 + 77
    slowly = list(islice(feed.updates(), index, index + 50))
    assert list(islice(sim("SPX", "AAPL", poll_interval=60.0).updates(index), 50)) == slowly
    assert slowly[0].index == index + 1


def test_a_quarter_of_a_year_is_played_in_the_memory_of_a_session():
    feed = sim("SPX", "AAPL", poll_interval=5.0, history_sessions=0)
    tracemalloc.start()
    for _ in islice(feed.updates(), 2 * SESSION):
        pass
    one_day = tracemalloc.get_traced_memory()[1]
    for _ in islice(feed.updates(2 * SESSION * 60), 2 * SESSION * 3):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * one_day
    assert one_day < 30e6


@pytest.mark.parametrize(("setting", "value"), [("price", 250.0), ("volatility", 0.9), ("correlation", 0.1)])
def test_what_is_set_for_a_symbol_makes_another_tape(setting, value):
    def tape(**given):
        held = InstrumentConfig(kind="equity", **given)
        return open_feed(Config(symbols=("ACME",), instruments={"ACME": held}, data=DataConfig()))

    plain, changed = tape(), tape(**{setting: value})
    assert plain.tape != changed.tape
    assert prices(plain, 3) != prices(changed, 3)
    if setting == "price":
        assert abs(prices(changed, 1)[0] / NANOS - 250) < 0.1


def test_the_feed_describes_itself():
    feed = sim(poll_interval=2.0)
    assert (feed.paced, feed.poll_interval, feed.last_index, feed.symbols) == (True, 2.0, None, ("SPX",))
    assert (feed.timeframe("SPX"), feed.tick_hint("SPX"), feed.name) == ("tick", CENT, "sim seed 1")
    with pytest.raises(KeyError):
        feed.history("SPY")


def test_prices_lie_on_a_configured_tick():
    config = Config(data=DataConfig(history_sessions=0), instruments={"SPX": InstrumentConfig(tick="0.25")})
    assert all(price % (NANOS // 4) == 0 for price in prices(open_feed(config), 500))


@pytest.mark.parametrize(
    ("symbols", "data", "says"),
    [
        ((), {}, "symbols"),
        (("EURUSD",), {}, "EURUSD"),
        (("SPX",), {"poll_interval": 0.01}, "data.poll_interval"),
        (("SPX",), {"poll_interval": float("inf")}, "data.poll_interval"),
        (("SPX",), {"poll_interval": float("nan")}, "data.poll_interval"),
        (("SPX",), {"history_sessions": 5000}, "data.history_sessions"),
    ],
)
def test_what_cannot_be_simulated_is_refused(symbols, data, says):
    with pytest.raises(BadConfig, match=says):
        open_feed(Config(symbols=symbols, data=DataConfig(**data)))


def test_quotes_come_before_the_trades_of_their_poll_and_are_numbered_with_them():
    feed = sim("SPX", "SPY", "AAPL", simulate_quotes=True, poll_interval=60.0)
    seen = list(islice(feed.updates(), 3 + 389 * 5 + 8))
    assert [u.index for u in seen] == list(range(1, len(seen) + 1))
    opening, second = seen[:3], seen[3:8]
    assert [type(u) for u in opening] == [MarketUpdate] * 3
    assert [(type(u), u.symbol) for u in second] == [
        (ChainUpdate, "SPY"),
        (ChainUpdate, "AAPL"),
        (MarketUpdate, "SPX"),
        (MarketUpdate, "SPY"),
        (MarketUpdate, "AAPL"),
    ]
    assert len({u.ts for u in second}) == 1
    (quote,) = second[0].quotes
    assert quote.symbol == "SPY"
    assert quote.ts == second[0].ts
    assert 0 < quote.bid < quote.ask
    assert second[3].close in (quote.bid, quote.ask)
    assert isinstance(seen[3 + 389 * 5], MarketUpdate)  # the next session's first
    plain = sim("SPX", "SPY", "AAPL", poll_interval=60.0)
    assert plain.tape != feed.tape
    trades = [u.close for u in seen if isinstance(u, MarketUpdate)]
    assert trades == prices(plain, len(trades))


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 5, 6, 7, 400, 1947, 1948, 1949, 1950, 1951, 4000])
def test_a_tape_with_quotes_can_be_entered_at_any_index(after):
    feed = sim("SPX", "SPY", "AAPL", simulate_quotes=True, poll_interval=60.0)
    assert list(islice(feed.updates(after), 12)) == list(islice(feed.updates(), after, after + 12))


@pytest.mark.parametrize("until", [1, 3, 5, 1000, 1948, 1949, 3000])
def test_the_quotes_of_the_session_under_way_can_be_asked_for_again(until):
    feed = sim("SPX", "SPY", simulate_quotes=True, poll_interval=60.0)
    updates = list(islice(feed.updates(), until))
    session = XNYS.session_at(updates[-1].ts).ordinal
    expected = [u for u in updates if isinstance(u, ChainUpdate) and XNYS.session_at(u.ts).ordinal == session]
    assert list(feed.quotes(until)) == expected


def test_the_market_data_room_accepts_every_simulated_quote():
    feed = sim("SPX", "SPY", simulate_quotes=True, poll_interval=60.0)
    instruments = [instrument(symbol) for symbol in feed.symbols]
    core = MarketDataCore(instruments, ("1h",), "tick")
    state = core.initial()
    for update in islice(feed.updates(), 3 * (3 * 390 - 1)):
        core.advance(state, update, update.ts)
    book = state.books["SPY"]
    assert (book.received, book.accepted, dict(book.refused)) == (3 * 389, 3 * 389, {})
    assert book.own.two_sided
