"""Cases as review shows them to reviewers, and how it refuses."""

from google.protobuf.timestamp_pb2 import Timestamp
from zikao.review.v1 import resources_pb2

from chassis.errors import Code, Refusal

CASE = "019a0000-0000-7000-8000-0000000000c1"
OTHER_CASE = "019a0000-0000-7000-8000-0000000000c2"
SOMEBODY = "019a0000-0000-7000-8000-0000000000dd"
Case = resources_pb2.Case
REQUIRED = [
    resources_pb2.RequiredImage(required_image_id="DOCUMENT_FRONT", kind="DOCUMENT_FRONT", name_zh="证件正面"),
    resources_pb2.RequiredImage(required_image_id="CERTIFICATE", kind="CERTIFICATE", name_zh="毕业证书"),
]
LATER = Timestamp(seconds=2_000_000_000)


class CaseClaimed(Refusal):
    reason = "CASE_CLAIMED"
    code = Code.ABORTED
    zh = "另一位审核员正在审核此件。"
    en = "Another reviewer has this case."


def case(state: Case.State = Case.WAITING, case_id: str = CASE, claimed_by: str = "", **others: object) -> Case:
    material = resources_pb2.Material(
        material_id="m1", kind="DOCUMENT_FRONT", required_image_id="DOCUMENT_FRONT", submission=1
    )
    made = Case(
        case_id=case_id,
        kind=resources_pb2.IDENTITY_PROOF,
        organisation="10269",
        state=state,
        submission=1,
        submissions_left=2,
        deadline=LATER,
        claimed_by=claimed_by,
        claim_expire_time=LATER if claimed_by else None,
        materials=[material],
        required_images=REQUIRED,
        display_name="张三",
        etag="etag-2",
    )
    made.MergeFrom(Case(**others))  # type: ignore[arg-type]
    return made
