"""The mailbox as an address: order of lanes, merging of prices, fencing."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradingfloor.actors.messages import PriceUpdated, QuoteUpdated, TimerDue
from tradingfloor.actors.runtime.journal import Envelope
from tradingfloor.actors.runtime.mailbox import Inbox, Mailbox, merge


def price(index: int, first: int, high: int, low: int, last: int, symbol: str = "SPX") -> PriceUpdated:
    return PriceUpdated(symbol, index, index, first, high, low, last, 1, 1, index, index, opens=True)


def taken(box: Mailbox) -> object:
    return box.take(box.epoch).message.message


def test_messages_come_in_order_before_prices():
    box = Mailbox("risk")
    box.send(Envelope(price(1, 5, 5, 5, 5), 1))
    box.send(Envelope(TimerDue(1), 1))
    box.send(Envelope(TimerDue(2), 1))
    assert [taken(box) for _ in range(3)] == [TimerDue(1), TimerDue(2), price(1, 5, 5, 5, 5)]


def test_two_prices_of_a_symbol_merge_and_are_counted():
    box = Mailbox("executor")
    box.send(Envelope(price(1, 10, 12, 9, 11), 1))
    box.send(Envelope(price(2, 11, 11, 4, 6), 2))
    box.send(Envelope(price(3, 7, 7, 7, 7, symbol="NDX"), 3))
    merged = taken(box)
    assert isinstance(merged, PriceUpdated)
    assert (merged.first, merged.high, merged.low, merged.last) == (10, 12, 4, 6)
    assert (merged.first_index, merged.last_index, merged.count) == (1, 2, 2)
    assert box.merged == 1
    assert box.depth == 1


@given(st.lists(st.tuples(*[st.integers(1, 50)] * 2), min_size=1, max_size=20))
def test_a_merged_slot_never_loses_a_touch(ticks):
    parts = [price(i, a, max(a, b), min(a, b), b) for i, (a, b) in enumerate(ticks, 1)]
    whole = parts[0]
    for part in parts[1:]:
        whole = merge(whole, part)
    assert whole.low == min(p.low for p in parts)
    assert whole.high == max(p.high for p in parts)
    assert (whole.first, whole.last) == (parts[0].first, parts[-1].last)
    assert whole.count == len(parts)


@pytest.mark.parametrize(
    ("older", "newer", "merged"),
    [
        ((9, 11), (0, 0), (9, 11)),
        ((9, 11), (8, 12), (8, 12)),
        ((9, 11), (0, 12), (0, 12)),
        ((0, 0), (8, 9), (8, 9)),
    ],
)
def test_the_newest_quote_of_a_merged_slot_is_taken_whole(older, newer, merged):
    one, two = (replace(price(1, 5, 5, 5, 5), bid=bid, ask=ask) for bid, ask in (older, newer))
    whole = merge(one, two)
    assert (whole.bid, whole.ask) == merged


def test_a_merged_slot_keeps_the_time_of_its_quote():
    quoted = replace(price(1, 5, 5, 5, 5), bid=9, ask=11, quote_ts=1)
    empty = replace(price(2, 5, 5, 5, 5), quote_ts=2)
    assert merge(quoted, price(2, 5, 5, 5, 5)).quote_ts == 1
    nothing_quoted = merge(quoted, empty)
    assert (nothing_quoted.bid, nothing_quoted.ask, nothing_quoted.quote_ts) == (0, 0, 2)


def test_of_the_quotes_of_a_symbol_the_newest_waits_and_merges_with_no_price():
    box = Mailbox("risk")
    for each in (QuoteUpdated("SPX", 1, 5, 6), price(1, 5, 5, 5, 5), QuoteUpdated("SPX", 2, 5, 7)):
        box.send(Envelope(each, 1))
    box.send(Envelope(QuoteUpdated("NDX", 1, 3, 4), 1))
    assert box.depth == 3
    assert [taken(box) for _ in range(3)] == [
        QuoteUpdated("SPX", 2, 5, 7),
        price(1, 5, 5, 5, 5),
        QuoteUpdated("NDX", 1, 3, 4),
    ]


def test_a_message_given_once_more_comes_first():
    box = Mailbox("risk")
    box.send(Envelope(TimerDue(1), 1))
    box.send_again(Envelope(TimerDue(9), 1))
    assert [taken(box), taken(box)] == [TimerDue(9), TimerDue(1)]


def test_a_fenced_incarnation_gets_a_stop_and_leaves_the_message_to_its_successor():
    box = Mailbox("risk")
    old = Inbox(box, box.epoch)
    got = []
    waiting = threading.Thread(target=lambda: got.append(old.get().message))
    waiting.start()
    box.fence()
    waiting.join(5)
    assert type(got[0]).__name__ == "_ActorStop"
    box.send(Envelope(TimerDue(3), 1))
    assert taken(box) == TimerDue(3)


def test_fencing_hands_over_the_message_in_hand():
    box = Mailbox("risk")
    box.send(Envelope(TimerDue(1), 1))
    taken(box)
    assert box.busy_since > 0
    held = box.fence()
    assert held is not None
    assert held.message == TimerDue(1)
    assert box.busy_since == 0


def test_the_inbox_is_always_empty_to_pykka_so_that_teardown_drains_nothing():
    box = Mailbox("risk")
    box.send(Envelope(TimerDue(1), 1))
    assert Inbox(box, 0).empty()
    assert box.depth == 1


def test_room_is_told_at_once_where_there_is_room_and_only_once():
    box, told = Mailbox("market_data"), []
    box.send(Envelope(TimerDue(1), 1))
    box.when_room(1, lambda: told.append(box.depth))
    assert told == [1]
    taken(box)
    assert told == [1]


def test_room_is_told_by_the_take_that_makes_it():
    box, told = Mailbox("market_data"), []
    for due in range(4):
        box.send(Envelope(TimerDue(due), 1))
    box.when_room(1, lambda: told.append(box.depth))
    seen = [taken(box) and list(told) for _ in range(4)]
    assert seen == [[], [], [1], [1]]


def test_a_mailbox_that_is_cleared_has_room():
    box, told = Mailbox("market_data"), []
    box.send(Envelope(TimerDue(1), 1))
    box.when_room(0, lambda: told.append(box.depth))
    box.clear()
    assert told == [0]


def test_a_later_request_for_room_replaces_an_earlier_one():
    box, told = Mailbox("market_data"), []
    box.send(Envelope(TimerDue(1), 1))
    for name in ("earlier", "later"):
        box.when_room(0, lambda name=name: told.append(name))
    taken(box)
    assert told == ["later"]


def test_room_made_while_it_is_asked_for_is_told():
    class TakenFrom(Mailbox):
        """Somebody takes a message right after the request has looked at the depth."""

        @property
        def depth(self):
            seen = super().depth
            if others:
                others.pop()
                taken(self)
            return seen

    box, told, others = TakenFrom("market_data"), [], []
    for due in range(2):
        box.send(Envelope(TimerDue(due), 1))
    others.append("a take")
    box.when_room(1, lambda: told.append(1))
    assert others == []
    assert told == [1]


def test_no_request_for_room_is_lost_between_two_threads():
    box, room, rounds = Mailbox("market_data"), threading.Event(), 2_000
    taker = threading.Thread(target=lambda: [taken(box) for _ in range(3 * rounds)], daemon=True)
    taker.start()
    for _ in range(rounds):
        for due in range(3):
            box.send(Envelope(TimerDue(due), 1))
        room.clear()
        box.when_room(0, room.set)
        assert room.wait(5)
    taker.join(5)
    assert not taker.is_alive()
