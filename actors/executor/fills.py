"""At which price of an update an order fills.

Decides from nothing but the arguments. What is added to a price and how much fills is in ``models``. Knows
no state, no position and no clock. Prices are int nanos, quantities int units; ``sign`` is +1 for a
buying order, -1 for a selling one.
"""

import msgspec

from ..messages import PriceUpdated

THROUGH = "trade_through"
"""Begins the model text of every fill at a limit: the order rested, and added liquidity."""


def market_raw(update: PriceUpdated) -> int | None:
    """The price of a market order before slippage; None where nothing was tradable.

    Only ``first`` of an update that opens was tradable by an order that came before it: the range of
    a bar is known only when it is over.
    """
    return update.first if update.opens else None


def stop_raw(sign: int, stop: int, update: PriceUpdated) -> int | None:
    """The price of a stop order before slippage; None when it is not touched.

    A touch is enough. A path that begins beyond the stop gapped through it and fills where it began,
    which is worse than the stop.
    """
    if sign < 0:
        if update.first <= stop:
            return update.first
        return stop if update.low <= stop else None
    if update.first >= stop:
        return update.first
    return stop if update.high >= stop else None


def limit_raw(sign: int, limit: int, through: int, update: PriceUpdated) -> int | None:
    """The price of a resting limit order; None unless the market traded ``through`` nanos beyond it.

    A touch alone says nothing about the queue in front of a resting order, so it does not fill it.

    A gap beyond the limit fills at the price it opened at, which is better than the limit. Where the
    path begins beyond it but did not open there (the order began to work at that very open), the
    fill is the worst price of the range that the limit allows.
    """
    if sign < 0:
        if update.high < limit + through:
            return None
        if update.first >= limit + through and update.opens:
            return update.first
        return max(limit, update.low)
    if update.low > limit - through:
        return None
    if update.first <= limit - through and update.opens:
        return update.first
    return min(limit, update.high)


def rest_of_range(sign: int, stop: int, since: int, update: PriceUpdated) -> int | None:
    """The raw price of a stop after an entry filled at ``since`` inside the update; None when untouched.

    Nobody knows which part of the range came after the entry: the adverse extreme is taken to have.
    """
    if sign < 0:
        return min(stop, since) if update.low <= stop and update.low < since else None
    return max(stop, since) if update.high >= stop and update.high > since else None


def point(update: PriceUpdated) -> PriceUpdated:
    """The first price of an update alone: all that an order sees which must fill at once."""
    first = update.first
    return msgspec.structs.replace(update, high=first, low=first, last=first)
