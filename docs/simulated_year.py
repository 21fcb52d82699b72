"""The parameters and the measured facts of the simulated market, as tables for the documentation.

Input: the constants of the model and the years it makes of eight seeds; output: Markdown. Figures are rounded
to two digits, so that they do not depend on the machine.
"""

from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.simulation import days, sessions, symbols, variance
from tradingfloor.actors.market_data.simulation.market import SimulatedMarket, SymbolPath
from tradingfloor.actors.types import NANOS

Floats: TypeAlias = NDArray[np.float64]

SEEDS = range(1, 9)
TAPE = date(2024, 1, 2).toordinal()
SYMBOLS = ("SPX", "QQQ", "AAPL", "XOM")


def parameters() -> str:
    """The constants of the model."""
    rows = [
        ("volatility of the market, a year", f"{symbols.MARKET_VOLATILITY:.0%}"),
        ("slow and fast share of log-volatility left after a day", f"{days.SLOW}, {days.FAST}"),
        ("what a surprise of one adds to them", f"{days.SLOW_SPREAD}, {days.FAST_SPREAD}"),
        ("correlation of that surprise with the market's return", f"{days.LEVERAGE}"),
        ("overnight share of the variance without jumps", f"{days.OVERNIGHT_SHARE:.0%}"),
        ("days with a jump", f"{days.JUMP_PROBABILITY:.0%}"),
        ("mean and deviation of a jump, in daily volatilities", f"{days.JUMP_MEAN}, {days.JUMP_SPREAD}"),
        ("deviation of a burst's log-volatility", f"{sessions.BURST_SPREAD}"),
        ("spread of an equity on a usual day", f"{10_000 * sessions.SPREAD:.0f} bp, at least a tick"),
        ("implied over expected volatility", f"{variance.PREMIUM}"),
        ("rho and eta of the surface", f"{variance.SKEW}, {variance.CURVATURE}"),
    ]
    return _table(("parameter", "value"), rows)


def facts() -> str:
    """What a simulated year looks like: the mean of eight seeds, the smallest and the largest."""
    measured = [_year(seed) for seed in SEEDS]
    rows = []
    for name in measured[0]:
        values = [year[name] for year in measured]
        rows.append((name, *(f"{_round(value):g}" for value in (np.mean(values), min(values), max(values)))))
    return _table(("of a year", "mean", "smallest", "largest"), rows)


def _year(seed: int) -> dict[str, float]:
    """The facts of one seed."""
    market = SimulatedMarket(seed, calendar("XNYS"), 60 * NANOS)
    first = market.number(TAPE)
    numbers = range(first, first + days.SESSIONS_A_YEAR)
    paths = {symbol: SymbolPath(market, instrument(symbol), symbols.KNOWN[symbol]) for symbol in SYMBOLS}
    moves = {
        symbol: np.diff([path.close_level(number) for number in numbers]) for symbol, path in paths.items()
    }
    daily, size = moves["SPX"], np.abs(moves["SPX"])
    inside = [np.log(paths["SPX"].mids(number)) for number in numbers]
    index = np.array([variance.index_level(*_closing(market, number)) for number in numbers])
    five = np.array([np.diff(day[::5])[:77] for day in inside if len(day) == 390])
    minute = np.array([np.diff(day) for day in inside if len(day) == 390]).std(axis=0)
    noon = minute[150:240].mean()
    return {
        "volatility of SPX": daily.std() * days.SESSIONS_A_YEAR**0.5,
        "kurtosis of daily returns (3 = normal)": _kurtosis(daily),
        "autocorrelation of daily returns, lag 1": _lagged(daily, daily, 1),
        "autocorrelation of absolute returns, lags 1 to 3": _mean_lagged(size, size, range(1, 4)),
        "the same, lags 5 to 14": _mean_lagged(size, size, range(5, 15)),
        "correlation of a return with the next five absolute ones": _mean_lagged(daily, size, range(1, 6)),
        "kurtosis of five-minute returns": _kurtosis(five.ravel()),
        "autocorrelation of five-minute returns": float(
            np.corrcoef(five[:, 1:].flat, five[:, :-1].flat)[0, 1]
        ),
        "volatility of the first half hour over that of noon": minute[:30].mean() / noon,
        "volatility of the last half hour over that of noon": minute[-30:].mean() / noon,
        "correlation with SPX: QQQ (0.93 set)": float(np.corrcoef(daily, moves["QQQ"])[0, 1]),
        "correlation with SPX: AAPL (0.72 set)": float(np.corrcoef(daily, moves["AAPL"])[0, 1]),
        "correlation with SPX: XOM (0.4 set)": float(np.corrcoef(daily, moves["XOM"])[0, 1]),
        "VIX at the close, mean": float(index.mean()),
        "correlation of daily moves of SPX and VIX": float(np.corrcoef(daily, np.diff(np.log(index)))[0, 1]),
    }


def _closing(market: SimulatedMarket, number: int) -> tuple[Floats, Floats]:
    slow, fast = days.closing_state(market.day(number))
    return np.array(slow), np.array(fast)


def _kurtosis(values: Floats) -> float:
    return float(((values - values.mean()) ** 4).mean() / values.var() ** 2)


def _lagged(first: Floats, second: Floats, lag: int) -> float:
    return float(np.corrcoef(first[:-lag], second[lag:])[0, 1])


def _mean_lagged(first: Floats, second: Floats, lags: range) -> float:
    return float(np.mean([_lagged(first, second, lag) for lag in lags]))


def _round(value: float) -> float:
    return float(f"{value:.2g}") if abs(value) >= 0.1 else round(value, 2)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
