"""The gates of plug-ins, started.

Decides which of them stand behind the built-in set and that none takes a name of it. Knows no order and no
account. Input: a config; output: gates that answer.
"""

from tradingfloor.actors import config_plugins
from tradingfloor.actors.config import Config
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.risk import plugin_gate
from tradingfloor.actors.risk.gates import UNITS


def start_gates(config: Config) -> tuple[plugin_gate.PluginGate, ...]:
    """The gates that the config names.

    Raises BadConfig when one refuses its settings or takes the name of a built-in gate.
    """
    found = config_plugins.gates(config.gates)
    for name in found:
        if name in UNITS:
            raise BadConfig(f"gates: {name} is the name of a built-in gate")
    return tuple(
        plugin_gate.start(name, plugin, config.plugins.get(name, {})) for name, plugin in found.items()
    )
