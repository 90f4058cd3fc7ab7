"""LoginService: parse, call the use case, map."""

from typing import Any, Final

from zikao.identity.v1 import login_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.login_service_pb2_grpc import LoginServiceServicer

from chassis.call_context import ME, caller
from chassis.errors import PermissionDenied
from services.identity.dependencies import Dependencies
from services.identity.domain.contact_addresses import masked_phone
from services.identity.mapping.login_sessions import (
    login_session_messages,
    recovery_channel,
    recovery_message,
    tokens_message,
)
from services.identity.mapping.reviewed_phone_changes import claim_from, phone_change_message, proof_from
from services.identity.servicer.calling_device import calling_device
from services.identity.usecases import reviewed_phone_changes
from services.identity.usecases.authentication import login_sessions, password_recoveries
from services.identity.usecases.authentication.password_changes import change_password
from services.identity.usecases.authentication.password_proofs import prove_password

CURRENT: Final = "current"


class LoginServicer(LoginServiceServicer):
    """Login sessions and passwords; forgotten passwords and lost phones, for whoever is not logged in."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def CreateLoginSession(self, request: api.CreateLoginSessionRequest, context: Any) -> resources_pb2.Tokens:
        device, code = calling_device(request.device_token), request.code
        return tokens_message(
            await login_sessions.log_in(self._deps, request.login_name, request.password, device, code)
        )

    async def RefreshLoginSession(self, request: api.RefreshLoginSessionRequest, context: Any) -> resources_pb2.Tokens:
        refreshed = login_sessions.refresh_tokens(self._deps, request.refresh_token, background=request.background)
        return tokens_message(await refreshed)

    async def ListLoginSessions(
        self, request: api.ListLoginSessionsRequest, context: Any
    ) -> api.ListLoginSessionsResponse:
        principal = caller()
        sessions = await login_sessions.list_login_sessions(self._deps, principal.subject_id)
        return api.ListLoginSessionsResponse(
            login_sessions=login_session_messages(sessions, principal.login_session_id)
        )

    async def DeleteLoginSession(
        self, request: api.DeleteLoginSessionRequest, context: Any
    ) -> api.DeleteLoginSessionResponse:
        principal, asked = caller(), request.login_session_id
        login_session_id = principal.login_session_id if asked == CURRENT else asked
        await login_sessions.log_out(self._deps, login_session_id, principal.subject_id)
        return api.DeleteLoginSessionResponse()

    async def RevokeAllLoginSessions(
        self, request: api.RevokeAllLoginSessionsRequest, context: Any
    ) -> api.RevokeAllLoginSessionsResponse:
        ended = await login_sessions.log_out_everywhere(self._deps, caller().subject_id)
        return api.RevokeAllLoginSessionsResponse(ended=ended)

    async def ProvePassword(self, request: api.ProvePasswordRequest, context: Any) -> api.ProvePasswordResponse:
        principal = caller()
        until = await prove_password(self._deps, principal.subject_id, principal.login_session_id, request.password)
        return api.ProvePasswordResponse(expire_time=until)

    async def ChangePassword(self, request: api.ChangePasswordRequest, context: Any) -> resources_pb2.Tokens:
        principal, old, new = caller(), request.old_password, request.new_password
        if request.subject_id not in (ME, principal.subject_id):
            raise PermissionDenied()
        changed = change_password(
            self._deps,
            principal.subject_id,
            old,
            new,
            calling_device(request.device_token),
            login_session_id=principal.login_session_id,
        )
        return tokens_message(await changed)

    async def CreatePasswordRecovery(
        self, request: api.CreatePasswordRecoveryRequest, context: Any
    ) -> resources_pb2.PasswordRecovery:
        channel, device = recovery_channel(request.channel), calling_device(request.device_token)
        return recovery_message(
            await password_recoveries.start_recovery(self._deps, request.login_name, channel, device)
        )

    async def RepeatPasswordRecovery(
        self, request: api.RepeatPasswordRecoveryRequest, context: Any
    ) -> resources_pb2.PasswordRecovery:
        recovery_id, device = request.password_recovery_id, calling_device(request.device_token)
        return recovery_message(await password_recoveries.repeat_recovery(self._deps, recovery_id, device))

    async def CompletePasswordRecovery(
        self, request: api.CompletePasswordRecoveryRequest, context: Any
    ) -> api.CompletePasswordRecoveryResponse:
        recovery_id, source = request.password_recovery_id, calling_device().source
        await password_recoveries.complete_recovery(self._deps, recovery_id, request.code, request.new_password, source)
        return api.CompletePasswordRecoveryResponse()

    async def SendPhoneChangeCode(
        self, request: api.SendPhoneChangeCodeRequest, context: Any
    ) -> api.SendPhoneChangeCodeResponse:
        device = calling_device(request.device_token)
        code_id, sent = await reviewed_phone_changes.send_phone_change_code(
            self._deps, request.new_phone, request.code_id, device
        )
        return api.SendPhoneChangeCodeResponse(
            code_id=code_id, masked_phone=masked_phone(sent.to), expire_time=sent.expire_time
        )

    async def CreatePhoneChange(self, request: api.CreatePhoneChangeRequest, context: Any) -> resources_pb2.PhoneChange:
        claim, source = claim_from(request), calling_device().source
        return phone_change_message(await reviewed_phone_changes.create_phone_change(self._deps, claim, source))

    async def GetPhoneChange(self, request: api.GetPhoneChangeRequest, context: Any) -> resources_pb2.PhoneChange:
        return phone_change_message(await reviewed_phone_changes.get_phone_change(self._deps, request.phone_change_id))

    async def UploadPhoneChangeProof(
        self, request: api.UploadPhoneChangeProofRequest, context: Any
    ) -> resources_pb2.PhoneChange:
        change_id, proof = request.phone_change_id, proof_from(request.proof)
        return phone_change_message(
            await reviewed_phone_changes.add_proof(self._deps, change_id, proof, request.image.data)
        )

    async def SubmitPhoneChange(self, request: api.SubmitPhoneChangeRequest, context: Any) -> resources_pb2.PhoneChange:
        return phone_change_message(
            await reviewed_phone_changes.submit_phone_change(self._deps, request.phone_change_id)
        )
