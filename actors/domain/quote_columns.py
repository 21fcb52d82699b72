"""Quotes of many contracts as columns: what prices and volatilities are computed from.

Decides the order of the rows and the type of each column. Knows no source of quotes and no model. Input:
contracts and their quotes; output: numpy arrays of one length. Apart from ``quotes`` because it needs numpy.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .contracts import OptionContract
from .quotes import Quote

Integers = NDArray[np.int64]


class Listing(NamedTuple):
    """The fixed columns: one row per contract, sorted by root, expiry, strike, and calls before puts."""

    contracts: tuple[OptionContract, ...]
    expiry: Integers
    """Dates as proleptic ordinals."""
    strike: Integers
    """Nanos."""
    sign: Integers
    """+1 for a call, -1 for a put."""


class QuoteColumns(NamedTuple):
    """One row per contract, in the order of ``listing``."""

    listing: Listing
    bid: Integers
    """Nanos; 0 = nobody buys."""
    bid_size: Integers
    ask: Integers
    """Nanos; 0 = nobody sells."""
    ask_size: Integers
    ts: Integers
    """Instant as of which the quote is known."""

    @property
    def two_sided(self) -> NDArray[np.bool_]:
        """Where somebody buys and somebody sells."""
        return (self.bid > 0) & (self.ask > 0)

    def where(self, chosen: NDArray[np.bool_]) -> "QuoteColumns":
        """The chosen rows alone."""
        rows = np.flatnonzero(chosen)
        held = self.listing
        contracts = tuple(held.contracts[row] for row in rows)
        listing = Listing(contracts, held.expiry[rows], held.strike[rows], held.sign[rows])
        return QuoteColumns(listing, *(column[rows] for column in self[1:]))


def listing(contracts: Iterable[OptionContract]) -> Listing:
    """The contracts sorted, with the columns that never change."""
    rows = tuple(sorted(contracts))
    return Listing(
        rows,
        np.array([each.expiry for each in rows], np.int64),
        np.array([each.strike for each in rows], np.int64),
        np.array([each.right.sign for each in rows], np.int64),
    )


def columns(listed: Listing, quotes: Sequence[Quote]) -> QuoteColumns:
    """The quotes, given in the order of ``listed.contracts``, as columns."""

    def column(name: str) -> Integers:
        return np.fromiter(map(attrgetter(name), quotes), np.int64, len(quotes))

    names = ("bid", "bid_size", "ask", "ask_size", "ts")
    return QuoteColumns(listed, *map(column, names))
