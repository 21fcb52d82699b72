"""Make the helpers of this folder importable."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def _compiled_once():
    from tradingfloor.actors.signals.compilation import compile_kernels

    compile_kernels()


@pytest.fixture(scope="session")
def eurusd(data_folder):
    """The first bars of the 15-minute series, as (open, high, low, close, volume) in nanos."""
    path = data_folder / "fx" / "EURUSD_15M.csv"
    if not path.exists():
        pytest.skip(f"{path} is missing")
    from signal_bars import read_eurusd

    return read_eurusd(path)


@pytest.fixture(scope="session")
def eurusd_bars(eurusd, data_folder):
    """The same as bars with their true starts in UTC and sessions from midnight to midnight."""
    from brute_series import timed

    path = data_folder / "fx" / "EURUSD_15M.csv"
    with path.open() as file:
        stamps = [line.split(",")[0] for line in file][1:]
    return timed(eurusd, stamps)
