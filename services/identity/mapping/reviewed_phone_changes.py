"""Phone changes by review (ID-11)."""

from typing import Final

from zikao.identity.v1 import login_service_pb2, resources_pb2
from zikao.review.v1 import events_pb2 as review_events_pb2
from zikao.review.v1 import resources_pb2 as review_resources_pb2

from chassis.rpc.message_mapping import message_of
from services.identity.domain.contact_addresses import masked_phone
from services.identity.domain.reviewed_phone_changes import Claim, PhoneChange, Proof
from services.identity.mapping.candidates import document_type_from

REASON_TEXTS: Final = {
    review_resources_pb2.IMAGE_UNREADABLE: "图片不清晰，请重新拍摄。An image cannot be read.",
    review_resources_pb2.MATERIAL_MISSING: "缺少所需的图片。An image is missing.",
    review_resources_pb2.DOCUMENT_MISMATCH: "证件与登记信息不符。The document is not the one on record.",
    review_resources_pb2.DOCUMENT_EXPIRED: "证件已过期。The document has expired.",
    review_resources_pb2.PERSON_MISMATCH: "照片与本人不符。The person is not the one on record.",
    review_resources_pb2.SUSPECTED_FORGERY: "图片疑似经过修改。The images look altered.",
}
"""A reviewer's reason in words for somebody who is not logged in and so cannot read the case."""


def decision_note(decided: review_events_pb2.CaseDecided) -> str:
    """Why, for the candidate: the reason, and the reviewer's own words."""
    return " ".join(part for part in (REASON_TEXTS.get(decided.reason, ""), decided.note) if part)


def claim_from(request: login_service_pb2.CreatePhoneChangeRequest) -> Claim:
    """Who asks for a phone change, as they say."""
    return Claim(
        document_type=document_type_from(request.document_type),
        document_number=request.document_number,
        name=request.display_name,
        code=request.code,
        code_id=request.code_id,
    )


def proof_from(value: int) -> Proof:
    """The contract's proof in ours."""
    return Proof[resources_pb2.PhoneChange.Proof.Name(value)]


def phone_change_message(change: PhoneChange) -> resources_pb2.PhoneChange:
    """A phone change as whoever knows its id reads it."""
    return message_of(
        resources_pb2.PhoneChange,
        change,
        new_phone=masked_phone(change.new_phone),
        proofs=[proof.name for proof in Proof if proof in change.proofs],
        rejection_note=change.note,
    )
