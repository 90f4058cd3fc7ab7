"""Who calls payment, and what they ask for."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.clock import ManualClock
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal, Signer

FEE = 7000
LASTING = timedelta(days=2)
Metadata = tuple[tuple[str, str]]


@dataclass
class Callers:
    """People and services with tokens: `identity` signs those of people."""

    clock: ManualClock
    identity: Signer
    enrollment: Signer

    def as_candidate(self, candidate_id: str) -> Metadata:
        """The metadata of a candidate's call."""
        return _bearer(self.identity.sign(Principal(Access.CANDIDATE, candidate_id, "s"), LASTING))

    def as_operator(self) -> Metadata:
        """The metadata of an operator's call."""
        return _bearer(self.identity.sign(Principal(Access.OPERATOR, "operator-1", "s"), LASTING))

    def as_enrollment(self) -> Metadata:
        """The metadata of enrollment's call."""
        return _bearer(self.enrollment.sign_as_service("payment", LASTING))

    def request(self, *, items: int = 1, candidate_id: str | None = None, **changes: Any) -> pb.CreateOrderRequest:
        """What enrollment asks for: an order of `items` courses."""
        request = pb.CreateOrderRequest(
            order_id=new_id(),
            candidate_id=candidate_id or new_id(),
            session_id="2026-10",
            items=[
                res.OrderItem(
                    item_id=new_id(),
                    registration_id=str(uuid.uuid4()),
                    course_code=f"{538 + number:05d}",
                    course_name="中国古代文学史（一）",
                    fee_fen=FEE,
                )
                for number in range(items)
            ],
            total_fen=FEE * items,
            undertaking_version="3",
        )
        request.payment_cutoff_time.FromDatetime(self.clock.now() + timedelta(days=3))
        for name, value in changes.items():
            setattr(request, name, value)
        return request


def _bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)
