"""Refunds on request, between the contracts' words and the domain's (PA-14)."""

from zikao.enrollment.v1 import refund_request_service_pb2 as pb

from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.refund_requests import RefundRequest, RefundRequestState


def refund_request(catalogue: Catalogue, one: RefundRequest) -> pb.RefundRequest:
    """A request with the name of its course."""
    course = catalogue.courses.get(one.course_code)
    return message_of(pb.RefundRequest, one, course_name=course.name if course else one.course_code)


def state(value: int) -> RefundRequestState | None:
    """The state asked for, if any."""
    return decision(value) if value else None


def decision(value: int) -> RefundRequestState:
    """The state of a decision."""
    return RefundRequestState(pb.RefundRequest.State.Name(value))
