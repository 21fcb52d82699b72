"""Bars for the tests: random walks with many ties, hand-written and real ones; and cores played over them."""

import csv
import random
from decimal import Decimal

from tradingfloor.actors.config import DetectorParams
from tradingfloor.actors.messages import Bar, BarsClosed, SignalRaised
from tradingfloor.actors.signals import layout as at
from tradingfloor.actors.signals.batch import scan
from tradingfloor.actors.signals.rows import rows_of
from tradingfloor.actors.signals.state import new_state

MINUTE = 60 * 10**9
CODES = ("BOS", "CHOCH", "BREAK_FAILED", "LEVEL_BROKEN", "FVG", "IFVG", "STOPPED", "SWEEP", "WITH_GAP")
NAMES = {
    getattr(at, name): name
    for name in dir(at)
    if name in CODES
    or (
        name.startswith(("SWING_", "FVG_", "IFVG_", "STRAT_", "DISPLACED", "BLOCK_"))
        and not name.endswith(("_MIN", "_LIFE", "_POOL", "_CAP"))
    )
}


def bar(index, prices, *, timeframe="15m", minutes=15, start=None, **changes):
    """One bar from (open, high, low, close) or (open, high, low, close, volume)."""
    opened, high, low, close, *rest = prices
    start = index * minutes * MINUTE if start is None else start
    fields = {
        "symbol": "SPX",
        "timeframe": timeframe,
        "index": index,
        "start": start,
        "end": start + minutes * MINUTE,
        "open": opened,
        "high": high,
        "low": low,
        "close": close,
        "volume": rest[0] if rest else 100,
        "count": 1,
        "full": True,
        "session": 1,
        "gap_before": 0,
        "first_index": 10 * index + 1,
        "last_index": 10 * index + 10,
    }
    return Bar(**(fields | changes))


def bars(prices, **changes):
    """Consecutive own bars."""
    return [bar(i, row, **changes) for i, row in enumerate(prices)]


def walk(seed, n, *, step=3, start=1000, tick=1, volume=True):
    """A random walk of bars on a small grid: ties of every kind, gaps, now and then a flat bar."""
    rng = random.Random(seed)
    price, found = start, []
    for _ in range(n):
        price = max(start // 2, price + rng.choice((0, 0, 0, 1, -1, step, -step)))
        path = [price]
        for _ in range(rng.choice((1, 1, 3, 6))):
            path.append(max(start // 2, path[-1] + rng.randint(-step, step)))
        price = path[-1]
        found.append(
            (
                *(path[0] * tick, max(path) * tick, min(path) * tick, path[-1] * tick),
                rng.choice((0, 50, 100, 400)) if volume else 0,
            )
        )
    return found


def merged(index, children, *, timeframe="15m", minutes=15, slot=None, **changes):
    """The own bar over base bars; ``slot``: the bucket it fills."""
    slot = index if slot is None else slot
    return bar(
        index,
        (
            children[0].open,
            max(each.high for each in children),
            min(each.low for each in children),
            children[-1].close,
            sum(each.volume for each in children),
        ),
        timeframe=timeframe,
        minutes=minutes,
        start=slot * minutes * MINUTE,
        first_index=children[0].first_index,
        last_index=children[-1].last_index,
        **changes,
    )


def nested(seed, n, *, per=3, minutes=5, session_bars=0):
    """(own, base): ``n`` own bars made of up to ``per`` base bars each; some base bars, some buckets miss."""
    rng = random.Random(seed)
    prices = iter(walk(seed, n * per * 2))
    own, base, slot = [], [], 0
    while len(own) < n:
        session = 1 + slot // session_bars if session_bars else 1
        children = []
        for j in range(per):
            row = next(prices)
            if rng.random() < 0.8:
                place = slot * per + j
                children.append(bar(place, row, timeframe="5m", minutes=minutes, session=session))
        if children and rng.random() < 0.97:
            children = [
                Bar(**({f: getattr(c, f) for f in c.__struct_fields__} | {"index": len(base) + i}))
                for i, c in enumerate(children)
            ]
            own.append(merged(len(own), children, minutes=minutes * per, slot=slot, session=session))
            base += children
        slot += 1
    return own, base


def messages(own, base=(), *, history_until=None):
    """One BarsClosed per instant, as market data sends them."""
    instants = {}
    for each in base:
        instants.setdefault(each.end, [None, None])[0] = each
    for each in own:
        instants.setdefault(each.end, [None, None])[1] = each
    found = []
    for ts in sorted(instants):
        below, above = instants[ts]
        closed = tuple(each for each in (below, above) if each is not None)
        history = history_until is not None and ts <= history_until
        if below is None and not base:
            below = above  # the own bars are the base bars
        found.append(BarsClosed(symbol="SPX", ts=ts, base=below, bars=closed, history=history))
    return found


def state(*, tick=1, detectors=2047, cross_session=True, minutes=15, session_ns=0, **params):
    return new_state(
        tick=tick,
        detectors=detectors,
        cross_session=cross_session,
        intraday_ns=minutes * MINUTE,
        session_ns=session_ns,
        params=DetectorParams(**params),
    )


def events(own, base=(), **settings):
    """Every event of the bars as dictionaries."""
    return listed(scan(state(**settings), rows_of(own, base)))


def listed(found):
    columns = {name[2:].lower(): getattr(at, name) for name in dir(at) if name.startswith("E_")}
    return [
        {column: int(row[place]) for column, place in columns.items()} | {"name": NAMES[int(row[at.E_CODE])]}
        for row in found
    ]


def picked(found, names, *fields):
    """Sorted tuples (bar, name, fields...) of the events with these names."""
    return sorted((e["bar"], e["name"], *(e[f] for f in fields)) for e in found if e["name"] in names)


def same_state(left, right):
    return left.tobytes() == right.tobytes()


def read_eurusd(path):
    with path.open() as file:
        return [
            (
                *(int(Decimal(row[name]) * 10**9) for name in ("Open", "High", "Low", "Close")),
                int(row["Tickvol"]),
            )
            for row in csv.DictReader(file)
        ]


def play(core, inputs, state=None):
    """(one list of outputs per input, the state after them)."""
    state = core.initial() if state is None else state
    return [list(core.advance(state, message, message.ts)) for message in inputs], state


def raised(outputs):
    return [m for step in outputs for m in step if isinstance(m, SignalRaised)]
