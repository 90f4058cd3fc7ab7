"""Accounts of reviewers and operators (RE-2, OP-1)."""

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2
from zikao.identity.v1 import resources_pb2, sign_in_service_pb2, staff_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page
from gateway.web.visitor import AUTHORITY


async def show(page: Page, form: Form = BLANK) -> Response:
    """The accounts, and the form for a new one."""
    asked = page.query()
    request = staff_service_pb2.ListStaffRequest(organisation=asked["organisation"], page_token=asked["page_token"])
    answer = await page.ask(request)
    return page.render(
        "operation/staff.html",
        form=form,
        staff=answer.staff,
        next_page_token=answer.next_page_token,
        kinds=options("staff", page.language),
        organisations=await _organisations(page),
    )


async def _organisations(page: Page) -> list[tuple[str, str]]:
    """What staff can belong to (RE-2): the exam authority, and each host school of the catalogue."""
    schools = (await page.ask(catalogue_service_pb2.ListSchoolsRequest())).schools
    authority = (AUTHORITY, page.say("考试院", "Exam authority"))
    return [*((one.school_code, f"{one.display_name} {one.school_code}") for one in schools), authority]


async def create(page: Page) -> Response:
    """Makes an account; its initial password must be changed at the first login."""
    form = page.form()
    request = staff_service_pb2.CreateStaffRequest(
        staff=page.fill(resources_pb2.Staff, form), initial_password=page.secret("initial_password")
    )
    return await page.submit(request, form, show)


async def disable(page: Page) -> Response:
    """Disables an account, with a reason (RE-11)."""
    form = page.form()
    asked = page.fill(staff_service_pb2.DisableStaffRequest, form, reason=form["disable_reason"])
    return await page.submit(asked, form, show_one, inputs={"reason": "disable_reason"})


async def show_one(page: Page, form: Form = BLANK) -> Response:
    """One account: its second factor, and whom its organisation's provider knows the person as (ID-18)."""
    staff = await page.ask(page.fill(staff_service_pb2.GetStaffRequest))
    known = (await page.ask(sign_in_service_pb2.ListSignInProvidersRequest())).providers
    providers = [
        (one.provider_id, page.say(one.name_zh, one.name_en)) for one in known if one.organisation == staff.organisation
    ]
    return page.render("operation/staff_account.html", form=form, staff=staff, providers=providers)


async def reset_second_factors(page: Page) -> Response:
    """Takes lost factors away."""
    form = page.form()
    return await page.submit(page.fill(staff_service_pb2.ResetSecondFactorsRequest, form), form, show_one)


async def link(page: Page) -> Response:
    """Says whom a provider knows the person as."""
    form = page.form()
    return await page.submit(page.fill(staff_service_pb2.LinkStaffIdentityRequest, form), form, show_one)


async def unlink(page: Page) -> Response:
    """Takes that back."""
    form = page.form()
    asked = page.fill(staff_service_pb2.UnlinkStaffIdentitiesRequest, form, reason=form["unlink_reason"])
    return await page.submit(asked, form, show_one, inputs={"reason": "unlink_reason"})
