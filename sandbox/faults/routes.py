"""Setting faults over HTTP: `/faults`."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults.active_faults import ActiveFaults, listed
from sandbox.faults.fault_table import MEANINGFUL, TIMED, Fault
from sandbox.storage.store import Store
from sandbox.web.refusals import invalid, unreadable
from sandbox.web.requests_and_answers import Body, answer, body_of, parsed


class NewFault(Body):
    """`PUT /faults/{scope}`."""

    target: str
    kind: str
    seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    times: Annotated[int, Field(ge=1)] | None = None


def fault_routes(store: Store, faults: ActiveFaults) -> list[Route]:
    """The addresses."""

    async def put(request: Request) -> Response:
        fault = meaningful(request.path_params["scope"], parsed(NewFault, await body_of(request)))
        await faults.set(fault)
        return answer(fault.as_json())

    async def get(_: Request) -> Response:
        return answer({"faults": [fault.as_json() for fault in await store.do(listed)]})

    async def delete(request: Request) -> Response:
        await faults.clear(request.path_params.get("scope"))
        return Response(status_code=204)

    return [
        Route("/faults", get, methods=["GET"]),
        Route("/faults", delete, methods=["DELETE"]),
        Route("/faults/{scope}", put, methods=["PUT"]),
        Route("/faults/{scope}", delete, methods=["DELETE"]),
    ]


def meaningful(scope: str, new: NewFault) -> Fault:
    """The fault as asked for. Raises Refused when it means nothing."""
    pairs = {(target.value, kind.value): (target, kind) for kind, targets in MEANINGFUL.items() for target in targets}
    pair = pairs.get((new.target, new.kind))
    if pair is None:
        raise invalid("FAULT_WITHOUT_MEANING", "该故障对此对象没有意义", "this kind of fault means nothing here")
    target, kind = pair
    if kind in TIMED and not new.seconds:
        raise unreadable("seconds")
    return Fault(scope, target, kind, new.seconds, new.times)
