"""The RPCs of all services, called by their requests: a `GetOrderRequest` asks `GetOrder` of the service it is for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.rpc.access_rules import access_rule
from chassis.rpc.client import Peers
from chassis.rpc.service_descriptors import services_of
from gateway.contracts.rpcs import grpc_path, process_of
from gateway.http.remembered_answers import RememberedAnswers


class ServiceCalls:
    """Calls on the gateway's connections, each made when it is first asked for."""

    def __init__(self, peers: Peers, processes: Iterable[str], remembered: RememberedAnswers) -> None:
        """`processes`: the names of those whose contracts are called."""
        self._remembered = remembered
        self._peers = peers
        self._calls: dict[str, Any] = {}
        self._rpcs: dict[str, list[MethodDescriptor]] = defaultdict(list)
        for rpc in (rpc for name in processes for service in services_of(name) for rpc in service.methods):
            self._rpcs[rpc.input_type.full_name].append(rpc)

    def taking(self, request: type[Message]) -> Sequence[MethodDescriptor]:
        """The RPCs that take this type of request: one, but for requests that several services have in common."""
        return self._rpcs.get(request.DESCRIPTOR.full_name, ())

    def by_request(self, request: Message) -> Any:
        """The call of the one RPC that takes `request`. Raises ValueError where there is none, or more than one."""
        [rpc] = self.taking(type(request))
        return self.of(rpc)

    def of(self, rpc: MethodDescriptor) -> Any:
        """The call of an RPC."""
        if rpc.full_name not in self._calls:
            peer = self._peers.named(process_of(rpc))
            connect = peer.unary_stream if rpc.server_streaming else peer.unary_unary
            takes, gives = GetMessageClass(rpc.input_type), GetMessageClass(rpc.output_type)
            call: Any = connect(grpc_path(rpc), takes.SerializeToString, gives.FromString)
            shared = access_rule(rpc).same_for_all and not rpc.server_streaming
            self._calls[rpc.full_name] = self._remembered.around(grpc_path(rpc), call) if shared else call
        return self._calls[rpc.full_name]
