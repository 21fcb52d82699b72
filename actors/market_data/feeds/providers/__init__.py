"""Live feeds of market data providers: one frame, one codec per provider.

Decides by which name a provider is called. Input: a name and how to reach it; output: its codec.
"""

from importlib import import_module
from typing import cast

from ....errors import BadConfig
from .provider import Provider, Setting

CODECS = {"alpaca": "alpaca", "massive": "massive", "polygon": "massive", "tradier": "tradier"}
"""Name -> module; ``polygon`` is what Massive was called before."""


def make(name: str, setting: Setting) -> Provider:
    """The codec of that name, for a running event loop.

    Raises BadConfig for another name, and without libraries or credentials.
    """
    if name not in CODECS:
        raise BadConfig(f"--provider: {name!r} is none of {', '.join(CODECS)}")
    return cast("Provider", import_module(f".{CODECS[name]}", __name__).make(setting))
