"""Downloads: whole, cut and taken up again, extended, spoiled, refused."""

import json
from datetime import date
from hashlib import sha256

import pytest
from fake_alpaca import FakeAlpaca, written
from fake_massive import FakeMassive
from fake_server import Market, answer
from fake_tradier import FakeTradier

from tradingfloor.__main__ import main
from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.actors.domain.calendar import NEW_YORK, calendar
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.feeds.providers import rest
from tradingfloor.actors.market_data.feeds.providers.limits import TokenBucket
from tradingfloor.actors.messages import MarketUpdate
from tradingfloor.actors.types import NANOS, UpdateKind

MINUTE = 60 * NANOS
XNYS = calendar("XNYS", NEW_YORK)
FIRST, LAST = "2024-01-02", "2024-02-16"


def sessions(first=FIRST, last=LAST):

    days = range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    return [session for session in map(XNYS.session, days) if session is not None]


def minutes(first=FIRST, last=LAST):
    """Every thirtieth minute of each session, one before and one after it: (start, whether inside)."""
    for session in sessions(first, last):
        for start in range(session.open - 30 * MINUTE, session.close + MINUTE, 30 * MINUTE):
            yield start, session.open <= start < session.close


def row(start):
    price = 470 + start // MINUTE % 97 / 100
    return {"t": written(start), "o": price, "h": price + 0.5, "l": price - 0.5, "c": price + 0.25, "v": 100}


@pytest.fixture
def server():
    with FakeAlpaca(Market(0, 1), page=20) as running:
        running.bars = [row(start) for start, _ in minutes()]
        yield running


@pytest.fixture
def fetch(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TokenBucket, "take", lambda _bucket, _now: 0.0)
    monkeypatch.setattr(rest, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(rest, "LONGEST_DELAY", 0.001)

    def run(*words, url=None, provider="alpaca"):
        monkeypatch.setenv("TRADINGFLOOR__DATA__REST_URL", url or server.rest_url)
        code = main(["data", "download", "--provider", provider, "--symbol", "SPY", "--json", *words])
        out = capsys.readouterr()
        return (code, json.loads(out.out)) if not code else (code, out.err.strip())

    run.file = tmp_path / "data" / "alpaca" / "SPY-1m.csv"
    return run


WHOLE = ("--from", FIRST, "--to", LAST)


def test_a_download_is_a_file_that_replays_to_the_providers_bars(fetch):
    code, told = fetch(*WHOLE)
    inside = [start for start, within in minutes() if within]
    assert code == 0
    assert (told["rows"], told["first"], told["last"], told["complete"]) == (len(inside), FIRST, LAST, True)
    assert told["left_out"] > 0
    assert told["sha256"] == sha256(fetch.file.read_bytes()).hexdigest()
    feed = open_feed(Config(symbols=("SPY",), data=DataConfig(source=f"replay:{fetch.file}")))
    bars = [each for each in feed.updates() if isinstance(each, MarketUpdate) and each.kind is UpdateKind.BAR]
    assert [bar.start for bar in bars] == inside
    expected = row(inside[5])
    assert [bars[5].open, bars[5].high] == [round(expected[name] * 100) * NANOS // 100 for name in "oh"]
    assert sorted(path.name for path in fetch.file.parent.iterdir()) == [
        "SPY-1m.csv",
        "SPY-1m.csv.manifest.json",
    ]


@pytest.mark.parametrize("answers", [2, 7, 15, 22])
def test_a_cut_download_goes_on_where_it_ended(fetch, server, answers, tmp_path):
    fetch(*WHOLE, "--out", "whole.csv")
    needed = len(server.requests)
    server.requests.clear()
    # The provider answers so many requests and then fails until everybody gives up.
    good = server.route
    server.route = lambda *asked: good(*asked) if len(server.requests) <= answers else answer({}, 500)
    code, told = fetch(*WHOLE)
    assert (code, "does not answer" in told) == (4, True)
    assert not fetch.file.exists()
    server.route = good
    server.requests.clear()
    code, told = fetch(*WHOLE)
    assert (code, told["complete"]) == (0, True)
    assert len(server.requests) <= needed
    assert fetch.file.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_chunks_that_were_complete_are_not_asked_for_again(fetch, server):
    good = server.route

    def until_february(method, path, query, headers):
        return good(method, path, query, headers) if query["start"] < "2024-02" else answer({}, 500)

    server.route = until_february
    assert fetch(*WHOLE)[0] == 4
    server.route = good
    server.requests.clear()
    assert fetch(*WHOLE)[0] == 0
    assert [target for target in server.requests if "start=2024-01-02" in target] == []


def test_bytes_that_the_manifest_does_not_know_are_cut_off(fetch, server, tmp_path):
    fetch(*WHOLE, "--out", "whole.csv")
    good = server.route
    fetch.file.parent.mkdir(parents=True)
    part = fetch.file.with_name("SPY-1m.csv.part")
    server.requests.clear()
    server.route = lambda *asked: good(*asked) if len(server.requests) <= 14 else answer({}, 500)
    assert fetch(*WHOLE)[0] == 4
    with part.open("ab") as file:
        file.write(b"2024-01-20T15:00:00Z,4")  # the machine died in the midst of a write
    server.route = good
    server.requests.clear()
    assert fetch(*WHOLE)[0] == 0
    assert [target for target in server.requests if "start=2024-01-02" in target] == []
    assert fetch.file.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_what_is_there_is_not_fetched_again_and_a_later_end_adds_to_it(fetch, server, tmp_path):
    assert fetch("--from", FIRST, "--to", "2024-01-19")[1]["chunks"] == 2
    before = fetch.file.read_bytes()
    server.requests.clear()
    code, told = fetch("--from", "2024-01-08", "--to", "2024-01-12")
    assert (code, told["chunks"], server.requests) == (0, 0, [])
    assert fetch(*WHOLE)[1]["complete"]
    assert [target for target in server.requests if "start=2024-01-0" in target] == []
    fetch(*WHOLE, "--out", "whole.csv")
    assert fetch.file.read_bytes().startswith(before)
    assert fetch.file.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_file_that_was_changed_by_hand_is_fetched_anew(fetch, tmp_path):
    fetch(*WHOLE)
    good = fetch.file.read_bytes()
    fetch.file.write_bytes(good[:-30])
    assert fetch(*WHOLE)[1]["chunks"] > 0
    assert fetch.file.read_bytes() == good


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "2024-01-06", "--to", "2024-01-07"), "no session from 2024-01-06 to 2024-01-07 is over"),
        (("--from", "2199-01-04"), "no session"),
        (("--from", FIRST, "--timeframe", "2h"), "'2h' is none of 1m, 5m, 15m, 1d"),
    ],
)
def test_what_cannot_be_downloaded_is_told_in_one_line(fetch, words, says):
    code, told = fetch(*words)
    assert code == 4
    assert says in told
    assert "\n" not in told


def test_another_download_or_a_strangers_file_is_not_overwritten(fetch):
    fetch("--from", FIRST, "--to", FIRST, "--out", "a.csv")
    code, told = fetch("--from", FIRST, "--to", FIRST, "--out", "a.csv", "--timeframe", "1d")
    assert (code, "is a download of alpaca iex SPY 1m" in told) == (4, True)
    fetch.file.parent.mkdir(parents=True)
    fetch.file.write_text("mine")
    code, told = fetch("--from", FIRST, "--to", FIRST)
    assert (code, "is no download" in told, fetch.file.read_text()) == (4, True, "mine")


def test_a_range_that_the_provider_no_longer_keeps_is_refused_with_what_it_has(fetch):
    with FakeTradier(Market(0, 1)) as server:
        code, told = fetch("--from", FIRST, provider="tradier", url=server.rest_url)
    assert code == 4
    assert "tradier has 1m bars from" in told


@pytest.mark.parametrize(("name", "fake"), [("massive", FakeMassive), ("tradier", FakeTradier)])
def test_days_are_told_by_their_date(fetch, name, fake, tmp_path):
    days = sessions("2024-03-04", "2024-03-15")  # daylight saving begins on the 10th
    prices = {"o": 470.0, "h": 471.0, "l": 469.0, "c": 470.5, "v": 100}
    with fake(Market(0, 1)) as server:
        midnights = [session.open - XNYS.open_offset for session in days]
        server.bars = [{"t": at // 1_000_000} | prices for at in midnights]
        full = {"open": 470.0, "high": 471.0, "low": 469.0, "close": 470.5, "volume": 100}
        dates = [f"2024-03-{day:02}" for day in (4, 5, 6, 7, 8, 11, 12, 13, 14, 15)]
        server.days = [{"date": day} | full for day in dates]
        words = ("--from", "2024-03-04", "--to", "2024-03-15", "--timeframe", "1d", "--out", "d.csv")
        assert fetch(*words, provider=name, url=server.rest_url)[0] == 0
    lines = (tmp_path / "d.csv").read_text().splitlines()
    assert lines == ["date,open,high,low,close,volume", *(f"{day},470,471,469,470.5,100" for day in dates)]


def test_alpacas_days_are_stamped_by_midnight_in_new_york(fetch, server, tmp_path):
    days = sessions("2024-03-04", "2024-03-15")
    server.bars = [row(session.open - XNYS.open_offset) for session in days]
    words = ("--from", "2024-03-04", "--to", "2024-03-15", "--timeframe", "1d", "--out", "d.csv")
    assert fetch(*words)[1]["rows"] == 10
    assert (tmp_path / "d.csv").read_text().splitlines()[6].startswith("2024-03-11,")
