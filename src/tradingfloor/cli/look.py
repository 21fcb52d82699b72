"""Looking into a store: why a decision fell as it did, what happened in order, what it comes to in numbers.

Decides which part of the journal is shown. Reads only, also while an engine writes. Input: typed options;
output: text or JSON.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from . import options

if TYPE_CHECKING:
    from tradingfloor.actors.runtime.journal import CommittedEvent
    from tradingfloor.storage.readers import SyncReader
    from tradingfloor.storage.why import Explanation

PAGE = 1000


class Topic(str, Enum):
    """What is counted."""

    SIGNALS = "signals"


def why(
    symbol: Annotated[str | None, typer.Argument(metavar="SYMBOL", help="By default any.")] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="The newest decision up to then: a date, or date and time."
        ),
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="The newest decision (also without it).")] = False,
    some_id: Annotated[
        str | None,
        typer.Option("--id", metavar="HEX", help="The id of a signal, decision, order, fill or trade."),
    ] = None,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Explain one decision: its score, every gate, and what followed.

    Times without an offset are told, and read, in the market's time zone.
    """
    from . import stores  # noqa: PLC0415
    from .explanation import as_json, show  # noqa: PLC0415
    from .figures import print_json  # noqa: PLC0415

    if sum((at is not None, last, some_id is not None)) > 1:
        raise typer.BadParameter("choose one of --at, --last and --id")
    chosen = stores.chosen_store(store)
    with stores.reading(chosen) as reader:
        config = stores.newest_config(reader)
        zone = stores.zone_of(config)
        found = _explanation(reader, symbol, at, some_id, zone)
        earlier = _earlier(reader, found, symbol, at, zone) if at is not None else ""
    if json:
        print_json(as_json(found))
    else:
        show(found, zone, earlier)
    return 0


def _explanation(
    reader: "SyncReader", symbol: str | None, at: str | None, some_id: str | None, zone: ZoneInfo
) -> "Explanation":
    from tradingfloor.actors.errors import NotFound  # noqa: PLC0415

    from .figures import identifier, instant  # noqa: PLC0415
    from .stored import outcomes_of  # noqa: PLC0415

    if some_id is not None:
        return reader.why(identifier(some_id))
    until = instant(at, zone) if at is not None else None
    try:
        return reader.decision(symbol, until)
    except NotFound:
        about = f" about {symbol}" if symbol else ""
        then = f" up to {at}" if at is not None else ""
        outcomes = outcomes_of(reader)
        scored = sum(outcomes.counts.values())
        best = f", the best with {outcomes.best:.2f}" if scored else ""
        raise NotFound(
            f"no decision{about}{then}; {scored} signals were scored{best}; see them with: "
            "tradingfloor events --kinds SignalScored"
        ) from None


def _earlier(reader: "SyncReader", found: "Explanation", symbol: str | None, at: str, zone: ZoneInfo) -> str:
    """That the decision is of a day before the one asked for, and what came after; empty when it is not."""
    from .figures import count, day, instant  # noqa: PLC0415
    from .stored import outcomes_of  # noqa: PLC0415

    assert found.decision is not None
    made, until = found.decision.ts, instant(at, zone)
    # What is decided at the midnight that ends a session belongs to that session.
    if day(made - 1, zone) == day(until, zone):
        return ""
    outcomes = outcomes_of(reader, symbol, made, until).counts
    words = " · ".join(f"{name} {count(number)}" for name, number in sorted(outcomes.items()))
    scored = (
        f"{count(sum(outcomes.values()))} signals were scored: {words}"
        if outcomes
        else "no signal was scored"
    )
    newest = f"the newest before it is of {day(made - 1, zone)}"
    return f"no decision on {day(until, zone)}: {newest}; since then {scored}"


def events(
    connect: options.Connect = None,
    store: options.Store = None,
    kinds: Annotated[
        str, typer.Option("--kinds", metavar="A,B", help="Only these kinds, such as OrderFilled,TradeClosed.")
    ] = "",
    symbols: Annotated[str, typer.Option("--symbols", metavar="S,T", help="Only these symbols.")] = "",
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="N", min=0, help="The first events after sequence N."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, help="At most N events; by default 100, and endless with --follow."
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, and print what a running engine commits; Ctrl-C ends it.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Print what happened, in order, or follow what happens.

    Without --after these are the newest events.

    With --json one object per line, with times in ns UTC and money in 1e-9 units, exactly as journaled.
    """
    from . import stores  # noqa: PLC0415

    chosen_kinds, chosen_symbols = _kinds(kinds), _names(symbols)
    if connect is not None and not follow:
        raise typer.BadParameter("an address is followed live: add --follow, or read a store with --store")
    if follow:
        return _follow(connect, store, chosen_kinds, chosen_symbols, after, limit, json)
    chosen = stores.chosen_store(store)
    with stores.reading(chosen) as reader:
        zone = stores.zone_of(stores.newest_config(reader))
        found = _stored(reader, chosen_kinds, chosen_symbols, after, limit or 100)
        _print(found, zone, json)
    return 0


def _stored(
    reader: "SyncReader", kinds: Sequence[str], symbols: Sequence[str], after: int | None, limit: int
) -> "Iterable[CommittedEvent]":
    if after is not None:
        return reader.events(after, limit, kinds, symbols)
    newest: deque[CommittedEvent] = deque(maxlen=limit)
    # Without a filter the newest are the last sequences; with one they must be looked for.
    cursor = 0 if kinds or symbols else max(0, reader.bounds().last - limit)
    while page := reader.events(cursor, PAGE, kinds, symbols):
        newest.extend(page)
        cursor = page[-1].sequence
    return newest


def _follow(
    connect: str | None,
    store: Path | None,
    kinds: Sequence[str],
    symbols: Sequence[str],
    after: int | None,
    limit: int | None,
    json: bool,
) -> int:
    from itertools import islice  # noqa: PLC0415

    from . import stores  # noqa: PLC0415

    zone = ZoneInfo("UTC")
    if connect is None:
        with stores.reading(stores.chosen_store(store)) as reader:
            zone = stores.zone_of(stores.newest_config(reader))
    with (
        stores.engine(connect, store) as client,
        client.subscribe(kinds, symbols, after) as stream,
    ):
        try:
            _print(islice(stream, limit), zone, json)
        except KeyboardInterrupt:
            return 0
    return 0


def _print(found: "Iterable[CommittedEvent]", zone: ZoneInfo, json: bool) -> None:
    from .figures import plain, print_json  # noqa: PLC0415
    from .printing import is_terminal  # noqa: PLC0415
    from .wording import line  # noqa: PLC0415

    with_id = not is_terminal()
    for committed in found:
        if json:
            body = plain(committed.event)
            print_json(
                {
                    "sequence": committed.sequence,
                    "kind": body.pop("type"),
                    "actor": committed.actor,
                    "recorded_at": committed.recorded_at,
                    "event": body,
                }
            )
        else:
            print(line(committed, zone, with_id=with_id), flush=True)


def _kinds(text: str) -> list[str]:
    """The kinds as the journal spells them. Raises BadParameter."""
    from tradingfloor.storage.codec import KINDS  # noqa: PLC0415

    spelled = {kind.lower(): kind for kind in KINDS}
    found = []
    for name in _names(text):
        if name.lower() not in spelled:
            near = get_close_matches(name.lower(), spelled, n=1)
            hint = f"did you mean {spelled[near[0]]}?" if near else f"there are {', '.join(KINDS)}"
            raise typer.BadParameter(f"no kind of event is called {name}; {hint}", param_hint="--kinds")
        found.append(spelled[name.lower()])
    return found


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def stats(
    topic: Annotated[Topic, typer.Argument(metavar="signals", help="What is counted.")],
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Also what the closed trades say about the weights of the kinds and about the score.",
        ),
    ] = False,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Count how far the signals went, by detector, kind and timeframe.

    With --calibrate also what the closed trades say: per kind the hit rate, shrunken towards that of all
    trades, its odds ratio and the weight that follows; the monotone map from score to hit rate; Brier scores;
    and, from 200 closed trades on, the lines to paste into the config.
    """
    from . import signal_stats, stores  # noqa: PLC0415
    from .figures import print_json  # noqa: PLC0415

    assert topic is Topic.SIGNALS
    with stores.reading(stores.chosen_store(store)) as reader:
        found = signal_stats.read(reader, calibrated=calibrate)
    if json:
        print_json(signal_stats.as_json(found))
    else:
        signal_stats.show(found)
    return 0
