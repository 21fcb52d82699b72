"""Rows through the kernel, in bulk: for rebuilding and for scans.

Decides how many events are buffered at a time. Knows no message. Input: a state and rows; output: the
events that were wanted, and the changed state.
"""

from collections.abc import Iterator

import numpy as np

from .kernel import FAULTS, advance_many
from .layout import (
    EVENT,
    H_COUNT,
    H_FAULT,
    NEED_ALL,
    NEED_SIGNALS,
    WANT_ALL,
    WANT_NOTHING,
    Events,
    Ints,
    State,
    new_events,
)

NEED = (0, NEED_SIGNALS, NEED_ALL)
"""By what is wanted: free event rows that one instant needs."""


def run(state: State, rows: Ints, wanted: int = WANT_NOTHING) -> Iterator[Ints]:
    """Advance ``state`` by all ``rows``; yield the events in blocks, each valid until the next.

    Raises ValueError at a row that breaks an invariant, with all rows before it taken.
    """
    events = new_events(wanted, instants=2)
    first = 0
    while first < len(rows):
        first = advance_many(state, events, rows, first, NEED[wanted])
        yield events.rows[: events.head[H_COUNT]]
        raise_fault(events)


def raise_fault(events: Events) -> None:
    """Turn the fault a kernel call left behind into a ValueError."""
    if events.head[H_FAULT]:
        raise ValueError(f"bars refused: {FAULTS[events.head[H_FAULT]]}")


def scan(state: State, rows: Ints) -> Ints:
    """Every event of ``rows``, structure and entries, in the order in which they became known."""
    blocks = [block.copy() for block in run(state, rows, WANT_ALL)]
    return np.concatenate(blocks) if blocks else np.zeros((0, EVENT), np.int64)
