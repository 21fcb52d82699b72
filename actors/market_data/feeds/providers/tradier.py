"""Tradier as a provider: where it is, who calls, how often it may be asked.

Decides addresses and credentials. Knows no message: see ``tradier_stream`` and ``tradier_record``. Input: a
setting or a config, and the environment; output: a ``Provider``, or a feed of it.
"""

from typing import Final

from ....config import Config
from ....types import NANOS
from .feed import ProviderFeed
from .limits import TokenBucket
from .provider import Setting, credential, require_libraries, setting_of, variant_of
from .rest import Rest
from .tradier_record import TradierRecord
from .tradier_stream import TradierStream

NAME: Final = "tradier"
KEY: Final = "TRADIER_ACCESS_TOKEN"
STREAM, REST = "wss://ws.tradier.com", "https://api.tradier.com"


class Tradier(TradierStream, TradierRecord):
    """The codec; see ``Provider``."""

    name = NAME
    slot = NANOS
    variant = ""

    def __init__(self, setting: Setting, rest: Rest) -> None:
        url = f"{setting.stream_url or STREAM}/v1/markets/events"
        TradierStream.__init__(self, url, setting.symbols, rest)
        TradierRecord.__init__(self, rest)


def make(setting: Setting) -> Tradier:
    """The codec with its credentials. Raises BadConfig without them."""
    require_libraries(NAME)
    variant_of(NAME, setting, ())
    headers = {"Authorization": f"Bearer {credential(NAME, KEY)}", "Accept": "application/json"}
    # 120 market data requests a minute.
    return Tradier(setting, Rest(NAME, setting.rest_url or REST, headers, TokenBucket(2, 20)))


def open_feed(config: Config) -> ProviderFeed:
    """The live feed. Raises BadConfig without libraries or credentials."""
    return ProviderFeed(config, lambda: make(setting_of(config)))
