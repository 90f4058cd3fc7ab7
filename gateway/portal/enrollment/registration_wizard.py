"""Becoming a candidate, as a wizard that can be left and taken up again (ID-5): the account first, then the
registration with the school's notice and the integrity pledge.
"""

import uuid

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, enrollment_service_pb2
from zikao.identity.v1 import candidate_service_pb2

from chassis.errors import Refusal
from gateway.portal.own_candidate import own_candidate, registers
from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page
from gateway.web.published_texts import find_text, published_text

PLEDGE = catalogue_pb2.Text.INTEGRITY_PLEDGE
SCHOOL_NOTICE = catalogue_pb2.Text.SCHOOL_NOTICE


async def show_account(page: Page, form: Form = BLANK) -> Response:
    """Step 1: document, name, host school, password."""
    schools = await page.ask(catalogue_service_pb2.ListSchoolsRequest())
    return page.render(
        "portal/account_new.html",
        form=form.with_defaults({"request_id": str(uuid.uuid4())}),
        documents=options("document", page.language),
        school_options=[("", "—"), *((one.school_code, one.display_name) for one in schools.schools)],
    )


async def create_account(page: Page) -> Response:
    """Makes the account and logs its owner in."""
    form = page.form()
    password = page.secret("password")
    if password != page.secret("again"):
        return await show_account(page, page.mend(form, "again", "两次输入的密码不一致", "The two passwords differ"))
    try:
        answer = await page.ask(page.fill(candidate_service_pb2.CreateCandidateRequest, form, password=password))
    except Refusal as refusal:
        return await show_account(page, form.refused(refusal, page.language))
    page.log_in(answer.tokens)
    return page.redirect(f"/registrations/new?school={form['school_code']}")


async def show_registration(page: Page, form: Form = BLANK) -> Response:
    """Step 2: the major with what it asks for, the school's notice, the pledge. Whoever registers has named the school
    with the account.
    """
    schools, candidate = await page.ask(catalogue_service_pb2.ListSchoolsRequest()), await own_candidate(page)
    chosen = form["school_code"] or page.query()["school"] or candidate.school_code
    majors = (await page.ask(catalogue_service_pb2.ListMajorsRequest(school_code=chosen))).majors
    return page.render(
        "portal/registration_new.html",
        form=form,
        schools=schools.schools,
        chosen=chosen,
        major_options=[("", "—"), *((one.major_code, one.display_name) for one in majors)],
        special_majors=[one for one in majors if one.special],
        registers=registers(candidate),
        pledge=await published_text(page, PLEDGE),
        notice=await find_text(page, SCHOOL_NOTICE, chosen),
    )


async def create_registration(page: Page) -> Response:
    """Registers for the major; the pledge's version is recorded with it."""
    form = page.form()
    if not form["pledge"]:
        texts = "请阅读并接受承诺书", "Read and accept the pledge"
        return await show_registration(page, page.mend(form, "pledge", *texts))
    request = page.fill(enrollment_service_pb2.CreateRegistrationRequest, form)
    return await page.submit(request, form, show_registration, "/details", done=done_labels.REGISTERED)
