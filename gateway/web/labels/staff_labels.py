"""Words for what reviewers and operators see: cases in the queue, sessions, exceptions, statements, refunds, staff."""

from collections.abc import Mapping
from typing import Any, Final

from zikao.common.v1 import access_pb2, audit_pb2, external_system_pb2
from zikao.enrollment.v1 import catalogue_pb2, refund_request_service_pb2
from zikao.enrollment.v1.announcement_service_pb2 import Announcement
from zikao.identity.v1.personal_data_service_pb2 import AccountErasure
from zikao.payment.v1 import resources_pb2 as payment
from zikao.review.v1 import resources_pb2 as review

from gateway.web.labels.label import Label

Session = catalogue_pb2.ExamSession
Exceptional = payment.Exception
System = external_system_pb2.ExternalSystem

BY_KIND: Final[Mapping[str, Mapping[Any, Label]]] = {
    "queue_state": {
        review.Case.COLLECTING: Label("考生准备材料中", "with the candidate"),
        review.Case.WAITING: Label("待审核", "waiting", "warn"),
        review.Case.CLAIMED: Label("审核中", "claimed", "warn"),
        review.Case.APPROVED: Label("已通过", "approved", "good"),
        review.Case.REJECTED: Label("未通过", "rejected", "bad"),
        review.Case.WITHDRAWN: Label("已撤回", "withdrawn"),
    },
    "why_reviewed": {
        review.IDENTITY_PROOF: Label(
            "人脸比对三次未通过，请依据证件和手持证件照核对是否本人。",
            "The face was compared three times without a match: is the person the document's?",
        ),
        review.DOCUMENT_TYPE: Label(
            "该类证件不能自动比对，请核对证件真伪、有效期及是否本人。",
            "Documents of this type are not compared by the register: genuine, valid, and this person's?",
        ),
        review.SPECIAL_MAJOR: Label(
            "特殊专业须核对报考条件，请逐项对照证明材料。",
            "A special major has conditions: compare each with the proofs.",
        ),
        review.DETAILS: Label(
            "照片或信息曾被指出有误，请核对更正后是否与证件一致。",
            "Fault was found with the photo or the details: do they fit the document now?",
        ),
        review.PHONE_CHANGE: Label(
            "考生无法使用原手机号，请核对三张证明是否本人。批准后手机号自动更改。",
            "The old phone is out of reach: are the three proofs this person's? Approval changes the phone.",
        ),
        review.PRACTICE_COURSE: Label(
            "实践课程缴费前由学校核对报考条件。",
            "The school checks a practice course's conditions before payment.",
        ),
    },
    "to_decide": {
        review.Decision.APPROVED: Label("通过", "Approve", "good"),
        review.Decision.REJECTED: Label("不通过", "Reject", "bad"),
        review.Decision.ASKED_AGAIN: Label("要求补充", "Ask for more", "warn"),
    },
    "session": {
        Session.ANNOUNCED: Label("未开始", "announced", "warn"),
        Session.OPEN: Label("报名中", "open", "good"),
        Session.CLOSED: Label("报名已结束", "closed"),
        Session.CANCELLED: Label("已取消", "cancelled", "bad"),
    },
    "exception": {
        Exceptional.FORGED_NOTIFICATION: Label("通知验签失败", "forged notification"),
        Exceptional.WRONG_MERCHANT: Label("商户号不符", "another merchant"),
        Exceptional.UNKNOWN_ORDER: Label("未知订单", "unknown order"),
        Exceptional.WRONG_AMOUNT: Label("金额不符", "wrong amount"),
        Exceptional.LATE_MONEY: Label("逾期到账", "late money"),
        Exceptional.DOUBLE_MONEY: Label("重复到账", "double money"),
        Exceptional.STUCK_AT_BANK: Label("银行处理超时", "stuck at the bank"),
        Exceptional.REFUND_FAILED: Label("退款失败", "refund failed"),
        Exceptional.BILL_DIFFERENCE: Label("对账差异", "difference on the bill"),
        Exceptional.RECEIPT_OVERDUE: Label("票据逾期未开具", "receipt overdue"),
        Exceptional.CALENDAR_UNPUBLISHED: Label("节假日安排未公布", "holidays not published"),
    },
    "exception_state": {
        Exceptional.OPEN: Label("待处理", "open", "warn"),
        Exceptional.RESOLVED: Label("已处理", "resolved", "good"),
    },
    "external_system": {
        System.PAYMENT_PLATFORM: Label("公共支付平台", "Payment platform"),
        System.SIGN_IN_PROVIDER: Label("统一登录", "Sign-in provider"),
        System.POLICE_REGISTER: Label("公安人像库", "Police register"),
        System.MESSAGE_SENDER: Label("短信与邮件", "Text messages and e-mails"),
        System.RECEIPT_PORTAL: Label("电子票据平台", "E-receipt portal"),
        System.BLOB_STORE: Label("图片存储", "Store of images"),
    },
    "external_health": {
        1: Label("正常", "answers", "good"),
        2: Label("无应答", "does not answer", "bad"),
        3: Label("尚未使用", "not used yet"),
    },
    "external_waiting": {
        System.PAYMENT_PLATFORM: Label("待平台答复的订单与退款", "orders and refunds waiting for it"),
        System.MESSAGE_SENDER: Label("待发消息", "messages to be sent"),
        System.RECEIPT_PORTAL: Label("应开未开的票据", "receipts due"),
    },
    "text": {
        catalogue_pb2.Text.CANDIDATE_NOTICE: Label("考生须知", "Notice to candidates"),
        catalogue_pb2.Text.SCHOOL_NOTICE: Label("主考学校须知", "Notice of the host school"),
        catalogue_pb2.Text.SESSION_NOTICE: Label("考期须知", "Notice of the session"),
        catalogue_pb2.Text.INTEGRITY_PLEDGE: Label("考生诚信承诺书", "Integrity pledge"),
        catalogue_pb2.Text.REGISTRATION_UNDERTAKING: Label("报考承诺书", "Registration undertaking"),
        catalogue_pb2.Text.OUTLYING_DISTRICT_NOTICE: Label("远郊考区须知", "Notice on outlying districts"),
    },
    "day": {
        1: Label("工作日（含调休上班）", "Working days, make-up days included"),
        2: Label("休息日（含法定节假日）", "Days off, public holidays included"),
    },
    "statement": {
        payment.Statement.RUNNING: Label("对账中", "running", "warn"),
        payment.Statement.BALANCED: Label("已平", "balanced", "good"),
        payment.Statement.UNBALANCED: Label("有差异", "differences remain", "bad"),
    },
    "difference": {
        payment.Difference.PAID_NOT_SETTLED: Label("账单已付，本系统未结", "paid on the bill, open here"),
        payment.Difference.PAID_BUT_ENDED: Label("账单已付，订单已关闭", "paid on the bill, ended here"),
        payment.Difference.UNKNOWN_TRADE: Label("本系统无此交易", "unknown here"),
        payment.Difference.NOT_ON_BILL: Label("账单无此交易", "not on the bill"),
        payment.Difference.AMOUNT_DIFFERS: Label("金额不符", "amounts differ"),
        payment.Difference.REFUND_DIFFERS: Label("退款不符", "refunds differ"),
        payment.Difference.RECEIPT_MISSING: Label("票据缺失", "receipt missing"),
    },
    "batch": {
        payment.RefundBatch.RUNNING: Label("退款进行中", "running", "warn"),
        payment.RefundBatch.PAUSED: Label("已暂停", "paused", "warn"),
        payment.RefundBatch.COMPLETED: Label("已完成", "completed", "good"),
    },
    "refund": {
        payment.Refund.REQUESTED: Label("已登记", "requested", "warn"),
        payment.Refund.PROCESSING: Label("处理中", "processing", "warn"),
        payment.Refund.SUCCEEDED: Label("已退回", "succeeded", "good"),
        payment.Refund.FAILED: Label("失败", "failed", "bad"),
    },
    "refund_request": {
        refund_request_service_pb2.RefundRequest.WAITING: Label("待处理", "waiting", "warn"),
        refund_request_service_pb2.RefundRequest.APPROVED: Label("同意退费", "approved", "good"),
        refund_request_service_pb2.RefundRequest.REFUSED: Label("不予退费", "refused", "bad"),
    },
    "refund_reason": {
        payment.Refund.SURPLUS_MONEY: Label("多收款项", "surplus money"),
        payment.Refund.SESSION_CANCELLED: Label("考期取消", "session cancelled"),
        payment.Refund.SELECTION_VOID: Label("选课无效", "selection void"),
        payment.Refund.OPERATOR_DECISION: Label("管理员决定", "operator's decision"),
        payment.Refund.ON_REQUEST: Label("考生申请", "asked for by the candidate"),
    },
    "staff": {
        access_pb2.REVIEWER: Label("审核员", "Reviewer"),
        access_pb2.OPERATOR: Label("管理员", "Operator"),
    },
    "audit": {
        audit_pb2.CASE_OPENED: Label("建立", "opened"),
        audit_pb2.MATERIAL_ADDED: Label("上传材料", "material added"),
        audit_pb2.CASE_SUBMITTED: Label("提交", "submitted"),
        audit_pb2.CASE_CLAIMED: Label("领取", "claimed"),
        audit_pb2.CASE_RELEASED: Label("放回", "released"),
        audit_pb2.MATERIAL_VIEWED: Label("查看材料", "material viewed"),
        audit_pb2.CASE_DECIDED: Label("决定", "decided"),
        audit_pb2.MATERIAL_REMOVED: Label("删除材料", "material removed"),
        audit_pb2.DECISION_UNDONE: Label("撤销决定", "decision undone"),
        audit_pb2.CASE_REOPENED: Label("重新开放", "reopened"),
        audit_pb2.EXPORTED: Label("导出", "exported"),
        audit_pb2.CASE_REVIEWED_AGAIN: Label("复核", "judged again"),
        audit_pb2.PORTRAIT_VIEWED: Label("查看照片", "portrait viewed"),
        audit_pb2.PARTICULARS_VIEWED: Label("查看考生信息", "particulars viewed"),
        audit_pb2.CASE_WITHDRAWN: Label("撤回", "withdrawn"),
        audit_pb2.CASE_VIEWED: Label("打开审核件", "case opened to read"),
        audit_pb2.CANDIDATES_IMPORTED: Label("导入在籍考生", "candidates imported"),
        audit_pb2.CORRECTION_REQUIRED: Label("要求更正", "correction required"),
        audit_pb2.STAFF_CREATED: Label("新建人员", "staff created"),
        audit_pb2.STAFF_DISABLED: Label("停用人员", "staff disabled"),
        audit_pb2.TEXT_PUBLISHED: Label("公布文本", "text published"),
        audit_pb2.CATALOGUE_IMPORTED: Label("导入考试目录", "catalogue imported"),
        audit_pb2.SESSION_OPENED: Label("开放报考", "session opened"),
        audit_pb2.SESSION_EXTENDED: Label("延长报考", "session extended"),
        audit_pb2.REGISTRATION_CLOSED: Label("结束报考", "registration closed"),
        audit_pb2.SESSION_CANCELLED: Label("取消考期", "session cancelled"),
        audit_pb2.MAJOR_CHANGED: Label("更改专业", "major changed"),
        audit_pb2.REGISTRATIONS_IMPORTED: Label("导入准考注册", "registrations imported"),
        audit_pb2.REGISTRATIONS_VIEWED: Label("查看准考注册", "registrations viewed"),
        audit_pb2.PRACTICE_TIME_SET: Label("安排实践课时间", "practice time set"),
        audit_pb2.PRACTICE_PAYMENT_CONFIRMED: Label("确认实践课缴费", "practice payment confirmed"),
        audit_pb2.PRACTICE_PAYMENTS_IMPORTED: Label("导入实践课缴费", "practice payments imported"),
        audit_pb2.ROSTER_EXPORTED: Label("导出名册", "roster exported"),
        audit_pb2.ORDER_REFRESHED: Label("查询订单支付", "order refreshed"),
        audit_pb2.ORDER_CANCELLED: Label("取消订单", "order cancelled"),
        audit_pb2.LATE_MONEY_SETTLED: Label("处理迟到款项", "late money settled"),
        audit_pb2.REFUND_CREATED: Label("发起退款", "refund created"),
        audit_pb2.EXCEPTION_RESOLVED: Label("处理异常款项", "exception resolved"),
        audit_pb2.DAY_RECONCILED: Label("对账", "day reconciled"),
        audit_pb2.REFUND_BATCH_CREATED: Label("发起批量退款", "refund batch created"),
        audit_pb2.REFUND_BATCH_PAUSED: Label("暂停批量退款", "refund batch paused"),
        audit_pb2.REFUND_BATCH_RESUMED: Label("恢复批量退款", "refund batch resumed"),
        audit_pb2.REFUND_ACCOUNT_SET: Label("登记退款账户", "refund account set"),
        audit_pb2.DAY_OVERRIDES_SET: Label("调整工作日", "day overrides set"),
        audit_pb2.SECOND_FACTORS_RESET: Label("重置第二因素", "second factors reset"),
        audit_pb2.IDENTITY_LINKED: Label("关联统一登录", "sign-in linked"),
        audit_pb2.IDENTITY_UNLINKED: Label("解除统一登录", "sign-in unlinked"),
        audit_pb2.PASSWORD_CHANGED: Label("修改本人密码", "own password changed"),
        audit_pb2.SECOND_FACTOR_ENROLLED: Label("登记第二因素", "second factor enrolled"),
        audit_pb2.SECOND_FACTOR_REMOVED: Label("移除第二因素", "second factor removed"),
        audit_pb2.BACKUP_CODES_CREATED: Label("生成备用代码", "backup codes made"),
        audit_pb2.CANDIDATE_ACCOUNT_ENDED: Label("终止未核验账号", "unverified account ended"),
        audit_pb2.ANNOUNCEMENT_PUBLISHED: Label("发布公告或问答", "announcement published"),
        audit_pb2.ANNOUNCEMENT_WITHDRAWN: Label("撤下公告或问答", "announcement withdrawn"),
        audit_pb2.ORDERS_VIEWED: Label("查看订单", "orders viewed"),
        audit_pb2.REFUND_REQUESTS_ALLOWED: Label("设定退费申请期限", "deadline of refund requests set"),
        audit_pb2.REFUND_REQUESTS_VIEWED: Label("查看退费申请", "refund requests viewed"),
        audit_pb2.REFUND_REQUEST_DECIDED: Label("决定退费申请", "refund request decided"),
        audit_pb2.MESSAGES_VIEWED: Label("查看考生消息", "messages viewed"),
        audit_pb2.MESSAGE_RESENT: Label("重新发送消息", "message sent again"),
        audit_pb2.CANDIDATES_SEARCHED: Label("查找考生", "candidates searched"),
        audit_pb2.CANDIDATE_LOGINS_ENDED: Label("退出考生登录", "candidate logged out"),
    },
    "announcement": {
        Announcement.ANNOUNCEMENT: Label("公告", "announcement"),
        Announcement.QUESTION: Label("常见问题", "frequent question"),
    },
    "audience": {
        Announcement.EVERYBODY: Label("所有人（登录前可见）", "everybody, before login too"),
        Announcement.NEW_CANDIDATES: Label("新生", "new candidates"),
        Announcement.ENROLLED_CANDIDATES: Label("在籍考生", "enrolled candidates"),
    },
    "erasure_cause": {
        AccountErasure.OWN_WISH: Label("本人注销", "by its owner"),
        AccountErasure.IDLE: Label("长期未核验未使用", "never verified, and not used"),
    },
    "service": {
        "identity": Label("账户与身份", "Identity"),
        "enrollment": Label("报考", "Enrollment"),
        "payment": Label("缴费", "Payment"),
        "review": Label("审核", "Review"),
    },
    "actor": {
        "OPERATOR": Label("管理员", "Operator"),
        "REVIEWER": Label("审核员", "Reviewer"),
        "CANDIDATE": Label("考生", "Candidate"),
        "SERVICE": Label("服务", "Service"),
        "PUBLIC": Label("未登录", "Not logged in"),
        "SYSTEM": Label("系统", "System"),
    },
}
