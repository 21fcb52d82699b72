"""What providers tell, in one vocabulary: trades, quotes, bars, chains, and what a frame can announce.

Decides how a trade is recognised when it comes again. Knows no provider, no socket and no clock. Prices
are int nanos, times int nanoseconds UTC, sizes int units.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from ....domain.quotes import Quote
from ....errors import BadConfig, BadData, Refused


class Trade(NamedTuple):
    """One trade, from the stream or from the provider's record."""

    symbol: str
    ts: int
    """Event time; of a record that is coarser than the stream the begin of its time slot."""
    price: int
    size: int
    key: Hashable
    """Equal for the same trade in the stream and in the record."""
    order: int = 0
    """Place among trades of the same ``ts``: the provider's sequence number, where it has one."""
    serial: Hashable = None
    """Where ``key`` does not name one trade alone: what does, in the stream. None = the key does."""
    slot: int = 0
    """Length in ns of the time slot that ``ts`` begins; 0 = ``ts`` is exact."""


class ProviderBar(NamedTuple):
    """One closed bar, stamped by its start."""

    symbol: str
    start: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    trades: int
    """How many are in it; 0 where the provider does not say."""


class ChainRow(NamedTuple):
    """One option contract as the provider quotes it; 0 = nothing quoted."""

    contract: str
    """OCC symbol, 21 characters: root padded to six, yymmdd, C or P, strike in thousandths."""
    bid: int
    bid_size: int
    ask: int
    ask_size: int
    ts: int
    """Time of the quote; 0 where the provider does not say."""


class Notice(Enum):
    """What a control frame says."""

    CONNECTED = auto()
    """The server is ready to hear who calls."""
    AUTHORISED = auto()
    SUBSCRIBED = auto()


Item: TypeAlias = Trade | Quote | ProviderBar | Notice


class Corrupt(Exception):
    """A frame or an answer that is not what the protocol says: something was lost. Never leaves the feeds."""


class ConnectionLost(Exception):
    """The connection cannot be used any more; another may. Never leaves the feeds."""


class NoStream(Exception):
    """The provider does not stream to this account: its record is polled. Never leaves the feeds."""


class NotEntitled(Refused):
    """The account may not have what was asked for."""

    exit_code = 4


class CredentialsRefused(BadConfig):
    """The provider does not know these credentials."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what stays inside the feeds into BadData, where somebody asked for something."""
    try:
        yield
    except (ConnectionLost, Corrupt, NoStream) as fault:
        raise BadData(f"{' '.join(str(fault).split())}; try again later") from None


def occ_symbol(text: str) -> str:
    """A contract symbol in the 21 characters of the OCC, from any spelling with or without blanks.

    Raises Corrupt when the last 15 characters are not date, right and strike.
    """
    plain = text.removeprefix("O:").replace(" ", "")
    root, rest = plain[:-15], plain[-15:]
    if not (0 < len(root) <= 6 and rest[:6].isdecimal() and rest[6] in "CP" and rest[7:].isdecimal()):
        raise Corrupt(f"no option contract: {text!r}")
    return f"{root:<6}{rest}"


def slot_key(symbol: str, ts: int, slot: int, price: int, size: int) -> Hashable:
    """The key of a trade where the record has no identity: what can be told of it within its time slot."""
    return symbol, ts // slot, price, size
