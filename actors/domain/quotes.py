"""Quotes: the best bid and ask of one symbol at one instant, and trades in option contracts.

Decides their shape and what a missing side looks like. Knows no contract and no source.
Prices are int nanos, sizes int units (contracts or shares), times int nanoseconds UTC.
"""

import msgspec


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask. A side that nobody quotes has price 0 and size 0."""

    symbol: str
    """The OCC symbol of an option (see ``contracts``), or the ticker of anything else."""
    ts: int
    """The instant as of which it is known."""
    bid: int
    bid_size: int
    ask: int
    ask_size: int

    @property
    def two_sided(self) -> bool:
        """Whether somebody buys and somebody sells."""
        return self.bid > 0 and self.ask > 0


class OptionTrade(msgspec.Struct, frozen=True, gc=False):
    """What was traded in one contract, up to one instant since the trade before."""

    symbol: str
    """OCC symbol."""
    ts: int
    """The instant as of which it is known."""
    price: int
    """Of the last trade."""
    size: int
    """Contracts, of all trades."""
