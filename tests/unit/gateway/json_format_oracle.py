"""What `google.protobuf.json_format` makes of the same input: the converter must agree."""

import json
import struct
from typing import Any

from google.protobuf import json_format, message_factory
from google.protobuf.message import Message

from gateway.contracts.proto_json import MessageTypes, NotSuchMessage
from gateway.contracts.rpcs import Contracts
from tests.unit.gateway.broken_json import Spoilt


def agree_on_json(contracts: Contracts, messages: MessageTypes, message: Message) -> None:
    """Both write the same JSON for a message."""
    ours = json.loads(messages.type(message.DESCRIPTOR.full_name).json_of(message.SerializeToString()))
    theirs = json_value(contracts, message)
    assert same(ours, theirs), f"ours {ours}\ntheirs {theirs}"


def json_value(contracts: Contracts, message: Message) -> Any:
    """A message as `json_format` writes it, zeros included, parsed."""
    text = json_format.MessageToJson(message, always_print_fields_with_no_presence=True, descriptor_pool=contracts.pool)
    return json.loads(text)


def agree_on_wire(contracts: Contracts, messages: MessageTypes, message: Message, *, proto_names: bool) -> None:
    """Both read the same message from the JSON that protobuf writes for it."""
    text = json_format.MessageToJson(message, preserving_proto_field_name=proto_names, descriptor_pool=contracts.pool)
    ours = message_factory.GetMessageClass(message.DESCRIPTOR).FromString(
        messages.type(message.DESCRIPTOR.full_name).wire_of(text.encode())
    )
    theirs = json_format.Parse(text, type(ours)(), descriptor_pool=contracts.pool)
    assert same_message(ours, theirs), f"{text}\nours {ours}\ntheirs {theirs}"


def agree_on_spoilt(contracts: Contracts, messages: MessageTypes, name: str, spoilt: Spoilt) -> None:
    """What we read they read alike; what we refuse they refuse, but for what `json_format` lets pass against the
    specification.
    """
    ours, theirs = accepted(contracts, messages, name, spoilt.text)
    if ours is not None:
        assert theirs is not None, f"ours takes what theirs refuses: {spoilt.text.decode()}"
        assert same_message(ours, theirs), f"{spoilt.text.decode()}\nours {ours}\ntheirs {theirs}"
    elif theirs is not None:
        assert _lenient(spoilt.value), f"ours refuses what theirs takes: {spoilt.text.decode()}"


def _lenient(value: Any) -> bool:
    """`json_format` reads an empty list or text as an empty message, true as the number 1, an enum's number from a
    string or with a fraction or beyond 32 bits, and base64 with other characters in it.
    """
    return isinstance(value, bool | str | float) or value == [] or (isinstance(value, int) and abs(value) >= 2**31)


def accepted(
    contracts: Contracts, messages: MessageTypes, name: str, text: bytes
) -> tuple[Message | None, Message | None]:
    """The message that each reads, None where it refuses: ours and theirs."""
    kind = message_factory.GetMessageClass(contracts.pool.FindMessageTypeByName(name))
    try:
        ours = kind.FromString(messages.type(name).wire_of(text))
    except NotSuchMessage:
        ours = None
    try:
        theirs = json_format.Parse(text.decode(), kind(), descriptor_pool=contracts.pool)
    except (json_format.ParseError, UnicodeDecodeError, RecursionError):
        theirs = None
    return ours, theirs


def same(ours: Any, theirs: Any) -> bool:
    """Equal as JSON; two numbers are equal when they are the same double or the same 32-bit float."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return float(ours) == float(theirs) or _as_single(ours) == _as_single(theirs) is not None
    return bool(ours == theirs)


def _as_single(number: float) -> float | None:
    """The 32-bit float nearest to a number: `json_format` writes those with fewer digits than we do."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return None


def same_message(ours: Message, theirs: Message) -> bool:
    """Equal on the wire, so that NaN equals itself."""
    return ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True)
