"""What each RPC by which staff change something, or look at a person, leaves in enrollment's audit log: one entry, with
who, on whom and why (RE-11, ID-19). Which RPCs these are is read off the contracts.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import ManualClock
from chassis.config import ServerConfig
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.rpc.client import Peer
from chassis.rpc.service_descriptors import services_of
from chassis.service import Infrastructure, server
from chassis.wiring import servicers_in
from services.enrollment import servicer
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.usecases import checkouts, refund_requests
from tests.integration.enrollment.exam_sessions import Session, publish
from tests.integration.enrollment.stand_ins import (
    ACCOUNTING,
    ANCIENT_LITERATURE_1,
    FINANCE_UNIVERSITY,
    SESSION,
    STAFF_LABORATORY,
    STAFF_UNIVERSITY,
    Candidate,
    select,
)
from tests.integration.enrollment.test_order_outcomes import deliver, paid
from tests.support.credentials import Credentials
from tests.support.grpc_server import connected_peer
from tests.support.staff_acts import Act, StaffMember, answer_and_note, check_note, recorded_rpcs

RPCS: Final = recorded_rpcs("enrollment")
MADE_BY_THE_ACT: Final = {"CreateAnnouncement": "announcement_id"}
"""RPCs whose answer says what the entry is about."""


@dataclass(frozen=True)
class Staff:
    """The running service, those who work at it, and whom they work for."""

    deps: Dependencies
    operator: StaffMember
    clock: ManualClock
    files: list[CatalogueFile]
    ready_candidate: Callable[..., Awaitable[Candidate]]
    receiver: Any

    def act(self, object_id: str, candidate_id: str = "", /, **values: Any) -> Act:
        """What the operator does."""
        return Act(self.operator, object_id, values, candidate_id)

    async def session(self, *, opens_in: timedelta = timedelta()) -> Session:
        """A session of the test's own."""
        return await publish(self.deps, self.files, self.clock, opens_in)


Ready = Callable[[Staff], Awaitable[Act]]


def stamp(at: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


async def announcing(staff: Staff) -> Act:
    announcement = {
        "kind": "ANNOUNCEMENT",
        "audience": "EVERYBODY",
        "title_zh": "停机维护",
        "title_en": "Maintenance",
        "body_zh": "今晚停机。",
        "body_en": "Tonight.",
    }
    return staff.act("", announcement=announcement, request_id=new_id())


async def withdrawing(staff: Staff) -> Act:
    made = await announcing(staff)
    announcement = await made.caller("CreateAnnouncement", **made.values)
    return staff.act(announcement.announcement_id, announcement_id=announcement.announcement_id)


async def publishing_a_text(staff: Staff) -> Act:
    text = {
        "kind": "SESSION_NOTICE",
        "title_zh": "须知",
        "body_zh": f"须知 {new_id()}",
        "title_en": "x",
        "body_en": "x",
    }
    return staff.act("SESSION_NOTICE", text=text)


async def importing_a_catalogue(staff: Staff) -> Act:
    schools = next(file for file in staff.files if file.name == "schools.csv")
    content = schools.content.decode().replace("同济大学", "同济").encode()
    return staff.act("", files=[{"name": schools.name, "content": content}])


async def opening(staff: Staff) -> Act:
    session = await staff.session(opens_in=timedelta(hours=1))
    return staff.act(session.session_id, session_id=session.session_id)


async def extending(staff: Staff) -> Act:
    session = await staff.session()
    later = stamp(session.end + timedelta(hours=1))
    return staff.act(session.session_id, session_id=session.session_id, registration_end_time=later)


async def closing(staff: Staff) -> Act:
    session = await staff.session()
    session.ends()
    return staff.act(session.session_id, session_id=session.session_id)


async def cancelling(staff: Staff) -> Act:
    session = await staff.session()
    return staff.act(session.session_id, session_id=session.session_id, reason="flood")


async def of_a_candidate(staff: Staff) -> Act:
    candidate_id = (await staff.ready_candidate()).candidate_id
    return staff.act(candidate_id, candidate_id, candidate_id=candidate_id)


async def of_a_registration(staff: Staff) -> Act:
    candidate = await staff.ready_candidate()
    return staff.act(candidate.candidate_id, candidate.candidate_id, registration_id=candidate.registration_id)


async def changing_a_major(staff: Staff) -> Act:
    candidate = await staff.ready_candidate((FINANCE_UNIVERSITY, ACCOUNTING))
    change = {"registration_id": candidate.registration_id, "major_code": "120206", "reason": "报名时误选"}
    return staff.act(candidate.registration_id, candidate.candidate_id, **change)


async def importing_registrations(staff: Staff) -> Act:
    number = f"{staff.clock.now().timestamp():.0f}"[-9:]
    row = {"candidate_id": new_id(), "school_code": "10269", "major_code": "050101", "ticket_number": f"010{number}"}
    return staff.act("", rows=[row])


async def setting_a_time(staff: Staff) -> Act:
    session = await staff.session()
    start = datetime.fromisoformat("2026-10-31T13:00:00+08:00")
    times = {"start_time": stamp(start), "end_time": stamp(start + timedelta(hours=2))}
    where = {"session_id": session.session_id, "school_code": STAFF_UNIVERSITY, "course_code": STAFF_LABORATORY}
    return staff.act(session.session_id, **where, **times)


async def confirming_a_payment(staff: Staff) -> Act:
    session = await staff.session()
    candidate = await session.candidate()
    selection = await session.select(candidate, STAFF_LABORATORY)
    return staff.act(selection.selection_id, candidate.candidate_id, selection_id=selection.selection_id)


async def importing_payments(staff: Staff) -> Act:
    session = await staff.session()
    candidate = await session.candidate()
    await session.select(candidate, STAFF_LABORATORY)
    line = f"ticket_number,course_code\n{candidate.registrations[0].ticket_number},{STAFF_LABORATORY}\n"
    file = {"session_id": session.session_id, "school_code": STAFF_UNIVERSITY, "content": line.encode()}
    return staff.act(session.session_id, **file)


async def exporting(staff: Staff) -> Act:
    return staff.act(SESSION, session_id=SESSION)


async def allowing_requests(staff: Staff) -> Act:
    session = await staff.session()
    until = stamp(staff.clock.now() + timedelta(days=3))
    return staff.act(session.session_id, session_id=session.session_id, deadline=until)


async def with_a_request(staff: Staff, **values: Any) -> Act:
    """Somebody who asks for a fee back."""
    await refund_requests.set_refund_request_deadline(staff.deps, SESSION, staff.clock.now() + timedelta(days=30))
    candidate = await staff.ready_candidate()
    await select(candidate, ANCIENT_LITERATURE_1, staff.deps)
    checkout = (await checkouts.check_out(staff.deps, candidate.candidate_id, SESSION, new_id())).checkout
    await deliver(staff.receiver, paid(checkout))
    selection_id = checkout.selection_ids[0]
    await refund_requests.request_refund(staff.deps, candidate.candidate_id, selection_id, "与工作冲突")
    return staff.act(selection_id, candidate.candidate_id, selection_id=selection_id, **values)


async def listing_requests(staff: Staff) -> Act:
    candidate_id = (await with_a_request(staff)).candidate_id
    return staff.act(candidate_id, candidate_id, candidate_id=candidate_id)


async def deciding_a_request(staff: Staff) -> Act:
    return await with_a_request(staff, decision="REFUSED", note="已核实")


ACTS: Final[dict[str, Ready]] = {
    "CreateAnnouncement": announcing,
    "WithdrawAnnouncement": withdrawing,
    "CreateText": publishing_a_text,
    "ImportCatalogue": importing_a_catalogue,
    "OpenSession": opening,
    "ExtendSession": extending,
    "CloseRegistration": closing,
    "CancelSession": cancelling,
    "ListRegistrations": of_a_candidate,
    "GetRegistration": of_a_registration,
    "ListSelections": of_a_candidate,
    "UpdateRegistration": changing_a_major,
    "ImportRegistrations": importing_registrations,
    "SetPracticeSitting": setting_a_time,
    "ConfirmPracticePayment": confirming_a_payment,
    "ImportPracticePayments": importing_payments,
    "ExportRoster": exporting,
    "SetRefundRequestDeadline": allowing_requests,
    "ListRefundRequests": listing_requests,
    "DecideRefundRequest": deciding_a_request,
}


@asynccontextmanager
async def enrollment(infra: Infrastructure, deps: Dependencies) -> AsyncIterator[Peer]:
    """The servicers of `deps`, on a real server."""
    config = infra.config.model_copy(update={"server": ServerConfig()})
    running = server(replace(infra, config=config), servicers_in(servicer, deps))
    async with running.serving() as ports, connected_peer("enrollment", ports.grpc, *services_of("enrollment")) as peer:
        yield peer


@pytest.fixture
async def staff(
    infra: Infrastructure,
    deps: Dependencies,
    clock: ManualClock,
    files: list[CatalogueFile],
    ready_candidate: Callable[..., Awaitable[Candidate]],
    receiver: Any,
    tmp_path: Path,
) -> AsyncIterator[Staff]:
    credentials = Credentials(tmp_path / "keys", clock)
    async with enrollment(infra, deps) as peer:
        operator = StaffMember(peer, RPCS, credentials.operator("operator-1"), "operator-1")
        yield Staff(deps, operator, clock, files, ready_candidate, receiver)


@pytest.mark.parametrize("rpc", RPCS)
async def test_what_staff_do_leaves_one_entry_with_who_on_whom_and_why(  # RE-11, ID-19
    staff: Staff, db: Database, rpc: str
) -> None:
    act = await ACTS[rpc](staff)
    answer, note = await answer_and_note(db, rpc, act)
    check_note(note, RPCS[rpc], act, getattr(answer, MADE_BY_THE_ACT.get(rpc, ""), ""))
