"""Events in words, and the table of a status."""

import enum
import io
from typing import Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.console import Console

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import CommittedEvent
from tradingfloor.actors.status import ActorHealth, EngineStatus, LimitUse, PositionStatus
from tradingfloor.actors.types import NANOS, TradingState
from tradingfloor.cli.board import actor_table, board
from tradingfloor.cli.wording import line, words

UTC = ZoneInfo("UTC")
KINDS = get_args(m.JournalEvent)


def sample(kind):
    """Any value of a type; of an optional one, both."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{name: sample(of) for name, of in get_type_hints(kind).items()})
    if get_origin(kind) is tuple:
        return ()
    if get_origin(kind) in (Union, type(int | None)):
        return sample(get_args(kind)[0])
    return {int: 730_000, str: "a\nb", bytes: b"i" * 16, float: 0.5, bool: True}[kind]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_has_words_on_one_line(kind):
    event = sample(kind)
    assert words(event)
    told = line(CommittedEvent(7, 0, "risk", event), UTC, with_id=True)
    assert "\n" not in told.replace("a\nb", "")
    assert told.split()[0] == "7"
    assert told.endswith(event.id.hex())


def a_status(**given):
    actors = tuple(
        ActorHealth(
            name=name,
            alive=True,
            state=state,
            epoch=1,
            restarts=restarts,
            depth=depth,
            merged=0,
            handled=12345,
            busy_ns=0,
            warmth=warmth,
            error="ValueError('x')\nmore" if restarts else "",
        )
        for name, state, restarts, depth, warmth in (
            ("market_data", "ready", 0, 3, ""),
            ("signals:SPX:15m", "ready", 0, 0, "15m 14/15"),
            ("signals:SPX:1h", "isolated", 5, 0, "1h 9/15"),
        )
    )
    held = PositionStatus(
        symbol="SPX",
        quantity=-3,
        cost=-7500 * NANOS,
        last=2510 * NANOS,
        unrealised=-30 * NANOS,
        unit="paper unit",
    )
    fields = {
        "state": TradingState.RUNNING,
        "state_reason": "run",
        "journal_id": "j",
        "engine_ts": 951_498_000 * NANOS,
        "tape": "replay spx.csv",
        "tape_index": 500,
        "equity": 99_970 * NANOS,
        "positions": (held,),
        "limits": (LimitUse(limit="daily_loss", used="30.123456789", allowed="2500"),),
        "locks": ("stale:SPX",),
        "refusals": (("SPX", "NAN", 2),),
        "actors": actors,
    }
    return EngineStatus(**{**fields, **given})


def drawn(*renderables, width=80):
    console = Console(file=io.StringIO(), width=width, force_terminal=False, markup=False)
    for renderable in renderables:
        console.print(renderable)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    return text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_board_fits_and_tells_everything(width):
    text = drawn(board(a_status(), UTC, tape_end=1000, events=["x" * 200]), width=width)
    for part in (
        "PAPER  RUNNING",
        "2000-02-25 17:00:00 UTC",
        "50 %",
        "SPX short 3 paper units, last 2,510.00, open -30.00",
        "daily_loss 30.12/2500",
        "stale:SPX",
        "15m 14/15 · 1h 9/15",
        "2 of 3 ready",
        "restarts 5",
        "market_data 3",
        "signals:SPX:1h isolated: ValueError('x') more",
        "SPX NAN 2",
    ):
        assert part in " ".join(text.split()) or part in text, part


def test_a_killed_board_shows_the_kill_id_and_what_is_pending():
    killed = a_status(
        state=TradingState.KILLED, kill_id="ab" * 16, state_reason="enough", pending=("SPX short 3 waits",)
    )
    text = drawn(board(killed, UTC), width=120)
    assert f"KILLED  kill id {'ab' * 16}  enough" in text
    assert "pending" in text


def test_brackets_in_an_error_are_no_markup():
    actor = msgspec.structs.replace(a_status().actors[2], error="[red]KeyError['x'][/red]")
    assert "[red]KeyError['x'][/red]" in drawn(board(a_status(actors=(actor,)), UTC), width=120)
    assert "signals:SPX:1h" in drawn(actor_table((actor,)))


def test_a_status_without_actors_positions_or_prices_is_drawn_too():
    empty = EngineStatus(state=TradingState.STOPPED, state_reason="", journal_id="")
    text = drawn(board(empty, UTC))
    assert "none" in text
    assert "warm" not in text
