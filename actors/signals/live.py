"""Entries that are still evidence, until they fail, are stopped or grow old.

These are breaks, sweeps, displacements and strat entries; gaps and order blocks keep their own life (see
``gaps``, ``blocks``). Decides when a later close takes the evidence away. Knows no score: it writes the
change, risk weighs it. Signed prices.
"""

from ..runtime.machine_code import part
from . import layout as at
from .events import emit
from .state import Events, State, copy_row, live_of


@part
def enlist(st: State, code: int, origin: int, bar: int, sign: int, level: int, stop: int) -> None:
    """Follow an entry whose first bar is ``bar``; without a ``stop`` (NONE) it is no signal."""
    n = st.live_count
    assert n < at.LIVE_CAP  # the lives of all entries fit
    row = live_of(st)[n]
    row[at.V_CODE], row[at.V_TS], row[at.V_ORIGIN], row[at.V_BAR] = code, st.ts, origin, bar
    row[at.V_SIGN], row[at.V_LEVEL], row[at.V_STOP] = sign, level, stop
    st.live_count = n + 1


@part
def lifetime(code: int) -> int:
    """Own bars after which an entry is no evidence any more."""
    if code >= at.STRAT_REVERSAL:
        return at.STRAT_LIFE
    if code == at.SWEEP:
        return at.SWEEP_LIFE
    return at.BOS_LIFE if code in (at.BOS, at.CHOCH) else at.DISPLACEMENT_LIFE


@part
def verdict(st: State, n: int, close: int, own: int) -> int:
    """What a close means for one entry: an event code, 0 = it goes on, -1 = it has grown old.

    ``own``: 1 for the close of an own bar. A strat entry is judged by every close, all others by those.
    """
    code = live_of(st)[n, at.V_CODE]
    age = st.within - live_of(st)[n, at.V_BAR]
    if age > lifetime(code):
        return -1
    if own == 0 and code < at.STRAT_REVERSAL:
        return 0
    reached = live_of(st)[n, at.V_SIGN] * close
    structure = code in (at.BOS, at.CHOCH)
    if structure and 1 <= age <= st.fail_bars and reached <= live_of(st)[n, at.V_LEVEL]:
        return at.BREAK_FAILED
    return at.STOPPED if reached < live_of(st)[n, at.V_STOP] else 0


@part
def may_fail(st: State, n: int) -> bool:
    """A stopped break is no evidence any more; a close back through its level still tells that it failed."""
    structure = live_of(st)[n, at.V_CODE] in (at.BOS, at.CHOCH)
    return bool(structure and st.within - live_of(st)[n, at.V_BAR] < st.fail_bars)


@part
def end_entry(st: State, ev: Events, n: int, code: int) -> None:
    """Write that an entry is no longer evidence."""
    row = live_of(st)[n]
    signal = at.CHANGED if row[at.V_STOP] != at.NONE else at.STRUCTURE
    edge = row[at.V_STOP] if code == at.STOPPED else row[at.V_LEVEL]
    source = row[at.V_TS], row[at.V_CODE]
    emit(st, ev, code, row[at.V_SIGN], row[at.V_ORIGIN], edge, edge, signal, source[0], source[1])


@part
def settle(st: State, ev: Events, close: int, own: int) -> None:
    """Judge every live entry by a close, in the order in which they were raised."""
    kept = 0
    for n in range(st.live_count):
        code = verdict(st, n, close, own)
        if code > 0:
            end_entry(st, ev, n, code)
        if code == at.STOPPED and may_fail(st, n):
            live_of(st)[n, at.V_STOP], code = at.NONE, 0
        if code == 0:
            if kept != n:
                copy_row(live_of(st), kept, live_of(st)[n])
            kept += 1
    st.live_count = kept


@part
def spend(st: State, ev: Events, origin: int, sign: int) -> None:
    """The other trigger of the same setup fired later: the entry of side ``sign`` is spent."""
    kept = 0
    for n in range(st.live_count):
        row = live_of(st)[n]
        strat = row[at.V_CODE] >= at.STRAT_REVERSAL
        if strat and row[at.V_ORIGIN] == origin and row[at.V_SIGN] == sign:
            end_entry(st, ev, n, at.STRAT_SPENT)
            continue
        if kept != n:
            copy_row(live_of(st), kept, row)
        kept += 1
    st.live_count = kept
