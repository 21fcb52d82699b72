import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.evidence import KINDS
from tradingfloor.actors.risk import confluence as c
from tradingfloor.actors.types import Direction

LONG, SHORT = Direction.LONG, Direction.SHORT
WEIGHTS = {"INTRADAY": 0.3, "SWING": 0.4, "MONTHLY": 0.2, "LEAPS": 0.1}
FRAMES = (("15m", "INTRADAY"), ("1h", "SWING"), ("1w", "MONTHLY"), ("1M", "LEAPS"))


def readings(trading, swing=None, monthly=None, bias=(0, 0, 0, 0), opposed=None):
    """One timeframe per class; evidence of the others is taken as one family."""
    long = [trading, {"any": swing or 0.0}, {"any": monthly or 0.0}, {}]
    short = [{}, {"any": opposed or 0.0}, {}, {}]
    return [
        c.Reading(name, klass, True, b, up, down)
        for (name, klass), b, up, down in zip(FRAMES, bias, long, short, strict=True)
    ]


def full(*kinds, u=1.0):
    """Full-strength evidence of one signal per family."""
    return {kind: c.evidence(KINDS[kind].weight * u, 0, 10) for kind in kinds}


def score(case, direction=LONG):
    return c.confluence(case, "15m", direction, WEIGHTS).value


AGREE = (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (readings({"fvg": 0.40 * 0.7}), 2.9),
        (readings(full("strat_212_continuation")), 4.1),
        (readings(full("bos", "displacement")), 5.6),
        (readings(full("bos", "displacement"), swing=0.5, bias=AGREE), 7.3),
        (readings(full("sweep", "displacement", "choch")), 6.4),
        (readings(full("sweep", "displacement", "choch"), bias=(0, -1, 0, 0), opposed=0.5), 5.3),
        (
            readings(
                full("choch", "displacement", "sweep", "strat_212_continuation"),
                swing=0.7,
                monthly=0.5,
                bias=AGREE,
            ),
            8.9,
        ),
        (readings(full("choch"), bias=AGREE), 5.95),
        (readings(full("choch", u=1.25), bias=AGREE), 6.8),
        (readings(full("choch", "sweep", u=1.25)), 6.6),
    ],
    ids=[
        "a lone gap of quality 0.7",
        "a lone full 2-1-2",
        "break and displacement, neutral above",
        "break and displacement, everything agrees",
        "sweep, displacement and change of character",
        "the same against the swing class",
        "four families, everything agrees",
        "a lone change of character, everything agrees",
        "a lone change of character on double volume",
        "change of character and sweep on double volume",
    ],
)
def test_the_hand_worked_cases_come_out(case, expected):
    digits = 2 if expected == 5.95 else 1
    assert round(score(case), digits) == pytest.approx(expected, abs=1e-9)


def test_quality_starts_at_four_tenths_and_is_full_at_the_upper_strength():
    fvg = KINDS["fvg"]
    assert c.quality(fvg, 0.249) == 0
    assert c.quality(fvg, 0.25) == pytest.approx(0.4)
    assert c.quality(fvg, 0.625) == pytest.approx(0.7)
    assert c.quality(fvg, 1.0) == c.quality(fvg, 50.0) == 1.0
    assert c.quality(fvg, math.nan) == 0


@pytest.mark.parametrize(
    ("ratio", "factor"), [(1, 1), (2, 1.25), (8, 1.25), (0.5, 0.75), (0, 0.75), (math.sqrt(2), 1.125)]
)
def test_volume_moves_evidence_by_a_quarter_at_most(ratio, factor):
    assert c.volume_factor(ratio) == pytest.approx(factor)


def test_evidence_halves_with_every_half_life_and_is_gone_after_four():
    assert c.evidence(0.4, 0, 24) == 0.4
    assert c.evidence(0.4, 24, 24) == pytest.approx(0.2)
    assert c.evidence(0.4, 95, 24) > 0
    assert c.evidence(0.4, 96, 24) == 0
    assert c.evidence(0.4, 0, 24, factor=0.5) == 0.2
    assert c.evidence(0.6 * 1.25 * 1.5, 0, 12) == 0.9


def test_bias_is_half_structure_half_the_side_of_the_period_open():
    assert c.bias(1, 101, 100) == 1
    assert c.bias(1, 99, 100) == 0
    assert c.bias(-1, 100, 100) == -0.5
    assert c.bias(0, 101, 100) == 0.5
    assert c.bias(1, 101, 0) == 0.5


def test_classes_without_a_warm_timeframe_are_left_out_of_the_weights():
    cold = c.Reading("1h", "SWING", False, 1.0, {"any": 0.9}, {})
    warm = c.Reading("15m", "INTRADAY", True, 0.0, {"any": 0.5}, {})
    parts = c.confluence([warm, cold], "15m", LONG, WEIGHTS).parts
    assert parts.weights == (("INTRADAY", 1.0),)
    assert (parts.evidence, parts.bias) == (0.5, 0.0)


def test_timeframes_of_one_class_share_its_weight_equally():
    case = [
        c.Reading("1m", "INTRADAY", True, 1.0, {"any": 0.8}, {}),
        c.Reading("15m", "INTRADAY", True, 0.0, {}, {}),
        c.Reading("30m", "INTRADAY", False, 0.0, {"any": 0.9}, {}),
        c.Reading("1h", "SWING", True, 0.0, {}, {}),
    ]
    parts = c.confluence(case, "1m", LONG, WEIGHTS).parts
    assert parts.weights == (("INTRADAY", round(3 / 7, 6)), ("SWING", round(4 / 7, 6)))
    assert parts.evidence == round(3 / 7 * 0.4, 6)
    assert parts.bias == round(3 / 7 * 0.5, 6)


def test_with_no_warm_timeframe_only_the_trigger_counts():
    case = [c.Reading("15m", "INTRADAY", False, 1.0, {"any": 0.6}, {})]
    assert c.confluence(case, "15m", LONG, WEIGHTS).value == pytest.approx(10 * (0.3 + 0.125))


def test_a_direction_leads_by_one_point_or_not_at_all():
    # Two equal biases of 1 and a trigger each: the scores differ by the triggers alone.
    def case(short):
        return [c.Reading("15m", "INTRADAY", False, 0.0, {"a": 0.6}, {"a": short})]

    assert c.confluence(case(0.4), "15m", LONG, WEIGHTS).leads
    assert not c.confluence(case(0.41), "15m", LONG, WEIGHTS).leads
    assert not c.confluence(case(0.4), "15m", SHORT, WEIGHTS).leads


def test_the_stored_parts_reproduce_the_score():
    case = readings(full("bos", "displacement"), swing=0.5, bias=(1, 0.5, -0.5, 0), opposed=0.3)
    result = c.confluence(case, "15m", LONG, WEIGHTS)
    p = result.parts
    inner = 0.5 * p.trading + 0.25 * p.evidence + 0.125 * (1 + p.bias)
    assert result.value == pytest.approx(10 * inner * (1 - 0.5 * p.opposition), abs=1e-5)
    assert p.families == (("15m", "bos", 0.55), ("15m", "displacement", 0.45), ("1h", "any", 0.5))
    assert p.opposite_score == c.confluence(case, "15m", SHORT, WEIGHTS).value


unit = st.floats(0, 0.9)
evidence_maps = st.dictionaries(st.sampled_from(["structure", "imbalance", "liquidity", "sequence"]), unit)
any_reading = st.builds(
    c.Reading,
    st.sampled_from(["15m", "30m", "1h", "4h", "1w", "1M"]),
    st.sampled_from(list(WEIGHTS)),
    st.booleans(),
    st.sampled_from([-1, -0.5, 0, 0.5, 1]),
    evidence_maps,
    evidence_maps,
)
many = st.lists(any_reading, min_size=1, max_size=6, unique_by=lambda r: r.timeframe)
modest = settings(deadline=None, max_examples=150)


@modest
@given(many, st.data())
def test_scores_are_bounded_and_need_a_trigger_to_pass_five(case, data):
    name = data.draw(st.sampled_from([r.timeframe for r in case]))
    for direction in Direction:
        result = c.confluence(case, name, direction, WEIGHTS)
        assert 0 <= result.value <= 10
        if result.parts.trading == 0:
            assert result.value <= 5
        assert result.value == round(result.value, 6)


@modest
@given(many, st.data(), unit)
def test_agreeing_evidence_never_lowers_and_opposing_never_raises(case, data, more):
    index = data.draw(st.integers(0, len(case) - 1))
    trading = data.draw(st.sampled_from([r.timeframe for r in case]))
    before = c.confluence(case, trading, LONG, WEIGHTS).value
    grown = case[index]
    family = data.draw(st.sampled_from(["structure", "imbalance"]))

    def changed(**sides):
        other = list(case)
        other[index] = grown._replace(**sides)
        return c.confluence(other, trading, LONG, WEIGHTS).value

    up = {**grown.long, family: max(more, grown.long.get(family, 0))}
    down = {**grown.short, family: max(more, grown.short.get(family, 0))}
    assert changed(long=up) >= before
    assert changed(short=down) <= before
    assert changed(bias=1) >= before >= changed(bias=-1)


@modest
@given(many, st.data())
def test_the_mirror_image_has_the_mirrored_scores(case, data):
    name = data.draw(st.sampled_from([r.timeframe for r in case]))
    mirror = [r._replace(bias=-r.bias, long=r.short, short=r.long) for r in case]
    assert c.confluence(case, name, LONG, WEIGHTS) == c.confluence(mirror, name, SHORT, WEIGHTS)
