"""The gates of the order itself and of the moment: is this a sound order, and may one be made now?

Decides each verdict alone. Knows no other gate, no state and no limit of the account (``account_gates``).
Input: a ``Situation``; output: a ``Verdict``.
"""

from ..domain.money import format_nanos
from ..types import MAX_PRICE, NANOS, Direction, TradingState
from .situation import Situation
from .verdict import OFF, Verdict, signed, told, unknown

_MINUTE = 60 * NANOS
_MILLIONTH = 1_000_000
_BPS = 10_000


def order(s: Situation) -> Verdict:
    """The signal's own prices can be traded, and its bracket encloses its entry on the right sides."""
    first, last = (s.stop, s.target) if s.direction is Direction.LONG else (s.target, s.stop)
    long = s.direction is Direction.LONG
    if 0 < first < s.entry < last <= MAX_PRICE:
        return _SOUND_LONG if long else _SOUND_SHORT
    limit = _LONG if long else _SHORT
    value = f"stop {format_nanos(s.stop)}, entry {format_nanos(s.entry)}, target {format_nanos(s.target)}"
    return Verdict(False, value, limit)


_LONG, _SHORT = "stop < entry < target", "target < entry < stop"
_SOUND_LONG, _SOUND_SHORT = Verdict(True, "sound", _LONG), Verdict(True, "sound", _SHORT)


def state(s: Situation) -> Verdict:
    """The floor is RUNNING."""
    return Verdict(s.trading is TradingState.RUNNING, s.trading.value, "RUNNING")


def locks(s: Situation) -> Verdict:
    """No lock holds."""
    return Verdict(False, ", ".join(s.locks), "none") if s.locks else _NONE


_NONE = Verdict(True, "none", "none")


def schedule(s: Situation) -> Verdict:
    """Inside the configured hours, with the market open."""
    if s.scheduled is None:
        return unknown(s.schedule)
    margin = "" if s.schedule_margin is None else f"{s.schedule_margin:+d}"
    return Verdict(s.scheduled, s.clock, s.schedule, margin)


def calendar(s: Situation) -> Verdict:
    """A date on which entries are made, and not too near to the session's own open or close."""
    if s.closed_date:
        return Verdict(False, s.session_date, "not a date without entries")
    if s.early_close and not s.early_closes_allowed:
        return Verdict(False, f"{s.session_date} closes early", "no early close")
    if not (s.after_open or s.before_close):
        return Verdict(True, s.session_date, "any time")
    limit = _window(s.after_open, s.before_close)
    if s.since_open is None or s.until_close is None:
        # A whole session was judged: its order works from the next open, and is none of its last minutes.
        return Verdict(True, s.session_date, limit)
    since, until = s.since_open - s.after_open, s.until_close - s.before_close
    value = f"{s.since_open // _MINUTE} after open, {s.until_close // _MINUTE} before close"
    return Verdict(since >= 0 and until > 0, value, limit, f"{min(since, until) // _MINUTE:+d}")


def _window(after: int, before: int) -> str:
    return f"{_minutes(after)} after open to {_minutes(before)} before close"


def freshness(s: Situation) -> Verdict:
    """The last price is young enough, and the closing bar had one."""
    limit = told(s.max_price_age)
    if s.price is None or s.price_age is None:
        return unknown(limit)
    age = format_nanos(s.price_age)
    if not s.base_closed:
        # Without a trade in the bar that closes there is nothing new to act on, however long the limit.
        return Verdict(False, f"{age}, no trade in the closing bar", limit)
    room = s.max_price_age - s.price_age
    return Verdict(room >= 0, age, limit, signed(room))


def quote(s: Situation) -> Verdict:
    """The last price has not left the one that the signal was raised at."""
    if not s.max_deviation:
        return OFF
    if s.price is None:
        return unknown(_percent(s.max_deviation))
    # Rounded up: a deviation of anything beyond the limit is beyond it.
    away = -(-abs(s.price - s.entry) * _MILLIONTH // max(1, s.entry))
    room = s.max_deviation - away
    sign = "" if room < 0 else "+"
    return Verdict(room >= 0, _percent(away), _percent(s.max_deviation), f"{sign}{_percent(room)}")


def spread(s: Situation) -> Verdict:
    """What is quoted can be traded at, and is not too wide; a symbol without quotes passes.

    A quote that is too old is none. Where a limit is set it fails all the same: what was quoted before
    cannot be judged now.
    """
    limit = (_bps(s.max_spread) if s.max_spread else "any") + _REQUIRED * s.quote_required
    if s.quote_age is None:
        return Verdict(not s.quote_required, "no quote", limit)
    if s.quote_age > s.max_quote_age:
        value = f"quoted {format_nanos(s.quote_age)} s ago"
        return Verdict(not (s.quote_required or s.max_spread), value, limit)
    if not (s.bid and s.ask):
        return Verdict(False, "one-sided" if s.bid or s.ask else "nothing quoted", limit)
    if s.bid >= s.ask:
        return Verdict(False, "crossed" if s.bid > s.ask else "locked", limit)
    # Rounded up, as above.
    wide = -(-(s.ask - s.bid) * 2 * _BPS * _MILLIONTH // (s.ask + s.bid))
    if not s.max_spread:
        return Verdict(True, _bps(wide), limit)
    room = s.max_spread - wide
    return Verdict(room >= 0, _bps(wide), limit, f"{'' if room < 0 else '+'}{_bps(room)}")


_REQUIRED = ", a quote required"


def confidence(s: Situation) -> Verdict:
    """The score is high enough."""
    room = round(s.score - s.min_score, 6)
    return Verdict(room >= 0, f"{s.score:.10g}", f"{s.min_score:.10g}", f"{room:+.10g}")


def reward_risk(s: Situation) -> Verdict:
    """From the last price it is far enough to the target for the way to the stop."""
    if not s.min_reward_risk:
        return OFF
    limit = f"{s.min_reward_risk / _MILLIONTH:g}"
    if s.price is None:
        return unknown(limit)
    sign = int(s.direction)
    reward, risk = (s.target - s.price) * sign, (s.price - s.stop) * sign
    if risk <= 0:
        return Verdict(False, "beyond its stop", limit)
    passed = reward * _MILLIONTH >= s.min_reward_risk * risk
    room = round(reward / risk - s.min_reward_risk / _MILLIONTH, 6)
    return Verdict(passed, f"{round(reward / risk, 6):g}", limit, f"{room:+g}")


def cooldown(s: Situation) -> Verdict:
    """Long enough after the symbol's last round trip, and after its last loss."""
    if not (s.after_trade or s.after_loss):
        return OFF
    limit = f"{_minutes(s.after_trade)} after a trade, {_minutes(s.after_loss)} after a loss"
    if not s.last_trade:
        return Verdict(True, "no trade yet", limit)
    ends = max(s.last_trade + s.after_trade, s.last_loss + s.after_loss if s.last_loss else 0)
    room = s.now - ends
    return Verdict(room >= 0, _minutes(s.now - s.last_trade), limit, f"{room // _MINUTE:+d}")


def opposite_position(s: Situation) -> Verdict:
    """Nothing is held or under way the other way in the same underlying."""
    return Verdict(False, s.against, "none") if s.against else _NONE


def geometry(s: Situation) -> Verdict:
    """The last price still lies between stop and target."""
    sign = int(s.direction)
    low, high = (s.stop, s.target) if s.stop < s.target else (s.target, s.stop)
    limit = f"{format_nanos(low)} < price < {format_nanos(high)}"
    if s.price is None:
        return unknown(limit)
    room = min((s.price - s.stop) * sign, (s.target - s.price) * sign)
    return Verdict(room > 0, format_nanos(s.price), limit, signed(room))


def one_position(s: Situation) -> Verdict:
    """The symbol is flat and no entry is under way."""
    if not s.held and not s.reserved:
        return _FLAT
    return Verdict(False, f"position {s.held}" if s.held else "entry in progress", "flat")


_FLAT = Verdict(True, "flat", "flat")


def short(s: Situation) -> Verdict:
    """Shorts are allowed, or it is none."""
    limit = "LONG or SHORT" if s.allow_short else "LONG"
    return Verdict(s.allow_short or s.direction is Direction.LONG, s.direction.name, limit)


def _minutes(nanoseconds: int) -> str:
    return f"{nanoseconds / _MINUTE:.6g}"


def _bps(millionths: int) -> str:
    return f"{millionths / _MILLIONTH:.6g}"


def _percent(millionths: int) -> str:
    return f"{millionths / 10_000:.6g}"
