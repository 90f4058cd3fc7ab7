"""Events at a receiver's door, as the service that states them brings them."""

from google.protobuf import descriptor_pool, message_factory
from zikao.common.v1.event_pb2 import DeliverRequest, Event

from chassis.call_context import Call, in_call
from chassis.events.receiver import EventReceiver
from chassis.rpc.access_rules import stating_service
from chassis.security.tokens import Access, Principal


async def deliver_to(receiver: EventReceiver, *events: Event, by: str = "") -> list[str]:
    """The ids accepted. The caller is whoever states the first event, unless it is said to be another service."""
    descriptor = descriptor_pool.Default().FindMessageTypeByName(events[0].payload.TypeName())
    kind = message_factory.GetMessageClass(descriptor)
    with in_call(Call("Deliver", principal=Principal(Access.SERVICE, by or stating_service(kind)))):
        answer = await receiver.Deliver(DeliverRequest(events=events), None)
    return list(answer.accepted_event_ids)
