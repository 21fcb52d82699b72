"""Bars as the rows that the kernels take: one row per instant at which something closed.

Decides which bar of an instant is the own one and which the base. Knows no detector. Input: bars as
messages; output: int64 rows (see ``layout``), in time order.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..messages import Bar, BarsClosed
from . import layout as at
from .state import Ints

_OWN = slice(at.C_INDEX, at.ROW)
_BASE = slice(at.C_BASE_START, at.C_INDEX)


def unknown_open(_: int) -> int:
    """For bars whose sessions are not known."""
    return -1


def bars_of(message: BarsClosed, timeframe: str) -> tuple[Bar | None, Bar | None]:
    """(base, own) of an instant; a base bar of the own timeframe is the own bar and nothing else."""
    base = message.base
    own = next((bar for bar in message.bars if bar.timeframe == timeframe), None)
    if base is not None and base.timeframe == timeframe:
        return None, own or base
    return base, own


def fill_row(
    row: Ints, ts: int, base: Bar | None, own: Bar | None, history: bool, opened: Callable[[int], int]
) -> None:
    """Write one instant; ``row`` has ROW columns, columns of an absent bar keep what they had.

    ``opened`` tells the open of a session by its ordinal, -1 where it is not known.
    """
    row[at.C_TS], row[at.C_HISTORY] = ts, history
    row[at.C_BASE], row[at.C_OWN] = base is not None, own is not None
    if base is not None:
        row[_BASE] = _base_columns(base)
    if own is not None:
        row[_OWN] = _own_columns(own, opened)


def rows_of(own: Sequence[Bar], base: Sequence[Bar], opened: Callable[[int], int] = unknown_open) -> Ints:
    """Own and base bars, each in time order, as rows; bars that end together share a row."""
    own_ends = np.fromiter((bar.end for bar in own), np.int64, len(own))
    base_ends = np.fromiter((bar.end for bar in base), np.int64, len(base))
    ends = np.union1d(own_ends, base_ends)
    rows = np.zeros((len(ends), at.ROW), np.int64)
    rows[:, at.C_TS] = ends
    if len(base):
        place = np.searchsorted(ends, base_ends)
        rows[place, at.C_BASE] = 1
        rows[place, _BASE] = np.array([_base_columns(bar) for bar in base], np.int64)
        rows[place, at.C_HISTORY] |= np.fromiter((bar.history for bar in base), np.int64, len(base))
    if len(own):
        place = np.searchsorted(ends, own_ends)
        rows[place, at.C_OWN] = 1
        rows[place, _OWN] = np.array([_own_columns(bar, opened) for bar in own], np.int64)
        rows[place, at.C_HISTORY] |= np.fromiter((bar.history for bar in own), np.int64, len(own))
    return rows


def _base_columns(bar: Bar) -> tuple[int, ...]:
    return bar.start, bar.open, bar.high, bar.low, bar.close, bar.session


def _own_columns(bar: Bar, opened: Callable[[int], int]) -> tuple[int, ...]:
    begin = opened(bar.session)
    return (
        *(bar.index, bar.start, bar.open, bar.high, bar.low, bar.close),
        *(bar.volume, bar.session, bar.full, bar.start - begin if 0 <= begin <= bar.start else -1),
    )
