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
from tradingfloor.actors.signals.state import EVENTS, STATE


def resident_pages(array):
    pages = (ctypes.c_ubyte * -(-array.nbytes // mmap.PAGESIZE))()
    address, size = ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes)
    assert ctypes.CDLL(None).mincore(address, size, pages) == 0
    return sum(page & 1 for page in pages)


def spare():
    return sum(len(held) for held in batch._SPARE.values())


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what is resident")
def test_a_state_costs_only_the_pages_it_fills_also_in_memory_that_was_used_before():
    used = [bytearray(b"x" * STATE.itemsize) for _ in range(20)]
    del used
    fresh = [state() for _ in range(20)]
    assert all(resident_pages(each) <= 3 for each in fresh)
    for _ in batch.run(fresh[0], rows_of(bars(walk(1, 100)), ())):
        pass
    assert 3 < resident_pages(fresh[0]) < STATE.itemsize // mmap.PAGESIZE // 4


def test_many_cores_share_one_event_buffer():
    own = messages(bars(walk(2, 40)))
    core = SignalCore("SPX", "15m", tuple(DETECTORS), 1, "tape", "config", calendar("24h", "UTC"))
    core.advance(core.initial(), own[0], own[0].ts)
    before = spare()
    states = [core.initial() for _ in range(30)]
    for known in states:
        for message in own:
            core.advance(known, message, message.ts)
    assert spare() == before
    assert sum(part.nbytes for part in states[0]) < EVENTS.itemsize


def test_a_buffer_is_lent_to_one_at_a_time_and_comes_back_also_from_refused_bars():
    first, second = batch.borrow(at.WANT_ALL), batch.borrow(at.WANT_ALL)
    assert first is not second
    batch.give_back(first, at.WANT_ALL)
    batch.give_back(second, at.WANT_ALL)
    before = spare()
    wrong = rows_of(bars(walk(3, 3)), ())
    wrong[1, at.C_TS] = wrong[0, at.C_TS]
    with pytest.raises(ValueError, match="ascend"):
        list(batch.run(state(), wrong, at.WANT_ALL))
    known = state()
    assert batch.take_instant(known, wrong[:1].copy(), at.WANT_ALL) is not None
    with pytest.raises(ValueError, match="ascend"):
        batch.take_instant(known, wrong[1:2].copy(), at.WANT_ALL)
    assert spare() == before
