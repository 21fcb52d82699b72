"""Bars as the rows that the kernels take: one row per instant at which something closed.

Decides which bar of an instant is the own one and which the base. Knows no detector. Input: bars as
messages; output: int64 rows (see ``layout``), in time order.
"""

from collections.abc import Sequence

import numpy as np

from ..messages import Bar, BarsClosed
from .layout import C_BASE, C_BASE_START, C_HISTORY, C_INDEX, C_OWN, C_TS, ROW, Ints

_OWN = slice(C_INDEX, ROW)
_BASE = slice(C_BASE_START, C_INDEX)


def bars_of(message: BarsClosed, timeframe: str) -> tuple[Bar | None, Bar | None]:
    """(base, own) of an instant; a base bar of the own timeframe is the own bar and nothing else."""
    base = message.base
    own = next((bar for bar in message.bars if bar.timeframe == timeframe), None)
    if base is not None and base.timeframe == timeframe:
        return None, own or base
    return base, own


def fill_row(row: Ints, ts: int, base: Bar | None, own: Bar | None, history: bool) -> None:
    """Write one instant; ``row`` has ROW columns, columns of an absent bar keep what they had."""
    row[C_TS], row[C_HISTORY] = ts, history
    row[C_BASE], row[C_OWN] = base is not None, own is not None
    if base is not None:
        row[_BASE] = _base_columns(base)
    if own is not None:
        row[_OWN] = _own_columns(own)


def rows_of(own: Sequence[Bar], base: Sequence[Bar]) -> Ints:
    """Own and base bars, each in time order, as rows; bars that end together share a row."""
    own_ends = np.fromiter((bar.end for bar in own), np.int64, len(own))
    base_ends = np.fromiter((bar.end for bar in base), np.int64, len(base))
    ends = np.union1d(own_ends, base_ends)
    rows = np.zeros((len(ends), ROW), np.int64)
    rows[:, C_TS] = ends
    for ends_of, bars, flag, columns, values in (
        (base_ends, base, C_BASE, _BASE, _base_columns),
        (own_ends, own, C_OWN, _OWN, _own_columns),
    ):
        if not len(bars):
            continue
        at = np.searchsorted(ends, ends_of)
        rows[at, flag] = 1
        rows[at, columns] = np.array([values(bar) for bar in bars], np.int64)
        rows[at, C_HISTORY] |= np.fromiter((bar.history for bar in bars), np.int64, len(bars))
    return rows


def _base_columns(bar: Bar) -> tuple[int, ...]:
    return bar.start, bar.open, bar.high, bar.low, bar.close, bar.session


def _own_columns(bar: Bar) -> tuple[int, ...]:
    return (
        *(bar.index, bar.start, bar.open, bar.high, bar.low, bar.close),
        *(bar.volume, bar.session, bar.full),
    )
