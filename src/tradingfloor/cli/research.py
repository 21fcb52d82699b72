"""Looking at recorded prices without a floor: what the detectors see in a file, and whether they peek.

Decides the options (see ``scanning`` and ``peeking`` for what happens). Input: typed options; output: text or
JSON.
"""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from . import options


def _option(flag: str, metavar: str, says: str) -> Any:
    """An option that takes one value; without it the value is None."""
    return typer.Option(flag, metavar=metavar, help=says)


Data: TypeAlias = Annotated[
    Path | None,
    typer.Argument(metavar="DATA", help="A CSV with a header, a Lean zip or a folder of Lean daily zips."),
]
Symbol: TypeAlias = Annotated[
    str | None,
    _option(
        "--symbol",
        "S",
        "What the file holds; without it a CSV is an unknown symbol, a 24-hour market in UTC.",
    ),
]
Timeframe: TypeAlias = Annotated[
    str | None, _option("--timeframe", "15m", "Bars to look at; by default the file's own, 1m for trades.")
]
Detectors: TypeAlias = Annotated[
    str | None,
    _option(
        "--detectors",
        "A,B",
        "Of fvg, swing, structure, sweep, displacement, strat, order_block; by default all.",
    ),
]
Calendar: TypeAlias = Annotated[
    str | None, _option("--calendar", "24h|XNYS", "The market hours, instead of the symbol's.")
]
Zone: TypeAlias = Annotated[
    str | None, _option("--tz", "ZONE", "The time zone of the market, an IANA name such as UTC.")
]
Begin: TypeAlias = Annotated[
    str | None, _option("--from", "TIME", "Show events from the first bar that begins then or later.")
]
End: TypeAlias = Annotated[
    str | None,
    _option("--to", "TIME", "Leave out the bars that begin later; of a date its last one stays."),
]
Index: TypeAlias = Annotated[
    Path | None,
    _option(
        "--index",
        "CHAIN",
        "The VIX-style index of a CSV file: expiry,strike,call_bid,call_ask,put_bid,put_ask; the "
        "expiry is the settlement instant with its UTC offset.",
    ),
]
Now: TypeAlias = Annotated[
    str | None, _option("--now", "INSTANT", "When the chain was quoted, with its UTC offset.")
]
Rate: TypeAlias = Annotated[
    float | None, _option("--rate", "R", "Risk-free rate of the near term, 0.045 for 4.5 % a year.")
]
RateNext: TypeAlias = Annotated[
    float | None, _option("--rate-next", "R", "That of the next term; without it the same.")
]


class Checked(str, Enum):
    """What can be checked."""

    LOOKAHEAD = "lookahead"


def scan(
    data: Data = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    detectors: Detectors = None,
    begin: Begin = None,
    end: End = None,
    calendar: Calendar = None,
    tz: Zone = None,
    config: options.ConfigFile = None,
    index: Index = None,
    now: Now = None,
    rate: Rate = None,
    rate_next: RateNext = None,
    json: options.Json = False,
) -> int:
    """List what the detectors see in a file of prices, or compute a VIX-style index from a chain.

    Shows per detector how many events of each kind there are, and the newest. A config gives the settings of
    the detectors and of the instrument. With --json one object per line for every event, unfiltered, in the
    order in which they became known, and one line of counts on stderr.

    With --index, of exactly two expiries in the chain both are the terms; of more, the last up to 30 days and
    the first after, each more than 23 and less than 37 days away. A chain that is one-sided, crossed, sparse
    or expired is refused with the reason and code 4. With --json one object: index, terms (minutes, rate,
    forward, k0, strikes, variance, weight), term_rule.
    """
    if index is not None:
        _alone(data=data, symbol=symbol, timeframe=timeframe, detectors=detectors, begin=begin, end=end)
        from .index_scan import scan_index  # noqa: PLC0415

        return scan_index(index, now, rate, rate_next, json=json)
    from . import scanning  # noqa: PLC0415

    series = _named(data, "scan")
    asked = scanning.Asked(series, symbol, timeframe, detectors, calendar, tz, config)
    return scanning.scan(asked, begin=begin, end=end, json=json)


def check(
    what: Annotated[Checked, typer.Argument(metavar="lookahead", help="What is checked.")],
    data: Data = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    detectors: Detectors = None,
    cuts: Annotated[
        int, typer.Option("--cuts", metavar="N", min=1, help="At how many random places the bars are cut.")
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the places.")] = 1,
    calendar: Calendar = None,
    tz: Zone = None,
    config: options.ConfigFile = None,
    json: options.Json = False,
) -> int:
    """Check that no detector looks ahead or repaints.

    Runs them over a file of prices in one piece, and compares: handed the bars up to a cut only; with garbage
    after the cut; bar by bar; in small pieces; from a snapshot; with prices upside down. Exits with 1 when an
    event differs, and shows the first of each detector.
    """
    from . import peeking, scanning  # noqa: PLC0415

    assert what is Checked.LOOKAHEAD
    series = _named(data, "check lookahead")
    asked = scanning.Asked(series, symbol, timeframe, detectors, calendar, tz, config)
    return peeking.check(asked, cuts=cuts, seed=seed, json=json)


def _alone(**others: object) -> None:
    """A chain is asked for its index and for nothing else."""
    if given := [name for name, value in others.items() if value is not None]:
        raise typer.BadParameter(f"a chain has no {', '.join(given)}", param_hint="--index")


def _named(data: Path | None, command: str) -> Path:
    if data is None:
        chain = ", or a chain with --index" if command == "scan" else ""
        raise typer.BadParameter(
            f"name a file of prices: tradingfloor {command} DATA{chain}", param_hint="DATA"
        )
    return data
