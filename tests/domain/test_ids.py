"""Ids and draws are pinned: the digests below were made by ``b2sum -l 64``, not by this package."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.domain.ids import derive_id, uniform

TS = 1_700_000_000_000_000_000
PARTS = st.lists(st.one_of(st.text(max_size=6), st.integers(), st.binary(max_size=6)), max_size=4)


@pytest.mark.parametrize(
    ("ts", "parts", "digits"),
    [
        # Each part is hashed behind its length in four bytes: printf '\0\0\0\003SPY...' | b2sum -l 64
        (TS, ("SPY", 15, "fvg", 7), "17979cfe362a0000a720c86bf44188a4"),
        (TS, (), "17979cfe362a0000e4a6a0577479b2b4"),
        (0, (b"\x00\xff", -1, ""), "0000000000000000dcf659a45178f685"),
        (-1, (), "ffffffffffffffffe4a6a0577479b2b4"),
    ],
)
def test_derived_ids_are_the_pinned_ones(ts, parts, digits):
    assert derive_id(ts, *parts).hex() == digits


@pytest.mark.parametrize(
    ("arguments", "digest"),
    [
        # printf '<seed, 8 bytes>reject\0orderorderorder1<attempt, 8 bytes>' | b2sum -l 64
        ((1, "reject", b"orderorderorder1", 0), 0x561F2E466C9F1279),
        ((-1, "partial", b"", 7), 0x11279F9C1EC20F8D),
    ],
)
def test_draws_are_the_pinned_ones(arguments, digest):
    assert uniform(*arguments) == (digest >> 11) / 2**53


@settings(deadline=None, max_examples=200)
@given(first=PARTS, second=PARTS)
def test_ids_differ_when_the_parts_differ_however_they_are_split(first, second):
    def spelled(parts):
        return [part if isinstance(part, bytes) else str(part).encode() for part in parts]

    assert (derive_id(TS, *first) == derive_id(TS, *second)) == (spelled(first) == spelled(second))


@settings(deadline=None, max_examples=100)
@given(first=st.integers(0, 2**63 - 1), second=st.integers(0, 2**63 - 1))
def test_ids_sort_by_time_and_have_16_bytes(first, second):
    one, other = derive_id(first, "a"), derive_id(second, "a")
    assert len(one) == 16
    assert (one < other) == (first < second)


def test_draws_are_evenly_spread_and_change_with_every_argument():
    draws = [uniform(1, "reject", order.to_bytes(16, "big"), 0) for order in range(20_000)]
    assert all(0 <= draw < 1 for draw in draws)
    for tenth in range(10):
        share = sum(tenth <= draw * 10 < tenth + 1 for draw in draws) / len(draws)
        assert abs(share - 0.1) < 0.012  # five standard deviations
    base = (1, "reject", b"x" * 16, 0)
    others = [(2, *base[1:]), (1, "partial", *base[2:]), (1, "reject", b"y" * 16, 0), (*base[:3], 1)]
    assert len({uniform(*arguments) for arguments in (base, *others)}) == 5
