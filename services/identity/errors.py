"""Every refusal of identity: its stable reason, its gRPC code and what it says. Metadata names the fields of the
templates.
"""

from chassis.errors import Code, Refusal


class InvalidDocumentNumber(Refusal):
    """ID-2: the number does not have the form of its document type; the field violation says where it fails."""

    reason = "INVALID_DOCUMENT_NUMBER"
    code = Code.INVALID_ARGUMENT
    zh = "证件号码有误，请核对证件类型与号码。"
    en = "The document number is wrong; please check its type and number."


class InvalidName(Refusal):
    """A name that holds nothing but spaces, or characters no name has."""

    reason = "INVALID_NAME"
    code = Code.INVALID_ARGUMENT
    zh = "姓名有误，请按证件填写。"
    en = "The name is wrong; please write it as on the document."


class UnverifiedAccountsFull(Refusal):
    """ID-15: three accounts that are not verified carry the document number already. Whether a verified one does is not
    told.
    """

    reason = "UNVERIFIED_ACCOUNTS_FULL"
    code = Code.FAILED_PRECONDITION
    zh = (
        "该证件号码已有三个未核验的账号。其中有本人的，请登录并完成身份核验；均非本人所建的，请一天后再试，"
        "或携带证件到主考学校办理。"
    )
    en = (
        "Three accounts that are not verified carry this document number. If one is yours, log in and have it "
        "verified; if none is, try again in a day or bring your document to the host school."
    )


class AccountEnded(Refusal):
    """ID-15: another account proved the document number, or this one gave way to a newcomer."""

    reason = "ACCOUNT_ENDED"
    code = Code.UNAUTHENTICATED
    zh = "本账号已终止，请重新登录或注册。"
    en = "This account has ended; please log in again, or register."


class NumberProvenElsewhere(Refusal):
    """ID-15: the person proved a number that another account of theirs had proven before; this one has ended."""

    reason = "NUMBER_PROVEN_ELSEWHERE"
    code = Code.FAILED_PRECONDITION
    zh = "该证件号码已在您的另一个账号中完成核验，本账号已终止。请用证件号码登录，忘记密码可找回。"
    en = (
        "The document number is verified in another account, and this one has ended. "
        "Please log in by the document number, or recover the password."
    )


class AccountVerified(Refusal):
    """ID-15: only an account that was never verified is ended by an operator."""

    reason = "ACCOUNT_VERIFIED"
    code = Code.FAILED_PRECONDITION
    zh = "该账号已通过核验，不能终止。"
    en = "This account is verified and cannot be ended."


class FirstCodeRequired(Refusal):
    """ID-15: the initial password is right, and a code was sent to the phone that came with the import."""

    reason = "FIRST_CODE_REQUIRED"
    code = Code.FAILED_PRECONDITION
    zh = "首次登录需验证学籍登记的手机号：验证码已发送，请填写验证码并再次输入密码。手机已停用的，请修改注册手机号。"
    en = (
        "The first login needs a code as well. It was sent to the phone that the school has on record: enter it, and "
        "your password again. If the phone is lost, ask for a change of it."
    )


class RegisterAskedOften(Refusal):
    """ID-15: the register is asked so many times about one number in a day. This was not a try."""

    reason = "REGISTER_ASKED_OFTEN"
    code = Code.RESOURCE_EXHAUSTED
    zh = "该证件号码今日的核验次数已用完，本次未计入核验次数，请明日再试。"
    en = "The register was asked often enough about this number today. This was not a try; please come again tomorrow."


class InvalidDetails(Refusal):
    """ID-12: details that cannot be right; one field violation each."""

    reason = "INVALID_DETAILS"
    code = Code.INVALID_ARGUMENT
    zh = "个人信息有误，请按提示修改。"
    en = "Some details are wrong; see the fields named."


class DetailsIncomplete(Refusal):
    """ID-12: only complete details can be confirmed; one unmet condition per missing field."""

    reason = "DETAILS_INCOMPLETE"
    code = Code.FAILED_PRECONDITION
    zh = "个人信息尚未填写完整。"
    en = "The details are not complete yet."


class IdentityFixed(Refusal):
    """ID-7, ID-12: what the identity check rests on does not change under a reviewer or after it succeeded."""

    reason = "IDENTITY_FIXED"
    code = Code.FAILED_PRECONDITION
    zh = "身份审核中或已通过，姓名与照片不能再更改。"
    en = "The identity is under review or verified; name and portrait can no longer change."


class IdentityRejected(Refusal):
    """ID-7: after a rejection further proofs go to the review case, not to the register."""

    reason = "IDENTITY_REJECTED"
    code = Code.FAILED_PRECONDITION
    zh = "身份审核未通过，请在审核单中补充证明材料。"
    en = "The identity was not approved; please add proofs to the review case."


class PortraitMissing(Refusal):
    """ID-7: the identity check needs a portrait."""

    reason = "PORTRAIT_MISSING"
    code = Code.FAILED_PRECONDITION
    zh = "请先上传照片。"
    en = "Please upload a portrait first."


class PortraitRefused(Refusal):
    """ID-6: the photo breaks rules; one field violation per rule, with the measured value and the limit."""

    reason = "PORTRAIT_REFUSED"
    code = Code.INVALID_ARGUMENT
    zh = "照片不符合要求，请按提示更换。"
    en = "The photo does not keep the rules; see each of them."


class CheckOvertaken(Refusal):
    """ID-7: while the register was asked, another check of the same person was counted or the portrait or name
    changed; this answer does not count.
    """

    reason = "CHECK_OVERTAKEN"
    code = Code.ABORTED
    zh = "身份核验状态已变化，本次结果不计，请刷新后再试。"
    en = "The identity check changed meanwhile; this answer does not count. Please refresh and try again."


class RegisterUnavailable(Refusal):
    """F-14, F-18: the police register cannot be asked now. It is not a try."""

    reason = "REGISTER_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "核验服务暂时不可用，未计入核验次数，请稍后再试。"
    en = "The register cannot be reached now. This was not counted as a try; please try again later."


class IdentityNotSettled(Refusal):
    """EN-4: fault is found with photo and details of a verified person; before that the identity case is decided."""

    reason = "IDENTITY_NOT_SETTLED"
    code = Code.FAILED_PRECONDITION
    zh = "该考生身份尚未核验通过，请在身份审核件中处理。"
    en = "The person is not verified yet; decide the identity case instead."


class FaultRequired(Refusal):
    """EN-4: the candidate learns what is wrong with photo or details."""

    reason = "FAULT_REQUIRED"
    code = Code.INVALID_ARGUMENT
    zh = "请选择照片或信息的问题；选择“见意见”时必须填写意见。"
    en = "Give a reason that is about photo or details; SEE_NOTE needs a note."


class CorrectionOpen(Refusal):
    """EN-4: one correction at a time."""

    reason = "CORRECTION_OPEN"
    code = Code.FAILED_PRECONDITION
    zh = "该考生已有未完成的更正。"
    en = "A correction of this candidate is open already."


class CorrectionFinal(Refusal):
    """EN-4, RE-5: after three rejections only the exam authority begins anew."""

    reason = "CORRECTION_FINAL"
    code = Code.FAILED_PRECONDITION
    zh = "该考生的更正已三次未通过，须由考试院重新发起。"
    en = "Three submissions were rejected; only the exam authority can begin anew."


class NothingToCorrect(Refusal):
    """EN-4: a correction is handed in where one is asked for."""

    reason = "NOTHING_TO_CORRECT"
    code = Code.FAILED_PRECONDITION
    zh = "目前没有需要提交的更正。"
    en = "No correction is asked for."


class CorrectionUnderReview(Refusal):
    """EN-4: what a reviewer is looking at stays as it was handed in."""

    reason = "CORRECTION_UNDER_REVIEW"
    code = Code.FAILED_PRECONDITION
    zh = "更正正在审核，个人信息暂不能修改。"
    en = "The correction is under review; the details stay as they are until it is decided."


class DetailsUnconfirmed(Refusal):
    """ID-12, EN-4: corrected details are confirmed before they are handed in."""

    reason = "DETAILS_UNCONFIRMED"
    code = Code.FAILED_PRECONDITION
    zh = "请先确认个人信息再提交。"
    en = "Confirm the details before handing them in."


class InvalidPhone(Refusal):
    """ID-10: not a mobile phone number."""

    reason = "INVALID_PHONE"
    code = Code.INVALID_ARGUMENT
    zh = "手机号码有误。"
    en = "This is not a mobile phone number."


class PhoneNotServed(Refusal):
    """F-28: the phone belongs to a place where no codes are sent to."""

    reason = "PHONE_NOT_SERVED"
    code = Code.INVALID_ARGUMENT
    zh = "暂不支持向该国家或地区的手机号发送验证码，请使用中国内地或港澳台手机号。"
    en = "No codes are sent to phones of this place; please give one of the mainland, Hong Kong, Macao or Taiwan."


class NoPhone(Refusal):
    """ID-10: there is no phone to send a code to."""

    reason = "NO_PHONE"
    code = Code.FAILED_PRECONDITION
    zh = "尚未登记手机号，请填写手机号。"
    en = "There is no phone on record; please give one."


class NoEmail(Refusal):
    """ID-4: there is no e-mail to send a code to."""

    reason = "NO_EMAIL"
    code = Code.FAILED_PRECONDITION
    zh = "尚未填写电子邮箱。"
    en = "There is no e-mail in the details."


class CodeInvalid(Refusal):
    """ID-4, ID-10: the code is wrong, used or expired; which of these is not told."""

    reason = "CODE_INVALID"
    code = Code.INVALID_ARGUMENT
    zh = "验证码错误或已失效，请重新获取。"
    en = "The code is wrong or no longer valid; please ask for a new one."


class PhoneChangeClosed(Refusal):
    """ID-10: a verified phone is changed by a code only while registration is open."""

    reason = "PHONE_CHANGE_CLOSED"
    code = Code.FAILED_PRECONDITION
    zh = "报名时间以外不能自行更改手机号，请通过“修改注册手机号”提交材料审核。"
    en = "A phone can be changed by a code only while registration is open; otherwise ask for a change by review."


class PhoneChangeSubmitted(Refusal):
    """ID-11: proofs do not change under a reviewer, nor after the decision."""

    reason = "PHONE_CHANGE_SUBMITTED"
    code = Code.FAILED_PRECONDITION
    zh = "申请已提交审核或已有结果，材料不能再更改。"
    en = "The request is under review or decided; its proofs can no longer change."


class PhoneChangeExpired(Refusal):
    """ID-11: a request that was not submitted in time."""

    reason = "PHONE_CHANGE_EXPIRED"
    code = Code.FAILED_PRECONDITION
    zh = "申请已过期，请重新申请。"
    en = "The request has expired; please start a new one."


class ProofsMissing(Refusal):
    """ID-11, EN-4: proofs that are asked for were not handed in; one unmet condition each."""

    reason = "PROOFS_MISSING"
    code = Code.FAILED_PRECONDITION
    zh = "证明材料尚未上传齐全。"
    en = "Some proof images are still missing."


class ImageRefused(Refusal):
    """RE-3: not an image that can be handed in; the field violation says why."""

    reason = "IMAGE_REFUSED"
    code = Code.INVALID_ARGUMENT
    zh = "图片不符合要求，请按提示更换。"
    en = "The image cannot be accepted; see why."


class MessagesUnavailable(Refusal):
    """The message sender cannot be reached; nothing was used up."""

    reason = "MESSAGES_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "验证码暂时无法发送，请稍后再试。"
    en = "The code cannot be sent now; please try again later."


class MessageInDoubt(MessagesUnavailable):
    """The message sender was reached and did not say that it took the message, which may be on its way."""


class MessageRefused(MessagesUnavailable):
    """The message sender takes no message to this phone or e-mail, now or later."""


class MessageEmailUnverified(Refusal):
    """EN-19: messages go to a verified e-mail only."""

    reason = "MESSAGE_EMAIL_UNVERIFIED"
    code = Code.FAILED_PRECONDITION
    zh = "邮箱尚未验证，不能选择以邮件接收消息；请先验证邮箱。"
    en = "No e-mail is verified, so messages cannot go there; verify it first."


class MessageWaits(Refusal):
    """OP-3: a message is not sent once more while it is still being sent."""

    reason = "MESSAGE_WAITS"
    code = Code.FAILED_PRECONDITION
    zh = "该消息仍在发送中，请稍后再看结果。"
    en = "The message is still being sent; look again later."


class WeakPassword(Refusal):
    """ID-4, ID-18, ID-22: so many visible ASCII characters, no common one, and a change must be one; the field
    violation says which.
    """

    reason = "WEAK_PASSWORD"
    code = Code.INVALID_ARGUMENT
    zh = "密码不符合要求，请按提示更换。"
    en = "The password does not keep the rules; see why, and choose another."


class WrongPassword(Refusal):
    """ID-4, ID-17: the present password is wrong, where it must be known to change something."""

    reason = "WRONG_PASSWORD"
    code = Code.INVALID_ARGUMENT
    zh = "当前密码错误。"
    en = "The present password is wrong."


class WrongCredentials(Refusal):
    """ID-14: the name is unknown or the password wrong; which of these is not told."""

    reason = "WRONG_CREDENTIALS"
    code = Code.UNAUTHENTICATED
    zh = "账号或密码错误。"
    en = "The name or the password is wrong."


class RefreshTokenInvalid(Refusal):
    """ID-14: the refresh token is unknown, expired, or its login session has ended."""

    reason = "REFRESH_TOKEN_INVALID"
    code = Code.UNAUTHENTICATED
    zh = "登录已失效，请重新登录。"
    en = "The login session has ended; please log in again."


class RefreshTokenReused(Refusal):
    """ID-14: a refresh token came a second time, so somebody else has it too; the login session has ended."""

    reason = "REFRESH_TOKEN_REUSED"
    code = Code.UNAUTHENTICATED
    zh = "检测到登录凭证被重复使用，为安全起见已退出，请重新登录。"
    en = "A used refresh token was presented again; for safety the login session was ended. Please log in again."


class RefreshTokenJustUsed(Refusal):
    """ID-14: another request has just ended the refresh token by proving a second factor; it has the new tokens."""

    reason = "REFRESH_TOKEN_JUST_USED"
    code = Code.ABORTED
    zh = "登录凭证刚刚由另一请求更新，请使用新的凭证。"
    en = "Another request has just refreshed the tokens; use those."


class LoginNameTaken(Refusal):
    """OP-1: staff login names are unique."""

    reason = "LOGIN_NAME_TAKEN"
    code = Code.ALREADY_EXISTS
    zh = "登录名 {login_name} 已被使用。"
    en = "The login name {login_name} is taken."


class OperatorOutsideAuthority(Refusal):
    """RE-2: operators belong to the exam authority."""

    reason = "OPERATOR_OUTSIDE_AUTHORITY"
    code = Code.INVALID_ARGUMENT
    zh = "操作员只能属于考试院。"
    en = "Operators belong to the exam authority."


class OwnAccount(Refusal):
    """OP-1: nobody locks themselves out."""

    reason = "OWN_ACCOUNT"
    code = Code.FAILED_PRECONDITION
    zh = "不能停用自己的账号。"
    en = "Your own account cannot be disabled."


class WrongSecondFactor(Refusal):
    """ID-18: a code or a passkey's answer that is wrong, or was used before; which of these is not told."""

    reason = "WRONG_SECOND_FACTOR"
    code = Code.INVALID_ARGUMENT
    zh = "验证未通过：验证码有误或已使用过，请用新的验证码再试。"
    en = "Not proven: the code is wrong or was used before. Please try again with a new one."


class RecentProofRequired(Refusal):
    """ID-17: what recovers an account changes only shortly after its owner was proven."""

    reason = "RECENT_PROOF_REQUIRED"
    code = Code.FAILED_PRECONDITION
    zh = "请先重新验证身份（五分钟内有效），再作更改。"
    en = "Prove again that it is you; a change is possible within five minutes of it."


class EnrolmentExpired(Refusal):
    """ID-18: no enrolment of a second factor is under way."""

    reason = "ENROLMENT_EXPIRED"
    code = Code.FAILED_PRECONDITION
    zh = "本次登记已失效，请重新开始。"
    en = "This enrolment has expired; please start again."


class TotpEnrolled(Refusal):
    """ID-18: one authenticator app per account."""

    reason = "TOTP_ENROLLED"
    code = Code.FAILED_PRECONDITION
    zh = "已登记验证器应用；如需更换，请先移除。"
    en = "An authenticator app is enrolled already; remove it first to use another."


class LastSecondFactor(Refusal):
    """ID-18: whoever must have a second factor keeps one."""

    reason = "LAST_SECOND_FACTOR"
    code = Code.FAILED_PRECONDITION
    zh = "您的角色必须有第二因素，请先登记另一个。"
    en = "Your role requires a second factor; enrol another one first."


class NoSecondFactor(Refusal):
    """ID-18: backup codes stand in for a factor."""

    reason = "NO_SECOND_FACTOR"
    code = Code.FAILED_PRECONDITION
    zh = "请先登记验证器应用或通行密钥。"
    en = "Enrol an authenticator app or a passkey first."


class NoPasskey(Refusal):
    """ID-18: nothing to ask an authenticator for."""

    reason = "NO_PASSKEY"
    code = Code.FAILED_PRECONDITION
    zh = "该账号没有通行密钥。"
    en = "This account has no passkey."


class PasskeyRefused(Refusal):
    """ID-18: what an authenticator made does not fit what it was asked, or is enrolled already."""

    reason = "PASSKEY_REFUSED"
    code = Code.INVALID_ARGUMENT
    zh = "该通行密钥未能登记，请重试或换一个。"
    en = "This passkey could not be enrolled; try again or use another."


class SignInExpired(Refusal):
    """ID-18: what a provider sent does not belong to this browser's attempt, or comes too late."""

    reason = "SIGN_IN_EXPIRED"
    code = Code.PERMISSION_DENIED
    zh = "本次统一登录已失效，请重新开始。"
    en = "This sign-in has expired; please start again."


class SignInRefused(Refusal):
    """ID-18: what a provider says proves nobody."""

    reason = "SIGN_IN_REFUSED"
    code = Code.PERMISSION_DENIED
    zh = "统一登录未能证实您的身份，请重试或联系本单位。"
    en = "The provider's answer proves nobody; please try again or ask your organisation."


class SignInUnknown(Refusal):
    """ID-18: no account is linked to this person, or none that may be entered; nobody gets one by signing in."""

    reason = "SIGN_IN_UNKNOWN"
    code = Code.PERMISSION_DENIED
    zh = "没有与您关联的账号，请联系考试院操作员。"
    en = "No account is linked to you; please ask an operator of the exam authority."


class SignInProviderUnavailable(Refusal):
    """ID-18: a provider does not answer as one; passwords work meanwhile."""

    reason = "SIGN_IN_PROVIDER_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "统一登录暂时不可用，请稍后再试，或用密码登录。"
    en = "The provider cannot be reached now; try again later, or log in with a password."


class ProviderOfAnotherOrganisation(Refusal):
    """ID-18: a provider vouches for its own organisation's staff."""

    reason = "PROVIDER_OF_ANOTHER_ORGANISATION"
    code = Code.FAILED_PRECONDITION
    zh = "该统一登录属于另一单位。"
    en = "This provider belongs to another organisation."


class IdentityTaken(Refusal):
    """ID-18: one account per subject of a provider."""

    reason = "IDENTITY_TAKEN"
    code = Code.ALREADY_EXISTS
    zh = "该用户标识已关联另一账号。"
    en = "This subject is linked to another account."


class SearchIncomplete(Refusal):
    """OP-3: a search for a person says too little to find one by."""

    reason = "SEARCH_INCOMPLETE"
    code = Code.INVALID_ARGUMENT
    zh = "请填写证件号码或准考证号、手机号，或姓名与后四位。"
    en = "Give a document or ticket number, a phone, or a name with the last four characters."
