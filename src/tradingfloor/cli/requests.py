"""Requests to a running engine that leave its state as it is: close, reduce, cancel, change a setting.

Decides how they are typed: prices as decimals, read exactly. The engine decides what is allowed. Input: typed
options; output: as in ``control``.
"""

from decimal import Decimal
from typing import Annotated

import typer

from tradingfloor.actors.types import WHOLE

from . import options
from .control import SECONDS, send

LARGEST = 2**63 - 1
"""What the wire can carry."""

Order = Annotated[str, typer.Argument(metavar="ORDER_ID", help="The id that `orders` prints.")]
Symbol = Annotated[str, typer.Argument(metavar="SYMBOL", help="Of one symbol; by default of all.")]


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
    return send(connect, store, json, lambda to: to.reduce(symbol, WHOLE, reason, timeout=timeout))


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
    units = round(part * WHOLE)
    return send(connect, store, json, lambda to: to.reduce(symbol, units, reason, timeout=timeout))


def cancel(
    order: Order,
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Cancel what is left of one working order.

    `orders --working` lists them. Of a bracket it ends that leg alone: a position whose stop was cancelled is
    unprotected. Returns when the order is over.
    """
    return send(connect, store, json, lambda to: to.cancel_order(order, reason, timeout=timeout))


def replace(
    order: Order,
    quantity: Annotated[
        int | None,
        typer.Option(
            "--quantity", metavar="N", min=1, max=LARGEST, help="Of an entry, the units it shrinks to."
        ),
    ] = None,
    price: Annotated[
        str | None, typer.Option("--price", metavar="PRICE", help="The level of a stop or a limit order.")
    ] = None,
    limit: Annotated[
        str | None, typer.Option("--limit", metavar="PRICE", help="The limit of a stop-limit.")
    ] = None,
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Change the terms of one working order.

    What is not named stays as it is. Returns when the venue has the new terms.
    """
    if (quantity, price, limit) == (None, None, None):
        raise typer.BadParameter("name what changes: --quantity, --price or --limit")
    level, ceiling = _nanos(price, "--price"), _nanos(limit, "--limit")
    return send(
        connect,
        store,
        json,
        lambda to: to.replace_order(
            order, reason, quantity=quantity or 0, price=level, limit=ceiling, timeout=timeout
        ),
    )


def _nanos(text: str | None, option: str) -> int:
    """The price as typed, in nanos; 0 of none. Raises BadParameter for what is no price to the last digit."""
    from tradingfloor.actors.domain.money import format_nanos, parse_decimal  # noqa: PLC0415

    if text is None:
        return 0
    try:
        nanos = parse_decimal(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it as in 4123.25", param_hint=option) from None
    if not 0 < nanos <= LARGEST or Decimal(format_nanos(nanos)) != Decimal(text):
        raise typer.BadParameter(f"{text} is no price: above 0, at most 9 decimals", param_hint=option)
    return nanos


def cancel_all(
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
    """Cancel all working orders, of one symbol or of all.

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
