"""Draws that depend on their stream and counter alone."""

import math

import numpy as np

from tradingfloor.actors.domain.randomness import normals, stream, uniforms, words


def test_the_words_are_those_of_splitmix64():
    # The first outputs of the reference implementation (Vigna, splitmix64.c) seeded with 1234567.
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert words(1234567, np.arange(1, 6, dtype=np.uint64)).tolist() == expected


def test_a_stream_is_pinned_and_its_parts_do_not_run_together():
    assert stream("a", 1) == 0x39143FC787F77DAA
    assert len({stream("ab", "c"), stream("a", "bc"), stream("abc"), stream("abc", "")}) == 4


def test_any_part_of_a_stream_can_be_drawn_alone():
    key = stream(1, "x")
    for draw in (uniforms, normals):
        whole = draw(key, 1000)
        assert np.array_equal(draw(key, 10, 700), whole[700:710])


def test_uniforms_fill_the_unit_interval_evenly():
    drawn = uniforms(stream(1, "u"), 200_000)
    assert 0 <= drawn.min() < 1e-4
    assert 1 - 1e-4 < drawn.max() < 1
    counts = np.histogram(drawn, 50, (0, 1))[0]
    chi_square = ((counts - 4000) ** 2 / 4000).sum()
    assert chi_square < 86  # 0.1 % of a chi-square of 49 degrees lies beyond


def test_normals_have_the_moments_of_a_standard_normal():
    drawn = normals(stream(2, "n"), 400_000)
    error = 1 / math.sqrt(400_000)
    assert abs(drawn.mean()) < 4 * error
    assert abs(drawn.var() - 1) < 4 * error * math.sqrt(2)
    assert abs((drawn**4).mean() - 3) < 4 * error * math.sqrt(96)
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 4 * error


def test_streams_with_neighbouring_names_are_unrelated():
    first, second = (normals(stream(seed, "SPX"), 100_000) for seed in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / math.sqrt(100_000)
