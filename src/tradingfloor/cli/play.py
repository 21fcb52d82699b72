"""The command that runs an engine: its options.

Decides their spelling and defaults (see ``playing`` for what happens).
"""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from . import options

Feed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--feed",
        metavar="sim|replay:PATH|PROVIDER",
        help="Where prices come from; providers are alpaca, massive and tradier.",
    ),
]
Symbol: TypeAlias = Annotated[
    str | None, typer.Option("--symbol", metavar="S", help="What to trade; several with commas.")
]
Timeframes: TypeAlias = Annotated[
    str | None,
    typer.Option("--timeframes", metavar="15m,1h", help="Bars on which signals are looked for."),
]
Speed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--speed",
        metavar="N|max",
        help="Engine seconds per real second; by default 1 for a simulated feed, max for a recorded one. "
        "A live one has none.",
    ),
]
FreeRunning: TypeAlias = Annotated[
    bool,
    typer.Option("--free-running", help="Do not wait for the actors; for load tests, not reproducible."),
]
Store: TypeAlias = Annotated[
    Path | None,
    typer.Option("--store", metavar="PATH", help="The store to begin or go on with; by default a new one."),
]
Sessions: TypeAlias = Annotated[
    int | None, typer.Option("--sessions", metavar="N", min=1, help="End after so many trading sessions.")
]
Grpc: TypeAlias = Annotated[
    str,
    typer.Option(
        "--grpc",
        metavar="ADDR|off",
        help="Where to listen: unix:PATH or HOST:PORT; auto is a socket beside the store.",
    ),
]
Calendar: TypeAlias = Annotated[
    str | None, typer.Option("--calendar", metavar="XNYS|24h", help="The market hours of the symbols.")
]
Zone: TypeAlias = Annotated[
    str | None, typer.Option("--tz", metavar="ZONE", help="The time zone of the symbols, an IANA name.")
]
Verbose: TypeAlias = Annotated[
    int, typer.Option("-v", "--verbose", count=True, show_default=False, help="Log more; twice, everything.")
]


def run(
    config: options.ConfigFile = None,
    feed: Feed = None,
    symbol: Symbol = None,
    timeframes: Timeframes = None,
    speed: Speed = None,
    free_running: FreeRunning = False,
    store: Store = None,
    sessions: Sessions = None,
    grpc: Grpc = "auto",
    calendar: Calendar = None,
    tz: Zone = None,
    verbose: Verbose = 0,
    json: options.Json = False,
) -> int:
    """Run an engine on PAPER until its data ends, or Ctrl-C.

    In a terminal a table shows what happens. The first Ctrl-C stops in order and keeps open positions; the
    same store goes on from there. A killed engine waits for `rearm`; only a recorded tape that is played
    without a terminal ends, with code 7.

    With --json the last line is one object: state, sequence, counts, equity, journal hash, store, seconds.
    """
    from .playing import RunOptions, play  # noqa: PLC0415

    return play(
        RunOptions(
            config=config,
            feed=feed,
            symbols=symbol,
            timeframes=timeframes,
            speed=speed,
            free_running=free_running,
            store=store,
            sessions=sessions,
            grpc=grpc,
            calendar=calendar,
            timezone=tz,
            verbose=verbose,
            json=json,
        )
    )
