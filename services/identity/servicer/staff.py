"""StaffService: parse, call the use case, map."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import staff_service_pb2 as api
from zikao.identity.v1.staff_service_pb2_grpc import StaffServiceServicer

from chassis.call_context import caller
from chassis.rpc.paging import Listing
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.sign_in import StaffIdentity
from services.identity.domain.staff import Staff
from services.identity.mapping.staff import staff_from, staff_message
from services.identity.usecases import staff
from services.identity.usecases.authentication import second_factors, sign_in


class StaffServicer(StaffServiceServicer):
    """Reviewers' and operators' accounts."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def CreateStaff(self, request: api.CreateStaffRequest, context: Any) -> resources_pb2.Staff:
        wanted = staff_from(request.staff)
        return self._message(await staff.create_staff(self._deps, wanted, request.initial_password))

    async def ListStaff(self, request: api.ListStaffRequest, context: Any) -> api.ListStaffResponse:
        listing: Listing[Staff] = Listing((str,), lambda one: (one.login_name,))
        page = await listing.page(request, partial(staff.list_staff, self._deps, request.organisation))
        return api.ListStaffResponse(
            staff=[self._message(one) for one in page.items], next_page_token=page.next_page_token
        )

    async def DisableStaff(self, request: api.DisableStaffRequest, context: Any) -> resources_pb2.Staff:
        by = caller().subject_id
        return self._message(await staff.disable_staff(self._deps, request.staff_id, request.reason, by=by))

    async def ResetSecondFactors(self, request: api.ResetSecondFactorsRequest, context: Any) -> resources_pb2.Staff:
        by = caller().subject_id
        whom = request.staff_id, request.reason
        return self._message(await second_factors.reset_second_factors(self._deps, *whom, by=by))

    async def GetStaff(self, request: api.GetStaffRequest, context: Any) -> resources_pb2.Staff:
        return self._message(*await sign_in.get_staff_account(self._deps, request.staff_id))

    async def LinkStaffIdentity(self, request: api.LinkStaffIdentityRequest, context: Any) -> resources_pb2.Staff:
        whom = request.staff_id, request.provider_id, request.subject
        return self._message(*await sign_in.link_staff_identity(self._deps, *whom))

    async def UnlinkStaffIdentities(
        self, request: api.UnlinkStaffIdentitiesRequest, context: Any
    ) -> resources_pb2.Staff:
        return self._message(*await sign_in.unlink_staff_identities(self._deps, request.staff_id, request.reason))

    def _message(self, one: Staff, identities: Sequence[StaffIdentity] = ()) -> resources_pb2.Staff:
        return staff_message(one, self._deps.config.second_factor_required_for, identities)
