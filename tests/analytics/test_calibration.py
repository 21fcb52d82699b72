"""The calibration against values worked by hand, and against slow versions written from the definitions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.analytics import calibration as c
from tradingfloor.actors.config import MAX_WEIGHT
from tradingfloor.actors.domain.evidence import KINDS

WEIGHTS = {name: kind.weight for name, kind in KINDS.items()}
modest = settings(deadline=None, max_examples=200)


def trade(score=5.0, won=True, number=0, kind="fvg", families=("imbalance",), closed=None):
    """The ``number``-th trade: closed before the next one is signalled unless told otherwise."""
    signalled = 10 * number
    return c.ScoredTrade(
        kind, families, score, bool(won), signalled, signalled + 5 if closed is None else closed
    )


def many(kind, trades, wins, start=0):
    return [trade(won=n < wins, number=start + n, kind=kind) for n in range(trades)]


# --- kinds ----------------------------------------------------------------------------------------


def test_a_hit_rate_is_shrunken_by_fifty_trades_of_the_overall_rate():
    assert c.shrunken(30, 50, 0.5) == pytest.approx(0.55)
    assert c.shrunken(0, 0, 0.4) == pytest.approx(0.4)
    assert c.shrunken(10, 10, 0.4) == pytest.approx(0.5)


def test_odds_are_compared_and_say_nothing_where_all_trades_ended_alike():
    assert c.odds_ratio(0.55, 0.5) == pytest.approx(11 / 9)
    assert c.odds_ratio(0.2, 0.5) == pytest.approx(0.25)
    assert c.odds_ratio(0.0, 0.0) == c.odds_ratio(1.0, 1.0) == 1.0


def test_two_hundred_trades_suggest_the_weights_worked_out_by_hand():
    found = c.calibrate(many("bos", 50, 30) + many("fvg", 150, 70, start=50), WEIGHTS)
    assert (found.trades, found.wins, found.enough) == (200, 100, True)
    fvg, bos = found.kinds
    assert (fvg.name, fvg.trades, fvg.wins, fvg.weight) == ("fvg", 150, 70, 0.40)
    assert fvg.hit_rate == pytest.approx(70 / 150)
    assert fvg.shrunken == pytest.approx(0.475)
    assert fvg.odds_ratio == pytest.approx(19 / 21)
    assert fvg.suggested == pytest.approx(0.40 * 19 / 21)
    assert (bos.name, bos.shrunken) == ("bos", pytest.approx(0.55))
    assert bos.suggested == pytest.approx(0.55 * 11 / 9)


def test_below_two_hundred_trades_the_table_stands_and_nothing_is_suggested():
    found = c.calibrate(many("bos", 199, 100), WEIGHTS)
    assert not found.enough
    assert found.kinds[0].weight == 0.55
    assert found.kinds[0].suggested is None
    assert found.steps
    assert found.out_of_sample is not None


def test_a_kind_without_a_weight_is_counted_and_suggests_none():
    found = c.calibrate(many("moon_phase", 200, 100), WEIGHTS)
    assert (found.kinds[0].weight, found.kinds[0].suggested) == (None, None)
    assert found.kinds[0].trades == 200


def test_a_suggested_weight_stays_between_nothing_and_the_largest_evidence():
    assert c.suggested_weight(0.6, 1.2) == pytest.approx(0.72)
    assert c.suggested_weight(0.6, 5.0) == MAX_WEIGHT == 0.9
    assert c.suggested_weight(0.0, 5.0) == 0.0


def test_a_trade_counts_once_for_each_family_that_was_evidence_for_it():
    trades = [
        trade(won=True, families=("imbalance", "structure", "imbalance")),
        trade(won=False, families=("imbalance",), number=1),
        trade(won=False, families=(), number=2),
    ]
    found = c.calibrate(trades, WEIGHTS)
    assert [(t.name, t.trades, t.wins) for t in found.families] == [("imbalance", 2, 1), ("structure", 1, 1)]
    assert {t.suggested for t in found.families} == {None}


def test_without_a_trade_there_is_nothing_to_say():
    found = c.calibrate([], WEIGHTS)
    assert (found.trades, found.kinds, found.families, found.steps) == (0, (), (), ())
    assert (found.in_sample, found.out_of_sample) == (None, None)


# --- the monotone map -----------------------------------------------------------------------------


def test_violators_are_pooled_and_equal_scores_are_one_point():
    scored = [(4, 0), (5, 1), (6, 0), (6, 1), (7, 1)]
    steps = c.monotone_map([trade(score, won) for score, won in scored])
    assert steps == (c.Step(4, 1, 0), c.Step(5, 3, 2), c.Step(7, 1, 1))
    assert [c.forecast(steps, score) for score in (0, 4, 4.9, 5, 6.9, 7, 10)] == pytest.approx(
        [0, 0, 0, 2 / 3, 2 / 3, 1, 1]
    )


def test_scores_that_order_the_wrong_way_leave_one_step_at_the_base_rate():
    assert c.monotone_map([trade(4, 1), trade(5, 1), trade(6, 0)]) == (c.Step(4, 3, 2),)


def test_neighbours_of_one_hit_rate_are_one_step_also_where_their_means_round_apart():
    # 1 of 4, then 7 of 25 and 0 of 3, which pool to 7 of 28: as floats not quite 1/4.
    trades = [
        trade(score, n < wins) for score, k, wins in [(4, 4, 1), (5, 25, 7), (6, 3, 0)] for n in range(k)
    ]
    assert c.monotone_map(trades) == (c.Step(4, 32, 8),)


scored_trades = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def isotonic(points):
    """Max over j <= i of min over k >= i of the mean of j..k, in fractions: the textbook formula."""

    def mean(part):
        return Fraction(sum(wins for _, wins in part), sum(number for number, _ in part))

    return [
        max(min(mean(points[j : k + 1]) for k in range(i, len(points))) for j in range(i + 1))
        for i in range(len(points))
    ]


@modest
@given(scored_trades)
def test_the_map_is_the_least_squares_monotone_fit(scored):
    steps = c.monotone_map([trade(score, won) for score, won in scored])
    scores = sorted({score for score, _ in scored})
    points = [
        (sum(s == score for s, _ in scored), sum(won for s, won in scored if s == score)) for score in scores
    ]
    assert [c.forecast(steps, score) for score in scores] == [float(rate) for rate in isotonic(points)]


@modest
@given(scored_trades, st.lists(st.floats(-1, 13), min_size=2, max_size=20))
def test_the_map_never_falls_and_stays_between_nothing_and_certainty(scored, asked):
    steps = c.monotone_map([trade(score, won) for score, won in scored])
    assert sum(step.trades for step in steps) == len(scored)
    assert sum(step.wins for step in steps) == sum(won for _, won in scored)
    rates = [step.hit_rate for step in steps]
    assert rates == sorted(set(rates))
    asked = [c.forecast(steps, score) for score in sorted(asked)]
    assert asked == sorted(asked)
    assert asked[0] >= 0
    assert asked[-1] <= 1


@modest
@given(st.dictionaries(st.integers(0, 100), st.integers(0, 6), min_size=1, max_size=8))
def test_hit_rates_that_already_rise_are_mapped_to_themselves(wins_of_six):
    scores = sorted(wins_of_six)
    rising = dict(zip(scores, sorted(wins_of_six.values()), strict=True))
    steps = c.monotone_map([trade(s, n < wins) for s, wins in rising.items() for n in range(6)])
    assert [c.forecast(steps, s) for s in scores] == [wins / 6 for wins in rising.values()]


# --- Brier scores ---------------------------------------------------------------------------------

FIVE = [trade(s, w, n) for n, (s, w) in enumerate([(4, 0), (5, 1), (4, 1), (6, 1), (3, 0)])]


def test_five_trades_are_judged_as_by_hand():
    found = c.calibrate(FIVE, WEIGHTS)
    # Base rates 0, 1/2, 2/3, 3/4 and forecasts 0, 0, 1, 1/2 against the outcomes 1, 1, 1, 0.
    assert found.out_of_sample.trades == 4
    assert found.out_of_sample.base_rate == pytest.approx((1 + 1 / 4 + 1 / 9 + 9 / 16) / 4)
    assert found.out_of_sample.monotone == pytest.approx((1 + 1 + 0 + 1 / 4) / 4)
    assert found.in_sample == c.Brier(5, pytest.approx(0.24), pytest.approx(0.1))


def test_trades_are_taken_in_the_order_of_their_signals():
    assert c.calibrate(FIVE[::-1], WEIGHTS) == c.calibrate(FIVE, WEIGHTS)


def test_a_trade_that_was_still_open_teaches_nothing_about_a_signal_of_that_time():
    first = FIVE[0]._replace(closed=35)
    found = c.out_of_sample([first, *FIVE[1:]])
    # Nothing was closed before the second; base rates 1, 1 and then, all closed, 3/4.
    assert found.trades == 3
    assert found.base_rate == pytest.approx((0 + 0 + 9 / 16) / 3)


def test_one_trade_cannot_be_judged_out_of_sample():
    found = c.calibrate([trade()], WEIGHTS)
    assert found.out_of_sample is None
    assert found.in_sample == c.Brier(1, 0.0, 0.0)


any_trades = st.lists(
    st.tuples(st.integers(0, 8), st.booleans(), st.integers(1, 80), st.sampled_from(["fvg", "bos", "choch"])),
    max_size=30,
).map(
    lambda rows: [
        trade(score, won, n, kind, closed=10 * n + held) for n, (score, won, held, kind) in enumerate(rows)
    ]
)


def judged_slowly(trades):
    base, mapped = [], []
    for block in np.array_split(np.arange(len(trades)), c.FOLDS)[1:]:
        for i in block:
            seen = [t for t in trades[: block[0]] if t.closed <= trades[block[0]].signalled]
            if seen:
                scores = sorted({t.score for t in seen})
                groups = [[t.won for t in seen if t.score == score] for score in scores]
                rates = isotonic([(len(group), sum(group)) for group in groups])
                below = [rate for score, rate in zip(scores, rates, strict=True) if score <= trades[i].score]
                won = int(trades[i].won)
                base.append((Fraction(sum(t.won for t in seen), len(seen)) - won) ** 2)
                mapped.append(((below or rates[:1])[-1] - won) ** 2)
    return (len(base), sum(base) / len(base), sum(mapped) / len(mapped)) if base else None


@modest
@given(any_trades)
def test_out_of_sample_is_what_a_slow_version_of_its_definition_says(trades):
    found, expected = c.out_of_sample(trades), judged_slowly(trades)
    assert (found is None) == (expected is None)
    if found is not None:
        assert found == c.Brier(*(pytest.approx(float(value)) for value in expected))


@modest
@given(any_trades)
def test_every_figure_stays_within_its_bounds(trades):
    found = c.calibrate(trades, WEIGHTS)
    for judged in (found.in_sample, found.out_of_sample):
        if judged is not None:
            assert 0 <= judged.base_rate <= 1
            assert 0 <= judged.monotone <= 1
    if found.in_sample is not None:
        assert found.in_sample.monotone <= found.in_sample.base_rate + 1e-12
    assert sum(tally.trades for tally in found.kinds) == found.trades
    assert sum(tally.wins for tally in found.kinds) == found.wins
    for tally in found.kinds:
        overall = found.wins / found.trades
        low, high = sorted((tally.hit_rate, overall))
        assert low - 1e-12 <= tally.shrunken <= high + 1e-12
        better = round(tally.hit_rate - overall, 9)
        assert (tally.odds_ratio > 1 + 1e-9) == (better > 0)
        assert (tally.odds_ratio < 1 - 1e-9) == (better < 0)
