"""The newest quotes of one underlying and of every contract on it.

Decides which quotes and option trades are accepted, beside what ``quality`` tells of each alone: none from
outside its market's session, none of an older session than the newest, none after the contract expired, none
older than what is known of its symbol. Counts what was received, accepted and refused by reason. Knows no
feed and no price of the underlying. Input: ChainUpdate; output: nothing; the newest quotes are there to be
read, that of the underlying itself also as it was told.

A session begins without quotes: those of the day before say nothing about this one's prices.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from ..domain.calendar import Calendar, Session, calendar
from ..domain.contracts import OptionContract, parse_occ
from ..domain.instruments import Instrument
from ..domain.option_calendar import ROOTS, expiry
from ..domain.quote_columns import Listing, QuoteColumns, columns, listing
from ..domain.quotes import OptionTrade, Quote
from ..messages import ChainUpdate
from ..types import Refusal
from .quality import judge_quote, judge_trade

T = TypeVar("T", Quote, OptionTrade)
_UNFILLABLE: Final = frozenset({Refusal.LOCKED, Refusal.CROSSED})
REGULAR: Final = "XNYS"
"""Options that expire are not traded after the regular close of their last day; a root with conventions of
its own knows better."""


class _Listed:
    """One symbol that may be quoted: the underlying itself, or a contract on it."""

    __slots__ = ("contract", "hours", "until")

    def __init__(self, contract: OptionContract | None, hours: Calendar) -> None:
        self.contract = contract
        self.hours = hours
        self.until = 0
        """Last instant at which it is traded; 0 = it does not expire."""
        if contract is not None:
            last = calendar(REGULAR).session(contract.expiry)
            last = last or calendar(REGULAR).previous_session(contract.expiry)
            known = contract.root in ROOTS
            self.until = expiry(contract.root, last.ordinal).last_trade if known else last.close


class QuoteBook:
    """The newest quotes and option trades of one underlying, in one session."""

    def __init__(self, underlying: Instrument) -> None:
        self.symbol = underlying.symbol
        self.received = 0
        self.accepted = 0
        self._own = _Listed(None, calendar(underlying.calendar, underlying.timezone))
        self._listed: dict[str, _Listed] = {self.symbol: self._own}
        self._quotes: dict[str, Quote] = {}
        self._trades: dict[str, OptionTrade] = {}
        self._refused: dict[Refusal, int] = {}
        self._listing: Listing | None = None
        self._listed_symbols: tuple[str, ...] = ()
        """OCC symbols in the order of the listing."""
        self._session = 0
        """Date of the newest session, as an ordinal."""
        self.told: Quote | None = None
        """The newest quote of the underlying itself as it was told, a locked or crossed one too: the one
        before it is not what is quoted any more."""

    @property
    def refused(self) -> Mapping[Refusal, int]:
        """How many quotes and trades were refused, by reason."""
        return MappingProxyType(self._refused)

    @property
    def own(self) -> Quote | None:
        """The newest quote of the underlying itself."""
        return self._quotes.get(self.symbol)

    @property
    def contracts(self) -> int:
        """How many contracts have a quote in the newest session."""
        return len(self._quotes) - (self.symbol in self._quotes)

    @property
    def two_sided(self) -> int:
        """How many of them have a bid and an ask."""
        own = self.own
        both = sum(quote.bid > 0 and quote.ask > 0 for quote in self._quotes.values())
        return both - (own is not None and own.two_sided)

    def columns(self) -> QuoteColumns:
        """The newest quote of every contract that has one in the newest session."""
        if self._listing is None or len(self._listing.contracts) != self.contracts:
            self._listing = listing(contract for contract, _ in self.quotes())
            self._listed_symbols = tuple(contract.occ for contract in self._listing.contracts)
        newest = self._quotes
        return columns(self._listing, [newest[symbol] for symbol in self._listed_symbols])

    def quotes(self) -> Iterator[tuple[OptionContract, Quote]]:
        """Every quoted contract with its newest quote, in the order in which they were first quoted."""
        for symbol, quote in self._quotes.items():
            contract = self._listed[symbol].contract
            if contract is not None:
                yield contract, quote

    def last_trade(self, symbol: str) -> OptionTrade | None:
        """The newest trade of a contract in the newest session."""
        return self._trades.get(symbol)

    def take(self, update: ChainUpdate) -> None:
        """Judge every quote and trade of one instant, and keep and count it."""
        self.received += len(update.quotes) + len(update.trades)
        self.accepted += self._fold(update.quotes, judge_quote, self._quotes, self.refuse)
        self.accepted += self._fold(update.trades, judge_trade, self._trades, self.refuse)

    def recall(self, update: ChainUpdate) -> None:
        """Take an update that an earlier incarnation counted."""
        self._fold(update.quotes, judge_quote, self._quotes, _uncounted)
        self._fold(update.trades, judge_trade, self._trades, _uncounted)

    def refuse_row(self, reason: Refusal) -> None:
        """Count a row that the feed could not read."""
        self.received += 1
        self.refuse(reason)

    def refuse(self, reason: Refusal) -> None:
        """Count one refused quote or trade."""
        self._refused[reason] = self._refused.get(reason, 0) + 1

    def _fold(
        self,
        items: Sequence[T],
        judge: Callable[[T], Refusal | None],
        newest: dict[str, T],
        refuse: Callable[[Refusal], None],
    ) -> int:
        """Keep what is acceptable; returns how many were."""
        accepted = 0
        for item in items:
            reason = judge(item) or self._place(item, newest)
            if reason is None:
                accepted += 1
            else:
                refuse(reason)
            if item.symbol == self.symbol and isinstance(item, Quote):
                self._tell(item, reason)
        return accepted

    def _tell(self, quote: Quote, reason: Refusal | None) -> None:
        """Note what is quoted of the underlying itself."""
        before = self.told
        if reason in _UNFILLABLE and (before is None or quote.ts >= before.ts):
            reason = self._untimely(self._own, quote.ts)
        if reason is None:
            self.told = quote

    def _place(self, item: T, newest: dict[str, T]) -> Refusal | None:
        symbol, ts = item.symbol, item.ts
        listed = self._listed.get(symbol) or self._list(symbol)
        if listed is None:
            return Refusal.UNKNOWN_SYMBOL
        held = newest.get(symbol)
        if held is not None and ts <= held.ts and (ts < held.ts or held == item):
            return Refusal.BACKWARDS if ts < held.ts else Refusal.DUPLICATE
        reason = self._untimely(listed, ts)
        if reason is None:
            newest[symbol] = item
        return reason

    def _untimely(self, listed: _Listed, ts: int) -> Refusal | None:
        """Why nothing of this instant counts; turns to the session of the instant."""
        session = listed.hours.session_at(ts)
        if session is None or (ts == session.open and listed.hours.inclusive_close):
            return Refusal.OUT_OF_SESSION  # a quote tells of the time up to it
        if session.ordinal != self._session and not self._begin(session):
            return Refusal.LATE
        return Refusal.EXPIRED if 0 < listed.until < ts else None

    def _begin(self, session: Session) -> bool:
        """Turn to a new session; False when it is an old one."""
        if session.ordinal < self._session:
            return False
        self._session = session.ordinal
        self._listing = self.told = None
        self._quotes.clear()
        self._trades.clear()
        return True

    def _list(self, symbol: str) -> _Listed | None:
        """What is known of a symbol that was not seen before; None when it is none of this underlying."""
        try:
            contract = parse_occ(symbol)
        except ValueError:
            return None
        if contract.underlying != self.symbol:
            return None
        listed = self._listed[symbol] = _Listed(contract, calendar(contract.calendar))
        return listed


def _uncounted(_reason: Refusal) -> None:
    """An earlier incarnation counted it."""
