"""The orders of a store: which work, and what became of the others.

Decides what of an order is shown. Reads only, also while an engine writes. Input: typed options; output: text
or JSON, with the ids that ``cancel``, ``replace`` and ``why`` take.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options

if TYPE_CHECKING:
    from datetime import tzinfo

    from tradingfloor.storage.rows import OrderRow

PRICES = ("price", "limit_price", "trail", "stop", "target", "reserved", "fees")
IDS = ("order_id", "parent_id", "decision_id", "signal_id", "kill_id")


def orders(
    symbol: Annotated[str | None, typer.Argument(metavar="SYMBOL", help="By default of all.")] = None,
    working: Annotated[
        bool, typer.Option("--working", help="Only orders that may still fill; all of them.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most the newest N orders.")
    ] = 100,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """List orders with their ids, terms and status, oldest first.

    The id at the end of a line is what `cancel`, `replace` and `why --id` take.

    With --json one object per line, with times in ns UTC, prices as decimal text, and what an order does not
    have as null.
    """
    from . import stores  # noqa: PLC0415
    from .figures import print_json  # noqa: PLC0415

    with stores.reading(stores.chosen_store(store)) as reader:
        zone = stores.zone_of(stores.newest_config(reader))
        if working:
            found = [row for row in reader.working_orders() if symbol in {None, row.symbol}]
        else:
            found = reader.orders(symbol, limit=limit)[::-1]
    for row in found:
        if json:
            print_json(_as_json(row))
        else:
            print(_line(row, zone))
    if not found and not json:
        print("no order is working" if working else "no order was placed")
    return 0


def _line(row: "OrderRow", zone: "tzinfo") -> str:
    """One order: when it was placed, what it is, how far it came, its id."""
    from .figures import count, price, when_short  # noqa: PLC0415

    level = f" at {price(row.price)}" if row.price else ""
    limit = f" limit {price(row.limit_price)}" if row.limit_price else ""
    what = f"{row.symbol} {row.role} {row.side} {count(row.quantity)} {row.order_type}{level}{limit}"
    part = f" {count(row.filled)} filled" if 0 < row.filled < row.quantity else ""
    status = f"{row.status}{part}{f' {row.reason}' if row.reason else ''}"
    return f"{when_short(row.ts, zone):<19}  {what:<54}  {status:<26}  {row.order_id.hex()}"


def _as_json(row: "OrderRow") -> dict[str, Any]:
    from tradingfloor.actors.domain.money import format_nanos  # noqa: PLC0415

    from .figures import plain  # noqa: PLC0415

    shown: dict[str, Any] = plain(row)
    shown |= {name: shown[name] or None for name in (*IDS, "expires_ts")}
    return shown | {name: format_nanos(shown[name]) if shown[name] else None for name in PRICES}
