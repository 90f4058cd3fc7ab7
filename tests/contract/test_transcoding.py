"""The gateway's converters over every message of the contracts, against `google.protobuf.json_format`. Rules: GW-1."""

from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.contracts.rpcs import Contracts
from tests.unit.gateway.broken_json import spoilt
from tests.unit.gateway.json_format_oracle import agree_on_json, agree_on_spoilt, agree_on_wire, json_value
from tests.unit.gateway.message_samples import of_type

CONTRACTS = Contracts.load()
MESSAGES = CONTRACTS.messages


def every_message() -> Iterator[str]:
    """The full name of every message of ours, nested ones too."""
    for file in CONTRACTS.files.file:
        if file.package.startswith("zikao."):
            for message in file.message_type:
                yield from _with_nested(CONTRACTS.pool.FindMessageTypeByName(f"{file.package}.{message.name}"))


def _with_nested(message: Descriptor) -> Iterator[str]:
    if not message.GetOptions().map_entry:
        yield message.full_name
    for nested in message.nested_types:
        yield from _with_nested(nested)


@pytest.mark.parametrize("name", sorted(every_message()))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_message_converts_as_json_format_converts_it(name, data):
    message = data.draw(of_type(CONTRACTS.pool.FindMessageTypeByName(name), depth=2))
    agree_on_json(CONTRACTS, MESSAGES, message)
    agree_on_wire(CONTRACTS, MESSAGES, message, proto_names=data.draw(st.booleans()))
    agree_on_spoilt(CONTRACTS, MESSAGES, name, data.draw(spoilt(json_value(CONTRACTS, message))))
