"""How many units an entry takes and what risk sets aside for it.

Decides the quantity from the position cap, the notional that the cap is compared with, and the
reservation. Knows no state and no order. Input: prices, the cap and the cost settings in nanos,
the instrument; output: a ``Size``.

The cap is compared with the notional at the decision price WITHOUT slippage: an order sized to the cap
would otherwise exceed it by the slippage nearly always. The reservation, which total exposure counts,
includes the slippage, always upwards: a short's notional grows, too, when the price rises.
"""

from typing import NamedTuple

import msgspec

from ..domain.fees import Fees
from ..domain.instruments import Instrument
from ..domain.money import slipped


class Costs(msgspec.Struct, frozen=True):
    """What an execution may cost beyond its price."""

    slippage: int
    """Basis points x 1e9."""
    fees: Fees
    """What orders in the instrument pay."""


class Size(NamedTuple):
    """An entry as sized; money in nanos."""

    quantity: int
    unit_notional: int
    """One unit, at the price that sizes the order."""
    notional: int
    """``quantity`` units at the decision price: what the position cap is compared with."""
    reserved: int
    """``quantity`` units at the decision price with slippage: what total exposure counts."""
    fees: int
    """The most that the entry is charged, in however many fills and on whatever later day."""


def size(entry: int, price: int, instrument: Instrument, cap: int, costs: Costs, side: int, day: int) -> Size:
    """floor(cap / (entry x multiplier)) units, reserved at ``price`` with slippage.

    ``entry`` is the signal's own entry price, ``price`` the last price, at which a market order is
    expected to fill; the larger of the two sizes the order, so that its notional at either stays
    within the cap. Quantity 0 = not even one unit fits. ``side`` is +1 for a buy, -1 for a sell, ``day``
    the trade date of the decision; fills never come to more than what is reserved.
    """
    multiplier = instrument.multiplier
    unit = max(entry, price) * multiplier
    quantity = cap // unit
    reserved = slipped(price, 1, costs.slippage, instrument.tick) * multiplier
    fees = costs.fees.most(day, side, quantity, quantity * reserved)
    return Size(quantity, unit, quantity * price * multiplier, quantity * reserved, fees)
