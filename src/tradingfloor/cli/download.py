"""Fetching a provider's bars into a file.

Decides how the progress is told (``downloads``: where the file lies).
Input: typed options; output: a CSV file, text or JSON.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import exits, options

if TYPE_CHECKING:
    from tradingfloor.actors.config import Config

Provider = Annotated[
    str, typer.Option("--provider", metavar="alpaca|massive|tradier", help="Whose bars to fetch.")
]
Symbol = Annotated[str, typer.Option("--symbol", metavar="S", help="Of which share.")]
From = Annotated[
    datetime, typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="The first day.")
]
To = Annotated[
    datetime | None,
    typer.Option(
        "--to",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="The last day; by default the last one that is over.",
    ),
]
Timeframe = Annotated[str, typer.Option("--timeframe", metavar="1m|5m|15m|1d", help="How long one bar is.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="The file; by default data/PROVIDER/SYMBOL-TIMEFRAME.csv."),
]


def download(
    provider: Provider,
    symbol: Symbol,
    begin: From,
    end: To = None,
    timeframe: Timeframe = "1m",
    out: Out = None,
    config: options.ConfigFile = None,
    json: options.Json = False,
) -> int:
    """Fetch a provider's bars into a CSV file that `run --feed replay:FILE` reads.

    A download that was cut goes on where it ended when the same command is given again; a later --to adds
    what is new. Beside the file lies its manifest: what it holds, from when to when, and its checksum.
    """
    import asyncio  # noqa: PLC0415

    from tradingfloor.actors.market_data.feeds.providers.download import Manifest, Wanted  # noqa: PLC0415

    from ..downloads import default_path, fetch  # noqa: PLC0415
    from .figures import plain, print_json  # noqa: PLC0415
    from .printing import is_terminal  # noqa: PLC0415

    path = out or default_path(provider, symbol, timeframe)
    last = end.date() if end is not None else datetime.now().astimezone().date()
    settings = _settings(config, provider, symbol)

    def tell(held: Manifest) -> None:
        if is_terminal() and not json:
            print(f"  {held.last}  {held.rows:,} bars", flush=True)

    wanted = Wanted(symbol, timeframe, begin.date(), last)
    try:
        held, chunks = asyncio.run(fetch(settings, provider, wanted, path, tell))
    except KeyboardInterrupt:
        print("cut; the same command goes on where it ended", file=sys.stderr)
        return exits.INTERRUPTED
    if json:
        print_json({"file": str(path), "chunks": chunks, **plain(held)})
    else:
        news = "" if chunks else ", nothing new"
        print(f"{path}: {held.rows:,} bars of {held.symbol}, {held.first} to {held.last}{news}")
    return 0


def _settings(file: Path | None, provider: str, symbol: str) -> "Config":
    import os  # noqa: PLC0415

    from tradingfloor.actors.config_sources import resolve  # noqa: PLC0415

    flags = {"data.source": provider, "symbols": symbol}
    names = {"data.source": "--provider", "symbols": "--symbol"}
    return resolve(file, os.environ, flags, names).config
