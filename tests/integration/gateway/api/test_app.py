"""A call through the gateway: what goes on to the service, and what comes back (GW-1, GW-2)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message
from zikao.common.v1 import access_pb2
from zikao.enrollment.v1 import catalogue_service_pb2
from zikao.identity.v1 import candidate_service_pb2
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.payment.v1 import payment_service_pb2, resources_pb2

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from chassis.security.tokens import Access
from gateway.api.app import Api
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from tests.integration.gateway.answering_services import Services, answering
from tests.integration.gateway.logged_in_browser import access_token

ORDER = "019a0000-0000-7000-8000-000000000001"
SCHOOLS = catalogue_service_pb2.ListSchoolsResponse(etag="1")


async def test_path_and_body_become_one_request(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.PayOrder"] = resources_pb2.PaymentAttempt()
    answer = await http.post(f"/v1/orders/{ORDER}:pay", json={"undertakingVersion": "2026"})
    assert answer.status_code == 200
    asked = payment_service_pb2.PayOrderRequest.FromString(services.asked[0].wire)
    assert (asked.order_id, asked.undertaking_version) == (ORDER, "2026")


async def test_the_path_wins_over_the_body(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.PayOrder"] = resources_pb2.PaymentAttempt()
    await http.post(f"/v1/orders/{ORDER}:pay", json={"orderId": "another's"})
    assert payment_service_pb2.PayOrderRequest.FromString(services.asked[0].wire).order_id == ORDER


async def test_only_what_is_allowed_goes_along(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.GetOrder"] = resources_pb2.Order()
    mine = f"Bearer {access_token(Access.CANDIDATE)}"
    sent = {"authorization": mine, "x-forwarded-for": "9.9.9.9", "x-sandbox-signature": "s", "cookie": "a=b"}
    await http.get(f"/v1/orders/{ORDER}", headers={**sent, "accept-language": "en-GB", "x-request-id": "mine-1"})
    metadata = services.asked[0].metadata
    assert metadata["authorization"] == mine
    assert metadata["accept-language"] == "en"
    assert metadata["x-request-id"] == "mine-1"
    assert metadata["x-forwarded-for"] == "127.0.0.1"
    assert not {"x-sandbox-signature", "cookie"} & set(metadata)


async def test_a_trace_goes_on_under_the_callers_own(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["CatalogueService.ListSchools"] = SCHOOLS
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    await http.get("/v1/schools", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    assert services.asked[0].metadata["traceparent"].split("-")[1] == trace_id


async def test_a_payment_notification_arrives_byte_for_byte_with_its_signature(  # PA-5
    http: httpx.AsyncClient, services: Services
) -> None:
    services.answers["PaymentService.ReceivePaymentNotification"] = HttpBody(content_type="text/plain", data=b"ok")
    raw = b'{"amount_fen":  100,\r\n"odd": "\xff"}'
    headers = {"x-sandbox-signature": "sig", "x-sandbox-timestamp": "1", "content-type": "application/json"}
    answer = await http.post("/v1/payment-notifications/sandbox", content=raw, headers=headers)
    asked = payment_service_pb2.ReceivePaymentNotificationRequest.FromString(services.asked[0].wire)
    assert (asked.provider, asked.body.data) == ("sandbox", raw)
    assert services.asked[0].metadata["x-sandbox-signature"] == "sig"
    assert (answer.headers["content-type"], answer.content) == ("text/plain", b"ok")


async def test_a_file_comes_and_goes_as_it_is_and_runs_nothing(http: httpx.AsyncClient, services: Services) -> None:
    portrait = bytes(range(256)) * 8
    services.answers["CandidateService.UploadPortrait"] = identity_pb2.Candidate()
    services.answers["CandidateService.GetPortrait"] = HttpBody(content_type="image/jpeg", data=portrait)
    await http.put("/v1/candidates/me/portrait", content=portrait, headers={"content-type": "image/jpeg"})
    asked = candidate_service_pb2.UploadPortraitRequest.FromString(services.asked[0].wire)
    assert (asked.candidate_id, asked.portrait.content_type, asked.portrait.data) == ("me", "image/jpeg", portrait)
    answer = await http.get("/v1/candidates/me/portrait")
    assert (answer.headers["content-type"], answer.content) == ("image/jpeg", portrait)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_what_anybody_may_read_is_sent_again_only_when_it_changed(
    http: httpx.AsyncClient, services: Services
) -> None:
    services.answers["CatalogueService.ListSchools"] = SCHOOLS
    first = await http.get("/v1/schools")
    again = await http.get("/v1/schools", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    services.answers["CatalogueService.ListSchools"] = catalogue_service_pb2.ListSchoolsResponse(etag="2")
    changed = await http.get("/v1/schools", headers={"if-none-match": first.headers["etag"]})
    assert changed.json()["etag"] == "2"


async def test_an_answer_about_somebody_is_kept_by_nobody(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.GetOrder"] = resources_pb2.Order(order_id=ORDER)
    answer = await http.get(f"/v1/orders/{ORDER}")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_a_public_read_that_varies_by_its_caller_is_kept_by_nobody(
    services: Services, contracts: Contracts, form_tokens: FormTokens, config: Config, door: FrontDoor
) -> None:
    files = FileDescriptorSet.FromString(contracts.image)
    [schools] = (
        method
        for file in files.file
        for service in file.service
        for method in service.method
        if method.name == "ListSchools"
    )
    schools.options.Extensions[access_pb2.varies_by_caller] = True
    services.answers["CatalogueService.ListSchools"] = SCHOOLS
    async with answering(services) as addresses, channels(addresses, signer=None, clock=SystemClock()) as peers:
        api = Api(Contracts(files.SerializeToString()), peers, form_tokens, config, door)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://gateway") as client:
            answer = await client.get("/v1/schools")
    assert (answer.headers["cache-control"], answer.headers.get("etag")) == ("no-store", None)


async def test_head_answers_as_get_without_the_body(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["CatalogueService.ListSchools"] = SCHOOLS
    answer = await http.head("/v1/schools")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


async def test_options_names_the_methods(http: httpx.AsyncClient) -> None:
    answer = await http.options("/v1/schools")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(("asked", "given"), [("", 10.0), ("30", 30.0), ("3600", 60.0)])
async def test_every_call_has_a_deadline_and_a_caller_may_name_it(
    http: httpx.AsyncClient, services: Services, asked: str, given: float
) -> None:
    services.answers["CatalogueService.ListSchools"] = SCHOOLS
    await http.get("/v1/schools", headers={"x-request-timeout": asked} if asked else {})
    # On its way a deadline is rounded up to the digits that gRPC sends, and some of it passes.
    assert given / 2 < services.asked[0].seconds < given * 1.01


async def test_a_body_that_only_operators_send_may_be_larger(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["CatalogueService.ImportCatalogue"] = catalogue_service_pb2.ImportCatalogueResponse()
    courses = catalogue_service_pb2.CatalogueFile(name="courses.csv", content=b"c" * 1_600_000)
    sent = json_format.MessageToDict(catalogue_service_pb2.ImportCatalogueRequest(files=[courses]))
    answer = await http.post("/v1/catalogue:import", json=sent)
    assert answer.status_code == 200
    asked = catalogue_service_pb2.ImportCatalogueRequest.FromString(services.asked[0].wire)
    assert asked.files[0].content == courses.content


PORTRAIT = "/v1/candidates/me/portrait"
PROOF = "/v1/phone-changes/019a0000-0000-7000-8000-000000000001/proofs/1"


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("", 401),
        ("nonsense", 401),
        ("a.b.c", 401),
        ("[" * 3000, 401),
        (access_token(Access.CANDIDATE)[:-4] + "AAAA", 401),
        (access_token(Access.CANDIDATE, timedelta(days=-2)) * 20, 401),
        (access_token(Access.REVIEWER), 403),
    ],
    ids=["none", "nonsense", "unsigned", "nested", "forged", "long", "another kind's"],
)
async def test_who_may_not_ask_is_not_read(  # GW-2, GW-6
    http: httpx.AsyncClient, services: Services, token: str, status: int
) -> None:
    read = 0

    async def image() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"x" * 10_000

    answer = await http.put(PORTRAIT, content=image(), headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, read, services.asked) == (status, 0, [])


async def test_a_token_that_proves_nothing_does_not_go_along(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["LoginService.GetPhoneChange"] = identity_pb2.PhoneChange()
    await http.get(f"/v1/phone-changes/{ORDER}", headers={"authorization": "Bearer forged"})
    assert "authorization" not in services.asked[0].metadata


async def test_a_header_that_cannot_go_along_is_left_out(http: httpx.AsyncClient, services: Services) -> None:  # F-26
    services.answers["PaymentService.ReceivePaymentNotification"] = HttpBody(content_type="text/plain", data=b"ok")
    odd = {b"x-sandbox-a!": b"1", b"x-sandbox-b-bin": b"1", b"x-sandbox-c": b"\xff", b"x-sandbox-d": b"good"}
    answer = await http.post("/v1/payment-notifications/sandbox", content=b"{}", headers=list(odd.items()))
    assert answer.status_code == 200
    sent = {name: value for name, value in services.asked[0].metadata.items() if name.startswith("x-sandbox-")}
    assert sent == {"x-sandbox-d": "good"}


@pytest.mark.parametrize(
    ("config", "sent"),
    [
        ({"front_door": {"uploads_per_account": 1}}, "account"),
        ({"front_door": {"uploads_per_source": 1}, "trusted_proxies": ""}, "stranger"),
        ({"front_door": {"strangers_uploads": 1}}, "stranger"),
        ({"front_door": {"uploads": 1}}, "account"),
    ],
    indirect=["config"],
)
async def test_large_bodies_are_few_at_once(  # GW-6
    http: httpx.AsyncClient, services: Services, config: Config, sent: str
) -> None:
    services.answers["CandidateService.UploadPortrait"] = identity_pb2.Candidate()
    services.answers["LoginService.UploadPhoneChangeProof"] = identity_pb2.PhoneChange()
    path = PORTRAIT if sent == "account" else PROOF
    headers = {"content-type": "image/jpeg", "content-length": "6000"}
    begun, rest = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await rest.wait()
        yield b"x" * 6000

    first = asyncio.create_task(http.put(path, content=slow(), headers=headers))
    await begun.wait()
    second = await http.put(path, content=b"x" * 6000, headers=headers)
    small = await http.put(path, content=b"x" * 4000, headers={**headers, "content-length": "4000"})
    rest.set()
    assert ((await first).status_code, second.status_code, small.status_code) == (200, 429, 200)
    assert second.json()["reason"] == "TOO_MANY_UPLOADS"
    assert "retry-after" in second.headers
    assert (await http.put(path, content=b"x" * 6000, headers=headers)).status_code == 200


@pytest.mark.parametrize("config", [{"front_door": {"requests_per_account": 1}}], indirect=True)
async def test_a_request_that_has_not_arrived_takes_no_slot(  # GW-6, F-29
    http: httpx.AsyncClient, services: Services, config: Config
) -> None:
    answering_now, rest = asyncio.Event(), asyncio.Event()

    async def slowly() -> Message:
        answering_now.set()
        await rest.wait()
        return resources_pb2.PaymentAttempt()

    async def body(end: asyncio.Event) -> AsyncIterator[bytes]:
        yield b"{"
        await end.wait()
        yield b"}"

    services.answers["PaymentService.PayOrder"] = slowly
    kind, pay, end = {"content-type": "application/json"}, f"/v1/orders/{ORDER}:pay", asyncio.Event()
    unfinished = [asyncio.create_task(http.post(pay, content=body(end), headers=kind)) for _ in range(5)]
    under_way = asyncio.create_task(http.post(pay, json={}))
    await answering_now.wait()
    refused = await http.post(pay, json={})
    assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_REQUESTS_UNDER_WAY")
    for task in unfinished:
        task.cancel()
    rest.set()
    assert (await under_way).status_code == 200
    assert (await http.post(pay, json={})).status_code == 200
