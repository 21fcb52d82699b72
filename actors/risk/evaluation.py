"""From the new signals of one instant to scores, decisions and orders.

Decides the order in which signals are taken, how each score ends, what the gates are shown and what
follows from their verdict. Knows no timer and never changes the state: what earlier decisions of the
same step take is kept in ``Taken``. Input: the state, one symbol's signals of one instant, engine
time; output: events. They carry the instant decided on as ``ts``, so that their ids do not depend on
when a restart comes back to it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from ..config import Config
from ..domain.fee_schedules import fees_of, schedule
from ..domain.fees import trade_date
from ..domain.ids import derive_id
from ..domain.instruments import Instrument
from ..domain.timeframes import parse, size
from ..messages import DecisionMade, Event, OrderApproved, OrderDenied, SignalRaised, SignalScored
from ..types import MAX_NOTIONAL, NANOS, Direction, Refusal, ScoreOutcome, Side
from . import gates, sizing
from .confluence import Score, confluence
from .schedule import Schedule, calendars, is_open, working_session
from .state import RiskState, Unscored, reading


class Taken(msgspec.Struct):
    """What the decisions of this step already took; the state learns of it afterwards."""

    symbols: set[str] = set()
    sessions: list[int] = []
    """Session of each order approved."""
    reserved: int = 0


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
    """In which its order would start to work."""
    now: int


class Evaluation:
    """Scores and decides by one config.

    ``timeframes`` are those that report, per symbol; ``bar_tapes`` the symbols whose tape's own bars
    are the base bars; ``tape`` goes into every derived id.
    """

    def __init__(
        self,
        config: Config,
        instruments: Mapping[str, Instrument],
        timeframes: Mapping[str, Sequence[str]],
        tape: str,
        bar_tapes: frozenset[str],
    ) -> None:
        self._risk, self._enabled, self._hash = config.risk, config.enabled, config.content_hash
        self._instruments, self._markets = instruments, calendars(instruments)
        self._account = next(iter(self._markets.values()))
        self._specs = {symbol: [parse(name) for name in names] for symbol, names in timeframes.items()}
        self._tape, self._bar_tapes = tape, bar_tapes
        self._schedule = Schedule(config.risk.schedule)
        self._weights = config.confluence.class_weights
        self._explained = round(config.risk.min_confidence - config.risk.explain_margin, 6)
        self._max_price_age = round(config.risk.max_price_age * NANOS)
        self._at_entry = config.execution.entry != "market"
        self._cap = min(config.risk.max_position_nanos, MAX_NOTIONAL)
        slippage, lines = round(config.execution.slippage_bps * NANOS), schedule(config)
        self._costs = {
            symbol: sizing.Costs(slippage, fees_of(lines, listed.kind, symbol))
            for symbol, listed in instruments.items()
        }

    def evaluate(self, state: RiskState, waiting: Sequence[Unscored], now: int, taken: Taken) -> list[Event]:
        """Score the signals of one symbol and one instant, then decide on the eligible ones."""
        symbol = waiting[0].signal.symbol
        book = state.books[symbol]
        readings = [
            reading(
                book.views[spec.name],
                book.plugins.get(spec.name, {}).values(),
                spec.name,
                spec.klass.value,
            )
            for spec in self._specs[symbol]
        ]
        flat = not (book.units or state.in_progress(symbol) or symbol in taken.symbols)
        scored = [
            (confluence(readings, w.signal.timeframe, w.signal.direction, self._weights), w.signal)
            for w in waiting
        ]
        scored.sort(key=lambda pair: (-pair[0].value, size(parse(pair[1].timeframe)), pair[1].id))
        rows = [self._scored(signal, score, flat=flat) for score, signal in scored]
        base_closed = any(w.base_closed for w in waiting)
        events: list[Event] = list(rows)
        for row, (_, signal) in zip(rows, scored, strict=True):
            if row.outcome is ScoreOutcome.ELIGIBLE:
                events += self._decide(state, self._candidate(state, signal, row, base_closed, now), taken)
        return events

    def _scored(self, signal: SignalRaised, score: Score, *, flat: bool) -> SignalScored:
        if score.value < self._explained:
            outcome = ScoreOutcome.BELOW
        elif not flat:
            outcome = ScoreOutcome.NOT_FLAT
        elif not score.leads:
            outcome = ScoreOutcome.CONFLICT
        else:
            outcome = ScoreOutcome.ELIGIBLE
        return SignalScored(
            id=derive_id(signal.ts, self._tape, signal.id, "score"),
            ts=signal.ts,
            cause=signal.id,
            signal_id=signal.id,
            symbol=signal.symbol,
            timeframe=signal.timeframe,
            direction=signal.direction,
            score=score.value,
            outcome=outcome,
            parts=score.parts,
        )

    def _candidate(
        self, state: RiskState, signal: SignalRaised, row: SignalScored, base_closed: bool, now: int
    ) -> Candidate:
        symbol = signal.symbol
        price = state.books[symbol].last
        expected = price or signal.entry
        if self._at_entry:
            # Not a market order: it fills at the signal's entry, or at a better price than that.
            expected = max(expected, signal.entry)
        sized = sizing.size(
            signal.entry,
            expected,
            self._instruments[symbol],
            self._cap,
            self._costs[symbol],
            _side(signal.direction).sign,
            trade_date(signal.ts),
        )
        session = working_session(self._account, self._markets[symbol], now)
        return Candidate(signal, row, base_closed, sized, price, session, now)

    def _decide(self, state: RiskState, candidate: Candidate, taken: Taken) -> list[Event]:
        signal, row, sized = candidate.signal, candidate.row, candidate.sized
        judgement = gates.judge(self._situation(state, candidate, taken))
        approved = judgement.refusal is None
        decision = DecisionMade(
            id=derive_id(signal.ts, self._tape, row.id, "decision"),
            ts=signal.ts,
            cause=row.id,
            signal_id=signal.id,
            symbol=signal.symbol,
            timeframe=signal.timeframe,
            direction=signal.direction,
            score=row.score,
            approved=approved,
            reason=Refusal.SHADOW if approved and not self._enabled else judgement.refusal,
            gate_set=gates.GATE_SET,
            passed=judgement.passed,
            gates=judgement.results,
            quantity=sized.quantity,
            notional=sized.notional,
            config=self._hash,
        )
        if judgement.refusal is not None:
            return [decision, self._denied(signal, decision, judgement.refusal)]
        if not self._enabled:
            return [decision]
        taken.symbols.add(signal.symbol)
        taken.sessions.append(candidate.session)
        taken.reserved += sized.reserved
        return [decision, self._approved(candidate, decision)]

    def _situation(self, state: RiskState, candidate: Candidate, taken: Taken) -> gates.Situation:
        signal, row, base_closed, sized, price, session, now = candidate
        risk, symbol = self._risk, signal.symbol
        known, hour = state.priced, self._schedule.at(now)
        return gates.Situation(
            trading=state.trading,
            locks=state.locks_on(symbol, now),
            scheduled=self._scheduled(signal, hour.inside, now),
            clock=hour.clock,
            schedule=self._schedule.text,
            schedule_margin=None if _is_daily(signal) else hour.margin,
            price=price or None,
            price_age=self._price_age(state, signal, now) if price else None,
            max_price_age=0 if symbol in self._bar_tapes else self._max_price_age,
            base_closed=base_closed,
            score=row.score,
            min_score=risk.min_confidence,
            trades=state.entries(session) + sum(other <= session for other in taken.sessions) + 1,
            max_trades=risk.max_daily_trades,
            result=state.equity - state.day.opening if known else None,
            max_loss=risk.max_daily_loss_nanos,
            quantity=sized.quantity,
            unit_notional=sized.unit_notional if price else None,
            notional=sized.notional if price else None,
            max_notional=self._cap,
            exposure=state.exposure() + taken.reserved + sized.reserved if known and price else None,
            max_exposure=risk.max_exposure_nanos,
            direction=signal.direction,
            stop=signal.stop,
            target=signal.target,
            held=state.portfolio.quantity(symbol),
            reserved=state.in_progress(symbol) or symbol in taken.symbols,
            allow_short=risk.allow_short,
        )

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

    def _denied(self, signal: SignalRaised, decision: DecisionMade, reason: Refusal) -> OrderDenied:
        return OrderDenied(
            id=derive_id(signal.ts, self._tape, decision.id, "denied"),
            ts=signal.ts,
            cause=decision.id,
            decision_id=decision.id,
            signal_id=signal.id,
            symbol=signal.symbol,
            side=_side(signal.direction),
            reason=reason,
        )

    def _approved(self, candidate: Candidate, decision: DecisionMade) -> OrderApproved:
        signal, sized = candidate.signal, candidate.sized
        return OrderApproved(
            id=derive_id(signal.ts, self._tape, decision.id, "order"),
            ts=signal.ts,
            cause=decision.id,
            decision_id=decision.id,
            signal_id=signal.id,
            symbol=signal.symbol,
            side=_side(signal.direction),
            quantity=sized.quantity,
            reference=candidate.price,
            stop=signal.stop,
            target=signal.target,
            reserved=sized.reserved,
            reserved_fees=sized.fees,
            session=candidate.session,
            config=self._hash,
            entry=signal.entry,
        )


def _side(direction: Direction) -> Side:
    return Side.BUY if direction is Direction.LONG else Side.SELL


def _is_daily(signal: SignalRaised) -> bool:
    return parse(signal.timeframe).nanos is None
