"""How early an RPC is refused under overload, read off its contract: the option `priority` of `zikao.common.v1`, and
where it says nothing, the RPC's effect.
"""

from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from zikao.common.v1 import access_pb2, priority_pb2

from chassis.process.admission_control import Priority


def priority_of(method: MethodDescriptor) -> Priority:
    """The priority that `method` declares, or that follows from what it does and who may call it."""
    options: Any = method.GetOptions()
    declared = options.Extensions[priority_pb2.priority]
    if declared != priority_pb2.PRIORITY_UNSPECIFIED:
        return Priority(declared)
    if list(options.Extensions[access_pb2.access]) == [access_pb2.SERVICE]:
        return Priority.HIGH
    return Priority.LOW if options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS else Priority.NORMAL
