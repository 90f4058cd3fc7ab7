"""What a call was refused for."""

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status


def reason_of(error: grpc.aio.AioRpcError) -> str:
    status: status_pb2.Status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return info.reason


async def refused(calling: object, reason: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await calling  # type: ignore[misc]
    assert reason_of(caught.value) == reason
