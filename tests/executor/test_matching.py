"""Prices in, order events out: one named row per situation.

Unless a row says otherwise: long 4 with stop 95 and target 110, approved at second 0, no slippage, no
delay, no partial fills, no fees, a tape of trades. ``open`` and ``bar`` are the two instants of a bar.
"""

import pytest

LONG = ("approve", 0, "BUY", 4, 95, 110)
SHORT = ("approve", 0, "SELL", 4, 105, 90)
TWO = ("approve", 0, "BUY", 2, 95, 110)

ENTERED = ["ENTRY works 4", "ENTRY BUY 4 at 100", "STOP works 4 at 95", "TARGET works 4 at 110"]
ENTERED_SHORT = ["ENTRY works 4", "ENTRY SELL 4 at 100", "STOP works 4 at 105", "TARGET works 4 at 90"]
HALF = ["ENTRY works 2", "ENTRY BUY 1 at 100", "STOP works 1 at 95", "TARGET works 1 at 110"]
BOTH_HALVES = [*HALF, "ENTRY BUY 1 at 100", "STOP now 2 at 95", "TARGET now 2 at 110"]
STOPPED = ["STOP SELL 4 at 95", "closed LONG 4 by STOP net -20", "TARGET canceled 4 BRACKET_SIBLING"]
TAKEN = ["TARGET SELL 4 at 110", "closed LONG 4 by TARGET net 40", "STOP canceled 4 BRACKET_SIBLING"]

ON_BARS = {"bar": 60}
IN_PARTS = {"partial_fill_probability": 1.0}

ROWS = {
    # --- entries ---
    "an entry waits for a price": ({}, [LONG], ["ENTRY works 4"]),
    "an entry fills at the next trade and puts its bracket to work": (
        {},
        [LONG, ("tick", 1, 100)],
        ENTERED,
    ),
    "a merged slot fills an entry at its first price": (
        {},
        [LONG, ("slot", 1, 5, 100, 104, 99, 103)],
        ENTERED,
    ),
    "the range of a bar fills no entry": (ON_BARS, [LONG, ("bar", 0, 60, 100, 101, 99, 100)], ENTERED[:1]),
    "the bar that raised the signal fills nothing": (
        ON_BARS,
        [("approve", 60, "BUY", 4, 95, 110), ("bar", 0, 60, 100, 101, 99, 100), ("open", 60, 100)],
        ENTERED,
    ),
    "a trade before the delay is over fills nothing": (
        {"fill_delay_ms": 100.0},
        [LONG, ("tick", 0.05, 99), ("tick", 0.0999, 98), ("tick", 0.1, 100)],
        ENTERED,
    ),
    "a slot that began before the delay was over fills nothing": (
        {"fill_delay_ms": 100.0},
        [LONG, ("slot", 0.05, 0.5, 99, 101, 98, 100), ("tick", 0.6, 100)],
        ENTERED,
    ),
    "a delay shorter than the tape's bar means the next bar's open": (
        {"fill_delay_ms": 100.0, **ON_BARS},
        [LONG, ("open", 0, 100)],
        ENTERED,
    ),
    "a delay longer than the tape's bar skips an open": (
        {"fill_delay_ms": 90_000.0, **ON_BARS},
        [LONG, ("open", 60, 99), ("bar", 60, 120, 99, 99, 99, 99), ("open", 120, 100)],
        ENTERED,
    ),
    "a delay as long as the tape's bar is waited for": (
        {"fill_delay_ms": 60_000.0, **ON_BARS},
        [LONG, ("open", 0, 99), ("open", 60, 100)],
        ENTERED,
    ),
    "the venue rejects at random": ({"reject_probability": 1.0}, [LONG], ["rejected VENUE_RANDOM"]),
    "a fill above its reservation is cut and the rest cancelled": (
        {},
        [("approve", 0, "BUY", 4, 95, 110, 399.99), ("tick", 1, 100)],
        [
            "ENTRY works 4",
            "ENTRY BUY 3 at 100",
            "ENTRY canceled 1 RESERVATION_CUT",
            "STOP works 3 at 95",
            "TARGET works 3 at 110",
        ],
    ),
    "a reservation is met to the nano": (
        {},
        [("approve", 0, "BUY", 4, 95, 110, 400), ("tick", 1, 100)],
        ENTERED,
    ),
    "a reservation that holds not one unit cancels the entry": (
        {},
        [("approve", 0, "BUY", 4, 95, 110, 99.99), ("tick", 1, 100)],
        ["ENTRY works 4", "ENTRY canceled 4 RESERVATION_CUT"],
    ),
    "the second part of an entry has what the first left of the reservation": (
        IN_PARTS,
        [("approve", 0, "BUY", 2, 95, 110, 200), ("tick", 1, 100), ("tick", 2, 101)],
        [*HALF, "ENTRY canceled 1 RESERVATION_CUT"],
    ),
    "what is left of a reservation counts the multiplier": (
        {"multiplier": 100, **IN_PARTS},
        [("approve", 0, "BUY", 2, 95, 110, 20_000), ("tick", 1, 100), ("tick", 2, 101)],
        [*HALF, "ENTRY canceled 1 RESERVATION_CUT"],
    ),
    "an entry in parts fills once per update": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("tick", 2, 100)],
        BOTH_HALVES,
    ),
    "slippage goes against a buy, onto the tick": (
        {"slippage_bps": 5.0},
        [LONG, ("tick", 1, 100.01)],
        ["ENTRY works 4", "ENTRY BUY 4 at 100.07", *ENTERED[2:]],
    ),
    # --- exits of a long ---
    "a touched stop fills at the stop": ({}, [LONG, ("tick", 1, 100), ("tick", 2, 95)], ENTERED + STOPPED),
    "a stop inside a bar fills at the stop": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 101, 94, 96)],
        ENTERED + STOPPED,
    ),
    "a stop that is not touched stays": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 101, 95.01, 96)],
        ENTERED,
    ),
    "a gap through the stop fills at the open": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 99), ("open", 60, 93)],
        [*ENTERED, "STOP SELL 4 at 93", "closed LONG 4 by STOP net -28", STOPPED[2]],
    ),
    "a slot that begins beyond the stop fills at its first price": (
        {},
        [LONG, ("tick", 1, 100), ("slot", 2, 3, 94, 99, 92, 98)],
        [*ENTERED, "STOP SELL 4 at 94", "closed LONG 4 by STOP net -24", STOPPED[2]],
    ),
    "a stop slips beyond the bar": (
        {"slippage_bps": 5.0, **ON_BARS},
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 101, 95, 96)],
        [
            "ENTRY works 4",
            "ENTRY BUY 4 at 100.05",
            *ENTERED[2:],
            "STOP SELL 4 at 94.95",
            "closed LONG 4 by STOP net -20.40",
            STOPPED[2],
        ],
    ),
    "a touch of the target fills nothing": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 110, 99, 109)],
        ENTERED,
    ),
    "a trade through the target fills at the target": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 110.01, 99, 109)],
        ENTERED + TAKEN,
    ),
    "a target pays no slippage": (
        {"slippage_bps": 5.0, **ON_BARS},
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 111, 99, 109)],
        [
            "ENTRY works 4",
            "ENTRY BUY 4 at 100.05",
            *ENTERED[2:],
            TAKEN[0],
            "closed LONG 4 by TARGET net 39.80",
            TAKEN[2],
        ],
    ),
    "a gap through the target fills at the open": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 100), ("open", 60, 112)],
        [*ENTERED, "TARGET SELL 4 at 112", "closed LONG 4 by TARGET net 48", TAKEN[2]],
    ),
    "an open right at the target is a touch": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 100, 99, 100), ("open", 60, 110)],
        ENTERED,
    ),
    "both in one bar is the stop": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 120, 90, 119)],
        ENTERED + STOPPED,
    ),
    "a gap at the open comes before both: the target fills there, whatever the bar does then": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("open", 60, 112), ("bar", 60, 120, 112, 113, 90, 91)],
        [*ENTERED, "TARGET SELL 4 at 112", "closed LONG 4 by TARGET net 48", TAKEN[2]],
    ),
    "both in one slot is the stop": (
        {},
        [LONG, ("tick", 1, 100), ("slot", 2, 9, 100, 120, 90, 119)],
        ENTERED + STOPPED,
    ),
    "an entry at the open may be stopped in the same bar": (
        ON_BARS,
        [LONG, ("open", 0, 100), ("bar", 0, 60, 100, 100, 95, 99), ("open", 60, 120)],
        ENTERED + STOPPED,
    ),
    "an entry in a slot is stopped by the rest of it, and never takes its target there": (
        {},
        [LONG, ("slot", 1, 5, 100, 120, 90, 100)],
        ENTERED + STOPPED,
    ),
    "an entry in a slot without a touch of its stop exits only on later updates": (
        {},
        [LONG, ("slot", 1, 5, 100, 120, 99, 100), ("tick", 6, 100), ("tick", 7, 95)],
        ENTERED + STOPPED,
    ),
    "a trade at the very instant of the entry's may stop it": (
        {},
        [LONG, ("tick", 1, 100), ("tick", 1, 95)],
        ENTERED + STOPPED,
    ),
    "an entry that opens beyond its stop leaves in the same bar": (
        ON_BARS,
        [LONG, ("open", 0, 94), ("bar", 0, 60, 94, 99, 93, 99)],
        [
            "ENTRY works 4",
            "ENTRY BUY 4 at 94",
            *ENTERED[2:],
            "STOP SELL 4 at 94",
            "closed LONG 4 by STOP net 0",
            STOPPED[2],
        ],
    ),
    "an entry that opens beyond its target leaves at the worst price the limit allows": (
        ON_BARS,
        [LONG, ("open", 0, 112), ("bar", 0, 60, 112, 115, 111, 114)],
        [
            "ENTRY works 4",
            "ENTRY BUY 4 at 112",
            *ENTERED[2:],
            "TARGET SELL 4 at 111",
            "closed LONG 4 by TARGET net -4",
            TAKEN[2],
        ],
    ),
    "an entry that opens beyond its target never leaves below it": (
        ON_BARS,
        [LONG, ("open", 0, 112), ("bar", 0, 60, 112, 115, 108, 114)],
        [
            "ENTRY works 4",
            "ENTRY BUY 4 at 112",
            *ENTERED[2:],
            TAKEN[0],
            "closed LONG 4 by TARGET net -8",
            TAKEN[2],
        ],
    ),
    # --- exits of a short ---
    "a short's stop is touched from below": (
        ON_BARS,
        [SHORT, ("open", 0, 100), ("bar", 0, 60, 100, 105, 99, 101)],
        [
            *ENTERED_SHORT,
            "STOP BUY 4 at 105",
            "closed SHORT 4 by STOP net -20",
            "TARGET canceled 4 BRACKET_SIBLING",
        ],
    ),
    "a short's target needs a trade below it": (
        ON_BARS,
        [
            SHORT,
            ("open", 0, 100),
            ("bar", 0, 60, 100, 101, 90, 91),
            ("open", 60, 91),
            ("bar", 60, 120, 91, 92, 89.99, 92),
        ],
        [
            *ENTERED_SHORT,
            "TARGET BUY 4 at 90",
            "closed SHORT 4 by TARGET net 40",
            "STOP canceled 4 BRACKET_SIBLING",
        ],
    ),
    "a short gapped through its stop pays the open": (
        ON_BARS,
        [SHORT, ("open", 0, 100), ("open", 60, 108)],
        [
            *ENTERED_SHORT,
            "STOP BUY 4 at 108",
            "closed SHORT 4 by STOP net -32",
            "TARGET canceled 4 BRACKET_SIBLING",
        ],
    ),
    "a short gapped through its target gets the open": (
        ON_BARS,
        [SHORT, ("open", 0, 100), ("open", 60, 88)],
        [
            *ENTERED_SHORT,
            "TARGET BUY 4 at 88",
            "closed SHORT 4 by TARGET net 48",
            "STOP canceled 4 BRACKET_SIBLING",
        ],
    ),
    "slippage goes against a short on both sides": (
        {"slippage_bps": 5.0},
        [SHORT, ("tick", 1, 100.01), ("tick", 2, 105)],
        [
            "ENTRY works 4",
            "ENTRY SELL 4 at 99.95",
            *ENTERED_SHORT[2:],
            "STOP BUY 4 at 105.06",
            "closed SHORT 4 by STOP net -20.44",
            "TARGET canceled 4 BRACKET_SIBLING",
        ],
    ),
    # --- parts ---
    "a position of a partial entry that is stopped ends the entry": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("tick", 2, 95), ("tick", 3, 100)],
        [
            *HALF,
            "STOP SELL 1 at 95",
            "closed LONG 1 by STOP net -5",
            "ENTRY canceled 1 BRACKET_SIBLING",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    "a stop in parts becomes a market order and drops the target": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("tick", 2, 100), ("tick", 3, 95), ("tick", 4, 97)],
        [
            *BOTH_HALVES,
            "triggered",
            "STOP SELL 1 at 95",
            "TARGET canceled 2 BRACKET_SIBLING",
            "STOP SELL 1 at 97",
            "closed LONG 2 by STOP net -8",
        ],
    ),
    "the rest of a triggered stop waits for the next open of a bar": (
        {**IN_PARTS, **ON_BARS},
        [
            TWO,
            ("open", 0, 100),
            ("open", 60, 100),
            ("bar", 60, 120, 100, 100, 95, 99),
            ("bar", 61, 121, 99, 99, 80, 99),
            ("open", 120, 99),
        ],
        [
            *BOTH_HALVES,
            "triggered",
            "STOP SELL 1 at 95",
            "TARGET canceled 2 BRACKET_SIBLING",
            "STOP SELL 1 at 99",
            "closed LONG 2 by STOP net -6",
        ],
    ),
    "the rest of a target waits for the next trade through it": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("tick", 2, 100), ("tick", 3, 111), ("tick", 4, 110), ("tick", 5, 112)],
        [
            *BOTH_HALVES,
            "TARGET SELL 1 at 111",
            "STOP now 1 at 95",
            "TARGET SELL 1 at 112",
            "closed LONG 2 by TARGET net 23",
            "STOP canceled 1 BRACKET_SIBLING",
        ],
    ),
    "what a target in parts leaves open is still protected by the stop": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("tick", 2, 100), ("tick", 3, 111), ("tick", 4, 95)],
        [
            *BOTH_HALVES,
            "TARGET SELL 1 at 111",
            "STOP now 1 at 95",
            "STOP SELL 1 at 95",
            "closed LONG 2 by STOP net 6",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    # --- kill, flatten, stop ---
    "a kill flattens at the next price": (
        {},
        [LONG, ("tick", 1, 100), ("kill", 2), ("tick", 3, 101)],
        [
            *ENTERED,
            "FLATTEN works 4",
            "STOP canceled 4 KILLED",
            "TARGET canceled 4 KILLED",
            "FLATTEN SELL 4 at 101",
            "closed LONG 4 by FLATTEN net 4",
        ],
    ),
    "a kill with an entry half filled flattens what is there": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("kill", 2), ("tick", 3, 101), ("tick", 4, 101)],
        [
            *HALF,
            "FLATTEN works 1",
            "ENTRY canceled 1 KILLED",
            "STOP canceled 1 KILLED",
            "TARGET canceled 1 KILLED",
            "FLATTEN SELL 1 at 101",
            "closed LONG 1 by FLATTEN net 1",
        ],
    ),
    "a flatten order never fills in parts": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("tick", 2, 100), ("flatten", 3), ("tick", 4, 99)],
        [
            *BOTH_HALVES,
            "STOP canceled 2 FLATTENED",
            "TARGET canceled 2 FLATTENED",
            "FLATTEN works 2",
            "FLATTEN SELL 2 at 99",
            "closed LONG 2 by FLATTEN net -2",
        ],
    ),
    "a flatten without a price waits, and the range of a bar is none": (
        ON_BARS,
        [
            SHORT,
            ("open", 0, 100),
            ("kill", 30),
            ("bar", 0, 60, 100, 110, 80, 99),
            ("bar", 60, 120, 99, 110, 80, 99),
            ("open", 180, 98),
        ],
        [
            *ENTERED_SHORT,
            "FLATTEN works 4",
            "STOP canceled 4 KILLED",
            "TARGET canceled 4 KILLED",
            "FLATTEN BUY 4 at 98",
            "closed SHORT 4 by FLATTEN net 8",
        ],
    ),
    "a kill that keeps leaves the position alone": (
        {},
        [LONG, ("tick", 1, 100), ("kill", 2, "keep"), ("tick", 3, 90), ("tick", 4, 120)],
        [*ENTERED, "STOP canceled 4 KILLED", "TARGET canceled 4 KILLED"],
    ),
    "a kill with nothing open says nothing": ({}, [("kill", 2), ("tick", 3, 90)], []),
    "a stop cancels working entries and keeps exits": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("change", "STOPPED", 2), ("tick", 3, 95)],
        [
            *HALF,
            "ENTRY canceled 1 STOPPED",
            "STOP SELL 1 at 95",
            "closed LONG 1 by STOP net -5",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
    "a stop that flattens cancels all and closes": (
        IN_PARTS,
        [TWO, ("tick", 1, 100), ("change", "STOPPING", 2, True), ("tick", 3, 103), ("change", "STOPPED", 3)],
        [
            *HALF,
            "ENTRY canceled 1 FLATTENED",
            "STOP canceled 1 FLATTENED",
            "TARGET canceled 1 FLATTENED",
            "FLATTEN works 1",
            "FLATTEN SELL 1 at 103",
            "closed LONG 1 by FLATTEN net 3",
        ],
    ),
    "a pause lets working entries and exits go on": (
        {},
        [LONG, ("change", "PAUSED", 0), ("tick", 1, 100), ("tick", 2, 95)],
        ENTERED + STOPPED,
    ),
    # --- more than one entry in a symbol ---
    "an entry of the other side crosses through flat": (
        {},
        [LONG, ("tick", 1, 100), ("approve", 2, "SELL", 6, 105, 90), ("tick", 3, 101), ("tick", 4, 105)],
        [
            *ENTERED,
            "ENTRY works 6",
            "ENTRY SELL 6 at 101",
            "closed LONG 4 by ENTRY net 4",
            "STOP canceled 4 BRACKET_SIBLING",
            "TARGET canceled 4 BRACKET_SIBLING",
            "STOP works 2 at 105",
            "TARGET works 2 at 90",
            "STOP BUY 2 at 105",
            "closed SHORT 2 by STOP net -8",
            "TARGET canceled 2 BRACKET_SIBLING",
        ],
    ),
    "an entry of the other side that only reduces gets no bracket": (
        {},
        [LONG, ("tick", 1, 100), ("approve", 2, "SELL", 1, 105, 90), ("tick", 3, 101), ("tick", 4, 95)],
        [
            *ENTERED,
            "ENTRY works 1",
            "ENTRY SELL 1 at 101",
            "STOP SELL 3 at 95",
            "closed LONG 4 by STOP net -14",
            "STOP canceled 1 BRACKET_SIBLING",
            "TARGET canceled 4 BRACKET_SIBLING",
        ],
    ),
    "an entry that adds has a bracket of its own": (
        {},
        [LONG, ("tick", 1, 100), ("approve", 2, "BUY", 1, 97, 110), ("tick", 3, 101), ("tick", 4, 97)],
        [
            *ENTERED,
            "ENTRY works 1",
            "ENTRY BUY 1 at 101",
            "STOP works 1 at 97",
            "TARGET works 1 at 110",
            "STOP SELL 1 at 97",
            "TARGET canceled 1 BRACKET_SIBLING",
        ],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_prices_in_events_out(name, desk):
    settings, story, lines = ROWS[name]
    here = desk(**settings)
    here.tell(story)
    assert here.lines == lines
    here.check_lifecycles()


def test_a_currency_fills_without_commission():
    from tradingfloor.actors.config import Config, ExecutionConfig
    from tradingfloor.actors.domain.ids import derive_id
    from tradingfloor.actors.domain.instruments import instrument
    from tradingfloor.actors.executor.core import ExecutorCore
    from tradingfloor.actors.messages import OrderApproved, OrderFilled, PriceUpdated, TradingStateChanged
    from tradingfloor.actors.runtime.core import run_deciding
    from tradingfloor.actors.types import NANOS, Side, TradingState

    venue = ExecutionConfig(reject_probability=0.0, partial_fill_probability=0.0)
    fees = {}
    for symbol in ("EURUSD", "SPY"):
        listed = {symbol: instrument(symbol, None)}
        core = ExecutorCore(Config(symbols=(symbol,), execution=venue), listed, "t", {symbol: 0})
        state = core.initial()
        running = TradingStateChanged(
            id=b"s", ts=0, previous=TradingState.STOPPED, state=TradingState.RUNNING, command="Start",
            request_id="", reason="", by="",
        )  # fmt: skip
        run_deciding(core, state, running, 0)
        approved = OrderApproved(
            id=derive_id(0, symbol), ts=0, decision_id=b"", signal_id=b"", symbol=symbol, side=Side.BUY,
            quantity=10, reference=NANOS, stop=NANOS // 2, target=2 * NANOS, reserved=100 * NANOS,
            reserved_fees=0, session=1, config="",
        )  # fmt: skip
        run_deciding(core, state, approved, 0)
        price = PriceUpdated(symbol, NANOS, NANOS, NANOS, NANOS, NANOS, NANOS, 1, 1, 1, 1, opens=True)
        (fill,) = [e for e in run_deciding(core, state, price, NANOS) if isinstance(e, OrderFilled)]
        fees[symbol] = fill.fee
    assert fees == {"EURUSD": 0, "SPY": 50_000_000}
