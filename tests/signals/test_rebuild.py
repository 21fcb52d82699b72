import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_bars import bar, bars, merged, messages, nested, same_state, walk

from tradingfloor.actors.domain.calendar import calendar
from tradingfloor.actors.signals.core import BASE_TAIL_BARS, SignalCore
from tradingfloor.actors.signals.naming import DETECTORS


def core():
    return SignalCore("SPX", "15m", tuple(DETECTORS), 1, "tape", "config", calendar("24h", "UTC"))


def marked(stored, until):
    return [
        type(b)(**({f: getattr(b, f) for f in b.__struct_fields__} | {"history": b.end <= until}))
        for b in stored
    ]


@given(seed=st.integers(0, 10**6), cut=st.integers(1, 400), warm=st.integers(0, 60))
@settings(deadline=None, max_examples=40)
def test_a_rebuilt_core_goes_on_byte_for_byte_like_the_one_that_never_stopped(seed, cut, warm):
    own, base = nested(seed, 150)
    until = own[warm].end if warm else -1
    inputs = messages(marked(own, until), marked(base, until), history_until=until)
    cut = min(cut, len(inputs) - 1)
    mark = inputs[cut - 1].ts
    one, state = core(), core().initial()
    for message in inputs[:cut]:
        one.advance(state, message, message.ts)
    stored_own = [b for b in marked(own, until) if b.end <= mark]
    stored_base = [b for b in marked(base, until) if b.end <= mark]
    reach = stored_own[-BASE_TAIL_BARS].start if len(stored_own) >= BASE_TAIL_BARS else -1
    tail = [b for b in stored_base if b.start >= reach]
    rebuilt = core().rebuild(stored_own, tail)
    for message in inputs[cut:]:
        expected = one.advance(state, message, message.ts)
        assert core().advance(rebuilt, message, message.ts) == expected


@given(seed=st.integers(0, 10**6), cut=st.integers(1, 400))
@settings(deadline=None, max_examples=20)
def test_with_all_its_base_bars_the_rebuilt_state_is_the_same_to_the_last_bit(seed, cut):
    own, base = nested(seed, 120)
    inputs = messages(own, base)
    one, state = core(), core().initial()
    for message in inputs[:cut]:
        one.advance(state, message, message.ts)
    mark = inputs[min(cut, len(inputs)) - 1].ts
    rebuilt = one.rebuild([b for b in own if b.end <= mark], [b for b in base if b.end <= mark])
    assert same_state(state.kernel, rebuilt.kernel)


def test_the_base_tail_reaches_back_to_the_oldest_entry_that_may_still_change():
    fives = [[(100, 110, 95, 100)] * 3] * 13
    fives += [[(105, 120, 95, 110)] * 3, [(110, 112, 104, 108)] * 3, [(108, 113, 105, 110)] * 3]
    fives += [[(110, 114, 104, 110)] * 3] * 7 + [[(110, 111, 90, 94)]]
    base = [
        bar(3 * slot + j, prices, timeframe="5m", minutes=5)
        for slot, three in enumerate(fives)
        for j, prices in enumerate(three)
    ]
    own = [merged(slot, base[3 * slot : 3 * slot + 3]) for slot in range(len(fives) - 1)]
    *before, last = messages(own, base)
    one, state = core(), core().initial()
    steps = [one.advance(state, message, message.ts) for message in before]
    (entry,) = [m for step in steps for m in step[:-1] if m.bar == 14]
    assert entry.ts == base[3 * 15].end  # its id is that of a base bar within own bar 15
    tail = [b for b in base[:-1] if b.start >= own[-BASE_TAIL_BARS].start]
    for known in (state, one.rebuild(own, tail)):
        (change,) = one.advance(known, last, last.ts)[-1].changes
        assert (change.signal_id, change.factor) == (entry.id, 0.0)


@pytest.mark.parametrize("cut", [0, 1, 14, 15, 16, 90, 200])
def test_where_own_bars_are_the_base_bars_they_are_all_it_needs(cut):
    own = bars(walk(4, 200))
    inputs = messages(own)
    one, state = core(), core().initial()
    for message in inputs[:cut]:
        one.advance(state, message, message.ts)
    for tail in ([], own[:cut]):
        assert same_state(state.kernel, one.rebuild(own[:cut], tail).kernel)


def test_a_rebuild_out_of_order_is_refused():
    own = bars(walk(4, 30))
    with pytest.raises(ValueError, match="follow each other"):
        core().rebuild([*own[:10], *own[11:]])
