"""A plug-in's core: one report per instant, signals as a scan finds them, rebuilt from bars."""

from types import MappingProxyType, SimpleNamespace

import pytest
from signal_bars import bar, bars, messages, nested, play, raised

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.evidence import Kind
from tradingfloor.actors.messages import BarsClosed, TimeframeReported, TimerDue
from tradingfloor.actors.runtime.core import FoldingCore
from tradingfloor.actors.signals import detect
from tradingfloor.actors.signals.core import SignalCore
from tradingfloor.actors.signals.plugin import Ends, Finding, Market
from tradingfloor.actors.signals.plugin_core import PluginCore

CLOCK = calendar("24h", "UTC")


class Streaks:
    """Two closes up in a row, own or base; the next own close down ends the newest one."""

    name = "streaks"
    events = ("streak", "over")
    kinds = MappingProxyType({"streak": Kind(0.4, 0.0, 1.0, 6)})
    families = MappingProxyType({"streak": "structure"})

    def __init__(self, wants_base=True):
        self.wants_base = wants_base

    def start(self, market):
        ups, last, origin = {True: 0, False: 0}, [], [0]

        def update(bar, base=False):
            if not base:
                origin[0] = bar.index
            ups[base] = ups[base] + 1 if bar.close > bar.open else 0
            if ups[base] == 2:
                last[:] = [origin[0]]
                risk = bar.high - bar.low + market.tick
                prices = {"entry": bar.close, "stop": bar.close - risk, "target": bar.close + risk}
                name = {"event": "streak", "kind": "streak", "direction": 1, "origin_bar": origin[0]}
                yield Finding(**name, **prices, top=bar.high, bottom=bar.low, strength=0.5)
            elif not base and last and bar.close < bar.open:
                ends = Ends(kind="streak", direction=1, origin_bar=last.pop())
                yield Finding(
                    event="over", direction=1, origin_bar=0, top=bar.high, bottom=bar.low, ends=ends
                )

        return SimpleNamespace(update=update)


def core(plugin=None, symbol="SPX"):
    return PluginCore(plugin or Streaks(), Market(symbol, "15m", 1, CLOCK), "tape-1", "config-1")


def test_it_is_a_folding_core_without_timers():
    one = core()
    assert isinstance(one, FoldingCore)
    assert one.next_due(one.initial()) is None
    assert one.advance(one.initial(), TimerDue(5), 5) == []
    assert one.advance(one.initial(), BarsClosed(symbol="NDX", ts=1, base=None, bars=()), 1) == []


def test_every_instant_gets_its_signals_and_then_exactly_one_report_of_the_plug_in():
    own, base = nested(1, 300)
    inputs = messages(own, base)
    outputs, _ = play(core(), inputs)
    known = -1
    for message, step in zip(inputs, outputs, strict=True):
        known = max([known, *(each.index for each in message.bars if each.timeframe == "15m")])
        *signals, report = step
        assert isinstance(report, TimeframeReported)
        assert (report.plugin, report.ts, report.bar) == ("streaks", message.ts, known)
        assert report.signals == tuple(s.id for s in signals)
        assert report.base_closed == (message.base is not None)
        assert (report.bias, report.period_open, report.last_close) == (0, 0, 0)
        assert (report.bars_known, report.warm) == (known + 1, known >= 14)
        assert all((s.ts, s.bar, s.detector) == (message.ts, known, "streaks") for s in signals)
    assert len(raised(outputs)) > 40
    ids = [m.id for step in outputs for m in step]
    assert len(set(ids)) == len(ids)
    changed = [c.signal_id for step in outputs for c in step[-1].changes]
    assert changed
    assert set(changed) <= {s.id for s in raised(outputs)}


def test_its_report_is_not_the_report_of_the_built_in_detectors():
    own = bars([(100, 105, 95, 101)] * 3)
    built_in = SignalCore("SPX", "15m", ("FVG",), 1, "tape-1", "config-1", CLOCK)
    state = built_in.initial()
    theirs = [built_in.advance(state, message, message.ts)[-1].id for message in messages(own)]
    mine = [step[-1].id for step in play(core(), messages(own))[0]]
    assert not set(mine) & set(theirs)


def test_every_signal_is_the_detection_of_the_scan():
    own, base = nested(2, 300)
    signals = raised(play(core(), messages(own, base))[0])
    found = [each for each in detect(own, (Streaks(),), base=base) if each.is_signal]
    fields = (
        "bar",
        "origin_bar",
        "direction",
        "entry",
        "stop",
        "target",
        "top",
        "bottom",
        "strength",
        "volume_ratio",
    )
    assert [[getattr(s, f) for f in fields] for s in signals] == [
        [getattr(d, f) for f in fields] for d in found
    ]
    assert [s.ts for s in signals] == [d.known_at for d in found]
    by_end = {each.end: each for each in base}
    assert all((s.kind, s.family, s.config) == ("streak", "structure", "config-1") for s in signals)
    early = [s for s in signals if s.ts not in {each.end for each in own}]
    assert early
    assert all(
        (s.first_index, s.last_index) == (by_end[s.ts].first_index, by_end[s.ts].last_index) for s in early
    )


def test_history_advances_in_silence():
    own, base = nested(3, 200)
    inputs = messages(own, base, history_until=own[99].end)
    outputs, _ = play(core(), inputs)
    assert all(not step for message, step in zip(inputs, outputs, strict=True) if message.history)
    whole, _ = play(core(), messages(own, base))
    assert raised(outputs) == [s for s in raised(whole) if s.ts > own[99].end]


@pytest.mark.parametrize("wants_base", [True, False])
def test_a_rebuilt_one_goes_on_as_if_nothing_had_happened(wants_base):
    own, base = nested(4, 250)
    inputs = messages(own, base)
    one = core(Streaks(wants_base))
    whole, _ = play(one, inputs)
    for cut in range(0, len(inputs), 17):
        until = inputs[cut].ts
        before = [each for each in own if each.end <= until]
        state = one.rebuild(before, [each for each in base if each.end <= until] if wants_base else ())
        rest, _ = play(one, inputs[cut + 1 :], state)
        assert rest == whole[cut + 1 :]


def test_what_the_plug_in_raises_passes_and_a_bar_that_was_lost_is_missed():
    def update(bar, base=False):
        raise ArithmeticError("own")

    plugin = Streaks()
    plugin.start = lambda market: SimpleNamespace(update=update)
    with pytest.raises(ArithmeticError, match="own"):
        play(core(plugin), messages([bar(0, (100, 105, 95, 101))]))
    own = bars([(100, 105, 95, 101)] * 5)
    with pytest.raises(ValueError, match="follow each other"):
        play(core(), messages([*own[:2], *own[3:]]))
