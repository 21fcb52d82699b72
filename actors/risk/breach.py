"""What the breach of a limit leads to: a lock until the session's close, and what the config asks for.

Decides which limits of the account are breached as it stands, and the events of a breach: the lock, then
a flatten or a kill; each once in a session, since the lock tells that it happened. Knows no gate. Input:
the state, the limits in force; output: events. Kill is asked for here and latched by the journal writer.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ..domain.calendar import Session
from ..domain.ids import derive_id
from ..domain.money import format_nanos
from ..messages import EntriesLocked, Event, FlattenRequested, KillRequested
from ..types import KillPolicy, OnBreach, TradingState
from .gates import LIMITS
from .limits import Limits
from .state import RiskState

DAILY_LOSS: Final = "daily_loss"


class Breach(NamedTuple):
    """A limit that is reached, and how, in words."""

    limit: str
    detail: str


def standing(state: RiskState, limits: Limits) -> Iterator[Breach]:
    """The limits that the account itself has reached, whatever entry may come."""
    equity, opening = state.equity, state.day.opening
    if limits.loss_bars:
        if state.below.length >= limits.loss_bars:
            yield Breach(
                DAILY_LOSS,
                f"equity closed {state.below.length} base bars in a row at least"
                f" {format_nanos(limits.max_loss)} below {format_nanos(opening)}",
            )
    elif equity <= opening - limits.max_loss:
        yield Breach(
            DAILY_LOSS, f"equity fell by {format_nanos(opening - equity)} from {format_nanos(opening)}"
        )
    if limits.max_drawdown and equity <= state.peak - limits.max_drawdown:
        fall = format_nanos(state.peak - equity)
        yield Breach("drawdown", f"equity fell by {fall} from its highest, {format_nanos(state.peak)}")
    if limits.max_losses and len(state.day.lost) >= limits.max_losses:
        yield Breach("consecutive_losses", f"{len(state.day.lost)} losing round trips in a row")


class Consequences:
    """Makes the events of a breach. ``tape`` goes into every derived id, ``policy`` into a kill."""

    def __init__(self, limits: Limits, tape: str, policy: KillPolicy) -> None:
        self._limits, self._tape, self._policy = limits, tape, policy

    def of(
        self, state: RiskState, breach: Breach, ts: int, session: Session, *, cause: bytes = b""
    ) -> list[Event]:
        """Lock entries until the session's close and do what the config says; nothing when that was done."""
        limit = breach.limit
        if state.locks.get((limit, ""), 0) >= session.close:
            return []
        lock = EntriesLocked(
            id=derive_id(ts, self._tape, limit, session.ordinal),
            ts=ts,
            cause=cause,
            lock=limit,
            symbol="",
            reason=LIMITS[limit].refusal,
            detail=breach.detail,
            until=session.close,
        )
        return [lock, *self._action(state, lock, breach, session)]

    def _action(self, state: RiskState, lock: EntriesLocked, breach: Breach, session: Session) -> list[Event]:
        limit, ts = breach.limit, lock.ts
        request_id = f"limit:{limit}:{session.ordinal}"
        reason = f"{limit}: {breach.detail}"
        match self._limits.consequence(limit):
            case OnBreach.FLATTEN:
                return [
                    FlattenRequested(
                        id=derive_id(ts, self._tape, "flatten", lock.id),
                        ts=ts,
                        cause=lock.id,
                        request_id=request_id,
                        reason=reason,
                        by="risk",
                    )
                ]
            case OnBreach.KILL if state.trading is not TradingState.KILLED:
                return [
                    KillRequested(
                        id=derive_id(ts, self._tape, "kill-request", lock.id),
                        ts=ts,
                        cause=lock.id,
                        limit=limit,
                        request_id=request_id,
                        reason=reason,
                        by="risk",
                        policy=self._policy,
                    )
                ]
            case _:
                return []
