"""One pure core with its state and its name: the unit that both drivers run.

Decides nothing; hides from the drivers whether a core decides or folds. Input: a message and the
engine time; output: what follows from it.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from ..messages import ChainUpdate, MarketUpdate, Message, TimerDue
from ..types import UpdateKind
from .core import DecidingCore, FoldingCore, heard_by, step


class Room(Protocol):
    """Something that takes one message at a time."""

    name: str

    def step(self, message: Message, now: int) -> Sequence[Message]:
        """Take one message; return what follows."""
        ...

    def next_due(self) -> int | None:
        """Engine time of the next TimerDue it asks for."""
        ...


class DecidingRoom:
    """A room over a deciding core."""

    def __init__(self, name: str, core: DecidingCore[Any], state: Any = None) -> None:
        self.name = name
        self.core = core
        self.state = core.initial() if state is None else state
        self._heard = heard_by(core)

    def step(self, message: Message, now: int) -> Sequence[Message]:
        """Apply the message, decide, apply the outcome."""
        return step(self.core, self._heard, self.state, message, now)

    def next_due(self) -> int | None:
        """Engine time of the next TimerDue it asks for."""
        return self.core.next_due(self.state)


class FoldingRoom:
    """A room over a folding core."""

    def __init__(self, name: str, core: FoldingCore[Any], state: Any = None) -> None:
        self.name = name
        self.core = core
        self.state = core.initial() if state is None else state

    def step(self, message: Message, now: int) -> Sequence[Message]:
        """Advance the state by one message."""
        return self.core.advance(self.state, message, now)

    def next_due(self) -> int | None:
        """Engine time of the next TimerDue it asks for."""
        return self.core.next_due(self.state)


class SelfTimed:
    """A room that fires its own timers up to ``now`` before each message.

    Free running, a message may overtake the timer that should have come before it.
    """

    def __init__(self, room: Room) -> None:
        self.name = room.name
        self.room = room

    def step(self, message: Message, now: int) -> Sequence[Message]:
        """Due timers first, then the message; a tape bar's range and quotes come before timers of that ts."""
        if isinstance(message, MarketUpdate):
            before = message.kind is UpdateKind.BAR
        else:
            before = isinstance(message, ChainUpdate)
        outputs = list(self._timers(now - 1 if before else now))
        if not isinstance(message, TimerDue):
            outputs += self.room.step(message, now)
        return outputs

    def next_due(self) -> int | None:
        """Engine time of the next TimerDue it asks for."""
        return self.room.next_due()

    def _timers(self, until: int) -> Sequence[Message]:
        outputs: list[Message] = []
        while (due := self.room.next_due()) is not None and due <= until:
            outputs += self.room.step(TimerDue(due), due)
        return outputs
