"""What the floor says of itself: the status snapshot and the answer to a command.

Decides the fields that CLI, gateway and embedding programs show. Knows no way of collecting them.
"""

import msgspec

from .types import TradingState


class ActorHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One actor as the supervisor sees it."""

    name: str
    alive: bool
    state: str
    """``starting`` | ``ready`` | ``restarting`` | ``isolated`` | ``stopped``."""
    epoch: int
    restarts: int
    depth: int
    """Messages waiting in its mailbox."""
    merged: int
    """Price updates merged into a slot because the actor was behind."""
    handled: int
    busy_ns: int
    """How long the message in hand has been running; 0 = idle."""
    warmth: str = ""
    """Signal actors: bars known / bars needed, e.g. ``15m 14/15``."""
    error: str = ""


class PositionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One open position, marked at the last price."""

    symbol: str
    quantity: int
    cost: int
    last: int
    unrealised: int
    unit: str
    """``share`` | ``paper unit`` | ``unit``."""


class LimitUse(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one limit is used."""

    limit: str
    """Its name, and what it is told of where there are several: ``class_exposure SWING``."""
    used: str
    allowed: str
    counts: str = ""
    """What it counts, in words."""
    on_breach: str = "block"
    """``block`` | ``flatten`` | ``kill``."""


class QuotesStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The quotes and option trades of one underlying: received = accepted + all of ``refused``."""

    symbol: str
    received: int
    accepted: int
    contracts: int
    """Contracts with a quote in the newest session."""
    two_sided: int
    """Of these, how many have a bid and an ask."""
    refused: tuple[tuple[str, int], ...] = ()
    """(reason, count)."""


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot of one engine; answering it asks no actor."""

    state: TradingState
    state_reason: str
    journal_id: str
    kill_id: str = ""
    """Hex; empty unless KILLED."""
    pending: tuple[str, ...] = ()
    """What a kill or stop still waits for, in words; empty = flat."""
    engine_ts: int = 0
    last_sequence: int = 0
    tape_index: int = 0
    tape: str = ""
    tape_finished: bool = False
    market_open: bool = False
    session: str = ""
    config: str = ""
    store: str = ""
    mode: str = "PAPER"
    bars: int = 0
    signals: int = 0
    decisions: int = 0
    orders: int = 0
    fills: int = 0
    trades: int = 0
    trades_today: int = 0
    equity: int = 0
    cash: int = 0
    realised: int = 0
    unrealised: int = 0
    fees: int = 0
    exposure: int = 0
    """Value of all positions, longs and shorts added."""
    net_exposure: int = 0
    """Longs less shorts."""
    buying_power: int = 0
    """Equity that no position ties up."""
    mark: str = ""
    """Which price values a position: ``last``, the last traded one."""
    positions: tuple[PositionStatus, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    locks: tuple[str, ...] = ()
    refusals: tuple[tuple[str, str, int], ...] = ()
    """(symbol, reason, count) of refused market input."""
    dropped_listeners: int = 0
    duplicates: int = 0
    actors: tuple[ActorHealth, ...] = ()
    missed: tuple[str, ...] = ()
    """What the schedule should have done while no engine was there, in words, newest last."""
    prices: tuple[tuple[str, int, int], ...] = ()
    """(symbol, last price, ts)."""
    quotes: tuple[QuotesStatus, ...] = ()
    """Of each underlying with quotes."""


class CommandResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a command: durable and already visible in the status."""

    state: TradingState
    sequence: int
    """Of the state event; of the newest event when nothing changed."""
    already_applied: bool = False
    kill_id: str = ""
    kill_ts: int = 0
    detail: str = ""
