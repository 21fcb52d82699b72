"""A config file as a user names it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes config.toml into the current folder and returns its name, as a user would type it."""
    monkeypatch.chdir(tmp_path)

    def write(text):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "config.toml").write_bytes(data)
        return "config.toml"

    return write
