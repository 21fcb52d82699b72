"""The status snapshot of one engine, read from memory without asking any actor.

Decides how the parts' own views are put together. The rooms' states are read while their threads run:
each figure is right, figures of different rooms may be a message apart.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import msgspec

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.routing import signal_actor
from tradingfloor.actors.runtime.room import DecidingRoom, Room
from tradingfloor.actors.status import ActorHealth, EngineStatus, PositionStatus
from tradingfloor.actors.types import NANOS, TradingState

if TYPE_CHECKING:
    from .engine import Engine

WARM_BARS = 15
"""Own bars after which a signal actor is warm: the first with an ATR before it."""


def snapshot(engine: "Engine") -> EngineStatus:
    """The engine as it stands."""
    while True:
        try:
            return _snapshot(engine)
        except RuntimeError:
            # A table grew while it was read; reading again is cheaper than a lock on every message.
            continue


def _snapshot(engine: "Engine") -> EngineStatus:
    tally, assembly, now = engine.tally, engine.assembly, engine.now
    held = assembly.instruments[assembly.config.symbols[0]]
    market = calendar(held.calendar, held.timezone)
    session = market.session_at(now)
    known = tally.kill_id.hex() if tally.state is TradingState.KILLED else ""
    market_data = room_state(engine, "market_data")
    return EngineStatus(
        state=tally.state,
        state_reason=engine.ended or tally.reason,
        journal_id=engine.journal_id,
        kill_id=known,
        pending=pending(engine),
        engine_ts=now,
        last_sequence=tally.sequence,
        tape_index=engine.tape_index,
        tape=_tape(engine),
        tape_finished=engine.player.finished.is_set() and not engine.ended,
        market_open=session is not None and now < session.close,
        session=date.fromordinal(session.ordinal).isoformat() if session else "",
        config=_config(engine),
        missed=_missed(engine),
        store=str(engine.store_path),
        bars=engine.bars,
        signals=tally.counts["SignalRaised"],
        decisions=tally.counts["DecisionMade"],
        orders=tally.orders,
        fills=tally.counts["OrderFilled"],
        trades=tally.counts["TradeClosed"],
        refusals=engine.counts.refusals(),
        quotes=engine.counts.quotes(),
        dropped_listeners=engine.listeners.dropped,
        duplicates=engine.duplicates,
        actors=tuple(_with_warmth(engine, row) for row in engine.supervisor.health()),
        prices=tuple((s, p, ts) for s, (p, ts) in market_data.prices.items()) if market_data else (),
        **_books(engine, now),
    )


def _config(engine: "Engine") -> str:
    """Content hash of the config in force, revisions included."""
    supervisor = room_state(engine, "supervisor")
    return engine.assembly.config_hash if supervisor is None else supervisor.config.content_hash


def _missed(engine: "Engine") -> tuple[str, ...]:
    """What the schedule should have done while nobody was there, newest last."""
    supervisor = room_state(engine, "supervisor")
    if supervisor is None:
        return ()
    held = engine.assembly.instruments[engine.assembly.config.symbols[0]]
    return missed_words(supervisor.agenda.missed, held.timezone)


def missed_words(missed: Iterable[tuple[str, int]], timezone: str) -> tuple[str, ...]:
    """Entries of the schedule and when each was due, in words of a time zone."""
    zone = ZoneInfo(timezone)
    return tuple(
        f"{entry} on {datetime.fromtimestamp(at // NANOS, zone):%Y-%m-%d %H:%M}" for entry, at in missed
    )


def _tape(engine: "Engine") -> str:
    """The feed's name; of a live one also how its connection stands."""
    feed = engine.assembly.live_feed
    return engine.assembly.feed.name if feed is None else f"{feed.name} · {feed.connection}"


def pending(engine: "Engine") -> tuple[str, ...]:
    """What a kill or stop still waits for, in words."""
    tally = engine.tally
    if tally.state not in (TradingState.KILLED, TradingState.STOPPING) and not tally.flattening:
        return ()
    kept = tally.state is TradingState.KILLED and not tally.closing_out
    ending = "is kept" if kept else "waits for the next price"
    words = []
    for symbol, quantity in sorted(tally.quantities.items()):
        if quantity:
            side = "long" if quantity > 0 else "short"
            words.append(f"{symbol} {side} {abs(quantity)} {ending}")
    return tuple(words)


def _books(engine: "Engine", now: int) -> dict[str, Any]:
    """Money and limits, from executor and risk; empty while one of them restarts."""
    executor, risk = room_state(engine, "executor"), room_state(engine, "risk")
    assembly = engine.assembly
    found: dict[str, Any] = {}
    if executor is not None:
        multipliers = {symbol: held.multiplier for symbol, held in assembly.instruments.items()}
        prices = executor.prices()
        book = executor.portfolio
        rows = []
        for symbol, held in sorted(book.positions.items()):
            if held.quantity:
                last = prices.get(symbol, 0)
                unrealised = held.quantity * last * multipliers[symbol] - held.cost if last else 0
                rows.append(
                    PositionStatus(
                        symbol=symbol,
                        quantity=held.quantity,
                        cost=held.cost,
                        last=last,
                        unrealised=unrealised,
                        unit=assembly.instruments[symbol].unit,
                    )
                )
        found = {
            "positions": tuple(rows),
            **msgspec.structs.asdict(book.readings(prices, multipliers)),
        }
    room = _room(engine, "risk")
    if risk is not None and isinstance(room, DecidingRoom):
        core = cast("Any", room.core)
        limits = core.limits(risk, now)
        trades = next((row.used for row in limits if row.limit == "daily_trades"), "0")
        found |= {"limits": limits, "locks": core.locks(risk, now), "trades_today": int(trades)}
    return found


def _with_warmth(engine: "Engine", row: ActorHealth) -> ActorHealth:
    actor = signal_actor(row.name)
    if actor is None or actor.plugin:
        return row
    market_data = room_state(engine, "market_data")
    known = market_data.bars.get((actor.symbol, actor.timeframe), 0) if market_data else 0
    return msgspec.structs.replace(row, warmth=f"{actor.timeframe} {min(known, WARM_BARS)}/{WARM_BARS}")


def _room(engine: "Engine", name: str) -> Room | None:
    room: Any = engine.supervisor.room(name)
    while room is not None and not hasattr(room, "state"):
        room = getattr(room, "room", None)
    return cast("Room | None", room)


def room_state(engine: "Engine", name: str) -> Any:
    """The live state of one room, to be read only; None while its actor restarts."""
    room = _room(engine, name)
    return None if room is None else cast("Any", room).state
