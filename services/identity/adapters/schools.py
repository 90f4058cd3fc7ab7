"""The host schools, as enrollment's catalogue has them."""

import asyncio
from typing import Any, Final

from zikao.enrollment.v1.catalogue_service_pb2 import ListSchoolsRequest
from zikao.enrollment.v1.catalogue_service_pb2_grpc import CatalogueServiceStub

from chassis.rpc.client import Peer

CATALOGUE_AGE_SECONDS: Final = 1.0
"""How old a catalogue may be that a replica reads from (CatalogueService)."""


class CatalogueSchools:
    """Asks the public catalogue; staff are made so seldom that nothing is kept."""

    def __init__(self, enrollment: Peer) -> None:
        self._catalogue: Any = CatalogueServiceStub(enrollment)

    async def is_known(self, school_code: str) -> bool:
        """Whether the catalogue has the school. Raises the refusal of a catalogue that is away."""
        if await self._is_listed(school_code):
            return True
        # It may have been imported a moment ago, and the replica that answered has not looked since.
        await asyncio.sleep(CATALOGUE_AGE_SECONDS)
        return await self._is_listed(school_code)

    async def _is_listed(self, school_code: str) -> bool:
        answer = await self._catalogue.ListSchools(ListSchoolsRequest())
        return any(school.school_code == school_code for school in answer.schools)
