"""History, chains and quotes of each provider, and what is told when something is missing."""

import asyncio
import importlib.util

import pytest
from all_providers import PROVIDERS
from fake_alpaca import FakeAlpaca, written
from fake_server import OPEN, Faults, Market, answer
from live_feeds import collect, config_of, opened

from tradingfloor.actors.config import Config, DataConfig, InstrumentConfig
from tradingfloor.actors.errors import BadConfig, BadData, TradingFloorError
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.market_data.feeds.providers import alpaca, provider
from tradingfloor.actors.market_data.feeds.providers.vocabulary import ChainRow
from tradingfloor.actors.messages import MarketUpdate
from tradingfloor.actors.types import NANOS

MINUTE = 60 * NANOS
BEFORE = range(-3, 4)
"""Minutes around the open for which the fakes have bars: those before it are no part of the session."""


def give_bars(name, server):
    """The same seven minutes in each provider's own words."""
    starts = [OPEN + number * MINUTE for number in BEFORE]
    if name == "alpaca":
        prices = {"o": 470.1, "h": 470.25, "l": 470.0, "c": 470.2, "v": 1200, "n": 12, "vw": 470.1}
        server.bars = [{"t": written(start)} | prices for start in starts]
    elif name == "massive":
        prices = {"o": 470.1, "h": 470.25, "l": 470.0, "c": 470.2, "v": 1200, "n": 12}
        server.bars = [{"t": start // 1_000_000} | prices for start in starts]
    else:
        prices = {"open": 470.1, "high": 470.25, "low": 470.0, "close": 470.2, "volume": 1200}
        server.bars = [{"timestamp": start // NANOS} | prices for start in starts]


@pytest.fixture(params=PROVIDERS)
def name(request):
    return request.param


def test_history_is_the_closed_minutes_of_the_sessions(name):
    codec, fake = PROVIDERS[name]
    market = Market(1, 10, start=OPEN + 3 * MINUTE + 7 * NANOS)  # the fourth minute is not over
    with fake(market, page=2) as server, opened(codec, server) as feed:
        give_bars(name, server)
        bars = feed.history("SPY")
    assert [bar.start for bar in bars] == [OPEN, OPEN + MINUTE, OPEN + 2 * MINUTE]
    first = bars[0]
    assert (first.open, first.high, first.low, first.close) == tuple(
        NANOS * cents // 100 for cents in (47_010, 47_025, 47_000, 47_020)
    )
    assert (first.end, first.volume, first.timeframe, first.history) == (OPEN + MINUTE, 1200, "1m", True)


def test_trades_begin_where_history_ends(name):
    codec, fake = PROVIDERS[name]
    market = Market(1, 100, start=OPEN + 3 * MINUTE)
    market.published = 50
    with fake(market) as server, opened(codec, server) as feed:
        feed.history("SPY")
        got = collect(feed, market)
    assert len(got) == 100


def give_chain(name, server):
    if name == "alpaca":
        quote = {
            "t": written(OPEN),
            "bp": 1.05,
            "bs": 10,
            "ap": 1.1,
            "as": 20,
            "bx": "A",
            "ax": "B",
            "c": "A",
        }
        server.chain = {
            "SPY240119C00470000": {"latestQuote": quote, "greeks": {"delta": 0.5}, "impliedVolatility": 0.1},
            "SPY240119P00470000": {"latestTrade": {"p": 1.0}},
        }
    elif name == "massive":
        quote = {"bid": 1.05, "bid_size": 10, "ask": 1.1, "ask_size": 20, "last_updated": OPEN}
        details = {"contract_type": "call", "expiration_date": "2024-01-19", "strike_price": 470}
        server.chain = [
            {
                "details": details | {"ticker": "O:SPY240119C00470000"},
                "last_quote": quote,
                "open_interest": 5,
            },
            {"details": details | {"ticker": "O:SPY240119P00470000"}, "greeks": {}},
        ]
    else:
        sides = {"bid": 1.05, "bidsize": 10, "ask": 1.1, "asksize": 20}
        times = {"bid_date": OPEN // 1_000_000 - 5, "ask_date": OPEN // 1_000_000}
        server.chains = {
            "2024-01-19": [
                {"symbol": "SPY240119C00470000"} | sides | times,
                {"symbol": "SPY240119P00470000", "bid": None, "ask": None},
            ]
        }


@pytest.mark.parametrize("expiry", ["", "2024-01-19"])
def test_a_chain_is_rows_of_contracts_with_their_quotes(name, expiry):
    codec, fake = PROVIDERS[name]
    with fake(Market(1, 10), page=1) as server, opened(codec, server) as feed:
        give_chain(name, server)
        rows = asyncio.run(feed.chain("SPY", expiry))
    assert rows == [
        ChainRow("SPY   240119C00470000", 1_050_000_000, 10, 1_100_000_000, 20, OPEN),
        ChainRow("SPY   240119P00470000", 0, 0, 0, 0, 0),
    ]


def test_the_newest_quote_is_known(name):
    codec, fake = PROVIDERS[name]
    market = Market(1, 50, symbols=("SPY",))
    with fake(market) as server, opened(codec, server) as feed:
        assert feed.quote("SPY") is None
        collect(feed, market)
        quote = feed.quote("SPY")
    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (469_990_000_000, 3, 470_010_000_000, 4)


def test_refused_credentials_end_the_feed_in_one_line(name, monkeypatch):
    codec, fake = PROVIDERS[name]
    for variable in ("APCA_API_SECRET_KEY", "MASSIVE_API_KEY", "TRADIER_ACCESS_TOKEN"):
        monkeypatch.setenv(variable, "wrong")
    with fake(Market(1, 10)) as server, opened(codec, server) as feed:
        with pytest.raises(BadConfig, match=name) as caught:
            collect(feed, server.market)
        assert caught.value.exit_code == 4
        assert "\n" not in str(caught.value)
        with pytest.raises(BadConfig, match="credentials"):
            feed.history("SPY")


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("alpaca", "APCA_API_KEY_ID"),
        ("massive", "MASSIVE_API_KEY or POLYGON_API_KEY"),
        ("polygon", "MASSIVE_API_KEY or POLYGON_API_KEY"),
        ("tradier", "TRADIER_ACCESS_TOKEN"),
    ],
)
def test_missing_credentials_are_named(source, variables, monkeypatch, credentials):
    for variable in credentials:
        monkeypatch.delenv(variable)
    with pytest.raises(BadConfig, match=f"set {variables}") as caught:
        open_feed(Config(symbols=("SPY",), data=DataConfig(source=source)))
    assert caught.value.exit_code == 4


def test_a_missing_library_is_named_with_its_extra(name, monkeypatch):
    monkeypatch.setattr(provider, "find_spec", lambda library: None if library == "httpx" else importlib.util)
    with pytest.raises(
        BadConfig, match=rf"needs httpx; install it with: pip install 'tradingfloor\[{name}\]'"
    ):
        open_feed(Config(symbols=("SPY",), data=DataConfig(source=name)))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"symbols": ("SPX",)}, "SPX is an index"),
        ({"symbols": ("PLTR",)}, r'instruments\.PLTR\.kind = "equity"'),
        ({"data": DataConfig(source="alpaca", variant="opra")}, r"data\.variant: alpaca has iex and sip"),
        ({"data": DataConfig(source="tradier", variant="opra")}, r"data\.variant: tradier has none"),
    ],
)
def test_what_a_provider_cannot_serve_is_refused(settings, says):
    config = Config(**({"symbols": ("SPY",), "data": DataConfig(source="alpaca")} | settings))
    with pytest.raises(BadConfig, match=says):
        open_feed(config)


def test_a_share_that_is_not_built_in_is_served_when_it_is_said_to_be_one():
    market = Market(1, 20, symbols=("PLTR",))
    with FakeAlpaca(market) as server:
        config = config_of(server)
        feed = open_feed(
            Config(symbols=("PLTR",), data=config.data, instruments={"PLTR": InstrumentConfig(kind="equity")})
        )
        assert (feed.name, feed.live, feed.timeframe("PLTR")) == ("alpaca iex", True, "tick")
        feed.close()
        feed.close()


def test_what_is_traded_outside_of_the_session_is_no_part_of_the_tape():
    market = Market(1, 100, start=OPEN - 2 * NANOS)
    with FakeAlpaca(market) as server, opened(alpaca, server) as feed:
        inside = [each for each in market.prints if each.ts >= OPEN]
        assert 0 < len(inside) < 100
        assert [ts for _, ts, _, _ in collect(feed, market, len(inside))] == [each.ts for each in inside]


def test_a_trade_that_sets_no_price_is_left_out_of_stream_and_record_alike():
    market = Market(1, 200)

    class Odd(FakeAlpaca):
        def encode(self, prints):
            return super().encode(prints).replace('"c": ["@"], "i": 7,', '"c": ["@", "I"], "i": 7,')

        def _page(self, rows, query, name, kind):
            rows = [row | {"c": ["@", "I"]} if row.get("i") == 7 else row for row in rows]
            return super()._page(rows, query, name, kind)

    with Odd(market, Faults(1, 3)) as server, opened(alpaca, server) as feed:
        got = collect(feed, market, 199)
    assert len(got) == 199
    assert market.prints[6].ts not in [ts for _, ts, _, _ in got]


def test_the_tape_is_another_for_another_provider_variant_or_symbol():
    with FakeAlpaca(Market(1, 10)) as server:
        tapes = set()
        for symbols, variant in ((("SPY",), "iex"), (("SPY",), "sip"), (("QQQ",), "iex")):
            data = DataConfig(source="alpaca", variant=variant, rest_url=server.rest_url)
            feed = open_feed(Config(symbols=symbols, data=data))
            tapes.add(feed.tape)
            feed.close()
    assert len(tapes) == 3


def test_a_feed_is_entered_once():
    market = Market(1, 30)
    with FakeAlpaca(market) as server, opened(alpaca, server) as feed:
        updates = feed.updates(after=41)
        first = next(update for update in updates if isinstance(update, MarketUpdate))
        assert first.index == 42
        with pytest.raises(ValueError, match="once"):
            feed.updates()


def test_a_record_that_may_not_be_read_leaves_the_stream_and_says_so():
    market = Market(1, 200)

    class NoRecord(FakeAlpaca):
        def route(self, method, path, query, headers):
            return answer({"message": "subscription does not permit"}, 403)

    with NoRecord(market) as server, opened(alpaca, server) as feed:
        got = collect(feed, market)
        assert len(got) == 200
        assert "may not have" in feed.connection
        with pytest.raises(TradingFloorError, match="may not have"):
            feed.history("SPY")


def test_the_key_is_not_sent_to_where_a_next_page_points_elsewhere():
    codec, fake = PROVIDERS["massive"]
    with fake(Market(1, 10)) as server, fake(Market(1, 10)) as other, opened(codec, server) as feed:
        server.answers = [answer({"results": [], "next_url": f"{other.rest_url}/v2/aggs"})]
        with pytest.raises(BadData, match="the next page lies elsewhere"):
            feed.history("SPY")
        assert other.requests == []
