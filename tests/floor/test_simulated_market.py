"""The simulated market with unchanged defaults: it trades within a week, or says what held it back."""

import pytest

from tradingfloor.actors.config import Config, DataConfig
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay


def week(seed, folder):
    return replay(Assembly(Config(data=DataConfig(seed=seed))), folder / f"{seed}.db", sessions=5)


def test_a_week_has_its_days_and_bars_closed_and_its_warm_up_raises_no_signal(tmp_path):
    import sqlite3

    counts = week(4, tmp_path)
    assert counts["DayClosed"] == 5
    connection = sqlite3.connect(tmp_path / "4.db")
    first_live = connection.execute("SELECT min(start) FROM bars WHERE NOT history").fetchone()[0]
    warm = connection.execute("SELECT session, start FROM bars WHERE history AND timeframe = '1h'").fetchall()
    first_signal = connection.execute("SELECT min(ts) FROM auto_signals").fetchone()[0]
    connection.close()
    assert len({session for session, _ in warm}) == 60
    assert max(start for _, start in warm) < first_live
    assert first_signal > first_live
    assert counts["TradeClosed"] >= 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_defaults_close_a_trade_within_five_sessions_for_at_least_twenty_of_thirty_seeds(tmp_path):
    traded = [seed for seed in range(1, 31) if week(seed, tmp_path).get("TradeClosed", 0)]
    assert len(traded) >= 20, traded
