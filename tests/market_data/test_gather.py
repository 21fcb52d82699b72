"""Bars of a whole tape without a floor are those a floor builds."""

import random

import pytest

from tradingfloor.actors.config import Config, InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.market_data.core import MarketDataCore
from tradingfloor.actors.market_data.feeds.replay import open_replay
from tradingfloor.actors.market_data.gather import gather
from tradingfloor.actors.messages import BarsClosed
from tradingfloor.actors.runtime.sequencer import MARKET_DATA, Sequencer
from tradingfloor.actors.types import Refusal

MINUTE = 60
HEADER = "time,open,high,low,close,volume\n"


class Inline:
    """The floor's own order of updates and timers, without its threads."""

    def __init__(self, core):
        self.core, self.state, self.closed = core, core.initial(), []

    def step(self, actor, envelope):
        self.closed += [
            message
            for message in self.core.advance(self.state, envelope.message, envelope.now)
            if isinstance(message, BarsClosed)
        ]
        return ()

    def next_due(self, actor):
        return self.core.next_due(self.state)

    def commit(self, *, now):
        return ()


def tape(path, seed, *, step, gaps=0.1, rows=400):
    """Rows every ``step`` minutes from a summer Thursday on, some missing, some twice, some out of order."""
    rng = random.Random(seed)
    lines, at = [], 1_625_097_600  # 2021-07-01, midnight in UTC
    for _ in range(rows):
        at += step * MINUTE * (1 if rng.random() > gaps else rng.randint(2, 40))
        low = rng.randint(90, 110)
        lines.append(f"{at},{low + 1},{low + 3},{low},{low + 2},{rng.randint(0, 9)}\n")
    for _ in range(5):
        lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    path.write_text(HEADER + "".join(lines))
    return path


def both(path, timeframe, hours):
    """(gathered, what the floor's order closes)."""
    override = InstrumentConfig(kind="currency", calendar=hours, timezone="UTC")
    feed = open_replay(path, Config(symbols=("X",), instruments={"X": override}))
    found = instrument("X", override, feed.tick_hint("X"))
    driver = Inline(MarketDataCore((found,), (timeframe,), feed.timeframe("X")))
    market = calendar(hours, "UTC")

    def horizon(newest):
        session = market.session_at(newest - 1)
        return max(newest, session.close if session else newest) + 1

    floor = Sequencer((MARKET_DATA,), driver, feed.updates(), horizon=horizon)
    while floor.advance():
        pass
    return gather(found, timeframe, feed.timeframe("X"), feed.updates()), driver


@pytest.mark.parametrize("hours", ["24h", "XNYS"])
@pytest.mark.parametrize(("step", "timeframe"), [(15, "15m"), (15, "1h"), (15, "1d"), (1, "5m"), (1, "1w")])
def test_bars_and_refusals_are_those_of_the_floors_own_order(tmp_path, step, timeframe, hours):
    found, floor = both(tape(tmp_path / "x.csv", step, step=step), timeframe, hours)
    closed = [bar for message in floor.closed for bar in message.bars]
    base = f"{step}m"
    assert found.own == [bar for bar in closed if bar.timeframe == timeframe]
    assert found.base == ([] if base == timeframe else [bar for bar in closed if bar.timeframe == base])
    assert found.refused == {reason: n for (_, reason), n in floor.state.refusals.items()}
    assert sum(found.refused.values()) >= 5
    assert found.own or timeframe == "1w"


def test_an_hour_holds_its_last_quarter_and_the_last_bar_ends_with_its_session(tmp_path):
    path = tmp_path / "x.csv"
    rows = [f"2021-07-01 0{n // 4}:{n % 4 * 15:02d},{n},{n + 1},{n},{n},1\n" for n in range(1, 7)]
    path.write_text(HEADER + "".join(rows))
    found, _ = both(path, "1h", "24h")
    assert [(bar.high, bar.count) for bar in found.own] == [(4 * 10**9, 3), (7 * 10**9, 3)]
    assert [bar.full for bar in found.own] == [False, False]


def test_trades_become_minutes(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("time,price,size\n" + "".join(f"2021-07-01 10:0{n}:30,{n + 1},1\n" for n in range(5)))
    found, _ = both(path, "1m", "24h")
    assert [bar.close for bar in found.own] == [n * 10**9 for n in range(1, 6)]
    assert found.base == []


def test_a_finer_timeframe_than_the_tapes_is_refused_with_those_it_can_give(tmp_path):
    with pytest.raises(BadConfig, match=r"finer than the tape's 15m bars; possible: 15m, 30m"):
        both(tape(tmp_path / "x.csv", 1, step=15), "5m", "24h")


def test_rows_outside_the_sessions_are_counted(tmp_path):
    found, _ = both(tape(tmp_path / "x.csv", 2, step=15), "15m", "XNYS")
    assert found.refused[Refusal.OUT_OF_SESSION] > 100


def test_the_real_hours_of_spy_are_cut_by_the_calendar(lean):
    path = lean / "equity" / "usa" / "hour" / "spy.zip"
    feed = open_replay(path, Config(symbols=("SPY",)))
    found = gather(instrument("SPY"), "1h", "1h", feed.updates())
    assert len(found.own) + sum(found.refused.values()) == 40_832
    assert found.refused == {Refusal.OUT_OF_SESSION: 47}
