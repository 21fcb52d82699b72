"""How many units an entry takes and what risk sets aside for it.

Decides the quantity from the position cap, the notional that the cap is compared with, and the
reservation. Knows no state and no order. Input: prices, the cap in nanos, the costs that the config gives an
instrument; output: a ``Size``.

The cap is compared with the notional at the decision price WITHOUT slippage: an order sized to the cap
would otherwise exceed it by the slippage nearly always. The reservation, which total exposure counts,
includes the slippage of the price model in force, the dearest it may come to, and always upwards: a short's
notional grows, too, when the price rises.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ..config import Config
from ..domain.fee_schedules import fees_of, schedule
from ..domain.fees import Fees
from ..domain.instruments import Instrument
from ..domain.money import to_tick_up
from ..domain.slippage import PriceModel, dearest, price_model


class Costs(msgspec.Struct, frozen=True):
    """What an execution may cost beyond its price."""

    slippage: PriceModel
    """What market and stop fills in the instrument cost."""
    fees: Fees
    """What orders in the instrument pay."""
    through: int = 0
    """Nanos beyond its level at which an entry that rests at a limit fills, a sale at that better price."""


def costs_of(config: Config, instruments: Mapping[str, Instrument]) -> dict[str, Costs]:
    """What executions cost, by symbol: its kind's own price model, and the schedule of fees."""
    execution, lines = config.execution, schedule(config)
    through = execution.limit_through_ticks if execution.entry == "limit" else 0
    return {
        symbol: Costs(
            price_model(execution.of(listed.kind)),
            fees_of(lines, listed.kind, symbol),
            through * listed.tick,
        )
        for symbol, listed in instruments.items()
    }


class Size(NamedTuple):
    """An entry as sized; money in nanos."""

    quantity: int
    unit_notional: int
    """One unit, at the price that sizes the order."""
    notional: int
    """``quantity`` units at the decision price: what the position cap is compared with."""
    reserved: int
    """``quantity`` units at the decision price with its dearest slippage: what total exposure counts."""
    fees: int
    """The most that the entry is charged, in however many fills and on whatever later day."""


def size(
    entry: int,
    price: int,
    instrument: Instrument,
    cap: int,
    costs: Costs,
    side: int,
    day: int,
    bid: int = 0,
    ask: int = 0,
) -> Size:
    """floor(cap / (entry x multiplier)) units, reserved at ``price`` with slippage.

    ``entry`` is the signal's own entry price, ``price`` the last price, at which a market order is
    expected to fill; the larger of the two sizes the order, so that its notional at either stays
    within the cap. Quantity 0 = not even one unit fits. ``side`` is +1 for a buy, -1 for a sell, ``day``
    the trade date of the decision, ``bid`` and ``ask`` the newest quote, 0 = none; fills never come to more
    than what is reserved.
    """
    multiplier = instrument.multiplier
    unit = max(entry, price) * multiplier
    quantity = cap // unit
    paid = dearest(costs.slippage, price, instrument.tick, quantity, bid, ask)
    if side < 0 and costs.through:
        paid = max(paid, to_tick_up(price + costs.through, instrument.tick))
    reserved = paid * multiplier
    fees = costs.fees.most(day, side, quantity, quantity * reserved)
    return Size(quantity, unit, quantity * price * multiplier, quantity * reserved, fees)
