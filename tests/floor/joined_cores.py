"""Risk and executor as one loop without threads, store or clock: what they decide, in commit order.

Every event goes into the journal when it is decided, and to whom the routing table names. The executor may
lag: then its messages wait, and risk decides on while its approvals are not answered. A kill is latched as
the journal's writer does it. ``watch`` hears every event and every price as it comes.
"""

from collections import deque

from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.executor.core import ExecutorCore
from tradingfloor.actors.messages import (
    CancelRequested,
    FlattenRequested,
    Killed,
    KillRequested,
    OrderApproved,
    OrderCanceled,
    PriceUpdated,
    Rearmed,
    ReductionRequested,
    SignalRaised,
    TimeframeReported,
    TimerDue,
    TradingStateChanged,
)
from tradingfloor.actors.risk.core import RiskCore
from tradingfloor.actors.routing import ROUTES
from tradingfloor.actors.runtime.core import run_deciding
from tradingfloor.actors.types import KillPolicy, OrderRole, Refusal, TradingState

ORDER = ("risk", "executor")


class JoinedCores:
    """``actors``: the (symbol, timeframe) pairs that report signals; trades come one by one."""

    def __init__(self, config: Config, actors, watch=lambda event: None) -> None:
        self.config, self.actors, self.watch = config, tuple(actors), watch
        self.instruments = {s: instrument(s, config.instruments.get(s)) for s in config.symbols}
        self.cores = {
            "risk": RiskCore(config, self.instruments, self.actors, "tape", {}),
            "executor": ExecutorCore(config, self.instruments, "tape", dict.fromkeys(config.symbols, 0)),
        }
        self.states = {name: core.initial() for name, core in self.cores.items()}
        self.mail = {name: deque() for name in ORDER}
        self.lagging = False
        self.journal, self.newest = [], {}
        self.kill = None
        self.now = self.index = self.serial = 0

    # --- delivery -----------------------------------------------------------------------------------

    def post(self, message, origin="") -> None:
        """Journal and watch one message, and queue it for whom it is meant, but not for its origin."""
        self.note(message)
        for room in ROUTES[type(message)].rooms:
            if room in self.mail and room != origin:
                self.mail[room].append(message)
        if isinstance(message, KillRequested) and self.kill is None:
            self.latch(message.ts, message.policy, message.id)

    def note(self, message) -> None:
        if isinstance(message, PriceUpdated):
            self.newest[message.symbol] = message
        else:
            self.journal.append(message)
        self.watch(message)

    def recovered_risk(self):
        """The state that a restart would build: the journal folded, then the newest prices."""
        core = self.cores["risk"]
        state = core.initial()
        for event in (*self.journal, *self.newest.values()):
            if isinstance(event, core.FOLDS + core.OBSERVES):
                core.apply(state, event)
        return state

    def settle(self) -> None:
        """Deliver until nothing waits; a lagging executor gets nothing."""
        names = ORDER[:1] if self.lagging else ORDER
        while any(self.mail[name] for name in names):
            for name in names:
                while self.mail[name]:
                    self.step(name, self.mail[name].popleft())

    def step(self, name, message) -> None:
        for output in run_deciding(self.cores[name], self.states[name], message, self.now):
            self.post(output, name)

    def until(self, ts) -> None:
        """Let time pass: timers on the way, each at its own instant."""
        while (due := self.due()) is not None and due[0] <= ts:
            self.now = max(self.now, due[0])
            self.step(due[1], TimerDue(self.now))
            self.settle()
        self.now = max(self.now, ts)

    def due(self):
        """(instant, room) of the next timer; a lagging executor has none."""
        names = ORDER[:1] if self.lagging else ORDER
        found = ((self.cores[n].next_due(self.states[n]), -ORDER.index(n), n) for n in names)
        return min(((at, n) for at, _, n in found if at is not None), default=None)

    # --- what comes from outside --------------------------------------------------------------------

    def fresh(self):
        self.serial += 1
        return derive_id(self.now, "outside", self.serial)

    def price(self, ts, symbol, path, volume=10) -> None:
        """What a symbol traded: the prices of ``path`` in order, in nanos."""
        self.until(ts)
        self.index += 1
        self.post(
            PriceUpdated(
                symbol=symbol, ts=ts, start=ts - len(path) + 1, first=path[0], high=max(path), low=min(path),
                last=path[-1], volume=volume, count=len(path), first_index=self.index,
                last_index=self.index, opens=True,
            )
        )  # fmt: skip
        self.settle()

    def signal(self, ts, symbol, timeframe, direction, levels) -> SignalRaised:
        """A signal of full strength; ``levels`` = entry, stop, target in nanos."""
        entry, stop, target = levels
        return SignalRaised(
            id=self.fresh(), ts=ts, symbol=symbol, timeframe=timeframe, direction=direction, entry=entry,
            detector="bos", kind="choch", family="structure", origin_bar=0, bar=self.serial, stop=stop,
            target=target, top=entry, bottom=entry, strength=10.0, volume_ratio=2.0, first_index=1,
            last_index=1, config="c",
        )  # fmt: skip

    def bars_close(self, ts, signals, closes, silent=frozenset()) -> None:
        """Every signal actor but the silent ones answers the instant to risk; then all is delivered."""
        self.until(ts)
        for symbol, timeframe in self.actors:
            if (symbol, timeframe) in silent:
                continue
            mine = [s for s in signals if (s.symbol, s.timeframe) == (symbol, timeframe)]
            for signal in mine:
                self.post(signal)
            self.post(
                TimeframeReported(
                    id=self.fresh(), ts=ts, symbol=symbol, timeframe=timeframe,
                    signals=tuple(signal.id for signal in mine), changes=(), bar=self.serial, bias=0,
                    period_open=0, last_close=closes[symbol], warm=True, bars_known=200, base_closed=True,
                )
            )  # fmt: skip
            while self.mail["risk"]:
                self.step("risk", self.mail["risk"].popleft())
        self.settle()

    def change(self, state, *, flatten=False) -> None:
        previous = self.states["risk"].trading
        self.post(
            TradingStateChanged(
                id=self.fresh(), ts=self.now, previous=previous, state=TradingState(state), command="test",
                request_id="", reason="", by="", flatten=flatten,
            )
        )  # fmt: skip
        self.settle()

    def flatten(self) -> None:
        self.post(FlattenRequested(id=self.fresh(), ts=self.now, request_id="", reason="", by=""))
        self.settle()

    def reduce(self, symbol, part) -> None:
        request = ReductionRequested(
            id=self.fresh(), ts=self.now, request_id="", reason="", by="", symbol=symbol, part=part
        )
        self.post(request)
        self.settle()

    def cancel(self, order) -> None:
        request = CancelRequested(
            id=self.fresh(), ts=self.now, order_id=order.accepted.order_id, symbol=order.accepted.symbol,
            request_id="", reason="", by="",
        )  # fmt: skip
        self.post(request)
        self.settle()

    def kill_now(self, policy) -> None:
        """Somebody kills, with everything handled that came before."""
        self.catch_up()
        self.latch(self.now, KillPolicy(policy), b"")
        self.settle()

    def catch_up(self) -> None:
        """The executor answers all that waits for it."""
        self.lagging = False
        self.settle()

    def latch(self, ts, policy, cause) -> None:
        """What the writer commits in one piece: the latch, and the cancel of all that works or may work.

        Both rooms hear of it before what waits for them: the writer refuses what else comes of that.
        """
        books, waiting = self.states["executor"].books, self.mail["executor"]
        working = [
            (o.accepted.order_id, o.accepted, o.rest) for b in books.values() for o in b.orders.values()
        ]
        working += [(m.id, m, m.quantity) for m in waiting if isinstance(m, OrderApproved)]
        killed = Killed(
            id=derive_id(ts, "kill", self.index), ts=ts, cause=cause, previous=self.states["risk"].trading,
            policy=policy, request_id="", reason="", by="", canceled=len(working),
        )  # fmt: skip
        self.kill = killed.id
        events = [killed]
        for order_id, terms, rest in working:
            events.append(
                OrderCanceled(
                    id=derive_id(ts, killed.id, order_id), ts=ts, cause=killed.id, order_id=order_id,
                    symbol=terms.symbol, role=getattr(terms, "role", OrderRole.ENTRY),
                    reason=Refusal.KILLED, remaining=rest,
                )
            )  # fmt: skip
        for event in events:
            self.note(event)
        for mail in self.mail.values():
            mail.extendleft(reversed(events))

    def rearm(self) -> None:
        if self.kill is not None:
            kill_id, self.kill = self.kill, None
            rearmed = Rearmed(id=self.fresh(), ts=self.now, kill_id=kill_id, request_id="", reason="", by="")
            self.post(rearmed)
            self.change("STOPPED")
