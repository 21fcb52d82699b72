"""The events about the engine itself: boots, restarts, isolations, dropped messages.

Decides their ids and fields. They are journaled for people and status; no ledger hash contains them.
"""

import time

from tradingfloor.actors import messages as m
from tradingfloor.actors.domain.ids import derive_id
from tradingfloor.actors.runtime.journal import Envelope, Step

OUTSIDE = "engine"
"""The author of what no actor decides."""


def booted(boot: int, now: int, version: str, config: str, resumed_at: int) -> m.EngineBooted:
    """A process opened the store."""
    return m.EngineBooted(
        id=derive_id(now, "boot", boot),
        ts=now,
        boot=boot,
        version=version,
        config=config,
        resumed_at=resumed_at,
    )


def happened(
    kind: type[m.Message],
    actor: str,
    epoch: int,
    held: Envelope | None,
    error: str,
    *,
    now: int,
    journal_id: str,
) -> m.ActorRestarted | m.ActorIsolated | m.MessageDropped:
    """What the supervisor reports of one actor."""
    # Not part of any ledger, so the real time may tell two boots apart that fail alike.
    event_id = derive_id(now, actor, kind.__name__, epoch, journal_id, time.time_ns())
    if kind is m.ActorRestarted:
        return m.ActorRestarted(id=event_id, ts=now, actor=actor, epoch=epoch, error=error)
    if kind is m.ActorIsolated:
        return m.ActorIsolated(id=event_id, ts=now, actor=actor, error=error)
    name = type(held.message).__name__ if held else ""
    return m.MessageDropped(id=event_id, ts=now, actor=actor, message=name, error=error)


def as_step(event: m.Event, now: int) -> Step:
    """The event as the journal takes it."""
    return Step(OUTSIDE, 0, Envelope(m.TimerDue(now), now), [event])
