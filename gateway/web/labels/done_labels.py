"""What a page says it has just done: the words, by the name under which the next page hears of it."""

from collections.abc import Mapping
from typing import Final

from gateway.web.labels.label import Label

CASE_SUBMITTED: Final = "CASE_SUBMITTED"
DETAILS_CONFIRMED: Final = "DETAILS_CONFIRMED"
DEVICE_LOGGED_OUT: Final = "DEVICE_LOGGED_OUT"
DISTRICT_SAVED: Final = "DISTRICT_SAVED"
EMAIL_VERIFIED: Final = "EMAIL_VERIFIED"
EVERYWHERE_LOGGED_OUT: Final = "EVERYWHERE_LOGGED_OUT"
NOTICE_READ: Final = "NOTICE_READ"
PASSWORD_CHANGED: Final = "PASSWORD_CHANGED"  # noqa: S105  # no secret, but that there is another one
PASSWORD_RECOVERED: Final = "PASSWORD_RECOVERED"  # noqa: S105
PHONE_CHANGE_BEGUN: Final = "PHONE_CHANGE_BEGUN"
PHONE_CHANGE_SUBMITTED: Final = "PHONE_CHANGE_SUBMITTED"
PHONE_VERIFIED: Final = "PHONE_VERIFIED"
QUESTIONNAIRE_SUBMITTED: Final = "QUESTIONNAIRE_SUBMITTED"
REGISTERED: Final = "REGISTERED"

DONE: Final[Mapping[str, Label]] = {
    CASE_SUBMITTED: Label("材料已提交，等待审核。", "Handed in; now the reviewers decide."),
    DETAILS_CONFIRMED: Label("个人信息已确认。", "Your details are confirmed."),
    DEVICE_LOGGED_OUT: Label("该设备已退出登录。", "That device is logged out."),
    DISTRICT_SAVED: Label("考区意向已保存。", "Your preferred district is saved."),
    EMAIL_VERIFIED: Label(
        "邮箱已验证，可用于找回密码。", "The e-mail address is verified; it can recover your password."
    ),
    EVERYWHERE_LOGGED_OUT: Label("已在所有设备上退出登录。", "You are logged out on every device."),
    NOTICE_READ: Label("已确认阅读考生须知。", "The notice is marked as read."),
    PASSWORD_CHANGED: Label("密码已修改。", "Your password is changed."),
    PASSWORD_RECOVERED: Label(
        "新密码已设置，所有设备均已退出，请用新密码登录。",
        "Your new password is set and every device is logged out: log in with it.",
    ),
    PHONE_CHANGE_BEGUN: Label(
        "新手机已验证，请接着上传三张照片。", "The new phone is verified: now upload three photos."
    ),
    PHONE_CHANGE_SUBMITTED: Label("申请已提交考试院审核。", "Your request is with the examination authority."),
    PHONE_VERIFIED: Label("手机已验证。", "The phone is verified."),
    QUESTIONNAIRE_SUBMITTED: Label(
        "问卷已提交。请再核对一次个人信息，然后继续。",
        "Your answers are in. Check your details once more, then go on.",
    ),
    REGISTERED: Label("已登记报考专业。接下来填写个人信息。", "You are registered. Your details come next."),
}
