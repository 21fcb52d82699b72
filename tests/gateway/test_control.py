import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from tradingfloor.actors.errors import BadCommand, JournalFailed, NotRunning, Refused, TradingFloorError
from tradingfloor.actors.messages import KillTrading, RearmTrading, StopTrading
from tradingfloor.actors.types import KillPolicy, Refusal, TradingState
from tradingfloor.gateway.client import ControlClient
from tradingfloor.gateway.services.control import CommandLimits
from tradingfloor.gateway.services.failures import read_failure
from tradingfloor.v1 import control_service_pb2 as pb
from tradingfloor.v1.control_service_pb2_grpc import ControlServiceStub


@pytest.fixture
def stub(server):
    with grpc.insecure_channel(server.address.target) as channel:
        yield ControlServiceStub(channel)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(20) as pool:
        yield pool


def refused(call):
    with pytest.raises(grpc.RpcError) as error:
        call()
    return read_failure(error.value)


def test_every_command_reaches_the_engine_with_its_options_and_comes_back(client, engine):
    assert client.start("open").state is TradingState.RUNNING
    assert client.pause().state is TradingState.PAUSED
    assert client.resume().state is TradingState.RUNNING
    assert client.stop("lunch", flatten=True).state is TradingState.STOPPED
    killed = client.kill("panic", policy=KillPolicy.KEEP)
    assert (killed.state, killed.sequence) == (TradingState.KILLED, 5)
    assert client.status().kill_id == killed.kill_id
    assert client.rearm(killed.kill_id, "checked").state is TradingState.STOPPED
    names = [type(command).__name__ for command in engine.commands]
    expected = ["Start", "Pause", "Resume", "Stop", "Kill", "Rearm"]
    assert names == [f"{name}Trading" for name in expected]
    assert {command.by for command in engine.commands} == {"tester"}
    assert len({command.request_id for command in engine.commands}) == 6
    stop, kill, rearm = engine.commands[3:]
    assert isinstance(stop, StopTrading)
    assert (stop.flatten, stop.reason) == (True, "lunch")
    assert isinstance(kill, KillTrading)
    assert kill.policy is KillPolicy.KEEP
    assert isinstance(rearm, RearmTrading)
    assert (rearm.kill_id, rearm.reason) == (killed.kill_id, "checked")


def test_requests_and_revisions_reach_the_engine_with_their_fields(client, engine):
    engine.failing = BadCommand(Refusal.NO_POSITION, "nothing is open")
    for ask in (
        lambda: client.flatten("eod"),
        lambda: client.reduce("SPX", 250_000, "less"),
        lambda: client.cancel_all("SPX", "tidy", entries_only=True),
        lambda: client.cancel_order("ab" * 16, "gone", symbol="SPX"),
        lambda: client.replace_order("cd" * 16, "nearer", quantity=3, price=5, limit=-6),
        lambda: client.revise_config([("risk.max_daily_trades", "1"), ("enabled", "false")], "calm"),
    ):
        with pytest.raises(BadCommand) as told:
            ask()
        assert told.value.reason is Refusal.NO_POSITION
    flatten, reduce, cancel, one, replace, revise = engine.commands
    assert (type(flatten).__name__, flatten.reason) == ("FlattenPositions", "eod")
    assert (reduce.symbol, reduce.part, reduce.reason) == ("SPX", 250_000, "less")
    assert (cancel.symbol, cancel.entries_only) == ("SPX", True)
    assert (type(one).__name__, one.order_id, one.symbol, one.reason) == (
        *("CancelOrder", "ab" * 16),
        *("SPX", "gone"),
    )
    assert (type(replace).__name__, replace.order_id, replace.symbol) == ("ReplaceOrder", "cd" * 16, "")
    assert (replace.quantity, replace.price, replace.limit) == (3, 5, -6)
    assert revise.changes == (("risk.max_daily_trades", "1"), ("enabled", "false"))
    assert {command.by for command in engine.commands} == {"tester"}


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Reduce", pb.ReduceRequest(symbol="S" * 33, part=1)),
        ("CancelAll", pb.CancelAllRequest(symbol="S" * 33)),
        ("CancelOrder", pb.CancelOrderRequest(order_id="0" * 65)),
        ("ReplaceOrder", pb.ReplaceOrderRequest(order_id="0" * 32, symbol="S" * 33)),
        ("ReviseConfig", pb.ReviseConfigRequest(changes=[{"path": "p" * 2_001}])),
        ("ReviseConfig", pb.ReviseConfigRequest(changes=[{"path": "enabled", "value": "true"}] * 51)),
    ],
)
def test_a_field_of_a_request_that_is_too_long_never_reaches_the_engine(stub, engine, method, request_):
    failure = refused(lambda: getattr(stub, method)(request_))
    assert failure.reason == "BAD_FIELD"
    assert engine.commands == []


def test_the_status_is_the_engines_snapshot_field_by_field(client, engine):
    assert client.status() == engine.status()


def test_kill_is_answered_only_after_the_engine_has_it_durable(client, engine, pool):
    engine.hold.clear()
    answer = pool.submit(client.kill)
    assert engine.received.acquire(timeout=5)
    assert client.status().state is TradingState.STOPPED
    assert not answer.done()
    engine.hold.set()
    assert answer.result(5).state is TradingState.KILLED


def test_a_kill_goes_on_when_its_caller_hangs_up(stub, engine):
    engine.hold.clear()
    call = stub.Kill.future(pb.KillRequest(options=pb.CommandOptions(request_id="k")))
    assert engine.received.acquire(timeout=5)
    assert call.cancel()
    engine.hold.set()
    repeated = stub.Kill(pb.KillRequest(options=pb.CommandOptions(request_id="k")), timeout=5)
    assert repeated.result.sequence == 1
    assert engine.executed == 1


def test_a_kill_goes_on_when_its_deadline_passes(stub, engine):
    engine.hold.clear()
    failure = refused(lambda: stub.Kill(pb.KillRequest(), timeout=0.5))
    assert failure.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert engine.received.acquire(timeout=5)
    killed = threading.Event()
    engine.add_commit_listener(lambda _: killed.set())
    engine.hold.set()
    assert killed.wait(5)
    assert engine.status().state is TradingState.KILLED


def test_kills_cancelled_after_a_millisecond_execute_whole_or_were_never_seen(stub, engine):
    for number in range(30):
        request = pb.KillRequest(options=pb.CommandOptions(request_id=str(number)))
        with suppress(grpc.RpcError):
            stub.Kill(request, timeout=0.001)
    assert stub.Kill(pb.KillRequest(options=pb.CommandOptions(request_id="last")), timeout=5)
    for _, answer in engine._answers.values():
        assert answer.result(5).state is TradingState.KILLED
    assert engine.executed == len(engine._answers)


def test_status_answers_while_commands_hang(client, engine, pool):
    engine.hold.clear()
    hanging = [pool.submit(client.pause) for _ in range(10)]
    for _ in hanging:
        assert engine.received.acquire(timeout=5)
    assert client.status(timeout=2).state is TradingState.STOPPED
    engine.hold.set()
    for answer in hanging:
        assert isinstance(answer.exception(5), BadCommand)


def test_a_kill_does_not_queue_behind_hanging_commands(client, engine, pool):
    engine._workers.submit = slow_unless_kill(engine._workers.submit, engine)
    hanging = [pool.submit(client.start) for _ in range(5)]
    for _ in hanging:
        assert engine.received.acquire(timeout=5)
    assert client.kill(timeout=5).state is TradingState.KILLED
    assert not any(answer.done() for answer in hanging)
    engine.hold.set()


def slow_unless_kill(submit, engine):
    """Other commands wait for ``hold``, a Kill does not."""
    engine.hold.clear()

    def execute(work, command, future):
        if isinstance(command, KillTrading):
            return submit(lambda: future.set_result(engine._apply(command)))
        return submit(work, command, future)

    return execute


def test_ten_parallel_copies_of_one_request_execute_once_and_answer_alike(client, engine, pool):
    answers = list(pool.map(lambda _: client.start(request_id="same"), range(10)))
    assert engine.executed == 1
    assert len(engine.commands) == 10
    assert len(set(map(repr, answers))) == 1


def test_a_request_id_used_for_another_command_is_refused(stub):
    options = pb.CommandOptions(request_id="same")
    stub.Start(pb.StartRequest(options=options), timeout=5)
    failure = refused(lambda: stub.Pause(pb.PauseRequest(options=options), timeout=5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def test_a_command_that_the_state_forbids_names_state_and_refusal(stub, client):
    failure = refused(lambda: stub.Resume(pb.ResumeRequest(), timeout=5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ENGINE_STATE")
    assert failure.metadata == {"refusal": "STATE", "state": "STOPPED"}
    with pytest.raises(BadCommand, match="not from STOPPED") as error:
        client.resume()
    assert error.value.reason is Refusal.STATE


def test_a_wrong_kill_id_is_refused_as_latched(client, engine):
    client.kill()
    with pytest.raises(BadCommand) as error:
        client.rearm("00", "try")
    assert error.value.reason is Refusal.KILLED


def test_errors_are_google_rpc_statuses_with_error_info(stub):
    with pytest.raises(grpc.RpcError) as error:
        stub.Resume(pb.ResumeRequest(), timeout=5)
    raw = dict(error.value.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(raw)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert status.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]
    assert (status.message, info.domain) == (error.value.details(), "tradingfloor")


@pytest.mark.parametrize(
    "options",
    [
        {"request_id": "x" * 37},
        {"request_id": "ü"},
        {"request_id": "a\nb"},
        {"reason": "x" * 201},
        {"by": "x" * 65},
    ],
)
def test_options_out_of_their_limits_never_reach_the_engine(stub, client, engine, options):
    request = pb.KillRequest(options=pb.CommandOptions(**options))
    failure = refused(lambda: stub.Kill(request, timeout=5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "BAD_FIELD")
    assert not engine.commands
    with pytest.raises(Refused, match="at most 200"):
        client.stop("x" * 201)


def test_an_unknown_kill_policy_is_refused(stub, engine):
    failure = refused(lambda: stub.Kill(pb.KillRequest(policy=9), timeout=5))
    assert failure.reason == "BAD_FIELD"
    assert not engine.commands


def test_a_kill_without_a_policy_means_the_configured_one(serve, engine):
    server = serve(kill_policy=KillPolicy.KEEP)
    with ControlClient(server.address) as client:
        client.kill()
        client.kill(policy=KillPolicy.FLATTEN)
    assert [command.policy for command in engine.commands] == [KillPolicy.KEEP, KillPolicy.FLATTEN]


def test_the_request_id_is_told_in_the_trailing_metadata(stub, engine):
    _, given = stub.Start.with_call(pb.StartRequest(options=pb.CommandOptions(request_id="mine")), timeout=5)
    assert dict(given.trailing_metadata())["x-request-id"] == "mine"
    _, made_up = stub.Stop.with_call(pb.StopRequest(), timeout=5)
    assert dict(made_up.trailing_metadata())["x-request-id"] == engine.commands[-1].request_id
    assert engine.commands[-1].by == "grpc"
    with pytest.raises(grpc.RpcError) as error:
        stub.Resume(pb.ResumeRequest(options=pb.CommandOptions(request_id="no")), timeout=5)
    assert dict(error.value.trailing_metadata())["x-request-id"] == "no"


@pytest.mark.parametrize(("command", "reason"), [("Kill", "KILL_NOT_DURABLE"), ("Stop", "NOT_DURABLE")])
def test_a_command_that_could_not_be_made_durable_says_so(stub, client, engine, command, reason):
    engine.failing = JournalFailed("disk full at /secret/path")
    request = getattr(pb, f"{command}Request")()
    failure = refused(lambda: getattr(stub, command)(request, timeout=5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, reason)
    assert "/secret" not in failure.text
    with pytest.raises(JournalFailed):
        getattr(client, command.lower())()


def test_a_bug_leaves_a_log_id_and_no_text_of_its_own(stub, client, engine, caplog):
    engine.failing = ZeroDivisionError("at line 7 of /secret/path")
    failure = refused(lambda: stub.Start(pb.StartRequest(), timeout=5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "secret" not in failure.text
    assert failure.metadata["log_id"] in caplog.text
    with pytest.raises(TradingFloorError, match=r"internal error, logged as \w+"):
        client.start()


@pytest.mark.parametrize("command", ["Kill", "Start"])
def test_a_command_that_takes_too_long_is_told_as_pending_and_goes_on(serve, engine, command):
    server = serve(commands=CommandLimits(command=0.1, kill=0.1))
    engine.hold.clear()
    request = getattr(pb, f"{command}Request")(options=pb.CommandOptions(request_id="slow"))
    with ControlClient(server.address) as client, grpc.insecure_channel(server.address.target) as channel:
        failure = refused(lambda: getattr(ControlServiceStub(channel), command)(request, timeout=5))
        assert (failure.code, failure.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "COMMAND_PENDING")
        with pytest.raises(TimeoutError, match="goes on"):
            getattr(client, command.lower())(request_id="slow")
    engine.hold.set()
    assert engine._answers["slow"][1].result(5).state is not TradingState.STOPPED
    assert engine.executed == 1


def test_a_command_whose_engine_ends_is_told_as_shutting_down(stub, client, engine):
    engine.failing = NotRunning("still booting")
    failure = refused(lambda: stub.Start(pb.StartRequest(), timeout=5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "ENGINE_NOT_RUNNING")
    with pytest.raises(NotRunning, match="still booting"):
        client.start()
    engine.hold.clear()
    call = stub.Stop.future(pb.StopRequest(options=pb.CommandOptions(request_id="gone")))
    while "gone" not in engine._answers:
        assert engine.received.acquire(timeout=5)
    engine._answers["gone"][1].cancel()
    failure = refused(lambda: call.result(5))
    assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_SHUTTING_DOWN")
