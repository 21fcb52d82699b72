"""Rows through the kernel, in bulk: for rebuilding and for scans.

Decides how many events are buffered at a time. Knows no message. Input: a state and rows; output: the
events that were wanted, and the changed state.
"""

from collections.abc import Iterator
from typing import cast

import numpy as np

from . import layout as at
from .kernel import FAULTS, advance_many
from .state import Events, Ints, State, new_events


def run(state: State, rows: Ints, wanted: int = at.WANT_NOTHING) -> Iterator[Ints]:
    """Advance ``state`` by all ``rows``; yield the events in blocks, each valid until the next.

    Raises ValueError at a row that breaks an invariant, with all rows before it taken.
    """
    events = new_events(wanted)
    first = 0
    while first < len(rows):
        first = advance_many(state, events, rows, first)
        yield written(events)
        raise_fault(events)


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
