"""LoginService: changing the phone by review, without logging in."""

from typing import Any

from zikao.identity.v1 import login_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from services.identity.mapping.phone_changes import claim_from, phone_change_message, proof_from
from services.identity.servicer.desk import AtLoginDesk
from services.identity.servicer.device import calling_device
from services.identity.usecases import phone_changes


class PhoneChangeRpcs(AtLoginDesk):
    """Phone changes that the exam authority decides."""

    async def SendPhoneChangeCode(
        self, request: api.SendPhoneChangeCodeRequest, context: Any
    ) -> api.SendPhoneChangeCodeResponse:
        desk, source = self._desk, calling_device().source
        await phone_changes.send_change_code(
            request.new_phone, source, contact=desk.codes, rates=desk.rates, limits=desk.change_limits
        )
        return api.SendPhoneChangeCodeResponse()

    async def CreatePhoneChange(self, request: api.CreatePhoneChangeRequest, context: Any) -> resources_pb2.PhoneChange:
        desk = self._desk
        change = await phone_changes.ask_for_change(
            claim_from(request),
            calling_device().source,
            store=desk.store,
            contact=desk.codes,
            rates=desk.rates,
            limits=desk.change_limits,
            rules=desk.change_rules,
            clock=desk.clock,
        )
        return phone_change_message(change)

    async def GetPhoneChange(self, request: api.GetPhoneChangeRequest, context: Any) -> resources_pb2.PhoneChange:
        desk = self._desk
        return phone_change_message(
            await phone_changes.read_change(
                request.phone_change_id, store=desk.store, rules=desk.change_rules, clock=desk.clock
            )
        )

    async def UploadPhoneChangeProof(
        self, request: api.UploadPhoneChangeProofRequest, context: Any
    ) -> resources_pb2.PhoneChange:
        desk = self._desk
        return phone_change_message(
            await phone_changes.add_proof(
                request.phone_change_id,
                proof_from(request.proof),
                request.image.data,
                store=desk.store,
                images=desk.images,
                blobs=desk.blobs,
                rates=desk.rates,
                rules=desk.change_rules,
                clock=desk.clock,
            )
        )

    async def SubmitPhoneChange(self, request: api.SubmitPhoneChangeRequest, context: Any) -> resources_pb2.PhoneChange:
        desk = self._desk
        return phone_change_message(
            await phone_changes.submit_change(
                request.phone_change_id, store=desk.store, rules=desk.change_rules, clock=desk.clock
            )
        )
