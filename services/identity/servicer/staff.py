"""StaffService."""

from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import staff_service_pb2 as api
from zikao.identity.v1.staff_service_pb2_grpc import StaffServiceServicer

from chassis.call_context import caller
from chassis.clock import Clock
from chassis.rpc import paging
from services.identity.mapping.staff import staff_from, staff_message
from services.identity.ports import Store
from services.identity.ports.logins import Passwords
from services.identity.usecases import staff


class StaffServicer(StaffServiceServicer):
    """Reviewers' and operators' accounts."""

    def __init__(self, store: Store, clock: Clock, *, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    async def CreateStaff(self, request: api.CreateStaffRequest, context: Any) -> resources_pb2.Staff:
        wanted = staff_from(request.staff, at=self._clock.now())
        return staff_message(
            await staff.create_staff(wanted, request.initial_password, store=self._store, passwords=self._passwords)
        )

    async def ListStaff(self, request: api.ListStaffRequest, context: Any) -> api.ListStaffResponse:
        listing, size = f"staff of {request.organisation}", paging.page_size(request.page_size)
        (after,) = paging.decode(listing, request.page_token) or ("",)
        found = await staff.list_staff(request.organisation, after, size + 1, store=self._store)
        page = found[:size]
        more = len(found) > size
        return api.ListStaffResponse(
            staff=[staff_message(one) for one in page],
            next_page_token=paging.encode(listing, [page[-1].login_name]) if more else "",
        )

    async def DisableStaff(self, request: api.DisableStaffRequest, context: Any) -> resources_pb2.Staff:
        return staff_message(
            await staff.disable_staff(request.staff_id, by=caller().subject_id, store=self._store, clock=self._clock)
        )
