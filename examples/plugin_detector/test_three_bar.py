"""The three-bar reversal on bars drawn by hand, and that it never looks ahead."""

import random
from itertools import pairwise

import pytest
from three_bar import PLUGIN

from tradingfloor.actors.messages import Bar
from tradingfloor.actors.signals import Scanner, detect

MINUTE = 60 * 10**9


def bars(prices):
    return [
        Bar(
            symbol="X",
            timeframe="15m",
            index=index,
            start=index * 15 * MINUTE,
            end=(index + 1) * 15 * MINUTE,
            open=opened,
            high=high,
            low=low,
            close=close,
            volume=100,
            count=1,
            full=True,
            session=1,
            gap_before=0,
            first_index=index + 1,
            last_index=index + 1,
        )
        for index, (opened, high, low, close) in enumerate(prices)
    ]


QUIET = [(1000, 1004, 996, 1000)] * 15
REVERSAL = [*QUIET, (1000, 1004, 990, 992), (992, 1010, 991, 1008)]


def walk(seed, n=400):
    rng, price, found = random.Random(seed), 10_000, []
    for _ in range(n):
        path = [price, *(price + rng.randint(-40, 40) for _ in range(4))]
        price = path[-1]
        found.append((path[0], max(path), min(path), price))
    return bars(found)


def test_a_low_between_two_and_a_close_above_both_is_a_reversal():
    (found,) = detect(bars(REVERSAL), (PLUGIN,))
    assert (found.event, found.direction, found.origin_bar, found.bar) == ("confirmed", 1, 15, 16)
    assert (found.entry, found.stop, found.target) == (1008, 989, 1008 + 2 * 19)
    atr = (8 * 13 + 14) / 14
    assert found.strength == pytest.approx((1008 - 990) / atr, abs=1e-6)
    assert found.is_signal


@pytest.mark.parametrize(
    "third",
    [(992, 1010, 991, 1004), (992, 1010, 990, 1008)],
    ids=["a close at the highs", "a low as deep"],
)
def test_what_only_touches_is_no_reversal(third):
    assert detect(bars([*REVERSAL[:-1], third]), (PLUGIN,)) == []


def test_a_close_beyond_the_stop_ends_it_once():
    after = [(1008, 1011, 989, 989), (989, 1012, 985, 988), (988, 1013, 980, 981)]
    found = detect(bars([*REVERSAL, *after]), (PLUGIN,))
    assert [(each.event, each.bar) for each in found] == [("confirmed", 16), ("stopped", 18)]


def test_the_reward_is_a_setting_and_nonsense_is_refused():
    (found,) = detect(bars(REVERSAL), (PLUGIN,), settings={"three_bar": {"reward": 3}})
    assert found.target == 1008 + 3 * 19
    with pytest.raises(ValueError, match="reward must be above 0"):
        Scanner("15m", (PLUGIN,), settings={"three_bar": {"reward": -1}})


@pytest.mark.parametrize("seed", range(5))
def test_a_shortened_tape_has_the_beginning_of_the_findings(seed):
    tape = walk(seed)
    whole = detect(tape, (PLUGIN,))
    assert len(whole) > 20
    for cut in range(20, 400, 7):
        assert detect(tape[:cut], (PLUGIN,)) == [each for each in whole if each.bar < cut]


@pytest.mark.parametrize("seed", range(5))
def test_mirrored_prices_flip_it_and_nothing_else(seed):
    tape = walk(seed)
    mirrored = bars([(20_000 - b.open, 20_000 - b.low, 20_000 - b.high, 20_000 - b.close) for b in tape])

    def told(found, sign=1):
        return sorted((each.event, each.bar, each.origin_bar, sign * each.direction) for each in found)

    assert told(detect(tape, (PLUGIN,))) == told(detect(mirrored, (PLUGIN,)), -1)


def test_it_goes_on_from_a_copy_as_from_itself():
    tape = walk(9)
    scanner, found = Scanner("15m", (PLUGIN,), symbol="X"), []
    for before, bar in pairwise([None, *tape]):
        if before is not None and bar.index % 50 == 0:
            scanner = scanner.snapshot()
        found += scanner.update(bar)
    assert found == detect(tape, (PLUGIN,))
