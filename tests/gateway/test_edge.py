import asyncio
import threading
from concurrent.futures import CancelledError, Future

import pytest

from tradingfloor.gateway.edge import Edge, EdgeEnded


def test_two_engines_share_one_loop_and_the_last_one_out_ends_it():
    first, second = Edge.acquire(), Edge.acquire()
    assert first is second
    first.release()
    assert second.run(asyncio.sleep(0, "alive"), 5) == "alive"
    second.release()
    assert not first.thread.is_alive()
    assert first.loop.is_closed()


def test_the_edge_starts_again_after_it_ended():
    for _ in range(3):
        edge = Edge.acquire()
        assert edge.run(asyncio.sleep(0, 7), 5) == 7
        edge.release()


def test_results_and_errors_come_back_to_the_caller(edge):
    async def fails():
        raise KeyError("x")

    with pytest.raises(KeyError):
        edge.run(fails(), 5)


def test_work_that_takes_too_long_is_cancelled(edge):
    ended = threading.Event()

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        edge.run(endless(), 0.01)
    assert ended.wait(5)


def test_waiting_for_itself_is_refused(edge):
    async def inner():
        edge.run(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="wait for itself"):
        edge.run(inner(), 5)


def test_a_waiter_does_not_hang_when_the_edge_ends_under_it():
    edge = Edge.acquire()
    waiting = threading.Event()

    async def endless():
        waiting.set()
        await asyncio.Event().wait()

    future = edge.submit(endless())
    assert waiting.wait(5)
    edge.release()
    with pytest.raises(CancelledError):
        future.result(5)


def test_work_handed_over_after_the_last_turn_is_cancelled_not_forgotten(monkeypatch):
    edge = Edge.acquire()
    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "run_coroutine_threadsafe", lambda _work, _loop: Future())
        future = edge.submit(asyncio.sleep(0))
    edge.release()
    with pytest.raises(CancelledError):
        future.result(5)


def test_an_ended_edge_refuses_work_and_ignores_callbacks():
    edge = Edge.acquire()
    edge.release()
    with pytest.raises(EdgeEnded):
        edge.run(asyncio.sleep(0))
    with pytest.raises(EdgeEnded):
        edge.release()
    edge.post(lambda: pytest.fail("ran after the end"))
