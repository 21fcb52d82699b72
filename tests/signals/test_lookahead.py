"""The built-in detectors pass every check; detectors with one known fault each fail the right ones."""

import random
from itertools import pairwise

import msgspec
import pytest
from signal_bars import bars, nested, walk

from tradingfloor.actors.config import Config, InstrumentConfig
from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.domain.instruments import instrument
from tradingfloor.actors.market_data.feeds.replay import open_replay
from tradingfloor.actors.market_data.gather import gather
from tradingfloor.actors.signals import Detection, Scanner
from tradingfloor.actors.signals.lookahead import CHECKS, Series, examine, garbage
from tradingfloor.actors.signals.naming import SCANNED
from tradingfloor.actors.types import MAX_PRICE

ALL = set(CHECKS)


def failed(series, fresh, *, count=60, seed=1, **settings):
    cuts = random.Random(seed).sample(range(1, len(series)), min(count, len(series) - 1))
    return {(v.check, v.detector): v.difference for v in examine(series, fresh, cuts, **settings) if not v.ok}


def rising(bar, **changes):
    fields = {
        "id": bar.index.to_bytes(16),
        "detector": "canary",
        "event": "seen",
        "direction": 1 if bar.close > bar.open else -1,
        "origin_bar": bar.index,
        "first_bar": bar.index,
        "bar": bar.index,
        "time": bar.start,
        "known_at": bar.end,
        "top": bar.high,
        "bottom": bar.low,
        "level": bar.close,
        "volume_ratio": 1.0,
    }
    return Detection(**(fields | changes))


class Honest:
    """Says of every second bar that moved which way it went; remembers whether it spoke of the one before."""

    def __init__(self):
        self.spoke = False

    def update(self, bar, base=None):
        if bar is None or bar.close == bar.open or self.spoke:
            self.spoke = False
            return []
        self.spoke = True
        return [rising(bar)]

    def scan(self, own, base=()):
        return [event for bar in own for event in self.update(bar)]

    def snapshot(self):
        copied = type(self)()
        copied.__dict__.update(self.__dict__)
        return copied


class TookAllBars(Honest):
    """Was given the bars beforehand and looks one bar ahead in them."""

    def __init__(self, span=None):
        super().__init__()
        self.held = {bar.index: bar for bar in span.own} if span else {}

    def update(self, bar, base=None):
        following = self.held.get(bar.index + 1) if bar else None
        return [e for e in super().update(bar) if following and following.close > bar.close]


class LooksAlongTheBatch(Honest):
    """Looks at the next bar where the batch it is handed has one."""

    def scan(self, own, base=()):
        return [rising(bar) for bar, following in pairwise(own) if following.low > bar.low]


class Repaints(Honest):
    """Measures in the highest price of the whole batch."""

    def scan(self, own, base=()):
        top = max((bar.high for bar in own), default=0)
        return [rising(bar) for bar in own if bar.high > top - 5]


class LosesTheEnd(Honest):
    """Loses what the last bars of a long batch say when their number is odd."""

    def scan(self, own, base=()):
        found = super().scan(own, base)
        return found if len(own) < 100 or len(own) % 2 == 0 else found[:-3]


class RemembersElsewhere(Honest):
    """Keeps what it knows where a snapshot does not reach."""

    def __init__(self, memory=None):
        self.memory = memory if memory is not None else [0]

    def update(self, bar, base=None):
        if bar is None:
            return []
        self.memory[0] += bar.close
        return [rising(bar)] if self.memory[0] % 3 == 0 else []

    def snapshot(self):
        return type(self)(self.memory)


class Forgets(Honest):
    """Its snapshots know nothing."""

    def snapshot(self):
        return type(self)()


class LikesRises(Honest):
    """Takes an equal close for a rise."""

    def update(self, bar, base=None):
        return [rising(bar, direction=1 if bar.close >= bar.open else -1)] if bar else []


@pytest.fixture(scope="module")
def series():
    return Series(bars(walk(3, 400)))


@pytest.mark.parametrize("seed", range(3))
def test_the_built_in_detectors_pass_over_walks_full_of_ties(seed):
    own = bars(walk(seed, 400, step=(2, 5)[seed % 2], start=40_000, tick=5))
    verdicts = examine(
        Series(own), lambda _: Scanner("15m", tick=5), range(1, 400, 7), tick=5, detectors=SCANNED
    )
    assert [v for v in verdicts if not v.ok] == []
    assert {(v.check, v.detector) for v in verdicts} == {(c, d) for c in CHECKS for d in SCANNED}
    assert all(v.events > 3 for v in verdicts)


@pytest.mark.parametrize("seed", range(2))
def test_they_pass_with_base_bars_between_which_the_cuts_fall(seed):
    series = Series(*nested(seed, 150))
    assert len(series) > 250
    assert failed(series, lambda _: Scanner("15m"), count=100) == {}


def test_they_pass_in_a_market_that_closes():
    own, base = nested(5, 200, session_bars=20)
    hours = calendar("XNYS")
    assert failed(Series(own, base), lambda _: Scanner("15m", market=hours)) == {}


def test_an_honest_detector_passes(series):
    assert failed(series, lambda _: Honest()) == {}


@pytest.mark.parametrize("fresh", [TookAllBars, lambda _: LooksAlongTheBatch()])
def test_a_detector_that_peeks_one_bar_fails_the_prefix_and_the_poison(series, fresh):
    differing = failed(series, fresh)
    assert {("prefix", "canary"), ("poison", "canary"), ("one by one", "canary")} <= set(differing)
    assert differing["prefix", "canary"].expected != differing["prefix", "canary"].found


def test_a_detector_that_measures_in_the_whole_batch_fails(series):
    assert {check for check, _ in failed(series, lambda _: Repaints())} >= {"prefix", "poison", "chunks"}


def test_a_detector_that_fails_in_one_piece_alone_fails_the_prefix_from_the_start(series):
    verdicts = examine(series, lambda _: LosesTheEnd(), range(41, 400, 41))
    assert {v.check for v in verdicts if not v.ok} == {"prefix"}


@pytest.mark.parametrize("fresh", [RemembersElsewhere, Forgets])
def test_state_outside_the_snapshot_fails_the_restore_and_no_plain_run(series, fresh):
    checks = {check for check, _ in failed(series, lambda _: fresh())}
    assert "restore" in checks
    assert not checks & {"prefix", "one by one", "chunks"}


def test_a_detector_that_treats_up_and_down_differently_fails_the_mirror_and_nothing_else(series):
    assert {check for check, _ in failed(series, lambda _: LikesRises())} == {"mirror"}


def test_the_first_difference_says_what_was_known_and_what_either_run_saw():
    own = bars([(100, 101, 99, 100 + n % 3 - 1) for n in range(9)])
    found = failed(Series(own), lambda _: LikesRises())["mirror", "canary"]
    assert (found.known_until, found.expected.bar, found.found.bar) == (own[-1].end, 1, 1)
    assert {found.expected.direction, found.found.direction} == {1, -1}
    assert found.expected.level == own[1].close


def test_a_detector_is_reported_even_where_it_saw_nothing():
    still = Series(bars([(100, 100, 100, 100)] * 30))
    verdicts = examine(still, lambda _: Scanner("15m"), [10], detectors=SCANNED)
    assert [(v.ok, v.events) for v in verdicts] == [(True, 0)] * len(CHECKS) * len(SCANNED)


@pytest.mark.parametrize("cuts", [[], [0], [400], [-1, 5]])
def test_a_cut_that_cuts_nothing_is_refused(series, cuts):
    with pytest.raises(ValueError, match="within 1 to 399"):
        examine(series, lambda _: Honest(), cuts)


@pytest.mark.parametrize("price", [1, 7, MAX_PRICE // 3, MAX_PRICE - 1])
def test_garbage_is_valid_bars_at_the_same_times_whatever_the_prices(price):
    own = bars([(price, price + 1, price, price + 1, 5)] * 200)
    other = garbage(Series(own).whole).own
    assert all(
        0 < b.low <= min(b.open, b.close) <= max(b.open, b.close) <= b.high <= MAX_PRICE for b in other
    )
    assert [(b.index, b.start, b.end) for b in other] == [(b.index, b.start, b.end) for b in own]
    assert len({b.low for b in other}) > 1
    assert failed(Series(own), lambda _: Scanner("15m"), count=20) == {}


def test_prices_near_zero_have_a_mirror_image_too():
    low = [tuple(max(1, p // 3) for p in row[:4]) for row in walk(8, 300, start=12)]
    assert failed(Series(bars(low)), lambda _: Scanner("15m")) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "symbol", "rows"),
    [("fx/EURUSD_15M.csv", "EURUSD", 24_424), ("lean/equity/usa/hour/spy.zip", "SPY", 40_785)],
)
def test_the_built_in_detectors_pass_over_real_bars_at_two_hundred_cuts(data_folder, name, symbol, rows):
    feed = open_replay(data_folder / name, Config(symbols=(symbol,)))
    found = instrument(symbol, InstrumentConfig(), feed.tick_hint(symbol))
    held = gather(found, feed.timeframe(symbol), feed.timeframe(symbol), feed.updates())
    market = calendar(found.calendar, found.timezone)

    def fresh(_):
        return Scanner(feed.timeframe(symbol), tick=found.tick, market=market)

    assert len(held.own) == rows
    assert failed(Series(held.own), fresh, count=200, tick=found.tick, detectors=SCANNED) == {}


def test_a_mirrored_event_has_every_field_of_its_image():
    """A field added to Detection must be looked at: is it a price, a direction, or neither?"""
    flipped_or_a_price = {"direction", "label", "sequence"} | {"entry", "invalidation", "stop", "target"}
    zone, names = {"top", "bottom", "level"}, {"id", "detector", "event", "kind", "pattern", "pool", "form"}
    places = {"origin_bar", "first_bar", "bar", "time", "known_at", "run", "lag"}
    sizes = {"strength", "volume_ratio", "is_signal", "count", "strong"}
    known = flipped_or_a_price | zone | names | places | sizes
    assert {field.name for field in msgspec.structs.fields(Detection)} == known
