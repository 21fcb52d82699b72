"""Requests: again when it makes sense, slowly when asked to, never when it is pointless."""

import asyncio
import ssl

import msgspec
import pytest
from fake_alpaca import FakeAlpaca
from fake_server import OPEN, Answer, Market, answer
from live_feeds import HastyClock

from tradingfloor.actors.errors import BadConfig, BadData
from tradingfloor.actors.market_data.feeds.providers.limits import TokenBucket
from tradingfloor.actors.market_data.feeds.providers.rest import ATTEMPTS, Rest
from tradingfloor.actors.market_data.feeds.providers.vocabulary import ConnectionLost, NotEntitled
from tradingfloor.actors.types import NANOS


class Found(msgspec.Struct):
    value: int


class Plain(FakeAlpaca):
    """Whatever is asked, one answer; nobody streams from it."""

    def route(self, method, path, query, headers):
        return answer({"value": 7})


@pytest.fixture
def server():
    with Plain(Market(0, 1)) as running:
        yield running


def ask(server, *answers, rate=1e6, burst=1000, times=1):
    """(what came or was raised, how long was waited each time, requests made)."""
    server.answers = list(answers)
    clock = HastyClock()

    async def work():
        rest = Rest("p", server.rest_url, {}, TokenBucket(rate, burst), clock=clock, draw=lambda: 1.0)
        try:
            for _ in range(times):
                found = await rest.get("/x", Found, {"a": 1})
        except Exception as error:  # noqa: BLE001  looked at by the test
            return error
        finally:
            await rest.close()
        return found

    return asyncio.run(work()), clock.slept, len(server.requests)


def test_an_answer_is_decoded(server):
    assert ask(server) == (Found(7), [], 1)
    assert server.requests == ["/x?a=1"]


def test_a_server_that_fails_is_asked_again_with_growing_delays(server):
    bad = [answer({}, 500), Answer(200, b"{", {}), answer({"value": "x"}), answer({}, 503)]
    assert ask(server, *bad) == (Found(7), [0.25, 0.5, 1.0, 2.0], 5)


def test_retry_after_is_waited_for(server):
    found, slept, requests = ask(server, answer({}, 429, Retry_After="20"))
    assert (found, requests) == (Found(7), 2)
    assert sum(slept) == pytest.approx(20.0)


def test_a_reset_time_is_waited_for(server):
    reset = str(OPEN // NANOS + 12)
    found, slept, _ = ask(server, answer({}, 429, X_RateLimit_Reset=reset))
    assert found == Found(7)
    assert sum(slept) == pytest.approx(12.0)


def test_an_absurd_wait_is_not_believed(server):
    _, slept, _ = ask(server, answer({}, 429, Retry_After="999999999"))
    assert sum(slept) <= 301


def test_requests_are_spread_over_time(server):
    _, slept, requests = ask(server, rate=2.0, burst=3, times=9)
    assert requests == 9
    assert sum(slept) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(401, BadConfig, 4), (402, NotEntitled, 4), (403, NotEntitled, 4), (404, BadData, 4)],
)
def test_what_is_refused_is_not_asked_again(server, status, kind, code):
    error, slept, requests = ask(server, answer({}, status))
    assert (type(error) is not ConnectionLost, slept, requests) == (True, [], 1)
    assert isinstance(error, kind)
    assert error.exit_code == code
    assert "\n" not in str(error)


def test_a_server_that_never_answers_is_given_up(server):
    error, _, requests = ask(server, *[answer({}, 500)] * ATTEMPTS)
    assert isinstance(error, ConnectionLost)
    assert requests == ATTEMPTS
    assert "status 500" in str(error)


def test_certificates_are_checked_wherever_there_are_any():
    async def mode(base):
        rest = Rest("p", base, {}, TokenBucket(1, 1))
        await rest.close()
        return rest._client._transport._pool._ssl_context.verify_mode

    assert asyncio.run(mode("https://provider.example")) is ssl.CERT_REQUIRED
