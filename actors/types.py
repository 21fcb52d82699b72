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

WHOLE = 1_000_000
"""All of a position, where a part of one is asked for: parts are in millionths."""


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

    @property
    def opposite(self) -> "Side":
        """The side that closes what this one opened."""
        return Side.SELL if self is Side.BUY else Side.BUY


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


class OnBreach(str, Enum):
    """What the breach of a limit does beyond the refused entry."""

    BLOCK = "block"
    """No entry while it lasts; positions stay."""
    FLATTEN = "flatten"
    """A lock until the session's close, and every position is closed."""
    KILL = "kill"
    """The floor is killed, with the configured policy; only a rearm leads back."""


class ScheduleOutcome(str, Enum):
    """What became of an entry of the schedule that came due."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    """The state of the floor did not allow it."""
    MISSED = "MISSED"
    """No engine was there at that time."""


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
    """The one list of reason codes: refused input, denied orders, rejected orders, bad commands.

    ``docs/refusals.md`` is made of it: the lines that begin with "from" say where the codes below come from.
    """

    # from: market data, of a row of the tape
    NAN = "NAN"
    """A price or a volume is NaN."""
    NOT_A_NUMBER = "NOT_A_NUMBER"
    """Text where a number belongs."""
    NOT_POSITIVE = "NOT_POSITIVE"
    """A price of zero or below."""
    OUT_OF_RANGE = "OUT_OF_RANGE"
    """A price above 1e8, or a number that does not fit."""
    BAD_RANGE = "BAD_RANGE"
    """High below low, or open or close outside [low, high]."""
    BAD_TIME = "BAD_TIME"
    """A time that cannot be read, or does not exist in its zone."""
    BAD_ROW = "BAD_ROW"
    """Too few columns, or a column that cannot be read."""
    BACKWARDS = "BACKWARDS"
    """Earlier than the row before it."""
    DUPLICATE = "DUPLICATE"
    """The same as a row before it."""
    OUT_OF_SESSION = "OUT_OF_SESSION"
    """While the market is closed."""
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    """A symbol that is not traded; of a row, an order or a command."""
    NEGATIVE_VOLUME = "NEGATIVE_VOLUME"
    """A volume below zero."""
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

    # from: risk, a gate of a decision
    ORDER_SANITY = "ORDER_SANITY"
    """A price that cannot be traded, or a bracket that does not enclose its entry."""
    STATE = "STATE"
    """The floor is not RUNNING."""
    ENTRIES_LOCKED = "ENTRIES_LOCKED"
    """A lock holds: a limit was reached and entries wait until it ends."""
    SCHEDULE = "SCHEDULE"
    """Outside the configured hours, or the market is closed."""
    CALENDAR = "CALENDAR"
    """A date, an early close or a part of the session without entries."""
    FRESHNESS = "FRESHNESS"
    """The last price is too old, or the closing bar had none."""
    QUOTE = "QUOTE"
    """The last price is too far from the one that the signal was raised at."""
    SPREAD = "SPREAD"
    """The quote is too wide, locked, crossed, one-sided, too old, or missing where one is required."""
    CONFIDENCE = "CONFIDENCE"
    """The score is below min_confidence."""
    REWARD_RISK = "REWARD_RISK"
    """The target is too near, for how far the stop is."""
    COOLDOWN = "COOLDOWN"
    """Too soon after the symbol's last round trip or last loss."""
    OPPOSITE_POSITION = "OPPOSITE_POSITION"
    """Something is held or under way the other way in the same underlying."""
    DAILY_TRADES = "DAILY_TRADES"
    """The session's entries are used up."""
    DAILY_LOSS = "DAILY_LOSS"
    """The session's loss reached its limit."""
    DRAWDOWN = "DRAWDOWN"
    """Equity fell too far from its highest."""
    CONSECUTIVE_LOSSES = "CONSECUTIVE_LOSSES"
    """Too many losing round trips in a row."""
    POSITION_SIZE = "POSITION_SIZE"
    """Not one unit fits into the largest position."""
    TOTAL_EXPOSURE = "TOTAL_EXPOSURE"
    """All positions and entries under way would be too much."""
    UNDERLYING_EXPOSURE = "UNDERLYING_EXPOSURE"
    """Those of one underlying would be too much."""
    CLASS_EXPOSURE = "CLASS_EXPOSURE"
    """Those of one class of timeframes would be too much."""
    GEOMETRY = "GEOMETRY"
    """The last price is not between stop and target."""
    ONE_POSITION = "ONE_POSITION"
    """The symbol has a position, or an entry under way."""
    SHORT = "SHORT"
    """Shorts are not allowed."""
    OPEN_POSITIONS = "OPEN_POSITIONS"
    """Too many symbols would be held at once."""
    BUYING_POWER = "BUYING_POWER"
    """Exposure would pass equity times the leverage."""
    ORDER_RATE = "ORDER_RATE"
    """Too many entries within a minute."""
    OVERLOAD = "OVERLOAD"
    """Too many signals wait for their decision at once."""
    PLUGIN_GATE = "PLUGIN_GATE"
    """A gate of a plug-in said no, or could not be asked; its name is in the decision."""
    # from: risk, a decision that passed every gate
    SHADOW = "SHADOW"
    """The floor is configured with enabled = false: the decision stands, no order follows."""

    # from: the simulated venue, of an order or its rest
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
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    """Somebody asked for the cancel, of this order or of all that work."""
    CORPORATE_ACTION = "CORPORATE_ACTION"
    """A split: an entry in old units, or what comes to less than one new unit."""
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
    """A kill is latched: nothing acts but its own flattening."""
    STOPPED = "STOPPED"
    """The floor is stopped: no entry works."""
    FLATTENED = "FLATTENED"
    """The position is closed or reduced by a request, a stop that flattens or a limit."""

    # from: the answer to a command
    ENGINE_STATE = "ENGINE_STATE"
    """The command is not allowed in the present state."""
    KILL_LATCHED = "KILL_LATCHED"
    """Only a rearm that names the kill leads on."""
    KILL_MISMATCH = "KILL_MISMATCH"
    """The kill that is named is not the latched one."""
    REASON_MISSING = "REASON_MISSING"
    """The command needs a reason for the audit."""
    BAD_SETTING = "BAD_SETTING"
    """A setting is unknown, mistyped or out of range."""
    NOT_CHANGEABLE = "NOT_CHANGEABLE"
    """The setting cannot change while the engine runs."""
    BAD_PART = "BAD_PART"
    """A part of a position is more than nothing and at most all of it."""
    NO_POSITION = "NO_POSITION"
    """Nothing is open that could be closed."""
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    """The same request id came with another command."""

    @classmethod
    def _missing_(cls, value: object) -> "Refusal | None":
        """A code that stores hold under the name it once had."""
        name = FORMER_CODES.get(str(value))
        return None if name is None else cls(name)


FORMER_CODES = {"REQUESTED": "CANCEL_REQUESTED"}
"""Reason codes that are written no more -> what they are read as. What is stored stays as it is."""

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
