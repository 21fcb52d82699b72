"""Questions to data, without an engine.

Decides the options; what they ask is answered where each is imported. Output: text or JSON.
"""

from pathlib import Path
from typing import Annotated

import typer

from . import options


def scan(
    index: Annotated[
        Path | None,
        typer.Option(
            "--index",
            metavar="CHAIN",
            help="The VIX-style index of a CSV file: expiry,strike,call_bid,call_ask,put_bid,put_ask; the "
            "expiry is the settlement instant with its UTC offset.",
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="INSTANT", help="When the chain was quoted, with its UTC offset."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="R", help="Risk-free rate of the near term, 0.045 for 4.5 % a year."),
    ] = None,
    rate_next: Annotated[
        float | None,
        typer.Option("--rate-next", metavar="R", help="That of the next term; without it the same."),
    ] = None,
    json: options.Json = False,
) -> int:
    """Compute a VIX-style index from the quotes of a chain.

    Exactly two expiries in the file are the two terms. Of more the last up to 30 days and the first after are
    taken, each more than 23 and less than 37 days away. A chain that is one-sided, crossed, sparse or expired
    is refused with the reason and code 4.

    With --json one object: index, terms (minutes, rate, forward, k0, strikes, variance, weight), term_rule.
    """
    from .index_scan import scan_index  # noqa: PLC0415

    if index is None:
        raise typer.BadParameter("name a chain", param_hint="--index")
    return scan_index(index, now, rate, rate_next, json=json)
