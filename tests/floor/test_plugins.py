"""Detector plug-ins on a whole floor: scored, recovered, and isolated when they fail."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from around import Around
from daily_market import daily_config, write_daily_csv
from intraday_market import minute_config, write_minutes
from ledgers import hash_of
from live_runs import run_live

from tradingfloor.actors import messages as m
from tradingfloor.actors.errors import BadConfig
from tradingfloor.assembly import Assembly
from tradingfloor.replaying import replay
from tradingfloor.storage.verify import verify
from tradingfloor.storage.view import View

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin_detector"
ENTRIES = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
WAIT = 60

FAULTY = """
import threading
from types import SimpleNamespace
from tradingfloor.actors.domain.evidence import Kind
from tradingfloor.actors.signals.plugin import Finding

RELEASE = threading.Event()

class Plugin:
    name = "faulty"
    events = ("seen",)
    kinds = {"faulty": Kind(0.9, 0.0, 1.0, 1000)}
    families = {"faulty": "liquidity"}
    def start(self, market):
        settings = market.settings
        def update(bar, base=False):
            if bar.index < settings.get("at", 10**9):
                return [seen(bar)] if bar.index in settings.get("says", ()) else []
            how = settings["how"]
            if how == "raises":
                raise RuntimeError(f"bar {bar.index}")
            if how == "hangs":
                RELEASE.wait(60)
            return how
        return SimpleNamespace(update=update)

def seen(bar):
    return Finding(
        event="seen", kind="faulty", direction=1, origin_bar=bar.index, strength=9.0,
        top=bar.high, bottom=bar.low, entry=bar.close, stop=bar.low - 10**9, target=bar.close + 10**9,
    )

PLUGIN = Plugin()
"""


@pytest.fixture
def config(tmp_path):
    """Half a year of the small market: enough for signals of both timeframes and some trades."""
    return daily_config(write_daily_csv(tmp_path / "half.csv", sessions=130))


@pytest.fixture
def three_bar(offer, monkeypatch):
    """The example package, its entry point as its own pyproject says."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    entries = ENTRIES["tradingfloor.detectors"]
    offer("tradingfloor-three-bar", entries)
    return "three_bar"


@pytest.fixture
def faulty(offer, monkeypatch):
    """A plug-in that fails as its settings say; its actors are restarted and found hung at once."""
    offer("faulty-package", {"faulty": "faulty_module:PLUGIN"}, faulty_module=FAULTY)
    original = Assembly.child_spec
    eager = {"backoff_min": 0.0, "backoff_max": 0.0, "hang_after": 0.2}

    def spec(self, name):
        found = original(self, name)
        return msgspec.structs.replace(found, **eager) if name.endswith(":faulty") else found

    monkeypatch.setattr(Assembly, "child_spec", spec)
    yield "faulty"
    import faulty_module

    faulty_module.RELEASE.set()


def with_plugin(config, name, **settings):
    return msgspec.structs.replace(config, detectors=(*config.detectors, name), plugins={name: settings})


def events(store, *kinds):
    view = View(store)
    try:
        return [item.event for item in view.events([kind.__name__ for kind in kinds])]
    finally:
        view.close()


def test_a_plug_ins_signals_are_scored_and_live_and_replay_agree(config, tmp_path, three_bar):
    config = with_plugin(config, three_bar, reward=1.5)
    status = run_live(config, tmp_path / "live.db")
    replay(Assembly(config), tmp_path / "replay.db")
    assert hash_of(tmp_path / "live.db") == hash_of(tmp_path / "replay.db")
    signals = [s for s in events(tmp_path / "live.db", m.SignalRaised) if s.detector == three_bar]
    assert {s.timeframe for s in signals} == {"1d", "1w"}
    assert {(s.kind, s.family) for s in signals} == {("three_bar", "sequence")}
    scored = {s.signal_id: s for s in events(tmp_path / "live.db", m.SignalScored)}
    assert all(scored[s.id].parts.trading > 0 for s in signals)
    assert len(signals) > 10
    reports = [r for r in events(tmp_path / "live.db", m.TimeframeReported) if r.plugin == three_bar]
    assert any(r.changes for r in reports)
    assert {row.name: row.state for row in status.actors} | {
        "signals:SPX:1d:three_bar": "ready",
        "signals:SPX:1w:three_bar": "ready",
    } == {row.name: row.state for row in status.actors}
    assert all(check.ok for check in verify(tmp_path / "live.db").invariants)


def test_a_scan_of_the_same_bars_finds_the_signals_of_the_floor(config, tmp_path, three_bar):
    from tradingfloor.actors.signals import detect

    config = with_plugin(config, three_bar)
    run_live(config, tmp_path / "a.db")
    assembly = Assembly(config)
    view = View(tmp_path / "a.db")
    bars = view.bars("SPX", "1d", 1 << 62)
    view.close()
    from tradingfloor.actors.domain.calendar import calendar

    held = assembly.instruments["SPX"]
    found = detect(bars, (three_bar,), tick=held.tick, calendar=calendar(held.calendar, held.timezone))
    raised = events(tmp_path / "a.db", m.SignalRaised)
    raised = [s for s in raised if (s.detector, s.timeframe) == (three_bar, "1d")]
    told = [(d.bar, d.origin_bar, d.direction, d.entry, d.stop, d.target) for d in found if d.is_signal]
    assert told == [(s.bar, s.origin_bar, s.direction, s.entry, s.stop, s.target) for s in raised]
    assert [d.strength for d in found if d.is_signal] == [s.strength for s in raised]
    assert [d.volume_ratio for d in found if d.is_signal] == [s.volume_ratio for s in raised]


def test_closing_and_opening_on_the_way_changes_nothing(tmp_path, three_bar, monkeypatch):
    """Also with base bars, which the detector is then shown again from the store."""
    import three_bar as module

    asked = []

    class Watching(module.ThreeBar):
        shown = 0

        def update(self, bar, base=False):
            asked.append(base)
            self.shown += base
            found = () if base else super().update(bar)
            return [msgspec.structs.replace(each, top=each.top + self.shown) for each in found]

    monkeypatch.setattr(module, "ThreeBar", Watching)
    monkeypatch.setattr(module.Plugin, "wants_base", True, raising=False)
    config = with_plugin(minute_config(write_minutes(tmp_path / "m.csv", days=3)), three_bar)
    replay(Assembly(config), tmp_path / "calm.db")
    assert {True, False} == set(asked)
    for _ in range(4):
        run_live(config, tmp_path / "a.db", sessions=1)
    assert hash_of(tmp_path / "a.db") == hash_of(tmp_path / "calm.db")
    assert any(s.detector == three_bar for s in events(tmp_path / "a.db", m.SignalRaised))


class FailingOnce(Around):
    """A plug-in's room that fails once after its step, in the middle of the tape."""

    def __init__(self, name, room, failed):
        super().__init__(name, room)
        self.failed = failed

    def step(self, message, now):
        outputs = self.room.step(message, now)
        if self.name.endswith(":three_bar") and self.name not in self.failed and self.room.state.index == 20:
            self.failed.add(self.name)
            raise RuntimeError("once")
        return outputs


def test_a_plug_in_whose_actor_is_restarted_goes_on_as_if_nothing_had_happened(config, tmp_path, three_bar):
    config, failed = with_plugin(config, three_bar), set()
    replay(Assembly(config), tmp_path / "calm.db")
    store = tmp_path / "a.db"
    status = run_live(config, store, wrap=lambda name, room: FailingOnce(name, room, failed))
    assert {row.name for row in status.actors if row.restarts} == failed
    assert len(failed) == 2
    assert hash_of(store) == hash_of(tmp_path / "calm.db")


@pytest.mark.parametrize("free_running", [False, True])
def test_with_every_plug_in_broken_the_tape_comes_to_its_end(config, tmp_path, faulty, free_running):
    store = tmp_path / "a.db"
    status = run_live(with_plugin(config, faulty, at=0, how="raises"), store, free_running=free_running)
    assert [row.name for row in status.actors if row.state == "isolated"] == [
        "signals:SPX:1d:faulty",
        "signals:SPX:1w:faulty",
    ]
    assert status.tape_finished
    assert all(row.depth == 0 for row in status.actors)
    assert free_running or status.trades > 0


@pytest.mark.parametrize("how", ["raises", "nonsense", "hangs"])
def test_a_plug_in_that_fails_is_isolated_and_the_ledger_is_the_one_without_it(config, tmp_path, faulty, how):
    config = msgspec.structs.replace(config, timeframes=("1d",))
    run_live(config, tmp_path / "without.db")
    approved = {order.signal_id for order in events(tmp_path / "without.db", m.OrderApproved)}
    traded = [s.bar for s in events(tmp_path / "without.db", m.SignalRaised) if s.id in approved]
    at = traded[len(traded) // 2]
    status = run_live(with_plugin(config, faulty, at=at, how=how), tmp_path / "with.db")
    rows = {row.name: row for row in status.actors}
    lost = rows.pop("signals:SPX:1d:faulty")
    assert (lost.state, lost.restarts) == ("isolated", 1)
    assert {row.restarts for row in rows.values()} == {0}
    assert ledger_without_configs(tmp_path / "with.db") == ledger_without_configs(tmp_path / "without.db")
    (gone,) = events(tmp_path / "with.db", m.ActorIsolated)
    assert gone.actor == "signals:SPX:1d:faulty"
    assert {"raises": f"bar {at}", "nonsense": "among them", "hangs": "hung"}[how] in gone.error == lost.error


def ledger_without_configs(store):
    """The events of the ledger, each kind in its order; two configs have two hashes."""
    from tradingfloor.actors.routing import ROUTES

    kinds = [kind for kind, route in ROUTES.items() if route.ledger]
    found = []
    for event in events(store, *kinds):
        plain = msgspec.to_builtins(event)
        found.append({name: value for name, value in plain.items() if name not in {"config", "request_id"}})
    return found


def test_the_evidence_of_a_plug_in_ends_with_its_isolation(config, tmp_path, faulty):
    config = msgspec.structs.replace(config, timeframes=("1d",))
    store = tmp_path / "a.db"
    run_live(with_plugin(config, faulty, at=80, how="raises", says=[60]), store)
    (gone,) = events(store, m.ActorIsolated)
    spoken = {
        s.ts
        for s in events(store, m.SignalScored)
        if ("1d", "liquidity") in {f[:2] for f in s.parts.families}
    }
    assert spoken
    assert max(spoken) <= gone.ts


def test_a_plug_in_that_joins_a_store_later_begins_where_the_store_is(config, tmp_path, three_bar):
    store, joined = tmp_path / "a.db", with_plugin(config, three_bar)
    run_live(config, store, sessions=60)
    before = events(store, m.TimeframeReported)[-1].ts
    run_live(joined, store, sessions=20)
    mine = [r for r in events(store, m.TimeframeReported) if r.plugin]
    assert min(r.ts for r in mine) > before
    assert mine[0].bars_known == 61
    run_live(config, store, sessions=20)
    until = events(store, m.TimeframeReported)[-1].ts
    run_live(joined, store)
    late = [r.ts for r in events(store, m.TimeframeReported) if r.plugin and r.ts > mine[-1].ts]
    assert min(late) > until


@pytest.mark.parametrize(
    ("detectors", "settings", "why"),
    [
        (("FVG", "three_bars"), {}, r"detectors: expected FVG, .* or three_bar, got 'three_bars'"),
        (
            ("FVG", "three_bar"),
            {"plugins.three_bars.reward": 1},
            r"plugins.three_bars: .* did you mean three_bar\?",
        ),
        (("FVG", "three_bar"), {"confluence.kinds": {"three": 0.1}}, r"confluence.kinds.three: .* three_bar"),
        (("FVG",), {"confluence.kinds": {"three_bar": 0.1}}, r"confluence.kinds.three_bar: unknown kind"),
    ],
)
def test_what_the_config_says_of_plug_ins_is_checked(three_bar, detectors, settings, why):
    from tradingfloor.actors.config_sources import resolve

    with pytest.raises(BadConfig, match=why):
        resolve(flags={"detectors": list(detectors), **settings})


def test_the_table_of_a_feed_plug_in_is_accepted(offer):
    from tradingfloor.actors.config_sources import resolve

    offer("prices", {"my_feed": "prices:FEED"}, group="tradingfloor.feeds")
    assert resolve(flags={"plugins.my_feed.key": "x"}).config.plugins == {"my_feed": {"key": "x"}}


def test_settings_that_a_plug_in_refuses_are_refused_before_anything_runs(config, three_bar):
    with pytest.raises(
        BadConfig, match=r"plugins.three_bar: does not start for SPX 1d \(ValueError: reward must"
    ):
        Assembly(with_plugin(config, three_bar, reward="much"))


def test_a_weight_of_the_config_counts_for_a_plug_ins_kind(config, tmp_path, three_bar):
    from tradingfloor.actors.config_sources import resolve

    flags = {"detectors": "Three_Bar", "confluence.kinds": {"three_bar": 0.0}}
    chosen = resolve(flags=flags).config
    assert chosen.detectors == (three_bar,)
    replay(Assembly(msgspec.structs.replace(config, detectors=chosen.detectors)), tmp_path / "a.db")
    weightless = msgspec.structs.replace(config, detectors=chosen.detectors, confluence=chosen.confluence)
    replay(Assembly(weightless), tmp_path / "b.db")
    weights = [max(s.parts.trading for s in events(tmp_path / f"{name}.db", m.SignalScored)) for name in "ab"]
    assert weights[0] > weights[1] == 0
