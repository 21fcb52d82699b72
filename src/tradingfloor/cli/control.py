"""Commands to a running engine, and its status.

Decides the words of every answer. The engine decides what is allowed. Input: typed options; output: text or
JSON, and the exit code.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradingfloor.actors.types import KillPolicy

from . import options

if TYPE_CHECKING:
    from tradingfloor.actors.status import CommandResult, EngineStatus
    from tradingfloor.gateway.client import ControlClient

SECONDS = 5.0
MONEY = ("equity", "cash", "realised", "unrealised", "fees", "exposure", "net_exposure", "buying_power")

Command = Callable[["ControlClient"], "CommandResult"]


def status(
    connect: options.Connect = None,
    store: options.Store = None,
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Show the state, positions, limits and actors of an engine.

    With no engine running it shows what the store holds, and says so.
    """
    from . import stores  # noqa: PLC0415
    from .stored import stored_status  # noqa: PLC0415

    place = None if connect is not None else stores.chosen_store(store)
    found, why = _asked(connect, place, timeout)
    if found is None:
        assert place is not None
        found = stored_status(place)
    if json:
        _print_status_json(found, running=not why)
    else:
        _print_status(found, place, why)
    return 0


def start(
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Let a stopped engine trade again."""
    return send(connect, store, json, lambda to: to.start(reason, timeout=timeout))


def stop(
    connect: options.Connect = None,
    store: options.Store = None,
    flatten: Annotated[
        bool, typer.Option("--flatten", help="Close open positions first; else they are kept.")
    ] = False,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Stop trading; the engine stays, and the market waits."""
    return send(connect, store, json, lambda to: to.stop(reason, flatten=flatten, timeout=timeout))


def pause(
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Make no new entries; stops and targets go on working."""
    return send(connect, store, json, lambda to: to.pause(reason, timeout=timeout))


def resume(
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """End a pause."""
    return send(connect, store, json, lambda to: to.resume(reason, timeout=timeout))


def kill(
    connect: options.Connect = None,
    store: options.Store = None,
    reason: options.Reason = "",
    policy: Annotated[
        KillPolicy | None,
        typer.Option(
            "--policy",
            metavar="flatten|keep",
            help="What becomes of open positions; by default as configured.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask. Without a terminal nothing is asked.")
    ] = False,
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """Cancel all orders, close positions, hold still until rearmed.

    The kill is on disk when this returns. It survives crashes and restarts; only `rearm` with its id ends it.
    """
    if not yes and not json and sys.stdin.isatty():
        typer.confirm("Kill: cancel all orders and make no new ones until rearmed?", abort=True)
    return _send_kill(connect, store, json, lambda to: to.kill(reason, policy=policy, timeout=timeout))


def rearm(
    kill_id: Annotated[str, typer.Argument(metavar="KILL_ID", help="The id that `kill` and `status` print.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why it is safe again; kept in the journal.")
    ],
    connect: options.Connect = None,
    store: options.Store = None,
    timeout: options.Timeout = SECONDS,
    json: options.Json = False,
) -> int:
    """End a kill; the engine is then stopped, `start` lets it trade.

    With no engine running it is written into the store, and the next `run` trades.
    """
    from tradingfloor.actors.errors import NotRunning  # noqa: PLC0415

    from . import stores  # noqa: PLC0415

    try:
        return send(connect, store, json, lambda to: to.rearm(kill_id, reason, timeout=timeout))
    except NotRunning:
        place = stores.at_rest(connect, store)
        if place is None:
            raise
    from ..offline import rearm as rearm_at_rest  # noqa: PLC0415

    _print_changed(rearm_at_rest(place, kill_id, reason, stores.caller()), json=json)
    return 0


def send(connect: str | None, store: Path | None, json: bool, command: Command) -> int:
    """Send one command and tell its answer."""
    from . import stores  # noqa: PLC0415

    with stores.engine(connect, store) as client:
        result = command(client)
    _print_changed(result, json=json)
    return 0


def _send_kill(connect: str | None, store: Path | None, json: bool, command: Command) -> int:
    """Send a kill; tell also what it cancelled and what is still open."""
    from . import stores  # noqa: PLC0415
    from .figures import plain, print_json  # noqa: PLC0415

    with stores.engine(connect, store) as client:
        result = command(client)
        after = _status_after(client)
        canceled = _canceled(client, result)
    if json:
        print_json({**plain(result), "canceled": canceled, "pending": after and list(after.pending)})
    else:
        print("\n".join(_killed(result, after, canceled)))
    return 0


def _status_after(client: "ControlClient") -> "EngineStatus | None":
    """What is still open; None when it cannot be told, for the kill itself is latched already."""
    from tradingfloor.actors.errors import TradingFloorError  # noqa: PLC0415

    try:
        return client.status()
    except (TradingFloorError, TimeoutError):
        return None


def _canceled(client: "ControlClient", result: "CommandResult") -> int | None:
    """How many working orders the kill cancelled, from its own event; None when it cannot be told."""
    from threading import Timer  # noqa: PLC0415

    from tradingfloor.actors.errors import TradingFloorError  # noqa: PLC0415
    from tradingfloor.actors.messages import Killed  # noqa: PLC0415

    try:
        with client.subscribe((Killed.__name__,), after=result.sequence - 1) as stream:
            limit = Timer(1.0, stream.close)  # a kill of long before is no event after this sequence
            limit.start()
            event = next((committed.event for committed in stream), None)
            limit.cancel()
    except (TradingFloorError, TimeoutError):
        return None
    return event.canceled if isinstance(event, Killed) else None


def _print_changed(result: "CommandResult", *, json: bool) -> None:
    from .figures import plain, print_json  # noqa: PLC0415

    if json:
        print_json(plain(result))
        return
    already = " already" if result.already_applied else ""
    detail = f", {result.detail}" if result.detail else ""
    print(f"{result.state.value}{already}, sequence {result.sequence}{detail}")


def _killed(result: "CommandResult", after: "EngineStatus | None", canceled: int | None) -> list[str]:
    again = "was latched before" if result.already_applied else "is latched and durable"
    lines = [f"KILLED: the kill {again}, sequence {result.sequence}", f"kill id  {result.kill_id}"]
    if canceled is not None:
        lines.append(f"orders   {canceled} working orders cancelled")
    if after is None:
        lines.append("open     not known: the engine does not answer; see tradingfloor status")
    elif after.pending:
        lines.append(f"open     {' · '.join(after.pending)}")
    else:
        lines.append("open     nothing, the account is flat")
    lines.append(f"end it   tradingfloor rearm {result.kill_id} --reason TEXT")
    return lines


def _asked(connect: str | None, store: Path | None, timeout: float) -> "tuple[EngineStatus | None, str]":
    """The engine's own status, or None and why there is none beside the store."""
    from tradingfloor.actors.errors import NotRunning  # noqa: PLC0415

    from . import stores  # noqa: PLC0415

    try:
        with stores.engine(connect, store) as client:
            return client.status(timeout=timeout), ""
    except NotRunning as error:
        if store is None:
            raise
        if not stores.holding(store):
            return None, str(error)
        if stores.booting(store):
            raise stores.starting(store) from None
        return None, str(stores.not_running(store))


def _print_status_json(found: "EngineStatus", *, running: bool) -> None:
    from tradingfloor.actors.domain.money import format_nanos  # noqa: PLC0415

    from .figures import plain, print_json  # noqa: PLC0415
    from .stored import quotes_json, refused  # noqa: PLC0415

    shown: dict[str, Any] = plain(found)
    for name in MONEY:
        shown[name] = format_nanos(shown[name])
    for row in shown["positions"]:
        row |= {name: format_nanos(row[name]) for name in ("cost", "last", "unrealised")}
    shown["prices"] = [
        {"symbol": symbol, "price": format_nanos(last), "ts": ts} for symbol, last, ts in shown["prices"]
    ]
    names = ("symbol", "reason", "count")
    shown["refusals"] = [dict(zip(names, row, strict=True)) for row in shown["refusals"]]
    shown["quotes"] = quotes_json(found)
    print_json({"running": running, **shown, "refused": refused(found)})


def _print_status(found: "EngineStatus", place: Path | None, why: str) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from . import stores  # noqa: PLC0415
    from .board import actor_table, board  # noqa: PLC0415
    from .printing import show  # noqa: PLC0415

    zone = ZoneInfo("UTC")
    if place is not None:
        with stores.reading(place) as reader:
            zone = stores.zone_of(stores.newest_config(reader))
    if why:
        show(why, "")
    more = [("journal", f"sequence {found.last_sequence:,}"), ("store", found.store)]
    show(board(found, zone, running=not why, more=more))
    if found.actors:
        show("", actor_table(found.actors))
