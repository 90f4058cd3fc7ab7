"""What every RPC passes through, seen from the other end of a real connection."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest
from sqlalchemy import insert

from chassis import call_context
from chassis.errors import Code, Refusal
from chassis.rpc import deadlines, error_details
from chassis.rpc.access_rules import UndeclaredAccess
from chassis.rpc.server.rpc_handlers import Served, UnfitServicer
from chassis.security.revocations import Revocation, digest_of
from chassis.security.tokens import Access, Principal, Signer, Verifier
from tests.integration.chassis import echo
from tests.integration.chassis.chassis_tables import THINGS
from tests.integration.chassis.conftest import CANDIDATE
from tests.support.configured_logs import configured_logs
from tests.support.credentials import forged_by
from tests.support.refusals import refusal_of
from tests.support.wait_until import PATIENCE_SECONDS

REVIEWER = Principal(Access.REVIEWER, "r-1", organisation="10269")
OPERATOR = Principal(Access.OPERATOR, "o-1")


@pytest.mark.parametrize("contract", echo.UNSAFE, ids=lambda contract: contract.name)
async def test_a_contract_that_does_not_say_who_may_call_keeps_its_server_from_starting(
    make_server, servicer, contract
):  # OP-8
    unsafe = Served(contract, lambda *_: None, servicer)
    with pytest.raises(UndeclaredAccess, match=contract.methods[0].name):
        make_server(services=[echo.served(servicer), unsafe])


async def test_a_servicer_that_would_block_the_event_loop_keeps_its_server_from_starting(make_server, servicer):
    servicer.answer = lambda request, _: request
    with pytest.raises(UnfitServicer, match="async def"):
        make_server()


@pytest.mark.parametrize(
    ("method", "principal", "reason"),
    [
        ("ForAll", None, None),
        ("ForAll", CANDIDATE, None),
        ("ForCandidates", CANDIDATE, None),
        ("ForCandidates", None, "UNAUTHENTICATED"),
        ("ForCandidates", REVIEWER, "ACCESS_DENIED"),
        ("ForStaff", REVIEWER, None),
        ("ForStaff", OPERATOR, None),
        ("ForStaff", CANDIDATE, "ACCESS_DENIED"),
        ("ForServices", OPERATOR, "ACCESS_DENIED"),
        ("ForCandidates", replace(CANDIDATE, restricted=True), "PASSWORD_CHANGE_REQUIRED"),
        ("ForRestricted", replace(CANDIDATE, restricted=True), None),
    ],
)
async def test_a_caller_gets_in_only_where_the_contract_names_them(stub, bearer, method, principal, reason):  # ID-3
    metadata = bearer(principal) if principal else ()
    call = getattr(stub, method)(echo.EchoRequest(text="hello"), metadata=metadata)
    if reason is None:
        assert (await call).text == "hello"
    else:
        assert (await refusal_of(call)).reason == reason


@pytest.mark.parametrize(("method", "seen"), [("SameForAll", False), ("ByCaller", True), ("ForAll", True)])
async def test_a_public_read_learns_who_asks_only_where_its_contract_says_so(stub, bearer, servicer, method, seen):
    async def who(_):
        return "somebody" if call_context.optional_caller() else "nobody"

    servicer.behaviour = who
    answer = await getattr(stub, method)(echo.EchoRequest(), metadata=bearer(CANDIDATE))
    assert answer.text == ("somebody" if seen else "nobody")


async def test_another_service_proves_itself_with_its_own_token(make_server, make_peer, servicer):
    async def who(_):
        return f"{call_context.caller().kind.name} {call_context.caller().subject_id}"

    servicer.behaviour = who
    async with make_server().serving() as ports, make_peer(ports.grpc) as stub:
        assert (await stub.ForServices(echo.EchoRequest())).text == "SERVICE enrollment"
        assert (await refusal_of(stub.ForCandidates(echo.EchoRequest()))).reason == "ACCESS_DENIED"


async def test_a_service_gets_in_only_where_the_contract_names_it(stub, credentials, clock):  # OP-8, F-31
    for name in ("enrollment", "gateway"):
        forged = stub.ForServices(echo.EchoRequest(), metadata=forged_by(name, "testing", clock))
        assert (await refusal_of(forged)).reason == "UNAUTHENTICATED"
    for name, method, reason in (
        ("enrollment", stub.ForServices, None),
        ("payment", stub.ForServices, "SERVICE_NOT_NAMED"),
        ("enrollment", stub.ForPayment, "SERVICE_NOT_NAMED"),
        ("payment", stub.ForPayment, None),
    ):
        call = method(echo.EchoRequest(text="hello"), metadata=credentials.service(name, "testing"))
        if reason is None:
            assert (await call).text == "hello"
        else:
            refusal = await refusal_of(call)
            assert (refusal.reason, refusal.code) == (reason, Code.PERMISSION_DENIED)


@pytest.mark.parametrize(
    ("gateways", "source"),
    [("", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9"), ("127.0.0.1", "203.0.113.9")],
)
async def test_an_address_is_believed_from_a_gateway_and_from_nobody_else(
    make_server, make_peer, servicer, config, gateways, source
):  # GW-2, OP-8
    async def whence(_):
        return call_context.current_call().source

    servicer.behaviour = whence
    told = config.model_copy(update={"gateways": gateways})
    said = (("x-forwarded-for", "198.51.100.1, 203.0.113.9"),)
    async with make_server(told).serving() as ports, make_peer(ports.grpc, proven=False) as stub:
        assert (await stub.ForAll(echo.EchoRequest(), metadata=said)).text == source
        assert (await stub.ForAll(echo.EchoRequest())).text == "127.0.0.1"


async def test_a_service_token_outlives_no_clock(make_server, make_peer, clock):
    async with make_server().serving() as ports, make_peer(ports.grpc) as stub:
        for _ in range(3):
            await stub.ForServices(echo.EchoRequest())
            clock.advance(timedelta(minutes=4, seconds=30))


async def test_an_expired_or_forged_token_is_no_token(stub, bearer, clock, keys_dir):  # ID-14
    expired = bearer(CANDIDATE)
    forged = Signer.load(keys_dir, "review", clock).sign(CANDIDATE, timedelta(hours=1))
    clock.advance(timedelta(minutes=15))
    for metadata in (expired, (("authorization", f"Bearer {forged}"),), (("authorization", "Basic eA=="),)):
        assert (
            await refusal_of(stub.ForCandidates(echo.EchoRequest(), metadata=metadata))
        ).code is Code.UNAUTHENTICATED
        assert (await stub.ForAll(echo.EchoRequest(text="x"), metadata=metadata)).text == "x", "a login must still work"


async def test_a_call_without_a_deadline_is_refused(plain_stub):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await plain_stub.ForAll(echo.EchoRequest())
    assert error_details.from_rpc_error(caught.value).reason == "DEADLINE_REQUIRED"


async def test_a_call_with_too_little_time_left_is_refused_before_any_work(plain_stub, servicer):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await plain_stub.ForAll(echo.EchoRequest(), timeout=0.04)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert servicer.executed == 0


async def test_what_a_call_asks_of_others_ends_before_the_call_itself(make_server, make_peer, servicer, monkeypatch):
    monkeypatch.setattr(deadlines, "SHAVED_SECONDS", 10.0)  # gRPC rounds what it sends up, by as much as 3 %
    left = []

    async def ask_again(request):
        left.append(call_context.time_left())
        if not request.text:
            await asked.ForServices(echo.EchoRequest(text="inner"), timeout=60)
        return ""

    servicer.behaviour = ask_again
    async with make_server().serving() as ports, make_peer(ports.grpc) as asked:
        await asked.ForServices(echo.EchoRequest(), timeout=60)
    outer, inner = left
    assert inner < outer - 5


async def test_a_call_that_has_no_time_to_ask_others_does_not_ask(make_server, make_peer, servicer):
    async def ask_late(request):
        call_context.current_call().deadline -= 10
        return (await asked.ForServices(echo.EchoRequest(text="inner"))).text

    servicer.behaviour = ask_late
    async with make_server().serving() as ports, make_peer(ports.grpc) as asked:
        assert (await refusal_of(asked.ForServices(echo.EchoRequest()))).reason == "TOO_LITTLE_TIME"
    assert servicer.executed == 1


async def test_more_calls_than_allowed_are_turned_away_with_a_delay_and_do_not_queue(
    make_server, make_peer, servicer, config
):
    holding, release = asyncio.Event(), asyncio.Event()

    async def hold(request):
        holding.set()
        await release.wait()
        return "done"

    servicer.behaviour = hold
    small = config.model_copy(update={"max_concurrency": 1})
    async with make_server(small).serving() as ports, make_peer(ports.grpc) as stub:
        first = asyncio.create_task(stub.ForAll(echo.EchoRequest()))
        await holding.wait()
        refusal = await refusal_of(stub.ForAll(echo.EchoRequest()))
        assert (refusal.reason, refusal.code) == ("OVERLOADED", Code.RESOURCE_EXHAUSTED)
        assert timedelta(seconds=0.5) <= refusal.retry_after <= timedelta(seconds=1.5)
        release.set()
        assert (await first).text == "done"
        assert (await stub.ForAll(echo.EchoRequest())).text == "done", "the room is free again"


class Full(Refusal):
    reason = "HALL_FULL"
    code = Code.FAILED_PRECONDITION
    zh = "{hall} 已满。"
    en = "{hall} is full."


async def test_a_refusal_reaches_the_caller_with_its_reason_and_both_languages(stub, servicer):  # GW-3
    async def refuse(_):
        raise Full(hall="A")

    servicer.behaviour = refuse
    refusal = await refusal_of(stub.ForAll(echo.EchoRequest()))
    assert (refusal.reason, refusal.code, refusal.metadata) == ("HALL_FULL", Code.FAILED_PRECONDITION, {"hall": "A"})
    assert (refusal.message("zh"), refusal.message("en")) == ("A 已满。", "A is full.")


async def test_another_services_refusal_is_passed_on_unless_it_is_about_how_we_asked(make_server, make_peer, servicer):
    async def ask(request):
        if request.text == "refuse":
            raise Full(hall="A")
        asked = stub.ForServices if request.text == "properly" else stub.ForCandidates
        return (await asked(echo.EchoRequest(text="refuse"))).text

    servicer.behaviour = ask
    async with make_server().serving() as ports, make_peer(ports.grpc) as stub:
        assert (await refusal_of(stub.ForServices(echo.EchoRequest(text="properly")))).reason == "HALL_FULL"
        assert (await refusal_of(stub.ForServices(echo.EchoRequest(text="wrongly")))).reason == "INTERNAL"


async def test_an_unexpected_error_tells_the_caller_nothing_and_the_log_once(stub, servicer, capfd):  # OP-2
    async def fail(_):
        raise ValueError("duplicate key (phone)=(13800000000)")

    servicer.behaviour = fail
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    with configured_logs():
        refusal = await refusal_of(stub.ForAll(echo.EchoRequest(text="secret"), metadata=(("traceparent", parent),)))
    assert (refusal.reason, refusal.code) == ("INTERNAL", Code.INTERNAL)
    assert "13800000000" not in repr([refusal.__dict__, refusal.message("en"), refusal.message("zh")])
    out = capfd.readouterr().out
    lines = [json.loads(line) for line in out.splitlines() if '"unexpected error"' in line]
    assert [line["error"][0]["type"] for line in lines] == ["builtins.ValueError"]
    assert "13800000000" not in out
    assert "secret" not in out


@pytest.mark.parametrize(
    "statement", [insert(THINGS).values(name="a", place="x"), insert(THINGS).values(name="b", place="x")]
)
async def test_a_constraint_that_no_service_knows_of_is_a_refusal_and_an_error_in_the_log(  # F-26
    stub, servicer, db, capfd, statement
):
    await db.execute(insert(THINGS).values(name="a", place="x"))

    async def add_again(_):
        await db.execute(statement)

    servicer.behaviour = add_again
    with configured_logs():
        refusal = await refusal_of(stub.ForAll(echo.EchoRequest()))
    assert (refusal.reason, refusal.code) == ("CONFLICTS_WITH_STORED", Code.FAILED_PRECONDITION)
    assert "a constraint refused what no rule did" in capfd.readouterr().out


async def test_such_a_refusal_names_the_fields_that_the_constraint_is_about(  # F-26
    make_server, make_peer, servicer, db
):
    async def add_twice(_):
        for _ in range(2):
            await db.execute(insert(THINGS).values(name="a", place=None))

    servicer.behaviour = add_twice
    server = make_server(constraint_columns={"things_pkey": ["text"]})
    async with server.serving() as ports, make_peer(ports.grpc, proven=False) as connected:
        refusal = await refusal_of(connected.ForAll(echo.EchoRequest()))
    assert [(one.field, one.reason) for one in refusal.fields] == [("text", "CONFLICTS_WITH_STORED")]


async def test_what_a_release_does_not_serve_yet_says_so(stub):
    assert (await refusal_of(stub.Unserved(echo.EchoRequest()))).reason == "NOT_YET_SERVED"


async def test_a_field_that_breaks_its_rule_is_named(stub, servicer):  # GW-3
    refusal = await refusal_of(stub.ForAll(echo.EchoRequest(text="x" * 21)))
    assert (refusal.reason, refusal.code) == ("INVALID_REQUEST", Code.INVALID_ARGUMENT)
    (violation,) = refusal.fields
    assert (violation.field, violation.reason) == ("text", "TOO_LONG")
    assert "20" in violation.zh
    assert "20" in violation.en
    assert servicer.executed == 0


async def test_a_caller_who_leaves_cancels_the_work(stub, servicer):
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def work(_):
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    servicer.behaviour = work
    call = asyncio.create_task(stub.ForAll(echo.EchoRequest()))
    await started.wait()
    call.cancel()
    await asyncio.wait_for(cancelled.wait(), PATIENCE_SECONDS)


async def test_a_watch_is_admitted_and_refused_like_any_call(stub, bearer, servicer):
    heard = []
    async for message in stub.Watch(echo.EchoRequest(text="tick"), metadata=bearer(CANDIDATE)):
        heard.append(message.text)
        if len(heard) == 3:
            break
    assert heard == ["tick"] * 3
    assert (await refusal_of(anext(stub.Watch(echo.EchoRequest(text="tick"))))).reason == "UNAUTHENTICATED"


async def test_a_watch_ends_with_the_login_session_of_whoever_watches(
    make_server, make_peer, bearer, clock, keys_dir
):  # F-32
    verifier = Verifier.load(keys_dir, clock, audience="testing")
    revoked = [Revocation(digest_of(CANDIDATE.login_session_id), clock.now() + timedelta(minutes=15))]
    async with make_server(verifier=verifier).serving() as ports, make_peer(ports.grpc, proven=False) as stub:
        other = stub.Watch(echo.EchoRequest(), metadata=bearer(replace(CANDIDATE, login_session_id="s-2")))
        stream = stub.Watch(echo.EchoRequest(text="tick"), metadata=bearer(CANDIDATE))
        assert (await anext(stream)).text == "tick"
        verifier.revocations.hear(revoked)
        assert (await refusal_of(exhausted(stream))).reason == "UNAUTHENTICATED"
        await anext(other)
        await other.aclose()


async def exhausted(stream):
    async for _ in stream:
        pass


async def test_a_watch_that_fails_midway_ends_with_the_refusal(stub, bearer, servicer):
    ticks = iter(["one"])

    async def one_then_full(_):
        if (tick := next(ticks, None)) is None:
            raise Full(hall="A")
        return tick

    servicer.behaviour = one_then_full
    stream = stub.Watch(echo.EchoRequest(), metadata=bearer(CANDIDATE))
    assert (await anext(stream)).text == "one"
    assert (await refusal_of(anext(stream))).reason == "HALL_FULL"
