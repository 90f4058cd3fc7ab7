"""Opens review cases (ID-7, ID-8): the relay's sender for the requests that an account's change has left in the
outbox.
"""

from collections.abc import Collection, Sequence

from zikao.review.v1.review_service_pb2 import OpenCaseRequest
from zikao.review.v1.review_service_pb2_grpc import ReviewServiceStub

from chassis.events.relay import OutboxRow, Send
from chassis.rpc.client import Peer


def opening_cases_at(review: Peer) -> Send:
    """Opens each case, which is safe to repeat: the case's id is the person's."""
    stub = ReviewServiceStub(review)

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        opened = []
        for row in rows:
            await stub.OpenCase(OpenCaseRequest.FromString(row.payload))
            opened.append(row.event_id)
        return opened

    return send
