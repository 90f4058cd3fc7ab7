"""The converter against `json_format`, both ways and on broken input, over a message of every kind of field. Rules:
GW-1.
"""

import pytest
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.contracts.rpcs import Contracts
from tests.unit.gateway.broken_json import spoilt
from tests.unit.gateway.json_format_oracle import agree_on_json, agree_on_spoilt, agree_on_wire, json_value
from tests.unit.gateway.message_samples import of_type

many = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="session")
def everything(contracts: Contracts) -> Descriptor:
    return contracts.pool.FindMessageTypeByName("zikao.testing.v1.Everything")


@many
@given(data=st.data())
def test_messages_become_the_json_that_json_format_writes(data, contracts, messages, everything):
    agree_on_json(contracts, messages, data.draw(of_type(everything)))


@many
@given(data=st.data())
def test_json_becomes_the_message_that_json_format_reads(data, contracts, messages, everything):
    agree_on_wire(contracts, messages, data.draw(of_type(everything)), proto_names=data.draw(st.booleans()))


@many
@given(data=st.data())
def test_spoilt_json_is_refused_where_json_format_refuses_it(data, contracts, messages, everything):
    value = json_value(contracts, data.draw(of_type(everything, depth=2)))
    agree_on_spoilt(contracts, messages, everything.full_name, data.draw(spoilt(value)))
