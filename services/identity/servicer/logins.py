"""LoginService."""

from typing import Any

from zikao.identity.v1 import login_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from chassis.call_context import ME, caller
from chassis.errors import PermissionDenied
from services.identity.mapping.logins import login_session_messages, tokens_message
from services.identity.servicer.device import calling_device
from services.identity.servicer.phone_changes import PhoneChangeRpcs
from services.identity.servicer.recoveries import RecoveryRpcs
from services.identity.usecases import logins
from services.identity.usecases.passwords import change_password

CURRENT = "current"


class LoginServicer(RecoveryRpcs, PhoneChangeRpcs):
    """Login sessions and passwords; forgotten passwords and lost phones are parts of their own."""

    async def CreateLoginSession(self, request: api.CreateLoginSessionRequest, context: Any) -> resources_pb2.Tokens:
        return tokens_message(
            await logins.log_in(
                request.login_name,
                request.password,
                calling_device(),
                store=self._desk.store,
                passwords=self._desk.passwords,
                throttle=self._desk.throttle,
                tokens=self._desk.tokens,
                initial_for=self._desk.initial_for,
                clock=self._desk.clock,
            )
        )

    async def RefreshLoginSession(self, request: api.RefreshLoginSessionRequest, context: Any) -> resources_pb2.Tokens:
        return tokens_message(
            await logins.refresh(
                request.refresh_token, store=self._desk.store, tokens=self._desk.tokens, clock=self._desk.clock
            )
        )

    async def ListLoginSessions(
        self, request: api.ListLoginSessionsRequest, context: Any
    ) -> api.ListLoginSessionsResponse:
        principal = caller()
        sessions = await logins.live_sessions(principal.subject_id, store=self._desk.store, clock=self._desk.clock)
        return api.ListLoginSessionsResponse(
            login_sessions=login_session_messages(sessions, principal.login_session_id)
        )

    async def DeleteLoginSession(
        self, request: api.DeleteLoginSessionRequest, context: Any
    ) -> api.DeleteLoginSessionResponse:
        principal, asked = caller(), request.login_session_id
        login_session_id = principal.login_session_id if asked == CURRENT else asked
        await logins.log_out(login_session_id, principal.subject_id, store=self._desk.store, clock=self._desk.clock)
        return api.DeleteLoginSessionResponse()

    async def RevokeAllLoginSessions(
        self, request: api.RevokeAllLoginSessionsRequest, context: Any
    ) -> api.RevokeAllLoginSessionsResponse:
        ended = await logins.log_out_everywhere(caller().subject_id, store=self._desk.store, clock=self._desk.clock)
        return api.RevokeAllLoginSessionsResponse(ended=ended)

    async def ChangePassword(self, request: api.ChangePasswordRequest, context: Any) -> resources_pb2.Tokens:
        subject_id = caller().subject_id
        if request.subject_id not in (ME, subject_id):
            raise PermissionDenied()
        return tokens_message(
            await change_password(
                subject_id,
                request.old_password,
                request.new_password,
                calling_device(),
                store=self._desk.store,
                passwords=self._desk.passwords,
                throttle=self._desk.throttle,
                tokens=self._desk.tokens,
                clock=self._desk.clock,
            )
        )
