"""Alpaca as a provider: where it is, who calls, how often it may be asked.

Decides addresses, plans and credentials. Knows no message: see ``alpaca_stream``, ``alpaca_record``. Input:
a setting or a config, and the environment; output: a ``Provider``, or a feed of it.
"""

from typing import Final

from ....config import Config
from .alpaca_record import AlpacaRecord
from .alpaca_stream import KEY, SECRET, AlpacaStream
from .feed import ProviderFeed
from .limits import TokenBucket
from .provider import Setting, credential, require_libraries, setting_of, variant_of
from .rest import Rest

NAME: Final = "alpaca"
VARIANTS = ("iex", "sip")
STREAM, REST = "wss://stream.data.alpaca.markets", "https://data.alpaca.markets"


class Alpaca(AlpacaStream, AlpacaRecord):
    """The codec; see ``Provider``."""

    name = NAME
    slot = 0

    def __init__(self, setting: Setting, variant: str, key: str, secret: str, rest: Rest) -> None:
        url = f"{setting.stream_url or STREAM}/v2/{variant}"
        AlpacaStream.__init__(self, url, setting.symbols, key, secret)
        AlpacaRecord.__init__(self, rest, variant)


def make(setting: Setting) -> Alpaca:
    """The codec with its credentials. Raises BadConfig without them, or on another variant."""
    require_libraries(NAME)
    variant = variant_of(NAME, setting, VARIANTS)
    key, secret = credential(NAME, KEY), credential(NAME, SECRET)
    # 200 requests a minute on the free plan.
    headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
    rest = Rest(NAME, setting.rest_url or REST, headers, TokenBucket(200 / 60, 20))
    return Alpaca(setting, variant, key, secret, rest)


def open_feed(config: Config) -> ProviderFeed:
    """The live feed. Raises BadConfig without libraries or credentials."""
    return ProviderFeed(config, lambda: make(setting_of(config)))
