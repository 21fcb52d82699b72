"""Reading option chains of a running floor."""

import threading
from datetime import date
from itertools import islice

import numpy as np
import pytest

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DataConfig, OptionsConfig
from tradingfloor.actors.domain.option_calendar import MARKET
from tradingfloor.actors.domain.quotes import Quote
from tradingfloor.actors.errors import NotFound, NotRunning
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.synthetic import Carry, listing, synthesise
from tradingfloor.actors.messages import ChainUpdate, MarketUpdate
from tradingfloor.actors.types import NANOS, UpdateKind

CONFIG = Config(
    symbols=("SPX", "SPY"),
    data=DataConfig(poll_interval=60.0, history_sessions=0),
    options=OptionsConfig(rate=0.03),
)


@pytest.fixture
def played(tmp_path):
    """A floor whose simulated market has played one session."""
    with TradingFloor(CONFIG, store=tmp_path / "x.db", sessions=1) as floor:
        floor.begin()
        assert floor.wait(60)
        yield floor


def test_a_chain_is_read_on_the_newest_price_with_the_feeds_own_volatilities(played):
    prices = {symbol: (price, ts) for symbol, price, ts in played.status().prices}
    found = played.chain("SPX", decision=True)
    assert (found.spot, found.ts) == prices["SPX"]
    assert (found.rate, found.quoted) == (0.03, False)
    k = np.log(found.strike / NANOS / found.forward)
    held = open_feed(CONFIG).surface("SPX", found.ts)
    assert found.sigma == pytest.approx(held.volatility(k, found.years()), rel=1e-9)


def test_conditions_narrow_the_chain(played):
    assert len(played.chain("SPX", root="SPXW", expiry="2024-01-19", strikes=5)) == 20
    puts = played.chain("SPX", right="PUT", delta=(0.2, 0.3))
    one = puts.contract(0)
    assert played.chain("SPX", contracts=[one]).contract(0) == one
    assert not puts.is_call.any()
    assert (np.abs(puts.delta) >= 0.2).all()


def test_the_index_is_read_like_a_chain(played):
    found = played.volatility_index("SPX")
    assert found == played.chain("SPX").volatility_index()
    assert found.within_rule
    assert not found.extrapolated
    assert 5 < found.value < 80


def test_reading_leaves_the_run_as_it_would_have_been(tmp_path):
    def run(name, read):
        with TradingFloor(CONFIG, store=tmp_path / name, sessions=1) as floor:
            done = threading.Event()
            reader = threading.Thread(target=lambda: read(floor, done))
            reader.start()
            floor.begin()
            assert floor.wait(60)
            done.set()
            reader.join()
            return [
                (e.sequence, e.event) for e in islice(floor.events(after=0), floor.status().last_sequence)
            ]

    def reading(floor, done):
        while not done.is_set():
            try:
                assert len(floor.chain("SPX", decision=True)) > 10_000
            except NotFound:
                continue

    assert run("read.db", reading) == run("alone.db", lambda _floor, _done: None)


def test_before_the_first_price_there_is_no_chain_and_a_share_has_none_at_all(tmp_path):
    floor = TradingFloor(CONFIG, store=tmp_path / "x.db", sessions=1)
    with pytest.raises(NotRunning):
        floor.chain("SPX")
    with floor:
        with pytest.raises(NotFound, match="SPX: no price yet"):
            floor.chain("SPX")
        with pytest.raises(NotFound, match="NDX: not a symbol of this floor; it has SPX, SPY"):
            floor.chain("NDX")
        floor.begin()
        assert floor.wait(60)
        with pytest.raises(NotFound, match="SPY: no chain"):
            floor.chain("SPY")


def test_a_recorded_tape_is_priced_with_the_volatility_of_the_config(tmp_path):
    rows = ["date,open,high,low,close,volume"]
    rows += [f"2024-01-{day:02},4700,4760,4690,4750,1000" for day in (2, 3, 4, 5)]
    (tmp_path / "spx.csv").write_text("\n".join(rows) + "\n")
    options = OptionsConfig(volatility=0.2, skew=-0.5, curvature=0.8)
    config = Config(
        timeframes=("1d",), data=DataConfig(source=f"replay:{tmp_path / 'spx.csv'}"), options=options
    )
    with TradingFloor(config, store=tmp_path / "x.db") as floor:
        floor.begin()
        assert floor.wait(60)
        found = floor.chain("SPX", strikes=1)
    assert found.spot == 4750 * NANOS
    assert np.abs(found.sigma - 0.2).max() < 0.02


class OptionTape:
    """One trade of SPX and a call and a put that were quoted before it."""

    name, live, paced, poll_interval = "options", False, False, 0.0
    last_index, symbols, tape = 3, ("SPX",), "ab" * 32

    def timeframe(self, _symbol):
        return "tick"

    def tick_hint(self, _symbol):
        return None

    def history(self, _symbol):
        return ()

    def quotes(self, _until):
        return iter(())

    def updates(self, after=0):
        ts = MARKET.session(date(2024, 1, 2).toordinal()).open + 60 * NANOS
        quotes = tuple(
            Quote(f"SPXW  240119{right}04700000", ts, bid * NANOS, 3, (bid + 1) * NANOS, 4)
            for right, bid in (("C", 110), ("P", 50))
        )
        price = 4750 * NANOS
        trade = MarketUpdate(3, "SPX", UpdateKind.TICK, ts, ts, price, price, price, price, 1)
        return (update for update in (ChainUpdate(2, "SPX", ts, quotes), trade) if update.index > after)


def test_a_tape_with_quotes_of_options_gives_those_and_no_others(tmp_path):
    with TradingFloor(Config(), store=tmp_path / "x.db", feed=OptionTape()) as floor:
        floor.begin()
        assert floor.wait(60)
        found = floor.chain("SPX")
    assert (found.quoted, found.spot, len(found)) == (True, 4750 * NANOS, 2)
    assert found.bid.tolist() == [110 * NANOS, 50 * NANOS]
    assert found.contract(1).occ == "SPXW  240119P04700000"
    assert np.isfinite(found.sigma).all()


def test_the_index_computed_from_the_chain_is_the_simulated_volatility_symbol():
    feed = open_feed(
        Config(symbols=("SPX", "VIX"), data=DataConfig(poll_interval=3600.0, history_sessions=0))
    )
    carry, off, moves = Carry(0.045, 0.013), [], []
    for spx, vix in zip(*(islice(feed.updates(), part, 70, 14) for part in (0, 1)), strict=True):
        listed = listing("SPX", spx.ts, (spx.close,))
        found = synthesise("SPX", listed, spx.ts, spx.close, feed.surface("SPX", spx.ts), carry, 1)
        off.append(found.volatility_index().value / (vix.close / NANOS) - 1)
        moves.append((spx.close, vix.close))
    assert np.abs(off).max() < 0.003
    assert np.corrcoef(np.diff(np.log(moves), axis=0).T)[0, 1] < 0
