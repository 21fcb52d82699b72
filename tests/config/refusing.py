"""How every refusal of a config looks."""

import pytest

from tradingfloor.actors.config_sources import resolve
from tradingfloor.actors.errors import BadConfig


def refusal(*args, **kwargs):
    with pytest.raises(BadConfig) as caught:
        resolve(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 4
    return message
