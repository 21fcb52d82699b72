"""The way of a command when the engine ends meanwhile."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import NotRunning
from tradingfloor.commands import Commands


@pytest.fixture
def here(tmp_path):
    """Commands of an engine whose journal answers when it is told to, and what was handed on."""
    looked, played = Future(), []
    journal = SimpleNamespace(call=lambda _work: looked, listen=lambda _deliver: None)
    commands = Commands(tmp_path / "a.db", now=lambda: 5, rouse=lambda: None)
    commands.listen_to(journal)
    commands.begin(played.append, lambda _actor: False)
    return SimpleNamespace(commands=commands, looked=looked, played=played)


@pytest.mark.parametrize(
    "command",
    [m.StartTrading(request_id="r"), m.CancelOrder(request_id="r", order_id="00" * 16, symbol="SPX")],
)
def test_a_command_that_comes_while_the_engine_ends_is_not_left_waiting(here, command, monkeypatch):
    for place in (here.commands._waiting, here.commands._about_orders._open):
        admit = place.admit

        def late(command, admit=admit):
            here.commands.end("the disk is full")
            return admit(command)

        monkeypatch.setattr(place, "admit", late)
    with pytest.raises(NotRunning, match="the disk is full"):
        here.commands.submit(command).result(0)


def test_a_command_whose_caller_was_told_that_the_engine_ended_is_not_carried_out(here):
    answer = here.commands.submit(m.StartTrading(request_id="r"))
    here.commands.fail("the engine stopped")
    here.looked.set_result(None)
    assert here.played == []
    with pytest.raises(NotRunning):
        answer.result(0)
