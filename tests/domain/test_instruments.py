"""What is built in, what a config may change, and what it may not."""

import pytest

from tradingfloor.actors.config import InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import EQUITIES, INDICES, UNITS, instrument
from tradingfloor.actors.errors import BadConfig

CENT = 10_000_000


@pytest.mark.parametrize("symbol", ["SPX", "NDX", "RUT", "DJI", "VIX"])
def test_indices_trade_as_paper_units_in_new_york(symbol):
    known = instrument(symbol)
    assert (known.kind, known.calendar, known.timezone) == ("index", "XNYS", "America/New_York")
    assert (known.tick, known.multiplier, known.unit) == (CENT, 1, "paper unit")


@pytest.mark.parametrize("symbol", ["SPY", "QQQ", "AAPL", "IWM", "DIA", "GOOG"])
def test_equities_trade_as_shares_in_new_york(symbol):
    known = instrument(symbol, None, 1000)
    assert (known.kind, known.calendar, known.tick, known.unit) == ("equity", "XNYS", CENT, "share")


def test_any_other_symbol_is_a_24_hour_market_in_utc_with_the_tick_of_its_file():
    known = instrument("EURUSD", None, 100_000)
    assert (known.kind, known.calendar, known.timezone, known.unit) == ("currency", "24h", "UTC", "unit")
    assert known.tick == 100_000
    assert instrument("BTCUSD").tick == 10_000


def test_overrides_win_over_what_is_built_in_and_over_the_file():
    override = InstrumentConfig(calendar="24h", timezone="Asia/Tokyo", tick="0.25", multiplier=50)
    known = instrument("SPX", override, 1)
    assert (known.kind, known.calendar, known.timezone) == ("index", "24h", "Asia/Tokyo")
    assert (known.tick, known.multiplier) == (25 * CENT, 50)
    assert instrument("EURUSD", InstrumentConfig(tick="0.0001"), 7).tick == 100_000


def test_a_kind_given_for_an_unknown_symbol_brings_the_defaults_of_that_kind():
    known = instrument("ACME", InstrumentConfig(kind="equity"), 1)
    assert (known.calendar, known.timezone, known.tick, known.unit) == (
        "XNYS",
        "America/New_York",
        CENT,
        "share",
    )


def test_a_time_zone_alone_does_not_change_the_hours_of_new_york():
    known = instrument("SPX", InstrumentConfig(timezone="America/Chicago"))
    assert known.timezone == "America/Chicago"
    assert calendar(known.calendar, known.timezone) is calendar("XNYS")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (InstrumentConfig(kind="bond"), "instruments.X.kind: 'bond' is none of index, equity, currency"),
        (
            InstrumentConfig(calendar="NYSE"),
            "instruments.X: unknown calendar 'NYSE': choose XNYS, XCBO or 24h",
        ),
        (InstrumentConfig(timezone="Mars"), "instruments.X: unknown time zone 'Mars'"),
        (InstrumentConfig(tick="0"), "instruments.X.tick: '0' is not a positive decimal number"),
        (InstrumentConfig(tick="-1"), "instruments.X.tick: '-1' is not"),
        (InstrumentConfig(tick="nan"), "instruments.X.tick: 'nan' is not"),
        (InstrumentConfig(tick="1e-10"), "instruments.X.tick: '1e-10' is not"),
        (InstrumentConfig(tick="1e999999"), "instruments.X.tick: '1e999999' is not"),
    ],
)
def test_a_bad_override_is_refused_with_the_name_of_the_setting(override, message):
    with pytest.raises(BadConfig) as refused:
        instrument("X", override)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("symbol", ["", "A B", "A:B", "A\n"])
def test_a_symbol_that_could_not_be_an_actors_name_is_refused(symbol):
    with pytest.raises(BadConfig, match="write a name without blanks and colons"):
        instrument(symbol)


def test_no_symbol_is_of_two_kinds_and_every_kind_has_a_unit():
    assert not INDICES & EQUITIES
    assert {instrument(symbol).kind for symbol in (*INDICES, *EQUITIES, "?")} == set(UNITS)
