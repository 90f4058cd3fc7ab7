"""What the servicer itself decides: how long a page of the audit log is (RE-7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import pytest
from zikao.review.v1 import review_service_pb2 as pb

from services.review import servicer
from services.review.domain.audit_log import AuditEntry


@pytest.mark.parametrize(("asked", "served"), [(0, 100), (1, 1), (1000, 1000)])
async def test_a_page_of_the_audit_log_is_as_long_as_the_contract_says(
    monkeypatch: pytest.MonkeyPatch, asked: int, served: int
) -> None:  # RE-7
    fetched: list[int] = []

    async def list_audit_entries(
        _deps: Any, _case_id: str, _since: datetime | None, _after: object, size: int
    ) -> Sequence[AuditEntry]:
        fetched.append(size)
        return ()

    monkeypatch.setattr(servicer.case_queries, "list_audit_entries", list_audit_entries)
    reviews = servicer.ReviewServicer(cast(Any, None))
    await reviews.ListAuditEntries(pb.ListAuditEntriesRequest(page_size=asked), cast(Any, None))
    assert fetched == [served + 1]  # one more says whether there is a next page
