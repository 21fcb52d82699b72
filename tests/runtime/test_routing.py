"""The names of signal actors, and who hears of the bars of a symbol."""

import pytest

from tradingfloor.actors.messages import BarsClosed
from tradingfloor.actors.routing import SignalActor, recipients, signal_actor


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        (SignalActor("BRK.B", "15m"), "signals:BRK.B:15m"),
        (SignalActor("SPX", "1d", "three_bar"), "signals:SPX:1d:three_bar"),
    ],
)
def test_the_name_of_a_signal_actor_reads_back(actor, name):
    assert actor.name == name
    assert signal_actor(name) == actor


@pytest.mark.parametrize(
    "name", ["risk", "market_data", "signals", "signals:SPX", "signals:a:b:c:d", "other:SPX:1d"]
)
def test_other_names_are_no_signal_actors(name):
    assert signal_actor(name) is None


def test_bars_go_to_all_signal_actors_of_their_symbol():
    names = (
        "risk",
        "signals:SPX:1d",
        "signals:SPX:1d:three_bar",
        "signals:NDX:1d",
        "signals:NDX:1d:three_bar",
    )
    assert recipients(BarsClosed("SPX", 1, None, ()), names) == ["signals:SPX:1d", "signals:SPX:1d:three_bar"]
