"""What a signal actor weighs: the pages its detectors fill, and no buffer of its own."""

import ctypes
import mmap
import sys

import pytest
from signal_bars import bars, messages, state, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.signals import batch
from tradingfloor.actors.signals import layout as at
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.naming import DETECTORS
from tradingfloor.actors.signals.rows import rows_of
from tradingfloor.actors.signals.state import EVENTS, STATE, new_events


def resident_pages(array):
    pages = (ctypes.c_ubyte * -(-array.nbytes // mmap.PAGESIZE))()
    address, size = ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes)
    assert ctypes.CDLL(None).mincore(address, size, pages) == 0
    return sum(page & 1 for page in pages)


@pytest.fixture
def made(monkeypatch):
    """The buffers made from now on; none is spare."""
    found = []

    def make(wanted):
        found.append(new_events(wanted))
        return found[-1]

    monkeypatch.setattr(batch, "new_events", make)
    monkeypatch.setattr(batch, "_SPARE", {wanted: [] for wanted in batch._SPARE})
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what is resident")
def test_a_state_costs_only_the_pages_it_fills_also_in_memory_that_was_used_before():
    used = [bytearray(b"x" * STATE.itemsize) for _ in range(20)]
    del used
    fresh = [state() for _ in range(20)]
    assert all(resident_pages(each) <= 3 for each in fresh)
    for _ in batch.run(fresh[0], rows_of(bars(walk(1, 100)), ())):
        pass
    assert 3 < resident_pages(fresh[0]) < STATE.itemsize // mmap.PAGESIZE // 4


def test_many_cores_share_one_event_buffer(made):
    own = messages(bars(walk(2, 40)))
    core = SignalCore("SPX", "15m", tuple(DETECTORS), 1, "tape", "config", calendar("24h", "UTC"))
    states = [core.initial() for _ in range(30)]
    for known in states:
        for message in own:
            core.advance(known, message, message.ts)
    assert len(made) == 1
    assert sum(part.nbytes for part in states[0]) < EVENTS.itemsize


def test_a_buffer_is_lent_to_one_at_a_time(made):
    first, second = batch.borrow(at.WANT_ALL), batch.borrow(at.WANT_ALL)
    assert first is not second
    batch.give_back(first, at.WANT_ALL)
    assert batch.borrow(at.WANT_ALL) is first
    assert batch.borrow(at.WANT_SIGNALS)["wanted"] == at.WANT_SIGNALS
    assert len(made) == 3


def test_a_buffer_comes_back_also_from_refused_bars(made):
    rows = rows_of(bars(walk(3, 3)), ())
    rows[1, at.C_TS] = rows[0, at.C_TS]
    for _ in range(3):
        known = state()
        with pytest.raises(ValueError, match="ascend"):
            list(batch.run(known, rows, at.WANT_ALL))
        with pytest.raises(ValueError, match="ascend"):
            batch.take_instant(known, rows[1:2].copy(), at.WANT_ALL)
    assert len(made) == 1
