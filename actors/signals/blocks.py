"""Order blocks: the last opposite extreme before a break, and what becomes of its zone.

Decides which bar is the block of a break and when its zone is mitigated and broken. Context only: it is
evidence, never an entry. Signed prices: side 0 = bullish, side 1 = bearish, for which everything is
negated.

The lowest bar since any swing is read off the suffix minima: bars whose low no later bar reached.
"""

from ..runtime.machine_code import part
from . import layout as at
from .events import emit, emit_entry, is_signal
from .state import Events, Ints, State, blocks_of, copy_row, suffix_of


@part
def remember_low(st: State, side: int) -> None:
    """Let the newest bar into the suffix minima, after it was tested for breaks."""
    suffix = suffix_of(st, side)
    bar = st.ring[(st.bars - 1) & at.NEWEST]
    low, high = (bar[at.B_LOW], bar[at.B_HIGH]) if side == 0 else (-bar[at.B_HIGH], -bar[at.B_LOW])
    n = st.suffix_count[side]
    while n > 0 and suffix[n - 1, at.X_LOW] >= low:
        n -= 1
    if n == at.SUFFIX_CAP:
        st.suffix_lost[side] = suffix[0, at.X_BAR]
        for j in range(n - 1):
            copy_row(suffix, j, suffix[j + 1])
        n -= 1
    suffix[n, at.X_LOW], suffix[n, at.X_HIGH], suffix[n, at.X_BAR] = low, high, st.index
    st.suffix_count[side] = n + 1


@part
def lowest_since(st: State, side: int, bar: int) -> int:
    """Row of the suffix minima with the lowest bar after ``bar``; -1 where it is not remembered."""
    n = st.suffix_count[side]
    if bar < st.suffix_lost[side]:
        return -1
    first, end = 0, n
    while first < end:
        middle = (first + end) // 2
        if suffix_of(st, side)[middle, at.X_BAR] > bar:
            end = middle
        else:
            first = middle + 1
    return first if first < n else -1


@part
def form_block(st: State, ev: Events, side: int, swing: int, close: int, z: int) -> None:
    """The newest bar broke the level of ``swing``: its block is the lowest bar between the two."""
    sign = 1 - 2 * side
    place = lowest_since(st, side, swing)
    if place < 0:
        st.blocks_unknown += 1
        return
    bottom, top = suffix_of(st, side)[place, at.X_LOW], suffix_of(st, side)[place, at.X_HIGH]
    origin, stop = suffix_of(st, side)[place, at.X_BAR], bottom - st.tick
    target = close + 2 * (close - stop)
    signal = is_signal(st, at.D_BLOCK, sign, close, stop, target, z, at.BLOCK_MIN)
    emit_entry(st, ev, at.BLOCK_FORMED, sign, origin, swing, top, bottom, signal, close, stop, target, z)
    add_block(st, side, bottom, top, origin, signal)


@part
def add_block(st: State, side: int, bottom: int, top: int, origin: int, raised: int) -> None:
    """Follow a new block, lowest bottom first; at the cap the oldest goes."""
    blocks = blocks_of(st, side)
    n = st.block_count[side]
    if n == at.BLOCK_CAP:
        oldest = 0
        for j in range(1, n):
            if blocks[j, at.K_BAR] < blocks[oldest, at.K_BAR]:
                oldest = j
        for j in range(oldest, n - 1):
            copy_row(blocks, j, blocks[j + 1])
        n -= 1
        st.blocks_evicted += 1
    place = n
    while place > 0 and blocks[place - 1, at.K_BOTTOM] > bottom:
        copy_row(blocks, place, blocks[place - 1])
        place -= 1
    block = blocks[place]
    block[at.K_BOTTOM], block[at.K_TOP], block[at.K_ORIGIN] = bottom, top, origin
    block[at.K_BAR], block[at.K_TS] = st.index, st.ts
    block[at.K_STAGE], block[at.K_RAISED] = 0, raised
    st.block_count[side] = n + 1


@part
def walk_blocks(st: State, ev: Events, side: int, row: Ints) -> None:
    """Let one bar into every block it reaches, nearest first; a broken one is forgotten."""
    blocks, sign = blocks_of(st, side), 1 - 2 * side
    low = row[at.C_LOW] if side == 0 else -row[at.C_HIGH]
    body = min(sign * row[at.C_OPEN], sign * row[at.C_CLOSE])
    n = st.block_count[side]
    first = n
    while first > 0 and blocks[first - 1, at.K_BOTTOM] > low:
        first -= 1
        block = blocks[first]
        top, bottom, origin, ts = block[at.K_TOP], block[at.K_BOTTOM], block[at.K_ORIGIN], block[at.K_TS]
        young = st.index - block[at.K_BAR] <= at.BLOCK_LIFE
        changed = at.CHANGED if block[at.K_RAISED] != 0 and young else at.STRUCTURE
        if block[at.K_STAGE] == 0:
            block[at.K_STAGE] = 1
            emit(st, ev, at.BLOCK_MITIGATED, sign, origin, top, bottom, changed, ts, at.BLOCK_FORMED)
        if body < bottom:
            block[at.K_STAGE] = 2
            emit(st, ev, at.BLOCK_BROKEN, sign, origin, top, bottom, changed, ts, at.BLOCK_FORMED)
    kept = first
    for j in range(first, n):
        if blocks[j, at.K_STAGE] < 2:
            if kept != j:
                copy_row(blocks, kept, blocks[j])
            kept += 1
    st.block_count[side] = kept
