"""The venue's models and the requests about working orders, as prices in and order events out.

Unless a row says otherwise: a buy of 4 with stop 95 and target 110, decided at second 0, no slippage, no
delay, no partial fills, no fees, a tape of trades. ``volume`` is a trade of so many units.
"""

import msgspec
import pytest

from tradingfloor.actors.config import ExecutionConfig, KindConfig
from tradingfloor.actors.executor.models import Rejects, models
from tradingfloor.actors.messages import OrderApproved
from tradingfloor.actors.types import NANOS, Refusal

BUY = ("enter", 0, "BUY", 4, 100, 95, 110)
BUY_98 = ("enter", 0, "BUY", 4, 98, 95, 110)
IN_100 = ["ENTRY works 4", "ENTRY BUY 4 at 100", "STOP works 4 at 95", "TARGET works 4 at 110"]
BRACKET = IN_100[2:]
STOPPED = ["closed LONG 4 by STOP net -20", "TARGET canceled 4 BRACKET_SIBLING"]

LIMIT = {"entry": "limit"}
ON_BARS = {"bar": 60}
CAP = {"quantity_model": "volume_cap", "volume_cap": 1.0}
TICKS = {"price_model": "fixed_ticks", "slippage_ticks": 2}
SPREAD = {"price_model": "half_spread", "spread_part": 0.75, "spread_bps": 2.0}
SHARE = {"price_model": "volume_share", "volume_limit": 0.025, "volume_impact": 0.1}


def entered(price):
    return ["ENTRY works 4", f"ENTRY BUY 4 at {price}", *BRACKET]


PRICES = {
    "no model costs nothing": (
        {"price_model": "none", "slippage_bps": 50.0},
        [BUY, ("tick", 1, 100)],
        IN_100,
    ),
    "fixed ticks go against a buy": (TICKS, [BUY, ("tick", 1, 100)], entered("100.02")),
    "fixed ticks go against a sale": (
        TICKS,
        [BUY, ("tick", 1, 99.98), ("tick", 2, 95)],
        [*entered(100), "STOP SELL 4 at 94.98", "closed LONG 4 by STOP net -20.08", STOPPED[1]],
    ),
    "a part of the half spread of the quote": (
        SPREAD,
        [BUY, ("quote", 1, 100, 99.8, 100.2)],
        entered("100.15"),
    ),
    "an assumed spread where there is no quote": (SPREAD, [BUY, ("tick", 1, 100)], entered("100.01")),
    "a locked quote fills nothing": (
        SPREAD,
        [BUY, ("quote", 1, 100, 100, 100), ("quote", 2, 100, 99.8, 100.2)],
        entered("100.15"),
    ),
    "a crossed quote fills nothing": (SPREAD, [BUY, ("quote", 1, 100, 100.1, 99.9)], ["ENTRY works 4"]),
    "a one-sided quote fills nothing": (SPREAD, [BUY, ("quote", 1, 100, 0, 100.1)], ["ENTRY works 4"]),
    "where nobody quotes nothing fills": (SPREAD, [BUY, ("quote", 1, 100, 0, 0)], ["ENTRY works 4"]),
    "a flatten waits for a quote that can be traded at": (
        SPREAD,
        [
            *(BUY, ("quote", 1, 100, 99.8, 100.2), ("flatten", 2)),
            *(("quote", 3, 99, 99.1, 98.9), ("quote", 4, 98, 97.8, 98.2)),
        ],
        [
            *entered("100.15"),
            "STOP canceled 4 FLATTENED",
            "TARGET canceled 4 FLATTENED",
            "FLATTEN works 4",
            "FLATTEN SELL 4 at 97.85",
            "closed LONG 4 by FLATTEN net -9.20",
        ],
    ),
    "a stop on a locked quote is triggered and fills at the next one": (
        SPREAD,
        [BUY, ("quote", 1, 100, 99.8, 100.2), ("quote", 2, 95, 95, 95), ("quote", 3, 96, 95.8, 96.2)],
        [
            *entered("100.15"),
            "triggered",
            "STOP SELL 4 at 95.85",
            "closed LONG 4 by STOP net -17.20",
            STOPPED[1],
        ],
    ),
    "a stop on a locked quote goes before its target, on that update and after": (
        SPREAD,
        [
            BUY,
            ("quote", 1, 100, 99.8, 100.2),
            ("quoted", 2, (100, 111, 94, 111), 100, 100),
            ("quoted", 3, (112, 112, 112, 112), 112, 112),
            ("quote", 4, 96, 95.8, 96.2),
        ],
        [
            *entered("100.15"),
            "triggered",
            "STOP SELL 4 at 95.85",
            "closed LONG 4 by STOP net -17.20",
            STOPPED[1],
        ],
    ),
    "a share of the volume moves the price by its square": (
        {**SHARE, "volume_limit": 1.0},
        [BUY, ("volume", 1, 100, 40)],
        entered("100.10"),
    ),
    "the share that moves the price is limited": (SHARE, [BUY, ("volume", 1, 100, 4)], entered("100.01")),
    "a share of an assumed volume": (
        {**SHARE, "volume_limit": 1.0, "assumed_volume": 4},
        [BUY, ("volume", 1, 100, 0)],
        entered("110"),
    ),
    "slippage stays inside the bar where the config says so": (
        {"slippage_bps": 50.0, "outside_bar": False, **ON_BARS},
        [BUY, ("open", 0, 100), ("bar", 0, 60, 100, 100, 94.9, 96)],
        [*IN_100, "STOP SELL 4 at 94.90", "closed LONG 4 by STOP net -20.40", STOPPED[1]],
    ),
}

QUANTITIES = {
    "all of an order fills at once": (
        {"quantity_model": "all", "partial_fill_probability": 1.0},
        [BUY, ("tick", 1, 100)],
        IN_100,
    ),
    "no more fills than the cap of the volume": (
        CAP,
        [BUY, ("volume", 1, 100, 3), ("volume", 2, 101, 3)],
        [
            "ENTRY works 4",
            "ENTRY BUY 3 at 100",
            "STOP works 3 at 95",
            "TARGET works 3 at 110",
            "ENTRY BUY 1 at 101",
            "STOP now 4 at 95",
            "TARGET now 4 at 110",
        ],
    ),
    "where an update tells no volume the assumed one is capped": (
        {**CAP, "assumed_volume": 4},
        [BUY, ("volume", 1, 100, 0)],
        IN_100,
    ),
    "a volume whose cap is not one unit fills nothing": (
        {**CAP, "volume_cap": 0.1},
        [BUY, ("volume", 1, 99, 9), ("volume", 2, 100, 40)],
        IN_100,
    ),
    "two orders share the volume of one update": (
        CAP,
        [BUY, ("enter", 0, "BUY", 4, 100, 95, 110), ("volume", 1, 100, 5)],
        [
            "ENTRY works 4",
            "ENTRY works 4",
            "ENTRY BUY 4 at 100",
            *BRACKET,
            "ENTRY BUY 1 at 100",
            "STOP works 1 at 95",
            "TARGET works 1 at 110",
        ],
    ),
    "a stop that finds no volume is a market order all the same": (
        {**CAP, "volume_cap": 0.5},
        [BUY, ("volume", 1, 100, 8), ("volume", 2, 95, 1), ("volume", 3, 97, 8)],
        [*IN_100, "triggered", "STOP SELL 4 at 97", "closed LONG 4 by STOP net -12", STOPPED[1]],
    ),
    "a flatten is not capped": (
        CAP,
        [BUY, ("volume", 1, 100, 4), ("flatten", 2), ("volume", 3, 99, 1)],
        [
            *IN_100,
            "STOP canceled 4 FLATTENED",
            "TARGET canceled 4 FLATTENED",
            "FLATTEN works 4",
            "FLATTEN SELL 4 at 99",
            "closed LONG 4 by FLATTEN net -4",
        ],
    ),
    "a target in parts reduces the stop, which then takes the rest alone": (
        CAP,
        [BUY, ("volume", 1, 100, 9), ("volume", 2, 111, 3), ("volume", 3, 95, 9)],
        [
            *IN_100,
            "TARGET SELL 3 at 111",
            "STOP now 1 at 95",
            "STOP SELL 1 at 95",
            "closed LONG 4 by STOP net 28",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
}

ARRIVALS = {
    "a delay of one bar skips an open": (
        {"fill_delay_bars": 1, **ON_BARS},
        [BUY, ("open", 0, 99), ("bar", 0, 60, 99, 99, 99, 99), ("open", 60, 100)],
        IN_100,
    ),
    "a delay of a bar on a tape of trades waits for the next minute": (
        {"fill_delay_bars": 1},
        [("enter", 30, *BUY[2:]), ("tick", 45, 99), ("tick", 59.9, 98), ("tick", 60, 100)],
        IN_100,
    ),
    "next_bar_open on a tape of trades is the first trade of the next minute": (
        {"fill_timing": "next_bar_open"},
        [("enter", 30, *BUY[2:]), ("tick", 45, 99), ("tick", 61, 100)],
        IN_100,
    ),
    "next_bar_open on a tape of bars is the very next open": (
        {"fill_timing": "next_bar_open", **ON_BARS},
        [BUY, ("open", 0, 100)],
        IN_100,
    ),
    "the price is read at arrival, not at the decision": (
        {"fill_delay_ms": 500.0},
        [("tick", 0, 90), BUY, ("tick", 0.2, 91), ("tick", 0.5, 100)],
        IN_100,
    ),
}

REJECTS = {
    "a venue that asks for funds": (
        {"reject_rules": ("funds",)},
        [("enter", 0, "BUY", 4, 100, 95, 110, 100_000.01), ("enter", 1, "BUY", 4, 100, 95, 110, 100_000)],
        ["rejected FUNDS", "ENTRY works 4"],
    ),
    "a venue that is closed": (
        {"reject_rules": ("closed",), "hours": "XNYS"},
        [("enter", 1_720_008_000, *BUY[2:]), ("enter", 1_720_014_000, *BUY[2:])],
        ["rejected MARKET_CLOSED", "ENTRY works 4"],
    ),
    "a venue that waits for a first price": (
        {"reject_rules": ("no_price",)},
        [BUY, ("tick", 1, 100), ("enter", 2, *BUY[2:])],
        ["rejected NO_PRICE", "ENTRY works 4"],
    ),
    "a rule is named before chance": (
        {"reject_rules": ("no_price",), "reject_probability": 1.0},
        [BUY, ("tick", 1, 100), ("enter", 2, *BUY[2:])],
        ["rejected NO_PRICE", "rejected VENUE_RANDOM"],
    ),
}

REQUESTS = {
    "a cancel on request": (LIMIT, [BUY_98, ("cancel", 1, "ENTRY"), ("tick", 2, 97)],
        ["ENTRY works 4 at 98", "ENTRY canceled 4 CANCEL_REQUESTED"]),
    "a cancelled target leaves the stop": (
        {},
        [BUY, ("tick", 1, 100), ("cancel", 2, "TARGET"), ("tick", 3, 111), ("tick", 4, 95)],
        [*IN_100, "TARGET canceled 4 CANCEL_REQUESTED", "STOP SELL 4 at 95", STOPPED[0]],
    ),
    "an order that is over cannot be cancelled": (
        {},
        [BUY, ("tick", 1, 100), ("cancel", 2, "ENTRY")],
        [*IN_100, "refused UNKNOWN_ORDER"],
    ),
    "an order of another symbol cannot be cancelled": (
        LIMIT,
        [BUY_98, ("cancel", 1, "ENTRY", "ABC", b"o" * 16)],
        ["ENTRY works 4 at 98", "refused UNKNOWN_ORDER"],
    ),
    "a limit is moved": (
        LIMIT,
        [BUY_98, ("replace", 1, "ENTRY", 0, 99), ("tick", 2, 98.5)],
        ["ENTRY works 4 at 98", "ENTRY now 4 at 99", "ENTRY BUY 4 at 98.50", *BRACKET],
    ),
    "a moved limit counts from its arrival on": (
        {**LIMIT, "fill_delay_ms": 100.0},
        [BUY_98, ("replace", 1, "ENTRY", 0, 99), ("tick", 1.05, 98.5), ("tick", 1.1, 98.6)],
        ["ENTRY works 4 at 98", "ENTRY now 4 at 99", "ENTRY BUY 4 at 98.60", *BRACKET],
    ),
    "an entry is made smaller while it is partly filled": (
        CAP,
        [BUY, ("volume", 1, 100, 1), ("replace", 2, "ENTRY", 2), ("volume", 3, 100, 9)],
        [
            "ENTRY works 4",
            "ENTRY BUY 1 at 100",
            "STOP works 1 at 95",
            "TARGET works 1 at 110",
            "ENTRY now 2",
            "ENTRY BUY 1 at 100",
            "STOP now 2 at 95",
            "TARGET now 2 at 110",
        ],
    ),
    "an entry cannot be made larger than risk approved it": (
        LIMIT,
        [BUY_98, ("replace", 1, "ENTRY", 5)],
        ["ENTRY works 4 at 98", "refused ORDER_SIZE"],
    ),
    "an entry cannot be made smaller than it is filled": (
        CAP,
        [BUY, ("volume", 1, 100, 2), ("replace", 2, "ENTRY", 2)],
        [
            "ENTRY works 4",
            "ENTRY BUY 2 at 100",
            "STOP works 2 at 95",
            "TARGET works 2 at 110",
            "refused ORDER_SIZE",
        ],
    ),
    "a leg cannot be resized: its entry sizes it": (
        {},
        [BUY, ("tick", 1, 100), ("replace", 2, "STOP", 1)],
        [*IN_100, "refused ORDER_SIZE"],
    ),
    "a stop is moved": (
        {},
        [BUY, ("tick", 1, 100), ("replace", 2, "STOP", 0, 97), ("tick", 3, 97)],
        [*IN_100, "STOP now 4 at 97", "STOP SELL 4 at 97", "closed LONG 4 by STOP net -12", STOPPED[1]],
    ),
    "a stop that is moved during a bar acts on the whole of it": (
        ON_BARS,
        [BUY, ("open", 0, 100), ("replace", 30, "STOP", 0, 97), ("bar", 0, 60, 100, 100, 96, 99)],
        [*IN_100, "STOP now 4 at 97", "STOP SELL 4 at 97", "closed LONG 4 by STOP net -12", STOPPED[1]],
    ),
    "a target that is moved during a bar acts from the next one on": (
        ON_BARS,
        [
            BUY,
            ("open", 0, 100),
            ("replace", 30, "TARGET", 0, 101),
            ("bar", 0, 60, 100, 105, 99, 99),
            ("open", 60, 103),
        ],
        [
            *IN_100,
            "TARGET now 4 at 101",
            "TARGET SELL 4 at 103",
            "closed LONG 4 by TARGET net 12",
            "STOP canceled 4 BRACKET_SIBLING",
        ],
    ),
    "a market order has no price to move": ({}, [BUY, ("replace", 1, "ENTRY", 0, 99)],
        ["ENTRY works 4", "refused ORDER_STATUS"]),
    "a plain stop has no limit to move": (
        {},
        [BUY, ("tick", 1, 100), ("replace", 2, "STOP", 0, 0, 94)],
        [*IN_100, "refused ORDER_STATUS"],
    ),
    "a triggered stop has no price to move": (
        {"stop": "stop_limit"},
        [BUY, ("tick", 1, 100), ("tick", 2, 94), ("replace", 3, "STOP", 0, 93)],
        [*IN_100, "triggered", "refused ORDER_STATUS"],
    ),
    "the limit of a triggered stop-limit is moved": (
        {"stop": "stop_limit"},
        [BUY, ("tick", 1, 100), ("tick", 2, 94), ("replace", 3, "STOP", 0, 0, 93), ("tick", 4, 93.5)],
        [
            *IN_100,
            "triggered",
            "STOP now 4 at 95",
            "STOP SELL 4 at 93.50",
            "closed LONG 4 by STOP net -26",
            STOPPED[1],
        ],
    ),
    "a price off the tick is refused": (LIMIT, [BUY_98, ("replace", 1, "ENTRY", 0, 97.005)],
        ["ENTRY works 4 at 98", "refused OFF_TICK"]),
    "a price that is none is refused": (LIMIT, [BUY_98, ("replace", 1, "ENTRY", 0, -97)],
        ["ENTRY works 4 at 98", "refused OUT_OF_RANGE"]),
    "a price beyond all prices is refused": (LIMIT, [BUY_98, ("replace", 1, "ENTRY", 0, 100_000_001)],
        ["ENTRY works 4 at 98", "refused OUT_OF_RANGE"]),
    "the flatten of a kill cannot be cancelled": (
        {},
        [BUY, ("tick", 1, 100), ("kill", 2), ("cancel", 3, "FLATTEN"), ("tick", 4, 99)],
        [
            *IN_100,
            "FLATTEN works 4",
            "STOP canceled 4 KILLED",
            "TARGET canceled 4 KILLED",
            "refused KILLED",
            "FLATTEN SELL 4 at 99",
            "closed LONG 4 by FLATTEN net -4",
        ],
    ),
    "a flatten that somebody asked for goes on": (
        {},
        [BUY, ("tick", 1, 100), ("flatten", 2), ("cancel", 3, "FLATTEN"), ("replace", 3, "FLATTEN", 1)],
        [
            *IN_100,
            "STOP canceled 4 FLATTENED",
            "TARGET canceled 4 FLATTENED",
            "FLATTEN works 4",
            "refused ORDER_STATUS",
            "refused ORDER_SIZE",
        ],
    ),
    "the flatten of a kill cannot be changed": (
        {},
        [BUY, ("tick", 1, 100), ("kill", 2), ("replace", 3, "FLATTEN", 1)],
        [*IN_100, "FLATTEN works 4", "STOP canceled 4 KILLED", "TARGET canceled 4 KILLED", "refused KILLED"],
    ),
}  # fmt: skip

ROWS = {**PRICES, **QUANTITIES, **ARRIVALS, **REJECTS, **REQUESTS}


@pytest.mark.parametrize("name", ROWS)
def test_prices_in_events_out(name, desk):
    settings, story, lines = ROWS[name]
    here = desk(**settings)
    here.tell(story)
    assert here.lines == lines
    here.check_lifecycles()


def test_a_kind_of_instrument_has_models_of_its_own():
    execution = ExecutionConfig(kinds={"equity": KindConfig(price_model="fixed_ticks", fill_delay_bars=2)})
    index, equity = (models(execution, kind, 1, 60 * 10**9) for kind in ("index", "equity"))
    assert (index.price.text, equity.price.text) == ("fixed_bps(5)", "fixed_ticks(1)")
    assert (index.delay.arrival(0), equity.delay.arrival(0)) == (0, 120 * 10**9)


@pytest.mark.parametrize(
    ("settings", "tape_bar", "text"),
    [
        ({}, 0, "at the next price, 100 ms or more after the decision"),
        ({}, 60, "at the next bar's open: a delay of 100 ms is within a bar"),
        ({"fill_delay_ms": 90_000.0}, 60, "at the first bar's open 90000 ms or more after the decision"),
        ({"fill_timing": "next_bar_open"}, 0, "at the first trade of minute 1 after the decision"),
        ({"fill_delay_bars": 2}, 0, "at the first trade of minute 2 after the decision"),
        ({"fill_delay_bars": 1}, 60, "at the open of bar 2 after the decision"),
    ],
)
def test_the_timing_of_fills_is_told_in_words(settings, tape_bar, text):
    assert models(ExecutionConfig(**settings), "index", 1, tape_bar * 10**9).delay.text == text


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"price_model": "none"}, "none"),
        ({"price_model": "fixed_ticks"}, "fixed_ticks(1)"),
        ({"price_model": "half_spread"}, "half_spread(0.75,2bps)"),
        ({"price_model": "volume_share"}, "volume_share(0.025,0.1)"),
    ],
)
def test_every_price_model_tells_its_name_and_parameters(settings, text):
    assert models(ExecutionConfig(**settings), "index", 1, 0).price.text == text


def test_the_funds_that_a_venue_asks_for_hold_the_fees_too(desk):
    here = desk()
    here.tell([("enter", 0, "BUY", 4, 100, 95, 110, 400)])
    (approved,) = here.said(OrderApproved)
    approved = msgspec.structs.replace(approved, reserved_fees=NANOS)
    venue = Rejects(seed=1, probability=0.0, rules=frozenset({"funds"}))
    assert venue.reason(approved, 401 * NANOS, 0, is_open=True) is None
    assert venue.reason(approved, 401 * NANOS - 1, 0, is_open=True) is Refusal.FUNDS
