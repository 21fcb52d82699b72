"""Rows through the kernel: one, or in bulk for rebuilding and for scans.

Decides how many events are buffered at a time, and who has a buffer: it holds more than one instant can ever
fill and is empty between two calls, so whoever calls the kernel borrows one. Knows no message. Input: a state
and rows; output: the events that were wanted, and the changed state.
"""

from collections.abc import Iterator
from typing import Final, cast

import numpy as np

from . import layout as at
from .kernel import FAULTS, advance_many
from .state import Events, Ints, State, new_events

_SPARE: Final[dict[int, list[Events]]] = {
    wanted: [] for wanted in (at.WANT_NOTHING, at.WANT_SIGNALS, at.WANT_ALL)
}


def borrow(wanted: int) -> Events:
    """A buffer that nobody else has; ``wanted``: WANT_ constant. ``give_back`` it."""
    try:
        return _SPARE[wanted].pop()
    except IndexError:
        return new_events(wanted)


def give_back(events: Events, wanted: int) -> None:
    """The buffer's rows are read; the next one may have it."""
    _SPARE[wanted].append(events)


def run(state: State, rows: Ints, wanted: int = at.WANT_NOTHING) -> Iterator[Ints]:
    """Advance ``state`` by all ``rows``; yield the events in blocks, each valid until the next.

    Raises ValueError at a row that breaks an invariant, with all rows before it taken.
    """
    events = borrow(wanted)
    try:
        first = 0
        while first < len(rows):
            first = advance_many(state, events, rows, first)
            yield written(events)
            raise_fault(events)
    finally:
        give_back(events, wanted)


def take_instant(state: State, row: Ints, wanted: int) -> list[list[int]]:
    """Advance ``state`` by the one row of ``row``; return the events that were wanted.

    Raises ValueError, changing nothing, when the row breaks an invariant.
    """
    events = borrow(wanted)
    try:
        advance_many(state, events, row, 0)
        raise_fault(events)
        found: list[list[int]] = written(events).tolist()
    finally:
        give_back(events, wanted)
    return found


def written(events: Events) -> Ints:
    """The rows that the last call of the kernel wrote."""
    return cast(Ints, events["rows"][0, : events["count"][0]])


def raise_fault(events: Events) -> None:
    """Turn the fault a kernel call left behind into a ValueError."""
    if events["fault"][0]:
        raise ValueError(f"bars refused: {FAULTS[events['fault'][0]]}")


def scan(state: State, rows: Ints) -> Ints:
    """Every event of ``rows``, structure and entries, in the order in which they became known."""
    blocks = [block.copy() for block in run(state, rows, at.WANT_ALL)]
    return np.concatenate(blocks) if blocks else np.zeros((0, at.EVENT), np.int64)
