import pytest
from signal_bars import bars, messages, state, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.signals import compilation
from tradingfloor.actors.signals.batch import scan
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.kernel import advance_many
from tradingfloor.actors.signals.rows import rows_of


def test_live_rebuilt_and_scanned_bars_run_the_one_kernel_that_was_compiled():
    compilation.compile_kernels()
    own = bars(walk(1, 60))
    core = SignalCore("SPX", "15m", ("FVG",), 1, "tape", "config", calendar("24h", "UTC"))
    known = core.initial()
    for message in messages(own):
        core.advance(known, message, message.ts)
    core.rebuild(own)
    scan(state(), rows_of(own, ()))
    assert len(advance_many.signatures) == 1


def test_a_swing_window_that_does_not_fit_is_refused():
    for left, right in ((-1, 5), (4, 0), (40, 24)):
        with pytest.raises(ValueError, match="window"):
            state(swing_left=left, swing_right=right)
