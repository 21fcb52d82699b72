"""What the detectors of one (symbol, timeframe) know, and where they write what they see: two flat records.

Decides the fields of both and what a new state looks like for one market, timeframe and set of parameters.
Knows no behaviour. The columns of the tables are named in ``layout``. A record is one piece of memory that
kernels are given by its address: copying it is a snapshot, and passing it on costs nothing.
"""

import mmap as memory_map
from collections.abc import Callable
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..config import DetectorParams
from ..runtime.machine_code import part
from . import layout as at

MADV_NOHUGEPAGE = getattr(memory_map, "MADV_NOHUGEPAGE", None)
Ints: TypeAlias = NDArray[np.int64]
State: TypeAlias = Any
"""One record of STATE inside a kernel, an array of one outside."""
Events: TypeAlias = Any
"""One record of EVENTS, likewise."""

SCALARS = (
    # parameters; detectors: D_ bits of those that raise signals; intraday_ns: 0 for 1d and coarser
    *("tick", "left", "right", "detectors", "cross_session", "intraday_ns", "day_pools", "week_pools"),
    *("opening_ns", "slot_count", "break_wick", "stop_inside", "fail_bars", "late_bars"),
    # of the instant in hand: time, newest closed own bar, own bar that it lies in (closed by it or forming),
    # may raise, volume ratio (millionths)
    *("ts", "bar", "within", "may_raise", "volume"),
    # of the own bars so far; own_end: end of the newest one, scenario: 0 undefined, 1, 2 = 2u, -2 = 2d, 3
    *("index", "bars", "tr_sum", "volume_sum", "own_end", "scenario", "in_force"),
    # of the base bars since the newest own bar
    *("last_close", "period_open", "period_bases"),
    # structure; the run: the swing that leads its run of same-side candidates, side -1 = none
    *("bias", "run_side", "run_price", "run_origin", "run_ts"),
    # the setup that waits; armed: its pattern (P_), 0 = none; sides: bits on which it can trigger
    *("armed", "sides", "setup_bar", "setup_high", "setup_low", "setup_session", "setup_ts"),
    *("setup_first", "setup_before", "setup_insides"),
    # the newest bar that was not inside, and the inside bars after it
    *("mother", "mother_bar", "mother_high", "mother_low", "mother_session", "insides"),
    "live_count",
    # counters; refused: entries without stop < entry < target
    *("levels_evicted", "zones_evicted", "pools_evicted", "blocks_evicted", "blocks_unknown", "refused"),
)
"""Integers of the state."""

PAIRS = (
    # [high side, low side], prices signed; swing: the newest, final: the newest final one
    *("level_count", "swing", "final", "final_before"),
    # [bullish, bearish]
    *("zone_count", "inverse_count", "oldest_inverse", "gap_bar", "gap_run", "displaced", "multi"),
    *("block_count", "suffix_count", "suffix_lost"),
    # [below the market, above it]
    *("pool_count", "pierced_count"),
    # [long, short]; taken: the trigger has fired (0 no, 1 at this instant, 2 before)
    *("taken", "setup_stop", "setup_target"),
)
"""Two integers each."""

REALS = ("atr", "atr_before", "atr_second", "sweep_depth", "equal_tolerance")
"""Floats: the ATR as of the newest own bar and the two before it, nanos, 0 until 14 bars are known; then
parameters."""

TABLES = {
    "ring": (at.RING, at.BAR_COLUMNS),
    # the zone that is being sorted in
    "hand": (at.ZONE,),
    # [day, week, opening range]
    "periods": (3, at.PERIOD),
    # row n: the n-th entry of every table, see the functions below
    "entries": (at.ENTRY_CAP, at.ENTRY),
    # [time of session, (sessions known, volumes of the newest SLOT_SESSIONS)]
    "slots": (at.SLOT_CAP, 1 + at.SLOT_SESSIONS),
}

STATE = np.dtype(
    [
        *((name, np.int64) for name in SCALARS),
        *((name, np.int64, (2,)) for name in PAIRS),
        *((name, np.float64) for name in REALS),
        *((name, np.int64, shape) for name, shape in TABLES.items()),
    ]
)
EVENTS = np.dtype(
    [
        ("count", np.int64),
        ("wanted", np.int64),
        # an index into ``kernel.FAULTS``
        ("fault", np.int64),
        ("rows", np.int64, (at.EVENT_CAP, at.EVENT)),
    ]
)


def _table(begin: int, width: int) -> Callable[[State, int], Ints]:
    """The part of a kernel that gives a table of ``State.entries``, of one side."""

    def table(st: State, side: int) -> Ints:
        found: Ints = st.entries[:, begin + side * width : begin + side * width + width]
        return found

    return part(table)


levels_of = _table(at.LEVELS_AT, at.LEVEL)
"""Untaken levels, signed, highest price first."""
zones_of = _table(at.ZONES_AT, at.ZONE)
"""Open gaps, signed, lowest key first: only the last can be reached next."""
inverses_of = _table(at.INVERSES_AT, at.ZONE)
"""Inverse gaps, signed, highest top first: only the last can be closed beyond next."""
pools_of = _table(at.POOLS_AT, at.POOL)
"""Unpierced pools, signed, lowest first: the last is nearest."""
pierced_of = _table(at.PIERCED_AT, at.PIERCED)
"""Pools closed beyond, that a close may yet come back through."""
suffix_of = _table(at.SUFFIX_AT, at.SUFFIX)
"""Bars whose low (signed) no later bar is at or under, oldest and lowest first."""
blocks_of = _table(at.BLOCKS_AT, at.BLOCK)
"""Unbroken order blocks, signed, lowest bottom first."""


@part
def live_of(st: State) -> Ints:
    """Entries of breaks, sweeps, displacements and strat that are still evidence, oldest first."""
    table: Ints = st.entries[:, at.LIVE_AT : at.LIVE_AT + at.LIVE]
    return table


@part
def copy_row(table: Ints, to: int, source: Ints) -> None:
    """Column by column: assigning slices makes numba compile a general broadcast."""
    for column in range(table.shape[1]):
        table[to, column] = source[column]


def new_state(
    *,
    tick: int,
    detectors: int,
    cross_session: bool,
    intraday_ns: int,
    weeks: bool = True,
    session_ns: int = 0,
    params: DetectorParams | None = None,
) -> State:
    """The state before the first bar.

    ``tick``: nanos; ``detectors``: D_ bits that may raise; ``cross_session``: the market never closes;
    ``intraday_ns``: length of an intraday timeframe, else 0; ``weeks``: completed weeks give pools;
    ``session_ns``: length of a regular session, 0 = bars have no time of session. Raises ValueError when
    the swing window does not fit into the ring.
    """
    given = params or DetectorParams()
    if given.swing_left < 0 or given.swing_right < 1 or given.swing_left + given.swing_right >= at.RING:
        window = f"{given.swing_left} + 1 + {given.swing_right}"
        raise ValueError(f"a swing window of {window} bars: at least one after, {at.RING} in all")
    opening = round(given.opening_range * 60e9)
    ranged = not cross_session and intraday_ns > 0 and session_ns > opening and opening % intraday_ns == 0
    slots = -(-session_ns // intraday_ns) + 1 if intraday_ns and session_ns else 0
    state = _fresh()
    st = state[0]
    st["tick"], st["detectors"], st["intraday_ns"] = tick, detectors, intraday_ns
    st["left"], st["right"] = given.swing_left, given.swing_right
    st["cross_session"] = cross_session or intraday_ns == 0
    st["day_pools"], st["week_pools"], st["opening_ns"] = intraday_ns > 0, weeks, opening if ranged else 0
    st["slot_count"] = slots if slots <= at.SLOT_CAP else 0
    st["break_wick"], st["stop_inside"] = given.break_by == "wick", given.stop_mode == "inside"
    st["fail_bars"], st["late_bars"] = given.fail_bars, given.late_bars
    st["sweep_depth"], st["equal_tolerance"] = given.sweep_depth, given.equal_tolerance
    st["index"] = st["run_side"] = st["bar"] = -1
    st["ts"] = st["own_end"] = at.NONE
    for name in ("swing", "final", "final_before", "gap_bar", "displaced", "suffix_lost"):
        st[name] = at.NONE
    return state


def _fresh() -> State:
    """A record of zeros whose untouched pages cost nothing: most of every table is never filled.

    Memory of its own, since what an allocator gives back from before may have to be zeroed by hand, and so
    be touched; and in small pages, since a huge one would be three times the whole record.
    """
    memory = mmap(-1, STATE.itemsize, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    if MADV_NOHUGEPAGE is not None:
        memory.madvise(MADV_NOHUGEPAGE)
    return np.frombuffer(memory, STATE)


def new_events(wanted: int) -> Events:
    """An empty buffer; ``wanted``: WANT_ constant."""
    events = np.empty(1, EVENTS)
    events["wanted"], events["count"], events["fault"] = wanted, 0, 0
    return events
