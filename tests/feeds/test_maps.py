"""Tickers that changed: rows are read from the file of the name that held on their date."""

import pytest

from tradingfloor.actors.errors import BadData

HOURS = "{day} 10:00,{price},{price},{price},{price},1\n"
MAP = "20120518,fb,Q\n20220608,fb,Q\n20501231,meta,Q\n"


def rows(*days):
    return "".join(HOURS.format(day=day, price=price * 10_000) for day, price in days)


def closes(feed, bars):
    return [bar.close // 10**9 for bar in bars(feed.updates())]


@pytest.fixture
def renamed(tapes):
    """Hours of a share under its old and its new name, which were those of others at other times."""
    tapes.text("equity/usa/map_files/meta.csv", MAP)
    tapes.zip("equity/usa/hour/fb.zip", "fb.csv", rows(("20220607", 1), ("20220608", 2), ("20220609", 91)))
    return tapes.zip(
        "equity/usa/hour/meta.zip", "meta.csv", rows(("20220608", 90), ("20220609", 3), ("x", 1))
    )


def test_the_rows_of_each_date_come_from_the_file_of_its_ticker(tapes, renamed, bars, refused):
    feed = tapes.open(renamed, "META", kind="equity")
    assert closes(feed, bars) == [1, 2, 3]
    assert [row.reason.value for row in refused(feed.updates())] == ["BAD_TIME"]
    assert feed.last_index == 8
    whole = list(feed.updates())
    assert list(feed.updates(3)) == whole[3:]


def test_a_directory_is_read_with_that_of_the_old_ticker(tapes, bars):
    tapes.text("equity/usa/map_files/meta.csv", MAP)
    minute = "34200000,{p},{p},{p},{p},1\n"
    for ticker, day, price in (
        ("fb", "20220608", 10_000),
        ("fb", "20220609", 910_000),
        ("meta", "20220608", 900_000),
        ("meta", "20220609", 20_000),
    ):
        name = f"equity/usa/minute/{ticker}/{day}_trade.zip"
        tapes.zip(name, f"{day}_{ticker}_minute_trade.csv", minute.format(p=price))
    feed = tapes.open(tapes.folder / "equity/usa/minute/meta", "META", kind="equity")
    assert closes(feed, bars) == [1, 2]
    single = tapes.folder / "equity/usa/minute/meta/20220608_trade.zip"
    assert closes(tapes.open(single, "META", kind="equity"), bars) == [90]


def test_without_the_old_file_the_tape_begins_with_the_new_name(tapes, renamed, bars):
    (tapes.folder / "equity/usa/hour/fb.zip").unlink()
    assert closes(tapes.open(renamed, "META", kind="equity"), bars) == [3]


def test_without_a_map_file_the_name_never_changed(tapes, renamed, bars):
    before = tapes.open(renamed, "META", kind="equity").tape
    (tapes.folder / "equity/usa/map_files/meta.csv").unlink()
    feed = tapes.open(renamed, "META", kind="equity")
    assert closes(feed, bars) == [90, 3]
    assert feed.tape != before


def test_a_map_file_of_one_name_changes_nothing(tapes, bars):
    path = tapes.zip("equity/usa/hour/spy.zip", "spy.csv", rows(("19980102", 5), ("19980105", 6)))
    before = tapes.open(path)
    tapes.text("equity/usa/map_files/spy.csv", "19980102,spy,P\n20501231,spy,P\n")
    after = tapes.open(path)
    assert (after.tape, closes(after, bars)) == (before.tape, [5, 6])


@pytest.mark.parametrize(
    "text",
    ["", "fb\n", "20221301,fb\n", "20220608,fb\n20220608,meta\n", "20220609,fb\n20220608,meta\n", MAP[:24]],
)
def test_a_file_that_is_no_map_is_refused_in_one_line(tapes, renamed, text):
    tapes.text("equity/usa/map_files/meta.csv", text)
    with pytest.raises(BadData, match=r"map file|does not end") as caught:
        tapes.open(renamed, "META", kind="equity")
    assert "\n" not in str(caught.value)
