"""From the new signals of one instant to scores, decisions and orders.

Decides the order in which signals are taken, how each score ends, and what follows from the verdict of the
gates. Knows no timer and never changes the state: what earlier decisions of the same step take is kept in
``Taken``. Input: the state, one symbol's signals of one instant, engine time; output: events. They carry
the instant decided on as ``ts``, so that their ids do not depend on when a restart comes back to it.
"""

from collections.abc import Sequence

from ..domain.calendar import Session
from ..domain.ids import derive_id
from ..domain.timeframes import parse, size
from ..messages import (
    DecisionMade,
    EntriesLocked,
    Event,
    OrderApproved,
    OrderDenied,
    SignalRaised,
    SignalScored,
)
from ..types import Direction, KillPolicy, Refusal, ScoreOutcome, Side
from . import gates
from .breach import Breach, Consequences
from .confluence import Score, confluence
from .desk import Candidate, Desk, Taken
from .plugin_gate import PluginGate
from .state import RiskState, Unscored, reading


class Evaluation:
    """Scores and decides by the config of one ``Desk``; ``tape`` goes into every derived id."""

    def __init__(self, desk: Desk, tape: str, plugins: Sequence[PluginGate] = ()) -> None:
        config = desk.config
        self._desk, self._tape, self._plugins = desk, tape, plugins
        self._enabled, self._hash = config.enabled, config.content_hash
        self._weights = config.confluence.class_weights
        self._explained = desk.limits.explained
        self.consequences = Consequences(desk.limits, tape, KillPolicy(config.execution.kill_policy))

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
            for spec in self._desk.specs[symbol]
        ]
        flat = not (book.units or state.in_progress(symbol) or symbol in taken.entries)
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
                candidate = self._desk.candidate(state, signal, row, now, base_closed=base_closed)
                events += self._decide(state, candidate, taken)
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

    def _decide(self, state: RiskState, candidate: Candidate, taken: Taken) -> list[Event]:
        signal, row, sized = candidate.signal, candidate.row, candidate.sized
        judgement = gates.judge(self._desk.situation(state, candidate, taken), self._plugins)
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
            denied = self._denied(signal, decision, judgement.refusal)
            return [decision, denied, *self._breached(state, candidate, judgement, decision, taken)]
        if not self._enabled:
            return [decision]
        taken.add(candidate, self._desk.klass(signal))
        return [decision, self._approved(candidate, decision)]

    def _breached(
        self,
        state: RiskState,
        candidate: Candidate,
        judgement: gates.Judgement,
        decision: DecisionMade,
        taken: Taken,
    ) -> list[Event]:
        """What an entry that only limits stood against leads to, where the config asks for more than that."""
        events: list[Event] = []
        session = self._desk.account_session(candidate.session)
        for result in judgement.breached if self._enabled else ():
            if result.gate in taken.locks or result.gate not in self._desk.limits.on_breach:
                continue
            breach = Breach(result.gate, f"an entry would make it {result.value}, allowed {result.limit}")
            events += self._lock(state, breach, decision, session, taken)
        return events

    def _lock(
        self, state: RiskState, breach: Breach, decision: DecisionMade, session: Session, taken: Taken
    ) -> list[Event]:
        events = self.consequences.of(state, breach, decision.ts, session, cause=decision.id)
        taken.locks |= {event.lock for event in events if isinstance(event, EntriesLocked)}
        return events

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
            timeframe=signal.timeframe,
            entry=signal.entry,
        )


def _side(direction: Direction) -> Side:
    return Side.BUY if direction is Direction.LONG else Side.SELL
