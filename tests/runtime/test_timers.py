"""Free running, timers are looked for where there are any, however many actors have none."""

import pytest

from tradingfloor.actors.messages import TimerDue
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.live import FreeRunning
from tradingfloor.actors.runtime.mailbox import Mailbox


class Untouched(Mailbox):
    """A mailbox that must not be looked at."""

    @property
    def next_due(self):
        raise AssertionError("looked at")


def floor(*names):
    free, timed = FreeRunning(None), {}
    free.mailboxes = {name: Mailbox(name, timed) for name in names}
    free.mailboxes["signals:X:1m"] = Untouched("signals:X:1m", timed)
    free.timed = timed
    return free, free.mailboxes


def test_only_actors_that_ever_asked_for_a_timer_are_looked_at():
    free, boxes = floor("market_data", "risk")
    boxes["risk"].next_due = 5
    free.fire_timers(4)
    assert boxes["risk"].depth == 0
    free.fire_timers(5)
    assert boxes["risk"].in_hand is None
    assert boxes["risk"].take(0).message.message == TimerDue(5)
    assert boxes["risk"].next_due is None
    free.fire_timers(9)
    assert boxes["risk"].depth == 0


def test_an_actor_that_asks_again_is_woken_again_and_one_given_up_is_not():
    free, boxes = floor("market_data", "risk", "executor")
    for due in (5, 7):
        boxes["risk"].next_due = due
        free.fire_timers(due)
    assert boxes["risk"].depth == 2
    boxes["executor"].next_due = 8
    free.lost("executor", None)
    free.fire_timers(9)
    assert boxes["executor"].depth == 0


def test_work_on_a_passing_thread_returns_and_raises_as_if_it_were_done_here():
    import threading

    from tradingfloor.passing import on_passing_thread

    assert on_passing_thread(threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        on_passing_thread(lambda: 1 / 0)
    assert not any(thread.name == "recovery" for thread in threading.enumerate())


def test_a_timer_waits_for_what_market_data_has_been_sent_and_has_not_handled():
    free, boxes = floor("market_data", "risk")
    market = boxes["market_data"]
    market.send(Envelope("an update", 6))
    boxes["risk"].next_due = 7
    free.fire_timers(9)
    assert boxes["risk"].depth == 0
    market.take(0)
    free.fire_timers(9)
    assert boxes["risk"].depth == 0, "it is in hand and not handled"
    market.done()
    free.fire_timers(9)
    assert boxes["risk"].depth == 1
