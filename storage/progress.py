"""How far each actor has come: its incarnation and what it has handled.

Decides what a handled message moves. Knows no table and no order of commits; ``journal`` moves it along,
``batch`` writes it.
"""

from typing import Any

from tradingfloor.actors.messages import TimerDue
from tradingfloor.actors.runtime.journal import Envelope, Mark, Step


def fence(actor: str, epoch: int) -> Step:
    """From here on in the queue only steps of ``epoch`` and later are written for this actor."""
    return Step(actor, epoch, Envelope(TimerDue(0), 0), ())


class Progress:
    """One actor's mark, written over in place: every message of every actor moves one."""

    __slots__ = ("actor", "batched", "durable", "epoch", "moved", "now", "tape")

    def __init__(self, actor: str, epoch: int = 0, mark: Mark | None = None) -> None:
        self.actor = actor
        self.epoch = epoch
        self.tape, self.durable, self.batched, self.now = mark or Mark()
        self.moved = False
        """True when it is ahead of the store."""

    def row(self) -> tuple[Any, ...]:
        """The row of the marks table."""
        return (self.actor, self.epoch, self.tape, self.durable, self.batched, self.now)
