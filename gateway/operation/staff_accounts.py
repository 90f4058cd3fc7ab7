"""Accounts of reviewers and operators (RE-2, OP-1)."""

from starlette.responses import Response
from zikao.identity.v1 import resources_pb2, staff_service_pb2

from gateway.web.forms import Form
from gateway.web.labels.lookup import options
from gateway.web.page import Page


async def show(page: Page) -> Response:
    """The accounts, and the form for a new one."""
    return await _staff(page, Form())


async def create(page: Page) -> Response:
    """Makes an account; its initial password must be changed at the first login."""
    form = page.form()
    account = resources_pb2.Staff(
        login_name=form["login_name"], display_name=form["display_name"], organisation=form["organisation"]
    )
    account.kind = form.number("kind")  # type: ignore[assignment]  # the service refuses nonsense
    password = str(page.sent.get("initial_password", ""))
    request = staff_service_pb2.CreateStaffRequest(staff=account, initial_password=password)
    return await page.submit(request, form, _staff, "/operation/staff")


async def disable(page: Page) -> Response:
    """Disables an account."""
    request = staff_service_pb2.DisableStaffRequest(staff_id=page.params["staff_id"])
    return await page.submit(request, Form(), _staff, "/operation/staff")


async def _staff(page: Page, form: Form) -> Response:
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
