"""Gates of other packages: what one has to be, and how its word is taken.

Decides that a gate of a plug-in can only add a refusal, never lift one, and that one which fails or talks
nonsense refuses, as any gate that cannot be evaluated. Knows no package. Input: started gates and a
``Situation``; output: verdicts. ``docs/plugins.md`` tells how one is written.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from ..errors import BadConfig
from .situation import Situation
from .verdict import Verdict, unknown

__all__ = ["GatePlugin", "PluginGate", "Situation", "Verdict", "ask", "start"]

LONGEST: int = 200
"""Characters of a value, a limit or a distance that are kept."""

Judge = Callable[[Situation], Verdict]


class GatePlugin(Protocol):
    """What an entry point of ``tradingfloor.gates`` leads to."""

    name: str
    """The name of the entry point."""

    def start(self, settings: Mapping[str, Any]) -> Judge:
        """The gate, from the table ``[plugins.NAME]``; a ValueError refuses the settings.

        Pure: of the same situation it always says the same. It is asked at every decision, within its time.
        """
        ...


class PluginGate(NamedTuple):
    """A gate of a plug-in, started."""

    name: str
    judge: Judge


def start(name: str, plugin: GatePlugin, settings: Mapping[str, Any]) -> PluginGate:
    """Start one; raises BadConfig when it refuses its settings or is no gate."""
    try:
        judge = plugin.start(dict(settings))
    except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadConfig(f"plugins.{name}: the gate does not start ({words})") from None
    if not callable(judge):
        raise BadConfig(f"plugins.{name}: start gave no gate that can be asked")
    return PluginGate(name, judge)


def ask(gate: PluginGate, situation: Situation) -> Verdict:
    """Its verdict; of one that fails, or says what is no verdict, that it is unknown."""
    try:
        said: object = gate.judge(situation)
    except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
        return unknown(f"failed: {type(error).__name__}")
    if not isinstance(said, Verdict) or not isinstance(said.passed, bool):
        return unknown("failed: no verdict")
    words = (said.value, said.limit, said.distance)
    if not all(isinstance(word, str) and len(word) <= LONGEST for word in words):
        return unknown("failed: no verdict")
    return said
