"""An option chain as columns: every contract of an underlying at one instant, and how to pick from it.

Decides the columns and the filters. Knows neither where quotes come from nor who reads them. Input:
arrays of one length, sorted by settlement, root, strike, calls before puts; output: chains of fewer
rows. Prices and strikes are int nanos, times ns UTC; theoretical values are floats in the currency,
Greeks in the units of ``pricing.Greeks``.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import NotFound
from ..types import NANOS
from .contracts import OptionContract, Right
from .quotes import Quote
from .volatility_index import Term, VolatilityIndex, select_terms, volatility_index

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Chain:
    """One row per contract. The arrays are shared and not to be written to; a selection has its own."""

    underlying: str
    ts: int
    """The instant of the quotes."""
    spot: int
    """The underlying's price, nanos; 0 = the tape has none."""
    rate: float
    """Continuously compounded, per year."""
    quoted: bool
    """True: the quotes were made in the market. False: the chain is synthetic."""
    roots: tuple[str, ...]
    """The names behind ``root``."""
    root: NDArray[np.int8]
    """Position in ``roots``."""
    expiry: Ints
    """Ordinal of the expiry date."""
    settles: Ints
    """The settlement instant."""
    strike: Ints
    is_call: Flags
    forward: Floats
    """What the underlying costs for delivery at settlement, in the currency."""
    bid: Ints
    """0 = nobody bids."""
    ask: Ints
    bid_size: Ints
    ask_size: Ints
    theoretical: Floats
    """What the model says it is worth; of a quote that was made, its mid where that has a volatility."""
    sigma: Floats
    """Implied volatility of the theoretical price, per square root of a year."""
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats

    def __len__(self) -> int:
        return len(self.strike)

    def select(
        self,
        *,
        expiry: date | str | int | None = None,
        root: str | None = None,
        right: Right | str | None = None,
        delta: tuple[float, float] | None = None,
        strikes: int | None = None,
        contracts: Collection[OptionContract] | None = None,
    ) -> "Chain":
        """The rows that meet every condition given.

        ``expiry``: a date (also as ISO text or ordinal). ``delta``: smallest and largest absolute delta, both
        included. ``strikes``: so many strikes nearest to the forward on either side of it, per root and
        expiry. ``contracts``: these alone. Raises NotFound on an expiry or root that the chain does not have.
        """
        keep = np.ones(len(self), dtype=np.bool_)
        if expiry is not None:
            keep &= self.expiry == self._expiry(expiry)
        if root is not None:
            keep &= self.root == self._root(root)
        if right is not None:
            keep &= self.is_call == (Right(right) is Right.CALL)
        if delta is not None:
            size = np.abs(self.delta)
            keep &= (delta[0] <= size) & (size <= delta[1])
        if strikes is not None:
            keep &= self._near(strikes)
        if contracts is not None:
            keep &= self._among(contracts)
        return self._rows(np.flatnonzero(keep))

    def term(self, root: str, day: date) -> Term:
        """The quotes of one series as a term of a volatility index; a strike without one side has 0 there."""
        calls, puts = (self.select(root=root, expiry=day, right=right) for right in Right)
        strikes = np.union1d(calls.strike, puts.strike)
        sides = []
        for side in (calls, puts):
            rows = np.searchsorted(strikes, side.strike)
            for quoted in (side.bid, side.ask):
                column = np.zeros(len(strikes))
                column[rows] = quoted / NANOS
                sides.append(column)
        settles = int((calls if len(calls) else puts).settles[0])
        return Term(settles, self.rate, strikes / NANOS, *sides)

    def volatility_index(self) -> VolatilityIndex:
        """The VIX-style index of these quotes at their instant; see ``volatility_index``. Raises NoIndex."""
        series = self.expiries()
        settlements = [int(self.settles[row]) for row in self._first_rows()]
        chosen = select_terms(settlements, self.ts)
        return volatility_index([self.term(*series[place]) for place in chosen], self.ts)

    def contract(self, row: int) -> OptionContract:
        """The contract of a row."""
        right = Right.CALL if self.is_call[row] else Right.PUT
        return OptionContract(self.roots[self.root[row]], int(self.expiry[row]), int(self.strike[row]), right)

    def quote(self, row: int) -> Quote:
        """The quote of a row."""
        sides = (self.bid, self.bid_size, self.ask, self.ask_size)
        return Quote(self.contract(row).occ, self.ts, *(int(side[row]) for side in sides))

    def expiries(self) -> list[tuple[str, date]]:
        """Every (root, expiry date) with a row, soonest first."""
        return [
            (self.roots[self.root[row]], date.fromordinal(int(self.expiry[row])))
            for row in self._first_rows()
        ]

    def years(self) -> Floats:
        """Time to settlement in years of 365 days, at least one minute."""
        return years_until(self.settles, self.ts)

    def _expiry(self, given: date | str | int) -> int:
        try:
            ordinal = given if isinstance(given, int) else date.fromisoformat(str(given)).toordinal()
        except ValueError:
            raise NotFound(f"expiry {given!r}: write a date such as 2024-01-19") from None
        if not (self.expiry == ordinal).any():
            ahead = sorted({day.isoformat() for _, day in self.expiries()})
            listed = f"the next are {', '.join(ahead[:5])}" if ahead else "the chain is empty"
            raise NotFound(f"{self.underlying}: nothing expires on {date.fromordinal(ordinal)}; {listed}")
        return ordinal

    def _root(self, name: str) -> int:
        if name not in self.roots:
            raise NotFound(f"{self.underlying}: no root {name!r}; there are {', '.join(self.roots)}")
        return self.roots.index(name)

    def _among(self, contracts: Collection[OptionContract]) -> Flags:
        """Rows of these contracts; one that is not listed is none."""
        keep = np.zeros(len(self), dtype=np.bool_)
        for each in contracts:
            if each.root in self.roots:
                row = (self.strike == each.strike) & (self.expiry == each.expiry)
                row &= self.is_call == (each.right is Right.CALL)
                keep |= row & (self.root == self.roots.index(each.root))
        return keep

    def _first_rows(self) -> list[int]:
        """The first row of every (root, expiry)."""
        return series_starts(self.settles, self.root)

    def _near(self, count: int) -> Flags:
        """Rows whose strike is among the ``count`` nearest below or above the forward of their series."""
        forward = self.forward * NANOS
        keep = np.zeros(len(self), dtype=np.bool_)
        for first, end in pairwise([*self._first_rows(), len(self)]):
            listed = np.unique(self.strike[first:end])
            at = int(np.searchsorted(listed, forward[first], side="right"))
            near = listed[max(0, at - count) : at + count]
            keep[first:end] = np.isin(self.strike[first:end], near)
        return keep

    def _rows(self, rows: NDArray[np.intp]) -> "Chain":
        taken: dict[str, Any] = {
            field.name: column[rows]
            for field in fields(self)
            if isinstance(column := getattr(self, field.name), np.ndarray)
        }
        return replace(self, **taken)


def series_starts(settles: Ints, root: NDArray[np.int8]) -> list[int]:
    """The first row of every series in columns sorted by settlement and root."""
    begins = (np.diff(settles, prepend=-1) != 0) | (np.diff(root, prepend=-1) != 0)
    rows: list[int] = np.flatnonzero(begins).tolist()
    return rows


MINUTE_YEARS = 1 / 525_600
"""One minute: the shortest time to settlement that Greeks are told for."""


def years_until(settles: Ints, ts: int) -> Floats:
    """Years of 365 days from ``ts`` to each instant, at least one minute."""
    left: Floats = (settles - ts) / (365 * 86_400e9)
    return np.maximum(left, MINUTE_YEARS)
