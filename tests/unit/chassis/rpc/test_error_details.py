"""A refusal says the same on both sides of the wire."""

from datetime import timedelta

import grpc
import pytest

from chassis.errors import Code, FieldViolation, InvalidRequest, Refusal, RemoteRefusal, Unmet
from chassis.rpc import error_details


class SlotTaken(Refusal):
    reason = "SLOT_TAKEN"
    code = Code.FAILED_PRECONDITION
    zh = "{slot} 已有安排。"
    en = "{slot} is already taken."


UNMET = Unmet(
    reason="PHONE_NOT_VERIFIED",
    subject="c-1",
    zh="手机号未验证。",
    en="The phone is not verified.",
    next_action="VERIFY_PHONE",
)
FIELD = FieldViolation(field="items[0].course_code", reason="TOO_LONG", zh="太长。", en="Too long.")


def across(refusal: Refusal) -> RemoteRefusal:
    return error_details.from_status(error_details.to_status(refusal))


def test_a_refusal_crosses_the_wire_whole_in_both_languages():  # GW-3
    sent = SlotTaken(unmet=[UNMET], fields=[FIELD], retry_after=timedelta(seconds=1.5), slot="2026-10-24 AM")
    received = across(sent)
    assert (received.reason, received.code) == ("SLOT_TAKEN", Code.FAILED_PRECONDITION)
    assert (received.message("zh-CN"), received.message("en-GB")) == (
        "2026-10-24 AM 已有安排。",
        "2026-10-24 AM is already taken.",
    )
    assert (received.unmet, received.fields, received.retry_after) == (sent.unmet, sent.fields, sent.retry_after)
    assert received.metadata == {"slot": "2026-10-24 AM"}


def test_a_refusal_that_travels_two_hops_says_the_same():
    once = across(SlotTaken(slot="x", unmet=[UNMET]))
    twice = across(once)
    assert error_details.to_status(once) == error_details.to_status(twice)


def test_more_field_errors_than_fit_into_headers_are_cut_off():
    many = [
        FieldViolation(field=f"rows[{n}].name", reason="TOO_LONG", zh="太长。" * 10, en="Too long. " * 10)
        for n in range(1000)
    ]
    status = error_details.to_status(InvalidRequest(fields=many))
    received = error_details.from_status(status)
    assert status.ByteSize() < error_details.METADATA_BYTES * 3 / 4, "base64 must fit too"
    assert received.fields == tuple(many[: len(received.fields)])


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_a_failure_without_details_is_still_a_refusal_with_texts(code):
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details="socket closed")
    refusal = error_details.from_rpc_error(error)
    assert (refusal.reason, refusal.code.name) == (code.name, code.name)
    assert refusal.message("zh-CN")
    assert "socket" not in refusal.message("en")


def test_details_that_contradict_the_code_or_cannot_be_read_are_not_believed():
    status = error_details.to_status(SlotTaken(slot="x"))
    for raw in (status.SerializeToString(), b"\xff\xff"):
        trailing = grpc.aio.Metadata((error_details.DETAILS_KEY, raw))
        refusal = error_details.from_rpc_error(
            grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), trailing)
        )
        assert refusal.reason == "UNAVAILABLE"


def test_every_code_of_ours_is_one_of_grpcs():
    assert {error_details.grpc_code(code).name for code in Code} == {code.name for code in grpc.StatusCode} - {"OK"}
