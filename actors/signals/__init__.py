"""The signal room; ``detect`` is its face for other programs.

    from tradingfloor.actors.signals import detect

Loaded on first use, so that who asks for a leaf module need not wait for the compiler.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .detection import Detection
    from .scan import Scanner, detect
    from .scenarios import Look, continuity, looks

_PLACES = {
    "Detection": "detection",
    "Look": "scenarios",
    "Scanner": "scan",
    "continuity": "scenarios",
    "detect": "scan",
    "looks": "scenarios",
}

__all__ = ["Detection", "Look", "Scanner", "continuity", "detect", "looks"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  the point of a lazy module

    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
