"""Every refusal of review: its stable reason, its gRPC code and what it says. Metadata names the fields of the
templates.
"""

from chassis.errors import Code, Refusal


class CaseIdReused(Refusal):
    """A case id came again for something else."""

    reason = "CASE_ID_REUSED"
    code = Code.ALREADY_EXISTS
    zh = "该审核编号已用于其他事项。"
    en = "This case id belongs to a case about something else."


class WrongOwner(Refusal):
    """RE-2: phone changes belong to the exam authority, everything else to a host school."""

    reason = "WRONG_OWNER"
    code = Code.INVALID_ARGUMENT
    zh = "修改手机号由考试院审核，其他事项由主考学校审核。"
    en = "Phone changes are reviewed by the exam authority, everything else by a host school."


class CaseNotCollecting(Refusal):
    """RE-4: materials are handed in before a submission, not while somebody decides it or after it was approved."""

    reason = "CASE_NOT_COLLECTING"
    code = Code.FAILED_PRECONDITION
    zh = "审核中或已通过的审核件不能再上传材料。"
    en = "The case is under review or approved; nothing can be added now."


class CaseDecided(Refusal):
    """RE-5: an approved case needs no further submission."""

    reason = "CASE_DECIDED"
    code = Code.FAILED_PRECONDITION
    zh = "该审核件已通过，无需再次提交。"
    en = "The case is approved; nothing needs to be submitted."


class NoMaterials(Refusal):
    """RE-3: a submission holds at least one image."""

    reason = "NO_MATERIALS"
    code = Code.FAILED_PRECONDITION
    zh = "请先上传证明材料再提交。"
    en = "Upload the proofs before submitting."


class MaterialsMissing(Refusal):
    """RE-10: every image that a case asks for, or one that may stand for it, is handed in before it is submitted."""

    reason = "MATERIALS_MISSING"
    code = Code.FAILED_PRECONDITION
    zh = "所要求的材料未齐，请补齐后再提交。"
    en = "Images that are asked for are missing; upload them before submitting."


class ImageNotAskedFor(Refusal):
    """RE-10: an image is handed in for one of the images that the case names."""

    reason = "IMAGE_NOT_ASKED_FOR"
    code = Code.INVALID_ARGUMENT
    zh = "该审核件没有这项材料（{image}）。"
    en = "The case asks for no such image: {image}."


class MaterialSubmitted(Refusal):
    """RE-10: what was decided on stays with the case."""

    reason = "MATERIAL_SUBMITTED"
    code = Code.FAILED_PRECONDITION
    zh = "已提交过的图片不能删除；请上传新的图片代替它。"
    en = "This image was submitted and stays with the case; upload a new one to take its place."


class CaseNotExhausted(Refusal):
    """RE-10: only a case about a person or a major whose last submission was rejected is reopened."""

    reason = "CASE_NOT_EXHAUSTED"
    code = Code.FAILED_PRECONDITION
    zh = "只有末次提交未通过的身份、证件或特殊专业审核件才能重新开放；更正、修改手机号和实践课程请重新发起。"
    en = (
        "Only a case about identity, document or special major whose last submission was rejected is reopened;"
        " corrections, phone changes and practice courses begin anew."
    )


class DecisionInEffect(Refusal):
    """RE-12: after ten seconds a decision stands."""

    reason = "DECISION_IN_EFFECT"
    code = Code.FAILED_PRECONDITION
    zh = "该决定已生效，不能撤销。"
    en = "The decision has taken effect and cannot be undone."


class SubmitWithCorrection(Refusal):
    """EN-4: photo and details are handed in where they are corrected, so that they stay as the reviewer sees them."""

    reason = "SUBMIT_WITH_CORRECTION"
    code = Code.FAILED_PRECONDITION
    zh = "请在照片与信息更正页面提交审核。"
    en = "Hand this in where photo and details are corrected."


class SubmissionsUsedUp(Refusal):
    """RE-5: the fourth submission is refused."""

    reason = "SUBMISSIONS_USED_UP"
    code = Code.FAILED_PRECONDITION
    zh = "每个审核件最多提交 {most} 次，次数已用完，请联系审核单位。"
    en = "A case can be submitted {most} times, and no submission is left; please turn to the reviewers."


class TooManyMaterials(Refusal):
    """RE-3: so many images and no more."""

    reason = "TOO_MANY_MATERIALS"
    code = Code.RESOURCE_EXHAUSTED
    zh = "每次提交最多上传 {most} 张图片。"
    en = "At most {most} images can be uploaded with one submission."


class MaterialRefused(Refusal):
    """RE-3: the file is not an image that may be handed in; the field violation says why."""

    reason = "MATERIAL_REFUSED"
    code = Code.INVALID_ARGUMENT
    zh = "图片不符合要求。"
    en = "The image cannot be accepted."


class CaseClaimed(Refusal):
    """RE-4: somebody else has the case."""

    reason = "CASE_CLAIMED"
    code = Code.ABORTED
    zh = "该审核件已由其他审核员领取。"
    en = "Another reviewer has this case."


class CaseWithdrawn(Refusal):
    """RE-4: what the case was about is gone, so there is nothing to decide."""

    reason = "CASE_WITHDRAWN"
    code = Code.ABORTED
    zh = "考生已取消相应的选课，或考期已结束，该审核件已撤回，无需审核。"
    en = "The selection it was about was taken back or has ended: the case is withdrawn, and nothing is to be decided."


class CaseNotClaimed(Refusal):
    """RE-4: only who has claimed a case decides it and looks at its images."""

    reason = "CASE_NOT_CLAIMED"
    code = Code.FAILED_PRECONDITION
    zh = "请先领取该审核件；领取超时后需重新领取。"
    en = "Claim the case first; a claim that has timed out must be made again."


class CaseNotWaiting(Refusal):
    """RE-4: only a case in the queue can be claimed."""

    reason = "CASE_NOT_WAITING"
    code = Code.FAILED_PRECONDITION
    zh = "该审核件不在待审队列中。"
    en = "The case is not waiting for a reviewer."


class ReasonRequired(Refusal):
    """RE-4: whoever is not approved learns why."""

    reason = "REASON_REQUIRED"
    code = Code.INVALID_ARGUMENT
    zh = "不通过或退回补充时必须选择原因；选择“见意见”时必须填写意见。"
    en = "Give a reason for not approving; SEE_NOTE needs a note."


class SecondReviewGiven(Refusal):
    """RE-9: one second judgement a decision."""

    reason = "SECOND_REVIEW_GIVEN"
    code = Code.FAILED_PRECONDITION
    zh = "该审核已由其他审核员复核。"
    en = "Somebody has judged this decision a second time already."


class ExportTooLarge(Refusal):
    """RE-9: an export is one answer, so it has an end."""

    reason = "EXPORT_TOO_LARGE"
    code = Code.INVALID_ARGUMENT
    zh = "导出范围须为 1 至 {days} 天，且不超过 {rows} 条，请缩小日期范围。"
    en = "An export spans 1 to {days} days and holds at most {rows} decisions; choose other dates."
