"""The risk settings in the units that risk counts in, and what the breach of each limit does.

Decides the conversions alone. Knows no state. Input: a ``Config``; output: ``Limits``; money in nanos,
times in ns, ratios in 1e-6; 0 = off but for trades, loss, size and exposure, which are always on.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from ..config import Config
from ..types import NANOS, OnBreach

_MINUTE = 60 * NANOS
_MILLION = 1_000_000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """All that the gates hold an entry against."""

    min_score: float
    explained: float
    """Scores below it get no decision row."""
    max_trades: int
    max_loss: int
    loss_bars: int
    max_drawdown: int
    max_losses: int
    max_notional: int
    max_exposure: int
    max_underlying: int
    max_class: Mapping[str, int]
    max_positions: int
    leverage: int
    max_orders: int
    max_backlog: int
    max_price_age: int
    max_deviation: int
    max_spread: int
    """1e-6 of a basis point."""
    max_quote_age: int
    quote_required: bool
    min_reward_risk: int
    after_trade: int
    after_loss: int
    after_open: int
    before_close: int
    early_closes: bool
    closed_dates: frozenset[int]
    """Ordinals."""
    underlyings: Mapping[str, str]
    allow_short: bool
    on_breach: Mapping[str, OnBreach]

    def underlying(self, symbol: str) -> str:
        """What a symbol is counted under."""
        return self.underlyings.get(symbol, symbol)

    def consequence(self, limit: str) -> OnBreach:
        """What the breach of a limit does."""
        return self.on_breach.get(limit, OnBreach.BLOCK)


def limits_of(config: Config) -> Limits:
    """The limits of a config that was checked."""
    risk = config.risk
    return Limits(
        min_score=risk.min_confidence,
        explained=round(risk.min_confidence - risk.explain_margin, 6),
        max_trades=risk.max_daily_trades,
        max_loss=risk.max_daily_loss_nanos,
        loss_bars=risk.daily_loss_bars,
        max_drawdown=round(risk.max_drawdown * NANOS),
        max_losses=risk.max_consecutive_losses,
        max_notional=risk.max_position_nanos,
        max_exposure=risk.max_exposure_nanos,
        max_underlying=round(risk.max_underlying_exposure * NANOS),
        max_class={k.upper(): round(most * NANOS) for k, most in risk.max_class_exposure.items()},
        max_positions=risk.max_open_positions,
        leverage=round(risk.max_leverage * _MILLION),
        max_orders=risk.max_orders_per_minute,
        max_backlog=risk.max_backlog,
        max_price_age=round(risk.max_price_age * NANOS),
        max_deviation=round(risk.max_entry_deviation * _MILLION / 100),
        max_spread=round(risk.max_spread_bps * _MILLION),
        max_quote_age=config.data.quality.max_quote_age_nanos,
        quote_required=risk.require_quote,
        min_reward_risk=round(risk.min_reward_risk * _MILLION),
        after_trade=round(risk.cooldown_after_trade * _MINUTE),
        after_loss=round(risk.cooldown_after_loss * _MINUTE),
        after_open=round(risk.no_entries_after_open * _MINUTE),
        before_close=round(risk.no_entries_before_close * _MINUTE),
        early_closes=risk.early_close_entries,
        closed_dates=frozenset(date.fromisoformat(day).toordinal() for day in risk.no_entry_dates),
        underlyings=risk.underlyings,
        allow_short=risk.allow_short,
        on_breach={limit: OnBreach(action) for limit, action in risk.on_breach.items()},
    )


def buying_power(equity: int, leverage: int) -> int:
    """Equity times the leverage (1e-6), nanos; at least 1, since 0 would mean that it is off."""
    return max(1, equity * leverage // _MILLION)
