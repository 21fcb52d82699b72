"""A whole run under each fee schedule: the books add up, and no entry costs more than was reserved."""

import sqlite3
from collections import defaultdict

import msgspec
import pytest
from daily_market import daily_config

from tradingfloor.actors import messages as m
from tradingfloor.actors.config import FeeLine, FeeRate
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.verify import verify

OWN = {
    "commission": FeeLine(rates=(FeeRate(rate=0.01), FeeRate(rate=0.005, volume=20)), minimum=2.5),
    "levy": FeeLine(basis="value", side="sell", rates=(FeeRate(rate=2e-5, maximum=1.0),), round_up_to=0.01),
}


def events(store, kind):
    connection = sqlite3.connect(store)
    rows = connection.execute("SELECT body FROM events WHERE kind = ? ORDER BY sequence", (kind.__name__,))
    found = [msgspec.msgpack.decode(body, type=kind) for (body,) in rows]
    connection.close()
    return found


def run(daily_csv, store, name):
    config = daily_config(daily_csv)
    execution = msgspec.structs.replace(config.execution, fees=name)
    config = msgspec.structs.replace(config, execution=execution, fees={"own": OWN})
    replay(Assembly(config), store)
    return store


@pytest.mark.parametrize("name", ["flat", "ibkr_tiered", "tastytrade", "per_share", "own"])
def test_a_run_is_clean_and_no_entry_is_charged_beyond_its_reserved_fees(daily_csv, tmp_path, name):
    store = run(daily_csv, tmp_path / "run.db", name)
    assert all(check.ok for check in verify(store).invariants)
    assert all(compared.agrees for compared in events(store, m.AccountCompared))
    paid = defaultdict(int)
    for fill in events(store, m.OrderFilled):
        paid[fill.order_id] += fill.fee
    approved = {order.id: order.reserved_fees for order in events(store, m.OrderApproved)}
    entries = {order: fee for order, fee in paid.items() if order in approved}
    assert len(entries) >= 8
    assert all(0 < fee <= approved[order] for order, fee in entries.items())
