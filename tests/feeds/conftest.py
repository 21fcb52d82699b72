"""Small tape files in every layout, and the folder of real data."""

import gzip
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tradingfloor.actors.config import Config, DataConfig, InstrumentConfig
from tradingfloor.actors.market_data.feeds import open_feed
from tradingfloor.actors.messages import MarketUpdate, RefusedUpdate
from tradingfloor.actors.types import UpdateKind


class Tapes:
    """Writes tape files below one folder and opens feeds on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = text.encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    def zip(self, name: str, member: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, text)
        return path

    def open(self, path: Path, symbol: str = "SPY", **override: object):
        instruments = {symbol: InstrumentConfig(**override)} if override else {}
        data = DataConfig(source=f"replay:{path}")
        return open_feed(Config(symbols=(symbol,), data=data, instruments=instruments))

    def csv(self, text: str, symbol: str = "SPY", name: str = "tape.csv", **override: object):
        return self.open(self.text(name, text), symbol, **override)

    def updates(self, text: str, symbol: str = "SPY", **override: object):
        return list(self.csv(text, symbol, **override).updates())


@pytest.fixture
def tapes(tmp_path):
    return Tapes(tmp_path)


@pytest.fixture
def utc():
    def instant(text: str) -> int:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return round(moment.timestamp()) * 10**9

    return instant


@pytest.fixture
def bars():
    def of(updates):
        return [u for u in updates if isinstance(u, MarketUpdate) and u.kind is UpdateKind.BAR]

    return of


@pytest.fixture
def refused():
    def of(updates):
        return [u for u in updates if isinstance(u, RefusedUpdate)]

    return of
