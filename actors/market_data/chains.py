"""Chains on demand: computed when read, at most so often, and always when a decision hangs on one.

Decides when a chain that was computed may be shown again, and which strikes of a synthetic one stay listed.
Knows no clock: the time of reading comes with the call. Input: how a chain is computed, or an underlying's
price and surface at an instant; output: a Chain. Not safe to share between threads.
"""

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from ..domain.option_calendar import MARKET
from ..domain.option_chain import Chain
from ..domain.surface import Surface
from ..types import NANOS
from .synthetic import Carry, Listing, listing, synthesise

SHORTEST: Final = NANOS // 10
"""Ten computations a second and underlying, in ns of the reader's clock."""


class _Kept(NamedTuple):
    chain: Chain
    version: Hashable
    read_at: int


class ChainCache:
    """The newest chain of each underlying."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self.computed = 0
        """How many chains were computed."""

    def read(
        self,
        underlying: str,
        version: Hashable,
        compute: Callable[[], Chain],
        *,
        clock: int,
        decision: bool = False,
    ) -> Chain:
        """The chain of an underlying; ``version`` names the market data that ``compute`` would make it of.

        ``clock``: ns of whatever the reader counts its time by, never going back. Within a tenth of a
        second of it the same chain is shown again, of an older version perhaps, unless a ``decision`` hangs
        on it; a version is not computed twice in a row. Raises what ``compute`` raises.
        """
        kept = self._kept.get(underlying)
        if kept is not None:
            young = not decision and 0 <= clock - kept.read_at < SHORTEST
            if young or kept.version == version:
                return kept.chain
        chain = compute()
        self.computed += 1
        self._kept[underlying] = _Kept(chain, version, clock)
        return chain


class _Listed(NamedTuple):
    """What one session lists: strikes laid around the lowest and the highest level it was read at."""

    session: int
    low: int
    high: int
    contracts: Listing


class SyntheticChains:
    """Synthetic chains of any underlyings, one session after the other."""

    def __init__(self, carry: Carry, seed: int) -> None:
        self._carry = carry
        self._seed = seed
        self._listed: dict[str, _Listed] = {}

    def chain(self, underlying: str, spot: int, ts: int, surface: Surface) -> Chain:
        """The chain of an underlying whose price was ``spot`` nanos at ``ts``.

        Raises NotFound without European options.
        """
        listed = self._listing(underlying, spot, ts)
        return synthesise(underlying, listed, ts, spot, surface, self._carry, self._seed)

    def _listing(self, underlying: str, spot: int, ts: int) -> Listing:
        """What is listed: a strike that was shown in a session stays until its end."""
        session = (MARKET.session_at(ts) or MARKET.next_session(ts)).ordinal
        seen = self._listed.get(underlying)
        low, high = (seen.low, seen.high) if seen and seen.session == session else (spot, spot)
        low, high = min(low, spot), max(high, spot)
        if seen is None or (session, low, high) != seen[:3] or ts >= seen.contracts.until:
            seen = _Listed(session, low, high, listing(underlying, ts, sorted({low, high})))
            self._listed[underlying] = seen
        return seen.contracts
