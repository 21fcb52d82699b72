"""Requests to a running engine that leave its state as it is: close, reduce, cancel, change a setting.

Decides how they are typed. The engine decides what is allowed. Input: typed options; output: as in
``control``.
"""

from typing import Annotated

import typer

from . import options
from .control import SECONDS, send

ONE = 1_000_000
"""A whole position, in the units of a request."""

Symbol = Annotated[str, typer.Argument(metavar="[SYMBOL]", help="Of one symbol; by default of all.")]


def flatten(
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Close every open position at the next price; trading goes on."""
    return send(connect, store, json, lambda to: to.flatten(reason, timeout=timeout))


def close(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="Whose position is closed.")],
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Close the position of one symbol at the next price."""
    return send(connect, store, json, lambda to: to.reduce(symbol, ONE, reason, timeout=timeout))


def reduce(
    symbol: Symbol = "",
    part: Annotated[
        float,
        typer.Option("--part", metavar="FRACTION", min=0.000001, max=1.0, help="How much of it is closed."),
    ] = 0.5,
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Close a part of a position, or of all, at the next price.

    Units are rounded up. Stops and targets stay for what is left.
    """
    units = round(part * ONE)
    return send(connect, store, json, lambda to: to.reduce(symbol, units, reason, timeout=timeout))


def cancel(
    symbol: Symbol = "",
    entries: Annotated[
        bool, typer.Option("--entries", help="Entries alone; stops and targets go on working.")
    ] = False,
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Cancel all working orders.

    Positions stay open, without their stops and targets unless --entries is given.
    """
    return send(
        connect,
        store,
        json,
        lambda to: to.cancel_all(symbol, reason, entries_only=entries, timeout=timeout),
    )


def revise(
    changes: Annotated[
        list[str],
        typer.Argument(metavar="PATH=VALUE...", help="Settings by their dotted paths, all or none."),
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept in the journal.")],
    connect: options.Connect = None,
    store: options.Store = None,
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Change settings of a running engine.

    What may change: enabled, and all of risk. It holds from the next instant on and through restarts;
    decisions after it name the new config.
    """
    from tradingfloor.actors.errors import BadConfig  # noqa: PLC0415

    named = [(path.strip(), value.strip()) for path, _, value in (each.partition("=") for each in changes)]
    wrong = next((each for each in changes if "=" not in each), None)
    if wrong is not None:
        raise BadConfig(f"{wrong}: expected PATH=VALUE, as in risk.max_daily_loss=1000")
    return send(connect, store, json, lambda to: to.revise_config(named, reason, timeout=timeout))
