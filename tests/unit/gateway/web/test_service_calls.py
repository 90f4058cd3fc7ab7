"""Pages call RPCs by their requests, and no list of services needs to be kept (GW-2)."""

from datetime import timedelta

import pytest
from zikao.common.v1 import external_system_pb2
from zikao.payment.v1 import payment_service_pb2

from chassis.clock import SystemClock
from chassis.config import PeersConfig
from chassis.rpc.client import Peers
from gateway.contracts.rpcs import Contracts, process_of
from gateway.http.remembered_answers import RememberedAnswers
from gateway.web.service_calls import ServiceCalls


@pytest.fixture(scope="module")
def calls() -> ServiceCalls:
    remembered = RememberedAnswers(timedelta(hours=1))
    return ServiceCalls(Peers(PeersConfig(), None, SystemClock()), Contracts.load().processes, remembered)


def test_a_request_tells_its_rpc(calls: ServiceCalls) -> None:
    [rpc] = calls.taking(payment_service_pb2.GetOrderRequest)
    assert (process_of(rpc), rpc.name) == ("payment", "GetOrder")


def test_a_request_of_several_services_names_them_all(calls: ServiceCalls) -> None:
    rpcs = calls.taking(external_system_pb2.ListExternalSystemsRequest)
    assert {process_of(rpc) for rpc in rpcs} >= {"identity", "payment", "review"}
    with pytest.raises(ValueError, match="too many values"):
        calls.by_request(external_system_pb2.ListExternalSystemsRequest())


def test_what_is_no_request_asks_nobody(calls: ServiceCalls) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        calls.by_request(external_system_pb2.ExternalSystem())
