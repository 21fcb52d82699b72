"""A paper-trading engine built of supervised actors over a durable journal.

    from tradingfloor import TradingFloor

    with TradingFloor(config) as floor:
        floor.start()
        floor.wait()

Everything is loaded on first use, so that importing a leaf module brings no other room along.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradingfloor.actors.config import Config

    from .floor import TradingFloor
    from .version import VERSION as __version__  # noqa: N811  the name that packages have

_PLACES = {
    "Config": ("tradingfloor.actors.config", "Config"),
    "TradingFloor": ("tradingfloor.floor", "TradingFloor"),
    "__version__": ("tradingfloor.version", "VERSION"),
}

__all__ = ["Config", "TradingFloor", "__version__"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module 'tradingfloor' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  the point of a lazy module

    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)
