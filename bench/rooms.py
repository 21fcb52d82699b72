"""A room around another: what a benchmark puts between a floor and one of its rooms."""

from collections.abc import Sequence

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.room import Room


class Around:
    """Passes everything on; an heir changes the step."""

    def __init__(self, room: Room) -> None:
        self.name, self.room = room.name, room

    def next_due(self) -> int | None:
        """The room's next timer."""
        return self.room.next_due()

    def step(self, message: m.Message, now: int) -> Sequence[m.Message]:
        """The room's step."""
        return self.room.step(message, now)
