"""What people and tools find at the gateway's address (GW-1)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from gateway.contracts.rpcs import Contracts, public_name


async def test_the_openapi_document_is_valid_and_has_every_route(http: httpx.AsyncClient, contracts: Contracts) -> None:
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    operations = sum(len(path) for path in document["paths"].values())
    assert operations == sum(len(rpc.bindings) for rpc in contracts.rpcs)


async def test_no_request_is_offered_the_zero_value_of_an_enum(http: httpx.AsyncClient) -> None:  # GW-1
    document = (await http.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    seen: set[str] = set()

    def offered(part: Any) -> Iterator[str]:
        for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from offered(one)
        if isinstance(part, dict):
            yield from map(str, part.get("enum", ()))
            name = part.get("$ref", "").rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                yield from offered(schemas[name])

    operations = [one for path in document["paths"].values() for one in path.values()]
    asked = set(offered([[one["parameters"], one.get("requestBody")] for one in operations]))
    assert {"RESIDENT_CARD", "OPERATOR"} <= asked
    assert [name for name in asked if name.endswith("_UNSPECIFIED")] == []
    assert "CANDIDATE" not in schemas["zikao.identity.v1.Staff.Input"]["properties"]["kind"]["enum"]


async def test_the_document_is_sent_again_only_when_it_changed(http: httpx.AsyncClient) -> None:
    first = await http.get("/openapi.json")
    again = await http.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_api_pages_show_every_operation_with_its_words(http: httpx.AsyncClient, contracts: Contracts) -> None:
    overview = (await http.get("/api")).text
    for rpc in contracts.rpcs:
        service, _, name = public_name(rpc.name).rpartition(".")
        assert f'href="/api/{service}#{name}"' in overview
        assert f'id="{name}"' in (await http.get(f"/api/{service}")).text
    checkout = (await http.get("/api/enrollment.EnrollmentService")).text
    assert "Checks out all of the caller&#39;s theory drafts" in checkout


async def test_a_service_that_does_not_exist_has_no_page(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/nothing")).status_code == 404


@pytest.mark.parametrize("path", ["/", "/api", "/api/payment.PaymentService", "/nothing"])
async def test_no_page_runs_a_script(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
