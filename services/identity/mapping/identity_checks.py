"""The identity check: what it found, and what a reviewer's verdict does to it (ID-7, ID-8)."""

from typing import Final

from zikao.identity.v1 import candidate_service_pb2
from zikao.review.v1 import resources_pb2 as review_resources_pb2

from chassis.rpc.message_mapping import message_of
from services.identity.domain.candidates import IdentityState
from services.identity.domain.identity_checks import IdentityCheck, RegisterAnswer

OUTCOMES: Final = {
    IdentityState.PENDING: "MISMATCHED",
    IdentityState.UNDER_REVIEW: "SENT_TO_REVIEW",
    IdentityState.VERIFIED: "MATCHED",
}
"""What an identity check found, by the state it left."""


def identity_message(check: IdentityCheck) -> candidate_service_pb2.VerifyIdentityResponse:
    """What an identity check found."""
    candidate = check.candidate
    under_review = candidate.identity_state is IdentityState.UNDER_REVIEW
    unknown = candidate.identity_state is IdentityState.PENDING and check.answer is RegisterAnswer.UNKNOWN_PERSON
    return message_of(
        candidate_service_pb2.VerifyIdentityResponse,
        candidate,
        outcome="NOT_ON_RECORD" if unknown else OUTCOMES[candidate.identity_state],
        review_case_id=candidate.review_case_id if under_review else "",
    )


ABOUT_IDENTITY: Final = frozenset({review_resources_pb2.IDENTITY_PROOF, review_resources_pb2.DOCUMENT_TYPE})
"""The kinds of case that are about who a person is."""
