"""Rows of decimals, as providers write them, in the vocabulary of the feeds.

Decides nothing: ``numbers`` says what is no price and no size. Knows no message. Input: decimals and times
in ns; output: bars, quotes and chain rows, or Corrupt.
"""

from decimal import Decimal

from ....domain.quotes import Quote
from . import numbers
from .vocabulary import ChainRow, ProviderBar, occ_symbol


def bar(
    symbol: str,
    start: int,
    prices: tuple[Decimal, Decimal, Decimal, Decimal],
    volume: Decimal,
    trades: int = 0,
) -> ProviderBar:
    """A closed bar; ``prices``: open, high, low, close."""
    first, high, low, last = map(numbers.price, prices)
    return ProviderBar(symbol, numbers.instant(start), first, high, low, last, numbers.size(volume), trades)


def quote(
    symbol: str,
    ts: int,
    bid: Decimal | None,
    bid_size: Decimal | None,
    ask: Decimal | None,
    ask_size: Decimal | None,
) -> Quote:
    """The best bid and offer; a side without price is not quoted."""
    return Quote(
        symbol,
        ts,
        numbers.quoted(bid),
        numbers.size(bid_size),
        numbers.quoted(ask),
        numbers.size(ask_size),
    )


def chain_row(
    contract: str,
    bid: Decimal | None,
    bid_size: Decimal | None,
    ask: Decimal | None,
    ask_size: Decimal | None,
    ts: int,
) -> ChainRow:
    """One contract, its symbol in any spelling (see ``occ_symbol``); a side without price is not quoted."""
    sides = quote(occ_symbol(contract), ts, bid, bid_size, ask, ask_size)
    return ChainRow(sides.symbol, sides.bid, sides.bid_size, sides.ask, sides.ask_size, sides.ts)
