"""Accounts of reviewers and operators (RE-2, OP-1)."""

from starlette.responses import Response
from zikao.identity.v1 import resources_pb2, staff_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page


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
    )


async def create(page: Page) -> Response:
    """Makes an account; its initial password must be changed at the first login."""
    form = page.form()
    request = staff_service_pb2.CreateStaffRequest(
        staff=page.fill(resources_pb2.Staff, form), initial_password=page.secret("initial_password")
    )
    return await page.submit(request, form, show)


async def disable(page: Page) -> Response:
    """Disables an account."""
    return await page.submit(page.fill(staff_service_pb2.DisableStaffRequest), BLANK, show)
