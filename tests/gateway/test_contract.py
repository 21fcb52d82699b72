"""The hand-written contract against the vocabulary, the generated code and the lint rules."""

import re
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from google.protobuf.descriptor import FieldDescriptor

import tradingfloor.v1
from tradingfloor.actors.messages import Event, JournalEvent
from tradingfloor.actors.status import CommandResult, EngineStatus
from tradingfloor.actors.types import Refusal
from tradingfloor.v1 import common_pb2, control_service_pb2, event_service_pb2

HERE = Path(tradingfloor.v1.__file__).parent
FILES = [common_pb2.DESCRIPTOR, control_service_pb2.DESCRIPTOR, event_service_pb2.DESCRIPTOR]
MESSAGES = {name: message for file in FILES for name, message in file.message_types_by_name.items()}
ENUMS = {name: enum for file in FILES for name, enum in file.enum_types_by_name.items()}
EVENTS = get_args(JournalEvent)
SCALARS = {
    bool: FieldDescriptor.TYPE_BOOL,
    int: FieldDescriptor.TYPE_INT64,
    float: FieldDescriptor.TYPE_DOUBLE,
    str: FieldDescriptor.TYPE_STRING,
    bytes: FieldDescriptor.TYPE_BYTES,
}


def nested(struct):
    """The struct and every struct reachable from its fields."""
    found = [struct]
    for hint in get_type_hints(struct).values():
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and issubclass(part, msgspec.Struct):
                found += nested(part)
    return found


STRUCTS = sorted(
    {s for top in (*EVENTS, EngineStatus, CommandResult) for s in nested(top)}, key=lambda s: s.__name__
)


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def check(hint, field, where):
    """Type and presence of one field; lists are checked by their elements."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        assert field.has_presence, f"{where} may be None and must be optional"
        (hint,) = (argument for argument in arguments if argument is not NoneType)
        origin, arguments = get_origin(hint), get_args(hint)
    elif field.type != FieldDescriptor.TYPE_MESSAGE:
        assert not field.has_presence, f"{where} is never None"
    assert field.is_repeated == (origin is tuple), where
    if origin is tuple:
        assert arguments[-1] is Ellipsis, where
        hint = arguments[0]
        if get_origin(hint) is tuple:
            check_positional(get_args(hint), field, where)
            return
    if issubclass(hint, msgspec.Struct):
        assert field.message_type is MESSAGES[hint.__name__], where
    elif hint is Refusal:
        assert field.type == FieldDescriptor.TYPE_STRING, f"{where}: reason codes are text"
    elif issubclass(hint, Enum):
        assert field.enum_type is ENUMS[hint.__name__], where
    else:
        assert field.type == SCALARS[hint], where


def check_positional(hints, field, where):
    fields = field.message_type.fields
    assert [item.number for item in fields] == list(range(1, len(hints) + 1)), where
    for hint, item in zip(hints, fields, strict=True):
        check(hint, item, f"{where}.{item.name}")


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_struct_has_a_message_with_the_same_fields_of_the_same_types(struct):
    hints = get_type_hints(struct)
    envelope = set(Event.__struct_fields__) if issubclass(struct, Event) else set()
    names = [name for name in struct.__struct_fields__ if name not in envelope]
    message = MESSAGES[struct.__name__]
    assert sorted(message.fields_by_name) == sorted(names)
    for name in names:
        check(hints[name], message.fields_by_name[name], f"{struct.__name__}.{name}")


def test_every_enum_of_the_contract_has_the_members_of_the_vocabulary():
    enums = {
        part
        for struct in STRUCTS
        for hint in get_type_hints(struct).values()
        for part in (hint, *get_args(hint))
        if isinstance(part, type) and issubclass(part, Enum) and part is not Refusal
    }
    assert {enum.__name__ for enum in enums} == set(ENUMS)
    for enum in enums:
        prefix = f"{snake(enum.__name__).upper()}_"
        wire = [value.name.removeprefix(prefix) for value in ENUMS[enum.__name__].values]
        assert sorted(wire) == sorted(["UNSPECIFIED", *enum.__members__])


def test_the_body_of_an_event_is_any_journal_event_under_its_own_name():
    body = event_service_pb2.Event.DESCRIPTOR.oneofs_by_name["body"]
    found = {field.name: field.message_type.name for field in body.fields}
    assert found == {snake(event.__name__): event.__name__ for event in EVENTS}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_lies_where_its_package_says(file):
    assert file.name == f"{file.package.replace('.', '/')}/{Path(file.name).name}"
    assert file.package == "tradingfloor.v1"
    assert (HERE / Path(file.name).name).is_file()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_services_and_their_requests_are_named_after_each_other(file):
    used = []
    for service in file.services_by_name.values():
        assert service.name.endswith("Service")
        for method in service.methods:
            assert method.input_type.name == f"{method.name}Request"
            assert method.output_type.name == f"{method.name}Response"
            used += [method.input_type.name, method.output_type.name]
    assert len(used) == len(set(used))
    orphans = {name for name in file.message_types_by_name if name.endswith(("Request", "Response"))}
    assert orphans == set(used)


@pytest.mark.parametrize("enum", ENUMS.values(), ids=ENUMS)
def test_enum_values_carry_their_prefix_and_zero_is_unspecified(enum):
    prefix = f"{snake(enum.name).upper()}_"
    assert enum.values_by_number[0].name == f"{prefix}UNSPECIFIED"
    assert all(value.name.startswith(prefix) for value in enum.values)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_field_names_are_lower_snake_case(message):
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", field.name) for field in message.fields)


def test_the_committed_code_is_what_the_contract_generates(tmp_path):
    protoc = pytest.importorskip("grpc_tools.protoc")
    version = pytest.importorskip("importlib.metadata").version("grpcio-tools")
    if f"GRPC_GENERATED_VERSION = '{version}'" not in (HERE / "event_service_pb2_grpc.py").read_text():
        pytest.skip(f"grpcio-tools {version} is not the version the committed code was made with")
    root = HERE.parents[1]
    protos = [str(path) for path in sorted(HERE.glob("*.proto"))]
    kinds = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    assert protoc.main(["protoc", f"-I{root}", *kinds, *protos]) == 0
    made = {path.name: path.read_bytes() for path in (tmp_path / "tradingfloor" / "v1").iterdir()}
    without_service = {f"{Path(file.name).stem}_pb2_grpc.py" for file in FILES if not file.services_by_name}
    expected = {name: body for name, body in made.items() if name not in without_service}
    committed = {path.name: path.read_bytes() for path in HERE.glob("*_pb2*.py*")}
    assert committed == expected
