import os
import signal
import socket
import stat
import subprocess
import sys
import threading

import grpc
import pytest
from fake_engine import FakeEngine, FakePages, touched
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tradingfloor.actors.errors import BadConfig, NotRunning
from tradingfloor.actors.types import TradingState
from tradingfloor.gateway import addresses, sockets
from tradingfloor.gateway.addresses import Address, default_address, parse_address
from tradingfloor.gateway.client import ControlClient
from tradingfloor.gateway.edge import Edge
from tradingfloor.gateway.feed import EventFeed
from tradingfloor.gateway.server import GatewayServer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

LISTENER = """
import signal, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print(1, flush=True)
signal.pause()
"""


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.address.target) as channel:
        yield channel


def names(folder):
    return {path.name for path in folder.iterdir()}


def next_status(watch, wanted):
    return any(response.status == wanted for response in watch)


def test_health_says_trading_in_running_only(channel, client):
    stub = health_pb2_grpc.HealthStub(channel)

    def check(service):
        return stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status

    watch = stub.Watch(health_pb2.HealthCheckRequest(service="tradingfloor.trading"), timeout=30)
    assert next_status(watch, NOT_SERVING)
    assert (check(""), check("tradingfloor.v1.ControlService")) == (SERVING, SERVING)
    client.start()
    assert next_status(watch, SERVING)
    client.pause()
    assert next_status(watch, NOT_SERVING)
    client.resume()
    assert next_status(watch, SERVING)
    killed = client.kill()
    assert next_status(watch, NOT_SERVING)
    assert check("tradingfloor.v1.ControlService") == SERVING
    client.rearm(killed.kill_id, "checked")
    client.start()
    assert next_status(watch, SERVING)
    with pytest.raises(grpc.RpcError) as error:
        check("unknown")
    assert error.value.code() is grpc.StatusCode.NOT_FOUND
    watch.cancel()


def test_health_is_right_from_the_start_when_the_engine_already_trades(serve, engine):
    engine._state = TradingState.RUNNING
    with grpc.insecure_channel(serve().address.target) as channel:
        request = health_pb2.HealthCheckRequest(service="tradingfloor.trading")
        watch = health_pb2_grpc.HealthStub(channel).Watch(request, timeout=30)
        assert next_status(watch, SERVING)
        watch.cancel()


def test_reflection_lists_every_service_and_serves_its_descriptors(channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="tradingfloor.v1.EventService"),
    ]
    listed, described = stub.ServerReflectionInfo(iter(requests), timeout=5)
    assert {service.name for service in listed.list_services_response.service} == {
        "tradingfloor.v1.ControlService",
        "tradingfloor.v1.EventService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
    assert described.file_descriptor_response.file_descriptor_proto


@pytest.mark.parametrize("text", ["127.0.0.1:0", "localhost:0", "[::1]:0"])
def test_a_loopback_port_0_becomes_a_real_port(serve, text):
    if text.startswith("[") and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    address = serve(parse_address(text)).address
    assert address.port > 0
    with ControlClient(str(address)) as client:
        assert client.status().state is TradingState.STOPPED


@pytest.mark.parametrize("text", ["0.0.0.0:0", "192.168.1.5:0", "[::]:0", "example.com:0"])
def test_a_public_bind_is_refused(feed, text):
    with pytest.raises(BadConfig, match="needs TLS and tokens"):
        GatewayServer(feed, parse_address(text))


def test_a_taken_port_is_refused_not_shared(serve):
    address = serve(parse_address("127.0.0.1:0")).address
    with pytest.raises(BadConfig, match="cannot be bound"):
        serve(address)
    with ControlClient(address) as client:
        assert client.status()


def test_the_socket_is_for_its_user_alone_and_gone_in_the_end(serve, short_dir):
    before = names(short_dir)
    mask = os.umask(0)
    try:
        server = serve()
    finally:
        os.umask(mask)
    path = server.address.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(short_dir) - before == {path.name}
    server.stop()
    assert names(short_dir) == before


def test_a_live_socket_is_never_taken_over(serve, short_dir):
    serve()
    with pytest.raises(BadConfig, match="already served"):
        serve()
    with ControlClient(Address(path=short_dir / "engine.sock")) as client:
        assert client.status()


def test_a_socket_left_by_a_killed_process_is_replaced(serve, short_dir):
    path = short_dir / "engine.sock"
    with subprocess.Popen([sys.executable, "-c", LISTENER, path], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert path.is_socket()
    with ControlClient(serve().address) as client:
        assert client.status()


def test_a_file_that_is_no_socket_is_left_alone(serve, short_dir):
    path = short_dir / "engine.sock"
    path.write_text("precious")
    with pytest.raises(BadConfig, match="no socket"):
        serve()
    assert path.read_text() == "precious"
    assert names(short_dir) == {"engine.sock"}


def test_a_socket_in_a_missing_directory_is_refused(serve, short_dir):
    with pytest.raises(BadConfig, match="does not exist"):
        serve(Address(path=short_dir / "none" / "engine.sock"))


def test_a_path_too_long_for_a_socket_is_refused(feed, short_dir):
    with pytest.raises(BadConfig, match="103 bytes"):
        GatewayServer(feed, Address(path=short_dir / ("x" * 120)))


@pytest.mark.parametrize("name", ["with space", "100%41", "früh"])
def test_any_directory_name_can_be_served_and_reached(serve, short_dir, name):
    folder = short_dir / name
    folder.mkdir()
    address = serve(default_address(folder / "run.db")).address
    assert address.path == (folder / "run.db.sock").resolve()
    with ControlClient(str(address)) as client:
        assert client.status()


@pytest.fixture
def private(short_dir, monkeypatch):
    """The private directory of sockets, somewhere else than the user's own."""
    folder = short_dir / "private"
    monkeypatch.setattr(addresses, "private_directory", lambda: folder)
    monkeypatch.setattr(sockets, "private_directory", lambda: folder)
    return folder


def test_a_store_with_a_long_path_is_served_from_a_private_directory(serve, short_dir, private):
    address = default_address(short_dir / ("d" * 90) / "run.db")
    assert address.path.parent == private
    serve(address)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    with ControlClient(address) as client:
        assert client.status()


def test_a_private_directory_that_others_may_enter_is_refused(serve, short_dir, private):
    private.mkdir(mode=0o755)
    address = default_address(short_dir / ("d" * 90) / "run.db")
    with pytest.raises(BadConfig, match="this user alone"):
        serve(address)
    private.rmdir()
    elsewhere = short_dir / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    private.symlink_to(elsewhere)
    with pytest.raises(BadConfig, match="this user alone"):
        serve(address)


def test_draining_refuses_commands_but_neither_kill_nor_status(server, client, channel):
    server.drain()
    with pytest.raises(NotRunning, match="ends"):
        client.start()
    assert client.status().state is TradingState.STOPPED
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "tradingfloor.v1.ControlService", "tradingfloor.trading"):
        request = health_pb2.HealthCheckRequest(service=service)
        assert health.Check(request, timeout=5).status == NOT_SERVING
    assert client.kill().state is TradingState.KILLED


def test_stopping_twice_or_without_a_start_is_harmless(feed, short_dir):
    server = GatewayServer(feed, Address(path=short_dir / "engine.sock"))
    server.stop()
    server.start()
    server.stop()
    server.stop()


def test_a_command_in_flight_does_not_hold_the_end_up(server, client, engine):
    engine.hold.clear()
    failed = []

    def start():
        with pytest.raises(NotRunning) as error:
            client.start()
        failed.append(error.value)

    caller = threading.Thread(target=start)
    caller.start()
    assert engine.received.acquire(timeout=5)
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    stopper.join(3)
    assert not stopper.is_alive()
    caller.join(5)
    assert failed
    engine.hold.set()


def test_two_engines_in_one_process_share_the_edge_and_not_their_events(short_dir, complaints):
    parts = []
    for name in ("one", "two"):
        edge, engine = Edge.acquire(), FakeEngine(name)
        feed = EventFeed(engine, FakePages(engine), edge)
        server = GatewayServer(feed, Address(path=short_dir / f"{name}.sock"))
        server.start()
        parts.append((edge, engine, server))
    assert parts[0][0] is parts[1][0]
    assert [thread.name for thread in threading.enumerate()].count("edge") == 1
    for number, (edge, engine, server) in enumerate(parts, 1):
        engine.write(*(touched(n) for n in range(number)))
        with ControlClient(server.address) as client:
            status = client.status()
        assert (status.journal_id, status.last_sequence) == (engine.journal_id, number)
        server.stop()
        edge.release()
        engine.close()
    assert "edge" not in [thread.name for thread in threading.enumerate()]
    assert complaints == []


def test_a_server_can_be_started_again_and_again_on_new_edges(short_dir, complaints):
    for _ in range(10):
        edge, engine = Edge.acquire(), FakeEngine()
        server = GatewayServer(
            EventFeed(engine, FakePages(engine), edge), Address(path=short_dir / "engine.sock")
        )
        server.start()
        with ControlClient(server.address) as client:
            assert client.status()
        server.stop()
        edge.release()
        engine.close()
    assert complaints == []
