"""The schedule: due times on the market's clock, what is done, refused and missed."""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import PROVIDERS, Config, DataConfig, DownloadConfig, ScheduledAction
from tradingfloor.actors.config_checks import check
from tradingfloor.actors.config_faults import ACTIONS
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.moments import parse
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.market_data.feeds.providers import CODECS
from tradingfloor.actors.runtime.core import run_deciding
from tradingfloor.actors.supervisor.core import SupervisorCore
from tradingfloor.actors.types import NANOS, ScheduleOutcome, TradingState

NEW_YORK = ZoneInfo("America/New_York")
DONE, REFUSED, MISSED = ScheduleOutcome.DONE, ScheduleOutcome.REFUSED, ScheduleOutcome.MISSED
MINUTE = 60 * NANOS


def at(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * NANOS


def entries(*texts):
    made = []
    for text in texts:
        moment, do, *rest = text.split()
        made.append(ScheduledAction(at=moment, do=do, flatten=bool(rest)))
    return tuple(made)


class Floor:
    """A supervisor's core over a journal, with its timers fired in order."""

    def __init__(self, *texts, started="2024-01-08 10:00", state=TradingState.RUNNING, entered=0):
        self.core = SupervisorCore("tape", Config(schedule=entries(*texts)), calendar("XNYS"), entered)
        self.state = self.core.initial()
        self.journal = []
        self.take(m.StartTrading(request_id="s"), at(started))
        self.state.state = state

    def take(self, message, now):
        said = run_deciding(self.core, self.state, message, now)
        self.journal += said
        return said

    def play(self, until):
        """Every timer up to an instant, each at its time."""
        said = []
        while (due := self.core.next_due(self.state)) is not None and due <= at(until):
            said += self.take(m.TimerDue(due), due)
        return said

    def recovered(self):
        state = self.core.initial()
        for event in self.journal:
            self.core.apply(state, event)
        return state


def handled(events):
    return [(e.entry, e.due, e.outcome) for e in events if isinstance(e, m.ScheduleHandled)]


@pytest.mark.parametrize(
    ("text", "since", "instants"),
    [
        ("open+5m", "2024-01-08 09:00", ["2024-01-08 09:35", "2024-01-09 09:35"]),
        ("open-1h", "2024-01-08 09:00", ["2024-01-09 08:30"]),
        ("close", "2024-01-08 16:00", ["2024-01-08 16:00", "2024-01-09 16:00"]),
        ("close+12h", "2024-01-09 01:00", ["2024-01-09 04:00"]),
        # The day after Thanksgiving closes at 13:00, Thanksgiving itself has no session.
        ("close-10m", "2024-11-27 15:50", ["2024-11-27 15:50", "2024-11-29 12:50", "2024-12-02 15:50"]),
        # Clocks change on 10 March 2024.
        ("open", "2024-03-08 09:30", ["2024-03-08 09:30", "2024-03-11 09:30"]),
    ],
)
def test_moments_follow_the_calendar(text, since, instants):
    found = parse(text).since(calendar("XNYS"), at(since))
    assert list(islice(found, len(instants))) == [at(each) for each in instants]


def test_the_day_ends_when_its_row_is_due():
    assert (
        next(parse("day-end").since(calendar("XNYS"), at("2024-01-08 10:00"))) == at("2024-01-08 16:00") + 1
    )


@pytest.mark.parametrize(
    "text", ["noon", "open+", "open+5", "open +5m", "close-13h", "close-721m", "day-end*2h"]
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(BadConfig):
        parse(text)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (entries("open repeat"), "expected start, stop, flatten, report, backup or download, got 'repeat'"),
        (entries("close download"), "data.source is 'sim', no provider; set data.download.provider"),
        (entries("noon stop"), "expected open, close, day-end"),
        (entries("open start", "open start"), "stands there twice"),
        (entries("close flatten flatten"), "flatten is an option of stop alone"),
    ],
)
def test_the_config_check_names_the_entry_and_the_fault(given, fault):
    with pytest.raises(BadConfig, match=r"schedule \(") as refused:
        check(Config(schedule=given))
    assert fault in str(refused.value)


def test_a_day_of_the_schedule_stops_and_starts_the_floor_by_itself():
    floor = Floor("open+5m start", "close-10m stop flatten")
    floor.state.open = {"SPX": 5}
    said = floor.play("2024-01-08 15:50")
    assert handled(said) == [("close-10m stop flatten", at("2024-01-08 15:50"), DONE)]
    assert [e.state for e in said if isinstance(e, m.TradingStateChanged)] == [TradingState.STOPPING]
    floor.state.open, floor.state.state = {}, TradingState.STOPPED
    said = floor.play("2024-01-09 09:35")
    assert handled(said) == [("open+5m start", at("2024-01-09 09:35"), DONE)]
    changed = said[-1]
    assert (changed.state, changed.by, changed.reason) == (TradingState.RUNNING, "schedule", "open+5m start")


def test_without_a_schedule_or_before_the_first_start_no_timer_is_asked_for():
    assert Floor().core.next_due(Floor().state) is None
    core = SupervisorCore("tape", Config(schedule=entries("open start")), calendar("XNYS"))
    assert core.next_due(core.initial()) is None


def test_a_flatten_is_asked_for_only_with_something_open():
    floor = Floor("close-1h flatten")
    assert [type(e).__name__ for e in floor.play("2024-01-08 15:00")] == ["ScheduleHandled"]
    floor.state.open = {"SPX": 5}
    assert [type(e).__name__ for e in floor.play("2024-01-09 15:00")] == [
        "ScheduleHandled",
        "FlattenRequested",
    ]


def test_what_the_state_forbids_is_refused_and_told():
    floor = Floor("close start", state=TradingState.PAUSED)
    said = floor.play("2024-01-08 16:00")
    assert handled(said) == [("close start", at("2024-01-08 16:00"), REFUSED)]
    assert said[0].detail == "Start: not allowed while PAUSED"
    assert len(said) == 1


def test_entries_of_one_instant_are_handled_in_the_order_of_the_config():
    floor = Floor("close stop", "close backup", "close flatten")
    said = handled(floor.play("2024-01-08 16:00"))
    assert [entry for entry, _, _ in said] == ["close stop", "close backup", "close flatten"]


def test_an_entry_is_handled_once_also_by_a_floor_that_was_restarted_in_between():
    floor = Floor("open+5m start", "close backup")
    floor.play("2024-01-09 12:00")
    recovered = floor.recovered()
    assert floor.core.next_due(recovered) == floor.core.next_due(floor.state) == at("2024-01-09 16:00")
    assert recovered.agenda.handled == floor.state.agenda.handled


def test_what_comes_a_minute_late_is_done_and_what_comes_later_was_missed():
    floor = Floor("close backup")
    close = at("2024-01-08 16:00")
    assert handled(floor.take(m.TimerDue(close), close + MINUTE)) == [("close backup", close, DONE)]
    floor = Floor("close flatten")
    floor.state.open = {"SPX": 5}
    said = floor.take(m.TimerDue(close), close + MINUTE + 1)
    assert handled(said) == [("close flatten", close, MISSED)]
    assert len(said) == 1
    assert floor.recovered().agenda.missed == (("close flatten", close),)


@pytest.mark.parametrize("do", ACTIONS)
def test_what_was_missed_is_not_done_and_stays_listed_after_a_restart(do):
    floor = Floor(f"close {do}")
    floor.state.open = {"SPX": 5}
    close = at("2024-01-08 16:00")
    (said,) = floor.take(m.TimerDue(close), at("2024-01-09 12:00"))
    assert (said.entry, said.due, said.outcome) == (f"close {do}", close, MISSED)
    assert floor.recovered().agenda.missed == ((f"close {do}", close),)


@pytest.mark.parametrize("do", ["report", "backup", "download"])
def test_what_is_asked_for_beside_trading_changes_no_state(do):
    floor = Floor(f"close {do}")
    (said,) = floor.play("2024-01-08 16:00")
    assert (said.entry, said.outcome, floor.state.state) == (f"close {do}", DONE, TradingState.RUNNING)


@pytest.mark.parametrize(
    ("source", "download", "fault"),
    [
        ("sim", {"provider": "yahoo"}, "expected alpaca, massive, polygon or tradier, got 'yahoo'"),
        ("alpaca", {"provider": "massive"}, "data.source is 'alpaca' already; leave it out"),
        ("alpaca", {"first": "last year"}, "expected a date YYYY-MM-DD, got 'last year'"),
        ("alpaca", {"folder": ""}, "needs the path of a folder"),
    ],
)
def test_a_download_that_cannot_be_made_is_refused_in_one_line(source, download, fault):
    data = DataConfig(source=source, download=DownloadConfig(**download))
    with pytest.raises(BadConfig, match=r"^data\.download\.") as refused:
        check(Config(symbols=("SPY",), data=data, schedule=entries("close download")))
    assert str(refused.value).endswith(fault)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("source", "named", "provider"),
    [("alpaca", "", "alpaca"), ("sim", "massive", "massive"), ("sim", "", ""), ("replay:a.csv", "", "")],
)
def test_a_download_asks_the_provider_of_the_prices_or_the_one_that_is_named(source, named, provider):
    data = DataConfig(source=source, download=DownloadConfig(provider=named))
    assert data.download_provider == provider


def test_every_provider_that_has_a_codec_may_be_named():
    assert set(PROVIDERS) == set(CODECS)


def test_a_downtime_of_days_is_one_line_that_says_how_often():
    floor = Floor("close backup")
    (said,) = floor.take(m.TimerDue(at("2024-01-08 16:00")), at("2024-01-11 12:00"))
    assert (said.outcome, said.due, said.detail) == (MISSED, at("2024-01-10 16:00"), "missed 3 times")
    assert floor.core.next_due(floor.state) == at("2024-01-11 16:00")


def test_what_came_due_before_a_live_market_was_entered_was_missed_though_its_timers_come_in_order():
    entered = at("2024-01-11 12:00")
    floor = Floor("close flatten", "open+5m backup", entered=entered)
    said = floor.play("2024-01-11 16:00")
    assert [(e.entry, e.due, e.outcome, e.detail) for e in said if isinstance(e, m.ScheduleHandled)] == [
        ("close flatten", at("2024-01-10 16:00"), MISSED, "missed 3 times"),
        ("open+5m backup", at("2024-01-11 09:35"), MISSED, "missed 3 times"),
        ("close flatten", at("2024-01-11 16:00"), DONE, ""),
    ]
    assert [entry for entry, _ in floor.recovered().agenda.missed] == ["close flatten", "open+5m backup"]


def test_what_came_due_within_a_minute_before_a_live_market_was_entered_is_done_in_its_own_time():
    floor = Floor("close backup", entered=at("2024-01-09 16:01"))
    said = floor.play("2024-01-09 16:00")
    assert [(e.due, e.outcome) for e in said] == [
        (at("2024-01-08 16:00"), MISSED), (at("2024-01-09 16:00"), DONE),
    ]  # fmt: skip
    assert [e.ts for e in said] == [at("2024-01-08 16:00"), at("2024-01-09 16:00")]
