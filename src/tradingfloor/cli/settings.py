"""Writing a config file, and telling what is configured and by whom.

Decides nothing about settings (see ``actors.config_sources``). Input: paths; output: text or JSON.
"""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from . import options

DEFAULT_FILE = Path("tradingfloor.toml")


class Asked(str, Enum):
    """What to do with a config."""

    SHOW = "show"
    CHECK = "check"


def init(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write.")] = Path(
        "tradingfloor.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    json: options.Json = False,
) -> int:
    """Write a config file with every setting at its default, explained."""
    from tradingfloor.actors.config import Config  # noqa: PLC0415
    from tradingfloor.actors.config_text import commented_toml  # noqa: PLC0415
    from tradingfloor.actors.errors import Refused  # noqa: PLC0415

    from .figures import print_json  # noqa: PLC0415

    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(commented_toml(Config()))
    except FileExistsError:
        raise Refused(f"{path}: exists; overwrite it with --force, or name another file") from None
    if json:
        print_json({"config": str(path)})
    else:
        print(f"wrote {path}; next: tradingfloor run --config {path}")
    return 0


def config(
    what: Annotated[
        Asked,
        typer.Argument(metavar="show|check", help="All settings with their origins, or whether they hold."),
    ] = Asked.SHOW,
    file: options.ConfigFile = None,
    json: options.Json = False,
) -> int:
    """Show each setting with its origin and the fee schedule in words, or check them.

    A setting comes from the defaults, the file, the environment (TRADINGFLOOR__RISK__MAX_DAILY_LOSS=1000)
    or a flag of `run`; the last wins.
    """
    import os  # noqa: PLC0415

    from tradingfloor.actors.config_sources import resolve, rows  # noqa: PLC0415
    from tradingfloor.actors.domain.fee_schedules import schedule  # noqa: PLC0415
    from tradingfloor.actors.domain.fee_text import explained  # noqa: PLC0415

    from .figures import plain, print_json  # noqa: PLC0415

    resolved = resolve(file, os.environ)
    told = rows(resolved)
    fees = list(explained(schedule(resolved.config)))
    if json:
        shown = {"config": plain(resolved.config), "origins": resolved.origins, "fees": dict(fees)}
        print_json(
            {"ok": True, "hash": resolved.config.content_hash, **(shown if what is Asked.SHOW else {})}
        )
    elif what is Asked.CHECK:
        changed = sum(origin != "default" for _, _, origin in told)
        print(f"ok: {file or 'the defaults'}, {changed} of {len(told)} settings given")
    else:
        widths = [max(len(row[column]) for row in told) for column in (0, 1)]
        for name, value, origin in told:
            print(f"{name:<{widths[0]}}  {value:<{min(widths[1], 44)}}  {origin}")
        print(f"\nWhat an order pays by {resolved.config.execution.fees}, all its partial fills together:")
        width = max(len(name) for name, _ in fees)
        for name, sentence in fees:
            print(f"{name:<{width}}  {sentence}")
    return 0
