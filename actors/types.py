"""The scalar types and enumerations that every room shares.

Decides the spelling of states, sides, kinds and reasons. Knows no message and no behaviour.
Time is int nanoseconds UTC, money and price are int nanos (1e-9 of the account currency),
quantities are int units.
"""

from enum import Enum, IntEnum
from typing import NewType

Symbol = NewType("Symbol", str)
Timeframe = NewType("Timeframe", str)
"""``1s 5s 30s 1m 5m 15m 30m 1h 2h 4h 1d 1w 1M``; parsed by ``domain.timeframes``."""

NANOS = 1_000_000_000
"""Nanos in one unit of currency, and nanoseconds in one second."""

MAX_PRICE = 100_000_000 * NANOS
"""Largest accepted price, 1e8 of the currency: keeps price x quantity sums inside exact arithmetic."""

MAX_NOTIONAL = 1_000_000_000 * NANOS
"""Largest accepted order notional (1e9 of the currency)."""


class TradingState(str, Enum):
    """The state of the whole floor; the transitions are a table in ``supervisor.core``."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPING = "STOPPING"
    KILLED = "KILLED"


class Side(str, Enum):
    """The side of an order as the venue sees it."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Side.BUY else -1


class Direction(IntEnum):
    """The direction of a signal or a position."""

    SHORT = -1
    LONG = 1


class UpdateKind(str, Enum):
    """What one tape update is."""

    TICK = "TICK"
    """One trade: open = high = low = close, ts = start."""
    OPEN = "OPEN"
    """The open of a tape bar, released at its start: open = high = low = close, volume 0."""
    BAR = "BAR"
    """The merged range and close of a tape bar, released at its end; start = the bar's start."""


class OrderRole(str, Enum):
    """Why an order exists."""

    ENTRY = "ENTRY"
    STOP = "STOP"
    TARGET = "TARGET"
    FLATTEN = "FLATTEN"


class OrderType(str, Enum):
    """What makes an order fill; ``price`` is its level, ``limit`` the second level of a stop-limit."""

    MARKET = "MARKET"
    """At the next price at which the market trades."""
    LIMIT = "LIMIT"
    """At ``price`` or better."""
    STOP = "STOP"
    """A market order once ``price`` is touched."""
    STOP_LIMIT = "STOP_LIMIT"
    """A limit order at ``limit`` once ``price`` is touched."""
    TRAILING_STOP = "TRAILING_STOP"
    """A stop whose ``price`` follows the market at the distance ``trail``, and never back."""


class TimeInForce(str, Enum):
    """How long an order works."""

    GTC = "GTC"
    """Until it is filled or cancelled."""
    DAY = "DAY"
    """Until the close of the session in which it starts to work."""
    IOC = "IOC"
    """At the first price at which the market trades; what that does not fill is over."""


class OrderStatus(str, Enum):
    """The life of an order; the transitions are a table in ``executor.orders``."""

    APPROVED = "APPROVED"
    WORKING = "WORKING"
    TRIGGERED = "TRIGGERED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    REJECTED = "REJECTED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class KillPolicy(str, Enum):
    """What happens to open positions on Kill."""

    FLATTEN = "flatten"
    KEEP = "keep"


class ScoreOutcome(str, Enum):
    """How the score of one signal ended."""

    ELIGIBLE = "ELIGIBLE"
    """Goes on to the gates."""
    BELOW = "BELOW"
    """More than explain_margin below min_confidence: no decision row."""
    NOT_FLAT = "NOT_FLAT"
    """A position or reservation in the symbol existed before this instant."""
    CONFLICT = "CONFLICT"
    """The other side scores at least as well within 1.0, or points the other way."""


class Refusal(str, Enum):
    """The one list of reason codes: refused input, denied orders, rejected orders, bad commands."""

    NAN = "NAN"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_POSITIVE = "NOT_POSITIVE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    BAD_RANGE = "BAD_RANGE"
    """High below low, or open or close outside [low, high]."""
    BAD_TIME = "BAD_TIME"
    BAD_ROW = "BAD_ROW"
    """Too few columns, or a column that cannot be read."""
    BACKWARDS = "BACKWARDS"
    DUPLICATE = "DUPLICATE"
    OUT_OF_SESSION = "OUT_OF_SESSION"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    NEGATIVE_VOLUME = "NEGATIVE_VOLUME"
    LATE = "LATE"
    """After the bar or the session it belongs to was over; counted, never applied."""
    OFF_TICK = "OFF_TICK"
    """A price between two steps of the instrument's price grid."""
    SPIKE = "SPIKE"
    """Too far from the price before it, and not confirmed yet."""
    CROSSED = "CROSSED"
    """A quote whose bid is above its ask."""
    LOCKED = "LOCKED"
    """A quote whose bid is its ask."""
    EXPIRED = "EXPIRED"
    """A quote or trade of an option after its last trading instant."""

    STATE = "STATE"
    SCHEDULE = "SCHEDULE"
    FRESHNESS = "FRESHNESS"
    CONFIDENCE = "CONFIDENCE"
    DAILY_TRADES = "DAILY_TRADES"
    DAILY_LOSS = "DAILY_LOSS"
    POSITION_SIZE = "POSITION_SIZE"
    TOTAL_EXPOSURE = "TOTAL_EXPOSURE"
    GEOMETRY = "GEOMETRY"
    ONE_POSITION = "ONE_POSITION"
    SHORT = "SHORT"
    SHADOW = "SHADOW"
    """The floor is configured with enabled = false: the decision stands, no order follows."""

    VENUE_RANDOM = "VENUE_RANDOM"
    """The simulated venue's Bernoulli reject."""
    RESERVATION_CUT = "RESERVATION_CUT"
    """The rest of an order whose fill would have exceeded its reservation."""
    BRACKET_SIBLING = "BRACKET_SIBLING"
    """The other leg of the bracket filled, or the position is flat."""
    DAY_OVER = "DAY_OVER"
    """The rest of a DAY order at the close of its session."""
    IOC_REST = "IOC_REST"
    """What an IOC order did not fill at once."""
    REQUESTED = "REQUESTED"
    """Somebody asked for the cancel."""
    FUNDS = "FUNDS"
    """The venue's rule: the reservation with its fees is more than the cash."""
    MARKET_CLOSED = "MARKET_CLOSED"
    """The venue's rule: no session holds the instant of the order."""
    NO_PRICE = "NO_PRICE"
    """The venue's rule: the symbol has not traded yet."""
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    """No order of that id ever worked in the symbol, or it is over."""
    ORDER_STATUS = "ORDER_STATUS"
    """The order's status or type does not allow the change."""
    ORDER_SIZE = "ORDER_SIZE"
    """A replacement may only make an entry smaller, and not below what is filled."""
    KILLED = "KILLED"
    STOPPED = "STOPPED"
    FLATTENED = "FLATTENED"
    OVERLOAD = "OVERLOAD"

    ENGINE_STATE = "ENGINE_STATE"
    """The command is not allowed in the present state."""
    KILL_LATCHED = "KILL_LATCHED"
    """Only a rearm that names the kill leads on."""
    KILL_MISMATCH = "KILL_MISMATCH"
    REASON_MISSING = "REASON_MISSING"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    """The same request id came with another command."""


EXPIRIES = frozenset({Refusal.DAY_OVER, Refusal.IOC_REST})
"""Reasons of a cancel that mean the order's own time was over: its status is EXPIRED."""


class Durability(str, Enum):
    """How a message travels; the table is ``routing.ROUTES``."""

    EPHEMERAL = "EPHEMERAL"
    """Straight to the mailboxes, never journaled."""
    BATCHED = "BATCHED"
    """Queued to the journal and forwarded at once; rides with the next commit."""
    DURABLE = "DURABLE"
    """Committed first, delivered afterwards."""
