"""Fixtures over the small daily market."""

import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the market is shared with the processes the tests start

from daily_market import daily_config, write_daily_csv


@pytest.fixture(scope="session")
def daily_csv(tmp_path_factory):
    return write_daily_csv(tmp_path_factory.mktemp("data") / "spx.csv")


@pytest.fixture
def config(daily_csv):
    return daily_config(daily_csv)


@pytest.fixture
def with_config():
    return msgspec.structs.replace
