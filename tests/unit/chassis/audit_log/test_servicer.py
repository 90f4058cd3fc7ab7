"""How long a page of an audit log is (RE-7)."""

from typing import Any, cast

import pytest
from zikao.common.v1 import audit_pb2

from chassis.audit_log.servicer import AuditServicer


class EmptyLog:
    """A log without entries, which says what was asked for."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def list_entries(self, wanted: object, *, since: object, after: int, size: int) -> list[Any]:
        self.sizes.append(size)
        return []


@pytest.mark.parametrize(("asked", "served"), [(0, 100), (1, 1), (1000, 1000)])
async def test_a_page_of_the_audit_log_is_as_long_as_the_contract_says(asked: int, served: int) -> None:  # RE-7
    log = EmptyLog()
    servicer = AuditServicer(cast(Any, log))
    await servicer.ListAuditEntries(audit_pb2.ListAuditEntriesRequest(page_size=asked), None)
    assert log.sizes == [served + 1]  # one more says whether there is a next page
