import os
from pathlib import Path

import pytest

from tradingfloor.actors.errors import BadConfig
from tradingfloor.gateway.addresses import (
    LONGEST_SOCKET,
    Address,
    default_address,
    fits,
    parse_address,
    require_local,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/x.sock", Address(path=Path("/run/x.sock"))),
        ("unix:///run/x.sock", Address(path=Path("/run/x.sock"))),
        ("127.0.0.1:50051", Address(host="127.0.0.1", port=50051)),
        ("localhost:0", Address(host="localhost", port=0)),
        ("[::1]:7", Address(host="::1", port=7)),
    ],
)
def test_an_address_reads_back_as_it_is_written(text, address):
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


def test_a_relative_socket_is_meant_from_here():
    assert parse_address("unix:runs/x.sock").path == Path.cwd() / "runs/x.sock"


@pytest.mark.parametrize(
    "text", ["", "unix:", "localhost", "127.0.0.1:", ":50051", "::1:50051", "h:65536", "h:-1", "h:x", "h:٣"]
)
def test_what_is_no_address_is_refused_naming_it(text):
    with pytest.raises(BadConfig, match="address"):
        parse_address(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_is_local(host):
    require_local(Address(host=host, port=1))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "8.8.8.8", "localhost.example.com", "127.0.0.1.nip.io"]
)
def test_everything_else_needs_tls_and_tokens(host):
    with pytest.raises(BadConfig, match="needs TLS and tokens"):
        require_local(Address(host=host, port=1))


def test_the_default_is_a_socket_beside_the_store_however_the_store_is_named(tmp_path, monkeypatch):
    short = Path("/tmp").resolve()
    monkeypatch.chdir(short)
    assert default_address(Path("run.db")) == Address(path=short / "run.db.sock")
    assert default_address(Path("x/../run.db")) == Address(path=short / "run.db.sock")


def test_a_long_store_path_gives_one_short_socket_per_store(tmp_path):
    deep = tmp_path / ("d" * 100)
    one, two = default_address(deep / "one.db"), default_address(deep / "two.db")
    assert one.path != two.path
    assert one == default_address(deep / "x" / ".." / "one.db")
    assert fits(one.path)
    assert str(os.getuid()) in one.path.parent.name


def test_the_limit_counts_the_private_directory_of_the_bind():
    assert fits(Path("/" + "a" * (LONGEST_SOCKET - 1)))
    assert not fits(Path("/" + "a" * LONGEST_SOCKET))
    assert fits(Path("/" + "a" * (LONGEST_SOCKET - 13)) / "s")
    assert not fits(Path("/" + "a" * (LONGEST_SOCKET - 12)) / "s")
