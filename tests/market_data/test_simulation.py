"""The simulated market has the facts of a real one, and nothing of it depends on what else was asked for."""

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from tradingfloor.actors.config import InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import EQUITIES, INDICES, instrument
from tradingfloor.actors.market_data.simulation import days
from tradingfloor.actors.market_data.simulation.days import DayDraws, closing_state, drift
from tradingfloor.actors.market_data.simulation.market import SimulatedMarket, SymbolPath
from tradingfloor.actors.market_data.simulation.sessions import rhythm
from tradingfloor.actors.market_data.simulation.symbols import KNOWN, MARKET_VOLATILITY, traits
from tradingfloor.actors.market_data.simulation.variance import implied, index_level, total_variances
from tradingfloor.actors.types import NANOS

MINUTE = 60 * NANOS
XNYS = calendar("XNYS")
TAPE = date(2024, 1, 2).toordinal()
YEAR = 252


def market(seed=1, poll=MINUTE):
    return SimulatedMarket(seed, XNYS, poll)


def path(symbol="SPX", seed=1, poll=MINUTE, held=None, **override):
    given = InstrumentConfig(kind=None if symbol in KNOWN else "equity", **override)
    found = instrument(symbol, given)
    made = SymbolPath(held or market(seed, poll), found, traits(found, given))
    made.anchor(made.market.number(TAPE), traits(found, given).price)
    return made


def closes(made, count, first=None):
    first = made.market.number(TAPE) if first is None else first
    return np.array([made.close_level(number) for number in range(first, first + count)])


def year(made):
    """Mid prices in logarithms, session by session, of the year from the tape's beginning."""
    first = made.market.number(TAPE)
    return [np.log(made.mids(number)) for number in range(first, first + YEAR)]


def correlation(x, y):
    return float(np.corrcoef(x, y)[0, 1])


def lagged(x, y, lag):
    return correlation(x[:-lag], y[lag:])


@pytest.fixture(scope="module")
def years():
    """Daily returns of the market in eight simulated years."""
    return [np.diff(closes(path(seed=seed), YEAR)) for seed in range(1, 9)]


@pytest.fixture(scope="module")
def minutes():
    """One-minute log prices of SPX in one simulated year, session by session."""
    return year(path(seed=1))


# --- from day to day ------------------------------------------------------------------------------


def test_a_year_has_fat_tails(years):
    kurtoses = [float(((r - r.mean()) ** 4).mean() / r.var() ** 2) for r in years]
    assert min(kurtoses) > 3
    assert np.mean(kurtoses) > 4


def test_returns_are_not_autocorrelated(years):
    error = 1 / math.sqrt(YEAR * len(years))
    for lag in (1, 2, 5):
        assert abs(np.mean([lagged(r, r, lag) for r in years])) < 3.5 * error


def test_volatility_clusters_and_its_memory_fades_slowly(years):
    def memory(lags):
        return np.mean([lagged(abs(r), abs(r), lag) for r in years for lag in lags])

    near, middle, far = memory(range(1, 4)), memory(range(5, 15)), memory(range(60, 120))
    assert near > middle > far
    assert near > 0.1
    assert middle > 0.03
    assert far < 0.05


def test_volatility_rises_after_a_fall_and_not_before_one(years):
    after = np.mean([lagged(r, abs(r), lag) for r in years for lag in range(1, 6)])
    before = np.mean([lagged(abs(r), r, lag) for r in years for lag in range(1, 6)])
    assert after < -0.05
    assert abs(before) < 0.03


def test_volatility_is_the_stated_one_in_the_long_run():
    squares = [np.diff(closes(path(seed=seed), 7000, first=0)) ** 2 for seed in range(6)]
    assert math.sqrt(YEAR * np.mean(squares)) == pytest.approx(MARKET_VOLATILITY, rel=0.06)


def test_prices_are_martingales_jumps_and_gaps_included():
    # At 100 % a year half the variance is 0.2 % a day: thirteen standard errors, were it not taken out.
    returns = np.concatenate(
        [np.diff(closes(path("ACME", seed, volatility=1.0), 7000, first=0)) for seed in range(6)]
    )
    growth = np.exp(returns)
    assert abs(growth.mean() - 1) < 3.5 * growth.std() / math.sqrt(len(growth))


@pytest.mark.parametrize("part", [days.GAP_SCALE, days.INSIDE_SCALE])
def test_the_drift_taken_out_is_that_of_the_shocks(part):
    draws = DayDraws(5, "x")
    drawn = [draws.on(ordinal) for ordinal in range(700_000, 800_000)]
    moved = np.array([s.gap if part == days.GAP_SCALE else s.inside + s.jump for s in drawn])
    grown = np.exp(0.05 * moved)
    assert math.exp(drift(0.05, part)) == pytest.approx(grown.mean(), abs=4 * grown.std() / 316)


def test_some_days_jump_mostly_down_by_day_and_by_night():
    draws = DayDraws(5, "x")
    jumps = np.array([s.jump for s in map(draws.on, range(700_000, 800_000))])
    inside = jumps[jumps != 0]
    assert len(inside) / 1e5 == pytest.approx(days.JUMP_PROBABILITY / 2, rel=0.1)
    assert (inside < 0).mean() > 0.6
    gaps = np.array([s.gap for s in map(draws.on, range(700_000, 800_000))])
    assert ((gaps - gaps.mean()) ** 4).mean() / gaps.var() ** 2 > 5


def test_every_part_of_a_day_adds_up_to_one_variance():
    draws = DayDraws(6, "x")
    moved = np.array([s.gap + s.inside + s.jump for s in map(draws.on, range(600_000, 700_000))])
    assert moved.var() == pytest.approx(1, rel=0.01)
    assert moved.mean() == pytest.approx(days.JUMP_PROBABILITY * days.JUMP_MEAN, abs=0.008)


# --- within the day -------------------------------------------------------------------------------


def test_volatility_is_u_shaped_within_the_session(minutes):
    full = np.array([np.diff(day) for day in minutes if len(day) == 390])
    size = np.sqrt((full**2).mean(axis=0))
    opening, noon, closing = size[:30].mean(), size[150:240].mean(), size[-30:].mean()
    assert opening > 1.5 * noon
    assert closing > 1.2 * noon
    assert opening > closing


def test_volume_is_u_shaped_and_moves_with_volatility():
    made = path("SPY")
    first = made.market.number(TAPE)
    volumes, moves, levels = [], [], []
    for number in range(first, first + 60):
        levels.append(made.market.day(number).volatility)
        volumes.append(made.trades(number).volumes[:-1])
        moves.append(abs(np.diff(np.log(made.mids(number)))))
    mean = np.mean([day for day in volumes if len(day) == 389], axis=0)
    assert mean[:30].mean() > 1.5 * mean[150:240].mean()
    assert mean[-30:].mean() > 1.2 * mean[150:240].mean()
    # At the same hours and in units of the day: bursts raise both, not the shape or the day alone.
    noon = [
        (v[150:240].sum() / day, m[150:240].sum() / day)
        for v, m, day in zip(volumes, moves, levels, strict=True)
        if len(v) == 389
    ]
    assert correlation(*np.log(np.array(noon)).T) > 0.5


def test_five_minute_returns_have_fat_tails_and_no_memory(minutes):
    five = np.array([np.diff(day[::5])[:77] for day in minutes if len(day) == 390])
    assert (five**4).mean() / five.var() ** 2 > 5
    assert abs(correlation(five[:, 1:].ravel(), five[:, :-1].ravel())) < 0.03


def test_a_part_of_the_variance_is_overnight(minutes):
    overnight = np.array([after[0] - before[-1] for before, after in pairwise(minutes)])
    inside = np.array([day[-1] - day[0] for day in minutes])
    share = overnight.var() / (overnight.var() + inside.var())
    assert 0.12 < share < 0.35


def test_a_session_leads_from_its_open_to_its_close_level():
    for symbol in ("SPX", "AAPL", "TLT"):
        made = path(symbol)
        first = made.market.number(TAPE)
        assert math.exp(made.open_level(first)) == pytest.approx(KNOWN[symbol].price)
        for number in range(first, first + 80):
            mids = np.log(made.mids(number))
            assert mids[0] == pytest.approx(made.open_level(number), abs=1e-12)
            assert mids[-1] == pytest.approx(made.close_level(number), abs=1e-12)


def test_the_daily_path_does_not_depend_on_the_poll():
    assert closes(path(poll=MINUTE), 30).tolist() == closes(path(poll=5 * NANOS), 30).tolist()


def test_early_closes_have_a_whole_day_in_fewer_polls():
    made = path()
    number = made.market.number(date(2024, 7, 3).toordinal())
    beat = rhythm(1, date(2024, 7, 3).toordinal(), made.market.count(number))
    assert made.market.count(number) == len(made.mids(number)) == 210
    assert (beat.done[0], beat.done[-1]) == (0, pytest.approx(1))


# --- several symbols --------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [-0.3, 0.0, 0.5, 0.9])
def test_a_symbol_moves_with_the_market_as_configured(wanted):
    found = []
    for seed in range(1, 9):
        held = market(seed)
        spx, own = path("SPX", held=held), path("ACME", held=held, correlation=wanted, volatility=0.4)
        found.append(correlation(np.diff(closes(spx, YEAR)), np.diff(closes(own, YEAR))))
        assert found[-1] == pytest.approx(wanted, abs=0.25)
    assert np.mean(found) == pytest.approx(wanted, abs=0.06)


def test_the_correlation_is_the_same_within_the_day():
    held = market()
    spx, own = path("SPX", held=held), path("ACME", held=held, correlation=0.6)
    first = held.number(TAPE)
    moves = [np.concatenate([np.diff(np.log(p.mids(first + n))) for n in range(60)]) for p in (spx, own)]
    assert correlation(*moves) == pytest.approx(0.6, abs=0.06)


def test_two_symbols_correlate_by_the_product_of_theirs():
    found = []
    for seed in range(1, 9):
        held = market(seed)
        pair = [path(name, held=held, correlation=0.7) for name in ("ACME", "OTHER")]
        found.append(correlation(*(np.diff(closes(each, YEAR)) for each in pair)))
    assert np.mean(found) == pytest.approx(0.49, abs=0.06)


def test_a_fund_moves_as_its_index():
    held = market()
    for fund, index in (
        ("SPY", "SPX"),
        ("XSP", "SPX"),
        ("QQQ", "NDX"),
        ("IWM", "RUT"),
        ("DIA", "DJI"),
        ("GOOGL", "GOOG"),
    ):
        pair = [np.diff(closes(path(name, held=held), 60)) for name in (fund, index)]
        assert np.allclose(*pair, atol=1e-12)


def test_every_known_index_and_equity_has_traits_that_a_config_can_change():
    assert set(KNOWN) == (INDICES | EQUITIES) - {"VIX"}
    changed = traits(instrument("AAPL"), InstrumentConfig(price=10.0, volatility=0.5))
    assert changed[:3] == (10.0, 0.5, KNOWN["AAPL"].correlation)


def test_a_session_is_the_same_whichever_was_asked_for_first_and_beside_whichever_symbols():
    alone = path("AAPL")
    number = alone.market.number(TAPE) + 130
    expected = alone.trades(number)
    crowded = market()
    others = [path(name, held=crowded) for name in ("SPX", "QQQ", "AAPL", "XOM")]
    for other in others:
        other.trades(number - 20)
        other.trades(number + 3)
    for seen, wanted in zip(others[2].trades(number), expected, strict=True):
        assert np.array_equal(seen, wanted)


def test_the_shocks_of_a_date_need_no_date_before_it():
    ordinal = TAPE + 500
    fresh, used = DayDraws(1, "market"), DayDraws(1, "market")
    for day in range(TAPE, ordinal):
        used.on(day)
    assert fresh.on(ordinal) == used.on(ordinal) == market().day(market().number(ordinal)).shocks


# --- quotes -----------------------------------------------------------------------------------------


def test_quotes_lie_around_the_mid_on_the_tick_and_trades_at_one_of_their_sides():
    made = path("AAPL")
    number = made.market.number(TAPE)
    found, mid = made.trades(number), made.mids(number) * NANOS
    cent = NANOS // 100
    assert (found.bids < found.asks).all()
    assert ((found.bids <= mid) & (mid <= found.asks)).all()
    assert not (found.bids % cent).any()
    assert not (found.asks % cent).any()
    assert ((found.prices == found.bids) | (found.prices == found.asks)).all()
    assert 0.45 < (found.prices == found.asks).mean() < 0.55
    assert min(found.bid_sizes.min(), found.ask_sizes.min()) >= 100


def test_an_index_prints_its_mid():
    made = path("SPX")
    number = made.market.number(TAPE)
    assert np.abs(made.trades(number).prices - made.mids(number) * NANOS).max() <= NANOS // 200 + 1


def test_spreads_widen_with_volatility():
    made = path("AAPL")
    first = made.market.number(TAPE)
    wide, volatility = [], []
    for number in range(first, first + 60):
        found = made.trades(number)
        wide.append(((found.asks - found.bids) / found.asks).mean())
        volatility.append(made.market.day(number).volatility)
    assert correlation(wide, volatility) > 0.8
    found = made.trades(first)
    spread = found.asks - found.bids
    assert spread[:30].mean() > 1.2 * spread[150:240].mean()


# --- variance and its index -------------------------------------------------------------------------


def test_the_volatility_path_leads_from_close_to_close_without_a_break():
    held = market(poll=5 * NANOS)
    first = held.number(TAPE)
    for number in range(first, first + 10):
        inside = held.inside(number)
        assert (inside.slow[-1], inside.fast[-1]) == pytest.approx(closing_state(inside.day), abs=1e-12)
        following = held.day(number + 1)
        assert (following.slow, following.fast) == closing_state(inside.day)


def test_the_index_of_variance_moves_against_the_market():
    held = market()
    first = held.number(TAPE)
    spx, vix = path("SPX", held=held), path("VIX", held=held)
    prices = [(np.log(spx.mids(n)), np.log(vix.mids(n))) for n in range(first, first + YEAR)]
    daily = np.diff([(s[-1], v[-1]) for s, v in prices], axis=0).T
    assert correlation(*daily) < -0.7
    inside = np.concatenate([np.diff(np.array(each), axis=1) for each in prices], axis=1)
    assert correlation(*inside) < -0.6
    assert 0.04 < daily[1].std() < 0.1
    assert np.exp(prices[0][1]).min() > 8


def test_the_variance_ahead_is_the_models_own_expectation():
    # Monte Carlo over the two factors themselves, by plain recursion.
    rng = np.random.default_rng(5)
    slow, fast = np.full(200_000, 0.2), np.full(200_000, -0.3)
    seen = []
    for _ in range(42):
        seen.append(np.exp(2 * (slow + fast - days.LOG_VARIANCE)).mean())
        surprise = rng.standard_normal(len(slow))
        slow = days.SLOW * slow + days.SLOW_SPREAD * surprise
        fast = days.FAST * fast + days.FAST_SPREAD * surprise
    expected = 1.1**2 * days.DAILY_VOLATILITY**2 * np.array(seen)
    curve = total_variances(0.2, -0.3)
    whole = (expected[1:] + expected[:-1]) / 2
    assert curve[9] == pytest.approx(whole[:21].sum(), rel=0.02)  # 21 sessions ahead
    assert curve[11] == pytest.approx(whole[:41].sum() + expected[41], rel=0.02)


@pytest.mark.parametrize("state", [(-1.0, -0.8), (0.0, 0.0), (0.9, 1.2)])
def test_every_state_of_volatility_has_a_surface_without_arbitrage(state):
    held = implied(*state)
    assert index_level(*map(np.array, state)) > 100 * held.volatility(0.0, 30 / 365)
    assert np.diff(held.thetas).min() > 0


def test_after_a_fall_the_term_curve_falls_and_in_calm_it_rises():
    near, far = 5 / 252, 1.0
    excited, calm = implied(0.2, 0.6), implied(-0.2, -0.4)
    assert excited.volatility(0.0, near) > excited.volatility(0.0, far)
    assert calm.volatility(0.0, near) < calm.volatility(0.0, far)
