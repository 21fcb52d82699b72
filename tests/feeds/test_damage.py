"""Damaged files: whatever the bytes, BadData in one line or a feed, never another exception."""

import gzip
import io
import os
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingfloor.actors.errors import BadData

CSV = b"time,open,high,low,close,volume\n" + b"".join(
    b"2021-07-01 09:%02d,10.25,12.5,9,11,%d\n" % (minute, minute) for minute in range(30, 59)
)
LEAN = b"".join(b"%d,1676500,1676600,1676400,1676450,100\n" % (34_200_000 + 60_000 * n) for n in range(30))


def zipped(data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("20131004_spy_minute_trade.csv", data)
    return stream.getvalue()


WHOLE = {
    "tape.csv": CSV,
    "tape.csv.gz": gzip.compress(CSV, mtime=0),
    "equity/usa/minute/spy/20131004_trade.zip": zipped(LEAN),
    "download.zip": zipped(LEAN, zipfile.ZIP_STORED),
}
FUZZ = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(tapes, name: str, data: bytes) -> int:
    """The number of updates, or -1 for BadData in one line."""
    path = tapes.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    said = ""
    updates = []
    try:
        updates = list(tapes.open(path).updates())
    except BadData as fault:
        said = str(fault)
    assert "\n" not in said
    assert len(said) < 500
    if said:
        return -1
    assert [u.index for u in updates] == list(range(1, len(updates) + 1))
    return len(updates)


@pytest.mark.parametrize("name", WHOLE)
def test_the_undamaged_file_is_read(tapes, name):
    assert survives(tapes, name, WHOLE[name]) in (58, 60)


@FUZZ
@given(data=st.data(), name=st.sampled_from(sorted(WHOLE)), raw=st.binary(max_size=300))
def test_random_bytes_are_refused(tapes, data, name, raw):
    assert survives(tapes, name, raw) == -1


@FUZZ
@given(name=st.sampled_from(sorted(WHOLE)), share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_refused_or_a_shorter_tape(tapes, name, share):
    whole = WHOLE[name]
    count = survives(tapes, name, whole[: int(len(whole) * share)])
    assert count == -1 if name.endswith((".gz", ".zip")) else count <= 58


@FUZZ
@given(
    name=st.sampled_from(sorted(WHOLE)),
    holes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_changed_bytes_spoil_rows_or_the_file_and_nothing_else(tapes, name, holes):
    damaged = bytearray(WHOLE[name])
    for share, byte in holes:
        damaged[int(len(damaged) * share)] = byte
    assert survives(tapes, name, bytes(damaged)) <= 90


@FUZZ
@given(text=st.text(max_size=80), where=st.integers(0, len(CSV)))
def test_foreign_text_in_a_csv_spoils_rows_or_the_file_and_nothing_else(tapes, text, where):
    survives(tapes, "tape.csv", CSV[:where] + text.encode("utf-8", "surrogatepass") + CSV[where:])


def test_text_in_another_encoding_is_refused(tapes):
    assert survives(tapes, "tape.csv", CSV.decode().encode("utf-16")) == -1


def test_a_csv_named_zip_and_a_zip_named_csv_are_refused(tapes):
    assert survives(tapes, "tape.zip", CSV) == -1
    assert survives(tapes, "tape.csv", zipped(LEAN)) == -1
    assert survives(tapes, "tape.csv.gz", CSV) == -1


def test_damage_behind_the_first_day_of_a_directory_is_found_on_the_way(tapes):
    folder = tapes.folder / "equity/usa/minute/spy"
    tapes.zip("equity/usa/minute/spy/20131004_trade.zip", "20131004_spy_minute_trade.csv", LEAN.decode())
    damaged = bytearray(zipped(LEAN))
    damaged[len(damaged) // 3] ^= 0xFF
    (folder / "20131007_trade.zip").write_bytes(damaged)
    updates = tapes.open(folder).updates()
    assert [next(updates).index for _ in range(60)] == list(range(1, 61))
    with pytest.raises(BadData, match="20131007_trade"):
        list(updates)


def test_a_day_that_is_no_zip_is_found_at_once(tapes):
    folder = tapes.folder / "equity/usa/minute/spy"
    tapes.zip("equity/usa/minute/spy/20131004_trade.zip", "20131004_spy_minute_trade.csv", LEAN.decode())
    (folder / "20131007_trade.zip").write_bytes(zipped(LEAN)[:-40])
    with pytest.raises(BadData, match="20131007_trade"):
        tapes.open(folder)


@pytest.mark.parametrize(
    "source", ["missing.csv", "missing.zip", "missing/20131004_trade.zip", "~nobody-here/x.csv", "a\0b.csv"]
)
def test_a_missing_file_is_refused(tapes, source):
    with pytest.raises(BadData):
        tapes.open(tapes.folder / source if source[0] == "m" else source)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(tapes):
    path = tapes.text("tape.csv", CSV.decode())
    path.chmod(0)
    with pytest.raises(BadData, match="not allowed"):
        tapes.open(path)
