"""Steer and watch a floor of another process over gRPC.

tradingfloor run                       # in one terminal
python examples/remote.py unix:PATH    # in another, with the address that `run` printed
"""

import sys

from tradingfloor.gateway.client import ControlClient


def main(address: str, count: int = 5) -> None:
    """Pause, look, resume, then follow the first events of the journal."""
    with ControlClient(address, by="example") as client:
        print("paused:", client.pause("a look").state.value)
        status = client.status()
        print(f"{status.tape}: {status.bars} bars, {status.signals} signals, {status.trades} trades")
        print("resumed:", client.resume("go on").state.value)
        for seen, item in enumerate(client.subscribe(after=0), start=1):
            print(item.sequence, type(item.event).__name__)
            if seen == count:
                break


if __name__ == "__main__":
    main(sys.argv[1])
