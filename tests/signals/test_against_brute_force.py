"""Every detector against the definitions by brute force, event for event.

Random walks on a small grid, so that ties of every kind occur, on markets that never close and on ones that
do, with and without base bars; then real series.
"""

import io
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from brute_force import DETECTORS, facts, facts_of, in_order
from brute_series import walked
from signal_bars import bars as untimed
from signal_bars import nested, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.messages import Bar

SERIES = {
    "quarters of an hour, never closing": {"n": 600},
    "with base bars": {"n": 900, "base_minutes": 5},
    "quarters of an hour in New York": {"n": 500, "calendar": "XNYS"},
    "New York with base bars": {"n": 900, "calendar": "XNYS", "base_minutes": 5},
    "hours in New York, the last cut short": {"n": 400, "calendar": "XNYS", "minutes": 60},
    "hours in New York with base bars": {"n": 900, "calendar": "XNYS", "minutes": 60, "base_minutes": 15},
    "hours, never closing": {"n": 400, "minutes": 60},
    "days in New York": {"n": 300, "calendar": "XNYS", "minutes": 1440},
    "a coarse tick": {"n": 400, "tick": 10_000_000},
    "long steps": {"n": 400, "step": 12},
    "one step": {"n": 400, "step": 1},
}


def same(own, base=(), *, tick=1, market="24h", detectors=None):
    """``detect`` and brute force say the same; the first difference is shown when they do not."""
    from tradingfloor.actors.signals import detect

    where = calendar(market)
    found = detect(own, detectors, base=base, tick=tick, calendar=where)
    assert [each.known_at for each in found] == sorted(each.known_at for each in found)
    for name in detectors or DETECTORS:
        wanted = facts(own, [name], base=base, tick=tick, calendar=where)
        got = facts_of(each for each in found if each.detector == name)
        assert _first_difference(got, wanted) is None
        assert len(got) == len(wanted)


def _first_difference(got, wanted):
    for left, right in zip(got, wanted, strict=False):
        if left != right:
            changed = {f: (getattr(left, f), getattr(right, f)) for f in left._fields}
            return right[:6], {f: pair for f, pair in changed.items() if pair[0] != pair[1]}
    return (
        None if len(got) == len(wanted) else (max(got, wanted, key=len)[min(len(got), len(wanted))][:6], {})
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SERIES)
def test_every_event_of_a_random_walk_agrees_with_the_definitions(name, seed):
    settings = dict(SERIES[name])
    own, base = walked(seed, settings.pop("n"), **settings)
    same(own, base, tick=settings.get("tick", 1), market=settings.get("calendar", "24h"))


def test_the_walks_hold_every_event_pool_lag_form_and_sequence():
    found = set()
    for settings in SERIES.values():
        rest = {name: value for name, value in settings.items() if name != "n"}
        own, base = walked(0, settings["n"], **rest)
        market = calendar(settings.get("calendar", "24h"))
        for fact in facts(own, base=base, tick=settings.get("tick", 1), calendar=market):
            found |= {
                (fact.detector, fact.event),
                (fact.pool, fact.lag),
                fact.form,
                fact.sequence,
                fact.label,
            }
    assert found >= {
        *(("swing", event) for event in ("candidate", "final", "dropped")),
        *(("structure", event) for event in ("broken", "bos", "choch", "break_failed", "stopped")),
        *(("fvg", event) for event in ("confirmed", "touched", "midpoint", "filled", "inverted")),
        *(("fvg", event) for event in ("inverse", "inverse_closed", "inverse_expired")),
        *(("displacement", event) for event in ("confirmed", "with_gap", "stopped")),
        *(("strat", event) for event in ("armed", "triggered", "expired", "spent", "stopped")),
        *(("order_block", event) for event in ("formed", "mitigated", "broken")),
        *((pool, lag) for pool in ("swing", "equal", "opening_range", "day", "week") for lag in (0, 1, 2)),
        *("bar", "multi_bar", "2d-2u", "2u-2d", "2u-1-2u", "2u-1-2d", "2d-1-2u", "2d-1-2d", "3-1-2u"),
        *("3-1-2d", "1-2d-2u", "1-2u-2d", "3-2d-2u", "3-2u-2d", -1, 1),
    }


@pytest.mark.parametrize("seed", range(4))
def test_bars_without_any_volume_agree(seed):
    own = untimed(walk(seed, 300, volume=False))
    same(own, detectors=["fvg", "swing", "structure", "displacement", "strat", "order_block"])


@pytest.mark.parametrize("seed", range(4))
def test_strat_on_base_bars_with_holes_agrees(seed):
    own, base = nested(seed, 300)
    same(own, base, detectors=["strat"])


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("market", ["24h", "XNYS"])
def test_mirrored_prices_flip_every_direction_and_nothing_else(detector, market):
    for seed in range(3):
        own, base = walked(seed, 500, calendar=market, base_minutes=5 if detector == "strat" else 0)
        about = 2 * (max(bar.high for bar in own) + 100)
        other = facts(mirrored(own, about), [detector], base=mirrored(base, about), calendar=calendar(market))
        straight = facts(own, [detector], base=base, calendar=calendar(market))
        assert straight
        assert in_order(_flipped(fact, about) for fact in other) == straight


def mirrored(bars, about):
    fields = [{name: getattr(bar, name) for name in bar.__struct_fields__} for bar in bars]
    return [
        Bar(**row | {"open": about - row["open"], "high": about - row["low"], "low": about - row["high"]}
            | {"close": about - row["close"]})
        for row in fields
    ]  # fmt: skip


def _flipped(fact, about):
    """A fact of mirrored prices, seen straight."""
    turned = {"2u": "2d", "2d": "2u"}
    prices = ("level", "entry", "stop", "target")
    changes = {name: about - getattr(fact, name) for name in prices if getattr(fact, name)}
    if fact.top or fact.bottom:
        changes |= {"top": about - fact.bottom, "bottom": about - fact.top}
    sequence = "-".join(turned.get(part, part) for part in fact.sequence.split("-"))
    return fact._replace(direction=-fact.direction, label=-fact.label, sequence=sequence, **changes)


# --- real series ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("detector", DETECTORS)
def test_every_event_of_eurusd_agrees(eurusd_bars, detector):
    same(eurusd_bars, tick=10_000, detectors=[detector])


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["fvg", "swing", "structure"])
def test_every_gap_swing_and_break_of_hourly_spy_agrees(spy_hours, detector):
    same(spy_hours, tick=10_000_000, market="XNYS", detectors=[detector])


@pytest.fixture(scope="module")
def spy_hours(lean):
    """Hourly bars of SPY in regular hours, stamped by the clock hour, as they are in the file."""
    path = lean / "equity" / "usa" / "hour" / "spy.zip"
    if not path.exists():
        pytest.skip(f"{path} is missing")
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        rows = [line.strip().split(",") for line in io.TextIOWrapper(file)]
    market, found = calendar("XNYS"), []
    for stamp, *prices, volume in rows:
        moment = datetime.strptime(stamp, "%Y%m%d %H:%M").replace(tzinfo=ZoneInfo("America/New_York"))
        session = market.session(moment.toordinal())
        start = int(moment.timestamp()) * 10**9
        if session is None or start >= session.close:
            continue
        end = min(int((moment + timedelta(hours=1)).timestamp()) * 10**9, session.close)
        row = [int(price) * 100_000 for price in prices]
        found.append(
            _hour(len(found), row, int(float(volume)), max(start, session.open), end, session.ordinal)
        )
    return found


def _hour(index, prices, volume, start, end, session):
    opened, high, low, close = prices
    return Bar(
        symbol="SPY",
        timeframe="1h",
        index=index,
        start=start,
        end=end,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        count=1,
        full=end - start == 3600 * 10**9,
        session=session,
        gap_before=0,
        first_index=index,
        last_index=index,
    )
