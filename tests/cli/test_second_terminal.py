"""An engine in one process, commands from another, and signals."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from decimal import Decimal

import pytest
from cli_commands import Child

from tradingfloor.storage.store import StoreLock
from tradingfloor.storage.verify import verify

SLOW = 300_000
"""Engine seconds per real second: a day of the tape takes 0.3 s."""


@pytest.fixture
def words(market):
    return ("run", "--config", market / "floor.toml")


def kinds(outcome):
    return [json.loads(line)["kind"] for line in outcome.out.splitlines()]


def test_a_second_terminal_steers_the_engine_and_a_kill_ends_its_run_with_code_7(cli, home, words):
    with Child(*words, "--store", home / "a.db", "--speed", SLOW) as child:
        child.wait_for("gateway")
        here = ("--store", "a.db")
        told = cli("status", *here, "--json").json
        assert (told["running"], told["state"], told["store"]) == (True, "RUNNING", str(home / "a.db"))
        assert [row["name"] for row in told["actors"]][:2] == ["market_data", "signals:SPX:1d"]
        assert {row["limit"] for row in told["limits"]} >= {"daily_loss"}
        assert cli("pause", *here, "--reason", "lunch").out.startswith("PAUSED, sequence ")
        assert cli("pause", *here, "--json").json["already_applied"] is True
        shown = cli("status", *here).out
        assert re.search(r"PAPER +PAUSED +lunch", shown)
        assert "limits" in shown
        assert cli("resume", *here).out.startswith("RUNNING")
        assert cli("stop", *here).out.startswith("STOPPED")
        assert cli("start", *here).out.startswith("RUNNING")
        refused = cli("start", *here)
        assert (refused.code, refused.error) == (1, "Start: not allowed while RUNNING (ENGINE_STATE)")
        followed = cli(
            "events",
            *here,
            "--follow",
            "--kinds",
            "TradingStateChanged",
            "--after",
            0,
            "--limit",
            5,
            "--json",
        )
        assert [json.loads(line)["event"]["state"] for line in followed.out.splitlines()] == [
            "RUNNING",
            "PAUSED",
            "RUNNING",
            "STOPPED",
            "RUNNING",
        ]
        killed = cli("kill", *here, "--reason", "enough", "--yes")
        assert killed.code == 0, killed.err
        assert "the kill is latched and durable" in killed.out
        kill_id = re.search(r"kill id +(\w{32})", killed.out)[1]
        assert f"rearm {kill_id}" in killed.out
        assert child.wait() == 7
        assert f"kill id {kill_id}: enough" in child.text
        assert child.process.stderr.read() == b""
    assert cli("kill", *here).code == 3
    assert verify("a.db").ok
    assert kinds(cli("events", *here, "--kinds", "Killed", "--json")) == ["Killed"]


def test_in_a_terminal_a_killed_engine_waits_for_a_rearm_and_ctrl_c_ends_it(cli, home, words):
    with Child(*words, "--store", home / "b.db", "--speed", SLOW, terminal=True) as child:
        child.wait_for("RUNNING")
        here = ("--store", "b.db")
        killed = cli("kill", *here, "--json").json
        assert killed["canceled"] >= 0
        assert killed["pending"] == []
        child.wait_for(f"rearm {killed['kill_id']}")
        wrong = cli("rearm", "0" * 32, "--reason", "guess", *here)
        assert wrong.code == 1
        assert cli("rearm", killed["kill_id"], "--reason", "looked", *here).out.startswith("STOPPED")
        child.wait_for("tradingfloor start")
        assert cli("start", *here).code == 0
        child.process.send_signal(signal.SIGINT)
        assert child.wait() == 0
    assert "stopping in order" in child.text
    assert "Traceback" not in child.text
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", child.text)
    assert max(len(line) for line in plain.replace("\r", "\n").splitlines() if "/" not in line) <= 80
    assert verify("b.db").ok


def test_sigterm_keeps_open_positions_says_so_and_the_next_run_goes_on(cli, home, words, finished):
    first = cli(*words, "--store", "c.db", "--sessions", 60, "--json")
    assert first.code == 0, first.err
    assert cli("status", "--store", "c.db", "--json").json["positions"], "choose another session"
    with Child(*words, "--store", home / "c.db", "--speed", 10_000) as child:
        child.wait_for("gateway")
        child.process.send_signal(signal.SIGTERM)
        assert child.wait() == 0
    assert "interrupted" in child.text
    assert "open positions are kept" in child.text
    assert re.search(r"positions +SPX (long|short) \d+ paper unit", child.text)
    assert f"--store {home}/c.db" in child.text
    rest = cli(*words, "--store", "c.db", "--json")
    assert rest.json["journal_hash"] == finished[1].json["journal_hash"]


def test_one_order_is_found_moved_and_cancelled_from_a_second_terminal(cli, home, words):
    here = ("--store", "d.db")
    first = cli(*words, *here, "--sessions", 60, "--json")
    assert first.code == 0, first.err
    with Child(*words, "--store", home / "d.db", "--speed", 1) as child:
        child.wait_for("gateway")
        lines = cli("orders", *here, "--working", "--json").out.splitlines()
        stop, target = sorted(map(json.loads, lines), key=lambda row: row["role"])
        assert (stop["role"], target["role"], stop["status"]) == ("STOP", "TARGET", "WORKING")
        assert (stop["symbol"], stop["limit_price"], stop["reason"], stop["kill_id"]) == (
            *("SPX", None),
            *(None, None),
        )
        nearer = round(Decimal(stop["price"]), 2) + Decimal("0.01")
        moved = cli("replace", stop["order_id"], *here, "--price", f"{nearer}000", "--reason", "nearer")
        assert f"SPX STOP now {stop['quantity']} at {nearer.normalize():f}\n" in moved.out
        text = cli("orders", "SPX", *here, "--working").out.splitlines()
        assert {line.split()[-1] for line in text} == {stop["order_id"], target["order_id"]}
        assert cli("orders", "NDX", *here, "--working").out == "no order is working\n"
        gone = cli("cancel", target["order_id"], *here, "--json").json
        assert gone["detail"].startswith("SPX TARGET cancelled")
        (event,) = cli("events", *here, "--kinds", "CancelRequested", "--json").out.splitlines()
        assert json.loads(event)["event"]["order_id"] == target["order_id"]
        told = list(map(json.loads, cli("orders", *here, "--json").out.splitlines()))
        assert len({row["ts"] for row in told}) > 2
        assert [row["ts"] for row in told] == sorted(row["ts"] for row in told)
        (over,) = [row for row in told if row["order_id"] == target["order_id"]]
        assert over["reason"] == "CANCEL_REQUESTED"
        for words_, code, says in (
            (("cancel", target["order_id"]), 1, "(UNKNOWN_ORDER)"),
            (("cancel", "zz"), 1, "(UNKNOWN_ORDER)"),
            (("cancel", stop["order_id"][2:]), 1, "(UNKNOWN_ORDER)"),
            (("replace", stop["order_id"], "--price", "4000.001"), 1, "(OFF_TICK)"),
            (("replace", stop["order_id"], "--limit", "4000"), 1, "(ORDER_STATUS)"),
            (("replace", stop["order_id"], "--quantity", "1"), 1, "(ORDER_SIZE)"),
            (("replace", stop["order_id"]), 2, "--quantity, --price or --limit"),
            (("replace", stop["order_id"], "--price", "4e3x"), 2, "--price"),
            (("replace", stop["order_id"], "--price", "4000.0000000001"), 2, "at most 9 decimals"),
            (("replace", stop["order_id"], "--price", "1e12"), 2, "--price"),
            (("cancel-all", "NDX"), 1, "(UNKNOWN_SYMBOL)"),
            (("reduce", "NDX"), 1, "(UNKNOWN_SYMBOL)"),
            (("revise", "symbols=NDX", "--reason", "x"), 1, "(NOT_CHANGEABLE)"),
        ):
            failed = cli(*words_, *here)
            assert (failed.code, says in failed.error) == (code, True), failed
    assert verify("d.db").ok


def test_the_second_signal_ends_the_process_at_once():
    script = (
        "import os, signal\nfrom tradingfloor.cli.playing import Interrupts\ninterrupts = Interrupts()\n"
        "with interrupts.caught():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n    print(interrupts.asked.is_set(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n    print('still here', flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "True\n", "")


def test_an_address_that_takes_calls_and_never_answers_is_code_5(cli):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        for name in ("status", "pause", "kill"):
            failed = cli(name, "--connect", address, "--timeout", 0.2)
            assert (name, failed.code) == (name, 5)
            assert address in failed.error


def test_an_engine_that_listens_elsewhere_is_not_called_dead(cli, home, finished):
    store = home / "elsewhere.db"
    store.write_bytes(finished[0].read_bytes())
    lock = StoreLock(store)
    try:
        for name in ("pause", "status"):
            booting = cli(name, "--store", store)
            assert booting.code == 3
            assert "still starting, try again" in booting.error
        os.utime(f"{store}.lock", (0, 0))  # as if it had booted since
        failed = cli("pause", "--store", store)
        assert failed.code == 3
        assert "name its address with --connect" in failed.error
        assert "does not listen beside its store" in cli("status", "--store", store).out
    finally:
        lock.release()
    assert "no engine is running" in cli("pause", "--store", store).error
    lock = StoreLock(home / "new.db")
    try:
        assert "still starting, try again" in cli("status", "--store", "new.db").error
    finally:
        lock.release()


def test_a_killed_simulated_market_waits_in_a_pipe_for_a_rearm(cli, home):
    words = ("run", "--feed", "sim", "--symbol", "SPX", "--timeframes", "15m", "--speed", 60)
    with Child(*words, "--store", home / "sim.db") as child:
        child.wait_for("gateway")
        here = ("--store", "sim.db")
        kill_id = cli("kill", *here, "--json").json["kill_id"]
        child.wait_for(f"rearm {kill_id}")
        assert re.fullmatch(r"KILLED, sequence \d+\n", cli("cancel-all", *here).out)
        assert child.process.poll() is None
        assert cli("rearm", kill_id, "--reason", "looked", *here).out.startswith("STOPPED")
        assert cli("start", *here).out.startswith("RUNNING")
        child.process.send_signal(signal.SIGTERM)
        assert child.wait() == 0
