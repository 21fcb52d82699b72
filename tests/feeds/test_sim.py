"""The simulated feed: seeded, plausible, consistent with its own warm-up."""

import os
import subprocess
import sys
from datetime import date
from itertools import islice, pairwise

import numpy as np
import pytest

from tradingfloor.actors.config import Config, DataConfig, InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.timeframes import buckets_between, parse
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.feeds.sim import TAPE_START
from tradingfloor.actors.market_data.feeds.sim_path import SimPath
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


def test_symbols_have_paths_of_their_own_and_take_turns_in_config_order():
    both = list(islice(sim("SPY", "SPX").updates(), 2 * SESSION))
    assert [u.symbol for u in both[:4]] == ["SPY", "SPX", "SPY", "SPX"]
    assert [u.ts for u in both[::2]] == [u.ts for u in both[1::2]]
    assert [u.index for u in both] == list(range(1, 2 * SESSION + 1))
    assert [u.close for u in both if u.symbol == "SPX"] == prices(sim("SPX"))
    moves = [np.diff(np.log([u.close for u in both if u.symbol == s])) for s in ("SPY", "SPX")]
    assert abs(np.corrcoef(*moves)[0, 1]) < 0.1


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
    number = feed._first - 3
    path = SimPath(1, "SPX", XNYS, feed._step, CENT)
    path.anchor(TAPE_START, 4750.0)
    expected: dict[int, list[tuple[int, int]]] = {}
    for session, closes, volumes in (path.ticks(number + n) for n in range(3)):
        for at, (price, volume) in enumerate(zip(closes.tolist(), volumes.tolist(), strict=True)):
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


def test_volatility_is_sixteen_to_eighteen_percent_a_year_and_clusters():
    squares, lagged = [], []
    for seed in range(12):
        path = SimPath(seed, "SPX", XNYS, 3600 * NANOS, CENT)
        path.session(1250)
        closes = np.array([link.level + link.day_return for link in path._links])
        moves = np.diff(closes)
        squares.append(moves**2)
        lagged.append(np.corrcoef(np.abs(moves[1:]), np.abs(moves[:-1]))[0, 1])
    assert 0.16 < np.sqrt(252 * np.mean(squares)) < 0.18
    assert np.mean(lagged) > 0.02


def test_the_first_and_last_trades_of_a_session_meet_the_daily_path():
    path = SimPath(3, "SPX", XNYS, 5 * NANOS, CENT)
    number = path.anchor(TAPE_START, 4750.0)
    for each in range(number, number + 20):
        ticks = path.ticks(each)
        link = path._links[each]
        opened = np.exp(link.level + path._offset)
        closed = np.exp(link.level + path._offset + link.day_return)
        assert abs(ticks.prices[0] / NANOS - opened) < 0.0051
        assert abs(ticks.prices[-1] / NANOS - closed) < 0.0051
    assert path.ticks(number).prices[0] == 4750 * NANOS


def test_volatility_and_volume_are_higher_at_the_ends_of_the_session():
    path = SimPath(3, "SPX", XNYS, 60 * NANOS, CENT)
    days = [day for day in (path.ticks(n) for n in range(60)) if len(day.prices) == 390]
    moves = np.array([np.abs(np.diff(np.log(day.prices))) for day in days]).mean(axis=0)
    volumes = np.array([day.volumes for day in days]).mean(axis=0)
    for busy in (moves, volumes):
        assert busy[:60].mean() > 1.2 * busy[150:240].mean()
        assert busy[-60:].mean() > 1.1 * busy[150:240].mean()


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
