"""Downloads that the schedule asks for: into which files, going on, failing, cut by the end of the engine."""

import json
import threading
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from fake_alpaca import FakeAlpaca, written
from fake_server import Market, answer

from tradingfloor import TradingFloor
from tradingfloor.actors.config import Config, DataConfig, DownloadConfig, ScheduledAction
from tradingfloor.actors.domain.calendar import NEW_YORK, calendar
from tradingfloor.actors.errors import BadConfig, BadData, NotRunning
from tradingfloor.actors.market_data.feeds.providers import rest
from tradingfloor.actors.market_data.feeds.providers.limits import TokenBucket
from tradingfloor.actors.messages import ChoreFinished
from tradingfloor.downloads import ScheduledDownload, timeframes_of
from tradingfloor.storage.readers import SyncReader

WAIT = 20
XNYS = calendar("XNYS", NEW_YORK)
DAYS = ("2024-01-02", "2024-01-03", "2024-01-04")


def daily(day, price):
    start = XNYS.session(date.fromisoformat(day).toordinal()).open - XNYS.open_offset
    return {"t": written(start), "o": price, "h": price + 1, "l": price - 1, "c": price, "v": 100}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(TokenBucket, "take", lambda _bucket, _now: 0.0)
    monkeypatch.setattr(rest, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(rest, "LONGEST_DELAY", 0.001)
    with FakeAlpaca(Market(0, 1), page=1000) as running:
        running.bars = [daily(day, 470.0) for day in DAYS]
        yield running


@pytest.fixture
def config(server, tmp_path):
    def make(symbols=("SPY",), timeframes=("1d", "1w"), first=DAYS[0], **download):
        tape = tmp_path / "tape.csv"
        rows = [f"2015-01-{day:02},100,101,99,100,1000" for day in (5, 6, 7)]
        tape.write_text("\n".join(["date,open,high,low,close,volume", *rows]) + "\n")
        wanted = DownloadConfig(**{"provider": "alpaca", "first": first, **download})
        data = DataConfig(source=f"replay:{tape}", rest_url=server.rest_url, download=wanted)
        schedule = (ScheduledAction(at="close", do="download"),)
        return Config(symbols=symbols, timeframes=timeframes, data=data, schedule=schedule)

    return make


def finished(store):
    with SyncReader.open(store) as reader:
        return [row.event for row in reader.events(0, 1 << 62, (ChoreFinished.__name__,))]


def test_the_schedule_of_a_floor_brings_the_files_beside_its_store_up_to_date(config, server, tmp_path):
    store = tmp_path / "runs" / "a.db"
    told = threading.Event()
    with TradingFloor(config(), store=store, sessions=1) as floor, closing(_Listening(floor, told)):
        floor.begin()
        assert told.wait(WAIT)
    (event,) = finished(store)
    assert (event.entry, event.error) == ("close download", "")
    assert (event.files, event.detail) == (("data/alpaca/SPY-1d.csv",), "3 bars in all")
    file = store.parent / event.files[0]
    assert event.size == file.stat().st_size
    assert [line.partition(",")[0] for line in file.read_text().splitlines()[1:]] == list(DAYS)


class _Listening:
    """Sets an event when a chore is finished."""

    def __init__(self, floor, told):
        self._told = told
        self.close = floor.listen(self._hear)

    def _hear(self, committed):
        if any(isinstance(row.event, ChoreFinished) for row in committed):
            self._told.set()


def test_a_second_download_adds_what_is_new_to_the_file_as_it_begins(config, server, tmp_path):
    (path,), _ = ScheduledDownload(config(), tmp_path).run()
    manifest = path.with_name("SPY-1d.csv.manifest.json")
    whole = path.read_bytes()
    manifest.write_bytes(json.dumps(json.loads(manifest.read_bytes()) | {"last": DAYS[-1]}).encode())
    server.requests.clear()
    # Without a first day a file that is there goes on from its own.
    assert ScheduledDownload(config(first=""), tmp_path).run() == ((path,), "3 bars in all")
    assert path.read_bytes() == whole
    assert len(server.requests) == 1
    assert ScheduledDownload(config(first=""), tmp_path).run() == ((path,), "3 bars in all")
    assert len(server.requests) == 1


def test_without_a_first_day_and_a_file_the_first_is_a_year_ago(config, tmp_path):
    (path,), _ = ScheduledDownload(config(first=""), tmp_path).run()
    held = json.loads(path.with_name("SPY-1d.csv.manifest.json").read_bytes())
    age = datetime.now(UTC).date() - date.fromisoformat(held["first"])
    assert age.days in (365, 366)  # midnight may pass in between


def test_of_the_timeframes_those_that_can_be_downloaded_are_and_the_day_when_none_can(config):
    assert timeframes_of(config(timeframes=("1h", "5m", "1d"))) == ("5m", "1d")
    assert timeframes_of(config(timeframes=("1h", "1w"))) == ("1d",)


def test_the_folder_of_the_settings_counts_from_the_store(config, tmp_path):
    (path,), _ = ScheduledDownload(config(folder="../bars"), tmp_path / "runs").run()
    assert path.resolve() == tmp_path / "bars" / "alpaca" / "SPY-1d.csv"


def test_a_symbol_that_cannot_be_had_keeps_no_other_from_being_fetched(config, server, tmp_path):
    good = server.route
    server.route = lambda method, path, *rest_: (
        answer({"message": "not found"}, 404) if "/SPX/" in path else good(method, path, *rest_)
    )
    with pytest.raises(BadData, match=r"^SPX 1d: ") as refused:
        ScheduledDownload(config(symbols=("SPX", "SPY")), tmp_path).run()
    assert "SPY" not in str(refused.value)
    assert (tmp_path / "data" / "alpaca" / "SPY-1d.csv").exists()


def test_without_credentials_the_reason_names_what_to_set(config, tmp_path, monkeypatch):
    monkeypatch.delenv("APCA_API_KEY_ID")
    with pytest.raises(BadConfig, match="APCA_API_KEY_ID"):
        ScheduledDownload(config(), tmp_path).run()


def test_a_failure_is_an_event_and_the_engine_goes_on(config, server, tmp_path):
    server.route = lambda *_asked: answer({}, 500)
    store, told = tmp_path / "a.db", threading.Event()
    with TradingFloor(config(), store=store, sessions=1) as floor, closing(_Listening(floor, told)):
        floor.begin()
        assert told.wait(WAIT)
        assert floor.ended == ""
    (event,) = finished(store)
    assert (event.files, event.size) == ((), 0)
    assert event.error.startswith("SPY 1d: ")
    assert "\n" not in event.error


def test_the_end_of_the_engine_cuts_a_download_and_the_next_one_goes_on(config, server, tmp_path):
    asked, release = threading.Event(), threading.Event()
    good = server.route

    def held(*given):
        asked.set()
        release.wait(WAIT)
        return good(*given)

    server.route = held
    store = tmp_path / "a.db"
    try:
        with TradingFloor(config(), store=store, sessions=1) as floor:
            floor.begin()
            assert asked.wait(WAIT)
        (event,) = finished(store)
        assert event.error == "the engine ended; the next download goes on where this one was cut"
    finally:
        release.set()
    server.route = good
    (path,), told = ScheduledDownload(config(), tmp_path).run()
    assert (path.name, told) == ("SPY-1d.csv", "3 bars in all")


def test_a_download_that_was_ended_begins_no_more(config, server, tmp_path):
    download = ScheduledDownload(config(), tmp_path)
    download.end()
    with pytest.raises(NotRunning):
        download.run()
    assert server.requests == []
