"""Looking into a store: why, events, verify, status at rest."""

import io
import json
import sqlite3
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.console import Console

from tradingfloor.actors.config import Config
from tradingfloor.actors.messages import GateResult
from tradingfloor.actors.types import NANOS
from tradingfloor.cli.explanation import _status, _tidy, _told, points
from tradingfloor.cli.figures import instant, money, price, signed_money
from tradingfloor.cli.stored import summary
from tradingfloor.storage.readers import SyncReader

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def store(finished):
    return finished[0]


@pytest.fixture
def reader(store):
    with SyncReader.open(store) as reader:
        yield reader


# --- why ----------------------------------------------------------------------------------------


def test_the_parts_of_every_score_add_up_to_it(reader):
    signals = reader.signals(limit=1000)
    assert len(signals) > 20
    for signal in signals:
        trigger, evidence, lean, factor = points(signal)
        score = min(10.0, max(0.0, trigger + evidence + lean)) * factor
        assert score == pytest.approx(signal.score, abs=1e-4)


def test_every_link_of_a_trade_leads_to_the_same_explanation(cli, store, reader):
    trade = reader.trades(limit=1)[0]
    told = cli("why", "--id", trade.trade_id.hex(), "--store", store, "--json").json
    assert told["trade"]["trade_id"] == trade.trade_id.hex()
    assert [gate["passed"] for gate in told["decision"]["gates"]] == [True] * 27
    assert {fill["role"] for fill in told["fills"]} >= {"ENTRY"}
    assert sum(fill["fee"] for fill in told["fills"]) == trade.fees
    assert told["config"]["risk"]["min_confidence"] == 3.0
    links = (
        told["signal"]["signal_id"],
        told["decision"]["decision_id"],
        *(order["order_id"] for order in told["orders"]),
        *(fill["fill_id"] for fill in told["fills"]),
    )
    assert len(links) > 5
    for link in links:
        assert cli("why", "--id", link, "--store", store, "--json").json == told


def test_the_text_shows_every_gate_with_value_limit_and_distance(cli, store, reader):
    decision = reader.decisions(limit=1)[0]
    shown = cli("why", "SPX", "--last", "--store", store)
    assert shown.code == 0
    lines = shown.out.splitlines()
    off = [gate.gate for gate in decision.gate_results if gate.limit == "off"]
    assert " ".join(shown.out.split()).count(f"off: {', '.join(off)}") == 1
    for gate in decision.gate_results:
        if gate.gate in off:
            continue
        (line,) = [line for line in lines if line.startswith(f"{gate.gate} ")]
        assert ("pass" if gate.passed else "FAIL") in line
        assert gate.limit.replace(",", ", ").replace(",  ", ", ") in line
        assert gate.value in line
        assert gate.distance.replace("+0", "0") in line if gate.distance == "+0" else gate.distance in line
    assert f"{decision.score:.4f} of 10, entries from 3" in shown.out
    assert lines == [line.rstrip() for line in lines]


def test_at_finds_the_newest_decision_up_to_a_day_or_an_instant(cli, store, reader):
    decisions = reader.decisions(limit=1000)
    day = datetime.fromtimestamp(decisions[-1].ts / NANOS, NEW_YORK).date()
    by_day = cli("why", "--at", day, "--store", store, "--json").json
    assert by_day["decision"]["ts"] == decisions[-1].ts
    by_time = cli("why", "SPX", "--at", f"{day}T16:00", "--store", store, "--json").json
    assert by_time == by_day
    by_number = cli("why", "--at", decisions[-1].ts, "--store", store, "--json").json
    assert by_number == by_day
    before = cli("why", "--at", "1990-01-01", "--store", store)
    assert before.code == 2
    assert "no decision up to 1990-01-01" in before.error
    assert cli("why", "--at", "tomorrow", "--store", store).code == 2


def test_at_a_day_without_a_decision_it_says_so_and_what_was_scored_since(cli, store, reader):
    decisions, signals = reader.decisions(limit=1000), reader.signals(limit=1000)
    assert decisions[0].ts < signals[0].ts, "choose another tape"
    since = [signal for signal in signals if signal.ts > decisions[0].ts]
    first = cli("why", "--at", "2001-01-01", "--store", store).out.splitlines()[0]
    assert first.startswith("no decision on 2001-01-01: the newest before it is of 1999-")
    assert f"since then {len(since)} signals were scored: " in first
    assert first.count(" NOT_FLAT ") == any(signal.outcome == "NOT_FLAT" for signal in since)
    day = datetime.fromtimestamp(decisions[0].ts / NANOS, NEW_YORK).date()
    assert "no decision" not in cli("why", "--at", day, "--store", store).out


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("+0", "trades", "0"),
        ("-0.00001", "seconds", "0"),
        ("+59.999999999", "seconds", "+60"),
        ("-0.0125", "seconds", "-0.012"),
        ("900", "seconds", "900"),
        ("1.000000001, no trade in the closing bar", "seconds", "1, no trade in the closing bar"),
        ("RUNNING,not locked", "", "RUNNING, not locked"),
        ("+0.25", "points", "+0.25"),
        ("", "", ""),
    ],
)
def test_figures_of_gates_are_told_without_noise(text, unit, told):
    assert _tidy(text, unit) == told


def test_a_decision_below_the_score_says_why_its_gates_are_shown_and_names_all_that_failed(reader):
    found = reader.why(reader.decisions(limit=1)[0].signal_id)
    config = msgspec.structs.replace(Config(), enabled=True)
    needed = config.risk.min_confidence
    gates = [GateResult(name, False, "1", "2", "-1") for name in ("schedule", "confidence")]
    denied = msgspec.structs.replace(
        found.decision, outcome="DENIED", reason="SCHEDULE", gates=msgspec.json.encode(gates).decode()
    )
    below = msgspec.structs.replace(
        found,
        signal=msgspec.structs.replace(found.signal, score=needed - 0.22),
        decision=denied,
        config=msgspec.structs.replace(found.config, body=msgspec.json.encode(config).decode()),
    )
    console = Console(file=io.StringIO(), width=140)
    for renderable in _told(below, NEW_YORK):
        console.print(renderable)
    told = console.file.getvalue()
    assert f"below {needed:g} by 0.22; gates shown because it is within explain_margin 1" in told
    assert "denied: schedule, confidence" in told


def test_an_entry_cut_by_its_reservation_is_told_as_filled(reader):
    order = reader.orders(limit=1)[0]
    change = msgspec.structs.replace
    cut = change(order, status="CANCELED", reason="RESERVATION_CUT", quantity=139, filled=138)
    assert _status(cut) == "FILLED 138 of 139, rest cut"
    assert _status(change(cut, filled=0)) == "CANCELED (RESERVATION_CUT)"
    assert _status(change(cut, status="FILLED", reason=None)) == "FILLED"


def test_a_signal_that_was_never_decided_on_is_explained_by_its_score(cli, store, reader):
    passed_over = next(row for row in reader.signals(limit=1000) if row.outcome == "NOT_FLAT")
    shown = cli("why", "--id", passed_over.signal_id.hex(), "--store", store)
    assert shown.code == 0
    assert "a position or an entry in the symbol existed already" in shown.out
    assert "gate" not in shown.out.split("families")[1]


def test_what_the_store_does_not_know_is_code_2(cli, store):
    assert "no decision about NDX" in cli("why", "NDX", "--store", store).error
    unknown = cli("why", "--id", "0" * 32, "--store", store)
    assert unknown.code == 2
    assert "0" * 32 in unknown.error
    for name in ("why", "events", "status", "verify"):
        words = [name, "nowhere.db"] if name == "verify" else [name, "--store", "nowhere.db"]
        missing = cli(*words)
        assert (name, missing.code) == (name, 2)
        assert "nowhere.db: no such store" in missing.error
        assert "no store under runs/" in cli(name).error


# --- events -------------------------------------------------------------------------------------


def rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


def test_events_are_the_newest_or_those_after_a_sequence(cli, store, reader):
    last = reader.bounds().last
    newest = rows(cli("events", "--store", store, "--json"))
    assert [row["sequence"] for row in newest] == list(range(last - 99, last + 1))
    first = rows(cli("events", "--store", store, "--after", 0, "--limit", 7, "--json"))
    assert [row["sequence"] for row in first] == list(range(1, 8))


def test_events_can_be_chosen_by_kind_and_symbol(cli, store, reader):
    counts = reader.counts()
    kinds = "orderfilled, TradeClosed"
    chosen = rows(cli("events", "--store", store, "--kinds", kinds, "--symbols", "SPX", "--json"))
    assert {row["kind"] for row in chosen} == {"OrderFilled", "TradeClosed"}
    assert len(chosen) == min(100, counts["OrderFilled"] + counts["TradeClosed"])
    two = rows(cli("events", "--store", store, "--kinds", "OrderFilled", "--limit", 2, "--json"))
    fills = [row for row in chosen if row["kind"] == "OrderFilled"]
    assert two == fills[-2:]
    assert rows(cli("events", "--store", store, "--symbols", "NDX", "--json")) == []


def test_an_event_as_json_is_the_event_with_ids_as_hex(cli, store, reader):
    (told,) = rows(cli("events", "--store", store, "--kinds", "TradeClosed", "--limit", 1, "--json"))
    trade = reader.trades(limit=1)[0]
    assert told["event"]["id"] == trade.trade_id.hex()
    assert (told["event"]["net"], told["event"]["ts"]) == (trade.net, trade.ts)
    assert told["actor"] == "executor"


def test_events_as_text_are_one_line_each_with_time_and_words(cli, store):
    shown = cli("events", "--store", store, "--kinds", "TradeClosed", "--limit", 1)
    (line,) = shown.out.splitlines()
    sequence, day, _time, kind, *words = line.split()
    assert (sequence.isdigit(), day[:5], kind, words[0]) == (True, "1999-", "TradeClosed", "SPX")
    assert "net" in line


def test_to_follow_needs_an_engine(cli, store, home):
    for words in (["--store", store], [], ["--connect", f"unix:{home}/none.sock"]):
        failed = cli("events", "--follow", *words)
        assert failed.code in (2, 3)
    failed = cli("events", "--follow", "--store", store)
    assert failed.code == 3
    assert f"--store {store}" in failed.error


# --- verify and status --------------------------------------------------------------------------


def test_verify_tells_every_invariant_and_the_ledger_hash(cli, store, finished):
    done = cli("verify", store)
    assert done.code == 0
    found = [line.split()[:2] for line in done.out.splitlines()[1:9]]
    assert found == [["ok", f"I{number}"] for number in range(8)]
    assert finished[1].json["journal_hash"] in done.out
    assert done.out.splitlines()[-1] == "sound"


def test_verify_of_a_tampered_store_is_code_1_and_names_the_invariant(cli, store, home):
    copy = home / "copy.db"
    copy.write_bytes(store.read_bytes())
    connection = sqlite3.connect(copy)
    connection.execute("UPDATE trades SET net = net + 1 WHERE sequence = (SELECT max(sequence) FROM trades)")
    connection.commit()
    connection.close()
    done = cli("verify", copy)
    assert done.code == 1
    assert "VIOLATED  I7" in done.out
    assert "trades: the row of" in done.out
    assert done.out.splitlines()[-1] == "NOT SOUND: I7"
    told = cli("verify", copy, "--json")
    assert (told.code, told.json["ok"]) == (1, False)


def test_the_status_at_rest_says_so_and_what_goes_on(cli, store, finished):
    shown = cli("status", "--store", store)
    assert shown.code == 0
    assert f"no engine is running on {store}" in shown.out
    assert "not running, goes on RUNNING" in shown.out
    told = cli("status", "--store", store, "--json").json
    run = finished[1].json
    assert told["running"] is False
    assert told["mark"] == "last"
    cash, equity, net = (Decimal(told[name]) for name in ("cash", "equity", "net_exposure"))
    assert cash + net == equity
    assert Decimal(told["buying_power"]) == max(0, equity - Decimal(told["exposure"]))
    for name in ("state", "equity", "bars", "signals", "decisions", "orders", "fills", "trades"):
        assert told[name] == run[name], name
    assert told["last_sequence"] == run["sequence"]
    assert told["prices"][0]["symbol"] == "SPX"


@pytest.mark.parametrize("name", ["start", "stop", "pause", "resume", "kill", "rearm"])
def test_a_command_without_an_engine_is_code_3(cli, store, name):
    extra = ["ab", "--reason", "x"] if name == "rearm" else []
    at_rest = [] if name == "rearm" else [["--store", store]]
    for words in (*at_rest, [], ["--connect", "127.0.0.1:1"]):
        failed = cli(name, *extra, *words)
        assert failed.code == 3
        assert "no engine" in failed.error
    assert cli(name, *extra, "--connect", "nowhere").code == 4


# --- figures ------------------------------------------------------------------------------------


def test_the_drawdown_is_the_largest_fall_from_a_peak(store, reader):
    found = summary(store)
    closes = [Config().account_nanos, *(day.equity_close for day in reversed(reader.days(limit=1000)))]
    falls = [max(closes[: i + 1]) - close for i, close in enumerate(closes)]
    assert found.drawdown == max(falls) > 0
    assert found.net == found.status.equity - Config().account_nanos


@pytest.mark.parametrize(
    ("nanos", "told"),
    [
        (2_506_850_098_000, "2,506.85"),
        (1_084_230_000, "1.08423"),
        (100 * NANOS, "100.00"),
        (150_123_000_000, "150.123"),
        (0, "0.00"),
        (999_999_999_999, "1,000.00"),
    ],
)
def test_prices_are_told_with_the_digits_they_need(nanos, told):
    assert price(nanos) == told


def test_money_is_told_to_the_cent():
    assert money(-1_234_567_891_000) == "-1,234.57"
    assert signed_money(5_000_000) == "+0.00"  # half to even
    assert signed_money(15_000_000) == "+0.02"


def test_an_instant_is_read_in_the_given_zone_unless_it_has_an_offset():
    noon = 951_498_000 * NANOS  # 2000-02-25T12:00 in New York
    assert instant("2000-02-25T12:00", NEW_YORK) == noon
    assert instant("2000-02-25 12:00:00-05:00", ZoneInfo("UTC")) == noon
    assert instant("2000-02-25T17:00Z", NEW_YORK) == noon
    assert instant("2000-02-25", NEW_YORK) == noon + 12 * 3600 * NANOS - 1
    assert instant(str(noon), NEW_YORK) == noon
