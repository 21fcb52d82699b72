"""Fee schedules as settings describe them, made ready to be computed with.

Decides which lines a name stands for, which of them an instrument pays, and how their decimals become
exact integers. Knows no order. Input: the settings and the kind and root symbol of an instrument; output:
``fees.Fees``.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import lcm
from typing import Final

from ..config import Config, FeeLine, FeeRate
from ..types import NANOS
from .fee_data import SCHEDULES
from .fees import Fees, Line, Period, Tier, is_commission, loosest
from .money import fee_up

FLAT: Final = "flat"
"""The schedule that ``execution.commission_per_share`` and ``commission_per_contract`` make up."""

UNITS: Final = {
    "equity": "share",
    "index": "share",
    "option": "contract",
    "index_option": "contract",
    "currency": "unit",
}
"""Kind of instrument -> the unit in which its volume of the month is counted."""


def schedule(config: Config) -> Mapping[str, FeeLine]:
    """The lines of the schedule that the config names; it has been checked to exist."""
    execution = config.execution
    if execution.fees == FLAT:
        return {
            "commission": FeeLine(rates=(FeeRate(rate=execution.commission_per_share),)),
            "commission_options": FeeLine(
                kinds=("option", "index_option"), rates=(FeeRate(rate=execution.commission_per_contract),)
            ),
        }
    return SCHEDULES[execution.fees] if execution.fees in SCHEDULES else config.fees[execution.fees]


def fees_of(lines: Mapping[str, FeeLine], kind: str, symbol: str) -> Fees:
    """What orders in an instrument of that kind and root symbol pay; commission lines come first."""
    applying = [
        _line(name, line)
        for name, line in lines.items()
        if kind in line.kinds and (not line.symbols or symbol in line.symbols)
    ]
    # A part of the commission needs the commission known, wherever its line was written.
    return Fees(UNITS[kind], tuple(sorted(applying, key=lambda line: not is_commission(line.name))))


def _line(name: str, line: FeeLine) -> Line:
    scale = NANOS if line.basis == "unit" else 1
    ratios = [(Decimal(str(row.rate)) * scale).as_integer_ratio() for row in line.rates]
    denominator = lcm(*(below for _, below in ratios))
    rates = [above * (denominator // below) for above, below in ratios]
    dates = sorted({_ordinal(row.since) for row in line.rates})
    periods: list[Period] = []
    for since in reversed(dates):
        rows = [
            (row, rate) for row, rate in zip(line.rates, rates, strict=True) if _ordinal(row.since) == since
        ]
        maximum = _nanos(rows[0][0].maximum) if rows[0][0].maximum else None
        later = periods[-1] if periods else None
        dearest = max(rate for _, rate in rows)
        periods.append(
            Period(
                since,
                tuple(_tier(volume, rows) for volume in sorted({row.volume for row, _ in rows})),
                maximum,
                max(dearest, later.dearest) if later else dearest,
                loosest([maximum, later.loosest]) if later else maximum,
            )
        )
    of_value = Decimal(str(line.maximum_of_value)).as_integer_ratio() if line.maximum_of_value else None
    return Line(
        name=name,
        side={"buy": 1, "sell": -1, "both": 0}[line.side],
        opens=line.effect != "close",
        closes=line.effect != "open",
        takes=line.liquidity != "add",
        adds=line.liquidity != "take",
        basis=line.basis,
        denominator=denominator,
        periods=tuple(reversed(periods)),
        minimum=_nanos(line.minimum),
        of_value=of_value,
        step=max(1, _nanos(line.round_up_to)),
    )


def _tier(volume: int, rows: Sequence[tuple[FeeRate, int]]) -> Tier:
    bands = sorted((_nanos(row.price), rate) for row, rate in rows if row.volume == volume)
    return Tier(volume, tuple(bands))


def _nanos(amount: float) -> int:
    """A setting in account currency, read as the decimal it is written as, rounded up."""
    return fee_up(*(Decimal(str(amount)) * NANOS).as_integer_ratio())


def _ordinal(since: str) -> int:
    return date.fromisoformat(since).toordinal() if since else 0
