"""Compiling the kernels at a moment of one's choosing: a visible phase before any actor starts."""

import numpy as np

from .kernel import advance_many
from .layout import ROW, WANT_NOTHING
from .state import new_events, new_state


def compile_kernels() -> None:
    """Compile every kernel for its real argument types, or load it from its cache folder."""
    state = new_state(tick=1, detectors=0, cross_session=True, intraday_ns=0)
    advance_many(state, new_events(WANT_NOTHING), np.zeros((0, ROW), np.int64), 0)
