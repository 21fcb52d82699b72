"""A room that fires its own timers: what it lets pass before a timer of the same instant, and what after."""

import pytest

from tradingfloor.actors.messages import ChainUpdate, MarketUpdate, RefusedUpdate, TimerDue
from tradingfloor.actors.runtime.room import SelfTimed
from tradingfloor.actors.types import Refusal, UpdateKind


class Noted:
    """A room with one timer that notes what it is given."""

    name = "noted"

    def __init__(self, due):
        self.due, self.given = due, []

    def next_due(self):
        return self.due

    def step(self, message, now):
        self.given.append((type(message).__name__, now))
        if isinstance(message, TimerDue):
            self.due = None
        return ()


def update(kind, start=10):
    return MarketUpdate(1, "SPX", kind, 10, start, 5, 5, 5, 5, 1)


@pytest.mark.parametrize(
    ("message", "first"),
    [
        (update(UpdateKind.BAR, 9), "MarketUpdate"),
        (ChainUpdate(1, "SPX", 10, ()), "ChainUpdate"),
        (update(UpdateKind.OPEN), "TimerDue"),
        (update(UpdateKind.TICK), "TimerDue"),
        (RefusedUpdate(1, "SPX", 10, Refusal.NAN), "TimerDue"),
    ],
)
def test_ranges_and_quotes_come_before_the_timer_of_their_instant_and_all_else_after(message, first):
    room = Noted(due=10)
    SelfTimed(room).step(message, 10)
    assert room.given[0] == (first, 10)
    later = Noted(due=9)
    SelfTimed(later).step(message, 10)
    assert later.given[0] == ("TimerDue", 9)
