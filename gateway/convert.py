"""Between the vocabulary's structs and the wire's messages, both ways.

Decides how one type maps: numbers, text, bytes and flags as they are, an enumeration by its name (or
as text where the wire keeps text), a struct as the message of the same name, a tuple as a repeated
field, a tuple of fixed shape as a message in field order, None as an unset optional field. Field
names are equal on both sides, so one converter serves all types; only the event's envelope is custom.
"""

from collections.abc import Callable
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tradingfloor.actors.messages import JournalEvent
from tradingfloor.v1 import event_service_pb2

from .ports import CommittedEvent

S = TypeVar("S", bound=msgspec.Struct)
Conversion = Callable[[Any], Any]


class _Field(NamedTuple):
    name: str
    optional: bool
    to_wire: Conversion
    from_wire: Conversion


class _Body(NamedTuple):
    kind: str
    oneof: str
    struct: type[msgspec.Struct]
    message: type[Message]


def to_message(struct: msgspec.Struct, message: type[Message]) -> Any:
    """The wire message of a struct; raises ValueError when a number does not fit in 64 bits."""
    fields = _fields(type(struct), message.DESCRIPTOR)
    return message(**{field.name: field.to_wire(getattr(struct, field.name)) for field in fields})


def from_message(message: Message, struct: type[S]) -> S:
    """The struct of a wire message; raises ValueError on an enum value that this version lacks."""
    return struct(**_values(message, struct))


def event_to_message(committed: CommittedEvent) -> event_service_pb2.Event:
    """The wire's envelope and body of one committed event."""
    event = committed.event
    body = _bodies_by_kind()[type(event).__name__]
    return event_service_pb2.Event(
        sequence=committed.sequence,
        kind=body.kind,
        id=event.id,
        cause=event.cause,
        ts_ns=event.ts,
        recorded_at_ns=committed.recorded_at,
        actor=committed.actor,
        symbol=getattr(event, "symbol", ""),
        timeframe=getattr(event, "timeframe", ""),
        **{body.oneof: to_message(event, body.message)},
    )


def event_from_message(message: event_service_pb2.Event) -> CommittedEvent | None:
    """The committed event; None when its kind is one that this version has no name for."""
    body = _bodies_by_kind().get(message.kind)
    if body is None:
        return None
    values = _values(getattr(message, body.oneof), body.struct)
    event: Any = body.struct(id=message.id, ts=message.ts_ns, cause=message.cause, **values)
    return CommittedEvent(message.sequence, message.recorded_at_ns, message.actor, event)


def wire_name(member: Enum) -> str:
    """The name of an enum member in the contract: ``Side.BUY`` is ``SIDE_BUY``."""
    words = "".join(f"_{c}" if c.isupper() else c.upper() for c in type(member).__name__)
    return f"{words.lstrip('_')}_{member.name}"


@cache
def _bodies_by_kind() -> dict[str, _Body]:
    structs = {struct.__name__: struct for struct in get_args(JournalEvent)}
    oneof = event_service_pb2.Event.DESCRIPTOR.oneofs_by_name["body"]
    bodies = {}
    for field in oneof.fields:
        wire = _message_type(field)
        bodies[wire.name] = _Body(wire.name, field.name, structs[wire.name], GetMessageClass(wire))
    return bodies


def _message_type(field: Any) -> Descriptor:
    wire = field.message_type
    assert wire is not None, f"{field.full_name} is no message"
    return cast("Descriptor", wire)


def _values(message: Message, struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        field.name: None
        if field.optional and not message.HasField(field.name)
        else field.from_wire(getattr(message, field.name))
        for field in _fields(struct, message.DESCRIPTOR)
    }


@cache
def _fields(struct: type[msgspec.Struct], descriptor: Descriptor) -> tuple[_Field, ...]:
    hints = get_type_hints(struct)
    return tuple(
        _Field(
            name,
            NoneType in get_args(hints[name]),
            *_conversions(hints[name], descriptor.fields_by_name[name]),
        )
        for name in struct.__struct_fields__
        if name in descriptor.fields_by_name
    )


def _conversions(hint: Any, field: FieldDescriptor) -> tuple[Conversion, Conversion]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        to_wire, from_wire = _conversions(inner, field)
        return (lambda value: None if value is None else to_wire(value)), from_wire
    if origin is tuple and arguments[-1] is Ellipsis:
        to_wire, from_wire = _conversions(arguments[0], field)
        return (
            lambda values: [to_wire(value) for value in values],
            lambda values: tuple(from_wire(value) for value in values),
        )
    if origin is tuple:
        return _positional(_message_type(field))
    if issubclass(hint, Enum):
        return _enumeration(hint, field.enum_type)
    if issubclass(hint, msgspec.Struct):
        message = GetMessageClass(_message_type(field))
        return (lambda value: to_message(value, message)), (lambda value: from_message(value, hint))
    return _same, _same


def _enumeration(hint: type[Enum], wire: EnumDescriptor | None) -> tuple[Conversion, Conversion]:
    if wire is None:
        return (lambda member: member.value), hint
    numbers = {member: wire.values_by_name[wire_name(member)].number for member in hint}
    members = {number: member for member, number in numbers.items()}

    def from_wire(number: int) -> Enum:
        if number not in members:
            raise ValueError(f"{wire.name} has no value {number} in this version")
        return members[number]

    return numbers.__getitem__, from_wire


def _positional(wire: Descriptor) -> tuple[Conversion, Conversion]:
    message = GetMessageClass(wire)
    names = [field.name for field in wire.fields]
    return (
        lambda values: message(**dict(zip(names, values, strict=True))),
        lambda value: tuple(getattr(value, name) for name in names),
    )


def _same(value: Any) -> Any:
    return value
