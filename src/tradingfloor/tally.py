"""The running counts of one engine, fed by every commit: what status and summary show.

Decides nothing. Starts from the store's own counts; written on the journal's thread, read by anyone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.types import KillPolicy, OrderRole, TradingState


class Tally:
    """Counts by kind, the trading state, open quantities."""

    def __init__(
        self,
        counts: Mapping[str, int],
        state: tuple[TradingState, str],
        kill: tuple[bytes, KillPolicy],
        quantities: Mapping[str, int],
        sequence: int,
        *,
        flattening: Iterable[bytes] = (),
    ) -> None:
        self.counts: Counter[str] = Counter(counts)
        self.state, self.reason = state
        self.kill_id, self.kill_policy = kill
        self.quantities = dict(quantities)
        self.flattening = set(flattening)
        """Flatten orders at work."""
        self.sequence = sequence
        self.orders = self.counts["Order"]
        """Orders that came to be: approved entries, and exits put to work."""
        self.blocked: Counter[str] = Counter()
        """Gate -> decisions of this run that it alone or among others denied."""

    def take(self, committed: Sequence[CommittedEvent]) -> bool:
        """Count one commit; True when the state changed or something must be closed."""
        before = self.state, len(self.flattening)
        for item in committed:
            event, self.sequence = item.event, item.sequence
            self.counts[type(event).__name__] += 1
            match event:
                case m.TradingStateChanged():
                    self.state, self.reason = event.state, event.reason
                case m.Killed():
                    self.state, self.reason = TradingState.KILLED, event.reason
                    self.kill_id, self.kill_policy = event.id, event.policy
                case m.Rearmed():
                    self.kill_id = b""
                case m.OrderApproved():
                    self.orders += 1
                case m.OrderAccepted() if event.role is not OrderRole.ENTRY:
                    self.orders += 1
                    if event.role is OrderRole.FLATTEN:
                        self.flattening.add(event.order_id)
                case m.OrderFilled() | m.SplitApplied():
                    self._hold(event)
                case m.OrderCanceled():
                    self.flattening.discard(event.order_id)
                case m.DecisionMade() if not event.approved:
                    self.blocked.update(gate.gate for gate in event.gates if not gate.passed)
                case _:
                    pass
        return (self.state, len(self.flattening)) != before

    def _hold(self, event: m.OrderFilled | m.SplitApplied) -> None:
        if isinstance(event, m.SplitApplied):
            self.quantities[event.symbol] = event.quantity
            return
        left = self.quantities.get(event.symbol, 0) + event.side.sign * event.quantity
        self.quantities[event.symbol] = left
        if event.done:
            self.flattening.discard(event.order_id)

    @property
    def closing_out(self) -> bool:
        """True while positions are open that are to be closed whatever the state is."""
        by_kill = self.state is TradingState.KILLED and self.kill_policy is KillPolicy.FLATTEN
        return bool(self.flattening) or (by_kill and not self.flat)

    @property
    def was_started(self) -> bool:
        """True once the floor has changed its state."""
        return self.counts["TradingStateChanged"] > 0

    @property
    def flat(self) -> bool:
        """True when no position is open."""
        return not any(self.quantities.values())
