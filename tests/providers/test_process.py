"""The command line on a live market, by the real clock."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from fake_alpaca import FakeAlpaca
from fake_server import Market

from tradingfloor.__main__ import main
from tradingfloor.actors.types import NANOS
from tradingfloor.storage.view import View

HERE = {"TRADINGFLOOR__INSTRUMENTS__SPY__KIND": "equity", "TRADINGFLOOR__INSTRUMENTS__SPY__CALENDAR": "24h"}


def command(store):
    words = [
        "run",
        "--feed",
        "alpaca",
        "--symbol",
        "SPY",
        "--timeframes",
        "1m",
        "--store",
        str(store),
        "--json",
    ]
    return [sys.executable, "-m", "tradingfloor", *words]


@pytest.mark.slow
def test_a_run_takes_a_live_market_and_stops_in_order(tmp_path, credentials):
    soon = time.time_ns() + 8 * NANOS  # by then the process is up
    market = Market(1, 20, symbols=("SPY",), start=soon)
    with FakeAlpaca(market) as server:
        urls = {
            "TRADINGFLOOR__DATA__STREAM_URL": server.stream_url,
            "TRADINGFLOOR__DATA__REST_URL": server.rest_url,
        }
        environ = os.environ | credentials | HERE | urls
        with subprocess.Popen(
            command(tmp_path / "s.db"), env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                waiting, deadline = threading.Event(), time.monotonic() + 90
                while taken(tmp_path / "s.db") < 20:
                    assert process.poll() is None, process.stderr.read()
                    assert time.monotonic() < deadline
                    waiting.wait(0.2)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=30)
            finally:
                process.kill()
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["state"] == "RUNNING"


def taken(store):
    """Trades in the store's tape so far."""
    if not store.exists():
        return 0
    try:
        with closing(View(store)) as view:
            return len(list(view.tape(0, 1 << 62)))
    except Exception:  # noqa: BLE001  the schema is being laid
        return 0


def test_missing_credentials_end_a_run_with_one_line_and_code_4(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("APCA_API_KEY_ID")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--feed", "alpaca", "--symbol", "SPY"]) == 4
    err = capsys.readouterr().err
    assert err.strip() == "error: data.source: alpaca needs its credentials; set APCA_API_KEY_ID"


def test_a_speed_is_refused_for_a_live_market(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--feed", "alpaca", "--symbol", "SPY", "--speed", "2"]) == 2
    assert "alpaca iex is live and has no speed of ours" in capsys.readouterr().err


@pytest.mark.slow
def test_a_download_that_is_interrupted_says_how_it_goes_on(tmp_path, credentials):
    asked, answered = threading.Event(), threading.Event()

    class Slow(FakeAlpaca):
        def route(self, method, path, query, headers):
            asked.set()
            answered.wait(30)
            return super().route(method, path, query, headers)

    with Slow(Market(1, 1)) as server:
        environ = os.environ | credentials | {"TRADINGFLOOR__DATA__REST_URL": server.rest_url}
        words = ["data", "download", "--provider", "alpaca", "--symbol", "SPY", "--from", "2024-01-02"]
        process = subprocess.Popen(
            [sys.executable, "-m", "tradingfloor", *words],
            env=environ,
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        answered.set()
    assert process.returncode == 130
    assert err == "cut; the same command goes on where it ended\n"
