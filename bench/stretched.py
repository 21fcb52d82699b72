"""A long journal made of a short one: the steps of a recorded run again and again, each time some days later.

Times, ids, bar and tape indexes and sequences move on; prices do not. So the proportions, the sizes of the
rows and what they mean to a fold are those of a real run.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from tradingfloor.actors import messages as m
from tradingfloor.actors.runtime.journal import Envelope, Step
from tradingfloor.storage.journal import JournalWriter

DAY = 86_400 * 1_000_000_000
TIME, ID, BAR, ROW, SESSION, INSIDE = "time", "id", "bar", "row", "session", "inside"
NAMED = {
    **dict.fromkeys(("ts", "start", "end", "now", "active_ts", "until", "entry_ts"), TIME),
    **dict.fromkeys(("bar", "bars_known", "origin_bar"), BAR),
    **dict.fromkeys(("first_index", "last_index"), ROW),
    "session": SESSION,
}
"""How a field moves, by its name."""
GROUP = 2_000


class Shift(NamedTuple):
    """How far one copy lies behind the original."""

    days: int
    tape: int
    bars: dict[str, int]
    sequence: int


class Block:
    """Whole days of a recorded run of one symbol that end without a position."""

    def __init__(self, groups: list[list[Step]]) -> None:
        steps = [step for group in groups for step in group]
        last = _last_flat_close(steps)
        whole = [step for step in steps if step.envelope.now <= last]
        # A step without an outcome only moves its actor's mark: the last ones of a block are enough.
        self.steps = [step for step in whole[:-GROUP] if step.outputs] + whole[-GROUP:]
        outputs = [output for step in self.steps for output in step.outputs]
        self.events = sum(isinstance(output, m.Event) for output in outputs)
        self.days = max(1, -(-(last - steps[0].envelope.now) // DAY))
        self.tape = max(
            s.envelope.message.index for s in self.steps if type(s.envelope.message) is m.MarketUpdate
        )
        self.bars: dict[str, int] = {}
        for output in outputs:
            for bar in output.bars if isinstance(output, m.BarsClosed) else ():
                self.bars[bar.timeframe] = bar.index + 1
        self._plans: dict[type, list[tuple[str, str]]] = {}

    def write(self, writer: JournalWriter, events: int) -> None:
        """Copies of the block until the journal holds ``events``."""
        pending: list[Step] = []
        copy = 0
        while writer.sequence < events:
            # A command is carried out once: copies begin after the start of the run.
            skipped = 0 if copy == 0 else 1
            bars = {timeframe: count * copy for timeframe, count in self.bars.items()}
            shift = Shift(self.days * copy, self.tape * copy, bars, writer.sequence - skipped)
            for step in self._copy(shift):
                pending.append(step)
                if len(pending) >= GROUP:
                    writer.commit(pending)
                    pending = []
                    if writer.sequence >= events:
                        return
            writer.commit(pending)
            pending = []
            copy += 1

    def _copy(self, shift: Shift) -> Iterator[Step]:
        for step in self.steps:
            envelope = step.envelope
            if shift.days and isinstance(envelope.message, m.Command):
                continue
            now = envelope.now + shift.days * DAY
            sequence = envelope.sequence + shift.sequence if envelope.sequence else 0
            message = self._moved(envelope.message, shift)
            outputs = [self._moved(output, shift) for output in step.outputs]
            yield Step(step.actor, step.epoch, Envelope(message, now, sequence), outputs)

    def _moved(self, message: Any, shift: Shift) -> Any:
        if not shift.days:
            return message
        kind = type(message)
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = _plan(kind)
        own_bars = shift.bars.get(message.timeframe, 0) if hasattr(message, "timeframe") else 0
        changes = {}
        for name, how in plan:
            value = getattr(message, name)
            if how is TIME:
                changes[name] = value + shift.days * DAY if value else value
            elif how is ID:
                changes[name] = moved_id(value, shift.days) if value else value
            elif how is BAR:
                changes[name] = value + own_bars if value >= 0 else value
            elif how is ROW:
                changes[name] = value + shift.tape
            elif how is SESSION:
                changes[name] = value + shift.days
            elif value:
                changes[name] = self._inside(value, shift)
        return msgspec.structs.replace(message, **changes)

    def _inside(self, value: Any, shift: Shift) -> Any:
        if isinstance(value, tuple):
            return tuple(self._inside(item, shift) for item in value)
        if isinstance(value, bytes):
            return moved_id(value, shift.days)
        return self._moved(value, shift) if isinstance(value, msgspec.Struct) else value


def _plan(kind: type) -> list[tuple[str, str]]:
    """The fields of a message that move, and how."""
    plan = []
    for field in msgspec.structs.fields(kind):
        how = NAMED.get(field.name)
        if field.name == "index":
            how = ROW if kind is m.MarketUpdate else BAR
        elif field.type is bytes:
            how = ID
        elif how is None and not _is_plain(field.type):
            how = INSIDE
        if how is not None:
            plan.append((field.name, how))
    return plan


def _is_plain(kind: Any) -> bool:
    """Whether values of a type hold no time, id or index."""
    return kind in (int, str, float, bool) or (isinstance(kind, type) and issubclass(kind, Enum))


def moved_id(event_id: bytes, days: int) -> bytes:
    """The id so many days later: its first half is the time, its second what caused it."""
    ts = int.from_bytes(event_id[:8], "big", signed=True) + days * DAY
    return ts.to_bytes(8, "big", signed=True) + event_id[8:]


def _last_flat_close(steps: list[Step]) -> int:
    """Time of the last DayClosed with no position open; the end of the steps when there is none."""
    held, found = 0, 0
    for step in steps:
        for output in step.outputs:
            if isinstance(output, m.OrderFilled):
                held += output.side.sign * output.quantity
            elif isinstance(output, m.DayClosed) and not held:
                found = step.envelope.now
    return found or steps[-1].envelope.now
