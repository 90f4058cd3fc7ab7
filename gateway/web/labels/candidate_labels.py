"""Words for what candidates see: choices, and the states of what is theirs."""

from collections.abc import Mapping
from typing import Any, Final

from zikao.common.v1 import audit_pb2
from zikao.enrollment.v1 import catalogue_pb2, paper_service_pb2
from zikao.enrollment.v1 import resources_pb2 as enrollment
from zikao.identity.v1 import message_service_pb2
from zikao.identity.v1 import resources_pb2 as identity
from zikao.payment.v1 import resources_pb2 as payment
from zikao.review.v1 import resources_pb2 as review

from gateway.web.labels.label import Label

Selection = enrollment.Selection
Paper = paper_service_pb2.Paper
Order = payment.Order
Timeline = payment.TimelineEntry
Correction = identity.Correction
Preference = message_service_pb2.MessagePreference
Delivery = message_service_pb2.MessageDelivery

FINDABLE: Final[Mapping[int, Label]] = {
    Correction.PHOTO_UNFIT: Label("照片不符合要求", "the photo does not keep to the rules"),
    Correction.PERSON_MISMATCH: Label("照片不是本人", "the photo shows another person"),
    Correction.DOCUMENT_MISMATCH: Label("姓名等与证件不符", "name or details do not fit the document"),
    Correction.DETAILS_WRONG: Label("个人信息有误", "a detail is wrong"),
    Correction.SEE_NOTE: Label("见说明", "see the note"),
}

BY_KIND: Final[Mapping[str, Mapping[Any, Label]]] = {
    "selection": {
        Selection.PREPARED: Label("已预选，待开放后确认", "prepared, to be confirmed at opening", "warn"),
        Selection.DRAFT: Label("已选，未缴费", "selected, not paid", "warn"),
        Selection.RESERVED: Label("缴费中", "being paid", "warn"),
        Selection.UNDER_REVIEW: Label("主考学校审核中", "under review by the school", "warn"),
        Selection.AWAITING_SCHOOL: Label("待主考学校确认缴费", "to be confirmed by the school", "warn"),
        Selection.EFFECTIVE: Label("有效", "effective", "good"),
        Selection.VOID: Label("无效", "void", "bad"),
    },
    "paper": {
        Paper.REGISTRATION_FORM: Label("报名信息表", "Registration form"),
        Paper.CONFIRMATION: Label("报考确认单", "Confirmation of courses"),
    },
    "paper_holds": {
        True: Label("仍然有效", "still holds", "good"),
        False: Label("已失效", "no longer holds", "bad"),
    },
    "message_channel": {
        Preference.PHONE: Label("短信", "SMS"),
        Preference.EMAIL: Label("邮件", "e-mail"),
    },
    "message_language": {
        Preference.ZH: Label("中文", "Chinese"),
        Preference.EN: Label("英文", "English"),
    },
    "delivery": {
        Delivery.QUEUED: Label("发送中", "being sent", "warn"),
        Delivery.SENT: Label("已发送", "sent", "good"),
        Delivery.FAILED: Label("未送出", "not sent", "bad"),
    },
    "delivery_failure": {
        Delivery.NO_ADDRESS: Label("没有已验证的手机或邮箱", "no phone or e-mail is verified"),
        Delivery.REFUSED: Label("号码或邮箱不能接收", "the phone or e-mail takes nothing"),
        Delivery.GIVEN_UP: Label("发送服务长时间不可用", "the sender was away for too long"),
    },
    "void_reason": {
        Selection.REMOVED: Label("已取消选课", "removed"),
        Selection.WINDOW_CLOSED: Label("报名截止时未缴费", "not paid when the window closed"),
        Selection.REFUSED_BY_SCHOOL: Label("主考学校未通过", "refused by the school"),
        Selection.REFUNDED: Label("已退款", "refunded"),
        Selection.SESSION_CANCELLED: Label("考期取消", "the session was cancelled"),
        Selection.ACCOUNT_ENDED: Label("账号已终止", "the account has ended"),
    },
    "order": {
        Order.CREATED: Label("待支付", "to be paid", "warn"),
        Order.AWAITING_PAYMENT: Label("待扫码支付", "waiting for payment", "warn"),
        Order.SUBMITTED_TO_BANK: Label("已提交银行，等待结果", "at the bank, waiting for its answer", "warn"),
        Order.PAID: Label("已支付", "paid", "good"),
        Order.EXPIRED: Label("已过期，未支付", "expired, not paid"),
        Order.CANCELLED: Label("已取消，未支付", "cancelled, not paid"),
        Order.FAILED: Label("未支付成功", "not paid", "bad"),
        Order.REFUNDING: Label("退款中", "being refunded", "warn"),
        Order.REFUNDED: Label("已退款", "refunded"),
    },
    "timeline": {
        Timeline.ORDER_CREATED: Label("订单创建", "order created"),
        Timeline.PAYMENT_STARTED: Label("开始支付", "payment started"),
        Timeline.QR_REQUESTED: Label("获取二维码", "QR code asked for"),
        Timeline.QUERIED: Label("查询支付结果", "platform asked"),
        Timeline.NOTIFIED: Label("收到平台通知", "platform notified us"),
        Timeline.CLOSE_REQUESTED: Label("请求关闭支付单", "platform asked to close"),
        Timeline.STATE_CHANGED: Label("状态变更", "state changed"),
        Timeline.REFUND_REQUESTED: Label("发起退款", "refund asked for"),
        Timeline.MONEY_HELD: Label("款项待处理", "money held"),
        Timeline.RECEIPT_REQUESTED: Label("申请电子票据", "receipt asked for"),
        Timeline.OPERATOR_ACTED: Label("管理员处理", "operator acted"),
    },
    "source": {
        Timeline.CANDIDATE: Label("考生", "candidate"),
        Timeline.OPEN_PAGE: Label("支付页面", "open page"),
        Timeline.SWEEP: Label("系统巡检", "sweep"),
        Timeline.PROVIDER: Label("支付平台", "platform"),
        Timeline.SERVICE: Label("系统", "system"),
        Timeline.OPERATOR: Label("管理员", "operator"),
        Timeline.RECONCILIATION: Label("对账", "reconciliation"),
    },
    "identity": {
        identity.PENDING: Label("未核验", "not verified yet", "warn"),
        identity.UNDER_REVIEW: Label("人工审核中", "under manual review", "warn"),
        identity.VERIFIED: Label("已核验", "verified", "good"),
        identity.REJECTED: Label("未通过", "not accepted", "bad"),
        identity.ENDED: Label("账号已终止", "account ended", "bad"),
    },
    "document": {
        identity.RESIDENT_CARD: Label("居民身份证", "Resident identity card"),
        identity.MINOR_RESIDENT_CARD: Label("未成年人居民身份证", "Minor's resident identity card"),
        identity.HOME_RETURN_PERMIT: Label("港澳居民来往内地通行证", "Home-return permit (HK, Macao)"),
        identity.TAIWAN_PERMIT: Label("台湾居民来往大陆通行证", "Taiwan compatriot permit"),
        identity.HMT_RESIDENCE_PERMIT: Label("港澳台居民居住证", "HK, Macao, Taiwan residence permit"),
        identity.PERMANENT_RESIDENT_CARD: Label("外国人永久居留身份证", "Foreign permanent resident card"),
    },
    "sex": {
        identity.Details.FEMALE: Label("女", "Female"),
        identity.Details.MALE: Label("男", "Male"),
    },
    "political_status": {
        identity.Details.PARTY_MEMBER: Label("中共党员", "Member of the Communist Party"),
        identity.Details.LEAGUE_MEMBER: Label("共青团员", "Member of the Youth League"),
        identity.Details.DEMOCRATIC_PARTY_MEMBER: Label("民主党派", "Member of a democratic party"),
        identity.Details.NO_PARTY: Label("群众", "No party"),
    },
    "education": {
        identity.Details.LOWER_SECONDARY: Label("初中", "Lower secondary"),
        identity.Details.UPPER_SECONDARY: Label("高中（含中专、职高）", "Upper secondary"),
        identity.Details.ASSOCIATE: Label("大专", "Associate degree"),
        identity.Details.BACHELOR_OR_HIGHER: Label("本科及以上", "Bachelor's degree or higher"),
    },
    "offer": {
        enrollment.CourseOffer.SELECTABLE: Label("可选", "can be selected"),
        enrollment.CourseOffer.SELECTED: Label("已选", "selected", "good"),
        enrollment.CourseOffer.TIME_TAKEN: Label("时间冲突", "time taken", "warn"),
        enrollment.CourseOffer.PASSED: Label("已通过", "passed", "good"),
        enrollment.CourseOffer.NOT_EXAMINED: Label("本考期不开考", "not in this session"),
        enrollment.CourseOffer.REFUSED: Label("暂不可选", "not yet", "warn"),
    },
    "course_kind": {
        catalogue_pb2.Course.THEORY: Label("理论课", "theory"),
        catalogue_pb2.Course.PUBLIC_PRACTICE: Label("公共实践课", "public practice"),
        catalogue_pb2.Course.SCHOOL_PRACTICE: Label("学校实践课", "school practice"),
    },
    "step": {
        "GATE": Label("请先完成", "To be done first"),
        "HAND_IN": Label("请上传审核所需的证明材料", "Hand in the proofs that the review asks for"),
        "REVIEW": Label("审核中，暂时无需操作", "Under review; nothing to do for now"),
        "PREPARE": Label("报名尚未开放，现在可以预选课程", "Not open yet; prepare your courses now"),
        "OPENING": Label("预选已保存，开放后一键确认", "Prepared; one press confirms it at the opening"),
        "CONFIRM": Label("报名已开放，请确认预选", "Registration is open: confirm what you prepared"),
        "CHANGES": Label("所选课程有变化，请先处理", "Something changed about your courses"),
        "SELECT": Label("请选择本考期的课程", "Select your courses for this session"),
        "CHECK_OUT": Label("课程已选好，请结算并支付", "Your courses are chosen: check out and pay"),
        "PAY": Label("请支付订单", "Pay your order"),
        "PAY_SCHOOL": Label("请按主考学校通知缴纳实践课费用", "Pay the practice fee to your school"),
        "EXAMS": Label("报考已完成，请按时参加考试", "All done: sit your exams"),
        "OVER": Label("本考期报名已结束", "Registration for this session is over"),
    },
    "to_step": {
        "GATE": Label("去完成", "Do it now"),
        "HAND_IN": Label("去上传", "Hand them in"),
        "REVIEW": Label("查看审核进度", "See where it stands"),
        "PREPARE": Label("去预选", "Prepare courses"),
        "OPENING": Label("查看预选", "See what is prepared"),
        "CONFIRM": Label("去确认", "Confirm"),
        "CHANGES": Label("去处理", "See what changed"),
        "SELECT": Label("去选课", "Select courses"),
        "CHECK_OUT": Label("去结算", "Check out"),
        "PAY": Label("去支付", "Pay"),
    },
    "stage": {
        "DETAILS": Label("个人信息", "Details"),
        "PHONE": Label("手机", "Phone"),
        "IDENTITY": Label("身份核验", "Identity"),
        "NOTICE": Label("问卷与须知", "Questions"),
        "COURSES": Label("选课", "Courses"),
        "PAYMENT": Label("缴费", "Payment"),
    },
    "weekday": {
        0: Label("周一", "Mon"),
        1: Label("周二", "Tue"),
        2: Label("周三", "Wed"),
        3: Label("周四", "Thu"),
        4: Label("周五", "Fri"),
        5: Label("周六", "Sat"),
        6: Label("周日", "Sun"),
    },
    "period": {"AM": Label("上午", "AM"), "PM": Label("下午", "PM")},
    "phone_change": {
        identity.PhoneChange.DRAFT: Label("待上传证明", "waiting for your proofs", "warn"),
        identity.PhoneChange.UNDER_REVIEW: Label("审核中", "under review", "warn"),
        identity.PhoneChange.APPROVED: Label("审核通过，即将生效", "approved, in effect soon", "good"),
        identity.PhoneChange.EFFECTIVE: Label("已生效", "in effect", "good"),
        identity.PhoneChange.REJECTED: Label("审核未通过", "not approved", "bad"),
        identity.PhoneChange.EXPIRED: Label("已过期", "expired"),
    },
    "phone_proof": {
        identity.PhoneChange.DOCUMENT_FRONT: Label("证件正面", "Front of the document"),
        identity.PhoneChange.DOCUMENT_BACK: Label("证件反面", "Back of the document"),
        identity.PhoneChange.HOLDING_DOCUMENT: Label("手持证件照", "You, holding the document"),
    },
    "phone_proof_explained": {
        identity.PhoneChange.DOCUMENT_FRONT: Label(
            "印有照片、姓名和号码的一面。四角完整，字迹清晰，无反光、无遮挡。",
            "The side with photo, name and number. All four corners in the picture, every word sharp, no glare.",
        ),
        identity.PhoneChange.DOCUMENT_BACK: Label(
            "印有签发机关和有效期的一面。证件须在有效期内。",
            "The side with the issuing authority and the period of validity. The document must still be valid.",
        ),
        identity.PhoneChange.HOLDING_DOCUMENT: Label(
            "本人正面免冠半身照，手持证件正面，面部和证件号码都看得清。请他人协助拍摄，不要使用镜像自拍。",
            "You from the waist up, bareheaded, holding the document's front: face and number both readable. Let"
            " somebody else take it; a mirrored selfie cannot be read.",
        ),
    },
    "look": {
        audit_pb2.MATERIAL_VIEWED: Label("证明材料图片", "An image of a proof"),
        audit_pb2.PORTRAIT_VIEWED: Label("报名照片", "The portrait"),
        audit_pb2.PARTICULARS_VIEWED: Label("证件号码与个人信息", "Document number and particulars"),
        audit_pb2.CASE_VIEWED: Label("审核件：姓名与部分证件号码", "The case: name and part of the number"),
        audit_pb2.REGISTRATIONS_VIEWED: Label("报名信息", "Registrations"),
        audit_pb2.ORDERS_VIEWED: Label("订单", "Orders"),
        audit_pb2.REFUND_REQUESTS_VIEWED: Label("退费申请", "Your refund requests"),
        audit_pb2.MESSAGES_VIEWED: Label("发给您的消息", "Your messages"),
        audit_pb2.CANDIDATES_SEARCHED: Label("按号码查找到您", "Found you by a number"),
    },
    "case": {
        review.Case.COLLECTING: Label("请上传证明材料", "waiting for your proofs", "warn"),
        review.Case.WAITING: Label("已提交，等待审核", "handed in, waiting for review", "warn"),
        review.Case.CLAIMED: Label("审核中", "being reviewed", "warn"),
        review.Case.APPROVED: Label("审核通过", "approved", "good"),
        review.Case.REJECTED: Label("审核未通过", "not approved", "bad"),
        review.Case.WITHDRAWN: Label("已撤回，无需审核", "withdrawn, nothing to decide"),
    },
    "case_kind": {
        review.IDENTITY_PROOF: Label("身份核验", "Proof of identity"),
        review.DOCUMENT_TYPE: Label("证件审核", "Document"),
        review.SPECIAL_MAJOR: Label("特殊专业报考条件", "Special major"),
        review.DETAILS: Label("照片与信息审核", "Photo and details"),
        review.PHONE_CHANGE: Label("修改注册手机号", "Phone change"),
        review.PRACTICE_COURSE: Label("实践课程审核", "Practice course"),
    },
    "verdict": {
        review.Decision.APPROVED: Label("通过", "approved", "good"),
        review.Decision.REJECTED: Label("未通过", "not approved", "bad"),
        review.Decision.ASKED_AGAIN: Label("需补充材料", "asked for more", "warn"),
    },
    "correction": {
        Correction.REQUIRED: Label("需更正", "to be corrected", "bad"),
        Correction.UNDER_REVIEW: Label("更正审核中", "correction under review", "warn"),
        Correction.APPROVED: Label("更正已通过", "correction approved", "good"),
        Correction.REFUSED: Label("更正未通过", "correction refused", "bad"),
    },
    "findable": FINDABLE,
    "fault": {
        **FINDABLE,
        Correction.IMAGE_UNREADABLE: Label("图片不清晰", "the image cannot be read"),
        Correction.MATERIAL_MISSING: Label("材料不全", "a material is missing"),
        Correction.DOCUMENT_EXPIRED: Label("证件已过期", "the document has expired"),
        Correction.SUSPECTED_FORGERY: Label("材料存疑", "the material is in doubt"),
    },
    "reason": {
        review.IMAGE_UNREADABLE: Label("图片不清晰", "the image cannot be read"),
        review.MATERIAL_MISSING: Label("材料不全", "a material is missing"),
        review.DOCUMENT_MISMATCH: Label("证件与填报信息不符", "the document does not fit the details"),
        review.DOCUMENT_EXPIRED: Label("证件已过期", "the document has expired"),
        review.PERSON_MISMATCH: Label("人证不符", "another person"),
        review.CONDITION_NOT_MET: Label("不符合报考条件", "a condition is not met"),
        review.SUSPECTED_FORGERY: Label("材料存疑", "the material is in doubt"),
        review.SEE_NOTE: Label("见备注", "see the note"),
        review.PHOTO_UNFIT: Label("照片不符合要求", "the photo does not keep to the rules"),
        review.DETAILS_WRONG: Label("个人信息有误", "a detail is wrong"),
    },
}
