"""The order of things, on a driver that only records."""

from collections import deque

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import CommittedEvent, Envelope
from tradingfloor.actors.runtime.sequencer import Sequencer
from tradingfloor.actors.types import Refusal, UpdateKind

ACTORS = ("market_data", "signals:SPX:15m", "risk", "executor", "supervisor")


def update(index, ts, kind=UpdateKind.TICK):
    return m.MarketUpdate(index, "SPX", kind, ts, ts, 1, 1, 1, 1, 1)


def price(index, ts):
    return m.PriceUpdated("SPX", ts, ts, 1, 1, 1, 1, 1, 1, index, index, opens=True)


def event(kind, tag, ts=0, **fields):
    return kind(id=tag.encode().ljust(16), ts=ts, **fields)


def locked(tag):
    return event(m.EntriesLocked, tag, lock="l", symbol="", reason=Refusal.STATE, detail="", until=0)


class Script:
    """Answers a message with what the test says follows from it, and writes down what was handled."""

    def __init__(self, follows=None, dues=None):
        self.follows = follows or {}
        self.dues = dues or {}
        self.log = []
        self._queued = []
        self._committed = deque()
        self.sequence = 0

    def step(self, actor, envelope):
        self.log.append((actor, type(envelope.message).__name__, envelope.now))
        if isinstance(envelope.message, m.TimerDue):
            self.dues.get(actor, []).pop(0)
        outputs = self.follows.get((actor, type(envelope.message)), lambda _message: [])(envelope.message)
        self._queued += [(actor, output) for output in outputs if isinstance(output, m.Event)]
        return outputs

    def next_due(self, actor):
        return self.dues[actor][0] if self.dues.get(actor) else None

    def commit(self, *, now):
        if now:
            self.log.append(("commit", "", 0))
        taken = []
        for actor, output in self._queued:
            self.sequence += 1
            if not isinstance(output, (m.SignalRaised, m.TimeframeReported)):
                taken.append(CommittedEvent(self.sequence, 0, actor, output))
        self._queued = []
        return taken


def played(script, updates):
    sequencer = Sequencer(ACTORS, script, iter(updates))
    while sequencer.advance():
        pass
    return [(actor, kind) for actor, kind, _ in script.log]


def test_at_one_instant_a_bars_range_comes_before_timers_and_timers_before_opens():
    script = Script(dues={"market_data": [10], "risk": [10]})
    played(script, [update(1, 10, UpdateKind.BAR), update(2, 10, UpdateKind.OPEN)])
    assert script.log == [
        ("market_data", "MarketUpdate", 10),
        ("market_data", "TimerDue", 10),
        ("risk", "TimerDue", 10),
        ("market_data", "MarketUpdate", 10),
    ]


def test_timers_fire_in_order_of_time_then_of_actors():
    script = Script(dues={"executor": [5], "risk": [5, 9], "market_data": [7]})
    assert played(script, [update(1, 1), update(2, 20)]) == [
        ("market_data", "MarketUpdate"),
        ("risk", "TimerDue"),
        ("executor", "TimerDue"),
        ("market_data", "TimerDue"),
        ("risk", "TimerDue"),
        ("market_data", "MarketUpdate"),
    ]


def test_what_follows_at_once_is_delivered_first_in_first_out_before_anything_durable():
    script = Script(
        follows={
            ("market_data", m.MarketUpdate): lambda u: [price(u.index, u.ts)],
            ("executor", m.PriceUpdated): lambda _: [
                event(m.DayClosed, "d", session=1, trades=0, wins=0, losses=0, realised=0, fees=0,
                      equity_open=0, equity_close=0, max_drawdown=0)
            ],
        }
    )  # fmt: skip
    script.follows["risk", m.PriceUpdated] = lambda _: [locked("x")]
    assert played(script, [update(1, 1)]) == [
        ("market_data", "MarketUpdate"),
        ("risk", "PriceUpdated"),
        ("executor", "PriceUpdated"),
        ("commit", ""),
    ]


def test_durable_events_reach_everyone_they_are_routed_to_but_their_author():
    killed = event(
        m.Killed, "k", previous=m.TradingState.RUNNING, policy=m.KillPolicy.KEEP, request_id="", reason="",
        by="", canceled=0,
    )  # fmt: skip
    script = Script(follows={("risk", m.TimerDue): lambda _: [killed]}, dues={"risk": [1]})
    played(script, [update(1, 5)])
    heard = [actor for actor, kind, _ in script.log if kind == "Killed"]
    assert heard == ["executor", "supervisor"]


def test_a_durable_event_is_delivered_only_after_its_commit():
    script = Script(
        follows={
            ("risk", m.TimerDue): lambda _: [event(m.FlattenRequested, "f", request_id="", reason="", by="")]
        },
        dues={"risk": [1]},
    )
    played(script, [update(1, 5)])
    names = [(actor, kind) for actor, kind, _ in script.log]
    assert names.index(("commit", "")) < names.index(("executor", "FlattenRequested"))


def test_the_tapes_end_fires_what_is_due_by_then_and_leaves_open_bars_open():
    script = Script(dues={"market_data": [10, 11, 12]})
    played(script, [update(1, 10)])
    assert [now for _, kind, now in script.log if kind == "TimerDue"] == [10, 11]
    assert script.dues["market_data"] == [12]


def test_a_command_is_handled_before_the_next_instant():
    script = Script()
    sequencer = Sequencer(ACTORS, script, iter([update(1, 7)]))
    sequencer.offer("supervisor", Envelope(m.StartTrading(request_id="s"), sequencer.now))
    sequencer.settle()
    sequencer.advance()
    assert [actor for actor, _, _ in script.log if actor != "commit"] == ["supervisor", "market_data"]
    assert sequencer.now == 7
