"""How events and tape blocks become bytes and come back."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingfloor.actors.errors import StoreMismatch
from tradingfloor.actors.messages import ActorIsolated, MarketUpdate, OrderCanceled
from tradingfloor.actors.types import MAX_PRICE, Refusal, UpdateKind
from tradingfloor.storage import codec
from tradingfloor.storage.codec import KINDS, decode, decode_block, encode, encode_block

EVENT = ActorIsolated(id=b"i" * 16, ts=1, actor="risk", error="boom")


def test_events_of_every_kind_come_back_equal(story):
    assert {type(line.event).__name__ for line in story} == set(KINDS)
    for line in story:
        kind = type(line.event).__name__
        back = decode(encode(line.event), kind)
        assert (type(back), back) == (type(line.event), line.event)


def test_the_same_event_always_gives_the_same_bytes(story):
    for line in story:
        assert encode(decode(encode(line.event), type(line.event).__name__)) == encode(line.event)


def test_a_stored_event_names_its_kind_and_fields_in_plain_msgpack():
    plain = {
        "type": "ActorIsolated",
        "id": b"i" * 16,
        "ts": 1,
        "cause": b"",
        "actor": "risk",
        "error": "boom",
    }
    assert msgspec.msgpack.decode(encode(EVENT)) == plain
    assert list(msgspec.msgpack.decode(encode(EVENT))) == list(plain)


@pytest.mark.parametrize(("kind", "version"), [("OrderTeleported", 1), ("ActorIsolated", codec.VERSION + 1)])
def test_what_a_newer_build_wrote_is_refused(kind, version):
    with pytest.raises(StoreMismatch, match="newer release"):
        decode(encode(EVENT), kind, version)


def test_bytes_that_are_another_event_are_refused():
    with pytest.raises(msgspec.ValidationError):
        decode(encode(EVENT), "ActorRestarted")


def test_an_older_event_is_read_through_each_upcaster_in_turn(monkeypatch):
    monkeypatch.setattr(codec, "VERSION", 4)
    monkeypatch.setitem(codec.UPCASTERS, ("ActorIsolated", 1), lambda f: {**f, "actor": f["name"] + "!"})
    monkeypatch.setitem(codec.UPCASTERS, ("ActorIsolated", 3), lambda f: {**f, "actor": f["actor"] + "?"})
    old = msgspec.msgpack.encode(
        {"type": "ActorIsolated", "id": EVENT.id, "ts": 1, "name": "risk", "error": "boom"}
    )
    back = decode(old, "ActorIsolated", 1)
    assert back == msgspec.structs.replace(EVENT, actor="risk!?")


def test_a_field_added_with_a_default_needs_no_upcaster():
    old = msgspec.msgpack.encode(
        {"type": "ActorIsolated", "id": EVENT.id, "ts": 1, "actor": "risk", "error": "boom"}
    )
    assert decode(old, "ActorIsolated") == EVENT


def test_a_reason_that_was_renamed_is_read_under_its_present_name():
    canceled = OrderCanceled(
        id=b"i" * 16, ts=1, order_id=b"o" * 16, symbol="SPX", role="ENTRY", reason="REQUESTED", remaining=4
    )
    assert decode(encode(canceled), "OrderCanceled").reason is Refusal.CANCEL_REQUESTED
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value"):
        decode(encode(msgspec.structs.replace(canceled, reason="WISHED")), "OrderCanceled")


numbers = st.integers(0, MAX_PRICE)
few = st.integers(1, 2)  # so that times and prices are often equal: a bar may have one price, too
updates = st.builds(MarketUpdate, numbers, st.just("SPX"), st.sampled_from(UpdateKind), *([numbers] * 7)) | (
    st.builds(MarketUpdate, few, st.just("SPX"), st.sampled_from(UpdateKind), *([few] * 7))
)


@settings(deadline=None, max_examples=200)
@given(st.lists(updates, max_size=8))
def test_a_tape_block_comes_back_equal(block):
    assert decode_block(encode_block(block), "SPX") == block


def test_a_trade_takes_less_than_half_the_room_of_the_plain_struct():
    trade = MarketUpdate(10**6, "SPX", UpdateKind.TICK, 17 * 10**17, 17 * 10**17, *([4 * 10**12] * 4), 10)
    assert len(encode_block([trade] * 100)) < 0.5 * 100 * len(msgspec.msgpack.encode(trade))
