import random

import pytest
from fake_engine import touched

from tradingfloor.actors.messages import ActorIsolated, Killed
from tradingfloor.actors.types import NANOS, KillPolicy, TradingState
from tradingfloor.gateway.feed import LIVE_BUFFER
from tradingfloor.gateway.subscriptions import (
    FROM_OLDEST,
    PAGE,
    Batch,
    CaughtUp,
    FellBehind,
    Heartbeat,
    Query,
    Started,
    Subscription,
    SubscriptionRefused,
)


class Reader:
    """A subscription read from the test's thread."""

    def __init__(self, feed, **query):
        self.edge = feed.edge
        self.subscription = Subscription(feed, Query(**query))

    def next(self):
        return self.edge.run(self.subscription.next(), 10)

    def until(self, kind):
        items = [self.next()]
        while not isinstance(items[-1], kind):
            items.append(self.next())
        return items

    def sequences(self, last):
        found = []
        while not found or found[-1] < last:
            item = self.next()
            if isinstance(item, Batch):
                found += [event.sequence for event in item.events]
        return found


def settled(feed):
    """Wait until the edge loop has handed out every commit made so far."""

    async def turn():
        pass

    feed.edge.run(turn(), 5)


def isolated(number):
    return ActorIsolated(id=number.to_bytes(16, "big"), ts=number, actor="signals:SPX:1h", error="gone")


def numbered(first, last, symbol="SPX"):
    return [touched(n, symbol) for n in range(first, last + 1)]


def test_started_comes_first_then_history_then_caught_up_then_live(feed, engine):
    engine.write(*numbered(1, 250))
    reader = Reader(feed, after=0, max_batch=100)
    assert reader.next() == Started("journal-1", 1, 250, 5 * NANOS)
    history = reader.until(CaughtUp)
    assert [len(item.events) for item in history[:-1]] == [100, 100, 50]
    assert history[-1] == CaughtUp(250)
    engine.write(*numbered(251, 253))
    (live,) = reader.until(Batch)
    assert [event.sequence for event in live.events] == [251, 252, 253]


def test_the_cursor_is_exclusive(feed, engine):
    engine.write(*numbered(1, 10))
    assert Reader(feed, after=7).sequences(10) == [8, 9, 10]


def test_from_latest_leaves_history_out_and_from_oldest_begins_at_the_trimmed_edge(feed, engine):
    engine.write(*numbered(1, 10))
    engine.trim(4)
    latest = Reader(feed, after=None)
    assert [type(item) for item in latest.until(CaughtUp)] == [Started, CaughtUp]
    assert Reader(feed, after=FROM_OLDEST).sequences(10) == list(range(4, 11))
    engine.write(*numbered(11, 11))
    assert latest.sequences(11) == [11]


def test_an_empty_journal_can_be_followed_from_its_beginning(feed, engine):
    reader = Reader(feed, after=FROM_OLDEST)
    assert reader.until(CaughtUp) == [Started("journal-1", 1, 0, 5 * NANOS), CaughtUp(0)]
    engine.write(*numbered(1, 2))
    assert reader.sequences(2) == [1, 2]


def test_events_committed_between_attach_and_read_come_once(feed, engine):
    engine.write(*numbered(1, 600))
    written = []

    def write_once():
        if not written:
            written.append(engine.write(*numbered(601, 700)))

    feed.pages.before_page = write_once
    assert Reader(feed, after=0).sequences(700) == list(range(1, 701))


def test_an_overflow_while_history_is_read_is_read_from_the_journal_without_a_word(feed, engine):
    engine.write(*numbered(1, 10))

    def write_much():
        feed.pages.after_page = lambda: None
        for start in range(11, 11 + 2 * LIVE_BUFFER, 200):
            engine.write(*numbered(start, start + 199))
        feed._drain()

    feed.pages.after_page = write_much
    items = Reader(feed, after=0).until(CaughtUp)
    assert {type(item) for item in items} == {Started, Batch, CaughtUp}
    assert items[-1] == CaughtUp(engine.last_sequence())


def test_a_slow_subscriber_falls_behind_and_reads_the_rest_from_the_journal(feed, engine):
    reader = Reader(feed, after=0)
    reader.until(CaughtUp)
    engine.write(*numbered(1, 10))
    settled(feed)
    (first,) = reader.until(Batch)
    assert first.events[-1].sequence == 10
    for start in range(11, 11 + 3 * LIVE_BUFFER, 100):
        engine.write(*numbered(start, start + 99))
    settled(feed)
    assert reader.next() == FellBehind(10)
    last = engine.last_sequence()
    assert reader.sequences(last) == list(range(11, last + 1))
    assert reader.until(CaughtUp)[-1] == CaughtUp(last)


def test_a_commit_larger_than_the_live_buffer_is_read_from_the_journal(feed, engine):
    reader = Reader(feed, after=0)
    reader.until(CaughtUp)
    last = engine.write(*numbered(1, LIVE_BUFFER + 1))
    assert reader.next() == FellBehind(0)
    assert reader.sequences(last) == list(range(1, last + 1))


def test_a_subscriber_that_is_never_read_keeps_no_more_than_its_buffer(feed, engine):
    reader = Reader(feed, after=0)
    reader.until(CaughtUp)
    for start in range(1, 5 * LIVE_BUFFER, 500):
        engine.write(*numbered(start, start + 499))
    settled(feed)
    assert len(reader.subscription._live.events) == LIVE_BUFFER


def test_a_filter_by_kind_and_symbol_ands_its_fields_and_ors_its_values(feed, engine):
    killed = Killed(
        id=b"k" * 16,
        ts=1,
        previous=TradingState.RUNNING,
        policy=KillPolicy.KEEP,
        request_id="",
        reason="",
        by="",
        canceled=0,
    )

    def block(first):
        return (
            touched(first, "SPX"),
            touched(first + 1, "NDX"),
            touched(first + 2, "RUT"),
            killed,
            isolated(9),
        )

    engine.write(*block(1))
    symbols = Reader(feed, after=0, symbols=frozenset({"SPX", "RUT"}))
    kinds = Reader(feed, after=0, kinds=frozenset({"Killed", "ActorIsolated"}))
    both = Reader(feed, after=0, kinds=frozenset({"OrderTriggered", "Killed"}), symbols=frozenset({"NDX"}))
    assert (symbols.sequences(3), kinds.sequences(5), both.sequences(2)) == ([1, 3], [4, 5], [2])
    for reader in (symbols, kinds, both):
        reader.until(CaughtUp)
    engine.write(*block(6))
    assert (symbols.sequences(8), kinds.sequences(10), both.sequences(7)) == ([6, 8], [9, 10], [7])


def test_heartbeats_move_the_cursor_though_nothing_matches(feed, engine):
    reader = Reader(feed, after=0, kinds=frozenset({"Killed"}), heartbeat_ns=NANOS // 50)
    reader.until(CaughtUp)
    engine.write(*numbered(1, 40))
    settled(feed)
    assert reader.until(Heartbeat)[-1].sequence == 40
    assert reader.next().sequence == 40


def test_caught_up_moves_the_cursor_over_history_that_does_not_match(feed, engine):
    engine.write(*numbered(1, 3 * PAGE))
    reader = Reader(feed, after=0, kinds=frozenset({"Killed"}))
    assert reader.until(CaughtUp)[-1] == CaughtUp(3 * PAGE)


def test_a_cursor_in_the_future_is_refused_with_the_newest_sequence(feed, engine):
    engine.write(*numbered(1, 3))
    with pytest.raises(SubscriptionRefused) as refused:
        Reader(feed, after=4).next()
    assert (refused.value.reason, refused.value.metadata) == ("SEQUENCE_IN_FUTURE", {"last_sequence": "3"})


def test_a_cursor_before_the_oldest_event_is_refused_with_that_event(feed, engine):
    engine.write(*numbered(1, 9))
    engine.trim(5)
    with pytest.raises(SubscriptionRefused) as refused:
        Reader(feed, after=3).next()
    assert (refused.value.reason, refused.value.metadata) == ("HISTORY_TRIMMED", {"oldest_sequence": "5"})
    assert Reader(feed, after=4).sequences(9) == [5, 6, 7, 8, 9]


def test_history_trimmed_while_it_is_read_is_an_error_not_a_hole(feed, engine):
    engine.write(*numbered(1, 3 * PAGE))
    reader = Reader(feed, after=0, max_batch=PAGE)
    assert isinstance(reader.next(), Started)
    assert isinstance(reader.next(), Batch)
    engine.trim(2 * PAGE)
    with pytest.raises(SubscriptionRefused, match="gone"):
        reader.next()


def test_another_journal_is_refused(feed, engine):
    with pytest.raises(SubscriptionRefused) as refused:
        Reader(feed, after=0, journal_id="journal-0").next()
    assert refused.value.reason == "JOURNAL_CHANGED"
    assert refused.value.metadata == {"journal_id": "journal-1"}


@pytest.mark.parametrize("query", [{"kinds": frozenset({"OrderFild"})}, {"after": -2}])
def test_a_query_that_can_never_match_is_refused(query):
    with pytest.raises(SubscriptionRefused) as refused:
        Query(**query)
    assert refused.value.reason == "BAD_FIELD"


def test_a_closed_feed_hands_out_what_was_committed_and_then_ends(feed, engine):
    reader = Reader(feed, after=0)
    reader.until(CaughtUp)
    engine.write(*numbered(1, 5))
    feed.close()
    assert reader.sequences(5) == [1, 2, 3, 4, 5]
    with pytest.raises(SubscriptionRefused) as refused:
        reader.next()
    assert (refused.value.reason, refused.value.metadata) == ("SERVER_SHUTTING_DOWN", {"last_sequence": "5"})


def test_closing_a_subscription_lets_its_buffer_go(feed, engine):
    reader = Reader(feed, after=0)
    reader.until(CaughtUp)
    feed.edge.post(reader.subscription.close)
    engine.write(*numbered(1, 5))
    settled(feed)
    assert not reader.subscription._live.events


def test_commits_lost_on_the_way_to_the_edge_are_read_from_the_journal(feed, engine):
    reader = Reader(feed, after=0)
    reader.until(CaughtUp)
    engine.write(*numbered(1, 3))
    listeners, engine._listeners = engine._listeners, []
    engine.write(*numbered(4, 6))
    engine._listeners = listeners
    engine.write(*numbered(7, 9))
    assert reader.sequences(9) == list(range(1, 10))


@pytest.mark.parametrize("seed", range(5))
def test_any_interleaving_of_commits_and_reads_gives_every_event_once(feed, engine, seed):
    chance = random.Random(seed)
    readers = [Reader(feed, after=0, max_batch=chance.choice([1, 7, 100, PAGE])) for _ in range(3)]
    found = [[] for _ in readers]
    number = 0
    while number < 4_000:
        size = chance.choice([1, 5, 60, 400, 1_500])
        number = engine.write(*numbered(number + 1, number + size))
        for reader, seen in zip(readers, found, strict=True):
            for _ in range(chance.randrange(4)):
                if seen and seen[-1] == number:
                    break
                item = reader.next()
                if isinstance(item, Batch):
                    seen += [event.sequence for event in item.events]
    for reader, seen in zip(readers, found, strict=True):
        rest = reader.sequences(number) if not seen or seen[-1] < number else []
        assert seen + rest == list(range(1, number + 1))
