"""The host schools, as enrollment's catalogue has them."""

from typing import Any

from zikao.enrollment.v1.catalogue_service_pb2 import ListSchoolsRequest
from zikao.enrollment.v1.catalogue_service_pb2_grpc import CatalogueServiceStub

from chassis.rpc.client import Peer


class CatalogueSchools:
    """Asks the public catalogue; staff are made so seldom that nothing is kept."""

    def __init__(self, enrollment: Peer) -> None:
        self._catalogue: Any = CatalogueServiceStub(enrollment)

    async def is_known(self, school_code: str) -> bool:
        """Whether the catalogue has the school. Raises the refusal of a catalogue that is away."""
        answer = await self._catalogue.ListSchools(ListSchoolsRequest())
        return any(school.school_code == school_code for school in answer.schools)
