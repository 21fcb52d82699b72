"""What the hash of the ledger depends on, and what it does not."""

import sqlite3
from contextlib import closing
from hashlib import sha256

import msgspec
import pytest

from tradingfloor.storage.ledger_hash import LEDGER_KINDS, LedgerHash, ledger_hash

OUTSIDE = {
    *("TimeframeReported", "PositionSnapshot", "AccountCompared"),
    *("EngineBooted", "ActorRestarted", "ActorIsolated", "MessageDropped", "BackupWritten", "FileWritten"),
}


def of(path):
    with closing(sqlite3.connect(path)) as connection:
        return ledger_hash(connection)


def of_events(events):
    result = LedgerHash()
    for event in events:
        result.add(event)
    return result.hexdigest()


def test_the_hash_is_sha256_over_the_packed_ledger_events_in_sequence(good_store, story):
    expected = sha256()
    for _, _, e in story:
        kind = type(e).__name__
        if kind not in OUTSIDE:
            body = msgspec.msgpack.encode(e)
            expected.update(msgspec.msgpack.encode([kind, 1, e.ts, e.id, e.cause, body]))
    assert of(good_store) == expected.hexdigest()


def test_diagnostics_snapshots_and_reports_are_no_part_of_the_ledger(story):
    assert {type(line.event).__name__ for line in story} - LEDGER_KINDS == OUTSIDE
    inside = [line.event for line in story if type(line.event).__name__ not in OUTSIDE]
    assert of_events(line.event for line in story) == of_events(inside)


def test_a_growing_hash_is_the_hash_of_the_store(good_store, story):
    assert of_events(line.event for line in story) == of(good_store)
    result = LedgerHash()
    for line in story:
        result.add(line.event)
    assert result.count == len(story) - sum(type(line.event).__name__ in OUTSIDE for line in story)


def test_who_wrote_it_and_in_which_incarnation_does_not_count(good_store, make_store, story):
    assert of(make_store([line._replace(actor="other", epoch=5) for line in story])) == of(good_store)


@pytest.mark.parametrize("change", ["drop", "swap", "edit"])
def test_any_change_of_the_ledger_changes_the_hash(story, change):
    events = [line.event for line in story if type(line.event).__name__ not in OUTSIDE]
    whole = of_events(events)
    for n in range(len(events) - 1):
        changed = list(events)
        if change == "drop":
            del changed[n]
        elif change == "swap":
            changed[n], changed[n + 1] = changed[n + 1], changed[n]
        else:
            changed[n] = msgspec.structs.replace(events[n], ts=events[n].ts + 1)
        assert of_events(changed) != whole


def test_an_empty_ledger_has_the_hash_of_nothing(make_store):
    assert of(make_store([])) == sha256().hexdigest() == LedgerHash().hexdigest()
