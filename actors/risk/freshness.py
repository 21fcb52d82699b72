"""Which symbols have no fresh price: the lock that nobody has to set or release.

Decides from the newest price and the time alone, as the freshness gate does at a decision; shown in the
status for as long as the gate would refuse. Knows no signal. Input: the state, an instant; output: symbols.
"""

from collections.abc import Mapping

from ..domain.calendar import Calendar
from ..domain.timeframes import parse
from .schedule import is_open
from .state import RiskState


class Freshness:
    """The age that a price may reach, by symbol: ``max_age`` ns, of a tape of bars one whole bar."""

    def __init__(self, markets: Mapping[str, Calendar], bar_tapes: Mapping[str, str], max_age: int) -> None:
        self._markets = markets
        self._limits = {
            symbol: parse(bar_tapes[symbol]).nanos if symbol in bar_tapes else max_age for symbol in markets
        }

    def stale(self, state: RiskState, now: int) -> tuple[str, ...]:
        """Symbols whose market is open and whose last price is older than it may be; never of daily bars."""
        return tuple(
            symbol
            for symbol, limit in self._limits.items()
            if limit is not None
            and now > state.books[symbol].last_ts + limit
            and is_open(self._markets[symbol], now)
        )
