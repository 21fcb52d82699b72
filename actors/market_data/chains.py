"""Chains on demand: computed when read, at most so often, and always when a decision hangs on one.

Decides when a chain that was computed may be shown again, and which strikes stay listed. Knows no clock:
the time of reading comes with the call. Input: an underlying's price and surface at an instant; output:
a Chain. Not safe to share between threads.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from ..domain.option_calendar import MARKET
from ..domain.option_chain import Chain
from ..domain.surface import Surface
from ..types import NANOS
from .synthetic import Carry, Listing, listing, synthesise

SHORTEST: Final = NANOS // 10
"""Ten computations a second and underlying, in ns of the reader's clock."""


class _Listed(NamedTuple):
    """What one session lists: strikes laid around the lowest and the highest level it was read at."""

    session: int
    low: int
    high: int
    contracts: Listing


class _Kept(NamedTuple):
    chain: Chain
    read_at: int


class ChainCache:
    """The newest chain of each underlying."""

    def __init__(self, carry: Carry, seed: int) -> None:
        self._carry = carry
        self._seed = seed
        self._kept: dict[str, _Kept] = {}
        self._listed: dict[str, _Listed] = {}
        self.computed = 0
        """How many chains were computed."""

    def read(
        self,
        underlying: str,
        spot: int,
        ts: int,
        surface: Callable[[], Surface],
        *,
        clock: int,
        decision: bool = False,
    ) -> Chain:
        """The chain of an underlying whose price was ``spot`` nanos at ``ts``.

        ``clock``: ns of whatever the reader counts its time by, never going back. Within a tenth of a
        second of it the same chain is shown again, of an older price perhaps, unless a ``decision`` hangs
        on it; that of the very same price and instant is not computed twice in a row. Raises NotFound
        without European options.
        """
        kept = self._kept.get(underlying)
        if kept is not None:
            same = kept.chain.ts == ts and kept.chain.spot == spot
            if same or (not decision and 0 <= clock - kept.read_at < SHORTEST):
                return kept.chain
        chain = self._compute(underlying, spot, ts, surface)
        self._kept[underlying] = _Kept(chain, clock)
        return chain

    def _compute(self, underlying: str, spot: int, ts: int, surface: Callable[[], Surface]) -> Chain:
        listed = self._listing(underlying, spot, ts)
        self.computed += 1
        return synthesise(underlying, listed, ts, spot, surface(), self._carry, self._seed)

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
