"""When a paced tape moves on."""

import time
from types import SimpleNamespace

import pytest

from tradingfloor.actors.types import NANOS
from tradingfloor.pace import Pace
from tradingfloor.player import Player


class Still(Player):
    """Plays nothing."""

    def offer(self, actor, envelope):
        raise AssertionError

    def _play(self):
        raise AssertionError


@pytest.fixture
def player():
    pace = Pace(1.0)
    pace.rebase(NANOS, time.monotonic())
    return Still(None, None, pace, None, now=0)


def test_an_update_is_not_played_before_its_instant_however_early_the_sleep_ended(player):
    waited = []
    player.bell = SimpleNamespace(wait=waited.append)
    ts = NANOS + NANOS // 200
    assert player._paced(ts)
    assert player._pace.wait(ts, time.monotonic()) == 0
    assert 0 < waited[0] < 0.005


def test_the_bell_ends_the_wait_for_an_update(player):
    player.bell.set()
    assert not player._paced(31 * NANOS)


def test_what_is_due_already_is_played_whatever_the_bell_says(player):
    player.bell.set()
    assert player._paced(NANOS)
