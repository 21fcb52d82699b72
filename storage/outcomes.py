"""What became of the signals: how far each kind of them went, and how the trades of the scored ones ended.

Decides which rows belong together: a signal has at most one decision and one trade, both name it. Knows no
connection (these are plans, as in ``queries``) and no statistics beyond counts and sums. Input: nothing;
output: counts per detector, kind and timeframe, or one row per closed trade. Money int nanos, times int
nanoseconds UTC.
"""

import msgspec

from tradingfloor.actors.domain.timeframes import parse, size

from .queries import Plan, Select
from .rows import read


class SignalCount(msgspec.Struct, frozen=True, kw_only=True):
    """How far the signals of one kind on one timeframe went."""

    detector: str
    kind: str
    timeframe: str
    raised: int
    scored: int
    """The sum of the four outcomes."""
    below: int
    not_flat: int
    conflict: int
    eligible: int
    approved: int
    """Passed every gate, also where the floor places no orders (SHADOW)."""
    traded: int
    """Round trips that are closed."""
    wins: int
    """Of these with a net above 0."""
    net: int
    """Sum of the closed trades, fees taken off."""


class TradeOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A closed trade and the scored signal that it came from."""

    kind: str
    """Of the entry signal."""
    families: tuple[tuple[str, str, float], ...]
    """(timeframe, family, evidence) of all that was evidence for its direction."""
    score: float
    net: int
    signal_ts: int
    closed_ts: int
    config: str
    """Content hash of the config under which the signal was raised."""


_COUNTS = """
    SELECT s.detector, s.kind, s.timeframe, count(*), count(s.score),
        sum(s.outcome IS 'BELOW'), sum(s.outcome IS 'NOT_FLAT'), sum(s.outcome IS 'CONFLICT'),
        sum(s.outcome IS 'ELIGIBLE'), sum(d.outcome IS 'APPROVED' OR d.outcome IS 'SHADOW'),
        count(t.sequence), sum(coalesce(t.net > 0, 0)), sum(coalesce(t.net, 0))
    FROM auto_signals s
    LEFT JOIN auto_decisions d ON d.signal_id = s.signal_id
    LEFT JOIN trades t ON t.signal_id = s.signal_id
    GROUP BY s.detector, s.kind, s.timeframe
"""

_TRADES = """
    SELECT s.kind, s.families, s.score, t.net, s.ts, t.ts, s.config
    FROM trades t JOIN auto_signals s ON s.signal_id = t.signal_id
    WHERE s.score IS NOT NULL
    ORDER BY s.ts, s.sequence
"""

_FAMILIES = msgspec.json.Decoder(tuple[tuple[str, str, float], ...])


def signal_counts() -> Plan[list[SignalCount]]:
    """How far the signals went, by detector, kind and timeframe (small ones first)."""
    found = [read(SignalCount, row) for row in (yield Select(_COUNTS))]
    return sorted(found, key=lambda row: (row.detector, row.kind, size(parse(row.timeframe))))


def trade_outcomes() -> Plan[list[TradeOutcome]]:
    """Every closed trade that came from a scored signal, in the order of their signals."""
    rows = yield Select(_TRADES)
    return [
        TradeOutcome(
            kind=kind,
            families=_FAMILIES.decode(families or "[]"),
            score=score,
            net=net,
            signal_ts=signal_ts,
            closed_ts=closed_ts,
            config=config,
        )
        for kind, families, score, net, signal_ts, closed_ts, config in rows
    ]
