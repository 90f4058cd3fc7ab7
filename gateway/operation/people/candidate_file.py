"""Everything about one candidate on one page: who they are, registrations, selections, orders, cases and messages
(OP-3). Each part is a look that its service records (ID-19).
"""

import asyncio
import uuid
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, enrollment_service_pb2, resources_pb2
from zikao.identity.v1 import candidate_service_pb2, message_service_pb2, support_service_pb2
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.payment.v1 import payment_service_pb2
from zikao.review.v1 import review_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

MOST_ORDERS: Final = 100
MOST_MESSAGES: Final = 50
KEPT: Final = frozenset({identity_pb2.VERIFIED, identity_pb2.ENDED})
"""Accounts that nobody ends: they are verified, or have ended (ID-15)."""


async def show(page: Page, form: Form = BLANK) -> Response:
    """The person."""
    majors = await page.ask(catalogue_service_pb2.ListMajorsRequest())
    candidate, registrations, selections, orders, cases, messages = await asyncio.gather(
        page.ask(page.fill(candidate_service_pb2.GetCandidateRequest)),
        page.ask(page.fill(enrollment_service_pb2.ListRegistrationsRequest)),
        page.ask(page.fill(enrollment_service_pb2.ListSelectionsRequest)),
        page.ask(page.fill(payment_service_pb2.ListOrdersRequest, page_size=MOST_ORDERS)),
        page.ask(page.fill(review_service_pb2.ListCandidateCasesRequest)),
        page.ask(page.fill(message_service_pb2.ListMessagesRequest, page_size=MOST_MESSAGES)),
    )
    held = {one.registration_id for one in selections.selections if one.state != resources_pb2.Selection.VOID}
    return page.render(
        "operation/person.html",
        form=form.with_defaults({"request_id": str(uuid.uuid4())}),
        candidate=candidate,
        may_end=candidate.identity_state not in KEPT,
        registrations=registrations.registrations,
        # A major changes only before the ticket number, and while nothing is selected under it (ID-12).
        changeable={
            one.registration_id
            for one in registrations.registrations
            if not one.ticket_number and one.registration_id not in held
        },
        majors=[(one.major_code, f"{one.display_name} {one.major_code}") for one in majors.majors],
        selections=selections.selections,
        orders=orders.orders,
        courses={one.order_id: [item.course_name for item in one.items] for one in orders.orders},
        cases=cases.cases,
        messages=messages.messages,
    )


async def end_logins(page: Page) -> Response:
    """Logs the person out everywhere."""
    form = page.form()
    return await page.submit(page.fill(support_service_pb2.EndCandidateLoginsRequest, form), form, show)


async def end_account(page: Page) -> Response:
    """Ends the account of somebody who is not who it says, with a reason (ID-15)."""
    form = page.form()
    asked = page.fill(support_service_pb2.EndCandidateAccountRequest, form, reason=form["end_reason"])
    return await page.submit(asked, form, show, inputs={"reason": "end_reason"})


async def change_major(page: Page) -> Response:
    """Changes the major of a registration, with a reason (ID-12)."""
    form = page.form()
    return await page.submit(page.fill(enrollment_service_pb2.UpdateRegistrationRequest, form), form, show)


async def resend_message(page: Page) -> Response:
    """Sends one message once more, with a reason."""
    form = page.form()
    asked = page.fill(message_service_pb2.ResendMessageRequest, form, reason=form["resend_reason"])
    return await page.submit(asked, form, show, inputs={"reason": "resend_reason"})
