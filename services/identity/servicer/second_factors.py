"""SecondFactorService: parse, call the use case, map."""

from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import second_factor_service_pb2 as api
from zikao.identity.v1.second_factor_service_pb2_grpc import SecondFactorServiceServicer

from chassis.call_context import caller
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.second_factors import Proof, SecondFactors, StaffLogin
from services.identity.mapping.login_sessions import tokens_message
from services.identity.mapping.second_factors import enrolled_message, second_factors_message
from services.identity.usecases.authentication import passkeys, second_factors


class SecondFactorServicer(SecondFactorServiceServicer):
    """The caller's own second factors."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetSecondFactors(self, request: api.GetSecondFactorsRequest, context: Any) -> resources_pb2.SecondFactors:
        return self._message(*await second_factors.get_second_factors(self._deps, _login()))

    async def ProveSecondFactor(self, request: api.ProveSecondFactorRequest, context: Any) -> resources_pb2.Tokens:
        prove = {
            "totp_code": second_factors.prove_totp,
            "backup_code": second_factors.prove_backup_code,
            "passkey_answer_json": passkeys.prove_passkey,
        }
        how = request.WhichOneof("proof") or ""
        return tokens_message(await prove[how](self._deps, _login(), getattr(request, how)))

    async def StartTotpEnrolment(self, request: api.StartTotpEnrolmentRequest, context: Any) -> api.TotpEnrolment:
        totp, otpauth_uri = await second_factors.start_totp_enrolment(self._deps, _login())
        return api.TotpEnrolment(secret=totp.secret, otpauth_uri=otpauth_uri)

    async def ConfirmTotpEnrolment(self, request: api.ConfirmTotpEnrolmentRequest, context: Any) -> api.EnrolledFactor:
        return enrolled_message(*await second_factors.confirm_totp_enrolment(self._deps, _login(), request.totp_code))

    async def DeleteTotp(self, request: api.DeleteTotpRequest, context: Any) -> resources_pb2.SecondFactors:
        return self._message(*await second_factors.delete_totp(self._deps, _login()))

    async def StartPasskeyEnrolment(
        self, request: api.StartPasskeyEnrolmentRequest, context: Any
    ) -> api.PasskeyOptions:
        asked = await passkeys.start_passkey_enrolment(self._deps, _login())
        return api.PasskeyOptions(options_json=asked.options_json)

    async def ConfirmPasskeyEnrolment(
        self, request: api.ConfirmPasskeyEnrolmentRequest, context: Any
    ) -> api.EnrolledFactor:
        name, answer = request.passkey_name, request.passkey_answer_json
        return enrolled_message(*await passkeys.confirm_passkey_enrolment(self._deps, _login(), name, answer))

    async def StartPasskeyProof(self, request: api.StartPasskeyProofRequest, context: Any) -> api.PasskeyOptions:
        asked = await passkeys.start_passkey_proof(self._deps, _login())
        return api.PasskeyOptions(options_json=asked.options_json)

    async def DeletePasskey(self, request: api.DeletePasskeyRequest, context: Any) -> resources_pb2.SecondFactors:
        return self._message(*await passkeys.delete_passkey(self._deps, _login(), request.passkey_id))

    async def CreateBackupCodes(self, request: api.CreateBackupCodesRequest, context: Any) -> api.BackupCodes:
        return api.BackupCodes(backup_codes=await second_factors.create_backup_codes(self._deps, _login()))

    def _message(self, factors: SecondFactors, proof: Proof) -> resources_pb2.SecondFactors:
        required_for = {kind.value for kind in self._deps.config.second_factor_required_for}
        return second_factors_message(
            factors,
            proof,
            required=caller().kind.value in required_for,
            passkey_origin=self._deps.passkey_verifier.origin,
            at=self._deps.clock.now(),
            good_for=self._deps.config.proof_good_for,
        )


def _login() -> StaffLogin:
    principal = caller()
    return StaffLogin(principal.subject_id, principal.login_session_id)
