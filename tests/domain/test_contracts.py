"""Option contracts and their OCC symbols."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingfloor.actors.domain.contracts import Exercise, OptionContract, Right, contract, parse_occ
from tradingfloor.actors.domain.quotes import Quote
from tradingfloor.actors.types import NANOS

FRIDAY = date(2015, 1, 17).toordinal()


def test_published_examples_of_occ_symbols_are_read_and_written():
    # A put on SPX at 19.50 of 22 November 2014; a call on LAMR at 52.50 of 17 January 2015.
    held = parse_occ("SPX   141122P00019500")
    assert held == OptionContract("SPX", date(2014, 11, 22).toordinal(), 19_500_000_000, Right.PUT)
    assert held.occ == "SPX   141122P00019500"
    assert parse_occ("LAMR  150117C00052500") == contract("LAMR", FRIDAY, 52_500_000_000, Right.CALL)


@given(
    st.from_regex(r"[A-Z][A-Z0-9]{0,5}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99_999_999),
    st.sampled_from(Right),
)
def test_every_contract_comes_back_from_its_symbol(root, day, thousandths, right):
    held = contract(root, day.toordinal(), thousandths * NANOS // 1000, right)
    assert len(held.occ) == 21
    assert parse_occ(held.occ) == held


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SPX",
        "SPX141122P00019500",
        "SPX   141122P0001950",
        "SPX   141122X00019500",
        "spx   141122P00019500",
        "SPX   141322P00019500",
        "SPX   141122P00000000",
        "SPX   141122P00019500 ",
        "   SPX141122P00019500",
    ],
)
def test_what_is_no_occ_symbol_is_refused(text):
    with pytest.raises(ValueError, match=r"symbol|month|strike"):
        parse_occ(text)


@pytest.mark.parametrize(
    ("root", "expiry", "strike"),
    [("SPXWEEK", FRIDAY, NANOS), ("SPX", FRIDAY, 1), ("SPX", FRIDAY, 0), ("SPX", 1, NANOS)],
)
def test_what_no_occ_symbol_can_say_is_refused(root, expiry, strike):
    with pytest.raises(ValueError, match=r"root|strike|expiry"):
        contract(root, expiry, strike, Right.CALL)


def test_the_root_says_what_it_is_an_option_on_and_how_it_is_exercised():
    weekly, monthly = parse_occ("SPXW  230630P04445000"), parse_occ("SPX   230616C04000000")
    assert (weekly.underlying, weekly.exercise) == ("SPX", Exercise.EUROPEAN)
    assert (monthly.underlying, monthly.exercise) == ("SPX", Exercise.EUROPEAN)
    share = parse_occ("GOOG  151224C01000000")
    assert (share.underlying, share.exercise) == ("GOOG", Exercise.AMERICAN)


def test_contracts_sort_by_root_expiry_strike_and_calls_first():
    texts = [
        "SPX   230616C04000000",
        "SPX   230616P04000000",
        "SPX   230616C04005000",
        "SPXW  230615C00100000",
    ]
    assert sorted(map(parse_occ, reversed(texts))) == [parse_occ(text) for text in texts]


def test_a_quote_with_a_missing_side_is_not_two_sided():
    assert Quote("SPX", 1, 5, 1, 8, 1).two_sided
    assert not Quote("SPX", 1, 0, 0, 8, 1).two_sided
    assert not Quote("SPX", 1, 5, 1, 0, 0).two_sided
