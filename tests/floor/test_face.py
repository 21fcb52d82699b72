"""The floor as an embedded program uses it."""

import asyncio
import threading

import pytest

from tradingfloor import TradingFloor
from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import BadCommand, BadConfig, NotRunning, StoreLocked, StoreMismatch
from tradingfloor.actors.types import Refusal, TradingState
from tradingfloor.floor import FROM_OLDEST, new_store

WAIT = 60


def finished(config, store):
    with TradingFloor(config, store=store) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        return floor.status()


def test_a_floor_plays_its_tape_and_says_what_happened(config, tmp_path):
    status = finished(config, tmp_path / "a.db")
    assert status.tape_finished
    assert status.state is TradingState.RUNNING
    assert status.trades > 0
    assert status.fills >= 2 * status.trades
    assert status.equity == status.cash + sum(p.cost + p.unrealised for p in status.positions)
    assert [row.warmth for row in status.actors if row.name == "signals:SPX:1w"] == ["1w 15/15"]


def test_a_finished_store_stays_finished(config, tmp_path):
    first = finished(config, tmp_path / "a.db")
    again = finished(config, tmp_path / "a.db")
    assert (again.trades, again.signals, again.bars) == (first.trades, first.signals, first.bars)
    assert again.last_sequence == first.last_sequence + 1, "only the boot is new"


def test_stopped_it_waits_at_the_cursor_and_started_it_goes_on(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        assert floor.status().state is TradingState.STOPPED
        assert not floor.wait(0.05)
        assert floor.status().tape_index == 0
        result = floor.start("go")
        assert result.state is TradingState.RUNNING
        assert floor.status().last_sequence >= result.sequence
        assert floor.wait(WAIT)


def test_commands_follow_the_state_table(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        with pytest.raises(BadCommand) as refused:
            floor.resume()
        assert refused.value.reason is Refusal.ENGINE_STATE
        floor.start()
        assert floor.pause("lunch").state is TradingState.PAUSED
        assert floor.pause().already_applied
        assert floor.resume().state is TradingState.RUNNING
        assert floor.stop().state is TradingState.STOPPED


def test_a_request_id_is_carried_out_once(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        first = floor.start(request_id="once")
        floor.pause()
        assert floor.start(request_id="once") == first
        assert floor.status().state is TradingState.PAUSED
        with pytest.raises(BadCommand) as refused:
            floor.resume(request_id="once")
        assert refused.value.reason is Refusal.REQUEST_ID_REUSED


def test_the_state_survives_closing(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        floor.start()
        floor.pause()
    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        assert floor.status().state is TradingState.PAUSED


def test_events_from_the_oldest_are_the_whole_journal_in_order(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        floor.begin()
        assert floor.wait(WAIT)
        last = floor.status().last_sequence
        seen = []
        for item in floor.events(after=FROM_OLDEST):
            seen.append(item.sequence)
            if item.sequence == last:
                break
        assert seen == list(range(1, last + 1))


def test_events_can_be_awaited_and_filtered(config, tmp_path):
    async def fills(floor):
        found = []
        async for item in floor.events(("OrderFilled",), after=FROM_OLDEST):
            found.append(item)
            if len(found) == 3:
                return found
        return found

    async def main():
        async with TradingFloor(config, store=tmp_path / "a.db") as floor:
            await asyncio.wrap_future(floor.submit(start_command()))
            return await asyncio.wait_for(fills(floor), WAIT)

    found = asyncio.run(main())
    assert [type(item.event).__name__ for item in found] == ["OrderFilled"] * 3
    assert sorted(item.sequence for item in found) == [item.sequence for item in found]


def start_command():
    from tradingfloor.actors.messages import StartTrading

    return StartTrading(request_id="start")


@pytest.mark.parametrize("command", [m.StartTrading, m.KillTrading])
def test_a_command_whose_caller_has_stopped_waiting_is_carried_out(config, tmp_path, command):
    async def impatient(answer):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(answer), 0)

    with TradingFloor(config, store=tmp_path / "a.db", speed=1.0) as floor:
        answer = floor.submit(command(request_id="mine"))
        asyncio.run(impatient(answer))
        assert answer.result(WAIT) == floor.submit(command(request_id="mine")).result(WAIT)
        assert floor.ended == ""


def test_a_raising_listener_is_dropped_and_counted_and_the_ledger_is_untouched(config, tmp_path):
    heard = threading.Event()

    def broken(_committed):
        heard.set()
        raise RuntimeError("not your problem")

    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        floor.listen(broken)
        counted = []
        floor.listen(counted.extend)
        floor.begin()
        assert floor.wait(WAIT)
        assert heard.wait(5)
        status = floor.status()
    assert status.dropped_listeners == 1
    assert status.trades > 0
    assert counted


def test_a_slow_listener_is_dropped_when_it_falls_behind():
    from tradingfloor.listeners import Listener

    release, dropped = threading.Event(), []
    listener = Listener(lambda _committed: release.wait(10), lambda: dropped.append(1), backlog=3)
    taken = [listener.put(()) for _ in range(6)]
    release.set()
    assert taken[0] is True
    assert taken[-1] is False
    assert dropped == [1]


def test_a_listener_that_is_as_far_behind_as_it_may_be_is_told_the_rest_and_ends_with_the_floor():
    from tradingfloor.listeners import Listener

    busy, release, told = threading.Event(), threading.Event(), []

    def slow(committed):
        busy.set()
        release.wait(10)
        told.append(committed)

    listener = Listener(slow, lambda: None, backlog=2)
    assert listener.put("first")
    assert busy.wait(10)
    assert listener.put("second")
    assert listener.put("third")
    listener.end()
    release.set()
    listener._thread.join(2)
    assert not listener._thread.is_alive()
    assert told == ["first", "second", "third"]


def test_two_floors_in_one_process_do_not_feel_each_other(config, tmp_path):
    alone = finished(config, tmp_path / "alone.db")
    with (
        TradingFloor(config, store=tmp_path / "a.db") as first,
        TradingFloor(config, store=tmp_path / "b.db") as second,
    ):
        first.begin()
        second.begin()
        assert first.wait(WAIT)
        first.kill("only me")
        assert second.wait(WAIT)
        assert second.status().state is TradingState.RUNNING
        assert first.status().state is TradingState.KILLED
        assert (second.status().trades, second.status().equity) == (alone.trades, alone.equity)


def test_a_second_engine_on_the_same_store_is_refused(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db"), pytest.raises(StoreLocked, match="another engine"):
        TradingFloor(config, store=tmp_path / "a.db").open()


def test_another_tape_on_the_same_store_is_refused(config, tmp_path):
    from daily_market import daily_config, write_daily_csv

    finished(config, tmp_path / "a.db")
    other = daily_config(write_daily_csv(tmp_path / "other.csv", sessions=40, seed=99))
    with pytest.raises(StoreMismatch, match="another tape"):
        TradingFloor(other, store=tmp_path / "a.db").open()


def test_a_timeframe_finer_than_the_tape_is_refused_naming_the_possible_ones(config, with_config):
    with pytest.raises(BadConfig, match="1d"):
        TradingFloor(with_config(config, timeframes=("15m",)))


def test_a_mapping_is_a_config(daily_csv):
    floor = TradingFloor(
        {"timeframes": ["1d"], "data": {"source": f"replay:{daily_csv}"}, "risk": {"min_confidence": 3}}
    )
    assert floor.config.risk.min_confidence == 3.0


def test_a_closed_floor_says_that_it_is_not_running(config, tmp_path):
    floor = TradingFloor(config, store=tmp_path / "a.db")
    with floor:
        floor.status()
    with pytest.raises(NotRunning):
        floor.start()
    with pytest.raises(NotRunning):
        floor.events()


def test_free_running_reaches_the_end_and_every_invariant_holds(config, tmp_path):
    from tradingfloor.storage.verify import verify

    with TradingFloor(config, store=tmp_path / "a.db", free_running=True) as floor:
        floor.begin()
        assert floor.wait(WAIT)
        status = floor.status()
    assert status.tape_finished
    assert status.bars >= 260
    assert all(check.ok for check in verify(tmp_path / "a.db").invariants)


def test_shadow_mode_decides_everything_and_orders_nothing(config, with_config, tmp_path):
    status = finished(with_config(config, enabled=False), tmp_path / "a.db")
    assert status.decisions > 0
    assert (status.orders, status.fills) == (0, 0)


def test_two_floors_begun_in_the_same_second_get_two_stores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    first = new_store()
    first.touch()
    second = new_store()
    assert first != second
    assert second.parent == first.parent
