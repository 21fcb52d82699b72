"""Prices in, order events out, for every order type and time in force: one named row per situation.

Unless a row says otherwise: a buy of 4 with stop 95 and target 110, decided at second 0 with the signal's
entry where the row's order type has its level; no slippage, no delay, no partial fills, no fees, a tape of
trades. ``volume`` is a trade of so many units, of which ``IN_UNITS`` lets all fill.
"""

import pytest

BUY_98 = ("enter", 0, "BUY", 4, 98, 95, 110)
BUY_102 = ("enter", 0, "BUY", 4, 102, 95, 110)
SELL_102 = ("enter", 0, "SELL", 4, 102, 105, 90)
SELL_98 = ("enter", 0, "SELL", 4, 98, 105, 90)
AT_100 = ("enter", 0, "BUY", 4, 100, 95, 110)

LIMIT, STOP, STOP_LIMIT = {"entry": "limit"}, {"entry": "stop"}, {"entry": "stop_limit"}
SAFE = {"stop": "stop_limit"}
TRAILING = {"stop": "trailing"}
ON_BARS = {"bar": 60}
IN_UNITS = {"quantity_model": "volume_cap", "volume_cap": 1.0}
SLIPS = {"slippage_bps": 5.0}


def bracket(units, stop=95, target=110):
    return [f"STOP works {units} at {stop}", f"TARGET works {units} at {target}"]


def resized(units, stop=95, target=110):
    return [f"STOP now {units} at {stop}", f"TARGET now {units} at {target}"]


IN_98 = ["ENTRY works 4 at 98", "ENTRY BUY 4 at 98", *bracket(4)]
IN_102 = ["ENTRY works 4 at 102", "ENTRY BUY 4 at 102", *bracket(4)]
IN_100 = ["ENTRY works 4", "ENTRY BUY 4 at 100", *bracket(4)]
NO_TARGET = "TARGET canceled 4 BRACKET_SIBLING"
STOP_GONE = "STOP canceled 4 BRACKET_SIBLING"

LIMITS = {
    "a touch of a limit fills nothing": (LIMIT, [BUY_98, ("tick", 1, 100), ("tick", 2, 98)], IN_98[:1]),
    "a trade through a limit fills at the limit": (
        LIMIT,
        [BUY_98, ("slot", 1, 5, 100, 101, 97.99, 99)],
        IN_98,
    ),
    "a limit inside a bar fills at the limit, wherever the bar closes": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 101, 97, 101)],
        IN_98,
    ),
    "a limit that opens beyond fills at the open": (
        LIMIT,
        [BUY_98, ("tick", 1, 100), ("tick", 2, 97)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 97", *bracket(4)],
    ),
    "a limit pays no slippage": ({**LIMIT, **SLIPS}, [BUY_98, ("slot", 1, 5, 100, 101, 97, 99)], IN_98),
    "a limit that needs no trade through fills at a touch": (
        {**LIMIT, "limit_through_ticks": 0},
        [BUY_98, ("tick", 1, 98)],
        IN_98,
    ),
    "a limit that needs two ticks beyond waits at one": (
        {**LIMIT, "limit_through_ticks": 2},
        [BUY_98, ("tick", 1, 97.99), ("slot", 2, 3, 99, 99, 97.98, 99)],
        IN_98,
    ),
    "a limit to sell needs a trade above it": (
        LIMIT,
        [SELL_102, ("tick", 1, 102), ("slot", 2, 3, 101, 102.01, 101, 101)],
        [
            "ENTRY works 4 at 102",
            "ENTRY SELL 4 at 102",
            "STOP works 4 at 105",
            "TARGET works 4 at 90",
        ],
    ),
    "a limit to buy off the tick is rounded down": (
        LIMIT,
        [("enter", 0, "BUY", 4, 98.005, 95, 110)],
        ["ENTRY works 4 at 98"],
    ),
    "a limit to sell off the tick is rounded up": (
        LIMIT,
        [("enter", 0, "SELL", 4, 102.005, 105, 90)],
        ["ENTRY works 4 at 102.01"],
    ),
    "a bar through limit and stop is stopped out at once": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 100, 94, 96)],
        [*IN_98, "STOP SELL 4 at 95", "closed LONG 4 by STOP net -12", NO_TARGET],
    ),
    "a bar through limit and target takes no profit: the high came before the entry": (
        {**LIMIT, **ON_BARS},
        [BUY_98, ("open", 0, 100), ("bar", 0, 60, 100, 111, 97, 105)],
        IN_98,
    ),
    "an entry that gaps below its own stop leaves at the next price": (
        LIMIT,
        [BUY_98, ("tick", 1, 94), ("tick", 2, 94.5)],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 4 at 94",
            *bracket(4),
            "STOP SELL 4 at 94.50",
            "closed LONG 4 by STOP net 2",
            NO_TARGET,
        ],
    ),
    "the rest of a limit entry adds before its stop acts on the same bar": (
        {**LIMIT, **ON_BARS, **IN_UNITS, "assumed_volume": 9},
        [
            BUY_98,
            ("price", 0, 60, 100, 100, 97.5, 99, False),
            ("open", 60, 99),
            ("price", 60, 120, 99, 99, 94, 94, False, "SPX"),
        ],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 1 at 98",
            *bracket(1),
            "ENTRY BUY 1 at 98",
            *resized(2),
            "triggered",
        ],
    ),
    "an entry that gaps below its own stop in a slot leaves no better than it came": (
        LIMIT,
        [BUY_98, ("slot", 1, 5, 94, 99, 93, 98)],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 4 at 94",
            *bracket(4),
            "STOP SELL 4 at 94",
            "closed LONG 4 by STOP net 0",
            NO_TARGET,
        ],
    ),
    "on the bar of its entry's second part a target waits": (
        {**LIMIT, **ON_BARS, "partial_fill_probability": 1.0},
        [
            ("enter", 0, "BUY", 2, 98, 95, 110),
            ("open", 0, 100),
            ("bar", 0, 60, 100, 100, 97, 99),
            ("open", 60, 99),
            ("bar", 60, 120, 99, 111, 97, 111),
        ],
        ["ENTRY works 2 at 98", "ENTRY BUY 1 at 98", *bracket(1), "ENTRY BUY 1 at 98", *resized(2)],
    ),
    "a limit whose reservation is smaller is cut": (
        LIMIT,
        [("enter", 0, "BUY", 4, 98, 95, 110, 200), ("slot", 1, 5, 100, 101, 97, 99)],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 2 at 98",
            "ENTRY canceled 2 RESERVATION_CUT",
            *bracket(2),
        ],
    ),
}

STOPS = {
    "a touch of a stop entry fills at the stop": (
        STOP,
        [BUY_102, ("tick", 1, 101), ("tick", 2, 102)],
        IN_102,
    ),
    "a stop entry that gaps fills at the open": (
        STOP,
        [BUY_102, ("tick", 1, 101), ("tick", 2, 103)],
        ["ENTRY works 4 at 102", "ENTRY BUY 4 at 103", *bracket(4)],
    ),
    "a stop entry inside a bar fills at the stop": (
        {**STOP, **ON_BARS},
        [BUY_102, ("open", 0, 100), ("bar", 0, 60, 100, 103, 99, 101)],
        IN_102,
    ),
    "a stop entry pays slippage": (
        {**STOP, **SLIPS},
        [BUY_102, ("tick", 1, 102)],
        ["ENTRY works 4 at 102", "ENTRY BUY 4 at 102.06", *bracket(4)],
    ),
    "a stop entry in a bar that reaches its stop is taken to reach it afterwards": (
        {**STOP, **ON_BARS},
        [BUY_102, ("open", 0, 100), ("bar", 0, 60, 100, 103, 94, 102)],
        [*IN_102, "STOP SELL 4 at 95", "closed LONG 4 by STOP net -28", NO_TARGET],
    ),
    "a stop to sell is touched from above": (
        STOP,
        [SELL_98, ("tick", 1, 99), ("tick", 2, 98)],
        ["ENTRY works 4 at 98", "ENTRY SELL 4 at 98", "STOP works 4 at 105", "TARGET works 4 at 90"],
    ),
    "a stop entry in parts is a market order after its touch": (
        {**STOP, **IN_UNITS},
        [BUY_102, ("volume", 1, 102, 1), ("volume", 2, 100, 9)],
        [
            "ENTRY works 4 at 102",
            "triggered",
            "ENTRY BUY 1 at 102",
            *bracket(1),
            "ENTRY BUY 3 at 100",
            *resized(4),
        ],
    ),
    "a stop-limit entry inside a bar fills at its stop": (
        {**STOP_LIMIT, **ON_BARS},
        [BUY_102, ("open", 0, 100), ("bar", 0, 60, 100, 103, 99, 101)],
        IN_102,
    ),
    "a stop-limit entry that gaps within its limit fills at the open": (
        STOP_LIMIT,
        [BUY_102, ("tick", 1, 102.05)],
        ["ENTRY works 4 at 102", "ENTRY BUY 4 at 102.05", *bracket(4)],
    ),
    "a stop-limit entry that is gapped over rests at its limit": (
        STOP_LIMIT,
        [BUY_102, ("tick", 1, 103), ("tick", 2, 102.1), ("tick", 3, 102.09)],
        ["ENTRY works 4 at 102", "triggered", "ENTRY BUY 4 at 102.09", *bracket(4)],
    ),
    "a stop-limit entry that nobody comes back for never fills": (
        STOP_LIMIT,
        [BUY_102, ("tick", 1, 103), ("tick", 2, 110), ("tick", 3, 120)],
        ["ENTRY works 4 at 102", "triggered"],
    ),
    "slippage never leads a stop-limit beyond its limit": (
        {**STOP_LIMIT, "slippage_bps": 25.0},
        [BUY_102, ("tick", 1, 102)],
        ["ENTRY works 4 at 102", "ENTRY BUY 4 at 102.10", *bracket(4)],
    ),
    "a protective stop-limit fills at its stop": (
        SAFE,
        [AT_100, ("tick", 1, 100), ("tick", 2, 95)],
        [*IN_100, "STOP SELL 4 at 95", "closed LONG 4 by STOP net -20", NO_TARGET],
    ),
    "a protective stop-limit that is gapped over protects only from its limit on": (
        SAFE,
        [AT_100, ("tick", 1, 100), ("tick", 2, 94), ("tick", 3, 94.9), ("tick", 4, 94.92)],
        [*IN_100, "triggered", "STOP SELL 4 at 94.92", "closed LONG 4 by STOP net -20.32", NO_TARGET],
    ),
    "a slot that begins beyond the limit of a stop-limit and comes back fills it at the limit": (
        SAFE,
        [AT_100, ("tick", 1, 100), ("slot", 2, 9, 94, 99, 93, 99)],
        [*IN_100, "triggered", "STOP SELL 4 at 94.90", "closed LONG 4 by STOP net -20.40", NO_TARGET],
    ),
    "and does so before its target, which lies farther on the way back": (
        SAFE,
        [AT_100, ("tick", 1, 100), ("slot", 2, 9, 94, 111, 94, 111)],
        [*IN_100, "triggered", "STOP SELL 4 at 94.90", "closed LONG 4 by STOP net -20.40", NO_TARGET],
    ),
    "a slot that begins beyond the limit of a stop-limit entry and comes back fills it at the limit": (
        STOP_LIMIT,
        [BUY_102, ("slot", 1, 5, 103, 104, 101, 102)],
        ["ENTRY works 4 at 102", "triggered", "ENTRY BUY 4 at 102.10", *bracket(4)],
    ),
    "a touch of the limit on the way back fills nothing": (
        SAFE,
        [AT_100, ("tick", 1, 100), ("slot", 2, 9, 94, 94.9, 93, 94)],
        [*IN_100, "triggered"],
    ),
    "the bar of a stop-limit that opened beyond its limit fills it before the target": (
        {**SAFE, **ON_BARS},
        [AT_100, ("open", 0, 100), ("open", 60, 94), ("bar", 60, 120, 94, 111, 93, 111)],
        [*IN_100, "triggered", "STOP SELL 4 at 94.90", "closed LONG 4 by STOP net -20.40", NO_TARGET],
    ),
    "a slot that reaches the limit of a gapped stop-limit and the target fills the stop": (
        SAFE,
        [AT_100, ("tick", 1, 100), ("tick", 2, 94), ("slot", 3, 9, 94, 111, 94, 111)],
        [*IN_100, "triggered", "STOP SELL 4 at 94.90", "closed LONG 4 by STOP net -20.40", NO_TARGET],
    ),
}

TRAILS = {
    "a trailing stop follows the price": (
        TRAILING,
        [AT_100, ("tick", 1, 100), ("tick", 2, 103), ("tick", 3, 98)],
        [*IN_100, "STOP now 4 at 98", "STOP SELL 4 at 98", "closed LONG 4 by STOP net -8", NO_TARGET],
    ),
    "a trailing stop never goes back": (
        TRAILING,
        [AT_100, ("tick", 1, 100), ("tick", 2, 103), ("tick", 3, 101), ("tick", 4, 102.5)],
        [*IN_100, "STOP now 4 at 98"],
    ),
    "a trailing stop is moved by a bar only after the bar": (
        {**TRAILING, **ON_BARS},
        [AT_100, ("open", 0, 100), ("bar", 0, 60, 100, 104, 98.5, 100)],
        [*IN_100, "STOP now 4 at 99"],
    ),
    "the next bar may trigger what the last one moved": (
        {**TRAILING, **ON_BARS},
        [
            AT_100,
            ("open", 0, 100),
            ("bar", 0, 60, 100, 104, 98.5, 100),
            ("open", 60, 100),
            ("bar", 60, 120, 100, 106, 98.9, 106),
        ],
        [*IN_100, "STOP now 4 at 99", "STOP SELL 4 at 99", "closed LONG 4 by STOP net -4", NO_TARGET],
    ),
    "a gap through a trailing stop fills at the open": (
        TRAILING,
        [AT_100, ("tick", 1, 100), ("tick", 2, 103), ("tick", 3, 96)],
        [*IN_100, "STOP now 4 at 98", "STOP SELL 4 at 96", "closed LONG 4 by STOP net -16", NO_TARGET],
    ),
    "a short's trailing stop follows downwards": (
        TRAILING,
        [("enter", 0, "SELL", 4, 100, 105, 90), ("tick", 1, 100), ("tick", 2, 96), ("tick", 3, 101)],
        [
            "ENTRY works 4",
            "ENTRY SELL 4 at 100",
            "STOP works 4 at 105",
            "TARGET works 4 at 90",
            "STOP now 4 at 101",
            "STOP BUY 4 at 101",
            "closed SHORT 4 by STOP net -4",
            NO_TARGET,
        ],
    ),
    "a trailing stop that has passed the limit of its entry's rest acts before it": (
        {**TRAILING, **LIMIT, **IN_UNITS},
        [BUY_98, ("volume", 1, 97, 1), ("volume", 2, 102, 9), ("price", 3, 4, 100, 100, 96, 96, True)],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 1 at 97",
            *bracket(1),
            "STOP now 1 at 99",
            "STOP SELL 1 at 99",
            "closed LONG 1 by STOP net 2",
            "ENTRY canceled 3 BRACKET_SIBLING",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    "a stop that waits as a market order acts before the rest of its entry": (
        {**LIMIT, "quantity_model": "volume_cap", "volume_cap": 0.5},
        [BUY_98, ("volume", 1, 97, 2), ("volume", 2, 95, 1), ("traded", 3, (99, 99, 97, 97), 9)],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 1 at 97",
            *bracket(1),
            "triggered",
            "STOP SELL 1 at 99",
            "closed LONG 1 by STOP net 2",
            "ENTRY canceled 3 BRACKET_SIBLING",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    "a triggered trailing stop follows no more": (
        {**TRAILING, **IN_UNITS},
        [AT_100, ("volume", 1, 100, 9), ("volume", 2, 95, 1), ("volume", 3, 104, 1), ("volume", 4, 99, 9)],
        [
            *IN_100,
            "triggered",
            "STOP SELL 1 at 95",
            NO_TARGET,
            "STOP SELL 1 at 104",
            "STOP SELL 2 at 99",
            "closed LONG 4 by STOP net -3",
        ],
    ),
}

# 2024-07-03 is a half day: 13:30 to 17:00 UTC; the 4th is a holiday, the 5th a regular day.
NOON = 1_720_008_000
HALF_CLOSE, NEXT_OPEN, NEXT_CLOSE = NOON + 18_000, NOON + 178_200, NOON + 201_600
DAY = {"time_in_force": "day", "hours": "XNYS", **LIMIT}
IOC = {"time_in_force": "ioc"}
ON_DAY = ("enter", NOON + 6_000, *BUY_98[2:])

TIMES = {
    "a DAY order is over at the early close of a half day": (
        DAY,
        [ON_DAY, ("timer", HALF_CLOSE), ("timer", HALF_CLOSE + 1)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 DAY_OVER"],
    ),
    "a trade at the close still fills a DAY order": (
        DAY,
        [ON_DAY, ("tick", HALF_CLOSE, 97)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 97", *bracket(4)],
    ),
    "a price of the next session ends a DAY order, whether its timer came or not": (
        DAY,
        [ON_DAY, ("tick", NEXT_OPEN, 97)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 DAY_OVER"],
    ),
    "around the clock a DAY order is over at the first instant of the next day": (
        {**LIMIT, "time_in_force": "day"},
        [BUY_98, ("tick", 86_400, 97)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 DAY_OVER"],
    ),
    "a DAY order decided after the close works in the next session": (
        DAY,
        [("enter", HALF_CLOSE + 60, *BUY_98[2:]), ("timer", NEXT_OPEN), ("tick", NEXT_OPEN, 97)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 97", *bracket(4)],
    ),
    "a DAY order decided at the very close works in the next session": (
        DAY,
        [("enter", HALF_CLOSE, *BUY_98[2:]), ("timer", NEXT_OPEN), ("tick", NEXT_OPEN, 97)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 97", *bracket(4)],
    ),
    "and is over at that session's close": (
        DAY,
        [("enter", HALF_CLOSE + 60, *BUY_98[2:]), ("timer", NEXT_CLOSE), ("timer", NEXT_CLOSE + 1)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 DAY_OVER"],
    ),
    "a GTC order works on over the close": (
        {**DAY, "time_in_force": "gtc"},
        [ON_DAY, ("tick", NEXT_OPEN, 97)],
        ["ENTRY works 4 at 98", "ENTRY BUY 4 at 97", *bracket(4)],
    ),
    "what a DAY order filled keeps its bracket over the close": (
        {**DAY, **IN_UNITS},
        [
            ON_DAY,
            ("volume", NOON + 6_100, 97, 1),
            ("timer", HALF_CLOSE + 1),
            ("volume", NEXT_OPEN, 94, 9),
        ],
        [
            "ENTRY works 4 at 98",
            "ENTRY BUY 1 at 97",
            *bracket(1),
            "ENTRY canceled 3 DAY_OVER",
            "STOP SELL 1 at 94",
            "closed LONG 1 by STOP net -3",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    "an IOC order fills at the next price": (IOC, [AT_100, ("tick", 1, 100)], IN_100),
    "what an IOC order does not fill at once is over": (
        {**IOC, **IN_UNITS},
        [AT_100, ("volume", 1, 100, 3), ("volume", 2, 100, 9)],
        ["ENTRY works 4", "ENTRY BUY 3 at 100", *bracket(3), "ENTRY canceled 1 IOC_REST"],
    ),
    "an IOC limit that is not marketable is over at the first price": (
        {**IOC, **LIMIT},
        [BUY_98, ("tick", 1, 100), ("tick", 2, 97)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 IOC_REST"],
    ),
    "an IOC order sees the first price of a slot alone": (
        {**IOC, **LIMIT},
        [BUY_98, ("slot", 1, 5, 100, 101, 97, 99)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 IOC_REST"],
    ),
    "an IOC order waits for the open of a bar": (
        {**IOC, **ON_BARS},
        [AT_100, ("bar", 0, 60, 99, 101, 97, 99), ("open", 60, 100)],
        IN_100,
    ),
    "a halt fills nothing, and the first trade after it is a gap": (
        {},
        [AT_100, ("tick", 1, 100), ("tick", 4_000, 90)],
        [*IN_100, "STOP SELL 4 at 90", "closed LONG 4 by STOP net -40", NO_TARGET],
    ),
    "an order that came during a halt fills at the first trade after it": (
        {},
        [("tick", 1, 90), ("enter", 2, *AT_100[2:]), ("tick", 4_000, 100)],
        IN_100,
    ),
    "a halt on a tape of bars: the first open after it is a gap through the target": (
        ON_BARS,
        [AT_100, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 7_200, 112)],
        [*IN_100, "TARGET SELL 4 at 112", "closed LONG 4 by TARGET net 48", STOP_GONE],
    ),
    "a trailing stop does not move in a halt, and is gapped through at its end": (
        TRAILING,
        [AT_100, ("tick", 1, 100), ("tick", 2, 103), ("tick", 4_000, 90)],
        [*IN_100, "STOP now 4 at 98", "STOP SELL 4 at 90", "closed LONG 4 by STOP net -40", NO_TARGET],
    ),
    "a bracket held over the early close of a half day is gapped through at the next open": (
        {"hours": "XNYS"},
        [
            ("enter", NOON + 6_000, *AT_100[2:]),
            ("tick", NOON + 6_001, 100),
            ("tick", HALF_CLOSE, 99),
            ("tick", NEXT_OPEN, 94),
        ],
        [*IN_100, "STOP SELL 4 at 94", "closed LONG 4 by STOP net -24", NO_TARGET],
    ),
    "an entry filled in part goes on over the day's roll, and so do its legs": (
        {**IN_UNITS},
        [AT_100, ("volume", 1, 100, 1), ("day", 3_600, 0, 0, 0), ("volume", 90_000, 101, 9)],
        ["ENTRY works 4", "ENTRY BUY 1 at 100", *bracket(1), "ENTRY BUY 3 at 101", *resized(4)],
    ),
    "a position held over the day's roll is stopped at the next open": (
        ON_BARS,
        [AT_100, ("open", 0, 100), ("day", 3_600, 0, 0, 0), ("open", 90_000, 93)],
        [*IN_100, "STOP SELL 4 at 93", "closed LONG 4 by STOP net -28", NO_TARGET],
    ),
}

ROWS = {**LIMITS, **STOPS, **TRAILS, **TIMES}


@pytest.mark.parametrize("name", ROWS)
def test_prices_in_events_out(name, desk):
    settings, story, lines = ROWS[name]
    here = desk(**settings)
    here.tell(story)
    assert here.lines == lines
    here.check_lifecycles()


@pytest.mark.parametrize(
    ("side", "stop", "target", "legs"),
    [
        ("BUY", 90.009, 110.001, ["STOP works 10 at 90", "TARGET works 10 at 110.01"]),
        ("SELL", 110.001, 90.009, ["STOP works 10 at 110.01", "TARGET works 10 at 90"]),
        ("BUY", 0.004, 110, ["STOP works 10 at 0.01", "TARGET works 10 at 110"]),
    ],
)
def test_the_legs_of_levels_off_the_tick_lie_on_it_away_from_the_market(desk, side, stop, target, legs):
    here = desk()
    here.approve(1, side, 10, stop, target)
    here.tick(2, 100)
    assert here.lines[-2:] == legs


def test_the_limit_of_a_stop_limit_counts_its_ticks_from_the_level_on_the_tick(desk):
    here = desk(stop="stop_limit", stop_limit_ticks=3)
    here.approve(1, "BUY", 10, 90.009, 110)
    here.tick(2, 100)
    stop = here.state.books["SPX"].orders[here.order("STOP")].accepted
    assert (stop.price, stop.limit) == (90_000_000_000, 89_970_000_000)


def test_the_limit_of_a_stop_limit_is_never_below_a_tick(desk):
    here = desk(stop="stop_limit", stop_limit_ticks=10)
    here.tell([("enter", 0, "BUY", 10, 100, 0.1, 110), ("tick", 1, 100)])
    stop = here.state.books["SPX"].orders[here.order("STOP")].accepted
    assert (stop.price, stop.limit) == (100_000_000, 10_000_000)


@pytest.mark.parametrize("seed", range(5))
def test_an_order_fills_at_most_once_on_one_price(desk, seed):
    here = desk(**LIMIT, partial_fill_probability=1.0, seed=seed)
    here.tell([("enter", 0, "BUY", 400, 98, 95, 110), ("slot", 1, 5, 100, 101, 97, 99)])
    assert [fill.role.value for fill in here.fills] == ["ENTRY"]
    here.tell([("slot", 6, 9, 99, 99, 94, 95)])
    assert [fill.role.value for fill in here.fills] == ["ENTRY", "ENTRY", "STOP"]
