"""The books of one account: cash, positions, realised profit and fees, in exact integers.

Decides what a fill, a split or a dividend does to cash and to a position, and what is realised when a part
is closed. Knows no order, no clock, no price source. Input: fills (symbol, side, quantity, price, fee),
splits and dividends; output: the effect and the changed books. Money and prices are int nanos, quantities
int units.

Holds after each of them, to the nano: ``cash + sum of costs == starting cash + realised - fees``.

What the books are worth is read at one price per symbol, the mark: that of its last trade (``last``). What
has not traded yet counts at its cost.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ..types import Side

MARK = "last"
"""The mark policy: positions are valued at the last traded price."""


class Position(msgspec.Struct, frozen=True):
    """One open position. ``quantity`` and ``cost`` carry the same sign: + long, - short."""

    symbol: str
    quantity: int
    cost: int
    """Sum of signed quantity x entry price x multiplier of what is still open, nanos."""

    def average(self, multiplier: int = 1) -> int:
        """Mean entry price in nanos, rounded down; for display, never for profit."""
        return self.cost // (self.quantity * multiplier)

    def unrealised(self, price: int, multiplier: int = 1) -> int:
        """Profit in nanos if all of it were closed at ``price``, before fees."""
        return self.quantity * price * multiplier - self.cost


class FillEffect(NamedTuple):
    """What one fill does to one position; units are unsigned, ``quantity`` is signed."""

    realised: int
    """Profit of the closed part before fees, nanos."""
    opened: int
    """Units that opened or added to a position."""
    closed: int
    """Units that closed an opposite position."""
    quantity: int
    """The position after the fill."""


class SplitEffect(NamedTuple):
    """What a split does to one position; all but ``quantity`` in nanos, signed."""

    quantity: int
    """Whole units after it, signed."""
    cost: int
    cash: int
    """Paid for the fraction of a unit that is left over; a short pays."""
    realised: int
    """Profit on that fraction."""


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """What the books say at one moment; money in nanos. ``equity == cash + value of all positions``."""

    cash: int
    realised: int
    fees: int
    unrealised: int
    equity: int
    exposure: int
    """Value of all positions, longs and shorts added."""
    net_exposure: int
    """Longs less shorts: what a common move of all prices acts on."""
    buying_power: int
    """Equity that no position ties up, at a leverage of 1; a short ties up its whole value. Never below 0."""
    mark: str = MARK


class Portfolio(msgspec.Struct):
    """The books; ``positions`` holds open positions only."""

    cash: int = 0
    realised: int = 0
    fees: int = 0
    positions: dict[str, Position] = {}

    def effect(self, symbol: str, side: Side, quantity: int, price: int, multiplier: int = 1) -> FillEffect:
        """What ``apply_fill`` would do; changes nothing. Raises ValueError on a quantity below 1."""
        return _effect(self.positions.get(symbol), side.sign, quantity, price * multiplier)[0]

    def apply_fill(
        self, symbol: str, side: Side, quantity: int, price: int, fee: int, multiplier: int = 1
    ) -> FillEffect:
        """Book one fill and return its effect. Raises ValueError on a quantity below 1."""
        effect, cost = _effect(self.positions.get(symbol), side.sign, quantity, price * multiplier)
        self.cash -= side.sign * quantity * price * multiplier + fee
        self.realised += effect.realised
        self.fees += fee
        if effect.quantity:
            self.positions[symbol] = Position(symbol, effect.quantity, cost)
        else:
            self.positions.pop(symbol, None)
        return effect

    def split(
        self, symbol: str, numerator: int, denominator: int, price: int, multiplier: int = 1
    ) -> SplitEffect:
        """Turn a position into new units, the fraction of one into cash; flat stays flat.

        ``price`` is that of an old unit. The rest keeps its cost. Money is rounded against the account. A
        position that comes to less than one unit is gone.
        """
        effect = self.split_effect(symbol, numerator, denominator, price, multiplier)
        self.cash += effect.cash
        self.realised += effect.realised
        if effect.quantity:
            self.positions[symbol] = Position(symbol, effect.quantity, effect.cost)
        else:
            self.positions.pop(symbol, None)
        return effect

    def split_effect(
        self, symbol: str, numerator: int, denominator: int, price: int, multiplier: int = 1
    ) -> SplitEffect:
        """What ``split`` would do; changes nothing."""
        held = self.positions.get(symbol)
        if held is None:
            return SplitEffect(0, 0, 0, 0)
        sign = 1 if held.quantity > 0 else -1
        exact = abs(held.quantity) * numerator
        units, fraction = divmod(exact, denominator)
        cash = sign * fraction * price * multiplier // numerator
        # As in a partial close: the floor is taken of the magnitude.
        released = sign * (abs(held.cost) * fraction // exact)
        return SplitEffect(sign * units, held.cost - released, cash, cash - released)

    def dividend(self, symbol: str, amount: int, multiplier: int = 1) -> int:
        """Book a dividend of ``amount`` nanos per unit; returns the cash, signed: a short pays it."""
        cash = self.dividend_due(symbol, amount, multiplier)
        self.cash += cash
        self.realised += cash
        return cash

    def dividend_due(self, symbol: str, amount: int, multiplier: int = 1) -> int:
        """What ``dividend`` would book; changes nothing."""
        return self.quantity(symbol) * amount * multiplier

    def quantity(self, symbol: str) -> int:
        """The signed position in ``symbol``; 0 when flat."""
        held = self.positions.get(symbol)
        return held.quantity if held is not None else 0

    def unrealised(self, prices: Mapping[str, int], multipliers: Mapping[str, int]) -> int:
        """Profit in nanos if everything were closed at ``prices``, before fees.

        A position whose symbol has no price counts at its cost; a missing multiplier is 1.
        """
        total = 0
        for symbol, held in self.positions.items():
            price = prices.get(symbol)
            if price is not None:
                total += held.unrealised(price, multipliers.get(symbol, 1))
        return total

    def readings(self, prices: Mapping[str, int], multipliers: Mapping[str, int]) -> Readings:
        """All figures at once, marked at ``prices`` as ``unrealised`` does."""
        values = [
            held.cost + held.unrealised(prices[symbol], multipliers.get(symbol, 1))
            if symbol in prices
            else held.cost
            for symbol, held in self.positions.items()
        ]
        net, exposure = sum(values), sum(map(abs, values))
        equity = self.cash + net
        return Readings(
            cash=self.cash,
            realised=self.realised,
            fees=self.fees,
            unrealised=net - sum(held.cost for held in self.positions.values()),
            equity=equity,
            exposure=exposure,
            net_exposure=net,
            buying_power=max(0, equity - exposure),
        )

    def equity(self, prices: Mapping[str, int], multipliers: Mapping[str, int]) -> int:
        """Cash plus the value of all positions at ``prices``, nanos (see ``unrealised``)."""
        at_cost = sum(held.cost for held in self.positions.values())
        return self.cash + at_cost + self.unrealised(prices, multipliers)


def _effect(held: Position | None, sign: int, units: int, unit_value: int) -> tuple[FillEffect, int]:
    """What ``units`` at ``unit_value`` nanos each do to a position, and its cost afterwards."""
    if units < 1:
        raise ValueError(f"a fill needs at least one unit, got {units}")
    quantity, cost = (held.quantity, held.cost) if held is not None else (0, 0)
    if quantity * sign >= 0:
        return FillEffect(0, units, 0, quantity + sign * units), cost + sign * units * unit_value
    open_units = abs(quantity)
    closed = min(units, open_units)
    # The floor is taken of the magnitude, so a short gives up the same nanos as the mirrored long;
    # the last part closes q == Q and takes all that is left, so the parts sum to the whole.
    released = -sign * (abs(cost) * closed // open_units)
    realised = -sign * closed * unit_value - released
    opened = units - closed
    # Crossing through flat closes everything first; what is left opens the other side at this price.
    rest_cost = sign * opened * unit_value if opened else cost - released
    return FillEffect(realised, opened, closed, quantity + sign * units), rest_cost
