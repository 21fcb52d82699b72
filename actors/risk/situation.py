"""All that the gates look at, as of one decision: the order, the market, the account and its limits.

Decides the names and units of what a gate may be asked about. Knows no gate and no state. Money and
prices in nanos, None = unknown; a limit of 0 is off but where it says otherwise.
"""

import msgspec

from ..types import Direction, TradingState


class Situation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry about to be made. Every sum counts this entry in, and what the same step took before it."""

    symbol: str
    direction: Direction
    entry: int
    """The signal's own entry price."""
    stop: int
    target: int
    quantity: int
    trading: TradingState
    locks: tuple[str, ...]
    """Names of the locks that hold for the symbol now."""

    scheduled: bool | None
    """Inside the schedule and the instrument's session; None = the session cannot be told."""
    clock: str
    """Now, as told in the schedule's time zone."""
    schedule: str
    schedule_margin: int | None
    """Whole minutes inside (+) or outside (-) the schedule's hours."""
    session_date: str
    """Of the market's session in which the order starts to work."""
    closed_date: bool
    """The config names this date as one without entries."""
    early_close: bool
    early_closes_allowed: bool
    since_open: int | None
    """Nanoseconds since the session's open; None where only whole sessions are judged."""
    until_close: int | None
    after_open: int
    """Nanoseconds after the open without entries."""
    before_close: int
    """Nanoseconds before the close without entries."""

    price: int | None
    """Last price."""
    price_age: int | None
    """Nanoseconds; on a bar tape between the end of the last tape bar and the instant decided on."""
    max_price_age: int
    """0 on a bar tape: that very instant."""
    base_closed: bool
    """A base bar closed at the instant decided on."""
    max_deviation: int
    """Of the last price from the signal's entry, in 1e-6 of the entry."""

    bid: int
    ask: int
    """Of the newest quote, as it was told; 0 = nobody quotes that side."""
    quote_age: int | None
    """Nanoseconds; None = the feed told no quote."""
    max_quote_age: int
    max_spread: int
    """1e-6 of a basis point of the mid."""
    quote_required: bool

    score: float
    min_score: float
    min_reward_risk: int
    """1e-6."""

    now: int
    """Engine time, ns."""
    last_trade: int
    """When the symbol's last round trip closed, ns; 0 = none did."""
    last_loss: int
    after_trade: int
    """Nanoseconds without an entry after a round trip."""
    after_loss: int
    held: int
    """Signed position in the symbol."""
    reserved: bool
    """An entry in the symbol is approved and not finished."""
    against: str
    """What is held or under way in the same underlying against the direction; empty = nothing."""
    allow_short: bool

    trades: int
    """Entries of the session in which the order starts to work."""
    max_trades: int
    """0 = no entry at all."""
    result: int | None
    """Equity less the opening equity of the session that is not closed yet: what is decided at a close
    is still judged by the loss of that day."""
    max_loss: int
    drawdown: int | None
    """Fall of equity from its highest."""
    max_drawdown: int
    losses: int
    """Losing round trips in a row, of this session."""
    max_losses: int

    unit_notional: int | None
    notional: int | None
    """Of this order, at the last price."""
    max_notional: int
    exposure: int | None
    """Positions at last prices and reservations, this order's included."""
    max_exposure: int
    underlying: str
    underlying_exposure: int | None
    max_underlying: int
    klass: str
    """Class of the signal's timeframe."""
    class_exposure: int | None
    max_class: int
    positions: int
    """Symbols with a position or an entry under way."""
    max_positions: int
    power_needed: int | None
    """Exposure and the fees of this entry."""
    power: int | None
    """Equity times the largest leverage; 0 = off."""
    orders: int
    """Entries approved within the last minute."""
    max_orders: int
    backlog: int
    """Signals that wait for their decision at once."""
    max_backlog: int
