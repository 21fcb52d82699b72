"""The options that several commands share: spelled, typed and explained once.

Decides nothing else.
"""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

Store: TypeAlias = Annotated[
    Path | None,
    typer.Option("--store", metavar="PATH", help="The store; by default the newest one under runs/."),
]

Connect: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--connect",
        metavar="ADDR",
        help="Where the engine listens: unix:PATH or HOST:PORT; by default the socket beside the store.",
    ),
]

Timeout: TypeAlias = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long to wait for the answer.")
]

Reason: TypeAlias = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; kept in the journal with the command.")
]

ConfigFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="A TOML file of settings; without it the defaults."),
]
