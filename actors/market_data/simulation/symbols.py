"""What is assumed of each simulated symbol: where it starts, how much it moves, and with whom.

Decides the built-in traits and how a config's overrides change them. Knows no path. Input: an instrument and
its overrides; output: Traits. The figures are round ones of the right size, not estimates.
"""

from typing import Final, NamedTuple

from ...config import InstrumentConfig
from ...domain.instruments import Instrument

MARKET_VOLATILITY: Final = 0.17
"""Annual volatility of the market factor, close to close, jumps included."""


class Traits(NamedTuple):
    """One simulated symbol."""

    price: float
    """At the first open of the tape."""
    volatility: float
    """Annual, in the mean over many years."""
    correlation: float
    """With the market factor; two symbols correlate by the product of theirs."""
    moves_as: str = ""
    """The symbol whose own moves it shares: a fund follows its index. Empty = its own."""


VOLATILITY_INDEX: Final = "VIX"
"""Not a path of its own: computed from the simulated variance of the market."""

KNOWN: Final = {
    "SPX": Traits(4750.0, 0.17, 1.0),
    "XSP": Traits(475.0, 0.17, 1.0),
    "NDX": Traits(16_750.0, 0.22, 0.93),
    "RUT": Traits(2000.0, 0.23, 0.87),
    "DJI": Traits(37_500.0, 0.16, 0.95),
    "SPY": Traits(475.0, 0.17, 1.0),
    "VOO": Traits(436.0, 0.17, 1.0),
    "VTI": Traits(237.0, 0.17, 0.99),
    "QQQ": Traits(405.0, 0.22, 0.93, "NDX"),
    "IWM": Traits(200.0, 0.23, 0.87, "RUT"),
    "DIA": Traits(375.0, 0.16, 0.95, "DJI"),
    "TLT": Traits(98.0, 0.15, -0.2),
    "GLD": Traits(191.0, 0.14, 0.05),
    "AAPL": Traits(185.0, 0.28, 0.72),
    "MSFT": Traits(371.0, 0.27, 0.74),
    "GOOG": Traits(139.0, 0.29, 0.68),
    "GOOGL": Traits(138.0, 0.29, 0.68, "GOOG"),
    "AMZN": Traits(150.0, 0.33, 0.64),
    "META": Traits(346.0, 0.38, 0.58),
    "NVDA": Traits(48.0, 0.46, 0.62),
    "TSLA": Traits(248.0, 0.56, 0.5),
    "AMD": Traits(139.0, 0.48, 0.58),
    "NFLX": Traits(468.0, 0.4, 0.48),
    "INTC": Traits(48.0, 0.36, 0.58),
    "JPM": Traits(172.0, 0.25, 0.64),
    "BAC": Traits(34.0, 0.29, 0.62),
    "XOM": Traits(102.0, 0.26, 0.4),
}

INDEX: Final = Traits(1000.0, 0.2, 0.8)
EQUITY: Final = Traits(100.0, 0.3, 0.5)


def traits(instrument: Instrument, override: InstrumentConfig | None = None) -> Traits:
    """The traits of a symbol; what the config sets wins."""
    found = KNOWN.get(instrument.symbol, INDEX if instrument.kind == "index" else EQUITY)
    if override is None:
        return found
    price, volatility, correlation = override.price, override.volatility, override.correlation
    return Traits(
        found.price if price is None else price,
        found.volatility if volatility is None else volatility,
        found.correlation if correlation is None else correlation,
        found.moves_as,
    )
