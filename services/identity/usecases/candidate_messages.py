"""Telling candidates what became of something they selected (EN-6, PA-12), and what recovers their account (ID-17)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chassis.clock import SHANGHAI
from chassis.ids import derived_id
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.authentication.recovery_contacts import Changed, RecoveryChange
from services.identity.domain.candidate_messages import Notice, Occasion
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.ports.message_sender import OutgoingMessage

TEMPLATE: Final = "notice"
RECOVERY_CHANGE: Final = "recovery change"

_TEXTS: Final[Mapping[Occasion, str]] = {
    Occasion.PRACTICE_TIME_COLLIDES: (
        "【自考报名】实践课程“{course}”的考试时间为{start}至{end}，与您已选的其他课程冲突，请登录查看并处理。"
        "The practice course {course} takes place from {start} to {end}, "
        "which collides with another course of yours: please log in and decide."
    ),
    Occasion.PRACTICE_TIME_SET: (
        "【自考报名】实践课程“{course}”的考试时间为{start}至{end}。"
        "The practice course {course} takes place from {start} to {end}."
    ),
    Occasion.SESSION_CANCELLED: (
        "【自考报名】{session}考试已取消，您所选课程随之失效，已缴费用将原路退回。"
        "The exam session {session} is cancelled; your selections have ended and what you paid will be refunded."
    ),
}

_NOT_YOU: Final = "如非本人操作，请立即修改密码并联系考试院。"
_NOT_YOU_EN: Final = "If this was not you, change your password at once and ask the exam authority."
_CHANGES: Final[Mapping[Changed, str]] = {
    Changed.PHONE: (
        f"【自考报名】您的注册手机号已更改为{{shown}}。{_NOT_YOU}Your phone on record is now {{shown}}. {_NOT_YOU_EN}"
    ),
    Changed.EMAIL: (
        f"【自考报名】您的邮箱{{shown}}已验证，可用于找回密码。{_NOT_YOU}"
        f"The e-mail {{shown}} is verified and recovers your password from now on. {_NOT_YOU_EN}"
    ),
    Changed.NO_EMAIL: (
        f"【自考报名】您的邮箱已更改，原邮箱不再用于找回密码。{_NOT_YOU}"
        f"Your e-mail was changed; the former one recovers your password no longer. {_NOT_YOU_EN}"
    ),
    Changed.PASSWORD: f"【自考报名】您的密码已更改。{_NOT_YOU}Your password was changed. {_NOT_YOU_EN}",
}


async def send_notice(deps: Dependencies, notice: Notice) -> None:
    """Tells a candidate; telling again sends nothing twice. Raises NotFound, MessagesUnavailable."""
    await tell_candidate(deps, notice.notice_id, notice.candidate_id, TEMPLATE, _text(notice))


async def tell_recovery_change(deps: Dependencies, event_id: str, change: RecoveryChange) -> None:
    """Tells every phone and e-mail that was on record before a change of what recovers the account (ID-17); telling
    again sends nothing twice. Raises MessagesUnavailable.
    """
    text = _CHANGES[change.changed].format(shown=change.shown)
    for contact in change.told:
        message_id = derived_id(RECOVERY_CHANGE, event_id, contact.address)
        message = OutgoingMessage(message_id, contact.channel, contact.address, RECOVERY_CHANGE, text)
        await deps.message_sender.send(message)


async def tell_candidate(deps: Dependencies, message_id: str, candidate_id: str, template: str, text: str) -> None:
    """Tells the verified phone, else the verified e-mail address; the same message again is sent once.

    Who has neither sees it on the pages only. Raises NotFound, MessagesUnavailable.
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    for channel in ContactChannel:
        if to := verified_address(candidate, channel):
            await deps.message_sender.send(OutgoingMessage(message_id, channel, to, template, text))
            return


def shown_time(instant: datetime | None) -> str:
    """An instant as messages show it, in Shanghai; empty for none."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if instant else ""


def _text(notice: Notice) -> str:
    return _TEXTS[notice.occasion].format(
        course=notice.course_name,
        session=notice.session_id,
        start=shown_time(notice.start),
        end=shown_time(notice.end),
    )
