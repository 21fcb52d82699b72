"""Reading a Subscribe call message by message."""

import grpc
from fake_engine import touched

from tradingfloor.gateway.services.failures import read_failure

# A reader with a small window: without it, megabytes are in flight before a write blocks.
SMALL_WINDOW = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 4096)]


def connect(server):
    return grpc.insecure_channel(server.address.target, options=SMALL_WINDOW)


def kind(response):
    return response.WhichOneof("message")


def until(call, wanted):
    found = [next(call)]
    while kind(found[-1]) != wanted:
        found.append(next(call))
    return found


def sequences(responses):
    return [event.sequence for response in responses for event in response.batch.events]


def read_to(call, last):
    found = []
    while not found or found[-1] < last:
        found += sequences([next(call)])
    return found


def read_until_it_fails(call):
    """The sequences read, and the error that ended the stream."""
    found = []
    try:
        for response in call:
            found += sequences([response])
    except grpc.RpcError as error:
        return found, read_failure(error)
    return found, None


def numbered(first, last, symbol="SPX"):
    return [touched(n, symbol) for n in range(first, last + 1)]


def feed_has_no_subscriber(server):
    """Wait until the server has let every subscriber go."""
    server._feed.edge.run(server._events.ended(), 10)
