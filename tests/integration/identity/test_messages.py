"""What candidates are told: kept in the inbox, once, and sent as they chose (EN-19, EN-6, OP-3)."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

from zikao.enrollment.v1.events_pb2 import CandidateNotified, TicketNumberIssued
from zikao.identity.v1 import message_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.payment.v1.events_pb2 import OrderEndedUnpaid, OrderExpiring, OrderPaid, OrderRefunded, ReceiptIssued
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1.events_pb2 import CaseDecided

from chassis.audit_log.notes import AuditAction
from chassis.ids import new_id
from chassis.postgres.database import Database
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.callers import Caller
from tests.integration.identity.test_login_sessions import enrolled
from tests.integration.identity.test_reviewed_phone_changes import person
from tests.integration.identity.world import World
from tests.support.audit_notes import audit_notes
from tests.support.refusals import refusal_of
from tests.support.wait_until import wait_until

QUEUED, SENT, FAILED = (getattr(api.MessageDelivery, name) for name in ("QUEUED", "SENT", "FAILED"))


def notice(candidate_id: str, about: CandidateNotified.About.ValueType) -> CandidateNotified:
    event = CandidateNotified(candidate_id=candidate_id, about=about, session_id="2026-10", course_name="测试实验")
    event.start_time.FromDatetime(datetime(2026, 10, 24, 1, tzinfo=UTC))
    event.end_time.FromDatetime(datetime(2026, 10, 24, 2, tzinfo=UTC))
    return event


async def inbox(caller: Caller, **values: object) -> api.ListMessagesResponse:
    answer: api.ListMessagesResponse = await caller("ListMessages", **{"candidate_id": "me", **values})
    return answer


async def settled(caller: Caller) -> bool:
    return all(sending.state != QUEUED for one in (await inbox(caller)).messages for sending in one.deliveries)


async def with_email(world: World) -> tuple[Caller, str]:
    """Somebody who has verified an e-mail and no phone."""
    caller = await world.visitor.register()
    details, email = resources_pb2.Details(), f"{new_id()}@example.com"
    details.CopyFrom(people.DETAILS)
    details.email = email
    await caller("UpdateDetails", candidate_id="me", details=details)
    await caller("SendEmailCode", candidate_id="me")
    await caller("VerifyEmail", candidate_id="me", code=world.outside.last_code(email))
    return caller, email


async def test_a_message_is_kept_and_sent_once_however_often_its_event_comes(world: World) -> None:  # EN-19, EN-6, F-13
    somebody, event_id = await person(world), new_id()
    event = notice(somebody.caller.candidate_id, CandidateNotified.PRACTICE_TIME_COLLIDES)
    for _ in range(2):
        assert await world.deliver(event, event_id=event_id, sender="enrollment")
    await wait_until(partial(settled, somebody.caller))
    text = await world.outside.message(somebody.phone, 2)
    assert [word in text for word in ("测试实验", "2026-10-24 09:00")] == [True, True]  # Shanghai time
    assert len([each for each in world.outside.messages if each["to"] == somebody.phone]) == 2  # with the code
    (kept,) = (await inbox(somebody.caller)).messages
    assert (kept.kind, kept.session_id) == ("PRACTICE_TIME_COLLIDES", "2026-10")
    assert [(one.channel, one.state, one.tries) for one in kept.deliveries] == [(1, SENT, 1)]


async def test_two_events_of_one_cause_make_one_message(world: World) -> None:  # EN-19
    somebody = await person(world)
    named = {"candidate_id": somebody.caller.candidate_id, "registration_id": new_id()}
    ticket = TicketNumberIssued(ticket_number=f"77{people.CHANCE.randrange(10**10):010d}", **named)
    for _ in range(2):
        assert await world.deliver(ticket, sender="enrollment")
    (kept,) = (await inbox(somebody.caller)).messages
    assert ticket.ticket_number in kept.body_zh


async def test_a_decision_on_any_case_is_told_without_the_reviewers_words(world: World) -> None:  # EN-19, RE-6
    somebody = await person(world)
    decided = CaseDecided(
        case_id=new_id(),
        kind=review_pb2.SPECIAL_MAJOR,
        submission=1,
        candidate_id=somebody.caller.candidate_id,
        subject_id=new_id(),
        decision=review_pb2.Decision.REJECTED,
        note="王先生的护士证已过期",
        submissions_left=2,
    )
    assert await world.deliver(decided)
    (kept,) = (await inbox(somebody.caller)).messages
    assert (kept.case_id, kept.title_zh) == (decided.case_id, "特殊专业报考条件：未通过")
    assert "再次提交" in kept.body_zh
    assert "护士证" not in str(kept)


async def test_who_has_verified_nothing_reads_it_in_the_inbox_only(world: World) -> None:  # EN-19, ID-10
    nobody = await world.visitor.register()
    before = len(world.outside.messages)
    assert await world.deliver(notice(nobody.candidate_id, CandidateNotified.PRACTICE_TIME_SET), sender="enrollment")
    await wait_until(partial(settled, nobody))
    (kept,) = (await inbox(nobody)).messages
    assert [(one.state, one.failure) for one in kept.deliveries] == [(FAILED, api.MessageDelivery.NO_ADDRESS)]
    assert len(world.outside.messages) == before


async def test_an_account_that_is_gone_is_told_nothing_and_holds_nothing_up(world: World) -> None:  # EN-19
    gone = notice(new_id(), CandidateNotified.SESSION_CANCELLED)
    assert len(await world.deliver(gone, sender="enrollment")) == 1


async def test_without_a_verified_phone_the_verified_address_is_written_to(world: World) -> None:  # EN-19, PA-12
    caller, email = await with_email(world)
    assert await world.deliver(notice(caller.candidate_id, CandidateNotified.SESSION_CANCELLED), sender="enrollment")
    assert "已取消" in await world.outside.message(email, 2)


async def test_one_is_told_in_the_language_and_by_the_way_one_chose(world: World) -> None:  # EN-19
    caller, email = await with_email(world)
    phone = people.phone_number()
    await caller("SendPhoneCode", candidate_id="me", phone=phone)
    await caller("VerifyPhone", candidate_id="me", code=world.outside.last_code(phone))
    await caller(
        "UpdateMessagePreference", candidate_id="me", preference=api.MessagePreference(channel="EMAIL", language="EN")
    )
    await wait_until(partial(settled, caller))
    sent = len({one["message_id"] for one in world.outside.messages if one["to"] == email})
    assert await world.deliver(notice(caller.candidate_id, CandidateNotified.PRACTICE_TIME_SET), sender="enrollment")
    assert (await world.outside.message(email, sent + 1)).startswith("[Zikao] The practice course")
    kept = (await inbox(caller)).messages[0]
    assert "实践课程" in kept.body_zh, "the inbox has both languages"


async def test_only_a_verified_email_can_be_chosen(world: World) -> None:  # EN-19
    somebody = (await person(world)).caller
    by_mail = api.MessagePreference(channel="EMAIL", language="ZH")
    refused = await refusal_of(somebody("UpdateMessagePreference", candidate_id="me", preference=by_mail))
    assert refused.reason == "MESSAGE_EMAIL_UNVERIFIED"
    usual = await somebody("GetMessagePreference", candidate_id="me")
    assert (usual.channel, usual.language) == (api.MessagePreference.PHONE, api.MessagePreference.ZH)


async def test_a_changed_password_is_in_the_inbox_and_told_by_every_way_on_record(world: World) -> None:  # EN-19, ID-17
    caller, email = await with_email(world)
    phone = people.phone_number()
    await caller("SendPhoneCode", candidate_id="me", phone=phone)
    await caller("VerifyPhone", candidate_id="me", code=world.outside.last_code(phone))
    tokens = await caller(
        "ChangePassword", subject_id="me", old_password=people.PASSWORD, new_password="Another-1-secret"
    )
    changed = world.holder_of(tokens)
    await wait_until(partial(settled, changed))
    kept = next(one for one in (await inbox(changed)).messages if one.kind == "PASSWORD_CHANGED")
    assert sorted(one.channel for one in kept.deliveries) == [1, 2]
    assert {one["to"] for one in world.outside.messages if one["template"] == "password changed"} >= {phone, email}


async def test_a_sender_that_is_away_is_tried_again(world: World, db: Database) -> None:  # EN-19, F-13
    somebody = await person(world)
    world.outside.out_of_order = True
    event = notice(somebody.caller.candidate_id, CandidateNotified.PRACTICE_TIME_SET)
    assert await world.deliver(event, sender="enrollment")
    await outbox_waits.postponed(db, somebody.caller.candidate_id)
    world.outside.out_of_order = False
    world.clock.advance(timedelta(minutes=1))
    await wait_until(partial(settled, somebody.caller))
    (sending,) = (await inbox(somebody.caller)).messages[0].deliveries
    assert (sending.state, sending.tries > 1) == (SENT, True)


async def test_what_cannot_be_sent_for_a_day_is_given_up(world: World) -> None:  # EN-19
    somebody = await person(world)
    world.outside.out_of_order = True
    event = notice(somebody.caller.candidate_id, CandidateNotified.PRACTICE_TIME_SET)
    assert await world.deliver(event, sender="enrollment")
    world.clock.advance(timedelta(hours=25))
    await wait_until(partial(given_up, world, somebody.caller.candidate_id))


async def given_up(world: World, candidate_id: str) -> bool:
    (told,) = await world.deps.messages.list_messages(candidate_id, None, 9)
    (sending,) = told.deliveries
    return sending.failure is not None and sending.failure.value == "GIVEN_UP"


async def test_messages_are_listed_by_pages_and_marked_as_read_by_their_owner(world: World) -> None:  # EN-19
    somebody, other = (await person(world)).caller, (await person(world)).caller
    for about in (CandidateNotified.PRACTICE_TIME_SET, CandidateNotified.SESSION_CANCELLED):
        assert await world.deliver(notice(somebody.candidate_id, about), sender="enrollment")
        world.clock.advance(timedelta(seconds=1))
    first = await inbox(somebody, page_size=1)
    assert (first.messages[0].kind, first.unread_count) == ("SESSION_CANCELLED", 2)
    rest = await inbox(somebody, page_size=1, page_token=first.next_page_token)
    assert (rest.messages[0].kind, rest.next_page_token) == ("PRACTICE_TIME_SET", "")
    named = {"candidate_id": "me", "message_ids": [first.messages[0].message_id]}
    assert (await other("MarkMessagesRead", **named)).unread_count == 0
    assert (await inbox(somebody)).unread_count == 2, "another's are none of one's own"
    assert (await somebody("MarkMessagesRead", **named)).unread_count == 1
    assert (await refusal_of(other("ListMessages", candidate_id=somebody.candidate_id))).reason == "NOT_FOUND"


async def test_an_operator_sees_how_messages_were_sent_and_sends_one_again(world: World, db: Database) -> None:  # OP-3
    phone, operator = people.phone_number(), await world.operator()
    candidate_id = await enrolled(world, people.resident_number(), phone=phone)
    assert await world.deliver(notice(candidate_id, CandidateNotified.SESSION_CANCELLED), sender="enrollment")
    await wait_until(partial(sendings_end, world, candidate_id))
    (seen,) = (await operator("ListMessages", candidate_id=candidate_id)).messages
    assert [(one.state, one.failure) for one in seen.deliveries] == [(FAILED, api.MessageDelivery.NO_ADDRESS)]
    known = await world.deps.candidates.get_candidate(candidate_id)
    verified = known.changed(world.deps.clock.now(), phone_verify_time=world.deps.clock.now())
    assert await world.deps.candidates.replace_candidate(known, verified)
    await operator("ResendMessage", message_id=seen.message_id, reason="来电称未收到")
    assert "已取消" in await world.outside.message(phone)
    await wait_until(partial(sendings_end, world, candidate_id))
    (again,) = (await operator("ListMessages", candidate_id=candidate_id)).messages
    assert [one.state for one in again.deliveries] == [FAILED, SENT]
    noted = [(note.action, note.reason) for note in await audit_notes(db, candidate_id=candidate_id)]
    assert (AuditAction.MESSAGE_RESENT, "来电称未收到") in noted
    assert (AuditAction.MESSAGES_VIEWED, "") in noted


async def sendings_end(world: World, candidate_id: str) -> bool:
    (told,) = await world.deps.messages.list_messages(candidate_id, None, 9)
    return all(one.end_time for one in told.deliveries)


async def test_a_message_that_waits_is_not_sent_beside_itself(world: World) -> None:  # OP-3, EN-19
    somebody, operator = await person(world), await world.operator()
    world.outside.out_of_order = True
    event = notice(somebody.caller.candidate_id, CandidateNotified.SESSION_CANCELLED)
    assert await world.deliver(event, sender="enrollment")
    (waiting,) = (await inbox(somebody.caller)).messages
    refused = await refusal_of(operator("ResendMessage", message_id=waiting.message_id, reason="again"))
    assert refused.reason == "MESSAGE_WAITS"
    reviewer = world.reviewer()("ListMessages", candidate_id=somebody.caller.candidate_id)
    assert (await refusal_of(reviewer)).reason == "ACCESS_DENIED"


async def test_of_operators_who_send_a_message_again_at_once_one_does(world: World) -> None:  # OP-3, EN-19, F-10
    somebody, operators = await person(world), [await world.operator() for _ in range(4)]
    event = notice(somebody.caller.candidate_id, CandidateNotified.SESSION_CANCELLED)
    assert await world.deliver(event, sender="enrollment")
    await wait_until(partial(settled, somebody.caller))
    (seen,) = (await inbox(somebody.caller)).messages
    world.outside.out_of_order = True
    calls = [one("ResendMessage", message_id=seen.message_id, reason="来电称未收到") for one in operators]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    (again,) = (await inbox(operators[0], candidate_id=somebody.caller.candidate_id)).messages
    assert [one.state for one in again.deliveries] == [SENT, QUEUED]


async def test_the_end_of_registration_is_told_in_both_languages(world: World) -> None:  # EN-19
    somebody = await person(world)
    for about in (CandidateNotified.SELECTIONS_UNPAID, CandidateNotified.SESSION_CHANGED):
        event = CandidateNotified(
            candidate_id=somebody.caller.candidate_id,
            about=about,
            session_id="2026-10",
            end_time=datetime(2026, 9, 5, 8, tzinfo=UTC),
        )
        assert await world.deliver(event, sender="enrollment")
    kept = {one.kind: one for one in (await inbox(somebody.caller)).messages}
    assert sorted(kept) == ["SELECTIONS_UNPAID", "SESSION_CHANGED"]
    for one in kept.values():
        assert "2026-09-05 16:00" in one.body_zh
        assert "2026-09-05 16:00" in one.body_en
        assert one.session_id == "2026-10"


async def test_what_becomes_of_an_order_is_told_once_each(world: World) -> None:  # EN-19, PA-12
    somebody, order_id = await person(world), new_id()
    order = {"order_id": order_id, "candidate_id": somebody.caller.candidate_id, "session_id": "2026-10"}
    at = world.clock.now()
    for event in (
        OrderExpiring(**order, expire_time=datetime(2026, 9, 5, 8, tzinfo=UTC)),
        ReceiptIssued(**order, issue_time=at),
        OrderPaid(**order, paid_time=at, amount_fen=8405, item_ids=[new_id()]),
        OrderRefunded(**order, refund_id=new_id(), refund_time=at, amount_fen=4200),
        OrderEndedUnpaid(**{**order, "order_id": new_id()}, outcome="EXPIRED", end_time=at),
    ):
        for _ in range(2):
            assert await world.deliver(event, sender="payment")
    kept = {one.kind: one for one in (await inbox(somebody.caller)).messages}
    assert sorted(kept) == ["ORDER_ENDED", "ORDER_EXPIRING", "ORDER_PAID", "ORDER_REFUNDED", "RECEIPT_ISSUED"]
    assert "2026-09-05 16:00" in kept["ORDER_EXPIRING"].body_zh
    assert "expires at 2026-09-05 16:00" in kept["ORDER_EXPIRING"].body_en
    assert kept["RECEIPT_ISSUED"].order_id == order_id
    assert [kept["ORDER_PAID"].order_id, "84.05 元" in kept["ORDER_PAID"].body_zh] == [order_id, True]
    assert "42.00 yuan" in kept["ORDER_REFUNDED"].body_en
    assert "已超时" in kept["ORDER_ENDED"].body_zh
