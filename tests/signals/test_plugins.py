"""Detector plug-ins beside the built-in detectors: what they are shown, what of their answers stands."""

import copy
import random
from types import MappingProxyType

import msgspec
import pytest
from signal_bars import MINUTE, bar, bars, nested, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.evidence import Kind
from tradingfloor.actors.domain.ids import framed
from tradingfloor.actors.errors import BadConfig
from tradingfloor.actors.signals import Scanner, detect
from tradingfloor.actors.signals.gauge import Gauge
from tradingfloor.actors.signals.naming import SCANNED
from tradingfloor.actors.signals.plugin import Ends, Finding, Market
from tradingfloor.actors.signals.plugin_run import MOST_FINDINGS, PluginRun
from tradingfloor.actors.types import MAX_PRICE

STOCKS, AROUND_THE_CLOCK = calendar("XNYS", "America/New_York"), calendar("24h", "UTC")


class Upward:
    """Finds every own bar that closes above its open; ``say`` turns its finding into what a test wants."""

    name = "upward"
    events = ("seen", "over")
    kinds = MappingProxyType({"upward": Kind(0.4, 0.25, 1.0, 3)})
    families = MappingProxyType({"upward": "structure"})
    wants_base = False

    def __init__(self, say=lambda finding, bar: [finding], **fields):
        self.say = say
        self.__dict__.update(fields)

    def start(self, market):
        return Running(self, market)


class Running:
    def __init__(self, plugin, market):
        self.say, self.market, self.shown = plugin.say, market, []

    def update(self, bar, base=False):
        self.shown.append((bar.timeframe, bar.index, base))
        return self.say(finding(bar), bar) if bar.close > bar.open and not base else ()


def finding(bar, **fields):
    entry = {"entry": bar.close, "stop": bar.low - 1, "target": bar.close + 2 * (bar.close - bar.low + 1)}
    plain = {"event": "seen", "kind": "upward", "direction": 1, "origin_bar": bar.index, "strength": 1.0}
    return Finding(**({"top": bar.high, "bottom": bar.low} | plain | entry | fields))


def saying(**fields):
    """A plug-in whose every finding has these fields."""
    return Upward(lambda found, bar: [msgspec.structs.replace(found, **fields)])


RISING = [(1000, 1006, 998, 1004)] * 40


def first(plugin, prices=RISING):
    return next(each for each in detect(bars(prices), (plugin,)) if each.bar == 20)


def test_a_plug_in_is_one_more_detector_and_changes_no_other():
    own, base = nested(1, 300)
    alone = detect(own, base=base)
    both = detect(
        own,
        (*SCANNED, Upward()),
        base=base,
    )
    assert [each for each in both if each.detector != "upward"] == alone
    mine = [each for each in both if each.detector == "upward"]
    assert [each.bar for each in mine] == [each.index for each in own if each.close > each.open]
    assert [each.known_at for each in both] == sorted(each.known_at for each in both)
    assert len({each.id for each in both}) == len(both)


def test_the_bar_and_the_instant_are_those_of_the_bar_it_was_shown():
    own = bars(RISING)
    for each in detect(own, (Upward(),)):
        assert (each.time, each.known_at) == (own[each.bar].start, own[each.bar].end)


def test_entries_are_signals_on_the_conditions_of_the_built_in_ones():
    found = detect(bars(RISING), (Upward(),))
    assert [each.bar for each in found if each.is_signal] == list(range(14, 40))
    late = detect([bar(i, row, history=i < 20) for i, row in enumerate(RISING)], (Upward(),))
    assert [each.bar for each in late if each.is_signal] == list(range(20, 40))
    assert first(saying(strength=0.25)).is_signal
    assert not first(saying(strength=0.249999)).is_signal
    assert not first(saying(strength=None)).is_signal
    assert not first(saying(kind="", event="seen")).is_signal


@pytest.mark.parametrize(
    "fields",
    [
        {"stop": 1004},
        {"target": 1004},
        {"stop": 0},
        {"target": MAX_PRICE + 1},
        {"direction": -1},
        {"direction": -1, "stop": 1010, "target": 0},
    ],
)
def test_an_entry_without_a_sound_bracket_is_no_signal(fields):
    assert not first(saying(**fields)).is_signal
    assert first(saying(direction=-1, stop=1010, target=990)).is_signal


def test_strength_is_told_to_the_millionth():
    assert first(saying(strength=1.23456789)).strength == 1.234568
    assert first(saying(strength=1e300)).strength == 9e6


def test_the_invalidation_of_an_entry_is_its_stop_unless_told():
    assert first(Upward()).invalidation == 997
    assert first(saying(invalidation=999)).invalidation == 999


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"origin_bar": 21}, "origin_bar 21 outside 0 to 20"),
        ({"origin_bar": -1}, "origin_bar -1"),
        ({"event": "elsewhere"}, "does not declare event 'elsewhere'"),
        ({"kind": "moon"}, "does not declare event 'seen' of kind 'moon'"),
        ({"direction": 2}, "direction 2"),
        ({"direction": 0}, "direction 0"),
        ({"top": 1.5}, "top must be an integer, got float 1.5"),
        ({"top": 5, "bottom": 6}, "top below bottom"),
        ({"level": -1}, "level -1"),
        ({"level": MAX_PRICE + 1}, "level"),
        ({"entry": 1 << 70}, "entry"),
        ({"strength": float("nan")}, "strength must be a finite number"),
        ({"strength": -0.1}, "strength must be a finite number"),
        ({"strength": "big"}, "got str 'big'"),
        ({"ends": Ends(kind="upward", direction=1, origin_bar=3, factor=1.0)}, "a factor is from 0"),
        ({"ends": Ends(kind="upward", direction=1, origin_bar=3, factor=float("nan"))}, "a factor is from 0"),
    ],
)
def test_a_finding_that_breaks_the_protocol_is_refused(fields, why):
    late = Upward(lambda found, bar: [msgspec.structs.replace(found, **fields)] if bar.index == 20 else ())
    with pytest.raises(ValueError, match=f"upward: .*{why}"):
        detect(bars(RISING), (late,))


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (lambda found, bar: None, "update must return findings, got NoneType None"),
        (lambda found, bar: 5, "got int 5"),
        (lambda found, bar: [found, "x"], "got str 'x' among them"),
        (lambda found, bar: [found, None], "got NoneType None among them"),
        (lambda found, bar: [found, found], "the same finding twice in one instant"),
        (lambda found, bar: iter(lambda: found, 1), f"more than {MOST_FINDINGS} findings in one bar"),
    ],
)
def test_an_answer_that_is_no_list_of_findings_is_refused(say, why):
    with pytest.raises(ValueError, match=f"upward: .*{why}"):
        detect(bars(RISING), (Upward(say),))


def test_what_a_plug_in_raises_is_not_hidden():
    def say(found, bar):
        yield found
        raise TypeError("its own fault")

    with pytest.raises(TypeError, match="its own fault"):
        detect(bars(RISING), (Upward(say),))


def test_numbers_of_numpy_are_numbers():
    import numpy as np

    assert first(saying(top=np.int64(1010), strength=np.float64(0.5))).top == 1010


def shown(plugin, own, base):
    runs = []
    plugin.start = lambda market: runs.append(Running(plugin, market)) or runs[-1]
    detect(own, (plugin,), base=base)
    return runs[0].shown


def test_base_bars_are_shown_to_those_that_want_them_before_the_own_bar_of_the_instant():
    own, base = nested(2, 60)
    assert shown(Upward(), own, base) == [("15m", each.index, False) for each in own]
    instants = sorted(
        [(each.end, 0, each) for each in base] + [(each.end, 1, each) for each in own], key=lambda t: t[:2]
    )
    assert shown(Upward(wants_base=True), own, base) == [
        (each.timeframe, each.index, not is_own) for _, is_own, each in instants
    ]


def test_a_base_bar_that_holds_own_bars_tells_nothing_new_and_is_not_shown():
    base = [bar(i, RISING[0]) for i in range(4)]
    own = [bar(i, RISING[0], timeframe="5m", minutes=5) for i in range(12)]
    assert shown(Upward(wants_base=True), own, base) == [("5m", i, False) for i in range(12)]


def test_a_finding_in_a_base_bar_is_known_at_its_close():
    class Early(Upward):
        wants_base = True

        def start(self, market):
            running = Running(self, market)
            running.update = lambda bar, base=False: (
                [finding(bar, kind="", origin_bar=3)] if base and bar.index == 13 else ()
            )
            return running

    base = [bar(i, (1000, 1006, 998, 1004), timeframe="5m", minutes=5) for i in range(30)]
    own = [bar(i, (1000, 1006, 998, 1004)) for i in range(10)]
    (found,) = detect(own, (Early(),), base=base)
    assert (found.bar, found.known_at) == (3, 14 * 5 * MINUTE)


def test_bars_out_of_order_are_refused_and_change_nothing():
    own = bars(RISING)
    run = PluginRun(Upward(), Market("SPX", "15m", 1, AROUND_THE_CLOCK), framed("tape", "SPX", "15m"))
    for each in own[:5]:
        run.take(each.end, None, each, False)
    with pytest.raises(ValueError, match="instants must ascend"):
        run.take(own[4].end, None, own[5], False)
    with pytest.raises(ValueError, match="follow each other"):
        run.take(own[6].end, None, own[6], False)
    assert run.bars == 5
    assert run.take(own[5].end, None, own[5], False)


def halving(found, bar):
    """Bar 20 begins; 21 halves it, 22 says so again, 23 ends it, 24 says so again."""
    factors = {21: 0.5, 22: 0.5, 23: 0.0, 24: 0.0}
    if bar.index == 20:
        return [found]
    ends = {"kind": "upward", "direction": 1, "origin_bar": 20}
    if bar.index in factors:
        return [finding(bar, event="over", kind="", ends=Ends(**ends, factor=factors[bar.index]))]
    return ()


def changes(plugin, own):
    run = PluginRun(plugin, Market("SPX", "15m", 1, AROUND_THE_CLOCK), framed("tape", "SPX", "15m"))
    seen = [(each.index, told) for each in own for told in run.take(each.end, None, each, False)]
    return seen, [(index, told.change) for index, told in seen if told.change]


def test_evidence_only_loses_weight_and_each_loss_is_told_once():
    seen, found = changes(Upward(halving), bars(RISING))
    signal = next(told.detection.id for index, told in seen if index == 20)
    assert [(index, change.signal_id, change.factor) for index, change in found] == [
        (21, signal, 0.5),
        (23, signal, 0.0),
    ]


def test_what_was_no_signal_or_is_too_old_has_no_evidence_to_lose():
    weak = Upward(lambda f, b: [msgspec.structs.replace(f, strength=0.1)] if b.index == 20 else halving(f, b))
    assert changes(weak, bars(RISING))[1] == []

    def late(when):
        ends = Ends(kind="upward", direction=1, origin_bar=20)

        def say(found, bar):
            ended = [finding(bar, event="over", kind="", ends=ends)]
            return {20: [found], when: ended}.get(bar.index, ())

        return changes(Upward(say), bars(RISING))[1]

    assert len(late(31)) == 1
    assert late(32) == []


class Counting(Upward):
    """Its findings tell how many bars it was shown."""

    wants_base = True

    def start(self, market):
        class Counter:
            count = 0

            def update(self, bar, base=False):
                self.count += 1
                return [finding(bar, kind="", top=MAX_PRICE - self.count, origin_bar=0)] if not base else ()

        return Counter()


def test_a_snapshot_goes_on_by_itself():
    own, base = nested(3, 200)
    scanner = Scanner("15m", ("fvg", Counting()), symbol="SPX")
    scanner.scan(own[:100], [each for each in base if each.end <= own[99].end])
    other = scanner.snapshot()
    rest = own[100:], [each for each in base if each.end > own[99].end]
    told = other.scan(*rest)
    assert scanner.scan(*rest) == told
    assert told


def test_one_by_one_in_chunks_and_all_at_once_are_the_same():
    own, base = nested(4, 150)
    plugins = (
        "structure",
        Upward(halving),
        Upward(name="other", kinds={}, families={}, say=lambda f, b: [finding(b, kind="")]),
    )
    whole = detect(own, plugins, base=base)
    by_end = {}
    for place, each in [*((1, each) for each in base), *((0, each) for each in own)]:
        by_end.setdefault(each.end, [None, None])[place] = each
    scanner = Scanner("15m", plugins, symbol="SPX")
    assert [told for ts in sorted(by_end) for told in scanner.update(*by_end[ts])] == whole


@pytest.mark.parametrize(
    ("plugin", "why"),
    [
        (Upward(name="Up"), "its name must be of small letters"),
        (Upward(name="fvg"), "its name is taken"),
        (Upward(name="structure"), "its name is taken"),
        (Upward(events=()), "events must be a tuple of names"),
        (Upward(events="seen"), "events must be a tuple of names"),
        (Upward(kinds=None), "kinds and families must be mappings"),
        (Upward(kinds={"fvg": Upward.kinds["upward"]}), "'fvg' cannot be the name of a kind"),
        (Upward(kinds={"upward": (0.4, 0.25, 1.0, 3)}), "kind upward must be a Kind of weight 0 to 0.9"),
        (Upward(kinds={"upward": Kind(0.95, 0.25, 1.0, 3)}), "must be a Kind of weight 0 to 0.9"),
        (Upward(kinds={"upward": Kind(0.4, 1.0, 1.0, 3)}), "0 <= z_min < z_full"),
        (Upward(kinds={"upward": Kind(0.4, 0.25, float("nan"), 3)}), "0 <= z_min < z_full"),
        (Upward(kinds={"upward": Kind(0.4, 0.25, 1.0, 0)}), "half_life >= 1"),
        (Upward(families={}), "must be one of structure, imbalance, liquidity, sequence"),
        (Upward(start=None), r"it has no start\(market\)"),
        (object(), "its name must be"),
    ],
)
def test_an_object_that_is_no_detector_plug_in_is_refused_in_one_line(plugin, why):
    with pytest.raises(BadConfig, match=why) as refused:
        detect(bars(RISING), (plugin,))
    assert "\n" not in str(refused.value)


def test_two_plug_ins_may_share_neither_name_nor_kind():
    with pytest.raises(BadConfig, match="its name is taken"):
        detect([], (Upward(), Upward()))
    with pytest.raises(BadConfig, match="kind upward belongs to upward already"):
        detect([], (Upward(), Upward(name="other")))


def test_start_must_give_each_actor_a_detector_of_its_own():
    plugin = Upward(update=lambda bar, base=False: ())
    plugin.start = lambda market: plugin
    with pytest.raises(ValueError, match="must return a new object"):
        detect(bars(RISING), (plugin,))


@pytest.mark.parametrize("market", [AROUND_THE_CLOCK, STOCKS])
def test_the_gauge_measures_as_the_kernels_do(market):
    own = sessions(market)
    gauge = Gauge("15m", market)
    measures = [gauge.take(each) for each in own]
    found = detect(own, ("displacement", "structure"), calendar=market)
    assert {each.volume_ratio for each in found} - {1.0}
    assert all(each.volume_ratio == measures[each.bar].volume_ratio for each in found)
    single = [each for each in found if each.form == "bar" and each.event == "confirmed" and each.strength]
    assert len(single) > 20
    for each in single:
        size = abs(own[each.bar].close - own[each.bar].open)
        assert each.strength == pytest.approx(size / measures[each.bar].atr, abs=1e-6)
    assert [measure.atr > 0 for measure in measures[:16]] == [False] * 14 + [True] * 2


def sessions(market):
    """Bars of 15 minutes in real sessions of a market, the last of each day cut short."""
    rng, price, found, day = random.Random(7), 100_000, [], 738_000
    while len(found) < 900:
        session = market.session(day)
        day += 1
        start = session.open if session else 0
        while session and start < session.close - 15 * MINUTE:
            path = [price, *(price + rng.choice((-1, 1)) * rng.randint(0, 3) ** 4 for _ in range(3))]
            price = path[-1]
            volume = rng.choice((0, 50, 100, 400)) * (1 + (start - session.open) // (60 * MINUTE))
            row = (path[0], max(path), min(path), price, volume)
            last = start + 30 * MINUTE > session.close - 15 * MINUTE
            end = start + (5 if last else 15) * MINUTE
            found.append(bar(len(found), row, start=start, end=end, session=session.ordinal, full=not last))
            start += 15 * MINUTE
    return found


def test_a_plug_in_that_changes_its_settings_changes_its_own_copy():
    plugin, given = Upward(), {"upward": {"list": [1]}}
    plugin.start = lambda market: market.settings["list"].append(2) or Running(plugin, market)
    detect(bars(RISING), (plugin,), settings=given)
    assert given == {"upward": {"list": [1]}}


def test_a_market_is_not_copied_with_its_detector():
    market = Market("SPX", "15m", 1, AROUND_THE_CLOCK)
    assert copy.deepcopy(market) is market
    assert detect(bars(walk(1, 10)), ()) == []
