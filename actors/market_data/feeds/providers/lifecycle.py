"""The life of one connection to a provider: its states and what leads from one to the next.

Decides which happening is possible in which state. Knows no socket, no clock and no message. Input:
happenings; output: the state, and how often each happened.
"""

from collections import Counter
from collections.abc import Mapping
from enum import Enum


class Link(str, Enum):
    """The state of one connection."""

    IDLE = "IDLE"
    CONNECTING = "CONNECTING"
    """The address is asked for and the socket is opened."""
    AUTHENTICATING = "AUTHENTICATING"
    SUBSCRIBING = "SUBSCRIBING"
    BACKFILLING = "BACKFILLING"
    """Trades come in; those of the gap before are being fetched."""
    SUBSCRIBED = "SUBSCRIBED"
    """Trades come in and nothing is missing."""
    STALE = "STALE"
    """Silent for longer than the limit while the market is open; given up."""
    BACKING_OFF = "BACKING_OFF"
    """Waiting before the next attempt."""
    POLLING = "POLLING"
    """The provider does not stream: its record is asked for again and again."""
    REFUSED = "REFUSED"
    """The provider refuses these credentials; nothing more is tried."""
    CLOSED = "CLOSED"


class Happening(str, Enum):
    """What can happen to a connection."""

    START = "START"
    OPENED = "OPENED"
    AUTHORISED = "AUTHORISED"
    SUBSCRIBED = "SUBSCRIBED"
    FILLED = "FILLED"
    SILENT = "SILENT"
    CUT = "CUT"
    """Closed, reset, timed out, or no longer to be trusted after a corrupt frame."""
    WAITED = "WAITED"
    NO_STREAM = "NO_STREAM"
    REFUSED = "REFUSED"
    CLOSE = "CLOSE"


_OPEN = (Link.CONNECTING, Link.AUTHENTICATING, Link.SUBSCRIBING, Link.BACKFILLING, Link.SUBSCRIBED)

TRANSITIONS: Mapping[tuple[Link, Happening], Link] = {
    (Link.IDLE, Happening.START): Link.CONNECTING,
    (Link.CONNECTING, Happening.OPENED): Link.AUTHENTICATING,
    (Link.AUTHENTICATING, Happening.AUTHORISED): Link.SUBSCRIBING,
    (Link.SUBSCRIBING, Happening.SUBSCRIBED): Link.BACKFILLING,
    (Link.BACKFILLING, Happening.FILLED): Link.SUBSCRIBED,
    (Link.STALE, Happening.CUT): Link.BACKING_OFF,
    (Link.BACKING_OFF, Happening.WAITED): Link.CONNECTING,
    **{(state, Happening.SILENT): Link.STALE for state in _OPEN},
    **{(state, Happening.CUT): Link.BACKING_OFF for state in _OPEN},
    **{(state, Happening.NO_STREAM): Link.POLLING for state in _OPEN},
    **{(state, Happening.REFUSED): Link.REFUSED for state in (*_OPEN, Link.POLLING)},
    **{(state, Happening.CLOSE): Link.CLOSED for state in Link},
}
"""(state, happening) -> state; what is not listed is an error of this program."""


class Life:
    """One connection's state, and what happened to it."""

    def __init__(self) -> None:
        self.state = Link.IDLE
        self.counts: Counter[Happening] = Counter()

    def happened(self, what: Happening) -> Link:
        """Go on to the next state. Raises ValueError where the table has none."""
        following = TRANSITIONS.get((self.state, what))
        if following is None:
            raise ValueError(f"{what.value} cannot happen while {self.state.value}")
        self.counts[what] += 1
        self.state = following
        return following
