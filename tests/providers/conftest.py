"""Fake providers on this machine, and credentials that only they know."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

CREDENTIALS = {
    "APCA_API_KEY_ID": "key",
    "APCA_API_SECRET_KEY": "secret",
    "MASSIVE_API_KEY": "key",
    "TRADIER_ACCESS_TOKEN": "key",
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """The fake providers' credentials; nothing of the user's, and no proxy."""
    for name in ("POLYGON_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return CREDENTIALS
