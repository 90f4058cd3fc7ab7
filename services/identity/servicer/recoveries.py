"""LoginService: forgotten passwords."""

from typing import Any

from zikao.identity.v1 import login_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from services.identity.mapping.logins import recovery_channel, recovery_message
from services.identity.servicer.desk import AtLoginDesk
from services.identity.servicer.device import calling_device
from services.identity.usecases import recoveries


class RecoveryRpcs(AtLoginDesk):
    """Recovery by a code to the verified phone or e-mail."""

    async def CreatePasswordRecovery(
        self, request: api.CreatePasswordRecoveryRequest, context: Any
    ) -> resources_pb2.PasswordRecovery:
        desk = self._desk
        recovery = await recoveries.start_recovery(
            request.login_name,
            recovery_channel(request.channel),
            calling_device().source,
            store=desk.store,
            rates=desk.rates,
            limits=desk.recovery_limits,
            clock=desk.clock,
        )
        return recovery_message(recovery)

    async def CompletePasswordRecovery(
        self, request: api.CompletePasswordRecoveryRequest, context: Any
    ) -> api.CompletePasswordRecoveryResponse:
        desk = self._desk
        await recoveries.complete_recovery(
            request.password_recovery_id,
            request.code,
            request.new_password,
            calling_device().source,
            store=desk.store,
            passwords=desk.passwords,
            throttle=desk.throttle,
            clock=desk.clock,
        )
        return api.CompletePasswordRecoveryResponse()
