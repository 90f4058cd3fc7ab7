"""The words of messages in both languages, made of a message's kind and parameters when they are shown (EN-19)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.clock import SHANGHAI
from services.identity.domain.messages.message_kinds import Message, MessageKind
from services.identity.domain.messages.preferences import Language

SIGNATURES: Final = {Language.ZH: "【自考报名】", Language.EN: "[Zikao] "}


@dataclass(frozen=True, slots=True)
class Words:
    """A subject and a text, with the names of parameters in braces."""

    title: str
    body: str


_K = MessageKind
_NOT_YOU: Final = "如非本人操作，请立即修改密码并联系考试院。"
_NOT_YOU_EN: Final = " If this was not you, change your password at once and ask the exam authority."

_ZH: Final[Mapping[MessageKind, Words]] = {
    _K.CASE_DECIDED: Words("{case_kind}：{verdict}", "您提交的“{case_kind}”{verdict}，{next}。"),
    _K.TICKET_NUMBER_ISSUED: Words("准考证号已生成", "您的准考证号为 {ticket_number}，可用于登录，请妥善保存。"),
    _K.ORDER_PAID: Words("缴费成功", "订单 {order_number} 已缴费 {amount_fen} 元，所选课程已生效。"),
    _K.ORDER_EXPIRING: Words(
        "订单即将到期", "订单 {order_number} 将于{expire_time}到期，请尽快缴费；已付款的无须再付。"
    ),
    _K.ORDER_ENDED: Words("订单已结束", "订单 {order_number} {outcome}，未收到款项；所选课程仍可重新下单。"),
    _K.ORDER_REFUNDED: Words("退款已到账", "订单 {order_number} 已退回 {amount_fen} 元。"),
    _K.RECEIPT_ISSUED: Words("缴费票据已开具", "订单 {order_number} 的缴费票据已开具，请登录查看。"),
    _K.SELECTIONS_UNPAID: Words(
        "课程尚未缴费", "您在{session_id}考期尚有课程未缴费，报名将于{end_time}截止，逾期课程失效。"
    ),
    _K.PRACTICE_TIME_COLLIDES: Words(
        "实践课程时间冲突",
        "实践课程“{course_name}”的考试时间为{start_time}至{end_time}，与您已选的其他课程冲突，请登录查看并处理。",
    ),
    _K.PRACTICE_TIME_SET: Words("实践课程时间", "实践课程“{course_name}”的考试时间为{start_time}至{end_time}。"),
    _K.SESSION_CHANGED: Words("报名时间变更", "{session_id}考期的报名截止时间已变更为{end_time}。"),
    _K.SESSION_CANCELLED: Words("考试取消", "{session_id}考试已取消，您所选课程随之失效，已缴费用将原路退回。"),
    _K.CORRECTION_REQUIRED: Words("请更正照片或个人信息", "您的照片或个人信息需更正，通过审核前不能缴费。{step_zh}"),
    _K.CORRECTION_APPROVED: Words("更正已通过", "您更正的照片或个人信息已通过审核。"),
    _K.CORRECTION_REFUSED: Words("更正未通过", "您更正的照片或个人信息未通过审核。{step_zh}"),
    _K.PHONE_CHANGED: Words("手机号已更改", f"您的注册手机号已更改为{{shown}}。{_NOT_YOU}"),
    _K.PHONE_CHANGE_APPROVED: Words(
        "手机号即将更改",
        "您的注册手机号将于{effective_time}更改为{shown}。如非本人操作，请在此之前登录并重新验证手机号。",
    ),
    _K.PHONE_CHANGE_EFFECTIVE: Words("手机号已更改", "您的注册手机号已更改为{shown}。如非本人操作，请联系考试院。"),
    _K.EMAIL_VERIFIED: Words("邮箱已验证", f"您的邮箱{{shown}}已验证，可用于找回密码。{_NOT_YOU}"),
    _K.EMAIL_CHANGED: Words("邮箱已更改", f"您的邮箱已更改，原邮箱不再用于找回密码。{_NOT_YOU}"),
    _K.PASSWORD_CHANGED: Words("密码已更改", f"您的密码已更改。{_NOT_YOU}"),
    _K.ACCOUNT_ENDED: Words(
        "账号已终止",
        "您的一个账号已终止，所选课程随之失效：其证件号码已在另一账号中完成核验，或长期未核验，或经考试院查明不属于该证件"
        "持有人。如确为本人证件，请用证件号码登录或找回密码，或联系主考学校。",
    ),
}
_EN: Final[Mapping[MessageKind, Words]] = {
    _K.CASE_DECIDED: Words("{case_kind}: {verdict}", "{case_kind}: what you handed in was {verdict}; {next}."),
    _K.TICKET_NUMBER_ISSUED: Words(
        "Your ticket number", "Your ticket number is {ticket_number}; you can log in with it. Keep it safe."
    ),
    _K.ORDER_PAID: Words("Paid", "Order {order_number} is paid, {amount_fen} yuan; its courses count."),
    _K.ORDER_EXPIRING: Words(
        "An order is about to expire",
        "Order {order_number} expires at {expire_time}; please pay soon. Who has paid need not pay again.",
    ),
    _K.ORDER_ENDED: Words(
        "An order has ended", "Order {order_number} {outcome} and no money came; its courses can be ordered again."
    ),
    _K.ORDER_REFUNDED: Words("Refunded", "{amount_fen} yuan of order {order_number} have been given back."),
    _K.RECEIPT_ISSUED: Words("Your receipt", "The receipt of order {order_number} is issued; log in to see it."),
    _K.SELECTIONS_UNPAID: Words(
        "Courses not paid yet",
        "Courses of yours of session {session_id} are not paid; registration ends at {end_time}, and they with it.",
    ),
    _K.PRACTICE_TIME_COLLIDES: Words(
        "A practice course collides",
        "The practice course {course_name} takes place from {start_time} to {end_time}, which collides with another "
        "course of yours: please log in and decide.",
    ),
    _K.PRACTICE_TIME_SET: Words(
        "Time of a practice course", "The practice course {course_name} takes place from {start_time} to {end_time}."
    ),
    _K.SESSION_CHANGED: Words(
        "Registration time changed", "Registration for session {session_id} now ends at {end_time}."
    ),
    _K.SESSION_CANCELLED: Words(
        "Session cancelled",
        "The exam session {session_id} is cancelled; your selections have ended and what you paid will be refunded.",
    ),
    _K.CORRECTION_REQUIRED: Words(
        "Please correct your photo or details",
        "Your photo or details must be corrected before you can pay. {step_en}",
    ),
    _K.CORRECTION_APPROVED: Words("Correction approved", "What you corrected of your photo or details is approved."),
    _K.CORRECTION_REFUSED: Words(
        "Correction rejected", "What you corrected of your photo or details was rejected. {step_en}"
    ),
    _K.PHONE_CHANGED: Words("Phone changed", f"Your phone on record is now {{shown}}.{_NOT_YOU_EN}"),
    _K.PHONE_CHANGE_APPROVED: Words(
        "Your phone will change",
        "Your phone on record will become {shown} at {effective_time}; if this was not you, log in and verify a phone "
        "before.",
    ),
    _K.PHONE_CHANGE_EFFECTIVE: Words(
        "Phone changed", "Your phone on record is now {shown}. If this was not you, ask the exam authority."
    ),
    _K.EMAIL_VERIFIED: Words(
        "E-mail verified", f"The e-mail {{shown}} is verified and recovers your password from now on.{_NOT_YOU_EN}"
    ),
    _K.EMAIL_CHANGED: Words(
        "E-mail changed", f"Your e-mail was changed; the former one recovers your password no longer.{_NOT_YOU_EN}"
    ),
    _K.PASSWORD_CHANGED: Words("Password changed", f"Your password was changed.{_NOT_YOU_EN}"),
    _K.ACCOUNT_ENDED: Words(
        "Account ended",
        "An account of yours has ended, and its selections with it: its document number was verified in another "
        "account, it was left unverified, or the exam authority found that the document is another person's. If the "
        "document is yours, log in by its number, recover the password, or ask your host school.",
    ),
}
WORDS: Final[Mapping[Language, Mapping[MessageKind, Words]]] = {Language.ZH: _ZH, Language.EN: _EN}

_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "IDENTITY_PROOF": ("身份核验", "Proof of identity"),
    "DOCUMENT_TYPE": ("证件审核", "Document"),
    "SPECIAL_MAJOR": ("特殊专业报考条件", "Special major"),
    "DETAILS": ("照片与信息审核", "Photo and details"),
    "PHONE_CHANGE": ("修改注册手机号", "Phone change"),
    "PRACTICE_COURSE": ("实践课程审核", "Practice course"),
    "APPROVED": ("已通过", "approved"),
    "REJECTED": ("未通过", "not approved"),
    "ASKED_AGAIN": ("需补充材料", "found incomplete"),
    "NOTHING_TO_DO": ("无须再提交材料", "there is nothing more to hand in"),
    "SUBMIT_AGAIN": ("请登录查看原因并再次提交", "log in to read why, and hand in again"),
    "TURN_TO_SCHOOL": ("请登录查看原因，如有疑问请联系审核单位", "log in to read why, or turn to whoever decided"),
    "EXPIRED": ("已超时", "ran out of time"),
    "CANCELLED": ("已取消", "was cancelled"),
    "FAILED": ("支付未成功", "could not be paid"),
}
"""What codes among the parameters are called in Chinese and in English."""


def words_of(message: Message, language: Language) -> Words:
    """The subject and the text of a message in a language."""
    words = WORDS[language][message.kind]
    values = {name: _shown(name, value, language) for name, value in message.parameters.items()}
    return Words(words.title.format_map(values), words.body.format_map(values).strip())


def sent_text(message: Message, language: Language) -> str:
    """The text as it is sent: signed with whom it is from."""
    return SIGNATURES[language] + words_of(message, language).body


def shown_time(instant: datetime) -> str:
    """An instant as messages show it, in Shanghai."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _shown(name: str, value: str, language: Language) -> str:
    for ending, form in _FORMS.items():
        if name.endswith(ending):
            return form(value)
    if names := _NAMES.get(value):
        return names[0] if language is Language.ZH else names[1]
    return value


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "_time": lambda value: shown_time(datetime.fromisoformat(value)),
    "_fen": lambda value: f"{int(value) // 100}.{int(value) % 100:02d}",
}
"""How parameters are shown, by how their names end."""
