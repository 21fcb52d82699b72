"""A small journal written by hand, and how to make a store of it.

Two trades, one denial, one rejection, one signal that never got to a decision, a kill that flattens, and one
of every diagnostic. Sums are worked out by hand where the tests name them.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import Config
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.types import (
    NANOS,
    Direction,
    KillPolicy,
    OrderRole,
    Refusal,
    ScheduleOutcome,
    ScoreOutcome,
    Side,
    TradingState,
)
from tradingfloor.storage.codec import encode
from tradingfloor.storage.migrate import migrate, open_pragmas
from tradingfloor.storage.projection import Projection

CONFIG = Config()
SESSION = 739_000
T0 = 1_700_000_000 * NANOS
MINUTE = 60 * NANOS
GATES = ("state", "daily_trades", "total_exposure")


def cents(value: int) -> int:
    return value * NANOS // 100


def name_id(ts: int, label: str) -> bytes:
    return derive_id(ts, "test", label)


class Line(NamedTuple):
    """One event of the story with its author."""

    actor: str
    epoch: int
    event: m.JournalEvent


class Story:
    """Builds the events of a journal, each a minute's fraction after the one before."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.ts = T0

    def tell(self, actor: str, event: type, label: str, /, *, cause: bytes = b"", **fields) -> bytes:
        self.ts += MINUTE
        event_id = name_id(self.ts, label)
        self.lines.append(
            Line(actor, int(actor != "journal"), event(id=event_id, ts=self.ts, cause=cause, **fields))
        )
        return event_id

    def signal(self, label: str, direction: Direction = Direction.LONG) -> bytes:
        signal_id = self.tell(
            "signals:SPX:15m",
            m.SignalRaised,
            label,
            symbol="SPX",
            timeframe="15m",
            detector="fvg",
            kind="fvg",
            family="imbalance",
            direction=direction,
            origin_bar=3,
            bar=5,
            entry=cents(10_000),
            stop=cents(9_900),
            target=cents(10_300),
            top=cents(10_010),
            bottom=cents(9_990),
            strength=0.75,
            volume_ratio=1.25,
            first_index=7,
            last_index=9,
            config=CONFIG.content_hash,
        )
        self.report((signal_id,))
        return signal_id

    def report(self, signals: tuple[bytes, ...] = ()) -> None:
        self.tell(
            "signals:SPX:15m",
            m.TimeframeReported,
            f"report{len(self.lines)}",
            symbol="SPX",
            timeframe="15m",
            bar=5,
            bias=1,
            period_open=cents(9_950),
            last_close=cents(10_000),
            warm=True,
            bars_known=20,
            base_closed=True,
            signals=signals,
            changes=(m.EvidenceChanged(b"e" * 16, 0.5),),
        )

    def score(
        self, label: str, signal_id: bytes, score: float, outcome: ScoreOutcome, side=Direction.LONG
    ) -> bytes:
        parts = m.ScoreParts(0.5, 0.6, 0.1, 0.2, 3.5, (("INTRADAY", 1.0),), (("15m", "imbalance", 0.6),))
        return self.tell(
            "risk",
            m.SignalScored,
            f"score {label}",
            cause=signal_id,
            signal_id=signal_id,
            symbol="SPX",
            timeframe="15m",
            direction=side,
            score=score,
            outcome=outcome,
            parts=parts,
        )

    def decide(
        self, label: str, signal_id: bytes, exposure: int, reason: Refusal | None, side=Direction.LONG
    ) -> bytes:
        score_id = self.score(label, signal_id, 7.5, ScoreOutcome.ELIGIBLE, side)
        bad = {Refusal.DAILY_TRADES: "daily_trades"}.get(reason)
        gates = tuple(
            m.GateResult(gate, gate != bad, str(exposure) if gate == "total_exposure" else "1", "50000", "+1")
            for gate in GATES
        )
        return self.tell(
            "risk",
            m.DecisionMade,
            f"decision {label}",
            cause=score_id,
            signal_id=signal_id,
            symbol="SPX",
            timeframe="15m",
            direction=side,
            score=7.5,
            approved=bad is None,
            reason=reason,
            gate_set=1,
            passed=sum(1 << bit for bit, gate in enumerate(gates) if gate.passed),
            gates=gates,
            quantity=150,
            notional=15_000 * NANOS,
            config=CONFIG.content_hash,
        )

    def approve(self, label: str, decision_id: bytes, signal_id: bytes, side: Side, quantity: int) -> bytes:
        """At 100.00, reserved at 100.05 each."""
        return self.tell(
            "risk",
            m.OrderApproved,
            f"order {label}",
            cause=decision_id,
            decision_id=decision_id,
            signal_id=signal_id,
            symbol="SPX",
            side=side,
            quantity=quantity,
            reference=cents(10_000),
            stop=cents(9_900),
            target=cents(10_300),
            reserved=quantity * cents(10_005),
            reserved_fees=quantity * NANOS // 200,
            session=SESSION,
            config=CONFIG.content_hash,
        )

    def accept(self, label: str, role: OrderRole, side: Side, quantity: int, **fields) -> bytes:
        order_id = fields.pop("order_id", None) or name_id(self.ts, f"order {label}")
        self.tell(
            "executor",
            m.OrderAccepted,
            f"accepted {label}",
            order_id=order_id,
            symbol="SPX",
            role=role,
            side=side,
            quantity=quantity,
            active_ts=self.ts + MINUTE,
            reserved=quantity * cents(10_005) if role is OrderRole.ENTRY else 0,
            reduce_only=role is not OrderRole.ENTRY,
            **{"parent_id": b"", "price": 0, **fields},
        )
        return order_id

    def fill(self, label: str, order_id: bytes, role: OrderRole, signed: int, price: int, **fields) -> bytes:
        quantity = abs(signed)
        return self.tell(
            "executor",
            m.OrderFilled,
            f"fill {label}",
            cause=order_id,
            order_id=order_id,
            symbol="SPX",
            role=role,
            side=Side.BUY if signed > 0 else Side.SELL,
            quantity=quantity,
            price=price,
            fee=quantity * NANOS // 200,
            range_low=price - NANOS,
            range_high=price + NANOS,
            raw_price=price,
            model="fixed_bps(5)",
            first_index=11,
            last_index=12,
            **{"realised": 0, "done": True, **fields},
        )

    def cancel(
        self, label: str, order_id: bytes, role: OrderRole, reason: Refusal, remaining: int, **fields
    ) -> None:
        self.tell(
            fields.pop("actor", "executor"),
            m.OrderCanceled,
            f"cancel {label}",
            order_id=order_id,
            symbol="SPX",
            role=role,
            reason=reason,
            remaining=remaining,
            **fields,
        )

    def state(self, previous: TradingState, state: TradingState, command: str) -> None:
        self.tell(
            "supervisor",
            m.TradingStateChanged,
            f"state {command}",
            previous=previous,
            state=state,
            command=command,
            request_id=f"request {command}",
            reason="because",
            by="tester",
        )


def first_trade(s: Story) -> None:
    """Long 150 at 100.05 and 100.04, stopped out in two parts: -169.10 before fees of 1.50."""
    signal_id = s.signal("first")
    decision_id = s.decide("first", signal_id, 15_008, None)
    entry = s.approve("first", decision_id, signal_id, Side.BUY, 150)
    s.accept("first", OrderRole.ENTRY, Side.BUY, 150, order_id=entry, cause=entry, signal_id=signal_id)
    opened = s.fill("first a", entry, OrderRole.ENTRY, 60, cents(10_005), done=False)
    child = {"parent_id": entry, "cause": opened, "signal_id": signal_id}
    stop = s.accept("first stop", OrderRole.STOP, Side.SELL, 150, price=cents(9_900), **child)
    target = s.accept("first target", OrderRole.TARGET, Side.SELL, 150, price=cents(10_300), **child)
    s.fill("first b", entry, OrderRole.ENTRY, 90, cents(10_004))
    s.tell("executor", m.OrderTriggered, "triggered", order_id=stop, symbol="SPX")
    lost = [-cents(5_470), -cents(11_440)]
    s.fill("first c", stop, OrderRole.STOP, -50, cents(9_895), done=False, realised=lost[0])
    closing_fill = s.fill("first d", stop, OrderRole.STOP, -100, cents(9_890), realised=lost[1])
    s.cancel("first target", target, OrderRole.TARGET, Refusal.BRACKET_SIBLING, 150, cause=closing_fill)
    s.tell(
        "executor",
        m.TradeClosed,
        "first trade",
        cause=closing_fill,
        symbol="SPX",
        direction=Direction.LONG,
        quantity=150,
        entry_ts=T0,
        entry_price=cents(10_004),
        exit_price=cents(9_891),
        realised=sum(lost),
        fees=cents(150),
        net=sum(lost) - cents(150),
        entry_order=entry,
        exit_role=OrderRole.STOP,
        signal_id=signal_id,
    )


def refusals(s: Story) -> None:
    """One denied by a gate, one rejected by the venue, one that scored too low; a lock comes and goes."""
    denied = s.signal("denied")
    decision_id = s.decide("denied", denied, 15_008, Refusal.DAILY_TRADES)
    denial = {"decision_id": decision_id, "signal_id": denied, "reason": Refusal.DAILY_TRADES}
    s.tell("risk", m.OrderDenied, "denial", cause=decision_id, symbol="SPX", side=Side.BUY, **denial)
    rejected = s.signal("rejected")
    decision_id = s.decide("rejected", rejected, 15_008, None)
    order = s.approve("rejected", decision_id, rejected, Side.BUY, 150)
    rejection = {"order_id": order, "symbol": "SPX", "reason": Refusal.VENUE_RANDOM}
    s.tell("executor", m.OrderRejected, "rejection", cause=order, **rejection)
    s.score("below", s.signal("below"), 3.0, ScoreOutcome.BELOW)
    lock = {"lock": "stale", "symbol": "SPX"}
    s.tell("risk", m.EntriesLocked, "lock", reason=Refusal.FRESHNESS, detail="61 s", until=0, **lock)
    s.tell("risk", m.EntriesUnlocked, "unlock", **lock)
    s.tell(
        "risk",
        m.EntriesLocked,
        "day lock",
        lock="loss",
        symbol="",
        reason=Refusal.DAILY_LOSS,
        detail="",
        until=9,
    )


def second_trade(s: Story) -> None:
    """Short 100 at 99.00 over a session close, flattened by a kill at 98.50: +50.00 before fees of 1.00."""
    signal_id = s.signal("second", Direction.SHORT)
    decision_id = s.decide("second", signal_id, 10_005, None, Direction.SHORT)
    entry = s.approve("second", decision_id, signal_id, Side.SELL, 100)
    s.accept("second", OrderRole.ENTRY, Side.SELL, 100, order_id=entry, cause=entry, signal_id=signal_id)
    opened = s.fill("second a", entry, OrderRole.ENTRY, -100, cents(9_900))
    child = {"parent_id": entry, "cause": opened, "signal_id": signal_id}
    stop = s.accept("second stop", OrderRole.STOP, Side.BUY, 100, price=cents(10_100), **child)
    target = s.accept("second target", OrderRole.TARGET, Side.BUY, 100, price=cents(9_500), **child)
    day = {"session": SESSION, "realised": -cents(16_910), "fees": cents(200)}
    equity = 100_000 * NANOS - cents(17_110)
    whole_day = {
        "trades": 2,
        "wins": 0,
        "losses": 1,
        "equity_open": 100_000 * NANOS,
        "max_drawdown": cents(17_110),
    }
    closed = s.tell("risk", m.DayClosed, "day", equity_close=equity, **day, **whole_day)
    position = {"quantity": -100, "cost": -9_900 * NANOS, "price": cents(9_900), "unrealised": 0}
    s.tell(
        "executor", m.PositionSnapshot, "snapshot", cause=closed, symbol="SPX", session=SESSION, **position
    )
    # 100,000 - 15,006.60 + 14,837.50 + 9,900 - fees of 2.00
    books = {"cash": cents(10_972_890), "equity": equity, "agrees": True}
    s.tell("executor", m.AccountCompared, "compared", cause=closed, **day, **books)
    requests(s, stop)
    kill(s, entry, signal_id, stop, target)


def requests(s: Story, stop: bytes) -> None:
    """The stop is moved to 100.90; a cancel of an order that nobody knows is refused."""
    who = {"request_id": "request order", "reason": "nearer", "by": "tester", "symbol": "SPX"}
    level = {"quantity": 0, "price": cents(10_090), "limit": 0}
    asked = s.tell("supervisor", m.ReplaceRequested, "replace", order_id=stop, **level, **who)
    terms = {**level, "quantity": 100, "active_ts": s.ts, "role": OrderRole.STOP, "symbol": "SPX"}
    s.tell("executor", m.OrderReplaced, "replaced", cause=asked, order_id=stop, **terms)
    nobody = name_id(s.ts, "order nobody")
    asked = s.tell("supervisor", m.CancelRequested, "cancel request", order_id=nobody, **who)
    s.tell(
        "executor",
        m.OrderRequestRefused,
        "refused",
        cause=asked,
        order_id=nobody,
        symbol="SPX",
        request_id="request order",
        reason=Refusal.UNKNOWN_ORDER,
    )


def kill(s: Story, entry: bytes, signal_id: bytes, stop: bytes, target: bytes) -> None:
    policy = KillPolicy.FLATTEN
    limit = {"limit": "daily_loss", "request_id": "limit", "reason": "enough", "by": "risk", "policy": policy}
    asked = s.tell("risk", m.KillRequested, "kill request", **limit)
    kill_id = s.tell(
        "journal",
        m.Killed,
        "kill",
        cause=asked,
        previous=TradingState.RUNNING,
        policy=KillPolicy.FLATTEN,
        request_id="request kill",
        reason="enough",
        by="tester",
        canceled=2,
    )
    for label, order, role in (("stop", stop, OrderRole.STOP), ("target", target, OrderRole.TARGET)):
        s.cancel(f"second {label}", order, role, Refusal.KILLED, 100, cause=kill_id, actor="journal")
    flatten = s.accept("flatten", OrderRole.FLATTEN, Side.BUY, 100, cause=kill_id, kill_id=kill_id)
    won = 50 * NANOS
    out = s.fill("flatten", flatten, OrderRole.FLATTEN, 100, cents(9_850), realised=won, kill_id=kill_id)
    s.tell(
        "executor",
        m.TradeClosed,
        "second trade",
        cause=out,
        symbol="SPX",
        direction=Direction.SHORT,
        quantity=100,
        entry_ts=T0,
        entry_price=cents(9_900),
        exit_price=cents(9_850),
        realised=won,
        fees=NANOS,
        net=won - NANOS,
        entry_order=entry,
        exit_role=OrderRole.FLATTEN,
        signal_id=signal_id,
    )
    request = {"request_id": "request rearm", "reason": "looked at it", "by": "tester"}
    s.tell("supervisor", m.Rearmed, "rearmed", cause=kill_id, kill_id=kill_id, **request)
    s.state(TradingState.KILLED, TradingState.STOPPED, "Rearm")


def ex_dates(s: Story) -> None:
    """A share that nothing is held of any more: nothing is paid."""
    split = {"numerator": 7, "denominator": 1, "price": cents(9_850), "realised": 0}
    s.tell("executor", m.SplitApplied, "split", symbol="SPX", before=0, quantity=0, cash=0, **split)
    s.tell("executor", m.DividendPaid, "dividend", symbol="SPX", amount=cents(47), quantity=0, cash=0)


SCHEDULED = {"entry": "close backup", "due": T0, "outcome": ScheduleOutcome.DONE, "detail": ""}


def revise(s: Story, **asked: str) -> None:
    revised = msgspec.structs.replace(CONFIG, enabled=False)
    s.tell(
        "supervisor",
        m.ConfigRevised,
        "revised",
        previous=CONFIG.content_hash,
        config=revised.content_hash,
        changes=(("enabled", "false"),),
        settings=msgspec.json.encode(revised, order="deterministic").decode(),
        **asked,
    )


def write_store(path: Path, lines: Iterable[Line], config: Config = CONFIG) -> Path:
    """A store as the writer leaves it, one commit after another."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        open_pragmas(connection)
        connection.execute("PRAGMA synchronous = OFF")
        migrate(connection, path)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO meta VALUES ('journal_id', 'a journal')")
        body = msgspec.json.encode(config).decode()
        connection.execute(
            "INSERT INTO algorithm_configs VALUES (?, ?, ?, ?)",
            (config.content_hash, config.algorithm, body, 1),
        )
        add_events(connection, lines, Projection())
        connection.execute("COMMIT")
    return path


def add_events(connection: sqlite3.Connection, lines: Iterable[Line], projection: Projection) -> None:
    (last,) = connection.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()
    for sequence, (actor, epoch, e) in enumerate(lines, last + 1):
        row = (sequence, e.id, e.ts, sequence * 1_000, type(e).__name__, 1, actor, epoch, e.cause)
        symbol = getattr(e, "symbol", "")
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, symbol, encode(e))
        )
        for statement, values in projection.rows(e, sequence):
            connection.execute(statement, values)


@pytest.fixture(scope="session")
def story() -> list[Line]:
    s = Story()
    s.tell(
        "supervisor", m.EngineBooted, "boot", boot=1, version="0", config=CONFIG.content_hash, resumed_at=0
    )
    s.state(TradingState.STOPPED, TradingState.RUNNING, "Start")
    s.report()
    first_trade(s)
    refusals(s)
    second_trade(s)
    ex_dates(s)
    s.tell("supervisor", m.FlattenRequested, "flatten all", request_id="f", reason="", by="tester")
    asked = {"request_id": "r", "reason": "", "by": "tester"}
    s.tell("supervisor", m.ReductionRequested, "reduce", symbol="SPX", part=500_000, **asked)
    s.tell("supervisor", m.CancelAllRequested, "cancel all", symbol="", entries_only=True, **asked)
    revise(s, **asked)
    s.tell("supervisor", m.ScheduleHandled, "schedule", **SCHEDULED)
    s.tell("supervisor", m.BackupWritten, "backup", path="store.backup.db", size=4_096, error="")
    s.tell("supervisor", m.FileWritten, "file", entry="close report", path="a.txt", size=0, error="full")
    s.tell("supervisor", m.ActorRestarted, "restarted", actor="risk", epoch=2, error="boom")
    s.tell("supervisor", m.ActorIsolated, "isolated", actor="signals:SPX:15m", error="boom")
    s.tell("supervisor", m.MessageDropped, "dropped", actor="risk", message="BarsClosed", error="boom")
    return s.lines


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[Iterable[Line]], Path]:
    return lambda lines: write_store(tmp_path / "store.db", lines)


@pytest.fixture(scope="session")
def good_store(tmp_path_factory: pytest.TempPathFactory, story: list[Line]) -> Path:
    """Read only: every test shares it."""
    return write_store(tmp_path_factory.mktemp("good") / "store.db", story)
