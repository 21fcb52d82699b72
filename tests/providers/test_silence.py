"""A feed that falls silent is noticed within its limit, and only while its market is open."""

import pytest
from all_providers import PROVIDERS
from fake_server import OPEN, Market, answer
from live_feeds import ManualClock, opened, until

from tradingfloor.actors.market_data.feeds.providers.clock import Timing
from tradingfloor.actors.market_data.feeds.providers.lifecycle import Happening, Link
from tradingfloor.actors.types import NANOS

LIMIT = 30.0
CLOSED = OPEN + 12 * 3600 * NANOS


def subscribed(feed, clock):
    """Connected and whole; a time slot passes where the provider needs one."""
    feed.updates()
    until(lambda: feed._stream is not None and feed._stream.life.state in (Link.BACKFILLING, Link.SUBSCRIBED))
    stream = feed._stream
    if feed._provider.slot:
        until(lambda: clock.asleep(2.0))
        clock.advance(2.0)
    until(lambda: stream.life.state is Link.SUBSCRIBED)
    return stream


@pytest.fixture(params=PROVIDERS)
def provider(request):
    return PROVIDERS[request.param]


def test_silence_is_noticed_at_the_limit_and_the_feed_subscribes_again(provider):
    codec, fake = provider
    market, clock = Market(1, 10), ManualClock(OPEN)
    with fake(market) as server, opened(codec, server, clock=clock, timing=Timing(silence=LIMIT)) as feed:
        server.silent = True
        stream = subscribed(feed, clock)
        left = stream._heard + LIMIT - clock.monotonic()
        until(lambda: clock.asleep(left))
        clock.advance(left - 0.01)
        until(lambda: clock.asleep(0.01))  # the watch waits for the limit
        assert stream.life.counts[Happening.SILENT] == 0
        clock.advance(0.01)
        until(lambda: stream.life.counts[Happening.SILENT] == 1)
        until(lambda: clock.asleep(0.375))  # the first delay, with the jitter that was drawn
        assert stream.life.state is Link.BACKING_OFF
        assert "silent" in feed.connection
        clock.advance(0.375)
        until(lambda: stream.life.counts[Happening.SUBSCRIBED] == 2)
        until(lambda: server.connections == 2)


def test_a_closed_market_may_be_silent(provider):
    codec, fake = provider
    market, clock = Market(1, 10), ManualClock(CLOSED)
    with fake(market) as server, opened(codec, server, clock=clock, timing=Timing(silence=LIMIT)) as feed:
        server.silent = True
        stream = subscribed(feed, clock)
        clock.advance(stream._heard + LIMIT - clock.monotonic())
        for _ in range(5):
            until(lambda: clock.asleep(LIMIT))  # looked, and waits for as long again
            clock.advance(LIMIT)
        assert stream.life.counts[Happening.SILENT] == 0
        assert server.connections == 1


def test_a_server_that_never_confirms_is_given_up_though_the_market_is_closed():
    codec, fake = PROVIDERS["alpaca"]

    class Mute(fake):
        async def handshake(self, socket):
            self.silent = True
            await socket.wait_closed()

    clock = ManualClock(CLOSED)
    with Mute(Market(1, 10)) as server, opened(codec, server, clock=clock) as feed:
        feed.updates()
        until(lambda: feed._stream is not None and feed._stream.life.state is Link.AUTHENTICATING)
        clock.advance(10 * 1000)
        until(lambda: feed._stream.life.counts[Happening.SILENT] == 1)


def test_time_stands_still_while_trades_may_be_missing_but_not_for_longer_than_the_hold():
    codec, fake = PROVIDERS["alpaca"]
    market, clock = Market(1, 10), ManualClock(OPEN)
    timing = Timing(silence=1e6, hold=60.0, grace=1.0, first_delay=1e6, longest_delay=1e6)
    with fake(market) as server, opened(codec, server, clock=clock, timing=timing) as feed:
        server.silent = True
        stream = subscribed(feed, clock)
        whole = clock.wall() - NANOS
        assert stream.whole_until(clock.wall()) == whole
        server.stop()
        until(lambda: stream.life.state is Link.BACKING_OFF)
        clock.advance(50.0)
        assert stream.whole_until(clock.wall()) == whole
        clock.advance(50.0)
        assert stream.whole_until(clock.wall()) == clock.wall() - 60 * NANOS


def test_memory_is_bounded_though_the_record_never_answers():
    codec, fake = PROVIDERS["alpaca"]
    market, clock = Market(1, 300), ManualClock(OPEN + 60 * NANOS)

    class NoRecord(fake):
        def route(self, method, path, query, headers):
            return answer({}, 500)

    timing = Timing(silence=1e6, keep=600.0)
    with NoRecord(market) as server, opened(codec, server, clock=clock, timing=timing) as feed:
        feed.updates()
        until(lambda: market.published == 300)
        until(lambda: len(feed._merge._known) == 300)
        assert feed._stream.life.state is Link.BACKFILLING
        clock.advance(700.0)
        until(lambda: not feed._merge._known)
