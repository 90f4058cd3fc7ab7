"""LoginService."""

from typing import Any

from zikao.identity.v1 import login_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.login_service_pb2_grpc import LoginServiceServicer

from chassis.clock import Clock
from chassis.context import ME, caller
from chassis.errors import PermissionDenied
from services.identity import mapping
from services.identity.ports import AccessTokens, Passwords, Store
from services.identity.servicer.device import calling_device
from services.identity.usecases import logins
from services.identity.usecases.passwords import change_password
from services.identity.usecases.throttle import LoginThrottle

CURRENT = "current"


class LoginServicer(LoginServiceServicer):
    """Login sessions and passwords."""

    def __init__(
        self, store: Store, clock: Clock, *, passwords: Passwords, tokens: AccessTokens, throttle: LoginThrottle
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._tokens = tokens
        self._throttle = throttle

    async def CreateLoginSession(self, request: api.CreateLoginSessionRequest, context: Any) -> resources_pb2.Tokens:
        return mapping.tokens_message(
            await logins.log_in(
                request.login_name,
                request.password,
                calling_device(),
                store=self._store,
                passwords=self._passwords,
                throttle=self._throttle,
                tokens=self._tokens,
                clock=self._clock,
            )
        )

    async def RefreshLoginSession(self, request: api.RefreshLoginSessionRequest, context: Any) -> resources_pb2.Tokens:
        return mapping.tokens_message(
            await logins.refresh(request.refresh_token, store=self._store, tokens=self._tokens, clock=self._clock)
        )

    async def ListLoginSessions(
        self, request: api.ListLoginSessionsRequest, context: Any
    ) -> api.ListLoginSessionsResponse:
        principal = caller()
        sessions = await logins.live_sessions(principal.subject_id, store=self._store, clock=self._clock)
        return api.ListLoginSessionsResponse(
            login_sessions=mapping.login_session_messages(sessions, principal.login_session_id)
        )

    async def DeleteLoginSession(
        self, request: api.DeleteLoginSessionRequest, context: Any
    ) -> api.DeleteLoginSessionResponse:
        principal, asked = caller(), request.login_session_id
        login_session_id = principal.login_session_id if asked == CURRENT else asked
        await logins.log_out(login_session_id, principal.subject_id, store=self._store, clock=self._clock)
        return api.DeleteLoginSessionResponse()

    async def RevokeAllLoginSessions(
        self, request: api.RevokeAllLoginSessionsRequest, context: Any
    ) -> api.RevokeAllLoginSessionsResponse:
        ended = await logins.log_out_everywhere(caller().subject_id, store=self._store, clock=self._clock)
        return api.RevokeAllLoginSessionsResponse(ended=ended)

    async def ChangePassword(self, request: api.ChangePasswordRequest, context: Any) -> resources_pb2.Tokens:
        subject_id = caller().subject_id
        if request.subject_id not in (ME, subject_id):
            raise PermissionDenied()
        return mapping.tokens_message(
            await change_password(
                subject_id,
                request.old_password,
                request.new_password,
                calling_device(),
                store=self._store,
                passwords=self._passwords,
                throttle=self._throttle,
                tokens=self._tokens,
                clock=self._clock,
            )
        )
