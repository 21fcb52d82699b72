"""The vocabulary: every message that one part of the floor may send to another.

Decides the name and the fields of each message, once; SQL projection, JSON and the wire derive from
it. Knows no room, no route (see ``routing``) and no behaviour. Commands are imperative, events past
tense; all are frozen. Prices and money are int nanos, times int nanoseconds UTC, ids 16 bytes.

Every journaled event has ``id`` (derived, unique), ``ts`` (market time) and ``cause`` (the id of what
it follows from, or empty for a root). Stored events grow only by defaulted fields.
"""

from typing import NamedTuple, TypeAlias

import msgspec

from .domain.quotes import OptionTrade, Quote
from .types import (
    Direction,
    KillPolicy,
    OrderRole,
    OrderType,
    Refusal,
    ScheduleOutcome,
    ScoreOutcome,
    Side,
    TimeInForce,
    TradingState,
    UpdateKind,
)


class Message(msgspec.Struct, frozen=True, tag=True):
    """Root of all messages."""


class Event(Message, frozen=True, kw_only=True):
    """Something that happened and is journaled."""

    id: bytes
    ts: int
    cause: bytes = b""


# --- market data: tape and bars (not journal events) -------------------------------------------


class MarketUpdate(Message, frozen=True, gc=False):
    """One update of the tape: a trade, the open of a tape bar, or its merged range and close.

    ``index`` counts every row of the tape from 1, refused ones too; ``ts`` is the instant at which
    the update is known, ``start`` the instant at which its range began (= ts but for BAR).
    """

    index: int
    symbol: str
    kind: UpdateKind
    ts: int
    start: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class RefusedUpdate(Message, frozen=True):
    """A row of the tape that cannot be used; counted by reason, never applied."""

    index: int
    symbol: str
    ts: int
    reason: Refusal
    detail: str = ""
    quote: bool = False
    """A row of quotes or option trades; ``symbol`` is then their underlying."""


class ChainUpdate(Message, frozen=True):
    """What became known at one instant of the quotes and option trades of one underlying.

    Not one row of the tape but many: ``index`` is that of the last, each counts one. A quote of the
    underlying itself may be among them.
    """

    index: int
    symbol: str
    ts: int
    quotes: tuple[Quote, ...]
    trades: tuple[OptionTrade, ...] = ()


TapeUpdate: TypeAlias = MarketUpdate | RefusedUpdate | ChainUpdate
"""Whatever a tape is made of."""


class Quiet(NamedTuple):
    """A live feed's word that it gave everything up to ``ts`` (ns): time may pass, timers may fire.

    No row of the tape and no message to any room: it has no index and is never stored.
    """

    ts: int


class PriceUpdated(Message, frozen=True, gc=False):
    """What a symbol traded since the last look; two of them merge into one (see runtime.mailbox).

    ``first`` to ``last`` is the path, ``first_index`` to ``last_index`` the tape range. ``start`` is
    when the range began, ``ts`` when it ended. ``opens`` is true when ``first`` was a tradable
    instant of its own (a tick or the open of a tape bar): market orders fill only there.
    """

    symbol: str
    ts: int
    start: int
    first: int
    high: int
    low: int
    last: int
    volume: int
    count: int
    first_index: int
    last_index: int
    opens: bool
    bid: int = 0
    ask: int = 0
    """Of the newest quote, as it was told: locked, crossed or one-sided (0) too."""
    quote_ts: int = 0
    """When that was quoted, ns; 0 = the feed tells no quote, or none that is young enough."""


class QuoteUpdated(Message, frozen=True, gc=False):
    """What is bid and asked for a symbol now, as it was told; of two that wait the newer one is enough.

    No price: it tests no stop and fills no order. Whoever fills an order looks at the quote that comes with
    the price.
    """

    symbol: str
    ts: int
    bid: int
    ask: int
    """A side that nobody quotes is 0."""


class Bar(Message, frozen=True, gc=False):
    """A closed bar, half-open [start, end), stamped by its start; published once, never changed.

    ``index`` counts the bars of this symbol and timeframe from 0, warm-up history included.
    ``full`` is true when the bar covers every session minute (1w, 1M: every session) of its bucket.
    """

    symbol: str
    timeframe: str
    index: int
    start: int
    end: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    count: int
    full: bool
    session: int
    """Session date as a proleptic ordinal (``date.toordinal``) of the session the bar ends in."""
    gap_before: int
    """Buckets of this timeframe without a trade between the previous bar and this one."""
    first_index: int
    last_index: int
    history: bool = False
    """Warm-up: served by the feed before the tape; no signal is acted on."""


class BarsClosed(Message, frozen=True):
    """All bars of one symbol that closed at one instant, smallest timeframe first.

    ``base`` is the base timeframe's bar of this instant; None when only a coarser bar closed.
    """

    symbol: str
    ts: int
    base: Bar | None
    bars: tuple[Bar, ...]
    history: bool = False


class HistoryServed(Message, frozen=True):
    """Closed base bars of one symbol from before the tape, oldest first; market data alone hears it."""

    symbol: str
    bars: tuple[Bar, ...]


class TimerDue(Message, frozen=True):
    """The instant an actor asked for by ``next_due`` has come."""

    now: int


# --- signals (journaled, BATCHED) ---------------------------------------------------------------


class SignalRaised(Event, frozen=True, kw_only=True):
    """One new entry signal of one detector, known at the close that ends at ``ts``."""

    symbol: str
    timeframe: str
    detector: str
    """``fvg`` | ``structure`` | ``sweep`` | ``displacement`` | ``strat`` | ``order_block`` | a plug-in."""
    kind: str
    """Its row in the table of kinds (``domain.evidence``)."""
    family: str
    """``structure`` | ``imbalance`` | ``liquidity`` | ``sequence``."""
    direction: Direction
    origin_bar: int
    bar: int
    """Index of the own-timeframe bar as of which it became known."""
    entry: int
    stop: int
    target: int
    top: int
    bottom: int
    strength: float
    """z of the definition, quantised to 1e-6."""
    volume_ratio: float
    """Volume over the 20-bar mean before it; 1.0 where volume is missing or all zero."""
    first_index: int
    last_index: int
    """The tape range of the bar that raised it: the root of the cause chain."""
    config: str
    """Content hash of the config in force."""
    context: bool = False
    """Evidence only: never scored as an entry."""


class EvidenceChanged(msgspec.Struct, frozen=True):
    """A live signal lost weight: ``factor`` 0.5 = halved, 0.0 = no longer evidence."""

    signal_id: bytes
    factor: float


class TimeframeReported(Event, frozen=True, kw_only=True):
    """A signal actor's answer to every instant at which bars of its symbol closed; exactly one each.

    Its SignalRaised of the same instant come before it.
    """

    symbol: str
    timeframe: str
    bar: int
    """Index of the newest closed own-timeframe bar; -1 before the first."""
    bias: int
    """Structure bias -1, 0, +1."""
    period_open: int
    """Open of the current (still forming) own-timeframe period, 0 when it has not begun."""
    last_close: int
    """Close of the newest base bar."""
    warm: bool
    bars_known: int
    base_closed: bool
    """True when a base bar closed at this instant."""
    signals: tuple[bytes, ...] = ()
    changes: tuple[EvidenceChanged, ...] = ()
    scenario: str = ""
    """Of the newest own bar against the one before: ``1`` ``2u`` ``2d`` ``3``; empty before there are two."""
    in_force: int = 0
    """+1 or -1: it closed beyond that bar, in the direction of its scenario."""
    plugin: str = ""
    """The plug-in whose actor reports, signals and changes only; empty = the built-in detectors."""


# --- risk (journaled, DURABLE unless routing says otherwise) -------------------------------------


class ScoreParts(msgspec.Struct, frozen=True):
    """The stored components of one confluence score (quantised to 1e-6)."""

    trading: float
    """T: evidence of the trading timeframe, [0, 1)."""
    evidence: float
    """E: class-weighted evidence for the direction."""
    opposition: float
    """X: class-weighted evidence against it."""
    bias: float
    """B in [-1, 1]."""
    opposite_score: float
    weights: tuple[tuple[str, float], ...]
    """Class name and renormalised weight, of the classes with a warm timeframe."""
    families: tuple[tuple[str, str, float], ...]
    """(timeframe, family, evidence) for the direction, non-zero ones."""


class SignalScored(Event, frozen=True, kw_only=True):
    """The confluence score of one new signal; cause = the signal."""

    signal_id: bytes
    symbol: str
    timeframe: str
    direction: Direction
    score: float
    outcome: ScoreOutcome
    parts: ScoreParts


class GateResult(msgspec.Struct, frozen=True):
    """One gate of one decision. A gate that cannot be evaluated fails, with value None."""

    gate: str
    passed: bool
    value: str | None
    limit: str
    distance: str
    """How far inside (+) or outside (-) the limit, in the gate's unit; empty where it has none."""


class DecisionMade(Event, frozen=True, kw_only=True):
    """All gates of one scored signal, none short-circuited; cause = the score event."""

    signal_id: bytes
    symbol: str
    timeframe: str
    direction: Direction
    score: float
    approved: bool
    reason: Refusal | None
    """The first failed gate's code, SHADOW when approved but disabled, else None."""
    gate_set: int
    passed: int
    """Bit i = gate i of the set passed."""
    gates: tuple[GateResult, ...]
    quantity: int
    notional: int
    config: str


class OrderApproved(Event, frozen=True, kw_only=True):
    """The only thing the executor takes an entry from; built by risk alone. ``id`` is the order id."""

    decision_id: bytes
    signal_id: bytes
    symbol: str
    side: Side
    quantity: int
    reference: int
    """Price at the decision."""
    stop: int
    target: int
    reserved: int
    """Notional with slippage that risk reserved for it; a fill may not exceed it."""
    reserved_fees: int
    session: int
    """Session (ordinal) in which the order starts to work."""
    config: str
    timeframe: str = ""
    """Of the signal."""
    entry: int = 0
    """The signal's own entry price: the level of a limit or stop entry; 0 = the reference."""


class OrderDenied(Event, frozen=True, kw_only=True):
    """Risk refused; cause = the decision."""

    decision_id: bytes
    signal_id: bytes
    symbol: str
    side: Side
    reason: Refusal


class EntriesLocked(Event, frozen=True, kw_only=True):
    """A limit was reached and blocks new entries until the lock ends; ``lock`` is the limit's name."""

    lock: str
    symbol: str
    """Empty = all symbols."""
    reason: Refusal
    detail: str
    until: int
    """Instant at which it ends by itself; 0 = by an EntriesUnlocked only."""


class EntriesUnlocked(Event, frozen=True, kw_only=True):
    """A lock ended."""

    lock: str
    symbol: str


class DayClosed(Event, frozen=True, kw_only=True):
    """The day row of one session, from the market's roll; projected onto daily_performance."""

    session: int
    trades: int
    """Filled entries of the session."""
    wins: int
    losses: int
    realised: int
    fees: int
    equity_open: int
    equity_close: int
    max_drawdown: int
    """Largest fall of equity from its peak within the session, nanos, >= 0."""


# --- executor (journaled, DURABLE) ---------------------------------------------------------------


class OrderAccepted(Event, frozen=True, kw_only=True):
    """The simulated venue works the order. For an entry, cause = the OrderApproved (same order id)."""

    order_id: bytes
    parent_id: bytes
    """The entry order of a stop or target; empty otherwise."""
    symbol: str
    role: OrderRole
    side: Side
    quantity: int
    price: int
    """Level of a stop or a limit order; 0 for market orders."""
    active_ts: int
    """First instant at which it may fill (submission + delay)."""
    reserved: int
    reduce_only: bool
    kill_id: bytes = b""
    signal_id: bytes = b""
    stop: int = 0
    target: int = 0
    """Of an entry: the bracket that its first fill puts to work."""
    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.GTC
    limit: int = 0
    """Of a stop-limit: the limit that it has once it is triggered."""
    trail: int = 0
    """Distance in nanos at which a trailing stop follows; of an entry: what its stop will have."""
    expires_ts: int = 0
    """Instant from which on a DAY order fills no more; 0 = never."""


class OrderReplaced(Event, frozen=True, kw_only=True):
    """An order's terms from now on.

    Cause: a request, a fill that resized a leg, a split or dividend, or the order itself (trailing).
    """

    order_id: bytes
    symbol: str
    role: OrderRole
    quantity: int
    """All of it, what is filled included."""
    price: int
    limit: int
    active_ts: int
    trail: int = 0
    """0 = unchanged."""


class OrderRejected(Event, frozen=True, kw_only=True):
    """The simulated venue refused the order; nothing works."""

    order_id: bytes
    symbol: str
    reason: Refusal


class OrderTriggered(Event, frozen=True, kw_only=True):
    """A stop was touched and did not fill whole at once: a market order now, a stop-limit a limit order."""

    order_id: bytes
    symbol: str


class OrderFilled(Event, frozen=True, kw_only=True):
    """One execution. ``id`` is the fill id."""

    order_id: bytes
    symbol: str
    role: OrderRole
    side: Side
    quantity: int
    price: int
    fee: int
    """Commission in nanos, >= 0."""
    realised: int
    """P&L of the closed part before fees, nanos; 0 for an opening fill."""
    done: bool
    """True when nothing of the order is left."""
    range_low: int
    range_high: int
    """The price range the fill was taken from; price lies inside it but for slippage."""
    raw_price: int
    """The price before slippage."""
    model: str
    """Name and parameters of the fill model, e.g. ``fixed_bps(5)``."""
    first_index: int
    last_index: int
    """Tape range of the price it filled on."""
    kill_id: bytes = b""


class OrderCanceled(Event, frozen=True, kw_only=True):
    """The rest of an order will not fill: cancelled, or expired where the reason says so."""

    order_id: bytes
    symbol: str
    role: OrderRole
    reason: Refusal
    remaining: int


class OrderRequestRefused(Event, frozen=True, kw_only=True):
    """A request to cancel or replace an order changed nothing; cause = the request."""

    order_id: bytes
    symbol: str
    request_id: str
    reason: Refusal


class SplitApplied(Event, frozen=True, kw_only=True):
    """The ex-date of a split came while units were held or an order worked; units and prices are new ones."""

    symbol: str
    numerator: int
    """New units for every ``denominator`` old ones."""
    denominator: int
    price: int
    """The mark of an old unit, nanos: what a fraction of a unit is paid by."""
    before: int
    """The position before it, signed."""
    quantity: int
    cash: int
    """Paid for the fraction of a unit, nanos; a short pays it."""
    realised: int
    """Profit on that fraction, nanos."""


class DividendPaid(Event, frozen=True, kw_only=True):
    """The ex-date of a cash dividend came while units were held."""

    symbol: str
    amount: int
    """Nanos per unit."""
    quantity: int
    """The position, signed."""
    cash: int
    """Nanos; a short pays it."""


class TradeClosed(Event, frozen=True, kw_only=True):
    """A closed round trip: from flat through a position to flat again."""

    symbol: str
    direction: Direction
    quantity: int
    """Largest position held."""
    entry_ts: int
    entry_price: int
    """Cost / quantity entered, rounded down, for display; P&L is exact."""
    exit_price: int
    realised: int
    """P&L before fees, dividends included, nanos."""
    fees: int
    net: int
    entry_order: bytes
    exit_role: OrderRole
    signal_id: bytes
    mfe: int = 0
    """Largest move from the entry price in the trade's favour while it was open, nanos of the price, >= 0."""
    mae: int = 0
    """Largest move against it, likewise."""


class PositionSnapshot(Event, frozen=True, kw_only=True):
    """One open position at the session close; BATCHED, not part of the ledger hash."""

    symbol: str
    session: int
    quantity: int
    """Signed."""
    cost: int
    """Signed: quantity x entry prices, nanos."""
    price: int
    unrealised: int


class AccountCompared(Event, frozen=True, kw_only=True):
    """Executor's books at the session close, compared with risk's DayClosed; BATCHED."""

    session: int
    cash: int
    equity: int
    realised: int
    fees: int
    agrees: bool


# --- control (journaled, DURABLE) ----------------------------------------------------------------


class Command(Message, frozen=True, kw_only=True):
    """Something somebody asks for; ``request_id`` makes it idempotent, ``reason`` is for the audit."""

    request_id: str
    reason: str = ""
    by: str = ""


class StartTrading(Command, frozen=True, kw_only=True):
    """STOPPED -> RUNNING."""


class StopTrading(Command, frozen=True, kw_only=True):
    """To STOPPED; open positions are kept unless ``flatten``."""

    flatten: bool = False


class PauseTrading(Command, frozen=True, kw_only=True):
    """RUNNING -> PAUSED: no new entries, exits go on."""


class ResumeTrading(Command, frozen=True, kw_only=True):
    """PAUSED -> RUNNING."""


class KillTrading(Command, frozen=True, kw_only=True):
    """Any state -> KILLED, latched by the journal writer."""

    policy: KillPolicy = KillPolicy.FLATTEN


class RearmTrading(Command, frozen=True, kw_only=True):
    """KILLED -> STOPPED; ``kill_id`` (hex) must match the latched one and ``reason`` may not be empty."""

    kill_id: str


class FlattenPositions(Command, frozen=True, kw_only=True):
    """Close every open position at the market; state unchanged."""


class ReducePositions(Command, frozen=True, kw_only=True):
    """Close a part of a position, or of all, at the market; state unchanged."""

    symbol: str = ""
    """Empty = every position."""
    part: int
    """Of the position, in 1e-6: 1 to 1,000,000 = all of it."""


class CancelAllOrders(Command, frozen=True, kw_only=True):
    """Cancel working orders; what they protected stays open without them."""

    symbol: str = ""
    """Empty = of every symbol."""
    entries_only: bool = False
    """True leaves stops and targets at work."""


class ReviseConfig(Command, frozen=True, kw_only=True):
    """Change settings of the running engine; ``reason`` may not be empty."""

    changes: tuple[tuple[str, str], ...]
    """(dotted path, value as text), as a variable of the environment would give it."""


class CancelOrder(Command, frozen=True, kw_only=True):
    """Cancel what is left of one working order; ``order_id`` in hex."""

    order_id: str
    symbol: str


class ReplaceOrder(Command, frozen=True, kw_only=True):
    """Change the terms of one working order; what is 0 stays as it is. ``order_id`` in hex."""

    order_id: str
    symbol: str
    quantity: int = 0
    price: int = 0
    """Level of a stop or a limit order, nanos."""
    limit: int = 0
    """Limit of a stop-limit order, nanos."""


class TradingStateChanged(Event, frozen=True, kw_only=True):
    """The floor changed state."""

    previous: TradingState
    state: TradingState
    command: str
    """Name of the command, ``give-up`` or ``limit``."""
    request_id: str
    reason: str
    by: str
    flatten: bool = False


class Killed(Event, frozen=True, kw_only=True):
    """The latch, written by the journal writer alone. ``id`` is the kill id."""

    previous: TradingState
    policy: KillPolicy
    request_id: str
    reason: str
    by: str
    canceled: int
    """Working orders cancelled in the same transaction."""


class Rearmed(Event, frozen=True, kw_only=True):
    """The latch was opened; state STOPPED follows."""

    kill_id: bytes
    request_id: str
    reason: str
    by: str


class KillRequested(Event, frozen=True, kw_only=True):
    """A limit asks for the kill that the journal writer latches with it; cause = the limit's lock."""

    limit: str
    request_id: str
    reason: str
    by: str
    policy: KillPolicy


class FlattenRequested(Event, frozen=True, kw_only=True):
    """Somebody, or the breach of a limit, asked to close every open position."""

    request_id: str
    reason: str
    by: str


class ReductionRequested(Event, frozen=True, kw_only=True):
    """Somebody asked to close a part of a position, or of all."""

    symbol: str
    """Empty = every position."""
    part: int
    """Of the position, in 1e-6."""
    request_id: str
    reason: str
    by: str


class CancelRequested(Event, frozen=True, kw_only=True):
    """Somebody asked to cancel one order; the executor answers with its cancel or a refusal."""

    order_id: bytes
    symbol: str
    request_id: str
    reason: str
    by: str


class CancelAllRequested(Event, frozen=True, kw_only=True):
    """Somebody asked to cancel working orders."""

    symbol: str
    """Empty = of every symbol."""
    entries_only: bool
    request_id: str
    reason: str
    by: str


class ReplaceRequested(Event, frozen=True, kw_only=True):
    """Somebody asked to change one order; the executor answers with the new terms or a refusal."""

    order_id: bytes
    symbol: str
    quantity: int
    """All of it, what is filled included; 0 = unchanged."""
    price: int
    """0 = unchanged."""
    limit: int
    """0 = unchanged."""
    request_id: str
    reason: str
    by: str


class ConfigRevised(Event, frozen=True, kw_only=True):
    """Settings changed between two instants; decisions after it name ``config``."""

    previous: str
    """Content hash of the config before it."""
    config: str
    changes: tuple[tuple[str, str], ...]
    """(dotted path, value as text)."""
    settings: str
    """The whole config from now on, canonical JSON; projected onto algorithm_configs."""
    request_id: str
    reason: str
    by: str


class ScheduleHandled(Event, frozen=True, kw_only=True):
    """An entry of the schedule came due."""

    entry: str
    """``AT DO``, as configured: ``close-10m flatten``."""
    due: int
    outcome: ScheduleOutcome
    detail: str


# --- runtime (journaled as diagnostics, never part of the ledger hash) ---------------------------


class EngineBooted(Event, frozen=True, kw_only=True):
    """A process opened the store."""

    boot: int
    version: str
    config: str
    resumed_at: int
    """Tape index after which it goes on."""


class ActorRestarted(Event, frozen=True, kw_only=True):
    """The supervisor replaced an incarnation."""

    actor: str
    epoch: int
    error: str


class ActorIsolated(Event, frozen=True, kw_only=True):
    """The supervisor gave an actor up; the others go on."""

    actor: str
    error: str


class ChoreFinished(Event, frozen=True, kw_only=True):
    """A backup, report or download of the schedule was written, or could not be."""

    entry: str
    """``AT DO``, as configured: ``day-end report``."""
    due: int
    files: tuple[str, ...]
    """As they are told from the store's folder; empty when it failed."""
    size: int
    """Bytes of all of them."""
    detail: str
    error: str
    """Why it failed, in one line; empty = it did not."""


class BackupWritten(Event, frozen=True, kw_only=True):
    """A copy of the store was written, or could not be: as earlier journals tell it."""

    path: str
    size: int
    """Bytes; 0 when it failed."""
    error: str


class MessageDropped(Event, frozen=True, kw_only=True):
    """A message failed two incarnations and went to dead_letters."""

    actor: str
    message: str
    error: str


JournalEvent: TypeAlias = (
    SignalRaised
    | TimeframeReported
    | SignalScored
    | DecisionMade
    | OrderApproved
    | OrderDenied
    | EntriesLocked
    | EntriesUnlocked
    | DayClosed
    | OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | OrderCanceled
    | OrderReplaced
    | OrderRequestRefused
    | SplitApplied
    | DividendPaid
    | TradeClosed
    | PositionSnapshot
    | AccountCompared
    | TradingStateChanged
    | Killed
    | Rearmed
    | KillRequested
    | FlattenRequested
    | ReductionRequested
    | CancelAllRequested
    | ConfigRevised
    | ScheduleHandled
    | ChoreFinished
    | BackupWritten
    | CancelRequested
    | ReplaceRequested
    | EngineBooted
    | ActorRestarted
    | ActorIsolated
    | MessageDropped
)
"""Everything that may stand in the journal; the decoder's type."""

AnyCommand: TypeAlias = (
    StartTrading
    | StopTrading
    | PauseTrading
    | ResumeTrading
    | KillTrading
    | RearmTrading
    | FlattenPositions
    | ReducePositions
    | CancelAllOrders
    | ReviseConfig
    | CancelOrder
    | ReplaceOrder
)
