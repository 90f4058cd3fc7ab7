"""The portrait with its rules (ID-6), and the identity check on it (ID-7)."""

import uuid
from typing import Final

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.portal.own_candidate import ME, own_candidate, registers
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

UPLOAD: Final = Form({"portrait": ""})


async def show(page: Page, form: Form = BLANK) -> Response:
    """The rules and a sample before the upload; the portrait and the check after it."""
    rules = await page.ask(candidate_service_pb2.GetPhotoRulesRequest())
    candidate = await own_candidate(page)
    return page.render(
        "portal/photo.html",
        form=form.with_defaults({"display_name": candidate.display_name}),
        rules=rules,
        candidate=candidate,
        may_verify=candidate.identity_state == resources_pb2.PENDING,
        registers=registers(candidate),
        may_upload=_may_upload(candidate),
        in_review=candidate.identity_state == resources_pb2.UNDER_REVIEW,
        request_id=str(uuid.uuid4()),
    )


def _may_upload(candidate: resources_pb2.Candidate) -> bool:
    """Whether another portrait is taken: the first, one before the check rests on it, one that must be corrected."""
    first = not candidate.HasField("portrait_update_time")
    corrects = candidate.correction.state == resources_pb2.Correction.REQUIRED
    return first or corrects or candidate.identity_state == resources_pb2.PENDING


async def upload(page: Page) -> Response:
    """Uploads a portrait; what it is refused for is named, each rule with what was measured."""
    portrait = await page.image("portrait")
    if portrait is None:
        return await show(page, page.mend(UPLOAD, "portrait", "请选择照片文件", "Choose a photo"))
    request = candidate_service_pb2.UploadPortraitRequest(candidate_id=ME, portrait=portrait)
    return await page.submit(request, UPLOAD, show)


async def verify(page: Page) -> Response:
    """Has the portrait compared with the register's (ID-7)."""
    form = page.form()
    try:
        answer = await page.ask(page.fill(candidate_service_pb2.VerifyIdentityRequest, form, candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    outcomes = candidate_service_pb2.VerifyIdentityResponse
    if answer.outcome == outcomes.MATCHED:
        return page.redirect("/")
    if answer.outcome == outcomes.SENT_TO_REVIEW:
        return page.redirect("/cases")
    left = answer.match_tries_left
    if answer.outcome == outcomes.NOT_ON_RECORD:
        zh = f"公安机关没有登记姓名与证件号码同时相符的人，照片尚未比对。请核对姓名和证件号码；还可以再试 {left} 次。"
        en = f"The register has nobody of this name and number; the photo was not compared. Tries left: {left}."
        return await show(page, page.mend(BLANK, "", zh, en))
    zh = f"照片与公安机关登记的照片不一致，还可以再试 {left} 次；请先更换为本人近期照片。"
    en = f"The photo does not match the register's. Tries left: {left}; upload a recent one."
    return await show(page, page.mend(BLANK, "", zh, en))


async def correct_name(page: Page) -> Response:
    """Writes the name as on the document: a slip of the pen would make every comparison fail."""
    form = page.form()
    return await page.submit(page.fill(candidate_service_pb2.CorrectNameRequest, form, candidate_id=ME), form, show)


async def sample(page: Page) -> Response:
    """A portrait that keeps the rules: a drawing, nobody's face."""
    return page.file(await page.ask(candidate_service_pb2.GetPhotoSampleRequest()))


async def image(page: Page) -> Response:
    """The portrait itself, for its owner."""
    return page.file(await page.ask(candidate_service_pb2.GetPortraitRequest(candidate_id=ME)))
