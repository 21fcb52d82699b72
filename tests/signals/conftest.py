"""Make the helpers of this folder importable, and keep machine code apart by what it was compiled from."""

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path

import numba
import pytest

sys.path.insert(0, str(Path(__file__).parent))


def _sources() -> list[Path]:
    spec = importlib.util.find_spec("tradingfloor.actors.signals")
    return sorted(Path(spec.origin).parent.glob("*.py"))


if not numba.config.CACHE_DIR:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in _sources())).hexdigest()[:16]
    numba.config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"tradingfloor-kernels-{os.getuid()}-{digest}")


@pytest.fixture(scope="session", autouse=True)
def _compiled_once():
    from tradingfloor.actors.signals.compilation import compile_kernels  # noqa: PLC0415

    compile_kernels()


@pytest.fixture(scope="session")
def eurusd():
    """The first bars of the 15-minute series, as (open, high, low, close, volume) in nanos."""
    folder = os.environ.get("TRADINGFLOOR_TEST_DATA")
    if not folder:
        pytest.skip("TRADINGFLOOR_TEST_DATA is not set: no market data to compare with")
    path = Path(folder) / "fx" / "EURUSD_15M.csv"
    if not path.exists():
        pytest.skip(f"{path} is missing")
    from signal_bars import read_eurusd  # noqa: PLC0415

    return read_eurusd(path)
