"""A good store passes; each kind of damage is found by the invariant it breaks, and by no other."""

import shutil
import sqlite3
from contextlib import closing

import msgspec
import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import NotFound, StoreMismatch
from tradingfloor.actors.types import NANOS, OrderRole
from tradingfloor.storage import verify as verification
from tradingfloor.storage.checks import Entry, Facts
from tradingfloor.storage.invariants import CashIdentity, Fills
from tradingfloor.storage.ledger_hash import ledger_hash
from tradingfloor.storage.limits import Limits
from tradingfloor.storage.projection import Projection
from tradingfloor.storage.rows import PROJECTED
from tradingfloor.storage.verify import verify

from .conftest import CONFIG, Line, Story, add_events, cents, name_id


def broken(report):
    return [invariant.name for invariant in report.invariants if not invariant.ok]


def edited(story, kind, nth=0, **changes):
    """The story with other field values in the nth event of a kind, as a faulty engine would tell it."""
    lines = list(story)
    place = [n for n, line in enumerate(lines) if isinstance(line.event, kind)][nth]
    line = lines[place]
    lines[place] = line._replace(event=msgspec.structs.replace(line.event, **changes))
    assert lines[place] != line
    return lines


def without(story, kind, nth=0):
    lines = list(story)
    del lines[[n for n, line in enumerate(lines) if isinstance(line.event, kind)][nth]]
    return lines


@pytest.fixture
def damage(good_store, tmp_path):
    """The good store after some SQL by somebody who takes the locks off first."""

    def run(*statements):
        path = shutil.copy(good_store, tmp_path / "damaged.db")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("DROP TRIGGER events_are_never_changed")
            connection.execute("DROP TRIGGER events_are_never_deleted")
            for statement in statements:
                assert connection.execute(statement).rowcount > 0
        return path

    return run


# --- what passes ------------------------------------------------------------------------------------


def test_a_good_store_passes_and_everything_was_looked_at(good_store, story):
    report = verify(good_store)
    assert report.ok
    assert [invariant.name for invariant in report.invariants] == [f"I{n}" for n in range(8)]
    assert all(invariant.checked > 0 for invariant in report.invariants)
    assert all((invariant.violations, invariant.details) == (0, ()) for invariant in report.invariants)
    assert (report.events, report.schema) == (len(story), 1)
    with closing(sqlite3.connect(good_store)) as connection:
        assert report.ledger_hash == ledger_hash(connection)


def test_every_beginning_of_a_good_journal_is_good(story, make_store):
    path = make_store([])
    projection = Projection()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for line in story:
            add_events(connection, [line], projection)
            connection.commit()
            assert broken(verify(path)) == []


def test_an_empty_store_passes(make_store):
    report = verify(make_store([]))
    assert report.ok
    assert report.events == 0


def test_a_store_that_holds_a_reason_under_its_former_name_passes_with_the_hash_of_what_it_holds(
    good_store, tmp_path
):
    path = shutil.copy(good_store, tmp_path / "former.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER events_are_never_changed")
        ((sequence, body),) = connection.execute(
            "SELECT sequence, body FROM events WHERE kind = 'OrderCanceled' ORDER BY sequence LIMIT 1"
        )
        former = msgspec.msgpack.decode(body) | {"reason": "REQUESTED"}
        packed = msgspec.msgpack.encode(former)
        connection.execute("UPDATE events SET body = ? WHERE sequence = ?", (packed, sequence))
        orders = "UPDATE orders SET reason = 'REQUESTED' WHERE order_id = ?"
        assert connection.execute(orders, (former["order_id"],)).rowcount == 1
    report = verify(path)
    assert [each.details for each in report.invariants if not each.ok] == []
    assert report.ledger_hash != verify(good_store).ledger_hash


def test_verifying_changes_nothing_and_ignores_what_a_live_writer_has_not_committed(
    good_store, tmp_path, story
):
    path = shutil.copy(good_store, tmp_path / "live.db")
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as writer:
        again = msgspec.structs.replace(story[2].event, id=b"n" * 16)
        add_events(writer, [story[2]._replace(event=again)], Projection())
        assert verify(path).events == len(story)
        writer.rollback()
    assert path.read_bytes() == before


def test_what_is_committed_while_it_reads_is_not_seen(good_store, tmp_path, story, monkeypatch):
    path = shutil.copy(good_store, tmp_path / "live.db")
    facts = verification._facts

    def committed_meanwhile(connection):
        found = facts(connection)
        with closing(sqlite3.connect(path)) as writer, writer:
            again = msgspec.structs.replace(story[2].event, id=b"n" * 16)
            add_events(writer, [story[2]._replace(event=again)], Projection())
        return found

    monkeypatch.setattr(verification, "_facts", committed_meanwhile)
    assert verify(path).events == len(story)
    monkeypatch.undo()
    assert verify(path).events == len(story) + 1


# --- I0 the file ------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_fails_soundness_alone(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(b"these are not the bytes of a database" * 100)
    report = verify(path)
    assert broken(report) == ["I0"]
    assert len(report.invariants) == 1


def test_a_torn_page_fails_soundness(good_store, tmp_path):
    path = shutil.copy(good_store, tmp_path / "torn.db")
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'orders'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = bytes(size)
    path.write_bytes(content)
    assert broken(verify(path)) == ["I0"]


def test_a_missing_store_and_one_of_another_schema_are_refused(tmp_path, good_store):
    with pytest.raises(NotFound):
        verify(tmp_path / "none.db")
    path = shutil.copy(good_store, tmp_path / "newer.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(StoreMismatch):
        verify(path)


# --- I1 to I6: journals that a faulty engine wrote ----------------------------------------------------

WRONG = {
    "profit off by a nano": ("I1", m.OrderFilled, 3, {"realised": -cents(11_440) + 1}),
    "cash off by a nano": ("I1", m.AccountCompared, 0, {"cash": cents(10_972_890) - 1}),
    "a fee the books do not have": ("I1", m.OrderFilled, 4, {"fee": NANOS}),
    "a dividend that was not due": ("I1", m.DividendPaid, 0, {"cash": NANOS}),
    "a dividend on units that nobody held": ("I2", m.DividendPaid, 0, {"quantity": 5}),
    "a fraction that was not there": ("I1", m.SplitApplied, 0, {"cash": NANOS}),
    "a split of units that nobody held": ("I2", m.SplitApplied, 0, {"before": 10, "quantity": 70}),
    "fills beyond the order": ("I2", m.OrderAccepted, 1, {"quantity": 149}),
    "more at work than approved": ("I2", m.OrderAccepted, 0, {"quantity": 151}),
    "a snapshot of another position": ("I2", m.PositionSnapshot, 0, {"quantity": -99}),
    "a score of no signal": ("I3", m.SignalScored, 0, {"cause": b"x" * 16}),
    "a decision of no score": ("I3", m.DecisionMade, 0, {"cause": b"x" * 16}),
    "a decision against its gates": ("I3", m.DecisionMade, 1, {"passed": 0b111}),
    "an approval of a denial": ("I3", m.OrderDenied, 0, {"decision_id": b"x" * 16}),
    "a child without a parent": ("I3", m.OrderAccepted, 1, {"parent_id": b"x" * 16}),
    "a trade without an entry": ("I3", m.TradeClosed, 0, {"entry_order": b"x" * 16}),
    "a flatten that nobody asked for": ("I3", m.OrderAccepted, 6, {"cause": b"x" * 16}),
    "a flatten of another kill": ("I4", m.OrderAccepted, 6, {"kill_id": b"x" * 16}),
    "a flatten that may open": ("I4", m.OrderAccepted, 6, {"reduce_only": False}),
    "a fill of another kill": ("I4", m.OrderFilled, 5, {"kill_id": b""}),
    "a rearm of another kill": ("I4", m.Rearmed, 0, {"kill_id": b"x" * 16}),
    "a fill dearer than reserved": ("I6", m.OrderApproved, 0, {"reserved": 150 * cents(10_004)}),
    "a config nobody stored": ("I6", m.OrderApproved, 0, {"config": "none"}),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_event_is_found_by_its_invariant_alone(case, story, make_store):
    name, kind, nth, changes = WRONG[case]
    report = verify(make_store(edited(story, kind, nth, **changes)))
    assert broken(report) == [name]
    found = next(invariant for invariant in report.invariants if not invariant.ok)
    assert len(found.details) == found.violations >= 1
    assert all(words.startswith("#") for words in found.details)


def test_a_signal_that_was_never_journaled_breaks_the_chain_at_every_link(story, make_store):
    report = verify(make_store(without(story, m.SignalRaised)))
    assert broken(report) == ["I3"]
    assert [words.split()[1] for words in report.invariants[3].details] == [
        "SignalScored",
        "DecisionMade",
        "OrderApproved",
    ]


def test_a_stop_at_work_before_its_entry_has_filled_is_found(story, make_store):
    lines = list(story)
    first_fill = next(n for n, line in enumerate(lines) if isinstance(line.event, m.OrderFilled))
    assert lines[first_fill + 1].event.role is OrderRole.STOP
    lines[first_fill], lines[first_fill + 1] = lines[first_fill + 1], lines[first_fill]
    assert broken(verify(make_store(lines))) == ["I3"]


@pytest.mark.parametrize("flatten", [True, False])
def test_a_state_change_is_a_cause_to_flatten_only_when_it_says_so(story, make_store, flatten):
    start = story[1]
    assert isinstance(start.event, m.TradingStateChanged)
    lines = edited(story, m.OrderAccepted, 6, cause=start.event.id)
    lines[1] = start._replace(event=msgspec.structs.replace(start.event, flatten=flatten))
    assert broken(verify(make_store(lines))) == ([] if flatten else ["I3"])


def test_every_write_of_a_fenced_incarnation_is_counted(story, make_store):
    reports = [line for line in story if isinstance(line.event, m.TimeframeReported)][:4]
    epochs = (1, 2, 1, 1)
    lines = [line._replace(epoch=epoch) for line, epoch in zip(reports, epochs, strict=True)]
    assert verify(make_store(lines)).invariants[5].violations == 2


def test_a_rejection_of_no_order_is_found(story, make_store):
    place = next(n for n, line in enumerate(story) if isinstance(line.event, m.OrderRejected))
    lines = edited(story[: place + 1], m.OrderRejected, order_id=b"x" * 16)
    assert broken(verify(make_store(lines))) == ["I3"]


def test_a_trade_that_is_told_closed_before_it_is_flat_is_found(story, make_store):
    lines = without(story, m.TradeClosed)
    closed = next(line for line in story if isinstance(line.event, m.TradeClosed))
    part = [n for n, line in enumerate(lines) if isinstance(line.event, m.OrderFilled)][2]
    lines.insert(part + 1, closed)
    assert broken(verify(make_store(lines))) == ["I2"]


def test_an_entry_under_a_kill_is_found_at_approval_at_work_and_at_its_fill(story, make_store):
    first = next(line for line in story if isinstance(line.event, m.Killed))
    early = first._replace(event=msgspec.structs.replace(first.event, id=b"k" * 16))
    place = [n for n, line in enumerate(story) if isinstance(line.event, m.OrderApproved)][2]
    report = verify(make_store([*story[:place], early, *story[place:]]))
    assert broken(report) == ["I4"]
    words = " / ".join(report.invariants[4].details)
    assert "an entry was approved" in words
    assert "ENTRY order" in words
    assert "was filled" in words


def test_a_floor_that_leaves_the_kill_without_a_rearm_is_found(story, make_store):
    report = verify(make_store(without(story, m.Rearmed)))
    assert broken(report) == ["I4"]
    assert "STOPPED while killed" in report.invariants[4].details[0]


def test_a_day_with_more_trades_than_allowed_counts_waiting_entries_but_no_rejected_ones(damage):
    def limited(trades):
        risk = msgspec.structs.replace(CONFIG.risk, max_daily_trades=trades)
        body = msgspec.json.encode(msgspec.structs.replace(CONFIG, risk=risk)).decode()
        return verify(damage(f"UPDATE algorithm_configs SET body = '{body}'"))

    # Three are approved; the second is rejected before the third, so two is the most at any time.
    assert broken(limited(2)) == []
    report = limited(1)
    assert broken(report) == ["I6"]
    assert report.invariants[6].violations == 2


def test_an_entry_that_waits_over_a_close_counts_for_the_session_it_may_still_fill_in(story, make_store):
    risk = msgspec.structs.replace(CONFIG.risk, max_daily_trades=1)
    config = msgspec.structs.replace(CONFIG, risk=risk)
    check = Limits(Facts({CONFIG.content_hash: config}, {}))
    first = next(line.event for line in story if isinstance(line.event, m.OrderApproved))
    for n, (session, broken_so_far) in enumerate(((first.session, 0), (first.session + 1, 1)), 1):
        order = msgspec.structs.replace(first, id=bytes([n]) * 16, decision_id=bytes([n]), session=session)
        check.exposure[order.decision_id] = risk.max_exposure_nanos
        check.see(Entry(n, order.id, order.ts, "OrderApproved", "risk", 1, b"", order.symbol, order))
        assert check.violations == broken_so_far
    assert "trade 2 of session" in check.details[0]


@pytest.mark.parametrize(
    ("limit", "least"), [("max_position_size", 15_000.0), ("max_total_exposure", 15_008.0)]
)
def test_sizes_up_to_the_limit_pass_and_a_cent_less_is_found(damage, limit, least):
    for value, expected in ((least, []), (least - 0.01, ["I6"])):
        risk = msgspec.structs.replace(CONFIG.risk, **{limit: value})
        body = msgspec.json.encode(msgspec.structs.replace(CONFIG, risk=risk)).decode()
        assert broken(verify(damage(f"UPDATE algorithm_configs SET body = '{body}'"))) == expected


def test_an_exposure_that_does_not_cover_the_reservations_is_found(story, make_store):
    decision = next(line.event for line in story if isinstance(line.event, m.DecisionMade))
    gates = tuple(
        msgspec.structs.replace(gate, value="15007.49") if gate.gate == "total_exposure" else gate
        for gate in decision.gates
    )
    assert broken(verify(make_store(edited(story, m.DecisionMade, gates=gates)))) == ["I6"]


def test_a_config_that_cannot_be_read_is_found(damage):
    assert broken(verify(damage("UPDATE algorithm_configs SET body = '{}}'"))) == ["I6"]


def test_a_fill_that_comes_twice_is_found():
    story = Story()
    story.accept("o", OrderRole.STOP, "BUY", 9, order_id=b"o" * 16)
    story.fill("o", b"o" * 16, OrderRole.STOP, 3, NANOS)
    check = Fills(Facts({}, {}))
    for sequence, line in enumerate([*story.lines, story.lines[-1]], 1):
        check.see(entry(sequence, line))
    assert check.result().details == (f"#3: fill {story.lines[-1].event.id.hex()} came twice",)


def test_the_cash_identity_knows_the_multiplier():
    story = Story()
    story.fill("in", b"o" * 16, OrderRole.ENTRY, 2, 10 * NANOS)
    story.fill("out", b"p" * 16, OrderRole.STOP, -2, 11 * NANOS, realised=200 * NANOS)
    for multiplier, holds in ((100, True), (1, False)):
        check = CashIdentity(Facts({}, {"SPX": multiplier}))
        for sequence, line in enumerate(story.lines, 1):
            check.see(entry(sequence, line))
        assert check.result().ok is holds


def test_cash_is_compared_with_the_account_that_was_booted_or_the_only_one_there_is(story):
    other = msgspec.structs.replace(CONFIG, account=50_000.0)
    both = {CONFIG.content_hash: CONFIG, other.content_hash: other}
    for configs, booted, compared in ((both, True, 9), (both, False, 8), ({"only": CONFIG}, False, 9)):
        check = CashIdentity(Facts(configs, {}))
        for sequence, line in enumerate(story if booted else story[1:], 1):
            if isinstance(line.event, check.watches):
                check.see(entry(sequence, line))
        assert (check.violations, check.checked) == (0, compared)


def test_only_the_first_few_violations_are_told_in_words(story, make_store):
    reports = [line for line in story if isinstance(line.event, m.TimeframeReported)]
    doubled = [Line("x", 9 - n, line.event) for n, line in enumerate(reports)]
    wrong = [
        line._replace(event=msgspec.structs.replace(line.event, id=name_id(n, "again")))
        for n, line in enumerate(doubled + doubled)
    ]
    found = verify(make_store(wrong)).invariants[5]
    assert (len(found.details), found.violations) == (5, len(wrong) - 2)


def entry(sequence, line):
    e = line.event
    return Entry(sequence, e.id, e.ts, type(e).__name__, line.actor, line.epoch, e.cause, "", e)


# --- I5 the journal's order ---------------------------------------------------------------------------

REPORT = "kind = 'TimeframeReported' AND sequence > 10"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"DELETE FROM events WHERE {REPORT}", "follows"),
        ("DELETE FROM events WHERE sequence = 1", "follows 0"),
        ("UPDATE events SET epoch = 0 WHERE kind = 'AccountCompared'", "executor epoch 0 after 1"),
        (f"UPDATE events SET ts = ts + 1 WHERE {REPORT}", "row and body differ"),
        (f"UPDATE events SET symbol = 'NDX' WHERE {REPORT}", "row and body differ"),
        (f"UPDATE events SET body = x'80' WHERE {REPORT}", "the body cannot be read"),
        (f"UPDATE events SET kind = 'ActorIsolated' WHERE {REPORT}", "the body cannot be read"),
        (f"UPDATE events SET version = 7 WHERE {REPORT}", "the body cannot be read"),
    ],
)
def test_a_journal_that_somebody_edited_is_found(damage, statement, words):
    report = verify(damage(statement))
    assert broken(report) == ["I5"]
    assert words in report.invariants[5].details[0]


# --- I7 the tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", PROJECTED, ids=lambda row: row.TABLE)
def test_a_table_that_lost_its_rows_is_found(damage, row):
    report = verify(damage(f"DELETE FROM {row.TABLE}"))
    assert broken(report) == ["I7"]
    assert f"{row.TABLE}: " in report.invariants[7].details[0]
    assert report.invariants[7].details[0].endswith("is missing")


@pytest.mark.parametrize("row", PROJECTED, ids=lambda row: row.TABLE)
def test_another_value_in_any_column_of_a_table_is_found(damage, good_store, row):
    with closing(sqlite3.connect(good_store)) as connection:
        info = list(connection.execute(f"PRAGMA table_info({row.TABLE})"))
    others = {"INTEGER": "12345", "REAL": "0.12345", "TEXT": "'other'", "BLOB": "randomblob(16)"}
    changes = {name: others[kind] for _, name, kind, _, _, key in info if not key}
    assert len(changes) >= len(info) - 2
    key = info[0][1]
    changed = ", ".join(f'"{name}" = {value}' for name, value in changes.items())
    first = f"{key} = (SELECT min({key}) FROM {row.TABLE})"
    report = verify(damage(f"UPDATE {row.TABLE} SET {changed} WHERE {first}"))
    assert broken(report) == ["I7"]
    assert report.invariants[7].details[0].endswith(f"differs in {', '.join(changes)}")


def test_a_row_that_no_event_tells_of_is_found(damage):
    values = "'NDX', 5, 500, 0, 0, 1, 1, 1"
    report = verify(damage(f"INSERT INTO positions VALUES ({values})"))
    assert broken(report) == ["I7"]
    assert report.invariants[7].details == (
        "#1: positions: the row of NDX 5 is in no event",
        "#1: positions: the row of NDX 5 is not what the fills add up to",
    )


def test_a_fill_that_cannot_be_booked_is_told_and_does_not_stop_the_check(story, make_store, damage):
    fill = next(line.event for line in story if isinstance(line.event, m.OrderFilled))
    body = msgspec.msgpack.encode(msgspec.structs.replace(fill, quantity=0)).hex()
    report = verify(damage(f"UPDATE events SET body = x'{body}' WHERE id = x'{fill.id.hex()}'"))
    assert "cannot be projected" in report.invariants[7].details[0]
    assert {"I2", "I7"} <= set(broken(report))
