import logging
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_engine import FakeEngine, FakePages

from tradingfloor.gateway.addresses import Address
from tradingfloor.gateway.client import ControlClient
from tradingfloor.gateway.edge import Edge
from tradingfloor.gateway.feed import EventFeed
from tradingfloor.gateway.server import GatewayServer


class Complaints(logging.Handler):
    """What the loop logs of errors that nobody awaited."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record.getMessage())


@pytest.fixture
def complaints():
    handler = Complaints()
    logging.getLogger("asyncio").addHandler(handler)
    yield handler.records
    logging.getLogger("asyncio").removeHandler(handler)


@pytest.fixture
def edge(complaints):
    edge = Edge.acquire()
    yield edge
    edge.release()
    assert not edge.thread.is_alive()
    assert complaints == []


@pytest.fixture
def engine():
    engine = FakeEngine()
    yield engine
    engine.close()


@pytest.fixture
def feed(edge, engine):
    feed = EventFeed(engine, FakePages(engine), edge)
    yield feed
    feed.close()


@pytest.fixture
def short_dir():
    """A directory whose path leaves room for a socket, whatever the platform's temp folder is."""
    path = Path(tempfile.mkdtemp(prefix="tf", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def serve(feed, short_dir):
    """Start servers; they are stopped in the end."""
    servers = []

    def start(address=None, of=feed, **settings):
        server = GatewayServer(of, address or Address(path=short_dir / "engine.sock"), **settings)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def client(server):
    with ControlClient(server.address, by="tester") as client:
        yield client
