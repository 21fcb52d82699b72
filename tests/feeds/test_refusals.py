"""Rows that cannot be used: one reason each, one index each, never an exception."""

import pytest

from tradingfloor.actors.errors import BadData
from tradingfloor.actors.messages import RefusedUpdate
from tradingfloor.actors.types import MAX_PRICE, Refusal

HEADER = "time,open,high,low,close,volume\n"
GOOD = "2021-07-01 09:30,10,12,9,11,5\n2021-07-01 09:31,10,12,9,11,5\n2021-07-01 09:32,10,12,9,11,5\n"
LIMIT = MAX_PRICE // 10**9


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2021-07-01 09:33,nan,12,9,11,5", Refusal.NAN),
        ("2021-07-01 09:33,10,12,9,,5", Refusal.NAN),
        ("2021-07-01 09:33,10,12,9,sNaN,5", Refusal.NAN),
        ("2021-07-01 09:33,10,12,9,11,NaN", Refusal.NAN),
        ("2021-07-01 09:33,10,12,9,n/a,5", Refusal.NOT_A_NUMBER),
        ('2021-07-01 09:33,"1,000",1200,900,1100,5', Refusal.NOT_A_NUMBER),
        ("2021-07-01 09:33,10,12,9,11,many", Refusal.NOT_A_NUMBER),
        ("2021-07-01 09:33,10,12,0,11,5", Refusal.NOT_POSITIVE),
        ("2021-07-01 09:33,10,12,-9,11,5", Refusal.NOT_POSITIVE),
        ("2021-07-01 09:33,10,12,-inf,11,5", Refusal.NOT_POSITIVE),
        ("2021-07-01 09:33,10,12,1e-12,11,5", Refusal.NOT_POSITIVE),
        (f"2021-07-01 09:33,10,{LIMIT}.000000001,9,11,5", Refusal.OUT_OF_RANGE),
        ("2021-07-01 09:33,10,inf,9,11,5", Refusal.OUT_OF_RANGE),
        ("2021-07-01 09:33,10,1e999999,9,11,5", Refusal.OUT_OF_RANGE),
        ("2021-07-01 09:33,10,12,9,11,1e16", Refusal.OUT_OF_RANGE),
        ("2021-07-01 09:33,10,12,9,11,1e999999", Refusal.OUT_OF_RANGE),
        ("2021-07-01 09:33,10,12,9,11,-5", Refusal.NEGATIVE_VOLUME),
        ("2021-07-01 09:33,10,9,12,11,5", Refusal.BAD_RANGE),
        ("2021-07-01 09:33,13,12,9,11,5", Refusal.BAD_RANGE),
        ("2021-07-01 09:33,10,12,9,8,5", Refusal.BAD_RANGE),
        ("2021-07-01 09:33,10,12,9,13,5", Refusal.BAD_RANGE),
        ("2021-07-01 09:33,8,12,9,11,5", Refusal.BAD_RANGE),
        ("yesterday,10,12,9,11,5", Refusal.BAD_TIME),
        ("2021-07-01 25:33,10,12,9,11,5", Refusal.BAD_TIME),
        (",10,12,9,11,5", Refusal.BAD_TIME),
        ("2021-07-01 09:33,10,12,9", Refusal.BAD_ROW),
        ("2021-07-01 09:33,10,12,9,11,5,6", Refusal.BAD_ROW),
        ("garbage", Refusal.BAD_ROW),
        ("x" * 200_000, Refusal.BAD_ROW),
        ('"' + "x" * 200_000, Refusal.BAD_ROW),
        ("2021-07-01 09:33,10,12,9,1\ufffd1,5", Refusal.NOT_A_NUMBER),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_rest_goes_on(tapes, row, reason):
    updates = tapes.updates(HEADER + GOOD + row + "\n" + "2021-07-01 09:34,10,12,9,11,5\n")
    refused = updates[6]
    assert isinstance(refused, RefusedUpdate)
    assert refused.reason is reason
    assert refused.detail
    assert len(refused.detail) <= 80
    assert [u.index for u in updates] == list(range(1, 10))
    assert [u.ts for u in updates] == sorted(u.ts for u in updates)


def test_the_largest_price_is_accepted(tapes, refused):
    assert not refused(tapes.updates(HEADER + GOOD + f"2021-07-01 09:33,{LIMIT},{LIMIT},{LIMIT},{LIMIT},5\n"))


def test_one_byte_that_is_no_text_spoils_one_row(tapes):
    path = tapes.folder / "tape.csv"
    path.write_bytes((HEADER + GOOD).encode() + b"2021-07-01 09:33,10,12,9,\xff\xfe,5\n")
    *good, last = tapes.open(path).updates()
    assert len(good) == 6
    assert last.reason is Refusal.NOT_A_NUMBER


def test_time_does_not_follow_a_refused_row(tapes, utc):
    text = HEADER + "2099-01-05 10:00,nan,12,9,11,5\n" + GOOD + "2099-01-05 10:00,nan,12,9,11,5\n"
    first, *_, last = tapes.updates(text)
    assert (first.index, first.reason, first.ts) == (1, Refusal.NAN, utc("2021-07-01 13:30"))
    assert (last.index, last.reason, last.ts) == (8, Refusal.NAN, utc("2021-07-01 13:33"))


def test_a_local_time_that_does_not_exist_is_refused(tapes, refused):
    text = HEADER + "".join(f"2021-03-14 {t},10,12,9,11,5\n" for t in ("01:58", "01:59", "02:00", "03:00"))
    (only,) = refused(tapes.updates(text, calendar="24h", timezone="America/New_York"))
    assert only.reason is Refusal.BAD_TIME
    assert "does not exist" in only.detail


def test_duplicates_and_steps_backwards_keep_the_order_of_the_file(tapes, utc, bars, refused):
    text = HEADER + GOOD + "2021-07-01 09:32,10,12,9,11,5\n2021-07-01 09:30,10,12,9,11,5\n"
    updates = tapes.updates(text)
    starts = [bar.start for bar in bars(updates)]
    assert not refused(updates)
    assert starts == [utc(f"2021-07-01 13:{m}") for m in (30, 31, 32, 32, 30)]


def test_a_tick_with_a_bad_price_or_time_is_refused(tapes):
    bad = ("34200000,0,100", "86400000,1676500,1", "-1,1676500,1", "x,1676500,1")
    rows = "".join(f"{row},P,0,0\n" for row in ("34200000,1676500,100", *bad))
    path = tapes.zip("equity/usa/tick/spy/20131011_trade.zip", "x.csv", rows)
    first, *others = tapes.open(path).updates()
    assert [u.reason for u in others] == [Refusal.NOT_POSITIVE, *[Refusal.BAD_TIME] * 3]
    assert {u.ts for u in others} == {first.ts}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("tape.csv", "", "is empty"),
        ("tape.csv", "\n \n\n", "is empty"),
        ("tape.csv.gz", "", "is empty"),
        ("tape.csv", HEADER, "no row"),
        ("tape.csv", HEADER + "1\n2\n", "no row"),
        ("tape.csv", "2021-07-01 09:30,10,12,9,11,5\n", "no time column"),
        ("tape.csv", "time,open,high,low\n2021-07-01 09:30,10,12,9\n", "no price column"),
        ("tape.csv", "a,b\n1,2\n", "no time column"),
        ("tape.csv", "time,price\n" + "x,y\n" * 20, "BAD_TIME"),
        ("tape.csv", "date,open,high,low,close\n2021-07-04,1,1,1,1\n2021-07-05,1,1,1,1\n", "OUT_OF_SESSION"),
        ("tape.csv", HEADER + GOOD.replace("10", "0").replace("12", "0"), "no usable row"),
        ("tape.txt", HEADER + GOOD, "none of .csv"),
        ("tape", HEADER + GOOD, "none of .csv"),
    ],
)
def test_a_file_without_a_usable_row_is_refused_in_one_line(tapes, name, text, says):
    path = tapes.text(name, text)
    with pytest.raises(BadData) as caught:
        tapes.open(path)
    assert says in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_lean_file_without_rows_is_refused_but_one_empty_day_is_not(tapes):
    folder = tapes.folder / "equity/usa/minute/spy"
    tapes.zip("equity/usa/minute/spy/20131003_trade.zip", "20131003_spy_minute_trade.csv", "")
    with pytest.raises(BadData, match="no usable row"):
        tapes.open(folder)
    row = "34200000,1676500,1676600,1676400,1676450,100\n"
    tapes.zip("equity/usa/minute/spy/20131004_trade.zip", "20131004_spy_minute_trade.csv", row)
    assert len(list(tapes.open(folder).updates())) == 2
