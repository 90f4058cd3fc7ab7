"""SignInService: parse, call the use case, map."""

from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import sign_in_service_pb2 as api
from zikao.identity.v1.sign_in_service_pb2_grpc import SignInServiceServicer

from chassis.rpc.message_mapping import message_of
from services.identity.dependencies import Dependencies
from services.identity.mapping.login_sessions import tokens_message
from services.identity.servicer.calling_device import calling_device
from services.identity.usecases.authentication import sign_in


class SignInServicer(SignInServiceServicer):
    """Sign-in of staff through their organisation."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListSignInProviders(
        self, request: api.ListSignInProvidersRequest, context: Any
    ) -> api.ListSignInProvidersResponse:
        known = await sign_in.list_sign_in_providers(self._deps)
        return api.ListSignInProvidersResponse(providers=[message_of(api.SignInProvider, one) for one in known])

    async def StartSignIn(self, request: api.StartSignInRequest, context: Any) -> api.SignInStart:
        source = calling_device().source
        begun = await sign_in.start_sign_in(self._deps, request.provider_id, source, fresh=request.fresh)
        return message_of(api.SignInStart, begun)

    async def CompleteSignIn(self, request: api.CompleteSignInRequest, context: Any) -> resources_pb2.Tokens:
        told = request.sealed_attempt, request.state, request.authorization_code
        return tokens_message(await sign_in.complete_sign_in(self._deps, *told, calling_device()))
