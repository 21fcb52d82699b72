"""What the gates are shown of one entry: the market, the account and the limits as they stand.

Decides how an entry is sized, which session it belongs to, and every figure of its ``Situation``. Knows no
verdict and no event, and changes nothing. Input: the state, a scored signal, engine time, what the same
step took already; output: a ``Candidate`` and its ``Situation``.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ..config import Config
from ..domain.calendar import Session
from ..domain.fees import trade_date
from ..domain.instruments import Instrument
from ..domain.money import to_tick_up
from ..domain.timeframes import parse
from ..messages import QuoteUpdated, SignalRaised, SignalScored
from ..types import Direction
from . import sizing
from .account import MINUTE
from .limits import buying_power, limits_of
from .schedule import Schedule, calendars, is_open, session_of, working_session
from .situation import Situation
from .state import RiskState


class Candidate(NamedTuple):
    """An eligible signal on its way through the gates."""

    signal: SignalRaised
    row: SignalScored
    base_closed: bool
    """A base bar closed at its instant."""
    sized: sizing.Size
    price: int
    """Last price; 0 = unknown."""
    session: int
    """The account's, in which its order would start to work."""
    now: int


class Entry(NamedTuple):
    """What one approval of this step took."""

    direction: Direction
    session: int
    reserved: int
    fees: int
    klass: str


class Taken(msgspec.Struct):
    """What the decisions of this step already took; the state learns of it afterwards."""

    backlog: int = 0
    """Signals that waited when the step began."""
    entries: dict[str, Entry] = {}
    locks: set[str] = set()
    """Limits that a decision of this step locked."""

    def add(self, candidate: Candidate, klass: str) -> None:
        """An entry was approved."""
        signal, sized = candidate.signal, candidate.sized
        self.entries[signal.symbol] = Entry(
            signal.direction, candidate.session, sized.reserved, sized.fees, klass
        )


class Desk:
    """Shows the gates what they ask for, by one config.

    ``timeframes`` are those that report, per symbol; ``bar_tapes`` the symbols whose tape's own bars
    are the base bars.
    """

    def __init__(
        self,
        config: Config,
        instruments: Mapping[str, Instrument],
        timeframes: Mapping[str, Sequence[str]],
        bar_tapes: frozenset[str],
    ) -> None:
        self.config, self.limits = config, limits_of(config)
        self.specs = {symbol: [parse(name) for name in names] for symbol, names in timeframes.items()}
        self._instruments, self._markets = instruments, calendars(instruments)
        self._account = next(iter(self._markets.values()))
        self._bar_tapes = bar_tapes
        self._schedule = Schedule(config.risk.schedule)
        self._at_entry = config.execution.entry != "market"
        self._costs = sizing.costs_of(config, instruments)

    def candidate(
        self, state: RiskState, signal: SignalRaised, row: SignalScored, now: int, *, base_closed: bool
    ) -> Candidate:
        """The entry that a signal would be, sized at the last price."""
        symbol, listed = signal.symbol, self._instruments[signal.symbol]
        price = state.books[symbol].last
        expected = price or signal.entry
        if self._at_entry:
            # Not a market order: it fills at the signal's entry, put on the tick, or at a better price.
            expected = max(expected, to_tick_up(signal.entry, listed.tick))
        quote = self._quote(state, signal)
        current = quote if quote is not None and now - quote.ts <= self.limits.max_quote_age else None
        sized = sizing.size(
            signal.entry,
            expected,
            listed,
            self.limits.max_notional,
            self._costs[symbol],
            signal.direction.value,
            trade_date(signal.ts),
            current.bid if current else 0,
            current.ask if current else 0,
        )
        session = working_session(self._account, self._markets[symbol], now)
        return Candidate(signal, row, base_closed, sized, price, session, now)

    def account_session(self, ordinal: int) -> Session:
        """The account's session of a candidate."""
        session = self._account.session(ordinal)
        assert session is not None, "a working session is one of the calendar's"
        return session

    def klass(self, signal: SignalRaised) -> str:
        """Class of the signal's timeframe."""
        return parse(signal.timeframe).klass.value

    def situation(self, state: RiskState, candidate: Candidate, taken: Taken) -> Situation:
        """All that the gates look at."""
        return Situation(
            **self._entry(state, candidate, taken),
            **self._moment(state, candidate),
            **self._session(candidate),
            **self._account_limits(state, candidate, taken),
            **self._exposures(state, candidate, taken),
        )

    def _entry(self, state: RiskState, candidate: Candidate, taken: Taken) -> dict[str, Any]:
        """The order, and what forbids one in its symbol."""
        signal, limits, symbol = candidate.signal, self.limits, candidate.signal.symbol
        book = state.books[symbol]
        return {
            "symbol": symbol,
            "direction": signal.direction,
            "entry": signal.entry,
            "stop": signal.stop,
            "target": signal.target,
            "quantity": candidate.sized.quantity,
            "trading": state.trading,
            "locks": _locks(state, symbol, candidate.now, taken),
            "score": candidate.row.score,
            "min_score": limits.min_score,
            "min_reward_risk": limits.min_reward_risk,
            "now": candidate.now,
            "last_trade": book.last_trade,
            "last_loss": book.last_loss,
            "after_trade": limits.after_trade,
            "after_loss": limits.after_loss,
            "held": state.portfolio.quantity(symbol),
            "reserved": state.in_progress(symbol) or symbol in taken.entries,
            "against": self._against(state, signal, taken),
            "allow_short": limits.allow_short,
        }

    def _moment(self, state: RiskState, candidate: Candidate) -> dict[str, Any]:
        """The hour, the last price and the newest quote."""
        signal, price, now, limits = candidate.signal, candidate.price, candidate.now, self.limits
        hour = self._schedule.at(now)
        return {
            "scheduled": self._scheduled(signal, hour.inside, now),
            "clock": hour.clock,
            "schedule": self._schedule.text,
            "schedule_margin": None if _is_daily(signal) else hour.margin,
            "price": price or None,
            "price_age": self._price_age(state, signal, now) if price else None,
            "max_price_age": 0 if signal.symbol in self._bar_tapes else limits.max_price_age,
            "base_closed": candidate.base_closed,
            "max_deviation": limits.max_deviation,
            **self._quoted(state, signal, now),
        }

    def _quote(self, state: RiskState, signal: SignalRaised) -> QuoteUpdated | None:
        """The newest quote of the session, which may have come after the last price."""
        quote = state.books[signal.symbol].quote
        session = self._markets[signal.symbol].session_at(signal.ts - 1)
        return None if session is None or quote is None or quote.ts < session.open else quote

    def _quoted(self, state: RiskState, signal: SignalRaised, now: int) -> dict[str, Any]:
        quote, limits = self._quote(state, signal), self.limits
        return {
            "bid": quote.bid if quote else 0,
            "ask": quote.ask if quote else 0,
            "quote_age": max(0, now - quote.ts) if quote else None,
            "max_quote_age": limits.max_quote_age,
            "max_spread": limits.max_spread,
            "quote_required": limits.quote_required,
        }

    def _session(self, candidate: Candidate) -> dict[str, Any]:
        """The market's own session in which the order starts to work."""
        signal, now, limits = candidate.signal, candidate.now, self.limits
        market, whole = self._markets[signal.symbol], _is_daily(signal)
        works = session_of(market, now) if is_open(market, now) else market.next_session(now)
        return {
            "session_date": date.fromordinal(works.ordinal).isoformat(),
            "closed_date": works.ordinal in limits.closed_dates,
            "early_close": market.is_early_close(works.ordinal),
            "early_closes_allowed": limits.early_closes,
            "since_open": None if whole else now - works.open,
            "until_close": None if whole else works.close - now,
            "after_open": limits.after_open,
            "before_close": limits.before_close,
        }

    def _account_limits(self, state: RiskState, candidate: Candidate, taken: Taken) -> dict[str, Any]:
        """What the session and the account have seen so far."""
        limits, entries, session = self.limits, taken.entries, candidate.session
        known, symbol = state.priced, candidate.signal.symbol
        return {
            "trades": state.entries(session) + sum(e.session <= session for e in entries.values()) + 1,
            "max_trades": limits.max_trades,
            "result": state.equity - state.day.opening if known else None,
            "max_loss": limits.max_loss,
            "drawdown": max(0, state.peak - state.equity) if known else None,
            "max_drawdown": limits.max_drawdown,
            "losses": len(state.day.lost),
            "max_losses": limits.max_losses,
            "positions": len(state.busy() | entries.keys() | {symbol}),
            "max_positions": limits.max_positions,
            "power": _power(state.equity if known else None, limits.leverage),
            "orders": _recent(state, candidate.signal.ts) + len(entries) + 1,
            "max_orders": limits.max_orders,
            "backlog": taken.backlog,
            "max_backlog": limits.max_backlog,
        }

    def _exposures(self, state: RiskState, candidate: Candidate, taken: Taken) -> dict[str, Any]:
        """What would be at stake; unknown while a position or the symbol itself has no price."""
        limits, signal, sized = self.limits, candidate.signal, candidate.sized
        underlying, klass = limits.underlying(signal.symbol), self.klass(signal)
        found: dict[str, Any] = {
            "max_notional": limits.max_notional,
            "max_exposure": limits.max_exposure,
            "underlying": underlying,
            "max_underlying": limits.max_underlying,
            "klass": klass,
            "max_class": limits.max_class.get(klass, 0),
            "unit_notional": sized.unit_notional if candidate.price else None,
            "notional": sized.notional if candidate.price else None,
        }
        if not (candidate.price and state.priced):
            unknown = ("exposure", "underlying_exposure", "class_exposure", "power_needed")
            return found | dict.fromkeys(unknown)
        stakes = self._stakes(state, candidate, taken)
        exposure = sum(nanos for _, _, nanos in stakes)
        return found | {
            "exposure": exposure,
            "underlying_exposure": sum(n for name, _, n in stakes if limits.underlying(name) == underlying),
            "class_exposure": sum(nanos for _, name, nanos in stakes if name == klass),
            "power_needed": exposure + sized.fees + _fees_under_way(state, taken),
        }

    def _stakes(self, state: RiskState, candidate: Candidate, taken: Taken) -> list[tuple[str, str, int]]:
        """What is at stake with this entry: (symbol, class, nanos)."""
        signal, sized = candidate.signal, candidate.sized
        return [
            *state.stakes(),
            *((symbol, each.klass, each.reserved) for symbol, each in taken.entries.items()),
            (signal.symbol, self.klass(signal), sized.reserved),
        ]

    def _against(self, state: RiskState, signal: SignalRaised, taken: Taken) -> str:
        """What stands against the signal's direction in its underlying, in words."""
        underlying, other = self.limits.underlying(signal.symbol), -signal.direction
        held = [(symbol, str(b.units)) for symbol, b in state.books.items() if b.units * other > 0]
        held += [(each.symbol, "entry") for each in state.reservations.values() if each.direction == other]
        held += [(symbol, "entry") for symbol, each in taken.entries.items() if each.direction == other]
        same = [(name, what) for name, what in held if self.limits.underlying(name) == underlying]
        return ", ".join(f"{name} {what}" for name, what in same)

    def _price_age(self, state: RiskState, signal: SignalRaised, now: int) -> int:
        last_ts = state.books[signal.symbol].last_ts
        if signal.symbol in self._bar_tapes:
            return abs(signal.ts - last_ts)
        # A signal that was reported late is no fresher than the instant it speaks of.
        return max(0, now - min(last_ts, signal.ts))

    def _scheduled(self, signal: SignalRaised, inside: bool, now: int) -> bool | None:
        market = self._markets[signal.symbol]
        if not _is_daily(signal):
            return inside and is_open(market, now)
        # A daily or longer bar closes with its session: that session is judged, not the instant after.
        session = market.session_at(signal.ts - 1)
        return None if session is None else self._schedule.meets(session)


def _is_daily(signal: SignalRaised) -> bool:
    return parse(signal.timeframe).nanos is None


def _locks(state: RiskState, symbol: str, now: int, taken: Taken) -> tuple[str, ...]:
    held = state.locks_on(symbol, now)
    return tuple(sorted({*held, *taken.locks})) if taken.locks else held


def _fees_under_way(state: RiskState, taken: Taken) -> int:
    """What entries that were approved may still be charged, nanos."""
    waiting = sum(reservation.fees for reservation in state.reservations.values())
    return waiting + sum(entry.fees for entry in taken.entries.values())


def _recent(state: RiskState, ts: int) -> int:
    # Counted from the instant decided on: an approval bears that as its time, whenever it was evaluated.
    return sum(other > ts - MINUTE for other in state.approved)


def _power(equity: int | None, leverage: int) -> int | None:
    if not leverage:
        return 0
    return None if equity is None else buying_power(equity, leverage)
