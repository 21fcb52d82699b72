"""An account without a stream: the record is polled."""

import pytest
from all_providers import PROVIDERS
from fake_server import Market
from live_feeds import expected, opened
from test_cuts import by_second

from tradingfloor.actors.messages import MarketUpdate


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_that_refuses_the_stream_is_polled(name):
    codec, fake = PROVIDERS[name]
    market = Market(2, 600)
    with fake(market) as server, opened(codec, server) as feed:
        server.refuses = True
        found = []
        for update in feed.updates():
            if isinstance(update, MarketUpdate):
                found.append((update.symbol, update.ts, update.close, update.volume))
                if len(found) == len(market.prints):
                    break
            else:
                market.published = min(len(market.prints), market.published + 100)
        assert feed.connection.startswith("POLLING")
    assert [ts for _, ts, _, _ in found] == sorted(ts for _, ts, _, _ in found)
    assert by_second(found) == by_second(expected(market))


def test_the_plan_without_a_stream_is_polled_and_its_stream_never_called():
    codec, fake = PROVIDERS["massive"]
    market = Market(2, 50)
    with fake(market) as server, opened(codec, server, variant="basic") as feed:
        for update in feed.updates():
            market.published = 50
            if isinstance(update, MarketUpdate):
                break
        assert feed.connection.startswith("POLLING")
        assert server.connections == 0
