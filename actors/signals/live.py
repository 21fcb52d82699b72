"""Entries that are still evidence: breaks and strat entries, until they fail, are stopped or grow old.

Decides when a later close takes the evidence away. Gaps keep their own life (see ``gaps``). Knows no
score: it writes the change, risk weighs it. Signed prices.
"""

from ..runtime.machine_code import part
from .events import emit
from .layout import (
    BOS,
    BOS_LIFE,
    BREAK_FAILED,
    CHANGED,
    CHOCH,
    FAIL_BARS,
    LIVE_CAP,
    R_BAR,
    R_LIVE,
    R_TS,
    STOPPED,
    STRAT_LIFE,
    STRAT_SPENT,
    STRUCTURE,
    V_BAR,
    V_CODE,
    V_LEVEL,
    V_ORIGIN,
    V_RAISED,
    V_SIGN,
    V_STOP,
    V_TS,
    Events,
    State,
    copy_row,
)


@part
def enlist(
    st: State, code: int, origin: int, bar: int, sign: int, level: int, stop: int, raised: int
) -> None:
    """Follow an entry whose first bar is ``bar``."""
    n = st.registers[R_LIVE]
    assert n < LIVE_CAP  # the lives of all entries fit
    row = st.live[n]
    row[V_CODE], row[V_TS], row[V_ORIGIN], row[V_BAR] = code, st.registers[R_TS], origin, bar
    row[V_SIGN], row[V_LEVEL], row[V_STOP], row[V_RAISED] = sign, level, stop, raised
    st.registers[R_LIVE] = n + 1


@part
def verdict(st: State, n: int, close: int, own: int) -> int:
    """What a close means for one entry: an event code, 0 = it goes on, -1 = it has grown old.

    ``own``: 1 for the close of an own bar. A break is judged by those only, a strat entry by every close.
    """
    row = st.live[n]
    at = row[V_SIGN] * close
    age = st.registers[R_BAR] - row[V_BAR]
    structure = row[V_CODE] == BOS or row[V_CODE] == CHOCH
    if age > (BOS_LIFE if structure else STRAT_LIFE):
        return -1
    if structure and own == 0:
        return 0
    if structure and 1 <= age <= FAIL_BARS and at <= row[V_LEVEL]:
        return BREAK_FAILED
    if at < row[V_STOP]:
        return STOPPED
    return 0


@part
def end_entry(st: State, ev: Events, n: int, code: int) -> None:
    """Write that an entry is no longer evidence."""
    row = st.live[n]
    signal = CHANGED if row[V_RAISED] != 0 else STRUCTURE
    level, stop = row[V_LEVEL], row[V_STOP]
    edge = level if code == BREAK_FAILED else stop
    emit(st, ev, code, row[V_SIGN], row[V_ORIGIN], edge, edge, signal, row[V_TS], row[V_CODE])


@part
def settle(st: State, ev: Events, close: int, own: int) -> None:
    """Judge every live entry by a close, in the order in which they were raised."""
    kept = 0
    for n in range(st.registers[R_LIVE]):
        code = verdict(st, n, close, own)
        if code > 0:
            end_entry(st, ev, n, code)
        if code == 0:
            if kept != n:
                copy_row(st.live, kept, st.live[n])
            kept += 1
    st.registers[R_LIVE] = kept


@part
def spend(st: State, ev: Events, origin: int, sign: int) -> None:
    """The other trigger of the same setup fired later: the entry of side ``sign`` is spent."""
    kept = 0
    for n in range(st.registers[R_LIVE]):
        row = st.live[n]
        strat = row[V_CODE] != BOS and row[V_CODE] != CHOCH
        if strat and row[V_ORIGIN] == origin and row[V_SIGN] == sign:
            end_entry(st, ev, n, STRAT_SPENT)
            continue
        if kept != n:
            copy_row(st.live, kept, st.live[n])
        kept += 1
    st.registers[R_LIVE] = kept
