"""Limits against random lives of a whole account: risk and executor in one loop, judged at every event.

A life is fifty steps over sessions and nights: several signals in one bar, entries of every type that fill in
parts, are rejected, cancelled or cut, exits, kills, flattens, an executor that lags. Its config has tight
limits. Each step is a number, from which what happens in it is drawn.
"""

import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from joined_cores import JoinedCores
from limit_oracle import LimitOracle

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config, ExecutionConfig, InstrumentConfig, RiskConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.risk.gates import LIMITS
from tradingfloor.actors.risk.limits import limits_of
from tradingfloor.actors.types import NANOS, Direction, TradingState
from tradingfloor.storage.checks import Entry, Facts
from tradingfloor.storage.invariants import CauseChain, Fills, KillHolds
from tradingfloor.storage.limits import Limits

STEPS = 50
CENT = NANOS // 100
SECOND, MINUTE = NANOS, 60 * NANOS
SYMBOLS = ("SPX", "SPY", "NDX", "RUT")
ACTORS = tuple((symbol, timeframe) for symbol in SYMBOLS for timeframe in ("15m", "1h"))
MARKET = calendar("XNYS", "America/New_York")
FIRST = MARKET.session_at(1_704_724_200 * NANOS)
"""2024-01-08, a Monday."""

RISKS = st.fixed_dictionaries(
    {
        "max_daily_trades": st.sampled_from([1, 3, 1000, 1000]),
        "max_position_size": st.sampled_from([3_000.0, 5_000.0]),
        "max_total_exposure": st.sampled_from([8_000.0, 12_500.0, 50_000.0]),
        "max_underlying_exposure": st.sampled_from([0.0, 0.0, 5_500.0, 8_000.0]),
        "max_class_exposure": st.sampled_from([{}, {}, {"intraday": 8_000.0, "swing": 5_500.0}]),
        "max_open_positions": st.sampled_from([0, 0, 1, 2, 3]),
        "max_leverage": st.sampled_from([0.0, 0.0, 0.0502, 0.11]),
        "max_orders_per_minute": st.sampled_from([0, 0, 1, 2]),
        "max_consecutive_losses": st.sampled_from([0, 0, 1, 2]),
        "max_drawdown": st.sampled_from([0.0, 60.0]),
        "max_daily_loss": st.sampled_from([2_500.0, 40.0]),
        "daily_loss_bars": st.sampled_from([0, 2]),
        "on_breach": st.sampled_from(
            [{}, {"drawdown": "kill"}, {"daily_loss": "kill", "order_rate": "flatten"}]
        ),
    }
)
VENUES = st.fixed_dictionaries(
    {
        "entry": st.sampled_from(["market", "market", "limit", "stop", "stop_limit"]),
        "stop": st.sampled_from(["stop", "trailing"]),
        "time_in_force": st.sampled_from(["gtc", "gtc", "day", "ioc"]),
        "fill_delay_ms": st.sampled_from([0.0, 100.0, 90_000.0]),
        "slippage_bps": st.sampled_from([0.0, 25.0]),
        "partial_fill_probability": st.sampled_from([0.0, 0.5, 1.0]),
        "reject_probability": st.sampled_from([0.0, 0.3]),
        "commission_per_share": st.sampled_from([0.005, 1.0]),
        "kill_policy": st.sampled_from(["flatten", "keep"]),
    }
)
STORIES = st.lists(st.integers(0, 2**48), min_size=STEPS, max_size=STEPS)


def configured(risk, venue) -> Config:
    return Config(
        symbols=SYMBOLS,
        risk=RiskConfig(min_confidence=0.5, underlyings={"SPY": "SPX"}, **risk),
        execution=ExecutionConfig(**venue),
        instruments={"NDX": InstrumentConfig(multiplier=3)},
    )


class Life:
    """One account and what happens to it."""

    def __init__(self, config, watch) -> None:
        self.cores = JoinedCores(config, ACTORS, watch)
        self.session, self.now = FIRST, FIRST.open
        self.prices = dict.fromkeys(SYMBOLS, 100 * NANOS)

    def begin(self) -> None:
        self.cores.until(self.now)
        self.cores.change(TradingState.RUNNING)
        for symbol in SYMBOLS:
            self.trade(symbol, 0)
        self.bars([], ())

    def step(self, number) -> None:
        draw = random.Random(number)
        self.now += draw.choice((5, 20, 40, 70, 900)) * SECOND
        if self.now > self.session.close - 20 * MINUTE or draw.random() < 0.04:
            self.night()
        what = draw.random()
        if what < 0.04 or (self.cores.states["risk"].trading is not TradingState.RUNNING and what < 0.4):
            self.control(draw)
        elif what < 0.12:
            self.cores.until(self.now)
            self.cancel_one(draw)
        elif what < 0.45:
            symbol = draw.choice(SYMBOLS)
            self.trade(symbol, *(draw.randint(-150, 150) for _ in range(draw.randint(1, 4))))
        else:
            self.bar(draw)

    def bar(self, draw) -> None:
        if draw.random() < 0.2:
            self.cores.lagging = True
        elif draw.random() < 0.8:
            self.cores.catch_up()
        for symbol in SYMBOLS:
            if draw.random() < 0.9:  # else its price is as old as the last one
                self.trade(symbol, draw.randint(-80, 80))
        silent = frozenset((s, "1h") for s in SYMBOLS) if draw.random() < 0.3 else frozenset()
        way = draw.choice(list(Direction))
        signals = []
        for symbol, timeframe in draw.sample(ACTORS, draw.randint(0, 5)):
            if (symbol, timeframe) not in silent:
                side = way if draw.random() < 0.8 else draw.choice(list(Direction))
                signals.append((symbol, timeframe, side, draw.randint(-40, 40), draw.randint(30, 200)))
        self.bars(signals, silent)

    def bars(self, wanted, silent) -> None:
        self.now += SECOND
        signals = []
        for symbol, timeframe, way, off, reach in wanted:
            entry, away = self.prices[symbol] + off * CENT, reach * CENT * int(way)
            signals.append(
                self.cores.signal(self.now, symbol, timeframe, way, (entry, entry - away, entry + away))
            )
        self.cores.bars_close(self.now, signals, self.prices, frozenset(silent))

    def trade(self, symbol, *moves) -> None:
        """One price, or several merged into one update; they wander around 100."""
        self.now += SECOND
        path = []
        for move in moves:
            back = (100 * NANOS - self.prices[symbol]) // 8 // CENT * CENT
            self.prices[symbol] += move * CENT + back
            path.append(self.prices[symbol])
        self.cores.price(self.now, symbol, path)

    def night(self) -> None:
        """To ten minutes after the next open; whatever lags has caught up before the day's row."""
        self.cores.catch_up()
        self.session = MARKET.next_session(self.session.close)
        self.now = self.session.open + 10 * MINUTE

    def control(self, draw) -> None:
        cores = self.cores
        cores.until(self.now)
        killed, verb = (
            cores.kill is not None,
            draw.choice(("kill", "run", "run", "flatten", "reduce", "stop")),
        )
        if verb == "run" or killed:
            cores.catch_up()
            if killed:
                cores.rearm()
            cores.change(TradingState.RUNNING)
        elif verb == "kill":
            cores.kill_now(draw.choice(("flatten", "keep")))
        elif verb == "flatten":
            cores.flatten()
        elif verb == "reduce":
            cores.reduce(draw.choice(("", *SYMBOLS)), draw.randint(1, 1_000_000))
        else:
            cores.change(TradingState.STOPPED)

    def cancel_one(self, draw) -> None:
        orders = [o for b in self.cores.states["executor"].books.values() for o in b.orders.values()]
        if orders and self.cores.kill is None:
            self.cores.cancel(draw.choice(orders))


def lived(risk, venue, story):
    """Play a life to its end; the oracle judges every event, the checks of a store the whole journal.

    What the limits count is no other after a restart.
    """
    config = configured(risk, venue)
    multipliers = dict.fromkeys(SYMBOLS, 1) | {"NDX": 3}
    oracle = LimitOracle(limits_of(config), config.account_nanos, multipliers)
    life = Life(config, oracle.see)
    life.begin()
    for number in story:
        life.step(number)
    life.cores.catch_up()
    assert life.cores.recovered_risk() == life.cores.states["risk"]
    facts = Facts({config.content_hash: config}, multipliers)
    for check in (Limits(facts), Fills(facts), CauseChain(facts), KillHolds(facts)):
        for sequence, e in enumerate(life.cores.journal, 1):
            if isinstance(e, check.watches):
                check.see(Entry(sequence, e.id, e.ts, type(e).__name__, "", 0, e.cause, "", e))
        assert check.details == []
    return life.cores.journal


HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(deadline=None, max_examples=40, suppress_health_check=HEALTH, phases=PHASES)
@given(RISKS, VENUES, STORIES)
def test_every_limit_holds_at_every_prefix_of_a_life(risk, venue, story):
    lived(risk, venue, story)


@pytest.mark.slow
@settings(deadline=None, max_examples=500, suppress_health_check=HEALTH, phases=PHASES)
@given(RISKS, VENUES, STORIES)
def test_and_they_do_over_five_hundred_lives(risk, venue, story):
    lived(risk, venue, story)


def test_the_lives_reach_every_limit_and_much_else():
    """What the property would be worth if nothing were ever approved, or ever refused."""
    seen = Counter()

    @settings(
        deadline=None, max_examples=80, database=None, derandomize=True, suppress_health_check=HEALTH,
        phases=PHASES,
    )  # fmt: skip
    @given(RISKS, VENUES, STORIES)
    def live_all(risk, venue, story):
        for event in lived(risk, venue, story):
            seen[type(event).__name__] += 1
            match event:
                case m.DecisionMade():
                    seen.update(result.gate for result in event.gates if not result.passed)
                    seen["approved"] += event.approved
                case m.OrderFilled():
                    seen["parts"] += not event.done
                    seen[event.role.name] += 1
                case m.OrderCanceled():
                    seen[event.reason.name] += 1
                case _:
                    pass

    live_all()
    limits = set(LIMITS) - {"position_size", "overload"}  # sizing keeps the first, the second is no account's
    wanted = limits | {"approved", "opposite_position", "one_position", "locks", "state", "freshness"}
    wanted |= {"ENTRY", "STOP", "TARGET", "FLATTEN", "parts", "OrderRejected", "OrderTriggered", "Killed"}
    wanted |= {"RESERVATION_CUT", "BRACKET_SIBLING", "CANCEL_REQUESTED", "IOC_REST", "KILLED", "DayClosed"}
    wanted |= {"KillRequested", "ReductionRequested"}
    assert {name for name in wanted if not seen[name]} == set()
