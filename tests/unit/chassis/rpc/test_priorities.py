"""Who is refused first under overload (GW-6), as the contracts say."""

import pytest
from google.protobuf.descriptor import MethodDescriptor
from zikao.common.v1 import event_pb2
from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.payment.v1 import payment_service_pb2

from chassis.process.admission_control import Priority
from chassis.rpc.priorities import priority_of

PAYMENT = payment_service_pb2.DESCRIPTOR.services_by_name["PaymentService"].methods_by_name
ENROLLMENT = enrollment_service_pb2.DESCRIPTOR.services_by_name["EnrollmentService"].methods_by_name
EVENTS = event_pb2.DESCRIPTOR.services_by_name["EventReceiver"].methods_by_name


@pytest.mark.parametrize(
    ("method", "priority"),
    [
        (PAYMENT["GetReceipt"], Priority.LOW),
        (ENROLLMENT["GetSessionOverview"], Priority.LOW),
        (ENROLLMENT["CreateSelection"], Priority.NORMAL),
        (ENROLLMENT["CheckOut"], Priority.HIGH),
        (PAYMENT["PayOrder"], Priority.HIGH),
        (PAYMENT["RefreshOrder"], Priority.HIGH),
        (PAYMENT["ReceivePaymentNotification"], Priority.HIGH),
    ],
    ids=lambda value: value.full_name if isinstance(value, MethodDescriptor) else value.name,
)
def test_paying_and_refreshing_go_before_changing_and_that_before_looking(method, priority):  # GW-6
    assert priority_of(method) is priority


@pytest.mark.parametrize("method", [PAYMENT["CreateOrder"], EVENTS["Deliver"]], ids=["CreateOrder", "Deliver"])
def test_what_only_services_ask_ends_what_was_begun_and_is_refused_last(method):  # GW-6
    assert priority_of(method) is Priority.HIGH
