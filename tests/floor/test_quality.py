"""Prices that are not believed, in a whole floor: refused, counted, and refused again alike after a cut."""

import msgspec
import pytest
from cuts import played
from intraday_market import minute_config, write_minutes
from ledgers import hash_of

from tradingfloor import TradingFloor
from tradingfloor.actors.config import QualityConfig
from tradingfloor.actors.messages import MarketUpdate, PriceUpdated, TimerDue
from tradingfloor.actors.runtime.sequencer import phase
from tradingfloor.assembly import Assembly

WAIT = 60


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Three days with a lone bad row, a pair of them, and a move that stays, over and over."""
    path = write_minutes(tmp_path_factory.mktemp("spiky") / "m.csv", days=3)
    header, *rows = path.read_text().splitlines()
    for n, text in enumerate(rows):
        if n % 40 in (7, 20, 21) or 28 <= n % 40 < 36:
            time, *prices, volume = text.split(",")
            rows[n] = ",".join((time, *(f"{float(price) * 1.5:.2f}" for price in prices), volume))
    path.write_text("\n".join((header, *rows)) + "\n")
    made = minute_config(path)
    data = msgspec.structs.replace(made.data, quality=QualityConfig(spike_pct=5.0))
    return msgspec.structs.replace(made, data=data)


def test_spikes_are_refused_and_shown_and_a_move_that_stays_is_believed(config, tmp_path):
    with TradingFloor(config, store=tmp_path / "a.db") as floor:
        floor.begin()
        assert floor.wait(WAIT)
        refused = {reason: n for _, reason, n in floor.status().refusals}
    # Of forty rows: three bad ones, two that wait for the third on the way up, two on the way down.
    assert 9 * 7 <= refused["SPIKE"] <= 11 * 7


def test_a_room_rebuilt_anywhere_says_what_the_undisturbed_one_says(config, tmp_path):
    cuts = tuple(range(100, 1_700, 67))
    driver = played(config, tmp_path / "whole.db", cuts)
    assert len(driver.copies) == len(cuts)
    updates = [u for u in Assembly(config).feed.updates() if isinstance(u, MarketUpdate)]

    def prices(room, some):
        said = []
        for update in some:
            while (due := room.next_due()) is not None and due < update.ts + bool(phase(update)):
                room.step(TimerDue(due), due)
            said += [out for out in room.step(update, update.ts) if isinstance(out, PriceUpdated)]
        return said

    whole = prices(Assembly(config).room("market_data"), updates)
    for cut, copy in driver.copies.items():
        assembly = Assembly(config)
        room = assembly.recover("market_data", copy)
        with assembly.view(copy) as view:
            until = view.mark("market_data").tape
        rest = prices(room, [update for update in updates if update.index > until])
        assert rest == [price for price in whole if price.first_index > until], cut


def test_a_floor_cut_in_the_midst_of_a_move_ends_with_the_same_ledger(config, tmp_path):
    driver = played(config, tmp_path / "cut.db", (500,), to_end=False)
    (copy,) = driver.copies.values()
    for store in (copy, tmp_path / "whole.db"):
        with TradingFloor(config, store=store) as floor:
            floor.begin()
            assert floor.wait(WAIT)
    assert hash_of(copy) == hash_of(tmp_path / "whole.db")


def test_without_a_stored_tape_what_was_accepted_is_judged_again_with_what_came_before_it(config, tmp_path):
    off = msgspec.structs.replace(config, data=msgspec.structs.replace(config.data, tape="off"))
    room, accepted = Assembly(off).room("market_data"), []
    for update in Assembly(off).feed.updates():
        accepted += [update.index] * any(
            isinstance(out, PriceUpdated) for out in room.step(update, update.ts)
        )
    driver = played(off, tmp_path / "cut.db", range(300, 420, 17), to_end=False)
    for copy in driver.copies.values():
        assembly = Assembly(off)
        with assembly.view(copy) as view:
            until = view.mark("market_data").tape
            for after in range(until - 20, until):
                again = [update.index for update in assembly.past.accepted(view, after, until)]
                assert again == [index for index in accepted if after < index <= until]
