"""Massive (formerly Polygon.io) as a provider: where it is, who calls, how often it may be asked.

Decides addresses, plans and credentials. Knows no message: see ``massive_stream`` and ``massive_record``.
Input: a setting or a config, and the environment; output: a ``Provider``, or a feed of it.
"""

from typing import Final

from ....config import Config
from .feed import ProviderFeed
from .limits import TokenBucket
from .massive_record import MassiveRecord
from .massive_stream import KEYS, MassiveStream
from .provider import Setting, credential, require_libraries, setting_of, variant_of
from .rest import Rest

NAME: Final = "massive"
BASIC = "basic"
"""A plan with five requests a minute and no stream; for downloads."""
VARIANTS = ("realtime", BASIC)
STREAM, REST = "wss://socket.massive.com", "https://api.massive.com"


class Massive(MassiveStream, MassiveRecord):
    """The codec; see ``Provider``."""

    name = NAME
    slot = 0

    def __init__(self, setting: Setting, variant: str, key: str, rest: Rest) -> None:
        url = "" if variant == BASIC else f"{setting.stream_url or STREAM}/stocks"
        MassiveStream.__init__(self, url, setting.symbols, key)
        MassiveRecord.__init__(self, rest, setting.rest_url or REST, variant)


def make(setting: Setting) -> Massive:
    """The codec with its credentials. Raises BadConfig without them, or on another variant."""
    require_libraries(NAME)
    variant = variant_of(NAME, setting, VARIANTS)
    key = credential(NAME, *KEYS)
    bucket = TokenBucket(5 / 60, 5) if variant == BASIC else TokenBucket(5, 20)
    rest = Rest(NAME, setting.rest_url or REST, {"Authorization": f"Bearer {key}"}, bucket)
    return Massive(setting, variant, key, rest)


def open_feed(config: Config) -> ProviderFeed:
    """The live feed. Raises BadConfig without libraries or credentials, or on the plan without a stream."""
    return ProviderFeed(config, lambda: make(setting_of(config)))
