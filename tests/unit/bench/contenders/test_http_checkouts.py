"""What a buyer sends, and the check of what is answered (EN-10)."""

import json

import pytest

from bench.contenders.http_checkouts import Buyer, must_be_checked_out, request_of
from bench.measurement.interleaving import WrongAnswer
from bench.measurement.load_generator import Answer
from bench.seeding.walked_candidates import Draft

BUYER = Buyer("a candidate", "t0ken", "2026-10", "3", (Draft("first", "00538", 6500), Draft("second", "00540", 7000)))


def answer_to(buyer: Buyer, **other: object) -> Answer:
    items = [
        {"selectionId": draft.selection_id, "courseCode": draft.course_code, "feeFen": str(draft.fee_fen)}
        for draft in buyer.drafts
    ]
    said = {
        "orderId": "an id",
        "items": items,
        "totalFen": str(buyer.total_fen),
        "orderState": "UNSETTLED",
        "undertakingVersion": buyer.undertaking_version,
    }
    return Answer(200, json.dumps(said | other).encode())


def test_a_request_names_the_drafts_the_candidate_saw():
    asked = request_of(BUYER)
    assert (asked.path, asked.token) == ("/v1/sessions/2026-10:checkout", "t0ken")
    assert json.loads(asked.body)["selectionIds"] == ["first", "second"]


def test_the_right_answer_passes():
    must_be_checked_out(BUYER, answer_to(BUYER))


@pytest.mark.parametrize(
    "other",
    [
        {"orderId": ""},
        {"items": []},
        {"totalFen": "1"},
        {"orderState": "CREATING"},
        {"undertakingVersion": "2"},
    ],
)
def test_any_other_answer_does_not(other: dict[str, object]):
    with pytest.raises(WrongAnswer):
        must_be_checked_out(BUYER, answer_to(BUYER, **other))


def test_a_refusal_is_told_as_it_came():
    with pytest.raises(WrongAnswer, match="503 busy"):
        must_be_checked_out(BUYER, Answer(503, b"busy"))
