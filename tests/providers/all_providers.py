"""The three providers, each with its codec and its fake."""

from fake_alpaca import FakeAlpaca
from fake_massive import FakeMassive
from fake_tradier import FakeTradier

from tradingfloor.actors.market_data.feeds.providers import alpaca, massive, tradier

PROVIDERS = {
    "alpaca": (alpaca, FakeAlpaca),
    "massive": (massive, FakeMassive),
    "tradier": (tradier, FakeTradier),
}
